import { architecture, lenet, nn, show } from 'layerscope'
import { percent } from '../../parts/index.ts'
import { lenetOf, trainedLenet } from '../trained.ts'
import type { Page } from '../page.ts'

export default {
  title: 'Architecture',
  question: 'Where are the parameters, where is the work, how much can this unit see?',
  group: 'Networks',
  read: 'A line a layer. The squares below are the maps on one root scale: the corners hold what the pinned unit can see in each. Click a layer, or a cell in any square. In the input stands what was measured: how much the unit’s gradient reaches each pixel.',
  keys: [
    ['PgUp PgDn', 'previous, next layer'],
    ['[ ]', 'previous, next model'],
  ],
  examples: [
    {
      id: 'lenet',
      title: 'LeNet',
      note: 'Most multiplications are in conv2, most parameters in conv3, which sees more than the whole image.',
      given: trainedLenet,
      live: true,
      make: given => show(lenetOf(given), { title: 'LeNet' }),
      stops: () => {
        const { rows, parameters } = architecture(lenet(), [1, 1, 28, 28])
        const conv3 = rows.find(row => row.name === 'conv3')
        return [
          {
            say: 'Press Page Down: conv3',
            focus: '.ls-arch tr.ls-on button',
            keys: ['PageDown'],
            reads: `${percent((conv3?.parameters ?? 0) / parameters)} of the parameters`,
          },
          {
            say: 'Press Page Up twice: conv2, and what it sees',
            focus: '.ls-arch tr.ls-on button',
            keys: ['PageUp', 'PageUp'],
            reads: `One unit sees ${rows.find(row => row.name === 'conv2')?.receptiveField?.join('×')} pixels`,
          },
        ]
      },
    },
    {
      id: 'alexnet',
      title: 'AlexNet, and what 224 leaves over',
      note: 'With two groups as in 2012, without, and with the printed input of 224, which conv1’s windows do not fit.',
      make: () =>
        show(
          [
            architecture(
              nn.shapesOnly(() => nn.alexNet({ norm: false })),
              [1, 3, 227, 227],
            ),
            architecture(
              nn.shapesOnly(() => nn.alexNet({ norm: false, groups: false })),
              [1, 3, 227, 227],
            ),
            architecture(
              nn.shapesOnly(() => nn.alexNet({ norm: false, size: 224 })),
              [1, 3, 224, 224],
            ),
          ],
          { labels: ['two groups', 'one group', 'input 224'] },
        ),
    },
    {
      id: 'two',
      title: 'One 5×5 against two 3×3',
      note: 'The same view of the input for fewer parameters and less work.',
      make: () => {
        const five = new nn.Sequential({ conv: new nn.Conv2d(16, 16, 5, { padding: 2 }) })
        const three = new nn.Sequential({
          a: new nn.Conv2d(16, 16, 3, { padding: 1 }),
          relu: new nn.ReLU(),
          b: new nn.Conv2d(16, 16, 3, { padding: 1 }),
        })
        return show([five, three], { labels: ['one 5×5', 'two 3×3'], input: [16, 32, 32] })
      },
    },
  ],
} satisfies Page
