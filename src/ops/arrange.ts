/** The same elements in other places: rolled, repeated, cut to a triangle. */
import { axes, axis, show } from '../tensor/shape.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { compose } from '../autograd/compose.ts'
import { maskedFill } from './compare.ts'
import { selectAlong } from './places.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './arrange.ts'
import { cat, clone, expand, narrow, reshape } from './views.ts'

/** Elements moved on by `shifts` along `dims`; what leaves at one end comes in at the other. Without dims the flattened tensor rolls. */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  dims?: number | readonly number[],
): Tensor {
  const by = typeof shifts === 'number' ? [shifts] : shifts
  if (dims === undefined) {
    if (by.length !== 1) throw new RangeError(`roll: shifts ${show(by)} without dims; one number`)
    return reshape(roll(reshape(x, [-1]), by, 0), x.shape)
  }
  const along = typeof dims === 'number' ? [dims] : dims
  if (along.length !== by.length || by.some(s => !Number.isInteger(s)))
    throw new RangeError(`roll: shifts ${show(by)} for dims ${show(along)}; a whole number each`)
  return along.reduce((t: Tensor, dim, i) => {
    const d = axis('roll', dim, x.ndim)
    const n = x.shape[d]
    const s = n ? ((by[i] % n) + n) % n : 0
    return s ? cat([narrow(t, d, n - s, s), narrow(t, d, 0, n - s)], d) : t
  }, x)
}

/** x laid out `times[d]` times along each axis, as tiles; new axes come in front. */
export function tile(x: Tensor, times: readonly number[]): Tensor {
  if (times.some(t => !Number.isInteger(t) || t < 0))
    throw new RangeError(`tile: times ${show(times)}; whole numbers, at least 0`)
  const rank = Math.max(x.ndim, times.length)
  const size = [...new Array<number>(rank - x.ndim).fill(1), ...x.shape]
  const by = [...new Array<number>(rank - times.length).fill(1), ...times]
  const spaced = reshape(
    x,
    size.flatMap(s => [1, s]),
  )
  const y = reshape(
    expand(
      spaced,
      size.flatMap((s, d) => [by[d], s]),
    ),
    size.map((s, d) => s * by[d]),
  )
  return y.storage === x.storage ? clone(y) : y
}

/** Each element along `dim` `times` times, side by side: [a, b] → [a, a, b, b]. */
export function repeatInterleave(x: Tensor, times: number, dim: number): Tensor {
  const d = axis('repeatInterleave', dim, x.ndim)
  if (!Number.isInteger(times) || times < 0)
    throw new RangeError(`repeatInterleave: times ${times}; a whole number, at least 0`)
  const places = Int32Array.from({ length: x.shape[d] * times }, (_, i) => Math.floor(i / times))
  return selectAlong(x, d, fromFlat(places, [places.length], 'int32'))
}

/** Zeros on one side of a diagonal of the last two axes. */
function triangle(name: 'tril' | 'triu') {
  return (x: Tensor, { diagonal = 0 }: { diagonal?: number } = {}): Tensor => {
    axes(name, [-2, -1], x.ndim)
    const [h, w] = x.shape.slice(-2)
    const gone = (i: number, j: number) => (name === 'tril' ? j - i > diagonal : j - i < diagonal)
    const mask = fromFlat(
      Uint8Array.from({ length: h * w }, (_, k) => Number(gone(Math.floor(k / w), k % w))),
      [h, w],
      'bool',
    )
    const keep = (t: Tensor) => maskedFill(t, mask, 0)
    return compose(
      name,
      [x],
      { diagonal },
      () => keep(x),
      gy => [keep(gy)],
    )
  }
}
/** The lower triangle of the last two axes, zeros above the diagonal. `diagonal` above 0 keeps more. */
export const tril = triangle('tril')
/** The upper triangle of the last two axes, zeros below the diagonal. `diagonal` above 0 keeps less. */
export const triu = triangle('triu')

const table = { roll, tile, repeatInterleave, tril, triu }
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<typeof table, typeof self> {}
}
