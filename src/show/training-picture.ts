/** Loss and accuracy over one axis, as a still picture: training thin, test thick, with their newest values at the ends. */
import { CATEGORIES, type RGB } from '../spec/colour.ts'
import { formatNumber, formatPercent } from '../spec/text.ts'
import type { TrainingPoint } from '../spec/view.ts'
import { Canvas, EDGE, INK2, RULE, textWidth } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import { trim, type Measure, type TrainingSubject } from './training.ts'

const PLOT = { left: 54, right: 74, height: 168, accuracy: 130, gap: 38 }
const TRAIN: RGB = [120, 130, 148]
const TEST = CATEGORIES.light[0]
/** Training points are drawn as their mean over this many places along the axis. */
const BINS = 160

export function drawTraining(subject: TrainingSubject): Canvas {
  const { log } = subject
  const points = log.points
  const foot = subject.facts().join(' ')
  const width = Math.max(640, headWidth(subject.title, subject.place, subject.from))
  const body = 14 + PLOT.height + PLOT.gap + PLOT.accuracy + 30
  const canvas = new Canvas(width, 36 + body + footHeight(foot, width))
  const top = drawHead(canvas, subject.title, subject.place, subject.from)
  const last = points.length ? points[points.length - 1] : null
  const byEpoch = log.epochs !== null || (last !== null && last.epoch > 0)
  const at = (p: TrainingPoint): number => (byEpoch ? p.epoch : p.step)
  const end = Math.max(byEpoch ? (log.epochs ?? 0) : 0, last ? at(last) : 0, byEpoch ? 1 : 10)
  const x = (v: number): number => PLOT.left + (v / end) * (width - PLOT.left - PLOT.right)
  const panels = [
    {
      name: 'loss',
      train: 'loss',
      test: 'testLoss',
      y: top + 14,
      height: PLOT.height,
      share: false,
    },
    {
      name: 'accuracy',
      train: 'accuracy',
      test: 'testAccuracy',
      y: top + 14 + PLOT.height + PLOT.gap,
      height: PLOT.accuracy,
      share: true,
    },
  ] as const
  for (const { name, train, test, y, height, share } of panels) {
    const line = pointsOf(points, test, at)
    const raw = pointsOf(points, train, at)
    const thin = binned(raw, end)
    const [lo, hi] = share ? accuracyRange([...thin, ...line]) : lossRange(thin, line)
    const py = (v: number): number =>
      y + height - ((Math.min(hi, Math.max(lo, v)) - lo) / (hi - lo)) * height
    canvas.text(name, MARGIN, y - 18, { bold: true })
    canvas.text('thin: training batches · thick: test', MARGIN + textWidth(name) + 10, y - 18, {
      colour: INK2,
    })
    for (const tick of ticks(lo, hi)) {
      canvas.rect(PLOT.left, py(tick), width - PLOT.left - PLOT.right, 0.5, RULE)
      const label = share ? formatPercent(tick, 0) : trim(tick)
      canvas.text(label, PLOT.left - 6, py(tick) - 3, { align: 'right', colour: INK2 })
    }
    const ends: { y: number; text: string; colour: RGB; at?: number }[] = []
    const figure = (v: number): string => (share ? formatPercent(v) : formatNumber(v, 3))
    if (thin.length) {
      canvas.path(
        thin.map(([e, v]) => [x(e), py(v)]),
        TRAIN,
        1,
      )
      const v = thin[thin.length - 1][1]
      ends.push({ y: py(v), text: figure(v), colour: INK2 })
    }
    if (line.length) {
      canvas.path(
        line.map(([e, v]) => [x(e), py(v)]),
        TEST,
        2.5,
      )
      for (const [e, v] of line) canvas.rect(x(e) - 2, py(v) - 2, 4, 4, TEST)
      const v = line[line.length - 1][1]
      ends.push({ y: py(v), text: figure(v), colour: TEST })
    }
    // Branches: their tests in their own colours, from where they left.
    subject.tree?.runs.slice(1).forEach((run, n) => {
      const from = (run.origin?.step ?? 0) / run.stepsPerEpoch
      const own = pointsOf(run.log.points, test, at).filter(([e]) => e >= from)
      if (own.length < 2) return
      const colour = CATEGORIES.light[Math.min(n + 1, CATEGORIES.light.length - 1)]
      canvas.path(
        own.map(([e, v]) => [x(e), py(v)]),
        colour,
        1.5,
      )
      const [e, v] = own[own.length - 1]
      ends.push({ y: py(v), text: `${subject.tree?.nameOf(run)}: ${figure(v)}`, colour, at: x(e) })
    })
    ends.sort((a, b) => a.y - b.y)
    ends.forEach((label, n) => {
      if (n > 0 && label.y - ends[n - 1].y < 11) label.y = ends[n - 1].y + 11
      const after = (label.at ?? x(last ? at(last) : 0)) + 8
      canvas.text(label.text, after, label.y - 3, {
        colour: label.colour,
        bold: label.colour === TEST,
      })
    })
    if (!thin.length && !line.length)
      canvas.text(points.length ? 'not reported' : 'no step yet', width / 2, y + height / 2, {
        align: 'middle',
        colour: INK2,
      })
  }
  const base = top + 14 + PLOT.height + PLOT.gap + PLOT.accuracy
  canvas.rect(PLOT.left, base, width - PLOT.left - PLOT.right, 0.5, EDGE)
  for (const tick of ticks(0, end, byEpoch))
    canvas.text(trim(tick), x(tick), base + 6, { align: 'middle', colour: INK2 })
  canvas.text(byEpoch ? 'epoch' : 'step', MARGIN, base + 6, { colour: INK2 })
  drawFoot(canvas, base + 24, foot)
  return canvas
}

type Pair = [at: number, value: number]

function pointsOf(
  points: readonly TrainingPoint[],
  key: Measure,
  at: (p: TrainingPoint) => number,
): Pair[] {
  return points.flatMap(p => {
    const v = p[key]
    return typeof v === 'number' ? [[at(p), v] satisfies Pair] : []
  })
}

/** Means over equal pieces of the axis, so that a noisy curve stays readable. */
function binned(points: readonly Pair[], end: number): Pair[] {
  if (points.length <= BINS) return [...points]
  const sums = new Map<number, { at: number; value: number; n: number }>()
  for (const [at, value] of points) {
    const bin = Math.floor((at / end) * BINS)
    const sum = sums.get(bin) ?? { at: 0, value: 0, n: 0 }
    sums.set(bin, { at: sum.at + at, value: sum.value + value, n: sum.n + 1 })
  }
  return [...sums.values()].map(({ at, value, n }) => [at / n, value / n])
}

/** From 0 to what all but the first peaks need. */
function lossRange(thin: readonly Pair[], test: readonly Pair[]): [number, number] {
  const values = [...thin, ...test].map(([, v]) => v).sort((a, b) => a - b)
  if (values.length === 0) return [0, 1]
  const most = values[Math.floor((values.length - 1) * 0.98)]
  const top = Math.max(most, ...test.map(([, v]) => v)) * 1.1
  return [Math.min(0, values[0]), top > 0 ? top : 1]
}

function accuracyRange(points: readonly Pair[]): [number, number] {
  const low = Math.min(1, ...points.map(([, v]) => v))
  return [points.length ? Math.max(0, Math.min(0.9, Math.floor(low * 10) / 10)) : 0, 1]
}

/** Four to seven round numbers. */
function ticks(lo: number, hi: number, whole = false): number[] {
  const rough = (hi - lo) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  let step = [1, 2, 2.5, 5, 10].map(f => f * power).find(s => s >= rough) ?? rough
  if (whole) step = Math.max(1, Math.ceil(step))
  const out: number[] = []
  for (let v = Math.ceil(lo / step - 1e-9) * step; v <= hi + step * 1e-6; v += step)
    out.push(Number(v.toFixed(10)))
  return out
}
