import { describe, expect, it } from 'vitest'
import {
  arange,
  at,
  embedding,
  indexAdd,
  noGrad,
  randn,
  scatterAdd,
  take,
  tensor,
  zeros,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('indexing')

const index = tensor(
  [
    [0, 2],
    [1, 0],
  ],
  { dtype: 'int32' },
)

describe('gradients', () => {
  const x: Input[][] = [[[3, 4, 2]]]
  checkOp('at, views', t => at(t, 1, '::2', null), x)
  checkOp('at, a list', t => at(t, ':', [0, -1, 0]), x)
  checkOp(
    'at, two tensors',
    t => at(t, index, ':', index.slice(0, { end: 1 }).eq(9).to('int32')),
    x,
  )
  checkOp('at, a mask', t => at(t, tensor([true, false, true])), x)
  checkOp('scatterAdd', (a, b) => scatterAdd(a, 1, index, b), [
    [
      [2, 3],
      [2, 2],
    ],
  ])
  checkOp('indexAdd', (a, b) => indexAdd(a, 0, [1, 1], b), [
    [
      [3, 2],
      [2, 2],
    ],
  ])
  checkOp('take', t => take(t, index), [[[3, 2]]])
  checkOp('embedding', w => embedding(index, w), [[[4, 3]]])
})

describe('at', () => {
  const x = arange(12).reshape([3, 4])
  it('reads as Python does', () => {
    expect(x.at(1).toArray()).toEqual([4, 5, 6, 7])
    expect(x.at(1, 2).item()).toBe(6)
    expect(x.at('1:', -1).shape).toEqual([2])
    expect(x.at(':', '::2').toArray()).toEqual([
      [0, 2],
      [4, 6],
      [8, 10],
    ])
    expect(x.at('...', [3, 0]).at(0).toArray()).toEqual([3, 0])
    expect(x.at(x.gt(8)).toArray()).toEqual([9, 10, 11])
    expect(x.at(null).shape).toEqual([1, 3, 4])
  })
  it('numbers and spans share the storage', () => {
    expect(x.at(1, '1:3').storage).toBe(x.storage)
  })
  it('says what is wrong', () => {
    expect(() => x.at(3)).toThrow('index 3 of axis 0 of a tensor [3, 4]: it goes from 0 to 2')
    expect(() => x.at(0, 0, 0)).toThrow('at: 3 indices for a tensor [3, 4]')
    expect(() => x.at([0, 7])).toThrow('at: index 7 of axis 0 of [3, 4]: it goes from 0 to 2')
    // @ts-expect-error no span
    expect(() => x.at('1-3')).toThrow("at: '1-3' is no span; write start:end")
    expect(() => x.at('...', '...')).toThrow("at: '...' stands once at most")
    expect(() => x.at(tensor([true]))).toThrow('at: mask [1] for the axes [3] of [3, 4]')
    expect(() => x.at(tensor([0.5]))).toThrow('at: an index is float32')
  })
})

describe('set', () => {
  it('writes where at reads', () => {
    const x = zeros([3, 4])
    expect(x.set([1, '1:3'], 5)).toBe(x)
    x.set(0, tensor([1, 2, 3, 4]))
    x.set(['...', [3, 0]], -1)
    x.set(x.lt(0), 7)
    expect(x.toArray()).toEqual([
      [7, 2, 3, 7],
      [7, 5, 5, 7],
      [7, 0, 0, 7],
    ])
    const y = zeros([2, 2]).T
    y.set([0, 1], 3)
    expect(y.T.toArray()).toEqual([
      [0, 0],
      [3, 0],
    ])
  })
  it('needs noGrad where a gradient is required, and room', () => {
    const w = randn([2]).requiresGrad_()
    expect(() => w.set(0, 1)).toThrow('set: the tensor requires a gradient')
    expect(
      noGrad(() => w.set(0, 1))
        .at(0)
        .item(),
    ).toBe(1)
    expect(() => zeros([2, 2]).set(0, zeros([3]))).toThrow(RangeError)
  })
})
