/** Compiler options of cells: strict by default; a tsconfig of the notebook's folder and the magic `%ts` change them. */
import type ts from 'typescript'
import type { Host } from './host.ts'

/** What cells and the runner depend on; a tsconfig's wish for another value is not heard. */
const FIXED = [
  'allowImportingTsExtensions',
  'composite',
  'declaration',
  'declarationDir',
  'declarationMap',
  'emitDeclarationOnly',
  'importHelpers',
  'incremental',
  'inlineSourceMap',
  'inlineSources',
  'isolatedDeclarations',
  'isolatedModules',
  'module',
  'moduleDetection',
  'moduleResolution',
  'noEmit',
  'noEmitOnError',
  'noResolve',
  'outDir',
  'outFile',
  'rewriteRelativeImportExtensions',
  'rootDir',
  'sourceMap',
  'sourceRoot',
  'tsBuildInfoFile',
  'verbatimModuleSyntax',
  'noUnusedLocals',
  'noUnusedParameters',
  'skipLibCheck',
] as const

function baseOptions(host: Host, strict: boolean): ts.CompilerOptions {
  const { ts } = host
  return {
    strict,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.esnext.collection.d.ts'],
    allowJs: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    allowSyntheticDefaultImports: true,
  }
}

function fixed(host: Host): ts.CompilerOptions {
  const { ts } = host
  return {
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    sourceMap: true,
    newLine: ts.NewLineKind.LineFeed,
    rootDir: host.folder,
    // Never written to: JavaScript among the sources must have another output path.
    outDir: `${host.folder}/.layerscope-out`,
    noErrorTruncation: false,
    preserveConstEnums: true,
  }
}

export interface Options {
  options: ts.CompilerOptions
  /** Sentences about what could not be used. */
  problems: string[]
  /** The tsconfig that was read, or null. */
  config: string | null
}

/**
 * @param magic options set by `%ts name=value`, as a tsconfig would spell them
 * @param strict where neither says
 */
export function readOptions(host: Host, magic: Record<string, unknown>, strict: boolean): Options {
  const { ts } = host
  const problems: string[] = []
  const path = `${host.folder}/tsconfig.json`
  let found: ts.CompilerOptions = {}
  let config: string | null = null
  const text = host.fileExists(path) ? host.readFile(path) : undefined
  const say = (d: ts.Diagnostic) => ts.flattenDiagnosticMessageText(d.messageText, ' ')
  if (text !== undefined) {
    config = path
    const read = ts.parseConfigFileTextToJson(path, text)
    if (read.error) problems.push(`tsconfig.json: ${say(read.error)}`)
    const parsed = ts.parseJsonConfigFileContent(
      // No files: cells and what they import are the program.
      { ...(read.config as object | undefined), files: [], include: [] },
      {
        useCaseSensitiveFileNames: host.caseSensitive,
        readDirectory: () => [],
        fileExists: p => host.fileExists(p),
        readFile: p => host.readFile(p),
      },
      host.folder,
      undefined,
      path,
    )
    found = parsed.options
    for (const e of parsed.errors)
      if (e.code !== 18002 && e.code !== 18003) problems.push(`tsconfig.json: ${say(e)}`)
  }
  const given = ts.convertCompilerOptionsFromJson(magic, host.folder)
  for (const e of given.errors) problems.push(say(e))
  const wanted: ts.CompilerOptions = { ...baseOptions(host, strict), ...found, ...given.options }
  for (const name of FIXED) delete wanted[name]
  // Below this the runner's engine has everything, and `using` and decorators are still rewritten.
  if ((wanted.target ?? 0) < ts.ScriptTarget.ES2022 || wanted.target === ts.ScriptTarget.ESNext)
    wanted.target = ts.ScriptTarget.ES2022
  if (wanted.jsx === ts.JsxEmit.Preserve || wanted.jsx === ts.JsxEmit.ReactNative)
    wanted.jsx = ts.JsxEmit.React
  return { options: { ...wanted, ...fixed(host) }, problems, config }
}

/** `name=value` of a magic: true, false, numbers and JSON as such, other values as text; `a,b` for a list. */
export function parseSetting(text: string): [name: string, value: unknown] | null {
  const m = /^([A-Za-z][\w]*)=(.*)$/s.exec(text)
  if (!m) return null
  const [, name, raw] = m
  try {
    return [name, JSON.parse(raw) as unknown]
  } catch {
    return [name, raw.includes(',') ? raw.split(',') : raw]
  }
}
