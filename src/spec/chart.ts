/** The view of curves, and of tables with error bars, and its reader. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import type { Encoded, ViewBase } from './view.ts'

/** One curve, or one column of a table: a value for each place, with its error where it is a mean. */
export interface ChartSeries {
  name: string
  values: (number | null)[]
  /** Standard deviation of what the value is the mean of. */
  errors: (number | null)[] | null
  /** Something to compare with, not measured: drawn thin. */
  reference: boolean
}

/** Series over one axis of numbers (`lines`), or over named rows as a table with error bars (`rows`). */
export interface ChartView extends ViewBase {
  kind: 'chart'
  data: {
    form: 'lines' | 'rows'
    axis: {
      label: string
      /** Numbers of the places; null for rows. */
      values: number[] | null
      /** Names of the rows; null for numbers. */
      names: string[] | null
    }
    /** One over the other. */
    panels: {
      label: string
      /** Limits of what is measured, e.g. 0 and 1; null: what the values need. */
      limits: [number, number] | null
      percent: boolean
      series: ChartSeries[]
      /** A level that means something. */
      level: { value: number; label: string } | null
    }[]
    /** One for each place under the axis, or some of their own beside the curves. */
    pictures: {
      where: 'places' | 'side'
      /** [N, C, H, W] */
      pixels: Encoded
      captions: string[]
      /** Around zero, blue and orange; else grey or colours of an image. */
      signed: boolean
    } | null
    /** What follows from the numbers. */
    sentences: string[]
    /** How it was measured. */
    how: string
  }
}

const WORDS = 500
const MAX_PLACES = 5000
const MAX_SERIES = 50
const MAX_PANELS = 8

export function readChart(r: Reader): ChartView['data'] {
  r.only('form', 'axis', 'panels', 'pictures', 'sentences', 'how')
  const form = r.at('form').oneOf('lines', 'rows')
  const axis = r.at('axis').only('label', 'values', 'names')
  const values = axis.at('values').nullable(v => v.list(n => n.number(), MAX_PLACES))
  const names = axis.at('names').nullable(v => v.list(n => n.text(WORDS), MAX_PLACES))
  const N = (form === 'lines' ? values : names)?.length
  if (N === undefined)
    throw new SpecError(`${r.path}.axis: ${form} need ${form === 'lines' ? 'values' : 'names'}`)
  if ((values && values.length !== N) || (names && names.length !== N))
    throw new SpecError(`${r.path}.axis: values and names of different length`)
  const numbers = (list: Reader): (number | null)[] =>
    list.list(n => n.nullable(v => v.number()), MAX_PLACES, N)
  return {
    form,
    axis: { label: axis.at('label').text(WORDS), values, names },
    panels: r.at('panels').list(panel => {
      panel.only('label', 'limits', 'percent', 'series', 'level')
      return {
        label: panel.at('label').text(WORDS),
        limits: panel.at('limits').nullable(l => l.numbers()),
        percent: panel.at('percent').boolean(),
        series: panel.at('series').list(s => {
          s.only('name', 'values', 'errors', 'reference')
          return {
            name: s.at('name').text(WORDS),
            values: numbers(s.at('values')),
            errors: s.at('errors').nullable(numbers),
            reference: s.at('reference').boolean(),
          }
        }, MAX_SERIES),
        level: panel.at('level').nullable(l => {
          l.only('value', 'label')
          return { value: l.at('value').number(), label: l.at('label').text(WORDS) }
        }),
      }
    }, MAX_PANELS),
    pictures: r.at('pictures').nullable(p => {
      p.only('where', 'pixels', 'captions', 'signed')
      const where = p.at('where').oneOf('places', 'side')
      const pixels = p.at('pixels').tensor([where === 'places' ? N : null, null, null, null])
      return {
        where,
        pixels,
        captions: p.at('captions').list(c => c.text(WORDS), MAX_PLACES, pixels.shape[0]),
        signed: p.at('signed').boolean(),
      }
    }),
    sentences: r.at('sentences').list(s => s.text(WORDS), 50),
    how: r.at('how').text(2000),
  }
}
