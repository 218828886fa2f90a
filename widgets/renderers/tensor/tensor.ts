/** Any tensor: an image, maps, or a small grid of numbers. */
import { decode, type TensorView } from 'layerscope/spec'
import {
  fitting,
  fixed,
  Frame,
  Gauge,
  Grid,
  h,
  here,
  number,
  short,
  showNumber,
  Tile,
  type Box,
  redrawing,
  type RenderContext,
  type Renderer,
  type Scale,
} from '../../parts/index.ts'

export const tensorRenderer: Renderer<TensorView> = redrawing(
  (spec: TensorView, element, context) => {
    draw(spec, element, context)
    return () => null
  },
)

/** Numbers that are written into their cells; beyond, a picture says more. */
const WRITTEN = 1600

function draw(spec: TensorView, element: HTMLElement, context: RenderContext): void {
  const { values: encoded, scale: kind, at = [], labels } = spec.data
  const values = decode(encoded)
  const numbers = spec.data.numbers && values.length <= WRITTEN
  const shape = encoded.shape
  const rank = shape.length
  const [rows, columns] = rank >= 2 ? shape.slice(-2) : [1, shape[0] ?? 1]
  const rgb = kind === 'image' && rank >= 3 && shape[rank - 3] === 3
  const per = rows * columns * (rgb ? 3 : 1)
  const maps = per ? values.length / per : 0
  const s: Scale = fitting(
    values,
    kind === 'image' ? 'grey' : kind === 'signed' ? 'diverging' : 'sequential',
  )
  const redraws: (() => void)[] = []
  const frame = new Frame(element, context, {
    onTheme: () => redraws.forEach(f => f()),
    table: () => asTable(values, rows, columns),
    keys: { Escape: () => say() },
  })
  frame.title(spec.title, spec.shape ?? '', spec.from ?? '')
  frame.details.hidden = true
  frame.controls.hidden = true
  const gauge = new Gauge()
  const index = (m: number, i: number, j: number) => [
    ...(rank > 2 && maps > 1 ? [m] : []),
    ...(rank >= 2 ? [i] : []),
    j,
  ]
  const hover = (m: number, i: number, j: number) => {
    const v = (c: number) => values[m * per + c * rows * columns + i * columns + j]
    gauge.point(rgb ? null : v(0))
    frame.say(
      h('b', {}, `${spec.title || 'value'}[${index(m, i, j).join(', ')}]`),
      ' = ',
      number(
        rgb
          ? [0, 1, 2].map(c => fixed(v(c))).join(', ')
          : Number.isInteger(v(0))
            ? fixed(v(0), 0)
            : fixed(v(0)),
      ),
      '.',
    )
  }
  const say = () => {
    gauge.point(null)
    if (!values.length) return frame.say('This tensor has no elements.')
    if (at.length)
      return frame.say('Marked: ', here(at.map(a => `[${a.join(', ')}]`).join(', ')), '.')
    frame.say(
      h(
        'span',
        { class: 'ls-hint' },
        `${range(values)}. Point at a cell to read it${numbers ? '' : ', or press t for the numbers'}.`,
      ),
    )
  }
  const boxes = (m: number): Box[] =>
    at
      .filter(a => (rank > 2 && maps > 1 ? a[a.length - 3] === m : true))
      .map(a => ({ x: a[a.length - 1], y: a.length > 1 ? a[a.length - 2] : 0, w: 1, h: 1 }))
  const bank = h('div', { class: 'ls-maps' })
  bank.style.setProperty(
    '--ls-columns',
    String(maps === 1 ? 1 : maps <= 6 ? 3 : maps <= 16 ? 4 : 8),
  )
  bank.style.setProperty('--ls-width', maps === 1 ? '320px' : '600px')
  for (let m = 0; m < Math.min(maps, 64); m++) {
    const part = values.subarray(m * per, (m + 1) * per)
    let picture: HTMLElement
    if (numbers) {
      const grid = new Grid({
        rows,
        columns,
        className: 'ls-out ls-read',
        cell: (i, j) =>
          h('td', {
            tabindex: i + j ? -1 : 0,
            onpointerenter: () => hover(m, i, j),
            onpointerleave: say,
            onfocus: () => hover(m, i, j),
            onkeydown: move,
          }),
      })
      const show = () =>
        grid.cells.forEach((row, i) =>
          row.forEach((td, j) => showNumber(td, part[i * columns + j], s)),
        )
      show()
      redraws.push(show)
      grid.mark(...boxes(m))
      picture = grid.element
    } else {
      const tile = new Tile({
        rows,
        columns,
        label: `${spec.title}${maps > 1 ? ` ${m}` : ''}, ${rows} by ${columns}`,
        onHover: (i, j) => hover(m, i, j),
        onLeave: say,
      })
      if (rgb) tile.drawRgb(part)
      else tile.draw(part, s)
      redraws.push(() => tile.redraw())
      tile.mark(...boxes(m))
      if (m) tile.element.tabIndex = -1
      picture = tile.element
    }
    bank.append(
      h(
        'figure',
        { class: 'ls-map' },
        picture,
        maps > 1 || labels ? h('figcaption', {}, labels?.[m] ?? String(m)) : null,
      ),
    )
  }
  frame.body.append(bank)
  if (maps > 64) frame.body.append(h('p', { class: 'ls-small' }, `64 of ${maps} shown.`))
  if (!numbers && !rgb && values.length) {
    gauge.set(s, maps > 1 ? `one scale for all ${maps}` : kind === 'image' ? 'pixel' : 'value')
    redraws.push(() => gauge.redraw())
    frame.body.append(gauge.element)
  }
  say()
}

/** `0 to 1`; what is not finite is left out and said. */
function range(values: ArrayLike<number>): string {
  let [lo, hi, finite] = [Infinity, -Infinity, 0]
  for (let i = 0; i < values.length; i++) {
    const v = values[i]
    if (!Number.isFinite(v)) continue
    lo = Math.min(lo, v)
    hi = Math.max(hi, v)
    finite++
  }
  const rest = values.length - finite
  const odd = rest ? `${rest} of ${values.length} values are NaN or infinite` : ''
  if (!finite) return odd
  return `${lo === hi ? `All ${short(lo)}` : `${short(lo)} to ${short(hi)}`}${odd ? `; ${odd}` : ''}`
}

function move(e: KeyboardEvent): void {
  const d = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key]
  const td = (e.target as Element).closest('td') // keys come from elements
  const table = td?.closest('table')
  if (!d || !td || !table) return
  table.rows[(td.parentElement as HTMLTableRowElement).rowIndex + d[0]]?.cells[
    td.cellIndex + d[1]
  ]?.focus() // a cell stands in a row
  e.preventDefault()
  e.stopPropagation()
}

function asTable(values: ArrayLike<number>, rows: number, columns: number): HTMLElement {
  return h(
    'table',
    { class: 'ls-plain' },
    ...Array.from({ length: Math.min(rows, 64) }, (_, i) =>
      h(
        'tr',
        {},
        ...Array.from({ length: Math.min(columns, 64) }, (_, j) =>
          h('td', {}, short(values[i * columns + j])),
        ),
      ),
    ),
  )
}
