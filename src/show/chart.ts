/** Curves and tables with error bars. */
import { CATEGORIES, type RGB } from '../spec/colour.ts'
import { formatNumber, formatPercent } from '../spec/text.ts'
import { SPEC_VERSION, type ChartView, type ViewSpec } from '../spec/view.ts'
import { Canvas, EDGE, INK2, RULE, textWidth } from './canvas.ts'
import type { Chart } from './chart-data.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawPlate, greyOf, scaleOf } from './plate.ts'
import type { Subject } from './subject.ts'
import { extremes, reach } from './values.ts'
import { VERSION } from './version.ts'

type Panel = ChartView['data']['panels'][number]

export class ChartSubject implements Subject {
  constructor(
    private readonly chart: Chart,
    private readonly options: ShowOptions,
  ) {}

  private get title(): string {
    return this.options.title ?? this.chart.title
  }
  private get from(): string {
    return this.options.from ?? ''
  }

  spec(id: string, pack: Packer): ViewSpec {
    const { pictures, ...rest } = this.chart.data
    const view: ChartView = {
      spec: SPEC_VERSION,
      kind: 'chart',
      id,
      title: this.title,
      text: this.text(),
      producer: VERSION,
      data: {
        ...rest,
        pictures: pictures && {
          where: pictures.where,
          signed: pictures.signed,
          captions: pictures.captions,
          pixels: pack(
            pictures.values,
            pictures.shape,
            'u8',
            pictures.signed ? around(pictures.values) : undefined,
          ),
        },
      },
    }
    if (this.from) view.from = this.from
    return view
  }

  /** Title, what follows, and the numbers: of rows all, of curves where they start, end and are extreme. */
  text(): string {
    const { form, axis, panels, sentences } = this.chart.data
    const lines = panels.flatMap(panel => {
      const say = sayer(panel)
      const named = panel.series.filter(s => !s.reference)
      if (form === 'rows')
        return (axis.names ?? []).map(
          (name, i) =>
            `${name}: ${named.map(s => `${named.length > 1 ? `${s.name} ` : ''}${withError(s.values[i], s.errors?.[i] ?? null, say)}`).join(', ')}.`,
        )
      return named.map(({ name, values }) => {
        const known = values.flatMap((v, i) => (v === null ? [] : [{ v, x: axis.values?.[i] ?? i }])) // prettier-ignore
        if (!known.length) return `${name}: nothing measured.`
        const [first, last] = [known[0], known[known.length - 1]]
        const most = known.reduce((a, b) => (b.v > a.v ? b : a))
        const least = known.reduce((a, b) => (b.v < a.v ? b : a))
        return `${name}: ${say(first.v)} at ${formatNumber(first.x)}, ${say(last.v)} at ${formatNumber(last.x)}; least ${say(least.v)} at ${formatNumber(least.x)}, most ${say(most.v)} at ${formatNumber(most.x)}.`
      })
    })
    return [[this.title, this.from].filter(Boolean).join('  '), ...sentences, ...lines.slice(0, 30)].join('\n') // prettier-ignore
  }

  picture(): Canvas {
    const { form, axis, panels, pictures, sentences } = this.chart.data
    const foot = sentences.join(' ')
    const rows = form === 'rows'
    const N = (rows ? axis.names?.length : axis.values?.length) ?? 0
    const plot = rows ? 22 * N * Math.max(1, panels[0]?.series.length ?? 1) : 150
    const left = rows ? Math.min(220, Math.max(60, ...(axis.names ?? []).map(n => textWidth(n) + 14))) : 58 // prettier-ignore
    const right = 130
    const beside = pictures?.where === 'side' ? 3 * 96 : 0
    const width = Math.max(640, headWidth(this.title, '', this.from)) + beside
    const under = pictures?.where === 'places' ? 46 : 0
    const height = 52 + panels.length * (plot + 44) + under
    const canvas = new Canvas(width, Math.max(height, beside ? 160 : 0) + footHeight(foot, width))
    const top = drawHead(canvas, this.title, '', this.from)
    const edge = width - right - beside
    panels.forEach((panel, p) => {
      const y = top + 14 + p * (plot + 44)
      canvas.text(panel.label || axis.label, MARGIN, y - 12, { bold: true })
      if (rows) this.drawRows(canvas, panel, y, left, edge)
      else this.drawLines(canvas, panel, y, plot, left, edge)
    })
    if (pictures) {
      const [, C, H, W] = pictures.shape
      const plane = C * H * W
      pictures.captions.forEach((caption, n) => {
        const values = Array.from({ length: plane }, (_, i) => pictures.values[n * plane + i])
        const scale = pictures.signed ? scaleOf(values, true) : greyOf(values)
        const step = (edge - left) / Math.max(1, N)
        const place =
          pictures.where === 'side'
            ? { x: edge + right + (n % 3) * 96, y: top + 14 + Math.floor(n / 3) * 110, side: 84 }
            : { x: left + n * step, y: height - 60, side: Math.min(36, step - 3) }
        if (place.y + place.side > height + 20 || place.side < 6) return
        drawPlate(canvas, { ...place, values, shape: pictures.shape.slice(1), scale })
        if (pictures.where === 'side') canvas.text(caption, place.x, place.y + 90, { colour: INK2 })
      })
    }
    drawFoot(canvas, canvas.height - footHeight(foot, width), foot)
    return canvas
  }

  private drawLines(
    canvas: Canvas,
    panel: Panel,
    y: number,
    plot: number,
    left: number,
    edge: number,
  ): void {
    // prettier-ignore
    const x = this.chart.data.axis.values ?? []
    const [lo, hi] = limitsOf(panel)
    const say = sayer(panel)
    const [from, to] = [Math.min(...x), Math.max(...x)]
    const px = (v: number): number => left + ((v - from) / (to - from || 1)) * (edge - left)
    const py = (v: number): number => y + (1 - (v - lo) / (hi - lo || 1)) * plot
    for (const v of [lo, (lo + hi) / 2, hi]) {
      canvas.rect(left, py(v), edge - left, 0.5, v === lo ? EDGE : RULE)
      canvas.text(say(v), left - 6, py(v) - 3, { align: 'right', colour: INK2 })
    }
    for (const v of [from, (from + to) / 2, to])
      canvas.text(formatNumber(v), px(v), y + plot + 6, { align: 'middle', colour: INK2 })
    const ends: { y: number; name: string; colour: RGB }[] = []
    panel.series.forEach((s, n) => {
      const colour = s.reference ? EDGE : CATEGORIES.light[Math.min(n, CATEGORIES.light.length - 1)]
      const points = s.values.flatMap((v, i): [number, number][] => (v === null ? [] : [[px(x[i]), py(v)]])) // prettier-ignore
      canvas.path(points, colour, s.reference ? 1 : 2, n > 2 ? 4 : 0)
      s.values.forEach((v, i) => {
        const e = s.errors?.[i]
        if (v !== null && typeof e === 'number')
          canvas.rect(px(x[i]) - 0.5, py(v + e), 1, py(v - e) - py(v + e), colour)
      })
      const last = points[points.length - 1]
      if (last) ends.push({ y: last[1], name: s.name, colour })
    })
    ends.sort((a, b) => a.y - b.y)
    ends.forEach((end, n) => {
      if (n && end.y < ends[n - 1].y + 11) end.y = ends[n - 1].y + 11
      canvas.text(end.name, edge + 8, end.y - 3, { colour: end.colour, bold: true })
    })
  }

  private drawRows(canvas: Canvas, panel: Panel, y: number, left: number, edge: number): void {
    const names = this.chart.data.axis.names ?? []
    const [lo, hi] = limitsOf(panel)
    const say = sayer(panel)
    const px = (v: number): number => left + ((v - lo) / (hi - lo || 1)) * (edge - left)
    const S = panel.series.length
    names.forEach((name, i) => {
      const base = y + i * 22 * S
      canvas.rect(MARGIN, base - 3, edge + 122, 0.5, RULE)
      canvas.text(name, MARGIN, base + 6)
      panel.series.forEach((s, n) => {
        const v = s.values[i]
        const middle = base + n * 22 + 9
        const colour = CATEGORIES.light[Math.min(n, CATEGORIES.light.length - 1)]
        if (v === null) return
        const e = s.errors?.[i]
        if (typeof e === 'number') canvas.rect(px(v - e), middle - 0.5, px(v + e) - px(v - e), 1.5, colour) // prettier-ignore
        canvas.rect(px(v) - 3, middle - 3, 6, 6, colour)
        canvas.text(`${S > 1 ? `${s.name} ` : ''}${withError(v, e ?? null, say)}`, edge + 8, middle - 3, { colour }) // prettier-ignore
      })
    })
    if (panel.level) {
      const height = names.length * 22 * S
      for (let k = 0; k < height; k += 4) canvas.rect(px(panel.level.value), y - 3 + k, 1, 2, EDGE)
    }
  }
}

const sayer =
  (panel: Panel) =>
  (v: number): string =>
    panel.percent ? formatPercent(v) : formatNumber(v)

function withError(v: number | null, e: number | null, say: (v: number) => string): string {
  if (v === null) return 'not measured'
  const digits = (x: number): string => (Math.abs(v) >= 0.01 ? formatNumber(x, 3) : say(x))
  return e === null ? say(v) : `${say(v)} ± ${say(v).endsWith('%') ? say(e) : digits(e)}`
}

/** What is drawn: the panel's limits, or what values and errors need. */
function limitsOf({ limits, series, level }: Panel): [number, number] {
  if (limits) return limits
  const values = series.flatMap(s =>
    s.values.flatMap((v, i) => {
      const e = s.errors?.[i] ?? 0
      return v === null ? [] : [v - e, v + e]
    }),
  )
  const { min, max } = extremes([...values, ...(level ? [level.value] : [])])
  const room = (max - min || Math.abs(max) || 1) * 0.06
  return [min >= 0 ? 0 : min - room, max + room]
}

function around(values: ArrayLike<number>): [number, number] {
  const most = reach(extremes(values)) || 1
  return [-most, most + (2 * most) / 254]
}
