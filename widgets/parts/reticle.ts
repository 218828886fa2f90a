/** The one mark for "you are here": four corners round a window, a thin box for hover, with a halo of paper. */
import { h } from './dom.ts'

export interface Box {
  /** In cells: left, top, width, height. */
  x: number
  y: number
  w: number
  h: number
  thin?: boolean
}

export function reticle({ x, y, w, h: height, thin = false }: Box): SVGElement[] {
  const corner = (a: number, b: number, i: number, j: number, kx: number, ky: number) =>
    `M${a + kx * i} ${b}H${a}V${b + ky * j}`
  const kx = Math.min(w / 2, Math.max(0.34 * w, 0.3))
  const ky = Math.min(height / 2, Math.max(0.34 * height, 0.3))
  const whole = thin || (w <= 1 && height <= 1)
  const d = whole
    ? `M${x} ${y}h${w}v${height}h${-w}z`
    : corner(x, y, 1, 1, kx, ky) +
      corner(x + w, y, -1, 1, kx, ky) +
      corner(x + w, y + height, -1, -1, kx, ky) +
      corner(x, y + height, 1, -1, kx, ky)
  const suffix = thin ? ' ls-thin' : ''
  return [h('path', { class: `ls-halo${suffix}`, d }), h('path', { class: `ls-mark${suffix}`, d })]
}

/** An SVG layer over `columns` × `rows` cells. */
export class MarkLayer {
  readonly element: SVGSVGElement
  constructor(columns: number, rows: number) {
    this.element = h('svg', {
      class: 'ls-marks',
      viewBox: `0 0 ${columns} ${rows}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    })
  }
  show(...boxes: (Box | null | undefined | false)[]): void {
    this.element.replaceChildren(...boxes.flatMap(b => (b ? reticle(b) : [])))
  }
}
