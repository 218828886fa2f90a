/** Curves in SVG: round ticks, lines with gaps, labels that stand apart. No page here but elements. */
import { h } from './dom.ts'

/** Round numbers between lo and hi, some `count` of them. */
export function niceTicks(lo: number, hi: number, count = 5, whole = false): number[] {
  if (!(hi > lo) || !Number.isFinite(hi - lo)) return [lo]
  const rough = (hi - lo) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  let step = [1, 2, 2.5, 5, 10].map(f => f * power).find(s => s >= rough * 0.999) ?? rough
  if (whole) step = Math.max(1, Math.round(step))
  const out: number[] = []
  for (let n = Math.ceil(lo / step - 1e-9); n * step <= hi + step * 1e-6 && out.length < 100; n++)
    out.push(Number((n * step).toPrecision(12)))
  return out
}

export type Point = readonly [x: number, y: number | null]

/** Path through points; a null makes a gap, a point alone between gaps a dot. */
export function linePath(
  points: readonly Point[],
  x: (v: number) => number,
  y: (v: number) => number,
): string {
  let d = ''
  let pen = false
  for (const [a, b] of points) {
    if (b === null || !Number.isFinite(b)) {
      pen = false
      continue
    }
    d += `${pen ? 'L' : 'M'}${x(a).toFixed(1)} ${y(b).toFixed(1)}`
    if (!pen) d += 'h0'
    pen = true
  }
  return d
}

/** Means over equal pieces of the x axis, where there are more points than pieces. */
export function binned(points: readonly Point[], bins: number): Point[] {
  if (points.length <= bins) return [...points]
  const [from, to] = [points[0][0], points[points.length - 1][0]]
  const sums = new Map<number, { x: number; y: number; n: number; broken: boolean }>()
  for (const [a, b] of points) {
    const bin = Math.min(bins - 1, Math.floor(((a - from) / (to - from || 1)) * bins))
    const s = sums.get(bin) ?? { x: 0, y: 0, n: 0, broken: false }
    const fine = b !== null
    sums.set(bin, {
      x: s.x + a,
      y: s.y + (fine ? b : 0),
      n: s.n + 1,
      broken: s.broken || !fine,
    })
  }
  return [...sums.values()].map(({ x, y, n, broken }) => [x / n, broken ? null : y / n])
}

/** Moves labels down until neighbours are `gap` apart; keeps their order. */
export function apart<T extends { y: number; x?: number }>(labels: readonly T[], gap: number): T[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y)
  sorted.forEach((label, n) => {
    for (let k = n - 1; k >= 0; k--) {
      const other = sorted[k]
      if (Math.abs((label.x ?? 0) - (other.x ?? 0)) > 70) continue
      if (label.y < other.y + gap) label.y = other.y + gap
      break
    }
  })
  return sorted
}

/** Horizontal lines with numbers at the left. */
export function yAxis(
  ticks: readonly number[],
  y: (v: number) => number,
  left: number,
  right: number,
  say: (v: number) => string,
): SVGElement[] {
  return ticks.flatMap(v => [
    h('line', { class: 'ls-grid', x1: left, x2: right, y1: y(v), y2: y(v) }),
    h('text', { class: 'ls-tick-text', x: left - 6, y: y(v) + 4, 'text-anchor': 'end' }, say(v)),
  ])
}

/** Colour of the n-th thing: six, then the second ink. */
export const category = (n: number): string => (n < 6 ? `var(--ls-c${n + 1})` : 'var(--ls-ink2)')
/** Dashes from the third on, so that colour is never alone. */
export const dash = (n: number): string | null => ['', '', '', '6 3', '2 3', '8 3 2 3'][n] || null
