/**
 * `import` in cells. Packages and Node's modules are loaded by Node itself, as if a module in the notebook's folder imported
 * them; what is not found there is looked for among the kernel's own packages. Local files come from the compiler as
 * CommonJS, run here, and run again when they or what they import has changed.
 */
import Module, { createRequire } from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isModuleNamespaceObject, isProxy } from 'node:util/types'
import vm from 'node:vm'
import type { ImportLink } from '../compiler/cell.ts'
import type { Side } from '../compiler/project.ts'

export type Load = (id: string, options?: object) => Promise<unknown>

interface Local {
  side: Side
  run: (...args: unknown[]) => unknown
  module: { exports: unknown } | null
  /** While it runs, for who waits for it. */
  running: Promise<void> | null
}

/** Node's own `import()`, as of a file at `path`. */
function importerOf(path: string): Load {
  const constants = vm.constants as unknown as
    { USE_MAIN_CONTEXT_DEFAULT_LOADER?: symbol } | undefined
  const loader = constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER
  if (loader)
    return new vm.Script('(id, options) => import(id, options)', {
      filename: path,
      importModuleDynamically: loader as never, // the types of the pinned @types/node lack the symbol
    }).runInThisContext() as Load
  // Node before 20.12: by the conditions of require.
  const require = createRequire(path)
  return id =>
    import(
      Module.isBuiltin(id) ? id : pathToFileURL(isAbsolute(id) ? id : require.resolve(id)).href
    )
}

const codeOf = (e: unknown) => (e instanceof Error && 'code' in e ? e.code : undefined)
/** Whether an error says that this module itself, and not one it imports, is missing. */
const isMissing = (e: unknown, id: string) =>
  (codeOf(e) === 'ERR_MODULE_NOT_FOUND' || codeOf(e) === 'MODULE_NOT_FOUND') &&
  e instanceof Error &&
  (e.message.includes(`'${id}'`) || e.message.includes(`package '${nameOf(id)}'`))

const nameOf = (id: string) =>
  id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')

export class Modules {
  readonly #loaded = new Map<string, unknown>()
  /** Local files by the path of their source. */
  readonly #local = new Map<string, Local>()
  readonly #import: Load
  readonly #ownImport: Load
  readonly #require: NodeJS.Require
  readonly #ownRequire: NodeJS.Require
  readonly meta: { url: string; filename: string; dirname: string; resolve(id: string): string }

  /**
   * @param folder the notebook's
   * @param given modules that the kernel itself provides, by name
   */
  constructor(
    readonly folder: string,
    private readonly given: Record<string, unknown> = {},
  ) {
    const cell = join(folder, 'cell.js')
    const own = fileURLToPath(import.meta.url)
    this.#import = importerOf(cell)
    this.#ownImport = importerOf(own)
    this.#require = createRequire(cell)
    this.#ownRequire = createRequire(own)
    this.meta = metaOf(cell)
  }

  /** Local files that are new or have changed: they, and what imports them, run again when next imported. */
  update(sides: readonly Side[]): void {
    const changed = new Set(sides.map(s => s.path))
    for (const side of sides) {
      const run = vm.runInThisContext(
        `(${side.await ? 'async ' : ''}function (exports, require, module, __filename, __dirname, __meta, __import) {${side.data}\n})`,
        { filename: side.path },
      ) as Local['run']
      this.#local.set(side.path, { side, run, module: null, running: null })
    }
    for (let more = changed.size > 0; more;) {
      more = false
      for (const [path, { side }] of this.#local) {
        if (changed.has(path) || !Object.values(side.links).some(p => changed.has(p))) continue
        changed.add(path)
        more = true
      }
    }
    for (const path of changed) {
      const local = this.#local.get(path)
      if (local) local.module = local.running = null
    }
  }

  /** Loads a cell's imports, in order. @returns for each what `import * as` gives */
  async prepare(links: readonly ImportLink[]): Promise<unknown[]> {
    const found: unknown[] = []
    for (const { id, file } of links) found.push(await this.#load(id, file))
    return found
  }

  async #load(id: string, file: string | null): Promise<unknown> {
    if (file !== null && this.#local.has(file)) {
      await this.#start(file)
      return this.#local.get(file)!.module!.exports // it has just run
    }
    return this.#package(id)
  }

  /** A package or module of Node's, as Node imports it. */
  async #package(id: string, importing = this.#import): Promise<unknown> {
    if (id in this.given) return this.given[id]
    const known = importing === this.#import ? this.#loaded.get(id) : undefined
    if (known !== undefined) return known
    let module: unknown
    if (/\.(json|node)$/.test(id)) module = asModule(this.require(id))
    else
      try {
        module = await importing(id)
      } catch (e) {
        if (!isMissing(e, id) || id.startsWith('.') || isAbsolute(id)) {
          // A folder, or a file named without its extension: import() takes neither, require does.
          if (!/^ERR_UNSUPPORTED_DIR_IMPORT$|^ERR_MODULE_NOT_FOUND$/.test(String(codeOf(e))))
            throw e
          module = asModule(this.require(id))
        } else module = await this.#ownPackage(id, e)
      }
    this.#loaded.set(id, module)
    return module
  }

  async #ownPackage(id: string, first: unknown): Promise<unknown> {
    try {
      // `package/file` of a package without an exports map: import() wants the extension.
      return asModule(this.#require(id))
    } catch (e) {
      if (codeOf(e) === 'ERR_REQUIRE_ESM') throw first
    }
    try {
      return await this.#ownImport(id)
    } catch (e) {
      if (!isMissing(e, id)) throw e
      throw new Error(this.#notFound(id))
    }
  }

  /** The cell's `require`: what it names literally has been loaded before, ES modules too. */
  readonly require = Object.assign((id: string): unknown => this.#requireInCell(id), {
    resolve: (id: string, options?: { paths?: string[] }) => this.#require.resolve(id, options),
  })

  #notFound(id: string): string {
    return id.startsWith('.') || isAbsolute(id)
      ? `cannot find the file '${id}' from ${this.folder}`
      : `cannot find '${id}' from ${this.folder}: npm install ${nameOf(id)} there`
  }

  #requireInCell(id: string): unknown {
    const module = this.#local.get(this.#literals.get(id) ?? '')?.module
    return module ? module.exports : this.#requireFrom(id, this.#require)
  }

  /** A module that was loaded before the cell ran. */
  preloaded(id: string): unknown {
    return this.#loaded.get(id) ?? this.#requireFrom(id, this.#require)
  }

  #requireFrom(id: string, require: NodeJS.Require): unknown {
    if (id in this.given) return this.given[id]
    try {
      return require(id)
    } catch (e) {
      if (this.#loaded.has(id)) return this.#loaded.get(id)
      if (!isMissing(e, id)) throw e
      try {
        return this.#ownRequire(id)
      } catch (own) {
        if (!isMissing(own, id)) throw own
        throw new Error(this.#notFound(id))
      }
    }
  }

  /** `import()` of a cell. */
  readonly dynamic: Load = async (id, options) => {
    if (id in this.given) return this.given[id]
    const file = this.#literals.get(id)
    if (file !== undefined && this.#local.has(file)) return namespaceOf(await this.#load(id, file))
    if (id.startsWith('.')) {
      const path = join(this.folder, id)
      const local = [
        path,
        ...EXTENSIONS.map(x => path + x),
        ...EXTENSIONS.map(x => join(path, `index${x}`)),
      ].find(p => this.#local.has(p))
      if (local) return namespaceOf(await this.#load(id, local))
    }
    return options === undefined ? this.#package(id) : this.#import(id, options)
  }
  readonly #literals = new Map<string, string>()

  /** Files that specifiers of cells mean, for `import()` and `require` of them. */
  remember(links: readonly ImportLink[]): void {
    for (const { id, file } of links) if (file !== null) this.#literals.set(id, file)
  }

  /** Runs a local file, once what it imports has run. Files that import each other see each other half done, as in Node. */
  #start(path: string): Promise<void> {
    const local = this.#local.get(path)!
    if (local.running) return local.running
    const module = { exports: {} as unknown }
    local.module = module
    local.running = (async () => {
      const before: Record<string, unknown> = {}
      for (const id of local.side.imports) {
        const file = local.side.links[id]
        if (file === undefined) before[id] = await this.#package(id, this.#importFrom(path))
        else if (!this.#local.get(file)?.module) await this.#start(file)
      }
      const require = createRequire(path)
      const load = (id: string): unknown => {
        const file = local.side.links[id]
        if (file !== undefined) return this.#local.get(file)?.module?.exports
        if (id in before) return interop(before[id])
        return this.#requireFrom(id, require)
      }
      await local.run(
        module.exports,
        Object.assign(load, { resolve: require.resolve }),
        module,
        path,
        dirname(path),
        metaOf(path),
        (id: string, options?: object) =>
          local.side.links[id] === undefined
            ? this.#importFrom(path)(id, options)
            : this.#load(id, local.side.links[id]).then(namespaceOf),
      )
    })()
    local.running.catch(() => {
      local.module = local.running = null
    })
    return local.running
  }

  readonly #importers = new Map<string, Load>()
  #importFrom(path: string): Load {
    const folder = dirname(path)
    if (folder === this.folder) return this.#import
    let load = this.#importers.get(folder)
    if (!load) this.#importers.set(folder, (load = importerOf(path)))
    return load
  }
}

const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json']

function metaOf(path: string) {
  const { resolve } = createRequire(path)
  return {
    url: pathToFileURL(path).href,
    filename: path,
    dirname: dirname(path),
    resolve: (id: string) => (Module.isBuiltin(id) ? id : pathToFileURL(resolve(id)).href),
  }
}

/** Packages that require what the kernel itself provides get it, too. */
export function provide(given: Readonly<Record<string, unknown>>): void {
  const loader = Module as unknown as { _load: (id: string, ...rest: unknown[]) => unknown }
  const load = loader._load
  loader._load = function (id, ...rest) {
    return Object.hasOwn(given, id) ? given[id] : Reflect.apply(load, this, [id, ...rest])
  }
}

/** What `import * as` gives of a CommonJS module's exports. */
function asModule(exports: unknown): unknown {
  return typeof exports === 'object' && exports !== null
    ? { ...exports, default: exports }
    : { default: exports }
}

/** What `import()` gives of a local file: of JSON and CommonJS the whole is its default. */
const namespaceOf = (exports: unknown): unknown =>
  isObject(exports) && '__esModule' in exports ? exports : asModule(exports)

/** An ES module's namespace for code that was compiled to `require`; of CommonJS the exports themselves. */
function interop(namespace: unknown): unknown {
  if (!isObject(namespace) || '__esModule' in namespace) return namespace
  if ('default' in namespace && isCommonJs(namespace)) return namespace.default
  const shown = Object.create(null, { __esModule: { value: true } }) as object
  for (const key of Object.keys(namespace))
    Object.defineProperty(shown, key, { enumerable: true, get: () => namespace[key] })
  return shown
}

/** Node gives CommonJS exports as `default`, and names of theirs beside it. */
function isCommonJs(ns: { default?: unknown }): boolean {
  const whole = ns.default
  if ((typeof whole !== 'object' && typeof whole !== 'function') || whole === null) return false
  return Object.keys(ns).every(k => k === 'default' || k === 'module.exports' || k in whole)
}

/** One exported binding, read as a bundler would: names that Node does not see on CommonJS exports are found on them. */
export function exported(module: unknown, name: string): unknown {
  const ns = module as Record<string, unknown> | null
  if (name === '*') return module
  if (name === '=') return interop(module)
  if (ns === null || (typeof ns !== 'object' && typeof ns !== 'function')) return undefined
  const whole = ns.default as Record<string, unknown> | undefined
  if (name === 'default') {
    if (!('default' in ns)) return ns.__esModule ? undefined : ns
    // A CommonJS module that was compiled from one with a default export.
    return isObject(whole) && whole.__esModule && 'default' in whole && isCommonJs(ns)
      ? whole.default
      : whole
  }
  return name in ns ? ns[name] : isObject(whole) ? whole[name] : undefined
}

/** As `exported`, where that runs nothing of the module's: getters that CommonJS modules define are not called. */
export function peekExport(module: unknown, name: string): { value: unknown } | null {
  if (!isObject(module) || isProxy(module)) return null
  if (name === '*' || name === '=' || isModuleNamespaceObject(module))
    return { value: exported(module, name) }
  const d = Reflect.getOwnPropertyDescriptor(module, name)
  if (d) return 'value' in d ? { value: d.value } : null
  return name === 'default' ? { value: module } : null
}

const isObject = (v: unknown): v is Record<string, unknown> =>
  (typeof v === 'object' || typeof v === 'function') && v !== null
