import { describe, expect, it } from 'vitest'
import { conv1d, convTranspose1d, randn, tensor } from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('conv1d')

describe('conv1d', () => {
  checkOp('conv1d', (x, w, b) => conv1d(x, w, { bias: b, stride: 2, padding: 1 }), [
    [[2, 2, 5], [3, 2, 3], [3]],
    [[0, 2, 5], [3, 2, 3], [3]],
  ])
  checkOp('conv1d, groups and dilation', (x, w) => conv1d(x, w, { groups: 2, dilation: 2 }), [
    [
      [1, 4, 7],
      [2, 2, 3],
    ],
  ])
  checkOp('convTranspose1d', (x, w, b) => convTranspose1d(x, w, { bias: b, stride: 2 }), [
    [[2, 3, 4], [3, 2, 3], [2]],
  ])

  it('takes plain lists', () => {
    const y = conv1d(tensor([1, 2, 3, 4]), tensor([1, -1]))
    expect(y.toArray()).toEqual([-1, -1, -1])
  })

  it('names what does not fit', () => {
    expect(() => conv1d(randn([1, 3, 8]), randn([4, 2, 3]))).toThrow(
      'conv1d: weight [4, 2, 3] expects 2 input channels, x is [1, 3, 8]',
    )
    expect(() => conv1d(randn([1, 2, 2]), randn([4, 2, 3], {}))).toThrow(
      'conv1d: window 3 is longer than x [1, 2, 2] padded by 0',
    )
    expect(() => conv1d(randn([1, 2, 8]), randn([4, 2, 3]), { stride: 0 })).toThrow(
      'conv1d: stride 0; a whole number, at least 1',
    )
    expect(() => convTranspose1d(randn([1, 3, 8]), randn([2, 4, 3]))).toThrow(
      'convTranspose1d: weight [2, 4, 3] expects 2 input channels, x is [1, 3, 8]',
    )
  })
})
