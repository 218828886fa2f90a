/** Points by two measures with a third as area. */
import { CATEGORIES, type RGB } from '../spec/colour.ts'
import {
  areaRadii,
  familiesOf,
  frontier,
  measureText,
  spread,
  verdict,
  withUnit,
} from '../spec/bubbles.ts'
import { logTicks, placeLabels } from '../spec/labels.ts'
import { SPEC_VERSION, type BubblesView, type ViewSpec } from '../spec/view.ts'
import type { Bubbles } from './bubbles-data.ts'
import { Canvas, EDGE, INK, INK2, PIN, RULE, textWidth } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth } from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import type { Subject } from './subject.ts'
import { VERSION } from './version.ts'

export class BubblesSubject implements Subject {
  constructor(
    private readonly chart: Bubbles,
    private readonly options: ShowOptions,
  ) {}

  private get title(): string {
    return this.options.title ?? this.chart.title
  }
  private get from(): string {
    return this.options.from ?? ''
  }

  spec(id: string, _pack: Packer): ViewSpec {
    const view: BubblesView = {
      spec: SPEC_VERSION,
      kind: 'bubbles',
      id,
      title: this.title,
      text: this.text(),
      producer: VERSION,
      data: this.chart.data,
    }
    if (this.from) view.from = this.from
    return view
  }

  /** Title, the extremes and the frontier, the claims, the reader's own. */
  text(): string {
    const { data } = this.chart
    const { names, measures, claims, own, things, source } = data
    const [x, y] = [data.x[0], data.y[0]]
    const all = names.map((_, n) => n)
    const most = spread(measures[y], all)
    const best = frontier(measures, x, y)
    const facts = [
      most &&
        `${measures[y].name} of ${names.length} ${things}: ${measureText(most.from)} (${names[most.least]}) to ${withUnit(measureText(most.to), measures[y].unit)} (${names[most.most]}).`,
      best.length
        ? `Beaten by none in ${measures[x].name} and ${measures[y].name}: ${best.slice(0, 12).map(n => names[n]).join(', ')}${best.length > 12 ? ` and ${best.length - 12} more` : ''}.` // prettier-ignore
        : null,
      ...claims.map(c => `${c.label}: ${verdict(data, c.bands)}`),
      ...own.slice(0, 5).map(n => `${names[n]}: ${measures.flatMap(m => (m.values[n] === null ? [] : [`${m.name} ${withUnit(measureText(m.values[n]), m.unit)}`])).join(', ')}.`), // prettier-ignore
      source && `Source: ${source}`,
    ].filter(t => typeof t === 'string' && t !== '')
    return [[this.title, this.from].filter(Boolean).join('  '), ...facts].join('\n')
  }

  picture(): Canvas {
    const { data } = this.chart
    const { measures, names, own, size } = data
    const [mx, my] = [measures[data.x[0]], measures[data.y[0]]]
    const foot = this.text().split('\n').slice(1, 4).join(' ')
    const width = Math.max(720, headWidth(this.title, '', this.from))
    const [left, right, plot] = [52, 20, 330]
    const canvas = new Canvas(width, 36 + 30 + plot + 44 + footHeight(foot, width))
    const top = drawHead(canvas, this.title, '', this.from) + 22
    const bounds = { left, right: width - right, top, bottom: top + plot }
    const all = names.map((_, n) => n)
    const [xa, ya] = [spread(mx, all), spread(my, all)]
    if (xa && ya) {
      const x = axisOf(xa.from, xa.to, mx.log, bounds.left, bounds.right)
      const y = axisOf(ya.from, ya.to, my.log, bounds.bottom, bounds.top)
      canvas.text(withUnit(my.name, my.unit), left - 40, top - 16, { bold: true })
      for (const v of y.ticks) {
        canvas.rect(left, y.at(v), bounds.right - left, 0.5, RULE)
        canvas.text(String(v), left - 6, y.at(v) - 3, { align: 'right', colour: INK2 })
      }
      canvas.rect(left, bounds.bottom, bounds.right - left, 0.5, EDGE)
      for (const v of x.ticks) {
        canvas.rect(x.at(v), bounds.bottom, 0.5, 4, EDGE)
        canvas.text(String(v), x.at(v), bounds.bottom + 8, { align: 'middle', colour: INK2 })
      }
      canvas.text(withUnit(mx.name, mx.unit), (left + bounds.right) / 2, bounds.bottom + 22, { align: 'middle', bold: true }) // prettier-ignore
      const radius = areaRadii(data, { least: 2, most: 22, even: 4 })
      const families = familiesOf(data)
      const colourOf = (n: number): RGB => {
        if (own.includes(n)) return PIN
        if (!data.groups || families.length > 6) return CATEGORIES.light[0]
        return CATEGORIES.light[families.indexOf(data.groups[n])]
      }
      const marks = all.flatMap(n => {
        const [vx, vy] = [mx.values[n], my.values[n]]
        return vx === null || vy === null ? [] : [{ n, x: x.at(vx), y: y.at(vy), r: radius[n] }]
      })
      // Large ones first, so that small ones lie on them.
      for (const { n, x: px, y: py, r } of [...marks].sort((a, b) => b.r - a.r))
        canvas.disc(px, py, r, colourOf(n), own.includes(n) ? 0.5 : 0.22)
      for (const { n, x: px, y: py, r } of marks)
        if (own.includes(n)) canvas.reticle(px - r, py - r, 2 * r, 2 * r)
      const first = [
        ...new Set([...own, ...data.named, ...frontier(measures, data.x[0], data.y[0])]),
      ]
      const order = [...first, ...all.filter(n => !first.includes(n))]
      const listed = order.flatMap(n => marks.filter(m => m.n === n))
      const places = placeLabels(
        listed.map(m => ({ ...m, width: textWidth(names[m.n]) })),
        marks,
        bounds,
        11,
        own.length,
      )
      places.forEach((p, i) => {
        const { n } = listed[i]
        if (p) canvas.text(names[n], p.x, p.y - 3.5, { colour: own.includes(n) ? PIN : INK, bold: own.includes(n) }) // prettier-ignore
      })
      if (size !== null)
        canvas.text(`area: ${withUnit(measures[size].name, measures[size].unit && `in ${measures[size].unit}`)}`, bounds.right, top - 16, { align: 'right', colour: INK2 }) // prettier-ignore
    }
    drawFoot(canvas, canvas.height - footHeight(foot, width), foot)
    return canvas
  }
}

/** Where values stand between two picture pixels, with a little room at both ends. */
function axisOf(
  lo: number,
  hi: number,
  log: boolean,
  start: number,
  end: number,
): { at: (v: number) => number; ticks: number[] } {
  const f = log && lo > 0 ? Math.log10 : (v: number) => v
  const span = f(hi) - f(lo) || 1
  const [from, to] = [f(lo) - 0.07 * span, f(hi) + 0.07 * span]
  const at = (v: number): number => start + ((f(v) - from) / (to - from)) * (end - start)
  const few = (list: number[]): number[] =>
    list.length > 9 ? list.filter(v => /^1(0*|e.*)$|^0\.0*1$/.test(String(v))) : list
  return {
    at,
    ticks: log && lo > 0 ? few(logTicks(10 ** from, 10 ** to)) : evenTicks(from, to),
  }
}

function evenTicks(lo: number, hi: number): number[] {
  const power = 10 ** Math.floor(Math.log10((hi - lo) / 5))
  const step = [1, 2, 5, 10].map(s => s * power).find(s => (hi - lo) / s <= 7) ?? 10 * power
  const out: number[] = []
  for (let n = Math.ceil(lo / step); n * step <= hi; n++)
    out.push(Number((n * step).toPrecision(12)))
  return out
}
