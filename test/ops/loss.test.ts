import { describe, expect, it } from 'vitest'
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  cosineSimilarity,
  crossEntropy,
  huberLoss,
  klDiv,
  mseLoss,
  randn,
  smoothL1Loss,
  tensor,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('loss')

const classes = (...c: number[]) => tensor(Int32Array.from(c))

describe('losses', () => {
  checkOp('crossEntropy', (x, y) => crossEntropy(x, y, { labelSmoothing: 0.1 }), [
    [[3, 4], classes(0, 3, 1)],
  ])
  checkOp('crossEntropy of probabilities', (x, y) => crossEntropy(x, y), [
    [
      [2, 3],
      [2, 3],
    ],
  ])
  checkOp('huberLoss', (x, y) => huberLoss(x, y, { delta: 0.5 }), [
    [
      [3, 4],
      [3, 4],
    ],
  ])
  checkOp('smoothL1Loss', (x, y) => smoothL1Loss(x, y, { beta: 0.5 }), [
    [
      [3, 4],
      [3, 4],
    ],
  ])
  checkOp('binaryCrossEntropyWithLogits', (x, y) => binaryCrossEntropyWithLogits(x, y), [
    [
      [3, 4],
      [3, 4],
    ],
  ])
  checkOp(
    'binaryCrossEntropy',
    (x, y) => binaryCrossEntropy(x, y),
    [
      [
        [3, 4],
        [3, 4],
      ],
    ],
    { range: [0.1, 0.9] },
  )
  checkOp(
    'klDiv',
    (x, y) => klDiv(x, y, { reduction: 'batchMean' }),
    [
      [
        [3, 4],
        [3, 4],
      ],
    ],
    { range: [0.1, 0.9] },
  )
  checkOp('cosineSimilarity', (x, y) => cosineSimilarity(x, y), [
    [
      [3, 4],
      [3, 4],
    ],
  ])

  it('says what is wrong with targets', () => {
    const x = randn([2, 3])
    expect(() => crossEntropy(x, classes(0, 3))).toThrow(
      'crossEntropy: target 3 at 1; the classes of logits [2, 3] go from 0 to 2',
    )
    expect(() => crossEntropy(x, classes(0))).toThrow(
      'crossEntropy: logits [2, 3] with targets [1]; they are [N, K] and [N]',
    )
    expect(() => crossEntropy(x, tensor([0, 1]))).toThrow(
      "crossEntropy: targets are class numbers, int32 or uint8, not float32 (or probabilities of the logits' shape [2, 3], not [2])",
    )
    expect(() => crossEntropy(x, tensor([[0, 1]]))).toThrow(
      'crossEntropy: logits [2, 3] with probabilities [1, 2]; they have one shape',
    )
    expect(() => crossEntropy(x, classes(0, 1), { weight: tensor([1, 2]) })).toThrow(
      'weight [2] for 3 classes',
    )
    expect(() => crossEntropy(x, classes(0, 1), { labelSmoothing: 2 })).toThrow('from 0 to 1')
  })

  it('does not broadcast by accident', () => {
    expect(() => mseLoss(randn([4, 1]), randn([4]))).toThrow(
      'mseLoss: x [4, 1] with y [4]; they have one shape (y.reshape(x.shape) makes them alike)',
    )
  })

  it('refuses what is no probability', () => {
    expect(() => binaryCrossEntropy(tensor([1.5]), tensor([1]))).toThrow(
      'binaryCrossEntropy: x has 1.5, which is no probability (binaryCrossEntropyWithLogits takes logits)',
    )
  })
})
