/** Means, variances, and what brings x to mean 0 and variance 1. x is [A, B, S]; each b has its own statistics. */
import type { Primitives } from '../primitives.ts'
import type { Strided } from '../storage.ts'
import { indices } from './iterate.ts'

/** Calls `f` with the row-major place of every element of b. */
function each([A, B, S]: readonly number[], b: number, f: (place: number) => void): void {
  for (let a = 0; a < A; a++) for (let s = 0, p = (a * B + b) * S; s < S; s++, p++) f(p)
}
const value = (t: Strided, b: number) => t.storage.data[t.offset + b * t.strides[0]]
const set = (t: Strided, b: number, v: number) => {
  t.storage.data[t.offset + b * t.strides[0]] = v
}

export const normalisation: Pick<Primitives, 'moments' | 'normalize' | 'normalizeGrad'> = {
  moments(x, mean, variance) {
    const X = x.storage.data
    const at = indices(x)
    const [A, B, S] = x.shape
    for (let b = 0; b < B; b++) {
      let sum = 0
      each(x.shape, b, p => (sum += X[at[p]]))
      const m = sum / (A * S)
      let squares = 0
      each(x.shape, b, p => (squares += (X[at[p]] - m) ** 2))
      set(mean, b, m)
      set(variance, b, squares / (A * S))
    }
  },
  normalize(x, mean, scale, shift, out) {
    const X = x.storage.data
    const o = out.storage.data
    const [at, to] = [indices(x), indices(out)]
    for (let b = 0; b < x.shape[1]; b++) {
      const [m, s, t] = [value(mean, b), value(scale, b), shift ? value(shift, b) : 0]
      each(x.shape, b, p => (o[to[p]] = (X[at[p]] - m) * s + t))
    }
  },
  normalizeGrad(gy, x, mean, rstd, scale, gx, sumG, sumGX) {
    const X = x.storage.data
    const G = gy.storage.data
    const o = gx.storage.data
    const [at, from, to] = [indices(x), indices(gy), indices(gx)]
    const [A, B, S] = x.shape
    const count = A * S
    for (let b = 0; b < B; b++) {
      const [m, r, s] = [value(mean, b), value(rstd, b), value(scale, b)]
      let g = 0
      let gX = 0
      each(x.shape, b, p => {
        g += G[from[p]]
        gX += G[from[p]] * (X[at[p]] - m) * r
      })
      set(sumG, b, g)
      set(sumGX, b, gX)
      each(x.shape, b, p => {
        o[to[p]] = s * (G[from[p]] - g / count - ((X[at[p]] - m) * r * gX) / count)
      })
    }
  },
}
