/** The same elements seen otherwise: no copies where strides can do it. Each view's gradient is the inverse view. */
import { backend, type Storage } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { axis, axes, sameShape, show, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { asView, empty } from '../tensor/tensor.ts'

const none: readonly Storage[] = []

/** The elements one after the other; x itself when they are. */
export function contiguous(x: Tensor): Tensor {
  return x.isContiguous ? x : clone(x)
}

/** A copy. */
export function clone(x: Tensor): Tensor {
  const y = empty(x.shape, x.dtype)
  backend(x.dtype).copy(x, y)
  return record('clone', [x], null, y, gy => [gy])
}

/** Another shape for the same elements in row-major order; one size may be −1. A view where possible. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const view = asView('reshape', x, shape)
  if (view.strides && sameShape(view.shape, x.shape)) return x
  if (!view.strides) return reshape(clone(x), shape)
  const y = x.window(view.shape, view.strides, x.offset)
  return record('reshape', [x], { shape: view.shape }, y, gy => [reshape(gy, x.shape)], none)
}

/** Axes from startDim to endDim as one. Default: all. */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  if (x.ndim === 0) return reshape(x, [1])
  const a = axis('flatten', startDim, x.ndim)
  const b = axis('flatten', endDim, x.ndim)
  if (b < a)
    throw new RangeError(
      `flatten: startDim ${startDim} stands after endDim ${endDim} of ${show(x.shape)}`,
    )
  const middle = x.shape.slice(a, b + 1).reduce((p, q) => p * q, 1)
  return reshape(x, [...x.shape.slice(0, a), middle, ...x.shape.slice(b + 1)])
}

/** Axes in another order: y.shape[d] = x.shape[dims[d]]. */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const order = dims.map(d => axis('permute', d, x.ndim))
  if (order.length !== x.ndim || new Set(order).size !== x.ndim)
    throw new RangeError(
      `permute: ${show(dims)} is no order of the ${x.ndim} axes of ${show(x.shape)}`,
    )
  const y = x.window(
    order.map(d => x.shape[d]),
    order.map(d => x.strides[d]),
    x.offset,
  )
  const back = order.map((_, d) => order.indexOf(d))
  return record('permute', [x], { dims: order }, y, gy => [permute(gy, back)], none)
}

/** Two axes exchanged. Default: the last two. */
export function transpose(x: Tensor, dim0 = -2, dim1 = -1): Tensor {
  const a = axis('transpose', dim0, x.ndim)
  const b = axis('transpose', dim1, x.ndim)
  return permute(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  )
}

/** Repeats axes of size 1 (stride 0, no copy); −1 keeps an axis; new axes come in front. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const lead = shape.length - x.ndim
  const target = shape.map((s, d) => (s === -1 && d >= lead ? x.shape[d - lead] : s))
  if (
    lead < 0 ||
    target.some(
      (s, d) => s < 0 || (d >= lead && x.shape[d - lead] !== s && x.shape[d - lead] !== 1),
    )
  )
    throw new RangeError(
      `expand: ${show(x.shape)} does not expand to ${show(shape)}; only axes of size 1 repeat`,
    )
  const strides = target.map((s, d) =>
    d < lead || (x.shape[d - lead] === 1 && s !== 1) ? 0 : x.strides[d - lead],
  )
  const y = x.window(target, strides, x.offset)
  if (!x.requiresGrad) return y
  return record('expand', [x], { shape: target }, y, gy => [fold(gy, x)], none)
}
/** Sums over what `expand` repeated. */
function fold(g: Tensor, x: Tensor): Tensor {
  const lead = g.ndim - x.ndim
  const dims = g.shape.flatMap((s, d) =>
    d < lead || (x.shape[d - lead] === 1 && s !== 1) ? [d] : [],
  )
  const y = empty(
    g.shape.map((s, d) => (dims.includes(d) ? 1 : s)),
    g.dtype,
  )
  backend(g.dtype).reduce('sum', g, dims, y)
  const summed = record('sum', [g], { dim: dims }, y, gy => [expand(gy, g.shape)])
  return reshape(summed, x.shape)
}

/** A new axis of size 1 at `dim`. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const d = axis('unsqueeze', dim, x.ndim + 1)
  return reshape(x, [...x.shape.slice(0, d), 1, ...x.shape.slice(d)])
}
/** Without axes of size 1: all, or those named. */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  const dims = axes('squeeze', dim, x.ndim)
  return reshape(
    x,
    x.shape.filter((s, d) => s !== 1 || !dims.includes(d)),
  )
}

export interface SliceRange {
  /** First index; negative counts from the end. Default 0. */
  start?: number
  /** One past the last; negative counts from the end. Default: to the end. */
  end?: number
  /** Default 1; at least 1. */
  step?: number
}

/** Part of one axis: start, start + step, … below end. A view. */
export function slice(
  x: Tensor,
  dim: number,
  { start = 0, end, step = 1 }: SliceRange = {},
): Tensor {
  const d = axis('slice', dim, x.ndim)
  const n = x.shape[d]
  const bound = (i: number) => Math.max(0, Math.min(n, i < 0 ? i + n : i))
  if (!Number.isInteger(step) || step < 1)
    throw new RangeError(`slice: step ${step}; it is a whole number, at least 1 (flip() reverses)`)
  const from = bound(start)
  const count = Math.max(0, Math.ceil((bound(end ?? n) - from) / step))
  const y = x.window(
    x.shape.map((s, e) => (e === d ? count : s)),
    x.strides.map((s, e) => (e === d ? s * step : s)),
    x.offset + from * x.strides[d],
  )
  return record(
    'slice',
    [x],
    { dim: d, start: from, step },
    y,
    gy => [unslice(gy, x.shape, d, from, step)],
    none,
  )
}
/** Zeros of `shape` with g at the places of a slice: the adjoint of `slice`. */
function unslice(g: Tensor, shape: Shape, d: number, start: number, step: number): Tensor {
  const out = empty(shape, g.dtype, true)
  const b = backend(g.dtype)
  b.fill(out, 0)
  b.copy(
    g,
    out.window(
      g.shape,
      out.strides.map((s, e) => (e === d ? s * step : s)),
      start * out.strides[d],
    ),
  )
  return record('unslice', [g], null, out, gg => [
    slice(gg, d, { start, end: start + (g.shape[d] - 1) * step + 1, step }),
  ])
}

/** `length` elements of one axis from `start`. */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const d = axis('narrow', dim, x.ndim)
  const from = start < 0 ? start + x.shape[d] : start
  if (from < 0 || length < 0 || from + length > x.shape[d])
    throw new RangeError(`narrow: ${length} from ${start} of axis ${dim} of ${show(x.shape)}`)
  return slice(x, d, { start: from, end: from + length })
}

/** One index of one axis; that axis goes away. @throws RangeError outside the axis */
export function select(x: Tensor, dim: number, index: number): Tensor {
  const d = axis('select', dim, x.ndim)
  const i = index < 0 ? index + x.shape[d] : index
  if (!Number.isInteger(i) || i < 0 || i >= x.shape[d])
    throw new RangeError(
      `index ${index} of axis ${d} of a tensor ${show(x.shape)}: it goes from 0 to ${x.shape[d] - 1}`,
    )
  return squeeze(slice(x, d, { start: i, end: i + 1 }), d)
}
/** `at(x, i, j)`: x[i, j, …], the leading axes chosen. */
export function at(x: Tensor, ...index: number[]): Tensor {
  if (index.length > x.ndim)
    throw new RangeError(`at: ${index.length} indices for a tensor ${show(x.shape)}`)
  return index.reduce((t, i) => select(t, 0, i), x)
}

/** Tensors one after the other along an axis. */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  if (!tensors.length) throw new RangeError('cat: no tensors')
  const first = tensors[0]
  const d = axis('cat', dim, first.ndim)
  for (const t of tensors)
    if (
      t.ndim !== first.ndim ||
      t.shape.some((s, e) => e !== d && s !== first.shape[e]) ||
      t.dtype !== first.dtype
    )
      throw new RangeError(
        `cat: ${show(first.shape)} ${first.dtype} and ${show(t.shape)} ${t.dtype} differ outside axis ${d}`,
      )
  const total = tensors.reduce((n, t) => n + t.shape[d], 0)
  const y = empty(
    first.shape.map((s, e) => (e === d ? total : s)),
    first.dtype,
  )
  let start = 0
  const starts = tensors.map(t => {
    backend(y.dtype).copy(t, y.window(t.shape, y.strides, start * y.strides[d]))
    start += t.shape[d]
    return start - t.shape[d]
  })
  return record('cat', tensors, { dim: d }, y, gy =>
    tensors.map((t, i) => narrow(gy, d, starts[i], t.shape[d])),
  )
}
/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  return cat(
    tensors.map(t => unsqueeze(t, dim)),
    dim < 0 && tensors.length ? dim + tensors[0].ndim + 1 : dim,
  )
}

/** Axes reversed. Default: all. */
export function flip(x: Tensor, dims?: number | readonly number[]): Tensor {
  const list = axes('flip', dims, x.ndim)
  let offset = x.offset
  const strides = x.strides.map((s, d) => {
    if (!list.includes(d) || x.shape[d] === 0) return s
    offset += s * (x.shape[d] - 1)
    return -s
  })
  const y = empty(x.shape, x.dtype)
  backend(x.dtype).copy(x.window(x.shape, strides, offset), y)
  return record('flip', [x], { dims: list }, y, gy => [flip(gy, list)])
}

/** Zeros (or `value`) around the last axes: `[left, right, top, bottom, …]`, last axis first as in PyTorch. */
export function pad(x: Tensor, amounts: readonly number[], value = 0): Tensor {
  if (
    amounts.length % 2 ||
    amounts.length > 2 * x.ndim ||
    amounts.some(a => !Number.isInteger(a) || a < 0)
  )
    throw new RangeError(
      `pad: amounts ${show(amounts)} for ${show(x.shape)}; pairs of whole numbers, last axis first`,
    )
  const before = x.shape.map((_, d) => amounts[2 * (x.ndim - 1 - d)] ?? 0)
  const after = x.shape.map((_, d) => amounts[2 * (x.ndim - 1 - d) + 1] ?? 0)
  const y = empty(
    x.shape.map((s, d) => s + before[d] + after[d]),
    x.dtype,
  )
  backend(x.dtype).fill(y, value)
  backend(x.dtype).copy(
    x,
    y.window(
      x.shape,
      y.strides,
      before.reduce((p, b, d) => p + b * y.strides[d], 0),
    ),
  )
  return record('pad', [x], { amounts, value }, y, gy => [
    before.reduce((g, b, d) => narrow(g, d, b, x.shape[d]), gy),
  ])
}
