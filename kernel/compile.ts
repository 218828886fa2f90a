/** The compiler as the engine sees it, loaded when it is first needed. */
import type { Cell, Compiler } from './compiler/compiler.ts'
import type { CompilerPort } from './engine/ports.ts'

/** Cells whose positions can still be told. */
const REMEMBERED = 2000

export class LocalCompiler implements CompilerPort {
  readonly #cells = new Map<string, Cell>()
  #loading: Promise<Compiler> | null = null

  constructor(private readonly load: () => Promise<Compiler>) {}

  /** Begins to load it. */
  warm(): Promise<Compiler> {
    return (this.#loading ??= this.load())
  }

  async compile(id: string, code: string): ReturnType<CompilerPort['compile']> {
    const compiler = await this.warm()
    let cell
    try {
      cell = compiler.compile(code)
    } catch (e) {
      const message = `the compiler itself failed on this cell: ${e instanceof Error ? e.message : String(e)}`
      return { message, traceback: [message] }
    }
    if ('traceback' in cell) return { message: cell.message, traceback: cell.traceback }
    this.#cells.set(id, cell)
    if (this.#cells.size > REMEMBERED) this.#cells.delete(this.#cells.keys().next().value ?? '')
    const { js, names, imports, last, sides } = cell
    return { js, names, imports, last, await: cell.await, sides }
  }
  commit(id: string, values?: readonly string[]): void {
    this.#cells.get(id)?.commit(values)
  }
  async locate(
    places: readonly { id: string; line: number; column: number }[],
  ): ReturnType<CompilerPort['locate']> {
    return places.map(p => this.#cells.get(p.id)?.locate(p.line, p.column) ?? null)
  }
  async complete(code: string, at: number): ReturnType<CompilerPort['complete']> {
    return (await this.warm()).complete(code, at)
  }
  async inspect(code: string, at: number): ReturnType<CompilerPort['inspect']> {
    return (await this.warm()).inspect(code, at)
  }
  async isComplete(code: string): ReturnType<CompilerPort['isComplete']> {
    return (await this.warm()).isComplete(code)
  }
  reset(): void {
    void this.#loading?.then(c => c.reset())
  }
}
