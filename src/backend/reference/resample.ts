/** Maps of another size, each axis by its own weights. */
import type { Primitives, Taps } from '../primitives.ts'
import type { Strided } from '../storage.ts'

/** Calls `f` for each product with the storage indices of x and y and its weight. */
function products(
  x: Strided,
  y: Strided,
  rows: Taps,
  columns: Taps,
  f: (x: number, y: number, weight: number) => void,
): void {
  const [N, C, HO, WO] = y.shape
  const at = (t: Strided, n: number, c: number, i: number, j: number) =>
    t.offset + n * t.strides[0] + c * t.strides[1] + i * t.strides[2] + j * t.strides[3]
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++)
      for (let i = 0; i < HO; i++)
        for (let j = 0; j < WO; j++) {
          const [r, s] = [rows[i], columns[j]]
          const to = at(y, n, c, i, j)
          for (let a = 0; a < r.weights.length; a++) {
            const from = at(x, n, c, r.start + a, s.start)
            for (let b = 0; b < s.weights.length; b++)
              f(from + b * x.strides[3], to, r.weights[a] * s.weights[b])
          }
        }
}

const size = (t: Strided) => t.shape.reduce((a, b) => a * b, 1)

export const resampling: Pick<Primitives, 'resample2d' | 'resample2dGrad'> = {
  resample2d(x, out, rows, columns) {
    const X = x.storage.data
    const sums = new Float64Array(size(out))
    products(x, out, rows, columns, (a, y, w) => (sums[y - out.offset] += X[a] * w))
    out.storage.data.set(sums, out.offset)
  },
  resample2dGrad(gy, gx, rows, columns) {
    const G = gy.storage.data
    const sums = new Float64Array(size(gx))
    products(gx, gy, rows, columns, (a, y, w) => (sums[a - gx.offset] += G[y] * w))
    gx.storage.data.set(sums, gx.offset)
  },
}
