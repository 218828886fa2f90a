/** Small grids of numbers: windows, filters, products; and the table that stands for a picture. */
import { h } from './dom.ts'
import { fixed } from './format.ts'
import { tint, type Scale } from './scale.ts'

export interface MatrixOptions {
  digits?: number
  scale?: Scale
  /** Cells with the pin's outline. */
  on?: (row: number, column: number) => boolean
  onClick?: (row: number, column: number) => void
  label?: (row: number, column: number) => string
}

export function matrix(
  rows: readonly ArrayLike<number>[],
  { digits = 2, scale, on, onClick, label }: MatrixOptions = {},
): HTMLTableElement {
  const table = h('table', { class: 'ls-matrix' })
  rows.forEach((row, i) => {
    const tr = table.insertRow()
    for (let j = 0; j < row.length; j++) {
      const td = tr.insertCell()
      const text = fixed(
        row[j],
        Number.isInteger(row[j]) && digits < 3 && Math.abs(row[j]) < 1000 && rowsAreWhole(rows)
          ? 0
          : digits,
      )
      if (onClick)
        td.append(
          h(
            'button',
            {
              type: 'button',
              'aria-label': label?.(i, j) ?? text,
              tabindex: i + j ? -1 : 0,
              onclick: () => onClick(i, j),
            },
            text,
          ),
        )
      else td.textContent = text
      if (scale) tint(td, row[j], scale)
      if (on?.(i, j)) td.classList.add('ls-on')
    }
  })
  if (onClick)
    table.addEventListener('keydown', e => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
        e.key
      ]
      const cell = (e.target as Element).closest('td') // keys come from elements
      if (!move || !cell) return
      const row = (cell.parentElement as HTMLTableRowElement).rowIndex // a cell stands in a row
      const next =
        table.rows[row + move[0]]?.cells[cell.cellIndex + move[1]]?.querySelector('button')
      if (!next) return
      next.focus()
      e.preventDefault()
      e.stopPropagation()
    })
  return table
}

const rowsAreWhole = (rows: readonly ArrayLike<number>[]) =>
  rows.every(r => Array.prototype.every.call(r, (v: number) => Number.isInteger(v)))
