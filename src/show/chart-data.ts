/** Curves and tables with error bars of one's own numbers: `show(curves({ … }))`, `show(table({ … }))`. */
import type { ChartView } from '../spec/chart.ts'

/** A number, or several measurements of it: shown as their mean with the standard deviation. */
export type Measured = number | readonly number[]

export interface CurvesOptions {
  /** Places along the axis. Default 0, 1, 2 … */
  x?: readonly number[]
  /** What the axis is. Default `step`. */
  xLabel?: string
  /** What is measured. */
  yLabel?: string
  /** Shares 0…1, written as per cent. */
  percent?: boolean
  /** Lowest and highest value drawn. Default: from the values. */
  limits?: readonly [number, number]
  title?: string
}

export interface TableOptions {
  /** What the rows are. */
  rowLabel?: string
  /** What is measured. */
  label?: string
  percent?: boolean
  limits?: readonly [number, number]
  /** A value that means something, drawn through all rows: `{ value: 0.5, label: 'chance' }`. */
  level?: { value: number; label: string }
  title?: string
}

/** Curves or a table, ready to be shown. */
export class Chart {
  /** @internal */
  constructor(
    readonly title: string,
    /** @internal */
    readonly data: ChartContent,
  ) {}
  toString(): string {
    return [this.title, ...this.data.sentences].join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

type Data = ChartView['data']
/** As a view's, with pictures as numbers. @internal */
export interface ChartContent extends Omit<Data, 'pictures'> {
  pictures:
    | (Omit<NonNullable<Data['pictures']>, 'pixels'> & {
        values: ArrayLike<number>
        shape: [number, number, number, number]
      })
    | null
}

/**
 * Curves over one axis: `show(curves({ conv1: left.conv1, fc: left.fc }, { x: epochs, xLabel: 'epoch' }))`. A point that is a
 * list of measurements becomes their mean with the standard deviation as its band.
 * @throws RangeError when a curve has another length than x
 */
export function curves(
  series: Readonly<Record<string, readonly Measured[]>>,
  options: CurvesOptions = {},
): Chart {
  const { xLabel = 'step', yLabel = '', percent = false, limits, title = 'Curves' } = options
  const entries = Object.entries(series)
  if (!entries.length) throw new RangeError('curves: there are none')
  const x = [...(options.x ?? entries[0][1].map((_, i) => i))]
  for (const [name, values] of entries)
    if (values.length !== x.length)
      throw new RangeError(`curves: ${name} has ${values.length} values, x has ${x.length}`)
  return new Chart(title, {
    form: 'lines',
    axis: { label: xLabel, values: x, names: null },
    panels: [
      {
        label: yLabel,
        limits: limits ? [limits[0], limits[1]] : null,
        percent,
        series: entries.map(([name, values]) => measured(name, values)),
        level: null,
      },
    ],
    pictures: null,
    sentences: [],
    how: entries.some(([, v]) => v.some(isList))
      ? 'Lines: means; bands: ± one standard deviation of the measurements.'
      : '',
  })
}

/**
 * Named rows with a value for each column, as numbers and as marks with error bars on one axis:
 * `show(table({ 'right eye': { conv5: [0.067, 0.07] }, random: { conv5: [0.107, 0.1] } }))`.
 * @throws RangeError without rows or columns
 */
export function table(
  rows: Readonly<Record<string, Readonly<Record<string, Measured>>>>,
  options: TableOptions = {},
): Chart {
  const { rowLabel = '', label = '', percent = false, limits, level, title = 'Table' } = options
  const names = Object.keys(rows)
  const columns = [...new Set(names.flatMap(name => Object.keys(rows[name])))]
  if (!names.length || !columns.length) throw new RangeError('table: there are no rows or columns')
  const series = columns.map(column =>
    measured(
      column,
      names.map(name => (Object.hasOwn(rows[name], column) ? rows[name][column] : NaN)),
    ),
  )
  const sentences = series.flatMap(({ name, values }) => {
    const known = values.flatMap((v, i) => (v === null ? [] : [{ v, i }]))
    if (known.length < 2) return []
    const least = known.reduce((a, b) => (b.v < a.v ? b : a))
    const most = known.reduce((a, b) => (b.v > a.v ? b : a))
    return [`${name}: lowest for ${names[least.i]}, highest for ${names[most.i]}.`]
  })
  return new Chart(title, {
    form: 'rows',
    axis: { label: rowLabel, values: null, names },
    panels: [
      {
        label,
        limits: limits ? [limits[0], limits[1]] : null,
        percent,
        series,
        level: level ?? null,
      },
    ],
    pictures: null,
    sentences,
    how: series.some(s => s.errors)
      ? 'Marks: means; bars: ± one standard deviation of the measurements.'
      : '',
  })
}

const isList = (v: Measured): v is readonly number[] => typeof v !== 'number'

/** Means and standard deviations; NaN and infinite numbers are null. */
export function measured(
  name: string,
  values: readonly Measured[],
  reference = false,
): Data['panels'][number]['series'][number] {
  const finite = (v: number): number | null => (Number.isFinite(v) ? v : null)
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length
  const deviation = (v: readonly number[]): number => {
    if (v.length < 2) return NaN
    const m = mean(v)
    return Math.sqrt(v.reduce((s, q) => s + (q - m) ** 2, 0) / (v.length - 1))
  }
  return {
    name,
    values: values.map(v => finite(isList(v) ? mean(v) : v)),
    errors: values.some(isList) ? values.map(v => (isList(v) ? finite(deviation(v)) : null)) : null,
    reference,
  }
}
