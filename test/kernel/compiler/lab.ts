// Compiler and variables without a kernel around them: a cell is compiled and run here.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Compiler, type Cell } from '../../../kernel/compiler/compiler.ts'
import { nodeHost } from '../../../kernel/compiler/node-host.ts'
import { exported, Modules } from '../../../kernel/runner/modules.ts'
import { CellState, reached, runCell, Variables } from '../../../kernel/runner/variables.ts'

export interface Ran {
  /** Value of the last expression. */
  value?: unknown
  /** What the compiler had to say. */
  typeError?: string
  /** What the cell threw. */
  thrown?: unknown
  cell?: Cell
}

/** Without colours. */
export const plain = (lines: readonly string[]) =>
  // eslint-disable-next-line no-control-regex -- what colours are made of
  lines.join('\n').replace(/\u001b\[\d+m/g, '')

export class Lab {
  readonly compiler: Compiler
  variables = new Variables()
  readonly modules: Modules
  readonly folder: string
  /** The traceback of the newest type error. */
  traceback: string[] = []

  /** @param given modules that the kernel itself provides */
  constructor(
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'layerscope-lab-'))),
    given: Record<string, unknown> = {},
  ) {
    this.folder = folder
    this.compiler = new Compiler(nodeHost(folder))
    this.modules = new Modules(folder, given)
  }

  async run(source: string): Promise<Ran> {
    const cell = this.compiler.compile(source)
    if ('traceback' in cell) {
      this.traceback = cell.traceback
      return { typeError: cell.message }
    }
    const { code } = cell
    const state = new CellState(this.modules.meta, this.modules.dynamic, id =>
      this.modules.preloaded(id),
    )
    try {
      this.modules.update(code.sides)
      this.modules.remember(code.imports)
      const loaded = await this.modules.prepare(code.imports)
      for (const [i, { names }] of code.imports.entries())
        for (const [local, name] of names)
          this.variables.follow(local, () => exported(loaded[i], name))
      const running = runCell(code, 'cell:test', state, this.variables, this.modules)
      if (code.await) await running
      cell.commit()
      this.variables.expose(code.names)
      return { value: state.last, cell }
    } catch (thrown) {
      const values = reached(code, state)
      cell.commit(values)
      this.variables.expose(values)
      return { thrown, cell }
    }
  }

  /** The last expression's value of the last of several cells, all of which must run. */
  async value(...cells: string[]): Promise<unknown> {
    let value: unknown
    for (const source of cells) {
      const r = await this.run(source)
      if (r.typeError !== undefined) throw new Error(`${source}\n${r.typeError}`)
      if ('thrown' in r) throw r.thrown
      value = r.value
    }
    return value
  }

  /** As after the end of a runner. */
  forget(): void {
    this.compiler.reset()
    this.variables = new Variables()
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
