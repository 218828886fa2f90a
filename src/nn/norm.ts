/** Normalisation layers. Options, defaults and names in the state are PyTorch's. */
import { batchNorm, groupNorm, instanceNorm, layerNorm, localResponseNorm } from '../ops/norm.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { sameShape, show, type Shape } from '../tensor/shape.ts'
import { builtIn } from './built-in.ts'
import { fresh, ones, zeros } from './init.ts'
import { count } from './layers.ts'
import { Module, parameter, type Inferred } from './module.ts'

export interface NormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number
  /** Whether each channel is scaled and shifted by learned numbers. Default true. */
  affine?: boolean
}
export interface BatchNormLayerOptions extends NormOptions {
  /** Share of a batch in the running statistics; null: the mean over all batches so far. Default 0.1. */
  momentum?: number | null
  /** Whether running statistics are kept, and used in `eval()`. Default true. */
  trackRunningStats?: boolean
}

const STATE: Readonly<Record<string, string>> = {
  runningMean: 'running_mean',
  runningVar: 'running_var',
  numBatchesTracked: 'num_batches_tracked',
}

/** Each channel over the batch to mean 0 and variance 1. In the state: weight, bias, running_mean, running_var, num_batches_tracked. */
abstract class BatchNorm extends Module {
  weight: Tensor | null
  bias: Tensor | null
  runningMean: Tensor | null
  runningVar: Tensor | null
  numBatchesTracked: Tensor | null
  readonly eps: number
  readonly momentum: number | null
  constructor(
    readonly numFeatures: number,
    {
      eps = 1e-5,
      momentum = 0.1,
      affine = true,
      trackRunningStats = true,
    }: BatchNormLayerOptions = {},
  ) {
    super()
    count(this.constructor.name, 'numFeatures', numFeatures)
    this.eps = eps
    this.momentum = momentum
    this.weight = affine ? parameter(fresh([numFeatures], ones)) : null
    this.bias = affine ? parameter(fresh([numFeatures], zeros)) : null
    this.runningMean = trackRunningStats ? fresh([numFeatures], zeros) : null
    this.runningVar = trackRunningStats ? fresh([numFeatures], ones) : null
    this.numBatchesTracked = trackRunningStats ? fromFlat([0], [], 'int32') : null
  }
  protected abstract readonly ranks: readonly number[]
  protected abstract readonly shapes: string

  protected check(shape: Shape): void {
    if (!this.ranks.includes(shape.length) || shape[1] !== this.numFeatures)
      throw new RangeError(
        `${this.constructor.name}: x ${show(shape)}; it is ${this.shapes} with C ${this.numFeatures}`,
      )
  }
  forward(x: Tensor): Tensor {
    this.check(x.shape)
    const { runningMean, runningVar, numBatchesTracked, weight, bias, eps } = this
    let momentum = this.momentum ?? 0
    if (this.training && numBatchesTracked) {
      numBatchesTracked.add_(1)
      if (this.momentum === null) momentum = 1 / numBatchesTracked.item()
    }
    const training = this.training || runningMean === null
    return batchNorm(x, { runningMean, runningVar, weight, bias, eps, momentum, training })
  }
  override tensorName(field: string): string {
    return STATE[field] ?? field
  }
  override infer(input: Shape): Inferred {
    this.check(input)
    return { output: input, macs: 0 }
  }
  override describe(): string {
    return String(this.numFeatures)
  }
}
/** Batch normalisation of [N, C] or [N, C, L]. */
export class BatchNorm1d extends BatchNorm {
  protected readonly ranks = [2, 3]
  protected readonly shapes = '[N, C] or [N, C, L]'
}
/** Batch normalisation of [N, C, H, W]. */
export class BatchNorm2d extends BatchNorm {
  protected readonly ranks = [4]
  protected readonly shapes = '[N, C, H, W]'
}

/** The last axes of each example to mean 0 and variance 1. weight and bias have the shape of these axes. */
export class LayerNorm extends Module {
  weight: Tensor | null
  bias: Tensor | null
  readonly normalizedShape: readonly number[]
  readonly eps: number
  constructor(
    normalizedShape: number | readonly number[],
    { eps = 1e-5, affine = true, bias = true }: NormOptions & { bias?: boolean } = {},
  ) {
    super()
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape
    this.eps = eps
    this.weight = affine ? parameter(fresh(this.normalizedShape, ones)) : null
    this.bias = affine && bias ? parameter(fresh(this.normalizedShape, zeros)) : null
  }
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.normalizedShape, this)
  }
  override infer(input: Shape): Inferred {
    const n = this.normalizedShape.length
    if (!sameShape(input.slice(-n), this.normalizedShape))
      throw new RangeError(
        `LayerNorm: x ${show(input)} does not end in ${show(this.normalizedShape)}`,
      )
    return { output: input, macs: 0 }
  }
  override describe(): string {
    return show(this.normalizedShape)
  }
}

abstract class ByChannel extends Module {
  weight: Tensor | null
  bias: Tensor | null
  constructor(
    readonly numChannels: number,
    affine: boolean,
  ) {
    super()
    count(this.constructor.name, 'numChannels', numChannels)
    this.weight = affine ? parameter(fresh([numChannels], ones)) : null
    this.bias = affine ? parameter(fresh([numChannels], zeros)) : null
  }
  override infer(input: Shape): Inferred {
    if (input[1] !== this.numChannels)
      throw new RangeError(
        `${this.constructor.name}: ${this.numChannels} channels, x is ${show(input)}`,
      )
    return { output: input, macs: 0 }
  }
}
/** Groups of channels of each example to mean 0 and variance 1: [N, C, …]. */
export class GroupNorm extends ByChannel {
  readonly eps: number
  constructor(
    readonly numGroups: number,
    numChannels: number,
    { eps = 1e-5, affine = true }: NormOptions = {},
  ) {
    super(numChannels, affine)
    this.eps = eps
    if (numChannels % count('GroupNorm', 'numGroups', numGroups))
      throw new RangeError(`GroupNorm: groups ${numGroups} must divide ${numChannels} channels`)
  }
  forward(x: Tensor): Tensor {
    return groupNorm(x, this.numGroups, this)
  }
  override describe(): string {
    return `${this.numGroups}, ${this.numChannels}`
  }
}
/**
 * Each channel of each example to mean 0 and variance 1: [N, C, H, W]. No learned numbers unless `affine`, no running
 * statistics unless `trackRunningStats` (default false; in the state then as those of BatchNorm, and used in `eval()`).
 */
export class InstanceNorm2d extends ByChannel {
  readonly eps: number
  readonly momentum: number
  runningMean: Tensor | null
  runningVar: Tensor | null
  numBatchesTracked: Tensor | null
  constructor(
    numFeatures: number,
    {
      eps = 1e-5,
      affine = false,
      momentum = 0.1,
      trackRunningStats = false,
    }: NormOptions & { momentum?: number; trackRunningStats?: boolean } = {},
  ) {
    super(numFeatures, affine)
    this.eps = eps
    this.momentum = momentum
    this.runningMean = trackRunningStats ? fresh([numFeatures], zeros) : null
    this.runningVar = trackRunningStats ? fresh([numFeatures], ones) : null
    this.numBatchesTracked = trackRunningStats ? fromFlat([0], [], 'int32') : null
  }
  forward(x: Tensor): Tensor {
    if (x.shape[1] !== this.numChannels)
      throw new RangeError(`InstanceNorm2d: ${this.numChannels} channels, x is ${show(x.shape)}`)
    const useInputStats = this.training || this.runningMean === null
    if (this.training) this.numBatchesTracked?.add_(1)
    const { runningMean, runningVar, weight, bias, eps, momentum } = this
    return instanceNorm(x, { runningMean, runningVar, weight, bias, eps, momentum, useInputStats })
  }
  override tensorName(field: string): string {
    return STATE[field] ?? field
  }
  override describe(): string {
    return String(this.numChannels)
  }
}

/** Each value divided by its neighbours' size across channels (Krizhevsky et al., 2012). */
export class LocalResponseNorm extends Module {
  readonly alpha: number
  readonly beta: number
  readonly k: number
  constructor(
    readonly size: number,
    { alpha = 1e-4, beta = 0.75, k = 1 }: { alpha?: number; beta?: number; k?: number } = {},
  ) {
    super()
    count('LocalResponseNorm', 'size', size)
    this.alpha = alpha
    this.beta = beta
    this.k = k
  }
  forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this)
  }
  override infer(input: Shape): Inferred {
    return { output: input, macs: 0 }
  }
  override describe(): string {
    return `${this.size}, alpha ${this.alpha}, beta ${this.beta}, k ${this.k}`
  }
}

builtIn(BatchNorm1d, BatchNorm2d, LayerNorm, GroupNorm, InstanceNorm2d, LocalResponseNorm)
