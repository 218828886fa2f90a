/** The compiler's host in Node. */
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Host } from './host.ts'
import { tslabDeclarations } from './tslab.ts'
import type { TypeScript } from './typescript.ts'

const slashes = (path: string) => path.replaceAll('\\', '/')

/** @param folder the notebook's folder */
export function nodeHost(folder: string): Host {
  const require = createRequire(import.meta.url)
  const ts = require('typescript') as TypeScript // the pinned version has what `Internals` names
  const here = dirname(fileURLToPath(import.meta.url))
  const { sys } = ts
  const modules = new Map<string, string>()
  const tslab = tslabDeclarations()
  if (tslab) modules.set('tslab', slashes(tslab))
  return {
    ts,
    folder: slashes(folder),
    libraries: slashes(dirname(require.resolve('typescript'))),
    globals: slashes(join(here, 'globals.d.ts')),
    packages: slashes(here),
    typeRoots: typeRoots(require),
    modules,
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
