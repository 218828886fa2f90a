import type { BinaryName, CompareName, Primitives, UnaryName } from '../primitives.ts'
import { indices } from './iterate.ts'

/** Half to even, as PyTorch rounds. */
const roundEven = (x: number) => {
  const r = Math.round(x)
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r
}

const UNARY: Record<UnaryName, (x: number) => number> = {
  neg: x => -x,
  abs: Math.abs,
  sign: x => (x > 0 ? 1 : x < 0 ? -1 : 0),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  reciprocal: x => 1 / x,
  square: x => x * x,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  relu: x => (x > 0 || x !== x ? x : 0),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundEven,
  trunc: Math.trunc,
  isnan: x => (x !== x ? 1 : 0),
  not: x => (x === 0 ? 1 : 0),
  rsqrt: x => 1 / Math.sqrt(x),
  expm1: Math.expm1,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf,
  silu: x => x / (1 + Math.exp(-x)),
  gelu: x => (x / 2) * (1 + erf(x / Math.SQRT2)),
  geluTanh: x => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  softplus: x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
}

/** 2/√π·e^(−x²)·Σₙ 2ⁿx^(2n+1) / (1·3·5···(2n+1)); from 6 on it is 1 in float64. */
function erf(x: number): number {
  if (Math.abs(x) >= 6) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

const BINARY: Record<BinaryName, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => (b === 0 ? 1 : a === 1 ? 1 : Math.pow(a, b)),
  maximum: (a, b) => (a !== a ? a : b !== b ? b : a > b ? a : b),
  minimum: (a, b) => (a !== a ? a : b !== b ? b : a < b ? a : b),
  remainder: (a, b) => {
    const r = a % b
    return r !== 0 && r < 0 !== b < 0 ? r + b : r
  },
  floorDivide: (a, b) => Math.floor(a / b),
  atan2: Math.atan2,
  reluMask: (gy, x) => (x <= 0 ? 0 : gy),
}

const COMPARE: Record<CompareName, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
}

export const elementwise: Pick<
  Primitives,
  'fill' | 'copy' | 'unary' | 'binary' | 'compare' | 'where' | 'accumulate'
> = {
  fill(out, value) {
    const o = out.storage.data
    for (const p of indices(out)) o[p] = value
  },
  copy(x, out) {
    const X = x.storage.data
    const o = out.storage.data
    const from = indices(x)
    const to = indices(out)
    if (out.dtype === 'bool')
      for (let i = 0; i < to.length; i++) o[to[i]] = X[from[i]] === 0 ? 0 : 1
    else for (let i = 0; i < to.length; i++) o[to[i]] = X[from[i]]
  },
  unary(name, x, out) {
    const f = UNARY[name]
    const X = x.storage.data
    const o = out.storage.data
    const from = indices(x)
    const to = indices(out)
    for (let i = 0; i < to.length; i++) o[to[i]] = f(X[from[i]])
  },
  binary(name, a, b, out) {
    const f = name === 'mul' && out.dtype === 'int32' ? Math.imul : BINARY[name]
    const A = a.storage.data
    const B = b.storage.data
    const o = out.storage.data
    const pa = indices(a)
    const pb = indices(b)
    const to = indices(out)
    for (let i = 0; i < to.length; i++) o[to[i]] = f(A[pa[i]], B[pb[i]])
  },
  compare(name, a, b, out) {
    const f = COMPARE[name]
    const A = a.storage.data
    const B = b.storage.data
    const o = out.storage.data
    const pa = indices(a)
    const pb = indices(b)
    const to = indices(out)
    for (let i = 0; i < to.length; i++) o[to[i]] = f(A[pa[i]], B[pb[i]]) ? 1 : 0
  },
  where(condition, a, b, out) {
    const C = condition.storage.data
    const A = a.storage.data
    const B = b.storage.data
    const o = out.storage.data
    const pc = indices(condition)
    const pa = indices(a)
    const pb = indices(b)
    const to = indices(out)
    for (let i = 0; i < to.length; i++) o[to[i]] = C[pc[i]] !== 0 ? A[pa[i]] : B[pb[i]]
  },
  accumulate(x, out) {
    const X = x.storage.data
    const o = out.storage.data
    const from = indices(x)
    const to = indices(out)
    for (let i = 0; i < to.length; i++) o[to[i]] += X[from[i]]
  },
}
