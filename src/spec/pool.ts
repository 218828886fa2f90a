/** The pooling stepper's view: one max or mean pooling, cell by cell, and its gradient. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import type { Encoded, ViewBase } from './view.ts'

/** One maxPool2d or avgPool2d and the way back. Tensors are exact (`f32`; switches `i32`). */
export interface PoolView extends ViewBase {
  kind: 'pool'
  data: {
    mode: 'max' | 'mean'
    /** [C, H, W] */
    x: Encoded
    /** [C, H′, W′] */
    output: Encoded
    /** [C, H′, W′]: row·W + column of each window's largest value; null for means. */
    switches: Encoded | null
    /** Gradient of the output, [C, H′, W′]; null when only the way forward is asked for. */
    gradient: Encoded | null
    kernel: [number, number]
    stride: [number, number]
    padding: [number, number]
    dilation: [number, number]
    /** Whether the padding's zeros count in a mean. */
    countPad: boolean
    /** One map without a channel axis: names and indices are shown without it. */
    plain: boolean
    /** Pooling along one axis: H = 1, shown without the row's index. */
    row: boolean
    names: { x: string; y: string }
    /** Current output cell, [c, i, j]. */
    at: [number, number, number]
    /** Values to compare the output (`y`) or the gradient of x (`gx`) with; `null` cells are not compared. */
    compare: { label: string; of: 'y' | 'gx'; values: (number | null)[][][] } | null
  }
}

const MAX_SIZE = 100_000
const MAX_NAME = 40
const MAX_LABEL = 500

/** Fits the shapes on both sides: as many windows as fit, one more when the last may hang over the edge. */
export function readPool(r: Reader): PoolView['data'] {
  r.only(
    'mode', 'x', 'output', 'switches', 'gradient', 'kernel', 'stride', 'padding', 'dilation', 'countPad', 'plain', 'row',
    'names', 'at', 'compare',
  ) // prettier-ignore
  const mode = r.at('mode').oneOf('max', 'mean')
  const x = r.at('x').tensor([null, null, null])
  const [C, H, W] = x.shape
  const output = r.at('output').tensor([C, null, null])
  const { shape } = output
  const kernel = r.at('kernel').pair(1, MAX_SIZE)
  const stride = r.at('stride').pair(1, MAX_SIZE)
  const padding = r.at('padding').pair(0, MAX_SIZE)
  const dilation = r.at('dilation').pair(1, MAX_SIZE)
  for (const d of [0, 1] as const) {
    const n = d === 0 ? H : W
    if (padding[d] > kernel[d] / 2)
      throw new SpecError(`${r.path}.padding: ${padding[d]} is more than half of ${kernel[d]}`)
    const whole =
      Math.floor((n + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1) / stride[d]) + 1
    const got = shape[d + 1]
    if (got !== whole && got !== whole + 1)
      throw new SpecError(
        `${r.path}.output: ${got} windows along axis ${d + 1}, ${Math.max(0, whole)} fit`,
      )
    if ((got - 1) * stride[d] >= n + padding[d])
      throw new SpecError(`${r.path}.output: a window along axis ${d + 1} starts outside x`)
  }
  const plain = r.at('plain').boolean()
  const row = r.at('row').boolean()
  if (plain && C !== 1)
    throw new SpecError(`${r.path}.plain: x has ${C} channels, a plain map has one`)
  if (row && (H !== 1 || shape[1] !== 1))
    throw new SpecError(`${r.path}.row: x has ${H} rows, a row has one`)
  const switches = r.at('switches').nullable(s => s.tensor(shape))
  if ((switches === null) !== (mode === 'mean'))
    throw new SpecError(`${r.path}.switches: they belong to max pooling`)
  if (switches && switches.encoding !== 'i32')
    throw new SpecError(`${r.path}.switches: whole numbers as i32, not ${switches.encoding}`)
  const names = r.at('names').only('x', 'y')
  const at = r.at('at').list((i, d) => i.integer(0, shape[d] - 1), 3, 3)
  return {
    mode,
    x,
    output,
    switches,
    gradient: r.at('gradient').nullable(g => g.tensor(shape)),
    kernel,
    stride,
    padding,
    dilation,
    countPad: r.at('countPad').boolean(),
    plain,
    row,
    names: { x: names.at('x').text(MAX_NAME), y: names.at('y').text(MAX_NAME) },
    at: [at[0], at[1], at[2]],
    compare: r.at('compare').nullable(c => {
      c.only('label', 'of', 'values')
      const of = c.at('of').oneOf('y', 'gx')
      return {
        label: c.at('label').text(MAX_LABEL),
        of,
        values: readCells(c.at('values'), of === 'y' ? shape : x.shape),
      }
    }),
  }
}

/** Nested lists [C, H, W] with nulls, of exactly this shape. */
export function readCells(r: Reader, [C, H, W]: readonly number[]): (number | null)[][][] {
  return r.list(
    map => map.list(row => row.list(v => v.nullable(n => n.number()), W, W), H, H),
    C,
    C,
  )
}
