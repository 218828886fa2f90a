/** A pinned value opened into window × filter = products, their sum, and each number again. */
import { fitting, fixed, h, here, keepFocus, matrix, type LiveLink } from '../../parts/index.ts'
import type { Pin } from './maps.ts'
import type { Index, MapsModel, Opened, Term } from './model.ts'

const SHOWN_TERMS = 8
const SHOWN_CHANNELS = 16
/** Rows and columns of a window that are written out. */
const SHOWN_CELLS = 16
const corner = (rows: Term[][]): Term[][] =>
  rows.slice(0, SHOWN_CELLS).map(r => r.slice(0, SHOWN_CELLS))

export class Drill {
  #trail: Pin[] = []
  #pin: Pin | null = null

  constructor(
    private readonly element: HTMLElement,
    private readonly live: LiveLink,
    private readonly go: (pin: Pin) => void,
  ) {}

  clear(): void {
    this.#trail = []
    this.#pin = null
    this.element.replaceChildren(
      h(
        'p',
        { class: 'ls-small' },
        'Pin a value first: click it, or move to it with the arrow keys and press Enter.',
      ),
    )
  }

  show(m: MapsModel, pin: Pin): void {
    if (this.#pin && pin.layer > this.#pin.layer)
      this.#trail = this.#trail.filter(p => p.layer > pin.layer)
    this.#pin = pin
    const exact = h('p', { class: 'ls-small ls-exact', role: 'status' })
    keepFocus(this.element, () =>
      this.element.replaceChildren(
        this.#path(m, pin),
        ...this.#body(m, pin, m.open(pin.layer, pin.index)),
        exact,
      ),
    )
    void this.#ask(pin, exact)
  }

  #name(m: MapsModel, { layer, index: [c, i, j] }: Pin): string {
    return m.isVector(layer)
      ? `${m.layers[layer].name} ${c}`
      : `${m.layers[layer].name} ${c} (${i}, ${j})`
  }
  #path(m: MapsModel, pin: Pin): HTMLElement {
    const source = m.sourceOf(pin.layer)
    return h(
      'p',
      { class: 'ls-crumbs' },
      ...this.#trail.flatMap((p, i) => [
        h(
          'button',
          {
            type: 'button',
            onclick: () => {
              this.#trail = this.#trail.slice(0, i)
              this.#pin = null
              this.go(p)
            },
          },
          this.#name(m, p),
        ),
        ' ← ',
      ]),
      here(this.#name(m, pin)),
      source >= 0 ? ` ← ${m.layers[source].name}` : ' is given',
    )
  }
  #walk(m: MapsModel, from: Pin, source: Index | null): void {
    if (!source) return
    this.#trail = [...this.#trail, from]
    this.#pin = null
    this.go({ layer: m.sourceOf(from.layer), index: source })
  }

  #body(m: MapsModel, pin: Pin, o: Opened): Node[] {
    const l = m.layers[pin.layer]
    const after = (sum: number): string =>
      l.activation === 'ReLU'
        ? sum > 0
          ? ' ReLU lets it through.'
          : ' ReLU makes it 0.'
        : l.activation
          ? ` ${l.activation} makes it ${fixed(m.at(pin.layer, pin.index))}.`
          : ''
    const signed = (v: number) => (v < 0 ? `(${fixed(v)})` : fixed(v))
    const source = m.sourceOf(pin.layer)
    const grid = (
      rows: Term[][],
      what: 'x' | 'w',
      scale: ReturnType<typeof fitting>,
      on?: [number, number],
    ) =>
      matrix(
        corner(rows).map(r => r.map(t => t[what])),
        {
          digits: 2,
          scale,
          on: on && ((i, j) => i === on[0] && j === on[1]),
          onClick: what === 'x' ? (i, j) => this.#walk(m, pin, rows[i][j].source) : undefined,
          label: (i, j) =>
            rows[i][j].source
              ? `${m.layers[source].name} ${rows[i][j].source?.join(', ')}: ${fixed(rows[i][j].x)}`
              : 'padding, 0',
        },
      )
    switch (o.kind) {
      case 'given':
        return [
          h(
            'p',
            {},
            `A pixel of the input: ${fixed(m.at(pin.layer, pin.index))}. Nothing was computed here.`,
          ),
        ]
      case 'closed':
        return [h('p', { class: 'ls-small' }, o.why)]
      case 'max':
        return [
          h(
            'div',
            { class: 'ls-equation' },
            'max of',
            grid(o.window, 'x', fitting(o.window.flat().map(t => t.x)), o.winner),
            '=',
            here(fixed(o.total)),
          ),
          h(
            'p',
            { class: 'ls-small' },
            'The outlined cell is the switch: backwards, the gradient goes through exactly this cell.',
          ),
        ]
      case 'mean':
        return [
          h(
            'div',
            { class: 'ls-equation' },
            'mean of',
            grid(o.window, 'x', fitting(o.window.flat().map(t => t.x))),
            '=',
            here(fixed(o.total)),
          ),
        ]
      case 'softmax': {
        const sum = o.terms.reduce((t, q) => t + q.e, 0)
        return [
          h(
            'p',
            { class: 'ls-ledger' },
            `e^(${fixed(o.terms[pin.index[0]].x, 2)} − max) / Σ = ${fixed(o.terms[pin.index[0]].e)} / ${fixed(sum)} = `,
            here(fixed(o.total)),
          ),
          h(
            'div',
            { class: 'ls-terms' },
            ...o.terms
              .slice(0, 1000)
              .map((t, c) =>
                h(
                  'button',
                  { type: 'button', onclick: () => this.#walk(m, pin, t.source) },
                  `${m.view.data.labels?.[c] ?? c}: ${fixed(t.x, 2)}`,
                ),
              ),
          ),
        ]
      }
      case 'linear': {
        const order = o.terms
          .map((t, q) => ({ ...t, q }))
          .sort((a, b) => Math.abs(b.x * b.w) - Math.abs(a.x * a.w))
        const rest = order.slice(SHOWN_TERMS)
        const line = (v: number, what: Node | string) =>
          h('tr', {}, h('td', { class: 'ls-num' }, fixed(v)), h('td', {}, what))
        return [
          h(
            'table',
            { class: 'ls-ledger-table' },
            ...order
              .slice(0, SHOWN_TERMS)
              .map(t =>
                line(
                  t.x * t.w,
                  h(
                    'span',
                    {},
                    '= ',
                    h(
                      'button',
                      { type: 'button', onclick: () => this.#walk(m, pin, t.source) },
                      this.#name(m, { layer: source, index: t.source ?? [0, 0, 0] }),
                    ),
                    h('span', { class: 'ls-num' }, ` ${fixed(t.x)} × ${signed(t.w)}`),
                  ),
                ),
              ),
            rest.length
              ? line(
                  rest.reduce((s, t) => s + t.x * t.w, 0),
                  `= ${rest.length} other terms`,
                )
              : null,
            line(o.bias, '= bias'),
            h(
              'tr',
              { class: 'ls-total' },
              h('td', { class: 'ls-num' }, here(fixed(o.total))),
              h('td', {}, after(o.total)),
            ),
          ),
        ]
      }
      case 'conv': {
        const order = [...o.channels].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum))
        const xs = fitting(
          o.channels.flatMap(c => c.rows.flat().map(t => t.x)),
          source === 0 ? 'grey' : undefined,
        )
        const ws = fitting(
          o.channels.flatMap(c => c.rows.flat().map(t => t.w)),
          'diverging',
        )
        const ps = fitting(
          o.channels.flatMap(c => c.rows.flat().map(t => t.x * t.w)),
          'diverging',
        )
        return [
          h(
            'p',
            { class: 'ls-ledger' },
            `${written(o.channels.map(c => signed(c.sum)))} + bias ${signed(o.bias)} = `,
            here(fixed(o.total)),
            after(o.total),
          ),
          h(
            'div',
            { class: 'ls-channels' },
            ...order.slice(0, SHOWN_CHANNELS).map(c =>
              h(
                'div',
                {},
                h(
                  'div',
                  { class: 'ls-caption' },
                  m.size(source)[0] > 1
                    ? `${m.layers[source].name} map ${c.channel}`
                    : m.layers[source].name,
                  h('span', { class: 'ls-shape' }, ' window ⊙ filter = products → sum'),
                ),
                h(
                  'div',
                  { class: 'ls-equation' },
                  grid(c.rows, 'x', xs),
                  '⊙',
                  grid(c.rows, 'w', ws),
                  '=',
                  matrix(
                    corner(c.rows).map(r => r.map(t => t.x * t.w)),
                    { digits: 2, scale: ps },
                  ),
                  '→',
                  h('b', { class: 'ls-num' }, fixed(c.sum)),
                ),
              ),
            ),
          ),
          order.length > SHOWN_CHANNELS
            ? h(
                'p',
                { class: 'ls-small' },
                `${order.length - SHOWN_CHANNELS} weaker channels add ${fixed(order.slice(SHOWN_CHANNELS).reduce((t, c) => t + c.sum, 0))}.`,
              )
            : h('span'),
        ]
      }
    }
  }

  /** The kernel's own sum, when it is there: exact where the saved numbers are rounded. */
  async #ask(pin: Pin, line: HTMLElement): Promise<void> {
    if (this.live.state !== 'live' || pin.layer === 0) return
    try {
      const r = await this.live.event('explain', { layer: pin.layer, index: pin.index })
      if (
        this.#pin !== pin ||
        typeof r !== 'object' ||
        r === null ||
        !('sum' in r) ||
        typeof r.sum !== 'number'
      )
        return
      line.textContent = `From the kernel, exact: ${fixed(r.sum, 6)}.`
    } catch {
      // The saved numbers stand.
    }
  }
}

/** The first of many sums, and how many more there are. */
const written = (sums: string[]): string =>
  sums.length > 32
    ? `${sums.slice(0, 32).join(' + ')} + … (${sums.length - 32} more)`
    : sums.join(' + ')
