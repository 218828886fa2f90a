import { describe, expect, it } from 'vitest'
import { Generator, nn, zeros } from '../../src/index.ts'

const { init } = nn
const list = (t: { toTypedArray(): ArrayLike<number> }) => Array.from(t.toTypedArray())
const seeded = () => ({ generator: new Generator(1) })

/** Mean, standard deviation and largest size. */
function facts(v: readonly number[]): { mean: number; std: number; largest: number } {
  const mean = v.reduce((a, b) => a + b, 0) / v.length
  const std = Math.sqrt(v.reduce((a, b) => a + (b - mean) ** 2, 0) / v.length)
  return { mean, std, largest: Math.max(...v.map(Math.abs)) }
}

describe('initial values', () => {
  it('uniform fills its range, normal has its mean and std', () => {
    const u = list(init.uniform(zeros([5000]), -0.3, 0.5, seeded()))
    expect(Math.min(...u)).toBeGreaterThanOrEqual(-0.3 - 1e-7)
    expect(Math.max(...u)).toBeLessThan(0.5 + 1e-7)
    expect(Math.max(...u)).toBeGreaterThan(0.49)
    expect(facts(u).mean).toBeCloseTo(0.1, 1)
    const n = facts(list(init.normal(zeros([5000]), 2, 0.5, seeded())))
    expect(n.mean).toBeCloseTo(2, 1)
    expect(n.std).toBeCloseTo(0.5, 1)
  })

  // Bounds by hand: fanIn 3·2·2 = 12, fanOut 50·2·2 = 200.
  const w = () => zeros([50, 3, 2, 2])
  it.each([
    [
      'kaimingUniform',
      init.kaimingUniform(w(), { a: Math.sqrt(5), ...seeded() }),
      1 / Math.sqrt(12),
    ],
    [
      'kaimingUniform, relu',
      init.kaimingUniform(w(), { nonlinearity: 'relu', ...seeded() }),
      Math.sqrt(0.5),
    ],
    [
      'kaimingUniform, fanOut',
      init.kaimingUniform(w(), { mode: 'fanOut', ...seeded() }),
      Math.sqrt(6 / 200),
    ],
    ['xavierUniform', init.xavierUniform(w(), 2, seeded()), 2 * Math.sqrt(6 / 212)],
  ] as const)('%s stays within its bound', (_, t, bound) => {
    const { largest } = facts(list(t))
    expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6))
    expect(largest).toBeGreaterThan(bound * 0.98)
  })
  it.each([
    [
      'kaimingNormal',
      init.kaimingNormal(zeros([100, 50]), { nonlinearity: 'relu', ...seeded() }),
      0.2,
    ],
    ['xavierNormal', init.xavierNormal(zeros([100, 50]), 1, seeded()), Math.sqrt(2 / 150)],
  ] as const)('%s has its std', (_, t, std) => {
    expect(facts(list(t)).std / std).toBeCloseTo(1, 1)
  })

  it('gains are PyTorch’s', () => {
    expect(
      ['linear', 'conv', 'sigmoid', 'tanh', 'relu', 'selu'].map(n => init.gain(n as 'relu')),
    ).toEqual([1, 1, 1, 5 / 3, Math.SQRT2, 0.75])
    expect(init.gain('leakyRelu', 0.2)).toBeCloseTo(Math.sqrt(2 / 1.04), 12)
  })

  it.each([[[3, 5]], [[5, 3]], [[4, 2, 2]]])(
    'orthogonal %j: rows or columns at right angles',
    shape => {
      const t = init.orthogonal(zeros(shape), 2, seeded()).reshape([shape[0], -1])
      const product = t.shape[0] < t.shape[1] ? t.matmul(t.T) : t.T.matmul(t)
      product
        .toArray<number[][]>()
        .forEach((row, i) => row.forEach((v, j) => expect(v).toBeCloseTo(i === j ? 4 : 0, 5)))
    },
  )

  it('constant, ones, zeros, eye; a view is filled in place', () => {
    expect(init.eye(zeros([2, 3])).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ])
    const t = zeros([2, 3])
    init.constant(t.slice(1, { step: 2 }), 7)
    expect(t.toArray()).toEqual([
      [7, 0, 7],
      [7, 0, 7],
    ])
    expect(list(init.ones(zeros([2])))).toEqual([1, 1])
  })

  it('a seed decides', () => {
    expect(list(init.normal(zeros([5]), 0, 1, seeded()))).toEqual(
      list(init.normal(zeros([5]), 0, 1, seeded())),
    )
  })

  it('says when there are no fans', () => {
    expect(() => init.kaimingUniform(zeros([3]))).toThrow('init: [3] has no fan in and fan out')
    expect(() => init.orthogonal(zeros([3]))).toThrow('init.orthogonal: [3]')
  })
})
