import { describe, expect, it } from 'vitest'
import { Generator, ones } from '../../src/index.ts'
import { dropout, dropout2d } from '../../src/ops/dropout.ts'
import { checkOp } from './op.ts'

describe('dropout', () => {
  checkOp('dropout', x => dropout(x, { p: 0.4, generator: new Generator(3) }), [[[3, 4]]])

  it('drops p of the elements and divides the others by 1 − p', () => {
    const y = dropout(ones([100, 100]), { p: 0.25, generator: new Generator(1) })
    const values = Array.from(y.toTypedArray())
    const kept = values.filter(v => v !== 0)
    expect(new Set(kept)).toEqual(new Set([Math.fround(4 / 3)]))
    expect(Math.abs(kept.length / 1e4 - 0.75)).toBeLessThan(0.02)
  })
  it('does nothing outside training', () => {
    const x = ones([3])
    expect(dropout(x, { training: false })).toBe(x)
    expect(dropout(x, { p: 0 })).toBe(x)
    expect(dropout(x, { p: 1 }).toArray()).toEqual([0, 0, 0])
  })
  it('p must be a probability', () => {
    expect(() => dropout(ones([1]), { p: 1.5 })).toThrow('dropout: p 1.5 is no probability')
  })

  it('gives the same zeros for the same seed, and others for another', () => {
    const run = (seed: number) => dropout(ones([50]), { generator: new Generator(seed) }).toArray()
    expect(run(3)).toEqual(run(3))
    expect(run(3)).not.toEqual(run(4))
  })
})

describe('dropout2d', () => {
  checkOp('dropout2d', x => dropout2d(x, { p: 0.4, generator: new Generator(3) }), [[[2, 3, 2, 2]]])

  it('drops whole channels', () => {
    const y = dropout2d(ones([8, 16, 2, 3]), { generator: new Generator(2) })
    const sums = y.sum({ dim: [2, 3] }).toTypedArray()
    expect(sums.every(s => s === 0 || s === 12)).toBe(true)
    expect(sums.some(s => s === 0) && sums.some(s => s === 12)).toBe(true)
    expect(() => dropout2d(ones([3, 3]))).toThrow('dropout2d: x [3, 3]')
  })
})
