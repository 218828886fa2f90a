import { describe, expect, it } from 'vitest'
import {
  axes,
  axis,
  broadcast,
  checkShape,
  inferShape,
  sameShape,
  show,
  sizeOf,
  stridesOf,
  viewStrides,
} from '../../src/tensor/shape.ts'

describe('shapes', () => {
  it('sizes and strides', () => {
    expect(sizeOf([])).toBe(1)
    expect(sizeOf([2, 0, 3])).toBe(0)
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1])
    expect(sameShape([1, 2], [1, 2])).toBe(true)
    expect(sameShape([1, 2], [1, 2, 1])).toBe(false)
    expect(show([2, 3])).toBe('[2, 3]')
  })
  it('broadcast', () => {
    expect(broadcast('f', [2, 1, 3], [4, 1])).toEqual([2, 4, 3])
    expect(broadcast('f', [], [2])).toEqual([2])
    expect(broadcast('f', [1], [0])).toEqual([0])
    expect(() => broadcast('f', [2], [3])).toThrow(
      new RangeError('f: shapes [2] and [3] do not broadcast: 2 against 3 at axis -1'),
    )
    expect(() => broadcast('f', [2], [0])).toThrow(RangeError)
  })
  it('axes', () => {
    expect(axis('f', -1, 3)).toBe(2)
    expect(axis('f', 0, 0)).toBe(0)
    expect(() => axis('f', 3, 3)).toThrow('f: axis 3 of a tensor with 3 axes')
    expect(() => axis('f', 0.5, 3)).toThrow(RangeError)
    expect(axes('f', undefined, 2)).toEqual([0, 1])
    expect(axes('f', [1, -3], 3)).toEqual([0, 1])
  })
  it('a size left open', () => {
    expect(inferShape('f', [2, -1], 6, [6])).toEqual([2, 3])
    expect(inferShape('f', [0, -1], 0, [0])).toEqual([0, 0])
    expect(() => inferShape('f', [-1, -1], 6, [6])).toThrow(RangeError)
    expect(() => inferShape('f', [4], 6, [6])).toThrow('f: [6] has 6 elements, [4] has 4')
    expect(() => checkShape('f', [2, NaN])).toThrow(RangeError)
  })
  it('strides of a view, where there is one', () => {
    expect(viewStrides([2, 3, 4], [12, 4, 1], [6, 4])).toEqual([4, 1])
    expect(viewStrides([2, 3], [1, 2], [6])).toBeNull()
    expect(viewStrides([2, 3], [1, 2], [2, 1, 3])?.filter((_, d) => d !== 1)).toEqual([1, 2])
    expect(viewStrides([4], [0], [2, 2])).toEqual([0, 0])
    expect(viewStrides([0, 3], [3, 1], [3, 0])).toHaveLength(2)
  })
})
