/** Where the files lie that the sandbox is made of, in the built package or in a checkout. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Parts } from './sandbox.ts'

const here = dirname(fileURLToPath(import.meta.url))
/** The package's folder. */
const folder = existsSync(join(here, 'package.json')) ? here : dirname(here)
const requireHere = createRequire(import.meta.url)

export const VERSION: string = (
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
).version

/** @throws Error when the package is not built */
export function parts(): Parts {
  const scripts = join(folder, 'dist/sandbox')
  if (!existsSync(join(scripts, 'run.cjs')))
    throw new Error(`${scripts} is missing: the package is not built (npm run build)`)
  return {
    scripts,
    layerscope: dirname(requireHere.resolve('layerscope/package.json')),
    typescript: dirname(requireHere.resolve('typescript/package.json')),
  }
}

/** The notebook that students were given, where the package has it. */
export function releaseOf(assignment: string): string | null {
  const file = join(folder, 'dist/releases', `${assignment}.ipynb`)
  return existsSync(file) ? file : null
}
