/** Softmax and its logarithm. */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import type { AnyTensor, Like } from '../tensor/literal.ts'
import { axis } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { exp, mul, sub } from './elementwise.ts'
import { sum } from './reduce.ts'

/** e^(x − max) / Σ e^(x − max) along `dim` (default the last). */
export function softmax<X extends AnyTensor>(x: X, dim?: number): Like<X>
export function softmax(x: Tensor, dim = -1): Tensor {
  const d = axis('softmax', dim, x.ndim)
  const y = empty(x.shape, x.dtype)
  backend(x.dtype).softmax(x, d, y)
  // y·(gy − Σ gy·y)
  return record('softmax', [x], { dim: d }, y, gy => [
    mul(y, sub(gy, sum(mul(gy, y), { dim: d, keepdim: true }))),
  ])
}

/** log softmax along `dim` (default the last), without overflow. */
export function logSoftmax<X extends AnyTensor>(x: X, dim?: number): Like<X>
export function logSoftmax(x: Tensor, dim = -1): Tensor {
  const d = axis('logSoftmax', dim, x.ndim)
  const y = empty(x.shape, x.dtype)
  backend(x.dtype).logSoftmax(x, d, y)
  // gy − softmax(x)·Σ gy
  return record('logSoftmax', [x], { dim: d }, y, gy => [
    sub(gy, mul(exp(y), sum(gy, { dim: d, keepdim: true }))),
  ])
}
