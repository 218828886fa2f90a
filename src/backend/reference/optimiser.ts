import type { Primitives } from '../primitives.ts'
import { indices } from './iterate.ts'

export const optimisers: Pick<Primitives, 'sgd'> = {
  sgd(p, grad, velocity, { lr, momentum, dampening, weightDecay, nesterov, first }) {
    const P = p.storage.data
    const G = grad.storage.data
    const V = velocity?.storage.data
    const pp = indices(p)
    const pg = indices(grad)
    const pv = velocity ? indices(velocity) : pp
    for (let i = 0; i < pp.length; i++) {
      let d = G[pg[i]] + weightDecay * P[pp[i]]
      if (V) {
        V[pv[i]] = first ? d : momentum * V[pv[i]] + (1 - dampening) * d
        d = nesterov ? d + momentum * V[pv[i]] : V[pv[i]]
      }
      P[pp[i]] -= lr * d
    }
  },
}
