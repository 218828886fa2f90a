/** Files, folders and compression, as the host has them. The only door to Node's `fs`, `path` and `zlib` for the rest of the library. */
import * as fs from 'node:fs'
import * as path from 'node:path'
import * as zlib from 'node:zlib'
import { fileURLToPath } from 'node:url'

export function readFile(name: string): Uint8Array {
  return fs.readFileSync(name)
}

/** Writes beside the place first and then moves, so that nobody ever finds half a file. */
export function writeFile(name: string, bytes: Uint8Array): void {
  const beside = `${name}.${process.pid}.part`
  try {
    fs.writeFileSync(beside, bytes)
    fs.renameSync(beside, name)
  } catch (error) {
    fs.rmSync(beside, { force: true })
    throw error
  }
}

export function fileExists(name: string): boolean {
  return fs.existsSync(name)
}

/** Names in a folder with whether each is a folder itself, sorted by code points; null when there is no such folder. */
export function listFolder(name: string): { name: string; folder: boolean }[] | null {
  if (!fs.statSync(name, { throwIfNoEntry: false })?.isDirectory()) return null
  return fs
    .readdirSync(name)
    .sort((a, b) => (a < b ? -1 : 1))
    .map(entry => ({
      name: entry,
      folder:
        fs.statSync(path.join(name, entry), { throwIfNoEntry: false })?.isDirectory() ?? false,
    }))
}

/** The folder and those above it, where they are missing. */
export function makeFolder(name: string): void {
  fs.mkdirSync(name, { recursive: true })
}

export function joinPath(...parts: string[]): string {
  return path.join(...parts)
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** First bytes of what `bytes` unpacks to (at most a few thousand), without unpacking the rest. */
export function gunzipStart(bytes: Uint8Array): Uint8Array {
  return zlib.gunzipSync(bytes.subarray(0, 1024), {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    maxOutputLength: 1 << 21,
  })
}

/** @throws RangeError when more than `limit` bytes come out; Error when the data are damaged */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  return zlib.gunzipSync(bytes, { maxOutputLength: limit })
}

/**
 * A file that is shipped with the library: the nearest folder above this module that holds
 * `relative`. Works from the sources and from the bundle in `dist/`.
 */
export function packageFile(relative: string): string | null {
  let folder = path.dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const candidate = path.join(folder, relative)
    if (fs.existsSync(candidate)) return candidate
    const parent = path.dirname(folder)
    if (parent === folder) return null
    folder = parent
  }
}
