import { describe, expect, it } from 'vitest'
import { optim, tensor, zeros } from '../../src/index.ts'
import { expectClose, numbers, readGolden } from '../golden/golden.ts'

interface Golden {
  kind: string
  max: number
  type: number | string
  norm: number
  grads: number[][]
}

describe('clipping', () => {
  const cases = readGolden<Golden>('optim').filter(g => g.kind === 'clip')
  it.each(cases.map(c => [c.max, c.type, c] as const))('norm to %s, type %s', (_, __, c) => {
    const ps = [5, 3].map((n, i) => {
      const p = zeros([n], { dtype: 'float64', requiresGrad: true })
      p.grad = tensor(
        numbers(n, 9 + i).map(v => v * 3),
        { dtype: 'float64' },
      )
      return p
    })
    const norm = optim.clipGradNorm(ps, c.max, { normType: Number(c.type) })
    expect(norm).toBeCloseTo(c.norm, 10)
    ps.forEach((p, i) => expectClose(p.grad!.toTypedArray(), c.grads[i], 1e-9, `gradient ${i}`))
  })
  it('by value; parameters without gradient are left out', () => {
    const p = zeros([3], { requiresGrad: true })
    p.grad = tensor([-3, 0.2, 5])
    optim.clipGradValue([p, zeros([2])], 0.5)
    expect(p.grad.toArray()).toEqual([-0.5, Math.fround(0.2), 0.5])
    expect(optim.clipGradNorm([zeros([2])], 1)).toBe(0)
    expect(() => optim.clipGradNorm([p], -1)).toThrow('clipGradNorm: maxNorm -1; at least 0')
  })
})
