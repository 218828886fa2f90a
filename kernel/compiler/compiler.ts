/**
 * Cells to JavaScript, errors to sentences, positions to help.
 *
 * A cell is checked alone, against a long-lived program of what cells import (`project.ts`) and the names that earlier cells
 * have left (`scope.ts`): earlier cells are not compiled again, and how many there are does not matter. What the cell
 * becomes is described in `link.ts`.
 */
import type tsModule from 'typescript'
import { declarationsOf, mentionsOf, prepareEmit, type ImportLink } from './cell.ts'
import { isComplete, type Completeness } from './complete.ts'
import { describe, errorsOf, type CompileError } from './diagnostics.ts'
import type { Edits } from './edits.ts'
import { complete, inspect, type Completion, type Help } from './help.ts'
import { hintOfSyntax } from './hints.ts'
import type { Host } from './host.ts'
import { HELP, readMagics } from './magics.ts'
import { freePrefix, Names } from './names.ts'
import { Project, type Side } from './project.ts'
import { Scope, type Declaration } from './scope.ts'
import { original, readMap, type LineMap } from './sourcemap.ts'
import type { BoundFile, TypeScript } from './typescript.ts'

export type { CompileError } from './diagnostics.ts'
export type { Completion, Help } from './help.ts'

/** What the runner needs to run a cell. JSON. */
export interface CellCode {
  /** A function of the cell, `require`, `__filename`, `__dirname` and the boxes; its first line is ours. */
  js: string
  /** Names whose boxes it takes, in order. */
  boxes: string[]
  /** Names that it declares. */
  names: string[]
  /** Name i has its value when the cell's progress is at least this. */
  steps: number[]
  /** Modules that are loaded before it runs, and what they fill boxes with. */
  imports: ImportLink[]
  /** It leaves its last expression's value in the cell's `last`. */
  last: boolean
  /** The function is async. */
  await: boolean
  /** Local files that are new or have changed. */
  sides: Side[]
}

const NOTHING: CellCode = {
  js: '(function () {\n})',
  boxes: [],
  names: [],
  steps: [],
  imports: [],
  last: false,
  await: false,
  sides: [],
}

export interface Cell {
  code: CellCode
  /** For the pager: what `%ts` and `%help` tell. */
  page: string | null
  /** From emitted line and column to the cell's, from 0; line 0 is the first after ours. */
  locate(line: number, column: number): [number, number] | null
  /** The cell ran, wholly or in part: later cells see these of its names (all, unless said). */
  commit(values?: readonly string[]): void
}

/** The checker is made anew after so many cells: until then it remembers them all. */
const RENEW_AFTER = 1000

export class Compiler {
  readonly #ts: TypeScript
  readonly #project: Project
  readonly #scope: Scope
  readonly #names = new Names()
  /** Names of the cell that is running: help knows them already. */
  #running: Declaration[] = []
  /** Cells that ran, oldest first, as long as anything needs them. */
  #files: WeakRef<BoundFile>[] = []
  /** Every cell has a name of its own: TypeScript keeps what it found wrong with a file by its name. */
  #count = 0
  #sinceRenewal = 0

  constructor(host: Host) {
    this.#ts = host.ts
    this.#project = new Project(host)
    this.#scope = new Scope(host.ts)
  }

  /** Reads the libraries, so that the first cell need not wait for it. */
  warm(): void {
    const cell = this.compile('const warm: number = 1\nconsole.log(warm)')
    if ('traceback' in cell) throw new Error(cell.message)
    this.#running = []
  }

  /** Goes on in another folder, without the cells of before. @returns whether it is warm there */
  enter(host: Host): boolean {
    this.reset()
    return this.#project.enter(host)
  }

  /** Forgets all cells: the runner that held their variables is gone. */
  reset(): void {
    this.#scope.clear()
    this.#names.clear()
    this.#running = []
    this.#files = []
    this.#project.reset()
  }

  /**
   * What can be done between cells, so that no cell waits for it.
   * @returns whether there may be more to do
   */
  idle(): boolean {
    if (this.#project.advance()) return true
    if (this.#sinceRenewal > RENEW_AFTER) {
      this.renew()
      return true
    }
    return false
  }

  /** Forgets what was found out about earlier cells; it is found out again when it is needed. */
  renew(): void {
    this.#sinceRenewal = 0
    this.#project.renew()
    this.#files = this.#files.filter(f => f.deref())
  }

  /** Type checks and emits a cell. Nothing changes until `commit`. */
  compile(source: string): Cell | CompileError {
    const magics = readMagics(source)
    if ('message' in magics)
      return {
        message: `line ${magics.line + 1}: ${magics.message}`,
        traceback: [`line ${magics.line + 1}: ${magics.message}`],
      }
    if (magics.settings) {
      const problems = this.#project.configure(magics.settings)
      if (problems.length) return { message: problems[0], traceback: problems }
    }
    const page =
      magics.page === 'help' ? HELP : magics.page === 'options' ? this.#describeOptions() : null
    this.#running = []
    const name = /^\s*\/\*\*(?:(?!\*\/)[^])*?@module\s+([\w-]+(?:\/[\w-]+)*)\s/.exec(source)?.[1]
    if (name !== undefined) return this.#module(name, source)
    try {
      return this.#compile(magics.source, page)
    } catch (e) {
      if (!(e instanceof RangeError)) throw e
      // A chain of types through very many cells is deeper than the stack, until it is walked from its beginning.
      for (const f of this.#files)
        f.deref()?.locals?.forEach(s => this.#project.checker.getTypeOfSymbol(s))
      return this.#compile(magics.source, page)
    }
  }

  #compile(source: string, page: string | null): Cell | CompileError {
    const ts = this.#ts
    const project = this.#project
    const name = `cell ${++this.#count}`
    let file = this.#parse(name, source, false)
    let isJsx = false
    if (file.parseDiagnostics.length) {
      const tsx = this.#parse(name, source, true)
      isJsx = !tsx.parseDiagnostics.length
      if (isJsx && project.options.jsx !== undefined) file = tsx
    }
    const { ids, called, augmentation } = mentionsOf(ts, file)
    const jsx = file.fileName.endsWith('x') ? project.jsxModule() : null
    const modules = [...ids, ...called, ...(jsx ? [jsx] : [])]
    if (ids.includes('tslab') || called.includes('tslab')) project.relax()
    project.prepare(modules, augmentation !== '')
    const undo = augmentation ? project.augment(augmentation) : null
    const locals = project.localFiles(modules)
    let errors = this.#check(file, locals)
    // Names of Node's that the light program lacks.
    if (errors.length && project.complete()) errors = this.#check(file, locals)
    if (errors.length) {
      undo?.()
      const described = describe(ts, errors, file, project.host.folder)
      const isPlain = file.parseDiagnostics.length > 0
      const help = isPlain ? hintOfSyntax(source, isJsx) : null
      if (help !== null) described.traceback.push(`→ ${help}`)
      return described
    }

    const declarations = declarationsOf(ts, project.checker, file)
    const prefix = freePrefix(source)
    const prepared = prepareEmit(ts, declarations, prefix)
    const emitted = { js: '', map: '' }
    project.program.emit(
      file,
      (path, text) => (emitted[path.endsWith('.map') ? 'map' : 'js'] = text),
      undefined,
      false,
      { before: [prepared.transform] },
    )
    const js = emitted.js.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
    const { linked, commit: note } = this.#names.link(ts, js, prefix, declarations, prepared.links)
    const { sides, sent } = project.emitLocal(locals)
    const links: ImportLink[] = [
      ...prepared.links,
      ...called
        .filter(id => !prepared.links.some(l => l.id === id))
        .map(id => ({ id, names: [] as [string, string][] })),
      ...(jsx ? [{ id: jsx, names: [] as [string, string][] }] : []),
    ].map(l => ({ ...l, file: project.localPath(l.id) }))
    this.#running = declarations
    const commit = (values: readonly string[] = linked.names): void => {
      sent()
      this.#running = []
      this.#sinceRenewal++
      this.#files.push(new WeakRef(file))
      note(values)
      // What has no box is a type, or something declared that is there already.
      this.#scope.add(
        declarations.filter(d => values.includes(d.name) || !linked.names.includes(d.name)),
      )
    }
    return {
      code: {
        js: linked.js,
        boxes: linked.boxes,
        names: linked.names,
        steps: linked.steps,
        imports: links,
        last: prepared.hasLast(),
        await: linked.await,
        sides,
      },
      page,
      locate: locator(js, emitted.map, linked.edits),
      commit,
    }
  }

  /** A cell with `@module name` in its first comment, as tslab has it: it runs when another imports `./name`. */
  #module(name: string, source: string): Cell | CompileError {
    const project = this.#project
    const isJsx = /^\s*\/\*\*(?:(?!\*\/)[^])*?@jsx\b/.test(source)
    const errors = errorsOf(this.#ts, project.addModule(name, source, isJsx))
    return errors.length
      ? describe(this.#ts, errors, errors[0].file, project.host.folder)
      : {
          code: { ...NOTHING },
          page: null,
          locate: () => null,
          commit: () => undefined,
        }
  }

  #parse(name: string, source: string, jsx: boolean): BoundFile {
    const { jsxFactory, reactNamespace } = this.#project.options
    const implied = jsx ? [(jsxFactory ?? reactNamespace ?? 'React').split('.')[0]] : []
    return this.#project.parse(
      name,
      source,
      identifiers => this.#scope.seenBy([...identifiers.keys(), ...implied]),
      jsx,
    )
  }

  #check(file: BoundFile, locals: readonly tsModule.SourceFile[]): tsModule.Diagnostic[] {
    const { program } = this.#project
    const syntax = program.getSyntacticDiagnostics(file)
    if (syntax.length) return errorsOf(this.#ts, syntax)
    return errorsOf(
      this.#ts,
      [...locals, file].flatMap(f => [
        ...program.getSyntacticDiagnostics(f),
        ...program.getSemanticDiagnostics(f),
      ]),
    )
  }

  #describeOptions(): string {
    const ts = this.#ts
    const { options, config, magic, problems, host } = this.#project
    const named: Record<string, unknown> = {
      strict: options.strict,
      target: ts.ScriptTarget[options.target ?? 0],
      lib: options.lib?.map(l => l.replace(/^lib\.|\.d\.ts$/g, '')),
      jsx: options.jsx && ts.JsxEmit[options.jsx],
      jsxImportSource: options.jsxImportSource,
      experimentalDecorators: options.experimentalDecorators,
      paths: options.paths,
      types: options.types,
    }
    const shown = Object.entries(named)
      .filter(([, v]) => v !== undefined)
      .map(([n, v]) => `  ${n} = ${JSON.stringify(v)}`)
    return [
      `TypeScript ${ts.version}`,
      config ? `tsconfig: ${config}` : `no tsconfig.json in ${host.folder}`,
      ...problems,
      ...(Object.keys(magic).length ? [`set by %ts: ${JSON.stringify(magic)}`] : []),
      '',
      ...shown,
    ].join('\n')
  }

  complete(source: string, position: number): Completion {
    const file = this.#parseForHelp(source)
    return complete(this.#project, file, Math.min(position, source.length))
  }

  inspect(source: string, position: number): Help | null {
    return inspect(this.#project, this.#parseForHelp(source), Math.min(position, source.length))
  }

  #parseForHelp(source: string): BoundFile {
    const magics = readMagics(source)
    const text = 'message' in magics ? source : magics.source
    const scope = this.#scope.copy()
    scope.add(this.#running)
    this.#project.complete()
    const { jsx } = this.#project.options
    const parse = (tsx: boolean) => this.#project.parse('cell', text, () => scope.all(), tsx)
    let file = parse(false)
    if (jsx !== undefined && file.parseDiagnostics.length) {
      const tsx = parse(true)
      if (tsx.parseDiagnostics.length < file.parseDiagnostics.length) file = tsx
    }
    const { ids, called } = mentionsOf(this.#ts, file)
    const known = [...ids, ...called].filter(id => this.#project.resolve(id).resolvedModule)
    if (known.length) this.#project.prepare(known, false)
    return file
  }

  /** Where in a local file an emitted position came from, from 0; null for other files. */
  locate(path: string, line: number, column: number): [number, number] | null {
    return this.#project.locate(path, line, column)
  }

  isComplete(source: string): Completeness {
    return isComplete(this.#ts, source, this.#project.options.jsx !== undefined)
  }
}

function locator(js: string, mapText: string, edits: Edits): Cell['locate'] {
  let map: LineMap | null = null
  let linked: string[] = []
  return (line, column) => {
    if (!map) {
      map = mapText ? readMap(mapText) : []
      linked = edits.apply(js).split('\n')
    }
    const offset = linked.slice(0, line).reduce((n, l) => n + l.length + 1, 0) + column
    const before = js.slice(0, edits.origin(offset))
    const start = before.lastIndexOf('\n') + 1
    return original(map, before.split('\n').length - 1, before.length - start)
  }
}
