/** Recurrent networks over time: the loop over steps, and its gradient back through them. */
import type { Primitives, RecurrentParams } from '../primitives.ts'
import type { Strided } from '../storage.ts'
import { indices } from './iterate.ts'

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** Elements in row-major order, whatever the strides. */
function reader(t: Strided): (i: number) => number {
  const [data, at] = [t.storage.data, indices(t)]
  return i => data[at[i]]
}
function writer(t: Strided): (i: number, value: number) => void {
  const [data, at] = [t.storage.data, indices(t)]
  return (i, value) => {
    data[at[i]] = value
  }
}

/** Steps in the order they are computed, each with the one before (−1: the initial state). */
function steps(T: number, { reverse }: RecurrentParams): [t: number, before: number][] {
  return Array.from({ length: T }, (_, k) =>
    reverse ? [T - 1 - k, k === 0 ? -1 : T - k] : [k, k - 1],
  )
}
/** Whether sequence n is still running at step t. */
function running(lengths: Strided | null): (n: number, t: number) => boolean {
  if (!lengths) return () => true
  const length = reader(lengths)
  return (n, t) => t < length(n)
}

/** Σⱼ h[n, j]·w[k, j] for all k, with h the state after step `before`. */
function product(
  h: Float64Array,
  n: number,
  H: number,
  w: (i: number) => number,
  rows: number,
): number[] {
  return Array.from({ length: rows }, (_, k) => {
    let sum = 0
    for (let j = 0; j < H; j++) sum += h[n * H + j] * w(k * H + j)
    return sum
  })
}
/** gh[n, j] += Σₖ g[k]·w[k, j]. */
function spreadBack(
  gh: Float64Array,
  n: number,
  H: number,
  g: readonly number[],
  w: (i: number) => number,
): void {
  g.forEach((v, k) => {
    for (let j = 0; j < H; j++) gh[n * H + j] += v * w(k * H + j)
  })
}
const start = (t: Strided, n: number) => {
  const value = reader(t)
  return Float64Array.from({ length: n }, (_, i) => value(i))
}

export const recurrent: Pick<
  Primitives,
  'rnn' | 'rnnGrad' | 'lstm' | 'lstmGrad' | 'gru' | 'gruGrad'
> = {
  rnn(pre, w, h0, lengths, out, p) {
    const [T, N, H] = pre.shape
    const [a, W, live, write] = [reader(pre), reader(w), running(lengths), writer(out)]
    const h = start(h0, N * H)
    for (const [t] of steps(T, p))
      for (let n = 0; n < N; n++) {
        const z = product(h, n, H, W, H)
        for (let j = 0; j < H; j++) {
          const v = a((t * N + n) * H + j) + z[j]
          if (live(n, t)) h[n * H + j] = p.relu ? (v > 0 || v !== v ? v : 0) : Math.tanh(v)
          write((t * N + n) * H + j, h[n * H + j])
        }
      }
  },
  rnnGrad(gout, out, w, lengths, gpre, gh0, p) {
    const [T, N, H] = gout.shape
    const [g, y, W, live] = [reader(gout), reader(out), reader(w), running(lengths)]
    const [write, write0] = [writer(gpre), writer(gh0)]
    let gh = new Float64Array(N * H)
    for (const [t] of steps(T, p).reverse()) {
      const next = new Float64Array(N * H)
      for (let n = 0; n < N; n++) {
        const gz = Array.from({ length: H }, (_, j) => {
          const i = (t * N + n) * H + j
          const total = g(i) + gh[n * H + j]
          if (!live(n, t)) {
            next[n * H + j] += total
            return 0
          }
          return p.relu ? (y(i) > 0 ? total : 0) : total * (1 - y(i) * y(i))
        })
        gz.forEach((v, j) => write((t * N + n) * H + j, v))
        spreadBack(next, n, H, gz, W)
      }
      gh = next
    }
    gh.forEach((v, i) => write0(i, v))
  },

  lstm(pre, w, h0, c0, lengths, gates, cells, out, p) {
    const [T, N] = pre.shape
    const H = out.shape[2]
    const [a, W, live] = [reader(pre), reader(w), running(lengths)]
    const [writeGate, writeCell, write] = [writer(gates), writer(cells), writer(out)]
    const [h, c] = [start(h0, N * H), start(c0, N * H)]
    for (const [t] of steps(T, p))
      for (let n = 0; n < N; n++) {
        const z = product(h, n, H, W, 4 * H).map((v, k) => v + a((t * N + n) * 4 * H + k))
        for (let j = 0; j < H; j++) {
          const [i, f, o] = [z[j], z[H + j], z[3 * H + j]].map(sigmoid)
          const g = Math.tanh(z[2 * H + j])
          if (live(n, t)) {
            c[n * H + j] = f * c[n * H + j] + i * g
            h[n * H + j] = o * Math.tanh(c[n * H + j])
          }
          ;[i, f, g, o].forEach((v, q) => writeGate((t * N + n) * 4 * H + q * H + j, v))
          writeCell((t * N + n) * H + j, c[n * H + j])
          write((t * N + n) * H + j, h[n * H + j])
        }
      }
  },
  lstmGrad(gout, gcell, gates, cells, w, c0, lengths, gpre, gh0, gc0, p) {
    const [T, N, H] = gout.shape
    const [g, G, C, W, C0, live] = [
      reader(gout),
      reader(gates),
      reader(cells),
      reader(w),
      reader(c0),
      running(lengths),
    ]
    const [write, writeH, writeC] = [writer(gpre), writer(gh0), writer(gc0)]
    let gh = new Float64Array(N * H)
    const gc = gcell ? start(gcell, N * H) : new Float64Array(N * H)
    for (const [t, before] of steps(T, p).reverse()) {
      const next = new Float64Array(N * H)
      for (let n = 0; n < N; n++) {
        const gz = new Array<number>(4 * H).fill(0)
        for (let j = 0; j < H; j++) {
          const at = (t * N + n) * H + j
          const total = g(at) + gh[n * H + j]
          if (!live(n, t)) {
            next[n * H + j] += total
            continue
          }
          const [i, f, q, o] = [0, 1, 2, 3].map(k => G((t * N + n) * 4 * H + k * H + j))
          const tanh = Math.tanh(C(at))
          const cBefore = before < 0 ? C0(n * H + j) : C((before * N + n) * H + j)
          const dc = gc[n * H + j] + total * o * (1 - tanh * tanh)
          gz[j] = dc * q * i * (1 - i)
          gz[H + j] = dc * cBefore * f * (1 - f)
          gz[2 * H + j] = dc * i * (1 - q * q)
          gz[3 * H + j] = total * tanh * o * (1 - o)
          gc[n * H + j] = dc * f
        }
        gz.forEach((v, k) => write((t * N + n) * 4 * H + k, v))
        spreadBack(next, n, H, gz, W)
      }
      gh = next
    }
    gh.forEach((v, i) => writeH(i, v))
    gc.forEach((v, i) => writeC(i, v))
  },

  gru(pre, w, bias, h0, lengths, gates, out, p) {
    const [T, N] = pre.shape
    const H = out.shape[2]
    const [a, W, B, live] = [reader(pre), reader(w), reader(bias), running(lengths)]
    const [writeGate, write] = [writer(gates), writer(out)]
    const h = start(h0, N * H)
    for (const [t] of steps(T, p))
      for (let n = 0; n < N; n++) {
        const u = product(h, n, H, W, 3 * H).map((v, k) => v + B(k))
        for (let j = 0; j < H; j++) {
          const x = (k: number) => a((t * N + n) * 3 * H + k * H + j)
          const r = sigmoid(x(0) + u[j])
          const z = sigmoid(x(1) + u[H + j])
          const hidden = u[2 * H + j]
          const q = Math.tanh(x(2) + r * hidden)
          if (live(n, t)) h[n * H + j] = (1 - z) * q + z * h[n * H + j]
          ;[r, z, q, hidden].forEach((v, k) => writeGate((t * N + n) * 4 * H + k * H + j, v))
          write((t * N + n) * H + j, h[n * H + j])
        }
      }
  },
  gruGrad(gout, gates, out, w, h0, lengths, gpre, ghidden, gh0, p) {
    const [T, N, H] = gout.shape
    const [g, G, Y, W, H0, live] = [
      reader(gout),
      reader(gates),
      reader(out),
      reader(w),
      reader(h0),
      running(lengths),
    ]
    const [writeX, writeH, write0] = [writer(gpre), writer(ghidden), writer(gh0)]
    let gh = new Float64Array(N * H)
    for (const [t, before] of steps(T, p).reverse()) {
      const next = new Float64Array(N * H)
      for (let n = 0; n < N; n++) {
        const gu = new Array<number>(3 * H).fill(0)
        for (let j = 0; j < H; j++) {
          const total = g((t * N + n) * H + j) + gh[n * H + j]
          const x = [0, 0, 0]
          if (!live(n, t)) next[n * H + j] += total
          else {
            const [r, z, q, hidden] = [0, 1, 2, 3].map(k => G((t * N + n) * 4 * H + k * H + j))
            const hBefore = before < 0 ? H0(n * H + j) : Y((before * N + n) * H + j)
            x[2] = total * (1 - z) * (1 - q * q)
            x[1] = total * (hBefore - q) * z * (1 - z)
            x[0] = x[2] * hidden * r * (1 - r)
            next[n * H + j] += total * z
            gu[j] = x[0]
            gu[H + j] = x[1]
            gu[2 * H + j] = x[2] * r
          }
          x.forEach((v, k) => writeX((t * N + n) * 3 * H + k * H + j, v))
        }
        gu.forEach((v, k) => writeH((t * N + n) * 3 * H + k, v))
        spreadBack(next, n, H, gu, W)
      }
      gh = next
    }
    gh.forEach((v, i) => write0(i, v))
  },
}
