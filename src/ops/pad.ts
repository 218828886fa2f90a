/** More around the edges. */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { show } from '../tensor/shape.ts'
import { empty, fromFlat, type Tensor } from '../tensor/tensor.ts'
import { selectAlong } from './places.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './pad.ts'
import { narrow } from './views.ts'

export interface PadOptions {
  /** What stands there: `constant` the value (default), `reflect` a mirror without the edge, `replicate` the edge, `circular` the other side. */
  mode?: 'constant' | 'reflect' | 'replicate' | 'circular'
  /** For `constant`. Default 0. */
  value?: number
}

/** Where place i of a padded axis reads: an index of the n that there are. */
const SOURCE = {
  reflect: (i: number, n: number) => n - 1 - Math.abs(n - 1 - Math.abs(i)),
  replicate: (i: number, n: number) => Math.min(n - 1, Math.max(0, i)),
  circular: (i: number, n: number) => (i + n) % n,
} as const

/**
 * `amounts` [left, right, top, bottom, …] around the last axes, last axis first as in PyTorch; below 0 cuts off.
 * @throws RangeError when a mirror or the other side has not enough: reflect needs amounts below the size, circular at most the size
 */
export function pad(
  x: Tensor,
  amounts: readonly number[],
  { mode = 'constant', value = 0 }: PadOptions = {},
): Tensor {
  if (amounts.length % 2 || amounts.length > 2 * x.ndim || amounts.some(a => !Number.isInteger(a)))
    throw new RangeError(
      `pad: amounts ${show(amounts)} for ${show(x.shape)}; pairs of whole numbers, last axis first`,
    )
  const before = x.shape.map((_, d) => amounts[2 * (x.ndim - 1 - d)] ?? 0)
  const after = x.shape.map((_, d) => amounts[2 * (x.ndim - 1 - d) + 1] ?? 0)
  x.shape.forEach((s, d) => {
    if (s + Math.min(0, before[d]) + Math.min(0, after[d]) < 0)
      throw new RangeError(
        `pad: amounts ${show(amounts)} cut more than there is off ${show(x.shape)}`,
      )
  })
  const cut = x.shape.reduce((t: Tensor, s, d) => {
    const [a, b] = [Math.max(0, -before[d]), Math.max(0, -after[d])]
    return a || b ? narrow(t, d, a, s - a - b) : t
  }, x)
  const more = (list: readonly number[]) => list.map(a => Math.max(0, a))
  if (mode === 'constant') return zeros(cut, more(before), more(after), value)
  const source = SOURCE[mode]
  if (!source)
    throw new RangeError(
      `pad: mode '${String(mode)}'; it is 'constant', 'reflect', 'replicate' or 'circular'`,
    )
  return cut.shape.reduce((t: Tensor, n, d) => {
    const [a, b] = [Math.max(0, before[d]), Math.max(0, after[d])]
    if (!a && !b) return t
    const limit = mode === 'reflect' ? n - 1 : mode === 'circular' ? n : Infinity
    if (n === 0 || a > limit || b > limit)
      throw new RangeError(
        `pad: ${mode} by ${Math.max(a, b)} at axis ${d} of ${show(x.shape)}; at most ${Math.max(0, limit === Infinity ? 0 : limit)}`,
      )
    const places = Array.from({ length: a + n + b }, (_, i) => source(i - a, n))
    return selectAlong(t, d, fromFlat(places, [places.length], 'int32'))
  }, cut)
}

function zeros(
  x: Tensor,
  before: readonly number[],
  after: readonly number[],
  value: number,
): Tensor {
  const y = empty(
    x.shape.map((s, d) => s + before[d] + after[d]),
    x.dtype,
  )
  const b = backend(x.dtype)
  b.fill(y, value)
  const start = before.reduce((p, a, d) => p + a * y.strides[d], 0)
  b.copy(x, y.window(x.shape, y.strides, start))
  return record('pad', [x], { before, after, value }, y, gy => [
    before.reduce((g, a, d) => narrow(g, d, a, x.shape[d]), gy),
  ])
}

const table = { pad }
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<typeof table, typeof self> {}
}
