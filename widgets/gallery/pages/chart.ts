import { curves, show, stack, table } from 'layerscope'
import {
  activationMaximization,
  correspondence,
  deconvnet,
  invariance,
  randomizeWeights,
  type Patch,
} from 'layerscope/explain'
import { percent } from '../../parts/index.ts'
import { clothesOf, lenetOf, trainedLenet } from '../trained.ts'
import type { Given, Page } from '../page.ts'

const shifts = Array.from({ length: 13 }, (_, i) => ({ right: i - 6 }))
const moved = (given: Given) =>
  invariance(lenetOf(given), clothesOf(given).at(0), shifts, { layers: ['conv1', 'conv3', 'fc1'] })

/** Does covering the same part of four images change a layer's values in the same way? */
function parts(given: Given) {
  const net = lenetOf(given)
  const set = clothesOf(given)
  const images = [0, 2, 4, 9].map(n => set.at(n).x.reshape([1, 28, 28]))
  const x = stack(images, 0)
  const four = (top: number, left: number): Patch[] => images.map(() => [top, left, 8, 8])
  const places: Record<string, [number, number][]> = {
    'upper left': [[2, 4], [3, 5], [4, 4]],
    middle: [[10, 10], [11, 9], [9, 11]],
    'lower right': [[18, 16], [17, 17], [16, 16]],
  } // prettier-ignore
  return table(
    Object.fromEntries(
      Object.entries(places).map(([name, list]) => [
        name,
        Object.fromEntries(
          ['conv2', 'fc1'].map(layer => [
            layer,
            list.map(([top, left]) => correspondence(net, x, four(top, left), { layer })),
          ]),
        ),
      ]),
    ),
    { title: 'Correspondence', rowLabel: 'covered', label: 'mean Hamming distance of the signs' },
  )
}

function shuffled(given: Given) {
  const net = lenetOf(given)
  const image = clothesOf(given).at(0)
  return randomizeWeights(net, () => deconvnet(net, image, { layer: 'conv3' }))
}

export default {
  title: 'Curves and error bars',
  question: 'How much, and how sure is that?',
  group: 'Why',
  read: 'Curves carry their names and last values; bands and bars are one standard deviation where a value is the mean of several measurements. The scale goes to all that is possible, or to what was measured.',
  keys: [
    ['← →', 'another place'],
    ['s', 'all that is possible, or what was measured'],
  ],
  examples: [
    {
      id: 'invariance',
      title: 'A shirt moved sideways',
      note: 'How far each layer’s values move, and what becomes of the answer. Figure 5 of Zeiler & Fergus.',
      given: trainedLenet,
      make: given => show(moved(given), { labels: clothesOf(given).classes }),
      stops: given => {
        const { probability } = moved(given)
        return [
          {
            say: 'Go into the curves and press Home',
            focus: '.ls-chart-plot',
            keys: ['Home'],
            reads: percent(probability[0]),
          },
        ]
      },
    },
    {
      id: 'correspondence',
      title: 'The same part covered in four images',
      note: 'Three places for each part: their mean, and one standard deviation. Table 1 of Zeiler & Fergus.',
      given: trainedLenet,
      make: given => show(parts(given)),
    },
    {
      id: 'shuffled',
      title: 'Does the picture notice that the weights are gone?',
      note: 'Layers shuffled from the output down; the rank correlation of the deconvnet’s picture with the trained network’s.',
      given: trainedLenet,
      make: given => show(shuffled(given)),
    },
    {
      id: 'made',
      title: 'An image made for a unit',
      note: 'Gradient ascent from noise.',
      given: trainedLenet,
      make: given =>
        show(
          activationMaximization(lenetOf(given), { layer: 'conv3', unit: 81, shape: [1, 28, 28] }),
        ),
    },
    {
      id: 'own',
      title: 'Numbers of one’s own',
      note: 'Lists become means with a band.',
      make: () =>
        show(
          curves(
            {
              'three seeds': [[2.3, 2.3, 2.31], [1.1, 1.4, 1.0], [0.7, 0.9, 0.62], [0.5, 0.61, 0.48]],
              'one seed': [2.3, 1.6, 1.2, 1.05],
            },
            { xLabel: 'epoch', yLabel: 'loss', title: 'Two rates' },
          ),
        ), // prettier-ignore
    },
  ],
} satisfies Page
