/** Tiles in pictures: one map or image, banks of maps, each on the scale it is given. */
import type { RGB } from '../spec/colour.ts'
import { type Canvas, EDGE } from './canvas.ts'
import { type Scale, tint } from './grid.ts'
import { extremes, type Numbers, reach } from './values.ts'

/** Symmetric around zero, or from 0 to the largest value. */
export function scaleOf(values: Numbers, signed: boolean): Scale {
  const facts = extremes(values)
  return signed
    ? { ramp: 'diverging', lo: -reach(facts), hi: reach(facts) }
    : { ramp: 'sequential', lo: 0, hi: Math.max(0, facts.max) }
}

/** Black to white: 0…1, or what the values span when they leave it. */
export function greyOf(values: Numbers): Scale {
  const { min, max } = extremes(values)
  return min >= 0 && max <= 1 ? { ramp: 'grey', lo: 0, hi: 1 } : { ramp: 'grey', lo: min, hi: max }
}

export interface Plate {
  x: number
  y: number
  /** Width and height of the whole, in picture pixels; cells are as large as fits. */
  side: number
  /** [C, H, W] or [H, W], row-major. */
  values: Numbers
  shape: readonly number[]
  scale: Scale
}

/** One map, or an image of three channels in its colours. @returns the side of a cell */
export function drawPlate(canvas: Canvas, { x, y, side, values, shape, scale }: Plate): number {
  const [rows, columns] = shape.slice(-2)
  const cell = side / Math.max(rows, columns)
  const plane = rows * columns
  const colours = shape.length === 3 && shape[0] === 3 && scale.ramp === 'grey'
  const byte = (v: number): number =>
    Math.max(0, Math.min(255, Math.round(((v - scale.lo) / (scale.hi - scale.lo || 1)) * 255)))
  canvas.map(x, y, rows, columns, cell, (i, j): RGB | null => {
    const at = i * columns + j
    return colours
      ? [byte(values[at]), byte(values[at + plane]), byte(values[at + 2 * plane])]
      : tint(scale, values[at])
  })
  canvas.box(x - 0.5, y - 0.5, columns * cell + 1, rows * cell + 1, EDGE, 0.5)
  return cell
}

/** Maps [C, H, W] side by side in `across` columns within `side` pixels, all on one scale. @returns the height it took */
export function drawBank(
  canvas: Canvas,
  { x, y, side, values, shape, scale }: Plate,
  most = 64,
): number {
  const [C, rows, columns] = shape
  const shown = Math.min(C, most)
  const across = Math.ceil(Math.sqrt(shown))
  const gap = across > 8 ? 1 : 3
  const width = (side - gap * (across - 1)) / across
  const height = (width * rows) / columns
  const plane = rows * columns
  for (let c = 0; c < shown; c++) {
    const [i, j] = [Math.floor(c / across), c % across]
    const part = Array.from({ length: plane }, (_, n) => values[c * plane + n])
    drawPlate(canvas, {
      x: x + j * (width + gap),
      y: y + i * (height + gap),
      side: Math.max(width, height),
      values: part,
      shape: [rows, columns],
      scale,
    })
  }
  return Math.ceil(shown / across) * (height + gap) - gap
}
