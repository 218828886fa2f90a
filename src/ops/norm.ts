/**
 * Normalisation: values brought to mean 0 and variance 1 over a set, then scaled and shifted by learned numbers. The set
 * is a channel over the batch (batchNorm), the last axes (layerNorm), a group of channels of one example (groupNorm), or
 * one channel of one example (instanceNorm).
 */
import { backend } from '../backend/index.ts'
import { isGradEnabled, noGrad, record } from '../autograd/tape.ts'
import { sameShape, show, sizeOf, stridesOf } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { add, div, mul, pow, square, sub } from './elementwise.ts'
import { avgPool2d } from './pool.ts'
import { mean, sum } from './reduce.ts'
import { pad } from './pad.ts'
import { contiguous, reshape } from './views.ts'

export interface Affine {
  /** Factors after normalising. Default: none. */
  weight?: Tensor | null
  /** Added at last. Default: none. */
  bias?: Tensor | null
  /** Added to the variance. Default 1e-5. */
  eps?: number
}

/** What a normalisation sees: x as `shape`, with weight and bias as `affine`. */
interface View {
  op: string
  shape: readonly number[]
  /** x as [A, B, S] for the primitives: statistics over A and S. */
  sets: readonly [number, number, number]
  affine: readonly number[]
  /** Weight and bias have one number a set. */
  perSet: boolean
  eps: number
}

const window = (t: Tensor, shape: readonly number[]): Tensor =>
  t.window(shape, stridesOf(shape), t.offset)
const vector = (n: number, t: Tensor): Tensor => empty([n], t.dtype)
/** Axes along which `affine` repeats over `shape`. */
const repeated = ({ shape, affine }: View): number[] =>
  shape.flatMap((s, d) => (affine[d] === 1 && s !== 1 ? [d] : []))

/** 1 / √(variance + ε), outside the tape. */
const inverse = (variance: Tensor, eps: number): Tensor =>
  noGrad(() => pow(add(variance, eps), -0.5))

interface Normalized {
  y: Tensor
  /** [B], outside the tape */
  mean: Tensor
  variance: Tensor
}

function normalized(x: Tensor, weight: Tensor | null, bias: Tensor | null, view: View): Normalized {
  const b = backend(x.dtype)
  const flat = contiguous(x)
  const [A, B, S] = view.sets
  const X = window(flat, [A, B, S])
  const [mu, variance] = [vector(B, x), vector(B, x)]
  b.moments(X, mu, variance)
  const rstd = inverse(variance, view.eps)
  const y = empty(x.shape, x.dtype)
  // One factor a set: into the primitive; else row by row afterwards.
  const { perSet } = view
  const scale = perSet && weight ? noGrad(() => mul(rstd, reshape(weight.detach(), [-1]))) : rstd
  b.normalize(X, mu, scale, perSet && bias ? contiguous(bias.detach()) : null, window(y, [A, B, S]))
  if (!perSet) {
    const Y = window(y, view.shape)
    const spread = (t: Tensor) => window(contiguous(t.detach()), view.affine).expand(view.shape)
    if (weight) b.binary('mul', Y, spread(weight), Y)
    if (bias) b.binary('add', Y, spread(bias), Y)
  }
  const inputs = [flat, ...(weight ? [weight] : []), ...(bias ? [bias] : [])]
  const gather = (gx: Tensor, gw: () => Tensor, gb: () => Tensor) => [
    gx,
    ...(weight ? [weight.requiresGrad ? reshape(gw(), weight.shape) : null] : []),
    ...(bias ? [bias.requiresGrad ? reshape(gb(), bias.shape) : null] : []),
  ]
  const internals = [mu, rstd, ...(scale === rstd ? [] : [scale])].map(t => t.storage)
  record(
    view.op,
    inputs,
    { eps: view.eps },
    y,
    gy => {
      if (isGradEnabled()) return differentiable(gy, flat, weight, view, gather)
      const G = contiguous(gy)
      const g =
        weight && !perSet ? mul(window(G, view.shape), window(contiguous(weight), view.affine)) : G
      const gx = empty(x.shape, x.dtype)
      const [sumG, sumGX] = [vector(B, x), vector(B, x)]
      b.normalizeGrad(window(g, [A, B, S]), X, mu, rstd, scale, window(gx, [A, B, S]), sumG, sumGX)
      if (perSet)
        return gather(
          gx,
          () => sumGX,
          () => sumG,
        )
      const over = { dim: repeated(view) }
      return gather(
        gx,
        () => {
          const xHat = empty(view.shape, x.dtype)
          b.normalize(X, mu, rstd, null, window(xHat, [A, B, S]))
          return sum(mul(window(G, view.shape), xHat), over)
        },
        () => sum(window(G, view.shape), over),
      )
    },
    internals,
  )
  return { y, mean: mu, variance }
}

/** The gradient made of operations: gx = (g − mean g − x̂·mean(g·x̂)) / σ with g = gy·w. */
function differentiable(
  gy: Tensor,
  x: Tensor,
  weight: Tensor | null,
  view: View,
  gather: (gx: Tensor, gw: () => Tensor, gb: () => Tensor) => (Tensor | null)[],
): (Tensor | null)[] {
  const [X, G] = [reshape(x, view.shape), reshape(gy, view.shape)]
  const average = (t: Tensor) => {
    const sets = reshape(t, view.sets)
    const m = mean(sets, { dim: [0, 2], keepdim: true })
    return reshape(add(mul(sets, 0), m), view.shape)
  }
  const centred = sub(X, average(X))
  const rstd = pow(add(average(square(centred)), view.eps), -0.5)
  const xHat = mul(centred, rstd)
  const g = weight ? mul(G, reshape(weight, view.affine)) : G
  const gx = mul(rstd, sub(sub(g, average(g)), mul(xHat, average(mul(g, xHat)))))
  const over = { dim: repeated(view) }
  return gather(
    reshape(gx, x.shape),
    () => sum(mul(G, xHat), over),
    () => sum(G, over),
  )
}

function checkVector(op: string, name: string, t: Tensor | null | undefined, n: number): void {
  if (t && (t.ndim !== 1 || t.shape[0] !== n))
    throw new RangeError(`${op}: ${name} ${show(t.shape)} for ${n} channels; it is [${n}]`)
}
function checkChannels(op: string, x: Tensor, { weight, bias }: Affine): number {
  if (x.ndim < 2) throw new RangeError(`${op}: x ${show(x.shape)}; it is [N, C, …]`)
  checkVector(op, 'weight', weight, x.shape[1])
  checkVector(op, 'bias', bias, x.shape[1])
  return x.shape[1]
}

export interface BatchNormOptions extends Affine {
  /** [C] */
  runningMean?: Tensor | null
  /** [C] */
  runningVar?: Tensor | null
  /** Statistics of this batch, which also move the running ones; else the running ones. Default false. */
  training?: boolean
  /** Share of this batch in the running statistics. Default 0.1. */
  momentum?: number
}

/**
 * Each channel over the batch to mean 0 and variance 1 (Ioffe & Szegedy, 2015): y = (x − mean) / √(var + ε)·weight + bias.
 * Running statistics are changed in place while training; the running variance is the unbiased one, as in PyTorch.
 * @param x [N, C, …]; weight, bias [C]
 * @throws RangeError in training with one value a channel, or outside it without running statistics
 */
export function batchNorm(x: Tensor, options: BatchNormOptions = {}): Tensor {
  const { weight = null, bias = null, eps = 1e-5, training = false, momentum = 0.1 } = options
  const { runningMean = null, runningVar = null } = options
  const op = 'batchNorm'
  const C = checkChannels(op, x, options)
  checkVector(op, 'runningMean', runningMean, C)
  checkVector(op, 'runningVar', runningVar, C)
  const S = sizeOf(x.shape.slice(2))
  const affine = [1, C, 1]
  if (!training) {
    if (!runningMean || !runningVar)
      throw new RangeError(`${op}: without training it needs runningMean and runningVar`)
    return fixed(x, weight, bias, runningMean, runningVar, eps)
  }
  const count = x.shape[0] * S
  if (count <= 1)
    throw new RangeError(
      `${op}: x ${show(x.shape)} has ${count} value a channel; training needs more (a larger batch, or eval())`,
    )
  const shape = [x.shape[0], C, S]
  const view: View = { op, shape, sets: [x.shape[0], C, S], affine, perSet: true, eps }
  const found = normalized(x, weight, bias, view)
  noGrad(() => {
    runningMean?.mul_(1 - momentum).add_(mul(found.mean, momentum))
    runningVar?.mul_(1 - momentum).add_(mul(found.variance, (momentum * count) / (count - 1)))
  })
  return found.y
}

/** With statistics that do not depend on x: y = (x − mean)·rstd·weight + bias. */
function fixed(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  mu: Tensor,
  variance: Tensor,
  eps: number,
): Tensor {
  const b = backend(x.dtype)
  const flat = contiguous(x)
  const [N, C] = x.shape
  const shape = [N, C, sizeOf(x.shape.slice(2))]
  const m = mu.detach().clone()
  const rstd = inverse(variance.detach(), eps)
  const scale = weight ? noGrad(() => mul(rstd, weight)) : rstd
  const y = empty(x.shape, x.dtype)
  b.normalize(
    window(flat, shape),
    m,
    scale,
    bias ? contiguous(bias.detach()) : null,
    window(y, shape),
  )
  const inputs = [flat, ...(weight ? [weight] : []), ...(bias ? [bias] : [])]
  const column = (t: Tensor) => reshape(t, [1, C, 1])
  return record('batchNorm', inputs, { eps, training: false }, y, gy => {
    const G = reshape(gy, shape)
    return [
      reshape(mul(G, column(weight ? mul(rstd, weight) : rstd)), x.shape),
      ...(weight
        ? [sum(mul(mul(G, sub(reshape(flat, shape), column(m))), column(rstd)), { dim: [0, 2] })]
        : []),
      ...(bias ? [sum(G, { dim: [0, 2] })] : []),
    ]
  })
}

/**
 * The last axes of each example to mean 0 and variance 1 (Ba et al., 2016).
 * @param x [..., ...normalizedShape] @param normalizedShape one size or several; weight and bias have this shape
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options: Affine = {},
): Tensor {
  const { weight = null, bias = null, eps = 1e-5 } = options
  const op = 'layerNorm'
  const last = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape
  if (!last.length || !sameShape(x.shape.slice(-last.length), last))
    throw new RangeError(`${op}: x ${show(x.shape)} does not end in ${show(last)}`)
  for (const [name, t] of Object.entries({ weight, bias }))
    if (t && !sameShape(t.shape, last))
      throw new RangeError(`${op}: ${name} ${show(t.shape)}; it is ${show(last)}`)
  const D = sizeOf(last)
  const R = x.size / Math.max(1, D)
  const view: View = { op, shape: [R, D], sets: [1, R, D], affine: [1, D], perSet: false, eps }
  return normalized(x, weight, bias, view).y
}

/**
 * Groups of channels of each example to mean 0 and variance 1 (Wu & He, 2018).
 * @param x [N, C, …]; weight, bias [C]
 */
export function groupNorm(x: Tensor, groups: number, options: Affine = {}): Tensor {
  return grouped('groupNorm', x, groups, options).y
}

export interface InstanceNormOptions extends Affine {
  /** [C] */
  runningMean?: Tensor | null
  /** [C] */
  runningVar?: Tensor | null
  /** Statistics of each example, which also move the running ones; else the running ones. Default true. */
  useInputStats?: boolean
  /** Share of this batch in the running statistics. Default 0.1. */
  momentum?: number
}

/**
 * Each channel of each example to mean 0 and variance 1 (Ulyanov et al., 2016). Running statistics, if given, are moved in
 * place towards the mean over the examples of their means and unbiased variances, as in PyTorch.
 * @param x [N, C, L…]; weight, bias [C]
 * @throws RangeError with one value a channel, or without input and running statistics
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Tensor {
  const { runningMean = null, runningVar = null, useInputStats = true, momentum = 0.1 } = options
  if (x.ndim < 3) throw new RangeError(`instanceNorm: x ${show(x.shape)}; it is [N, C, L] or more`)
  if (sizeOf(x.shape.slice(2)) === 1)
    throw new RangeError(`instanceNorm: x ${show(x.shape)} has one value a channel; it needs more`)
  checkVector('instanceNorm', 'runningMean', runningMean, x.shape[1])
  checkVector('instanceNorm', 'runningVar', runningVar, x.shape[1])
  if (!useInputStats) {
    if (!runningMean || !runningVar)
      throw new RangeError(
        'instanceNorm: without useInputStats it needs runningMean and runningVar',
      )
    return batchNorm(x, { ...options, training: false })
  }
  const found = grouped('instanceNorm', x, x.shape[1], options)
  const S = sizeOf(x.shape.slice(2))
  const overExamples = (t: Tensor) => mean(reshape(t, x.shape.slice(0, 2)), { dim: 0 })
  if (runningMean || runningVar)
    noGrad(() => {
      runningMean?.mul_(1 - momentum).add_(mul(overExamples(found.mean), momentum))
      runningVar
        ?.mul_(1 - momentum)
        .add_(mul(overExamples(found.variance), (momentum * S) / (S - 1)))
    })
  return found.y
}

function grouped(op: string, x: Tensor, groups: number, options: Affine): Normalized {
  const { weight = null, bias = null, eps = 1e-5 } = options
  const C = checkChannels(op, x, options)
  if (!Number.isInteger(groups) || groups < 1 || C % groups)
    throw new RangeError(
      `${op}: groups ${groups} must divide the ${C} channels of x ${show(x.shape)}`,
    )
  const [N, S] = [x.shape[0], sizeOf(x.shape.slice(2))]
  const sets = [1, N * groups, (C / groups) * S] as const
  const view: View = { op, shape: [N, C, S], sets, affine: [1, C, 1], perSet: false, eps }
  return normalized(x, weight, bias, view)
}

export interface LocalResponseNormOptions {
  /** Default 1e-4. */
  alpha?: number
  /** Default 0.75. */
  beta?: number
  /** Default 1. */
  k?: number
}

/**
 * Each value divided by its neighbours' size across channels (Krizhevsky et al., 2012):
 * y = x / (k + alpha·mean of x² over `size` channels, zeros beyond)^beta.
 * @param x [N, C, …] @param size channels in the mean, the value's own in the middle
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): Tensor {
  if (x.ndim < 3)
    throw new RangeError(`localResponseNorm: x ${show(x.shape)}; it is [N, C, L] or more`)
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`localResponseNorm: size ${size}; a whole number, at least 1`)
  const [N, C] = x.shape
  const squares = reshape(square(x), [N, 1, C, -1])
  const padded = pad(squares, [0, 0, Math.floor(size / 2), Math.floor((size - 1) / 2)])
  const means = reshape(avgPool2d(padded, [size, 1], { stride: 1 }), x.shape)
  return div(x, pow(add(mul(means, alpha), k), beta))
}
