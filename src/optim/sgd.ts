import { backend } from '../backend/index.ts'
import { neg } from '../ops/elementwise.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { notNegative, Optimizer, type Parameters, type Slot } from './optimizer.ts'

export interface SGDOptions {
  /** Learning rate. */
  lr: number
  /** Default 0. */
  momentum?: number
  /** Default 0. */
  dampening?: number
  /** L2 penalty added to the gradient. Default 0. */
  weightDecay?: number
  /** Default false. */
  nesterov?: boolean
  /** Goes up the gradient. Default false. */
  maximize?: boolean
}

/**
 * Stochastic gradient descent, PyTorch's formula: d = grad + weightDecay·p; v = momentum·v + (1 − dampening)·d (v = d at first);
 * p −= lr·(nesterov ? d + momentum·v : v).
 */
export class SGD extends Optimizer<Required<SGDOptions>> {
  momentum: number
  dampening: number
  weightDecay: number
  nesterov: boolean
  maximize: boolean

  constructor(
    parameters: Parameters<Required<SGDOptions>>,
    {
      lr,
      momentum = 0,
      dampening = 0,
      weightDecay = 0,
      nesterov = false,
      maximize = false,
    }: SGDOptions,
  ) {
    super(parameters, { lr, momentum, dampening, weightDecay, nesterov, maximize })
    this.momentum = momentum
    this.dampening = dampening
    this.weightDecay = weightDecay
    this.nesterov = nesterov
    this.maximize = maximize
  }
  protected settings(): Required<SGDOptions> {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = this
    return { lr, momentum, dampening, weightDecay, nesterov, maximize }
  }
  protected check({ lr, momentum, weightDecay, nesterov, dampening }: Required<SGDOptions>): void {
    notNegative('SGD', { lr, momentum, weightDecay })
    if (nesterov && (momentum <= 0 || dampening !== 0))
      throw new RangeError('SGD: nesterov needs momentum above 0 and no dampening')
  }
  protected update(p: Tensor, grad: Tensor, slot: Slot, o: Required<SGDOptions>): void {
    const g = o.maximize ? neg(grad) : grad
    const first = slot.tensors.momentum === undefined
    const v = o.momentum === 0 ? null : (slot.tensors.momentum ??= empty(p.shape, p.dtype))
    backend(p.dtype).sgd(p, g, v, { ...o, first })
  }
}
