/** Softmax as the reader may compute it: naive, or with the maximum subtracted first; with the loss of a class. */

export interface Softmax {
  /** e^(x/T), as the dtype holds it: ∞ and 0 where it does not fit. */
  naive: Float64Array
  naiveSum: number
  /** e^((x − max)/T) */
  stable: Float64Array
  stableSum: number
  /** By the chosen way; NaN where the naive one breaks. */
  p: Float64Array
  /** What was subtracted: the largest of x/T. */
  max: number
  /** Classes, the likeliest first. */
  order: number[]
}

export function softmax(
  x: ArrayLike<number>,
  temperature: number,
  way: 'stable' | 'naive',
  dtype: 'float32' | 'float64',
): Softmax {
  const round = dtype === 'float32' ? Math.fround : (v: number) => v
  const z = Float64Array.from(x, v => round(v / temperature))
  let max = -Infinity
  for (const v of z) max = Math.max(max, v)
  const naive = z.map(v => round(Math.exp(v)))
  const stable = z.map(v => round(Math.exp(round(v - max))))
  const total = (values: Float64Array) => values.reduce((sum, v) => round(sum + v), 0)
  const [naiveSum, stableSum] = [total(naive), total(stable)]
  return {
    naive,
    naiveSum,
    stable,
    stableSum,
    p: way === 'stable' ? stable.map(v => v / stableSum) : naive.map(v => v / naiveSum),
    max,
    order: [...z.keys()].sort((a, b) => z[b] - z[a] || a - b),
  }
}

/** −log p of a class: from the maximum-free sum, so that it is exact for small p too. */
export function loss(s: Softmax, x: ArrayLike<number>, temperature: number, k: number): number {
  return Math.log(s.stableSum) - (x[k] / temperature - s.max)
}
