/** A small RGB canvas: rectangles, lines, letters, maps. Coordinates are picture pixels; the file has `SCALE` times as many. */
import type { RGB } from '../spec/colour.ts'
import { ASCENT, glyph, textWidth } from './font.ts'
import { encodePng } from '../io/png-write.ts'

/** Pixels of the file for one of the picture, so that letters and lines stay sharp on dense screens. */
export const SCALE = 2

export const INK: RGB = [28, 31, 36]
export const INK2: RGB = [86, 92, 102]
export const RULE: RGB = [213, 216, 221]
export const EDGE: RGB = [139, 145, 155]
export const PAPER: RGB = [255, 255, 255]
export const PIN: RGB = [179, 18, 95]
export const DIFFERS: RGB = [179, 38, 30]
export const AGREES: RGB = [27, 110, 60]

export interface TextStyle {
  colour?: RGB
  /** Where x stands in the text. Default left. */
  align?: 'left' | 'middle' | 'right'
  /** Height of a letter's pixel. Default 1. */
  size?: 1 | 2
  bold?: boolean
}

export class Canvas {
  readonly pixels: Uint8Array
  private readonly columns: number
  private readonly rows: number

  constructor(
    readonly width: number,
    readonly height: number,
    background: RGB = PAPER,
  ) {
    this.columns = Math.round(width * SCALE)
    this.rows = Math.round(height * SCALE)
    this.pixels = new Uint8Array(this.columns * this.rows * 3)
    this.device(0, 0, this.columns, this.rows, background)
  }

  rect(x: number, y: number, w: number, h: number, colour: RGB): void {
    const [a, b] = [Math.round(x * SCALE), Math.round(y * SCALE)]
    this.device(a, b, Math.round((x + w) * SCALE) - a, Math.round((y + h) * SCALE) - b, colour)
  }

  /** The outline of a box, drawn inside it. */
  box(x: number, y: number, w: number, h: number, colour: RGB, thickness = 1): void {
    this.rect(x, y, w, thickness, colour)
    this.rect(x, y + h - thickness, w, thickness, colour)
    this.rect(x, y, thickness, h, colour)
    this.rect(x + w - thickness, y, thickness, h, colour)
  }

  /** A circle: its rim in the colour, its inside mixed with what lies under it. */
  disc(x: number, y: number, r: number, colour: RGB, share: number, rim = 1.25): void {
    const [cx, cy, cr, edge] = [x * SCALE, y * SCALE, r * SCALE, rim * SCALE]
    for (let j = Math.max(0, Math.floor(cy - cr)); j <= Math.min(this.rows - 1, cy + cr); j++)
      for (
        let i = Math.max(0, Math.floor(cx - cr));
        i <= Math.min(this.columns - 1, cx + cr);
        i++
      ) {
        const d = Math.hypot(i + 0.5 - cx, j + 0.5 - cy)
        // Half a pixel of softness at both sides of the rim.
        const covered = Math.max(0, Math.min(1, cr - d + 0.5))
        const inner = Math.max(0, Math.min(1, cr - edge - d + 0.5))
        const f = inner * share + (covered - inner)
        if (f <= 0) continue
        const at = (j * this.columns + i) * 3
        for (let k = 0; k < 3; k++)
          this.pixels[at + k] = Math.round(this.pixels[at + k] * (1 - f) + colour[k] * f)
      }
  }

  /** Four corners round a box, with a halo of paper: "you are here". */
  reticle(x: number, y: number, w: number, h: number): void {
    const arm = Math.max(3, Math.min(w, h) / 4)
    for (const [grow, thick, colour] of [
      [2.5, 3, PAPER],
      [2, 2, PIN],
    ] as const) {
      const [l, t, r, b] = [x - grow, y - grow, x + w + grow, y + h + grow]
      for (const [cx, dx] of [
        [l, 1],
        [r, -1],
      ] as const)
        for (const [cy, dy] of [
          [t, 1],
          [b, -1],
        ] as const) {
          this.rect(Math.min(cx, cx + dx * arm), dy > 0 ? cy : cy - thick, arm, thick, colour)
          this.rect(dx > 0 ? cx : cx - thick, Math.min(cy, cy + dy * arm), thick, arm, colour)
        }
    }
  }

  /** Text whose letters stand between y and y + 7·size. */
  text(text: string, x: number, y: number, style: TextStyle = {}): void {
    const { colour = INK, align = 'left', size = 1, bold = false } = style
    let at = x
    if (align !== 'left') at -= textWidth(text) * size * (align === 'middle' ? 0.5 : 1)
    at = Math.round(at * SCALE) / SCALE
    for (const letter of text) {
      const { rows, width } = glyph(letter)
      rows.forEach((bits, row) => {
        for (let column = 0; column < width; column++)
          if (bits & (1 << (width - 1 - column)))
            this.rect(at + column * size, y + row * size, size + (bold ? 0.5 : 0), size, colour)
      })
      at += (width + 1) * size
    }
  }

  /** A line through points, `thickness` wide; `dash` pixels on, then as many off. */
  path(points: readonly (readonly [number, number])[], colour: RGB, thickness = 1, dash = 0): void {
    let walked = 0
    for (let n = 1; n < points.length; n++) {
      const [[x0, y0], [x1, y1]] = [points[n - 1], points[n]]
      const length = Math.hypot(x1 - x0, y1 - y0)
      const steps = Math.max(1, Math.ceil(length * SCALE))
      for (let s = 0; s <= steps; s++) {
        const f = s / steps
        if (dash && Math.floor((walked + f * length) / dash) % 2) continue
        this.rect(
          x0 + f * (x1 - x0) - thickness / 2,
          y0 + f * (y1 - y0) - thickness / 2,
          thickness,
          thickness,
          colour,
        )
      }
      walked += length
    }
  }

  /** A map [rows, columns] as square cells of `cell` pixels, never smoothed. */
  map(
    x: number,
    y: number,
    rows: number,
    columns: number,
    cell: number,
    colourOf: (row: number, column: number) => RGB | null,
  ): void {
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const found = colourOf(i, j)
        if (found) this.rect(x + j * cell, y + i * cell, cell, cell, found)
        else this.hatch(x + j * cell, y + i * cell, cell, cell)
      }
  }

  /** Diagonal lines: no value, or one that nothing reads. */
  hatch(x: number, y: number, w: number, h: number, colour: RGB = RULE): void {
    const [a, b] = [Math.round(x * SCALE), Math.round(y * SCALE)]
    const [c, d] = [Math.round((x + w) * SCALE), Math.round((y + h) * SCALE)]
    for (let j = b; j < d; j++)
      for (let i = a; i < c; i++) if ((i + j) % (4 * SCALE) < SCALE) this.device(i, j, 1, 1, colour)
  }

  png(): Uint8Array {
    return encodePng(this.pixels, this.columns, this.rows)
  }

  private device(x: number, y: number, w: number, h: number, [r, g, b]: RGB): void {
    const right = Math.min(this.columns, x + w)
    const bottom = Math.min(this.rows, y + h)
    for (let j = Math.max(0, y); j < bottom; j++) {
      let at = (j * this.columns + Math.max(0, x)) * 3
      for (let i = Math.max(0, x); i < right; i++) {
        this.pixels[at++] = r
        this.pixels[at++] = g
        this.pixels[at++] = b
      }
    }
  }
}

/** Height of a line of text with what hangs below it. */
export const LINE = ASCENT + 5
export { textWidth }
