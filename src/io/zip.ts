/** Zip files (PKWARE APPNOTE 6.3), as much as npz needs: stored and deflated entries, no encryption, below 4 GiB. */
import { deflateRaw, inflateRaw } from '../platform/deflate.ts'
import { crc32 } from './crc32.ts'
import { DEFLATE_RATIO, failing, guarded, MOST_BYTES } from './problem.ts'

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const STORED = 0
const DEFLATED = 8
/** Bit 0 encryption, bit 6 strong encryption, bit 13 masked headers. */
const LOCKED = 1 | (1 << 6) | (1 << 13)
const MOST_ENTRIES = 65_534

interface Entry {
  name: string
  method: number
  crc: number
  packed: number
  size: number
  /** Where the packed bytes begin. */
  start: number
}

/**
 * Names and contents, in the order of the directory. Every place and length is checked first; entries must not overlap, so
 * that no byte of the file is unpacked twice.
 * @throws FileError
 */
export function readZip(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const fail = failing(file)
  const entries = directory(bytes, file)
  const total = entries.reduce((sum, e) => sum + e.size, 0)
  if (total > MOST_BYTES) fail(`unpacks to ${total} bytes; at most ${MOST_BYTES} are read`)
  const out = new Map<string, Uint8Array>()
  for (const e of entries) {
    const packed = bytes.subarray(e.start, e.start + e.packed)
    const content =
      e.method === STORED
        ? packed
        : guarded(fail, `entry ${e.name} is damaged or larger than it says`, () =>
            inflateRaw(packed, e.size),
          )
    if (content.length !== e.size)
      fail(`entry ${e.name} has ${content.length} bytes, its header says ${e.size}`)
    if (crc32(content) !== e.crc) fail(`entry ${e.name} is damaged: its checksum is wrong`)
    out.set(e.name, content)
  }
  return out
}

function directory(bytes: Uint8Array, file: string): Entry[] {
  const fail = failing(file)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view)
  if (end < 0) return fail('expected a zip file (npz is one), found no directory at its end')
  const count = view.getUint16(end + 10, true)
  const size = view.getUint32(end + 12, true)
  const start = view.getUint32(end + 16, true)
  if (view.getUint16(end + 4, true) || view.getUint16(end + 6, true))
    fail('a part of a zip file of several')
  if (count > MOST_ENTRIES || start === 0xffffffff) fail('a zip64 file; below 4 GiB they are read')
  if (start + size > end)
    fail(`directory of ${size} bytes at ${start} does not fit in front of its end at ${end}`)
  if (size < count * 46) fail(`directory of ${size} bytes for ${count} entries`)

  const entries: Entry[] = []
  const names = new Set<string>()
  const spans: [from: number, to: number][] = []
  let at = start
  for (let n = 0; n < count; n++) {
    if (at + 46 > start + size || view.getUint32(at, true) !== CENTRAL)
      fail(`entry ${n} of the directory is damaged`)
    const [nameLength, extra, comment] = [28, 30, 32].map(o => view.getUint16(at + o, true))
    const local = view.getUint32(at + 42, true)
    if (at + 46 + nameLength + extra + comment > start + size)
      fail(`entry ${n} of the directory is longer than the directory`)
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
    if (names.has(name)) fail(`two entries are named ${name}`)
    names.add(name)
    if (view.getUint16(at + 8, true) & LOCKED) fail(`entry ${name} is encrypted`)
    const entry: Entry = {
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      start: 0,
    }
    if (entry.packed === 0xffffffff || entry.size === 0xffffffff || local === 0xffffffff)
      fail(`entry ${name} is zip64; below 4 GiB they are read`)
    if (entry.method !== STORED && entry.method !== DEFLATED)
      fail(`entry ${name} is packed by method ${entry.method}; stored and deflated ones are read`)
    if (
      entry.method === STORED
        ? entry.size !== entry.packed
        : entry.size > entry.packed * DEFLATE_RATIO
    )
      fail(`entry ${name} says ${entry.size} bytes; ${entry.packed} packed bytes cannot hold that`)
    if (local + 30 > start || view.getUint32(local, true) !== LOCAL)
      fail(`entry ${name} points to ${local}, where no entry is`)
    entry.start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    if (entry.start + entry.packed > start) fail(`entry ${name} reaches beyond the file's entries`)
    spans.push([local, entry.start + entry.packed])
    entries.push(entry)
    at += 46 + nameLength + extra + comment
  }
  spans.sort((a, b) => a[0] - b[0])
  for (let n = 1; n < spans.length; n++)
    if (spans[n][0] < spans[n - 1][1]) fail('two entries overlap')
  return entries
}

/** The end record stands before a comment of at most 65,535 bytes. */
function findEnd(view: DataView): number {
  const least = Math.max(0, view.byteLength - 22 - 65_535)
  for (let at = view.byteLength - 22; at >= least; at--)
    if (
      view.getUint32(at, true) === END &&
      at + 22 + view.getUint16(at + 20, true) === view.byteLength
    )
      return at
  return -1
}

/** A zip file of these contents; `pack`: deflated. Dates are 1980-01-01, so that equal contents give equal files. */
export function writeZip(
  contents: Iterable<readonly [string, Uint8Array]>,
  { pack = false }: { pack?: boolean } = {},
): Uint8Array {
  const parts: Uint8Array[] = []
  const central: Uint8Array[] = []
  let at = 0
  for (const [name, content] of contents) {
    const label = new TextEncoder().encode(name)
    const body = pack ? deflateRaw(content) : content
    const fields = (signature: number, extra: number[]) => {
      const head = new Uint8Array((signature === LOCAL ? 30 : 46) + label.length)
      const view = new DataView(head.buffer)
      const shift = signature === LOCAL ? 4 : 6
      view.setUint32(0, signature, true)
      if (signature === CENTRAL) view.setUint16(4, 20, true)
      view.setUint16(shift, 20, true)
      view.setUint16(shift + 2, 1 << 11, true) // names in UTF-8
      view.setUint16(shift + 4, pack ? DEFLATED : STORED, true)
      view.setUint16(shift + 8, 0x21, true)
      view.setUint32(shift + 10, crc32(content), true)
      view.setUint32(shift + 14, body.length, true)
      view.setUint32(shift + 18, content.length, true)
      view.setUint16(shift + 22, label.length, true)
      extra.forEach((value, n) => view.setUint32(42 + 4 * n, value, true))
      head.set(label, head.length - label.length)
      return head
    }
    central.push(fields(CENTRAL, [at]))
    for (const part of [fields(LOCAL, []), body]) {
      parts.push(part)
      at += part.length
    }
    if (at > 0xfffffff0) throw new RangeError('npz: more than 4 GiB; save parts, or safetensors')
  }
  if (central.length > MOST_ENTRIES)
    throw new RangeError(`npz: ${central.length} arrays; at most ${MOST_ENTRIES}`)
  const end = new Uint8Array(22)
  const view = new DataView(end.buffer)
  view.setUint32(0, END, true)
  view.setUint16(8, central.length, true)
  view.setUint16(10, central.length, true)
  view.setUint32(12, central.reduce((n, c) => n + c.length, 0), true) // prettier-ignore
  view.setUint32(16, at, true)
  return concat([...parts, ...central, end])
}

/** One array of bytes after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
