/** Numbers to colours. */
import { colour, inkOn, table, type RGB, type Ramp } from 'layerscope/spec'
import { theme } from './theme.ts'

export interface Scale {
  ramp: Ramp
  /** For `diverging` −hi. */
  lo: number
  hi: number
}

export function scale(ramp: Ramp, hi: number): Scale {
  const top = hi > 0 && Number.isFinite(hi) ? hi : 1
  return { ramp, lo: ramp === 'diverging' ? -top : 0, hi: top }
}

/** Largest size of the finite ones; 0 for none. */
export function largest(values: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < values.length; i++)
    if (Number.isFinite(values[i])) most = Math.max(most, Math.abs(values[i]))
  return most
}

/** The scale that fits values: diverging when some are negative. */
export function fitting(values: ArrayLike<number>, ramp?: Ramp): Scale {
  let most = 0
  let negative = false
  for (let i = 0; i < values.length; i++) {
    const v = values[i]
    if (!Number.isFinite(v)) continue
    most = Math.max(most, Math.abs(v))
    negative ||= v < 0
  }
  return scale(ramp ?? (negative ? 'diverging' : 'sequential'), most)
}

const position = (v: number, s: Scale) =>
  s.ramp === 'diverging' ? v / s.hi : (v - s.lo) / (s.hi - s.lo)

/** Colour of a value; NaN is the pin colour's opposite: magenta on nothing else. */
export const rgb = (v: number, s: Scale): RGB =>
  colour(s.ramp, position(v, s), theme()) ?? [255, 0, 255]
export const css = (v: number, s: Scale): string => `rgb(${rgb(v, s).join(' ')})`

/** Tints a cell and chooses the ink that reads on it. */
export function tint(cell: HTMLElement, v: number, s: Scale): void {
  const c = rgb(v, s)
  cell.style.background = `rgb(${c.join(' ')})`
  cell.style.color = `rgb(${inkOn(c).join(' ')})`
}
export function untint(cell: HTMLElement): void {
  cell.style.background = ''
  cell.style.color = ''
}

/** One pixel a value. */
export function raster(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  width: number,
  height: number,
  s: Scale,
): void {
  canvas.width = Math.max(1, width)
  canvas.height = Math.max(1, height)
  const g = canvas.getContext('2d')
  if (!g || width * height === 0) return
  const image = g.createImageData(width, height)
  const lut = table(s.ramp, theme())
  for (let i = 0; i < width * height; i++) {
    const v = values[i]
    const t = s.ramp === 'diverging' ? (position(v, s) + 1) / 2 : position(v, s)
    if (Number.isNaN(v)) image.data.set([255, 0, 255, 255], 4 * i)
    else {
      const q = 3 * Math.max(0, Math.min(255, Math.round(t * 255)))
      image.data.set([lut[q], lut[q + 1], lut[q + 2], 255], 4 * i)
    }
  }
  g.putImageData(image, 0, 0)
}
