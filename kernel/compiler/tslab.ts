/** The only file that imports tslab: its cell converter, on a stock TypeScript. */
import Module, { createRequire } from 'node:module'
import type tsModule from 'typescript'
import { loadTypeScript, shim, type Captured, type ShimOptions } from './typescript.ts'

export interface Position {
  line: number
  character: number
  offset: number
}
export interface CellDiagnostic {
  start: Position
  end: Position
  messageText: string
  code: number
  fileName?: string
}
export interface Converted {
  output?: string
  declOutput?: string
  diagnostics: CellDiagnostic[]
  lastExpressionVar?: string
  hasToplevelAwait?: boolean
  sideOutputs?: { path: string; data: string }[]
}
export interface Converter {
  convert(declarations: string, source: string): Converted
  inspect(declarations: string, source: string, position: number): tsModule.QuickInfo | undefined
  complete(
    declarations: string,
    source: string,
    position: number,
  ): { start: number; end: number; candidates: string[]; original?: tsModule.CompletionInfo }
  close(): void
}
interface Tslab {
  createConverter(options: { isJS: boolean; isBrowser: boolean }): Converter
  isCompleteCode(source: string): { completed: boolean; indent?: string }
}

/** Node's loader hook, older than its types. */
interface Loader {
  _load(id: string, ...rest: unknown[]): unknown
}

/** tslab's converter with its TypeScript replaced. */
export function loadConverter(options: Omit<ShimOptions, 'captured'>): {
  converter: Converter
  isComplete: Tslab['isCompleteCode']
  ts: typeof tsModule
  captured: Captured
} {
  const captured: Captured = { emit: null, commonJs: null, checker: null }
  const ts = loadTypeScript()
  const replaced = shim(ts, { ...options, captured })
  const loader = Module as unknown as Loader
  const load = loader._load
  loader._load = function (id, ...rest) {
    return id === '@tslab/typescript-for-tslab' ? replaced : load.call(this, id, ...rest)
  }
  try {
    const tslab = createRequire(import.meta.url)('tslab/dist/converter.js') as Tslab
    return {
      converter: tslab.createConverter({ isJS: false, isBrowser: false }),
      isComplete: tslab.isCompleteCode,
      ts,
      captured,
    }
  } finally {
    loader._load = load
  }
}
