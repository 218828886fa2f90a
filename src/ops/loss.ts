/** Losses: one number that says how far x is from what it should be. */
import { noGrad, record } from '../autograd/tape.ts'
import { sameShape, show, sizeOf } from '../tensor/shape.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { logSigmoid } from './activations.ts'
import { gt, le, where } from './compare.ts'
import {
  abs,
  add,
  clamp,
  div,
  exp,
  log,
  maximum,
  mul,
  neg,
  sqrt,
  square,
  sub,
  to,
} from './elementwise.ts'
import { gather } from './gather.ts'
import { mean, sum } from './reduce.ts'
import { logSoftmax } from './softmax.ts'
import { permute, reshape } from './views.ts'

/** One number by mean or sum, or each term by itself. */
export type Reduction = 'mean' | 'sum' | 'none'
export interface LossOptions {
  /** Default mean. */
  reduction?: Reduction
}

function reduced(op: string, loss: Tensor, reduction: Reduction = 'mean'): Tensor {
  if (reduction === 'mean') return mean(loss)
  if (reduction === 'sum') return sum(loss)
  if (reduction === 'none') return loss
  throw new RangeError(`${op}: reduction '${String(reduction)}'; 'mean', 'sum' or 'none'`)
}

export interface NllOptions extends LossOptions {
  /** Importance of each class, [K]; the mean divides by the sum over the targets. Default 1 each. */
  weight?: Tensor | null
  /** Targets of this number count nothing. Default −100. */
  ignoreIndex?: number
}
export interface CrossEntropyOptions extends NllOptions {
  /** Share of the target that is spread evenly over all classes, 0 to 1 (Szegedy et al., 2016). Default 0. */
  labelSmoothing?: number
}

/** Class axis last: [N, K, …] → [M, K], [K] → [1, K]. */
function rows(x: Tensor): Tensor {
  if (x.ndim === 2) return x
  if (x.ndim === 1) return reshape(x, [1, -1])
  const last = [0, ...x.shape.slice(2).map((_, d) => d + 2), 1]
  return reshape(permute(x, last), [-1, x.shape[1]])
}

interface Targets {
  /** int32 [M], ignored ones 0 */
  index: Tensor
  /** Weight of each example, 0 where ignored; null when all are 1. [M] */
  importance: Tensor | null
  /** What the mean divides by. */
  total: number
}

/** Class numbers checked against the number of classes. */
function targets(
  op: string,
  x: Tensor,
  y: Tensor,
  { weight, ignoreIndex = -100 }: NllOptions,
): Targets {
  const expected = x.ndim === 1 ? [] : [x.shape[0], ...x.shape.slice(2)]
  if (x.ndim < 1 || !sameShape(y.shape, expected))
    throw new RangeError(
      `${op}: logits ${show(x.shape)} with targets ${show(y.shape)}; ${x.ndim === 2 || x.ndim < 1 ? 'they are [N, K] and [N]' : `targets are ${show(expected)}`}`,
    )
  if (y.dtype !== 'int32' && y.dtype !== 'uint8')
    throw new TypeError(`${op}: targets are class numbers, int32 or uint8, not ${y.dtype}`)
  const K = x.ndim === 1 ? x.shape[0] : x.shape[1]
  if (weight && !sameShape(weight.shape, [K]))
    throw new RangeError(`${op}: weight ${show(weight.shape)} for ${K} classes; it is [${K}]`)
  const classes = y.toTypedArray()
  let ignored = 0
  for (let i = 0; i < classes.length; i++) {
    const c = classes[i]
    if (c === ignoreIndex) ignored++
    else if (c < 0 || c >= K)
      throw new RangeError(
        `${op}: target ${c} at ${i}; the classes of logits ${show(x.shape)} go from 0 to ${K - 1}`,
      )
  }
  const M = classes.length
  if (!weight && !ignored)
    return { index: reshape(to(y, 'int32'), [M]), importance: null, total: M }
  const w = weight?.toTypedArray()
  const importance = Float64Array.from(classes, c => (c === ignoreIndex ? 0 : w ? w[c] : 1))
  const index = Int32Array.from(classes, c => (c === ignoreIndex ? 0 : c))
  return {
    index: fromFlat(index, [M], 'int32'),
    importance: fromFlat(importance, [M], x.dtype),
    total: importance.reduce((a, b) => a + b, 0),
  }
}

/** Terms [M] weighted already: their mean over `total`, their sum, or themselves in the targets' shape. */
function finish(
  op: string,
  terms: Tensor,
  total: number,
  y: readonly number[],
  reduction?: Reduction,
): Tensor {
  // Nothing counted: NaN as in PyTorch, but nothing flows back.
  if (total === 0 && terms.size > 0 && (reduction ?? 'mean') === 'mean')
    return add(mul(sum(terms), 0), NaN)
  return reduction === undefined || reduction === 'mean'
    ? mul(sum(terms), 1 / total)
    : reduced(op, reduction === 'none' ? reshape(terms, y) : terms, reduction)
}

/** −logp[n, t[n]], times its importance. */
function negative(logp: Tensor, t: Targets): Tensor {
  const picked = neg(reshape(gather(logp, 1, reshape(t.index, [-1, 1])), [-1]))
  return t.importance ? mul(picked, t.importance) : picked
}

/**
 * −x[n, y[n]] for log-probabilities x and classes y.
 * @param x [N, K], [K], or [N, K, …] @param y int32 or uint8 [N], [], or [N, …]
 */
export function nllLoss(x: Tensor, y: Tensor, options: NllOptions = {}): Tensor {
  const t = targets('nllLoss', x, y, options)
  return finish('nllLoss', negative(rows(x), t), t.total, y.shape, options.reduction)
}

/**
 * −log softmax(x)[y]: x are logits, not probabilities.
 * @param x [N, K], [K], or [N, K, …] with the classes along axis 1
 * @param y classes, int32 or uint8 [N], [], or [N, …]; or probabilities, float of x's shape
 * @param options reduction over the batch: 'mean' (default), 'sum' or 'none'; weight, ignoreIndex, labelSmoothing
 * @throws RangeError when a target is no class, or shapes do not fit
 */
export function crossEntropy(x: Tensor, y: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight = null, labelSmoothing = 0, reduction } = options
  const op = 'crossEntropy'
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new RangeError(`${op}: labelSmoothing ${labelSmoothing}; it goes from 0 to 1`)
  const K = x.ndim === 1 ? x.shape[0] : x.shape[1]
  if (y.dtype === 'float32' || y.dtype === 'float64')
    return likelihood(op, x, y, weight, labelSmoothing, reduction)
  const t = targets(op, x, y, options)
  const logp = logSoftmax(rows(x), 1)
  const picked = finish(op, negative(logp, t), t.total, y.shape, reduction)
  if (labelSmoothing === 0) return picked
  const all = neg(sum(weight ? mul(logp, weight.detach()) : logp, { dim: 1 }))
  const counted = t.importance ? where(gt(t.importance, 0), all, 0) : all
  const even = finish(op, counted, t.total, y.shape, reduction)
  return add(mul(picked, 1 - labelSmoothing), mul(even, labelSmoothing / K))
}

/** −Σ y·log softmax(x) for probabilities y. */
function likelihood(
  op: string,
  x: Tensor,
  y: Tensor,
  weight: Tensor | null,
  smoothing: number,
  reduction?: Reduction,
): Tensor {
  if (x.ndim !== y.ndim)
    throw new TypeError(
      `${op}: targets are class numbers, int32 or uint8, not ${y.dtype} (or probabilities of the logits' shape ${show(x.shape)}, not ${show(y.shape)})`,
    )
  if (!sameShape(x.shape, y.shape))
    throw new RangeError(
      `${op}: logits ${show(x.shape)} with probabilities ${show(y.shape)}; they have one shape`,
    )
  const K = x.ndim === 1 ? x.shape[0] : x.shape[1]
  if (weight && !sameShape(weight.shape, [K]))
    throw new RangeError(`${op}: weight ${show(weight.shape)} for ${K} classes; it is [${K}]`)
  const p = smoothing ? add(mul(rows(y), 1 - smoothing), smoothing / K) : rows(y)
  const terms = mul(logSoftmax(rows(x), 1), p)
  const each = neg(sum(weight ? mul(terms, weight.detach()) : terms, { dim: 1 }))
  const shape = x.ndim === 1 ? [] : [x.shape[0], ...x.shape.slice(2)]
  return finish(op, each, each.size, shape, reduction)
}

/** One shape for both: a loss that broadcasts silently compares everything with everything. */
function alike(op: string, x: Tensor, y: Tensor): void {
  if (sameShape(x.shape, y.shape)) return
  const same = sizeOf(x.shape) === sizeOf(y.shape)
  throw new RangeError(
    `${op}: x ${show(x.shape)} with y ${show(y.shape)}; they have one shape${same ? ` (y.reshape(x.shape) makes them alike)` : ''}`,
  )
}

/** (x − y)². */
export function mseLoss(x: Tensor, y: Tensor, { reduction }: LossOptions = {}): Tensor {
  alike('mseLoss', x, y)
  return reduced('mseLoss', square(sub(x, y)), reduction)
}
/** |x − y|. */
export function l1Loss(x: Tensor, y: Tensor, { reduction }: LossOptions = {}): Tensor {
  alike('l1Loss', x, y)
  return reduced('l1Loss', abs(sub(x, y)), reduction)
}
/** d² / 2 where |d| ≤ delta, else delta·(|d| − delta / 2), d = x − y (Huber, 1964). delta: default 1. */
export function huberLoss(
  x: Tensor,
  y: Tensor,
  { reduction, delta = 1 }: LossOptions & { delta?: number } = {},
): Tensor {
  alike('huberLoss', x, y)
  if (!(delta > 0)) throw new RangeError(`huberLoss: delta ${delta}; above 0`)
  return reduced('huberLoss', bent(sub(x, y), delta), reduction)
}
const bent = (d: Tensor, delta: number): Tensor => {
  const size = abs(d)
  return where(le(size, delta), mul(square(d), 0.5), mul(sub(size, delta / 2), delta))
}
/** d² / (2 beta) where |d| < beta, else |d| − beta / 2, d = x − y. beta: default 1; 0 is l1Loss. */
export function smoothL1Loss(
  x: Tensor,
  y: Tensor,
  { reduction, beta = 1 }: LossOptions & { beta?: number } = {},
): Tensor {
  alike('smoothL1Loss', x, y)
  if (!(beta >= 0)) throw new RangeError(`smoothL1Loss: beta ${beta}; at least 0`)
  const d = sub(x, y)
  return reduced('smoothL1Loss', beta === 0 ? abs(d) : mul(bent(d, beta), 1 / beta), reduction)
}

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Importance of each term; broadcasts to x's shape. Default 1. */
  weight?: Tensor | null
}

/**
 * −(y·log x + (1 − y)·log(1 − x)) for probabilities x; logarithms end at −100, as in PyTorch.
 * @throws RangeError when an x lies outside 0 … 1
 */
export function binaryCrossEntropy(
  x: Tensor,
  y: Tensor,
  { reduction, weight }: BinaryCrossEntropyOptions = {},
): Tensor {
  const op = 'binaryCrossEntropy'
  alike(op, x, y)
  for (const v of x.toTypedArray())
    if (v < 0 || v > 1)
      throw new RangeError(
        `${op}: x has ${v}, which is no probability (binaryCrossEntropyWithLogits takes logits)`,
      )
  const terms = binary(x, to(y, x.dtype))
  return reduced(op, weight ? mul(terms, weight) : terms, reduction)
}
function binary(x: Tensor, y: Tensor): Tensor {
  const logs = () => [x, sub(1, x)].map(p => clamp(log(p), { min: -100 }))
  const out = noGrad(() => {
    const [one, zero] = logs()
    return neg(add(mul(y, one), mul(sub(1, y), zero)))
  })
  // ∂/∂x: (x − y) / (x(1 − x)), its divisor at least 1e-12   ∂/∂y: log(1 − x) − log x
  return record('binaryCrossEntropy', [x, y], null, out, gy => {
    const [one, zero] = logs()
    const spread = maximum(mul(x, sub(1, x)), 1e-12)
    return [div(mul(gy, sub(x, y)), spread), y.requiresGrad ? mul(gy, sub(zero, one)) : null]
  })
}

/**
 * Binary cross-entropy of the logits x: −(posWeight·y·log σ(x) + (1 − y)·log(1 − σ(x))).
 * @param options posWeight: factor of the positive terms; broadcasts to x's shape
 */
export function binaryCrossEntropyWithLogits(
  x: Tensor,
  y: Tensor,
  { reduction, weight, posWeight }: BinaryCrossEntropyOptions & { posWeight?: Tensor | null } = {},
): Tensor {
  const op = 'binaryCrossEntropyWithLogits'
  alike(op, x, y)
  const t = to(y, x.dtype)
  const factor = posWeight ? add(mul(sub(posWeight, 1), t), 1) : null
  const positive = logSigmoid(x)
  const terms = sub(mul(sub(1, t), x), factor ? mul(factor, positive) : positive)
  return reduced(op, weight ? mul(terms, weight) : terms, reduction)
}

/**
 * Kullback–Leibler divergence Σ y·(log y − x) of probabilities y from log-probabilities x, term by term.
 * @param options reduction 'mean' (default, over all terms), 'sum', 'none', or 'batchMean': the sum over the first axis' size;
 * logTarget: y are log-probabilities too
 */
export function klDiv(
  x: Tensor,
  y: Tensor,
  {
    reduction = 'mean',
    logTarget = false,
  }: { reduction?: Reduction | 'batchMean'; logTarget?: boolean } = {},
): Tensor {
  alike('klDiv', x, y)
  // y·log y is 0 at 0.
  const terms = logTarget
    ? mul(exp(y), sub(y, x))
    : sub(mul(y, log(where(gt(y, 0), y, 1))), mul(y, x))
  if (reduction === 'batchMean') return mul(sum(terms), 1 / Math.max(1, x.shape[0] ?? 1))
  return reduced('klDiv', terms, reduction)
}

/** x·y / (max(|x|, ε)·max(|y|, ε)) along `dim` (default 1). eps: default 1e-8. */
export function cosineSimilarity(
  x: Tensor,
  y: Tensor,
  { dim = 1, eps = 1e-8 }: { dim?: number; eps?: number } = {},
): Tensor {
  const size = (t: Tensor) => sqrt(maximum(sum(square(t), { dim }), eps * eps))
  return div(sum(mul(x, y), { dim }), mul(size(x), size(y)))
}
