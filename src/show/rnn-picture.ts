/** The still picture of an unrolled network. */
import { colour, type RGB } from '../spec/colour.ts'
import { formatNumber } from '../spec/text.ts'
import { Canvas, EDGE, INK2, PIN, RULE, textWidth } from './canvas.ts'
import { drawBar, drawFoot, drawHead, footHeight, headWidth, MARGIN, tint } from './grid.ts'
import { extremes, reach, type Numbers } from './values.ts'

export interface UnrolledPicture {
  title: string
  shape: string
  from: string
  foot: string
  inputs: readonly string[]
  T: number
  H: number
  h: Numbers
  losses: Numbers
  /** Probability of what is asked, and its name. */
  given: readonly (number | null)[]
  asked: readonly string[]
  /** [T, T] */
  norms: Numbers | null
  pin: readonly [number, number] | null
}

const BLUE: RGB = [23, 60, 114]
const RED: RGB = [169, 55, 0]
const NAMES = 46
const BAR = 30

export function drawUnrolled(p: UnrolledPicture): Canvas {
  const { T, H } = p
  const column = Math.max(18, Math.min(46, 760 / T))
  const units = Math.min(H, 64)
  const cell = Math.max(1.5, Math.min(8, 96 / units))
  const row = Math.max(5, Math.min(11, 220 / T))
  const heat = p.norms ? T * row + 24 : 0
  const width = Math.ceil(Math.max(headWidth(p.title, p.shape, p.from), 2 * MARGIN + NAMES + T * column, 420)) // prettier-ignore
  const states = units * cell
  const height = 36 + 16 + states + 14 + BAR + 20 + 46 + heat + 22 + footHeight(p.foot, width)
  const canvas = new Canvas(width, height)
  let y = drawHead(canvas, p.title, p.shape, p.from)
  const x = (t: number) => MARGIN + NAMES + column * (t + 0.5)
  const name = (text: string, at: number) => canvas.text(text, MARGIN, at, { colour: INK2 })
  const each = (f: (t: number) => void) => {
    for (let t = 0; t < T; t++) f(t)
  }

  name('x', y)
  each(t => canvas.text(shown(p.inputs[t], column), x(t), y, { align: 'middle' }))
  y += 16
  const scale = { ramp: 'diverging', lo: -1, hi: Math.max(1, reach(extremes(p.h))) } as const
  name('h', y + states / 2 - 4)
  each(t => {
    const left = x(t) - Math.min(8, column / 3)
    const w = 2 * Math.min(8, column / 3)
    for (let i = 0; i < units; i++) {
      const found = tint(scale, p.h[t * H + i])
      if (found) canvas.rect(left, y + i * cell, w, cell, found)
      else canvas.hatch(left, y + i * cell, w, cell)
    }
    canvas.box(left - 0.5, y - 0.5, w + 1, states + 1, EDGE, 0.5)
    if (t < T - 1) canvas.rect(left + w + 1, y + states / 2, column - w - 2, 0.5, EDGE)
  })
  y += states + 14
  name('o', y + BAR / 2)
  each(t => {
    const v = p.given[t]
    if (v === null) return
    canvas.rect(x(t) - 5, y, 10, BAR, RULE)
    canvas.rect(x(t) - 5, y + BAR * (1 - v), 10, BAR * v, BLUE)
    canvas.text(shown(p.asked[t], column), x(t), y + BAR + 5, { align: 'middle', colour: BLUE })
  })
  y += BAR + 20
  name('E', y)
  const most = Math.max(2.5, extremes(p.losses).max)
  each(t => {
    if (p.given[t] === null) return
    const length = Math.max(1, (24 * Math.min(p.losses[t], most)) / most)
    canvas.rect(x(t) - 6, y, 12, length, RED)
    const text = formatNumber(p.losses[t], 2)
    if (textWidth(text) <= column) canvas.text(text, x(t), y + length + 4, { align: 'middle', colour: INK2 }) // prettier-ignore
  })
  y += 46
  if (p.norms) {
    canvas.text('How much of each loss (row) reaches each h (column)', MARGIN, y, { bold: true })
    y += 16
    for (let t = 0; t < T; t++) {
      if (T <= 24 || t % 5 === 4) canvas.text(`E${t + 1}`, MARGIN + NAMES - 6, y + t * row + (row - 7) / 2, { align: 'right', colour: INK2 }) // prettier-ignore
      for (let k = 0; k <= t; k++) {
        const v = p.norms[t * T + k]
        const found = colour('sequential', v > 0 ? (Math.log10(v) + 6) / 6 : 0)
        if (p.given[t] === null || !found)
          canvas.rect(x(k) - column / 2, y + t * row, column - 0.5, row - 0.5, RULE) // prettier-ignore
        else canvas.rect(x(k) - column / 2, y + t * row, column - 0.5, row - 0.5, found)
      }
    }
    if (p.pin) canvas.box(x(p.pin[1]) - column / 2 - 1, y + p.pin[0] * row - 1, column + 2, row + 2, PIN, 1.5) // prettier-ignore
    y += T * row + 8
  }
  drawBar(canvas, MARGIN, y, 100, scale, p.norms ? 'h · heat map: 1e−6 to 1, logarithmic' : 'h')
  drawFoot(canvas, canvas.height - footHeight(p.foot, width), p.foot)
  return canvas
}

/** A name as far as its column goes. */
function shown(text: string, width: number): string {
  const visible = text === ' ' ? '_' : text === '\n' ? '\\n' : text
  if (textWidth(visible) <= width - 2) return visible
  return [...visible].slice(0, Math.max(1, Math.floor((width - 6) / 6))).join('')
}
