/** Files that Python packages wrote: see test/golden/make_io.py. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../golden/io/${name}`, import.meta.url))

export const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(fixture(name)))
