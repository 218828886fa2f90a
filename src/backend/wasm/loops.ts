/**
 * Primitives that move or look at numbers more than they compute: plain loops over operands in one run. Sums are float64 and
 * rounded once, as the reference's; operands of any other kind go to the reference.
 */
import type { PoolParams, Primitives, Taps } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import type { NumberArray, Strided } from '../storage.ts'

type Names =
  | 'arg'
  | 'gather'
  | 'scatterAdd'
  | 'poolGather'
  | 'avgPool2d'
  | 'avgPool2dGrad'
  | 'adaptiveMaxPool2d'
  | 'resample2d'
  | 'resample2dGrad'

/** float32 and in one run. */
const flat = (...operands: Strided[]) =>
  operands.every(t => t.dtype === 'float32' && isContiguous(t))
const numbers = (t: Strided): NumberArray =>
  t.storage.data.subarray(t.offset, t.offset + sizeOf(t.shape))

/** `rows`: index is a list along `dim`, spread over the other axes; `each`: it has its own number everywhere. */
function kindOf(index: Strided, other: Strided, dim: number): 'rows' | 'each' | null {
  if (index.dtype !== 'int32') return null
  if (index.shape.some((s, d) => d !== dim && s !== other.shape[d])) return null
  if (index.strides.every((s, d) => d === dim || s === 0 || index.shape[d] === 1)) return 'rows'
  return isContiguous(index) ? 'each' : null
}
/** The list of a `rows` index. */
const listOf = (index: Strided, dim: number): Int32Array =>
  Int32Array.from(
    { length: index.shape[dim] },
    (_, i) => index.storage.data[index.offset + i * index.strides[dim]],
  )
/** [outer, n, inner] around `dim`. */
const around = (shape: readonly number[], dim: number) =>
  [sizeOf(shape.slice(0, dim)), shape[dim], sizeOf(shape.slice(dim + 1))] as const

/** First cell and the one after the last, of each window, along one axis. */
interface Spans {
  from: Int32Array
  to: Int32Array
}
function spansOf(count: number, span: (i: number) => readonly [number, number]): Spans {
  const [from, to] = [new Int32Array(count), new Int32Array(count)]
  for (let i = 0; i < count; i++) [from[i], to[i]] = span(i)
  return { from, to }
}
/** Windows of one axis, and how many cells the padded axis gives each. */
function windowsOf(
  size: number,
  count: number,
  p: PoolParams,
  d: 0 | 1,
): Spans & { padded: Int32Array } {
  const start = (i: number) => i * p.stride[d] - p.padding[d]
  const inside = spansOf(count, i => [
    Math.max(0, start(i)),
    Math.min(size, start(i) + p.kernel[d]),
  ])
  const padded = Int32Array.from(
    { length: count },
    (_, i) => Math.min(start(i) + p.kernel[d], size + p.padding[d]) - start(i),
  )
  return { ...inside, padded }
}
/** What each mean divides by. */
function divisors(x: Strided, y: Strided, p: PoolParams, countPad: boolean) {
  const [, , H, W] = x.shape
  const [, , HO, WO] = y.shape
  const [rows, columns] = [windowsOf(H, HO, p, 0), windowsOf(W, WO, p, 1)]
  const cells = (s: typeof rows, i: number) =>
    countPad ? s.padded[i] : Math.max(0, s.to[i] - s.from[i])
  const by = new Float64Array(HO * WO)
  for (let i = 0; i < HO; i++)
    for (let j = 0; j < WO; j++) by[i * WO + j] = cells(rows, i) * cells(columns, j)
  return { rows, columns, by }
}

/** Taps as arrays: those of cell i are numbers first[i] to before first[i + 1]. */
function tapsOf(taps: Taps) {
  const first = new Int32Array(taps.length + 1)
  taps.forEach((t, i) => (first[i + 1] = first[i] + t.weights.length))
  const [place, weight] = [new Int32Array(first[taps.length]), new Float64Array(first[taps.length])]
  taps.forEach((t, i) =>
    t.weights.forEach((w, a) => {
      place[first[i] + a] = t.start + a
      weight[first[i] + a] = w
    }),
  )
  return { first, place, weight }
}

export const loops: Pick<Primitives, Names> = {
  arg(name, x, dim, out) {
    if (!flat(x) || !isContiguous(out)) return referencePrimitives.arg(name, x, dim, out)
    const [X, o] = [numbers(x), numbers(out)]
    const [outer, n, inner] = around(x.shape, dim)
    const most = name === 'argmax'
    for (let i = 0; i < outer; i++)
      for (let k = 0; k < inner; k++) {
        const start = i * n * inner + k
        let best = 0
        let value = X[start]
        for (let j = 1, p = start + inner; j < n && value === value; j++, p += inner) {
          const v = X[p]
          if ((most ? v > value : v < value) || v !== v) {
            best = j
            value = v
          }
        }
        o[i * inner + k] = best
      }
  },

  gather(x, dim, index, out) {
    const kind = kindOf(index, x, dim)
    if (!kind || !flat(x, out)) return referencePrimitives.gather(x, dim, index, out)
    const [X, o] = [numbers(x), numbers(out)]
    const [outer, n, inner] = around(out.shape, dim)
    const m = x.shape[dim]
    if (kind === 'each') {
      const I = numbers(index)
      for (let i = 0, p = 0; i < outer; i++)
        for (let j = 0; j < n; j++)
          for (let k = 0; k < inner; k++, p++) o[p] = X[(i * m + I[p]) * inner + k]
      return
    }
    const list = listOf(index, dim)
    for (let i = 0, p = 0; i < outer; i++)
      for (let j = 0; j < n; j++, p += inner) {
        const from = (i * m + list[j]) * inner
        if (inner > 32) o.set(X.subarray(from, from + inner), p)
        else for (let k = 0; k < inner; k++) o[p + k] = X[from + k]
      }
  },

  scatterAdd(x, dim, index, out) {
    const kind = kindOf(index, out, dim)
    if (!kind || !flat(x, out)) return referencePrimitives.scatterAdd(x, dim, index, out)
    const [X, o] = [numbers(x), numbers(out)]
    const [outer, n, inner] = around(x.shape, dim)
    const m = out.shape[dim]
    if (kind === 'each') {
      const I = numbers(index)
      for (let i = 0, p = 0; i < outer; i++)
        for (let j = 0; j < n; j++)
          for (let k = 0; k < inner; k++, p++) o[(i * m + I[p]) * inner + k] += X[p]
      return
    }
    const list = listOf(index, dim)
    for (let i = 0, p = 0; i < outer; i++)
      for (let j = 0; j < n; j++, p += inner) {
        const to = (i * m + list[j]) * inner
        for (let k = 0; k < inner; k++) o[to + k] += X[p + k]
      }
  },

  poolGather(x, indices, out) {
    if (!flat(x, out) || !isContiguous(indices))
      return referencePrimitives.poolGather(x, indices, out)
    const [X, I, o] = [numbers(x), numbers(indices), numbers(out)]
    const [size, cells] = [x.shape[2] * x.shape[3], out.shape[2] * out.shape[3]]
    for (let map = 0, p = 0; map < x.shape[0] * x.shape[1]; map++)
      for (let q = 0; q < cells; q++, p++) o[p] = X[map * size + I[p]]
  },

  avgPool2d(x, out, p, countPad) {
    if (!flat(x, out)) return referencePrimitives.avgPool2d(x, out, p, countPad)
    const [X, o] = [numbers(x), numbers(out)]
    const [N, C, H, W] = x.shape
    const [, , HO, WO] = out.shape
    const { rows, columns, by } = divisors(x, out, p, countPad)
    for (let map = 0, q = 0; map < N * C; map++)
      for (let i = 0; i < HO; i++)
        for (let j = 0; j < WO; j++, q++) {
          const left = columns.from[j]
          const right = columns.to[j]
          let sum = 0
          for (let r = rows.from[i]; r < rows.to[i]; r++) {
            const row = (map * H + r) * W
            for (let c = left; c < right; c++) sum += X[row + c]
          }
          o[q] = sum / by[i * WO + j]
        }
  },

  avgPool2dGrad(gy, gx, p, countPad) {
    if (!flat(gy, gx)) return referencePrimitives.avgPool2dGrad(gy, gx, p, countPad)
    const [G, o] = [numbers(gy), numbers(gx)]
    const [N, C, H, W] = gx.shape
    const [, , HO, WO] = gy.shape
    const { rows, columns, by } = divisors(gx, gy, p, countPad)
    for (let map = 0, q = 0; map < N * C; map++)
      for (let i = 0; i < HO; i++)
        for (let j = 0; j < WO; j++, q++) {
          const share = G[q] / by[i * WO + j]
          const left = columns.from[j]
          const right = columns.to[j]
          for (let r = rows.from[i]; r < rows.to[i]; r++) {
            const row = (map * H + r) * W
            for (let c = left; c < right; c++) o[row + c] += share
          }
        }
  },

  adaptiveMaxPool2d(x, out, indices) {
    if (!flat(x, out) || !isContiguous(indices))
      return referencePrimitives.adaptiveMaxPool2d(x, out, indices)
    const [X, o, I] = [numbers(x), numbers(out), numbers(indices)]
    const [N, C, H, W] = x.shape
    const [, , HO, WO] = out.shape
    const shares = (size: number, count: number) =>
      spansOf(count, i => [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count)])
    const [rows, columns] = [shares(H, HO), shares(W, WO)]
    for (let map = 0, q = 0; map < N * C; map++)
      for (let i = 0; i < HO; i++)
        for (let j = 0; j < WO; j++, q++) {
          const base = map * H * W
          let best = rows.from[i] * W + columns.from[j]
          let max = X[base + best]
          for (let r = rows.from[i]; r < rows.to[i] && max === max; r++)
            for (let c = columns.from[j]; c < columns.to[j]; c++) {
              const v = X[base + r * W + c]
              if (v > max || v !== v) {
                max = v
                best = r * W + c
                if (v !== v) break
              }
            }
          o[q] = max
          I[q] = best
        }
  },

  // Along the rows first, then along the columns.
  resample2d(x, out, rows, columns) {
    if (!flat(x, out)) return referencePrimitives.resample2d(x, out, rows, columns)
    const [X, o] = [numbers(x), numbers(out)]
    const [N, C, H, W] = x.shape
    const [r, c] = [tapsOf(rows), tapsOf(columns)]
    const line = new Float64Array(W)
    for (let map = 0, q = 0; map < N * C; map++)
      for (let i = 0; i < rows.length; i++) {
        line.fill(0)
        for (let a = r.first[i]; a < r.first[i + 1]; a++) {
          const from = (map * H + r.place[a]) * W
          const w = r.weight[a]
          for (let k = 0; k < W; k++) line[k] += w * X[from + k]
        }
        for (let j = 0; j < columns.length; j++, q++) {
          let sum = 0
          for (let b = c.first[j]; b < c.first[j + 1]; b++) sum += c.weight[b] * line[c.place[b]]
          o[q] = sum
        }
      }
  },

  resample2dGrad(gy, gx, rows, columns) {
    if (!flat(gy, gx)) return referencePrimitives.resample2dGrad(gy, gx, rows, columns)
    const [G, o] = [numbers(gy), numbers(gx)]
    const [N, C, H, W] = gx.shape
    const [r, c] = [tapsOf(rows), tapsOf(columns)]
    const line = new Float64Array(W)
    const sums = new Float64Array(H * W)
    for (let map = 0, q = 0; map < N * C; map++) {
      sums.fill(0)
      for (let i = 0; i < rows.length; i++) {
        line.fill(0)
        for (let j = 0; j < columns.length; j++, q++)
          for (let b = c.first[j]; b < c.first[j + 1]; b++) line[c.place[b]] += c.weight[b] * G[q]
        for (let a = r.first[i]; a < r.first[i + 1]; a++) {
          const to = r.place[a] * W
          const w = r.weight[a]
          for (let k = 0; k < W; k++) sums[to + k] += w * line[k]
        }
      }
      o.set(sums, map * H * W)
    }
  },
}
