/** The unrolled graph and the heat map of ∂Eₜ/∂hₖ under it, on one time axis. Made once for a width, painted for each setting. */
import { inkOn, type RnnView } from 'layerscope/spec'
import {
  css,
  fixed,
  h,
  largest,
  reticle,
  rgb,
  scale,
  short,
  type Scale,
} from '../../parts/index.ts'
import { differences, type Inputs, type Unrolled } from './model.ts'

/** log₁₀ of the norms, the same for every W. */
export const LOG: Scale = { ramp: 'sequential', lo: -6, hi: 0 }
export const logOf = (v: number): number => (v > 0 ? Math.log10(v) : -99)

const NAMES = 74
/** Height of inputs, of predictions' bars, of losses' bars. */
const [BOX, BAR, LOSS] = [24, 34, 40]
const [BACK_GAP, BACK] = [2, 8]
/** Most units drawn, and most classes with a bar each. */
export const DRAWN = 32
const BARS = 6
/** Up to so many units are written as numbers. */
const WRITTEN = 4

export const letter = (text: string): string =>
  text === ' ' ? '␣' : text === '\n' ? '↵' : text === '' ? '∅' : text

/** Where the reader stands. */
export interface Standing {
  /** 0…T − 1 forward, T…2T − 1 backward. */
  step: number
  /** [loss t, state k]; pinned, and pointed at. */
  pin: readonly [number, number] | null
  over: { t: number; k: number | null } | null
  /** A loss reaches so many states; null: all. */
  truncate: number | null
}

export interface GraphEvents {
  step(t: number): void
  pair(t: number, k: number): void
  leave(): void
  /** A cell of the heat map, or a column of the graph: its loss or its state. */
  pin(t: number, k: number): void
  column(t: number, what: 'loss' | 'state'): void
  key(e: KeyboardEvent): void
}

interface Column {
  group: SVGGElement
  cells: SVGRectElement[]
  /** Numbers in the cells of a small network. */
  numbers: SVGTextElement[]
  back: SVGGElement
  gradients: SVGRectElement[]
  arrow: SVGPathElement | null
  bars: { bar: SVGRectElement; label: SVGTextElement }[]
  loss: SVGRectElement
  lossText: SVGTextElement
}

export class Graph {
  readonly element = h('div', { class: 'ls-unroll' })
  readonly #names = h('svg', { class: 'ls-unroll-names', 'aria-hidden': 'true' })
  readonly #svg: SVGSVGElement
  readonly #scroll: HTMLElement
  readonly #marks = h('g', { class: 'ls-unroll-marks' })
  readonly #differing: Set<number>[] = []
  #columns: Column[] = []
  #heat: { rect: SVGRectElement; t: number; k: number }[] = []
  #wash = h('rect', { class: 'ls-column-wash' })
  #head = h('path', { class: 'ls-unroll-head' })
  #total = h('text', { class: 'ls-s' })
  #backName = h('text', { class: 'ls-s' })
  #width = 0
  readonly #units: number
  readonly #shown: number
  #painted: [Unrolled, Standing] | null = null

  constructor(
    private readonly data: RnnView['data'],
    private readonly inputs: Inputs,
    private readonly yours: { h: ArrayLike<number>; o: ArrayLike<number> } | null,
    private readonly events: GraphEvents,
    signal: AbortSignal,
  ) {
    this.#units = Math.min(inputs.H, DRAWN)
    this.#shown = Math.min(inputs.K, BARS)
    this.#svg = h('svg', {
      class: 'ls-unroll-graph',
      role: 'application',
      tabindex: 0,
      'aria-roledescription': 'unrolled network and gradient heat map',
    })
    this.#scroll = h('div', { class: 'ls-unroll-scroll' }, this.#svg)
    this.element.append(this.#names, this.#scroll)
    this.#build(1000)
    this.#listen()
    const observer = new ResizeObserver(() => {
      const width = this.#scroll.clientWidth
      if (!width || Math.abs(width - this.#width) < 2) return
      this.#build(width)
      if (this.#painted) this.paint(...this.#painted)
    })
    observer.observe(this.#scroll)
    signal.addEventListener('abort', () => observer.disconnect())
  }

  /** Heights and places. */
  get #at() {
    const { T } = this.inputs
    const cell = this.#written ? 18 : Math.max(1.5, Math.min(11, 120 / this.#units))
    const x = 16
    const state = x + BOX + 24
    const said = state + this.#units * cell + 24
    const loss = said + BAR + 24
    const heat = loss + LOSS + 62
    const row = Math.max(7, Math.min(15, 260 / T))
    return { cell, x, state, said, loss, heat, row, end: heat + T * row }
  }
  #column = 60
  readonly #x = (t: number): number => this.#column * (t + 0.5)

  /** Keeps a step in sight. */
  reveal(t: number): void {
    const { scrollLeft, clientWidth } = this.#scroll
    const x = this.#x(t)
    if (x - this.#column / 2 < scrollLeft || x + this.#column / 2 > scrollLeft + clientWidth)
      this.#scroll.scrollLeft = Math.max(0, x - clientWidth / 2)
  }

  #build(width: number): void {
    const { T } = this.inputs
    this.#width = width
    this.#column = Math.max(this.#written ? 68 : 46, Math.min(96, width / T))
    const at = this.#at
    const full = this.#column * T
    const height = at.end + 22
    const x = this.#x
    this.#svg.setAttribute('viewBox', `0 0 ${full} ${height}`)
    this.#svg.style.width = `${full}px`
    this.#svg.style.height = `${height}px`
    this.#names.setAttribute('viewBox', `0 0 ${NAMES} ${height}`)
    this.#names.style.width = `${NAMES}px`
    this.#names.style.height = `${height}px`
    const middle = at.state + (this.#units * at.cell) / 2
    const name = (y: number, letterOf: string) =>
      h('text', { class: 'ls-m', x: 0, y }, letterOf, h('tspan', { dy: 4 }, 't'))
    const rows = Array.from({ length: T }, (_, t) =>
      h(
        'text',
        {
          class: 'ls-s',
          x: NAMES - 8,
          y: at.heat + t * at.row + at.row / 2 + 3.5,
          'text-anchor': 'end',
        },
        T <= 24 || t % 5 === 4 || t === 0 ? `E${t + 1}` : '',
      ),
    )
    this.#total.setAttribute('x', '0')
    this.#total.setAttribute('y', String(at.loss + 31))
    this.#backName.setAttribute('x', '0')
    this.#backName.setAttribute('y', String(middle + 32))
    this.#names.replaceChildren(
      name(at.x + 17, 'x'),
      name(middle + 2, 'h'),
      h('text', { class: 'ls-s', x: 0, y: middle + 18 }, this.inputs.H > this.#units ? `${this.#units} of ${this.inputs.H}` : 'values'), // prettier-ignore
      this.#backName,
      name(at.said + 24, 'ô'),
      name(at.loss + 14, 'E'),
      this.#total,
      ...rows,
    )
    this.#columns = Array.from({ length: T }, (_, t) => this.#makeColumn(t))
    this.#heat = []
    for (let t = 0; t < T; t++)
      for (let k = 0; k <= t; k++)
        this.#heat.push({
          t,
          k,
          rect: h('rect', {
            x: x(k) - this.#column / 2 + 0.5,
            y: at.heat + t * at.row + 0.5,
            width: this.#column - 1,
            height: Math.max(1, at.row - 1),
          }),
        })
    const steps = Array.from({ length: T }, (_, t) =>
      h('text', { class: 'ls-s', x: x(t), y: at.end + 14, 'text-anchor': 'middle' }, `h${t + 1}`),
    )
    const letters = this.data.values
      ? []
      : [
          h('text', { class: 'ls-m', x: x(0) + 5, y: at.x + BOX + 16 }, 'U'),
          h('text', { class: 'ls-m', x: (x(0) + x(1)) / 2 - 2, y: middle - 6 }, T > 1 ? 'W' : ''),
          h('text', { class: 'ls-m', x: x(0) + 5, y: at.said - 8 }, 'V'),
        ]
    this.#svg.replaceChildren(
      this.#wash,
      ...this.#columns.map(c => c.group),
      ...letters,
      h('text', { class: 'ls-heading', x: 0, y: at.heat - 14 }, 'How much of each loss reaches each h', h('tspan', { class: 'ls-s', dx: 14 }, 'row: the loss Eₜ · column: the step k above, hₖ')), // prettier-ignore
      ...this.#heat.map(c => c.rect),
      ...steps,
      this.#head,
      this.#marks,
    )
  }

  #makeColumn(t: number): Column {
    const at = this.#at
    const { T } = this.inputs
    const x = this.#x(t)
    const w = this.#half * 2
    const bottom = at.state + this.#units * at.cell
    const flow = (d: string) => h('path', { class: 'ls-flow', d })
    const text = this.data.inputs[t]
    const short = [...text].length > 6 ? `${[...text].slice(0, 5).join('')}…` : letter(text)
    const cells = Array.from({ length: this.#units }, (_, i) =>
      h('rect', { x: x - w / 2, y: at.state + i * at.cell, width: w, height: at.cell }),
    )
    const gradients = Array.from({ length: this.#units }, (_, i) =>
      h('rect', {
        x: x + w / 2 + BACK_GAP,
        y: at.state + i * at.cell,
        width: BACK,
        height: at.cell,
      }),
    )
    const numbers = this.#written
      ? cells.map((_, i) =>
          h('text', {
            class: 'ls-value',
            x,
            y: at.state + i * at.cell + 13,
            'text-anchor': 'middle',
          }),
        )
      : []
    const lines = this.#units > 1 && at.cell > 4 ? h('path', { class: 'ls-cell-lines', d: Array.from({ length: this.#units - 1 }, (_, i) => `M${x - w / 2} ${at.state + (i + 1) * at.cell}h${w}`).join('') }) : null // prettier-ignore
    const back = h(
      'g',
      {},
      ...gradients,
      h('rect', { class: 'ls-back-edge', x: x + w / 2 + BACK_GAP, y: at.state, width: BACK, height: this.#units * at.cell }), // prettier-ignore
    )
    const each = Math.min(10, (this.#column - 6) / this.#shown)
    const bars = Array.from({ length: this.#shown }, (_, n) => {
      const left = x + (n - this.#shown / 2) * each
      return {
        bar: h('rect', { x: left + 1, width: Math.max(2, each - 2) }),
        label: h('text', { class: 'ls-s', x: left + each / 2, y: at.said + BAR + 12, 'text-anchor': 'middle' }), // prettier-ignore
      }
    })
    const arrow =
      t < T - 1
        ? h('path', { class: 'ls-flow', d: `M${x + w / 2 + BACK_GAP + BACK + 2} ${(at.state + bottom) / 2}H${this.#x(t + 1) - w / 2 - 2}` }) // prettier-ignore
        : null
    const loss = h('rect', { class: 'ls-loss', x: x - 9, y: at.loss, width: 18 })
    const lossText = h('text', { class: 'ls-s', x, 'text-anchor': 'middle' })
    const group = h(
      'g',
      {},
      h('rect', { class: 'ls-input', x: x - Math.max(12, [...short].length * 4 + 4), y: at.x, width: 2 * Math.max(12, [...short].length * 4 + 4), height: BOX }), // prettier-ignore
      h('text', { x, y: at.x + 16.5, 'text-anchor': 'middle' }, short),
      flow(`M${x} ${at.x + BOX}V${at.state - 2}`),
      flow(`M${x} ${bottom + 2}V${at.said - 3}`),
      arrow,
      ...cells,
      lines,
      ...numbers,
      h('rect', { class: 'ls-state-edge', x: x - w / 2, y: at.state, width: w, height: this.#units * at.cell }), // prettier-ignore
      back,
      ...bars.flatMap(b => [b.bar, b.label]),
      loss,
      lossText,
    )
    return { group, cells, numbers, back, gradients, arrow, bars, loss, lossText }
  }
  /** Few units have their numbers in the cells. */
  get #written(): boolean {
    return this.#units <= WRITTEN
  }
  get #half(): number {
    return this.#written ? 20 : Math.min(10, this.#column * 0.18)
  }

  /** Colours, lengths and words of one setting; arriving is the scale of the gradients beside h. */
  paint(u: Unrolled, s: Standing): void {
    this.#painted = [u, s]
    const { T, H, K, targets } = this.inputs
    const at = this.#at
    const forward = Math.min(s.step, T - 1)
    // Of values that came computed only the whole sum is known.
    const known = u.vectors !== null || s.truncate === null
    const backward = s.step >= T && known ? 2 * T - 1 - s.step : T
    const values = stateScale(u, this.data.relu)
    const arriving = scale('diverging', largest(u.arriving))
    const most = Math.max(2.5, largest(u.E))
    const states = this.yours ? this.yours.h : u.h
    const said = this.yours ? this.yours.o : u.p
    if (this.yours) {
      this.#differing[0] = differences(u.h, this.yours.h)
      this.#differing[1] = differences(u.p, this.yours.o)
    }
    this.#columns.forEach((c, t) => {
      c.group.setAttribute('class', t > forward ? 'ls-todo' : '')
      c.cells.forEach((rect, i) => {
        rect.setAttribute('fill', css(states[t * H + i], values))
        rect.setAttribute('class', this.#differing[0]?.has(t * H + i) ? 'ls-differs' : '')
      })
      c.numbers.forEach((text, i) => {
        const v = states[t * H + i]
        text.textContent = fixed(v, 2)
        text.setAttribute('fill', `rgb(${inkOn(rgb(v, values)).join(' ')})`)
      })
      c.back.setAttribute('visibility', t >= backward ? 'visible' : 'hidden')
      if (t >= backward)
        c.gradients.forEach((rect, i) => rect.setAttribute('fill', css(u.arriving[t * H + i], arriving))) // prettier-ignore
      c.arrow?.setAttribute('class', s.pin && t >= s.pin[1] && t < s.pin[0] ? 'ls-flow ls-hot' : 'ls-flow') // prettier-ignore
      const asked = targets[t]
      const row = (k: number) => said[t * K + k]
      const classes = this.#classesOf(t, row)
      c.bars.forEach(({ bar, label }, n) => {
        const k = classes[n]
        const height = Math.max(0.5, Math.min(1, row(k) || 0) * BAR)
        bar.setAttribute('y', String(at.said + BAR - height))
        bar.setAttribute('height', String(height))
        const wrong = this.#differing[1]?.has(t * K + k) ? ' ls-differs' : ''
        bar.setAttribute('class', (k === asked ? 'ls-said ls-asked' : 'ls-said') + wrong)
        const text = this.data.classes[k]
        label.textContent = [...text].length > 2 && K > 1 ? (k === asked ? [...text].slice(0, 5).join('') : '') : letter(text) // prettier-ignore
        label.setAttribute('class', k === asked ? 'ls-s ls-asked' : 'ls-s')
      })
      const length = asked === null ? 0 : Math.max(1, (Math.min(u.E[t], most) / most) * LOSS)
      c.loss.setAttribute('height', String(length))
      c.lossText.setAttribute('y', String(at.loss + length + 12))
      c.lossText.textContent = asked === null ? '' : u.E[t] < 0.005 ? short(u.E[t]) : fixed(u.E[t], 2) // prettier-ignore
    })
    for (const { rect, t, k } of this.#heat) {
      const cut = s.truncate !== null && t - k >= s.truncate
      const v = u.norms[t * T + k]
      const none = targets[t] === null
      rect.setAttribute('class', (cut || none ? 'ls-heat ls-cut' : 'ls-heat') + (s.step < T && t > forward ? ' ls-todo' : '')) // prettier-ignore
      rect.setAttribute('fill', cut || none ? 'var(--ls-rule)' : css(logOf(v), LOG))
    }
    this.#total.textContent = `Σ ${fixed(u.total, 2)}`
    this.#backName.textContent = backward < T ? 'right: ∂E/∂h' : ''
    this.#svg.setAttribute(
      'aria-label',
      `${T} steps, ${H} units, total loss ${fixed(u.total, 2)}; arrow keys move in the heat map`,
    )
    this.mark(u, s)
  }

  /** Which classes have a bar: all, or the likeliest with the one that is asked. */
  #classesOf(t: number, row: (k: number) => number): number[] {
    const { K, targets } = this.inputs
    const all = Array.from({ length: K }, (_, k) => k)
    if (K <= this.#shown) return all
    const best = all.sort((a, b) => row(b) - row(a)).slice(0, this.#shown)
    const asked = targets[t]
    if (asked !== null && !best.includes(asked)) best[best.length - 1] = asked
    return best.sort((a, b) => a - b)
  }

  /** Only what is pinned and pointed at. */
  mark(u: Unrolled, s: Standing): void {
    const { pin, over, step } = s
    this.#painted = [u, s]
    const { T } = this.inputs
    const most = Math.max(2.5, largest(u.E))
    const at = this.#at
    const x = this.#x
    const w = this.#half * 2
    const length = (t: number) => (Math.min(u.E[t], most) / most) * LOSS
    const cell = (t: number, k: number) => ({ x: x(k) - this.#column / 2, y: at.heat + t * at.row, w: this.#column, h: at.row }) // prettier-ignore
    const loss = (t: number) => ({ x: x(t) - 17, y: at.loss - 4, w: 34, h: length(t) + 21 })
    const state = (k: number) => ({ x: x(k) - w / 2 - 3, y: at.state - 3, w: w + 6, h: this.#units * at.cell + 6 }) // prettier-ignore
    this.#wash.setAttribute('visibility', pin ? 'visible' : 'hidden')
    if (pin) {
      const place = { x: x(pin[1]) - this.#column / 2, y: 8, width: this.#column, height: at.heat + pin[0] * at.row - 8 } // prettier-ignore
      for (const [key, v] of Object.entries(place)) this.#wash.setAttribute(key, String(v))
    }
    const column = step < T ? step : 2 * T - 1 - step
    const moving = step < 2 * T - 1
    this.#head.setAttribute('d', moving ? `M${x(column) - 5} 1h10l-5 7z` : '')
    const boxes = [
      ...(pin ? [cell(...pin), loss(pin[0]), state(pin[1])] : []),
      ...(over
        ? [{ ...(over.k === null ? state(over.t) : cell(over.t, over.k)), thin: true }]
        : []),
      ...(over && over.k !== null ? [{ ...loss(over.t), thin: true }, { ...state(over.k), thin: true }] : []), // prettier-ignore
    ]
    this.#marks.replaceChildren(...boxes.flatMap(b => reticle(b)))
  }

  #listen(): void {
    const place = (e: MouseEvent) => {
      const box = this.#svg.getBoundingClientRect()
      const { T } = this.inputs
      const at = this.#at
      const t = Math.floor((e.clientX - box.left) / this.#column)
      const y = e.clientY - box.top
      if (t < 0 || t >= T) return null
      if (y < at.heat - 30) return { t, k: null, loss: y > at.said - 10 }
      const row = Math.floor((y - at.heat) / at.row)
      return row >= t && row < T ? { t: row, k: t, loss: false } : null
    }
    this.#svg.addEventListener('pointermove', e => {
      const p = place(e)
      if (!p) this.events.leave()
      else if (p.k === null) this.events.step(p.t)
      else this.events.pair(p.t, p.k)
    })
    this.#svg.addEventListener('pointerleave', () => this.events.leave())
    this.#svg.addEventListener('click', e => {
      const p = place(e)
      if (!p) return
      if (p.k === null) this.events.column(p.t, p.loss ? 'loss' : 'state')
      else this.events.pin(p.t, p.k)
    })
    this.#svg.addEventListener('keydown', e => this.events.key(e))
  }
}

/** −1…1 for tanh; what occurs for a rectified network or values that came computed. */
export const stateScale = (u: Unrolled, relu: boolean): Scale =>
  scale('diverging', relu ? largest(u.h) : Math.max(1, Math.min(1, largest(u.h))))
