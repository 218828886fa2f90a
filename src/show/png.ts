/** PNG (W3C, 3rd edition): 8-bit RGB, one IDAT, each row with the filter that suits flat tiles best. */
import { deflate } from '../platform/deflate.ts'

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10]
const COLOUR_RGB = 2

/** @param pixels [height · width · 3] bytes, row-major */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const stride = width * 3
  if (pixels.length !== stride * height)
    throw new RangeError(`png: ${pixels.length} bytes for ${width} × ${height} pixels`)
  const rows = new Uint8Array((stride + 1) * height)
  for (let y = 0; y < height; y++) {
    const from = y * stride
    const to = y * (stride + 1)
    // Up where a row repeats the one above, as it does inside tiles; else Sub.
    const up = y > 0 && repeats(pixels, from, stride)
    rows[to] = up ? 2 : 1
    for (let i = 0; i < stride; i++) {
      const before = up ? pixels[from - stride + i] : i < 3 ? 0 : pixels[from + i - 3]
      rows[to + 1 + i] = pixels[from + i] - before
    }
  }
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, COLOUR_RGB, 0, 0, 0], 8)
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', deflate(rows)),
    chunk('IEND', new Uint8Array()),
  ]
  const out = new Uint8Array(SIGNATURE.length + chunks.reduce((n, c) => n + c.length, 0))
  out.set(SIGNATURE)
  let at = SIGNATURE.length
  for (const c of chunks) {
    out.set(c, at)
    at += c.length
  }
  return out
}

function repeats(pixels: Uint8Array, from: number, stride: number): boolean {
  for (let i = 0; i < stride; i++) if (pixels[from + i] !== pixels[from - stride + i]) return false
  return true
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, data.length)
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i)
  out.set(data, 8)
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)))
  return out
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (const b of bytes) c = CRC[(c ^ b) & 255] ^ (c >>> 8)
  return ~c >>> 0
}
