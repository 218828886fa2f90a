/** Lecture 5, A real CNN: 5.1 the shapes inside LeNet, 5.3 the loss of a network that knows nothing; 5.2 stands in overfit.ts. */
import { functionExercise } from '../judge.ts'

type Shape = number[]

/** The layers in the order in which 5.1 asks for them. */
const LAYERS = ['conv1', 'pool1', 'conv2', 'pool2', 'conv3']

/** Sizes after each layer of LeNet's convolutional part on an n × n image. */
function sizes(
  n: number,
  { padding = [2, 0, 0], pool = (size: number) => Math.floor(size / 2) } = {},
) {
  const conv = (size: number, p: number) => size + 2 * p - 4
  const conv1 = conv(n, padding[0])
  const pool1 = pool(conv1)
  const conv2 = conv(pool1, padding[1])
  const pool2 = pool(conv2)
  return [conv1, pool1, conv2, pool2, conv(pool2, padding[2])]
}

const withChannels = (sides: number[], channels = [6, 6, 16, 16, 120]): Shape[] =>
  sides.map((side, n) => [channels[n], side, side])

export const shapes = functionExercise<[n: number]>({
  id: '5.1',
  name: 'shapes',
  parameters: ['n'],
  cases: [[28], [32], [30]],
  depth: 1,
  place: ([line]) => LAYERS[line],
  right: n => withChannels(sizes(n)),
  mistakes: [
    {
      name: 'conv2 and conv3 padded too',
      wrong: n => withChannels(sizes(n, { padding: [2, 2, 2] })),
      hint: 'You kept the size at conv2. Only conv1 has padding.',
    },
    {
      name: 'pools left out',
      wrong: n => withChannels(sizes(n, { pool: size => size })),
      hint: 'A 2×2 pool at stride 2: how many windows fit in 28?',
    },
    {
      name: 'channels multiplied',
      wrong: n => withChannels(sizes(n), [6, 6, 96, 96, 11520]),
      hint: '16 filters give 16 maps, each summed over all 6 inputs.',
    },
    {
      name: 'channels last',
      wrong: n => withChannels(sizes(n)).map(([c, h, w]) => [h, w, c]),
      hint: 'Right sizes, order [H, W, C]; here it is [C, H, W].',
    },
    {
      name: 'conv1 without padding',
      wrong: n => withChannels(sizes(n, { padding: [0, 0, 0] })),
      hint: 'Everything is too small from conv1 on. How wide is its frame of zeros?',
    },
    {
      name: 'pool rounds up',
      wrong: n => withChannels(sizes(n, { pool: size => Math.ceil(size / 2) })),
      hint: 'An odd row has no partner: our pool drops it.',
    },
  ],
})

export const firstLoss = functionExercise<[classes: number, batch: number]>({
  id: '5.3',
  name: 'firstLoss',
  parameters: ['classes', 'batch'],
  cases: [
    [10, 64],
    [2, 64],
    [1000, 128],
  ],
  right: classes => Math.log(classes),
  mistakes: [
    {
      name: 'sum over the batch',
      wrong: (classes, batch) => batch * Math.log(classes),
      hint: 'Divide by the batch, or the learning rate depends on its size.',
    },
    {
      name: 'log to base 2',
      wrong: classes => Math.log2(classes),
      hint: 'Bits, not nats: crossEntropy uses the natural logarithm.',
    },
    {
      name: 'log to base 10',
      wrong: classes => Math.log10(classes),
      hint: 'Math.log10 makes 10 classes look like 1.',
    },
    {
      name: '1 / K, the probability',
      wrong: classes => 1 / classes,
      hint: 'That is the probability of the true class. What is its loss?',
    },
    {
      name: 'sign lost',
      wrong: classes => -Math.log(classes),
      hint: 'A loss is −ln p; ln(1/K) is negative.',
    },
  ],
})
