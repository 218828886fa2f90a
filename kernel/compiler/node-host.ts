/** The compiler's host in Node. */
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type tsModule from 'typescript'
import type { Host } from './host.ts'
import { tslabDeclarations } from './tslab.ts'
import type { TypeScript } from './typescript.ts'

const slashes = (path: string) => path.replaceAll('\\', '/')

/** What the kernel has brought with it. */
export interface Installed {
  ts: TypeScript
  /** Folder of TypeScript's own `lib.*.d.ts`. */
  libraries: string
  /** Folder of the kernel's own declarations and packages. */
  here: string
  typeRoots: readonly string[]
  /** tslab's public declarations. */
  tslab: string | null
  /** Files that are parsed already; see `Host.parsed`. */
  parsed?: Map<string, tsModule.SourceFile>
}

/** The places, as found from the kernel's folder. */
export function installedPaths(
  here = dirname(fileURLToPath(import.meta.url)),
): Omit<Installed, 'ts'> {
  const require = createRequire(join(here, 'kernel.js'))
  return {
    libraries: slashes(dirname(require.resolve('typescript'))),
    here: slashes(here),
    typeRoots: typeRoots(require),
    tslab: tslabDeclarations(),
  }
}
const found = (): Installed => ({
  ...installedPaths(),
  ts: createRequire(import.meta.url)('typescript') as TypeScript, // the pinned version has what `Internals` names
})

/** @param folder the notebook's folder */
export function nodeHost(folder: string, installed: Installed = found()): Host {
  const { ts, libraries, here, tslab } = installed
  const { sys } = ts
  const modules = new Map([['@layerscope/kernel/widgets', `${here}/widgets.d.ts`]])
  if (tslab) modules.set('tslab', slashes(tslab))
  return {
    ts,
    folder: slashes(folder),
    libraries,
    globals: `${here}/globals.d.ts`,
    packages: here,
    typeRoots: installed.typeRoots,
    modules,
    ...(installed.parsed ? { parsed: installed.parsed } : {}),
    caseSensitive: sys.useCaseSensitiveFileNames,
    readFile: path => sys.readFile(path),
    fileExists: path => sys.fileExists(path),
    directoryExists: path => sys.directoryExists(path),
    getDirectories: path => sys.getDirectories(path),
    readDirectory: (...args) => sys.readDirectory(...args),
    realpath: path => (sys.realpath ? sys.realpath(path) : path),
    version: path => {
      try {
        const { mtimeMs, size } = statSync(path)
        return `${mtimeMs}:${size}`
      } catch {
        return ''
      }
    },
  }
}

function typeRoots(require: NodeJS.Require): string[] {
  try {
    return [slashes(dirname(dirname(require.resolve('@types/node/package.json'))))].filter(
      existsSync,
    )
  } catch {
    return []
  }
}
