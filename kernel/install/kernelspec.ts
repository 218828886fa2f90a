/** Kernelspecs: the folders that tell Jupyter how to start the kernel. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { dataFolder } from '../history.ts'

export interface SpecOptions {
  /** Folder of Jupyter's data. */
  data: string
  /** What notebooks and `jupyter console --kernel` call it; default `layerscope`. */
  name?: string
  /** What menus call it; default `TypeScript (Layerscope)`. */
  displayName?: string
  /** The Node that runs it; default this one. */
  node?: string
  /** Variables of its environment. */
  env?: Record<string, string>
  /** Options for Node, such as `--max-old-space-size=8192`. */
  nodeOptions?: string[]
}

export interface Spec {
  argv: string[]
  display_name: string
  language: string
  interrupt_mode: string
  env?: Record<string, string>
  metadata: { version: string; debugger: boolean }
}

export const NAME = 'layerscope'
const LOGOS = ['logo-svg.svg']

/** @throws RangeError for a name that Jupyter would not find */
export function checkName(name: string): string {
  if (!/^[a-z0-9._-]+$/i.test(name))
    throw new RangeError(
      `--name ${JSON.stringify(name)}: Jupyter allows letters, digits, - . _ in a kernel’s name`,
    )
  return name
}

export const specFolder = (data: string, name: string): string =>
  join(data, 'kernels', checkName(name).toLowerCase())

/**
 * Writes a kernelspec.
 * @param dist folder of the built kernel
 * @returns the kernelspec's folder
 * @throws Error when the kernel is not built, RangeError for a name that Jupyter does not allow
 */
export function install(dist: string, version: string, o: SpecOptions): string {
  const front = join(dist, 'front.js')
  if (!existsSync(front)) throw new Error(`${front} is missing: the kernel is not built`)
  const folder = specFolder(o.data, o.name ?? NAME)
  const spec: Spec = {
    argv: [
      o.node ?? process.execPath,
      '--no-warnings',
      ...(o.nodeOptions ?? []),
      front,
      '{connection_file}',
    ],
    display_name: o.displayName ?? 'TypeScript (Layerscope)',
    language: 'typescript',
    // Works where there are no signals, too.
    interrupt_mode: 'message',
    ...(o.env && Object.keys(o.env).length ? { env: o.env } : {}),
    metadata: { version, debugger: false },
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'kernel.json'), `${JSON.stringify(spec, null, 2)}\n`)
  for (const logo of LOGOS) copyFileSync(join(dist, 'logo', logo), join(folder, logo))
  return folder
}

/** @returns null where no kernelspec of ours can be read */
export function readSpec(folder: string): Spec | null {
  try {
    const spec = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as Partial<Spec>
    const ours = Array.isArray(spec.argv) && spec.argv.some(a => /[\\/]front\.js$/.test(a))
    return ours && spec.language === 'typescript' ? (spec as Spec) : null
  } catch {
    return null
  }
}

/** Folders of our kernelspecs in a folder of Jupyter's data. */
export function installed(data: string): string[] {
  const kernels = join(data, 'kernels')
  if (!existsSync(kernels)) return []
  return readdirSync(kernels)
    .map(name => join(kernels, name))
    .filter(folder => readSpec(folder) !== null)
}

/** @throws Error when the folder is none of ours */
export function uninstall(folder: string): Spec {
  const spec = readSpec(folder)
  if (!spec)
    throw new Error(
      existsSync(folder)
        ? `${folder} is not a kernel of this package: it is left alone`
        : `there is no kernel in ${folder}`,
    )
  rmSync(folder, { recursive: true })
  return spec
}

/** Copies of the package that `npx` would throw away, by version. */
export const copies = (env?: NodeJS.ProcessEnv): string =>
  join(dataFolder(env), 'layerscope', 'versions')

/**
 * A package that `npx` has fetched lies in a cache that npm empties. It moves to where it can stay.
 * @param dist folder of the built kernel
 * @returns the folder of the built kernel that will stay
 */
export function settle(dist: string, version: string, env?: NodeJS.ProcessEnv): string {
  const parts = dist.split(sep)
  const at = parts.indexOf('_npx')
  if (at < 0 || parts[at + 2] !== 'node_modules') return dist
  const modules = parts.slice(0, at + 3).join(sep)
  const to = join(copies(env), version, 'node_modules')
  rmSync(to, { recursive: true, force: true })
  mkdirSync(dirname(to), { recursive: true })
  cpSync(modules, to, { recursive: true, dereference: true })
  return join(to, ...parts.slice(at + 3))
}

/** Deletes copies that no kernelspec of these folders starts. @returns the versions */
export function dropUnused(folders: readonly string[], env?: NodeJS.ProcessEnv): string[] {
  const root = copies(env)
  if (!existsSync(root)) return []
  const used = folders.flatMap(installed).flatMap(f => readSpec(f)?.argv ?? [])
  const unused = readdirSync(root).filter(v => !used.some(a => a.startsWith(join(root, v) + sep)))
  for (const v of unused) rmSync(join(root, v), { recursive: true })
  return unused
}
