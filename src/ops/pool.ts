/** Pooling in windows: the largest or the mean of each. */
import type { AnyTensor } from '../tensor/literal.ts'
import { backend } from '../backend/index.ts'
import type { PoolParams } from '../backend/primitives.ts'
import { compose } from '../autograd/compose.ts'
import { record } from '../autograd/tape.ts'
import { sameShape, show } from '../tensor/shape.ts'
import { empty, fromFlat, type Tensor } from '../tensor/tensor.ts'
import { pair, windows, type Pair } from './conv2d.ts'
import type { Pooled } from './literal.ts'
import { mul } from './elementwise.ts'
import { reshape } from './views.ts'

export interface PoolOptions {
  /** Default: the window's size. */
  stride?: Pair
  /** Default 0, at most half the window. */
  padding?: Pair
  /** Windows that hang over the lower and right edge count too. Default false. */
  ceilMode?: boolean
}
export interface MaxPoolOptions extends PoolOptions {
  /** Spacing of the window's cells. Default 1. */
  dilation?: Pair
}
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding's zeros count in the mean. Default true. */
  countIncludePad?: boolean
  /** Sums are divided by this instead of by the number of values. */
  divisorOverride?: number
}

/** Windows along one axis; with `ceilMode` also a partial one at the end, if it starts inside x or its left padding. @internal */
export function pooledSize(
  n: number,
  window: number,
  stride: number,
  padding: number,
  dilation: number,
  ceilMode = false,
): number {
  const count = windows(n, window, stride, padding, dilation)
  const more =
    ceilMode &&
    (count - 1) * stride + dilation * (window - 1) + 1 < n + 2 * padding &&
    count * stride < n + padding
  return more ? count + 1 : count
}

/** Parameters and result shape, checked. */
function plan(
  op: string,
  x: Tensor,
  kernel: Pair,
  options: MaxPoolOptions,
): { p: PoolParams; shape: number[] } {
  const k = pair(op, 'kernel', kernel, 1)
  const stride = pair(op, 'stride', options.stride ?? kernel, 1)
  const padding = pair(op, 'padding', options.padding ?? 0, 0)
  const dilation = pair(op, 'dilation', options.dilation ?? 1, 1)
  if (x.ndim !== 4)
    throw new RangeError(`${op}: x ${show(x.shape)}; it is [N, C, H, W], [C, H, W] or [H, W]`)
  if (padding[0] > k[0] / 2 || padding[1] > k[1] / 2)
    throw new RangeError(`${op}: padding ${show(padding)} is more than half the window ${show(k)}`)
  const size = (d: 0 | 1) =>
    pooledSize(x.shape[2 + d], k[d], stride[d], padding[d], dilation[d], options.ceilMode)
  const shape = [x.shape[0], x.shape[1], size(0), size(1)]
  if (shape[2] < 1 || shape[3] < 1)
    throw new RangeError(
      `${op}: window ${show(k)}${dilation[0] * dilation[1] > 1 ? ` (dilation ${show(dilation)})` : ''} is larger than x ${show(x.shape)} padded by ${show(padding)}`,
    )
  return { p: { kernel: k, stride, padding, ...(options.dilation && { dilation }) }, shape }
}

/** g at its switches in zeros of `shape`; each one's gradient is the other. @internal */
export function poolScatter(g: Tensor, indices: Tensor, shape: readonly number[]): Tensor {
  const out = empty(shape, g.dtype)
  backend(g.dtype).fill(out, 0)
  backend(g.dtype).poolScatter(g, indices, out)
  return record('maxUnpool2d', [g], { indices }, out, gy => [gather(gy, indices)])
}
function gather(x: Tensor, indices: Tensor): Tensor {
  const out = empty(indices.shape, x.dtype)
  backend(x.dtype).poolGather(x, indices, out)
  return record('poolGather', [x], { indices }, out, gy => [poolScatter(gy, indices, x.shape)])
}

/**
 * Largest value of each window; of equal values the first in reading order wins. NaN wins over everything.
 * @param x [N, C, H, W], [C, H, W] or [H, W]
 * @returns [N, C, H′, W′], or of x's rank; with `returnIndices` also the switches, int32, row·W + column in each map
 */
export function maxPool2d<X extends AnyTensor>(
  x: X,
  kernel: Pair,
  options: MaxPoolOptions & { returnIndices: true },
): { output: Pooled<X>; indices: Pooled<X> }
export function maxPool2d<X extends AnyTensor>(
  x: X,
  kernel: Pair,
  options?: MaxPoolOptions & { returnIndices?: false },
): Pooled<X>
export function maxPool2d(
  x: Tensor,
  kernel: Pair,
  options: MaxPoolOptions & { returnIndices?: boolean } = {},
): Tensor | { output: Tensor; indices: Tensor } {
  if (x.ndim === 3 || x.ndim === 2) {
    const { output, indices } = maxPool2d(reshape(x, [1, ...x.shape]), kernel, {
      ...options,
      returnIndices: true,
    })
    const y = reshape(output, output.shape.slice(1))
    return options.returnIndices
      ? { output: y, indices: reshape(indices, indices.shape.slice(1)) }
      : y
  }
  const { p, shape } = plan('maxPool2d', x, kernel, options)
  const y = empty(shape, x.dtype)
  const indices = empty(shape, 'int32')
  backend(x.dtype).maxPool2d(x, y, indices, p)
  record(
    'maxPool2d',
    [x],
    { ...p, indices },
    y,
    gy => [poolScatter(gy, indices, x.shape)],
    options.returnIndices ? [] : [indices.storage],
  )
  return options.returnIndices ? { output: y, indices } : y
}

/**
 * Each value at its switch, zeros elsewhere (values of one switch are added): [N, C, H′, W′] → [N, C, ...size]. The
 * deconvnet's unpooling. `size` is that of the map before pooling; `nn.MaxUnpool2d` infers it from the window.
 * @throws RangeError when a switch lies outside
 */
export function maxUnpool2d(x: Tensor, indices: Tensor, size: readonly [number, number]): Tensor {
  if ((x.ndim === 3 || x.ndim === 2) && indices.ndim === x.ndim) {
    const y = maxUnpool2d(
      reshape(x, [1, ...x.shape]),
      reshape(indices, [1, ...indices.shape]),
      size,
    )
    return reshape(y, y.shape.slice(1))
  }
  pair('maxUnpool2d', 'size', size, 1)
  if (x.ndim !== 4 || !sameShape(x.shape, indices.shape))
    throw new RangeError(
      `maxUnpool2d: x ${show(x.shape)} with indices ${show(indices.shape)}; both are [N, C, H′, W′], [C, H′, W′] or [H′, W′]`,
    )
  const places = indices.toTypedArray()
  for (const i of places)
    if (!(i >= 0 && i < size[0] * size[1]))
      throw new RangeError(`maxUnpool2d: index ${i} lies outside a ${size[0]}×${size[1]} map`)
  return poolScatter(x, indices, [x.shape[0], x.shape[1], ...size])
}

/**
 * Mean of each window. Padding zeros are counted (`countIncludePad`, default true), as in PyTorch.
 * @param x [N, C, H, W], [C, H, W] or [H, W]
 */
export function avgPool2d<X extends AnyTensor>(
  x: X,
  kernel: Pair,
  options?: AvgPoolOptions,
): Pooled<X>
export function avgPool2d(x: Tensor, kernel: Pair, options: AvgPoolOptions = {}): Tensor {
  if (x.ndim === 3 || x.ndim === 2) {
    const y = avgPool2d(reshape(x, [1, ...x.shape]), kernel, options)
    return reshape(y, y.shape.slice(1))
  }
  const { p, shape } = plan('avgPool2d', x, kernel, options)
  const { divisorOverride } = options
  if (divisorOverride === undefined) return mean(x, shape, p, options.countIncludePad ?? true)
  if (!Number.isFinite(divisorOverride) || divisorOverride === 0)
    throw new RangeError(`avgPool2d: divisorOverride ${divisorOverride}; a number other than 0`)
  // Windows that hang over the padded edge are divided by fewer.
  const cells = ([0, 1] as const).map(d =>
    Array.from({ length: shape[2 + d] }, (_, i) =>
      Math.min(p.kernel[d], x.shape[2 + d] + 2 * p.padding[d] - i * p.stride[d]),
    ),
  )
  const factors = fromFlat(
    cells[0].flatMap(a => cells[1].map(b => (a * b) / divisorOverride)),
    shape.slice(2),
    x.dtype,
  )
  return compose(
    'avgPool2d',
    [x],
    { ...p, divisorOverride },
    () => mul(mean(x, shape, p, true), factors),
    gy => [spread(mul(gy, factors), x.shape, p, true)],
  )
}
function mean(x: Tensor, shape: readonly number[], p: PoolParams, countPad: boolean): Tensor {
  const y = empty(shape, x.dtype)
  backend(x.dtype).avgPool2d(x, y, p, countPad)
  return record('avgPool2d', [x], { ...p, countIncludePad: countPad }, y, gy => [
    spread(gy, x.shape, p, countPad),
  ])
}
function spread(gy: Tensor, shape: readonly number[], p: PoolParams, countPad: boolean): Tensor {
  const gx = empty(shape, gy.dtype)
  backend(gy.dtype).fill(gx, 0)
  backend(gy.dtype).avgPool2dGrad(gy, gx, p, countPad)
  return record('avgPool2dGrad', [gy], p, gx, g => [mean(g, gy.shape, p, countPad)])
}
