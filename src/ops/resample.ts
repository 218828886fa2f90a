/**
 * Maps of another size: adaptive pooling and interpolation. Means and interpolations are linear, along each axis a few
 * weights a cell, so that forward and gradient are one pair of primitives, each the other's adjoint.
 */
import { backend } from '../backend/index.ts'
import type { Taps } from '../backend/primitives.ts'
import { record } from '../autograd/tape.ts'
import { show } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { asMaps, asRows } from './conv1d.ts'
import type { Pair } from './conv2d.ts'
import { avgPool2d, maxPool2d, poolScatter } from './pool.ts'
import { reshape } from './views.ts'

/** y = R·x·Cᵀ for each map. */
function resample(op: string, x: Tensor, rows: Taps, columns: Taps, options: object): Tensor {
  const y = empty([x.shape[0], x.shape[1], rows.length, columns.length], x.dtype)
  backend(x.dtype).resample2d(x, y, rows, columns)
  return record(op, [x], options, y, gy => [spread(gy, x.shape, rows, columns)])
}
/** gx = Rᵀ·gy·C */
function spread(gy: Tensor, shape: readonly number[], rows: Taps, columns: Taps): Tensor {
  const gx = empty(shape, gy.dtype)
  backend(gy.dtype).fill(gx, 0)
  backend(gy.dtype).resample2dGrad(gy, gx, rows, columns)
  return record('resample2dGrad', [gy], null, gx, g => [
    resample('resample2d', g, rows, columns, {}),
  ])
}

/** Size of a result; null keeps the axis. */
export type OutputSize = number | readonly [number | null, number | null]

function targetSize(op: string, x: Tensor, size: OutputSize): [number, number] {
  if (x.ndim !== 4)
    throw new RangeError(`${op}: x ${show(x.shape)}; it is [N, C, H, W] or [C, H, W]`)
  const [h, w] = typeof size === 'number' ? [size, size] : size
  const out: [number, number] = [h ?? x.shape[2], w ?? x.shape[3]]
  if (!out.every(s => Number.isInteger(s) && s >= 1))
    throw new RangeError(`${op}: size ${show(out)}; whole numbers, at least 1 (null keeps an axis)`)
  if (x.shape[2] < 1 || x.shape[3] < 1)
    throw new RangeError(`${op}: x ${show(x.shape)} has no cells`)
  return out
}

/** The window that shares x out evenly when the sizes divide, else null. */
function evenly(x: Tensor, size: readonly [number, number]): [number, number] | null {
  const [H, W] = [x.shape[2], x.shape[3]]
  return H % size[0] || W % size[1] ? null : [H / size[0], W / size[1]]
}

const averages = (n: number, count: number): Taps =>
  Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * n) / count)
    const length = Math.ceil(((i + 1) * n) / count) - start
    return { start, weights: new Array<number>(length).fill(1 / length) }
  })

/**
 * Means of windows that share x out over `size`: window i of n over H cells goes from ⌊i·H/n⌋ to before ⌈(i + 1)·H/n⌉.
 * @param x [N, C, H, W] or [C, H, W] @param size [H′, W′], or one number for both; null keeps an axis
 */
export function adaptiveAvgPool2d(x: Tensor, size: OutputSize): Tensor {
  if (x.ndim === 3) {
    const y = adaptiveAvgPool2d(reshape(x, [1, ...x.shape]), size)
    return reshape(y, y.shape.slice(1))
  }
  const out = targetSize('adaptiveAvgPool2d', x, size)
  const window = evenly(x, out)
  if (window) return avgPool2d(x, window)
  const [rows, columns] = [averages(x.shape[2], out[0]), averages(x.shape[3], out[1])]
  return resample('adaptiveAvgPool2d', x, rows, columns, { size: out })
}

/**
 * Largest values of windows that share x out over `size`, as `adaptiveAvgPool2d`.
 * @param options returnIndices: also the switches, int32, row·W + column
 */
export function adaptiveMaxPool2d(
  x: Tensor,
  size: OutputSize,
  options: { returnIndices: true },
): { output: Tensor; indices: Tensor }
export function adaptiveMaxPool2d(
  x: Tensor,
  size: OutputSize,
  options?: { returnIndices?: false },
): Tensor
export function adaptiveMaxPool2d(
  x: Tensor,
  size: OutputSize,
  { returnIndices = false }: { returnIndices?: boolean } = {},
): Tensor | { output: Tensor; indices: Tensor } {
  if (x.ndim === 3) {
    const both = adaptiveMaxPool2d(reshape(x, [1, ...x.shape]), size, { returnIndices: true })
    const [output, indices] = [both.output, both.indices].map(t => reshape(t, t.shape.slice(1)))
    return returnIndices ? { output, indices } : output
  }
  const out = targetSize('adaptiveMaxPool2d', x, size)
  const window = evenly(x, out)
  if (window) return returnIndices ? maxPool2d(x, window, { returnIndices }) : maxPool2d(x, window)
  const output = empty([x.shape[0], x.shape[1], ...out], x.dtype)
  const indices = empty(output.shape, 'int32')
  backend(x.dtype).adaptiveMaxPool2d(x, output, indices)
  record(
    'adaptiveMaxPool2d',
    [x],
    { size: out, indices },
    output,
    gy => [poolScatter(gy, indices, x.shape)],
    returnIndices ? [] : [indices.storage],
  )
  return returnIndices ? { output, indices } : output
}

const oneAxis = (op: string, x: Tensor): Tensor => {
  if (x.ndim !== 3 && x.ndim !== 2)
    throw new RangeError(`${op}: x ${show(x.shape)}; it is [N, C, L] or [C, L]`)
  return asMaps(x)
}
/** Means of windows that share [N, C, L] (or [C, L]) out over `length`. */
export function adaptiveAvgPool1d(x: Tensor, length: number): Tensor {
  return asRows(adaptiveAvgPool2d(oneAxis('adaptiveAvgPool1d', x), [1, length]))
}
/** Largest values of windows that share [N, C, L] (or [C, L]) out over `length`. */
export function adaptiveMaxPool1d(
  x: Tensor,
  length: number,
  options: { returnIndices: true },
): { output: Tensor; indices: Tensor }
export function adaptiveMaxPool1d(
  x: Tensor,
  length: number,
  options?: { returnIndices?: false },
): Tensor
export function adaptiveMaxPool1d(
  x: Tensor,
  length: number,
  { returnIndices = false }: { returnIndices?: boolean } = {},
): Tensor | { output: Tensor; indices: Tensor } {
  const { output, indices } = adaptiveMaxPool2d(oneAxis('adaptiveMaxPool1d', x), [1, length], {
    returnIndices: true,
  })
  return returnIndices ? { output: asRows(output), indices: asRows(indices) } : asRows(output)
}

export interface InterpolateOptions {
  /** [H′, W′], or one number for both ([L′] for [N, C, L]). Give it or `scaleFactor`. */
  size?: Pair
  /** Result's size over x's, rounded down. */
  scaleFactor?: Pair
  /** `bilinear` is `linear` for [N, C, L]. Default nearest. */
  mode?: 'nearest' | 'bilinear' | 'linear'
  /** Corner cells' centres lie on each other; else the maps' edges do. Bilinear only; default false. */
  alignCorners?: boolean
}

/** Where cell i of the result reads along an axis of n cells; `step` is the distance of two cells in x. */
const nearest = (n: number, count: number, step: number): Taps =>
  Array.from({ length: count }, (_, i) => ({
    start: Math.min(Math.floor(i * step), n - 1),
    weights: [1],
  }))
const linearly = (n: number, count: number, step: number, corners: boolean): Taps =>
  Array.from({ length: count }, (_, i) => {
    const at = corners
      ? count > 1
        ? (i * (n - 1)) / (count - 1)
        : 0
      : Math.max(0, (i + 0.5) * step - 0.5)
    const start = Math.min(Math.floor(at), n - 1)
    const t = at - start
    return start + 1 < n && t > 0 ? { start, weights: [1 - t, t] } : { start, weights: [1] }
  })

/**
 * Another size by nearest neighbour or bilinear interpolation.
 * @param x [N, C, H, W] or [N, C, L]
 * @throws RangeError unless exactly one of size and scaleFactor is given
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const { size, scaleFactor, mode = 'nearest', alignCorners = false } = options
  const op = 'interpolate'
  if (x.ndim !== 3 && x.ndim !== 4)
    throw new RangeError(`${op}: x ${show(x.shape)}; it is [N, C, H, W] or [N, C, L]`)
  if ((size === undefined) === (scaleFactor === undefined))
    throw new RangeError(`${op}: give size or scaleFactor, one of them`)
  if (mode !== 'nearest' && mode !== 'bilinear' && mode !== 'linear')
    throw new RangeError(`${op}: mode '${String(mode)}'; 'nearest', 'bilinear' or 'linear'`)
  if (alignCorners && mode === 'nearest')
    throw new RangeError(`${op}: alignCorners is for mode 'bilinear' or 'linear'`)
  if (x.ndim === 3) {
    const one = size ?? scaleFactor
    if (typeof one !== 'number')
      throw new RangeError(`${op}: for x ${show(x.shape)} size or scaleFactor is one number`)
    const along =
      size === undefined ? { scaleFactor: [1, one] as const } : { size: [1, one] as const }
    return asRows(
      interpolate(asMaps(x), { ...options, size: undefined, scaleFactor: undefined, ...along }),
    )
  }
  const both = (v: Pair): readonly [number, number] => (typeof v === 'number' ? [v, v] : v)
  if (scaleFactor !== undefined && !both(scaleFactor).every(s => s > 0 && Number.isFinite(s)))
    throw new RangeError(`${op}: scaleFactor ${show(both(scaleFactor))}; above 0`)
  const scale = scaleFactor === undefined ? null : both(scaleFactor)
  const out = targetSize(
    op,
    x,
    scale ? [Math.floor(x.shape[2] * scale[0]), Math.floor(x.shape[3] * scale[1])] : both(size!), // one of the two is there
  )
  const axis = (d: 0 | 1): Taps => {
    const n = x.shape[2 + d]
    const step = scale ? 1 / scale[d] : n / out[d]
    return mode === 'nearest' ? nearest(n, out[d], step) : linearly(n, out[d], step, alignCorners)
  }
  return resample(op, x, axis(0), axis(1), { size: out, mode, alignCorners })
}
