/** Along one axis, in order: sorting and running sums. */
import type { Primitives } from '../primitives.ts'
import type { Strided } from '../storage.ts'
import { indices, sizeOf } from './iterate.ts'

/** Calls `f` with the row-major positions of every line along `dim`. */
function lines(
  shape: readonly number[],
  dim: number,
  f: (at: (j: number) => number) => void,
): void {
  const inner = sizeOf(shape.slice(dim + 1))
  const outer = sizeOf(shape.slice(0, dim))
  for (let i = 0; i < outer; i++)
    for (let k = 0; k < inner; k++) f(j => (i * shape[dim] + j) * inner + k)
}

export const scans: Pick<Primitives, 'argsort' | 'recurrence'> = {
  argsort(x: Strided, dim: number, descending: boolean, out: Strided) {
    const X = x.storage.data
    const o = out.storage.data
    const from = indices(x)
    const to = indices(out)
    const n = x.shape[dim]
    /** Ascending, NaN last. */
    const compare = (a: number, b: number) =>
      a !== a ? (b !== b ? 0 : 1) : b !== b ? -1 : a < b ? -1 : a > b ? 1 : 0
    lines(x.shape, dim, at => {
      const value = Float64Array.from({ length: n }, (_, j) => X[from[at(j)]])
      const order = Array.from({ length: n }, (_, j) => j)
      if (descending) order.sort((a, b) => compare(value[b], value[a]))
      else order.sort((a, b) => compare(value[a], value[b]))
      for (let j = 0; j < n; j++) o[to[at(j)]] = order[j]
    })
  },
  recurrence(a: Strided, b: Strided, dim: number, out: Strided) {
    const A = a.storage.data
    const B = b.storage.data
    const o = out.storage.data
    const pa = indices(a)
    const pb = indices(b)
    const to = indices(out)
    lines(a.shape, dim, at => {
      let y = 0
      for (let j = 0; j < a.shape[dim]; j++) {
        const p = at(j)
        y = j === 0 ? A[pa[p]] : A[pa[p]] + B[pb[p]] * y
        o[to[p]] = y
      }
    })
  },
}
