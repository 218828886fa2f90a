/** One convolution, cell by cell: its numbers, what to compare them with, and the student's function as its driver. */
import type { Trace } from '../explain/trace.ts'
import { formatNumber, formatShape } from '../spec/text.ts'
import { windows } from '../spec/validate.ts'
import type { EventName } from '../spec/live.ts'
import { SPEC_VERSION, type ConvView, type ViewSpec } from '../spec/view.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Canvas } from './canvas.ts'
import { drawConv } from './conv-picture.ts'
import type { Compared, ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import type { Outlet, Subject } from './subject.ts'
import { readCells } from './tensor.ts'
import { extremes, flatIndex, indexOf, nested, numbersOf, unnest, type Numbers } from './values.ts'
import { VERSION } from './version.ts'

/** Numbers in x, w and the output together: beyond, nobody steps through them one by one. */
const LIMIT = 100_000

export interface ConvNumbers {
  /** [C, H, W] */
  x: Numbers
  xShape: readonly [number, number, number]
  /** [K, C, h, k] */
  w: Numbers
  wShape: readonly [number, number, number, number]
  /** [K] */
  b: Numbers
  hasBias: boolean
  /** [K, H′, W′] */
  output: Numbers
  oShape: readonly [number, number, number]
  stride: readonly [number, number]
  padding: readonly [number, number]
  dilation: readonly [number, number]
  plain: boolean
}

export interface Term {
  c: number
  /** Place in x; outside of it where the window lies on padding. */
  i: number
  j: number
  x: number
  w: number
}

export class ConvSubject implements Subject {
  readonly numbers: ConvNumbers
  readonly at: [number, number, number][]
  readonly compare: { label: string; values: (number | null)[] } | null
  readonly count: number | null
  readonly names: { x: string; w: string; b: string; o: string }
  private readonly edit: ('x' | 'w' | 'b')[]
  private readonly compute: ShowOptions['compute']

  constructor(
    trace: Trace,
    private readonly options: ShowOptions,
  ) {
    this.numbers = numbersOfTrace(trace)
    const { oShape, plain, hasBias } = this.numbers
    this.names = { x: 'x', w: 'w', b: 'b', o: 'o', ...options.names }
    this.at = readCells(options.at, plain ? oShape.slice(1) : oShape).map(cell => {
      const [k, i, j] = plain ? [0, ...cell] : cell
      return [k, i, j]
    })
    this.count = options.count ?? null
    const edit = options.edit ?? (hasBias ? ['x', 'w', 'b'] : ['x', 'w'])
    this.edit = typeof edit === 'string' ? [edit] : [...edit]
    this.compute = options.compute
    if (this.compute) {
      const { x, xShape, w, wShape, b } = this.numbers
      const cells = this.drive(nested(x, xShape), nested(w, wShape), Array.from(b)).flat(2)
      this.numbers.output = cells.map(cell => (typeof cell === 'number' ? cell : NaN))
    }
    this.compare = this.readCompare(options.compare)
  }

  spec(id: string, pack: Packer): ViewSpec {
    const n = this.numbers
    const view: ConvView = {
      spec: SPEC_VERSION,
      kind: 'conv',
      id,
      title: this.title,
      shape: this.shapes,
      text: this.text(),
      producer: VERSION,
      data: {
        x: pack(n.x, n.xShape, 'f32'),
        w: pack(n.w, n.wShape, 'f32'),
        b: pack(n.b, [n.b.length], 'f32'),
        hasBias: n.hasBias,
        output: pack(n.output, n.oShape, 'f32'),
        stride: [...n.stride],
        padding: [...n.padding],
        dilation: [...n.dilation],
        plain: n.plain,
        names: this.names,
        at: this.at,
        compare: this.compare && {
          label: this.compare.label,
          // Nested as the output is, by construction.
          values: nested(this.compare.values as unknown as Numbers, n.oShape) as (
            number | null
          )[][][],
        },
        edit: this.edit,
        count: this.count,
        driven: this.compute !== undefined,
      },
    }
    if (this.options.from) view.from = this.options.from
    return view
  }

  get title(): string {
    const { stride, padding, dilation } = this.numbers
    const said = Object.entries({ stride, padding, dilation })
      .filter(([name, pair]) => pair.some(v => v !== (name === 'padding' ? 0 : 1)))
      .map(([name, [a, b]]) => `${name} ${a === b ? a : `[${a}, ${b}]`}`)
    return (this.options.title ?? 'conv2d') + (said.length ? `(${said.join(', ')})` : '')
  }

  get shapes(): string {
    const { xShape, oShape, plain } = this.numbers
    return [xShape, oShape].map(s => formatShape(plain ? s.slice(1) : s)).join(' → ')
  }

  get from(): string {
    return this.options.from ?? ''
  }

  /** `o[0, 0]`, or `o[k, i, j]` with a filter. */
  cellName([k, i, j]: readonly number[]): string {
    return `${this.names.o}[${(this.numbers.plain ? [i, j] : [k, i, j]).join(', ')}]`
  }

  /** The current cell: the first pinned one, else the largest. */
  get current(): readonly [number, number, number] {
    if (this.at.length) return this.at[0]
    const { argmax } = extremes(this.numbers.output)
    const [k, i, j] = indexOf(Math.max(0, argmax), this.numbers.oShape)
    return [k, i, j]
  }

  /** Products of one output cell, channel by channel; padding reads 0. */
  terms([k, i, j]: readonly number[]): Term[] {
    const { x, xShape, w, wShape, stride, padding, dilation } = this.numbers
    const [, channels, h, width] = wShape
    const out: Term[] = []
    for (let c = 0; c < channels; c++)
      for (let a = 0; a < h; a++)
        for (let b = 0; b < width; b++) {
          const row = i * stride[0] - padding[0] + a * dilation[0]
          const column = j * stride[1] - padding[1] + b * dilation[1]
          const inside = row >= 0 && column >= 0 && row < xShape[1] && column < xShape[2]
          out.push({
            c,
            i: row,
            j: column,
            x: inside ? x[flatIndex([c, row, column], xShape)] : 0,
            w: w[flatIndex([k, c, a, b], wShape)],
          })
        }
    return out
  }

  /** How many compared cells agree, and of how many; null without a comparison. */
  agreement(): { agree: number; of: number } | null {
    if (!this.compare) return null
    const { values } = this.compare
    const compared = values.map((v, n) => [v, n] as const).filter(([v]) => v !== null)
    const agree = compared.filter(([v, n]) => this.agrees(n, v)).length
    return { agree, of: compared.length }
  }

  /** Rounding of the last float32 digits is no difference. */
  agrees(n: number, other: number | null): boolean {
    const value = this.numbers.output[n]
    return other === null || Math.abs(value - other) <= 1e-5 * Math.max(1, Math.abs(value))
  }

  /** The readout of the current cell. */
  sentence(): string {
    const cell = this.current
    const terms = this.terms(cell)
    const bias = this.numbers.b[cell[0]]
    const value = this.numbers.output[flatIndex(cell, this.numbers.oShape)]
    const signed = (v: number): string => (v < 0 ? `(${formatNumber(v)})` : formatNumber(v))
    const parts =
      terms.length <= 12
        ? terms.map(t => `${signed(t.x)}·${signed(t.w)}`)
        : Array.from({ length: this.numbers.wShape[1] }, (_, c) =>
            signed(terms.filter(t => t.c === c).reduce((sum, t) => sum + t.x * t.w, 0)),
          )
    if (this.numbers.hasBias) parts.push(signed(bias))
    const shown = parts.length > 40 ? [`the sum of ${terms.length} products`] : parts
    return `${this.cellName(cell)} = ${shown.join(' + ')} = ${formatNumber(value)}.`
  }

  text(): string {
    const { output, oShape, stride, xShape, wShape } = this.numbers
    const { min, max, argmax, argmin } = extremes(output)
    const lines = [
      [this.title, this.shapes, this.from].filter(Boolean).join('  '),
      this.sentence(),
      `Largest output ${formatNumber(max)} at ${this.cellName(indexOf(Math.max(0, argmax), oShape))}, smallest ${formatNumber(min)} at ${this.cellName(indexOf(Math.max(0, argmin), oShape))}.`,
    ]
    const agreement = this.agreement()
    if (agreement && this.compare) {
      const { agree, of } = agreement
      lines.push(
        `${agree === of ? `All ${of}` : `${agree} of ${of}`} cells agree with ${this.compare.label}.`,
      )
      const first = this.compare.values.findIndex((v, n) => !this.agrees(n, v))
      if (first >= 0)
        lines.push(
          `First difference: ${this.cellName(indexOf(first, oShape))} = ${formatNumber(output[first])}, ${this.compare.label}: ${formatNumber(this.compare.values[first] ?? NaN)}.`,
        )
    }
    if (this.count !== null)
      lines.push(
        `${formatNumber(this.count)} stands in ${Array.from(output).filter(v => v === this.count).length} of ${output.length} cells.`,
      )
    const unread = ([0, 1] as const).map(d => xShape[1 + d] - this.read(d))
    const lost = unread
      .map((n, d) => (n > 0 ? `${n} ${d ? 'column' : 'row'}${n > 1 ? 's' : ''}` : ''))
      .filter(Boolean)
    if (lost.length && (stride[0] > 1 || stride[1] > 1))
      lines.push(
        `No window reads the last ${lost.join(' and ')} of ${this.names.x}: the window is ${wShape[2]}×${wShape[3]}, the stride ${stride.join('×')}.`,
      )
    return lines.join('\n')
  }

  /** Rows (d = 0) or columns of x up to the last one that a window reads. */
  read(d: 0 | 1): number {
    const { xShape, wShape, oShape, stride, padding, dilation } = this.numbers
    const end = (oShape[1 + d] - 1) * stride[d] + (wShape[2 + d] - 1) * dilation[d] + 1 - padding[d]
    return Math.min(xShape[1 + d], end)
  }

  picture(): Canvas {
    return drawConv(this)
  }

  handle(name: EventName, payload: unknown, _view: Outlet): unknown {
    if (name !== 'compute') throw new Error(`the stepper answers compute and pin, not ${name}`)
    if (!this.compute)
      throw new Error(
        'no function drives this view: show(trace(…), { compute: conv }) gives it one',
      )
    if (typeof payload !== 'object' || payload === null)
      throw new TypeError('compute: the payload holds x, w and b')
    const { x, w, b } = payload as { x?: unknown; w?: unknown; b?: unknown } // checked below
    const { xShape, wShape } = this.numbers
    const numbers = (list: unknown, what: string, shape: readonly number[]): unknown => {
      const { shape: got, leaves } = unnest(list, `compute: ${what}`)
      if (
        got.join() !== shape.join() &&
        [1, ...got].join() !== shape.join() &&
        [1, 1, ...got].join() !== shape.join()
      )
        throw new RangeError(
          `compute: ${what} is ${formatShape(got)}, expected ${formatShape(shape)}`,
        )
      if (!leaves.every(v => typeof v === 'number'))
        throw new TypeError(`compute: ${what} holds something other than numbers`)
      // All leaves are numbers: checked in the line above.
      return nested(leaves as number[], shape)
    }
    const bias = b === undefined ? Array.from(this.numbers.b) : unnest(b, 'compute: b').leaves
    return { output: this.drive(numbers(x, 'x', xShape), numbers(w, 'w', wShape), bias) }
  }

  /**
   * Calls the student's function and lays its result out as the output [K, H′, W′]. A cell without a number gets the reason;
   * an exception goes to all cells.
   */
  private drive(x: unknown, w: unknown, b: readonly unknown[]): (number | { error: string })[][][] {
    const { plain, oShape, hasBias, stride, padding, dilation } = this.numbers
    const first = (list: unknown): unknown => (list as unknown[])[0] // nested lists of known depth
    const settings = { stride: stride[0], padding: padding[0], dilation: dilation[0] }
    let result: unknown
    let failed: string | null = null
    try {
      // The student's parameters are unknown here; they get what the lecture's signature says.
      const f = this.compute as unknown as (...args: unknown[]) => unknown
      if (plain) result = [f(first(x), first(first(w)), ...(stride[0] === 1 ? [] : [stride[0]]))]
      else result = f(x, w, ...(hasBias ? [b] : []), settings)
      if (result instanceof Tensor) result = result.toArray()
      else if (plain && Array.isArray(result) && result[0] instanceof Tensor)
        result = [result[0].toArray()]
    } catch (error) {
      failed = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    }
    const at = (list: unknown, i: number): unknown => (Array.isArray(list) ? list[i] : undefined)
    return Array.from({ length: oShape[0] }, (_, k) =>
      Array.from({ length: oShape[1] }, (_, i) =>
        Array.from({ length: oShape[2] }, (_, j) => {
          if (failed !== null) return { error: failed }
          const cell = at(at(at(result, k), i), j)
          if (typeof cell === 'number' && Number.isFinite(cell)) return cell
          return {
            error:
              cell === undefined
                ? 'nothing here'
                : typeof cell === 'number'
                  ? String(cell)
                  : `${typeof cell}, not a number`,
          }
        }),
      ),
    )
  }

  private readCompare(compare: ShowOptions['compare']): ConvSubject['compare'] {
    if (compare === null || compare === undefined) return null
    const { oShape, plain, x, xShape, w, wShape } = this.numbers
    const given = isLabelled(compare) ? compare : { label: null, values: compare }
    if (given.values === null) return null
    let values: Compared = given.values
    let label = given.label ?? 'your guess'
    if (typeof values === 'function') {
      const f = values as unknown as (...args: unknown[]) => unknown // as `drive`
      label = given.label ?? 'your function'
      const [xs, ws] = [nested(x, xShape), nested(w, wShape)] as [unknown[], unknown[][]] // as shaped
      const result = plain ? f(xs[0], ws[0][0]) : f(xs, ws)
      if (!Array.isArray(result) && !(result instanceof Tensor))
        throw new TypeError(
          `show: the function in compare returned ${typeof result}, not rows of numbers`,
        )
      values = result
    } else if (values instanceof Tensor) label = given.label ?? 'the given output'
    const { shape, leaves } = unnest(
      values instanceof Tensor ? values.toArray() : values,
      'show: compare',
    )
    const expected = plain ? oShape.slice(1) : oShape
    const fits =
      [shape, [1, ...shape]].some(s => s.join() === oShape.join()) ||
      [1, ...oShape].join() === shape.join()
    if (!fits)
      throw new RangeError(
        `show: compare is ${formatShape(shape)}, the output ${formatShape(expected)}`,
      )
    const cells = leaves.map(v => {
      if (v === null || v === undefined || (typeof v === 'number' && !Number.isFinite(v)))
        return null
      if (typeof v !== 'number') throw new TypeError(`show: compare holds ${typeof v}, not numbers`)
      return v
    })
    return cells.every(v => v === null) ? null : { label, values: cells }
  }
}

function isLabelled(
  compare: NonNullable<ShowOptions['compare']>,
): compare is { label: string; values: Compared | null } {
  return typeof compare === 'object' && 'label' in compare && 'values' in compare
}

/** Whether a trace is that of a convolution: then it has exactly one. */
export function isConvTrace(trace: Trace): boolean {
  return trace.ops.filter(({ op }) => op === 'conv2d').length === 1
}

function numbersOfTrace(trace: Trace): ConvNumbers {
  const found = trace.ops.find(({ op }) => op === 'conv2d')
  if (!found) throw new TypeError('show: no conv2d in this trace')
  const [x, w, bias] = found.inputs
  // What conv2d records as its options.
  const { stride, padding, dilation, groups } = found.options as ConvNumbers & { groups: number }
  const output = found.output
  const sizes = `x ${formatShape(x.shape)}, w ${formatShape(w.shape)}`
  if (x.shape[0] !== 1)
    throw new RangeError(
      `show: the stepper shows one image, x is ${formatShape(x.shape)}; take one with x.at(0)`,
    )
  if (groups !== 1)
    throw new RangeError(
      `show: the stepper shows convolutions of one group, this one has ${groups} (${sizes})`,
    )
  if (x.size + w.size + output.size > LIMIT)
    throw new RangeError(
      `show: the stepper shows up to ${LIMIT.toLocaleString('en')} numbers, ${sizes} and the output have ${(x.size + w.size + output.size).toLocaleString('en')}; take a part with .slice()`,
    )
  const [, C, H, W] = x.shape
  const [K, , h, k] = w.shape
  const rows = windows(H, h, stride[0], padding[0], dilation[0])
  const columns = windows(W, k, stride[1], padding[1], dilation[1])
  return {
    x: numbersOf(x),
    xShape: [C, H, W],
    w: numbersOf(w),
    wShape: [K, C, h, k],
    b: bias ? numbersOf(bias) : new Float32Array(K),
    hasBias: bias !== undefined,
    output: numbersOf(output),
    oShape: [K, rows, columns],
    stride,
    padding,
    dilation,
    plain: trace.output?.ndim === 2,
  }
}
