/** One pooling, cell by cell, with the way of its gradient. */
import { grad } from '../autograd/tape.ts'
import type { OpRecord } from '../autograd/recorder.ts'
import type { Trace } from '../explain/trace.ts'
import { avgPool2d, maxPool2d } from '../ops/index.ts'
import { formatCount, formatNumber, formatShape } from '../spec/text.ts'
import { SPEC_VERSION, type PoolView, type ViewSpec } from '../spec/view.ts'
import { tensor } from '../tensor/create.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Canvas } from './canvas.ts'
import type { Compared, ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawPool } from './pool-picture.ts'
import type { Subject } from './subject.ts'
import { readCells } from './tensor.ts'
import { flatIndex, indexOf, nested, numbersOf, unnest, type Numbers } from './values.ts'
import { VERSION } from './version.ts'

/** Numbers in x and the output together: beyond, nobody steps through them one by one. */
const LIMIT = 100_000
/** Outputs whose switches are told one by one. */
const TOLD = 16

type Two = readonly [number, number]
type Three = readonly [number, number, number]

interface PoolOptions {
  kernel: Two
  stride: Two
  padding: Two
  dilation?: Two
  countIncludePad?: boolean
}

export interface PoolNumbers {
  mode: 'max' | 'mean'
  /** [C, H, W] */
  x: Numbers
  xShape: Three
  /** [C, H′, W′] */
  y: Numbers
  yShape: Three
  switches: Numbers | null
  kernel: Two
  stride: Two
  padding: Two
  dilation: Two
  countPad: boolean
  plain: boolean
  row: boolean
}

export class PoolSubject implements Subject {
  readonly numbers: PoolNumbers
  /** Gradient of the output, and of x. */
  readonly gradient: { y: Numbers; x: Numbers } | null
  readonly current: Three
  readonly compare: { label: string; of: 'y' | 'gx'; values: (number | null)[] } | null
  readonly names: { x: string; y: string }

  constructor(
    trace: Trace,
    private readonly options: ShowOptions,
  ) {
    const found = poolOf(trace)
    if (!found) throw new TypeError('show: no pooling in this trace')
    this.numbers = readNumbers(found, trace)
    const { names } = options
    this.names = { x: names?.x ?? 'x', y: names?.o ?? 'y' }
    this.gradient = this.readGradient(found, options.backward)
    const { yShape } = this.numbers
    const [first] = readCells(options.at, this.shown(yShape))
    const [c, i, j] = first ? [...new Array<number>(3 - first.length).fill(0), ...first] : [0, 0, 0]
    this.current = [c, i, j]
    this.compare = this.readCompare(options.compare)
  }

  spec(id: string, pack: Packer): ViewSpec {
    const n = this.numbers
    const two = ([a, b]: Two): [number, number] => [a, b]
    const view: PoolView = {
      spec: SPEC_VERSION,
      kind: 'pool',
      id,
      title: this.title,
      shape: this.shapes,
      text: this.text(),
      producer: VERSION,
      data: {
        mode: n.mode,
        x: pack(n.x, n.xShape, 'f32'),
        output: pack(n.y, n.yShape, 'f32'),
        switches: n.switches && pack(n.switches, n.yShape, 'i32'),
        gradient: this.gradient && pack(this.gradient.y, n.yShape, 'f32'),
        kernel: two(n.kernel),
        stride: two(n.stride),
        padding: two(n.padding),
        dilation: two(n.dilation),
        countPad: n.countPad,
        plain: n.plain,
        row: n.row,
        names: this.names,
        at: [...this.current],
        compare: this.compare && {
          label: this.compare.label,
          of: this.compare.of,
          // Nested as the shape is, by construction.
          values: nested(
            this.compare.values as unknown as Numbers,
            this.compare.of === 'y' ? n.yShape : n.xShape,
          ) as (number | null)[][][],
        },
      },
    }
    if (this.options.from) view.from = this.options.from
    return view
  }

  get title(): string {
    return this.options.title ?? (this.numbers.mode === 'max' ? 'max pooling' : 'mean pooling')
  }
  get from(): string {
    return this.options.from ?? ''
  }
  get shapes(): string {
    const { xShape, yShape } = this.numbers
    return [xShape, yShape].map(s => formatShape(this.shown(s))).join(' → ')
  }
  /** `window 3×3, stride 2`. */
  get settings(): string {
    const { kernel, stride, padding, dilation, row } = this.numbers
    const say = ([a, b]: Two): string => (row || a === b ? String(b) : `${a}×${b}`)
    const said = [`window ${row ? kernel[1] : kernel.join('×')}`, `stride ${say(stride)}`]
    if (padding.some(p => p > 0)) said.push(`padding ${say(padding)}`)
    if (dilation.some(d => d > 1)) said.push(`dilation ${say(dilation)}`)
    return said.join(', ')
  }
  /** An index or a shape without the axes that are not shown. */
  shown(index: readonly number[]): number[] {
    const { plain, row } = this.numbers
    return [...(plain ? [] : [index[0]]), ...(row ? [] : [index[1]]), index[2]]
  }
  name(which: 'x' | 'y', index: readonly number[]): string {
    return `${this.names[which]}[${this.shown(index).join(', ')}]`
  }

  /** Cells of x that a window reads. */
  window([c, i, j]: Three): Three[] {
    const { xShape, kernel, stride, padding, dilation } = this.numbers
    const out: Three[] = []
    for (let a = 0; a < kernel[0]; a++)
      for (let b = 0; b < kernel[1]; b++) {
        const r = i * stride[0] - padding[0] + a * dilation[0]
        const s = j * stride[1] - padding[1] + b * dilation[1]
        if (r >= 0 && s >= 0 && r < xShape[1] && s < xShape[2]) out.push([c, r, s])
      }
    return out
  }
  /** The cell that a window took its value from; null for means. */
  winner([c, i, j]: Three): Three | null {
    const { switches, xShape, yShape } = this.numbers
    if (!switches) return null
    const [r, s] = indexOf(switches[flatIndex([c, i, j], yShape)], xShape.slice(1))
    return [c, r, s]
  }

  /** The readout of the current cell. */
  sentence(): string {
    const { x, xShape, y, yShape, mode } = this.numbers
    const cells = this.window(this.current)
    const values = cells.map(cell => x[flatIndex(cell, xShape)])
    const value = y[flatIndex(this.current, yShape)]
    const list =
      values.length <= 25 ? values.map(v => formatNumber(v)).join(', ') : `${values.length} values`
    const name = this.name('y', this.current)
    const g = this.gradient ? formatNumber(this.gradient.y[flatIndex(this.current, yShape)]) : null
    const won = this.winner(this.current)
    if (mode === 'mean' || !won)
      return `${name}: the mean of ${list} is ${formatNumber(value)}.${g === null ? '' : ` Going back, its gradient ${g} is shared evenly.`}`
    const tie = values.filter(v => v === value).length > 1 ? ', the first of equals' : ''
    return `${name}: of ${list} the largest is ${formatNumber(value)}, ${this.name('x', won)}${tie}.${g === null ? '' : ` Going back, its gradient ${g} goes there alone.`}`
  }

  text(): string {
    const { xShape, yShape, y, kernel, stride } = this.numbers
    const lines = [
      [this.title, this.shapes, this.settings, this.from].filter(Boolean).join('  '),
      this.sentence(),
    ]
    const { switches } = this.numbers
    if (switches && y.length <= TOLD)
      lines.push(
        `Switches (row · ${xShape[2]} + column): ${JSON.stringify(this.nestedShown(switches, yShape))}.`,
      )
    if (this.gradient) {
      const gx = this.gradient.x
      const zeros = Array.from(gx).filter(v => v === 0).length
      lines.push(
        `${formatCount(zeros)} of ${formatCount(gx.length)} cells of ${this.names.x} get no gradient.`,
      )
    }
    if (kernel.some((k, d) => k > stride[d]) && switches) {
      const wins = new Map<number, number>()
      const per = yShape[1] * yShape[2]
      for (let n = 0; n < switches.length; n++) {
        const key = Math.floor(n / per) * xShape[1] * xShape[2] + switches[n]
        wins.set(key, (wins.get(key) ?? 0) + 1)
      }
      const [cell, most] = [...wins].reduce((a, b) => (b[1] > a[1] ? b : a))
      if (most > 1)
        lines.push(`${this.name('x', indexOf(cell, xShape))} wins ${most} windows: most of all.`)
    }
    const agreement = this.agreement()
    if (agreement && this.compare) {
      const { agree, of } = agreement
      const what = this.compare.of === 'gx' ? ` in the gradient of ${this.names.x}` : ''
      lines.push(
        `${agree === of ? `All ${of}` : `${agree} of ${of}`} cells${what} agree with ${this.compare.label}.`,
      )
    }
    return lines.join('\n')
  }

  /** How many compared cells agree, and of how many. */
  agreement(): { agree: number; of: number } | null {
    const { compare } = this
    if (!compare) return null
    const compared = compare.values.map((v, n) => [v, n] as const).filter(([v]) => v !== null)
    return { agree: compared.filter(([, n]) => this.agrees(n)).length, of: compared.length }
  }
  /** Whether a compared cell is the same up to rounding. */
  agrees(n: number): boolean {
    const other = this.compare?.values[n] ?? null
    const own = this.compare?.of === 'gx' ? this.gradient?.x : this.numbers.y
    return (
      other === null || !own || Math.abs(own[n] - other) <= 1e-5 * Math.max(1, Math.abs(own[n]))
    )
  }

  picture(): Canvas {
    return drawPool(this)
  }

  /** Pages send [c, i, j]; the user gets the index that he would write. */
  pinned(index: number[]): { index: number[] } {
    return { index: this.shown(index) }
  }

  private nestedShown(values: Numbers, shape: readonly number[]): unknown {
    return nested(values, this.shown(shape))
  }

  private readGradient(
    { op, inputs, options }: OpRecord,
    backward: ShowOptions['backward'],
  ): PoolSubject['gradient'] {
    if (backward === undefined || backward === null) return null
    const { yShape, xShape } = this.numbers
    const { shape, leaves } = readList(backward, 'show: backward')
    if (!sameAxes(shape, yShape))
      throw new RangeError(
        `show: backward is ${formatShape(shape)}, the output ${formatShape(this.shown(yShape))}`,
      )
    const numbers = leaves.map(v => {
      if (typeof v !== 'number')
        throw new TypeError(`show: backward holds ${typeof v}, not numbers`)
      return v
    })
    const { kernel, ...settings } = options as PoolOptions // what pooling records
    const x = inputs[0].detach().clone().requiresGrad_(true)
    const y =
      op === 'maxPool2d'
        ? maxPool2d(x, kernel, { ...pick(settings), ceilMode: this.isCeil() })
        : avgPool2d(x, kernel, {
            ...pick(settings),
            ceilMode: this.isCeil(),
            countIncludePad: settings.countIncludePad,
          })
    const [gx] = grad(y, [x], tensor(Float64Array.from(numbers)).to(y.dtype).reshape(y.shape))
    return { y: numbers, x: numbersOf(gx.reshape(xShape)) }
  }
  /** A window more than fits whole was counted. */
  private isCeil(): boolean {
    const { xShape, yShape, kernel, stride, padding, dilation } = this.numbers
    return ([0, 1] as const).some(
      d =>
        (yShape[d + 1] - 1) * stride[d] + dilation[d] * (kernel[d] - 1) + 1 >
        xShape[d + 1] + 2 * padding[d],
    )
  }

  private readCompare(compare: ShowOptions['compare']): PoolSubject['compare'] {
    if (compare === null || compare === undefined) return null
    const labelled = isLabelled(compare) ? compare : null
    let values: Compared | null = labelled ? labelled.values : (compare as Compared) // by `isLabelled`
    if (values === null) return null
    let label = labelled?.label ?? 'your guess'
    if (typeof values === 'function') {
      label = labelled?.label ?? 'your function'
      values = this.call(values)
    }
    const { xShape, yShape } = this.numbers
    const { shape, leaves } = readList(values, 'show: compare')
    const is = (s: readonly number[]): boolean => sameAxes(shape, s)
    const of = is(yShape) && !(this.gradient && is(xShape)) ? 'y' : is(xShape) ? 'gx' : null
    if (of === null)
      throw new RangeError(
        `show: compare is ${formatShape(shape)}, the output ${formatShape(this.shown(yShape))}, the gradient of x ${formatShape(this.shown(xShape))}`,
      )
    if (of === 'gx' && !this.gradient)
      throw new RangeError(
        `show: compare is ${formatShape(shape)}, as the gradient of x is: { backward: … } gives the gradient that comes in`,
      )
    const cells = leaves.map(v => {
      if (v === null || v === undefined || (typeof v === 'number' && !Number.isFinite(v)))
        return null
      if (typeof v !== 'number') throw new TypeError(`show: compare holds ${typeof v}, not numbers`)
      return v
    })
    return cells.every(v => v === null) ? null : { label, of, values: cells }
  }

  /** The student's function: of x, the gradient if there is one, the window and the stride. */
  private call(f: (...inputs: never[]) => unknown): readonly unknown[] | Tensor {
    const { x, xShape, yShape, kernel, stride, padding } = this.numbers
    const args: unknown[] = [nested(x, this.shown(xShape))]
    if (this.gradient) args.push(nested(this.gradient.y, this.shown(yShape)))
    args.push(kernel[1], stride[1])
    if (!this.gradient) args.push(padding[1])
    // The student's parameters are unknown here; they get what the lecture's signature says.
    const result = (f as unknown as (...args: unknown[]) => unknown)(...args)
    if (result instanceof Tensor || Array.isArray(result)) return result
    throw new TypeError(
      `show: the function in compare returned ${typeof result}, not rows of numbers`,
    )
  }
}

/** The one pooling of a trace; undefined when there is none, or more than one. */
export function poolOf(trace: Trace): OpRecord | undefined {
  const found = trace.ops.filter(({ op }) => op === 'maxPool2d' || op === 'avgPool2d')
  return found.length === 1 ? found[0] : undefined
}

function readNumbers({ op, inputs, options, output }: OpRecord, trace: Trace): PoolNumbers {
  const [x] = inputs
  if (x.shape[0] !== 1)
    throw new RangeError(
      `show: the stepper shows one image, x is ${formatShape(x.shape)}; take one with x.at(0)`,
    )
  if (x.size + output.size > LIMIT)
    throw new RangeError(
      `show: the stepper shows up to ${formatCount(LIMIT)} numbers, x ${formatShape(x.shape)} and the output have ${formatCount(x.size + output.size)}; take a part with .slice()`,
    )
  // What maxPool2d and avgPool2d record as their options.
  const { kernel, stride, padding, dilation, countIncludePad, indices } = options as PoolOptions & {
    indices?: Tensor
  }
  const [, C, H, W] = x.shape
  const row = H === 1 && kernel[0] === 1
  // One channel that the student did not write is not shown.
  const axes = trace.output?.ndim ?? 4
  return {
    mode: op === 'maxPool2d' ? 'max' : 'mean',
    x: numbersOf(x),
    xShape: [C, H, W],
    y: numbersOf(output),
    yShape: [C, output.shape[2], output.shape[3]],
    switches: indices ? numbersOf(indices) : null,
    kernel,
    stride,
    padding,
    dilation: dilation ?? [1, 1],
    countPad: countIncludePad ?? true,
    plain: C === 1 && (axes <= 2 || row),
    row,
  }
}

function pick({ stride, padding, dilation }: Omit<PoolOptions, 'kernel'>): {
  stride: [number, number]
  padding: [number, number]
  dilation?: [number, number]
} {
  const two = ([a, b]: Two): [number, number] => [a, b]
  return {
    stride: two(stride),
    padding: two(padding),
    ...(dilation && { dilation: two(dilation) }),
  }
}

function readList(
  values: readonly unknown[] | Tensor,
  name: string,
): { shape: number[]; leaves: unknown[] } {
  return unnest(values instanceof Tensor ? values.toArray() : values, name)
}

/** Shapes that differ in axes of length 1 at most. */
function sameAxes(a: readonly number[], b: readonly number[]): boolean {
  const long = (shape: readonly number[]): string => shape.filter(n => n !== 1).join()
  return long(a) === long(b)
}

function isLabelled(
  compare: NonNullable<ShowOptions['compare']>,
): compare is { label: string; values: Compared | null } {
  return typeof compare === 'object' && 'label' in compare && 'values' in compare
}
