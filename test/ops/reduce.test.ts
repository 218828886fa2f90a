import { describe, expect, it } from 'vitest'
import {
  argmax,
  argmin,
  max,
  mean,
  min,
  norm,
  prod,
  std,
  sum,
  tensor,
  variance,
  zeros,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('reduce')

describe('gradients', () => {
  const shapes: Input[][] = [[[2, 3, 4]], [[2, 1, 3]]]
  for (const [name, f] of Object.entries({ sum, mean, max, min, variance, std, norm })) {
    checkOp(name, x => f(x), [...shapes, [[5]]])
    checkOp(`${name} over an axis`, x => f(x, { dim: -1 }), shapes)
    checkOp(`${name} over two axes, kept`, x => f(x, { dim: [0, 2], keepdim: true }), shapes)
  }
  checkOp('prod', x => prod(x, { dim: 1 }), shapes)
  checkOp('sum of nothing', x => sum(x, { dim: 0 }), [[[0, 3]]])
})

describe('values', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 9],
  ])
  it('by hand', () => {
    expect(sum(x).item()).toBe(24)
    expect(x.sum({ dim: 0 }).toArray()).toEqual([5, 7, 12])
    expect(x.sum({ dim: -1, keepdim: true }).toArray()).toEqual([[6], [18]])
    expect(x.mean().item()).toBe(4)
    expect(x.max({ dim: 1 }).toArray()).toEqual([3, 9])
    expect(x.prod({ dim: 0 }).toArray()).toEqual([4, 10, 27])
    expect(variance(tensor([1, 2, 3, 4])).item()).toBeCloseTo(5 / 3, 6)
    expect(std(tensor([1, 2, 3, 4]), { correction: 0 }).item()).toBeCloseTo(Math.sqrt(1.25), 6)
    expect(argmax(x).item()).toBe(5)
    expect(argmin(x, { dim: 0 }).toArray()).toEqual([0, 0, 0])
    expect(sum(tensor([true, true, false])).item()).toBe(2)
    expect(sum(tensor([200, 100], { dtype: 'uint8' })).item()).toBe(300)
  })
  it('the first of equal values', () => {
    expect(argmax(tensor([1, 3, 3])).item()).toBe(1)
    expect(argmin(tensor([2, 1, 1])).item()).toBe(1)
  })
})

describe('errors', () => {
  it('axes', () => {
    expect(() => sum(zeros([2, 3]), { dim: 2 })).toThrow(
      new RangeError('sum: axis 2 of a tensor with 2 axes'),
    )
    expect(() => sum(zeros([2, 3]), { dim: [0, -2] })).toThrow(
      new RangeError('sum: axes [0, -2] name one axis twice'),
    )
  })
  it('no elements', () => {
    expect(() => max(zeros([0, 2]), { dim: 0 })).toThrow(
      'max: [0, 2] has no elements along axis [0]',
    )
    expect(() => argmax(zeros([2, 0]), { dim: 1 })).toThrow('argmax: axis 1 of [2, 0] is empty')
  })
})
