import type { Primitives } from '../primitives.ts'
import { indices } from './iterate.ts'

export const optimisers: Pick<Primitives, 'sgd' | 'adam' | 'rmsprop' | 'adagrad'> = {
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
  adam(p, grad, m, v, vMax, { lr, beta1, beta2, eps, weightDecay, decoupled, step }) {
    const [P, G, M, V] = [p, grad, m, v].map(t => t.storage.data)
    const X = vMax?.storage.data
    const [pp, pg, pm, pv] = [p, grad, m, v].map(indices)
    const px = vMax ? indices(vMax) : pv
    const rate = lr / (1 - beta1 ** step)
    const unbias = Math.sqrt(1 - beta2 ** step)
    for (let i = 0; i < pp.length; i++) {
      if (decoupled) P[pp[i]] *= 1 - lr * weightDecay
      const g = G[pg[i]] + (decoupled ? 0 : weightDecay * P[pp[i]])
      M[pm[i]] = beta1 * M[pm[i]] + (1 - beta1) * g
      V[pv[i]] = beta2 * V[pv[i]] + (1 - beta2) * g * g
      if (X) X[px[i]] = Math.max(X[px[i]], V[pv[i]])
      P[pp[i]] -= (rate * M[pm[i]]) / (Math.sqrt(X ? X[px[i]] : V[pv[i]]) / unbias + eps)
    }
  },
  rmsprop(p, grad, square, velocity, average, { lr, alpha, eps, weightDecay, momentum }) {
    const [P, G, S] = [p, grad, square].map(t => t.storage.data)
    const V = velocity?.storage.data
    const A = average?.storage.data
    const [pp, pg, ps] = [p, grad, square].map(indices)
    const pv = velocity ? indices(velocity) : pp
    const pa = average ? indices(average) : pp
    for (let i = 0; i < pp.length; i++) {
      const g = G[pg[i]] + weightDecay * P[pp[i]]
      S[ps[i]] = alpha * S[ps[i]] + (1 - alpha) * g * g
      let variance = S[ps[i]]
      if (A) {
        A[pa[i]] = alpha * A[pa[i]] + (1 - alpha) * g
        variance -= A[pa[i]] * A[pa[i]]
      }
      let d = g / (Math.sqrt(variance) + eps)
      if (V) d = V[pv[i]] = momentum * V[pv[i]] + d
      P[pp[i]] -= lr * d
    }
  },
  adagrad(p, grad, sum, { lr, eps, weightDecay }) {
    const [P, G, S] = [p, grad, sum].map(t => t.storage.data)
    const [pp, pg, ps] = [p, grad, sum].map(indices)
    for (let i = 0; i < pp.length; i++) {
      const g = G[pg[i]] + weightDecay * P[pp[i]]
      S[ps[i]] += g * g
      P[pp[i]] -= (lr * g) / (Math.sqrt(S[ps[i]]) + eps)
    }
  },
}
