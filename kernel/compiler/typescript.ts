/**
 * A stock TypeScript in the place of the fork that tslab's converter was written for: the same module with the few
 * functions the fork added, strict options, and the source maps that the converter throws away.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type tsModule from 'typescript'

type TypeScript = typeof tsModule

export interface Captured {
  /** Source map of the cell's first emit (types removed). */
  emit: string | null
  /** Source map of the second (modules to CommonJS). */
  commonJs: string | null
  /** Of the newest program. */
  checker: tsModule.TypeChecker | null
}

export interface ShimOptions {
  /** Declarations of the globals of a cell. */
  globals: string
  /** Packages that are found from any folder, with the file of their declarations. */
  paths: Record<string, string[]>
  /** Folders with @types/node. */
  typeRoots: string[]
  captured: Captured
}

/** What the fork has and stock TypeScript keeps internal. The names exist at run time in the pinned version. */
interface Internals {
  nullTransformationContext: unknown
  getTouchingPropertyName(file: tsModule.SourceFile, position: number): tsModule.Node
  getContainerNode(node: tsModule.Node): tsModule.Node
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: tsModule.TypeChecker,
      symbol: tsModule.Symbol,
      file: tsModule.SourceFile,
      container: tsModule.Node,
      node: tsModule.Node,
    ): { symbolKind: string; displayParts: unknown; documentation: unknown; tags: unknown }
    getSymbolModifiers(checker: tsModule.TypeChecker, symbol: tsModule.Symbol): string
  }
  Completions: { getCompletionsAtPosition(...args: unknown[]): unknown }
}

export function shim(base: TypeScript, options: ShimOptions): TypeScript {
  const internals = base as unknown as TypeScript & Internals // internals of the exactly pinned version, listed above
  const ts: Record<string, unknown> = { ...base }

  ts.getNullTransformationContext = () => internals.nullTransformationContext
  ts.getDefaultTypeRoots = (folder: string) => {
    const roots: string[] = []
    for (let d = folder; ; d = dirname(d)) {
      const root = join(d, 'node_modules/@types').replaceAll('\\', '/')
      if (base.sys.directoryExists(root)) roots.push(root)
      if (dirname(d) === d) break
    }
    return [...roots, ...options.typeRoots]
  }

  /** The converter allows `await` at the top by looking for the error that the fork reports there. */
  const topLevelAwaits = (file: tsModule.SourceFile): tsModule.Diagnostic[] => {
    const found: tsModule.Diagnostic[] = []
    const note = (start: number) =>
      found.push({
        file,
        start,
        length: 5,
        code: 1308,
        category: base.DiagnosticCategory.Error,
        messageText: 'await',
      })
    const visit = (node: tsModule.Node): void => {
      if (base.isFunctionLike(node) || base.isClassStaticBlockDeclaration(node)) return
      if (base.isAwaitExpression(node)) note(node.getStart(file))
      if (base.isForOfStatement(node) && node.awaitModifier) note(node.awaitModifier.getStart(file))
      base.forEachChild(node, visit)
    }
    visit(file)
    return found
  }
  ts.getPreEmitDiagnosticsOfFiles = (program: tsModule.Program, files: tsModule.SourceFile[]) => {
    const all: tsModule.Diagnostic[] = [
      ...program.getConfigFileParsingDiagnostics(),
      ...program.getOptionsDiagnostics(),
      ...program.getGlobalDiagnostics(),
    ]
    for (const file of files) {
      all.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file))
      if (all.length === 0)
        all.push(...program.getDeclarationDiagnostics(file).filter(d => !UNNAMEABLE.has(d.code)))
      if (file.fileName.endsWith('__tslab__.ts')) all.push(...topLevelAwaits(file))
    }
    return [...base.sortAndDeduplicateDiagnostics(all)]
  }
  ts.getQuickInfoAtPosition = (
    file: tsModule.SourceFile,
    checker: tsModule.TypeChecker,
    _token: unknown,
    position: number,
  ) => {
    const node = internals.getTouchingPropertyName(file, position)
    const symbol = node === (file as tsModule.Node) ? undefined : checker.getSymbolAtLocation(node)
    if (!symbol) return undefined
    const { symbolKind, displayParts, documentation, tags } =
      internals.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
        checker,
        symbol,
        file,
        internals.getContainerNode(node),
        node,
      )
    return {
      kind: symbolKind,
      kindModifiers: internals.SymbolDisplay.getSymbolModifiers(checker, symbol),
      textSpan: { start: node.getStart(file), length: node.getEnd() - node.getStart(file) },
      displayParts,
      documentation,
      tags,
    }
  }
  ts.Completions = {
    ...internals.Completions,
    getCompletionsAtPositionForTslab: (
      host: object,
      program: tsModule.Program,
      ...rest: unknown[]
    ) =>
      internals.Completions.getCompletionsAtPosition(
        { getCompilationSettings: () => program.getCompilerOptions(), ...host },
        program,
        ...rest,
      ),
  }

  // `{ lr }` with lr of an earlier cell becomes `{ lr: exports.lr }`.
  ts.visitEachChild = (
    node: tsModule.Node,
    visitor: tsModule.Visitor,
    context: tsModule.TransformationContext,
  ) => {
    if (base.isShorthandPropertyAssignment(node)) {
      const value = options.captured.checker?.getShorthandAssignmentValueSymbol(node)
      if (value?.declarations?.some(d => d.getSourceFile().fileName.endsWith('__prev__.d.ts'))) {
        const { factory } = base
        return factory.createPropertyAssignment(
          node.name.text,
          factory.createPropertyAccessExpression(
            factory.createIdentifier('exports'),
            node.name.text,
          ),
        )
      }
    }
    return base.visitEachChild(node, visitor, context)
  }

  ts.transpileModule = (input: string, transpile: tsModule.TranspileOptions) => {
    const { noImplicitUseStrict: _dropped, ...kept } = transpile.compilerOptions as Record<
      string,
      unknown
    >
    const result = base.transpileModule(input, {
      ...transpile,
      compilerOptions: { ...kept, sourceMap: true },
    })
    options.captured.commonJs = result.sourceMapText ?? null
    return {
      ...result,
      outputText: result.outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
    }
  }

  ts.createWatchCompilerHost = (
    roots: string[],
    given: Record<string, unknown>,
    ...rest: [never]
  ) => {
    const { noImplicitUseStrict: _n, disableTopLevelAwait: _d, ...kept } = given
    const compilerOptions = {
      ...kept,
      moduleResolution: base.ModuleResolutionKind.Bundler,
      strict: true,
      noImplicitOverride: false,
      experimentalDecorators: false,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.esnext.collection.d.ts'],
      target: base.ScriptTarget.ES2022,
      types: ['node'],
      paths: options.paths,
      sourceMap: true,
      isolatedModules: false,
      allowJs: false,
      checkJs: false,
    }
    return base.createWatchCompilerHost([...roots, options.globals], compilerOptions, ...rest)
  }
  ts.createWatchProgram = (host: {
    afterProgramCreate?: (b: tsModule.EmitAndSemanticDiagnosticsBuilderProgram) => void
  }) => {
    const after = host.afterProgramCreate
    host.afterProgramCreate = builder => {
      options.captured.checker = builder.getProgram().getTypeChecker()
      const emit = builder.emit.bind(builder)
      builder.emit = (file, write, ...more) =>
        emit(
          file,
          write &&
            ((name, text, ...info) => {
              if (name.endsWith('__tslab__.js.map')) options.captured.emit = text
              else
                write(
                  name,
                  name.endsWith('.js')
                    ? text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
                    : text,
                  ...info,
                )
            }),
          ...more,
        )
      after?.(builder)
    }
    // The overloads of createWatchProgram take hosts of several builders; this is the one the converter makes.
    return base.createWatchProgram(
      host as tsModule.WatchCompilerHostOfFilesAndCompilerOptions<tsModule.EmitAndSemanticDiagnosticsBuilderProgram>,
    )
  }
  return ts as unknown as TypeScript // base with the members above replaced
}

/** Errors about declarations that cannot be written down (private names of a class expression and the like): a cell needs none. */
const UNNAMEABLE = new Set([4023, 4025, 4031, 4058, 4060, 4094, 2742, 9005, 9006])

export function loadTypeScript(): TypeScript {
  return createRequire(import.meta.url)('typescript') as TypeScript
}
