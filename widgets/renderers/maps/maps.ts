/** The feature-map explorer: what each layer sees of an image, and where each number comes from. */
import { decode, type MapsView } from 'layerscope/spec'
import {
  count,
  fixed,
  fitting,
  Frame,
  Gauge,
  h,
  here,
  keepFocus,
  largest,
  number,
  percent,
  rove,
  scale,
  segment,
  shapeText,
  short,
  Tile,
  type RenderContext,
  type Renderer,
  type Scale,
} from '../../parts/index.ts'
import { Drill } from './drill.ts'
import { MapsModel, type Index } from './model.ts'

const AT_ONCE = 64
/** Rows and columns of the table that stands for a map. */
const TABLE = 64

export const mapsRenderer: Renderer<MapsView> = (spec, element, context) => {
  const explorer = new Explorer(spec, element, context)
  return { update: next => explorer.update(next), dispose: () => undefined }
}

export interface Pin {
  layer: number
  index: Index
}

class Explorer {
  #m: MapsModel
  readonly #frame: Frame
  readonly #list = h('nav', { class: 'ls-layers', 'aria-label': 'layers' })
  readonly #maps = h('div', { class: 'ls-maps' })
  readonly #gauge = new Gauge()
  readonly #more = h('div', { class: 'ls-small' })
  readonly #inputs = h('div', { class: 'ls-thumbs', role: 'group', 'aria-label': 'inputs' })
  readonly #inputBox = h('div')
  readonly #drill: Drill
  #input!: Tile
  #tiles: { tile: Tile; channel: number }[] = []
  #layer: number
  #pin: Pin | null = null
  #before = false
  #shared = true
  #first = 0
  #pending: number | null = null

  constructor(
    spec: MapsView,
    element: HTMLElement,
    private readonly context: RenderContext,
  ) {
    this.#m = new MapsModel(spec)
    this.#layer = Math.min(spec.data.layer, spec.data.layers.length - 1)
    this.#frame = new Frame(element, context, {
      drill: 'How was this computed? Window × filter, channel by channel',
      onTheme: () => this.#show(),
      table: () => this.#table(),
      keys: {
        '[': () => this.#move(-1),
        ']': () => this.#move(1),
        PageUp: () => this.#jump(-1),
        PageDown: () => this.#jump(1),
        s: () => scaleChoice.pick(!this.#shared),
        Escape: () => this.#letGo(),
      },
    })
    this.#drill = new Drill(this.#frame.drill, context.live, pin => this.#pinAt(pin))
    const scaleChoice = segment(
      'scale',
      [
        [true, 'one for the layer'],
        [false, 'each map its own'],
      ] as const,
      true as boolean,
      v => {
        this.#shared = v
        this.#show()
      },
    )
    const beforeChoice = segment(
      'show',
      [
        [false, 'after the activation'],
        [true, 'before'],
      ] as const,
      false as boolean,
      v => {
        this.#before = v
        this.#show()
      },
    )
    this.#frame.controls.append(
      scaleChoice.element,
      beforeChoice.element,
      h(
        'span',
        { class: 'ls-small ls-wide-only' },
        'Page Up, Page Down: layer · [ ]: map · arrows: value · Enter: pin',
      ),
    )
    this.#frame.body.append(
      h(
        'div',
        { class: 'ls-explore' },
        this.#list,
        h('div', {}, this.#maps, this.#more, this.#gauge.element),
        h('div', { class: 'ls-side' }, this.#inputBox, this.#inputs),
      ),
    )
    const { pin } = spec.data
    if (pin) this.#pin = { layer: this.#layer, index: pin }
    this.#build()
    context.live.onChange(() => this.#inputStates(), context.signal)
  }

  update(next: MapsView): void {
    const same =
      next.data.layers.length === this.#m.layers.length &&
      next.data.layers.every(
        (l, i) =>
          l.name === this.#m.layers[i].name && l.shape.join() === this.#m.layers[i].shape.join(),
      )
    this.#m = new MapsModel(next)
    this.#pending = null
    if (!same) {
      this.#layer = Math.min(next.data.layer, next.data.layers.length - 1)
      this.#pin = null
    }
    this.#build()
  }

  #build(): void {
    keepFocus(this.#frame.body, () => this.#fill())
  }
  #fill(): void {
    const { inputs } = this.#m.view.data
    this.#list.replaceChildren(
      ...this.#m.layers.map((l, i) =>
        h(
          'button',
          { type: 'button', 'aria-pressed': 'false', onclick: () => this.#choose(i) },
          glyph(this.#m.size(i)),
          h(
            'span',
            {},
            h('span', { class: 'ls-name' }, l.name),
            h('span', { class: 'ls-shape' }, shapeText(l.shape)),
          ),
        ),
      ),
    )
    rove(this.#list)
    const [C, H, W] = this.#m.size(0)
    this.#input = new Tile({
      rows: H,
      columns: W,
      width: 'min(168px, 100%)',
      label: `input, ${H} by ${W}`,
      onHover: (i, j) =>
        this.#frame.say(
          'Input pixel, row ',
          number(String(i)),
          ', column ',
          number(String(j)),
          ': ',
          number(Array.from({ length: C }, (_, c) => fixed(this.#m.at(0, [c, i, j]))).join(', ')),
          '.',
        ),
      onLeave: () => this.#say(),
    })
    if (C === 3) this.#input.drawRgb(this.#m.values(0))
    else this.#input.draw(this.#m.map(0, 0), fitting(this.#m.values(0), 'grey'))
    this.#inputBox.replaceChildren(
      h(
        'div',
        { class: 'ls-caption' },
        h('b', {}, 'input '),
        h('span', { class: 'ls-shape' }, shapeText(this.#m.layers[0].shape)),
      ),
      this.#input.element,
    )
    this.#inputs.replaceChildren()
    if (inputs) {
      const all = decode(inputs.images)
      const [n, c, rows, columns] = inputs.images.shape
      for (let i = 0; i < n; i++) {
        const tile = new Tile({
          rows,
          columns,
          label: inputs.labels[i] ?? `input ${i}`,
          focusable: false,
        })
        const values = all.subarray(i * c * rows * columns, (i + 1) * c * rows * columns)
        if (c === 3) tile.drawRgb(values)
        else tile.draw(values, fitting(all, 'grey'))
        this.#inputs.append(
          h(
            'button',
            {
              type: 'button',
              'aria-pressed': String(i === inputs.current),
              'aria-label': `show ${inputs.labels[i] ?? `input ${i}`}`,
              title: inputs.labels[i] ?? null,
              onclick: () => void this.#chooseInput(i),
            },
            tile.element,
          ),
        )
      }
      if (n) rove(this.#inputs)
    }
    this.#inputStates()
    this.#show()
  }

  /** Without a kernel the other inputs cannot be computed: they say so. */
  #inputStates(): void {
    const live = this.context.live.state === 'live'
    this.#inputs.classList.toggle('ls-needs-kernel', !live)
  }

  async #chooseInput(i: number): Promise<void> {
    const { inputs } = this.#m.view.data
    if (!inputs || i === inputs.current) return
    if (this.context.live.state !== 'live') {
      this.#frame.say(
        `Another input (${inputs.labels[i] ?? i}) needs the kernel: run the cell above, then choose again.`,
      )
      return
    }
    this.#pending = i
    this.#frame.state('ls-busy', 'computing')
    Array.from(this.#inputs.children).forEach((b, k) =>
      b.setAttribute('aria-pressed', String(k === i)),
    )
    try {
      await this.context.live.event('input', { current: i })
    } catch (e) {
      this.#frame.say(
        'The kernel could not show this input: ',
        String(e instanceof Error ? e.message : e),
      )
    } finally {
      if (this.context.live.state === 'live') this.#frame.state('ls-live', 'live')
    }
  }

  #choose(layer: number): void {
    this.#layer = layer
    this.#first = 0
    this.#pin = null
    this.#show()
  }
  #jump(d: number): void {
    this.#choose(Math.max(0, Math.min(this.#m.layers.length - 1, this.#layer + d)))
    const chosen = this.#list.children.item(this.#layer)
    chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  #move(d: number): void {
    if (!this.#tiles.length) return
    const i = this.#tiles.findIndex(t => t.tile.element === document.activeElement)
    this.#tiles[
      (Math.max(0, i) + (i < 0 ? 0 : d) + this.#tiles.length) % this.#tiles.length
    ].tile.element.focus()
  }
  #letGo(): void {
    this.#pin = null
    this.#drill.clear()
    this.#say()
  }
  #pinAt(pin: Pin): void {
    const other = pin.layer !== this.#layer
    this.#pin = pin
    if (other) {
      this.#layer = pin.layer
      this.#first = 0
      this.#show()
    }
    this.#frame.details.open = true
    this.#drill.show(this.#m, pin)
    this.#say()
    void this.context.live.event('pin', { index: [pin.layer, ...pin.index] }).catch(() => undefined)
  }

  #title(): void {
    const l = this.#m.layers[this.#layer]
    const when = l.activation ? ` ${this.#before ? 'before' : 'after'} ${l.activation}` : ''
    const { inputs } = this.#m.view.data
    const from = this.#m.view.from ?? ''
    this.#frame.title(
      `${l.name}${when}`,
      shapeText(l.shape),
      inputs && this.#pending === null && !from.includes(inputs.labels[inputs.current])
        ? `${from}`
        : from,
    )
  }

  #scaleOf(values: ArrayLike<number>): Scale {
    const l = this.#m.layers[this.#layer]
    if (l.op.op === 'input') return fitting(values, 'grey')
    if (l.op.op === 'softmax') return scale('sequential', 1)
    return fitting(values)
  }

  #show(): void {
    keepFocus(this.#maps, () => this.#fillMaps())
  }
  #fillMaps(): void {
    const m = this.#m
    const l = m.layers[this.#layer]
    Array.from(this.#list.children).forEach((b, i) =>
      b.setAttribute('aria-pressed', String(i === this.#layer)),
    )
    this.#title()
    const [C, H, W] = m.size(this.#layer)
    const before = this.#before && l.before !== null
    const all = m.values(this.#layer, before)
    const shared = this.#scaleOf(all)
    this.#tiles = []
    this.#maps.replaceChildren()
    this.#more.replaceChildren()
    this.#maps.classList.toggle('ls-own', !this.#shared)
    const labels = m.view.data.labels
    const isAnswer = this.#layer === m.layers.length - 1 && m.isVector(this.#layer) && C <= 40
    this.#gauge.element.hidden = isAnswer
    if (isAnswer) this.#showBars(labels)
    else if (m.isVector(this.#layer)) this.#showStrip(shared, before)
    else {
      const order = Array.from({ length: C }, (_, c) => c)
      const strength = (c: number) => largest(m.map(this.#layer, c, before))
      if (C > AT_ONCE) order.sort((a, b) => strength(b) - strength(a))
      const shown = order.slice(this.#first, this.#first + AT_ONCE)
      const perRow = C === 1 ? 1 : C <= 6 ? 3 : C <= 16 ? 4 : 8
      this.#maps.style.setProperty('--ls-columns', String(perRow))
      this.#maps.style.setProperty('--ls-width', C === 1 ? '320px' : '600px')
      shown.forEach((c, n) => {
        const values = m.map(this.#layer, c, before)
        let lo = Infinity
        let hi = -Infinity
        for (const v of values) {
          lo = Math.min(lo, v)
          hi = Math.max(hi, v)
        }
        const tile = new Tile({
          rows: H,
          columns: W,
          label: `${l.name} map ${c}, ${H} by ${W}, ${short(lo)} to ${short(hi)}`,
          onHover: (i, j) => this.#hover([c, i, j]),
          onLeave: letGo => (letGo ? this.#letGo() : this.#say()),
          onPin: (i, j) => this.#pinAt({ layer: this.#layer, index: [c, i, j] }),
        })
        if (n) tile.element.tabIndex = -1
        tile.draw(values, this.#shared ? shared : this.#scaleOf(values))
        this.#tiles.push({ tile, channel: c })
        this.#maps.append(
          h(
            'figure',
            { class: 'ls-map' },
            tile.element,
            h(
              'figcaption',
              {},
              C > 1 ? `map ${c}` : '',
              this.#shared ? null : h('span', { class: 'ls-num' }, ` ${short(lo)} … ${short(hi)}`),
              !before && l.activation && hi === 0 ? ' · silent' : null,
            ),
          ),
        )
      })
      if (C > AT_ONCE)
        this.#more.append(
          `${shown.length} of ${C} maps shown, the strongest first · `,
          h(
            'button',
            {
              type: 'button',
              onclick: () => {
                this.#first = this.#first + AT_ONCE >= C ? 0 : this.#first + AT_ONCE
                this.#show()
              },
            },
            this.#first + AT_ONCE >= C
              ? 'the first again'
              : `next ${Math.min(AT_ONCE, C - this.#first - AT_ONCE)}`,
          ),
        )
    }
    if (!isAnswer)
      this.#gauge.set(
        shared,
        l.op.op === 'input'
          ? 'pixel'
          : m.isVector(this.#layer)
            ? `one scale for all ${C} units`
            : this.#shared
              ? `one scale for ${C === 1 ? 'the map' : `all ${C} maps`}`
              : 'each map on its own scale: its limits stand under it',
      )
    if (this.#pin) this.#drill.show(m, this.#pin)
    else this.#drill.clear()
    this.#say()
  }

  #showStrip(s: Scale, before: boolean): void {
    const [C] = this.#m.size(this.#layer)
    const columns = Math.min(C, C > 60 ? 20 : 12)
    const rows = Math.ceil(C / columns)
    const values = new Float32Array(rows * columns).fill(0)
    values.set(this.#m.values(this.#layer, before))
    const tile = new Tile({
      rows,
      columns,
      label: `${this.#m.layers[this.#layer].name}, ${C} units`,
      onHover: (i, j) => i * columns + j < C && this.#hover([i * columns + j, 0, 0]),
      onLeave: letGo => (letGo ? this.#letGo() : this.#say()),
      onPin: (i, j) =>
        i * columns + j < C && this.#pinAt({ layer: this.#layer, index: [i * columns + j, 0, 0] }),
    })
    tile.draw(values, s)
    this.#tiles.push({ tile, channel: -columns })
    this.#maps.style.setProperty('--ls-columns', '1')
    this.#maps.style.setProperty('--ls-width', '520px')
    this.#maps.append(
      h('figure', { class: 'ls-map' }, tile.element, h('figcaption', {}, `${C} units, row by row`)),
    )
  }

  #showBars(labels: readonly string[] | null): void {
    const m = this.#m
    const [C] = m.size(this.#layer)
    const values = m.values(this.#layer)
    const softmax = m.layers[this.#layer].op.op === 'softmax'
    const logits = softmax ? m.values(m.sourceOf(this.#layer)) : null
    let best = 0
    for (let i = 1; i < C; i++) if (values[i] > values[best]) best = i
    const most = softmax ? 1 : Math.max(1e-9, largest(values))
    this.#maps.style.setProperty('--ls-columns', '1')
    this.#maps.style.setProperty('--ls-width', '560px')
    this.#maps.append(
      h(
        'div',
        { class: 'ls-bars', role: 'list' },
        ...Array.from({ length: C }, (_, i) =>
          h(
            'button',
            {
              type: 'button',
              role: 'listitem',
              class: i === best ? 'ls-best' : '',
              'aria-label': `${labels?.[i] ?? `class ${i}`}: ${fixed(values[i])}`,
              onpointerenter: () => this.#hover([i, 0, 0]),
              onpointerleave: () => this.#say(),
              onfocus: () => this.#hover([i, 0, 0]),
              onclick: () => this.#pinAt({ layer: this.#layer, index: [i, 0, 0] }),
            },
            h('span', {}, labels?.[i] ?? String(i)),
            h(
              'span',
              { class: 'ls-track' },
              h('i', { style: { width: `${(Math.abs(values[i]) / most) * 100}%` } }),
            ),
            h('span', { class: 'ls-num' }, fixed(values[i])),
            logits ? h('span', { class: 'ls-num ls-small' }, `logit ${fixed(logits[i], 2)}`) : null,
          ),
        ),
      ),
    )
  }

  #where(layer: number, [c, i, j]: Index): HTMLElement {
    const labels = this.#m.view.data.labels
    const name = this.#m.layers[layer].name
    if (!this.#m.isVector(layer)) return h('b', {}, `${name}, map ${c}, row ${i}, column ${j}`)
    return h(
      'b',
      {},
      layer === this.#m.layers.length - 1 && labels?.[c]
        ? `${name}, ${labels[c]}`
        : `${name}, unit ${c}`,
    )
  }

  #marks(hover: Index | null): void {
    const pin = this.#pin?.layer === this.#layer ? this.#pin.index : null
    const vector = this.#m.isVector(this.#layer)
    for (const { tile, channel } of this.#tiles) {
      const cell = (index: Index | null, thin: boolean) => {
        if (!index) return null
        if (vector) {
          const columns = -channel
          return { x: index[0] % columns, y: Math.floor(index[0] / columns), w: 1, h: 1, thin }
        }
        // The same position is marked in every map; the pin only in its own.
        return thin || index[0] === channel ? { x: index[2], y: index[1], w: 1, h: 1, thin } : null
      }
      tile.mark(cell(pin, false), cell(hover, true))
      tile.element
        .closest('figure')
        ?.classList.toggle('ls-on', pin !== null && !vector && pin[0] === channel)
    }
    const field = (index: Index | null, thin: boolean) => {
      const box = index && this.#m.field(this.#layer, index)
      return box && { ...box, thin }
    }
    this.#input.mark(field(pin, false), field(hover, true))
  }

  #hover(index: Index): void {
    const m = this.#m
    const l = m.layers[this.#layer]
    const before = this.#before && l.before !== null
    const v = m.at(this.#layer, index, before)
    this.#gauge.point(v)
    this.#marks(index)
    const cut =
      !before && v === 0 && l.before && l.activation === 'ReLU'
        ? [' ReLU cut it off: before it was ', number(fixed(m.at(this.#layer, index, true))), '.']
        : []
    const rank = m.rank(this.#layer, v)
    const all = m.values(this.#layer).length
    const place =
      !before && v > 0 && l.op.op !== 'input'
        ? ` ${rank ? `${count(rank)} of ${count(all)} values in this layer are larger.` : 'The largest value in this layer.'}`
        : ''
    const field = m.field(this.#layer, index)
    const sees =
      l.op.op === 'input'
        ? ''
        : field
          ? ` It sees ${field.h}×${field.w} pixels (outlined in the input).`
          : ' It can see the whole input.'
    this.#frame.say(
      this.#where(this.#layer, index),
      ' = ',
      number(fixed(v)),
      '.',
      ...cut,
      place,
      sees,
    )
  }

  #say(): void {
    const m = this.#m
    const l = m.layers[this.#layer]
    this.#marks(null)
    if (this.#pin && this.#pin.layer === this.#layer) {
      const v = m.at(this.#layer, this.#pin.index)
      this.#gauge.point(v)
      this.#frame.say(
        here('Pinned: '),
        this.#where(this.#layer, this.#pin.index),
        ' = ',
        number(fixed(v)),
        '. What it was computed from is opened out below; click a number there to walk one layer back. Esc lets go.',
      )
      return
    }
    this.#gauge.point(null)
    if (this.#layer === m.layers.length - 1 && m.isVector(this.#layer)) {
      const best = m.strongest(this.#layer)[0]
      const labels = m.view.data.labels
      this.#frame.say(
        h(
          'span',
          { class: 'ls-hint' },
          `The network says ${labels?.[best] ?? `class ${best}`}. Point at a row to read it; click it to see its terms.`,
        ),
      )
      return
    }
    const silent =
      l.op.op === 'input'
        ? ''
        : ` ${percent(m.zeros(this.#layer), 0)} of its ${count(m.values(this.#layer).length)} values are 0 or less for this input.`
    this.#frame.say(
      h(
        'span',
        { class: 'ls-hint' },
        `${l.name}: ${l.note}.${silent} Point at a map to read a value; click to pin it and see where it came from.`,
      ),
    )
  }

  #table(): Node {
    const m = this.#m
    const c =
      this.#pin?.layer === this.#layer
        ? this.#pin.index[0]
        : Math.max(
            0,
            this.#tiles.find(t => t.tile.element === document.activeElement)?.channel ??
              m.strongest(this.#layer)[0],
          )
    const [, H, W] = m.size(this.#layer)
    const values = m.isVector(this.#layer) ? m.values(this.#layer) : m.map(this.#layer, c)
    const width = m.isVector(this.#layer) ? Math.min(10, values.length) : W
    const height = m.isVector(this.#layer) ? Math.ceil(values.length / 10) : H
    const [rows, columns] = [Math.min(height, TABLE), Math.min(width, TABLE)]
    return h(
      'table',
      { class: 'ls-plain' },
      h(
        'caption',
        {},
        `${m.layers[this.#layer].name}${m.isVector(this.#layer) ? '' : `, map ${c}`}`,
      ),
      ...Array.from({ length: rows }, (_, i) =>
        h(
          'tr',
          {},
          ...Array.from({ length: columns }, (_, j) =>
            i * width + j < values.length ? h('td', {}, fixed(values[i * width + j], 2)) : null,
          ),
        ),
      ),
    )
  }
}

/** A layer as a small stack of squares, size by its maps. */
function glyph([C, H]: readonly [number, number, number]): SVGSVGElement {
  const svg = h('svg', { viewBox: '0 0 44 36', 'aria-hidden': 'true' })
  if (H === 1)
    for (let i = 0; i < Math.min(7, C); i++)
      svg.append(h('rect', { x: 20, y: 1 + i * 5, width: 5, height: 5 }))
  else {
    const side = Math.min(28, 8 + Math.sqrt(H) * 3.5)
    const n = Math.min(C, 4)
    for (let i = 0; i < n; i++)
      svg.append(
        h('rect', {
          x: 22 - side / 2 + (i - n / 2) * 3,
          y: 18 - side / 2 + (i - n / 2) * 2.4,
          width: side,
          height: side,
        }),
      )
  }
  return svg
}
