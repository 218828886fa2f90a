/** `import` in cells: CommonJS by require, ES modules loaded beforehand by import(), local TypeScript as the compiler emitted it. */
import { existsSync, readFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'

type Require = (id: string) => unknown

/** Resolves a target of an `exports` map under these conditions. */
function target(entry: unknown, conditions: readonly string[], star: string): string | null {
  if (typeof entry === 'string') return entry.replaceAll('*', star)
  if (Array.isArray(entry)) {
    for (const e of entry) {
      const t = target(e, conditions, star)
      if (t) return t
    }
    return null
  }
  if (typeof entry !== 'object' || entry === null) return null
  for (const [key, value] of Object.entries(entry))
    if (key === 'default' || conditions.includes(key)) {
      const t = target(value, conditions, star)
      if (t) return t
    }
  return null
}

/** File of a bare specifier for import(), searched from `folder` upwards; null when there is none. */
export function resolveImport(id: string, folder: string): string | null {
  const parts = id.split('/')
  const name = id.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
  const sub = `.${id.slice(name.length)}`
  for (let d = folder; ; d = dirname(d)) {
    const at = join(d, 'node_modules', name)
    if (existsSync(join(at, 'package.json'))) {
      const { exports, main, module } = JSON.parse(
        readFileSync(join(at, 'package.json'), 'utf8'),
      ) as { exports?: unknown; main?: string; module?: string }
      if (exports === undefined) {
        if (sub !== '.')
          return (
            [join(at, sub), join(at, `${sub}.js`), join(at, sub, 'index.js')].find(
              f => existsSync(f) && extname(f),
            ) ?? null
          )
        return (
          [module, main, 'index.js']
            .filter(f => f !== undefined)
            .map(f => join(at, f))
            .flatMap(f => [f, `${f}.js`])
            .find(f => existsSync(f) && extname(f)) ?? null
        )
      }
      const map = (
        typeof exports === 'object' &&
        exports !== null &&
        Object.keys(exports).some(k => k.startsWith('.'))
          ? exports
          : { '.': exports }
      ) as Record<string, unknown>
      const conditions = ['node', 'import', 'module-sync']
      if (sub in map) {
        const t = target(map[sub], conditions, '')
        return t ? join(at, t) : null
      }
      for (const [pattern, entry] of Object.entries(map)) {
        const [head, tail] = pattern.split('*')
        if (
          tail === undefined ||
          !sub.startsWith(head) ||
          !sub.endsWith(tail) ||
          sub.length < head.length + tail.length
        )
          continue
        const t = target(entry, conditions, sub.slice(head.length, sub.length - tail.length))
        if (t) return join(at, t)
      }
      return null
    }
    if (dirname(d) === d) return null
  }
}

/** Whether Node takes this file for an ES module. */
function isEsModule(file: string): boolean {
  if (file.endsWith('.mjs')) return true
  if (!file.endsWith('.js')) return false
  for (let d = dirname(file); ; d = dirname(d)) {
    const at = join(d, 'package.json')
    if (existsSync(at))
      return (JSON.parse(readFileSync(at, 'utf8')) as { type?: string }).type === 'module'
    if (dirname(d) === d) return false
  }
}

export class Modules {
  /** ES modules by specifier, loaded before the cell that imports them runs. */
  readonly #loaded = new Map<string, unknown>()
  /** Local TypeScript files as the compiler emitted them, by path without extension. */
  readonly #local = new Map<string, { code: string; exports: unknown }>()
  readonly #require: NodeJS.Require
  readonly #own: NodeJS.Require

  constructor(private readonly folder: string) {
    this.#require = createRequire(join(folder, 'cell.js'))
    this.#own = createRequire(import.meta.url)
  }

  /** Local files that changed since the last cell: they and what imports them run again. */
  update(sides: readonly { path: string; data: string }[]): void {
    for (const { path, data } of sides)
      this.#local.set(path.replace(/\.js$/, ''), { code: data, exports: undefined })
    if (sides.length) for (const m of this.#local.values()) m.exports = undefined
  }

  /** Loads the ES modules among `ids`. @throws an error that names the package and what would help */
  async prepare(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.#loaded.has(id) || Module.isBuiltin(id) || this.#localFile(this.folder, id)) continue
      const file = this.#file(id)
      if (file && isEsModule(file)) this.#loaded.set(id, await import(pathToFileURL(file).href))
    }
  }

  /** The cell's `require`. */
  readonly require: Require = id => this.#load(id, this.folder, this.#require)

  #load(id: string, folder: string, fallback: NodeJS.Require): unknown {
    const local = this.#localFile(folder, id)
    if (local) return this.#run(local)
    if (this.#loaded.has(id)) return this.#loaded.get(id)
    try {
      return fallback(id)
    } catch (e) {
      if (!(e instanceof Error && 'code' in e && e.code === 'MODULE_NOT_FOUND')) throw e
      try {
        return this.#own(id)
      } catch {
        throw new Error(`cannot find '${id}' from ${folder}: npm install it there`)
      }
    }
  }

  #localFile(folder: string, id: string): string | null {
    if (!id.startsWith('.') && !isAbsolute(id)) return null
    const base = resolve(folder, id).replace(/\.(ts|js|tsx|mts)$/, '')
    return [base, join(base, 'index')].find(p => this.#local.has(p)) ?? null
  }

  #run(path: string): unknown {
    const m = this.#local.get(path)!
    if (m.exports === undefined) {
      const module = { exports: {} as unknown }
      m.exports = module.exports
      const f = vm.runInThisContext(
        `(function (exports, require, module, __filename, __dirname) {${m.code}\n})`,
        { filename: `${path}.ts` },
      ) as (...args: unknown[]) => void
      const folder = dirname(path)
      f(
        module.exports,
        (id: string) => this.#load(id, folder, createRequire(`${path}.js`)),
        module,
        `${path}.ts`,
        folder,
      )
      m.exports = module.exports
    }
    return m.exports
  }

  /** The file that a specifier means, from the notebook's folder first, the kernel's own packages last. */
  #file(id: string): string | null {
    if (id.startsWith('.') || isAbsolute(id)) {
      const file = resolve(this.folder, id)
      return [file, `${file}.mjs`, `${file}.js`].find(f => existsSync(f) && extname(f)) ?? null
    }
    return (
      resolveImport(id, this.folder) ??
      resolveImport(id, dirname(new URL(import.meta.url).pathname))
    )
  }
}
