/** Convolution along one axis: conv2d of maps of height 1. */
import { show } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { conv2d, convTranspose2d } from './conv2d.ts'
import { pad } from './pad.ts'
import { reshape } from './views.ts'

export interface Conv1dOptions {
  /** [K] */
  bias?: Tensor | null
  /** Default 1. */
  stride?: number
  /** Zeros at both ends; `same` keeps x's length (stride 1 only), `valid` is 0. Default 0. */
  padding?: number | 'same' | 'valid'
  /** Spacing of the window's cells. Default 1. */
  dilation?: number
  /** Channels in separate groups. Default 1. */
  groups?: number
}

/** A whole number of at least `least`. @internal */
export function whole(op: string, name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least)
    throw new RangeError(`${op}: ${name} ${String(value)}; a whole number, at least ${least}`)
  return value
}

/** [N, C, L] as maps of height 1: [N, C, 1, L]. @internal */
export const asMaps = (x: Tensor): Tensor =>
  reshape(x, [...x.shape.slice(0, -1), 1, x.shape[x.ndim - 1]])
/** Back again. @internal */
export const asRows = (y: Tensor): Tensor =>
  reshape(y, [...y.shape.slice(0, -2), y.shape[y.ndim - 1]])

function check(op: string, x: Tensor, w: Tensor, channels: number, expected: number): void {
  if (x.ndim !== 3 || w.ndim !== 3)
    throw new RangeError(
      `${op}: x ${show(x.shape)} with weight ${show(w.shape)}; x is [N, C, L] or [C, L] and weight has 3 axes`,
    )
  if (x.dtype !== w.dtype)
    throw new TypeError(`${op}: x is ${x.dtype}, weight ${w.dtype}; to() makes them alike`)
  if (channels !== expected)
    throw new RangeError(
      `${op}: weight ${show(w.shape)} expects ${expected} input channels, x is ${show(x.shape)}`,
    )
}

/**
 * Cross-correlation of x with the filters w: o[n, k, i] = bias[k] + Σ_{c, a} x[n, c, i·stride + a·dilation − padding]·w[k, c, a].
 * @param x [N, C, L], or [C, L], or one plain list [L] with a plain filter [k]
 * @param w [K, C / groups, k], or [k]
 * @returns [N, K, L′], L′ = ⌊(L + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1
 * @throws RangeError when channels do not fit, or the window is longer than the padded x
 */
export function conv1d(x: Tensor, w: Tensor, options: Conv1dOptions = {}): Tensor {
  if (x.ndim === 1 && w.ndim === 1) {
    const y = conv1d(reshape(x, [1, 1, -1]), reshape(w, [1, 1, -1]), options)
    return reshape(y, [-1])
  }
  if (x.ndim === 2) {
    const y = conv1d(reshape(x, [1, ...x.shape]), w, options)
    return reshape(y, y.shape.slice(1))
  }
  const { bias, groups = 1 } = options
  const op = 'conv1d'
  check(op, x, w, x.shape[1], w.shape[1] * groups)
  const stride = whole(op, 'stride', options.stride ?? 1, 1)
  const dilation = whole(op, 'dilation', options.dilation ?? 1, 1)
  const [L, k] = [x.shape[2], w.shape[2]]
  const span = dilation * (k - 1)
  if (options.padding === 'same') {
    if (stride !== 1)
      throw new RangeError(
        `${op}: padding 'same' with stride ${stride}; it is defined for stride 1`,
      )
    // An even window needs one more zero at the end.
    if (span % 2) return conv1d(pad(x, [0, 1]), w, { ...options, padding: Math.floor(span / 2) })
  }
  const padding =
    options.padding === 'same'
      ? span / 2
      : whole(op, 'padding', options.padding === 'valid' ? 0 : (options.padding ?? 0), 0)
  if (L + 2 * padding < span + 1)
    throw new RangeError(
      `${op}: window ${k}${dilation > 1 ? ` (dilation ${dilation})` : ''} is longer than x ${show(x.shape)} padded by ${padding}`,
    )
  const y = conv2d(asMaps(x), asMaps(w), {
    bias,
    groups,
    stride: [1, stride],
    padding: [0, padding],
    dilation: [1, dilation],
  })
  return asRows(y)
}

export interface ConvTranspose1dOptions extends Omit<Conv1dOptions, 'padding'> {
  /** Taken off both ends of the result. Default 0. */
  padding?: number
  /** Added to the result's end, to choose among lengths. Default 0. */
  outputPadding?: number
}

/**
 * Transposed convolution: the gradient of conv1d in its input, as an operation.
 * @param x [N, C, L] or [C, L] @param w [C, K / groups, k]
 * @returns [N, K, L′], L′ = (L − 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1
 */
export function convTranspose1d(
  x: Tensor,
  w: Tensor,
  options: ConvTranspose1dOptions = {},
): Tensor {
  if (x.ndim === 2) {
    const y = convTranspose1d(reshape(x, [1, ...x.shape]), w, options)
    return reshape(y, y.shape.slice(1))
  }
  const op = 'convTranspose1d'
  check(op, x, w, x.shape[1], w.shape[0])
  const y = convTranspose2d(asMaps(x), asMaps(w), {
    bias: options.bias,
    groups: options.groups,
    stride: [1, whole(op, 'stride', options.stride ?? 1, 1)],
    padding: [0, whole(op, 'padding', options.padding ?? 0, 0)],
    dilation: [1, whole(op, 'dilation', options.dilation ?? 1, 1)],
    outputPadding: [0, whole(op, 'outputPadding', options.outputPadding ?? 0, 0)],
  })
  return asRows(y)
}
