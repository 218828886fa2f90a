/** The convolution stepper: every output cell opens into its products and their sum. */
import type { ConvView } from 'layerscope/spec'
import {
  button,
  Frame,
  Grid,
  h,
  keepFocus,
  remaking,
  sameNumbers,
  largest,
  number,
  numberCell,
  scale,
  segment,
  shapeText,
  showNumber,
  tint,
  Transport,
  untint,
  type Box,
  type Choice,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { ConvModel, type Cell } from './model.ts'
import { Comparison, ledger, outputTable, same, value } from './numbers.ts'
import { imageWords, nameOf, outputWords, sizeWords, weightWords } from './words.ts'

/** Rows and columns that are shown of a larger x, output or window. */
const LARGEST = { x: 18, o: 12, w: 14 }
const CHANNELS = 4
/** Filters whose outputs stand side by side. */
const FILTERS = 8

export const convRenderer: Renderer<ConvView> = remaking(
  (spec, element, context) => new ConvStepper(spec, element, context),
  (next, current) => unchanged(next.data, current.data),
)

/** Whether two states show the same numbers, however they are encoded. */
function unchanged(a: ConvView['data'], b: ConvView['data']): boolean {
  const rest = ({ x: _x, w: _w, b: _b, output: _o, ...others }: ConvView['data']) =>
    JSON.stringify(others)
  return (
    rest(a) === rest(b) && (['x', 'w', 'b', 'output'] as const).every(t => sameNumbers(a[t], b[t]))
  )
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

class ConvStepper {
  readonly #m: ConvModel
  readonly #comparison: Comparison
  readonly #frame: Frame
  readonly #transport: Transport
  readonly #abort = new AbortController()
  readonly #sheet = h('div', { class: 'ls-sheet' })
  readonly #formula = h('div', { class: 'ls-formula' })
  readonly #verdict = h('div', { class: 'ls-verdict', role: 'status' })
  readonly #edit: ConvView['data']['edit']
  readonly #stride: Choice<number> | null = null
  readonly #padding: Choice<number> | null = null
  #x: Grid[] = []
  #w: Grid[][] = []
  #products: Grid[] = []
  #sums: HTMLElement[] = []
  #total = h('div', { class: 'ls-sum ls-total' })
  #bias = h('div', { class: 'ls-sum' })
  #o: Grid[] = []
  #cell: Cell = [0, 0, 0]
  /** Top left of the part of x and of the output that is shown, when they are large. */
  #origin: [number, number] = [0, 0]
  #first: [number, number] = [0, 0]
  /** Channels and filters shown, and the filters whose outputs are. */
  #shown: number[] = []
  #filters: number[] = []
  #outputs: number[] = []
  #request = 0

  constructor(
    private readonly spec: ConvView,
    element: HTMLElement,
    private readonly context: RenderContext,
  ) {
    const m = new ConvModel(spec)
    this.#m = m
    this.#edit = m.editable ? spec.data.edit : []
    this.#comparison = new Comparison(spec, m)
    const signal = AbortSignal.any([context.signal, this.#abort.signal])
    this.#frame = new Frame(
      element,
      { ...context, signal },
      {
        drill: 'How was this computed? All products as one sum',
        onTheme: () => this.#refresh(),
        table: () => outputTable(m, this.spec.data.names.o, this.#cell),
        keys: {
          ',': () => this.#transport.step(-1),
          '.': () => this.#transport.step(1),
          '[': () => this.#transport.step(-1),
          ']': () => this.#transport.step(1),
          p: () => this.#transport.toggle(),
          Escape: () => this.#marks(),
        },
      },
    )
    this.#transport = new Transport('output cell', i => this.#goTo(m.cell(i)), 800, signal)
    this.#frame.body.append(this.#sheet)
    this.#frame.controls.append(this.#transport.element)
    const { data } = spec
    const choices = (d: number, from: number) =>
      [...new Set([from, from + 1, from + 2, d])]
        .sort((a, b) => a - b)
        .map(n => [n, String(n)] as const)
    const square = data.stride[0] === data.stride[1] && data.padding[0] === data.padding[1]
    if (square && !data.driven && m.editable) {
      this.#stride = segment('stride', choices(data.stride[0], 1), data.stride[0], n => {
        m.place([n, n], m.padding)
        this.#build()
      })
      this.#padding = segment('padding', choices(data.padding[0], 0), data.padding[0], n => {
        m.place(m.stride, [n, n])
        this.#build()
      })
      this.#frame.controls.append(this.#stride.element, this.#padding.element)
    }
    if (this.#edit.length || this.#stride)
      this.#frame.controls.append(button('reset numbers', () => this.#reset()))
    if (data.at.length) this.#cell = data.at[0]
    this.#build()
  }

  dispose(): void {
    this.#abort.abort()
  }

  #reset(): void {
    this.#m.reset()
    this.#stride?.show(this.#m.stride[0])
    this.#padding?.show(this.#m.padding[0])
    this.#build()
  }

  #name(tensor: 'x' | 'w' | 'b' | 'o', ...index: number[]): string {
    return nameOf(this.spec.data, tensor, ...index)
  }
  /** Rows and columns of the padded x. */
  get #padded(): [number, number] {
    const { H, W, padding } = this.#m
    return [H + 2 * padding[0], W + 2 * padding[1]]
  }
  #part(size: readonly [number, number], most: number): [number, number] {
    return [Math.min(size[0], most), Math.min(size[1], most)]
  }
  #channels(): number[] {
    const m = this.#m
    if (m.C <= CHANNELS || !m.cells) return range(Math.min(CHANNELS, m.C))
    // The channels that say most about this cell.
    const sums = range(m.C).map(c => Math.abs(m.channelSum(this.#cell, c)))
    return range(m.C)
      .sort((a, b) => sums[b] - sums[a])
      .slice(0, CHANNELS)
      .sort((a, b) => a - b)
  }

  /** Lays the sheet out anew: another cell's channels or filter, another part of a large x, another size. */
  #build(): void {
    const m = this.#m
    this.#cell = [
      Math.min(this.#cell[0], m.K - 1),
      Math.min(this.#cell[1], Math.max(0, m.rows - 1)),
      Math.min(this.#cell[2], Math.max(0, m.columns - 1)),
    ]
    this.#follow()
    this.#shown = this.#channels()
    this.#filters = m.K <= 3 ? range(m.K) : [this.#cell[0]]
    this.#outputs = m.K <= FILTERS ? range(m.K) : [this.#cell[0]]
    const [h_, k_] = this.#part([m.h, m.k], LARGEST.w)
    this.#x = this.#shown.map(c => this.#imageGrid(c))
    this.#w = this.#filters.map(k => this.#shown.map(c => this.#weightGrid(k, c, h_, k_)))
    this.#products = this.#shown.map(
      () =>
        new Grid({
          rows: h_,
          columns: k_,
          className: `ls-products${k_ > 5 ? ' ls-tight' : ''}`,
          cell: () => h('td'),
        }),
    )
    this.#sums = this.#shown.map(() => h('div', { class: 'ls-sum' }))
    this.#o = this.#outputs.map(k => this.#outputGrid(k))
    keepFocus(this.#sheet, () =>
      this.#sheet.replaceChildren(this.#left(), this.#right(), this.#formula),
    )
    this.#title()
    this.#ticks()
    this.#refresh()
  }

  #imageGrid(c: number): Grid {
    const m = this.#m
    const [rows, columns] = this.#part(this.#padded, LARGEST.x)
    const onLeave = () => this.#marks()
    return new Grid({
      rows,
      columns,
      cell: (i, j) => {
        const [r, s] = [i + this.#origin[0], j + this.#origin[1]]
        const onHover = () => this.#readX(c, r, s)
        if (m.isPadding(r, s))
          return h('td', { class: 'ls-pad', onpointerenter: onHover, onpointerleave: onLeave }, '0')
        const [p, q] = [r - m.padding[0], s - m.padding[1]]
        const name = this.#name('x', c, p, q)
        const onType = this.#edit.includes('x')
          ? (v: number) => this.#type('x', (c * m.H + p) * m.W + q, name, v)
          : null
        return numberCell({ name, onType, onHover, onLeave }, i === 0 && j === 0)
      },
    })
  }

  #weightGrid(k: number, c: number, rows: number, columns: number): Grid {
    const m = this.#m
    return new Grid({
      rows,
      columns,
      cell: (a, b) => {
        const name = this.#name('w', k, c, a, b)
        const onType = this.#edit.includes('w')
          ? (v: number) => this.#type('w', ((k * m.C + c) * m.h + a) * m.k + b, name, v)
          : null
        const onHover = () => this.#readW(k, c, a, b)
        const onLeave = () => this.#marks()
        return numberCell({ name, onType, onHover, onLeave }, a === 0 && b === 0)
      },
    })
  }

  #outputGrid(k: number): Grid {
    const m = this.#m
    const [rows, columns] = this.#part([m.rows, m.columns], LARGEST.o)
    const cell = (i: number, j: number): Cell => [k, i + this.#first[0], j + this.#first[1]]
    return new Grid({
      rows,
      columns,
      className: `ls-out${columns > 6 ? ' ls-tight' : ''}`,
      cell: (i, j) =>
        h(
          'td',
          {},
          h('button', {
            type: 'button',
            tabindex: k !== this.#outputs[0] || i + j ? -1 : 0,
            onclick: () => this.#transport.go(m.index(cell(i, j))),
            onpointerenter: () => this.#say(cell(i, j)),
            onpointerleave: () => this.#say(this.#cell),
            onfocus: () => this.#say(cell(i, j)),
            onkeydown: (e: KeyboardEvent) => this.#arrow(e, k, i, j),
          }),
        ),
    })
  }

  #shape(s: number[]): string {
    return shapeText(this.spec.data.plain ? s.slice(-2) : s)
  }

  #left(): HTMLElement {
    const m = this.#m
    const { names, hasBias } = this.spec.data
    const op = (text: string) => h('span', { class: 'ls-op' }, text)
    const padded = m.padding[0] || m.padding[1] ? ', padded' : ''
    const partOf = (rows: number, most: number) => (rows > most ? ', a part' : '')
    const [H, W] = this.#padded
    const cut = partOf(Math.max(H, W), LARGEST.x)
    return h(
      'div',
      { class: 'ls-sheet-left', style: { '--ls-filters': String(this.#filters.length) } },
      head(names.x, `${this.#shape([m.C, H, W])}${padded}${cut}`),
      op(''),
      ...this.#filters.map(k =>
        head(
          m.K > 1 ? `${names.w}[${k}]` : names.w,
          `${this.#shape([m.C, m.h, m.k])}${partOf(Math.max(m.h, m.k), LARGEST.w)}`,
        ),
      ),
      op(''),
      head('products', `${names.x} · ${names.w}`, 'ls-h-products'),
      op(''),
      head('sum', 'Σ', 'ls-right'),
      ...this.#shown.flatMap((c, n) => [
        h(
          'div',
          { class: 'ls-x' },
          m.C > 1 ? h('div', { class: 'ls-caption' }, `channel ${c}`) : null,
          this.#x[n].element,
        ),
        op('⊙'),
        ...this.#w.map(f => f[n].element),
        op('='),
        this.#products[n].element,
        op('→'),
        this.#sums[n],
      ]),
      m.C > this.#shown.length
        ? h(
            'div',
            { class: 'ls-rest' },
            `${m.C - this.#shown.length} more channels are in the sum; these ${this.#shown.length} say most here`,
          )
        : null,
      hasBias || m.C > 1
        ? h('div', { class: 'ls-totals' }, hasBias ? this.#bias : null, this.#total)
        : null,
    )
  }

  #right(): HTMLElement {
    const m = this.#m
    const { names, hasBias } = this.spec.data
    const [rows, columns] = this.#part([m.rows, m.columns], LARGEST.o)
    const cut = rows < m.rows || columns < m.columns ? ', the part round the cell' : ''
    return h(
      'div',
      { class: 'ls-outs' },
      head(names.o, `${this.#shape([m.K, m.rows, m.columns])}${cut}`),
      ...this.#o.map((g, n) => {
        const k = this.#outputs[n]
        const said = [
          m.K > 1 ? `filter ${k}${m.K > FILTERS ? ` of ${m.K}` : ''}` : '',
          hasBias ? `${names.b} = ${value(m.b[k])}` : '',
        ].filter(Boolean)
        return h(
          'div',
          {},
          said.length ? h('div', { class: 'ls-caption' }, said.join(', ')) : null,
          g.element,
        )
      }),
      this.#verdict,
    )
  }

  #title(): void {
    const { H, W, C, K, rows, columns, stride, padding, dilation } = this.#m
    const pair = ([a, b]: readonly number[]) => (a === b ? String(a) : `${a}×${b}`)
    const said = [`stride ${pair(stride)}`, `padding ${pair(padding)}`]
    if (dilation.some(d => d > 1)) said.push(`dilation ${pair(dilation)}`)
    this.#frame.title(
      this.spec.title,
      `${this.#shape([C, H, W])} → ${this.#shape([K, rows, columns])}`,
      [said.join(', '), this.spec.from].filter(Boolean).join(' · '),
    )
  }

  /** One mark a cell; the first of a row, or of a filter, has its name where there is room. */
  #ticks(): void {
    const m = this.#m
    const per = m.K > 1 ? m.rows * m.columns : Math.max(1, m.columns)
    const room = m.cells / per <= 12
    this.#transport.ticks(
      m.cells,
      n => ({
        major: n % per === 0,
        label:
          room && n % per === 0
            ? m.K > 1
              ? `${this.spec.data.names.o}[${n / per}]`
              : `row ${n / per}`
            : undefined,
        say: this.#name('o', ...m.cell(n)),
      }),
      m.index(this.#cell),
    )
  }

  #arrow(e: KeyboardEvent, k: number, i: number, j: number): void {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      e.key
    ]
    if (!move) return
    const grid = this.#o[this.#outputs.indexOf(k)]
    grid?.cells[i + move[0]]?.[j + move[1]]?.querySelector('button')?.focus()
    e.preventDefault()
    e.stopPropagation()
  }

  #goTo(cell: Cell): void {
    const before = [this.#origin, this.#first].join()
    this.#cell = cell
    this.#follow()
    const same =
      this.#filters.includes(cell[0]) &&
      this.#outputs.includes(cell[0]) &&
      [this.#origin, this.#first].join() === before &&
      this.#channels().join() === this.#shown.join()
    if (same) return this.#refresh()
    // Among the outputs the keyboard follows the cell.
    const focused = this.#o.some(g => g.element.contains(document.activeElement))
    this.#build()
    if (!focused) return
    const grid = this.#o[this.#outputs.indexOf(cell[0])]
    const td = grid?.cells[cell[1] - this.#first[0]]?.[cell[2] - this.#first[1]]
    td?.querySelector('button')?.focus({ preventScroll: true })
  }

  /** The parts that are shown of a large x and output hold the window and its cell. */
  #follow(): void {
    const m = this.#m
    const keep = (origin: number, at: number, reach: number, shown: number, total: number) =>
      total <= shown
        ? 0
        : at >= origin && at + reach <= origin + shown
          ? Math.min(origin, total - shown)
          : Math.max(0, Math.min(total - shown, at - Math.floor((shown - reach) / 2)))
    const size = [m.rows, m.columns] as const
    const x = this.#part(this.#padded, LARGEST.x)
    const o = this.#part(size, LARGEST.o)
    const along = (f: (d: 0 | 1) => number): [number, number] => [f(0), f(1)]
    this.#origin = along(d =>
      keep(this.#origin[d], this.#cell[d + 1] * m.stride[d], m.reach[d], x[d], this.#padded[d]),
    )
    this.#first = along(d => keep(this.#first[d], this.#cell[d + 1], 1, o[d], size[d]))
  }

  #type(tensor: 'x' | 'w', index: number, name: string, v: number): void {
    this.#m.type(tensor, index, v)
    this.#refresh()
    this.#frame.say(
      'You set ',
      h('b', {}, name),
      ' to ',
      number(value(v)),
      '. ',
      this.#comparison.verdict() || this.#comparison.counted(),
    )
  }

  /** Writes the numbers of the current cell into the sheet as it is laid out. */
  #refresh(): void {
    const m = this.#m
    const s = scale('diverging', Math.max(1, largest(m.x), largest(m.w)) * 1.6)
    this.#x.forEach((g, n) =>
      each(g, (td, i, j) => {
        const [r, c] = [i + this.#origin[0], j + this.#origin[1]]
        const unread = m.unread(r, c)
        td.classList.toggle('ls-unread', unread)
        if (!m.isPadding(r, c)) showNumber(td, m.at(this.#shown[n], r, c), unread ? null : s)
      }),
    )
    this.#w.forEach((f, n) =>
      f.forEach((g, q) =>
        each(g, (td, a, b) => showNumber(td, m.weight(this.#filters[n], this.#shown[q], a, b), s)),
      ),
    )
    if (m.cells)
      this.#shown.forEach((c, n) => {
        each(this.#products[n], (td, a, b) => {
          const { x, w } = m.term(this.#cell, c, a, b)
          td.replaceChildren(h('span', {}, `${value(x)}·${value(w)} = `), h('b', {}, value(x * w)))
          tint(td, x * w, s)
        })
        this.#sums[n].textContent = value(m.channelSum(this.#cell, c))
      })
    const bias = m.b[this.#cell[0]]
    this.#bias.textContent = `${bias < 0 ? '−' : '+'} ${value(Math.abs(bias))}`
    this.#total.textContent = m.cells ? `= ${value(m.output(this.#cell))}` : ''
    this.#sums.forEach(e => e.classList.toggle('ls-total', m.C === 1 && !this.spec.data.hasBias))
    this.#showOutputs()
    this.#formula.textContent = sizeWords(m, this.#edit.length > 0)
    this.#marks()
    this.#frame.drill.replaceChildren(
      ...ledger(m, this.#cell, this.#name('o', ...this.#cell), this.spec.data.hasBias),
    )
    if (this.spec.data.driven) void this.#ask()
  }

  #showOutputs(): void {
    const m = this.#m
    const s = scale('diverging', Math.max(1, largest(m.outputs())) * 1.6)
    const { compare, count } = this.spec.data
    this.#comparison.read()
    this.#o.forEach((g, n) =>
      each(g, (td, i, j) => {
        const cell: Cell = [this.#outputs[n], i + this.#first[0], j + this.#first[1]]
        const v = m.shown(cell)
        const b = td.querySelector('button')
        if (!b) return
        const other = this.#comparison.with(cell)
        const differs = other !== null && (typeof v !== 'number' || !same(v, other))
        b.replaceChildren(typeof v === 'number' ? value(v) : '!')
        b.setAttribute(
          'aria-label',
          `${this.#name('o', ...cell)} = ${typeof v === 'number' ? value(v) : v.error}${differs ? ` ≠ ${value(other)}, ${compare?.label}` : ''}`,
        )
        if (typeof v === 'number') tint(td, v, s)
        else untint(td)
        td.classList.toggle('ls-differs', differs)
        td.classList.toggle('ls-error', typeof v !== 'number')
        td.classList.toggle('ls-counted', typeof v === 'number' && count !== null && same(v, count))
        if (differs) b.append(h('small', {}, ` ≠ ${value(other)}`))
      }),
    )
    this.#verdict.textContent = [this.#comparison.verdict(), this.#comparison.counted()]
      .filter(Boolean)
      .join(' ')
    const { agree, all } = this.#comparison
    this.#verdict.className = `ls-verdict ${all ? (agree === all ? 'ls-same' : 'ls-bad') : ''}`
  }

  /** The kernel recomputes the output with the student's function. */
  async #ask(): Promise<void> {
    const m = this.#m
    if (this.context.live.state !== 'live' || !m.changed) return
    const request = ++this.#request
    const nest = (a: Float64Array, shape: readonly number[]): unknown =>
      shape.length === 0
        ? a[0]
        : shape.length === 1
          ? Array.from(a)
          : Array.from({ length: shape[0] }, (_, i) =>
              nest(
                a.subarray((i * a.length) / shape[0], ((i + 1) * a.length) / shape[0]),
                shape.slice(1),
              ),
            )
    try {
      const reply = await this.context.live.event('compute', {
        x: nest(m.x, [m.C, m.H, m.W]),
        w: nest(m.w, [m.K, m.C, m.h, m.k]),
        b: Array.from(m.b),
      })
      if (
        request !== this.#request ||
        typeof reply !== 'object' ||
        reply === null ||
        !('output' in reply) ||
        !Array.isArray(reply.output)
      )
        return
      m.given = reply.output
      this.#showOutputs()
    } catch (e) {
      this.#frame.say(
        'The kernel could not compute it: ',
        String(e instanceof Error ? e.message : e),
      )
    }
  }

  /** The window of the current cell in x, in cells of the part that is shown. */
  get #window(): Box {
    const m = this.#m
    const [, i, j] = this.#cell
    return {
      x: j * m.stride[1] - this.#origin[1],
      y: i * m.stride[0] - this.#origin[0],
      w: m.reach[1],
      h: m.reach[0],
    }
  }
  #outputBox(i: number, j: number, thin = false): Box {
    return { x: j - this.#first[1], y: i - this.#first[0], w: 1, h: 1, thin }
  }
  get #current(): Box {
    return this.#outputBox(this.#cell[1], this.#cell[2])
  }

  #marks(): void {
    const m = this.#m
    const [k] = this.#cell
    this.#x.forEach(g => g.mark(this.#window))
    this.#w.forEach((f, n) =>
      f.forEach(g => g.mark(this.#filters[n] === k && { x: 0, y: 0, w: m.k, h: m.h })),
    )
    this.#products.forEach(g => g.mark())
    const others = this.spec.data.at.filter(a => a.join() !== this.#cell.join())
    this.#o.forEach((g, n) => {
      const filter = this.#outputs[n]
      g.mark(
        ...others
          .filter(a => a[0] === filter && this.#isShown(a[1], a[2]))
          .map(a => this.#outputBox(a[1], a[2], true)),
        filter === k && m.cells > 0 && this.#current,
      )
    })
    this.#say(this.#cell)
  }
  #isShown(i: number, j: number): boolean {
    const [rows, columns] = [i - this.#first[0], j - this.#first[1]]
    return rows >= 0 && columns >= 0 && rows < LARGEST.o && columns < LARGEST.o
  }

  #say(cell: Cell): void {
    this.#frame.say(...outputWords(this.#m, this.spec.data, this.#comparison, cell))
  }

  #readX(c: number, i: number, j: number): void {
    const readers = this.#m.readers(i, j)
    const [oi, oj] = this.#origin
    this.#x.forEach((g, n) =>
      g.mark(
        this.#window,
        this.#shown[n] === c && { x: j - oj, y: i - oi, w: 1, h: 1, thin: true },
      ),
    )
    const boxes = readers
      .filter(([r, s]) => this.#isShown(r, s))
      .map(([r, s]) => this.#outputBox(r, s, true))
    this.#o.forEach((g, n) => g.mark(this.#outputs[n] === this.#cell[0] && this.#current, ...boxes))
    this.#frame.say(...imageWords(this.#m, this.spec.data, [c, i, j], readers.length))
  }

  #readW(k: number, c: number, a: number, b: number): void {
    const m = this.#m
    this.#marks()
    const n = this.#shown.indexOf(c)
    const here = { x: b, y: a, w: 1, h: 1, thin: true }
    const used = k === this.#cell[0] && m.cells > 0
    this.#w[this.#filters.indexOf(k)][n].mark(used && { x: 0, y: 0, w: m.k, h: m.h }, here)
    if (used) {
      const { x, y } = this.#window
      this.#x[n].mark(this.#window, {
        ...here,
        x: x + b * m.dilation[1],
        y: y + a * m.dilation[0],
      })
      this.#products[n].mark(here)
    }
    const x = used ? m.term(this.#cell, c, a, b).x : null
    this.#frame.say(...weightWords(m, this.spec.data, [k, c, a, b], x))
  }
}

const head = (text: string, shape: string, extra = ''): HTMLElement =>
  h('div', { class: `ls-head ${extra}` }, text, h('span', { class: 'ls-shape' }, shape))

function each(g: Grid, f: (td: HTMLTableCellElement, row: number, column: number) => void): void {
  g.cells.forEach((row, i) => row.forEach((td, j) => f(td, i, j)))
}
