/** The pooling stepper as a still picture: forward at the left, backward at the right, a dot on each switch. */
import { formatShape } from '../spec/text.ts'
import { AGREES, Canvas, DIFFERS, INK, INK2, PAPER, textWidth } from './canvas.ts'
import { drawFoot, drawGrid, drawHead, footHeight, headWidth, MARGIN, type Scale } from './grid.ts'
import type { PoolSubject } from './pool.ts'
import { extremes, flatIndex, reach, type Numbers } from './values.ts'

export function drawPool(subject: PoolSubject): Canvas {
  const n = subject.numbers
  const { gradient, compare } = subject
  const [, H, W] = n.xShape
  const [, rows, columns] = n.yShape
  const [c, i, j] = subject.current
  const [top, left] = n.padding
  const ends = [0, 1].map(d =>
    Math.max(
      n.xShape[d + 1] + 2 * n.padding[d],
      (n.yShape[d + 1] - 1) * n.stride[d] + n.dilation[d] * (n.kernel[d] - 1) + 1,
    ),
  )
  const cell = Math.max(3, Math.min(34, Math.floor(300 / Math.max(...ends))))
  const label = 30
  const arrow = 92
  const half = ends[1] * cell + arrow + columns * cell
  const sentence = subject.sentence()
  const from = [subject.settings, subject.from].filter(Boolean).join(' · ')
  const width = Math.max(
    2 * MARGIN + half * (gradient ? 2 : 1) + (gradient ? 48 : 0),
    headWidth(subject.title, subject.shapes, from),
    360,
  )
  const foot = 36 + label + ends[0] * cell + 24
  const canvas = new Canvas(width, foot + footHeight(sentence, width))
  const y0 = drawHead(canvas, subject.title, subject.shapes, from)
  const scale = (values: Numbers): Scale => ({
    ramp: 'diverging',
    lo: 0,
    hi: (reach(extremes(values)) || 1) * 1.6,
  })
  const side = (
    x0: number,
    big: { name: string; values: Numbers; of: 'gx' | null },
    small: { name: string; values: Numbers; of: 'y' | null },
    words: [string, string, string],
  ): void => {
    const [heading, way, sign] = words
    canvas.text(heading, x0, y0, { bold: true })
    canvas.text(`${big.name} ${formatShape(subject.shown(n.xShape))}`, x0, y0 + 14, {
      colour: INK2,
    })
    const top0 = y0 + label
    const differs = (of: 'gx' | 'y' | null, shape: readonly number[]) => (r: number, s: number) => {
      if (!compare || of !== compare.of) return null
      const flat = flatIndex([c, r, s], shape)
      return subject.agrees(flat) ? null : `≠${String(compare.values[flat])}`
    }
    drawGrid(canvas, {
      x: x0,
      y: top0,
      rows: ends[0],
      columns: ends[1],
      cell,
      scale: scale(big.values),
      numbers: cell >= 14,
      value: (r, s) =>
        inside(r - top, s - left, H, W)
          ? big.values[flatIndex([c, r - top, s - left], n.xShape)]
          : 0,
      unread: (r, s) => !inside(r - top, s - left, H, W),
      blank: (r, s) => !inside(r - top, s - left, H, W),
      differs: (r, s) =>
        inside(r - top, s - left, H, W) ? differs(big.of, n.xShape)(r - top, s - left) : null,
    })
    const x1 = x0 + ends[1] * cell + arrow
    const y1 = top0 + Math.max(0, ((ends[0] - rows) * cell) / 2)
    canvas.text(small.name, x1, y1 - 14, { colour: INK2 })
    drawGrid(canvas, {
      x: x1,
      y: y1,
      rows,
      columns,
      cell,
      scale: scale(small.values),
      numbers: cell >= 14,
      value: (r, s) => small.values[flatIndex([c, r, s], n.yShape)],
      differs: differs(small.of, n.yShape),
    })
    const middle = x1 - arrow / 2
    canvas.text(way, middle, y1 + (rows * cell) / 2 + 3, { align: 'middle', colour: INK2 })
    canvas.text(sign, middle, y1 + (rows * cell) / 2 - 9, { align: 'middle' })
    if (cell >= 10)
      for (let r = 0; r < rows; r++)
        for (let s = 0; s < columns; s++) {
          const won = subject.winner([c, r, s])
          if (!won) continue
          const here = r === i && s === j
          const [x, y] = [x0 + (won[2] + left + 0.5) * cell, top0 + (won[1] + top + 1) * cell - 5]
          const d = here ? 5 : 3
          canvas.rect(x - d / 2 - 1, y - d / 2 - 1, d + 2, d + 2, PAPER)
          canvas.rect(x - d / 2, y - d / 2, d, d, here ? INK : INK2)
        }
    canvas.reticle(
      x0 + j * n.stride[1] * cell,
      top0 + i * n.stride[0] * cell,
      (n.dilation[1] * (n.kernel[1] - 1) + 1) * cell,
      (n.dilation[0] * (n.kernel[0] - 1) + 1) * cell,
    )
    canvas.reticle(x1 + j * cell, y1 + i * cell, cell, cell)
  }
  const max = n.mode === 'max'
  const { x, y } = subject.names
  side(MARGIN, { name: x, values: n.x, of: null }, { name: y, values: n.y, of: 'y' }, [
    'Forward',
    max ? 'max' : 'mean',
    '→',
  ])
  if (gradient)
    side(
      MARGIN + half + 48,
      { name: `gradient of ${x}`, values: gradient.x, of: 'gx' },
      { name: `gradient of ${y}`, values: gradient.y, of: null },
      ['Backward', max ? 'to the switch' : 'shared', '←'],
    )
  const agreement = subject.agreement()
  if (agreement && compare) {
    const same = agreement.agree === agreement.of
    const words = same
      ? `all ${agreement.of} cells agree with ${compare.label}`
      : `${agreement.of - agreement.agree} of ${agreement.of} cells differ from ${compare.label} (≠)`
    canvas.text(words, width - MARGIN - textWidth(words), foot - 14, {
      colour: same ? AGREES : DIFFERS,
    })
  }
  drawFoot(canvas, foot, sentence)
  return canvas
}

const inside = (r: number, s: number, rows: number, columns: number): boolean =>
  r >= 0 && s >= 0 && r < rows && s < columns
