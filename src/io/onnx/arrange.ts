/** ONNX's operations that move, cut and make values, shapes among them. */
import { to } from '../../ops/elementwise.ts'
import { where } from '../../ops/compare.ts'
import { indexSelect } from '../../ops/gather.ts'
import { pad } from '../../ops/pad.ts'
import {
  cat,
  expand,
  flip,
  narrow,
  permute,
  reshape,
  slice,
  squeeze,
  unsqueeze,
} from '../../ops/views.ts'
import { full } from '../../tensor/create.ts'
import { fromFlat } from '../../tensor/tensor.ts'
import { FORMATS } from '../numbers.ts'
import type { Call, Operator } from './call.ts'
import { KINDS } from './model.ts'

const flattenTo: Operator = c => {
  const x = c.input(0)
  const axis = c.int('axis', 1)
  const d = axis === x.ndim ? axis : c.axis(axis, x.ndim)
  const before = x.shape.slice(0, d).reduce((n, s) => n * s, 1)
  return reshape(x, [before, x.size / Math.max(1, before)])
}

const reshapeTo: Operator = c => {
  const x = c.input(0)
  const shape = c.list(1) ?? c.fail('a shape is missing')
  const zero = c.int('allowzero', 0) !== 0
  return reshape(
    x,
    shape.map((s, d) => (s === 0 && !zero ? (x.shape[d] ?? 0) : s)),
  )
}

const transposeTo: Operator = c => {
  const x = c.input(0)
  return permute(x, c.ints('perm') ?? x.shape.map((_, d) => x.ndim - 1 - d))
}

const concatenate: Operator = c => {
  const list = c.all()
  if (!list.length) c.fail('nothing to join')
  const d = c.axis(c.int('axis', 0), list[0].ndim)
  const total = list.reduce((n, t) => n + (t.shape[d] ?? 1), 0)
  c.limit(list[0].shape.map((s, e) => (e === d ? total : s)))
  return cat(list, d)
}

/** Squeezing and unsqueezing: axes as an attribute, from opset 13 as an input. */
const axesOf = (c: Call): number[] | null => c.either('axes', 1, 13)

const squeezeAxes: Operator = c => {
  const x = c.input(0)
  const list = axesOf(c)
  const axes = list?.map(a => c.axis(a, x.ndim)) ?? x.shape.flatMap((s, d) => (s === 1 ? [d] : []))
  return [...axes].sort((a, b) => b - a).reduce((t, d) => (t.shape[d] === 1 ? squeeze(t, d) : c.fail(`axis ${d} of [${x.shape.join(', ')}] is not 1`)), x) // prettier-ignore
}
const unsqueezeAxes: Operator = c => {
  const x = c.input(0)
  const list = axesOf(c) ?? c.fail('axes are missing')
  const rank = x.ndim + list.length
  return list
    .map(a => c.axis(a, rank))
    .sort((a, b) => a - b)
    .reduce((t, d) => unsqueeze(t, d), x)
}

const padAround: Operator = c => {
  const x = c.input(0)
  const amounts = c.either('pads', 1, 11) ?? []
  const axes = c.opset >= 18 ? c.list(3) : null
  const mode = c.string('mode', 'constant')
  const named = {
    constant: 'constant',
    reflect: 'reflect',
    edge: 'replicate',
    wrap: 'circular',
  } as const
  if (!Object.hasOwn(named, mode)) c.fail(`mode ${mode}`)
  const at = axes?.map(a => c.axis(a, x.ndim)) ?? x.shape.map((_, d) => d)
  if (amounts.length !== 2 * at.length) c.fail(`${amounts.length} pads for ${at.length} axes`)
  const ends = x.shape.map(() => [0, 0])
  at.forEach((d, i) => (ends[d] = [amounts[i], amounts[at.length + i]]))
  c.limit(x.shape.map((s, d) => Math.max(0, s + ends[d][0] + ends[d][1])))
  const value = c.opset < 11 ? c.float('value', 0) : (c.optional(2)?.item() ?? 0)
  const flat = [...ends].reverse().flat()
  // One of the table's keys, as checked.
  return pad(x, flat, { mode: named[mode as keyof typeof named], value })
}

const constant: Operator = c => {
  if (c.get('value') !== undefined) return c.tensor('value')
  for (const [name, dtype, list] of [
    ['value_float', 'float32', false],
    ['value_int', 'int32', false],
    ['value_floats', 'float32', true],
    ['value_ints', 'int32', true],
  ] as const) {
    if (c.get(name) === undefined) continue
    const values = list ? (c.ints(name) ?? []) : [c.int(name, 0)]
    return fromFlat(values, list ? [values.length] : [], dtype)
  }
  return c.fail('a constant of another kind')
}

const constantOfShape: Operator = c => {
  const shape = c.limit(c.list(0) ?? [])
  const value = c.get('value') === undefined ? null : c.tensor('value')
  return full(shape, value ? value.item() : 0, { dtype: value?.dtype ?? 'float32' })
}

const expandTo: Operator = c => {
  const x = c.input(0)
  const wanted = c.list(1) ?? []
  const rank = Math.max(x.ndim, wanted.length)
  const own = [...new Array<number>(rank - x.ndim).fill(1), ...x.shape]
  const other = [...new Array<number>(rank - wanted.length).fill(1), ...wanted]
  return expand(reshape(x, own), c.limit(own.map((s, d) => (s === 1 ? other[d] : s))))
}

const shapeOf: Operator = c => {
  const { shape } = c.input(0)
  const rank = shape.length
  const place = (d: number) => Math.max(0, Math.min(rank, d < 0 ? d + rank : d))
  const part = shape.slice(place(c.int('start', 0)), place(c.int('end', rank)))
  return fromFlat(part, [part.length], 'int32')
}

const gatherAlong: Operator = c => {
  const [x, index] = [c.input(0), c.input(1)]
  const d = c.axis(c.int('axis', 0), x.ndim)
  const n = x.shape[d]
  const places = [...to(index, 'int32').toTypedArray()].map(i => (i < 0 ? i + n : i))
  const shape = [...x.shape.slice(0, d), ...index.shape, ...x.shape.slice(d + 1)]
  c.limit(shape)
  if (!x.size) return reshape(x, shape)
  return reshape(indexSelect(x, d, places), shape)
}

const castTo: Operator = c => {
  const kind = KINDS[c.int('to', 1)] ?? c.fail(`a cast to type ${c.int('to', 1)}`)
  return to(c.input(0), FORMATS[kind].dtype)
}

const sliceAxes: Operator = c => {
  const x = c.input(0)
  const old = c.opset < 10
  const starts = (old ? c.ints('starts') : c.list(1)) ?? []
  const ends = (old ? c.ints('ends') : c.list(2)) ?? []
  const axes = (old ? c.ints('axes') : c.list(3)) ?? starts.map((_, i) => i)
  const steps = (old ? null : c.list(4)) ?? starts.map(() => 1)
  if (
    ends.length !== starts.length ||
    axes.length !== starts.length ||
    steps.length !== starts.length
  )
    c.fail('starts, ends, axes and steps are of different lengths')
  return axes.reduce((t, a, i) => {
    const d = c.axis(a, x.ndim)
    const n = t.shape[d]
    if (steps[i] > 0) return slice(t, d, { start: starts[i], end: ends[i], step: steps[i] })
    if (steps[i] === 0) c.fail('a step of 0')
    // Backwards: places counted from the other end.
    const mirror = (p: number) => n - 1 - Math.max(-1, Math.min(n - 1, p < 0 ? p + n : p))
    return slice(flip(t, [d]), d, {
      start: mirror(starts[i]),
      end: mirror(ends[i]),
      step: -steps[i],
    })
  }, x)
}

const splitUp: Operator = c => {
  const x = c.input(0)
  const d = c.axis(c.int('axis', 0), x.ndim)
  const n = c.node.outputs.length
  const share = Math.ceil(x.shape[d] / n)
  const sizes = c.either('split', 1, 13) ?? Array.from({ length: n }, (_, i) => Math.max(0, Math.min(share, x.shape[d] - i * share))) // prettier-ignore
  if (
    sizes.length !== n ||
    sizes.some(s => s < 0) ||
    sizes.reduce((a, b) => a + b, 0) !== x.shape[d]
  )
    c.fail(`parts of ${sizes.join(', ')} from ${x.shape[d]}`)
  let at = 0
  return sizes.map(size => {
    const part = narrow(x, d, at, size)
    at += size
    return part
  })
}

export const ARRANGE: Readonly<Record<string, Operator>> = {
  Flatten: flattenTo,
  Reshape: reshapeTo,
  Transpose: transposeTo,
  Concat: concatenate,
  Squeeze: squeezeAxes,
  Unsqueeze: unsqueezeAxes,
  Pad: padAround,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Expand: expandTo,
  Shape: shapeOf,
  Gather: gatherAlong,
  Cast: castTo,
  Slice: sliceAxes,
  Split: splitUp,
  Identity: c => c.input(0),
  Where: c => where(to(c.input(0), 'bool'), c.input(1), c.input(2)),
}
