/** Bubble charts of one's own numbers: `show(complexityChart(rows))`, `show(bubbles(rows, { x, y, size }))`. */
import type { Architecture } from '../nn/architecture.ts'
import { type BubblesView, type BubbleClaim, MAX_BUBBLES, verdict } from '../spec/bubbles.ts'

/** One thing: its name, its family if it has one, and numbers under names of one's own; NaN and what is missing is not known. */
export interface BubbleRow {
  readonly name: string
  readonly family?: string
  readonly [measure: string]: string | number | undefined
}

/** From and to, both ends included; null is open. */
export type Band = readonly [from: number | null, to: number | null]

/** How a measure is written and read. */
export interface MeasureOptions {
  /** What stands at the axis. Default: its key. */
  name?: string
  /** E.g. `GFLOPs`, `%`. Default none. */
  unit?: string
  /** By powers of ten. Default false. */
  log?: boolean
  /** Which way is good: decides what stands on the frontier. Default `more` along y, `less` along x. */
  better?: 'more' | 'less'
}

export interface BubblesOptions {
  /** Key of the measure along x; of several the first is shown and the others can be chosen. */
  x: string | readonly string[]
  y: string | readonly string[]
  /** Key of the measure that the areas are of. Default: all are of one size. */
  size?: string
  measures?: Readonly<Record<string, MeasureOptions>>
  /** Rows of the reader's own, marked as such. */
  own?: BubbleRow | readonly BubbleRow[]
  /** Whose names always stand beside them. Default: what nobody beats in x and y at once. */
  named?: readonly string[]
  /** Questions to the numbers, each a button: `{ 'middle band': { gflops: [10, 15] } }`. */
  claims?: Readonly<Record<string, Readonly<Record<string, Band>>>>
  /** Where the numbers are from, and how they were counted. */
  source?: string
  /** What one row is called, in the plural. Default `rows`. */
  things?: string
  title?: string
}

/** A bubble chart, ready to be shown. */
export class Bubbles {
  /** @internal */
  constructor(
    readonly title: string,
    /** @internal */
    readonly data: BubblesView['data'],
  ) {}
  toString(): string {
    const { claims } = this.data
    return [this.title, ...claims.map(c => `${c.label}: ${verdict(this.data, c.bands)}`)].join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/**
 * Rows as points by two of their numbers, with a third as area.
 *
 *     show(bubbles(runs, { x: 'seconds', y: 'accuracy', size: 'parameters', measures: { seconds: { log: true } } }))
 *
 * @throws RangeError without rows, for a measure that no row has, a name that stands twice, or a claim about an unknown measure
 */
export function bubbles(rows: readonly BubbleRow[], options: BubblesOptions): Bubbles {
  return chartOf('bubbles', rows, options)
}

/** One network of a comparison. */
export interface ComplexityRow {
  readonly name: string
  /** Share of test images whose most likely class is right, in per cent: 76.1. */
  readonly top1?: number
  /** Share of those whose class is among the five most likely, in per cent. */
  readonly top5?: number
  /** Operations for one image, in 10⁹; the source says whether a multiply-add is one or two. */
  readonly gflops: number
  /** In millions: 61.1. */
  readonly parameters: number
  readonly family?: string
}

/** The reader's own network: its numbers, or its layers, from which operations and parameters are counted. */
export type OwnNetwork =
  | ComplexityRow
  | (Omit<ComplexityRow, 'gflops' | 'parameters'> & {
      /** `architecture(net, [1, 3, 224, 224])`. */
      readonly architecture: Architecture
    })

export interface ComplexityOptions {
  /** Which accuracy is shown first. Default `top1`, if there is one. */
  accuracy?: 'top1' | 'top5'
  own?: OwnNetwork | readonly OwnNetwork[]
  /** Operations that the table counts for one multiply-add; used for `own` networks given by their layers. Default 1. */
  perMultiplyAdd?: 1 | 2
  /** Claims as bands, each a button that selects and counts: `{ 'around 95 %': { top5: [94, 96] } }`. */
  claims?: Readonly<
    Record<string, Readonly<Partial<Record<'top1' | 'top5' | 'gflops' | 'parameters', Band>>>>
  >
  /** Names that always stand beside their points. */
  named?: readonly string[]
  /** Where the table is from, shown in the view. */
  source?: string
  title?: string
}

/**
 * Accuracy against operations, areas by parameters, as in Bianco et al., "Benchmark Analysis of Representative Deep Neural
 * Network Architectures" (2018), fig. 1. The numbers are the caller's.
 *
 *     show(complexityChart(table, { own: { name: 'mine', top1: 71.2, architecture: architecture(net, [1, 3, 224, 224]) } }))
 *
 * @throws RangeError when a network has neither accuracy, or accuracies are no percentages
 */
export function complexityChart(
  rows: readonly ComplexityRow[],
  options: ComplexityOptions = {},
): Bubbles {
  const { own = [], perMultiplyAdd = 1, claims = {}, accuracy } = options
  const mine = (Array.isArray as (v: unknown) => v is readonly OwnNetwork[])(own) ? own : [own] // Array.isArray does not know readonly lists
  const counted = mine.map((row): ComplexityRow => {
    if (!('architecture' in row)) return row
    const { architecture, ...rest } = row
    return {
      ...rest,
      gflops: (architecture.macs * perMultiplyAdd) / 1e9,
      parameters: architecture.parameters / 1e6,
    }
  })
  const all = [...rows, ...counted]
  for (const { name, top1, top5, gflops, parameters } of all) {
    if (top1 === undefined && top5 === undefined)
      throw new RangeError(`complexityChart: ${name} has neither top1 nor top5`)
    for (const v of [top1, top5])
      if (v !== undefined && !(v >= 0 && v <= 100))
        throw new RangeError(
          `complexityChart: ${name} has an accuracy of ${v}; per cent are 0 to 100`,
        )
    for (const [what, v] of Object.entries({ gflops, parameters }))
      if (!(v > 0))
        throw new RangeError(`complexityChart: ${name} has ${what} ${v}; it must be above 0`)
  }
  if (all.length > 1 && all.every(r => (r.top1 ?? r.top5 ?? 0) <= 1))
    throw new RangeError('complexityChart: all accuracies are 1 or less; they are per cent: 76.1')
  const known = (['top1', 'top5'] as const).filter(key => all.some(r => r[key] !== undefined))
  const first = accuracy ?? known[0]
  const rowOf = ({ name, family, ...numbers }: ComplexityRow): BubbleRow => ({
    name,
    ...(family === undefined ? {} : { family }),
    ...numbers,
  })
  return chartOf('complexityChart', rows.map(rowOf), {
    x: ['gflops', 'parameters'],
    y: [first, ...known.filter(k => k !== first)],
    size: 'parameters',
    measures: {
      gflops: { name: 'operations', unit: 'GFLOPs', log: true },
      parameters: { unit: 'million', log: true },
      top1: { name: 'top-1', unit: '%' },
      top5: { name: 'top-5', unit: '%' },
    },
    own: counted.map(rowOf),
    claims: Object.fromEntries(
      Object.entries(claims).map(([label, bands]) => [
        label,
        Object.fromEntries(Object.entries(bands).filter(([, band]) => band !== undefined)),
      ]),
    ),
    ...(options.named ? { named: options.named } : {}),
    source: options.source ?? '',
    things: 'networks',
    title: options.title ?? 'Accuracy against complexity',
  })
}

const listOf = (v: string | readonly string[]): readonly string[] =>
  typeof v === 'string' ? [v] : v

function chartOf(who: string, rows: readonly BubbleRow[], options: BubblesOptions): Bubbles {
  const { own = [], size, claims = {}, things = 'rows', source = '', title = 'Bubbles' } = options
  const isList = (v: BubbleRow | readonly BubbleRow[]): v is readonly BubbleRow[] =>
    Array.isArray(v)
  const mine = isList(own) ? own : [own]
  const all = [...rows, ...mine]
  if (!all.length) throw new RangeError(`${who}: there are no ${things}`)
  if (all.length > MAX_BUBBLES)
    throw new RangeError(`${who}: ${all.length} ${things}; it draws at most ${MAX_BUBBLES}`)
  const names = all.map(r => r.name)
  const twice = names.find((n, i) => names.indexOf(n) !== i)
  if (twice !== undefined) throw new RangeError(`${who}: two ${things} are called ${twice}`)
  const [xs, ys] = [listOf(options.x), listOf(options.y)]
  const keys = [...new Set([...xs, ...ys, ...(size === undefined ? [] : [size])])]
  const index = (key: string, what: string): number => {
    const i = keys.indexOf(key)
    if (i < 0)
      throw new RangeError(`${who}: ${what} names ${key}; the measures are ${keys.join(', ')}`)
    return i
  }
  const measures = keys.map((key): BubblesView['data']['measures'][number] => {
    const values = all.map(r => {
      const v = Object.hasOwn(r, key) ? r[key] : undefined
      return typeof v === 'number' && Number.isFinite(v) ? v : null
    })
    if (values.every(v => v === null))
      throw new RangeError(`${who}: none of the ${things} has a number ${key}`)
    const { name = key, unit = '', log = false, better } = options.measures?.[key] ?? {}
    const bad = values.findIndex(v => v !== null && v <= 0)
    if (log && bad >= 0)
      throw new RangeError(
        `${who}: ${names[bad]} has ${key} ${values[bad]}; an axis of powers of ten takes numbers above 0`,
      )
    return { name, unit, values, log, better: better ?? (ys.includes(key) ? 'more' : 'less') }
  })
  if (measures.length < 2) throw new RangeError(`${who}: x and y are the same measure`)
  const named = (options.named ?? []).map(name => {
    const n = names.indexOf(name)
    if (n < 0) throw new RangeError(`${who}: named: none of the ${things} is called ${name}`)
    return n
  })
  const end = (v: number | null): number | null => (v === null || !Number.isFinite(v) ? null : v)
  return new Bubbles(title, {
    things,
    names,
    groups: all.some(r => r.family !== undefined) ? all.map(r => r.family ?? '') : null,
    own: mine.map((_, i) => rows.length + i),
    named,
    measures,
    x: xs.map(key => index(key, 'x')),
    y: ys.map(key => index(key, 'y')),
    size: size === undefined ? null : index(size, 'size'),
    claims: Object.entries(claims).map(([label, bands]): BubbleClaim => ({
      label,
      bands: Object.entries(bands).map(([key, [from, to]]) => ({
        measure: index(key, `claim ${label}`),
        from: end(from),
        to: end(to),
      })),
    })),
    source,
  })
}
