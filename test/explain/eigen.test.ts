import { describe, expect, it, test } from 'vitest'
import { manualSeed, randn, tensor, zeros } from '../../src/index.ts'
import { eigenvalues, spectralNorm } from '../../src/explain/index.ts'
import { golden } from './rnn-golden.ts'

/** Largest distance when each expected value takes the nearest that is left. */
function distance(got: [number, number][], expected: readonly [number, number][]): number {
  const left = [...got]
  let most = 0
  for (const [re, im] of expected) {
    let best = 0
    left.forEach(([a, b], i) => {
      if (Math.hypot(a - re, b - im) < Math.hypot(left[best][0] - re, left[best][1] - im)) best = i
    })
    const [[a, b]] = left.splice(best, 1)
    most = Math.max(most, Math.hypot(a - re, b - im))
  }
  return most
}
const pairs = (w: Parameters<typeof eigenvalues>[0]): [number, number][] => {
  const { re, im } = eigenvalues(w)
  const [a, b] = [re.toTypedArray(), im.toTypedArray()]
  return Array.from({ length: a.length }, (_, i) => [a[i], b[i]])
}

describe('eigenvalues', () => {
  test.each(golden.eigen.map((g, n) => [n, g] as const))('matrix %i agrees with NumPy', (_, g) => {
    const n = Math.sqrt(g.w.length)
    const w = tensor(Float64Array.from(g.w)).reshape([n, n])
    const found = eigenvalues(w)
    const radius = Math.max(...g.values.map(([a, b]) => Math.hypot(a, b)))
    // A double eigenvalue is known to the square root of the precision only.
    const defective = n === 2 && g.w[0] === 2
    const nilpotent = radius < 1e-3
    expect(distance(pairs(w), g.values)).toBeLessThan(defective || nilpotent ? 1e-6 : 1e-10 * n)
    expect(found.radius).toBeCloseTo(radius, 6)
    const sizes = Array.from(found.abs.toTypedArray())
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
    expect(spectralNorm(w)).toBeCloseTo(g.norm, 7)
  })
  it('sum to the trace, multiply to the determinant, come in conjugate pairs', () => {
    manualSeed(3)
    for (const n of [1, 2, 3, 5, 12]) {
      const w = randn([n, n], { dtype: 'float64' })
      const found = pairs(w)
      const trace = w.toArray<number[][]>().reduce((s, row, i) => s + row[i], 0)
      expect(found.reduce((s, [a]) => s + a, 0)).toBeCloseTo(trace, 9)
      expect(distance(found, found.map(([a, b]) => [a, -b]))).toBeLessThan(1e-10) // prettier-ignore
    }
  })
  it('of a rotation, a permutation, zero and a triangle', () => {
    expect(
      distance(
        pairs(
          tensor([
            [0, -1],
            [1, 0],
          ]),
        ),
        [
          [0, 1],
          [0, -1],
        ],
      ),
    ).toBeLessThan(1e-14)
    expect(eigenvalues(tensor([[0, -1], [1, 0]])).im.toArray<number[]>()[0]).toBeCloseTo(1, 12) // prettier-ignore
    expect(eigenvalues(zeros([4, 4])).radius).toBe(0)
    expect(eigenvalues(tensor([[3, 5, 7], [0, -4, 9], [0, 0, 1]])).re.toArray()).toEqual([-4, 3, 1]) // prettier-ignore
  })
  it('refuses what has none', () => {
    expect(() => eigenvalues(zeros([2, 3]))).toThrow('eigenvalues: [2, 3]; a square matrix')
    expect(() => eigenvalues(tensor([[NaN]]))).toThrow('the matrix holds NaN')
    expect(() => spectralNorm(zeros([3]))).toThrow('spectralNorm: [3]; a matrix')
  })
})
test('the largest stretch of a matrix that is not square, and of zero', () => {
  expect(spectralNorm(tensor([[3, 0, 0], [0, 0, 4]]))).toBeCloseTo(4, 12) // prettier-ignore
  expect(spectralNorm(zeros([2, 5]))).toBe(0)
})
