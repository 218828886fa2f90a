/** What the cells so far have made of each name, and how the next cell is linked to it. */
import { link, type Linked } from './link.ts'
import type { Declaration } from './scope.ts'
import type { TypeScript } from './typescript.ts'

/** A beginning that no name of the source has. */
export function freePrefix(source: string): string {
  let prefix = '$_'
  while (source.includes(prefix)) prefix += '_'
  return prefix
}

export class Names {
  /** Names that have boxes in the runner. */
  readonly known = new Set<string>()
  /** Those of them that imports declared last. */
  readonly #live = new Set<string>()
  /** Names that functions assign. */
  readonly #assigned = new Set<string>()

  /**
   * Links what TypeScript made of a cell.
   * @param links the cell's imports
   * @returns also: to be called with the names that have got their values
   */
  link(
    ts: TypeScript,
    js: string,
    prefix: string,
    declarations: readonly Declaration[],
    links: readonly { names: readonly (readonly [local: string, exported: string])[] }[],
  ): { linked: Linked; commit: (names: readonly string[]) => void } {
    const imported = new Set(links.flatMap(l => l.names.map(([n]) => n)))
    const linked = link(ts, js, {
      prefix,
      own: new Set(declarations.filter(d => d.value).map(d => d.name)),
      imported,
      known: this.known,
      live: this.#live,
      assigned: this.#assigned,
    })
    const commit = (names: readonly string[]): void => {
      for (const n of names) {
        this.known.add(n)
        if (imported.has(n)) this.#live.add(n)
        else this.#live.delete(n)
      }
    }
    return { linked, commit }
  }

  clear(): void {
    this.known.clear()
    this.#live.clear()
    this.#assigned.clear()
  }
}
