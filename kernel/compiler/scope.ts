/** The names that cells have declared, as the checker knows them. */
import type tsModule from 'typescript'
import type { TypeScript } from './typescript.ts'

export interface Declaration {
  name: string
  symbol: tsModule.Symbol
  /** What the name means: a value, a type (or namespace of types), or both. */
  value: boolean
  type: boolean
}

export class Scope {
  /** A name can mean a type of one cell and a value of another. */
  readonly #values = new Map<string, tsModule.Symbol>()
  readonly #types = new Map<string, tsModule.Symbol>()

  constructor(private readonly ts: TypeScript) {}

  clear(): void {
    this.#values.clear()
    this.#types.clear()
  }
  has(name: string): boolean {
    return this.#values.has(name)
  }

  add(declarations: Iterable<Declaration>): void {
    const { ts } = this
    for (const { name, symbol, value, type } of declarations) {
      if (value) this.#values.set(name, symbol)
      else {
        // A class or enum of that name would still be found as a type; without it as a value too it is one thing less.
        const old = this.#values.get(name)
        if (old && old.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Alias))
          this.#values.delete(name)
      }
      if (type) this.#types.set(name, symbol)
    }
  }

  /** What a cell with these identifiers can see. It keeps alive no more than it mentions. */
  seenBy(
    identifiers: Iterable<string>,
  ): [values: tsModule.SymbolTable, types: tsModule.SymbolTable] {
    const values = this.ts.createSymbolTable()
    const types = this.ts.createSymbolTable()
    for (const name of identifiers) {
      const value = this.#values.get(name)
      if (value) values.set(this.ts.escapeLeadingUnderscores(name), value)
      const type = this.#types.get(name)
      if (type) types.set(this.ts.escapeLeadingUnderscores(name), type)
    }
    return [values, types]
  }

  /** All names, for completion. */
  all(): [values: tsModule.SymbolTable, types: tsModule.SymbolTable] {
    return this.seenBy(new Set([...this.#values.keys(), ...this.#types.keys()]))
  }

  copy(): Scope {
    const copy = new Scope(this.ts)
    for (const [n, s] of this.#values) copy.#values.set(n, s)
    for (const [n, s] of this.#types) copy.#types.set(n, s)
    return copy
  }
}
