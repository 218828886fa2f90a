// Every operation that is exported, on every back end against the reference, over arguments drawn at random with a seed:
// shapes with empty, single, odd and larger axes, broadcasts, strided, reversed and offset views, and NaN, infinities and
// zeros of both signs where the operation's domain allows. Values and gradients in float32; what one back end refuses, the
// other refuses in the same words. An operation without a line here does not compile.
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/index.ts'
import { Generator, grad, randn, tensor, withBackend, type DType } from '../../src/index.ts'
import * as ops from '../../src/ops/index.ts'
import { expectClose, outputsOf } from '../golden/golden.ts'

type Operation = {
  [N in keyof typeof ops]: (typeof ops)[N] extends (...args: never[]) => unknown ? N : never
}[keyof typeof ops]
interface Drawn {
  inputs: Tensor[]
  f: (...xs: Tensor[]) => unknown
}
const DRAWS = 14
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e-30, 1, -1]

class Draw {
  readonly g: Generator
  special = true
  constructor(seed: number) {
    this.g = new Generator(seed)
  }
  one(n: number): number {
    return 1 + this.g.below(n)
  }
  pick<T>(list: readonly T[]): T {
    return list[this.g.below(list.length)]
  }
  get coin(): boolean {
    return this.g.below(2) === 0
  }
  size(): number {
    return this.pick([1, 1, 2, 3, 4, 5, 7, 8, 9, 17, this.g.below(3) ? 6 : 0])
  }
  shape(least = 0, most = 4): number[] {
    const rank = least + this.g.below(most - least + 1)
    const shape = Array.from({ length: rank }, () => this.size())
    // One longer axis: past a vector's end and a thread's share.
    if (rank && this.g.below(5) === 0) shape[this.g.below(rank)] = 65
    while (shape.reduce((a, b) => a * b, 1) > 6000) shape[shape.indexOf(Math.max(...shape))] = 2
    return shape
  }
  /** Finite unless special, through a view more often than not. */
  floats(
    shape: readonly number[],
    { special = this.special, range = 0, repeats = true } = {},
  ): Tensor {
    const order = shape.map((_, d) => shape.length - 1 - d)
    const kind = shape.length ? this.g.below(repeats ? 4 : 3) : 0
    const stored =
      kind === 1
        ? [...shape].reverse()
        : kind === 2
          ? shape.map((s, d) => (d ? s : 2 * s + 1))
          : shape
    let x: Tensor = randn(stored, { generator: this.g })
    const data = x.storage.data
    for (let i = 0; i < x.size; i++) {
      if (range) data[i] = 0.05 + Math.abs(Math.sin(data[i])) * (range - 0.1)
      if (special && i % 4 === 1 && this.g.below(6) === 0) data[i] = this.pick(SPECIAL)
    }
    if (kind === 1) x = x.permute(order)
    if (kind === 2) x = x.slice(0, { start: 1, step: 2 })
    // An axis that repeats one element.
    if (kind === 3 && shape[shape.length - 1] > 0)
      x = x.narrow(shape.length - 1, 0, 1).expand(shape)
    return x.detach()
  }
  whole(shape: readonly number[], below: number, dtype: DType = 'int32'): Tensor {
    const n = shape.reduce((a, b) => a * b, 1)
    return tensor(
      Array.from({ length: n }, () => this.g.below(Math.max(1, below))),
      { dtype },
    ).reshape(shape)
  }
  mask(shape: readonly number[]): Tensor {
    return this.whole(shape, 2, 'bool')
  }
  /** Two shapes that broadcast. */
  pair(): [number[], number[]] {
    const whole = this.shape(1, 4)
    const part = whole.map(s => (this.g.below(3) ? s : 1))
    const cut = this.coin ? part : part.slice(this.g.below(part.length + 1))
    return this.coin ? [whole, cut] : [cut, whole]
  }
  axis(rank: number): number {
    return rank === 0 ? 0 : this.coin ? this.g.below(rank) : -1 - this.g.below(rank)
  }
  dims(rank: number): number | number[] | undefined {
    const all = Array.from({ length: rank }, (_, d) => d)
    return this.pick([undefined, rank ? this.axis(rank) : undefined, all.filter(() => this.coin)])
  }
}

const one =
  (f: (x: Tensor) => unknown, range?: number) =>
  (d: Draw): Drawn => ({
    inputs: [d.floats(d.shape(), { range, special: d.special && !range })],
    f,
  })
const two =
  (f: (x: Tensor, y: Tensor) => unknown) =>
  (d: Draw): Drawn => {
    const [a, b] = d.pair()
    return { inputs: [d.floats(a), d.floats(b)], f }
  }
/** Needs an axis: f gets it. */
const along =
  (f: (x: Tensor, dim: number, d: Draw, n: number) => unknown, special = true) =>
  (d: Draw): Drawn => {
    const shape = d.shape(1)
    const dim = d.axis(shape.length)
    const n = shape.at(dim)!
    // What f draws must be the same for each back end.
    const seed = d.g.below(1 << 30)
    return {
      inputs: [d.floats(shape, { special })],
      f: x => f(x, dim, new Draw(seed), n),
    }
  }
const reduce =
  (f: (x: Tensor, o: { dim?: number | number[]; keepdim: boolean }) => unknown, single = false) =>
  (d: Draw): Drawn => {
    const shape = d.shape()
    const dim = single ? d.pick([undefined, d.axis(shape.length)]) : d.dims(shape.length)
    const keepdim = d.coin
    return {
      inputs: [d.floats(shape)],
      // Arguments over several axes are none; one axis or all.
      f: x => f(x, { ...(dim !== undefined && { dim: dim as number }), keepdim }),
    }
  }
const images = (d: Draw, special = d.special, rank = d.pick([3, 4]), repeats = true) => {
  const shape = [d.one(3), d.one(5), 5 + d.g.below(9), 5 + d.g.below(9)]
  return d.floats(shape.slice(4 - rank), { special, repeats })
}
const loss =
  (f: (x: Tensor, y: Tensor, o: { reduction: 'mean' | 'sum' | 'none' }) => unknown, range = 0) =>
  (d: Draw): Drawn => {
    const shape = d.shape(1)
    const reduction = d.pick(['mean', 'sum', 'none'] as const)
    return {
      inputs: [
        d.floats(shape, { range, special: !range }),
        d.floats(shape, { range, special: false }),
      ],
      f: (x, y) => f(x, y, { reduction }),
    }
  }
const classes =
  (f: (x: Tensor, y: Tensor, o: ops.NllOptions) => unknown) =>
  (d: Draw): Drawn => {
    const [N, C] = [d.one(9), d.one(7)]
    const rest = d.coin ? [] : [d.one(4), d.one(3)]
    const y = d.whole([N, ...rest], C)
    const weight = d.coin ? d.floats([C], { range: 2 }) : null
    const options = {
      reduction: d.pick(['mean', 'sum', 'none'] as const),
      weight,
      ...(d.coin && { ignoreIndex: 0 }),
    }
    return { inputs: [d.floats([N, C, ...rest], { special: false })], f: x => f(x, y, options) }
  }
const convolution =
  (rank: 1 | 2, transposed: boolean) =>
  (d: Draw): Drawn => {
    const groups = d.pick([1, 1, 2])
    const [C, K] = [groups * d.one(3), groups * d.one(4)]
    const window = Array.from({ length: rank }, () => d.one(4))
    const o = {
      stride: d.one(3),
      padding: transposed ? 0 : d.pick([0, 1, 2]),
      dilation: d.one(2),
      groups,
    }
    const space = window.map(k => o.dilation * (k - 1) + 1 + d.g.below(9))
    const x = d.floats([d.one(3), transposed ? K : C, ...space])
    const w = d.floats([K, C / groups, ...window], { special: false })
    const b = d.floats([transposed ? C : K], { special: false })
    const call = transposed
      ? { 1: ops.convTranspose1d, 2: ops.convTranspose2d }
      : { 1: ops.conv1d, 2: ops.conv2d }
    return { inputs: [x, w, b], f: (x, w, bias) => call[rank](x, w, { ...o, bias }) }
  }
const pooled =
  (
    rank: 1 | 2,
    f: (
      x: Tensor,
      kernel: number,
      o: { stride: number; padding: number; ceilMode: boolean },
      d: Draw,
    ) => unknown,
  ) =>
  (d: Draw): Drawn => {
    const kernel = d.one(4)
    const o = { stride: d.one(3), padding: d.g.below(Math.floor(kernel / 2) + 1), ceilMode: d.coin }
    const space = Array.from({ length: rank }, () => kernel + d.g.below(9))
    const seed = d.g.below(1 << 30)
    return {
      inputs: [d.floats([...(d.coin ? [d.one(3)] : []), d.one(4), ...space])],
      f: x => f(x, kernel, o, new Draw(seed)),
    }
  }
const compare = (name: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge') => two((x, y) => ops[name](x, y))
const normed =
  (f: (x: Tensor, weight: Tensor, bias: Tensor, d: Draw) => unknown) =>
  (d: Draw): Drawn => {
    const x = images(d, false, 4, false)
    const seed = d.g.below(1 << 30)
    const affine = () => d.floats([x.shape[1]], { special: false })
    return { inputs: [x, affine(), affine()], f: (x, w, b) => f(x, w, b, new Draw(seed)) }
  }

const TABLE: Record<Operation, ((d: Draw) => Drawn) | string> = {
  conv1d: convolution(1, false),
  conv2d: convolution(2, false),
  convTranspose1d: convolution(1, true),
  convTranspose2d: convolution(2, true),
  maxPool1d: pooled(1, (x, k, o) => ops.maxPool1d(x, k, { ...o, returnIndices: true })),
  maxPool2d: pooled(2, (x, k, o) => ops.maxPool2d(x, k, { ...o, returnIndices: true })),
  avgPool1d: pooled(1, (x, k, o, d) => ops.avgPool1d(x, k, { ...o, countIncludePad: d.coin })),
  avgPool2d: pooled(2, (x, k, o, d) => ops.avgPool2d(x, k, { ...o, countIncludePad: d.coin })),
  maxUnpool1d: pooled(1, (x, k) => {
    const { output, indices } = ops.maxPool1d(x, k, { returnIndices: true })
    return ops.maxUnpool1d(output, indices, x.shape[x.ndim - 1])
  }),
  maxUnpool2d: pooled(2, (x, k) => {
    const { output, indices } = ops.maxPool2d(x, k, { returnIndices: true })
    return ops.maxUnpool2d(output, indices, [x.shape[x.ndim - 2], x.shape[x.ndim - 1]])
  }),
  adaptiveAvgPool1d: pooled(1, (x, k) => ops.adaptiveAvgPool1d(x, k)),
  adaptiveAvgPool2d: pooled(2, (x, k, o) => ops.adaptiveAvgPool2d(x, [k, o.stride])),
  adaptiveMaxPool1d: pooled(1, (x, k) => ops.adaptiveMaxPool1d(x, k)),
  adaptiveMaxPool2d: pooled(2, (x, k, o) => ops.adaptiveMaxPool2d(x, [k, o.stride])),
  interpolate: d => {
    const mode = d.pick(['nearest', 'bilinear'] as const)
    const size: [number, number] = [d.one(20), d.one(20)]
    return { inputs: [images(d, d.special, 4)], f: x => ops.interpolate(x, { size, mode }) }
  },
  batchNorm: normed((x, weight, bias) => ops.batchNorm(x, { weight, bias, training: true })),
  groupNorm: normed((x, weight, bias, d) =>
    ops.groupNorm(x, d.coin ? 1 : x.shape[1], { weight, bias }),
  ),
  instanceNorm: normed((x, weight, bias) => ops.instanceNorm(x, { weight, bias })),
  layerNorm: d => {
    // A row of one repeated number has the variance 0, where rounding is all there is.
    const x = d.floats([...d.shape(0, 2), 1 + d.one(40)], { special: false, repeats: false })
    const n = x.shape[x.ndim - 1]
    const affine = () => d.floats([n], { special: false })
    return {
      inputs: [x, affine(), affine()],
      f: (x, weight, bias) => ops.layerNorm(x, n, { weight, bias }),
    }
  },
  localResponseNorm: d => {
    const size = d.one(5)
    return { inputs: [images(d, d.special, 4)], f: x => ops.localResponseNorm(x, size) }
  },
  unfold: d => {
    const [kernel, o] = [d.one(4), { stride: d.one(2), padding: d.g.below(2) }]
    return { inputs: [images(d, d.special, 4)], f: x => ops.unfold(x, kernel, o) }
  },
  fold: d => {
    const [k, n, C] = [d.one(3), 4 + d.one(4), d.one(3)]
    const x = d.floats([d.one(3), C * k * k, (n - k + 1) ** 2])
    return { inputs: [x], f: x => ops.fold(x, n, k) }
  },
  softmax: along((x, dim) => ops.softmax(x, dim)),
  logSoftmax: along((x, dim) => ops.logSoftmax(x, dim)),
  binaryCrossEntropy: loss((x, y, o) => ops.binaryCrossEntropy(x, y, o), 1),
  binaryCrossEntropyWithLogits: loss((x, y, o) => ops.binaryCrossEntropyWithLogits(x, y, o)),
  cosineSimilarity: loss((x, y) => ops.cosineSimilarity(x, y, { dim: -1 })),
  crossEntropy: classes((x, y, o) => ops.crossEntropy(x, y, { ...o, labelSmoothing: 0.1 })),
  nllLoss: classes((x, y, o) => ops.nllLoss(ops.logSoftmax(x, 1), y, o)),
  huberLoss: loss((x, y, o) => ops.huberLoss(x, y, o)),
  klDiv: loss((x, y, o) => ops.klDiv(x, y, o), 1),
  l1Loss: loss((x, y, o) => ops.l1Loss(x, y, o)),
  mseLoss: loss((x, y, o) => ops.mseLoss(x, y, o)),
  smoothL1Loss: loss((x, y, o) => ops.smoothL1Loss(x, y, o)),
  dropout: one(x => ops.dropout(x, { generator: new Generator(3) })),
  dropout2d: d => ({
    inputs: [images(d)],
    f: x => ops.dropout2d(x, { generator: new Generator(3) }),
  }),
  leakyRelu: one(x => ops.leakyRelu(x, { negativeSlope: 0.2 })),
  prelu: d => {
    const x = d.floats([d.one(3), d.one(5), d.one(4)])
    const w = d.floats([d.coin ? 1 : x.shape[1]], { special: false })
    return { inputs: [x, w], f: (x, w) => ops.prelu(x, w) }
  },
  elu: one(x => ops.elu(x, { alpha: 1.3 })),
  selu: one(x => ops.selu(x)),
  silu: one(x => ops.silu(x)),
  gelu: d => {
    const approximate = d.coin ? 'tanh' : 'none'
    return one(x => ops.gelu(x, { approximate }))(d)
  },
  softplus: one(x => ops.softplus(x)),
  mish: one(x => ops.mish(x)),
  softsign: one(x => ops.softsign(x)),
  logSigmoid: one(x => ops.logSigmoid(x)),
  hardtanh: one(x => ops.hardtanh(x, { min: -0.5, max: 0.7 })),
  relu6: one(x => ops.relu6(x)),
  roll: along((x, dim, d) => ops.roll(x, d.one(4) - 2, dim)),
  tile: one(x => ops.tile(x, [2, ...x.shape.map((_, d) => 1 + (d % 2))])),
  repeatInterleave: along((x, dim, d) => ops.repeatInterleave(x, d.one(3), dim)),
  tril: d => ({ inputs: [d.floats(d.shape(2))], f: x => ops.tril(x) }),
  triu: d => ({ inputs: [d.floats(d.shape(2))], f: x => ops.triu(x, { diagonal: 1 }) }),
  eq: compare('eq'),
  ne: compare('ne'),
  lt: compare('lt'),
  le: compare('le'),
  gt: compare('gt'),
  ge: compare('ge'),
  isnan: one(x => ops.isnan(x)),
  isinf: one(x => ops.isinf(x)),
  isfinite: one(x => ops.isfinite(x)),
  logicalNot: one(x => ops.logicalNot(x)),
  logicalAnd: two((x, y) => ops.logicalAnd(x, y)),
  logicalOr: two((x, y) => ops.logicalOr(x, y)),
  logicalXor: two((x, y) => ops.logicalXor(x, y)),
  where: d => {
    const [a, b] = d.pair()
    const mask = d.mask(b)
    return { inputs: [d.floats(a), d.floats(b)], f: (x, y) => ops.where(mask, x, y) }
  },
  maskedFill: d => {
    const shape = d.shape(1)
    const mask = d.mask(shape.map(s => (d.coin ? s : 1)))
    return { inputs: [d.floats(shape)], f: x => ops.maskedFill(x, mask, 2.5) }
  },
  isclose: two((x, y) => ops.isclose(x, y, { atol: 0.5, equalNan: true })),
  allclose: two((x, y) => tensor(Number(ops.allclose(x, y, { atol: 2 })))),
  equal: one(x => tensor([Number(ops.equal(x, x)), Number(ops.equal(x, x.add(1)))])),
  jacobian: 'takes a function: derivatives.test.ts',
  hessian: 'takes a function: derivatives.test.ts',
  vjp: 'takes a function: derivatives.test.ts',
  jvp: 'takes a function: derivatives.test.ts',
  multinomial: d => ({
    inputs: [d.floats([d.one(4), 2 + d.one(9)], { range: 1 })],
    f: x => ops.multinomial(x.detach(), 2, { generator: new Generator(5) }),
  }),
  bernoulli: one(x => ops.bernoulli(x.detach(), { generator: new Generator(5) }), 1),
  einsum: d => {
    const [b, i, j, k] = [d.size(), d.size(), d.size(), d.size()]
    const [equation, x, y] = d.pick([
      ['bij,bjk->bik', [b, i, j], [b, j, k]],
      ['ij,kj->ki', [i, j], [k, j]],
      ['bi,bi->b', [b, i], [b, i]],
      ['ij,k->jki', [i, j], [k]],
    ] as const)
    return {
      inputs: [d.floats(x, { special: false }), d.floats(y, { special: false })],
      f: (x, y) => ops.einsum(equation, x, y),
    }
  },
  to: one(x => [ops.to(x, 'float64'), ops.to(x, 'bool')]),
  add: two((x, y) => ops.add(x, y)),
  sub: two((x, y) => ops.sub(x, y)),
  mul: two((x, y) => ops.mul(x, y)),
  div: two((x, y) => ops.div(x, y)),
  floorDivide: two((x, y) => ops.floorDivide(x, y)),
  remainder: two((x, y) => ops.remainder(x, y)),
  atan2: two((x, y) => ops.atan2(x, y)),
  maximum: two((x, y) => ops.maximum(x, y)),
  minimum: two((x, y) => ops.minimum(x, y)),
  pow: two((x, y) => ops.pow(x, y)),
  neg: one(x => ops.neg(x)),
  abs: one(x => ops.abs(x)),
  sign: one(x => ops.sign(x)),
  exp: one(x => ops.exp(x)),
  expm1: one(x => ops.expm1(x)),
  log: one(x => ops.log(x)),
  log1p: one(x => ops.log1p(x)),
  log2: one(x => ops.log2(x)),
  log10: one(x => ops.log10(x)),
  sqrt: one(x => ops.sqrt(x)),
  rsqrt: one(x => ops.rsqrt(x)),
  reciprocal: one(x => ops.reciprocal(x)),
  square: one(x => ops.square(x)),
  sin: one(x => ops.sin(x)),
  cos: one(x => ops.cos(x)),
  tan: one(x => ops.tan(x), 1),
  asin: one(x => ops.asin(x), 1),
  acos: one(x => ops.acos(x), 1),
  atan: one(x => ops.atan(x)),
  sinh: one(x => ops.sinh(x)),
  cosh: one(x => ops.cosh(x)),
  asinh: one(x => ops.asinh(x)),
  acosh: one(x => ops.acosh(ops.add(x, 1.1)), 1),
  atanh: one(x => ops.atanh(x), 1),
  tanh: one(x => ops.tanh(x)),
  sigmoid: one(x => ops.sigmoid(x)),
  erf: one(x => ops.erf(x)),
  relu: one(x => ops.relu(x)),
  floor: one(x => ops.floor(x)),
  ceil: one(x => ops.ceil(x)),
  round: one(x => ops.round(x)),
  trunc: one(x => ops.trunc(x)),
  clamp: one(x => ops.clamp(x, { min: -0.5, max: 1 })),
  gather: along((x, dim, d, n) => {
    const shape = [...x.shape]
    shape[dim < 0 ? dim + x.ndim : dim] = n ? d.one(4) : 0
    return ops.gather(x, dim, d.whole(shape, n))
  }),
  scatterAdd: along((x, dim, d, n) => {
    const shape = [...x.shape]
    shape[dim < 0 ? dim + x.ndim : dim] = n ? d.one(4) : 0
    return ops.scatterAdd(x, dim, d.whole(shape, n), d.floats(shape, { special: false }))
  }),
  indexSelect: along((x, dim, d, n) => ops.indexSelect(x, dim, d.whole([n ? d.one(6) : 0], n))),
  indexAdd: along((x, dim, d, n) => {
    const shape = [...x.shape]
    const k = (shape[dim < 0 ? dim + x.ndim : dim] = n ? d.one(6) : 0)
    return ops.indexAdd(x, dim, d.whole([k], n), d.floats(shape, { special: false }))
  }),
  take: along((x, _dim, d) => ops.take(x, d.whole([x.size ? d.one(9) : 0], x.size))),
  maskedSelect: d => {
    const shape = d.shape(1)
    const mask = d.mask(shape)
    return { inputs: [d.floats(shape)], f: x => ops.maskedSelect(x, mask) }
  },
  nonzero: one(x => ops.nonzero(x)),
  embedding: d => {
    const [n, k] = [d.one(9), d.one(9)]
    const index = d.whole(d.shape(1, 2), n)
    return { inputs: [d.floats([n, k])], f: w => ops.embedding(index, w) }
  },
  oneHot: d => {
    const index = d.whole(d.shape(1, 2), 5)
    return { inputs: [], f: () => ops.oneHot(index, 5) }
  },
  at: along((x, _dim, d) => ops.at(x, x.shape[0] ? d.g.below(x.shape[0]) : [])),
  matmul: d => {
    const [M, K, N] = [d.size(), d.size(), d.size()]
    const [x, y] = d.pick([
      [
        [M, K],
        [K, N],
      ],
      [
        [3, M, K],
        [K, N],
      ],
      [
        [3, 1, M, K],
        [2, K, N],
      ],
      [[K], [K, N]],
      [[M, K], [K]],
      [[K], [K]],
    ])
    return { inputs: [d.floats(x), d.floats(y)], f: (x, y) => ops.matmul(x, y) }
  },
  bmm: d => {
    const [B, M, K, N] = [d.size(), d.size(), d.size(), d.size()]
    return { inputs: [d.floats([B, M, K]), d.floats([B, K, N])], f: (x, y) => ops.bmm(x, y) }
  },
  dot: d => {
    const n = d.size()
    return { inputs: [d.floats([n]), d.floats([n])], f: (x, y) => ops.dot(x, y) }
  },
  outer: d => ({
    inputs: [d.floats([d.size()]), d.floats([d.size()])],
    f: (x, y) => ops.outer(x, y),
  }),
  linear: d => {
    const [I, O] = [1 + d.size(), d.size()]
    return {
      inputs: [d.floats([...d.shape(0, 2), I]), d.floats([O, I]), d.floats([O])],
      f: (x, w, b) => ops.linear(x, w, b),
    }
  },
  pad: d => {
    const mode = d.pick(['constant', 'reflect', 'replicate', 'circular'] as const)
    const amounts = [d.g.below(4), d.g.below(4), d.g.below(4), d.g.below(4)]
    return { inputs: [images(d)], f: x => ops.pad(x, amounts, { mode, value: 0.5 }) }
  },
  sum: reduce((x, o) => ops.sum(x, o)),
  mean: reduce((x, o) => ops.mean(x, o)),
  variance: reduce((x, o) => ops.variance(x, o)),
  std: reduce((x, o) => ops.std(x, o)),
  max: reduce((x, o) => ops.max(x, o)),
  min: reduce((x, o) => ops.min(x, o)),
  prod: reduce((x, o) => ops.prod(x, o)),
  argmax: reduce((x, o) => ops.argmax(x, o as { dim?: number }), true),
  argmin: reduce((x, o) => ops.argmin(x, o as { dim?: number }), true),
  any: reduce((x, o) => ops.any(x, o)),
  all: reduce((x, o) => ops.all(x, o)),
  norm: d => {
    const p = d.pick([1, 2, 3, Infinity])
    return reduce((x, o) => ops.norm(x, { ...o, p }))(d)
  },
  logsumexp: reduce((x, o) => ops.logsumexp(x, o)),
  recurrence: d => {
    const shape = d.shape(1)
    const dim = d.axis(shape.length)
    return {
      inputs: [d.floats(shape, { special: false }), d.floats(shape, { special: false })],
      f: (a, b) => ops.recurrence(a.mul(0.5), b, dim),
    }
  },
  cumsum: along((x, dim) => ops.cumsum(x, dim)),
  cumprod: along((x, dim) => ops.cumprod(x, dim)),
  argsort: along((x, dim) => ops.argsort(x, { dim, descending: true })),
  sort: along((x, dim) => ops.sort(x, { dim })),
  topk: along((x, dim, _d, n) => ops.topk(x, Math.min(2, n), { dim })),
  contiguous: one(x => ops.contiguous(x)),
  clone: one(x => ops.clone(x)),
  reshape: one(x => ops.reshape(x, [x.size, 1])),
  flatten: one(x => ops.flatten(x)),
  permute: one(x =>
    ops.permute(
      x,
      x.shape.map((_, d) => (d + 1) % x.ndim),
    ),
  ),
  transpose: d => ({ inputs: [d.floats(d.shape(2))], f: x => ops.transpose(x, 0, -1) }),
  movedim: along((x, dim) => ops.movedim(x, dim, 0)),
  expand: one(x => ops.expand(ops.unsqueeze(x, 0), [3, ...x.shape])),
  unsqueeze: one(x => ops.unsqueeze(x, -1)),
  squeeze: one(x => ops.squeeze(x)),
  slice: along((x, dim, d) => ops.slice(x, dim, { start: d.g.below(3), step: d.one(3) })),
  diagonal: d => ({ inputs: [d.floats(d.shape(2))], f: x => ops.diagonal(x) }),
  windowed: along((x, dim, d, n) => ops.windowed(x, dim, Math.max(1, Math.min(n, 3)), d.one(2))),
  narrow: along((x, dim, _d, n) => ops.narrow(x, dim, n >> 1, n - (n >> 1))),
  select: along((x, dim, _d, n) => ops.select(x, dim, n - 1)),
  cat: d => {
    const shape = d.shape(1)
    const dim = d.axis(shape.length)
    return {
      inputs: [d.floats(shape), d.floats(shape), d.floats(shape)],
      f: (...xs) => ops.cat(xs, dim),
    }
  },
  stack: d => {
    const shape = d.shape(0, 3)
    return { inputs: [d.floats(shape), d.floats(shape)], f: (...xs) => ops.stack(xs, -1) }
  },
  split: along((x, dim) => ops.split(x, 2, dim)),
  chunk: along((x, dim) => ops.chunk(x, 3, dim)),
  unbind: along((x, dim) => ops.unbind(x, dim)),
  flip: along((x, dim) => ops.flip(x, dim)),
}

/** Results and gradients, or the error's words. */
function evaluate(name: 'reference' | 'wasm', { inputs, f }: Drawn): number[][] | string {
  return withBackend(name, () => {
    const xs = inputs.map(x => x.detach().requiresGrad_())
    let ys: Tensor[]
    try {
      ys = outputsOf(f(...xs))
    } catch (error) {
      return (error as Error).message
    }
    const live = ys.filter(y => y.requiresGrad)
    const gs = live.length
      ? grad(
          live,
          xs,
          live.map(y =>
            tensor(Float32Array.from({ length: y.size }, (_, i) => Math.cos(1 + i))).reshape(
              y.shape,
            ),
          ),
          { allowUnused: true },
        )
      : []
    return [...ys, ...gs].map(t => Array.from(t.toTypedArray()))
  })
}

const seedOf = (name: string) => [...name].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7)

describe('every operation on every back end, drawn at random', () => {
  it('has a line for each that is exported', () => {
    const exported = Object.entries(ops).flatMap(([n, f]) => (typeof f === 'function' ? [n] : []))
    expect(exported.filter(n => !(n in TABLE))).toEqual([])
    expect(Object.keys(TABLE).filter(n => !exported.includes(n))).toEqual([])
  })
  it.each(
    Object.entries(TABLE).flatMap(([n, draw]) =>
      typeof draw === 'string' ? [] : [[n, draw] as const],
    ),
  )('%s', (name, draw) => {
    const d = new Draw(seedOf(name))
    let ran = 0
    for (let i = 0; i < DRAWS; i++) {
      d.special = i % 2 === 1
      const drawn = draw(d)
      const what = `${name}, draw ${i}, ${drawn.inputs.map(x => `[${x.shape}]`).join(' ')}`
      const [expected, got] = [evaluate('reference', drawn), evaluate('wasm', drawn)]
      if (typeof expected === 'string' || typeof got === 'string') {
        expect(got, what).toBe(expected)
        continue
      }
      ran++
      const depth = Math.max(1, ...drawn.inputs.map(x => x.size / 50))
      expect(got.length, what).toBe(expected.length)
      got.forEach((values, k) => expectClose(values, expected[k], 2e-5 * depth, `${what}, ${k}`))
    }
    // What is refused tests nothing.
    expect(ran, 'draws that ran').toBeGreaterThan(DRAWS / 2)
  })
})
