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

export type Output = (cell: Cell) => number | { error: string }

/** The output beside the values it is compared with, and the value that is counted. */
export class Comparison {
  constructor(
    private readonly spec: ConvView,
    private readonly m: ConvModel,
    private readonly output: Output,
  ) {}

  /** The value to compare a cell with; null where there is none. */
  with([k, i, j]: Cell): number | null {
    const { compare } = this.spec.data
    if (!compare || !this.m.original) return null
    return compare.values[k]?.[i]?.[j] ?? null
  }
  agreement(): { agree: number; all: number } {
    let agree = 0
    let all = 0
    for (let n = 0; n < this.m.cells; n++) {
      const cell = this.m.cell(n)
      const other = this.with(cell)
      if (other === null) continue
      all++
      const v = this.output(cell)
      if (typeof v === 'number' && same(v, other)) agree++
    }
    return { agree, all }
  }
  verdict(): string {
    const { agree, all } = this.agreement()
    const label = this.spec.data.compare?.label
    if (!all || !label) return ''
    return agree === all
      ? `All ${all} cells agree with ${label}.`
      : `${agree} of ${all} cells agree with ${label}; where they differ its value stands below (≠).`
  }
  counted(): string {
    const { count } = this.spec.data
    if (count === null) return ''
    let n = 0
    for (let i = 0; i < this.m.cells; i++) {
      const v = this.output(this.m.cell(i))
      if (typeof v === 'number' && same(v, count)) n++
    }
    return `${value(count)} stands in ${n} of ${this.m.cells} cells.`
  }
}

/** All products of one cell as one sum. */
export function ledger(m: ConvModel, cell: Cell, name: string, hasBias: boolean): Node[] {
  if (!m.cells) return []
  const terms = Array.from({ length: m.C }, (_, c) => m.terms(cell, c)).flat(2)
  const shown = terms.length > 150 ? terms.filter(t => t.x * t.w !== 0).slice(0, 150) : terms
  const text = shown
    .map(t => `${value(t.x)}·${t.w < 0 ? `(${value(t.w)})` : value(t.w)}`)
    .join(' + ')
  const rest = shown.length < terms.length ? ` + … (${terms.length - shown.length} more)` : ''
  return [
    h(
      'p',
      { class: 'ls-ledger' },
      `${name} = ${text}${rest}${hasBias ? ` + ${value(m.b[cell[0]])}` : ''} = `,
      here(value(m.output(cell))),
    ),
    h(
      'p',
      { class: 'ls-small' },
      `${terms.length} multiplications for one cell; ${(m.cells * terms.length).toLocaleString('en')} for the whole output.`,
    ),
  ]
}

export function outputTable(m: ConvModel, name: string, output: Output): HTMLElement {
  const text = (cell: Cell) => {
    const v = output(cell)
    return typeof v === 'number' ? value(v) : v.error
  }
  const range = (n: number) => Array.from({ length: n }, (_, i) => i)
  return h(
    'div',
    {},
    ...range(m.K).map(k =>
      h(
        'table',
        { class: 'ls-plain' },
        h('caption', {}, m.K > 1 ? `${name}[${k}]` : name),
        ...range(m.rows).map(i =>
          h('tr', {}, ...range(m.columns).map(j => h('td', {}, text([k, i, j])))),
        ),
      ),
    ),
  )
}
