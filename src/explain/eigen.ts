/** Eigenvalues of a real matrix and the largest stretch of one: how far powers of a matrix carry. */
import { show } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { fromFlat } from '../tensor/tensor.ts'

export interface Eigenvalues {
  /** Real and imaginary parts, float64 [n]; the largest |λ| first, of a conjugate pair the one above the axis first. */
  re: Tensor
  im: Tensor
  /** |λ|, float64 [n], falling. */
  abs: Tensor
  /** Largest |λ|: Wⁿ grows or falls like its n-th power. */
  radius: number
}

/** Most rows of a matrix whose eigenvalues are computed. */
const MOST = 1024

function square(op: string, w: Tensor): number {
  const [n, m] = w.shape
  if (w.ndim !== 2 || n !== m || n < 1 || n > MOST)
    throw new RangeError(`${op}: ${show(w.shape)}; a square matrix [n, n] with n from 1 to ${MOST}`)
  for (const v of w.toTypedArray())
    if (!Number.isFinite(v)) throw new RangeError(`${op}: the matrix holds ${v}`)
  return n
}

/**
 * Eigenvalues of a real square matrix w [n, n], symmetric or not: Hessenberg form by Householder reflections, then QR steps
 * with Wilkinson's shift in complex numbers, in float64.
 * Francis, The QR transformation, 1961; Golub & Van Loan, Matrix Computations, sections 7.4 and 7.5.
 * @throws RangeError for other shapes, numbers that are not finite, and when the steps do not converge
 */
export function eigenvalues(w: Tensor): Eigenvalues {
  const n = square('eigenvalues', w)
  const re = hessenberg(Float64Array.from(w.toTypedArray()), n)
  const im = new Float64Array(n * n)
  let end = n - 1
  for (let steps = 0; end > 0; steps++) {
    if (steps > 60 * n) throw new RangeError('eigenvalues: no convergence')
    let start = end
    while (start > 0 && !negligible(re, im, n, start)) start--
    if (start > 0) {
      const below = start * n + start - 1
      re[below] = im[below] = 0
    }
    if (start === end) {
      end--
      steps = 0
    } else qrStep(re, im, n, start, end, steps % 11 === 10)
  }
  const found = Array.from({ length: n }, (_, i) => [re[i * n + i], im[i * n + i]])
  const size = ([a, b]: number[]): number => Math.hypot(a, b)
  found.sort((a, b) => size(b) - size(a))
  const abs = found.map(size)
  // The sizes of a conjugate pair differ in their last bits.
  for (let i = 1; i < n; i++)
    if (found[i][1] > 0 && found[i - 1][1] < 0 && abs[i - 1] - abs[i] <= 1e-9 * abs[i])
      [found[i - 1], found[i]] = [found[i], found[i - 1]]
  const list = (values: number[]): Tensor => fromFlat(values, [n], 'float64')
  return {
    re: list(found.map(v => v[0])),
    im: list(found.map(v => v[1])),
    abs: list(abs),
    radius: abs[0],
  }
}

/** Upper Hessenberg form with the same eigenvalues: Householder reflections from both sides. */
function hessenberg(a: Float64Array, n: number): Float64Array {
  const v = new Float64Array(n)
  for (let k = 0; k < n - 2; k++) {
    let norm = 0
    for (let i = k + 1; i < n; i++) norm = Math.hypot(norm, a[i * n + k])
    if (norm === 0) continue
    v.fill(0)
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k]
    v[k + 1] += v[k + 1] < 0 ? -norm : norm
    let vv = 0
    for (let i = k + 1; i < n; i++) vv += v[i] * v[i]
    for (let j = 0; j < n; j++) {
      let s = 0
      for (let i = k + 1; i < n; i++) s += v[i] * a[i * n + j]
      s *= 2 / vv
      for (let i = k + 1; i < n; i++) a[i * n + j] -= s * v[i]
    }
    for (let i = 0; i < n; i++) {
      let s = 0
      for (let j = k + 1; j < n; j++) s += a[i * n + j] * v[j]
      s *= 2 / vv
      for (let j = k + 1; j < n; j++) a[i * n + j] -= s * v[j]
    }
    for (let i = k + 2; i < n; i++) a[i * n + k] = 0
  }
  return a
}

function negligible(re: Float64Array, im: Float64Array, n: number, k: number): boolean {
  const at = (i: number, j: number): number => Math.hypot(re[i * n + j], im[i * n + j])
  const around = at(k, k) + at(k - 1, k - 1)
  return at(k, k - 1) <= Number.EPSILON * (around || 1)
}

/** One shifted QR step on rows and columns start…end of a complex Hessenberg matrix. */
function qrStep(
  re: Float64Array,
  im: Float64Array,
  n: number,
  start: number,
  end: number,
  exceptional: boolean,
): void {
  const [sr, si] = exceptional
    ? [re[end * n + end] + Math.hypot(re[end * n + end - 1], im[end * n + end - 1]), im[end * n + end]] // prettier-ignore
    : shift(re, im, n, end)
  const diagonal = (sign: number): void => {
    for (let i = start; i <= end; i++) {
      re[i * n + i] += sign * sr
      im[i * n + i] += sign * si
    }
  }
  diagonal(-1)
  const turns: [number, number, number, number][] = []
  for (let k = start; k < end; k++) {
    const [p, q] = [k * n + k, (k + 1) * n + k]
    const r = Math.hypot(re[p], im[p], re[q], im[q])
    const [ar, ai, br, bi] = r > 0 ? [re[p] / r, im[p] / r, re[q] / r, im[q] / r] : [1, 0, 0, 0]
    turns.push([ar, ai, br, bi])
    for (let j = k; j <= end; j++) {
      const [x, y] = [k * n + j, (k + 1) * n + j]
      const [xr, xi, yr, yi] = [re[x], im[x], re[y], im[y]]
      re[x] = ar * xr + ai * xi + br * yr + bi * yi
      im[x] = ar * xi - ai * xr + br * yi - bi * yr
      re[y] = ar * yr - ai * yi - br * xr + bi * xi
      im[y] = ar * yi + ai * yr - br * xi - bi * xr
    }
  }
  turns.forEach(([ar, ai, br, bi], n0) => {
    const k = start + n0
    for (let i = start; i <= Math.min(k + 2, end); i++) {
      const [x, y] = [i * n + k, i * n + k + 1]
      const [xr, xi, yr, yi] = [re[x], im[x], re[y], im[y]]
      re[x] = xr * ar - xi * ai + yr * br - yi * bi
      im[x] = xr * ai + xi * ar + yr * bi + yi * br
      re[y] = yr * ar + yi * ai - xr * br - xi * bi
      im[y] = yi * ar - yr * ai - xi * br + xr * bi
    }
  })
  diagonal(1)
}

/** The eigenvalue of the last 2×2 block that lies nearer its last number. */
function shift(re: Float64Array, im: Float64Array, n: number, end: number): [number, number] {
  const at = (i: number, j: number): [number, number] => [re[i * n + j], im[i * n + j]]
  const [[ar, ai], [br, bi], [cr, ci], [dr, di]] = [at(end - 1, end - 1), at(end - 1, end), at(end, end - 1), at(end, end)] // prettier-ignore
  const [hr, hi] = [(ar - dr) / 2, (ai - di) / 2]
  const [tr, ti] = [hr * hr - hi * hi + br * cr - bi * ci, 2 * hr * hi + br * ci + bi * cr]
  const size = Math.hypot(tr, ti)
  let rr = Math.sqrt(Math.max(0, (size + tr) / 2))
  let ri = Math.sqrt(Math.max(0, (size - tr) / 2)) * (ti < 0 ? -1 : 1)
  // d + h ± root: of the two, the one with the smaller difference to d.
  if (hr * rr + hi * ri > 0) [rr, ri] = [-rr, -ri]
  return [dr + hr + rr, di + hi + ri]
}

/**
 * Largest singular value of w [m, n]: by how much it can stretch a vector. Power iteration on wᵀw in float64.
 * Golub & Van Loan, Matrix Computations, section 8.2.
 */
export function spectralNorm(w: Tensor): number {
  const [m, n] = w.shape
  if (w.ndim !== 2) throw new RangeError(`spectralNorm: ${show(w.shape)}; a matrix [m, n]`)
  return largestStretch(Float64Array.from(w.toTypedArray()), m, n)
}

/** @internal */
export function largestStretch(a: ArrayLike<number>, m: number, n: number): number {
  // The first direction is the longest row, so that it is never orthogonal to everything.
  let [best, row] = [0, 0]
  for (let i = 0; i < m; i++) {
    let s = 0
    for (let j = 0; j < n; j++) s += a[i * n + j] ** 2
    if (s > best) [best, row] = [s, i]
  }
  if (best === 0 || !Number.isFinite(best)) return Math.sqrt(best)
  const v = Float64Array.from({ length: n }, (_, j) => a[row * n + j] / Math.sqrt(best))
  const u = new Float64Array(m)
  let before = 0
  for (let step = 0; step < 2000; step++) {
    for (let i = 0; i < m; i++) {
      u[i] = 0
      for (let j = 0; j < n; j++) u[i] += a[i * n + j] * v[j]
    }
    v.fill(0)
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) v[j] += a[i * n + j] * u[i]
    let norm = 0
    for (let j = 0; j < n; j++) norm = Math.hypot(norm, v[j])
    if (norm === 0) return 0
    for (let j = 0; j < n; j++) v[j] /= norm
    const now = Math.sqrt(norm)
    if (Math.abs(now - before) <= 1e-13 * now) return now
    before = now
  }
  return before
}
