import { describe, expect, it } from 'vitest'
import { argsort, sort, tensor, topk, zeros } from '../../src/index.ts'
import { checkOp } from './op.ts'

// PyTorch's values: family scan.
describe('sort', () => {
  checkOp('sort', x => sort(x, { dim: 1 }).values, [[[2, 3, 4]]])
  checkOp('topk', x => topk(x, 2, { dim: 0, largest: false }).values, [[[4, 3]]])

  it('is stable, NaN the largest', () => {
    const { values, indices } = tensor([2, NaN, 1, 2]).sort()
    expect(values.toArray()).toEqual([1, 2, 2, NaN])
    expect(indices.toArray()).toEqual([2, 0, 3, 1])
    expect(argsort(tensor([1, 2, 2]), { descending: true }).toArray()).toEqual([1, 2, 0])
    expect(sort(tensor(5)).values.item()).toBe(5)
  })
  it('topk', () => {
    const { values, indices } = topk(tensor([3, 9, 5]), 2)
    expect([values.toArray(), indices.toArray()]).toEqual([
      [9, 5],
      [1, 2],
    ])
    expect(() => topk(zeros([2, 3]), 4)).toThrow('topk: 4 of the 3 along axis 1 of [2, 3]')
  })
})
