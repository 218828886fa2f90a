import { describe, expect, it } from 'vitest'
import { einsum, randn, tensor, zeros } from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('einsum')

describe('einsum', () => {
  checkOp('matrix product', (a, b) => einsum('ij,jk->ik', a, b), [
    [
      [2, 3],
      [3, 2],
    ],
  ])
  checkOp('diagonal and batch', (a, b) => einsum('bii,bi->ib', a, b), [
    [
      [2, 3, 3],
      [2, 3],
    ],
  ])
  checkOp('dots broadcast', (a, b) => einsum('...ij,...j->...i', a, b), [
    [
      [2, 1, 2, 3],
      [3, 3],
    ],
  ])
  checkOp('three operands', (a, b, c) => einsum('i,ij,j->', a, b, c), [[[2], [2, 3], [3]]])

  it('by hand', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    expect(einsum('ii', x).item()).toBe(5)
    expect(einsum('ij->ji', x).toArray()).toEqual(x.T.toArray())
    expect(einsum('ij , ij -> i', x, x).toArray()).toEqual([5, 25])
  })
  it('errors', () => {
    expect(() => einsum('ij,jk->ik', zeros([2, 3]), zeros([4, 2]))).toThrow(
      "einsum: 'ij,jk->ik': 'j' is 3 and, in [4, 2], 4",
    )
    expect(() => einsum('ij->k', zeros([2, 3]))).toThrow("the result names 'k', no operand does")
    expect(() => einsum('ij', zeros([2]))).toThrow("einsum: 'ij' names 2 axes, operand 0 is [2]")
    expect(() => einsum('i,j->ij', randn([2]))).toThrow('names 2 operands, there are 1')
    expect(() => einsum('i$->i', randn([2]))).toThrow("einsum: 'i$->i' is no equation")
    expect(() => einsum('ij->ii', randn([2, 2]))).toThrow('names an axis of the result twice')
  })
})
