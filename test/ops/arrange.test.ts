import { describe, expect, it } from 'vitest'
import {
  chunk,
  diagonal,
  movedim,
  pad,
  repeatInterleave,
  roll,
  split,
  tensor,
  tile,
  tril,
  triu,
  unbind,
  windowed,
  zeros,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('arrange')

describe('gradients', () => {
  const x: Input[][] = [[[2, 3, 4]]]
  checkOp('roll', t => roll(t, [1, -1], [0, 2]), x)
  checkOp('tile', t => tile(t, [2, 1, 2]), x)
  checkOp('repeatInterleave', t => repeatInterleave(t, 2, -1), x)
  checkOp('tril', t => tril(t, { diagonal: 1 }), x)
  checkOp('triu', t => triu(t), x)
  checkOp('diagonal', t => diagonal(t, { offset: 1, dim0: 2, dim1: 1 }), x)
  checkOp('windowed, overlapping', t => windowed(t, 2, 3), x)
  checkOp('movedim', t => movedim(t, 0, -1), x)
  checkOp('split', t => split(t, [1, 3], 2), x)
  checkOp('chunk', t => chunk(t, 2, 1), x)
  checkOp('unbind', t => unbind(t, 1), x)
  for (const mode of ['constant', 'reflect', 'replicate', 'circular'] as const)
    checkOp(`pad ${mode}`, t => pad(t, [1, 2, -1, 1], { mode }), x)
})

describe('values', () => {
  const x = tensor([1, 2, 3, 4])
  it('by hand', () => {
    expect(roll(x, 1).toArray()).toEqual([4, 1, 2, 3])
    expect(tile(x.narrow(0, 0, 2), [3]).toArray()).toEqual([1, 2, 1, 2, 1, 2])
    expect(repeatInterleave(x, 2, 0).toArray()).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
    expect(pad(x, [2, 2], { mode: 'reflect' }).toArray()).toEqual([3, 2, 1, 2, 3, 4, 3, 2])
    expect(pad(x, [2, 1], { mode: 'circular' }).toArray()).toEqual([3, 4, 1, 2, 3, 4, 1])
    expect(windowed(x, 0, 2).toArray()).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
    ])
    expect(split(x, 3).map(t => t.toArray())).toEqual([[1, 2, 3], [4]])
  })
  it('parts, windows and diagonals are views; a tile is not', () => {
    const y = zeros([3, 3])
    for (const t of [
      ...split(y, 2),
      ...chunk(y, 2, 1),
      ...unbind(y),
      diagonal(y),
      windowed(y, 0, 2),
    ])
      expect(t.storage).toBe(y.storage)
    expect(tile(y, [1, 1]).storage).not.toBe(y.storage)
    diagonal(y).fill_(1)
    expect(y.toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
  })
})

describe('errors', () => {
  const x = zeros([2, 3])
  it('say what does not fit', () => {
    expect(() => split(x, [1, 1], 1)).toThrow('split: sizes [1, 1] of the 3 along axis 1 of [2, 3]')
    expect(() => chunk(x, 0)).toThrow('chunk: 0 parts')
    expect(() => roll(x, [1, 2])).toThrow('roll: shifts [1, 2] without dims; one number')
    expect(() => tile(x, [-1])).toThrow('tile: times [-1]')
    expect(() => windowed(x, 1, 4)).toThrow('unfold: windows of 4 along axis 1 of [2, 3]')
    expect(() => diagonal(x, { dim1: 0 })).toThrow('diagonal: axes 0 and 0 are the same')
    expect(() => pad(x, [3, 0], { mode: 'reflect' })).toThrow(
      'pad: reflect by 3 at axis 1 of [2, 3]; at most 2',
    )
    expect(() => pad(x, [-2, -2])).toThrow(
      'pad: amounts [-2, -2] cut more than there is off [2, 3]',
    )
    // @ts-expect-error no such mode
    expect(() => pad(x, [1, 1], { mode: 'mirror' })).toThrow("pad: mode 'mirror'")
  })
})
