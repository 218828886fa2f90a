/** Reading and writing at indices. Index tensors are int32 (or uint8) and are checked. */
import { backend } from '../backend/index.ts'
import { isFloat } from '../tensor/dtype.ts'
import { axis, sameShape, show, sizeOf } from '../tensor/shape.ts'
import { empty, fromFlat, type Tensor } from '../tensor/tensor.ts'
import { add, to } from './elementwise.ts'
import { maskedFill } from './compare.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './gather.ts'
import { along, read, selectAlong, write } from './places.ts'
import { reshape } from './views.ts'

/** @throws when an index is no whole number from 0 to below n */
function inRange(op: string, index: Tensor, n: number, what: string): Tensor {
  if (index.dtype !== 'int32' && index.dtype !== 'uint8')
    throw new TypeError(`${op}: index is ${index.dtype}; it is int32`)
  for (const i of index.toTypedArray())
    if (i < 0 || i >= n)
      throw new RangeError(`${op}: index ${i} of ${what}: it goes from 0 to ${n - 1}`)
  return to(index, 'int32')
}

function check(op: string, x: readonly number[], d: number, index: Tensor): Tensor {
  if (index.ndim !== x.length || index.shape.some((s, e) => e !== d && s > x[e]))
    throw new RangeError(
      `${op}: index ${show(index.shape)} does not fit ${show(x)} along axis ${d}`,
    )
  return inRange(op, index, x[d], `axis ${d} of ${show(x)}`)
}

/**
 * y[…, i, …] = x[…, index[…, i, …], …] along `dim`; y has the shape of index.
 * @throws RangeError when an index lies outside the axis, naming it
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const d = axis('gather', dim, x.ndim)
  return read(x, d, check('gather', x.shape, d, index))
}

/** x with `source` added at `index` along `dim`: y[…, index[…, i, …], …] += source[…, i, …]. */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const d = axis('scatterAdd', dim, x.ndim)
  const I = check('scatterAdd', x.shape, d, index)
  if (!sameShape(source.shape, index.shape))
    throw new RangeError(
      `scatterAdd: source ${show(source.shape)} with index ${show(index.shape)}; they have one shape`,
    )
  if (source.dtype !== x.dtype)
    throw new TypeError(`scatterAdd: x is ${x.dtype}, source ${source.dtype}`)
  return add(x, write(source, d, I, x.shape))
}

function asIndex(op: string, index: Tensor | readonly number[], n: number, what: string): Tensor {
  const I = Array.isArray(index)
    ? fromFlat(
        index.map((i: number) => (i < 0 ? i + n : i)),
        [index.length],
        'int32',
      )
    : (index as Tensor) // not an array, so a tensor
  if (I.ndim !== 1) throw new RangeError(`${op}: index ${show(I.shape)}; it is a list or [n]`)
  return inRange(op, I, n, what)
}

/** Rows (or whatever `dim` counts) in the order of `index`, a list (negative from the end) or int32 [n]. */
export function indexSelect(x: Tensor, dim: number, index: Tensor | readonly number[]): Tensor {
  const d = axis('indexSelect', dim, x.ndim)
  return selectAlong(
    x,
    d,
    asIndex('indexSelect', index, x.shape[d] ?? 1, `axis ${d} of ${show(x.shape)}`),
  )
}

/** x with the rows (or whatever `dim` counts) of `source` added at `index`: y[index[i]] += source[i]. */
export function indexAdd(
  x: Tensor,
  dim: number,
  index: Tensor | readonly number[],
  source: Tensor,
): Tensor {
  const d = axis('indexAdd', dim, x.ndim)
  const I = asIndex('indexAdd', index, x.shape[d] ?? 1, `axis ${d} of ${show(x.shape)}`)
  const fitting = x.shape.map((s, e) => (e === d ? I.shape[0] : s))
  if (!sameShape(source.shape, fitting))
    throw new RangeError(
      `indexAdd: source ${show(source.shape)} for ${I.shape[0]} indices along axis ${d} of ${show(x.shape)}; it is ${show(fitting)}`,
    )
  return add(x, write(source, d, along(x, d, I), x.shape))
}

/** Elements of the flattened x at `index` (negative from the end); y has the shape of index. */
export function take(x: Tensor, index: Tensor | readonly number[]): Tensor {
  const shape = Array.isArray(index) ? [index.length] : (index as Tensor).shape // as in asIndex
  const list = Array.isArray(index) ? index : reshape((index as Tensor).detach(), [-1])
  const I = asIndex('take', list, x.size, `the ${x.size} elements of ${show(x.shape)}`)
  return reshape(read(reshape(x, [-1]), 0, I), shape)
}

/** The elements where the mask (of x's shape) holds, as one list [n]. */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  if (mask.dtype !== 'bool') throw new TypeError(`maskedSelect: mask is ${mask.dtype}; it is bool`)
  if (!sameShape(mask.shape, x.shape))
    throw new RangeError(
      `maskedSelect: mask ${show(mask.shape)} for ${show(x.shape)}; they have one shape`,
    )
  return take(x, reshape(nonzero(reshape(mask, [-1])), [-1]))
}

/** Places of the elements that are not 0: int32 [n, axes of x], in reading order. */
export function nonzero(x: Tensor): Tensor {
  const flat = x.toTypedArray()
  const out: number[] = []
  const strides = x.shape.map((_, d) => sizeOf(x.shape.slice(d + 1)))
  flat.forEach((v: number, i: number) => {
    if (v !== 0) x.shape.forEach((s, d) => out.push(Math.floor(i / strides[d]) % s))
  })
  return fromFlat(out, [x.ndim ? out.length / x.ndim : Number(flat[0] !== 0), x.ndim], 'int32')
}

/**
 * Rows of a table: w [V, D] at index [...] → [..., D].
 * @param options paddingIndex: the row whose gradient stays 0
 * @throws RangeError when an index is outside the table
 */
export function embedding(
  index: Tensor,
  w: Tensor,
  { paddingIndex }: { paddingIndex?: number } = {},
): Tensor {
  if (w.ndim !== 2) throw new RangeError(`embedding: weight ${show(w.shape)}; it is [V, D]`)
  const I = inRange('embedding', index, w.shape[0], `weight ${show(w.shape)}`)
  const flat = reshape(I, [-1])
  let rows = selectAlong(w, 0, flat)
  if (paddingIndex !== undefined) {
    const p = paddingIndex < 0 ? paddingIndex + w.shape[0] : paddingIndex
    const padding = fromFlat(
      Array.from(flat.toTypedArray(), i => Number(i === p)),
      [flat.size, 1],
      'bool',
    )
    // The value stays, the gradient goes.
    rows = add(maskedFill(rows, padding, 0), maskedFill(rows.detach(), invert(padding), 0))
  }
  return reshape(rows, [...index.shape, w.shape[1]])
}
const invert = (mask: Tensor) =>
  fromFlat(
    Array.from(mask.toTypedArray(), v => 1 - v),
    mask.shape,
    'bool',
  )

/** One-hot vectors: index [...] → float32 [..., classes]; classes default to the largest index + 1. */
export function oneHot(index: Tensor, classes?: number): Tensor {
  if (isFloat(index.dtype) || index.dtype === 'bool')
    throw new TypeError(`oneHot: index is ${index.dtype}; it is int32 or uint8`)
  const flat = index.toTypedArray()
  const n = classes ?? Array.from(flat).reduce((m, v) => Math.max(m, v), -1) + 1
  const y = empty([...index.shape, n], 'float32')
  backend().fill(y, 0)
  const data = y.storage.data
  flat.forEach((c: number, i: number) => {
    if (c < 0 || c >= n) throw new RangeError(`oneHot: class ${c} at ${i}; there are ${n}`)
    data[i * n + c] = 1
  })
  return y
}

const table = {
  gather,
  scatterAdd,
  indexSelect,
  indexAdd,
  take,
  maskedSelect,
  nonzero,
}
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<typeof table, typeof self> {}
}
