import { describe, expect, it } from 'vitest'
import { Generator } from '../../src/index.ts'
import { kaimingUniform, uniform } from '../../src/nn/init.ts'

describe('initial values', () => {
  it('uniform fills its range, mean 0', () => {
    const v = Array.from(uniform([5000], 0.3, new Generator(1)).toTypedArray())
    expect(Math.max(...v)).toBeLessThan(0.3)
    expect(Math.min(...v)).toBeGreaterThanOrEqual(-0.3 - 1e-7)
    expect(Math.max(...v)).toBeGreaterThan(0.29)
    expect(Math.abs(v.reduce((a, b) => a + b) / v.length)).toBeLessThan(0.01)
  })
  it('kaimingUniform has bound 1 / √fanIn', () => {
    const v = Array.from(kaimingUniform([100, 25], 25, new Generator(2)).toTypedArray())
    const largest = Math.max(...v.map(Math.abs))
    expect(largest).toBeLessThanOrEqual(0.2 + 1e-7)
    expect(largest).toBeGreaterThan(0.199)
  })
})
