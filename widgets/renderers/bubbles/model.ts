/** Where points stand: axes even or by powers of ten, areas, and which point is near. */
import { areaRadii, logTicks, type BubbleBand, type BubblesView } from 'layerscope/spec'
import { niceTicks } from '../../parts/index.ts'

export type Data = BubblesView['data']

export interface Axis {
  at: (v: number) => number
  /** The value at a place. */
  back: (p: number) => number
  ticks: number[]
}

/** An axis from pixel `start` to `end` over values `lo` to `hi`, with a little room at both ends. */
export function axis(
  lo: number,
  hi: number,
  log: boolean,
  start: number,
  end: number,
  count: number,
  room = 0.07,
): Axis {
  const powers = log && lo > 0
  const f = powers ? Math.log10 : (v: number) => v
  const g = powers ? (v: number) => 10 ** v : (v: number) => v
  const span = f(hi) - f(lo) || Math.abs(f(lo)) || 1
  const [from, to] = [f(lo) - room * span, f(hi) + room * span]
  const all = powers ? logTicks(g(from), g(to)) : niceTicks(from, to, count)
  return {
    at: v => start + ((f(v) - from) / (to - from)) * (end - start),
    back: p => g(from + ((p - start) / (end - start)) * (to - from)),
    ticks: powers && all.length > 1.6 * count ? all.filter(v => Number.isInteger(Math.round(Math.log10(v) * 1e9) / 1e9)) : all, // prettier-ignore
  }
}

export interface Mark {
  n: number
  x: number
  y: number
  r: number
}

/** Radii on the page, the largest `most` pixels. */
export const radii = (data: Data, most: number): number[] =>
  areaRadii(data, { least: 2.5, most, even: 5 })

/** The mark whose rim is nearest, the smaller one of two that are pointed into; null when none is near. */
export function nearest(marks: readonly Mark[], x: number, y: number, reach = 24): Mark | null {
  let best: Mark | null = null
  let least = reach
  for (const m of marks) {
    const d = Math.hypot(m.x - x, m.y - y)
    // Inside: the smaller the mark, the nearer.
    const away = d <= m.r ? (m.r - 60) * 0.01 + d * 0.001 : d - m.r
    if (away < least) [best, least] = [m, away]
  }
  return best
}

/** The band of a measure, changed; an open one on both sides is none. */
export function withBand(
  bands: readonly BubbleBand[],
  measure: number,
  from: number | null,
  to: number | null,
): BubbleBand[] {
  const rest = bands.filter(b => b.measure !== measure)
  if (from === null && to === null) return rest
  const swap = from !== null && to !== null && from > to
  return [...rest, { measure, from: swap ? to : from, to: swap ? from : to }]
}

/** A dragged value with the digits that its place can tell. */
export function rounded(v: number): number {
  return Number(v.toPrecision(3))
}
