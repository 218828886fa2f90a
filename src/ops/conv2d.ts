/**
 * Convolution is one trilinear form, Σ x·w·gy over all places and windows. conv2d, its gradient in x and its gradient in
 * w are its three contractions, so each one's gradients are the other two: the family is closed under differentiation.
 * The gradient in x is the transposed convolution, which is the deconvnet's filtering.
 */
import type { AnyTensor } from '../tensor/literal.ts'
import { backend } from '../backend/index.ts'
import type { ConvParams } from '../backend/primitives.ts'
import { record } from '../autograd/tape.ts'
import { show } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import type { Convolved, Filters } from './literal.ts'
import { sum } from './reduce.ts'
import { pad } from './pad.ts'
import { reshape } from './views.ts'

/** One number for both directions, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number]

export interface Conv2dOptions {
  /** [K] */
  bias?: Tensor | null
  /** Default 1. */
  stride?: Pair
  /** Zeros around x; `same` keeps its size (stride 1 only), `valid` is 0. Default 0. */
  padding?: Pair | 'same' | 'valid'
  /** Spacing of the window's cells. Default 1. */
  dilation?: Pair
  /** Channels in separate groups. Default 1. */
  groups?: number
}

/** @internal */
export function pair(op: string, name: string, value: Pair, least: number): [number, number] {
  const [a, b] = typeof value === 'number' ? [value, value] : value
  if (![a, b].every(v => Number.isInteger(v) && v >= least))
    throw new RangeError(
      `${op}: ${name} ${typeof value === 'number' ? value : show(value)}; whole numbers, at least ${least}`,
    )
  return [a, b]
}

/** Number of windows along one axis: ⌊(n + 2·padding − dilation·(window − 1) − 1) / stride⌋ + 1. @internal */
export const windows = (
  n: number,
  window: number,
  stride: number,
  padding: number,
  dilation: number,
): number => Math.floor((n + 2 * padding - dilation * (window - 1) - 1) / stride) + 1

/** y = Σ x·w */
function forward(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  shape: number[],
  p: ConvParams,
): Tensor {
  const y = empty(shape, x.dtype)
  backend(x.dtype).conv2d(x, w, bias, y, p)
  return record('conv2d', bias ? [x, w, bias] : [x, w], p, y, gy => [
    x.requiresGrad ? inputGrad(gy, w, x.shape, p) : null,
    w.requiresGrad ? filterGrad(x, gy, w.shape, p) : null,
    ...(bias ? [bias.requiresGrad ? sum(gy, { dim: [0, 2, 3] }) : null] : []),
  ])
}

/** gx = Σ gy·w */
function inputGrad(gy: Tensor, w: Tensor, shape: readonly number[], p: ConvParams): Tensor {
  const gx = empty(shape, gy.dtype)
  backend(gy.dtype).conv2dInputGrad(gy, w, gx, p)
  return record('conv2dInputGrad', [gy, w], p, gx, g => [
    gy.requiresGrad ? forward(g, w, null, [...gy.shape], p) : null,
    w.requiresGrad ? filterGrad(g, gy, w.shape, p) : null,
  ])
}

/** gw = Σ x·gy */
function filterGrad(x: Tensor, gy: Tensor, shape: readonly number[], p: ConvParams): Tensor {
  const gw = empty(shape, x.dtype)
  backend(x.dtype).conv2dFilterGrad(x, gy, gw, p)
  return record('conv2dFilterGrad', [x, gy], p, gw, g => [
    x.requiresGrad ? inputGrad(gy, g, x.shape, p) : null,
    gy.requiresGrad ? forward(x, g, null, [...gy.shape], p) : null,
  ])
}

/**
 * Cross-correlation of x with the filters w, which the field calls convolution:
 * o[n, k, i, j] = bias[k] + Σ_{c, a, b} x[n, c, i·stride + a·dilation − padding, …] · w[k, c, a, b].
 * @param x [N, C, H, W], or one image [C, H, W], or one plain matrix [H, W] with a plain filter [h, k]
 * @param w [K, C / groups, h, k], or [h, k]
 * @returns [N, K, H′, W′] (or [K, H′, W′], or [H′, W′]), H′ = ⌊(H + 2·padding − dilation·(h − 1) − 1) / stride⌋ + 1
 * @throws RangeError when channels do not fit, or the window is larger than the padded image
 */
export function conv2d<
  X extends AnyTensor,
  W extends AnyTensor,
  // Nothing is known of options that are not there.
  O extends Conv2dOptions = Record<never, never>,
>(x: X, w: Filters<X, W, O>, options?: O): Convolved<X, W, O>
export function conv2d(x: Tensor, w: Tensor, options: Conv2dOptions = {}): Tensor {
  const { bias = null, groups = 1 } = options
  if (x.ndim === 2 && w.ndim === 2) {
    const y = conv2d(reshape(x, [1, 1, ...x.shape]), reshape(w, [1, 1, ...w.shape]), options)
    return reshape(y, y.shape.slice(2))
  }
  if (x.ndim === 3) {
    const y = conv2d(reshape(x, [1, ...x.shape]), w, options)
    return reshape(y, y.shape.slice(1))
  }
  if (x.ndim !== 4 || w.ndim !== 4)
    throw new RangeError(
      `conv2d: x ${show(x.shape)} with weight ${show(w.shape)}; x is [N, C, H, W] or [C, H, W] and weight [K, C, h, k], or both are plain matrices [H, W] and [h, k]`,
    )
  if (x.dtype !== w.dtype)
    throw new TypeError(`conv2d: x is ${x.dtype}, weight ${w.dtype}; to() makes them alike`)
  const stride = pair('conv2d', 'stride', options.stride ?? 1, 1)
  const dilation = pair('conv2d', 'dilation', options.dilation ?? 1, 1)
  const [N, C, H, W] = x.shape
  const [K, D, h, k] = w.shape
  if (!Number.isInteger(groups) || groups < 1 || C % groups || K % groups)
    throw new RangeError(`conv2d: groups ${groups} must divide ${C} input and ${K} output channels`)
  if (D * groups !== C)
    throw new RangeError(
      `conv2d: weight ${show(w.shape)} expects ${D * groups} input channels${groups > 1 ? ` (${groups} groups)` : ''}, x is ${show(x.shape)}`,
    )
  if (bias && (bias.ndim !== 1 || bias.shape[0] !== K))
    throw new RangeError(`conv2d: bias ${show(bias.shape)} for ${K} filters; it is [${K}]`)
  let padding: [number, number]
  if (options.padding === 'same') {
    if (stride[0] !== 1 || stride[1] !== 1)
      throw new RangeError(
        `conv2d: padding 'same' with stride ${show(stride)}; it is defined for stride 1`,
      )
    const total = [dilation[0] * (h - 1), dilation[1] * (k - 1)]
    // An even window needs one more zero below and at the right.
    if (total[0] % 2 || total[1] % 2)
      return conv2d(pad(x, [0, total[1] % 2, 0, total[0] % 2]), w, {
        ...options,
        padding: [total[0] >> 1, total[1] >> 1],
      })
    padding = [total[0] / 2, total[1] / 2]
  } else
    padding = pair('conv2d', 'padding', options.padding === 'valid' ? 0 : (options.padding ?? 0), 0)
  const HO = windows(H, h, stride[0], padding[0], dilation[0])
  const WO = windows(W, k, stride[1], padding[1], dilation[1])
  if (HO < 1 || WO < 1)
    throw new RangeError(
      `conv2d: window ${h}×${k}${dilation[0] * dilation[1] > 1 ? ` (dilation ${show(dilation)})` : ''} is larger than x ${show(x.shape)} padded by ${show(padding)}`,
    )
  return forward(x, w, bias, [N, K, HO, WO], { stride, padding, dilation, groups })
}

export interface ConvTranspose2dOptions extends Omit<Conv2dOptions, 'padding'> {
  /** Taken off the result's border. Default 0. */
  padding?: Pair
  /** Added to the result's lower and right border, to choose among sizes. Default 0. */
  outputPadding?: Pair
}

/** x [N, K, H, W] through conv2d's gradient; one operation with its bias. */
function transposed(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  shape: readonly number[],
  p: ConvParams & { outputPadding: readonly [number, number] },
): Tensor {
  const y = empty(shape, x.dtype)
  const b = backend(x.dtype)
  b.conv2dInputGrad(x, w, y, p)
  if (bias) b.binary('add', y, bias.window(y.shape, [0, bias.strides[0], 0, 0], bias.offset), y)
  return record('convTranspose2d', bias ? [x, w, bias] : [x, w], p, y, gy => [
    x.requiresGrad ? forward(gy, w, null, [...x.shape], p) : null,
    w.requiresGrad ? filterGrad(gy, x, w.shape, p) : null,
    ...(bias ? [bias.requiresGrad ? sum(gy, { dim: [0, 2, 3] }) : null] : []),
  ])
}

/**
 * Transposed convolution: the gradient of conv2d in its input, as an operation.
 * @param x [N, K, H, W] or [K, H, W] @param w [K, C / groups, h, k]
 * @returns [N, C, H′, W′], H′ = (H − 1)·stride − 2·padding + dilation·(h − 1) + outputPadding + 1
 * @throws RangeError when channels do not fit, or nothing is left of the result
 */
export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  options: ConvTranspose2dOptions = {},
): Tensor {
  const { bias = null, groups = 1 } = options
  if (x.ndim === 3) {
    const y = convTranspose2d(reshape(x, [1, ...x.shape]), w, options)
    return reshape(y, y.shape.slice(1))
  }
  const op = 'convTranspose2d'
  if (x.ndim !== 4 || w.ndim !== 4)
    throw new RangeError(
      `${op}: x ${show(x.shape)} with weight ${show(w.shape)}; x is [N, C, H, W] or [C, H, W], weight [C, K / groups, h, k]`,
    )
  if (x.dtype !== w.dtype)
    throw new TypeError(`${op}: x is ${x.dtype}, weight ${w.dtype}; to() makes them alike`)
  const stride = pair(op, 'stride', options.stride ?? 1, 1)
  const dilation = pair(op, 'dilation', options.dilation ?? 1, 1)
  const padding = pair(op, 'padding', options.padding ?? 0, 0)
  const extra = pair(op, 'outputPadding', options.outputPadding ?? 0, 0)
  if (!Number.isInteger(groups) || groups < 1 || w.shape[0] % groups)
    throw new RangeError(`${op}: groups ${groups} must divide ${w.shape[0]} input channels`)
  if (x.shape[1] !== w.shape[0])
    throw new RangeError(
      `${op}: weight ${show(w.shape)} expects ${w.shape[0]} input channels, x is ${show(x.shape)}`,
    )
  const K = w.shape[1] * groups
  if (bias && (bias.ndim !== 1 || bias.shape[0] !== K))
    throw new RangeError(`${op}: bias ${show(bias.shape)} for ${K} output channels; it is [${K}]`)
  if (extra.some((e, d) => e >= Math.max(stride[d], dilation[d])))
    throw new RangeError(
      `${op}: outputPadding ${show(extra)} must be smaller than stride ${show(stride)} or dilation ${show(dilation)}`,
    )
  const [HO, WO] = ([0, 1] as const).map(
    d =>
      (x.shape[2 + d] - 1) * stride[d] -
      2 * padding[d] +
      dilation[d] * (w.shape[2 + d] - 1) +
      extra[d] +
      1,
  )
  if (HO < 1 || WO < 1)
    throw new RangeError(
      `${op}: padding ${show(padding)} takes all of the result ${HO}×${WO} of x ${show(x.shape)} and window ${w.shape[2]}×${w.shape[3]}`,
    )
  const shape = [x.shape[0], K, HO, WO]
  return transposed(x, w, bias, shape, { stride, padding, dilation, groups, outputPadding: extra })
}
