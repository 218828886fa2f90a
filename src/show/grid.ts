/** Tinted grids of numbers and colour bars, as pictures. */
import { colour, inkOn, type Ramp, type RGB } from '../spec/colour.ts'
import { formatNumber } from '../spec/text.ts'
import { type Canvas, DIFFERS, EDGE, INK, INK2, LINE, PAPER, textWidth } from './canvas.ts'
import { fitNumber } from './values.ts'

export interface Scale {
  ramp: Ramp
  /** Value at the ramp's bright end; its start is `lo` (−hi for diverging). */
  lo: number
  hi: number
}

export function tint(scale: Scale, value: number): RGB | null {
  const { ramp, lo, hi } = scale
  const span = ramp === 'diverging' ? hi : hi - lo
  const t = span > 0 ? (ramp === 'diverging' ? value / hi : (value - lo) / span) : 0
  return colour(ramp, t)
}

export interface Grid {
  x: number
  y: number
  rows: number
  columns: number
  cell: number
  scale: Scale
  value: (row: number, column: number) => number
  /** Numbers are written into the cells. */
  numbers?: boolean
  /** Cells that nothing reads, or that are padding. */
  unread?: (row: number, column: number) => boolean
  /** Cells without a number. */
  blank?: (row: number, column: number) => boolean
  /** What stands beside a cell's number, where it differs. */
  differs?: (row: number, column: number) => string | null
}

export function drawGrid(canvas: Canvas, g: Grid): void {
  const { x, y, rows, columns, cell } = g
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const [left, top] = [x + j * cell, y + i * cell]
      const value = g.value(i, j)
      const unread = g.unread?.(i, j) ?? false
      const background = unread ? null : tint(g.scale, value)
      if (background) canvas.rect(left, top, cell, cell, background)
      else canvas.hatch(left, top, cell, cell)
      if (!g.numbers || g.blank?.(i, j)) continue
      const ink = background ? inkOn(background) : INK2
      const other = g.differs?.(i, j) ?? null
      const text = fitNumber(value, Math.floor((cell - 2) / 6))
      const middle = top + cell / 2 - 3.5
      if (unread)
        canvas.rect(
          left + cell / 2 - textWidth(text) / 2 - 2,
          middle - 2,
          textWidth(text) + 4,
          11,
          PAPER,
        )
      canvas.text(text, left + cell / 2, other === null ? middle : middle - 5, {
        align: 'middle',
        colour: ink,
      })
      if (other !== null) {
        canvas.rect(left + 1, top + cell - 12, cell - 2, 11, PAPER)
        canvas.text(other, left + cell / 2, top + cell - 10, { align: 'middle', colour: DIFFERS })
      }
    }
  if (cell >= 12)
    for (let i = 1; i < rows; i++) canvas.rect(x, y + i * cell, columns * cell, 0.5, PAPER)
  if (cell >= 12)
    for (let j = 1; j < columns; j++) canvas.rect(x + j * cell, y, 0.5, rows * cell, PAPER)
  canvas.box(x - 0.5, y - 0.5, columns * cell + 1, rows * cell + 1, EDGE, 0.5)
}

/** The scale as a gauge with its limits and what shares it. */
export function drawBar(
  canvas: Canvas,
  x: number,
  y: number,
  width: number,
  scale: Scale,
  words: string,
): void {
  const low = formatNumber(scale.ramp === 'diverging' ? -scale.hi : scale.lo)
  const high = formatNumber(scale.hi)
  canvas.text(low, x, y + 1)
  const from = x + textWidth(low) + 5
  for (let i = 0; i < width; i++) {
    const t = i / (width - 1)
    const found = colour(scale.ramp, scale.ramp === 'diverging' ? 2 * t - 1 : t)
    if (found) canvas.rect(from + i, y, 1, 9, found)
  }
  canvas.box(from - 0.5, y - 0.5, width + 1, 10, EDGE, 0.5)
  canvas.text(high, from + width + 5, y + 1)
  canvas.text(words, from + width + 5 + textWidth(high) + 10, y + 1, { colour: INK2 })
}

/** Strong rule, title line, thin rule; returns where the picture may begin. */
export function drawHead(canvas: Canvas, title: string, shape: string, from: string): number {
  canvas.rect(0, 0, canvas.width, 1.5, INK)
  canvas.text(title, MARGIN, 10, { bold: true })
  const after = MARGIN + textWidth(title) + 12
  canvas.text(shape, after, 10)
  canvas.text(from, after + (shape ? textWidth(shape) + 12 : 0), 10, { colour: INK2 })
  canvas.rect(0, 23, canvas.width, 0.5, EDGE)
  return 36
}

export function headWidth(title: string, shape: string, from: string): number {
  return 2 * MARGIN + textWidth(title) + textWidth(shape) + textWidth(from) + 24
}

/** The readout below a thin rule, in lines of the canvas's width; returns nothing: its height is `footHeight`. */
export function drawFoot(canvas: Canvas, y: number, text: string): void {
  canvas.rect(0, y, canvas.width, 0.5, EDGE)
  wrap(text, canvas.width - 2 * MARGIN).forEach((line, n) =>
    canvas.text(line, MARGIN, y + 8 + n * LINE),
  )
}

export function footHeight(text: string, width: number): number {
  return 12 + wrap(text, width - 2 * MARGIN).length * LINE
}

export const MARGIN = 8

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1]
    if (last !== undefined && textWidth(`${last} ${word}`) <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
