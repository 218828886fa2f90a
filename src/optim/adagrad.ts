import { backend } from '../backend/index.ts'
import { neg } from '../ops/elementwise.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { notNegative, Optimizer, remembered, type Parameters, type Slot } from './optimizer.ts'

export interface AdagradOptions {
  /** Learning rate. Default 0.01. */
  lr?: number
  /** The rate of step t is lr / (1 + (t − 1)·lrDecay). Default 0. */
  lrDecay?: number
  /** L2 penalty added to the gradient. Default 0. */
  weightDecay?: number
  /** Where the sum of squares begins. Default 0. */
  initialAccumulatorValue?: number
  /** Added to the root of the sum of squares. Default 1e-10. */
  eps?: number
  /** Goes up the gradient. Default false. */
  maximize?: boolean
}
type Settings = Required<AdagradOptions>

/** Adagrad (Duchi et al., 2011): s += grad²; p −= lr·grad / (√s + ε). */
export class Adagrad extends Optimizer<Settings> {
  lrDecay: number
  weightDecay: number
  initialAccumulatorValue: number
  eps: number
  maximize: boolean

  constructor(
    parameters: Parameters<Settings>,
    {
      lr = 0.01,
      lrDecay = 0,
      weightDecay = 0,
      initialAccumulatorValue = 0,
      eps = 1e-10,
      maximize = false,
    }: AdagradOptions = {},
  ) {
    super(parameters, { lr, lrDecay, weightDecay, initialAccumulatorValue, eps, maximize })
    this.lrDecay = lrDecay
    this.weightDecay = weightDecay
    this.initialAccumulatorValue = initialAccumulatorValue
    this.eps = eps
    this.maximize = maximize
  }
  protected settings(): Settings {
    const { lr, lrDecay, weightDecay, initialAccumulatorValue, eps, maximize } = this
    return { lr, lrDecay, weightDecay, initialAccumulatorValue, eps, maximize }
  }
  protected check({ lr, lrDecay, weightDecay, initialAccumulatorValue, eps }: Settings): void {
    notNegative('Adagrad', { lr, lrDecay, weightDecay, initialAccumulatorValue, eps })
  }
  protected update(p: Tensor, grad: Tensor, slot: Slot, o: Settings): void {
    backend(p.dtype).adagrad(
      p,
      o.maximize ? neg(grad) : grad,
      remembered(slot, 'sum', p, o.initialAccumulatorValue),
      { lr: o.lr / (1 + (slot.step - 1) * o.lrDecay), eps: o.eps, weightDecay: o.weightDecay },
    )
  }
}
