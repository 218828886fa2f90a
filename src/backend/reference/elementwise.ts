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
  isnan: x => (x !== x ? 1 : 0),
  not: x => (x === 0 ? 1 : 0),
}

const BINARY: Record<BinaryName, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => (b === 0 ? 1 : a === 1 ? 1 : Math.pow(a, b)),
  maximum: (a, b) => (a !== a ? a : b !== b ? b : a > b ? a : b),
  minimum: (a, b) => (a !== a ? a : b !== b ? b : a < b ? a : b),
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
    const f = BINARY[name]
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
