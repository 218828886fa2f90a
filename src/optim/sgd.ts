import { backend } from '../backend/index.ts'
import { empty, Tensor } from '../tensor/tensor.ts'

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
}

/**
 * Stochastic gradient descent, PyTorch's formula: d = grad + weightDecay·p; v = momentum·v + (1 − dampening)·d (v = d at first);
 * p −= lr·(nesterov ? d + momentum·v : v).
 */
export class SGD {
  /** May be changed between steps. */
  lr: number
  readonly momentum: number
  readonly dampening: number
  readonly weightDecay: number
  readonly nesterov: boolean
  readonly parameters: readonly Tensor[]
  #velocity = new Map<Tensor, Tensor>()

  constructor(
    parameters: Iterable<Tensor>,
    { lr, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false }: SGDOptions,
  ) {
    this.parameters = [...parameters]
    if (!this.parameters.length) throw new RangeError('SGD: no parameters')
    for (const p of this.parameters)
      if (!(p instanceof Tensor))
        throw new TypeError(`SGD: a parameter is ${typeof p}, not a tensor`)
    for (const [name, v] of Object.entries({ lr, momentum, weightDecay }))
      if (!(v >= 0)) throw new RangeError(`SGD: ${name} ${v}; it is at least 0`)
    if (nesterov && (momentum <= 0 || dampening !== 0))
      throw new RangeError('SGD: nesterov needs momentum above 0 and no dampening')
    this.lr = lr
    this.momentum = momentum
    this.dampening = dampening
    this.weightDecay = weightDecay
    this.nesterov = nesterov
  }

  /** Forgets all gradients: `grad` becomes null. */
  zeroGrad(): void {
    for (const p of this.parameters) p.grad = null
  }

  /** One step along every gradient there is. */
  step(): void {
    for (const p of this.parameters) {
      const g = p.grad
      if (!g) continue
      let v = this.#velocity.get(p) ?? null
      const first = v === null
      if (this.momentum !== 0 && v === null) {
        v = empty(p.shape, p.dtype)
        this.#velocity.set(p, v)
      }
      backend(p.dtype).sgd(p, g, v, {
        lr: this.lr,
        momentum: this.momentum,
        dampening: this.dampening,
        weightDecay: this.weightDecay,
        nesterov: this.nesterov,
        first,
      })
    }
  }

  /** Momentum of each parameter, in their order; null where there is none yet. */
  stateDict(): (Tensor | null)[] {
    return this.parameters.map(p => this.#velocity.get(p)?.clone() ?? null)
  }
  loadStateDict(state: readonly (Tensor | null)[]): void {
    if (state.length !== this.parameters.length)
      throw new RangeError(`SGD: state of ${state.length} parameters for ${this.parameters.length}`)
    this.#velocity.clear()
    state.forEach((v, i) => v && this.#velocity.set(this.parameters[i], v.clone()))
  }
}
