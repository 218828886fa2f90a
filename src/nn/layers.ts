/** Layers. Options and defaults are PyTorch's. */
import { conv2d, pair, type Conv2dOptions, type Pair } from '../ops/conv2d.ts'
import { dropout } from '../ops/dropout.ts'
import { relu, sigmoid, tanh } from '../ops/elementwise.ts'
import { linear } from '../ops/matmul.ts'
import { avgPool2d, maxPool2d, type PoolOptions } from '../ops/pool.ts'
import { softmax } from '../ops/softmax.ts'
import { flatten } from '../ops/views.ts'
import type { Generator } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { kaimingUniform, uniform } from './init.ts'
import { Module, parameter } from './module.ts'

interface InitOptions {
  /** Whether a bias is added. Default true. */
  bias?: boolean
  /** Source of the initial values. Default: the one `manualSeed` seeds. */
  generator?: Generator
}

/** y = x·wᵀ + b: [..., in] → [..., out]. weight [out, in], bias [out], both uniform within ±1/√in at first. */
export class Linear extends Module {
  weight: Tensor
  bias: Tensor | null
  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    { bias = true, generator }: InitOptions = {},
  ) {
    super()
    this.weight = parameter(kaimingUniform([outFeatures, inFeatures], inFeatures, generator))
    this.bias = bias
      ? parameter(uniform([outFeatures], 1 / Math.sqrt(inFeatures), generator))
      : null
  }
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }
  override describe(): string {
    return `${this.inFeatures}, ${this.outFeatures}`
  }
}

/** [N, C, H, W] → [N, K, H′, W′] with K learned filters. weight [K, C / groups, h, k], bias [K]. */
export class Conv2d extends Module {
  weight: Tensor
  bias: Tensor | null
  readonly options: Omit<Conv2dOptions, 'bias'>
  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernel: Pair,
    { bias = true, generator, ...options }: InitOptions & Omit<Conv2dOptions, 'bias'> = {},
  ) {
    super()
    this.options = options
    const [h, k] = pair('Conv2d', 'kernel', kernel, 1)
    const groups = options.groups ?? 1
    if (inChannels % groups || outChannels % groups)
      throw new RangeError(
        `Conv2d: groups ${groups} must divide ${inChannels} input and ${outChannels} output channels`,
      )
    const fanIn = (inChannels / groups) * h * k
    this.weight = parameter(
      kaimingUniform([outChannels, inChannels / groups, h, k], fanIn, generator),
    )
    this.bias = bias ? parameter(uniform([outChannels], 1 / Math.sqrt(fanIn), generator)) : null
  }
  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, { ...this.options, bias: this.bias })
  }
  override describe(): string {
    const { stride, padding, dilation, groups } = this.options
    const said = Object.entries({ stride, padding, dilation, groups }).filter(
      ([, v]) => v !== undefined,
    )
    return [
      this.inChannels,
      this.outChannels,
      this.weight.shape.slice(2).join('×'),
      ...said.map(([k, v]) => `${k} ${String(v)}`),
    ].join(', ')
  }
}

export class MaxPool2d extends Module {
  constructor(
    readonly kernel: Pair,
    readonly options: PoolOptions = {},
  ) {
    super()
  }
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernel, { ...this.options, returnIndices: false })
  }
  override describe(): string {
    return String(this.kernel)
  }
}

export class AvgPool2d extends Module {
  constructor(
    readonly kernel: Pair,
    readonly options: PoolOptions & { countIncludePad?: boolean } = {},
  ) {
    super()
  }
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernel, this.options)
  }
  override describe(): string {
    return String(this.kernel)
  }
}

export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x)
  }
}
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x)
  }
}
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x)
  }
}
export class Softmax extends Module {
  constructor(readonly dim = -1) {
    super()
  }
  forward(x: Tensor): Tensor {
    return softmax(x, this.dim)
  }
}
/** All axes but the first as one. */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    return flatten(x, 1)
  }
}
/** Drops with probability p while training; nothing in `eval()`. */
export class Dropout extends Module {
  constructor(readonly p = 0.5) {
    super()
  }
  forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training })
  }
  override describe(): string {
    return `p ${this.p}`
  }
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  Linear,
  Conv2d,
  MaxPool2d,
  AvgPool2d,
  ReLU,
  Sigmoid,
  Tanh,
  Softmax,
  Flatten,
  Dropout,
])
/** A layer of ours keeps no handle on its input. @internal */
export const isBuiltIn = (m: Module): boolean => BUILT_IN.has(m.constructor) && !m.hooked
