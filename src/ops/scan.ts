/**
 * Running sums and products. Both are the recurrence yᵢ = aᵢ + bᵢ·yᵢ₋₁, and so are their gradients, read backwards: no
 * division, so zeros do no harm.
 */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { axis, sameShape, show } from '../tensor/shape.ts'
import { onesLike, zerosLike } from '../tensor/create.ts'
import { constant, empty, type Tensor } from '../tensor/tensor.ts'
import { mul, to } from './elementwise.ts'
import { spread } from './operands.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './scan.ts'
import { cat, flip, narrow } from './views.ts'

const whole = (x: Tensor) => (x.dtype === 'bool' || x.dtype === 'uint8' ? to(x, 'int32') : x)

/** x one place later along d, `first` in front. */
function later(x: Tensor, d: number, first: (like: Tensor) => Tensor): Tensor {
  const edge = first(narrow(x, d, 0, Math.min(1, x.shape[d])).detach())
  return x.shape[d] === 0 ? x : cat([edge, narrow(x, d, 0, x.shape[d] - 1)], d)
}

/**
 * yᵢ = aᵢ + bᵢ·yᵢ₋₁ along `dim`, starting from 0: a running sum where what came before fades by b. A linear recurrent cell.
 * @param a any shape @param b of the same shape
 */
export function recurrence(a: Tensor, b: Tensor, dim: number): Tensor {
  const d = axis('recurrence', dim, a.ndim)
  if (!sameShape(a.shape, b.shape) || a.dtype !== b.dtype)
    throw new RangeError(
      `recurrence: a ${show(a.shape)} ${a.dtype}, b ${show(b.shape)} ${b.dtype}; they are alike`,
    )
  const y = empty(a.shape, a.dtype)
  backend(a.dtype).recurrence(a, b, d, y)
  return record('recurrence', [a, b], { dim: d }, y, gy => {
    // sᵢ = gyᵢ + bᵢ₊₁·sᵢ₊₁   ∂/∂a: s   ∂/∂b: sᵢ·yᵢ₋₁
    const s = flip(recurrence(flip(gy, d), later(flip(b, d), d, zerosLike), d), d)
    return [s, b.requiresGrad ? mul(s, later(y, d, zerosLike)) : null]
  })
}

/** Running sum along `dim`: y₀ = x₀, yᵢ = xᵢ + yᵢ₋₁. */
export function cumsum(x: Tensor, dim: number): Tensor {
  const t = whole(x)
  const d = axis('cumsum', dim, t.ndim)
  const y = empty(t.shape, t.dtype)
  backend(t.dtype).recurrence(t, spread(constant(1, t.dtype), t.shape), d, y)
  // Σ of gy from i on
  return record('cumsum', [t], { dim: d }, y, gy => [flip(cumsum(flip(gy, d), d), d)])
}

/** Running product along `dim`: y₀ = x₀, yᵢ = xᵢ·yᵢ₋₁. */
export function cumprod(x: Tensor, dim: number): Tensor {
  const t = whole(x)
  const d = axis('cumprod', dim, t.ndim)
  const y = empty(t.shape, t.dtype)
  if (t.size > 0) {
    const start = empty(t.shape, t.dtype)
    const b = backend(t.dtype)
    b.fill(start, 0)
    const edge = t.shape.map((s, e) => (e === d ? 1 : s))
    b.copy(t.window(edge, t.strides, t.offset), start.window(edge, start.strides, 0))
    b.recurrence(start, t, d, y)
    b.release(start.storage)
  }
  return record('cumprod', [t], { dim: d }, y, gy => {
    // rᵢ = gyᵢ + xᵢ₊₁·rᵢ₊₁   ∂/∂x: yᵢ₋₁·rᵢ
    const r = flip(recurrence(flip(gy, d), later(flip(t, d), d, zerosLike), d), d)
    return [mul(r, later(y, d, onesLike))]
  })
}

const table = { cumsum, cumprod }
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<typeof table, typeof self> {}
}
