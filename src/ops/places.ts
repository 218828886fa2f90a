/** Reading and writing at places that are known to be right. */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { expand, reshape } from './views.ts'

/** The checked gather and its adjoint; each is the other's gradient. */
export function read(x: Tensor, d: number, index: Tensor): Tensor {
  const y = empty(index.shape, x.dtype)
  backend(x.dtype).gather(x, d, index, y)
  return record('gather', [x], { dim: d, index }, y, gy => [write(gy, d, index, x.shape)])
}
export function write(x: Tensor, d: number, index: Tensor, shape: readonly number[]): Tensor {
  const y = empty(shape, x.dtype)
  backend(x.dtype).fill(y, 0)
  backend(x.dtype).scatterAdd(x, d, index, y)
  return record('scatter', [x], { dim: d, index }, y, gy => [read(gy, d, index)])
}

/** A list or int32 [n] along an axis, spread over the others. */
export function along(x: Tensor, d: number, index: Tensor): Tensor {
  const n = index.shape[0]
  return expand(
    reshape(
      index,
      x.shape.map((_, e) => (e === d ? n : 1)),
    ),
    x.shape.map((s, e) => (e === d ? n : s)),
  )
}
/** `indexSelect` of indices known to be right. */
export const selectAlong = (x: Tensor, d: number, index: Tensor): Tensor =>
  read(x, d, along(x, d, index))
