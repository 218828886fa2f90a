/** Where the parameters are, where the work is, and how much a unit can see. */
import { decode, mapOf, type ArchitectureLayer, type ArchitectureView } from 'layerscope/spec'
import {
  button,
  count,
  fixed,
  fitting,
  Frame,
  h,
  here,
  keepFocus,
  number,
  percent,
  raster,
  reticle,
  shapeText,
  type Child,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { clip, lastLocal, mapAt, seen, sum, type ArchModel, type Region } from './model.ts'

/** Maps of at most this many rows and columns show their cells. */
const GRID = 32
/** Layers that are listed; a longer model is cut with a sentence. */
const LISTED = 200

interface Place {
  model: number
  layer: number
  at: [number, number]
}

export const architectureRenderer: Renderer<ArchitectureView> = (spec, element, context) => {
  let current = JSON.stringify(spec.data.models)
  let view = new Arch(spec, element, context)
  return {
    update(next) {
      const models = JSON.stringify(next.data.models)
      // The same network, said again: the reader's place stays.
      if (models === current) return view.learn(next)
      current = models
      keepFocus(element, () => {
        view.dispose()
        view = new Arch(next, element, context)
      })
    },
    dispose: () => view.dispose(),
  }
}

class Arch {
  readonly #frame: Frame
  readonly #abort = new AbortController()
  readonly #models = h('div', { class: 'ls-models' })
  readonly #table = h('div', { class: 'ls-arch' })
  readonly #fields = h('div', { class: 'ls-fields' })
  readonly #measure: HTMLButtonElement
  #spec: ArchitectureView
  #place: Place
  /** Measured |gradients| [H, W], and of which place. */
  #measured: { values: ArrayLike<number>; of: string } | null = null
  #request = 0

  constructor(
    spec: ArchitectureView,
    element: HTMLElement,
    private readonly context: RenderContext,
  ) {
    const { data } = spec
    this.#spec = spec
    this.#place = { model: data.model, layer: data.layer, at: data.at }
    if (data.measured)
      this.#measured = { values: decode(data.measured), of: JSON.stringify(this.#place) }
    const signal = AbortSignal.any([context.signal, this.#abort.signal])
    this.#frame = new Frame(
      element,
      { ...context, signal },
      {
        drill: 'How was this computed? Size, parameters, multiplications, receptive field',
        onTheme: () => this.#drawFields(),
        table: () => this.#asTable(),
        keys: {
          PageUp: () => this.#toLayer(this.#place.layer - 1),
          PageDown: () => this.#toLayer(this.#place.layer + 1),
          '[': () => this.#toModel(this.#place.model - 1),
          ']': () => this.#toModel(this.#place.model + 1),
          Escape: () => this.#toLayer(lastLocal(this.#model)),
        },
      },
    )
    this.#measure = button('measure the field', () => void this.#ask())
    this.#frame.body.append(this.#models, this.#table, this.#fields)
    this.#frame.controls.append(this.#measure)
    context.live.onChange(() => this.#showMeasure(), signal)
    this.#draw()
  }

  dispose(): void {
    this.#abort.abort()
  }
  learn(spec: ArchitectureView): void {
    this.#spec = spec
    this.#showMeasure()
  }

  get #model(): ArchModel {
    return this.#spec.data.models[this.#place.model]
  }
  #toModel(n: number): void {
    if (n < 0 || n >= this.#spec.data.models.length) return
    const model = this.#spec.data.models[n]
    const layer = lastLocal(model)
    this.#place = { model: n, layer, at: middle(mapAt(model, layer)) }
    this.#draw()
  }
  #toLayer(n: number): void {
    if (n < -1 || n >= Math.min(LISTED, this.#model.layers.length)) return
    this.#place = { ...this.#place, layer: n, at: middle(mapAt(this.#model, n)) }
    this.#draw()
  }
  #pin(layer: number, at: [number, number]): void {
    this.#place = { ...this.#place, layer, at }
    this.#draw()
    if (this.context.live.state === 'live')
      this.context.live
        .event('pin', { index: [this.#place.model, layer, ...at] })
        .catch(() => undefined)
  }

  #draw(): void {
    const m = this.#model
    this.#frame.title(
      this.#spec.data.models.length > 1 ? m.name : this.#spec.title,
      `${count(sum(m.layers, 'parameters'))} parameters`,
      [`${millions(sum(m.layers, 'macs'))} multiplications for one input`, this.#spec.from]
        .filter(Boolean)
        .join(' · '),
    )
    keepFocus(this.#models, () => this.#drawModels())
    keepFocus(this.#table, () => this.#drawTable())
    keepFocus(this.#fields, () => this.#drawFields())
    this.#showMeasure()
    this.#say(this.#place.layer)
    this.#frame.drill.replaceChildren(...this.#formulas())
  }

  /** Variants side by side; a click shows one. */
  #drawModels(): void {
    const { models } = this.#spec.data
    this.#models.hidden = models.length < 2
    if (models.length < 2) return
    const most = {
      parameters: Math.max(1, ...models.map(m => sum(m.layers, 'parameters'))),
      macs: Math.max(1, ...models.map(m => sum(m.layers, 'macs'))),
    }
    this.#models.replaceChildren(
      h(
        'table',
        {},
        h('tr', {}, ...headings('model', 'input')),
        ...models.map((m, n) => {
          const last = lastLocal(m)
          const lost = m.layers.filter(l => l.leftover !== null)
          return h(
            'tr',
            {
              class: n === this.#place.model ? 'ls-on' : null,
              onpointerenter: () => this.#sayModel(m),
              onpointerleave: () => this.#say(this.#place.layer),
            },
            h(
              'td',
              {},
              button(m.name, () => this.#toModel(n), {
                class: 'ls-link',
                'aria-pressed': String(n === this.#place.model),
              }),
            ),
            h('td', { class: 'ls-left ls-wide-only' }, lost.length ? bad(`${lost[0].name} does not fit`) : 'all windows fit'),
            h('td', { class: 'ls-left' }, shapeText(m.input)),
            ...bars(sum(m.layers, 'parameters'), most.parameters, ''),
            ...bars(sum(m.layers, 'macs'), most.macs, 'ls-work'),
            h('td', {}, last < 0 ? 'all' : sees(m.layers[last])),
          )
        }),
      ),
    ) // prettier-ignore
  }

  #drawTable(): void {
    const m = this.#model
    const { models } = this.#spec.data
    // One scale for all variants, so that bars can be compared.
    const most = (key: 'parameters' | 'macs') =>
      Math.max(1, ...models.flatMap(model => model.layers.map(l => l[key])))
    const [p, w] = [most('parameters'), most('macs')]
    const row = (n: number): HTMLElement => {
      const l = n < 0 ? null : m.layers[n]
      const on = n === this.#place.layer
      return h(
        'tr',
        {
          class: `${on ? 'ls-on' : ''} ${n <= this.#place.layer ? 'ls-path' : ''}`,
          onpointerenter: () => this.#say(n),
          onpointerleave: () => this.#say(this.#place.layer),
        },
        h(
          'td',
          {},
          button(l?.name ?? 'input', () => this.#toLayer(n), {
            class: 'ls-name',
            'aria-pressed': String(on),
            tabindex: on || (n === -1 && this.#place.layer < -1) ? 0 : -1,
            onfocus: () => this.#say(n),
          }),
        ),
        h('td', { class: 'ls-left ls-wide-only' }, l?.what ?? ''),
        h(
          'td',
          { class: 'ls-left' },
          shapeText(l?.output ?? m.input),
          l?.leftover ? bad(` ${leftover(l)}`) : '',
        ),
        ...bars(l?.parameters ?? 0, p, ''),
        ...bars(l?.macs ?? 0, w, 'ls-work'),
        h('td', {}, l ? sees(l) : '1×1'),
      )
    }
    const shown = Math.min(LISTED, m.layers.length)
    const body = h('tbody', {}, ...Array.from({ length: shown + 1 }, (_, n) => row(n - 1)))
    body.addEventListener('keydown', e => {
      const d = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[e.key]
      if (d === undefined) return
      const names = [...body.querySelectorAll<HTMLElement>('button')]
      const at = names.findIndex(b => b === document.activeElement)
      const next = Math.max(0, Math.min(names.length - 1, (at < 0 ? 0 : at) + d))
      names[next].focus()
      e.preventDefault()
      e.stopPropagation()
    })
    this.#table.replaceChildren(
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ...headings('layer', 'output'))),
        body,
        h(
          'tfoot',
          {},
          h(
            'tr',
            {},
            h('td', {}, shown < m.layers.length ? `all ${m.layers.length} layers` : 'all'),
            h('td', { class: 'ls-wide-only' }),
            h('td'),
            h('td', { class: 'ls-barcell' }),
            h('td', {}, count(sum(m.layers, 'parameters'))),
            h('td', { class: 'ls-barcell' }),
            h('td', {}, count(sum(m.layers, 'macs'))),
            h('td'),
          ),
        ),
      ),
    )
  }

  /** The pinned cell, and the cells that feed it, layer by layer down to the input. */
  #drawFields(): void {
    const m = this.#model
    const { layer, at } = this.#place
    const regions = seen(m, layer, at)
    const figures: HTMLElement[] = []
    for (let n = -1; n <= layer; n++) {
      const shape = mapAt(m, n)
      // What has no map has nothing to point at.
      if (n >= 0 && shape[1] * shape[2] === 1 && n !== layer) continue
      figures.push(this.#square(n, shape, regions[n + 1]))
    }
    this.#fields.replaceChildren(...figures)
  }
  #square(n: number, shape: [number, number, number], region: Region): HTMLElement {
    const m = this.#model
    const [, H, W] = shape
    const r = clip(region, shape)
    const own = n === this.#place.layer
    const [rows, columns] = [r.bottom - r.top + 1, r.right - r.left + 1]
    const side = Math.max(28, Math.min(210, 22 + 12 * Math.sqrt(Math.max(H, W))))
    const box = { x: r.left, y: r.top, w: columns, h: rows }
    const lines =
      H <= GRID && W <= GRID
        ? [
            h('path', {
              class: 'ls-lines',
              d:
                Array.from({ length: W - 1 }, (_, q) => `M${q + 1} 0V${H}`).join('') +
                Array.from({ length: H - 1 }, (_, q) => `M0 ${q + 1}H${W}`).join(''),
            }),
          ]
        : []
    const name = n < 0 ? 'input' : m.layers[n].name
    const svg = h(
      'svg',
      { viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...lines,
      h('rect', { class: 'ls-seen', x: box.x, y: box.y, width: columns, height: rows }),
      ...reticle(box),
    )
    const measured = n < 0 ? this.#overlay(shape) : null
    const cellAt = (e: MouseEvent): [number, number] => {
      const b = square.getBoundingClientRect()
      const along = (v: number, size: number, cells: number) =>
        Math.max(0, Math.min(cells - 1, Math.floor((v / (size || 1)) * cells)))
      return [along(e.clientY - b.top, b.height, H), along(e.clientX - b.left, b.width, W)]
    }
    const square = h(
      'div',
      {
        class: 'ls-square',
        role: 'application',
        'aria-roledescription': 'map',
        'aria-label': `${name}, ${H} by ${W}: rows ${r.top} to ${r.bottom}, columns ${r.left} to ${r.right}`,
        tabindex: 0,
        style: {
          width: `${(side * W) / Math.max(H, W)}px`,
          height: `${(side * H) / Math.max(H, W)}px`,
        },
        onclick: (e: MouseEvent) => this.#pin(n, cellAt(e)),
        onpointermove: (e: PointerEvent) => this.#sayCell(name, cellAt(e), r),
        onpointerleave: () => this.#say(this.#place.layer),
        onkeydown: (e: KeyboardEvent) => {
          const move = {
            ArrowUp: [-1, 0],
            ArrowDown: [1, 0],
            ArrowLeft: [0, -1],
            ArrowRight: [0, 1],
            Enter: [0, 0],
            ' ': [0, 0],
          }[e.key]
          if (!move) return
          // Another layer's square is entered where the field stands in it.
          const from = own ? this.#place.at : middleOf(r)
          const by = e.shiftKey ? 5 : 1
          const into = (v: number, size: number) => Math.max(0, Math.min(size - 1, v))
          this.#pin(n, [into(from[0] + move[0] * by, H), into(from[1] + move[1] * by, W)])
          this.#fields.querySelectorAll<HTMLElement>('.ls-square')[this.#indexOf(n)]?.focus()
          e.preventDefault()
          e.stopPropagation()
        },
      },
      measured,
      svg,
    )
    const cells = own ? `unit (${this.#place.at.join(', ')})` : `${rows}×${columns} cells`
    return h(
      'figure',
      {},
      square,
      h('figcaption', {}, h('b', {}, name), ` ${H}×${W}`, h('br'), own ? here(cells) : cells),
    )
  }
  /** Where the square of layer `n` stands among those that are drawn. */
  #indexOf(n: number): number {
    const m = this.#model
    let at = 0
    for (let k = -1; k < n; k++) {
      const [, H, W] = mapAt(m, k)
      if (k < 0 || H * W > 1) at++
    }
    return at
  }
  #overlay([, H, W]: readonly [number, number, number]): HTMLCanvasElement | null {
    if (!this.#measured || this.#measured.of !== JSON.stringify(this.#place)) return null
    const canvas = h('canvas')
    raster(canvas, this.#measured.values, W, H, fitting(this.#measured.values, 'sequential'))
    return canvas
  }

  #showMeasure(): void {
    const { live } = this.context
    const can = this.#spec.data.live && this.#place.layer >= 0 && this.#model.input.length === 3
    this.#measure.hidden = !this.#spec.data.live
    this.#measure.disabled = live.state !== 'live' || !can
    this.#measure.title =
      live.state === 'live'
        ? 'Runs the network and looks where the gradient of this cell is not 0'
        : 'Needs the kernel: run the cell again'
  }
  async #ask(): Promise<void> {
    const request = ++this.#request
    const of = JSON.stringify(this.#place)
    this.#frame.state('ls-busy', 'computing')
    try {
      const reply = await this.context.live.event('explain', {
        model: this.#place.model,
        layer: this.#place.layer,
        at: this.#place.at,
      })
      const values = numbersIn(reply, mapOf(this.#model.input).slice(1))
      if (request !== this.#request || this.#abort.signal.aborted) return
      this.#measured = { values, of }
      this.#drawFields()
      this.#say(this.#place.layer)
    } catch (e) {
      this.#frame.say('The field could not be measured: ', e instanceof Error ? e.message : String(e)) // prettier-ignore
    } finally {
      if (this.context.live.state === 'live') this.#frame.state('ls-live', 'live')
    }
  }

  #sayModel(m: ArchModel): void {
    const last = lastLocal(m)
    this.#frame.say(
      h('b', {}, m.name),
      ': ',
      number(count(sum(m.layers, 'parameters'))),
      ' parameters, ',
      number(millions(sum(m.layers, 'macs'))),
      ' multiplications; ',
      last < 0
        ? 'every value sees the whole input.'
        : `a unit of ${m.layers[last].name} sees ${sees(m.layers[last])}.`,
    )
  }
  /** A cell of a square: where it is, and whether it feeds the pinned unit. */
  #sayCell(name: string, [i, j]: readonly [number, number], r: Region): void {
    const inside = i >= r.top && i <= r.bottom && j >= r.left && j <= r.right
    this.#frame.say(
      h('b', {}, `${name}, row ${i}, column ${j}`),
      inside ? ' is seen by the pinned unit.' : ' is not seen by the pinned unit. Click: pin it.',
    )
  }
  #say(n: number): void {
    const m = this.#model
    if (n < 0) {
      this.#frame.say(
        h('b', {}, 'input'),
        ` ${shapeText(m.input)}. Click a layer, or a cell in a square below, to see what it can see.`,
      )
      return
    }
    const l = m.layers[n]
    const share = (key: 'parameters' | 'macs') => {
      const all = sum(m.layers, key)
      return all ? percent(l[key] / all) : '0 %'
    }
    const shares: Child =
      l.parameters || l.macs
        ? [
            number(share('parameters')),
            ' of the parameters, ',
            number(share('macs')),
            ' of the multiplications. ',
          ]
        : 'nothing to learn. '
    this.#frame.say(h('b', {}, l.name), ': ', shares, this.#misfit(n), ...this.#sees(n))
  }
  #misfit(n: number): Child {
    const l = this.#model.layers[n]
    const [w] = l.windows
    if (!l.leftover || l.windows.length !== 1) return ''
    const d = l.leftover[0] ? 0 : 1
    const size = mapAt(this.#model, n - 1)[1 + d]
    const reach = w.dilation[d] * (w.kernel[d] - 1) + 1
    const exact = (size + 2 * w.padding[d] - reach) / w.stride[d] + 1
    return bad(
      `The window does not fit: (${size} + ${2 * w.padding[d]} − ${reach}) / ${w.stride[d]} + 1 = ${fixed(exact, 2)}; ${leftover(l)}. `,
    )
  }
  #sees(n: number): Child[] {
    const m = this.#model
    const l = m.layers[n]
    const [, H, W] = mapOf(m.input)
    if (!l.field || l.global) {
      // What no window before it reads, it cannot see either.
      const r = clip(seen(m, n, [0, 0])[0], mapOf(m.input))
      const [rows, columns] = [r.bottom - r.top + 1, r.right - r.left + 1]
      return rows === H && columns === W
        ? ['It sees the whole input.']
        : ['It sees ', number(`${rows}×${columns}`), ` of the ${H}×${W} cells of the input.`]
    }
    const more = l.field.size[0] > H || l.field.size[1] > W ? ', more than the image' : ''
    const out: Child[] = [
      'One unit sees ',
      number(sees(l)),
      ` pixels${more}; neighbours look ${pair(l.field.jump)} apart.`,
    ]
    if (n === this.#place.layer && this.#measured?.of === JSON.stringify(this.#place)) {
      const { values } = this.#measured
      const box = this.#box(values, W)
      out.push(
        box
          ? ` Measured: its gradient is not 0 within ${box[0]}×${box[1]} of them.`
          : ' Measured: no gradient came back; its ReLU may be silent.',
      )
    }
    return out
  }
  /** Rows and columns of the smallest box round what is not 0; null for nothing. */
  #box(values: ArrayLike<number>, W: number): [number, number] | null {
    let [top, bottom, left, right] = [Infinity, -1, Infinity, -1]
    for (let p = 0; p < values.length; p++) {
      if (!(values[p] > 0)) continue
      const [i, j] = [Math.floor(p / W), p % W]
      ;[top, bottom] = [Math.min(top, i), Math.max(bottom, i)]
      ;[left, right] = [Math.min(left, j), Math.max(right, j)]
    }
    return bottom < 0 ? null : [bottom - top + 1, right - left + 1]
  }

  /** The four formulas with this layer's numbers. */
  #formulas(): Node[] {
    const m = this.#model
    const { layer: n } = this.#place
    if (n < 0) return [h('p', { class: 'ls-small' }, 'The input: nothing is computed.')]
    const l = m.layers[n]
    const [C, H, W] = mapAt(m, n)
    const [inC, inH, inW] = mapAt(m, n - 1)
    const lines: [string, string][] = []
    if (l.windows.length === 1) {
      const [w] = l.windows
      const d = inH === 1 && inW > 1 ? 1 : 0
      const reach = w.dilation[d] * (w.kernel[d] - 1) + 1
      const exact = ([inH, inW][d] + 2 * w.padding[d] - reach) / w.stride[d] + 1
      lines.push([
        'size',
        `(${[inH, inW][d]} + 2·${w.padding[d]} − ${reach}) / ${w.stride[d]} + 1 = ${fixed(exact, exact % 1 ? 2 : 0)}${exact % 1 ? `, rounded down to ${Math.floor(exact)}` : ''}`,
      ])
    }
    const outputs = C * H * W
    const weights = l.macs / outputs
    if (l.parameters && l.macs && Number.isInteger(weights)) {
      const bias = l.parameters / C - weights
      const what = l.windows.length === 1 ? 'filters' : 'outputs'
      const said = bias === 1 ? ' + 1 bias' : bias === 0 ? '' : ` + ${fixed(bias, 2)}`
      const each = l.windows.length === 1 ? ` (${l.windows[0].kernel.join('·')}·${weights / (l.windows[0].kernel[0] * l.windows[0].kernel[1])})` : ` (${inC * inH * inW === weights ? [inC, inH, inW].filter(v => v > 1).join('·') || '1' : weights})` // prettier-ignore
      lines.push(
        [
          'parameters',
          `${count(C)} ${what} × (${count(weights)} weights${each}${said}) = ${count(l.parameters)}`,
        ],
        [
          'multiplies',
          `${[C, H, W].filter((v, d) => d === 0 || v > 1).join('·')} outputs × ${count(weights)} = ${count(l.macs)}`,
        ],
      )
    } else {
      lines.push(['parameters', count(l.parameters)], ['multiplies', count(l.macs)])
    }
    const from = n > 0 ? m.layers[n - 1].field : { size: [1, 1], jump: [1, 1] }
    if (l.field && from && l.windows.length) {
      const [w] = l.windows
      const d = inH === 1 && inW > 1 ? 1 : 0
      lines.push([
        'sees',
        l.windows.length === 1
          ? `${from.size[d]} + (${w.kernel[d]} − 1)·${w.dilation[d] > 1 ? `${w.dilation[d]}·` : ''}${from.jump[d]} = ${l.field.size[d]} pixels, neighbours ${l.field.jump[d]} apart`
          : `${l.field.size[d]} pixels through ${l.windows.length} windows, neighbours ${l.field.jump[d]} apart`,
      ])
    } else if (!l.field || l.global) lines.push(['sees', 'everything'])
    return [
      h(
        'p',
        { class: 'ls-ledger' },
        ...lines.map(([name, text]) =>
          h('span', { class: 'ls-term' }, name.padEnd(12), h('b', {}, ''), text),
        ),
      ),
    ]
  }
  #asTable(): HTMLElement {
    const m = this.#model
    return h(
      'table',
      { class: 'ls-plain' },
      h('caption', {}, m.name),
      h('tr', {}, ...['layer', 'operation', 'output', 'parameters', 'multiplications', 'sees', 'left over'].map(t => h('th', {}, t))),
      ...m.layers.slice(0, LISTED).map(l =>
        h('tr', {}, h('th', {}, l.name), ...[l.what, shapeText(l.output), count(l.parameters), count(l.macs), sees(l), l.leftover ? l.leftover.join('×') : ''].map(t => h('td', {}, t))),
      ),
    ) // prettier-ignore
  }
}

const middle = ([, H, W]: readonly [number, number, number]): [number, number] => [
  Math.floor(H / 2),
  Math.floor(W / 2),
]
const middleOf = (r: Region): [number, number] => [
  Math.floor((r.top + r.bottom) / 2),
  Math.floor((r.left + r.right) / 2),
]
const bad = (text: string): HTMLElement => h('span', { class: 'ls-broken' }, text)
const pair = ([a, b]: readonly number[]): string => (a === b ? String(a) : `${a}×${b}`)
const sees = (l: ArchitectureLayer): string =>
  !l.field || l.global ? 'all' : l.field.size.join('×')

/** `1 row and 1 column left over`. */
function leftover({ leftover: lost }: ArchitectureLayer): string {
  const say = (n: number, what: string) => (n ? `${n} ${what}${n > 1 ? 's' : ''}` : '')
  return `${[say(lost?.[0] ?? 0, 'row'), say(lost?.[1] ?? 0, 'column')].filter(Boolean).join(' and ')} left over` // prettier-ignore
}
function millions(n: number): string {
  return n >= 1e9 ? `${fixed(n / 1e9, 2)} billion` : n >= 1e6 ? `${fixed(n / 1e6, 1)} million` : count(n) // prettier-ignore
}

const headings = (first: string, shape: string): HTMLElement[] => [
  h('th', {}, first),
  h('th', { class: 'ls-left ls-wide-only' }, first === 'layer' ? 'operation' : ''),
  h('th', { class: 'ls-left' }, shape),
  h('th', { class: 'ls-barcell' }),
  h('th', {}, 'parameters'),
  h('th', { class: 'ls-barcell' }),
  h('th', {}, 'multiplications'),
  h('th', {}, 'sees'),
]
function bars(value: number, most: number, kind: string): HTMLElement[] {
  return [
    h(
      'td',
      { class: 'ls-barcell' },
      value ? h('i', { class: kind, style: { width: `${(100 * value) / most}%` } }) : null,
    ),
    h('td', {}, value ? count(value) : ''),
  ]
}

/** The kernel's answer: as many finite numbers as the input has pixels. */
function numbersIn(reply: unknown, [H, W]: readonly number[]): Float32Array {
  const values =
    typeof reply === 'object' && reply !== null && 'values' in reply ? reply.values : null
  if (!Array.isArray(values) || values.length !== H * W)
    throw new Error(`the kernel did not send ${H}×${W} numbers`)
  return Float32Array.from(values, v => (typeof v === 'number' && Number.isFinite(v) ? v : 0))
}
