import type { PoolParams, Primitives } from '../primitives.ts'
import type { Strided } from '../storage.ts'

const at = (t: Strided, n: number, c: number, i: number, j: number) =>
  t.offset + n * t.strides[0] + c * t.strides[1] + i * t.strides[2] + j * t.strides[3]

/** Calls `f` for each window with its cells inside x: [row, column] pairs flattened. */
function windows(
  x: Strided,
  y: Strided,
  p: PoolParams,
  f: (n: number, c: number, i: number, j: number, cells: number[]) => void,
): void {
  const [, , H, W] = x.shape
  const [N, C, HO, WO] = y.shape
  const dilation = p.dilation ?? [1, 1]
  for (let i = 0; i < HO; i++)
    for (let j = 0; j < WO; j++) {
      const cells: number[] = []
      for (let a = 0; a < p.kernel[0]; a++)
        for (let b = 0; b < p.kernel[1]; b++) {
          const r = i * p.stride[0] + a * dilation[0] - p.padding[0]
          const s = j * p.stride[1] + b * dilation[1] - p.padding[1]
          if (r >= 0 && r < H && s >= 0 && s < W) cells.push(r, s)
        }
      for (let n = 0; n < N; n++) for (let c = 0; c < C; c++) f(n, c, i, j, cells)
    }
}

/** As `windows`, with windows that share x out evenly. */
function shares(
  x: Strided,
  y: Strided,
  f: (n: number, c: number, i: number, j: number, cells: number[]) => void,
): void {
  const [, , H, W] = x.shape
  const [N, C, HO, WO] = y.shape
  const end = (i: number, size: number, count: number) => Math.ceil(((i + 1) * size) / count)
  for (let i = 0; i < HO; i++)
    for (let j = 0; j < WO; j++) {
      const cells: number[] = []
      for (let r = Math.floor((i * H) / HO); r < end(i, H, HO); r++)
        for (let s = Math.floor((j * W) / WO); s < end(j, W, WO); s++) cells.push(r, s)
      for (let n = 0; n < N; n++) for (let c = 0; c < C; c++) f(n, c, i, j, cells)
    }
}

/** Writes the largest of each window's cells and where it stands: the first of equal values, NaN before all. */
function largest(
  x: Strided,
  out: Strided,
  index: Strided,
): (n: number, c: number, i: number, j: number, cells: number[]) => void {
  const X = x.storage.data
  const o = out.storage.data
  const I = index.storage.data
  const W = x.shape[3]
  return (n, c, i, j, cells) => {
    let best = -1
    let max = -Infinity
    for (let q = 0; q < cells.length; q += 2) {
      const v = X[at(x, n, c, cells[q], cells[q + 1])]
      if (best < 0 || v > max || v !== v) {
        best = cells[q] * W + cells[q + 1]
        max = v
        if (v !== v) break
      }
    }
    o[at(out, n, c, i, j)] = max
    I[at(index, n, c, i, j)] = best
  }
}

/** How many cells a window's mean divides by. */
const divisor = (
  x: Strided,
  p: PoolParams,
  i: number,
  j: number,
  cells: number[],
  countPad: boolean,
) => {
  if (!countPad) return cells.length / 2
  const rows =
    Math.min(i * p.stride[0] + p.kernel[0], x.shape[2] + 2 * p.padding[0]) - i * p.stride[0]
  const columns =
    Math.min(j * p.stride[1] + p.kernel[1], x.shape[3] + 2 * p.padding[1]) - j * p.stride[1]
  return rows * columns
}

/** Calls `f` for each pooled cell with the storage index its switch points at. */
function switches(g: Strided, index: Strided, x: Strided, f: (g: number, x: number) => void): void {
  const I = index.storage.data
  const [N, C, HO, WO] = g.shape
  const W = x.shape[3]
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++)
      for (let i = 0; i < HO; i++)
        for (let j = 0; j < WO; j++) {
          const s = I[at(index, n, c, i, j)]
          f(at(g, n, c, i, j), at(x, n, c, Math.floor(s / W), s % W))
        }
}

export const pooling: Pick<
  Primitives,
  'maxPool2d' | 'adaptiveMaxPool2d' | 'poolScatter' | 'poolGather' | 'avgPool2d' | 'avgPool2dGrad'
> = {
  maxPool2d: (x, out, index, p) => windows(x, out, p, largest(x, out, index)),
  adaptiveMaxPool2d: (x, out, index) => shares(x, out, largest(x, out, index)),
  poolScatter(g, index, out) {
    const G = g.storage.data
    const o = out.storage.data
    switches(g, index, out, (a, b) => (o[b] += G[a]))
  },
  poolGather(x, index, out) {
    const X = x.storage.data
    const o = out.storage.data
    switches(out, index, x, (a, b) => (o[a] = X[b]))
  },
  avgPool2d(x, out, p, countPad) {
    const X = x.storage.data
    const o = out.storage.data
    windows(x, out, p, (n, c, i, j, cells) => {
      let sum = 0
      for (let q = 0; q < cells.length; q += 2) sum += X[at(x, n, c, cells[q], cells[q + 1])]
      o[at(out, n, c, i, j)] = sum / divisor(x, p, i, j, cells, countPad)
    })
  },
  avgPool2dGrad(gy, gx, p, countPad) {
    const G = gy.storage.data
    const o = gx.storage.data
    windows(gx, gy, p, (n, c, i, j, cells) => {
      const share = G[at(gy, n, c, i, j)] / divisor(gx, p, i, j, cells, countPad)
      for (let q = 0; q < cells.length; q += 2) o[at(gx, n, c, cells[q], cells[q + 1])] += share
    })
  },
}
