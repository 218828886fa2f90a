import { describe, expect, it } from 'vitest'
import {
  cumprod,
  cumsum,
  logsumexp,
  norm,
  prod,
  recurrence,
  tensor,
  zeros,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('scan')

describe('gradients', () => {
  const x: Input[][] = [[[2, 3, 4]], [[1, 1]], [[0, 2]]]
  for (const d of [0, -1]) {
    checkOp(`cumsum ${d}`, t => cumsum(t, d), x)
    checkOp(`cumprod ${d}`, t => cumprod(t, d), x)
    checkOp(`recurrence ${d}`, (a, b) => recurrence(a, b, d), [
      [
        [2, 3],
        [2, 3],
      ],
      [
        [3, 1],
        [3, 1],
      ],
    ])
  }
  const zero = tensor([2, 0, 3, 0, 1], { dtype: 'float64' })
  checkOp('cumprod with zeros', t => cumprod(t, 0), [[zero]])
  checkOp('prod with zeros', t => prod(t), [[zero], [zero.narrow(0, 0, 3)]])
  for (const p of [1, 3, Infinity]) checkOp(`norm ${p}`, t => norm(t, { p, dim: 1 }), [[[2, 4]]])
  checkOp('logsumexp', t => logsumexp(t, { dim: [0, 2] }), [[[2, 3, 4]]])
})

describe('values', () => {
  it('by hand', () => {
    expect(cumsum(tensor([1, 2, 3]), 0).toArray()).toEqual([1, 3, 6])
    expect(cumprod(tensor([1, 2, 3]), 0).toArray()).toEqual([1, 2, 6])
    expect(cumsum(tensor([true, true]), 0).dtype).toBe('int32')
    // An average that halves what came before.
    expect(recurrence(tensor([4, 4, 4]), tensor([0.5, 0.5, 0.5]), 0).toArray()).toEqual([4, 6, 7])
  })
  it('errors', () => {
    expect(() => recurrence(zeros([2]), zeros([3]), 0)).toThrow(
      'recurrence: a [2] float32, b [3] float32',
    )
    expect(() => cumsum(zeros([2]), 1)).toThrow('cumsum: axis 1 of a tensor with 1 axis')
  })
})
