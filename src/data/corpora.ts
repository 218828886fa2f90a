/** Texts that are shipped with the library. */
import { gunzip, packageFile, readFile } from '../platform/files.ts'

/** Longest text, unpacked. */
const LIMIT = 4_000_000

function corpus(op: string, file: string): string {
  const path = packageFile(`data/sets/${file}`)
  if (!path)
    throw new Error(`${op}: data/sets/${file} is missing from the installed library; reinstall it`)
  return new TextDecoder().decode(gunzip(readFile(path), LIMIT))
}

/** Moby-Dick; or, The Whale (Herman Melville, 1851), without the foreword: 1.2 million characters. In the public domain. */
export function mobyDick(): string {
  return corpus('mobyDick', 'moby-dick/moby-dick.txt.gz')
}

/** English first names, each once, sorted. Made by the authors of the Moby project and in the public domain. */
export function names(): string[] {
  return corpus('names', 'names/names.txt.gz').split('\n').filter(Boolean)
}
