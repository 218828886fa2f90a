/** One row of a softmax as a still picture: logits, exponentials and probabilities as bars. */
import { CATEGORIES } from '../spec/colour.ts'
import { formatNumber } from '../spec/text.ts'
import { Canvas, EDGE, INK, INK2, LINE, PIN, textWidth } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { SoftmaxSubject } from './softmax.ts'

/** Classes that are drawn; the likeliest of more. */
const SHOWN = 12
const BAR = 180

export function drawSoftmax(subject: SoftmaxSubject): Canvas {
  const { x, p, order, target } = subject.read(subject.row)
  const shown = x.length <= SHOWN ? x.map((_, k) => k) : order.slice(0, SHOWN).sort((a, b) => a - b)
  const name = Math.min(160, Math.max(...shown.map(k => textWidth(subject.label(k))), 40))
  const columns = [MARGIN + name + 60, MARGIN + name + 150]
  const barAt = columns[1] + 20
  const sentence = subject.sentence()
  const width = Math.max(
    barAt + BAR + 60 + (target === null ? 0 : 70),
    headWidth(subject.title, subject.shapes, subject.from),
  )
  const row = LINE + 6
  const foot = 36 + 18 + shown.length * row + 26
  const canvas = new Canvas(width, foot + footHeight(sentence, width))
  const y0 = drawHead(canvas, subject.title, subject.shapes, subject.from)
  const right = { align: 'right', colour: INK2 } as const
  canvas.text('class', MARGIN, y0, { colour: INK2 })
  canvas.text('logit x', columns[0], y0, right)
  canvas.text('e^(x - max)', columns[1], y0, right)
  canvas.text('probability', barAt, y0, { colour: INK2 })
  if (target !== null) canvas.text('p - y', barAt + BAR + 110, y0, right)
  const max = Math.max(...x)
  const e = x.map(v => Math.exp((v - max) / subject.temperature))
  shown.forEach((k, n) => {
    const y = y0 + 18 + n * row
    const best = k === order[0]
    const colour = k === target ? PIN : INK
    canvas.text(subject.label(k), MARGIN, y, { bold: best, colour })
    canvas.text(formatNumber(x[k], 1), columns[0], y, { align: 'right' })
    canvas.text(formatNumber(e[k]), columns[1], y, { align: 'right' })
    canvas.rect(barAt, y - 2, Math.max(1, p[k] * BAR), 11, best ? CATEGORIES.light[0] : EDGE)
    canvas.text(formatNumber(p[k], 3), barAt + BAR + 44, y, { align: 'right', bold: best })
    if (target !== null)
      canvas.text(formatNumber(p[k] - (k === target ? 1 : 0), 3), barAt + BAR + 110, y, {
        align: 'right',
      })
  })
  const end = y0 + 18 + shown.length * row
  const sum = e.reduce((a, b) => a + b, 0)
  canvas.rect(columns[1] - 60, end, 60, 1, INK)
  canvas.text(formatNumber(sum), columns[1], end + 5, { align: 'right' })
  canvas.rect(barAt, end, BAR + 44, 1, INK)
  canvas.text(shown.length < x.length ? `sum of all ${x.length} classes` : 'sum', barAt, end + 5, {
    colour: INK2,
  })
  canvas.text('1.000', barAt + BAR + 44, end + 5, { align: 'right' })
  drawFoot(canvas, foot, sentence)
  return canvas
}
