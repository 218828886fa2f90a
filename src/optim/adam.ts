import { backend } from '../backend/index.ts'
import { neg } from '../ops/elementwise.ts'
import type { Tensor } from '../tensor/tensor.ts'
import {
  fraction,
  notNegative,
  Optimizer,
  remembered,
  type Parameters,
  type Slot,
} from './optimizer.ts'

export interface AdamOptions {
  /** Learning rate. Default 1e-3. */
  lr?: number
  /** Decay of the first and second moment. Default [0.9, 0.999]. */
  betas?: readonly [number, number]
  /** Added to the root of the second moment. Default 1e-8. */
  eps?: number
  /** Adam: L2 penalty added to the gradient, default 0. AdamW: share of p itself that goes, times lr; default 0.01. */
  weightDecay?: number
  /** Divides by the largest second moment so far (Reddi et al., 2018). Default false. */
  amsgrad?: boolean
  /** Goes up the gradient. Default false. */
  maximize?: boolean
}
type Settings = Required<AdamOptions>

abstract class Adaptive extends Optimizer<Settings> {
  betas: readonly [number, number]
  eps: number
  weightDecay: number
  amsgrad: boolean
  maximize: boolean

  constructor(parameters: Parameters<Settings>, settings: Settings) {
    super(parameters, settings)
    this.betas = settings.betas
    this.eps = settings.eps
    this.weightDecay = settings.weightDecay
    this.amsgrad = settings.amsgrad
    this.maximize = settings.maximize
  }
  protected abstract decoupled(): boolean
  protected settings(): Settings {
    const { lr, betas, eps, weightDecay, amsgrad, maximize } = this
    return { lr, betas, eps, weightDecay, amsgrad, maximize }
  }
  protected check({ lr, betas, eps, weightDecay }: Settings): void {
    const name = this.constructor.name
    notNegative(name, { lr, eps, weightDecay })
    fraction(name, { beta1: betas[0], beta2: betas[1] })
  }
  protected update(p: Tensor, grad: Tensor, slot: Slot, o: Settings): void {
    backend(p.dtype).adam(
      p,
      o.maximize ? neg(grad) : grad,
      remembered(slot, 'expAvg', p),
      remembered(slot, 'expAvgSq', p),
      o.amsgrad ? remembered(slot, 'maxExpAvgSq', p) : null,
      {
        lr: o.lr,
        beta1: o.betas[0],
        beta2: o.betas[1],
        eps: o.eps,
        weightDecay: o.weightDecay,
        decoupled: this.decoupled(),
        step: slot.step,
      },
    )
  }
}

/** Adam (Kingma & Ba, 2015): p −= lr·m̂ / (√v̂ + ε) with running means m of the gradient and v of its square, unbiased. */
export class Adam extends Adaptive {
  constructor(
    parameters: Parameters<Settings>,
    {
      lr = 1e-3,
      betas = [0.9, 0.999],
      eps = 1e-8,
      weightDecay = 0,
      amsgrad = false,
      maximize = false,
    }: AdamOptions = {},
  ) {
    super(parameters, { lr, betas, eps, weightDecay, amsgrad, maximize })
  }
  protected decoupled(): boolean {
    return false
  }
}

/** Adam with decoupled weight decay (Loshchilov & Hutter, 2019): p shrinks by lr·weightDecay first. */
export class AdamW extends Adaptive {
  constructor(
    parameters: Parameters<Settings>,
    {
      lr = 1e-3,
      betas = [0.9, 0.999],
      eps = 1e-8,
      weightDecay = 0.01,
      amsgrad = false,
      maximize = false,
    }: AdamOptions = {},
  ) {
    super(parameters, { lr, betas, eps, weightDecay, amsgrad, maximize })
  }
  protected decoupled(): boolean {
    return true
  }
}
