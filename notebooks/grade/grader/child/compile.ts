/**
 * Cells to JavaScript, as the kernel makes them but without checking types: what a student's text does to the compiler, it
 * does to this process, which has limits too and nothing to tell. Each cell stands for itself: a syntax error spoils one.
 */
import { createRequire } from 'node:module'
import {
  freePrefix,
  Names,
  prepareEmit,
  readMagics,
  type BoundFile,
  type Declaration,
  type TypeScript,
} from '@layerscope/kernel/cells'

export interface CompiledCell {
  /** `cell 3` */
  name: string
  js: string
  boxes: string[]
  /** Names that it declares. */
  names: string[]
  imports: { id: string; names: [local: string, exported: string][] }[]
}
export type Compiled = CompiledCell | { name: string; error: string }

export class CellCompiler {
  readonly #ts: TypeScript
  readonly #names = new Names()

  constructor(ts: TypeScript) {
    this.#ts = ts
  }

  /**
   * All cells of a notebook. Each knows the names of all others, so that one that stands above what it needs can run
   * once that is there; names of Node's own keep their meaning until a cell declares them.
   */
  notebook(cells: readonly { name: string; text: string }[]): Compiled[] {
    for (const { text } of cells)
      try {
        const file = this.#bind(text)
        for (const d of declarationsOf(this.#ts, file))
          if (d.value && !(d.name in globalThis)) this.#names.known.add(d.name)
      } catch {
        // Said when it is compiled.
      }
    return cells.map(c => this.compile(c.name, c.text))
  }

  compile(name: string, text: string): Compiled {
    try {
      return this.#compile(name, text)
    } catch (e) {
      // So deeply nested that the compiler has no stack left, for one.
      return { name, error: e instanceof RangeError ? 'nested too deeply' : 'cannot be compiled' }
    }
  }

  #parse(source: string): BoundFile {
    const ts = this.#ts
    return ts.createSourceFile(
      'cell.ts',
      source,
      {
        languageVersion: ts.ScriptTarget.ES2022,
        setExternalModuleIndicator: f =>
          void ((f as { externalModuleIndicator?: unknown }).externalModuleIndicator = true),
      },
      true,
    ) as BoundFile // the parser and the binder note what that says
  }
  #bound(file: BoundFile): BoundFile {
    this.#ts.bindSourceFile(file, { target: this.#ts.ScriptTarget.ES2022 })
    return file
  }
  #bind(text: string): BoundFile {
    const magics = readMagics(text)
    return this.#bound(this.#parse('message' in magics ? '' : magics.source))
  }

  #compile(name: string, text: string): Compiled {
    const ts = this.#ts
    const magics = readMagics(text)
    if ('message' in magics) return { name, error: `line ${magics.line + 1}: ${magics.message}` }
    const { source } = magics
    const file = this.#parse(source)
    const [first] = file.parseDiagnostics
    if (first) {
      const { line } = file.getLineAndCharacterOfPosition(first.start)
      return {
        name,
        error: `line ${line + 1}: ${ts.flattenDiagnosticMessageText(first.messageText, ' ')}`,
      }
    }
    this.#bound(file)
    const declarations = declarationsOf(ts, file)
    const prefix = freePrefix(source)
    const prepared = prepareEmit(ts, declarations, prefix)
    const { outputText } = ts.transpileModule(source, {
      fileName: 'cell.ts',
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.Preserve,
        moduleDetection: ts.ModuleDetectionKind.Force,
        newLine: ts.NewLineKind.LineFeed,
        isolatedModules: true,
      },
      transformers: { before: [prepared.transform] },
    })
    const imports = prepared.links
    const { linked, commit } = this.#names.link(ts, outputText, prefix, declarations, imports)
    commit(linked.names)
    return { name, js: linked.js, boxes: linked.boxes, names: linked.names, imports }
  }
}

/** By the binder alone: an import that does not say `type` counts as a value, since later cells may use it as one. */
function declarationsOf(ts: TypeScript, file: BoundFile): Declaration[] {
  const found: Declaration[] = []
  file.locals?.forEach((local, key) => {
    const symbol = (local as { exportSymbol?: typeof local }).exportSymbol ?? local
    const { flags, declarations } = symbol
    const isAlias = (flags & ts.SymbolFlags.Alias) !== 0
    const isType = declarations?.some(d => ts.isTypeOnlyImportOrExportDeclaration(d)) ?? false
    found.push({
      name: ts.unescapeLeadingUnderscores(key),
      symbol,
      value: isAlias ? !isType : (flags & ts.SymbolFlags.Value) !== 0,
      type: (flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) !== 0,
    })
  })
  return found
}

/** TypeScript, from beside this file. */
export const typescript = (path: string): TypeScript =>
  createRequire(path)('typescript') as TypeScript
