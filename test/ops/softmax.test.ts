import { describe, expect, it } from 'vitest'
import {
  crossEntropy,
  l1Loss,
  logSoftmax,
  mseLoss,
  nllLoss,
  softmax,
  tensor,
  zeros,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('softmax')

describe('gradients', () => {
  const x: Input[][] = [[[2, 3, 4]], [[3]], [[1, 1]]]
  const y = tensor([2, 0, 1], { dtype: 'int32' })
  checkOp('softmax', x => softmax(x, 0), x)
  checkOp('softmax along the last axis', x => softmax(x), x)
  checkOp('logSoftmax', x => logSoftmax(x, 0), x)
  checkOp('crossEntropy', x => crossEntropy(x, y), [[[3, 4]]])
  checkOp('crossEntropy, each', x => crossEntropy(x, y, { reduction: 'none' }), [[[3, 4]]])
  checkOp('nllLoss', x => nllLoss(x, y), [[[3, 4]]])
  checkOp('mseLoss', (a, b) => mseLoss(a, b), [
    [
      [3, 4],
      [3, 4],
    ],
  ])
  checkOp('l1Loss', (a, b) => l1Loss(a, b), [
    [
      [3, 4],
      [3, 4],
    ],
  ])
})

describe('values', () => {
  it('by hand', () => {
    expect(softmax(tensor([0, Math.log(3)])).toArray<number[]>()[1]).toBeCloseTo(0.75, 6)
    expect(crossEntropy(zeros([2, 10]), tensor([1, 9], { dtype: 'uint8' })).item()).toBeCloseTo(
      Math.log(10),
      6,
    )
    expect(mseLoss(tensor([1, 2]), tensor([3, 2])).item()).toBe(2)
    expect(softmax(tensor([1e4, 0])).toArray()).toEqual([1, 0])
  })
})

describe('errors', () => {
  it('targets outside the classes, of the wrong kind or number', () => {
    expect(() => crossEntropy(zeros([2, 3]), tensor([0, 3], { dtype: 'int32' }))).toThrow(
      new RangeError('crossEntropy: target 3 at 1; the classes of logits [2, 3] go from 0 to 2'),
    )
    expect(() => crossEntropy(zeros([2, 3]), tensor([0, 1]))).toThrow(
      'crossEntropy: targets are class numbers, int32 or uint8, not float32 (or probabilities',
    )
    expect(() => nllLoss(zeros([2, 3]), tensor([0], { dtype: 'int32' }))).toThrow(
      'nllLoss: logits [2, 3] with targets [1]; they are [N, K] and [N]',
    )
  })
})
