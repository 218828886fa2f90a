import { describe, expect, it } from 'vitest'
import { Generator, manualSeed, rand, randn } from '../../src/index.ts'

describe('Generator', () => {
  it('xoshiro128** as published', () => {
    const g = new Generator()
    g.setState({ state: [1, 2, 3, 4], spare: null })
    // From the reference implementation of Blackman and Vigna.
    expect([g.bits(), g.bits(), g.bits(), g.bits()]).toEqual([11520, 0, 5927040, 70819200])
  })
  it('mean, variance and share of uniform and normal numbers', () => {
    const g = new Generator(3)
    const n = 50_000
    const stats = (next: () => number) => {
      const v = Array.from({ length: n }, next)
      const m = v.reduce((a, b) => a + b) / n
      return [m, v.reduce((a, b) => a + (b - m) ** 2, 0) / n]
    }
    const [um, uv] = stats(() => g.uniform())
    expect(Math.abs(um - 0.5)).toBeLessThan(0.01)
    expect(Math.abs(uv - 1 / 12)).toBeLessThan(0.002)
    const [nm, nv] = stats(() => g.normal())
    expect(Math.abs(nm)).toBeLessThan(0.02)
    expect(Math.abs(nv - 1)).toBeLessThan(0.03)
  })
  it('below is even', () => {
    const g = new Generator(4)
    const counts = new Array<number>(6).fill(0)
    for (let i = 0; i < 60_000; i++) counts[g.below(6)]++
    for (const c of counts) expect(Math.abs(c - 10_000)).toBeLessThan(500)
  })
  it('its state can be taken and put back', () => {
    const g = new Generator(9)
    g.normal()
    const state = g.getState()
    const first = [g.normal(), g.uniform(), g.bits()]
    g.setState(state)
    expect([g.normal(), g.uniform(), g.bits()]).toEqual(first)
  })
  it('seeds are whole numbers; manualSeed seeds the default', () => {
    expect(() => new Generator(0.5)).toThrow('manualSeed: 0.5 is not a whole number')
    manualSeed(7)
    const a = [rand([2]).toArray(), randn([2]).toArray()]
    manualSeed(7)
    expect([rand([2]).toArray(), randn([2]).toArray()]).toEqual(a)
    expect(new Generator(2 ** 40).bits()).not.toBe(new Generator(0).bits())
  })
})
