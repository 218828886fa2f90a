/** Optimisers' updates in place. */
import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { sizeOf } from '../reference/iterate.ts'
import { OPTIMISERS } from './emit-optimiser.ts'
import { BLOCK, SMALL, type Engine } from './engine.ts'

export function optimisers(engine: Engine): Pick<Primitives, 'sgd'> {
  return {
    sgd(p, grad, velocity, o) {
      const [P, G, V] = [engine.flat(p), engine.flat(grad), velocity ? engine.flat(velocity) : 0]
      if (P < 0 || G < 0 || V < 0) return referencePrimitives.sgd(p, grad, velocity, o)
      const n = sizeOf(p.shape)
      engine.run(
        OPTIMISERS,
        'sgd',
        [P, G, V, o.first ? 1 : 0, o.nesterov ? 1 : 0],
        n,
        BLOCK,
        n >= SMALL,
        [o.lr, o.momentum, 1 - o.dampening, o.weightDecay],
      )
    },
  }
}
