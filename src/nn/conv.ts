/** Convolution layers. Options and defaults are PyTorch's. */
import {
  conv1d,
  convTranspose1d,
  type Conv1dOptions,
  type ConvTranspose1dOptions,
} from '../ops/conv1d.ts'
import {
  conv2d,
  convTranspose2d,
  pair,
  windows,
  type Conv2dOptions,
  type ConvTranspose2dOptions,
  type Pair,
} from '../ops/conv2d.ts'
import { show, sizeOf, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { builtIn } from './built-in.ts'
import { freshBias, freshWeight } from './init.ts'
import { count, type BiasOptions } from './layers.ts'
import { Module, parameter, type Inferred } from './module.ts'

type Two = readonly [number, number]

/** Shared by the four: channels, weights, and what the summary says. */
abstract class Convolution<Options extends object> extends Module {
  weight: Tensor
  bias: Tensor | null
  readonly options: Options
  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernel: readonly number[],
    { bias = true, generator, ...options }: BiasOptions & Options & { groups?: number },
    transposed: boolean,
  ) {
    super()
    const name = this.constructor.name
    count(name, 'inChannels', inChannels)
    count(name, 'outChannels', outChannels)
    const groups = count(name, 'groups', options.groups ?? 1)
    if (inChannels % groups || outChannels % groups)
      throw new RangeError(
        `${name}: groups ${groups} must divide ${inChannels} input and ${outChannels} output channels`,
      )
    // What is left after bias and generator are the operation's own options.
    this.options = options as unknown as Options
    const shape = transposed
      ? [inChannels, outChannels / groups, ...kernel]
      : [outChannels, inChannels / groups, ...kernel]
    this.weight = parameter(freshWeight(shape, { generator }))
    this.bias = bias
      ? parameter(freshBias(outChannels, sizeOf(shape.slice(1)), { generator }))
      : null
  }
  override describe(): string {
    const said = Object.entries(this.options).filter(([, v]) => v !== undefined)
    return [
      this.inChannels,
      this.outChannels,
      this.weight.shape.slice(2).join('×'),
      ...said.map(([k, v]) => `${k} ${String(v)}`),
    ].join(', ')
  }
  /** The batch's shape and the spatial sizes, checked against the channels. */
  protected split(input: Shape, axes: number): { N: number[]; size: number[] } {
    const lead = input.length - axes - 1
    if (lead !== 0 && lead !== 1)
      throw new RangeError(
        `${this.constructor.name}: x ${show(input)}; it is ${axes === 2 ? '[N, C, H, W] or [C, H, W]' : '[N, C, L] or [C, L]'}`,
      )
    if (input[lead] !== this.inChannels)
      throw new RangeError(
        `${this.constructor.name}: ${this.inChannels} input channels, x is ${show(input)}`,
      )
    return { N: input.slice(0, lead), size: input.slice(lead + 1) }
  }
}

/** Shape, work and window of a convolution over two axes. */
function inferConv(
  layer: Convolution<object>,
  N: readonly number[],
  size: Two,
  o: { stride?: Pair; padding?: Pair | 'same' | 'valid'; dilation?: Pair },
  kernel: Two,
): Inferred & { output: number[] } {
  const name = layer.constructor.name
  const stride = pair(name, 'stride', o.stride ?? 1, 1)
  const dilation = pair(name, 'dilation', o.dilation ?? 1, 1)
  const span = (d: 0 | 1) => dilation[d] * (kernel[d] - 1)
  const same = o.padding === 'same'
  const padding: Two = same
    ? [Math.floor(span(0) / 2), Math.floor(span(1) / 2)]
    : pair(name, 'padding', typeof o.padding === 'string' ? 0 : (o.padding ?? 0), 0)
  const out = ([0, 1] as const).map(d =>
    same ? size[d] : windows(size[d], kernel[d], stride[d], padding[d], dilation[d]),
  )
  if (out.some(n => n < 1))
    throw new RangeError(
      `${name}: window ${kernel.join('×')} is larger than the map ${size.join('×')} padded by ${show(padding)}`,
    )
  const left = (d: 0 | 1) => (same ? 0 : (size[d] + 2 * padding[d] - span(d) - 1) % stride[d])
  const output = [...N, layer.outChannels, ...out]
  const perValue = layer.weight.size / layer.outChannels
  return {
    output,
    macs: sizeOf(output) * perValue,
    windows: [{ kernel, stride, padding, dilation, leftover: [left(0), left(1)] }],
  }
}

/** [N, C, H, W] → [N, K, H′, W′] with K learned filters. weight [K, C / groups, h, k], bias [K]. */
export class Conv2d extends Convolution<Omit<Conv2dOptions, 'bias'>> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: Pair,
    options: BiasOptions & Omit<Conv2dOptions, 'bias'> = {},
  ) {
    super(inChannels, outChannels, pair('Conv2d', 'kernel', kernel, 1), options, false)
  }
  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, { ...this.options, bias: this.bias })
  }
  override infer(input: Shape): Inferred {
    const { N, size } = this.split(input, 2)
    const [h, k] = this.weight.shape.slice(2)
    return inferConv(this, N, [size[0], size[1]], this.options, [h, k])
  }
}

/** [N, C, L] → [N, K, L′] with K learned filters. weight [K, C / groups, k], bias [K]. */
export class Conv1d extends Convolution<Omit<Conv1dOptions, 'bias'>> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    options: BiasOptions & Omit<Conv1dOptions, 'bias'> = {},
  ) {
    super(inChannels, outChannels, [count('Conv1d', 'kernel', kernel)], options, false)
  }
  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, { ...this.options, bias: this.bias })
  }
  override infer(input: Shape): Inferred {
    const { N, size } = this.split(input, 1)
    const { stride = 1, padding = 0, dilation = 1 } = this.options
    const found = inferConv(
      this,
      N,
      [1, size[0]],
      {
        stride: [1, stride],
        dilation: [1, dilation],
        padding: typeof padding === 'number' ? [0, padding] : padding,
      },
      [1, this.weight.shape[2]],
    )
    return { ...found, output: found.output.filter((_, d) => d !== found.output.length - 2) }
  }
}

/** Shape and work of a transposed convolution; what its values see is not said. */
function inferTransposed(
  layer: Convolution<object>,
  N: readonly number[],
  size: readonly number[],
  o: {
    stride: readonly number[]
    padding: readonly number[]
    dilation: readonly number[]
    outputPadding: readonly number[]
  },
): Inferred {
  const kernel = layer.weight.shape.slice(2)
  const out = size.map(
    (n, d) =>
      (n - 1) * o.stride[d] -
      2 * o.padding[d] +
      o.dilation[d] * (kernel[d] - 1) +
      o.outputPadding[d] +
      1,
  )
  if (out.some(n => n < 1))
    throw new RangeError(
      `${layer.constructor.name}: padding takes all of the result ${out.join('×')}`,
    )
  const perCell = layer.weight.size / layer.inChannels
  return {
    output: [...N, layer.outChannels, ...out],
    macs: sizeOf(N) * layer.inChannels * sizeOf(size) * perCell,
    global: true,
  }
}

/** [N, C, H, W] → [N, K, H′, W′], larger by the stride. weight [C, K / groups, h, k], bias [K]. */
export class ConvTranspose2d extends Convolution<Omit<ConvTranspose2dOptions, 'bias'>> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: Pair,
    options: BiasOptions & Omit<ConvTranspose2dOptions, 'bias'> = {},
  ) {
    super(inChannels, outChannels, pair('ConvTranspose2d', 'kernel', kernel, 1), options, true)
  }
  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, { ...this.options, bias: this.bias })
  }
  override infer(input: Shape): Inferred {
    const { N, size } = this.split(input, 2)
    const o = this.options
    const name = 'ConvTranspose2d'
    return inferTransposed(this, N, size, {
      stride: pair(name, 'stride', o.stride ?? 1, 1),
      padding: pair(name, 'padding', o.padding ?? 0, 0),
      dilation: pair(name, 'dilation', o.dilation ?? 1, 1),
      outputPadding: pair(name, 'outputPadding', o.outputPadding ?? 0, 0),
    })
  }
}

/** [N, C, L] → [N, K, L′], longer by the stride. weight [C, K / groups, k], bias [K]. */
export class ConvTranspose1d extends Convolution<Omit<ConvTranspose1dOptions, 'bias'>> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    options: BiasOptions & Omit<ConvTranspose1dOptions, 'bias'> = {},
  ) {
    super(inChannels, outChannels, [count('ConvTranspose1d', 'kernel', kernel)], options, true)
  }
  forward(x: Tensor): Tensor {
    return convTranspose1d(x, this.weight, { ...this.options, bias: this.bias })
  }
  override infer(input: Shape): Inferred {
    const { N, size } = this.split(input, 1)
    const { stride = 1, padding = 0, dilation = 1, outputPadding = 0 } = this.options
    return inferTransposed(this, N, size, {
      stride: [stride],
      padding: [padding],
      dilation: [dilation],
      outputPadding: [outputPadding],
    })
  }
}

builtIn(Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d)
