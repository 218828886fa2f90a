/** The anatomy every view shares: title and state, canvas, controls, readout, drill-down; keys ? t d. */
import { h, nodes, type Child } from './dom.ts'
import type { LinkState, RenderContext } from './renderer.ts'
import { followTheme } from './theme.ts'

const CHIP: Record<LinkState, [kind: string, text: string]> = {
  snapshot: ['', 'snapshot'],
  live: ['ls-live', 'live'],
  gone: ['ls-warn', 'kernel gone'],
  mismatch: ['ls-warn', 'snapshot only'],
}

const KEYS: [string, string][] = [
  ['Tab', 'next part'],
  ['← ↑ ↓ →', 'move, Shift ×5'],
  ['Enter', 'pin'],
  ['Esc', 'let go'],
  ['[ ]', 'map, cell'],
  ['PgUp PgDn', 'layer'],
  [', .', 'step'],
  ['p', 'play, pause'],
  ['s', 'scale'],
  ['d', 'drill-down'],
  ['t', 'table'],
  ['?', 'keys'],
]

export interface FrameOptions {
  drill?: string
  /** The picture as a table, for `t`. */
  table?: () => Node
  keys?: Record<string, () => void>
  onTheme?: () => void
}

export class Frame {
  readonly element: HTMLElement
  readonly body = h('div', { class: 'ls-body' })
  readonly controls = h('div', { class: 'ls-controls', role: 'toolbar', 'aria-label': 'controls' })
  // Wide contents scroll in these: the keyboard must get there too.
  readonly drill = h('div', {
    class: 'ls-inner',
    role: 'group',
    'aria-label': 'drill-down',
    tabindex: 0,
  })
  readonly details: HTMLDetailsElement
  readonly #title = h('b')
  readonly #shape = h('span', { class: 'ls-shape' })
  readonly #from = h('span', { class: 'ls-from' })
  readonly #state = h('span', { class: 'ls-state' })
  readonly #readout = h('div', { class: 'ls-readout', role: 'status', 'aria-live': 'polite' })
  readonly #note = h('div', { class: 'ls-note', role: 'status' })
  #panel: HTMLElement | null = null
  #table: HTMLElement | null = null

  constructor(
    root: HTMLElement,
    private readonly context: RenderContext,
    private readonly options: FrameOptions = {},
  ) {
    this.details = h(
      'details',
      { class: 'ls-drill' },
      h('summary', {}, options.drill ?? 'How was this computed?'),
      this.drill,
    )
    this.element = h(
      'section',
      { class: 'ls-frame', tabindex: -1, 'data-lm-suppress-shortcuts': 'true' },
      h('header', { class: 'ls-title' }, this.#title, this.#shape, this.#from, this.#state),
      this.#note,
      this.body,
      this.controls,
      this.#readout,
      this.details,
    )
    const view = h('div', { class: 'ls-view' }, this.element)
    root.replaceChildren(view)
    followTheme(view, () => options.onTheme?.(), context.signal)
    this.element.addEventListener('keydown', e => this.#key(e))
    const chip = () => {
      const { state, message } = context.live
      this.state(...CHIP[state])
      this.#state.title = state === 'snapshot' ? (message ?? '') : ''
    }
    context.live.onChange(() => {
      chip()
      this.#explain()
    }, context.signal)
    chip()
    this.#explain()
  }

  title(title: string, shape = '', from = ''): void {
    this.#title.textContent = title
    this.#shape.textContent = shape
    this.#from.textContent = from
    this.element.setAttribute('aria-label', `${title} ${shape}`.trim())
  }
  /** The chip at the right of the title; shapes differ, not only colours. */
  state(kind: string, text: string): void {
    this.#state.className = `ls-state ${kind}`
    this.#state.textContent = text
  }
  /** The sentence under the picture. */
  say(...children: Child[]): void {
    this.#readout.replaceChildren(...nodes(children))
  }

  #explain(): void {
    const { state, message } = this.context.live
    this.#note.textContent =
      state === 'gone'
        ? 'The kernel restarted or stopped; this is the last picture it sent. Run the cell again to go on.'
        : state === 'mismatch'
          ? (message ?? 'Kernel and viewer speak different versions; the saved picture is shown.')
          : ''
    this.#note.hidden = !this.#note.textContent
  }

  #key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey || e.altKey) return
    const t = e.target
    if (t instanceof HTMLInputElement && t.type !== 'range' && e.key !== 'Escape') return
    const own = this.options.keys?.[e.key]
    if (own) own()
    else if (e.key === 'd') this.details.open = !this.details.open
    else if (e.key === '?') this.#help()
    else if (e.key === 't' && this.options.table) this.#asTable()
    else return
    e.preventDefault()
    e.stopPropagation()
  }
  #help(): void {
    if (this.#panel) {
      this.#panel.remove()
      this.#panel = null
    } else {
      this.#panel = h(
        'div',
        { class: 'ls-keys' },
        ...KEYS.map(([k, what]) => h('span', {}, h('kbd', {}, k), ` ${what}`)),
      )
      this.#readout.after(this.#panel)
    }
  }
  #asTable(): void {
    if (this.#table) {
      this.#table.remove()
      this.#table = null
    } else {
      this.#table = h(
        'div',
        { class: 'ls-table', role: 'group', 'aria-label': 'the picture as a table', tabindex: 0 },
        this.options.table?.(),
      )
      this.#readout.after(this.#table)
    }
  }
}
