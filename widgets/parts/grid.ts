/** A grid of numbers with a reticle layer; cells may be typed into. */
import { h } from './dom.ts'
import { fixed } from './format.ts'
import { MarkLayer, type Box } from './reticle.ts'
import { tint, untint, type Scale } from './scale.ts'

export interface GridOptions {
  rows: number
  columns: number
  className?: string
  cell: (row: number, column: number) => HTMLTableCellElement
}

export class Grid {
  readonly element: HTMLElement
  readonly cells: HTMLTableCellElement[][]
  readonly #marks: MarkLayer
  constructor({ rows, columns, className = '', cell }: GridOptions) {
    this.cells = Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) => cell(i, j)),
    )
    this.#marks = new MarkLayer(columns, rows)
    this.element = h(
      'div',
      { class: `ls-grid ${className}` },
      h('table', {}, ...this.cells.map(r => h('tr', {}, ...r))),
      this.#marks.element,
    )
  }
  mark(...boxes: (Box | null | undefined | false)[]): void {
    this.#marks.show(...boxes)
  }
}

export interface CellHandlers {
  name: string
  /** Null: not to be typed into. */
  onType: ((value: number) => void) | null
  onHover: () => void
  onLeave: () => void
}

/** One number of x or w. */
export function numberCell(
  { name, onType, onHover, onLeave }: CellHandlers,
  first: boolean,
): HTMLTableCellElement {
  const td = h('td', { onpointerenter: onHover, onpointerleave: onLeave })
  if (!onType) {
    td.tabIndex = first ? 0 : -1
    td.addEventListener('focus', onHover)
    td.setAttribute('aria-label', name)
    td.addEventListener('keydown', e => moveFocus(e, td))
    return td
  }
  const input = h('input', {
    inputmode: 'decimal',
    'aria-label': name,
    tabindex: first ? 0 : -1,
    spellcheck: 'false',
    autocomplete: 'off',
  })
  input.addEventListener('focus', () => {
    input.select()
    onHover()
  })
  input.addEventListener('change', () => {
    const value = Number(input.value.trim().replace('−', '-').replace(',', '.'))
    if (input.value.trim() !== '' && Number.isFinite(value)) {
      input.dataset.value = input.value
      onType(Math.max(-1e6, Math.min(1e6, value)))
    } else input.value = input.dataset.value ?? ''
  })
  input.addEventListener('keydown', e => {
    if (e.key === 'Enter') input.blur()
    else if (e.key === 'Escape') {
      input.value = input.dataset.value ?? ''
      input.blur()
    } else moveFocus(e, td)
    if (e.key !== 'Tab') e.stopPropagation()
  })
  td.append(input)
  return td
}

function moveFocus(e: KeyboardEvent, td: HTMLTableCellElement): void {
  const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
    e.key
  ]
  const table = td.closest('table')
  if (!move || !table) return
  const row = (td.parentElement as HTMLTableRowElement).rowIndex + move[0] // a cell stands in a row
  const next = table.rows[row]?.cells[td.cellIndex + move[1]]
  const target =
    next?.querySelector<HTMLElement>('input, button') ?? (next && next.tabIndex >= -1 ? next : null)
  target?.focus()
  e.preventDefault()
  e.stopPropagation()
}

/** Writes a value into a cell, tinted. */
export function showNumber(td: HTMLTableCellElement, v: number, s: Scale | null): void {
  const text = Number.isInteger(v) ? fixed(v, 0) : fixed(v, Math.abs(v) < 10 ? 2 : 1)
  const input = td.querySelector('input')
  if (input) {
    // What is being typed is the reader's until it is done.
    const typing = input === document.activeElement && input.value !== input.dataset.value
    if (!typing) input.value = text
    input.dataset.value = text
  } else td.textContent = text
  if (s) tint(td, v, s)
  else untint(td)
}
