/** The same elements seen otherwise: no copies where strides can do it. Each view's gradient is the inverse view. */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import type { AnyTensor, Like, Made } from '../tensor/literal.ts'
import { axes, axis, sameShape, show, type Shape } from '../tensor/shape.ts'
import { asView, empty, Tensor } from '../tensor/tensor.ts'
import type { Flattened, Transposed } from './literal.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './views.ts'

/** The elements one after the other; x itself when they are. */
export function contiguous<X extends AnyTensor>(x: X): Like<X>
export function contiguous(x: Tensor): Tensor {
  return x.isContiguous ? x : clone(x)
}

/** A copy. */
export function clone<X extends AnyTensor>(x: X): Like<X>
export function clone(x: Tensor): Tensor {
  const y = empty(x.shape, x.dtype)
  backend(x.dtype).copy(x, y)
  return record('clone', [x], null, y, gy => [gy])
}

/** Another shape for the same elements in row-major order; one size may be −1. A view where possible. */
export function reshape<const S extends Shape>(x: Tensor, shape: S): Made<S>
export function reshape(x: Tensor, shape: Shape): Tensor {
  const view = asView('reshape', x, shape)
  if (view.strides && sameShape(view.shape, x.shape)) return x
  if (!view.strides) return reshape(clone(x), shape)
  const y = x.window(view.shape, view.strides, x.offset)
  return record('reshape', [x], { shape: view.shape }, y, gy => [reshape(gy, x.shape)])
}

/** Axes from startDim to endDim as one. Default: all. */
export function flatten<X extends AnyTensor, D extends number = 0>(
  x: X,
  startDim?: D,
  endDim?: -1,
): Flattened<X, D>
export function flatten(x: Tensor, startDim?: number, endDim?: number): Tensor
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
  return record('permute', [x], { dims: order }, y, gy => [permute(gy, back)])
}

/** Two axes exchanged. Default: the last two. */
export function transpose<X extends AnyTensor>(x: X): Transposed<X>
export function transpose(x: Tensor, dim0?: number, dim1?: number): Tensor
export function transpose(x: Tensor, dim0 = -2, dim1 = -1): Tensor {
  if (x.ndim < 2 && dim0 === -2 && dim1 === -1)
    throw new RangeError(`transpose: ${show(x.shape)} has no two axes`)
  const a = axis('transpose', dim0, x.ndim)
  const b = axis('transpose', dim1, x.ndim)
  return permute(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  )
}

/** One axis moved to another place, the others in their order. */
export function movedim(x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, d) => d)
  const [moved] = order.splice(axis('movedim', from, x.ndim), 1)
  order.splice(axis('movedim', to, x.ndim), 0, moved)
  return permute(x, order)
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
  return record('expand', [x], { shape: target }, y, gy => [fold(gy, x)])
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
  return part('slice', x, { dim: d, start: from, step }, t =>
    t.window(
      t.shape.map((s, e) => (e === d ? count : s)),
      t.strides.map((s, e) => (e === d ? s * step : s)),
      t.offset + from * t.strides[d],
    ),
  )
}

/** A window on some elements of x. `window` makes it on any tensor of x's shape, off the tape. */
function part(op: string, x: Tensor, options: object, window: (t: Tensor) => Tensor): Tensor {
  return record(op, [x], options, window(x), gy => [spill(op, gy, x.shape, options, window)])
}
/** Zeros of `shape` with g added in its window: the adjoint of `part`. */
function spill(
  op: string,
  g: Tensor,
  shape: Shape,
  options: object,
  window: (t: Tensor) => Tensor,
): Tensor {
  const out = empty(shape, g.dtype, true)
  const b = backend(g.dtype)
  b.fill(out, 0)
  const into = window(out)
  if (op !== 'unfold') b.copy(g, into)
  else {
    // Windows may overlap, but not in the same place of each.
    const last = g.ndim - 1
    const place = (t: Tensor, k: number) =>
      t.window(t.shape.slice(0, last), t.strides.slice(0, last), t.offset + k * t.strides[last])
    for (let k = 0; k < g.shape[last]; k++) b.accumulate(place(g, k), place(into, k))
  }
  return record(`${op}Grad`, [g], options, out, gg => [part(op, gg, options, window)])
}

/** x[…, i, …, i + offset, …] of two axes as a last one. `offset` above 0 looks above the diagonal. A view. */
export function diagonal(
  x: Tensor,
  { offset = 0, dim0 = 0, dim1 = 1 }: { offset?: number; dim0?: number; dim1?: number } = {},
): Tensor {
  if (x.ndim < 2) throw new RangeError(`diagonal: ${show(x.shape)} has no two axes`)
  const a = axis('diagonal', dim0, x.ndim)
  const b = axis('diagonal', dim1, x.ndim)
  if (a === b) throw new RangeError(`diagonal: axes ${dim0} and ${dim1} are the same`)
  const [row, column] = [Math.max(0, -offset), Math.max(0, offset)]
  const n = Math.max(0, Math.min(x.shape[a] - row, x.shape[b] - column))
  const rest = (list: readonly number[]) => list.filter((_, d) => d !== a && d !== b)
  return part('diagonal', x, { offset, dim0: a, dim1: b }, t =>
    t.window(
      [...rest(t.shape), n],
      [...rest(t.strides), t.strides[a] + t.strides[b]],
      t.offset + (n && row * t.strides[a] + column * t.strides[b]),
    ),
  )
}

/**
 * All windows of `size` along an axis, `step` apart, as a new last axis; the method is called `unfold`, as PyTorch's.
 * A view. Axis `dim` then counts the ⌊(n − size) / step⌋ + 1 windows.
 */
export function windowed(x: Tensor, dim: number, size: number, step = 1): Tensor {
  const d = axis('unfold', dim, x.ndim)
  if (!(Number.isInteger(size) && size >= 1 && size <= (x.shape[d] ?? 0)))
    throw new RangeError(`unfold: windows of ${size} along axis ${dim} of ${show(x.shape)}`)
  if (!(Number.isInteger(step) && step >= 1))
    throw new RangeError(`unfold: step ${step}; a whole number, at least 1`)
  const n = Math.floor((x.shape[d] - size) / step) + 1
  return part('unfold', x, { dim: d, size, step }, t =>
    t.window(
      [...t.shape.map((s, e) => (e === d ? n : s)), size],
      [...t.strides.map((s, e) => (e === d ? s * step : s)), t.strides[d]],
      t.offset,
    ),
  )
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

/**
 * Parts of one size along an axis (the last may be smaller), or of the sizes listed. Views.
 * @throws RangeError when listed sizes do not add up to the axis
 */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  const d = axis('split', dim, x.ndim)
  const n = x.shape[d] ?? 0
  if (typeof size === 'number') {
    if (!(Number.isInteger(size) && size >= 1))
      throw new RangeError(`split: parts of ${size}; a whole number, at least 1`)
    const count = Math.max(1, Math.ceil(n / size))
    return Array.from({ length: count }, (_, i) =>
      narrow(x, d, i * size, Math.min(size, n - i * size)),
    )
  }
  if (size.reduce((a, b) => a + b, 0) !== n || size.some(s => !Number.isInteger(s) || s < 0))
    throw new RangeError(
      `split: sizes ${show(size)} of the ${n} along axis ${d} of ${show(x.shape)}`,
    )
  let start = 0
  return size.map(s => narrow(x, d, (start += s) - s, s))
}
/** At most `count` parts of equal size along an axis; the last may be smaller. Views. */
export function chunk(x: Tensor, count: number, dim = 0): Tensor[] {
  if (!(Number.isInteger(count) && count >= 1))
    throw new RangeError(`chunk: ${count} parts; a whole number, at least 1`)
  const n = x.shape[axis('chunk', dim, x.ndim)] ?? 0
  return split(x, Math.max(1, Math.ceil(n / count)), dim)
}
/** Every index of an axis as a tensor of its own; that axis goes away. Views. */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const d = axis('unbind', dim, x.ndim)
  return Array.from({ length: x.shape[d] ?? 0 }, (_, i) => select(x, d, i))
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

const table = {
  contiguous,
  clone,
  reshape,
  view: reshape,
  flatten,
  permute,
  transpose,
  movedim,
  expand,
  unsqueeze,
  squeeze,
  slice,
  narrow,
  select,
  diagonal,
  unfold: windowed,
  split,
  chunk,
  unbind,
  flip,
}
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<
    Omit<typeof table, 'reshape' | 'view' | 'flatten' | 'transpose' | 'contiguous' | 'clone'>,
    typeof self
  > {
    /** The elements one after the other; itself when they are. */
    contiguous<X extends AnyTensor>(this: X): Like<X>
    /** A copy. */
    clone<X extends AnyTensor>(this: X): Like<X>
    /** Another shape for the same elements in row-major order; one size may be −1. A view where possible. */
    reshape<const S extends Shape>(shape: S): Made<S>
    /** As `reshape`. */
    view<const S extends Shape>(shape: S): Made<S>
    /** Axes from startDim to endDim as one. Default: all. */
    flatten<X extends AnyTensor, D extends number = 0>(
      this: X,
      startDim?: D,
      endDim?: -1,
    ): Flattened<X, D>
    flatten(startDim?: number, endDim?: number): Tensor
    /** Two axes exchanged. Default: the last two. */
    transpose<X extends AnyTensor>(this: X): Transposed<X>
    transpose(dim0?: number, dim1?: number): Tensor
    /** The transpose of a matrix. */
    readonly T: Transposed<this>
  }
}
Object.defineProperty(Tensor.prototype, 'T', {
  configurable: true,
  get(this: Tensor) {
    return transpose(this)
  },
})
