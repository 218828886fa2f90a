/** The scale as a gauge: ramp with numbers, a needle that follows the pointer, and words that say what shares it. */
import { h } from './dom.ts'
import { short } from './format.ts'
import { raster, type Scale } from './scale.ts'

export class Gauge {
  readonly #canvas = h('canvas')
  readonly #needle = h('i', { class: 'ls-needle' })
  readonly #lo = h('span')
  readonly #hi = h('span')
  readonly #how = h('span', { class: 'ls-how' })
  readonly element = h(
    'div',
    { class: 'ls-gauge', role: 'img' },
    this.#lo,
    h('div', { class: 'ls-bar' }, this.#canvas, this.#needle),
    this.#hi,
    this.#how,
  )
  #scale: Scale = { ramp: 'sequential', lo: 0, hi: 1 }

  /** @param limits how the two ends are written; default as numbers */
  set(s: Scale, how: string, limits: readonly [string, string] = [short(s.lo), short(s.hi)]): void {
    this.#scale = s
    this.#lo.textContent = limits[0]
    this.#hi.textContent = limits[1]
    this.#how.textContent = how
    this.element.setAttribute(
      'aria-label',
      `colour scale from ${limits[0]} to ${limits[1]}, ${how}`,
    )
    this.redraw()
  }
  redraw(): void {
    const { lo, hi } = this.#scale
    raster(
      this.#canvas,
      Float32Array.from({ length: 160 }, (_, i) => lo + ((hi - lo) * i) / 159),
      160,
      1,
      this.#scale,
    )
  }
  point(v: number | null): void {
    const { lo, hi } = this.#scale
    this.#needle.style.visibility = v === null || Number.isNaN(v) ? 'hidden' : 'visible'
    if (v !== null)
      this.#needle.style.left = `${Math.max(0, Math.min(100, ((v - lo) / (hi - lo)) * 100))}%`
  }
}
