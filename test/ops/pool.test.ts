import { describe, expect, it } from 'vitest'
import { avgPool2d, maxPool2d, maxUnpool2d, tensor, zeros } from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('pool')

describe('gradients', () => {
  const x: Input[][] = [[[2, 2, 5, 4]], [[1, 3, 3]]]
  checkOp('maxPool2d', x => maxPool2d(x, 2), x)
  checkOp('maxPool2d, overlapping', x => maxPool2d(x, 3, { stride: 2, padding: 1 }), x)
  checkOp('avgPool2d', x => avgPool2d(x, 2), x)
  checkOp('avgPool2d, padded', x => avgPool2d(x, 3, { stride: 2, padding: 1 }), x)
  const { indices } = maxPool2d(
    zeros([2, 2, 4, 4]).add(
      tensor(Float32Array.from({ length: 16 }, (_, i) => (i * 7) % 16)).reshape([4, 4]),
    ),
    2,
    { returnIndices: true },
  )
  checkOp('maxUnpool2d', x => maxUnpool2d(x, indices, [4, 4]), [[[2, 2, 2, 2]]])
})

describe('values', () => {
  const x = tensor([
    [
      [1, 2, 5, 0],
      [3, 4, 1, 5],
    ],
  ])
  it('by hand, with switches', () => {
    const { output, indices } = maxPool2d(x, 2, { returnIndices: true })
    expect(output.toArray()).toEqual([[[4, 5]]])
    expect(indices.toArray()).toEqual([[[5, 2]]])
    expect(avgPool2d(x, 2).toArray()).toEqual([[[2.5, 2.75]]])
  })
  it('a plain matrix stays one', () => {
    const plain = x.at(0)
    const { output, indices } = maxPool2d(plain, 2, { returnIndices: true })
    expect(output.toArray()).toEqual([[4, 5]])
    expect(indices.toArray()).toEqual([[5, 2]])
    expect(avgPool2d(plain, 2).toArray()).toEqual([[2.5, 2.75]])
    expect(maxUnpool2d(output, indices, [2, 4]).toArray()).toEqual([
      [0, 0, 5, 0],
      [0, 4, 0, 0],
    ])
  })
})

describe('errors', () => {
  it('name the values', () => {
    expect(() => maxPool2d(zeros([1, 1, 2, 2]), 3)).toThrow(
      'maxPool2d: window [3, 3] is larger than x [1, 1, 2, 2] padded by [0, 0]',
    )
    expect(() => maxPool2d(zeros([1, 1, 4, 4]), 2, { padding: 2 })).toThrow(
      'maxPool2d: padding [2, 2] is more than half the window [2, 2]',
    )
    expect(() => avgPool2d(zeros([4]), 2)).toThrow(
      'avgPool2d: x [4]; it is [N, C, H, W], [C, H, W] or [H, W]',
    )
    expect(() =>
      maxUnpool2d(zeros([1, 1, 1, 1]), tensor([[[[9]]]], { dtype: 'int32' }), [2, 2]),
    ).toThrow('maxUnpool2d: index 9 lies outside a 2×2 map')
  })
})
