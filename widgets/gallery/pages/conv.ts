import { conv2d, show, tensor, trace, type Tensor } from 'layerscope'
import { short } from '../../parts/index.ts'
import type { Page } from '../page.ts'

const IMAGE = [
  [1, 0, 0, 0, 0, 1],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 1, 0, 0],
  [1, 0, 0, 0, 1, 0],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 0, 1, 0],
]
const DIAGONAL = [
  [1, -1, -1],
  [-1, 1, -1],
  [-1, -1, 1],
]
/** [3, 5, 5] and two filters [2, 3, 3, 3]: a volume of small whole numbers. */
const volume = (): Tensor =>
  tensor(Array.from({ length: 75 }, (_, n) => (n * 7) % 3)).reshape([3, 5, 5])
const filters = (): Tensor =>
  tensor(Array.from({ length: 54 }, (_, n) => ((n * 5) % 3) - 1)).reshape([2, 3, 3, 3])

const at = (o: Tensor, ...index: number[]): string => short(o.at(...index).item())

export default {
  title: 'Convolution stepper',
  question: 'What exactly happens at this position, and is the slide right?',
  group: 'Operations',
  read: 'One row a channel reads as an equation: the window of x, times the weights, gives products whose sum is one cell of the output. Every cell of x, w and b takes typing.',
  keys: [[', .', 'previous, next output']],
  examples: [
    {
      id: 'one-filter',
      title: 'One filter, 36 pixels',
      note: 'The image and the filter of lecture 1. The filter is a falling diagonal: where the image holds one, the sum is 3. In this page x may be changed: the output follows.',
      live: true,
      make: () =>
        show(
          trace(() => conv2d(tensor(IMAGE), tensor(DIAGONAL))),
          { at: [0, 0], count: 3 },
        ),
      stops: () => {
        const o = conv2d(tensor(IMAGE), tensor(DIAGONAL))
        return [
          {
            say: 'Go to the ruler and press . for the next output',
            focus: '.ls-ruler',
            keys: ['.'],
            reads: `add up to ${at(o, 0, 1)}`,
          },
          { say: 'Press . again', keys: ['.'], reads: `add up to ${at(o, 0, 2)}` },
        ]
      },
    },
    {
      id: 'volume',
      title: 'A volume, two filters, stride 2, padding 1',
      note: 'Three channels make three rows; their sums and the bias add up to one cell. Padding is hatched, and so are cells that the stride never reads.',
      make: () =>
        show(
          trace(() => conv2d(volume(), filters(), { bias: tensor([1, 0]), stride: 2, padding: 1 })),
          { at: [0, 1, 1] },
        ),
      stops: () => {
        const o = conv2d(volume(), filters(), { bias: tensor([1, 0]), stride: 2, padding: 1 })
        return [
          {
            say: 'Go to the ruler and press . for the next output',
            focus: '.ls-ruler',
            keys: ['.'],
            reads: `= ${at(o, 0, 1, 2)}`,
          },
        ]
      },
    },
    {
      id: 'compared',
      title: 'Compared with a guess',
      note: 'Convolution proper flips the filter. Cells where the flipped result differs show both numbers.',
      make: () =>
        show(
          trace(() => conv2d(tensor(IMAGE), tensor(DIAGONAL))),
          {
            compare: {
              label: 'the flipped filter',
              values: conv2d(tensor(IMAGE), tensor(DIAGONAL).flip([0])),
            },
          },
        ),
    },
  ],
} satisfies Page
