/** The convolution stepper: every output cell opens into its products and their sum. */
import type { ConvView } from 'layerscope/spec'
import {
  button,
  Frame,
  h,
  here,
  number,
  scale,
  segment,
  shapeText,
  tint,
  Transport,
  untint,
  type Renderer,
} from '../../parts/index.ts'
import { Grid, numberCell, showNumber } from './grid.ts'
import { ConvModel, type Cell } from './model.ts'
import { capital, Comparison, ledger, outputTable, same, value } from './numbers.ts'

/** Above this an x is shown as the neighbourhood of the window. */
const LARGEST = 18
const CHANNELS = 4

export const convRenderer: Renderer<ConvView> = (spec, element, context) => {
  let current = spec
  let view = new ConvStepper(spec, element, context)
  return {
    update(next) {
      // The kernel repeats the same numbers when it says hello: what the reader typed and where he stands stay.
      if (JSON.stringify(next.data) === JSON.stringify(current.data)) return
      current = next
      view.dispose()
      view = new ConvStepper(next, element, context)
    },
    dispose: () => view.dispose(),
  }
}

class ConvStepper {
  readonly #m: ConvModel
  readonly #comparison: Comparison
  readonly #frame: Frame
  readonly #transport: Transport
  readonly #abort = new AbortController()
  readonly #sheet = h('div', { class: 'ls-sheet' })
  readonly #formula = h('div', { class: 'ls-formula' })
  readonly #verdict = h('div', { class: 'ls-verdict', role: 'status' })
  #x: Grid[] = []
  #w: Grid[][] = []
  #products: Grid[] = []
  #sums: HTMLElement[] = []
  #total = h('div', { class: 'ls-sum ls-total' })
  #bias = h('div', { class: 'ls-sum' })
  #o: Grid[] = []
  #cell: Cell = [0, 0, 0]
  /** Top left of the part of x that is shown, when x is large. */
  #origin: [number, number] = [0, 0]
  #request = 0

  constructor(
    private readonly spec: ConvView,
    element: HTMLElement,
    private readonly context: Parameters<Renderer<ConvView>>[2],
  ) {
    this.#m = new ConvModel(spec)
    this.#comparison = new Comparison(spec, this.#m, cell => this.#output(cell))
    context.signal.addEventListener('abort', () => this.#abort.abort())
    const signal = this.#abort.signal
    this.#frame = new Frame(
      element,
      { ...context, signal },
      {
        drill: 'How was this computed? All products as one sum',
        onTheme: () => this.#refresh(),
        table: () => outputTable(this.#m, this.spec.data.names.o, cell => this.#output(cell)),
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
    this.#transport = new Transport('output cell', i => this.#goTo(this.#m.cell(i)), 800, signal)
    this.#frame.body.append(this.#sheet)
    const { data } = spec
    const choices = (d: number, from: number) =>
      [...new Set([0, 1, 2, 3].map(n => n + from).concat(d))].sort((a, b) => a - b).slice(0, 4)
    const square = data.stride[0] === data.stride[1] && data.padding[0] === data.padding[1]
    const reset = button('reset numbers', () => {
      this.#m.reset()
      this.#build()
    })
    this.#frame.controls.append(this.#transport.element)
    if (square && !data.driven)
      this.#frame.controls.append(
        segment(
          'stride',
          choices(data.stride[0], 1)
            .slice(0, 3)
            .map(n => [n, String(n)] as const),
          data.stride[0],
          n => {
            this.#m.stride = [n, n]
            this.#build()
          },
        ).element,
        segment(
          'padding',
          choices(data.padding[0], 0)
            .slice(0, 3)
            .map(n => [n, String(n)] as const),
          data.padding[0],
          n => {
            this.#m.padding = [n, n]
            this.#build()
          },
        ).element,
      )
    this.#frame.controls.append(reset)
    if (data.at.length) this.#cell = data.at[0]
    this.#build()
  }

  dispose(): void {
    this.#abort.abort()
  }

  #name(tensor: 'x' | 'w' | 'b' | 'o', ...index: number[]): string {
    const { names, plain } = this.spec.data
    const used = plain
      ? tensor === 'x' || tensor === 'o'
        ? index.slice(1)
        : tensor === 'w'
          ? index.slice(2)
          : index
      : index
    return `${names[tensor]}[${used.join(', ')}]`
  }

  /** Part of x that is shown: all of it, or what lies round the window. */
  #extent(): { rows: number; columns: number } {
    const [H, W] = [this.#m.H + 2 * this.#m.padding[0], this.#m.W + 2 * this.#m.padding[1]]
    return { rows: Math.min(H, LARGEST), columns: Math.min(W, LARGEST) }
  }
  #channels(): number[] {
    if (this.#m.C <= CHANNELS) return Array.from({ length: this.#m.C }, (_, c) => c)
    // The channels that say most about this cell.
    return Array.from({ length: this.#m.C }, (_, c) => c)
      .sort(
        (a, b) =>
          Math.abs(this.#m.channelSum(this.#cell, b)) - Math.abs(this.#m.channelSum(this.#cell, a)),
      )
      .slice(0, CHANNELS)
      .sort((a, b) => a - b)
  }
  #shown: number[] = []
  #filters: number[] = []

  #build(): void {
    const m = this.#m
    const { names, plain, edit, hasBias } = this.spec.data
    this.#cell = [
      Math.min(this.#cell[0], m.K - 1),
      Math.min(this.#cell[1], Math.max(0, m.rows - 1)),
      Math.min(this.#cell[2], Math.max(0, m.columns - 1)),
    ]
    this.#shown = this.#channels()
    this.#filters = m.K <= 3 ? Array.from({ length: m.K }, (_, k) => k) : [this.#cell[0]]
    const { rows, columns } = this.#extent()
    const [H, W] = [m.H + 2 * m.padding[0], m.W + 2 * m.padding[1]]
    this.#x = this.#shown.map(
      c =>
        new Grid({
          rows,
          columns,
          cell: (i, j) => {
            const [r, s] = [i + this.#origin[0], j + this.#origin[1]]
            if (m.isPadding(r, s))
              return h(
                'td',
                {
                  class: 'ls-pad',
                  onpointerenter: () => this.#readX(c, r, s),
                  onpointerleave: () => this.#marks(),
                },
                '0',
              )
            const [p, q] = [r - m.padding[0], s - m.padding[1]]
            return numberCell(
              {
                name: this.#name('x', c, p, q),
                onType: edit.includes('x')
                  ? v =>
                      this.#type(
                        () => (m.x[(c * m.H + p) * m.W + q] = v),
                        this.#name('x', c, p, q),
                        v,
                      )
                  : null,
                onHover: () => this.#readX(c, r, s),
                onLeave: () => this.#marks(),
              },
              i === 0 && j === 0,
            )
          },
        }),
    )
    this.#w = this.#filters.map(k =>
      this.#shown.map(
        c =>
          new Grid({
            rows: m.h,
            columns: m.k,
            cell: (a, b) =>
              numberCell(
                {
                  name: this.#name('w', k, c, a, b),
                  onType: edit.includes('w')
                    ? v =>
                        this.#type(
                          () => (m.w[((k * m.C + c) * m.h + a) * m.k + b] = v),
                          this.#name('w', k, c, a, b),
                          v,
                        )
                    : null,
                  onHover: () => this.#readW(k, c, a, b),
                  onLeave: () => this.#marks(),
                },
                a === 0 && b === 0,
              ),
          }),
      ),
    )
    this.#products = this.#shown.map(
      () => new Grid({ rows: m.h, columns: m.k, className: 'ls-products', cell: () => h('td') }),
    )
    this.#sums = this.#shown.map(() => h('div', { class: 'ls-sum' }))
    this.#o = Array.from(
      { length: m.K },
      (_, k) =>
        new Grid({
          rows: m.rows,
          columns: m.columns,
          className: 'ls-out',
          cell: (i, j) =>
            h(
              'td',
              {},
              h('button', {
                type: 'button',
                tabindex: k + i + j ? -1 : 0,
                onclick: () => this.#transport.go(m.index([k, i, j])),
                onpointerenter: () => this.#sayCell([k, i, j]),
                onpointerleave: () => this.#sayCell(this.#cell),
                onfocus: () => this.#sayCell([k, i, j]),
                onkeydown: (e: KeyboardEvent) => this.#arrow(e, [k, i, j]),
              }),
            ),
        }),
    )
    const head = (text: string, shape: string, extra = '') =>
      h('div', { class: `ls-head ${extra}` }, text, h('span', { class: 'ls-shape' }, shape))
    const op = (text: string) => h('span', { class: 'ls-op' }, text)
    const plainShape = (s: number[]) => shapeText(plain ? s.slice(-2) : s)
    const wHead = this.#filters.map(k =>
      head(m.K > 1 ? `${names.w}[${k}]` : names.w, plainShape([m.C, m.h, m.k])),
    )
    const xShape = plainShape([m.C, H, W])
    const padded = m.padding[0] || m.padding[1] ? ', padded' : ''
    const left = h(
      'div',
      { class: 'ls-sheet-left', style: { '--ls-filters': String(this.#filters.length) } },
      head(names.x, `${xShape}${padded}`),
      op(''),
      ...wHead,
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
    const outs = h(
      'div',
      { class: 'ls-outs' },
      head(names.o, plainShape([m.K, m.rows, m.columns])),
      ...this.#o.map((g, k) =>
        h(
          'div',
          {},
          m.K > 1 || hasBias
            ? h(
                'div',
                { class: 'ls-caption' },
                `${m.K > 1 ? `filter ${k}` : ''}${hasBias ? `${m.K > 1 ? ', ' : ''}${names.b} = ${value(m.b[k])}` : ''}`,
              )
            : null,
          g.element,
        ),
      ),
      this.#verdict,
    )
    this.#sheet.replaceChildren(left, outs, this.#formula)
    const strideText = `stride ${m.stride[0] === m.stride[1] ? m.stride[0] : m.stride.join('×')}, padding ${m.padding[0] === m.padding[1] ? m.padding[0] : m.padding.join('×')}${m.dilation.some(d => d > 1) ? `, dilation ${m.dilation.join('×')}` : ''}`
    this.#frame.title(
      this.spec.title,
      `${plainShape([m.C, m.H, m.W])} → ${plainShape([m.K, m.rows, m.columns])}`,
      [strideText, this.spec.from].filter(Boolean).join(' · '),
    )
    const per = m.rows * m.columns
    const tick = (n: number) => ({
      major: per > 0 && n % (m.K > 1 ? per : Math.max(1, m.columns)) === 0,
      label:
        per > 0 &&
        n % (m.K > 1 ? per : Math.max(1, m.columns)) === 0 &&
        m.cells / (m.K > 1 ? per : Math.max(1, m.columns)) <= 12
          ? m.K > 1
            ? `${names.o}[${n / per}]`
            : `row ${n / m.columns}`
          : undefined,
      say: this.#name('o', ...m.cell(n)),
    })
    this.#transport.ticks(
      m.cells <= 400
        ? Array.from({ length: m.cells }, (_, n) => tick(n))
        : Array.from({ length: m.cells }, (_, n) => ({ say: tick(n).say })),
      m.index(this.#cell),
    )
    this.#goTo(this.#cell)
  }

  #arrow(e: KeyboardEvent, [k, i, j]: Cell): void {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      e.key
    ]
    if (!move) return
    this.#o[k].cells[i + move[0]]?.[j + move[1]]?.querySelector('button')?.focus()
    e.preventDefault()
    e.stopPropagation()
  }

  #goTo(cell: Cell): void {
    const m = this.#m
    const filter = this.#filters.includes(cell[0])
    this.#cell = cell
    const { rows, columns } = this.#extent()
    const window = [cell[1] * m.stride[0], cell[2] * m.stride[1]]
    const total = [m.H + 2 * m.padding[0], m.W + 2 * m.padding[1]]
    const sizes = [rows, columns]
    const before = this.#origin.join()
    this.#origin = [0, 1].map(d => {
      const [at, reach] = [window[d], m.reach[d]]
      if (total[d] <= sizes[d]) return 0
      const o = this.#origin[d]
      return at >= o && at + reach <= o + sizes[d]
        ? o
        : Math.max(0, Math.min(total[d] - sizes[d], at - Math.floor((sizes[d] - reach) / 2)))
    }) as [number, number]
    const channels = this.#channels().join()
    if (!filter || this.#origin.join() !== before || channels !== this.#shown.join())
      return this.#build()
    this.#refresh()
  }

  #type(write: () => void, name: string, v: number): void {
    write()
    this.#m.changed = true
    this.#refresh()
    const counted = this.#comparison.counted()
    this.#frame.say(
      'You set ',
      h('b', {}, name),
      ' to ',
      number(value(v)),
      '. ',
      this.#comparison.verdict() || counted,
    )
  }

  /** Values of the outputs: the student's function's where it drives, else computed here. */
  #output(cell: Cell): number | { error: string } {
    return this.#m.given?.[cell[0]]?.[cell[1]]?.[cell[2]] ?? this.#m.output(cell)
  }

  #refresh(): void {
    const m = this.#m
    const s = scale(
      'diverging',
      Math.max(1, ...Array.from(m.x, Math.abs), ...Array.from(m.w, Math.abs)) * 1.6,
    )
    this.#x.forEach((g, n) =>
      g.cells.forEach((row, i) =>
        row.forEach((td, j) => {
          const [r, c] = [i + this.#origin[0], j + this.#origin[1]]
          const unread = m.unread(r, c)
          td.classList.toggle('ls-unread', unread)
          if (!m.isPadding(r, c)) showNumber(td, m.at(this.#shown[n], r, c), unread ? null : s)
        }),
      ),
    )
    this.#w.forEach((f, n) =>
      f.forEach((g, q) =>
        g.cells.forEach((row, a) =>
          row.forEach((td, b) =>
            showNumber(td, m.weight(this.#filters[n], this.#shown[q], a, b), s),
          ),
        ),
      ),
    )
    this.#shown.forEach((c, n) => {
      m.terms(this.#cell, c).forEach((row, a) =>
        row.forEach((t, b) => {
          const td = this.#products[n].cells[a][b]
          td.replaceChildren(
            h('span', {}, `${value(t.x)}·${value(t.w)} = `),
            h('b', {}, value(t.x * t.w)),
          )
          tint(td, t.x * t.w, s)
        }),
      )
      this.#sums[n].textContent = value(m.channelSum(this.#cell, c))
    })
    this.#bias.textContent = `${m.b[this.#cell[0]] < 0 ? '−' : '+'} ${value(Math.abs(m.b[this.#cell[0]]))}`
    this.#total.textContent = `= ${value(m.output(this.#cell))}`
    this.#sums.forEach(e => e.classList.toggle('ls-total', m.C === 1 && !this.spec.data.hasBias))
    this.#showOutputs()
    const fits = (d: 0 | 1) => m.exact(d) % 1 === 0
    const side = m.H === m.W && m.h === m.k ? 1 : 2
    const parts = [0, 1]
      .slice(0, side)
      .map(
        d =>
          `(${[m.H, m.W][d]} + 2·${m.padding[d]} − ${m.reach[d]}) / ${m.stride[d]} + 1 = ${value(m.exact(d as 0 | 1))}`,
      ) // d is 0 or 1
    const left = !fits(0) || !fits(1)
    this.#formula.textContent = `size: ${parts.join(' and ')}${left ? `, rounded down to ${m.rows}${side > 1 ? ` × ${m.columns}` : ''}: hatched cells are read by no window` : ''}.${this.spec.data.edit.length ? ' Type into any cell.' : ''}`
    this.#marks()
    this.#frame.drill.replaceChildren(
      ...ledger(m, this.#cell, this.#name('o', ...this.#cell), this.spec.data.hasBias),
    )
    if (this.spec.data.driven) void this.#ask()
  }

  #showOutputs(): void {
    const m = this.#m
    const values = Array.from({ length: m.cells }, (_, n) => this.#output(m.cell(n)))
    const s = scale(
      'diverging',
      Math.max(
        1,
        ...values.map(v => (typeof v === 'number' && Number.isFinite(v) ? Math.abs(v) : 0)),
      ) * 1.6,
    )
    this.#o.forEach((g, k) =>
      g.cells.forEach((row, i) =>
        row.forEach((td, j) => {
          const v = this.#output([k, i, j])
          const b = td.querySelector('button')
          if (!b) return
          const other = this.#comparison.with([k, i, j])
          const differs = other !== null && (typeof v !== 'number' || !same(v, other))
          b.replaceChildren(typeof v === 'number' ? value(v) : '!')
          b.setAttribute(
            'aria-label',
            `${this.#name('o', k, i, j)} = ${typeof v === 'number' ? value(v) : v.error}${differs ? `, ${this.spec.data.compare?.label} ${value(other)}` : ''}`,
          )
          if (typeof v === 'number') tint(td, v, s)
          else untint(td)
          td.classList.toggle('ls-differs', differs)
          td.classList.toggle('ls-error', typeof v !== 'number')
          td.classList.toggle(
            'ls-counted',
            typeof v === 'number' && this.spec.data.count !== null && same(v, this.spec.data.count),
          )
          if (differs) b.append(h('small', {}, `≠ ${value(other)}`))
        }),
      ),
    )
    this.#verdict.textContent = [this.#comparison.verdict(), this.#comparison.counted()]
      .filter(Boolean)
      .join(' ')
    const { agree, all } = this.#comparison.agreement()
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
      m.given = reply.output as ConvModel['given'] // read defensively, cell by cell
      this.#showOutputs()
    } catch (e) {
      this.#frame.say(
        'The kernel could not compute it: ',
        String(e instanceof Error ? e.message : e),
      )
    }
  }

  #marks(): void {
    const m = this.#m
    const [k, i, j] = this.#cell
    const window = {
      x: j * m.stride[1] - this.#origin[1],
      y: i * m.stride[0] - this.#origin[0],
      w: m.reach[1],
      h: m.reach[0],
    }
    this.#x.forEach(g => g.mark(window))
    this.#w.forEach((f, n) =>
      f.forEach(g => g.mark(this.#filters[n] === k && { x: 0, y: 0, w: m.k, h: m.h })),
    )
    this.#products.forEach(g => g.mark())
    const others = this.spec.data.at.filter(a => a.join() !== this.#cell.join())
    this.#o.forEach((g, n) =>
      g.mark(
        ...others.filter(a => a[0] === n).map(a => ({ x: a[2], y: a[1], w: 1, h: 1, thin: true })),
        n === k && { x: j, y: i, w: 1, h: 1 },
      ),
    )
    this.#sayCell(this.#cell)
  }

  #sayCell(cell: Cell): void {
    const m = this.#m
    if (!m.cells)
      return this.#frame.say('The window is larger than the padded image: no place to lay it.')
    const v = this.#output(cell)
    const sums = Array.from({ length: m.C }, (_, c) => m.channelSum(cell, c))
    const other = this.#comparison.with(cell)
    const difference =
      other !== null && (typeof v !== 'number' || !same(v, other))
        ? ` ${capital(this.spec.data.compare?.label ?? '')}: ${value(other)}.`
        : ''
    if (typeof v !== 'number')
      return this.#frame.say(
        h('b', {}, this.#name('o', ...cell)),
        ': your function threw ',
        number(v.error),
      )
    const how =
      m.C > 1
        ? [
            ' = ',
            number(m.C <= 6 ? sums.map(value).join(' + ') : value(sums.reduce((a, b) => a + b, 0))),
            ` from the ${m.C} channels`,
            this.spec.data.hasBias ? [', + bias ', number(value(m.b[cell[0]]))] : '',
            ' = ',
          ]
        : this.spec.data.hasBias
          ? [' = ', number(value(sums[0])), ' + bias ', number(value(m.b[cell[0]])), ' = ']
          : [': the ', String(m.h * m.k), ' products add up to ']
    this.#frame.say(
      h('b', {}, this.#name('o', ...cell)),
      ...how,
      here(number(value(m.output(cell)))),
      '.',
      m.given && typeof v === 'number' && !same(v, m.output(cell))
        ? ` Your function gives ${value(v)}.`
        : '',
      difference,
    )
  }

  #readX(c: number, i: number, j: number): void {
    const m = this.#m
    const readers = m.readers(i, j)
    const [k, I, J] = this.#cell
    const [oi, oj] = this.#origin
    this.#x.forEach((g, n) =>
      g.mark(
        { x: J * m.stride[1] - oj, y: I * m.stride[0] - oi, w: m.reach[1], h: m.reach[0] },
        this.#shown[n] === c && { x: j - oj, y: i - oi, w: 1, h: 1, thin: true },
      ),
    )
    this.#o.forEach((g, n) =>
      g.mark(
        n === k && { x: J, y: I, w: 1, h: 1 },
        ...readers.map(([r, s]) => ({ x: s, y: r, w: 1, h: 1, thin: true })),
      ),
    )
    const name = m.isPadding(i, j)
      ? 'Padding'
      : this.#name('x', c, i - m.padding[0], j - m.padding[1])
    this.#frame.say(
      h('b', {}, name),
      ' is ',
      number(value(m.at(c, i, j))),
      '. ',
      readers.length
        ? `${readers.length} of ${m.rows * m.columns} windows ${readers.length === 1 ? 'reads' : 'read'} it (outlined in ${this.spec.data.names.o}).`
        : 'No window reads it: the stride steps over it.',
    )
  }

  #readW(k: number, c: number, a: number, b: number): void {
    const m = this.#m
    this.#marks()
    const [K, I, J] = this.#cell
    const n = this.#shown.indexOf(c)
    this.#w[this.#filters.indexOf(k)][n].mark(k === K && { x: 0, y: 0, w: m.k, h: m.h }, {
      x: b,
      y: a,
      w: 1,
      h: 1,
      thin: true,
    })
    if (k === K) {
      const [r, s] = [I * m.stride[0] + a * m.dilation[0], J * m.stride[1] + b * m.dilation[1]]
      this.#x[n].mark(
        {
          x: J * m.stride[1] - this.#origin[1],
          y: I * m.stride[0] - this.#origin[0],
          w: m.reach[1],
          h: m.reach[0],
        },
        { x: s - this.#origin[1], y: r - this.#origin[0], w: 1, h: 1, thin: true },
      )
      this.#products[n].mark({ x: b, y: a, w: 1, h: 1, thin: true })
      this.#frame.say(
        h('b', {}, this.#name('w', k, c, a, b)),
        ' is ',
        number(value(m.weight(k, c, a, b))),
        '. Here it multiplies ',
        number(value(m.at(c, r, s))),
        `. The same weight is used ${m.rows * m.columns} times, once for every cell${m.K > 1 ? ` of ${this.spec.data.names.o}[${k}]` : ''}.`,
      )
    } else
      this.#frame.say(
        h('b', {}, this.#name('w', k, c, a, b)),
        ' is ',
        number(value(m.weight(k, c, a, b))),
        '.',
      )
  }
}
