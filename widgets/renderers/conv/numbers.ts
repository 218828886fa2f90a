/** What the stepper says in numbers: the comparison with other values, the sum written out, the output as a table. */
import type { ConvView } from 'layerscope/spec'
import { fixed, h, here } from '../../parts/index.ts'
import type { Cell, ConvModel } from './model.ts'

/** Whole numbers as such, others with two decimals. */
export const value = (v: number): string => fixed(v, Number.isInteger(v) ? 0 : 2)
export const same = (a: number, b: number): boolean =>
  a === b ||
  Math.abs(a - b) <= 2e-4 * Math.max(1, Math.abs(a), Math.abs(b)) ||
  (Number.isNaN(a) && Number.isNaN(b))
export const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)

/** The output beside the values it is compared with, and the value that is counted. */
export class Comparison {
  constructor(
    private readonly spec: ConvView,
    private readonly m: ConvModel,
  ) {}

  /** The value to compare a cell with; null where there is none. */
  with([k, i, j]: Cell): number | null {
    const { compare } = this.spec.data
    if (!compare || !this.m.original) return null
    return compare.values[k]?.[i]?.[j] ?? null
  }
  /** Reads the whole output once; what is said below stands until the next time. */
  read(): void {
    const { compare, count } = this.spec.data
    this.agree = this.all = this.#counted = 0
    if (!compare && count === null) return
    for (let n = 0; n < this.m.cells; n++) {
      const cell = this.m.cell(n)
      const v = this.m.shown(cell)
      if (typeof v === 'number' && count !== null && same(v, count)) this.#counted++
      const other = this.with(cell)
      if (other === null) continue
      this.all++
      if (typeof v === 'number' && same(v, other)) this.agree++
    }
  }
  /** Cells that agree, of those that are compared. */
  agree = 0
  all = 0
  #counted = 0

  verdict(): string {
    const { agree, all } = this
    const label = this.spec.data.compare?.label
    if (!all || !label) return ''
    return agree === all
      ? `All ${all} cells agree with ${label}.`
      : `${agree} of ${all} cells agree with ${label}; where they differ its value stands below (≠).`
  }
  counted(): string {
    const { count } = this.spec.data
    if (count === null) return ''
    return `${value(count)} stands in ${this.#counted} of ${this.m.cells} cells.`
  }
}

/** Products written out; a cell of more is told by those that are not 0, looked for among the first. */
const WRITTEN = 150
const LOOKED_AT = 5000
/** Rows and columns of the table that stands for the output. */
const TABLE = 64

/** All products of one cell as one sum. */
export function ledger(m: ConvModel, cell: Cell, name: string, hasBias: boolean): Node[] {
  if (!m.cells) return []
  const all = m.C * m.h * m.k
  const shown: string[] = []
  for (let n = 0; n < Math.min(all, LOOKED_AT) && shown.length < WRITTEN; n++) {
    const [c, a, b] = [Math.floor(n / (m.h * m.k)), Math.floor(n / m.k) % m.h, n % m.k]
    const { x, w } = m.term(cell, c, a, b)
    if (all <= WRITTEN || x * w !== 0)
      shown.push(`${value(x)}·${w < 0 ? `(${value(w)})` : value(w)}`)
  }
  const rest = shown.length < all ? ` + … (${(all - shown.length).toLocaleString('en')} more)` : ''
  return [
    h(
      'p',
      { class: 'ls-ledger' },
      `${name} = ${shown.join(' + ')}${rest}${hasBias ? ` + ${value(m.b[cell[0]])}` : ''} = `,
      here(value(m.output(cell))),
    ),
    h(
      'p',
      { class: 'ls-small' },
      `${all.toLocaleString('en')} multiplications for one cell; ${(m.cells * all).toLocaleString('en')} for the whole output.`,
    ),
  ]
}

/** The output of the current filter as a table. */
export function outputTable(m: ConvModel, name: string, [k]: Cell): HTMLElement {
  const text = (cell: Cell) => {
    const v = m.shown(cell)
    return typeof v === 'number' ? value(v) : v.error
  }
  const range = (n: number) => Array.from({ length: Math.min(TABLE, n) }, (_, i) => i)
  return h(
    'table',
    { class: 'ls-plain' },
    h('caption', {}, m.K > 1 ? `${name}[${k}]` : name),
    ...range(m.rows).map(i =>
      h('tr', {}, ...range(m.columns).map(j => h('td', {}, text([k, i, j])))),
    ),
  )
}
