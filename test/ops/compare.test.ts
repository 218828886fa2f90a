import { describe, expect, it } from 'vitest'
import {
  allclose,
  equal,
  logicalAnd,
  logicalOr,
  maskedFill,
  randn,
  tensor,
  zeros,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('compare')

const mask = tensor([
  [true, false, true],
  [false, false, true],
])

describe('compare', () => {
  checkOp('maskedFill', x => maskedFill(x, mask, 3), [[[2, 3]], [[4, 2, 3]]])

  it('by hand', () => {
    const x = tensor([1, 2, 3])
    expect(x.gt(1).toArray()).toEqual([false, true, true])
    expect(logicalAnd(x.gt(1), x.lt(3)).toArray()).toEqual([false, true, false])
    expect(logicalOr(x.lt(2), x.gt(2)).toArray()).toEqual([true, false, true])
    expect(x.eq(2).logicalNot().toArray()).toEqual([true, false, true])
  })
  it('allclose and equal answer with a boolean', () => {
    const x = randn([3])
    expect(equal(x, x.clone())).toBe(true)
    expect(equal(x, x.add(1e-3))).toBe(false)
    expect(equal(x, zeros([3, 1]))).toBe(false)
    expect(allclose(x, x.add(1e-7))).toBe(true)
    expect(allclose(x, x.add(1e-3), { atol: 1e-2 })).toBe(true)
    expect(x.allclose(x.add(1e-3))).toBe(false)
  })
  it('a mask that is too large', () => {
    expect(() => maskedFill(zeros([3]), mask, 0)).toThrow(
      'maskedFill: mask [2, 3] does not fit into [3]',
    )
  })
})
