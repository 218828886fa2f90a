/** Reading and writing at indices. */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { axis, show } from '../tensor/shape.ts'
import { empty, fromFlat, type Tensor } from '../tensor/tensor.ts'
import { to } from './elementwise.ts'
import { expand, reshape } from './views.ts'

function check(op: string, x: readonly number[], d: number, index: Tensor): Tensor {
  if (index.ndim !== x.length || index.shape.some((s, e) => e !== d && s > x[e]))
    throw new RangeError(
      `${op}: index ${show(index.shape)} does not fit ${show(x)} along axis ${d}`,
    )
  if (index.dtype !== 'int32' && index.dtype !== 'uint8')
    throw new TypeError(`${op}: index is ${index.dtype}; it is int32`)
  for (const i of index.toTypedArray())
    if (i < 0 || i >= x[d])
      throw new RangeError(
        `${op}: index ${i} of axis ${d} of ${show(x)}: it goes from 0 to ${x[d] - 1}`,
      )
  return to(index, 'int32')
}

/** y[…, i, …] = x[…, index[…, i, …], …] along `dim`; y has the shape of index. */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const d = axis('gather', dim, x.ndim)
  const I = check('gather', x.shape, d, index)
  const y = empty(I.shape, x.dtype)
  backend(x.dtype).gather(x, d, I, y)
  return record('gather', [x], { dim: d, index: I }, y, gy => [scatterAdd(gy, d, I, x.shape)])
}

/** Zeros of `shape` with x added at `index` along `dim`: the adjoint of gather. */
export function scatterAdd(
  x: Tensor,
  dim: number,
  index: Tensor,
  shape: readonly number[],
): Tensor {
  const d = axis('scatterAdd', dim, x.ndim)
  const I = check('scatterAdd', shape, d, index)
  const y = empty(shape, x.dtype)
  backend(x.dtype).fill(y, 0)
  backend(x.dtype).scatterAdd(x, d, I, y)
  return record('scatterAdd', [x], { dim: d, index: I }, y, gy => [gather(gy, d, I)])
}

/** Rows (or whatever `dim` counts) in the order of `index`, a list or int32 [n]. */
export function indexSelect(x: Tensor, dim: number, index: Tensor | readonly number[]): Tensor {
  const d = axis('indexSelect', dim, x.ndim)
  const I = Array.isArray(index) ? fromFlat(index, [index.length], 'int32') : (index as Tensor) // not an array, so a tensor
  const shape = x.shape.map((s, e) => (e === d ? I.shape[0] : s))
  return gather(
    x,
    d,
    expand(
      reshape(
        I,
        x.shape.map((_, e) => (e === d ? I.shape[0] : 1)),
      ),
      shape,
    ),
  )
}

/** One-hot rows: index [N] → float32 [N, classes]. */
export function oneHot(index: Tensor, classes: number): Tensor {
  const flat = index.toTypedArray()
  const y = empty([...index.shape, classes], 'float32')
  backend().fill(y, 0)
  const data = y.storage.data
  flat.forEach((c: number, i: number) => {
    if (c < 0 || c >= classes)
      throw new RangeError(`oneHot: class ${c} at ${i}; there are ${classes}`)
    data[i * classes + c] = 1
  })
  return y
}
