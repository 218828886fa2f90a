import { describe, expect, it } from 'vitest'
import { conv2d, convTranspose2d, randn, tensor, zeros } from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('conv2d')

describe('gradients', () => {
  checkOp('conv2d', (x, w, bias) => conv2d(x, w, { bias, padding: 1 }), [
    [[2, 2, 4, 3], [3, 2, 3, 2], [3]],
    [[1, 1, 1, 1], [1, 1, 1, 1], [1]],
  ])
  checkOp('conv2d, stride', (x, w) => conv2d(x, w, { stride: [2, 1], padding: [0, 1] }), [
    [
      [1, 2, 5, 4],
      [2, 2, 2, 3],
    ],
  ])
  checkOp('conv2d, dilation', (x, w) => conv2d(x, w, { dilation: 2 }), [
    [
      [1, 1, 5, 5],
      [2, 1, 2, 2],
    ],
  ])
  checkOp('conv2d, groups', (x, w) => conv2d(x, w, { groups: 2 }), [
    [
      [1, 4, 3, 3],
      [2, 2, 2, 2],
    ],
  ])
  checkOp('conv2d, same', (x, w) => conv2d(x, w, { padding: 'same' }), [
    [
      [1, 1, 3, 3],
      [1, 1, 2, 3],
    ],
  ])
  checkOp('convTranspose2d', (x, w, bias) => convTranspose2d(x, w, { bias, stride: 2 }), [
    [[1, 2, 2, 3], [2, 2, 2, 2], [2]],
  ])
})

describe('values', () => {
  it('by hand', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ])
    const w = tensor([
      [1, 0],
      [0, -1],
    ])
    expect(conv2d(x, w).toArray()).toEqual([
      [-4, -4],
      [-4, -4],
    ])
    expect(conv2d(x, w, { stride: 2, padding: 1 }).toArray()).toEqual([
      [-1, -3],
      [-7, -4],
    ])
  })
})

describe('errors', () => {
  it('name the operation, the values and the shapes', () => {
    // @ts-expect-error the compiler says so too
    expect(() => conv2d(randn([1, 3, 32, 32]), randn([16, 4, 3, 3]))).toThrow(
      new RangeError('conv2d: weight [16, 4, 3, 3] expects 4 input channels, x is [1, 3, 32, 32]'),
    )
    expect(() => conv2d(zeros([1, 1, 2, 2]), zeros([1, 1, 3, 3]))).toThrow(
      'conv2d: window 3×3 is larger than x [1, 1, 2, 2] padded by [0, 0]',
    )
    expect(() => conv2d(zeros([1, 3, 4, 4]), zeros([4, 1, 3, 3]), { groups: 2 })).toThrow(
      'conv2d: groups 2 must divide 3 input and 4 output channels',
    )
    expect(() => conv2d(zeros([1, 1, 4, 4]), zeros([2, 1, 3, 3]), { bias: zeros([3]) })).toThrow(
      'conv2d: bias [3] for 2 filters; it is [2]',
    )
    expect(() => conv2d(zeros([1, 1, 4, 4]), zeros([2, 1, 3, 3]), { stride: 0 })).toThrow(
      'conv2d: stride 0; whole numbers, at least 1',
    )
  })
})
