// Stamps: a step that finished for the same inputs is not done again; one that was stopped half-way is.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { cache } from './paths.mjs'

const SKIP = new Set(['node_modules', 'dist', 'lib', 'labextension', '.venv', '.cache', 'sets'])
const file = name => join(cache, 'stamps', name)

/** Hash of strings and of the contents of files and folders. @param {{ text?: string[], paths?: string[] }} inputs */
export function digest({ text = [], paths = [] }) {
  const hash = createHash('sha256')
  for (const t of text) hash.update(t).update('\0')
  const visit = path => {
    if (!existsSync(path)) return
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) if (!SKIP.has(name)) visit(join(path, name))
    } else hash.update(path).update('\0').update(readFileSync(path)).update('\0')
  }
  for (const p of paths) visit(p)
  return hash.digest('hex')
}

/** @param {string} name @param {string} value @returns {boolean} whether the step finished with these inputs */
export const fresh = (name, value) =>
  existsSync(file(name)) && readFileSync(file(name), 'utf8') === value

/** @param {string} name @param {string} value */
export function stamp(name, value) {
  mkdirSync(dirname(file(name)), { recursive: true })
  writeFileSync(file(name), value)
}

/** @param {string} name */
export const unstamp = name => rmSync(file(name), { force: true })
