/** Matrix products. */
import type { AnyTensor } from '../tensor/literal.ts'
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { broadcast, show } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import type { Factor, Product, Projected, Weights } from './literal.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './matmul.ts'
import { sum } from './reduce.ts'
import { mul } from './elementwise.ts'
import { expand, reshape, transpose } from './views.ts'

/** a [B, M, K] · b [B, K, N] → [B, M, N]. */
function product(a: Tensor, b: Tensor): Tensor {
  const y = empty([a.shape[0], a.shape[1], b.shape[2]], a.dtype)
  backend(a.dtype).matmul(a, b, y)
  // ∂/∂a: gy·bᵀ   ∂/∂b: aᵀ·gy
  return record('matmul', [a, b], null, y, gy => [
    a.requiresGrad ? product(gy, transpose(b)) : null,
    b.requiresGrad ? product(transpose(a), gy) : null,
  ])
}

/**
 * Matrix product as in PyTorch: [K]·[K] → number, [M, K]·[K, N] → [M, N], [K]·[K, N] → [N], [M, K]·[K] → [M];
 * axes before the last two are batches and broadcast.
 * @throws RangeError when the inner sizes differ
 */
export function matmul<X extends AnyTensor, Y extends AnyTensor>(
  x: X,
  y: Factor<X, Y>,
): Product<X, Y>
export function matmul(x: Tensor, y: Tensor): Tensor {
  if (x.ndim === 0 || y.ndim === 0)
    throw new RangeError(
      `matmul: ${show(x.shape)} · ${show(y.shape)}: numbers are multiplied by mul`,
    )
  if (x.dtype !== y.dtype)
    throw new TypeError(`matmul: x is ${x.dtype}, y ${y.dtype}; to() makes them alike`)
  const a = x.ndim === 1 ? reshape(x, [1, x.shape[0]]) : x
  const b = y.ndim === 1 ? reshape(y, [y.shape[0], 1]) : y
  const [M, K] = a.shape.slice(-2)
  const [L, N] = b.shape.slice(-2)
  if (K !== L)
    throw new RangeError(
      `matmul: x ${show(x.shape)} · y ${show(y.shape)}: inner sizes ${K} and ${L} differ`,
    )
  const batch = broadcast('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const count = batch.reduce((p, q) => p * q, 1)
  let out: Tensor
  // A stack of matrices against one matrix is one tall product.
  if (b.ndim === 2 && a.ndim > 2)
    out = reshape(product(reshape(a, [1, -1, K]), reshape(b, [1, K, N])), [...batch, M, N])
  else {
    const p = product(
      reshape(expand(a, [...batch, M, K]), [count, M, K]),
      reshape(expand(b, [...batch, K, N]), [count, K, N]),
    )
    out = reshape(p, [...batch, M, N])
  }
  const dims = [...(x.ndim === 1 ? [out.ndim - 2] : []), ...(y.ndim === 1 ? [out.ndim - 1] : [])]
  return dims.length
    ? reshape(
        out,
        out.shape.filter((_, d) => !dims.includes(d)),
      )
    : out
}

/** Batches of matrices: x [B, M, K] · y [B, K, N] → [B, M, N]. @throws RangeError for other shapes; `matmul` broadcasts */
export function bmm(x: Tensor, y: Tensor): Tensor {
  if (x.ndim !== 3 || y.ndim !== 3 || x.shape[0] !== y.shape[0])
    throw new RangeError(
      `bmm: x ${show(x.shape)}, y ${show(y.shape)}; they are [B, M, K] and [B, K, N]`,
    )
  return matmul(x, y)
}
/** Σ x·y of two vectors [n]. */
export function dot(x: Tensor, y: Tensor): Tensor {
  if (x.ndim !== 1 || y.ndim !== 1 || x.shape[0] !== y.shape[0])
    throw new RangeError(
      `dot: x ${show(x.shape)}, y ${show(y.shape)}; they are vectors of one length`,
    )
  return matmul(x, y)
}
/** x [m], y [n] → [m, n]: every product. */
export function outer(x: Tensor, y: Tensor): Tensor {
  if (x.ndim !== 1 || y.ndim !== 1)
    throw new RangeError(`outer: x ${show(x.shape)}, y ${show(y.shape)}; they are vectors`)
  return mul(reshape(x, [-1, 1]), y)
}

/** x [..., in] · wᵀ + bias: w [out, in], bias [out] → [..., out]. */
export function linear<X extends AnyTensor, W extends AnyTensor>(
  x: X,
  w: Weights<X, W>,
  bias?: Tensor | null,
): Projected<X, W>
export function linear(x: Tensor, w: Tensor, bias?: Tensor | null): Tensor {
  const [out, inputs] = w.shape
  if (w.ndim !== 2) throw new RangeError(`linear: weight ${show(w.shape)} must be [out, in]`)
  if (x.ndim === 0 || x.shape[x.ndim - 1] !== inputs)
    throw new RangeError(
      `linear: weight ${show(w.shape)} expects ${inputs} input features, x is ${show(x.shape)}${x.ndim > 2 && x.shape.slice(1).reduce((a, b) => a * b, 1) === inputs ? '; flatten it first' : ''}`,
    )
  if (bias && (bias.ndim !== 1 || bias.shape[0] !== out))
    throw new RangeError(`linear: bias ${show(bias.shape)} for ${out} outputs`)
  if (x.dtype !== w.dtype || (bias && bias.dtype !== w.dtype))
    throw new TypeError(
      `linear: x is ${x.dtype}, weight ${w.dtype}${bias ? `, bias ${bias.dtype}` : ''}; to() makes them alike`,
    )
  const rows = reshape(x, [-1, inputs])
  const y = empty([rows.shape[0], out], x.dtype)
  const b = backend(x.dtype)
  const w1 = w.window([1, inputs, out], [0, w.strides[1], w.strides[0]], w.offset)
  b.matmul(
    rows.window([1, ...rows.shape], [0, ...rows.strides], rows.offset),
    w1,
    y.window([1, ...y.shape], [0, ...y.strides], 0),
  )
  if (bias) b.binary('add', y, bias.window(y.shape, [0, bias.strides[0]], bias.offset), y)
  // ∂/∂x: gy·w   ∂/∂w: gyᵀ·x   ∂/∂b: Σ gy
  const z = record('linear', bias ? [rows, w, bias] : [rows, w], null, y, gy => [
    rows.requiresGrad ? matmul(gy, w) : null,
    w.requiresGrad ? matmul(transpose(gy), rows) : null,
    ...(bias ? [sum(gy, { dim: 0 })] : []),
  ])
  return reshape(z, [...x.shape.slice(0, -1), out])
}

const table = { matmul, bmm, dot, outer }
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<Omit<typeof table, 'matmul'>, typeof self> {
    /** As the function `matmul`, with x in front. */
    matmul<X extends AnyTensor, Y extends AnyTensor>(this: X, y: Factor<X, Y>): Product<X, Y>
  }
}
