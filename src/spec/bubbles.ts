/** Things as points by two of their measures, with a third as area: the view, its reader, and what follows from the numbers. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import { formatNumber } from './text.ts'
import type { ViewBase } from './view.ts'

/** One number of each thing, e.g. its operations. */
export interface BubbleMeasure {
  /** Short and in the plural's sense, e.g. `operations`, `top-1`. */
  name: string
  /** `GFLOPs`, `%`, `million`; empty for none. */
  unit: string
  /** Null: not known. */
  values: (number | null)[]
  /** Drawn by powers of ten at first. */
  log: boolean
  /** Which way is good, for what stands on the frontier. */
  better: 'more' | 'less'
}

/** A question to the numbers: the things within bands of measures. Ends belong to a band; null is open. */
export interface BubbleClaim {
  label: string
  bands: BubbleBand[]
}
export interface BubbleBand {
  measure: number
  from: number | null
  to: number | null
}

/** Points of N things. */
export interface BubblesView extends ViewBase {
  kind: 'bubbles'
  data: {
    /** What one of them is called, in the plural: `networks`. */
    things: string
    names: string[]
    /** Family of each; null when there are none. */
    groups: string[] | null
    /** The reader's own: marked as "you are here". */
    own: number[]
    /** Whose names always stand beside them. */
    named: number[]
    measures: BubbleMeasure[]
    /** Measures one can lay along x and y, the first of each shown at first. */
    x: number[]
    y: number[]
    /** Measure that the areas are of. */
    size: number | null
    claims: BubbleClaim[]
    /** Where the numbers are from, and how they were counted. */
    source: string
  }
}

export const MAX_BUBBLES = 2000
const WORDS = 500

export function readBubbles(r: Reader): BubblesView['data'] {
  r.only('things', 'names', 'groups', 'own', 'named', 'measures', 'x', 'y', 'size', 'claims', 'source') // prettier-ignore
  const names = r.at('names').list(n => n.text(WORDS), MAX_BUBBLES)
  const N = names.length
  if (!N) throw new SpecError(`${r.path}.names: at least one must stand there`)
  const point = (n: Reader): number => n.integer(0, N - 1)
  const measures = r.at('measures').list((m): BubbleMeasure => {
    m.only('name', 'unit', 'values', 'log', 'better')
    return {
      name: m.at('name').text(WORDS),
      unit: m.at('unit').text(WORDS),
      values: m.at('values').list(v => v.nullable(n => n.number()), MAX_BUBBLES, N),
      log: m.at('log').boolean(),
      better: m.at('better').oneOf('more', 'less'),
    }
  }, 20)
  if (measures.length < 2) throw new SpecError(`${r.path}.measures: two or more`)
  const measure = (n: Reader): number => n.integer(0, measures.length - 1)
  const axis = (field: 'x' | 'y'): number[] => {
    const list = r.at(field).list(measure, 20)
    if (!list.length) throw new SpecError(`${r.path}.${field}: at least one measure`)
    return list
  }
  return {
    things: r.at('things').text(WORDS),
    names,
    groups: r.at('groups').nullable(g => g.list(n => n.text(WORDS), MAX_BUBBLES, N)),
    own: r.at('own').list(point, MAX_BUBBLES),
    named: r.at('named').list(point, MAX_BUBBLES),
    measures,
    x: axis('x'),
    y: axis('y'),
    size: r.at('size').nullable(measure),
    claims: r.at('claims').list((c): BubbleClaim => {
      c.only('label', 'bands')
      return {
        label: c.at('label').text(WORDS),
        bands: c.at('bands').list((b): BubbleBand => {
          b.only('measure', 'from', 'to')
          return {
            measure: measure(b.at('measure')),
            from: b.at('from').nullable(v => v.number()),
            to: b.at('to').nullable(v => v.number()),
          }
        }, 20),
      }
    }, 20),
    source: r.at('source').text(2000),
  }
}

/** Families in the order in which they come; the reader's own things are of none. */
export const familiesOf = ({
  groups,
  own,
}: Pick<BubblesView['data'], 'groups' | 'own'>): string[] => [
  ...new Set(groups?.filter((_, n) => !own.includes(n))),
]

/** Radii whose areas are in the measure's proportion, from `least` to `most`; `even` where there is none, or nothing known. */
export function areaRadii(
  { size, measures, names }: Pick<BubblesView['data'], 'size' | 'measures' | 'names'>,
  { least, most, even }: { least: number; most: number; even: number },
): number[] {
  const values = size === null ? null : measures[size].values
  const top = Math.max(0, ...(values ?? []).map(v => v ?? 0))
  return names.map((_, n) => {
    const v = values?.[n] ?? null
    return v === null || top === 0 ? even : Math.max(least, most * Math.sqrt(Math.max(0, v) / top))
  })
}

type Measures = readonly Pick<BubbleMeasure, 'values' | 'better'>[]

/** Things within all bands, their ends included; one without a number is in no band of it. */
export function withinBands(
  measures: readonly Pick<BubbleMeasure, 'values'>[],
  bands: readonly BubbleBand[],
): number[] {
  const N = measures[0]?.values.length ?? 0
  return Array.from({ length: N }, (_, n) => n).filter(n =>
    bands.every(({ measure, from, to }) => {
      const v = measures[measure]?.values[n]
      return typeof v === 'number' && v >= (from ?? -Infinity) && v <= (to ?? Infinity)
    }),
  )
}

/** Whether thing b is as good as a in both measures and better in one. */
function beats(measures: Measures, x: number, y: number, b: number, a: number): boolean {
  let better = false
  for (const m of [x, y]) {
    const [p, q] = [measures[m].values[a], measures[m].values[b]]
    if (p === null || q === null) return false
    const gain = measures[m].better === 'more' ? q - p : p - q
    if (gain < 0) return false
    better ||= gain > 0
  }
  return better
}

/** Things that `n` is beaten by: as good in both measures, better in one. */
export function beatenBy(measures: Measures, x: number, y: number, n: number): number[] {
  return measures[x].values.flatMap((_, b) => (beats(measures, x, y, b, n) ? [b] : []))
}

/** Things beaten by none, in the order of x (Pareto's frontier). */
export function frontier(measures: Measures, x: number, y: number): number[] {
  const [xs, ys] = [measures[x].values, measures[y].values]
  const known = xs.flatMap((v, n) => (v === null || ys[n] === null ? [] : [n]))
  return known
    .filter(n => !known.some(b => beats(measures, x, y, b, n)))
    .sort((a, b) => (xs[a] as number) - (xs[b] as number)) // numbers: only known ones are left
}

/** Least and most of a measure among things; null when it is known of none. */
export function spread(
  { values }: Pick<BubbleMeasure, 'values'>,
  among: readonly number[],
): { least: number; most: number; from: number; to: number } | null {
  let found: { least: number; most: number; from: number; to: number } | null = null
  for (const n of among) {
    const v = values[n]
    if (v === null) continue
    found ??= { least: n, most: n, from: v, to: v }
    if (v < found.from) Object.assign(found, { least: n, from: v })
    if (v > found.to) Object.assign(found, { most: n, to: v })
  }
  return found
}

/** Three digits that matter: `0.714`, `15.5`, `138`, `61,100`. */
export function measureText(v: number): string {
  const size = Math.abs(v)
  if (Number.isInteger(v) && size < 1e6) return formatNumber(v)
  if (size >= 100 && size < 1e6) return formatNumber(Math.round(v))
  if (size >= 0.01 && size < 1e6)
    return formatNumber(v, Math.max(0, 2 - Math.floor(Math.log10(size))))
  return formatNumber(v)
}

export const withUnit = (text: string, unit: string): string => (unit ? `${text} ${unit}` : text)

/** What the numbers say to bands: how many things, and how far their other measures spread, beside all of them. */
export function verdict(
  data: Pick<BubblesView['data'], 'measures' | 'names' | 'things'>,
  bands: readonly BubbleBand[],
): string {
  const { measures, names, things } = data
  const inside = withinBands(measures, bands)
  const all = names.map((_, n) => n)
  const said = bands
    .map(({ measure, from, to }) => {
      const { name, unit } = measures[measure]
      const ends =
        from === null
          ? to === null
            ? 'any'
            : `at most ${measureText(to)}`
          : to === null
            ? `at least ${measureText(from)}`
            : `${measureText(from)} to ${measureText(to)}`
      return `${name} ${withUnit(ends, unit)}`
    })
    .join(', ')
  if (!inside.length) return `${said}: none of ${all.length} ${things}.`
  const rest = measures.flatMap((m, i) => {
    const here = spread(m, inside)
    const everywhere = spread(m, all)
    if (!here || !everywhere || bands.some(b => b.measure === i)) return []
    if (inside.length === 1)
      return [`${m.name} ${withUnit(measureText(here.from), m.unit)} (${names[inside[0]]})`]
    return [
      `${m.name} ${measureText(here.from)} (${names[here.least]}) to ${withUnit(measureText(here.to), m.unit)} (${names[here.most]}), where all span ${measureText(everywhere.from)} to ${measureText(everywhere.to)}`,
    ]
  })
  return `${said}: ${inside.length} of ${all.length} ${things}${rest.length ? `; ${rest.join('; ')}` : ''}.`
}
