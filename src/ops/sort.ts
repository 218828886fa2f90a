/** In order of size. Values are gathered at the indices, so gradients go back to where they came from. */
import { backend } from '../backend/index.ts'
import { axis, show } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { gather } from './gather.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './sort.ts'
import { narrow, reshape } from './views.ts'

export interface SortOptions {
  /** Default the last. */
  dim?: number
  /** Default false. */
  descending?: boolean
}
export interface Sorted {
  values: Tensor
  /** int32, places along the axis. */
  indices: Tensor
}

/** The order that sorts along an axis, int32: equal values keep theirs, NaN counts as the largest. */
export function argsort(x: Tensor, { dim = -1, descending = false }: SortOptions = {}): Tensor {
  if (x.ndim === 0) return reshape(argsort(reshape(x.detach(), [1])), [])
  const d = axis('argsort', dim, x.ndim)
  const y = empty(x.shape, 'int32')
  backend(x.dtype).argsort(x, d, descending, y)
  return y
}

/** Sorted along an axis: `{ values, indices }`. Stable; NaN counts as the largest. */
export function sort(x: Tensor, options: SortOptions = {}): Sorted {
  const indices = argsort(x, options)
  if (x.ndim === 0) return { values: x, indices }
  return { values: gather(x, options.dim ?? -1, indices), indices }
}

/**
 * The k largest (or smallest) along an axis, in order: `{ values, indices }`.
 * @throws RangeError when the axis has fewer than k
 */
export function topk(
  x: Tensor,
  k: number,
  { dim = -1, largest = true }: { dim?: number; largest?: boolean } = {},
): Sorted {
  const d = axis('topk', dim, x.ndim)
  const n = x.shape[d] ?? 1
  if (!Number.isInteger(k) || k < 0 || k > n)
    throw new RangeError(`topk: ${k} of the ${n} along axis ${d} of ${show(x.shape)}`)
  const indices = narrow(argsort(x, { dim: d, descending: largest }), d, 0, k)
  return { values: gather(x, d, indices), indices }
}

const table = { argsort, sort, topk }
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<typeof table, typeof self> {}
}
