/** PNG (W3C, 3rd edition), written: 8 bits a sample, one IDAT, each row with the filter that suits flat tiles best. */
import { deflate } from '../platform/deflate.ts'
import { crc32 } from './crc32.ts'
import { concat } from './zip.ts'

export const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10]
/** Colour types by samples a pixel: grey, grey and alpha, RGB, RGBA. */
const COLOUR = [0, 4, 2, 6]

/** @param pixels [height · width · channels] bytes, row-major; 1, 2, 3 or 4 channels: grey, grey and alpha, RGB, RGBA */
export function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels = 3,
): Uint8Array {
  const stride = width * channels
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
      const before = up ? pixels[from - stride + i] : i < channels ? 0 : pixels[from + i - channels]
      rows[to + 1 + i] = pixels[from + i] - before
    }
  }
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, COLOUR[channels - 1], 0, 0, 0], 8)
  return concat([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', deflate(rows)),
    chunk('IEND', new Uint8Array()),
  ])
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
