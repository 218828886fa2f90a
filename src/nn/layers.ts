/** Layers on features: linear, embedding, shapes, dropout. Options and defaults are PyTorch's. */
import { dropout, dropout2d } from '../ops/dropout.ts'
import { embedding } from '../ops/gather.ts'
import { linear } from '../ops/matmul.ts'
import { flatten, reshape } from '../ops/views.ts'
import type { Generator } from '../tensor/random.ts'
import { inferShape, show, sizeOf, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { builtIn } from './built-in.ts'
import { fresh, freshBias, freshWeight, normal, type InitOptions } from './init.ts'
import { Module, parameter, type Inferred } from './module.ts'

export interface BiasOptions extends InitOptions {
  /** Whether a bias is added. Default true. */
  bias?: boolean
}

/** A whole number of at least 1. @internal */
export function count(layer: string, name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${layer}: ${name} ${String(value)}; a whole number, at least 1`)
  return value
}

/** y = x·wᵀ + b: [..., in] → [..., out]. weight [out, in], bias [out], both uniform within ±1/√in at first. */
export class Linear extends Module {
  weight: Tensor
  bias: Tensor | null
  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    { bias = true, ...options }: BiasOptions = {},
  ) {
    super()
    count('Linear', 'inFeatures', inFeatures)
    count('Linear', 'outFeatures', outFeatures)
    this.weight = parameter(freshWeight([outFeatures, inFeatures], options))
    this.bias = bias ? parameter(freshBias(outFeatures, inFeatures, options)) : null
  }
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }
  override infer(input: Shape): Inferred {
    if (input[input.length - 1] !== this.inFeatures)
      throw new RangeError(
        `Linear: ${this.inFeatures} input features, x is ${show(input)}${sizeOf(input.slice(1)) === this.inFeatures ? '; flatten it first' : ''}`,
      )
    const output = [...input.slice(0, -1), this.outFeatures]
    return { output, macs: sizeOf(output) * this.inFeatures, global: true }
  }
  override describe(): string {
    return `${this.inFeatures}, ${this.outFeatures}`
  }
}

/** Rows of a table by number: int32 or uint8 [...] → [..., dim]. weight [count, dim], standard normal at first. */
export class Embedding extends Module {
  weight: Tensor
  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: InitOptions = {},
  ) {
    super()
    count('Embedding', 'numEmbeddings', numEmbeddings)
    count('Embedding', 'embeddingDim', embeddingDim)
    this.weight = parameter(fresh([numEmbeddings, embeddingDim], t => normal(t, 0, 1, options)))
  }
  forward(x: Tensor): Tensor {
    return embedding(x, this.weight)
  }
  override infer(input: Shape): Inferred {
    return { output: [...input, this.embeddingDim], macs: 0 }
  }
  override describe(): string {
    return `${this.numEmbeddings}, ${this.embeddingDim}`
  }
}

/** x itself. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x
  }
  override infer(input: Shape): Inferred {
    return { output: input, macs: 0 }
  }
}

/** Axes from startDim to endDim as one. Default: all but the first. */
export class Flatten extends Module {
  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super()
  }
  forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim)
  }
  override infer(input: Shape): Inferred {
    const at = (d: number) => (d < 0 ? d + input.length : d)
    const [a, b] = [at(this.startDim), at(this.endDim)]
    if (a < 0 || b < a || b >= input.length)
      throw new RangeError(`Flatten: axes ${this.startDim} to ${this.endDim} of ${show(input)}`)
    const output = [...input.slice(0, a), sizeOf(input.slice(a, b + 1)), ...input.slice(b + 1)]
    return { output, macs: 0 }
  }
}
/** One axis as several; one of the sizes may be −1. */
export class Unflatten extends Module {
  constructor(
    readonly dim: number,
    readonly sizes: readonly number[],
  ) {
    super()
  }
  forward(x: Tensor): Tensor {
    return reshape(x, this.shapeOf(x.shape))
  }
  protected shapeOf(input: Shape): number[] {
    const d = this.dim < 0 ? this.dim + input.length : this.dim
    if (!Number.isInteger(d) || d < 0 || d >= input.length)
      throw new RangeError(`Unflatten: axis ${this.dim} of ${show(input)}`)
    const parts = inferShape('Unflatten', this.sizes, input[d], [input[d]])
    return [...input.slice(0, d), ...parts, ...input.slice(d + 1)]
  }
  override infer(input: Shape): Inferred {
    return { output: this.shapeOf(input), macs: 0 }
  }
  override describe(): string {
    return `${this.dim}, ${show(this.sizes)}`
  }
}

abstract class Dropping extends Module {
  constructor(
    readonly p = 0.5,
    protected readonly generator?: Generator,
  ) {
    super()
    if (!(p >= 0 && p <= 1))
      throw new RangeError(`${this.constructor.name}: p ${p} is no probability`)
  }
  override infer(input: Shape): Inferred {
    return { output: input, macs: 0 }
  }
  override describe(): string {
    return `p ${this.p}`
  }
}
/** Drops values with probability p while training; nothing in `eval()`. */
export class Dropout extends Dropping {
  forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training, generator: this.generator })
  }
}
/** Drops whole channels with probability p while training; nothing in `eval()`. */
export class Dropout2d extends Dropping {
  forward(x: Tensor): Tensor {
    return dropout2d(x, { p: this.p, training: this.training, generator: this.generator })
  }
}

builtIn(Linear, Embedding, Flatten, Unflatten, Identity, Dropout, Dropout2d)
