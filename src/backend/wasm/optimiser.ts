/** Optimisers' updates in place. */
import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { sizeOf } from '../reference/iterate.ts'
import type { Strided } from '../storage.ts'
import { OPTIMISERS } from './emit-optimiser.ts'
import { BLOCK, SMALL, type Engine } from './engine.ts'

export function optimisers(
  engine: Engine,
): Pick<Primitives, 'sgd' | 'adam' | 'rmsprop' | 'adagrad'> {
  /** Runs a kernel over operands that all lie in one run (null: 0); false where one does not. */
  function update(
    name: string,
    operands: readonly (Strided | null)[],
    flags: readonly number[],
    numbers: readonly number[],
  ): boolean {
    const at = operands.map(t => (t ? engine.flat(t) : 0))
    const [p] = operands
    if (!p || at.some(a => a < 0)) return false
    const n = sizeOf(p.shape)
    engine.run(OPTIMISERS, name, [...at, ...flags], n, BLOCK, n >= SMALL, numbers)
    return true
  }
  return {
    sgd(p, grad, velocity, o) {
      const flags = [o.first ? 1 : 0, o.nesterov ? 1 : 0]
      const numbers = [o.lr, o.momentum, 1 - o.dampening, o.weightDecay]
      if (!update('sgd', [p, grad, velocity], flags, numbers))
        referencePrimitives.sgd(p, grad, velocity, o)
    },
    adam(p, grad, m, v, vMax, o) {
      const numbers = [
        o.decoupled ? 1 - o.lr * o.weightDecay : 1,
        o.decoupled ? 0 : o.weightDecay,
        o.beta1,
        1 - o.beta1,
        o.beta2,
        1 - o.beta2,
        o.lr / (1 - o.beta1 ** o.step),
        1 / Math.sqrt(1 - o.beta2 ** o.step),
        o.eps,
      ]
      if (!update('adam', [p, grad, m, v, vMax], [], numbers))
        referencePrimitives.adam(p, grad, m, v, vMax, o)
    },
    rmsprop(p, grad, square, velocity, average, o) {
      const numbers = [o.lr, o.alpha, 1 - o.alpha, o.eps, o.weightDecay, o.momentum]
      if (!update('rmsprop', [p, grad, square, velocity, average], [], numbers))
        referencePrimitives.rmsprop(p, grad, square, velocity, average, o)
    },
    adagrad(p, grad, sum, o) {
      if (!update('adagrad', [p, grad, sum], [], [o.lr, o.eps, o.weightDecay]))
        referencePrimitives.adagrad(p, grad, sum, o)
    },
  }
}
