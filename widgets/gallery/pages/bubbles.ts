import { architecture, bubbles, complexityChart, nn, show } from 'layerscope'
import { measureText } from 'layerscope/spec'
import { NETWORKS, NETWORKS_SOURCE } from '../networks.ts'
import type { Page } from '../page.ts'

/** A network as the library has it, counted from its layers, at the accuracy that the table states for its weights. */
function counted() {
  const row = NETWORKS.find(n => n.name === 'ResNet-18')
  const net = nn.init.shapesOnly(() => nn.resNet18())
  return {
    name: 'ResNet-18, its layers counted here',
    ...(row?.top1 === undefined ? {} : { top1: row.top1 }),
    architecture: architecture(net, [1, 3, 224, 224]),
  }
}

const claims = {
  'around 95 % (top-5)': { top5: [94, 96] },
  '10 to 15 GFLOPs': { gflops: [10, 15] },
  'fewer than 5 million parameters': { parameters: [null, 5] },
} as const
const chart = () => complexityChart(NETWORKS, { claims, source: NETWORKS_SOURCE, accuracy: 'top1' })

/** Of the table itself, not of the chart. */
const within = NETWORKS.filter(n => n.gflops >= 10 && n.gflops <= 15)

export default {
  title: 'Accuracy against complexity',
  question: 'Is more computation more accuracy?',
  group: 'Networks',
  read: 'Each circle is a network: operations along the axis, accuracy upwards, parameters as area. A claim selects the networks it speaks of, counts them and says how far their other numbers spread; dragging selects by hand. The stepped line joins those that nobody beats in both.',
  keys: [
    ['← →', 'by the measure along x'],
    ['↑ ↓', 'by the measure along y'],
    ['[ ]', 'among the selected'],
    ['s', 'powers of ten, or even'],
    ['Esc', 'let go; then no band'],
  ],
  examples: [
    {
      id: 'imagenet',
      title: 'Forty networks and three claims',
      note: 'Accuracies, operations and parameters as torchvision states them.',
      make: () => show(chart()),
      stops: () => [
        {
          say: 'Press the claim about 10 to 15 GFLOPs',
          click: '.ls-claims button',
          nth: 1,
          reads: `${within.length} of ${NETWORKS.length} networks`,
        },
        {
          say: 'Press it again, go to the chart and press Home: the least work',
          click: '.ls-claims button',
          nth: 1,
          reads: 'top-1 of',
        },
        {
          say: 'Home',
          focus: '.ls-bubbles-plot',
          keys: ['Home'],
          reads: measureText(Math.min(...NETWORKS.map(n => n.gflops))),
        },
      ],
    },
    {
      id: 'counted',
      title: 'One’s own network among them',
      note: 'A network given by its layers: operations and parameters are counted from them. Here it is the library’s ResNet-18, so that it must stand where the table puts it.',
      make: () =>
        show(
          complexityChart(
            NETWORKS.filter(n => n.name !== 'ResNet-18'),
            { own: counted(), source: NETWORKS_SOURCE },
          ),
        ),
      stops: () => {
        const { macs, parameters } = counted().architecture
        return [
          {
            say: 'The table opens with t',
            keys: ['t'],
            focus: '.ls-bubbles-plot',
            reads: measureText(macs / 1e9),
            where: '.ls-table table',
          },
          {
            say: 'Parameters along x',
            click: '[aria-label="along x"] button',
            nth: 1,
            reads: measureText(parameters / 1e6),
            where: '.ls-table table',
          },
          {
            say: 't again',
            keys: ['t'],
            focus: '.ls-bubbles-plot',
            reads: 'top-1',
          },
        ]
      },
    },
    {
      id: 'own',
      title: 'Any numbers of one’s own',
      note: 'Rows with names and numbers; which lie along x, y and area is said in the call.',
      make: () =>
        show(
          bubbles(
            [
              { name: 'lr 0.001', minutes: 12, accuracy: 88.1, parameters: 61.7 },
              { name: 'lr 0.01', minutes: 5.5, accuracy: 90.4, parameters: 61.7 },
              { name: 'lr 0.1', minutes: 3.1, accuracy: 87.2, parameters: 61.7 },
              { name: 'half as wide', minutes: 2.2, accuracy: 86.5, parameters: 17.6 },
              { name: 'twice as wide', minutes: 9.8, accuracy: 91.3, parameters: 229.5 },
            ],
            {
              x: 'minutes',
              y: 'accuracy',
              size: 'parameters',
              measures: { accuracy: { unit: '%' }, parameters: { unit: 'thousand' } },
              things: 'runs',
              title: 'Five runs (invented numbers)',
            },
          ),
        ),
    },
  ],
} satisfies Page
