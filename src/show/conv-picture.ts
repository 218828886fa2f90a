/** The stepper as a still picture: window and filter, products and sum, output. */
import { formatNumber, formatShape } from '../spec/text.ts'
import { AGREES, Canvas, DIFFERS, INK2, textWidth } from './canvas.ts'
import type { ConvSubject } from './conv.ts'
import { drawFoot, drawGrid, drawHead, footHeight, headWidth, MARGIN, type Scale } from './grid.ts'
import { extremes, flatIndex, reach, type Numbers } from './values.ts'

/** Channels and filters that are drawn; the others are counted. */
const CHANNELS = 4
const FILTERS = 4

export function drawConv(subject: ConvSubject): Canvas {
  const n = subject.numbers
  const [channels, height, width] = n.xShape
  const [, , h, k] = n.wShape
  const [filters, rows, columns] = n.oShape
  const current = subject.current
  const [top, left] = n.padding
  const shown = Math.min(channels, CHANNELS)
  const [xRows, xColumns] = [height + 2 * top, width + 2 * left]
  const xCell = Math.max(3, Math.min(24, Math.floor(300 / Math.max(xRows, xColumns))))
  // Fractions need five places, whole numbers two or three.
  const wide = !extremes(n.w).whole || !extremes(n.x).whole
  const wCell = Math.max(
    8,
    Math.min(wide ? 34 : 24, Math.floor((wide ? 180 : 110) / Math.max(h, k))),
  )
  const oFilters = Math.min(filters, FILTERS)
  const oCell = Math.max(3, Math.min(30, Math.floor(230 / Math.max(rows, columns))))
  const gap = 26
  const labelHeight = 18
  const rowHeight = Math.max(xRows * xCell, h * wCell) + labelHeight + 8
  const bodyHeight = Math.max(shown * rowHeight, oFilters * (rows * oCell + labelHeight + 10))
  const xAt = MARGIN
  const wAt = xAt + xColumns * xCell + gap
  const pAt = wAt + k * wCell + gap
  const sumAt = pAt + k * wCell + 14
  const oAt = sumAt + 52
  const sentence = subject.sentence()
  const verdict = verdictOf(subject)
  const fullWidth = Math.max(
    oAt + Math.max(columns * oCell, 60) + MARGIN,
    headWidth(subject.title, subject.shapes, subject.from),
  )
  const foot = 36 + bodyHeight + 22
  const canvas = new Canvas(fullWidth, foot + footHeight(sentence, fullWidth))
  const y0 = drawHead(canvas, subject.title, subject.shapes, subject.from)
  const scaleOf = (values: Numbers): Scale => ({
    ramp: 'diverging',
    lo: 0,
    hi: reach(extremes(values)) || 1,
  })
  const [xScale, wScale, oScale] = [scaleOf(n.x), scaleOf(n.w), scaleOf(n.output)]
  const terms = subject.terms(current)
  const pScale = scaleOf(terms.map(t => t.x * t.w))
  const label = (
    name: string,
    c: number | null,
    shape: readonly number[],
    x: number,
    y: number,
  ): void => {
    const text = c === null ? name : `${name}[${c}]`
    canvas.text(text, x, y, { bold: true })
    canvas.text(formatShape(shape), x + textWidth(text) + 7, y, { colour: INK2 })
  }
  const end = [top + subject.read(0), left + subject.read(1)]
  for (let c = 0; c < shown; c++) {
    const y = y0 + c * rowHeight
    const grid = y + labelHeight
    const channel = n.plain ? null : c
    label(subject.names.x, channel, [height, width], xAt, y)
    drawGrid(canvas, {
      x: xAt,
      y: grid,
      rows: xRows,
      columns: xColumns,
      cell: xCell,
      scale: xScale,
      numbers: xCell >= 14,
      value: (i, j) =>
        inside(i - top, j - left, height, width)
          ? n.x[flatIndex([c, i - top, j - left], n.xShape)]
          : 0,
      unread: (i, j) => !inside(i - top, j - left, height, width) || i >= end[0] || j >= end[1],
    })
    const wy = grid + Math.max(0, (xRows * xCell - h * wCell) / 2)
    canvas.text('⊙', wAt - gap / 2, wy + (h * wCell) / 2 - 3, { align: 'middle' })
    label(subject.names.w, n.plain ? null : c, [h, k], wAt, wy - labelHeight)
    drawGrid(canvas, {
      x: wAt,
      y: wy,
      rows: h,
      columns: k,
      cell: wCell,
      scale: wScale,
      numbers: wCell >= 14,
      value: (i, j) => n.w[flatIndex([current[0], c, i, j], n.wShape)],
    })
    canvas.text('=', pAt - gap / 2, wy + (h * wCell) / 2 - 3, { align: 'middle' })
    canvas.text('products', pAt, wy - labelHeight, { colour: INK2 })
    const own = terms.filter(t => t.c === c)
    drawGrid(canvas, {
      x: pAt,
      y: wy,
      rows: h,
      columns: k,
      cell: wCell,
      scale: pScale,
      numbers: wCell >= 14,
      value: (i, j) => own[i * k + j].x * own[i * k + j].w,
    })
    canvas.text('Σ', sumAt, wy - labelHeight, { colour: INK2 })
    canvas.text(
      formatNumber(own.reduce((sum, t) => sum + t.x * t.w, 0)),
      sumAt,
      wy + (h * wCell) / 2 - 3,
    )
    const [, i, j] = current
    canvas.reticle(
      xAt + j * n.stride[1] * xCell,
      grid + i * n.stride[0] * xCell,
      ((k - 1) * n.dilation[1] + 1) * xCell,
      ((h - 1) * n.dilation[0] + 1) * xCell,
    )
  }
  if (shown < channels)
    canvas.text(`and ${channels - shown} more channels`, xAt, y0 + shown * rowHeight - 4, {
      colour: INK2,
    })
  // The filter of the current cell is among those drawn.
  const first = Math.min(Math.max(0, current[0] - oFilters + 1), filters - oFilters)
  for (let f = 0; f < oFilters; f++) {
    const filter = first + f
    const y = y0 + f * (rows * oCell + labelHeight + 10)
    label(subject.names.o, n.plain ? null : filter, [rows, columns], oAt, y)
    const flat = (i: number, j: number): number => flatIndex([filter, i, j], n.oShape)
    drawGrid(canvas, {
      x: oAt,
      y: y + labelHeight,
      rows,
      columns,
      cell: oCell,
      scale: oScale,
      numbers: oCell >= 14,
      value: (i, j) => n.output[flat(i, j)],
      differs: (i, j) => {
        const other = subject.compare?.values[flat(i, j)] ?? null
        return subject.agrees(flat(i, j), other)
          ? null
          : `≠${formatNumber(other ?? NaN, Number.isInteger(other) ? 0 : 1)}`
      },
    })
    const pinned = subject.at.length ? subject.at : [current]
    for (const [kk, i, j] of pinned)
      if (kk === filter) canvas.reticle(oAt + j * oCell, y + labelHeight + i * oCell, oCell, oCell)
  }
  if (verdict)
    canvas.text(verdict.words, fullWidth - MARGIN, foot - 14, {
      align: 'right',
      colour: verdict.same ? AGREES : DIFFERS,
    })
  drawFoot(canvas, foot, sentence)
  return canvas
}

const inside = (i: number, j: number, rows: number, columns: number): boolean =>
  i >= 0 && j >= 0 && i < rows && j < columns

function verdictOf(subject: ConvSubject): { words: string; same: boolean } | null {
  const agreement = subject.agreement()
  if (!agreement || !subject.compare) return null
  const { agree, of } = agreement
  const { label } = subject.compare
  return agree === of
    ? { words: `all ${of} cells agree with ${label}`, same: true }
    : { words: `${of - agree} of ${of} cells differ from ${label} (≠)`, same: false }
}
