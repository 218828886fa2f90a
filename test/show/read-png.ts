/** A PNG reader for tests: checks signature and checksums, undoes every filter. 8-bit RGB only. */
import { inflateSync } from 'node:zlib'

export interface Png {
  width: number
  height: number
  pixels: Uint8Array
  chunks: string[]
  idat: Uint8Array
}

export function readPng(file: Uint8Array): Png {
  const buffer = Buffer.from(file)
  if (buffer.subarray(0, 8).toString('hex') !== '89504e470d0a1a0a')
    throw new Error('no PNG signature')
  const chunks: string[] = []
  const data: Buffer[] = []
  let header = Buffer.alloc(0)
  for (let at = 8; at < buffer.length;) {
    const length = buffer.readUInt32BE(at)
    const type = buffer.toString('latin1', at + 4, at + 8)
    const body = buffer.subarray(at + 8, at + 8 + length)
    if (crc(buffer.subarray(at + 4, at + 8 + length)) !== buffer.readUInt32BE(at + 8 + length))
      throw new Error(`checksum of ${type} is wrong`)
    chunks.push(type)
    if (type === 'IHDR') header = body
    if (type === 'IDAT') data.push(body)
    at += 12 + length
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  if (header.subarray(8).join() !== '8,2,0,0,0') throw new Error('not 8-bit RGB')
  const idat = Buffer.concat(data)
  const raw = inflateSync(idat)
  const stride = width * 3
  if (raw.length !== (stride + 1) * height) throw new Error('wrong amount of data')
  const pixels = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]
    for (let i = 0; i < stride; i++) {
      const value = raw[y * (stride + 1) + 1 + i]
      const left = i >= 3 ? pixels[y * stride + i - 3] : 0
      const up = y > 0 ? pixels[(y - 1) * stride + i] : 0
      const add = filter === 0 ? 0 : filter === 1 ? left : filter === 2 ? up : NaN
      if (Number.isNaN(add)) throw new Error(`filter ${filter} is not expected`)
      pixels[y * stride + i] = value + add
    }
  }
  return { width, height, pixels, chunks, idat }
}

/** CRC-32 bit by bit, as the PNG specification defines it. */
function crc(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (const byte of bytes) {
    c ^= byte
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  }
  return ~c >>> 0
}

/** Colour of a pixel of the file. */
export function pixel({ pixels, width }: Png, x: number, y: number): [number, number, number] {
  const at = (y * width + x) * 3
  return [pixels[at], pixels[at + 1], pixels[at + 2]]
}

/** How many pixels have this colour. */
export function count({ pixels }: Png, [r, g, b]: readonly number[]): number {
  let n = 0
  for (let i = 0; i < pixels.length; i += 3)
    if (pixels[i] === r && pixels[i + 1] === g && pixels[i + 2] === b) n++
  return n
}
