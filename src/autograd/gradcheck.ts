/** Is a gradient right? Compared with finite differences in float64. */
import { tensor } from '../tensor/create.ts'
import { show } from '../tensor/shape.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { grad, noGrad } from './tape.ts'

export interface GradcheckOptions {
  /** Step of the central difference. Default 1e-5. */
  h?: number
  /** Largest relative error |a − b| / max(floor, |a| + |b|) that passes. Default 1e-4 (a kink or a wrong rule is far above). */
  tolerance?: number
  /** Gradients below this are compared absolutely. Default 1e-4. */
  floor?: number
}

export interface GradcheckReport {
  ok: true
  /** Largest relative error over all elements of all inputs. */
  worst: number
  checked: number
  toString(): string
}

/** A gradient that differs from its finite difference. `message` names input, element and both numbers. */
export class GradcheckError extends Error {
  override name = 'GradcheckError'
}

/**
 * Compares the gradients of `fn` with central differences, in float64, for every element of every float input that
 * requires a gradient (all float inputs when none does). `fn` may return any shape: it is contracted with fixed weights.
 * Relative error as in the notes of cs231n: above 1e-2 wrong, 1e-4 acceptable with kinks, ≤ 1e-7 good.
 * @throws GradcheckError at the first input that fails, naming its worst element
 */
export function gradcheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  const { h = 1e-5, tolerance = 1e-4, floor = 1e-4 } = options
  const float = inputs.map(x => x.dtype === 'float32' || x.dtype === 'float64')
  const chosen = inputs.some(x => x.requiresGrad) ? inputs.map(x => x.requiresGrad) : float
  const xs = inputs.map((x, i) =>
    float[i] ? tensor(x, { dtype: 'float64', requiresGrad: chosen[i] }) : x,
  )
  const y = fn(...xs)
  if (y.dtype !== 'float64')
    throw new GradcheckError(
      `gradcheck: fn returned ${y.dtype}; a check needs float64 throughout (is a float32 tensor made inside fn?)`,
    )
  const weights = Array.from({ length: y.size }, (_, i) => Math.cos(1 + 1.7 * i))
  const analytic = grad(
    y,
    xs.filter((_, i) => chosen[i]),
    [fromFlat(weights, y.shape, 'float64')],
    { allowUnused: true },
  )
  const value = (inputs: Tensor[]) =>
    noGrad(() => {
      const out = fn(...inputs).toTypedArray()
      let total = 0
      for (let i = 0; i < out.length; i++) total += out[i] * weights[i]
      return total
    })

  let worst = 0
  let checked = 0
  let k = 0
  inputs.forEach((_, i) => {
    if (!chosen[i]) return
    const g = analytic[k++].toTypedArray()
    const base = xs[i].toTypedArray()
    let bad = { at: -1, error: 0, a: 0, n: 0 }
    for (let e = 0; e < base.length; e++) {
      const moved = (d: number) => {
        const copy = base.slice()
        copy[e] += d
        return value(xs.map((x, j) => (j === i ? fromFlat(copy, x.shape, 'float64') : x)))
      }
      const n = (moved(h) - moved(-h)) / (2 * h)
      const difference = Math.abs(g[e] - n)
      const error =
        difference === 0 ? 0 : difference / Math.max(floor, Math.abs(g[e]) + Math.abs(n))
      if (!(error <= bad.error)) bad = { at: e, error, a: g[e], n }
      checked++
    }
    if (!(bad.error <= tolerance))
      throw new GradcheckError(
        `gradcheck: input ${i} ${show(xs[i].shape)}, element ${show(place(bad.at, xs[i].shape))}: backward gives ${bad.a.toPrecision(7)}, ` +
          `the difference quotient ${bad.n.toPrecision(7)} (relative error ${bad.error.toExponential(1)}, allowed ${tolerance.toExponential(0)})`,
      )
    worst = Math.max(worst, bad.error)
  })
  return {
    ok: true,
    worst,
    checked,
    toString: () =>
      `gradcheck: ${checked} elements agree, largest relative error ${worst.toExponential(1)}`,
  }
}

function place(flat: number, shape: readonly number[]): number[] {
  const out: number[] = []
  for (let d = shape.length - 1; d >= 0; d--) {
    out.unshift(flat % shape[d])
    flat = Math.floor(flat / shape[d])
  }
  return out
}
