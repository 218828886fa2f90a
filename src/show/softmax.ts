/** One softmax: logits, their exponentials and probabilities, with the loss of the right class. */
import type { OpRecord } from '../autograd/recorder.ts'
import type { Trace } from '../explain/trace.ts'
import { formatNumber, formatPercent, formatShape } from '../spec/text.ts'
import { MAX_CLASSES, MAX_ROWS } from '../spec/softmax.ts'
import { SPEC_VERSION, type SoftmaxView, type ViewSpec } from '../spec/view.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Canvas } from './canvas.ts'
import type { Compared, ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawSoftmax } from './softmax-picture.ts'
import type { Subject } from './subject.ts'
import { nested, numbersOf, unnest, type Numbers } from './values.ts'
import { VERSION } from './version.ts'

export interface Row {
  x: number[]
  p: number[]
  /** Classes, the likeliest first. */
  order: number[]
  target: number | null
  /** −log p of the target. */
  loss: number | null
}

export class SoftmaxSubject implements Subject {
  readonly labels: readonly string[] | null
  readonly temperature: number
  readonly row: number
  private readonly logits: Numbers
  private readonly shape: [number, number]
  /** The row was a vector. */
  private readonly single: boolean
  private readonly dtype: 'float32' | 'float64'
  private readonly targets: (number | null)[] | null
  private readonly compare: { label: string; values: number[]; given: boolean[] } | null

  constructor(
    trace: Trace,
    private readonly options: ShowOptions,
  ) {
    const found = softmaxOf(trace)
    if (!found) throw new TypeError('show: no softmax in this trace')
    const [x] = found.inputs
    const { dim } = found.options as { dim: number } // what softmax records
    if (x.ndim < 1 || x.ndim > 2 || dim !== x.ndim - 1)
      throw new RangeError(
        `show: softmax along axis ${dim} of ${formatShape(x.shape)}; the view shows rows of classes, [K] or [N, K]`,
      )
    const [N, K] = x.ndim === 1 ? [1, x.shape[0]] : x.shape
    if (N < 1 || K < 1 || N > MAX_ROWS || K > MAX_CLASSES)
      throw new RangeError(
        `show: softmax of ${formatShape(x.shape)}; the view shows up to ${MAX_ROWS} rows of ${MAX_CLASSES} classes, x.slice(0, { end: 16 }) takes some`,
      )
    this.single = x.ndim === 1
    this.shape = [N, K]
    this.logits = numbersOf(x)
    this.dtype = x.dtype === 'float64' ? 'float64' : 'float32'
    const { labels, temperature = 1, target, row = 0 } = options
    if (labels && labels.length !== K)
      throw new RangeError(`show: ${labels.length} labels for ${K} classes`)
    if (!(temperature >= 1e-3 && temperature <= 1e3))
      throw new RangeError(`show: temperature ${temperature}; it goes from 0.001 to 1000`)
    if (!Number.isInteger(row) || row < 0 || row >= N)
      throw new RangeError(`show: row ${row}; there are ${N}, from 0`)
    this.labels = labels ?? null
    this.temperature = temperature
    this.row = row
    this.targets = readTargets(target, N, K) ?? tracedTargets(trace, found, N)
    this.compare = this.readCompare(options.compare)
  }

  spec(id: string, pack: Packer): ViewSpec {
    const view: SoftmaxView = {
      spec: SPEC_VERSION,
      kind: 'softmax',
      id,
      title: this.title,
      shape: this.shapes,
      text: this.text(),
      producer: VERSION,
      data: {
        logits: pack(this.logits, this.shape, 'f32'),
        dtype: this.dtype,
        labels: this.labels && [...this.labels],
        rows: null,
        targets: this.targets,
        temperature: this.temperature,
        row: this.row,
        compare: this.compare && {
          label: this.compare.label,
          values: pack(this.compare.values, this.shape, 'f32'),
          given: pack(this.compare.given.map(Number), this.shape, 'u8', [0, 255]),
        },
      },
    }
    if (this.options.from) view.from = this.options.from
    return view
  }

  get title(): string {
    return this.options.title ?? (this.targets ? 'softmax and cross-entropy' : 'softmax')
  }
  get from(): string {
    return this.options.from ?? ''
  }
  get shapes(): string {
    return formatShape(this.single ? this.shape.slice(1) : this.shape)
  }
  label(k: number): string {
    return this.labels?.[k] ?? `class ${k}`
  }

  /** What becomes of a row, computed with the maximum subtracted. */
  read(n: number): Row {
    const K = this.shape[1]
    const x = Array.from({ length: K }, (_, k) => this.logits[n * K + k])
    const max = Math.max(...x)
    const e = x.map(v => Math.exp((v - max) / this.temperature))
    const total = e.reduce((a, b) => a + b, 0)
    const order = x.map((_, k) => k).sort((a, b) => x[b] - x[a] || a - b)
    const target = this.targets?.[n] ?? null
    return {
      x,
      p: e.map(v => v / total),
      order,
      target,
      loss: target === null ? null : Math.log(total) - (x[target] - max) / this.temperature,
    }
  }

  /** The readout of the row shown first. */
  sentence(): string {
    const { x, p, order, target, loss } = this.read(this.row)
    const [best, second] = order
    const said = [`${this.label(best)} has probability ${formatPercent(p[best])}`]
    if (second !== undefined) {
      const lead = x[best] - x[second]
      const ratio = Math.exp(lead / this.temperature)
      const times =
        ratio < 1e5 ? formatNumber(ratio, 1) : `e^${formatNumber(lead / this.temperature, 0)}`
      said.push(
        ` and leads ${this.label(second)} by ${formatNumber(lead, 1)}; only differences count: it is ${times} times as likely`,
      )
    }
    said.push('.')
    if (target !== null && loss !== null)
      said.push(
        ` Cross-entropy of ${this.label(target)}: −log ${formatNumber(p[target])} = ${formatNumber(loss)}.`,
      )
    return said.join('')
  }

  text(): string {
    const temperature = this.temperature === 1 ? '' : `temperature ${this.temperature}`
    const lines = [
      [this.title, this.shapes, temperature, this.from].filter(Boolean).join('  '),
      this.sentence(),
    ]
    const { x, p, order } = this.read(this.row)
    for (const k of order.slice(0, 3))
      lines.push(`${this.label(k)}: logit ${formatNumber(x[k])}, ${formatPercent(p[k])}.`)
    if (this.compare) {
      const { label, values, given } = this.compare
      let [agree, all, first] = [0, 0, -1]
      for (let n = 0; n < this.shape[0]; n++)
        this.read(n).p.forEach((v, k) => {
          const at = n * this.shape[1] + k
          if (!given[at]) return
          all++
          if (Math.abs(values[at] - v) <= 1e-4) agree++
          else if (first < 0) first = at
        })
      lines.push(
        `${agree === all ? `All ${all}` : `${agree} of ${all}`} probabilities agree with ${label}.`,
      )
      if (first >= 0) {
        const [n, k] = [Math.floor(first / this.shape[1]), first % this.shape[1]]
        lines.push(
          `First difference: row ${n}, ${this.label(k)}: ${formatNumber(this.read(n).p[k])}, ${label}: ${formatNumber(values[first])}.`,
        )
      }
    }
    return lines.join('\n')
  }

  picture(): Canvas {
    return drawSoftmax(this)
  }

  private readCompare(compare: ShowOptions['compare']): SoftmaxSubject['compare'] {
    if (compare === null || compare === undefined) return null
    const labelled =
      typeof compare === 'object' && 'label' in compare && 'values' in compare ? compare : null
    let values: Compared | null = labelled ? labelled.values : (compare as Compared) // not labelled
    if (values === null) return null
    let label = labelled?.label ?? 'your guess'
    if (typeof values === 'function') {
      label = labelled?.label ?? 'your function'
      const rows = nested(this.logits, this.single ? this.shape.slice(1) : this.shape)
      // The student's parameters are unknown here; he gets the rows.
      const result = (values as unknown as (x: unknown) => unknown)(rows)
      if (!Array.isArray(result) && !(result instanceof Tensor))
        throw new TypeError(
          `show: the function in compare returned ${typeof result}, not rows of numbers`,
        )
      values = result
    }
    const { shape, leaves } = unnest(
      values instanceof Tensor ? values.toArray() : values,
      'show: compare',
    )
    const fits = shape.join() === this.shape.join() || [1, ...shape].join() === this.shape.join()
    if (!fits)
      throw new RangeError(
        `show: compare is ${formatShape(shape)}, the probabilities ${this.shapes}`,
      )
    const given = leaves.map(v => v !== null && v !== undefined)
    if (!given.some(Boolean)) return null
    const numbers = leaves.map((v, n) => {
      if (given[n] && typeof v !== 'number')
        throw new TypeError(`show: compare holds ${typeof v}, not numbers`)
      return given[n] ? Number(v) : 0
    })
    return { label, values: numbers, given }
  }
}

/** The one softmax of a trace, or logarithm of one; undefined when there is none, or more than one. */
export function softmaxOf(trace: Trace): OpRecord | undefined {
  const found = trace.ops.filter(({ op }) => op === 'softmax' || op === 'logSoftmax')
  return found.length === 1 ? found[0] : undefined
}

/** The classes that a cross-entropy picks from the softmax. */
function tracedTargets(trace: Trace, softmax: OpRecord, N: number): (number | null)[] | null {
  const picked = trace.ops.find(({ op, inputs }) => op === 'gather' && inputs[0] === softmax.output)
  const index = (picked?.options as { index?: unknown } | undefined)?.index // what gather records
  if (!(index instanceof Tensor) || index.size !== N) return null
  return Array.from(numbersOf(index))
}

function readTargets(
  target: ShowOptions['target'],
  N: number,
  K: number,
): (number | null)[] | null {
  if (target === undefined || target === null) return null
  const list =
    typeof target === 'number'
      ? new Array<number>(N).fill(target)
      : target instanceof Tensor
        ? Array.from(numbersOf(target))
        : [...target]
  if (list.length !== N || list.some(k => !Number.isInteger(k) || k < 0 || k >= K))
    throw new RangeError(
      `show: target ${formatShape(list)} for ${N} row${N > 1 ? 's' : ''} of ${K} classes, which count from 0`,
    )
  return list
}
