/** The unrolled network computed in the page: forward, every ∂Eₜ/∂hₖ, and the gradient of the weights. */
import { decode, type RnnView, type RnnWeights } from 'layerscope/spec'

type Data = RnnView['data']

export interface Inputs {
  T: number
  /** Units, inputs, classes. */
  H: number
  I: number
  K: number
  /** [T, I] */
  x: ArrayLike<number>
  targets: readonly (number | null)[]
  relu: boolean
  h0: ArrayLike<number> | null
}

/** Everything the view shows of one setting; row-major. */
export interface Unrolled {
  /** [T, H], [T, K], [T] */
  h: ArrayLike<number>
  p: ArrayLike<number>
  E: Float64Array
  total: number
  /** ‖∂Eₜ/∂hₖ‖ without truncation, [T, T]. */
  norms: ArrayLike<number>
  /** What arrives at hₖ from the losses that reach it, [T, H]. */
  arriving: ArrayLike<number>
  /** ∂Eₜ/∂hₖ, [T, T, H]; null for values that came computed. */
  vectors: Float64Array | null
  /** Norm of the gradient of all weights together, with what truncation leaves; null as `vectors`. */
  weightNorm: number | null
  /** Without truncation. */
  fullNorm: number | null
  /** Mean of f′ over steps and units; null as `vectors`. */
  slope: number | null
  /** Largest |eigenvalue| of the W that was used; null as `vectors`. */
  radius: number | null
}

export interface Numbers {
  U: ArrayLike<number>
  W: ArrayLike<number>
  V: ArrayLike<number>
  b: ArrayLike<number> | null
  c: ArrayLike<number> | null
  radius: number
}

export const readInputs = (data: Data): Inputs => {
  const [T, I] = data.x.shape
  const H = data.values ? data.values.h.shape[1] : data.weights[0].U.shape[0]
  return {
    T,
    I,
    H,
    K: data.classes.length,
    x: decode(data.x),
    targets: data.targets,
    relu: data.relu,
    h0: data.h0 ? decode(data.h0) : null,
  }
}

export const readWeights = (w: RnnWeights): Numbers => ({
  U: decode(w.U),
  W: decode(w.W),
  V: decode(w.V),
  b: w.b ? decode(w.b) : null,
  c: w.c ? decode(w.c) : null,
  radius: w.radius,
})

/** y += Mᵀ·v with M [rows, columns]. */
function addTransposed(
  y: Float64Array,
  M: ArrayLike<number>,
  v: ArrayLike<number>,
  columns: number,
) {
  for (let i = 0; i < v.length; i++)
    for (let j = 0; j < columns; j++) y[j] += M[i * columns + j] * v[i]
}

const norm = (v: ArrayLike<number>): number => {
  let s = 0
  for (let i = 0; i < v.length; i++) s += v[i] * v[i]
  return Math.sqrt(s)
}

/**
 * Forward and back through time.
 * @param radius W is scaled to this largest |eigenvalue|; null leaves it as trained
 * @param truncate a loss reaches the last so many states; null: all
 */
export function compute(
  { T, H, I, K, x, targets, relu, h0 }: Inputs,
  given: Numbers,
  radius: number | null,
  truncate: number | null,
): Unrolled {
  const { U, V, b, c } = given
  const factor = radius === null || given.radius === 0 ? 1 : radius / given.radius
  const W = factor === 1 ? given.W : Float64Array.from(given.W, w => w * factor)
  const h = new Float64Array(T * H)
  const p = new Float64Array(T * K)
  const E = new Float64Array(T)
  const before = (t: number): ArrayLike<number> =>
    t > 0 ? h.subarray((t - 1) * H, t * H) : (h0 ?? new Float64Array(H))
  for (let t = 0; t < T; t++) {
    const old = before(t)
    for (let i = 0; i < H; i++) {
      let a = b ? b[i] : 0
      for (let j = 0; j < I; j++) a += U[i * I + j] * x[t * I + j]
      for (let j = 0; j < H; j++) a += W[i * H + j] * old[j]
      h[t * H + i] = relu ? Math.max(0, a) : Math.tanh(a)
    }
    let top = -Infinity
    for (let k = 0; k < K; k++) {
      let o = c ? c[k] : 0
      for (let j = 0; j < H; j++) o += V[k * H + j] * h[t * H + j]
      p[t * K + k] = o
      top = Math.max(top, o)
    }
    let z = 0
    for (let k = 0; k < K; k++) z += p[t * K + k] = Math.exp(p[t * K + k] - top)
    for (let k = 0; k < K; k++) p[t * K + k] /= z
    const asked = targets[t]
    if (asked !== null) E[t] = -Math.log(p[t * K + asked])
  }
  const slope = (i: number) => (relu ? Number(h[i] > 0) : 1 - h[i] * h[i])
  const norms = new Float64Array(T * T)
  const vectors = new Float64Array(T * T * H)
  // δₖ before f, summed over the losses: the gradient of U, W and b follows from it.
  const [all, kept] = [new Float64Array(T * H), new Float64Array(T * H)]
  const arriving = new Float64Array(T * H)
  const reach = truncate ?? T
  for (let t = 0; t < T; t++) {
    const asked = targets[t]
    if (asked === null) continue
    let g = new Float64Array(H)
    const error = Float64Array.from({ length: K }, (_, k) => p[t * K + k] - Number(k === asked))
    addTransposed(g, V, error, H)
    for (let k = t; k >= 0; k--) {
      norms[t * T + k] = norm(g)
      vectors.set(g, (t * T + k) * H)
      const within = t - k < reach
      const d = new Float64Array(H)
      for (let i = 0; i < H; i++) {
        const at = k * H + i
        d[i] = g[i] * slope(at)
        all[at] += d[i]
        if (!within) continue
        kept[at] += d[i]
        arriving[at] += g[i]
      }
      g = new Float64Array(H)
      addTransposed(g, W, d, H)
    }
  }
  const old = Array.from({ length: T }, (_, t) => before(t))
  // One norm over the gradients of U, W, V, b and c together.
  const squared = (delta: Float64Array): number => {
    let s = 0
    for (let i = 0; i < H; i++) {
      for (let j = 0; j < H; j++) {
        let w = 0
        for (let t = 0; t < T; t++) w += delta[t * H + i] * old[t][j]
        s += w * w
      }
      for (let j = 0; j < I; j++) {
        let u = 0
        for (let t = 0; t < T; t++) u += delta[t * H + i] * x[t * I + j]
        s += u * u
      }
      if (!b) continue
      let bias = 0
      for (let t = 0; t < T; t++) bias += delta[t * H + i]
      s += bias * bias
    }
    for (let k = 0; k < K; k++) {
      const e = (t: number) => (targets[t] === null ? 0 : p[t * K + k] - Number(targets[t] === k))
      for (let j = 0; j < H; j++) {
        let v = 0
        for (let t = 0; t < T; t++) v += e(t) * h[t * H + j]
        s += v * v
      }
      if (!c) continue
      let bias = 0
      for (let t = 0; t < T; t++) bias += e(t)
      s += bias * bias
    }
    return Math.sqrt(s)
  }
  // Asked for only when clipping or truncation is looked at.
  let [full, within]: (number | null)[] = [null, null]
  let steep = 0
  for (let i = 0; i < T * H; i++) steep += slope(i)
  return {
    h,
    p,
    E,
    total: E.reduce((a, e) => a + e, 0),
    norms,
    arriving,
    vectors,
    get weightNorm() {
      return (within ??= reach < T ? squared(kept) : this.fullNorm)
    },
    get fullNorm() {
      return (full ??= squared(all))
    },
    slope: steep / (T * H),
    radius: given.radius * factor,
  }
}

/** The same of values that came computed. */
export function given(data: Data, { T, K, targets }: Inputs): Unrolled | null {
  if (!data.values) return null
  const p = decode(data.values.probabilities)
  const E = Float64Array.from({ length: T }, (_, t) => {
    const asked = targets[t]
    return asked === null ? 0 : -Math.log(Math.max(p[t * K + asked], 1e-30))
  })
  return {
    h: decode(data.values.h),
    p,
    E,
    total: E.reduce((a, e) => a + e, 0),
    norms: decode(data.values.norms),
    arriving: decode(data.values.arriving),
    vectors: null,
    weightNorm: null,
    fullNorm: null,
    slope: null,
    radius: null,
  }
}

/** Cells of the student's own states and predictions that differ from the formula's, from the first step on. */
export function differences(mine: ArrayLike<number>, yours: ArrayLike<number>): Set<number> {
  const out = new Set<number>()
  for (let i = 0; i < mine.length; i++)
    if (!(Math.abs(yours[i] - mine[i]) <= 1e-3 * (1 + Math.abs(mine[i])))) out.add(i)
  return out
}

/** Largest ‖∂Eₜ/∂hₜ₋ₙ‖ / ‖∂Eₜ/∂hₜ‖ over t; null when no loss has n steps before it. */
export function fallOver(norms: ArrayLike<number>, T: number, n: number): number | null {
  let most: number | null = null
  for (let t = n; t < T; t++) {
    const own = norms[t * T + t]
    if (own > 0) most = Math.max(most ?? 0, norms[t * T + t - n] / own)
  }
  return most
}
