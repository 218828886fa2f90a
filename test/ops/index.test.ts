import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as ops from '../../src/ops/index.ts'
import { readGolden } from '../golden/golden.ts'

/** Operations without PyTorch's values, and why. */
const WITHOUT: Record<string, string> = {
  allclose: 'a boolean, made of isclose',
  equal: 'a boolean, made of eq',
  bernoulli: 'random',
  multinomial: 'random',
  dropout: 'random',
  dropout2d: 'random',
  contiguous: 'the same values',
  to: 'the same values',
  hessian: 'a function of functions; checked by hand',
  jacobian: 'a function of functions; checked by hand',
  jvp: 'a function of functions; checked against the Jacobian',
  vjp: 'a function of functions; checked against the Jacobian',
  recurrence: 'PyTorch has none; checked by hand and by gradcheck',
  oneHot: 'of another dtype than PyTorch; checked by hand',
}

describe('every operation', () => {
  const names = Object.entries(ops)
    .filter(([, f]) => typeof f === 'function')
    .map(([name]) => name)
  it("has PyTorch's values, or a reason not to", () => {
    const folder = new URL('../golden/', import.meta.url)
    const known = new Set(
      readdirSync(folder)
        .filter(f => f.endsWith('.json'))
        .flatMap(f => {
          const cases: unknown = readGolden<{ op?: string }>(f.slice(0, -5))
          return Array.isArray(cases) ? cases.map((c: { op?: string }) => c.op) : []
        }),
    )
    expect(names.filter(n => !known.has(n) && !(n in WITHOUT))).toEqual([])
    expect(Object.keys(WITHOUT).filter(n => !names.includes(n) || known.has(n))).toEqual([])
  })
})
