/** Along axes: sums, means, extremes. */
import { backend } from '../backend/index.ts'
import type { ArgName, ReduceName } from '../backend/primitives.ts'
import { compose } from '../autograd/compose.ts'
import { noGrad, record } from '../autograd/tape.ts'
import { axes, axis, show, sizeOf } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { eq, logicalNot, where } from './compare.ts'
import { abs, add, div, exp, log, mul, pow, sign, sqrt, square, sub, to } from './elementwise.ts'
import { real } from './operands.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './reduce.ts'
import { cumprod } from './scan.ts'
import { cat, expand, flip, narrow, permute, reshape } from './views.ts'
import { onesLike } from '../tensor/create.ts'

export interface ReduceOptions {
  /** Axis or axes; default all. */
  dim?: number | readonly number[]
  /** Keeps reduced axes with size 1. Default false. */
  keepdim?: boolean
}

const kept = (x: Tensor, dims: readonly number[]) =>
  x.shape.map((s, d) => (dims.includes(d) ? 1 : s))
const dropped = (x: Tensor, dims: readonly number[]) => x.shape.filter((_, d) => !dims.includes(d))
const counted = (x: Tensor, dims: readonly number[]) => dims.reduce((p, d) => p * x.shape[d], 1)

/** `t`, a reduction of x over `dims` with or without its axes, as x's shape again. */
const back = (t: Tensor, x: Tensor, dims: readonly number[]) =>
  expand(reshape(t, kept(x, dims)), x.shape)

/** The reduction on the tape. `dx(gy)` and what it uses of y are of x's shape. */
function reduction(
  name: ReduceName,
  x: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  dx: (gy: Tensor, y: () => Tensor) => Tensor,
): Tensor {
  const whole = empty(kept(x, dims), x.dtype)
  backend(x.dtype).reduce(name, x, dims, whole)
  const y = keepdim ? whole : whole.window(dropped(x, dims), contiguous(dropped(x, dims)), 0)
  return record(name, [x], { dim: dims, keepdim }, y, gy => [
    dx(back(gy, x, dims), () => back(y, x, dims)),
  ])
}
function contiguous(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  for (let d = shape.length - 1, n = 1; d >= 0; n *= shape[d--]) strides[d] = n
  return strides
}

/** Σ x. Whole numbers add up in int32. */
export function sum(x: Tensor, { dim, keepdim = false }: ReduceOptions = {}): Tensor {
  const t = x.dtype === 'bool' || x.dtype === 'uint8' ? to(x, 'int32') : x
  return reduction('sum', t, axes('sum', dim, t.ndim), keepdim, gy => gy)
}

/** Mean; float. */
export function mean(x: Tensor, { dim, keepdim }: ReduceOptions = {}): Tensor {
  const t = real(x)
  const dims = axes('mean', dim, t.ndim)
  const n = counted(t, dims)
  // 1 / n
  return compose(
    'mean',
    [t],
    { dim: dims, keepdim },
    () => mul(sum(t, { dim: dims, keepdim }), 1 / n),
    gy => [mul(back(gy, t, dims), 1 / n)],
  )
}

/** Variance. `correction` 1 (default) divides by n − 1, 0 by n. */
export function variance(
  x: Tensor,
  { dim, keepdim, correction = 1 }: ReduceOptions & { correction?: number } = {},
): Tensor {
  const t = real(x)
  const dims = axes('var', dim, t.ndim)
  const scale = 1 / Math.max(0, counted(t, dims) - correction)
  const centred = () => sub(t, mean(t, { dim: dims, keepdim: true }))
  // 2 (x − mean) / (n − correction)
  return compose(
    'var',
    [t],
    { dim: dims, keepdim, correction },
    () => mul(sum(square(centred()), { dim: dims, keepdim }), scale),
    gy => [mul(mul(back(gy, t, dims), centred()), 2 * scale)],
  )
}
/** Standard deviation; as `variance`. Where it is 0 its derivative is taken as 0. */
export function std(
  x: Tensor,
  { dim, keepdim, correction = 1 }: ReduceOptions & { correction?: number } = {},
): Tensor {
  const t = real(x)
  const dims = axes('std', dim, t.ndim)
  const scale = 1 / Math.max(0, counted(t, dims) - correction)
  // (x − mean) / ((n − correction)·std)
  return compose(
    'std',
    [t],
    { dim: dims, keepdim, correction },
    () => sqrt(variance(t, { dim: dims, keepdim, correction })),
    (gy, y) => {
      const share = where(eq(y, 0), 0, div(gy, where(eq(y, 0), 1, y)))
      return [mul(mul(back(share, t, dims), sub(t, mean(t, { dim: dims, keepdim: true }))), scale)]
    },
  )
}

/** Largest (smallest) element along axes. */
function extreme(name: 'max' | 'min') {
  return (x: Tensor, { dim, keepdim = false }: ReduceOptions = {}): Tensor => {
    const dims = axes(name, dim, x.ndim)
    if (dims.some(d => x.shape[d] === 0))
      throw new RangeError(`${name}: ${show(x.shape)} has no elements along axis ${show(dims)}`)
    return reduction(name, x, dims, keepdim, (gy, y) => {
      const hit = to(eq(x, y()), x.dtype)
      return mul(gy, div(hit, sum(hit, { dim: dims, keepdim: true })))
    })
  }
}
/** Largest element along axes (all by default), as PyTorch's `amax`: the gradient is shared by all that are largest. For their places use `argmax`. */
export const max = extreme('max')
/** Smallest element along axes; as `max`. */
export const min = extreme('min')

/** Product of elements; exact derivatives also where elements are 0. */
export function prod(x: Tensor, { dim, keepdim = false }: ReduceOptions = {}): Tensor {
  const t = x.dtype === 'bool' || x.dtype === 'uint8' ? to(x, 'int32') : x
  const dims = axes('prod', dim, t.ndim)
  return reduction('prod', t, dims, keepdim, gy => mul(gy, others(t, dims)))
}
/** For each element the product of the others: those before it times those after it. */
function others(x: Tensor, dims: readonly number[]): Tensor {
  const order = [...x.shape.keys()].filter(d => !dims.includes(d)).concat(dims)
  const moved = permute(x, order)
  const n = counted(x, dims)
  if (n === 0) return x
  const rows = reshape(moved, [sizeOf(moved.shape) / n, n])
  const one = onesLike(noGrad(() => narrow(rows, 1, 0, 1)))
  const before = (t: Tensor) => cumprod(cat([one, narrow(t, 1, 0, n - 1)], 1), 1)
  const rest = mul(before(rows), flip(before(flip(rows, 1)), 1))
  return permute(
    reshape(rest, moved.shape),
    order.map((_, d) => order.indexOf(d)),
  )
}

/** Index of the first largest (smallest) element along an axis; without an axis, of the flattened tensor. int32. */
function argument(name: ArgName) {
  return (
    x: Tensor,
    { dim, keepdim = false }: { dim?: number; keepdim?: boolean } = {},
  ): Tensor => {
    if (dim === undefined)
      return argument(name)(
        noGrad(() => reshape(x, [-1])),
        { dim: 0 },
      )
    const d = axis(name, dim, x.ndim)
    if (x.shape[d] === 0) throw new RangeError(`${name}: axis ${dim} of ${show(x.shape)} is empty`)
    const y = empty(kept(x, [d]), 'int32')
    backend(x.dtype).arg(name, x, d, y)
    return keepdim ? y : reshape(y, dropped(x, [d]))
  }
}
/** Place of the largest element along `dim` (of all without it), int32: the first of equals, NaN before all. */
export const argmax = argument('argmax')
/** Place of the smallest element; as `argmax`. */
export const argmin = argument('argmin')

/** Whether any element along axes is not 0; bool. */
export function any(x: Tensor, { dim, keepdim }: ReduceOptions = {}): Tensor {
  return to(sum(to(to(x, 'bool'), 'int32'), { dim, keepdim }), 'bool')
}
/** Whether all elements along axes are not 0; bool, true where there are none. */
export function all(x: Tensor, options?: ReduceOptions): Tensor {
  return logicalNot(any(logicalNot(x), options))
}

export interface NormOptions extends ReduceOptions {
  /** 2 (default): √Σx²; 1: Σ|x|; Infinity: largest |x|; −Infinity: smallest; 0: how many are not 0; else (Σ|x|^p)^(1/p). */
  p?: number
}
/** Length of a vector, or of the vectors along axes. Where it is 0 its derivative is taken as 0. */
export function norm(x: Tensor, { p = 2, dim, keepdim }: NormOptions = {}): Tensor {
  const t = real(x)
  const dims = axes('norm', dim, t.ndim)
  const options = { dim: dims, keepdim }
  if (p === Infinity) return max(abs(t), options)
  if (p === -Infinity) return min(abs(t), options)
  if (p === 0) return to(sum(to(t, 'bool'), options), t.dtype)
  if (p === 1) return sum(abs(t), options)
  // x / y for p = 2; sign x·(|x| / y)^(p − 1) else
  return compose(
    'norm',
    [t],
    { p, ...options },
    () => (p === 2 ? sqrt(sum(square(t), options)) : pow(sum(pow(abs(t), p), options), 1 / p)),
    (gy, y) => {
      const safe = where(eq(y, 0), 1, y)
      const share = (g: Tensor) => back(where(eq(y, 0), 0, g), t, dims)
      if (p === 2) return [mul(t, share(div(gy, safe)))]
      return [mul(mul(sign(t), pow(abs(t), p - 1)), share(mul(gy, pow(safe, 1 - p))))]
    },
  )
}

/** ln Σ eˣ along axes (all by default), without overflow. */
export function logsumexp(x: Tensor, { dim, keepdim }: ReduceOptions = {}): Tensor {
  const t = real(x)
  const dims = axes('logsumexp', dim, t.ndim)
  // softmax x = e^(x − y)
  return compose(
    'logsumexp',
    [t],
    { dim: dims, keepdim },
    () => {
      const top = max(t, { dim: dims, keepdim: true })
      const shift = where(eq(abs(top), Infinity), 0, top)
      const y = add(log(sum(exp(sub(t, shift)), { dim: dims, keepdim: true })), shift)
      return keepdim ? y : reshape(y, dropped(t, dims))
    },
    (gy, y) => [mul(back(gy, t, dims), exp(sub(t, back(y, t, dims))))],
  )
}

const table = {
  sum,
  mean,
  var: variance,
  std,
  max,
  min,
  prod,
  argmax,
  argmin,
  any,
  all,
  norm,
  logsumexp,
}
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<typeof table, typeof self> {}
}
