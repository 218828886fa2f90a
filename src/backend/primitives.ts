/**
 * The table of primitives: everything a back end can do. Each back end has all of them; a missing one does not
 * compile. Operands are strided windows, outputs are fresh and contiguous unless said otherwise, shapes and dtypes
 * were checked by the op. `reference/` is the definition; every other back end is tested against it.
 */
import type { Storage, Strided, DType } from './storage.ts'

export type UnaryName =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'square'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'relu'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'trunc'
  | 'isnan'
  | 'not'
  /** 1 / √x */
  | 'rsqrt'
  /** eˣ − 1, exact near 0 */
  | 'expm1'
  /** ln(1 + x), exact near 0 */
  | 'log1p'
  | 'log2'
  | 'log10'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  /** 2/√π ∫₀ˣ e^(−t²) dt */
  | 'erf'
  /** x·σ(x) */
  | 'silu'
  /** x·Φ(x), Φ the normal distribution's */
  | 'gelu'
  /** x·(1 + tanh(√(2/π)(x + 0.044715 x³))) / 2 */
  | 'geluTanh'
  /** ln(1 + eˣ), without overflow */
  | 'softplus'
export type BinaryName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  /** x − y·⌊x / y⌋: the sign of y, as in Python */
  | 'remainder'
  /** ⌊x / y⌋ */
  | 'floorDivide'
  /** angle of the point (y, x); operands (y, x) */
  | 'atan2'
  /** 0 where x ≤ 0, else gy (also at NaN): the mask of relu's gradient; operands (gy, x) */
  | 'reluMask'
export type CompareName = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'
export type ReduceName = 'sum' | 'max' | 'min' | 'prod'
export type ArgName = 'argmax' | 'argmin'

/** [vertical, horizontal] throughout. `padding` is [top, left]; bottom and right follow from the output's shape. */
export interface ConvParams {
  stride: readonly [number, number]
  padding: readonly [number, number]
  dilation: readonly [number, number]
  groups: number
}
export interface PoolParams {
  kernel: readonly [number, number]
  stride: readonly [number, number]
  padding: readonly [number, number]
  /** Spacing of the window's cells (maxPool2d only). Default [1, 1]. */
  dilation?: readonly [number, number]
}
/** What one cell of a resampled axis reads: Σₐ weights[a]·x[start + a]. One entry a cell of the result. */
export type Taps = readonly { readonly start: number; readonly weights: readonly number[] }[]
export interface SgdParams {
  lr: number
  momentum: number
  dampening: number
  weightDecay: number
  nesterov: boolean
  /** First step: the momentum buffer is set, not mixed. */
  first: boolean
}
export interface AdamParams {
  lr: number
  beta1: number
  beta2: number
  eps: number
  weightDecay: number
  /** Weight decay shrinks p itself instead of joining the gradient (AdamW). */
  decoupled: boolean
  /** Number of this step, from 1. */
  step: number
}
export interface RmspropParams {
  lr: number
  alpha: number
  eps: number
  weightDecay: number
  momentum: number
}
export interface AdagradParams {
  /** After its decay. */
  lr: number
  eps: number
  weightDecay: number
}

export interface RecurrentParams {
  /** From the last step to the first. Default false. */
  reverse?: boolean
  /** rnn only: max(0, ·) instead of tanh. Default false. */
  relu?: boolean
}

export interface Primitives {
  fill(out: Strided, value: number): void
  /** x (any strides, any dtype) into out (any strides, same shape; converts). */
  copy(x: Strided, out: Strided): void
  unary(name: UnaryName, x: Strided, out: Strided): void
  /** Shapes equal out's; broadcasting is stride 0. */
  binary(name: BinaryName, a: Strided, b: Strided, out: Strided): void
  compare(name: CompareName, a: Strided, b: Strided, out: Strided): void
  where(condition: Strided, a: Strided, b: Strided, out: Strided): void
  /** out (any strides) += x, in place: accumulates gradients. */
  accumulate(x: Strided, out: Strided): void
  /** out has x's shape with 1 at each of `dims`. */
  reduce(name: ReduceName, x: Strided, dims: readonly number[], out: Strided): void
  /** out int32, x's shape with 1 at `dim`; the first of equal values. */
  arg(name: ArgName, x: Strided, dim: number, out: Strided): void
  /** out int32: the order that sorts along `dim`; equal values keep theirs, NaN counts as the largest. */
  argsort(x: Strided, dim: number, descending: boolean, out: Strided): void
  /** outᵢ = aᵢ + bᵢ·outᵢ₋₁ along `dim`, from 0: with b = 1 running sums. */
  recurrence(a: Strided, b: Strided, dim: number, out: Strided): void
  /** a [B, M, K], b [B, K, N] (any strides, so transposes are free; B may have stride 0), out [B, M, N]. */
  matmul(a: Strided, b: Strided, out: Strided): void
  /** x [N, C, H, W], w [K, C/groups, h, k], bias [K] or null, out [N, K, H′, W′]. Cross-correlation. */
  conv2d(x: Strided, w: Strided, bias: Strided | null, out: Strided, p: ConvParams): void
  /** gy [N, K, H′, W′], w → gx [N, C, H, W]. */
  conv2dInputGrad(gy: Strided, w: Strided, gx: Strided, p: ConvParams): void
  /** x, gy → gw [K, C/groups, h, k]. */
  conv2dFilterGrad(x: Strided, gy: Strided, gw: Strided, p: ConvParams): void
  /** x [N, C, H, W] → out [N, C, H′, W′], indices int32: row·W + column of the winner in its own map; first of equal values, NaN wins. */
  maxPool2d(x: Strided, out: Strided, indices: Strided, p: PoolParams): void
  /** g [N, C, H′, W′] added at `indices` into out [N, C, H, W], which starts at 0 (gradient of maxPool2d; maxUnpool2d). */
  poolScatter(g: Strided, indices: Strided, out: Strided): void
  /** x [N, C, H, W] read at `indices` [N, C, H′, W′] → out (the adjoint of poolScatter). */
  poolGather(x: Strided, indices: Strided, out: Strided): void
  /** Padding zeros are counted when `countPad`. */
  avgPool2d(x: Strided, out: Strided, p: PoolParams, countPad: boolean): void
  avgPool2dGrad(gy: Strided, gx: Strided, p: PoolParams, countPad: boolean): void
  /** As maxPool2d; window i of n over H cells goes from ⌊i·H/n⌋ to before ⌈(i + 1)·H/n⌉. */
  adaptiveMaxPool2d(x: Strided, out: Strided, indices: Strided): void
  /** x [N, C, H, W] → out [N, C, H′, W′]: out[i, j] = Σ_{a, b} r[i].weights[a]·c[j].weights[b]·x[r[i].start + a, c[j].start + b]. */
  resample2d(x: Strided, out: Strided, rows: Taps, columns: Taps): void
  /** The adjoint: gy [N, C, H′, W′] → gx [N, C, H, W], which starts at 0. */
  resample2dGrad(gy: Strided, gx: Strided, rows: Taps, columns: Taps): void
  /** x [A, B, S] → mean [B] and biased variance [B] over A and S. */
  moments(x: Strided, mean: Strided, variance: Strided): void
  /** out = (x − mean[b])·scale[b] + shift[b]; x, out [A, B, S], the others [B]. */
  normalize(x: Strided, mean: Strided, scale: Strided, shift: Strided | null, out: Strided): void
  /**
   * Gradient of y = (x − mean)·scale + shift, scale = w / √(variance + ε), where mean and variance are x's own: with
   * x̂ = (x − mean)·rstd and m = A·S, sumG = Σ gy, sumGX = Σ gy·x̂ and gx = scale·(gy − sumG / m − x̂·sumGX / m).
   * gy, x, gx [A, B, S], the others [B].
   */
  normalizeGrad(
    gy: Strided,
    x: Strided,
    mean: Strided,
    rstd: Strided,
    scale: Strided,
    gx: Strided,
    sumG: Strided,
    sumGX: Strided,
  ): void
  softmax(x: Strided, dim: number, out: Strided): void
  logSoftmax(x: Strided, dim: number, out: Strided): void
  /** out[…i…] = x[…index[…i…]…] along dim; index int32 of out's shape. */
  gather(x: Strided, dim: number, index: Strided, out: Strided): void
  /** out[…index[…i…]…] += x[…i…] along dim; out starts at 0. */
  scatterAdd(x: Strided, dim: number, index: Strided, out: Strided): void
  /**
   * Elman network over time: out[t] = tanh(pre[t] + out[t − 1]·wᵀ), out[−1] = h0. The products with the input and both biases
   * are in `pre` already, one matrix product for all steps. A layer's remaining gradients are matrix products over all steps
   * too: with gpre of rnnGrad as [T·N, H], that of w is gpreᵀ·(out one step earlier), of wᵢₕ gpreᵀ·x, of x gpre·wᵢₕ, of a bias
   * Σ gpre. These primitives have no second derivative: a rule that is recorded itself (`createGraph`) must compute the steps
   * from operations.
   * @param pre [T, N, H] @param w [H, H], PyTorch's weight_hh @param h0 [N, H] @param out [T, N, H]
   * @param lengths int32 [N] or null: sequence n runs for t < lengths[n] and keeps its state in the other steps, in both
   *   directions, so the state after the last step computed is the final one
   */
  rnn(
    pre: Strided,
    w: Strided,
    h0: Strided,
    lengths: Strided | null,
    out: Strided,
    p: RecurrentParams,
  ): void
  /** gout [T, N, H] → gpre [T, N, H], gh0 [N, H]. A gradient of the final state is added to gout at the step computed last. */
  rnnGrad(
    gout: Strided,
    out: Strided,
    w: Strided,
    lengths: Strided | null,
    gpre: Strided,
    gh0: Strided,
    p: RecurrentParams,
  ): void
  /**
   * LSTM over time, as `rnn`: [i, f, g, o] = pre[t] + out[t − 1]·wᵀ; c[t] = σ(f)·c[t − 1] + σ(i)·tanh(g), out[t] = σ(o)·tanh(c[t]).
   * @param pre [T, N, 4H] @param w [4H, H] @param h0 [N, H] @param c0 [N, H]
   * @param gates [T, N, 4H]: σ(i), σ(f), tanh(g), σ(o), for lstmGrad @param cells [T, N, H]: c @param out [T, N, H]
   */
  lstm(
    pre: Strided,
    w: Strided,
    h0: Strided,
    c0: Strided,
    lengths: Strided | null,
    gates: Strided,
    cells: Strided,
    out: Strided,
    p: RecurrentParams,
  ): void
  /** gout [T, N, H] and gcell [N, H] (of the final c; null: 0) → gpre [T, N, 4H], gh0 and gc0 [N, H]. */
  lstmGrad(
    gout: Strided,
    gcell: Strided | null,
    gates: Strided,
    cells: Strided,
    w: Strided,
    c0: Strided,
    lengths: Strided | null,
    gpre: Strided,
    gh0: Strided,
    gc0: Strided,
    p: RecurrentParams,
  ): void
  /**
   * GRU over time, as `rnn`: u = out[t − 1]·wᵀ + bias; r = σ(pre_r + u_r), z = σ(pre_z + u_z), n = tanh(pre_n + r·u_n),
   * out[t] = (1 − z)·n + z·out[t − 1].
   * @param pre [T, N, 3H], order r, z, n, with the input's bias only @param w [3H, H] @param bias [3H], PyTorch's bias_hh
   * @param gates [T, N, 4H]: r, z, n, u_n, for gruGrad @param out [T, N, H]
   */
  gru(
    pre: Strided,
    w: Strided,
    bias: Strided,
    h0: Strided,
    lengths: Strided | null,
    gates: Strided,
    out: Strided,
    p: RecurrentParams,
  ): void
  /**
   * gout [T, N, H] → gpre [T, N, 3H], ghidden [T, N, 3H] (of u, for w and bias), gh0 [N, H].
   */
  gruGrad(
    gout: Strided,
    gates: Strided,
    out: Strided,
    w: Strided,
    h0: Strided,
    lengths: Strided | null,
    gpre: Strided,
    ghidden: Strided,
    gh0: Strided,
    p: RecurrentParams,
  ): void
  /** One SGD step in place on p and velocity (null without momentum). PyTorch's formula. */
  sgd(p: Strided, grad: Strided, velocity: Strided | null, options: SgdParams): void
  /** One Adam step in place on p, its first moment m, its second v and the largest v so far (amsgrad; else null). */
  adam(
    p: Strided,
    grad: Strided,
    m: Strided,
    v: Strided,
    vMax: Strided | null,
    options: AdamParams,
  ): void
  /** One RMSprop step in place on p, the mean square, the momentum buffer and the mean gradient (centred; else null). */
  rmsprop(
    p: Strided,
    grad: Strided,
    square: Strided,
    velocity: Strided | null,
    average: Strided | null,
    options: RmspropParams,
  ): void
  /** One Adagrad step in place on p and the sum of squares. */
  adagrad(p: Strided, grad: Strided, sum: Strided, options: AdagradParams): void
}

export interface Backend extends Primitives {
  readonly name: 'wasm' | 'reference'
  /** Storage for a new tensor; contents undefined unless `zero`. */
  create(dtype: DType, length: number, zero: boolean): Storage
  /** The storage's memory may be reused now: no handle of the user's can reach it. */
  release(storage: Storage): void
  /** Called between steps (end of `backward()`): the heap may move old storages out to typed arrays. */
  settle(): void
  /** Threads in use and the like, for `doctor` and bench. */
  info(): { threads: number; simd: 'none' | 'simd128' | 'relaxed'; heapBytes: number }
}
