/** Along axes: sums, means, extremes. */
import { backend } from '../backend/index.ts'
import type { ArgName, ReduceName } from '../backend/primitives.ts'
import { record } from '../autograd/tape.ts'
import { axes, axis, show } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { add, div, eq, mul, sqrt, square, sub, to } from './elementwise.ts'
import { expand, reshape } from './views.ts'

export interface ReduceOptions {
  /** Axis or axes; default all. */
  dim?: number | readonly number[]
  /** Keeps reduced axes with size 1. Default false. */
  keepdim?: boolean
}

const kept = (x: Tensor, dims: readonly number[]) =>
  x.shape.map((s, d) => (dims.includes(d) ? 1 : s))
const dropped = (x: Tensor, dims: readonly number[]) => x.shape.filter((_, d) => !dims.includes(d))

/** The reduction with its axes kept, on the tape. `dx(gy, y)`: both already of x's shape. */
function reduction(
  name: ReduceName,
  x: Tensor,
  dims: readonly number[],
  dx: (gy: Tensor, y: Tensor) => Tensor,
): Tensor {
  const y = empty(kept(x, dims), x.dtype)
  backend(x.dtype).reduce(name, x, dims, y)
  return record(name, [x], { dim: dims }, y, gy => [dx(expand(gy, x.shape), y)])
}

const finish = (y: Tensor, x: Tensor, dims: readonly number[], keepdim = false) =>
  keepdim ? y : reshape(y, dropped(x, dims))

/** Σ x. Whole numbers add up in int32. */
export function sum(x: Tensor, { dim, keepdim }: ReduceOptions = {}): Tensor {
  const t = x.dtype === 'bool' || x.dtype === 'uint8' ? to(x, 'int32') : x
  const dims = axes('sum', dim, t.ndim)
  return finish(
    reduction('sum', t, dims, gy => gy),
    t,
    dims,
    keepdim,
  )
}

/** Mean; float. */
export function mean(x: Tensor, { dim, keepdim }: ReduceOptions = {}): Tensor {
  const t = x.dtype === 'float64' ? x : to(x, 'float32')
  const dims = axes('mean', dim, t.ndim)
  const n = dims.reduce((p, d) => p * t.shape[d], 1)
  return mul(sum(t, { dim: dims, keepdim }), 1 / n)
}

/** Variance. `correction` 1 (default) divides by n − 1, 0 by n. */
export function variance(
  x: Tensor,
  { dim, keepdim, correction = 1 }: ReduceOptions & { correction?: number } = {},
): Tensor {
  const dims = axes('var', dim, x.ndim)
  const n = dims.reduce((p, d) => p * x.shape[d], 1)
  const centred = sub(x, mean(x, { dim: dims, keepdim: true }))
  return mul(sum(square(centred), { dim: dims, keepdim }), 1 / Math.max(0, n - correction))
}
/** Standard deviation; as `variance`. */
export function std(x: Tensor, options?: ReduceOptions & { correction?: number }): Tensor {
  return sqrt(variance(x, options))
}

/** Largest (smallest) element; the gradient goes to it, equally to all that share it. */
function extreme(name: 'max' | 'min') {
  return (x: Tensor, { dim, keepdim }: ReduceOptions = {}): Tensor => {
    const dims = axes(name, dim, x.ndim)
    if (dims.some(d => x.shape[d] === 0))
      throw new RangeError(`${name}: ${show(x.shape)} has no elements along axis ${show(dims)}`)
    const y = reduction(name, x, dims, (gy, y) => {
      const hit = to(eq(x, y), x.dtype)
      return mul(gy, div(hit, sum(hit, { dim: dims, keepdim: true })))
    })
    return finish(y, x, dims, keepdim)
  }
}
export const max = extreme('max')
export const min = extreme('min')

/** Product of elements. */
export function prod(x: Tensor, { dim, keepdim }: ReduceOptions = {}): Tensor {
  const dims = axes('prod', dim, x.ndim)
  return finish(
    reduction('prod', x, dims, (gy, y) => div(mul(gy, y), x)),
    x,
    dims,
    keepdim,
  )
}

/** Index of the first largest (smallest) element along an axis; without an axis, of the flattened tensor. int32. */
function argument(name: ArgName) {
  return (
    x: Tensor,
    { dim, keepdim = false }: { dim?: number; keepdim?: boolean } = {},
  ): Tensor => {
    if (dim === undefined) return argument(name)(reshape(x, [-1]), { dim: 0 })
    const d = axis(name, dim, x.ndim)
    if (x.shape[d] === 0) throw new RangeError(`${name}: axis ${dim} of ${show(x.shape)} is empty`)
    const y = empty(kept(x, [d]), 'int32')
    backend(x.dtype).arg(name, x, d, y)
    return keepdim ? y : reshape(y, dropped(x, [d]))
  }
}
export const argmax = argument('argmax')
export const argmin = argument('argmin')

/** √Σx². */
export function norm(x: Tensor, options?: ReduceOptions): Tensor {
  return sqrt(sum(square(x), options))
}
/** x + ε, for divisions. @internal */
export const shifted = (x: Tensor, epsilon: number): Tensor => add(x, epsilon)
