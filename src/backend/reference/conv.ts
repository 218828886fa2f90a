/** Convolution is one trilinear form Σ x·w·gy; these are its three contractions. */
import type { ConvParams, Primitives } from '../primitives.ts'
import type { Strided } from '../storage.ts'

/** Calls `f` for each product of the form with the storage indices of x, w and y. */
function products(
  x: Strided,
  w: Strided,
  y: Strided,
  p: ConvParams,
  f: (x: number, w: number, y: number) => void,
): void {
  const [N, , H, W] = x.shape
  const [K, D, h, k] = w.shape
  const [, , HO, WO] = y.shape
  const perGroup = K / p.groups
  const at = (t: Strided, a: number, b: number, i: number, j: number) =>
    t.offset + a * t.strides[0] + b * t.strides[1] + i * t.strides[2] + j * t.strides[3]
  for (let n = 0; n < N; n++)
    for (let o = 0; o < K; o++)
      for (let i = 0; i < HO; i++)
        for (let j = 0; j < WO; j++)
          for (let c = 0; c < D; c++)
            for (let a = 0; a < h; a++) {
              const r = i * p.stride[0] + a * p.dilation[0] - p.padding[0]
              if (r < 0 || r >= H) continue
              for (let b = 0; b < k; b++) {
                const s = j * p.stride[1] + b * p.dilation[1] - p.padding[1]
                if (s < 0 || s >= W) continue
                const channel = Math.floor(o / perGroup) * D + c
                f(at(x, n, channel, r, s), at(w, o, c, a, b), at(y, n, o, i, j))
              }
            }
}

export const convolution: Pick<Primitives, 'conv2d' | 'conv2dInputGrad' | 'conv2dFilterGrad'> = {
  conv2d(x, w, bias, out, p) {
    const X = x.storage.data
    const F = w.storage.data
    const o = out.storage.data
    const sums = new Float64Array(o.length)
    if (bias) {
      const B = bias.storage.data
      const [N, K, H, W] = out.shape
      for (let n = 0; n < N; n++)
        for (let k = 0; k < K; k++)
          for (let i = 0; i < H * W; i++)
            sums[out.offset + (n * K + k) * H * W + i] = B[bias.offset + k * bias.strides[0]]
    }
    products(x, w, out, p, (a, b, y) => (sums[y] += X[a] * F[b]))
    o.set(sums.subarray(out.offset, out.offset + size(out)), out.offset)
  },
  conv2dInputGrad(gy, w, gx, p) {
    const G = gy.storage.data
    const F = w.storage.data
    const o = gx.storage.data
    const sums = new Float64Array(o.length)
    products(gx, w, gy, p, (a, b, y) => (sums[a] += G[y] * F[b]))
    o.set(sums.subarray(gx.offset, gx.offset + size(gx)), gx.offset)
  },
  conv2dFilterGrad(x, gy, gw, p) {
    const X = x.storage.data
    const G = gy.storage.data
    const o = gw.storage.data
    const sums = new Float64Array(o.length)
    products(x, gw, gy, p, (a, b, y) => (sums[b] += X[a] * G[y]))
    o.set(sums.subarray(gw.offset, gw.offset + size(gw)), gw.offset)
  },
}

const size = (t: Strided) => t.shape.reduce((a, b) => a * b, 1)
