/** The pooling stepper: which value wins, and where its gradient goes. */
import type { PoolView } from 'layerscope/spec'
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
  type Box,
  type Choice,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { PoolModel, type Cell } from './model.ts'
import {
  cellText,
  imageWords,
  nameOf,
  outputWords,
  paddingWords,
  same,
  value,
  windowValues,
} from './words.ts'

/** Rows and columns that are shown of a larger x or output. */
const LARGEST = { x: 12, y: 8 }
/** Rows of the drill-down's list, and of tables. */
const LISTED = 64
/** Channels that get a button each. */
const CHANNELS = 8

export const poolRenderer: Renderer<PoolView> = remaking(
  (spec, element, context) => new PoolStepper(spec, element, context),
  (next, current) => unchanged(next.data, current.data),
)

/** Whether two states show the same numbers, however they are encoded. */
function unchanged(a: PoolView['data'], b: PoolView['data']): boolean {
  const rest = ({ x: _x, output: _y, gradient: _g, switches: _s, ...others }: PoolView['data']) =>
    JSON.stringify(others)
  return rest(a) === rest(b) && sameNumbers(a.x, b.x) && sameNumbers(a.gradient, b.gradient)
}

class PoolStepper {
  readonly #m: PoolModel
  readonly #frame: Frame
  readonly #transport: Transport
  readonly #abort = new AbortController()
  readonly #sheet = h('div', { class: 'ls-pool' })
  readonly #verdict = h('div', { class: 'ls-verdict', role: 'status' })
  readonly #take: Choice<'max' | 'mean'> | null = null
  readonly #channel: Choice<number> | null = null
  readonly #back: HTMLButtonElement
  #grids: { x: Grid; y: Grid; gx: Grid | null; g: Grid | null } | null = null
  #cell: Cell
  /** Top left of the part of the padded x and of the output that is shown. */
  #origin: [number, number] = [0, 0]
  #first: [number, number] = [0, 0]

  constructor(
    private readonly spec: PoolView,
    element: HTMLElement,
    private readonly context: RenderContext,
  ) {
    const m = new PoolModel(spec)
    this.#m = m
    this.#cell = spec.data.at
    const signal = AbortSignal.any([context.signal, this.#abort.signal])
    this.#frame = new Frame(
      element,
      { ...context, signal },
      {
        drill: 'How was this computed? Every output and the cell it came from',
        onTheme: () => this.#refresh(),
        table: () => this.#table(),
        keys: {
          ',': () => this.#transport.step(-1),
          '.': () => this.#transport.step(1),
          '[': () => this.#toChannel(this.#cell[0] - 1),
          ']': () => this.#toChannel(this.#cell[0] + 1),
          p: () => this.#transport.toggle(),
          Escape: () => this.#marks(),
        },
      },
    )
    const per = m.rows * m.columns
    this.#transport = new Transport(
      'output cell',
      n => this.#goTo([this.#cell[0], Math.floor(n / m.columns), n % m.columns]),
      900,
      signal,
    )
    this.#transport.ticks(
      per,
      n => ({
        major: n % m.columns === 0,
        label:
          m.rows === 1
            ? m.columns <= 24
              ? String(n)
              : undefined
            : n % m.columns === 0 && m.rows <= 16
              ? `row ${n / m.columns}`
              : undefined,
        say: this.#name('y', [this.#cell[0], Math.floor(n / m.columns), n % m.columns]),
      }),
      this.#cell[1] * m.columns + this.#cell[2],
    )
    this.#frame.body.append(this.#sheet)
    this.#frame.controls.append(this.#transport.element)
    if (m.C > 1 && m.C <= CHANNELS) {
      const channels = Array.from({ length: m.C }, (_, c) => [c, String(c)] as const)
      this.#channel = segment('channel', channels, this.#cell[0], c => this.#toChannel(c))
      this.#frame.controls.append(this.#channel.element)
    }
    this.#back = button('and back', () => this.#toggleBack())
    if (m.editable) {
      const kinds = [
        ['max', 'max'],
        ['mean', 'mean'],
      ] as const
      this.#take = segment('take', kinds, m.mode, mode => {
        m.mode = mode
        m.compute()
        this.#build()
      })
      this.#frame.controls.append(
        this.#take.element,
        this.#back,
        button('reset numbers', () => this.#reset()),
      )
    }
    this.#build()
  }

  dispose(): void {
    this.#abort.abort()
  }

  #name(which: 'x' | 'y', index: readonly number[]): string {
    return nameOf(this.spec.data, which, index)
  }
  #reset(): void {
    this.#m.reset()
    this.#take?.show(this.#m.mode)
    this.#build()
  }
  /** The gradient of the output, all ones at first: that of its sum. */
  #toggleBack(): void {
    const m = this.#m
    m.g = m.g ? null : new Float64Array(m.cells).fill(1)
    m.compute()
    this.#build()
    if (m.g)
      this.#frame.say(
        'Now each output has the gradient 1, as if their sum were the loss. Type other numbers into it.',
      )
  }
  #toChannel(c: number): void {
    const { C } = this.#m
    if (c < 0 || c >= C) return
    this.#channel?.show(c)
    this.#cell = [c, this.#cell[1], this.#cell[2]]
    this.#build()
  }

  #part(size: readonly [number, number], most: number): [number, number] {
    return [Math.min(size[0], most), Math.min(size[1], most)]
  }
  /** The parts that are shown hold the window and its cell. */
  #follow(): void {
    const m = this.#m
    const keep = (origin: number, at: number, reach: number, shown: number, total: number) =>
      total <= shown
        ? 0
        : at >= origin && at + reach <= origin + shown
          ? Math.min(origin, total - shown)
          : Math.max(0, Math.min(total - shown, at - Math.floor((shown - reach) / 2)))
    const x = this.#part(m.padded, LARGEST.x)
    const size: [number, number] = [m.rows, m.columns]
    const y = this.#part(size, LARGEST.y)
    const along = (f: (d: 0 | 1) => number): [number, number] => [f(0), f(1)]
    this.#origin = along(d =>
      keep(this.#origin[d], this.#cell[d + 1] * m.stride[d], m.reach[d], x[d], m.padded[d]),
    )
    this.#first = along(d => keep(this.#first[d], this.#cell[d + 1], 1, y[d], size[d]))
  }

  /** Lays the sheet out anew: another channel, another part, with or without the way back. */
  #build(): void {
    const m = this.#m
    this.#follow()
    const [xRows, xColumns] = this.#part(m.padded, LARGEST.x)
    const [yRows, yColumns] = this.#part([m.rows, m.columns], LARGEST.y)
    const grids = {
      x: this.#imageGrid(xRows, xColumns, m.editable),
      y: this.#outputGrid(yRows, yColumns),
      gx: m.g ? this.#imageGrid(xRows, xColumns, false) : null,
      g: m.g ? this.#gradientGrid(yRows, yColumns) : null,
    }
    this.#grids = grids
    const max = m.mode === 'max'
    const { x, y } = this.spec.data.names
    const wide = xColumns + (xRows === 1 ? 0 : yColumns)
    this.#sheet.className = `ls-pool${xRows === 1 || wide > 10 ? ' ls-stacked' : ''}`
    this.#sheet.style.setProperty('--ls-cells', String(wide))
    this.#sheet.style.setProperty('--ls-most', String(Math.max(xColumns, yColumns)))
    this.#sheet.style.setProperty('--ls-want', `${wide <= 7 ? 54 : wide <= 12 ? 44 : 36}px`)
    keepFocus(this.#sheet, () =>
      this.#sheet.replaceChildren(
        this.#half('Forward', this.#settings(), [
          this.#block(x, this.#cut(xRows, xColumns, m.padded), grids.x),
          arrow('→', max ? 'max' : 'mean'),
          this.#block(y, this.#cut(yRows, yColumns, [m.rows, m.columns]), grids.y),
        ]),
        grids.gx && grids.g
          ? this.#half(
              'Backward',
              max
                ? 'each gradient goes to the cell that won'
                : 'each gradient is shared by its window',
              [
                this.#block(`gradient of ${x}`, '', grids.gx),
                arrow('←', max ? 'to the switch' : 'shared'),
                this.#block(`gradient of ${y}`, '', grids.g),
              ],
            )
          : h('span'),
        this.#verdict,
      ),
    )
    this.#back.textContent = m.g ? 'forward only' : 'and back'
    this.#title()
    this.#refresh()
  }
  #half(name: string, what: string, children: HTMLElement[]): HTMLElement {
    return h(
      'section',
      { class: 'ls-half', 'aria-label': name },
      h('h3', { class: 'ls-label' }, name, h('span', { class: 'ls-small' }, what)),
      ...children,
    )
  }
  #block(name: string, cut: string, grid: Grid): HTMLElement {
    return h('div', {}, h('div', { class: 'ls-caption' }, name + cut), grid.element)
  }
  #cut(rows: number, columns: number, [r, c]: readonly [number, number]): string {
    return rows < r || columns < c ? ', the part round the window' : ''
  }
  #settings(): string {
    const { kernel, stride, padding, dilation } = this.#m
    const { row } = this.spec.data
    const pair = ([a, b]: readonly number[]) => (row || a === b ? String(b) : `${a}×${b}`)
    const said = [`window ${row ? kernel[1] : kernel.join('×')}`, `stride ${pair(stride)}`]
    if (padding.some(p => p > 0)) said.push(`padding ${pair(padding)}`)
    if (dilation.some(d => d > 1)) said.push(`dilation ${pair(dilation)}`)
    return said.join(', ')
  }
  #title(): void {
    const m = this.#m
    const { plain, row, mode } = this.spec.data
    const shape = (s: number[]) => shapeText([...(plain ? [] : [s[0]]), ...(row ? [] : [s[1]]), s[2]]) // prettier-ignore
    const changed = m.mode !== mode
    this.#frame.title(
      changed ? `${m.mode} pooling` : this.spec.title,
      `${shape([m.C, m.H, m.W])} → ${shape([m.C, m.rows, m.columns])}`,
      [
        m.C > 1 ? `channel ${this.#cell[0]} of ${m.C}` : '',
        this.spec.from ?? '',
        m.editable
          ? `type into ${this.spec.data.names.x}${m.g ? ' or into the gradient' : ''}`
          : '',
      ]
        .filter(Boolean)
        .join(' · '),
    )
  }

  #imageGrid(rows: number, columns: number, edit: boolean): Grid {
    const m = this.#m
    const onLeave = () => this.#marks()
    return new Grid({
      rows,
      columns,
      cell: (i, j) => {
        const [p, q] = [i + this.#origin[0], j + this.#origin[1]]
        if (!m.inside(p, q))
          return h('td', {
            class: 'ls-pad',
            onpointerenter: () => this.#frame.say(...paddingWords(m, p, q)),
            onpointerleave: onLeave,
          })
        const [r, s] = [p - m.padding[0], q - m.padding[1]]
        const at = (): Cell => [this.#cell[0], r, s]
        return numberCell(
          {
            name: `${edit ? '' : 'gradient of '}${this.#name('x', at())}`,
            onType: edit ? v => this.#type(m.x, m.flat(...at()), this.#name('x', at()), v) : null,
            onHover: () => this.#readX(at()),
            onLeave,
          },
          i === 0 && j === 0,
        )
      },
    })
  }
  #outputGrid(rows: number, columns: number): Grid {
    return new Grid({
      rows,
      columns,
      className: 'ls-out',
      cell: (i, j) => {
        const at = (): Cell => [this.#cell[0], i + this.#first[0], j + this.#first[1]]
        return h(
          'td',
          {},
          h('button', {
            type: 'button',
            tabindex: i + j ? -1 : 0,
            onclick: () => this.#pin(at()),
            onpointerenter: () => this.#readY(at()),
            onpointerleave: () => this.#marks(),
            onfocus: () => this.#readY(at()),
            onkeydown: (e: KeyboardEvent) => this.#arrow(e, i, j),
          }),
        )
      },
    })
  }
  #gradientGrid(rows: number, columns: number): Grid {
    const m = this.#m
    return new Grid({
      rows,
      columns,
      cell: (i, j) => {
        const at = (): Cell => [this.#cell[0], i + this.#first[0], j + this.#first[1]]
        const name = `gradient of ${this.#name('y', at())}`
        const onType = (v: number) => m.g && this.#type(m.g, m.index(at()), name, v)
        return numberCell(
          {
            name,
            onType: m.editable ? onType : null,
            onHover: () => this.#readY(at()),
            onLeave: () => this.#marks(),
          },
          i === 0 && j === 0,
        )
      },
    })
  }

  #type(into: Float64Array, index: number, name: string, v: number): void {
    into[index] = v
    this.#m.compute()
    this.#refresh()
    this.#frame.say('You set ', h('b', {}, name), ' to ', number(value(v)), '. ', ...outputWords(this.#m, this.spec.data, this.#cell)) // prettier-ignore
  }
  #arrow(e: KeyboardEvent, i: number, j: number): void {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      e.key
    ]
    if (!move) return
    this.#grids?.y.cells[i + move[0]]?.[j + move[1]]?.querySelector('button')?.focus()
    e.preventDefault()
    e.stopPropagation()
  }
  #pin(cell: Cell): void {
    this.#transport.stop()
    this.#transport.go(cell[1] * this.#m.columns + cell[2])
    if (this.context.live.state === 'live')
      this.context.live.event('pin', { index: [...cell] }).catch(() => undefined)
  }
  #goTo(cell: Cell): void {
    const before = [this.#origin, this.#first].join()
    this.#cell = cell
    this.#follow()
    if ([this.#origin, this.#first].join() === before) return this.#refresh()
    const focused = this.#grids?.y.element.contains(document.activeElement)
    this.#build()
    if (!focused) return
    const td = this.#grids?.y.cells[cell[1] - this.#first[0]]?.[cell[2] - this.#first[1]]
    td?.querySelector('button')?.focus({ preventScroll: true })
  }

  /** Writes the numbers into the sheet as it is laid out. */
  #refresh(): void {
    const m = this.#m
    const [c] = this.#cell
    const dots = this.#dots()
    const current = m.winner(this.#cell)
    const s = scale('diverging', Math.max(largest(m.x), largest(m.y)) * 1.6)
    const t = scale('diverging', Math.max(largest(m.g ?? []), largest(m.gx ?? [])) * 1.6)
    const image = (grid: Grid | null, values: ArrayLike<number> | null, of: 'gx' | null) => {
      if (!grid || !values) return
      each(grid, (td, i, j) => {
        const [p, q] = [i + this.#origin[0], j + this.#origin[1]]
        if (!m.inside(p, q)) return
        const [r, k] = [p - m.padding[0], q - m.padding[1]]
        const unread = m.readers(r, k).length === 0
        td.classList.toggle('ls-unread', unread)
        const v = values[m.flat(c, r, k)]
        showNumber(td, v, unread ? null : of ? t : s)
        const here = current !== null && current[0] === r && current[1] === k
        td.classList.toggle('ls-switch', dots.has(r * m.W + k))
        td.classList.toggle('ls-here-switch', here)
        if (of) this.#compare(td, 'gx', [c, r, k], v)
      })
    }
    if (!this.#grids) return
    const { x, y, gx, g } = this.#grids
    image(x, m.x, null)
    image(gx, m.gx, 'gx')
    const at = (i: number, j: number): Cell => [c, i + this.#first[0], j + this.#first[1]]
    each(y, (td, i, j) => {
      const v = m.y[m.index(at(i, j))]
      const b = td.querySelector('button')
      b?.replaceChildren(cellText(v))
      b?.setAttribute('aria-label', `${this.#name('y', at(i, j))} = ${cellText(v)}`)
      tint(td, v, s)
      this.#compare(td, 'y', at(i, j), v)
    })
    if (g) each(g, (td, i, j) => showNumber(td, m.g?.[m.index(at(i, j))] ?? 0, t))
    this.#sayVerdict()
    this.#marks()
    this.#frame.drill.replaceChildren(this.#drill())
  }
  /** Places of the current channel that win a window. */
  #dots(): Set<number> {
    const m = this.#m
    const per = m.rows * m.columns
    const out = new Set<number>()
    if (m.switches) for (let n = 0; n < per; n++) out.add(m.switches[this.#cell[0] * per + n])
    return out
  }
  #compared(of: 'y' | 'gx', [c, i, j]: Cell): number | null {
    const { compare } = this.spec.data
    return compare?.of === of ? compare.values[c][i][j] : null
  }
  #compare(td: HTMLTableCellElement, of: 'y' | 'gx', cell: Cell, v: number): void {
    const other = this.#compared(of, cell)
    const differs = other !== null && !same(v, other)
    td.classList.toggle('ls-differs', differs)
    td.querySelector('small')?.remove()
    if (!differs) return
    const b = td.querySelector('button')
    ;(b ?? td).append(h('small', {}, `≠ ${value(other)}`))
    b?.setAttribute('aria-label', `${b.getAttribute('aria-label')} ≠ ${value(other)}`)
  }
  #sayVerdict(): void {
    const m = this.#m
    const { compare, names } = this.spec.data
    let [agree, all] = [0, 0]
    if (compare)
      compare.values.forEach((map, c) =>
        map.forEach((row, i) =>
          row.forEach((other, j) => {
            if (other === null) return
            all++
            const v = compare.of === 'y' ? m.y[m.index([c, i, j])] : m.gx?.[m.flat(c, i, j)]
            if (v !== undefined && same(v, other)) agree++
          }),
        ),
      )
    const what = compare?.of === 'gx' ? `the gradient of ${names.x}` : names.y
    this.#verdict.textContent = !all
      ? ''
      : agree === all
        ? `All ${all} cells of ${what} agree with ${compare?.label}.`
        : `${agree} of ${all} cells of ${what} agree with ${compare?.label}; where they differ its value stands below (≠).`
    this.#verdict.className = `ls-verdict ${all ? (agree === all ? 'ls-same' : 'ls-bad') : ''}`
  }

  #windowBox(cell: Cell, thin = false): Box {
    const m = this.#m
    return {
      x: cell[2] * m.stride[1] - this.#origin[1],
      y: cell[1] * m.stride[0] - this.#origin[0],
      w: m.reach[1],
      h: m.reach[0],
      thin,
    }
  }
  #outBox(cell: Cell, thin = false): Box {
    return { x: cell[2] - this.#first[1], y: cell[1] - this.#first[0], w: 1, h: 1, thin }
  }
  #isShown([, i, j]: Cell): boolean {
    const [r, s] = [i - this.#first[0], j - this.#first[1]]
    return r >= 0 && s >= 0 && r < LARGEST.y && s < LARGEST.y
  }
  #mark(inX: Box[], inY: Box[]): void {
    for (const g of [this.#grids?.x, this.#grids?.gx]) g?.mark(...inX)
    for (const g of [this.#grids?.y, this.#grids?.g]) g?.mark(...inY)
  }
  #marks(): void {
    this.#mark([this.#windowBox(this.#cell)], [this.#outBox(this.#cell)])
    this.#frame.say(...outputWords(this.#m, this.spec.data, this.#cell))
  }
  #readY(cell: Cell): void {
    const current = [this.#windowBox(this.#cell), this.#outBox(this.#cell)]
    const isCurrent = cell.join() === this.#cell.join()
    this.#mark(
      isCurrent ? [current[0]] : [current[0], this.#windowBox(cell, true)],
      isCurrent ? [current[1]] : [current[1], this.#outBox(cell, true)],
    )
    this.#frame.say(...outputWords(this.#m, this.spec.data, cell))
  }
  #readX(cell: Cell): void {
    const m = this.#m
    const [c, r, s] = cell
    const here: Box = {
      x: s + m.padding[1] - this.#origin[1],
      y: r + m.padding[0] - this.#origin[0],
      w: 1,
      h: 1,
      thin: true,
    }
    const readers = m
      .readers(r, s)
      .map(([i, j]): Cell => [c, i, j])
      .filter(cell => this.#isShown(cell))
    this.#mark(
      [this.#windowBox(this.#cell), here],
      [this.#outBox(this.#cell), ...readers.map(cell => this.#outBox(cell, true))],
    )
    this.#frame.say(...imageWords(m, this.spec.data, cell))
  }

  /** Every output of the channel with its window and its winner. */
  #drill(): HTMLElement {
    const m = this.#m
    const per = m.rows * m.columns
    const [c] = this.#cell
    // A long list begins at the current cell's row.
    const from = per > LISTED ? Math.min(this.#cell[1] * m.columns, per - LISTED) : 0
    const rows = Array.from({ length: Math.min(per, LISTED) }, (_, n) => {
      const cell: Cell = [c, Math.floor((from + n) / m.columns), (from + n) % m.columns]
      const won = m.winner(cell)
      const y = value(m.y[m.index(cell)])
      const g = m.g?.[m.index(cell)]
      const share = m.divisor(cell[1], cell[2])
      const source =
        m.mode === 'mean'
          ? `÷ ${share}`
          : won
            ? `from ${this.#name('x', [c, ...won])}${m.tie(cell) ? ', first of equals' : ''}`
            : ''
      const back =
        g === undefined
          ? ''
          : m.mode === 'mean'
            ? `${value(g)} / ${share} to each`
            : `${value(g)} goes back there`
      return h(
        'tr',
        { class: cell.join() === this.#cell.join() ? 'ls-on' : null },
        h(
          'td',
          {},
          button(this.#name('y', cell), () => this.#pin(cell), { class: 'ls-link' }),
        ),
        h('td', {}, `= ${m.mode}{${windowValues(m, cell)}}`),
        h('td', {}, '= ', h('b', {}, y)),
        h('td', {}, source),
        h('td', {}, back),
      )
    })
    const rest = per > rows.length ? `${rows.length} of ${per} outputs` : ''
    return h(
      'div',
      {},
      h('table', { class: 'ls-plain ls-list' }, ...rows),
      rest ? h('p', { class: 'ls-small' }, rest) : null,
    )
  }
  #table(): HTMLElement {
    const m = this.#m
    const [c] = this.#cell
    const range = (n: number) => Array.from({ length: Math.min(LISTED, n) }, (_, i) => i)
    const one = (
      name: string,
      rows: number,
      columns: number,
      at: (i: number, j: number) => number,
    ) =>
      h(
        'table',
        { class: 'ls-plain' },
        h('caption', {}, name),
        ...range(rows).map(i =>
          h('tr', {}, ...range(columns).map(j => h('td', {}, value(at(i, j))))),
        ),
      )
    const { x, y } = this.spec.data.names
    const { gx, g } = m
    return h(
      'div',
      { class: 'ls-windows' },
      one(x, m.H, m.W, (i, j) => m.x[m.flat(c, i, j)]),
      one(y, m.rows, m.columns, (i, j) => m.y[m.index([c, i, j])]),
      gx ? one(`gradient of ${x}`, m.H, m.W, (i, j) => gx[m.flat(c, i, j)]) : null,
      g ? one(`gradient of ${y}`, m.rows, m.columns, (i, j) => g[m.index([c, i, j])]) : null,
    )
  }
}

const arrow = (sign: string, way: string): HTMLElement =>
  h('div', { class: 'ls-way' }, h('b', {}, sign), way)

function each(g: Grid, f: (td: HTMLTableCellElement, row: number, column: number) => void): void {
  g.cells.forEach((row, i) => row.forEach((td, j) => f(td, i, j)))
}
