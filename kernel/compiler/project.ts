/**
 * What cells are checked against: the libraries, `@types/node`, and the modules that cells have imported. A program of these
 * is made once and again only when a cell imports something new or a file changed; the cells are no part of it. A cell is
 * parsed, bound and handed to the program's checker, which keeps what it found out about earlier cells: checking the
 * 2,000th cell costs what the 20th did.
 */
import type ts from 'typescript'
import type { Host } from './host.ts'
import { awaitsAtTop, withoutImportSyntax } from './link.ts'
import { readOptions, type Options } from './options.ts'
import { original, readMap } from './sourcemap.ts'
import type { BoundFile, OpenProgram, Scoped, TypeScript } from './typescript.ts'

/** A local file as the runner gets it. */
export interface Side {
  /** Absolute path of the source. */
  path: string
  /** CommonJS, `import.meta` and `import()` as `__meta` and `__import`. */
  data: string
  /** Specifiers of its imports that are local files → their path. */
  links: Record<string, string>
  /** Specifiers that it imports, in order. */
  imports: string[]
  /** It awaits outside functions. */
  await: boolean
  /** Source map of `data`, JSON. */
  map: string
}

const CELL = /\[cell[^\]/]*\]\.tsx?$/
const IMPORTS = '[imports].ts'

export class Project {
  readonly ts: TypeScript
  #options!: Options
  #program: OpenProgram | null = null
  #magic: Record<string, unknown> = {}
  #configVersion: string | null = null
  /** Modules that cells import. */
  readonly #specifiers = new Set<string>()
  /** Global and module augmentations that cells made. */
  readonly #augmentations: string[] = []
  /** Whether `@types/node` is part of the program: it takes longer to read than all else, and most first cells do without. */
  #full = false
  /** Local files that cells are (`@module`): path → text. */
  readonly #modules = new Map<string, string>()
  readonly #sources = new Map<string, { version: string; file: ts.SourceFile | undefined }>()
  /** The libraries without their documentation, which takes as long to read as they do. */
  readonly #light = new Map<string, ts.SourceFile>()
  #ahead: Generator<void, void> | null = null
  #resolutions = new Map<string, ts.ResolvedModuleWithFailedLookupLocations>()
  #cache: ts.ModuleResolutionCache | undefined
  #ambient = new Set<string>()
  #virtual = new Map<string, string>()
  /** Versions of the local files that the runner has. */
  readonly #sent = new Map<string, string>()
  /** Source maps of local files as the runner has them. */
  readonly #maps = new Map<string, string>()

  #host: Host

  constructor(host: Host) {
    this.ts = host.ts
    this.#host = host
    this.#readOptions()
  }

  get host(): Host {
    return this.#host
  }

  /**
   * Goes on in another folder, nothing having been imported yet. The program stays when it is the one that cells there want, too.
   * @returns whether it does
   */
  enter(host: Host): boolean {
    const before = this.#wanted()
    this.#host = host
    this.#readOptions()
    this.#resolutions = new Map()
    this.#cache = undefined
    const isSame = this.#wanted() === before && this.#specifiers.size === 0 && !this.#isStale()
    if (!isSame) this.#program = null
    return isSame && this.#program !== null
  }

  /** What a program without imports depends on. */
  #wanted(): string {
    const { options, config } = this.#options
    return JSON.stringify([{ ...options, rootDir: '', outDir: '' }, config, this.#magic])
  }

  get options(): ts.CompilerOptions {
    return this.#options.options
  }
  get problems(): readonly string[] {
    return this.#options.problems
  }
  get config(): string | null {
    return this.#options.config
  }
  get magic(): Readonly<Record<string, unknown>> {
    return this.#magic
  }
  get program(): OpenProgram {
    return this.#program ?? this.#build()
  }
  get checker(): ts.TypeChecker {
    return this.program.getTypeChecker()
  }
  get full(): boolean {
    return this.#full
  }

  /** Options for all cells from now on. @returns sentences about what could not be used; then nothing has changed */
  configure(settings: Record<string, unknown>): string[] {
    const before = this.#magic
    this.#magic = { ...before, ...settings }
    const already = this.#options.problems
    this.#readOptions()
    const problems = this.#options.problems.filter(p => !already.includes(p))
    if (problems.length) {
      this.#magic = before
      this.#readOptions()
    }
    this.#program = null
    return problems
  }

  #readOptions(): void {
    this.#configVersion = this.host.version(`${this.host.folder}/tsconfig.json`)
    this.#options = readOptions(this.host, this.#magic, !this.#isRelaxed)
    const { options } = this.#options
    options.typeRoots ??= [...new Set([...this.#typeRoots(), ...this.host.typeRoots])]
  }

  #typeRoots(): string[] {
    const roots: string[] = []
    for (let d = this.host.folder; ; d = parentOf(d)) {
      const root = `${d === '/' ? '' : d}/node_modules/@types`
      if (this.host.directoryExists(root)) roots.push(root)
      if (parentOf(d) === d) return roots
    }
  }

  /** Everything is as before the first cell. */
  reset(): void {
    this.#sent.clear()
    if (this.#augmentations.length + this.#modules.size) {
      this.#augmentations.length = 0
      this.#modules.clear()
      this.renew()
    }
  }

  /**
   * Makes the program right for a cell.
   * @param ids modules that it names
   * @param needsNode whether it names something of Node's
   * @returns whether it is another program than before
   */
  prepare(ids: readonly string[], needsNode: boolean): boolean {
    const { host } = this
    const before = this.#program
    const config = host.version(`${host.folder}/tsconfig.json`)
    if (config !== this.#configVersion) {
      this.#readOptions()
      this.#program = null
    }
    if ((needsNode || ids.length > 0) && !this.#full) {
      this.#full = true
      this.#program = null
    }
    if (!this.#program) this.#build(this.#full ? undefined : (before ?? undefined))
    let stale = this.#isStale()
    for (const id of ids) {
      if (this.#ambient.has(id)) continue
      if (!this.#specifiers.has(id)) {
        this.#specifiers.add(id)
        stale = true
      } else if (!this.#resolutions.get(id)?.resolvedModule) stale = true
    }
    if (stale) this.#build(this.#program ?? undefined)
    return this.#program !== before
  }

  /** Adds what a cell declares globally or in other modules. @returns takes it back */
  augment(text: string): () => void {
    const before = this.#augmentations.length
    if (this.#augmentations.includes(text)) return () => undefined
    this.#augmentations.push(text)
    this.#build(this.#program ?? undefined)
    return () => {
      this.#augmentations.length = before
      this.#build(this.#program ?? undefined)
    }
  }

  /**
   * A cell that is a module: other cells import it as the file that its name says.
   * @returns the errors in it; with any, nothing has changed
   */
  addModule(name: string, text: string, jsx: boolean): ts.Diagnostic[] {
    const { folder } = this.host
    const path = `${folder}/${name}.${jsx ? 'tsx' : 'ts'}`
    const before = this.#modules.get(path)
    this.#full = true
    this.#modules.set(path, text)
    const program = this.#build(this.#program ?? undefined)
    const file = program.getSourceFile(path)
    const errors = file
      ? [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      : []
    if (!errors.some(d => d.category === this.ts.DiagnosticCategory.Error)) return []
    if (before === undefined) this.#modules.delete(path)
    else this.#modules.set(path, before)
    this.renew()
    return errors
  }

  /** What was written for tslab was not checked strictly; a tsconfig or `%ts` decides otherwise. */
  relax(): void {
    if (this.#isRelaxed) return
    this.#isRelaxed = true
    this.#readOptions()
    this.renew()
  }
  #isRelaxed = false

  /** A fresh checker: what the old one remembers of cells that nothing refers to any more is forgotten. */
  renew(): void {
    this.#build(this.#program ?? undefined)
  }

  /** Makes the program whole: Node's types, documentation. @returns whether it was not */
  complete(): boolean {
    if (this.#full) return false
    this.#full = true
    this.#build()
    return true
  }

  /** One step towards the whole program, which is there when a cell needs it. @returns whether more is to do */
  advance(): boolean {
    if (this.#full) return false
    this.#ahead ??= this.#readAhead()
    if (this.#ahead.next().done) this.complete()
    return true
  }

  *#readAhead(): Generator<void, void> {
    const { ts, host, options } = this
    const files = this.#files()
    const read = (name: string): ts.SourceFile | undefined => {
      const known = this.#sources.get(name)?.file
      if (known) return known
      const format = ts.getImpliedNodeFormatForFileWorker(name, undefined, files, options)
      const file = this.#source(
        name,
        {
          languageVersion: options.target ?? ts.ScriptTarget.ES2022,
          setExternalModuleIndicator: ts.getSetExternalModuleIndicator(options),
          ...(typeof format === 'object' ? format : { impliedNodeFormat: format }),
        },
        true,
      )
      if (file) ts.bindSourceFile(file, options)
      return file
    }
    for (const { fileName } of this.program.getSourceFiles())
      if (isThirdParty(fileName) || fileName.startsWith(host.libraries)) {
        read(fileName)
        yield
      }
    const from = `${host.folder}/[cell].ts`
    const types = ts.resolveTypeReferenceDirective('node', from, options, files)
    const queue = [types.resolvedTypeReferenceDirective?.resolvedFileName]
    for (const name of queue) {
      const file = name === undefined ? undefined : read(name)
      if (!file) continue
      const add = (next: string | undefined) => {
        if (next !== undefined && !queue.includes(next)) queue.push(next)
      }
      const folder = parentOf(file.fileName)
      for (const r of file.referencedFiles) add(normalize(`${folder}/${r.fileName}`))
      for (const { fileName: id } of ts.preProcessFile(file.text, true, false).importedFiles)
        // Other packages and files; the names of Node's modules hold no such character.
        if (/[-.]/.test(id))
          add(
            ts.resolveModuleName(id, file.fileName, options, files).resolvedModule
              ?.resolvedFileName,
          )
      yield
    }
  }

  #isStale(): boolean {
    for (const [path, { version }] of this.#sources)
      if (version !== 'fixed' && !this.#modules.has(path) && this.host.version(path) !== version)
        return true
    return false
  }

  #build(old?: OpenProgram): OpenProgram {
    const { ts, host } = this
    const { folder } = host
    if (this.#full) {
      this.#light.clear()
      this.#ahead = null
    }
    this.#resolutions = new Map()
    this.#cache = ts.createModuleResolutionCache(folder, n => this.#canonical(n), this.options)
    this.#virtual = new Map([
      [
        `${folder}/${IMPORTS}`,
        [...this.#specifiers].map(id => `import ${JSON.stringify(id)}\n`).join(''),
      ],
      ...this.#modules,
      ...this.#augmentations.map(
        (text, i) => [`${folder}/[declarations ${i}].ts`, text] as [string, string],
      ),
    ])
    const types = this.#full ? [...new Set(['node', ...(this.options.types ?? [])])] : []
    const options: ts.CompilerOptions = { ...this.options, types }
    const program = ts.createProgram({
      rootNames: [
        host.globals,
        ...(this.#full ? [] : [host.globals.replace(/globals\.d\.ts$/, 'light.d.ts')]),
        ...this.#virtual.keys(),
      ],
      options,
      host: this.#compilerHost(options),
      oldProgram: old,
    }) as OpenProgram // what the checker asks is a member of the program that TypeScript makes
    const inner = program.getResolvedModule.bind(program)
    program.getResolvedModule = (file, name, mode) =>
      CELL.test(file.fileName) ? this.resolve(name) : inner(file, name, mode)
    this.#program = program
    // Some packages export nothing but ambient modules; the names of Node's come from here too.
    this.#ambient = new Set(
      program
        .getTypeChecker()
        .getAmbientModules()
        .map(m => m.name.slice(1, -1)),
    )
    for (const id of this.#specifiers) this.resolve(id)
    return program
  }

  /** Where a module that a cell names is. */
  resolve(id: string): ts.ResolvedModuleWithFailedLookupLocations {
    let r = this.#resolutions.get(id)
    if (!r) this.#resolutions.set(id, (r = this.#find(id, `${this.host.folder}/[cell].ts`)))
    return r
  }

  #find(id: string, from: string): ts.ResolvedModuleWithFailedLookupLocations {
    const { ts, host } = this
    const file = host.modules.get(id)
    if (file)
      return {
        resolvedModule: {
          resolvedFileName: file,
          extension: '.d.ts',
          isExternalLibraryImport: true,
        },
      } as unknown as ts.ResolvedModuleWithFailedLookupLocations // its other members are internal and optional
    const r = ts.resolveModuleName(id, from, this.options, this.#files(), this.#cache)
    if (r.resolvedModule || /^[./]|^[A-Za-z]:/.test(id) || isThirdParty(from)) return r
    const own = ts.resolveModuleName(
      id,
      `${host.packages}/own.ts`,
      this.options,
      this.#files(),
      this.#cache,
    )
    return own.resolvedModule ? own : r
  }

  #files(): ts.ModuleResolutionHost {
    const { host } = this
    return {
      fileExists: p => this.#virtual.has(p) || host.fileExists(p),
      readFile: p => this.#virtual.get(p) ?? host.readFile(p),
      directoryExists: p =>
        host.directoryExists(p) || [...this.#modules.keys()].some(m => m.startsWith(`${p}/`)),
      getDirectories: p => host.getDirectories(p),
      realpath: p => (this.#virtual.has(p) ? p : host.realpath(p)),
      getCurrentDirectory: () => host.folder,
      useCaseSensitiveFileNames: host.caseSensitive,
    }
  }

  #canonical(name: string): string {
    return this.host.caseSensitive ? name : name.toLowerCase()
  }

  #compilerHost(options: ts.CompilerOptions): ts.CompilerHost {
    const { ts, host } = this
    const files = this.#files()
    return {
      ...files,
      fileExists: files.fileExists.bind(files),
      readFile: files.readFile.bind(files),
      useCaseSensitiveFileNames: () => host.caseSensitive,
      getCurrentDirectory: () => host.folder,
      getCanonicalFileName: n => this.#canonical(n),
      getNewLine: () => '\n',
      getDefaultLibLocation: () => host.libraries,
      getDefaultLibFileName: o => `${host.libraries}/${ts.getDefaultLibFileName(o)}`,
      readDirectory: (...args) => host.readDirectory(...args),
      writeFile: () => undefined,
      getSourceFile: (name, parse) => this.#source(name, parse),
      hasInvalidatedResolutions: path => !isThirdParty(path),
      resolveModuleNameLiterals: (literals, from) =>
        literals.map(l =>
          options.noResolve ? { resolvedModule: undefined } : this.#find(l.text, from),
        ),
    }
  }

  #source(
    name: string,
    parse: ts.ScriptTarget | ts.CreateSourceFileOptions,
    whole = this.#full,
  ): ts.SourceFile | undefined {
    const { ts, host } = this
    const given = this.#virtual.get(name)
    const version =
      given ??
      (isThirdParty(name) || name.startsWith(host.libraries) ? 'fixed' : host.version(name))
    const known = this.#sources.get(name)
    if (known?.version === version && known.file) return known.file
    const shared = version === 'fixed' ? host.parsed : undefined
    const key = shared ? this.#parsedAs(name, parse) : ''
    const light = this.#light.get(name)
    if (light && !whole) return light
    let file = shared?.get(key)
    if (!file) {
      const text = given ?? host.readFile(name)
      if (text !== undefined && version === 'fixed' && !whole && !shared) {
        const { ParseForTypeErrors: jsDocParsingMode } = ts.JSDocParsingMode
        const options = typeof parse === 'object' ? parse : { languageVersion: parse }
        const quick = ts.createSourceFile(name, text, { ...options, jsDocParsingMode })
        this.#light.set(name, quick)
        return quick
      }
      file = text === undefined ? undefined : ts.createSourceFile(name, text, parse)
      if (file) shared?.set(key, file)
    }
    if (given === undefined || this.#modules.has(name)) this.#sources.set(name, { version, file })
    return file
  }

  /** A parsed and bound file serves all programs whose options parse and bind it alike. */
  #parsedAs(name: string, parse: ts.ScriptTarget | ts.CreateSourceFileOptions): string {
    const { target, module, moduleDetection, jsx, strict, alwaysStrict } = this.options
    const how =
      typeof parse === 'object' ? [parse.languageVersion, parse.impliedNodeFormat] : [parse]
    return [...how, target, module, moduleDetection, jsx, strict, alwaysStrict, name].join(' ')
  }

  /** Parses a cell and gives it the names that it sees. */
  parse(
    name: string,
    text: string,
    scope: (
      identifiers: ReadonlyMap<string, string>,
    ) => [values: ts.SymbolTable, types: ts.SymbolTable],
    jsx = false,
  ): BoundFile {
    const { ts, options } = this
    const fileName = `${this.host.folder}/[${name}].${jsx ? 'tsx' : 'ts'}`
    const file = ts.createSourceFile(
      fileName,
      text,
      {
        languageVersion: options.target ?? ts.ScriptTarget.ES2022,
        setExternalModuleIndicator: ts.getSetExternalModuleIndicator(options),
      },
      false,
      jsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
    ) as BoundFile // the program notes the members below on files of its own
    file.path = file.resolvedPath = this.#canonical(fileName) as ts.Path
    file.originalFileName = fileName
    file.moduleAugmentations = []
    file.ambientModuleNames = []
    file.imports = jsx ? this.#jsxImport(file) : []
    ts.bindSourceFile(file, options)
    const [values, types] = scope(file.identifiers)
    const outer: Scoped = ts.factory.createBlock([])
    outer.locals = types
    const inner: Scoped = ts.factory.createBlock([])
    inner.locals = values
    // Wherever the cursor is, it stands in these.
    for (const block of [inner, outer]) ts.setTextRange(block, { pos: 0, end: 2 ** 30 })
    ts.setParent(inner, outer)
    ts.setParent<ts.Node>(file, inner)
    return file
  }

  /** The import that TypeScript writes itself for JSX. */
  #jsxImport(file: ts.SourceFile): ts.StringLiteralLike[] {
    const { ts } = this
    const id = this.jsxModule()
    if (!id) return []
    const literal = ts.factory.createStringLiteral(id)
    const declaration = ts.factory.createImportDeclaration(undefined, undefined, literal)
    for (const node of [literal, declaration] as { flags: ts.NodeFlags }[])
      node.flags &= ~ts.NodeFlags.Synthesized
    ts.setParent(literal, declaration)
    ts.setParent<ts.Node>(declaration, file)
    return [literal]
  }

  /** The module that JSX is compiled to calls of; null where none is imported. */
  jsxModule(): string | null {
    const { ts, options } = this
    const { jsx, jsxImportSource } = options
    if (jsx !== ts.JsxEmit.ReactJSX && jsx !== ts.JsxEmit.ReactJSXDev) return null
    return `${jsxImportSource ?? 'react'}/${jsx === ts.JsxEmit.ReactJSX ? 'jsx-runtime' : 'jsx-dev-runtime'}`
  }

  /** Whether a file is one of the user's, which may change. */
  isLocal(file: ts.SourceFile): boolean {
    const { fileName } = file
    return (
      !file.isDeclarationFile &&
      !isThirdParty(fileName) &&
      (!this.#virtual.has(fileName) || this.#modules.has(fileName)) &&
      fileName !== this.host.globals &&
      !fileName.startsWith(this.host.libraries)
    )
  }

  /** Local files that modules of a cell lead to, what is imported first. */
  localFiles(ids: readonly string[]): ts.SourceFile[] {
    const found = new Set<ts.SourceFile>()
    const visit = (file: ts.SourceFile | undefined): void => {
      if (!file || found.has(file) || !this.isLocal(file)) return
      found.add(file)
      for (const literal of (file as BoundFile).imports ?? []) visit(this.#imported(file, literal))
    }
    for (const id of ids) visit(this.#target(this.resolve(id)))
    return [...found].reverse()
  }

  #imported(file: ts.SourceFile, literal: ts.StringLiteralLike): ts.SourceFile | undefined {
    const mode = this.program.getModeForUsageLocation(file, literal)
    return this.#target(this.program.getResolvedModule(file, literal.text, mode))
  }

  #target(r: ts.ResolvedModuleWithFailedLookupLocations | undefined): ts.SourceFile | undefined {
    return r?.resolvedModule && this.program.getSourceFile(r.resolvedModule.resolvedFileName)
  }

  /** Path of the local file (also .json) that a cell's specifier means, or null. */
  localPath(id: string): string | null {
    const file = this.#target(this.resolve(id))
    return file && this.isLocal(file) ? file.fileName : null
  }

  /** Files that the runner does not have yet in this version. `sent` is called once it has them. */
  emitLocal(files: readonly ts.SourceFile[]): { sides: Side[]; sent(): void } {
    const changed = files.filter(
      f => this.#sent.get(f.fileName) !== this.#sources.get(f.fileName)?.version,
    )
    const versions = changed.map(f => this.#sources.get(f.fileName)?.version ?? '')
    const sides = changed.map(f => this.#side(f))
    // What the cell prints while it runs has places in them already.
    for (const { path, map } of sides) this.#maps.set(path, map)
    const sent = () => {
      for (const [i, file] of changed.entries()) this.#sent.set(file.fileName, versions[i])
    }
    return { sides, sent }
  }

  /** Where in a local file a position of what the runner runs of it came from, from 0. */
  locate(path: string, line: number, column: number): [number, number] | null {
    const map = this.#maps.get(path)
    return map ? original(readMap(map), line, column) : null
  }

  #side(file: ts.SourceFile): Side {
    const { ts } = this
    const links: Record<string, string> = {}
    const literals = (file as BoundFile).imports ?? []
    const imports = [...new Set(literals.map(l => l.text))]
    for (const literal of literals) {
      const target = this.#imported(file, literal)
      if (target && this.isLocal(target)) links[literal.text] = target.fileName
    }
    if (file.fileName.endsWith('.json'))
      return {
        path: file.fileName,
        data: `module.exports = ${file.text}`,
        links,
        imports: [],
        await: false,
        map: '',
      }
    const { outputText, sourceMapText = '' } = ts.transpileModule(file.text, {
      // By their extension .mjs and .mts would stay ES modules.
      fileName: file.fileName.replace(/\.[cm]([jt]s)$/, '.$1'),
      compilerOptions: { ...this.options, module: ts.ModuleKind.CommonJS, outDir: undefined },
      transformers: { before: [withoutImportSyntax(ts)] },
    })
    const data = outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
    return {
      path: file.fileName,
      data,
      links,
      // What it imports only types from has left no trace.
      imports: imports.filter(id => data.includes(id)),
      await: awaitsAtTop(ts, data),
      map: sourceMapText,
    }
  }
}

/** Without `.` and `..`. */
function normalize(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/'))
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  return parts.join('/')
}
const parentOf = (path: string) => path.replace(/\/[^/]*$/, '') || '/'
const isThirdParty = (path: string) => path.includes('/node_modules/')
