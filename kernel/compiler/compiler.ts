/** Cells to JavaScript, errors to sentences, positions to help. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { link } from './link.ts'
import { original, readMap, type LineMap } from './sourcemap.ts'
import { loadConverter, type CellDiagnostic } from './tslab.ts'

export interface Cell {
  js: string
  names: string[]
  imports: string[]
  last: string | null
  await: boolean
  sides: { path: string; data: string }[]
  /** From emitted line and column to the cell's, from 0. */
  locate(line: number, column: number): [number, number] | null
  /** The cell ran, wholly or in part: later cells see these of its names (all, unless said). */
  commit(values?: readonly string[]): void
}
export interface CompileError {
  message: string
  traceback: string[]
}
export interface Help {
  text: string
  documentation: string
}

const PREFIX_LINES = 1

const red = (s: string) => `\u001b[31m${s}\u001b[39m`
const grey = (s: string) => `\u001b[90m${s}\u001b[39m`

export class Compiler {
  readonly #loaded
  #declarations = ''
  /** Every name that a cell has declared. */
  readonly #known = new Set<string>()

  constructor() {
    this.#loaded = loadConverter({
      globals: globalsFile(),
      paths: packagePaths(process.cwd()),
      typeRoots: typeRoots(),
    })
  }

  /** Forgets all cells: the runner that held their variables is gone. */
  reset(): void {
    this.#declarations = ''
    this.#known.clear()
  }

  /** Type checks and emits a cell. Nothing changes until `commit`. */
  compile(source: string): Cell | CompileError {
    const { converter, captured, ts } = this.#loaded
    captured.emit = captured.commonJs = null
    const before = this.#declarations
    const result = converter.convert(before, source)
    if (result.diagnostics.length) return describe(result.diagnostics, source)
    const linked = link(ts, result.output ?? '', this.#known)
    const declarations = named(result.declOutput ?? '', linked.names)
    const maps = [captured.commonJs, captured.emit].map(m => (m ? readMap(m) : null))
    return {
      ...linked,
      last: result.lastExpressionVar ?? null,
      await: result.hasToplevelAwait ?? false,
      sides: result.sideOutputs ?? [],
      locate: (line, column) => locate(maps, line, column),
      commit: values => {
        for (const name of values ?? linked.names) this.#known.add(name)
        this.#declarations = values
          ? partial(before, declarations, linked.names, values)
          : declarations
      },
    }
  }

  complete(
    source: string,
    position: number,
  ): { matches: string[]; start: number; end: number; kinds: string[] } {
    const {
      start,
      end,
      candidates,
      original: info,
    } = this.#loaded.converter.complete(this.#declarations, source, position)
    const kinds = new Map(info?.entries.map(e => [e.name, e.kind as string]))
    const shown = candidates.filter(c => !c.startsWith('__')).slice(0, 500)
    return { matches: shown, start, end, kinds: shown.map(c => kinds.get(c) ?? '') }
  }

  inspect(source: string, position: number): Help | null {
    const { ts, converter } = this.#loaded
    const info = converter.inspect(this.#declarations, source, position)
    if (!info) return null
    const tags = (info.tags ?? []).map(t => `@${t.name} ${ts.displayPartsToString(t.text)}`)
    return {
      text: ts.displayPartsToString(info.displayParts),
      documentation: [ts.displayPartsToString(info.documentation), ...tags]
        .filter(Boolean)
        .join('\n'),
    }
  }

  isComplete(source: string): { status: 'complete' | 'incomplete' | 'invalid'; indent: string } {
    const { ts, isComplete } = this.#loaded
    const { completed, indent = '' } = isComplete(source)
    if (!completed) return { status: 'incomplete', indent }
    const { diagnostics = [] } = ts.transpileModule(source, {
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    })
    return { status: diagnostics.length ? 'invalid' : 'complete', indent: '' }
  }
}

function locate(maps: (LineMap | null)[], line: number, column: number): [number, number] | null {
  let at: [number, number] | null = [line, column]
  for (const map of maps) at = at && map ? original(map, at[0], at[1]) : at
  return at && at[0] >= PREFIX_LINES ? [at[0] - PREFIX_LINES, at[1]] : null
}

/**
 * The converter's declarations. Where TypeScript cannot write one down (a type that no import reaches) it writes none of the
 * cell's, and the converter puts the word `undefined` before those of earlier cells: then the names are known without types.
 */
function named(declarations: string, names: readonly string[]): string {
  if (!declarations.startsWith('undefined')) return declarations
  return `${names.map(n => `declare let ${n}: any;\n`).join('')}${declarations.slice('undefined'.length)}`
}

/** A cell that failed half-way: its names without a value keep what they were before. */
function partial(
  before: string,
  after: string,
  declared: readonly string[],
  values: readonly string[],
): string {
  const lost = declared.filter(n => !values.includes(n))
  if (!lost.length) return after
  if (!values.length && !declared.length) return after
  const mentions = (statement: string) =>
    lost.some(n =>
      new RegExp(
        `^(export )?(declare )?(let|const|var|function|class|abstract class|enum) ${n.replace(/\$/g, '\\$')}\\b`,
      ).test(statement),
    )
  const split = (text: string) =>
    text.split(
      /\n(?=(?:export |declare |let |const |var |function |class |abstract |enum |interface |type |import ))/,
    )
  const kept = split(after).filter(s => !mentions(s.trim()))
  const restored = split(before).filter(s => mentions(s.trim()))
  return [...kept, ...restored].join('\n')
}

function describe(diagnostics: readonly CellDiagnostic[], source: string): CompileError {
  const lines = source.split('\n')
  const traceback: string[] = []
  for (const d of diagnostics.slice(0, 10)) {
    const place = d.fileName
      ? `${d.fileName}:${d.start.line + 1}:${d.start.character + 1}`
      : `line ${d.start.line + 1}:${d.start.character + 1}`
    traceback.push(`${red(`TS${d.code}`)} ${place}: ${d.messageText}`)
    const text = d.fileName ? undefined : lines[d.start.line]
    if (text !== undefined) {
      const width =
        d.end.line === d.start.line
          ? Math.max(1, d.end.character - d.start.character)
          : Math.max(1, text.length - d.start.character)
      const number = String(d.start.line + 1)
      traceback.push(
        `${grey(`${number} |`)} ${text}`,
        `${grey(`${' '.repeat(number.length)} |`)} ${' '.repeat(d.start.character)}${red('~'.repeat(Math.min(width, 200)))}`,
      )
    }
  }
  if (diagnostics.length > 10) traceback.push(`and ${diagnostics.length - 10} more`)
  const first = diagnostics[0]
  return {
    message: `line ${first.start.line + 1}:${first.start.character + 1}: ${first.messageText} (TS${first.code})`,
    traceback,
  }
}

/** The declarations file stands beside the bundle, or beside this file. */
function globalsFile(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  return join(here, 'globals.d.ts')
}

function typeRoots(): string[] {
  try {
    const types = createRequire(import.meta.url).resolve('@types/node/package.json')
    return [dirname(dirname(types))]
  } catch {
    return []
  }
}

/** `layerscope` is found from any folder, unless the notebook's own folders have one. */
function packagePaths(folder: string): Record<string, string[]> {
  for (let d = folder; ; d = dirname(d)) {
    if (existsSync(join(d, 'node_modules/layerscope/package.json'))) return {}
    if (dirname(d) === d) break
  }
  try {
    const file = createRequire(import.meta.url).resolve('layerscope/package.json')
    const { exports } = JSON.parse(readFileSync(file, 'utf8')) as {
      exports: Record<string, { types?: string } | string>
    }
    const paths: Record<string, string[]> = {}
    for (const [name, entry] of Object.entries(exports))
      if (typeof entry === 'object' && entry.types)
        paths[name === '.' ? 'layerscope' : `layerscope/${name.slice(2)}`] = [
          join(dirname(file), entry.types),
        ]
    return paths
  } catch {
    return {}
  }
}
