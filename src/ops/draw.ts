/** Random choices by given probabilities. */
import { defaultGenerator, type Generator } from '../tensor/random.ts'
import { show } from '../tensor/shape.ts'
import { empty, fromFlat, type Tensor } from '../tensor/tensor.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './draw.ts'

export interface MultinomialOptions {
  /** Whether one class may be drawn several times. Default false. */
  replacement?: boolean
  /** Default: the generator that `manualSeed` seeds. */
  generator?: Generator
}

/**
 * `count` classes drawn by the weights x [K] (or [N, K], row by row), which need not add up to 1.
 * @returns int32 [count] or [N, count]
 * @throws RangeError for negative or missing weights, or more draws without replacement than there are classes with weight
 */
export function multinomial(
  x: Tensor,
  count: number,
  { replacement = false, generator = defaultGenerator }: MultinomialOptions = {},
): Tensor {
  if (x.ndim !== 1 && x.ndim !== 2)
    throw new RangeError(`multinomial: weights ${show(x.shape)}; they are [K] or [N, K]`)
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`multinomial: ${count} draws; a whole number, at least 1`)
  const K = x.shape[x.ndim - 1]
  const rows = x.ndim === 2 ? x.shape[0] : 1
  const flat = x.toTypedArray()
  const out = new Int32Array(rows * count)
  for (let n = 0; n < rows; n++) {
    const w = Float64Array.from(flat.subarray(n * K, (n + 1) * K))
    if (!w.every(v => v >= 0 && v < Infinity))
      throw new RangeError('multinomial: a weight is negative or not finite')
    for (let k = 0; k < count; k++) {
      const total = w.reduce((a, b) => a + b, 0)
      if (total === 0)
        throw new RangeError(
          `multinomial: ${count} draws without replacement, ${k} classes have a weight`,
        )
      let left = generator.uniform() * total
      let choice = 0
      for (let i = 0; i < K; i++) {
        if (w[i] === 0) continue
        choice = i
        left -= w[i]
        if (left < 0) break
      }
      out[n * count + k] = choice
      if (!replacement) w[choice] = 0
    }
  }
  return fromFlat(out, x.ndim === 2 ? [rows, count] : [count], 'int32')
}

/** 1 with probability x, else 0, element by element; shape and dtype of x. */
export function bernoulli(
  x: Tensor,
  { generator = defaultGenerator }: { generator?: Generator } = {},
): Tensor {
  const p = x.toTypedArray()
  const y = empty(x.shape, x.dtype)
  const data = y.storage.data
  p.forEach((v: number, i: number) => {
    if (!(v >= 0 && v <= 1)) throw new RangeError(`bernoulli: ${v} is no probability`)
    data[i] = generator.uniform() < v ? 1 : 0
  })
  return y
}

const table = { multinomial, bernoulli }
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<typeof table, typeof self> {}
}
