/** Windows as columns (im2col) and back (col2im): the two halves of convolution as a matrix product. */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { show } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { pair, windows, type Pair } from './conv2d.ts'

export interface UnfoldOptions {
  /** Default 1. */
  stride?: Pair
  /** Default 0. */
  padding?: Pair
  /** Default 1. */
  dilation?: Pair
}

interface Plan {
  kernel: [number, number]
  stride: [number, number]
  padding: [number, number]
  dilation: [number, number]
  /** Windows down and across. */
  places: [number, number]
}

function plan(op: string, size: readonly number[], kernel: Pair, o: UnfoldOptions): Plan {
  const k = pair(op, 'kernel', kernel, 1)
  const stride = pair(op, 'stride', o.stride ?? 1, 1)
  const padding = pair(op, 'padding', o.padding ?? 0, 0)
  const dilation = pair(op, 'dilation', o.dilation ?? 1, 1)
  const count = (d: 0 | 1) => windows(size[d], k[d], stride[d], padding[d], dilation[d])
  const places: [number, number] = [count(0), count(1)]
  if (places[0] < 1 || places[1] < 1)
    throw new RangeError(
      `${op}: window ${show(k)} is larger than ${show(size)} padded by ${show(padding)}`,
    )
  return { kernel: k, stride, padding, dilation, places }
}

/** For each cell of the window: its view of the padded map [N, C, H′, W′], and of the columns. */
function cells(
  map: Tensor,
  columns: Tensor,
  p: Plan,
  f: (map: Tensor, column: Tensor) => void,
): void {
  const [N, C] = map.shape
  const [h, k] = p.kernel
  const shape = [N, C, ...p.places]
  const [sn, sc, si, sj] = map.strides
  const L = p.places[0] * p.places[1]
  for (let a = 0; a < h; a++)
    for (let b = 0; b < k; b++)
      f(
        map.window(
          shape,
          [sn, sc, si * p.stride[0], sj * p.stride[1]],
          map.offset + a * p.dilation[0] * si + b * p.dilation[1] * sj,
        ),
        columns.window(shape, [C * h * k * L, h * k * L, p.places[1], 1], (a * k + b) * L),
      )
}

/** Zeros [N, C, H + 2·padding, W + 2·padding] and the window of the map inside. */
function padded(
  N: number,
  C: number,
  H: number,
  W: number,
  p: Plan,
  like: Tensor,
): [Tensor, Tensor] {
  const all = empty([N, C, H + 2 * p.padding[0], W + 2 * p.padding[1]], like.dtype)
  backend(like.dtype).fill(all, 0)
  const inside = p.padding[0] * all.strides[2] + p.padding[1]
  return [all, all.window([N, C, H, W], all.strides, inside)]
}

/**
 * Each window as a column, as PyTorch's `unfold` (im2col).
 * @param x [N, C, H, W] @returns [N, C·h·k, L], L windows in reading order
 */
export function unfold(x: Tensor, kernel: Pair, options: UnfoldOptions = {}): Tensor {
  if (x.ndim !== 4) throw new RangeError(`unfold: x ${show(x.shape)}; it is [N, C, H, W]`)
  return columnsOf(x, plan('unfold', x.shape.slice(2), kernel, options))
}
function columnsOf(x: Tensor, p: Plan): Tensor {
  const [N, C, H, W] = x.shape
  const b = backend(x.dtype)
  const [map, inside] = padded(N, C, H, W, p, x)
  b.copy(x, inside)
  const y = empty([N, C * p.kernel[0] * p.kernel[1], p.places[0] * p.places[1]], x.dtype)
  cells(map, y, p, (from, to) => b.copy(from, to))
  b.release(map.storage)
  return record('unfold', [x], p, y, gy => [mapOf(gy, [H, W], p)])
}

/**
 * Columns added back at their windows: the adjoint of `unfold` (col2im).
 * @param x [N, C·h·k, L] @param size [H, W] @returns [N, C, H, W]
 */
export function fold(x: Tensor, size: Pair, kernel: Pair, options: UnfoldOptions = {}): Tensor {
  const hw = pair('fold', 'size', size, 1)
  const p = plan('fold', hw, kernel, options)
  const [n, L] = [p.kernel[0] * p.kernel[1], p.places[0] * p.places[1]]
  if (x.ndim !== 3 || x.shape[1] % n || x.shape[2] !== L)
    throw new RangeError(
      `fold: x ${show(x.shape)}; for size ${show(hw)} and window ${show(p.kernel)} it is [N, C·${n}, ${L}]`,
    )
  return mapOf(x, hw, p)
}
function mapOf(x: Tensor, [H, W]: [number, number], p: Plan): Tensor {
  const b = backend(x.dtype)
  const [N, C] = [x.shape[0], x.shape[1] / (p.kernel[0] * p.kernel[1])]
  const columns = empty(x.shape, x.dtype)
  b.copy(x, columns)
  const [map, inside] = padded(N, C, H, W, p, x)
  cells(map, columns, p, (to, from) => b.accumulate(from, to))
  const y = empty([N, C, H, W], x.dtype)
  b.copy(inside, y)
  b.release(columns.storage)
  b.release(map.storage)
  return record('fold', [x], p, y, gy => [columnsOf(gy, p)])
}
