/** The explorer as a still picture: the maps of one layer on one scale, the input with the pinned value's field, the answer. */
import { CATEGORIES } from '../spec/colour.ts'
import { formatPercent, formatShape } from '../spec/text.ts'
import type { Layer } from '../explain/layers.ts'
import { Canvas, EDGE, INK2, LINE, textWidth } from './canvas.ts'
import {
  drawBar,
  drawFoot,
  drawGrid,
  drawHead,
  footHeight,
  headWidth,
  MARGIN,
  type Scale,
} from './grid.ts'
import type { MapsSubject } from './maps.ts'
import { extremes, flatIndex, numbersOf, reach } from './values.ts'

const MAIN = 460
const SIDE = 168
const SHOWN = 64

export function drawMaps(subject: MapsSubject): Canvas {
  const { shown } = subject
  const readout = subject.readout()
  const title = [subject.title, formatShape(shown.shape), subject.from] as const
  const width = Math.max(MARGIN + MAIN + 24 + SIDE + MARGIN, headWidth(...title))
  const last = subject.layers[subject.layers.length - 1]
  const answer = last.op.op === 'softmax' && last !== shown ? last : null
  const sideHeight = LINE + SIDE + (answer ? 24 + Math.min(10, answer.shape[0]) * 14 : 0)
  const plan = layOut(shown)
  const body = Math.max(plan.height + 30, sideHeight)
  const canvas = new Canvas(width, 36 + body + 14 + footHeight(readout, width))
  const top = drawHead(canvas, ...title)
  drawLayer(canvas, subject, MARGIN, top, plan)
  drawInput(canvas, subject, width - MARGIN - SIDE, top)
  if (answer) drawAnswer(canvas, subject, answer, width - MARGIN - SIDE, top + LINE + SIDE + 18)
  drawFoot(canvas, top + body + 14, readout)
  return canvas
}

interface Layout {
  rows: number
  columns: number
  maps: number
  across: number
  cell: number
  gap: number
  caption: number
  height: number
}

function layOut({ shape, op }: Layer): Layout {
  if (shape.length === 1 && op.op === 'softmax') {
    const height = Math.min(shape[0], 24) * 18
    return { rows: 1, columns: 1, maps: shape[0], across: 1, cell: 12, gap: 6, caption: 0, height }
  }
  if (shape.length === 1) {
    const across = shape[0] <= 12 ? shape[0] : shape[0] <= 144 ? 12 : 32
    const cell = Math.floor(MAIN / across) - 2
    const size = Math.min(cell, 36)
    const rows = Math.ceil(Math.min(shape[0], 1024) / across)
    return {
      rows: 1,
      columns: 1,
      maps: Math.min(shape[0], 1024),
      across,
      cell: size,
      gap: 2,
      caption: 0,
      height: rows * (size + 2),
    }
  }
  const [maps, rows, columns] = [Math.min(shape[0], SHOWN), shape[1], shape[2]]
  const across = maps === 1 ? 1 : maps <= 6 ? 3 : maps <= 16 ? 4 : 8
  const gap = 10
  const cell = Math.max(1, Math.floor(((MAIN + gap) / across - gap) / columns))
  const limited = Math.min(cell, Math.max(1, Math.floor(320 / Math.max(rows, columns))))
  const caption = across <= 4 && maps > 1 ? 14 : 0
  const height = Math.ceil(maps / across) * (rows * limited + gap + caption) - gap
  return { rows, columns, maps, across, cell: limited, gap, caption, height }
}

function drawLayer(canvas: Canvas, subject: MapsSubject, x: number, y: number, plan: Layout): void {
  const { shown, pin } = subject
  const values = numbersOf(shown.values)
  const facts = extremes(values)
  if (shown.op.op === 'softmax') return drawBars(canvas, subject, shown, x, y, MAIN, 18, 24)
  const scale = scaleOf(shown, facts)
  const { rows, columns, maps, across, cell, gap, caption } = plan
  for (let m = 0; m < maps; m++) {
    const left = x + (m % across) * (columns * cell + gap)
    const up = y + Math.floor(m / across) * (rows * cell + gap + caption)
    const value = (i: number, j: number): number => values[(m * rows + i) * columns + j]
    drawGrid(canvas, { x: left, y: up, rows, columns, cell, scale, value })
    if (caption) {
      const silent =
        scale.ramp === 'sequential' && maximum(values, m * rows * columns, rows * columns) === 0
      canvas.text(`map ${m}${silent ? ' · silent' : ''}`, left, up + rows * cell + 4, {
        colour: INK2,
      })
    }
    if (pin && pin[0] === m) {
      const [i, j] = shown.shape.length === 1 ? [0, 0] : pin.slice(1)
      canvas.reticle(left + j * cell, up + i * cell, cell, cell)
    }
  }
  const left = shown.shape[0] - maps
  const unit = shown.shape.length === 1 ? 'units' : 'maps'
  const words =
    shown.shape[0] > 1
      ? `one scale for all ${shown.shape[0]} ${unit}${left > 0 ? `, the first ${maps} shown` : ''}`
      : ''
  drawBar(canvas, x, y + plan.height + 14, 120, scale, words)
}

function scaleOf(layer: Layer, facts: { min: number; max: number }): Scale {
  if (layer.op.op === 'input')
    return { ramp: 'grey', lo: Math.min(0, facts.min), hi: Math.max(1, facts.max) }
  return facts.min < 0
    ? { ramp: 'diverging', lo: 0, hi: reach(facts) }
    : { ramp: 'sequential', lo: 0, hi: facts.max }
}

function drawInput(canvas: Canvas, subject: MapsSubject, x: number, y: number): void {
  const input = subject.layers[0]
  const [channels, rows, columns] = input.shape
  const values = numbersOf(input.values)
  const facts = extremes(values)
  canvas.text('input', x, y, { bold: true })
  canvas.text(formatShape(input.shape), x + textWidth('input') + 8, y, { colour: INK2 })
  const cell = SIDE / Math.max(rows, columns)
  const top = y + LINE + 2
  const lo = Math.min(0, facts.min)
  const span = Math.max(1, facts.max) - lo
  const grey = (c: number, i: number, j: number): number => {
    const v = values[flatIndex([channels === 3 ? c : 0, i, j], input.shape)]
    return Math.max(0, Math.min(255, Math.round(((v - lo) / span) * 255)))
  }
  canvas.map(x, top, rows, columns, cell, (i, j) => [grey(0, i, j), grey(1, i, j), grey(2, i, j)])
  canvas.box(x - 0.5, top - 0.5, columns * cell + 1, rows * cell + 1, EDGE, 0.5)
  const { pin, shown } = subject
  if (!pin || !shown.field || shown.shape.length !== 3) return
  const { size, step, start } = shown.field
  const box = ([0, 1] as const).map(d => {
    const from = pin[1 + d] * step[d] + start[d]
    const limit = d === 0 ? rows : columns
    return [Math.max(0, from), Math.min(limit, from + size[d])]
  })
  canvas.reticle(
    x + box[1][0] * cell,
    top + box[0][0] * cell,
    (box[1][1] - box[1][0]) * cell,
    (box[0][1] - box[0][0]) * cell,
  )
}

/** The network's answer: the likeliest classes as labelled bars. */
function drawAnswer(
  canvas: Canvas,
  subject: MapsSubject,
  layer: Layer,
  x: number,
  y: number,
): void {
  canvas.text('softmax', x, y - 4, { bold: true })
  drawBars(canvas, subject, layer, x, y + 10, SIDE, 14, 10)
}

function drawBars(
  canvas: Canvas,
  subject: MapsSubject,
  layer: Layer,
  x: number,
  y: number,
  width: number,
  pitch: number,
  limit: number,
): void {
  const p = Array.from(numbersOf(layer.values))
  const best = p.indexOf(Math.max(...p))
  const name = (n: number): string => subject.labels?.[n] ?? `class ${n}`
  const labels = p.slice(0, limit).map((_, n) => name(n))
  const left = Math.max(...labels.map(textWidth)) + 8
  const room = width - left - 40
  labels.forEach((label, n) => {
    const top = y + n * pitch
    canvas.text(label, x, top, { bold: n === best })
    if (room > 0)
      canvas.rect(
        x + left,
        top - 1,
        Math.max(0.5, p[n] * room),
        9,
        n === best ? CATEGORIES.light[0] : EDGE,
      )
    const figure = p[n] >= 0.0005 || p[n] === 0 ? formatPercent(p[n]) : '< 0.1 %'
    canvas.text(figure, x + width, top, { align: 'right', bold: n === best })
  })
}

function maximum(values: ArrayLike<number>, from: number, count: number): number {
  let max = -Infinity
  for (let i = from; i < from + count; i++) max = Math.max(max, values[i])
  return max
}
