/** Reductions, matrix products, softmax, gather: everything that sums along axes. */
import type { ArgName, Primitives, ReduceName } from '../primitives.ts'
import type { Strided } from '../storage.ts'
import { indices, sizeOf } from './iterate.ts'

const REDUCE: Record<ReduceName, { start: number; step: (s: number, x: number) => number }> = {
  sum: { start: 0, step: (s, x) => s + x },
  prod: { start: 1, step: (s, x) => s * x },
  max: { start: -Infinity, step: (s, x) => (x > s || x !== x ? x : s) },
  min: { start: Infinity, step: (s, x) => (x < s || x !== x ? x : s) },
}

/** x seen as [outer, n, inner] around `dim`: storage index of every element. */
function around(
  x: Strided,
  dim: number,
): { at: Int32Array; outer: number; n: number; inner: number } {
  return {
    at: indices(x),
    outer: sizeOf(x.shape.slice(0, dim)),
    n: x.shape[dim],
    inner: sizeOf(x.shape.slice(dim + 1)),
  }
}

function arg(name: ArgName, x: Strided, dim: number, out: Strided): void {
  const X = x.storage.data
  const o = out.storage.data
  const { at, outer, n, inner } = around(x, dim)
  const to = indices(out)
  const better =
    name === 'argmax' ? (a: number, b: number) => a > b : (a: number, b: number) => a < b
  for (let i = 0; i < outer; i++)
    for (let k = 0; k < inner; k++) {
      let best = 0
      let value = X[at[i * n * inner + k]]
      for (let j = 1; j < n && value === value; j++) {
        const v = X[at[(i * n + j) * inner + k]]
        if (better(v, value) || v !== v) {
          best = j
          value = v
        }
      }
      o[to[i * inner + k]] = best
    }
}

/** softmax and its logarithm, the maximum subtracted first. */
function soft(log: boolean, x: Strided, dim: number, out: Strided): void {
  const X = x.storage.data
  const o = out.storage.data
  const { at, outer, n, inner } = around(x, dim)
  const to = indices(out)
  for (let i = 0; i < outer; i++)
    for (let k = 0; k < inner; k++) {
      const p = (j: number) => (i * n + j) * inner + k
      let max = -Infinity
      for (let j = 0; j < n; j++) max = X[at[p(j)]] > max ? X[at[p(j)]] : max
      let sum = 0
      for (let j = 0; j < n; j++) sum += Math.exp(X[at[p(j)]] - max)
      for (let j = 0; j < n; j++) {
        const v = X[at[p(j)]] - max
        o[to[p(j)]] = log ? v - Math.log(sum) : Math.exp(v) / sum
      }
    }
}

export const contractions: Pick<
  Primitives,
  'reduce' | 'arg' | 'matmul' | 'softmax' | 'logSoftmax' | 'gather' | 'scatterAdd'
> = {
  reduce(name, x, dims, out) {
    const { start, step } = REDUCE[name]
    const X = x.storage.data
    const o = out.storage.data
    // Sums in float64, then one rounding: out seen with x's shape, stride 0 along the reduced axes.
    const n = sizeOf(out.shape)
    const sums = new Float64Array(n).fill(start)
    const strides: number[] = new Array(out.shape.length)
    for (let d = out.shape.length - 1, s = 1; d >= 0; s *= out.shape[d], d--)
      strides[d] = dims.includes(d) ? 0 : s
    const into = indices({
      ...out,
      storage: out.storage,
      dtype: out.dtype,
      shape: x.shape,
      strides,
      offset: 0,
    })
    const from = indices(x)
    for (let i = 0; i < from.length; i++) sums[into[i]] = step(sums[into[i]], X[from[i]])
    const to = indices(out)
    for (let i = 0; i < n; i++) o[to[i]] = sums[i]
  },
  arg,
  matmul(a, b, out) {
    const [B, M, K] = a.shape
    const N = b.shape[2]
    const A = a.storage.data
    const W = b.storage.data
    const o = out.storage.data
    const [ab, am, ak] = a.strides
    const [bb, bk, bn] = b.strides
    const [ob, om, on] = out.strides
    for (let n = 0; n < B; n++)
      for (let i = 0; i < M; i++)
        for (let j = 0; j < N; j++) {
          let sum = 0
          for (let k = 0; k < K; k++)
            sum += A[a.offset + n * ab + i * am + k * ak] * W[b.offset + n * bb + k * bk + j * bn]
          o[out.offset + n * ob + i * om + j * on] = sum
        }
  },
  softmax: (x, dim, out) => soft(false, x, dim, out),
  logSoftmax: (x, dim, out) => soft(true, x, dim, out),
  gather(x, dim, index, out) {
    const X = x.storage.data
    const I = index.storage.data
    const o = out.storage.data
    const from = indices(index)
    const to = indices(out)
    const { outer, n, inner } = around(out, dim)
    const at = indices(x)
    const m = x.shape[dim]
    const xInner = sizeOf(x.shape.slice(dim + 1))
    const rest = innerIndex(out.shape, x.shape, dim)
    for (let i = 0; i < outer; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < inner; k++) {
          const p = (i * n + j) * inner + k
          o[to[p]] = X[at[(rest.outer[i] * m + I[from[p]]) * xInner + rest.inner[k]]]
        }
  },
  scatterAdd(x, dim, index, out) {
    const X = x.storage.data
    const I = index.storage.data
    const o = out.storage.data
    const from = indices(index)
    const at = indices(x)
    const { outer, n, inner } = around(x, dim)
    const to = indices(out)
    const m = out.shape[dim]
    const outInner = sizeOf(out.shape.slice(dim + 1))
    const rest = innerIndex(x.shape, out.shape, dim)
    for (let i = 0; i < outer; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < inner; k++) {
          const p = (i * n + j) * inner + k
          o[to[(rest.outer[i] * m + I[from[p]]) * outInner + rest.inner[k]]] += X[at[p]]
        }
  },
}

/** Row-major positions of a smaller shape's outer and inner coordinates inside a larger shape. */
function innerIndex(small: readonly number[], large: readonly number[], dim: number) {
  const place = (s: readonly number[], l: readonly number[]) => {
    const strides: number[] = []
    for (let d = l.length - 1, p = 1; d >= 0; p *= l[d], d--) strides[d] = p
    const n = sizeOf(s)
    const out = new Int32Array(n)
    for (let i = 0; i < n; i++)
      for (let d = s.length - 1, r = i; d >= 0; r = Math.floor(r / s[d]), d--)
        out[i] += (r % s[d]) * strides[d]
    return out
  }
  return {
    outer: place(small.slice(0, dim), large.slice(0, dim)),
    inner: place(small.slice(dim + 1), large.slice(dim + 1)),
  }
}
