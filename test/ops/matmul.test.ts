import { describe, expect, it } from 'vitest'
import { linear, matmul, randn, tensor, zeros } from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('matmul')

describe('gradients', () => {
  checkOp('matmul', matmul, [
    [[3], [3]],
    [
      [2, 3],
      [3, 4],
    ],
    [[3], [3, 4]],
    [[2, 3], [3]],
    [
      [5, 2, 3],
      [3, 2],
    ],
    [
      [2, 1, 2, 3],
      [3, 3, 2],
    ],
    [
      [0, 3],
      [3, 2],
    ],
    [
      [2, 0],
      [0, 2],
    ],
  ])
  checkOp('linear', (x, w, b) => linear(x, w, b), [
    [[4, 3], [2, 3], [2]],
    [[3], [2, 3], [2]],
    [[2, 2, 3], [1, 3], [1]],
  ])
  checkOp('linear without bias', (x, w) => linear(x, w), [
    [
      [4, 3],
      [2, 3],
    ],
  ])
})

describe('values', () => {
  it('by hand', () => {
    const a = tensor([
      [1, 2],
      [3, 4],
    ])
    expect(a.matmul(a).toArray()).toEqual([
      [7, 10],
      [15, 22],
    ])
    expect(a.matmul(a.T).toArray()).toEqual([
      [5, 11],
      [11, 25],
    ])
    expect(matmul(tensor([1, 2]), tensor([3, 4])).item()).toBe(11)
    expect(linear(tensor([1, 2]), a, tensor([10, 20])).toArray()).toEqual([15, 31])
  })
})

describe('errors', () => {
  it('inner sizes', () => {
    // @ts-expect-error the compiler says so too
    expect(() => matmul(randn([2, 3]), randn([4, 5]))).toThrow(
      new RangeError('matmul: x [2, 3] · y [4, 5]: inner sizes 3 and 4 differ'),
    )
    expect(() => matmul(tensor(1), randn([2]))).toThrow('numbers are multiplied by mul')
    expect(() => matmul(randn([2, 2]), randn([2, 2], { dtype: 'float64' }))).toThrow(
      new TypeError('matmul: x is float32, y float64; to() makes them alike'),
    )
  })
  it('linear', () => {
    // @ts-expect-error the compiler says so too
    expect(() => linear(zeros([4, 1, 28, 28]), zeros([10, 784]))).toThrow(
      new RangeError(
        'linear: weight [10, 784] expects 784 input features, x is [4, 1, 28, 28]; flatten it first',
      ),
    )
    expect(() => linear(zeros([4, 3]), zeros([2, 3]), zeros([3]))).toThrow(
      'linear: bias [3] for 2 outputs',
    )
  })
})
