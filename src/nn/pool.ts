/** Pooling layers. Options and defaults are PyTorch's. */
import { pair, type Pair } from '../ops/conv2d.ts'
import {
  avgPool2d,
  maxPool2d,
  maxUnpool2d,
  pooledSize,
  type AvgPoolOptions,
  type MaxPoolOptions,
} from '../ops/pool.ts'
import {
  avgPool1d,
  maxPool1d,
  maxUnpool1d,
  type AvgPool1dOptions,
  type MaxPool1dOptions,
} from '../ops/pool1d.ts'
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  interpolate,
  type InterpolateOptions,
  type OutputSize,
} from '../ops/resample.ts'
import { show, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { builtIn } from './built-in.ts'
import { Module, type Inferred } from './module.ts'

type Two = readonly [number, number]

/** Shape and window of pooling over the last two axes (`1-D`: the last, seen as maps of height 1). */
function inferPool(
  layer: Module,
  input: Shape,
  kernel: Two,
  o: MaxPoolOptions,
  flat: boolean,
): Inferred {
  const name = layer.constructor.name
  const axes = flat ? 1 : 2
  if (input.length !== axes + 1 && input.length !== axes + 2)
    throw new RangeError(
      `${name}: x ${show(input)}; it is ${flat ? '[N, C, L] or [C, L]' : '[N, C, H, W] or [C, H, W]'}`,
    )
  const size: Two = flat
    ? [1, input[input.length - 1]]
    : [input[input.length - 2], input[input.length - 1]]
  const stride = pair(name, 'stride', o.stride ?? kernel, 1)
  const padding = pair(name, 'padding', o.padding ?? 0, 0)
  const dilation = pair(name, 'dilation', o.dilation ?? 1, 1)
  const span = (d: 0 | 1) => dilation[d] * (kernel[d] - 1) + 1
  const out = ([0, 1] as const).map(d =>
    pooledSize(size[d], kernel[d], stride[d], padding[d], dilation[d], o.ceilMode),
  )
  if (out.some(n => n < 1))
    throw new RangeError(
      `${name}: window ${kernel.join('×')} is larger than the map ${size.join('×')} padded by ${show(padding)}`,
    )
  const left = (d: 0 | 1) =>
    Math.max(0, size[d] + 2 * padding[d] - ((out[d] - 1) * stride[d] + span(d)))
  return {
    output: [...input.slice(0, -axes), ...out.slice(2 - axes)],
    macs: 0,
    windows: [{ kernel, stride, padding, dilation, leftover: [left(0), left(1)] }],
  }
}

const said = (kernel: Pair, options: object): string =>
  [
    String(kernel),
    ...Object.entries(options)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => `${k} ${String(v)}`),
  ].join(', ')

abstract class Pool2d<Options extends MaxPoolOptions> extends Module {
  constructor(
    readonly kernel: Pair,
    readonly options: Options = {} as Options, // every option has a default
  ) {
    super()
    pair(this.constructor.name, 'kernel', kernel, 1)
  }
  override infer(input: Shape): Inferred {
    const kernel = pair(this.constructor.name, 'kernel', this.kernel, 1)
    return inferPool(this, input, kernel, this.options, false)
  }
  override describe(): string {
    return said(this.kernel, this.options)
  }
}
/** Largest value of each window: [N, C, H, W] → [N, C, H′, W′]. */
export class MaxPool2d extends Pool2d<MaxPoolOptions> {
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernel, { ...this.options, returnIndices: false })
  }
}
/** Mean of each window: [N, C, H, W] → [N, C, H′, W′]. */
export class AvgPool2d extends Pool2d<AvgPoolOptions> {
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernel, this.options)
  }
}

abstract class Pool1d<Options extends MaxPool1dOptions> extends Module {
  constructor(
    readonly kernel: number,
    readonly options: Options = {} as Options, // every option has a default
  ) {
    super()
    pair(this.constructor.name, 'kernel', kernel, 1)
  }
  override infer(input: Shape): Inferred {
    const { stride, padding, dilation, ceilMode } = this.options
    const options: MaxPoolOptions = {
      ceilMode,
      stride: [1, stride ?? this.kernel],
      padding: [0, padding ?? 0],
      dilation: [1, dilation ?? 1],
    }
    return inferPool(this, input, [1, this.kernel], options, true)
  }
  override describe(): string {
    return said(this.kernel, this.options)
  }
}
/** Largest value of each window: [N, C, L] → [N, C, L′]. */
export class MaxPool1d extends Pool1d<MaxPool1dOptions> {
  forward(x: Tensor): Tensor {
    return maxPool1d(x, this.kernel, { ...this.options, returnIndices: false })
  }
}
/** Mean of each window: [N, C, L] → [N, C, L′]. */
export class AvgPool1d extends Pool1d<AvgPool1dOptions> {
  forward(x: Tensor): Tensor {
    return avgPool1d(x, this.kernel, this.options)
  }
}

abstract class Adaptive<Size> extends Module {
  constructor(readonly size: Size) {
    super()
  }
  /** Axes that change. */
  protected abstract readonly axes: 1 | 2
  override infer(input: Shape): Inferred {
    const n = this.axes
    if (input.length !== n + 1 && input.length !== n + 2)
      throw new RangeError(`${this.constructor.name}: x ${show(input)}`)
    const sizes = Array.isArray(this.size)
      ? (this.size as (number | null)[])
      : Array<Size>(n).fill(this.size)
    const last = sizes.map((s, d) => Number(s ?? input[input.length - n + d]))
    const whole = last.every((s, d) => s === input[input.length - n + d])
    return { output: [...input.slice(0, -n), ...last], macs: 0, global: !whole }
  }
  override describe(): string {
    return String(this.size)
  }
}
/** Means of windows that share the map out: [N, C, H, W] → [N, C, ...size]. */
export class AdaptiveAvgPool2d extends Adaptive<OutputSize> {
  protected readonly axes = 2
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.size)
  }
}
/** Largest values of windows that share the map out: [N, C, H, W] → [N, C, ...size]. */
export class AdaptiveMaxPool2d extends Adaptive<OutputSize> {
  protected readonly axes = 2
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.size)
  }
}
/** Means of windows that share the axis out: [N, C, L] → [N, C, size]. */
export class AdaptiveAvgPool1d extends Adaptive<number> {
  protected readonly axes = 1
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.size)
  }
}
/** Largest values of windows that share the axis out: [N, C, L] → [N, C, size]. */
export class AdaptiveMaxPool1d extends Adaptive<number> {
  protected readonly axes = 1
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool1d(x, this.size)
  }
}

export interface UnpoolOptions {
  /** The pooling's. Default: the window's size. */
  stride?: Pair
  /** The pooling's. Default 0. */
  padding?: Pair
}

/**
 * Values back to the switches of a max pooling with the same window: forward(x, indices, outputSize?) with x and indices
 * [N, C, H′, W′]. Without outputSize [H, W] the smallest map that fits: (H′ − 1)·stride − 2·padding + window.
 */
export class MaxUnpool2d extends Module<
  [x: Tensor, indices: Tensor, outputSize?: readonly [number, number]]
> {
  constructor(
    readonly kernel: Pair,
    readonly options: UnpoolOptions = {},
  ) {
    super()
  }
  forward(x: Tensor, indices: Tensor, outputSize?: readonly [number, number]): Tensor {
    const k = pair('MaxUnpool2d', 'kernel', this.kernel, 1)
    const stride = pair('MaxUnpool2d', 'stride', this.options.stride ?? k, 1)
    const padding = pair('MaxUnpool2d', 'padding', this.options.padding ?? 0, 0)
    const size = (d: 0 | 1) => (x.shape[x.ndim - 2 + d] - 1) * stride[d] - 2 * padding[d] + k[d]
    return maxUnpool2d(x, indices, outputSize ?? [size(0), size(1)])
  }
  override describe(): string {
    return said(this.kernel, this.options)
  }
}
/** As MaxUnpool2d for [N, C, L′]: forward(x, indices, length?). */
export class MaxUnpool1d extends Module<[x: Tensor, indices: Tensor, length?: number]> {
  constructor(
    readonly kernel: number,
    readonly options: { stride?: number; padding?: number } = {},
  ) {
    super()
  }
  forward(x: Tensor, indices: Tensor, length?: number): Tensor {
    const { stride = this.kernel, padding = 0 } = this.options
    const smallest = (x.shape[x.ndim - 1] - 1) * stride - 2 * padding + this.kernel
    return maxUnpool1d(x, indices, length ?? smallest)
  }
  override describe(): string {
    return said(this.kernel, this.options)
  }
}

/** Larger (or smaller) maps by nearest neighbour or bilinear interpolation; options of `interpolate`. */
export class Upsample extends Module {
  constructor(readonly options: InterpolateOptions) {
    super()
  }
  forward(x: Tensor): Tensor {
    return interpolate(x, this.options)
  }
  override infer(input: Shape): Inferred {
    const { size, scaleFactor } = this.options
    const n = input.length - 2
    if (n !== 1 && n !== 2) throw new RangeError(`Upsample: x ${show(input)}`)
    const each = (v: Pair, d: number) => (typeof v === 'number' ? v : v[d])
    const last = input
      .slice(2)
      .map((s, d) =>
        size !== undefined ? each(size, d) : Math.floor(s * each(scaleFactor ?? 1, d)),
      )
    return { output: [...input.slice(0, 2), ...last], macs: 0, global: true }
  }
  override describe(): string {
    return Object.entries(this.options)
      .map(([k, v]) => `${k} ${String(v)}`)
      .join(', ')
  }
}

builtIn(MaxPool2d, AvgPool2d, MaxPool1d, AvgPool1d, AdaptiveAvgPool2d, AdaptiveMaxPool2d)
builtIn(AdaptiveAvgPool1d, AdaptiveMaxPool1d, Upsample)
