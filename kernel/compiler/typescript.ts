/**
 * The members of TypeScript that cells need and that its public types leave out. They exist at run time in the exactly
 * pinned version; a test names each of them, so that another version that lacks one fails there and not in a cell.
 */
import type ts from 'typescript'

export type TypeScript = typeof ts & Internals

export interface Internals {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void
  getSetExternalModuleIndicator(options: ts.CompilerOptions): (file: ts.SourceFile) => void
  createSymbolTable(): ts.SymbolTable
  getImpliedNodeFormatForFileWorker(
    fileName: string,
    cache: undefined,
    host: ts.ModuleResolutionHost,
    options: ts.CompilerOptions,
  ): ts.ResolutionMode | Partial<ts.CreateSourceFileOptions>
  setParent<T extends ts.Node>(child: T, parent: ts.Node | undefined): T
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node
  getContainerNode(node: ts.Node): ts.Node | undefined
  findPrecedingToken(position: number, file: ts.SourceFile): ts.Node | undefined
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      container: ts.Node | undefined,
      node: ts.Node,
    ): {
      symbolKind: ts.ScriptElementKind
      displayParts: ts.SymbolDisplayPart[]
      documentation: ts.SymbolDisplayPart[]
      tags: ts.JSDocTagInfo[] | undefined
    }
  }
  Completions: {
    getCompletionsAtPosition(
      host: object,
      program: ts.Program,
      log: (s: string) => void,
      file: ts.SourceFile,
      position: number,
      preferences: ts.UserPreferences,
      trigger: string | undefined,
      kind: number,
      token: object,
    ): ts.CompletionInfo | undefined
    getCompletionEntryDetails(
      program: ts.Program,
      log: (s: string) => void,
      file: ts.SourceFile,
      position: number,
      entry: { name: string; source?: string; data?: unknown },
      host: object,
      format: undefined,
      preferences: ts.UserPreferences,
      token: object,
    ): ts.CompletionEntryDetails | undefined
  }
  SignatureHelp: {
    getSignatureHelpItems(
      program: ts.Program,
      file: ts.SourceFile,
      position: number,
      reason: undefined,
      token: object,
    ): ts.SignatureHelpItems | undefined
  }
}

/** A source file with what the parser, the binder and the program note on it. */
export interface BoundFile extends ts.SourceFile {
  parent: ts.SourceFile & ts.Node
  path: ts.Path
  resolvedPath: ts.Path
  originalFileName: string
  locals?: ts.SymbolTable
  imports: ts.StringLiteralLike[]
  moduleAugmentations: ts.Node[]
  ambientModuleNames: string[]
  identifiers: Map<string, string>
  parseDiagnostics: ts.DiagnosticWithLocation[]
  bindDiagnostics: ts.DiagnosticWithLocation[]
}

/** A node with the names it declares for what stands in it. */
export type Scoped = ts.Node & { locals?: ts.SymbolTable }

/** A program whose checker asks it where a module is: the answer for files outside it can be given from here. */
export interface OpenProgram extends ts.Program {
  getResolvedModule(
    file: ts.SourceFile,
    name: string,
    mode: ts.ResolutionMode,
  ): ts.ResolvedModuleWithFailedLookupLocations | undefined
}

export const notCancelled = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => undefined,
}
export const noLog = (): void => undefined
