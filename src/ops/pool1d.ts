/** Pooling along one axis: that of maps of height 1. */
import { show } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { asMaps, asRows, whole } from './conv1d.ts'
import { avgPool2d, maxPool2d, maxUnpool2d } from './pool.ts'

export interface Pool1dOptions {
  /** Default: the window's length. */
  stride?: number
  /** Default 0, at most half the window. */
  padding?: number
  /** A window that hangs over the end counts too. Default false. */
  ceilMode?: boolean
}
export interface MaxPool1dOptions extends Pool1dOptions {
  /** Spacing of the window's cells. Default 1. */
  dilation?: number
}
export interface AvgPool1dOptions extends Pool1dOptions {
  /** Whether the padding's zeros count in the mean. Default true. */
  countIncludePad?: boolean
  /** Sums are divided by this instead of by the number of values. */
  divisorOverride?: number
}

function check(op: string, x: Tensor, kernel: number, o: MaxPool1dOptions): void {
  if (x.ndim !== 3 && x.ndim !== 2)
    throw new RangeError(`${op}: x ${show(x.shape)}; it is [N, C, L] or [C, L]`)
  const k = whole(op, 'kernel', kernel, 1)
  const padding = whole(op, 'padding', o.padding ?? 0, 0)
  const dilation = whole(op, 'dilation', o.dilation ?? 1, 1)
  whole(op, 'stride', o.stride ?? k, 1)
  if (padding > k / 2)
    throw new RangeError(`${op}: padding ${padding} is more than half the window ${k}`)
  if (x.shape[x.ndim - 1] + 2 * padding < dilation * (k - 1) + 1)
    throw new RangeError(
      `${op}: window ${k}${dilation > 1 ? ` (dilation ${dilation})` : ''} is longer than x ${show(x.shape)} padded by ${padding}`,
    )
}
const across = (n: number | undefined, other: number): [number, number] | undefined =>
  n === undefined ? undefined : [other, n]

/**
 * Largest value of each window; of equal values the first wins, NaN over everything.
 * @param x [N, C, L] or [C, L]
 * @returns [N, C, L′]; with `returnIndices` also the switches, int32, the place in each row
 */
export function maxPool1d(
  x: Tensor,
  kernel: number,
  options: MaxPool1dOptions & { returnIndices: true },
): { output: Tensor; indices: Tensor }
export function maxPool1d(
  x: Tensor,
  kernel: number,
  options?: MaxPool1dOptions & { returnIndices?: false },
): Tensor
export function maxPool1d(
  x: Tensor,
  kernel: number,
  options: MaxPool1dOptions & { returnIndices?: boolean } = {},
): Tensor | { output: Tensor; indices: Tensor } {
  check('maxPool1d', x, kernel, options)
  const { output, indices } = maxPool2d(asMaps(x), [1, kernel], {
    stride: across(options.stride, 1),
    padding: across(options.padding, 0),
    dilation: across(options.dilation, 1),
    ceilMode: options.ceilMode,
    returnIndices: true,
  })
  return options.returnIndices
    ? { output: asRows(output), indices: asRows(indices) }
    : asRows(output)
}

/** Each value at its switch, zeros elsewhere: [N, C, L′] → [N, C, length]. */
export function maxUnpool1d(x: Tensor, indices: Tensor, length: number): Tensor {
  if (x.ndim !== 3 && x.ndim !== 2)
    throw new RangeError(`maxUnpool1d: x ${show(x.shape)}; it is [N, C, L′] or [C, L′]`)
  return asRows(
    maxUnpool2d(asMaps(x), asMaps(indices), [1, whole('maxUnpool1d', 'length', length, 1)]),
  )
}

/** Mean of each window: [N, C, L] or [C, L] → [N, C, L′]. */
export function avgPool1d(x: Tensor, kernel: number, options: AvgPool1dOptions = {}): Tensor {
  check('avgPool1d', x, kernel, options)
  return asRows(
    avgPool2d(asMaps(x), [1, kernel], {
      stride: across(options.stride, 1),
      padding: across(options.padding, 0),
      ceilMode: options.ceilMode,
      countIncludePad: options.countIncludePad,
      divisorOverride: options.divisorOverride,
    }),
  )
}
