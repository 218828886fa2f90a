/** Loss and accuracy of a run and its branches over one axis, and the line of snapshots under it. */
import type { TrainingPoint } from 'layerscope/spec'
import {
  apart,
  binned,
  category,
  fixed,
  h,
  linePath,
  niceTicks,
  percent,
  yAxis,
  type Point,
} from '../../parts/index.ts'
import { series, type Field } from './model.ts'
import { pathTo, type Run } from './runs.ts'

const LEFT = 48
const LOSS = 196
const ACCURACY = 150
const GAP = 44
const TRACK = 24
/** Training points are drawn as means over this many places. */
const BINS = 400

export interface Place {
  run: number
  /** Snapshot of that run; null: none is kept. */
  snapshot: number | null
}

export interface Axis {
  end: number
  /** Early epochs wider. */
  wide: boolean
}

/** Where curves and snapshots stand, for one width. */
export class Layout {
  readonly right: number
  constructor(
    readonly width: number,
    readonly axis: Axis,
    readonly accuracy: boolean,
    readonly lanes: number,
  ) {
    this.right = width < 560 ? 62 : 104
  }
  x = (epoch: number): number => {
    const { end, wide } = this.axis
    const f = wide ? Math.log1p(8 * Math.max(0, epoch)) / Math.log1p(8 * end) : epoch / end
    return LEFT + f * (this.width - LEFT - this.right)
  }
  get edge(): number {
    return this.width - this.right
  }
  get height(): number {
    return this.accuracy ? LOSS + GAP + ACCURACY + 8 : LOSS + 8
  }
  /** Middle of a run's line of snapshots. */
  lane = (n: number): number => 30 + n * TRACK
  get railHeight(): number {
    return this.lane(this.lanes - 1) + 34
  }
}

const valuesOf = (points: readonly TrainingPoint[], field: Field): Point[] => {
  const { x, y } = series(points, field)
  return x.map((e, i) => [e, y[i]])
}

export function extent(runs: readonly Run[], epochs: number | null): number {
  const last = Math.max(
    0,
    ...runs.flatMap(r => r.points.slice(-1).map(p => p.epoch)),
    ...runs.flatMap(r => r.snapshots.slice(-1).map(s => s.epoch)),
  )
  return Math.max(epochs ?? 0, last) || 1
}

export const hasAccuracy = (runs: readonly Run[]): boolean =>
  runs.some(r => r.points.some(p => p.accuracy !== undefined || p.testAccuracy !== undefined))

/** The curves; the pin's line and dots are drawn over them by `cursor`. */
export function drawCurves(
  svg: SVGSVGElement,
  runs: readonly Run[],
  current: number,
  layout: Layout,
): { loss(v: number): number; accuracy(v: number): number } {
  const { x, edge } = layout
  const all = (field: Field) =>
    runs.flatMap(r =>
      valuesOf(r.points, field)
        .map(([, v]) => v)
        .filter(v => v !== null),
    )
  const losses = [...all('loss')].sort((a, b) => a - b)
  const most = losses.length ? losses[Math.floor((losses.length - 1) * 0.98)] : 0
  const top = Math.max(most, ...all('testLoss').slice(0, 4000)) * 1.08 || 1
  const bottom = Math.min(0, ...losses.slice(0, 1))
  const low = Math.max(
    0,
    Math.min(0.9, Math.floor(Math.min(1, ...tests(runs), ...binnedLow(runs)) * 10) / 10),
  )
  const yl = (v: number) =>
    24 + (1 - (Math.min(Math.max(v, bottom), top) - bottom) / (top - bottom)) * (LOSS - 24)
  const ya = (v: number) => LOSS + GAP + (1 - (Math.max(low, v) - low) / (1 - low)) * ACCURACY
  const out: SVGElement[] = []
  const heading = (name: string, how: string, y: number) =>
    out.push(
      h('text', { class: 'ls-heading', x: 0, y }, name),
      h('text', { class: 'ls-words', x: 76, y }, how),
    )
  heading('loss', 'thin: training batches · thick: test', 10)
  out.push(...yAxis(niceTicks(bottom, top, 4), yl, LEFT, edge, v => fixed(v, top < 0.3 ? 3 : 2)))
  if (layout.accuracy) {
    heading('accuracy', 'dashed: training batches · thick: test', LOSS + GAP - 16)
    out.push(...yAxis(niceTicks(low, 1, 4), ya, LEFT, edge, v => percent(v, 0)))
  }
  const ends: { x: number; y: number; text: string; run: number }[] = []
  // The current run last: over the others.
  const order = runs.map((_, n) => n).sort((a, b) => Number(a === current) - Number(b === current))
  for (const n of order) {
    const run = runs[n]
    const on = n === current
    const fork =
      run.from &&
      pathTo(runs, run.from.run, run.from.step).findLast(
        p => p.testLoss !== undefined || p.testAccuracy !== undefined,
      )
    const line = (field: Field, y: (v: number) => number, style: string) => {
      const test = field.startsWith('test')
      const own = valuesOf(run.points, field)
      const first =
        test && typeof fork?.[field] === 'number' ? [[fork.epoch, fork[field]] as const] : []
      const points = [...first, ...(test ? own : binned(own, field === 'accuracy' ? 80 : BINS))]
      if (!points.length) return
      out.push(
        h('path', {
          class: `ls-line ls-${style}${on ? ' ls-on' : ''}`,
          d: linePath(points, x, y),
          style: { stroke: category(n) },
        }),
      )
      const last = points.findLast(p => p[1] !== null)
      if (test && last)
        ends.push({
          x: x(last[0]) + 7,
          y: y(last[1] as number),
          text: field === 'testLoss' ? fixed(last[1] as number, 3) : percent(last[1] as number),
          run: n,
        }) // a number, as found
    }
    line('loss', yl, 'thin')
    line('testLoss', yl, 'thick')
    if (layout.accuracy) {
      line('accuracy', ya, 'dashed')
      line('testAccuracy', ya, 'thick')
    }
    if (!run.points.some(p => p.testLoss !== undefined || p.testAccuracy !== undefined)) {
      const last = run.points.findLast(p => typeof p.loss === 'number')
      if (last)
        ends.push({
          x: x(last.epoch) + 7,
          y: yl(last.loss as number),
          text: fixed(last.loss as number, 3),
          run: n,
        }) // a number, as found
    }
  }
  for (const half of [ends.filter(e => e.y <= LOSS), ends.filter(e => e.y > LOSS)])
    for (const e of apart(half, 13))
      out.push(
        h(
          'text',
          { class: 'ls-end', x: e.x, y: e.y + 4, style: { fill: category(e.run) } },
          e.text,
        ),
      )
  if (!runs.some(r => r.points.length))
    out.push(
      h(
        'text',
        { class: 'ls-words', x: (LEFT + edge) / 2, y: LOSS / 2, 'text-anchor': 'middle' },
        'no step yet',
      ),
    )
  svg.setAttribute('viewBox', `0 0 ${layout.width} ${layout.height}`)
  svg.style.height = `${layout.height}px`
  svg.replaceChildren(...out)
  return { loss: yl, accuracy: ya }
}

const tests = (runs: readonly Run[]): number[] =>
  runs.flatMap(r => r.points.map(p => p.testAccuracy).filter(v => typeof v === 'number'))
const binnedLow = (runs: readonly Run[]): number[] =>
  runs.flatMap(r =>
    binned(valuesOf(r.points, 'accuracy'), 80)
      .map(([, v]) => v)
      .filter(v => v !== null),
  )

/** Snapshots as marks on lines, branches leaving them as on a railway map, the pin's head on its line. */
export function drawRail(
  svg: SVGSVGElement,
  runs: readonly Run[],
  at: Place,
  layout: Layout,
): void {
  const { x, lane, edge } = layout
  const out: SVGElement[] = [
    h('text', { class: 'ls-heading', x: 0, y: 8 }, 'snapshots'),
    h(
      'text',
      { class: 'ls-words', x: 76, y: 8 },
      layout.width < 560
        ? 'drag to look back'
        : 'drag to look back; train on or branch from any of them',
    ),
    h('line', { class: 'ls-to-come', x1: x(0), x2: edge, y1: lane(0), y2: lane(0) }),
  ]
  runs.forEach((run, n) => {
    const y = lane(n)
    const head = run.points.length
      ? run.points[run.points.length - 1].epoch
      : (run.from?.epoch ?? 0)
    const colour = category(n)
    const start = run.from ? x(run.from.epoch) : x(0)
    const bend = Math.min(16, Math.max(6, x(head) - start))
    const d = run.from
      ? `M${start} ${lane(run.from.run)}C${start + bend * 0.75} ${lane(run.from.run)} ${start} ${y} ${start + bend} ${y}H${Math.max(start + bend, x(head))}`
      : `M${start} ${y}H${x(head)}`
    const own = run.from ? run.snapshots.filter(s => s.step > run.from!.step) : run.snapshots // inside the condition
    // Marks that would stand in each other's place are drawn once.
    let last = -Infinity
    const marks = own.filter(s => {
      const fits = x(s.epoch) - last >= 2.5
      if (fits) last = x(s.epoch)
      return fits
    })
    out.push(
      h('path', { class: `ls-track${n === at.run ? ' ls-on' : ''}`, d, style: { stroke: colour } }),
      ...marks.map(s => {
        const tall = Number.isInteger(s.epoch) && s.epoch % 10 === 0 ? 5 : 3
        return h('line', {
          class: s.reached ? 'ls-stop' : 'ls-stop ls-beyond',
          x1: x(s.epoch),
          x2: x(s.epoch),
          y1: y - tall,
          y2: y + tall,
          style: { stroke: colour },
        })
      }),
      h(
        'text',
        {
          class: 'ls-end',
          x: Math.max(start + bend, x(head), ...own.slice(-1).map(s => x(s.epoch))) + 10,
          y: y + 4,
          style: { fill: colour },
        },
        run.from ? `branch: ${run.name}` : run.name,
      ),
    )
  })
  const base = layout.railHeight - 4
  const { end, wide } = layout.axis
  const ticks = wide
    ? [0, 1, 2, 5, 10, 20, 40, 80, 160].filter(e => e <= end)
    : niceTicks(0, end, layout.width < 560 ? 4 : 7, end >= 4)
  for (const e of ticks)
    out.push(
      h(
        'text',
        { class: 'ls-tick-text', x: x(e), y: base, 'text-anchor': 'middle' },
        e === 0 ? 'epoch 0' : String(e),
      ),
    )
  const snapshot = at.snapshot === null ? null : runs[at.run]?.snapshots[at.snapshot]
  if (snapshot) {
    const [cx, y] = [x(snapshot.epoch), lane(at.run)]
    out.push(
      h('line', { class: 'ls-cursor', x1: cx, x2: cx, y1: 0, y2: y - 9 }),
      h('path', { class: 'ls-head', d: `M${cx} ${y - 9}l5 5v9h-10v-9z` }),
    )
  }
  svg.setAttribute('viewBox', `0 0 ${layout.width} ${layout.railHeight}`)
  svg.style.height = `${layout.railHeight}px`
  svg.replaceChildren(...out)
}

/** The snapshot nearest to a place on the rail. */
export function nearest(
  runs: readonly Run[],
  layout: Layout,
  run: number,
  px: number,
): number | null {
  const { snapshots } = runs[run]
  let best: number | null = null
  snapshots.forEach((s, n) => {
    if (
      best === null ||
      Math.abs(layout.x(s.epoch) - px) < Math.abs(layout.x(snapshots[best].epoch) - px)
    )
      best = n
  })
  return best
}
