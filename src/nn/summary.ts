/** What a module holds, as a table. */
import { show, type Shape } from '../tensor/shape.ts'

/** A module's tensors as a table; prints itself. */
export class Summary {
  constructor(
    readonly module: string,
    readonly rows: readonly {
      name: string
      shape: Shape
      kind: string
      size: number
    }[],
  ) {}
  /** Numbers that are parameters. */
  get parameters(): number {
    return this.rows.reduce((n, r) => n + (r.kind === 'buffer' ? 0 : r.size), 0)
  }
  /** Those of them that are trained. */
  get trained(): number {
    return this.rows.reduce((n, r) => n + (r.kind === 'trained' ? r.size : 0), 0)
  }
  toString(): string {
    const cells = this.rows.map(r => [r.name, show(r.shape), r.size.toLocaleString('en'), r.kind])
    const total = this.parameters
    const frozen = total - this.trained
    return [
      ...table([['tensor', 'shape', 'numbers', ''], ...cells], [false, false, true, false]),
      `${this.module}: ${total.toLocaleString('en')} parameters${frozen ? `, ${frozen.toLocaleString('en')} of them frozen` : ''}`,
    ].join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** Rows of text in columns; `right` says which are set to the right. @internal */
export function table(rows: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const width = right.map((_, c) => Math.max(0, ...rows.map(r => r[c].length)))
  return rows.map(r =>
    r
      .map((text, c) => (right[c] ? text.padStart(width[c]) : text.padEnd(width[c])))
      .join('  ')
      .trimEnd(),
  )
}
