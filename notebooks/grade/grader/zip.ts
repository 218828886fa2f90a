/**
 * Reads a zip that a student has handed in, in memory: nothing is ever unpacked onto the disk, so a name is only a name.
 * Sizes are checked before anything is inflated, and while it is; entries that overlap (as in a bomb) are refused.
 */
import { inflateRawSync } from 'node:zlib'

export interface ZipLimits {
  entries: number
  /** Of one file and of all, uncompressed, bytes. */
  file: number
  total: number
}
export const ZIP_LIMITS: ZipLimits = { entries: 2000, file: 48 << 20, total: 96 << 20 }

export class ZipError extends Error {}

export interface Entry {
  name: string
  size: number
  isLink: boolean
  read(): Buffer
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})
function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (const b of bytes) c = CRC[(c ^ b) & 255] ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

/** A name that stays inside a folder, on every system. */
export const isInside = (name: string): boolean =>
  name !== '' &&
  !name.includes('\0') &&
  !/^[/\\]|^[a-zA-Z]:/.test(name) &&
  !name.split(/[/\\]/).includes('..')

/** @throws ZipError for what is no zip, or one that could do harm */
export function readZip(bytes: Buffer, limits: ZipLimits = ZIP_LIMITS): Entry[] {
  const end = endOf(bytes)
  const count = bytes.readUInt16LE(end + 10)
  const directory = bytes.readUInt32LE(end + 16)
  if (count === 0xffff || directory === 0xffffffff) throw new ZipError('zip64 is not read here')
  if (count > limits.entries) throw new ZipError(`${count} files; ${limits.entries} are allowed`)
  const entries: Entry[] = []
  const ranges: [from: number, to: number][] = []
  let total = 0
  let at = directory
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== 0x02014b50)
      throw new ZipError('its directory is broken')
    const flags = bytes.readUInt16LE(at + 8)
    const method = bytes.readUInt16LE(at + 10)
    const crc = bytes.readUInt32LE(at + 16)
    const packed = bytes.readUInt32LE(at + 20)
    const size = bytes.readUInt32LE(at + 24)
    const nameLength = bytes.readUInt16LE(at + 28)
    const next = at + 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
    if (next > end) throw new ZipError('its directory is broken')
    const mode = bytes.readUInt32LE(at + 38) >>> 16
    const header = bytes.readUInt32LE(at + 42)
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    at = next
    if (name.endsWith('/') && size === 0) continue
    total += size
    if (size > limits.file || total > limits.total)
      throw new ZipError(`it unpacks to more than ${Math.round(limits.total / (1 << 20))} MB`)
    if (header + 30 > directory || bytes.readUInt32LE(header) !== 0x04034b50)
      throw new ZipError('its directory points at nothing')
    const from = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28)
    const to = from + packed
    if (to > directory) throw new ZipError('a file reaches past its end')
    ranges.push([header, to])
    entries.push({
      name,
      size,
      isLink: (mode & 0o170000) === 0o120000,
      read: () => {
        if (flags & 1) throw new ZipError(`${JSON.stringify(name)} is encrypted`)
        const data = inflate(bytes.subarray(from, to), method, size, name)
        if (data.length !== size || crc32(data) !== crc)
          throw new ZipError(`${JSON.stringify(name)} is damaged`)
        return data
      },
    })
  }
  ranges.sort(([a], [b]) => a - b)
  for (let i = 1; i < ranges.length; i++)
    if (ranges[i][0] < ranges[i - 1][1]) throw new ZipError('its files overlap')
  return entries
}

function inflate(packed: Buffer, method: number, size: number, name: string): Buffer {
  if (method === 0) return packed
  if (method !== 8)
    throw new ZipError(
      `${JSON.stringify(name)} is packed by method ${method}, which is not read here`,
    )
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) })
  } catch {
    throw new ZipError(`${JSON.stringify(name)} is damaged, or larger than it says`)
  }
}

function endOf(bytes: Buffer): number {
  const last = bytes.length - 22
  for (let at = last; at >= Math.max(0, last - 65_535); at--)
    if (bytes.readUInt32LE(at) === 0x06054b50) return at
  throw new ZipError('it is no zip')
}
