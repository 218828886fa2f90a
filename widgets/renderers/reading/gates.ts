/** Gates of one cell along the text: why does it remember here and forget there? */
import { decode, type GateRow } from 'layerscope/spec'
import { fixed, h, largest, number, percent, raster, scale, type Scale } from '../../parts/index.ts'
import { letter } from './model.ts'

/** Width of a character in the strip. */
const STEP = 12
/** Below this the forget gate erases; a gate past these limits nearly always is saturated. */
const [ERASED, LOW, HIGH, NEARLY] = [0.1, 0.05, 0.95, 0.9]

type Row = { name: GateRow['name']; values: ArrayLike<number> }
const SIGNED: ReadonlySet<GateRow['name']> = new Set(['candidate', 'memory', 'state'])

export interface GateFacts {
  erased: number[]
  /** Gates that are shut or open more than 90 % of the time. */
  saturated: string[]
}

export function gateFacts(rows: readonly Row[]): GateFacts {
  const forget = rows.find(r => r.name === 'forget')
  const erased: number[] = []
  if (forget) for (let t = 0; t < forget.values.length; t++) if (forget.values[t] < ERASED) erased.push(t) // prettier-ignore
  const saturated = rows
    .filter(r => !SIGNED.has(r.name))
    .filter(({ values }) => {
      let n = 0
      for (let t = 0; t < values.length; t++) if (values[t] < LOW || values[t] > HIGH) n++
      return n > NEARLY * values.length
    })
    .map(r => r.name)
  return { erased, saturated }
}

export const decodeRows = (rows: readonly GateRow[]): Row[] =>
  rows.map(({ name, values }) => ({ name, values: decode(values) }))

export class GateStrip {
  readonly element = h('div', { class: 'ls-gate-strip' })
  readonly #scroll = h('div', {
    class: 'ls-gate-scroll',
    tabindex: 0,
    role: 'group',
    'aria-label': 'gates, one column a character',
  })
  readonly #mark = h('i', { class: 'ls-gate-mark' })
  readonly #over = h('i', { class: 'ls-gate-mark ls-thin' })
  #rows: Row[] = []
  #canvases: [HTMLCanvasElement, ArrayLike<number>, Scale][] = []

  constructor(
    private readonly characters: readonly string[],
    onPoint: (t: number | null) => void,
    onPin: (t: number) => void,
  ) {
    const at = (e: MouseEvent) => {
      const t = Math.floor((e.clientX - this.#scroll.getBoundingClientRect().left + this.#scroll.scrollLeft) / STEP) // prettier-ignore
      return t >= 0 && t < characters.length ? t : null
    }
    this.#scroll.addEventListener('pointermove', e => onPoint(at(e)))
    this.#scroll.addEventListener('pointerleave', () => onPoint(null))
    this.#scroll.addEventListener('click', e => {
      const t = at(e)
      if (t !== null) onPin(t)
    })
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  /** Other rows, or the sentence that stands in their place. */
  show(rows: Row[] | string): void {
    if (typeof rows === 'string') {
      this.#rows = []
      this.element.replaceChildren(h('p', { class: 'ls-small' }, rows))
      return
    }
    this.#rows = rows
    const T = this.characters.length
    const { erased } = gateFacts(rows)
    const width = `${T * STEP}px`
    this.#canvases = rows.map(({ name, values }) => [
      h('canvas', { class: 'ls-gate', 'aria-hidden': 'true', style: { width } }),
      values,
      SIGNED.has(name) ? scale('diverging', name === 'memory' ? Math.max(1, largest(values)) : 1) : { ramp: 'sequential', lo: 0, hi: 1 }, // prettier-ignore
    ])
    const names = rows.map(({ name }, n) => {
      const top = this.#canvases[n][2].hi
      return h('span', {}, name, h('small', {}, SIGNED.has(name) ? ` ±${fixed(top, top === 1 ? 0 : 1)}` : ' 0…1')) // prettier-ignore
    })
    this.#scroll.replaceChildren(
      h(
        'div',
        { class: 'ls-gate-letters', 'aria-hidden': 'true', style: { width } },
        ...this.characters.map(c => h('span', {}, letter(c))),
      ),
      ...this.#canvases.map(([canvas]) => canvas),
      ...erased.map(t => h('b', { class: 'ls-erased', style: { left: `${t * STEP}px` } })),
      this.#over,
      this.#mark,
    )
    this.element.replaceChildren(
      h('div', { class: 'ls-gate-names' }, h('span', {}, ''), ...names),
      this.#scroll,
    )
    this.redraw()
  }
  redraw(): void {
    for (const [canvas, values, s] of this.#canvases) raster(canvas, values, values.length, 1, s)
  }
  /** Where the pin and the cursor stand; `follow` scrolls there. */
  mark(pin: number | null, over: number | null, follow: boolean): void {
    const place = (e: HTMLElement, t: number | null) => {
      e.hidden = t === null
      if (t !== null) e.style.left = `${t * STEP}px`
    }
    place(this.#mark, pin)
    place(this.#over, over)
    const t = over ?? pin
    if (t === null || !follow) return
    const { scrollLeft, clientWidth } = this.#scroll
    const x = t * STEP
    if (x < scrollLeft + STEP || x > scrollLeft + clientWidth - 2 * STEP)
      this.#scroll.scrollLeft = Math.max(0, x - clientWidth / 2)
  }
}

/** cₜ = f·cₜ₋₁ + i·g, or the GRU's hₜ = (1 − z)·n + z·hₜ₋₁, with the numbers of a place. */
export function equation(rows: readonly Row[], t: number): HTMLElement | null {
  const row = (name: GateRow['name']) => rows.find(r => r.name === name)?.values
  const n = (v: number) => number(fixed(v, 3))
  const [f, i, g, c, o] = [row('forget'), row('input'), row('candidate'), row('memory'), row('output')] // prettier-ignore
  const math = (text: string) => h('span', { class: 'ls-math' }, text)
  if (f && i && g && c && o) {
    const before = t > 0 ? c[t - 1] : 0
    return h(
      'p',
      { class: 'ls-equation' },
      math('c = f·c′ + i·g'), ' = ', n(f[t]), ' · ', n(before), ' + ', n(i[t]), ' · ', n(g[t]), ' = ', n(f[t] * before + i[t] * g[t]), '; ',
      math('h = o·tanh(c)'), ' = ', n(o[t]), ' · ', n(Math.tanh(c[t])), ' = ', n(o[t] * Math.tanh(c[t])), '.',
    ) // prettier-ignore
  }
  const [z, state] = [row('update'), row('state')]
  if (z && g && state) {
    const before = t > 0 ? state[t - 1] : 0
    return h(
      'p',
      { class: 'ls-equation' },
      math('h = (1 − z)·n + z·h′'), ' = ', n(1 - z[t]), ' · ', n(g[t]), ' + ', n(z[t]), ' · ', n(before), ' = ', n((1 - z[t]) * g[t] + z[t] * before), '.',
    ) // prettier-ignore
  }
  return null
}

/** What the strip says in words. */
export function sayGates(rows: readonly Row[], unit: number): string {
  if (!rows.length) return ''
  const { erased, saturated } = gateFacts(rows)
  const share = erased.length / (rows[0]?.values.length || 1)
  return [
    rows.some(r => r.name === 'forget')
      ? erased.length
        ? `Cell ${unit} is erased (forget below 0.1, ticks) ${erased.length} time${erased.length === 1 ? '' : 's'}, after ${percent(share)} of the characters.`
        : `Cell ${unit} is never erased: its forget gate stays above 0.1.`
      : '',
    saturated.length
      ? `Saturated, past 0.05 or 0.95 for more than 90 % of the text: ${saturated.join(', ')}.`
      : '',
  ]
    .filter(Boolean)
    .join(' ')
}
