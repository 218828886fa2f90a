/** Files as a page has them: none. Bytes come from `fetch`, and readers take bytes. */
import { inflateFrom } from './deflate.ts'

function none(name: string): never {
  throw new Error(
    `${name}: a page has no files; fetch the bytes and hand them to the function that reads bytes`,
  )
}

export const readFile = (name: string): Uint8Array => none(name)
export const writeFile = (name: string, _bytes: Uint8Array): void => none(name)
export const makeFolder = (name: string): void => none(name)
export const fileExists = (_name: string): boolean => false
export const listFolder = (_name: string): { name: string; folder: boolean }[] | null => null
/** Files shipped with the library are not beside a bundle. */
export const packageFile = (_relative: string): string | null => null
export const joinPath = (...parts: string[]): string => parts.join('/')

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Where the deflate stream begins in a gzip file (RFC 1952). */
function gzipStart(bytes: Uint8Array): number {
  if (!isGzip(bytes) || bytes[2] !== 8) throw new Error('damaged gzip data: not a gzip header')
  const flags = bytes[3]
  let at = 10
  if (flags & 4) at += 2 + (bytes[at] | (bytes[at + 1] << 8))
  for (const text of [8, 16]) if (flags & text) while (at < bytes.length && bytes[at++] !== 0);
  if (flags & 2) at += 2
  if (!(at < bytes.length)) throw new Error('damaged gzip data: it ends in its header')
  return at
}

/** First bytes of what `bytes` unpacks to (at most a few thousand), without unpacking the rest. */
export function gunzipStart(bytes: Uint8Array): Uint8Array {
  const start = bytes.subarray(0, 1024)
  return inflateFrom(start, gzipStart(start), 1 << 21, true)
}

/** @throws RangeError when more than `limit` bytes come out; Error when the data are damaged */
export const gunzip = (bytes: Uint8Array, limit: number): Uint8Array =>
  inflateFrom(bytes, gzipStart(bytes), limit)
