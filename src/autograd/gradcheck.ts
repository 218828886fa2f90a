/** Is a gradient right? Compared with finite differences in float64. */
import { tensor, zeros } from '../tensor/create.ts'
import { show } from '../tensor/shape.ts'
import { fromFlat, Tensor } from '../tensor/tensor.ts'
import { enableGrad, grad, noGrad } from './tape.ts'

export interface GradcheckOptions {
  /** Step of the central difference. Default 1e-5. */
  h?: number
  /** Largest relative error |a − b| / max(floor, |a| + |b|) that passes. Default 1e-4 (a kink or a wrong rule is far above). */
  tolerance?: number
  /** Gradients below this are compared absolutely. Default 1e-4. */
  floor?: number
}

/** What a check that passed found. */
export class GradcheckReport {
  readonly ok = true
  /** @internal */
  constructor(
    private readonly op: string,
    /** Elements of all inputs that were checked. */
    readonly checked: number,
    /** Largest relative error over all of them. */
    readonly worst: number,
    /** Step of the central difference. */
    readonly h: number,
  ) {}

  toString(): string {
    return `${this.op}: ${this.checked} elements agree, largest relative error ${this.worst.toExponential(1)} (central differences, h = ${this.h.toExponential(0)})`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** A gradient that differs from its finite difference. `message` names input, element and both numbers. */
export class GradcheckError extends Error {
  override name = 'GradcheckError'
}

/** A function under check: tensors in, one tensor or several out. */
export type Differentiable = (...inputs: Tensor[]) => Tensor | readonly Tensor[]

const isFloat = (x: Tensor) => x.dtype === 'float32' || x.dtype === 'float64'

/** The inputs in float64, those under check requiring a gradient. */
function prepare(inputs: readonly Tensor[]): { xs: Tensor[]; chosen: boolean[] } {
  const chosen = inputs.some(x => x.requiresGrad)
    ? inputs.map(x => x.requiresGrad)
    : inputs.map(isFloat)
  const xs = inputs.map((x, i) =>
    isFloat(x) ? tensor(x, { dtype: 'float64', requiresGrad: chosen[i] }) : x,
  )
  return { xs, chosen }
}

const list = (op: string, y: unknown): readonly Tensor[] => {
  const ys: readonly unknown[] = Array.isArray(y) ? y : [y]
  return ys.map(t => {
    if (!(t instanceof Tensor))
      throw new TypeError(`${op}: fn returned ${t === null ? 'null' : typeof t}, not a tensor`)
    return t
  })
}

/** Fixed numbers that make all elements of all results one number. */
const weights = (n: number, k: number) =>
  Float64Array.from({ length: n }, (_, i) => Math.cos(1 + k + 1.7 * i))

/**
 * Compares the gradients of `fn` with central differences, in float64, for every element of every float input that
 * requires a gradient (all float inputs when none does). `fn` may return any shapes: they are contracted with fixed weights.
 * Relative error as in the notes of cs231n: above 1e-2 wrong, 1e-4 acceptable with kinks, ≤ 1e-7 good.
 * @throws GradcheckError at the first input that fails, naming its worst element
 */
export function gradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  return check('gradcheck', fn, inputs, options)
}

function check(
  op: string,
  fn: Differentiable,
  inputs: readonly Tensor[],
  { h = 1e-5, tolerance = 1e-4, floor = 1e-4 }: GradcheckOptions,
): GradcheckReport {
  const { xs, chosen } = prepare(inputs)
  const ys = list(op, fn(...xs))
  for (const y of ys)
    if (y.dtype !== 'float64')
      throw new GradcheckError(
        `${op}: fn returned ${y.dtype}; a check needs float64 throughout (is a float32 tensor made inside fn?)`,
      )
  const asked = xs.filter((_, i) => chosen[i])
  const live = ys.flatMap((y, k) => (y.requiresGrad ? [{ y, k }] : []))
  const analytic = live.length
    ? grad(
        live.map(({ y }) => y),
        asked,
        live.map(({ y, k }) => fromFlat(weights(y.size, k), y.shape, 'float64')),
        { allowUnused: true },
      )
    : asked.map(x => zeros(x.shape, { dtype: 'float64' }))
  const value = (inputs: Tensor[]) =>
    noGrad(() => {
      let total = 0
      list(op, fn(...inputs)).forEach((y, k) => {
        const w = weights(y.size, k)
        y.toTypedArray().forEach((v: number, i: number) => (total += v * w[i]))
      })
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
        `${op}: input ${i} ${show(xs[i].shape)}, element ${show(place(bad.at, xs[i].shape))}: backward gives ${bad.a.toPrecision(7)}, ` +
          `the difference quotient ${bad.n.toPrecision(7)} (relative error ${bad.error.toExponential(1)}, allowed ${tolerance.toExponential(0)})`,
      )
    worst = Math.max(worst, bad.error)
  })
  return new GradcheckReport(op, checked, worst, h)
}

/**
 * Checks second derivatives: `gradcheck` of the gradients of `fn`, in the inputs and in the gradient that comes in.
 * An input of the report beyond the given ones is that incoming gradient.
 * @throws GradcheckError as `gradcheck`
 */
export function gradgradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  const { xs, chosen } = prepare(inputs)
  const gys = noGrad(() => list('gradgradcheck', fn(...xs))).map((y, k) =>
    fromFlat(weights(y.size, k), y.shape, 'float64').requiresGrad_(),
  )
  const n = inputs.length
  const first = (...all: Tensor[]) =>
    enableGrad(() => {
      const at = all
        .slice(0, n)
        .map((x, i) => (chosen[i] && !x.requiresGrad ? x.detach().requiresGrad_() : x))
      const ys = list('gradgradcheck', fn(...at))
      const live = ys.flatMap((y, k) => (y.requiresGrad ? [{ y, gy: all[n + k] }] : []))
      return grad(
        live.map(({ y }) => y),
        at.filter((_, i) => chosen[i]),
        live.map(({ gy }) => gy),
        { createGraph: true, allowUnused: true },
      )
    })
  return check('gradgradcheck', first, [...xs, ...gys], options)
}

function place(flat: number, shape: readonly number[]): number[] {
  const out: number[] = []
  for (let d = shape.length - 1; d >= 0; d--) {
    out.unshift(flat % shape[d])
    flat = Math.floor(flat / shape[d])
  }
  return out
}
