import { describe, expect, test } from 'vitest'
import { arange, data, tensor, zeros } from '../../src/index.ts'

const set = new data.TensorDataset(arange(20).reshape([10, 2]), arange(10))
const rows = (d: data.Dataset): number[] =>
  [...data.batches(d, { size: 3 })].flatMap(({ y }) => [...y.toTypedArray()])

describe('TensorDataset', () => {
  test('rows of x and y stay together, whatever their dtype and strides', () => {
    const { x, y } = set.batch([7, 0])
    expect(x.toArray()).toEqual([[14, 15], [0, 1]]) // prettier-ignore
    expect(y.toArray()).toEqual([7, 0])
    expect(x.dtype).toBe('int32')
    const turned = new data.TensorDataset(tensor([[1, 2, 3], [4, 5, 6]]).T, arange(3)) // prettier-ignore
    expect(turned.batch([2]).x.toArray()).toEqual([[3, 6]])
    expect(new data.TensorDataset(zeros([2, 0]), arange(2)).batch([1]).x.shape).toEqual([1, 0])
  })
  test('errors', () => {
    expect(() => new data.TensorDataset(zeros([3, 2]), zeros([4]))).toThrow('x [3, 2] and y [4]')
    expect(() => set.batch([10])).toThrow('batch: example 10; there are 10, 0 to 9')
    expect(() => set.batch([1.5])).toThrow('example 1.5')
  })
})

describe('parts', () => {
  test('subset', () => {
    expect(rows(data.subset(set, [3, 1]))).toEqual([3, 1])
    expect(rows(data.subset(data.subset(set, [3, 1, 5]), [2, 0]))).toEqual([5, 3])
    expect(() => data.subset(set, [10])).toThrow('subset: example 10')
  })
  test('randomSplit takes each example once, by the seed', () => {
    const [a, b] = data.randomSplit(set, [0.75, 0.25], { seed: 3 })
    expect([a.length, b.length]).toEqual([8, 2])
    expect([...rows(a), ...rows(b)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(rows(data.randomSplit(set, [8, 2], { seed: 3 })[1])).toEqual(rows(b))
    expect(rows(data.randomSplit(set, [8, 2], { seed: 4 })[1])).not.toEqual(rows(b))
    expect(data.randomSplit(set, [1]).map(p => p.length)).toEqual([10])
    expect(() => data.randomSplit(set, [0.5, 0.6])).toThrow('shares sum to 1, counts to 10')
    expect(() => data.randomSplit(set, [5, 6])).toThrow('counts to 10')
    expect(() => data.randomSplit(set, [-1, 11])).toThrow('at least 0')
  })
})
