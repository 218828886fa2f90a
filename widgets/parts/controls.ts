/** Buttons, choices, and the transport with its ruler. */
import { h, type Child } from './dom.ts'
import { reducedMotion } from './theme.ts'

/** One tab stop for a group of buttons; arrows move inside it. */
export function rove<E extends HTMLElement>(group: E): E {
  const items = () => [...group.querySelectorAll('button')]
  const stop = (b: Element | undefined) => items().forEach(i => (i.tabIndex = i === b ? 0 : -1))
  stop(
    items().find(
      b => b.getAttribute('aria-pressed') === 'true' || b.getAttribute('aria-checked') === 'true',
    ) ?? items()[0],
  )
  group.addEventListener('focusin', e => stop(e.target as Element)) // focus lands on elements
  group.addEventListener('keydown', e => {
    const d = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[e.key]
    const all = items()
    const i = all.findIndex(b => b === document.activeElement)
    if (!d || i < 0) return
    all[(i + d + all.length) % all.length].focus()
    e.preventDefault()
    e.stopPropagation()
  })
  return group
}

export const button = (
  text: Child,
  onclick: () => void,
  props: Record<string, unknown> = {},
): HTMLButtonElement => h('button', { type: 'button', onclick, ...props }, text)

export interface Choice<T> {
  element: HTMLElement
  pick(value: T): void
  /** Shows another choice without telling anybody. */
  show(value: T): void
  readonly value: T
}

/** A row of mutually exclusive buttons with its name in front. */
export function segment<T>(
  name: string,
  options: readonly (readonly [T, string])[],
  value: T,
  onChange: (value: T) => void,
): Choice<T> {
  let chosen = value
  const buttons = options.map(([v, text]) =>
    button(text, () => pick(v), { role: 'radio', 'aria-checked': String(v === value) }),
  )
  const show = (v: T) => {
    chosen = v
    buttons.forEach((b, i) => b.setAttribute('aria-checked', String(options[i][0] === v)))
  }
  const pick = (v: T) => {
    show(v)
    onChange(v)
  }
  const element = rove(
    h(
      'div',
      { class: 'ls-segment', role: 'radiogroup', 'aria-label': name },
      h('span', {}, name),
      ...buttons,
    ),
  )
  return {
    element,
    pick,
    show,
    get value() {
      return chosen
    },
  }
}

const ICONS = {
  back: 'M10 2v10L3 7zM10.5 2h2v10h-2z',
  play: 'M3 1.5v11l9-5.5z',
  pause: 'M3 2h3v10H3zM8 2h3v10H8z',
  next: 'M4 2v10l7-5zM1.5 2h2v10h-2z',
}
export const icon = (name: keyof typeof ICONS): SVGSVGElement =>
  h(
    'svg',
    { width: 14, height: 14, viewBox: '0 0 14 14', 'aria-hidden': 'true' },
    h('path', { d: ICONS[name] }),
  )

export interface Tick {
  label?: string
  major?: boolean
  /** An event here: a triangle. */
  flag?: boolean
  /** What a screen reader says. */
  say: string
}

/** Width of a letter of the ruler's names, in pixels. */
const LETTER = 6.1
/** Beyond this many places the ruler draws only some of its marks. */
const MARKS = 400

/** Step back, play, step forward, and a ruler with true marks. Paused at first; stops at the end. */
export class Transport {
  readonly element: HTMLElement
  readonly #play: HTMLButtonElement
  readonly #svg = h('svg', { 'aria-hidden': 'true' })
  readonly #ruler: HTMLElement
  #length = 0
  #tick: (index: number) => Tick = () => ({ say: '' })
  #index = 0
  #timer: ReturnType<typeof setInterval> | null = null

  constructor(
    name: string,
    private readonly onChange: (index: number) => void,
    private readonly ms: number,
    signal: AbortSignal,
    /** Room at both ends of the ruler, in pixels. */
    private readonly pad: () => number = () => 8,
  ) {
    this.#play = button(icon('play'), () => this.toggle(), {
      class: 'ls-icon',
      'aria-label': 'Play (p)',
      title: 'Play (p)',
    })
    this.#ruler = h(
      'div',
      { class: 'ls-ruler', role: 'slider', tabindex: 0, 'aria-label': name, 'aria-valuemin': 0 },
      this.#svg,
    )
    this.element = h(
      'div',
      { class: 'ls-transport' },
      button(icon('back'), () => this.step(-1), {
        class: 'ls-icon',
        'aria-label': 'Step back (,)',
        title: 'Step back (,)',
      }),
      this.#play,
      button(icon('next'), () => this.step(1), {
        class: 'ls-icon',
        'aria-label': 'Step forward (.)',
        title: 'Step forward (.)',
      }),
      this.#ruler,
    )
    this.#ruler.addEventListener('pointerdown', e => {
      this.stop()
      this.#ruler.setPointerCapture(e.pointerId)
      this.go(this.#near(e))
    })
    this.#ruler.addEventListener('pointermove', e => {
      if (this.#ruler.hasPointerCapture(e.pointerId) && this.#near(e) !== this.#index)
        this.go(this.#near(e))
    })
    this.#ruler.addEventListener('keydown', e => {
      const d = {
        ArrowLeft: -1,
        ArrowRight: 1,
        PageUp: -5,
        PageDown: 5,
        Home: -Infinity,
        End: Infinity,
      }[e.key]
      if (d === undefined) return
      this.step(d)
      e.preventDefault()
      e.stopPropagation()
    })
    const observer = new ResizeObserver(() => this.#draw())
    observer.observe(this.#ruler)
    signal.addEventListener('abort', () => {
      observer.disconnect()
      this.stop()
    })
  }

  /** The ruler alone, for a place of its own. */
  get ruler(): HTMLElement {
    return this.#ruler
  }
  get index(): number {
    return this.#index
  }
  /** New marks; the place stays where it can. */
  ticks(length: number, tick: (index: number) => Tick, index = this.#index): void {
    this.#length = length
    this.#tick = tick
    this.#index = Math.max(0, Math.min(length - 1, index))
    this.#draw()
  }
  go(index: number): void {
    if (this.#length === 0) return
    const last = this.#length - 1
    this.#index = Math.max(0, Math.min(last, index))
    if (this.#index === last) this.stop()
    this.#draw()
    this.onChange(this.#index)
  }
  step(d: number): void {
    this.stop()
    this.go(this.#index + d)
  }
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#play.replaceChildren(icon('play'))
  }
  toggle(): void {
    if (this.#timer !== null) return this.stop()
    if (this.#index === this.#length - 1) this.go(0)
    this.#play.replaceChildren(icon('pause'))
    this.#timer = setInterval(() => this.go(this.#index + 1), reducedMotion() ? 1000 : this.ms)
  }

  #place(i: number): number {
    return this.#length > 1 ? i / (this.#length - 1) : 0
  }
  #near(e: PointerEvent): number {
    const box = this.#ruler.getBoundingClientRect()
    const pad = this.pad()
    const share = (e.clientX - box.left - pad) / (box.width - 2 * pad)
    return Math.round(Math.max(0, Math.min(1, share)) * (this.#length - 1))
  }
  #draw(): void {
    const width = this.#ruler.clientWidth || 300
    const pad = this.pad()
    const x = (i: number) => pad + this.#place(i) * (width - 2 * pad)
    const last = this.#length - 1
    const every = Math.max(1, Math.ceil(this.#length / MARKS))
    const places = Array.from({ length: Math.ceil(this.#length / every) }, (_, n) => n * every)
    // Names that would run into the one before are left out.
    let end = -Infinity
    const marks = places.flatMap(i => {
      const t = this.#tick(i)
      const half = ((t.label?.length ?? 0) * LETTER) / 2
      const from = x(i) - (i === 0 ? 0 : i === last ? 2 * half : half)
      const named = t.label !== undefined && from > end
      if (named) end = from + 2 * half + LETTER
      const line = h('line', {
        class: 'ls-tick',
        x1: x(i),
        x2: x(i),
        y1: t.major ? 6 : 9,
        y2: 12.5,
      })
      const flag = t.flag ? [h('path', { class: 'ls-flag', d: `M${x(i) - 3.5} 0h7l-3.5 5z` })] : []
      return named
        ? [
            line,
            ...flag,
            h(
              'text',
              {
                x: x(i),
                y: 31,
                'text-anchor': i === 0 ? 'start' : i === last ? 'end' : 'middle',
              },
              t.label,
            ),
          ]
        : [line, ...flag]
    })
    const head = x(this.#index)
    this.#svg.replaceChildren(
      h('line', { class: 'ls-base', x1: pad, x2: width - pad, y1: 12.5, y2: 12.5 }),
      ...marks,
      h('path', { class: 'ls-head', d: `M${head - 5} 21v-9l5-5l5 5v9z` }),
    )
    this.#ruler.setAttribute('aria-valuemax', String(Math.max(0, last)))
    this.#ruler.setAttribute('aria-valuenow', String(this.#index))
    this.#ruler.setAttribute('aria-valuetext', this.#length ? this.#tick(this.#index).say : '')
  }
}
