/**
 * Data colours, one table for pages and pictures. Sequential: dark is none, bright is much, in both themes.
 * Diverging: blue is negative, orange positive, zero is the paper of the theme.
 */

export type Theme = 'light' | 'dark'
/** Red, green, blue, 0 to 255. */
export type RGB = [number, number, number]

const hex = (colours: string): readonly RGB[] =>
  colours.split(' ').map(c => [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16)) as RGB) // three parts by construction

/** Colours for 0 … 1 in eight equal steps, to be interpolated in sRGB. */
export const SEQUENTIAL = hex(
  '#021035 #0a2552 #293d60 #4d5465 #6e6c64 #8c876b #b3a56a #dbc45e #feeb56',
)
/** Colours for −1 … 1 in eight equal steps. */
export const DIVERGING: Record<Theme, readonly RGB[]> = {
  light: hex('#003273 #06559d #4285c1 #98bcdc #f4f2ef #e6b285 #d87633 #a84811 #752908'),
  dark: hex('#a7dcff #63b3f1 #347ec4 #234877 #222326 #744021 #bd6526 #ee9748 #fed397'),
}
/** Runs, layers and labels, in this order; the sixth is for marks, not for text. */
export const CATEGORIES: Record<Theme, readonly RGB[]> = {
  light: hex('#173c72 #a93700 #006d57 #8a4fb1 #6c2400 #bf6f95'),
  dark: hex('#35c6ff #f19e78 #92fdde #976adb #ffe54b #ce5a73'),
}

export type Ramp = 'sequential' | 'diverging' | 'grey'

/** Colour of `t` on a ramp: 0 … 1, or −1 … 1 for `diverging`; clamped. NaN gets none: `null`. */
export function colour(ramp: Ramp, t: number, theme: Theme = 'light'): RGB | null {
  if (Number.isNaN(t)) return null
  if (ramp === 'grey') {
    const v = Math.round(255 * Math.max(0, Math.min(1, t)))
    return [v, v, v]
  }
  return ramp === 'sequential'
    ? interpolate(SEQUENTIAL, t)
    : interpolate(DIVERGING[theme], (t + 1) / 2)
}

/** 256 colours of a ramp in a row, [256 · 3] bytes, for tables: entry q stands for q/255 (−1 + 2q/255 for `diverging`). */
export function table(ramp: Ramp, theme: Theme = 'light'): Uint8Array {
  const out = new Uint8Array(256 * 3)
  for (let q = 0; q < 256; q++)
    out.set(colour(ramp, ramp === 'diverging' ? (2 * q) / 255 - 1 : q / 255, theme)!, 3 * q) // a number has a colour
  return out
}

/** Black or white, whichever contrasts more with `background` (WCAG relative luminance). */
export function inkOn(background: RGB): RGB {
  return luminance(background) > 0.179 ? [0, 0, 0] : [255, 255, 255]
}

/** WCAG 2 contrast ratio of two colours, 1 to 21. */
export function contrast(a: RGB, b: RGB): number {
  const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q)
  return (high + 0.05) / (low + 0.05)
}

function luminance(rgb: RGB): number {
  const [r, g, b] = rgb.map(v =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function interpolate(stops: readonly RGB[], t: number): RGB {
  const x = Math.max(0, Math.min(1, t)) * (stops.length - 1)
  const i = Math.min(stops.length - 2, Math.floor(x))
  const f = x - i
  const [a, b] = [stops[i], stops[i + 1]]
  return [0, 1, 2].map(k => Math.round(a[k] + (b[k] - a[k]) * f)) as RGB // three parts by construction
}
