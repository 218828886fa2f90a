import { backend } from '../backend/index.ts'
import { neg } from '../ops/elementwise.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { notNegative, Optimizer, remembered, type Parameters, type Slot } from './optimizer.ts'

export interface RMSpropOptions {
  /** Learning rate. Default 0.01. */
  lr?: number
  /** Decay of the mean square. Default 0.99. */
  alpha?: number
  /** Added to its root. Default 1e-8. */
  eps?: number
  /** L2 penalty added to the gradient. Default 0. */
  weightDecay?: number
  /** Default 0. */
  momentum?: number
  /** Divides by the standard deviation instead. Default false. */
  centered?: boolean
  /** Goes up the gradient. Default false. */
  maximize?: boolean
}
type Settings = Required<RMSpropOptions>

/** RMSprop (Tieleman & Hinton, 2012): v = alpha·v + (1 − alpha)·grad²; p −= lr·grad / (√v + ε). */
export class RMSprop extends Optimizer<Settings> {
  alpha: number
  eps: number
  weightDecay: number
  momentum: number
  centered: boolean
  maximize: boolean

  constructor(
    parameters: Parameters<Settings>,
    {
      lr = 0.01,
      alpha = 0.99,
      eps = 1e-8,
      weightDecay = 0,
      momentum = 0,
      centered = false,
      maximize = false,
    }: RMSpropOptions = {},
  ) {
    super(parameters, { lr, alpha, eps, weightDecay, momentum, centered, maximize })
    this.alpha = alpha
    this.eps = eps
    this.weightDecay = weightDecay
    this.momentum = momentum
    this.centered = centered
    this.maximize = maximize
  }
  protected settings(): Settings {
    const { lr, alpha, eps, weightDecay, momentum, centered, maximize } = this
    return { lr, alpha, eps, weightDecay, momentum, centered, maximize }
  }
  protected check({ lr, alpha, eps, weightDecay, momentum }: Settings): void {
    notNegative('RMSprop', { lr, alpha, eps, weightDecay, momentum })
  }
  protected update(p: Tensor, grad: Tensor, slot: Slot, o: Settings): void {
    backend(p.dtype).rmsprop(
      p,
      o.maximize ? neg(grad) : grad,
      remembered(slot, 'squareAvg', p),
      o.momentum > 0 ? remembered(slot, 'momentum', p) : null,
      o.centered ? remembered(slot, 'gradAvg', p) : null,
      o,
    )
  }
}
