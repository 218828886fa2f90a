/** PNG (W3C, 3rd edition), read: every colour type and depth, palettes, transparency, interlaced or not. */
import { inflate } from '../platform/deflate.ts'
import { crc32 } from './crc32.ts'
import { SIGNATURE } from './png-write.ts'
import { DEFLATE_RATIO, failing, guarded, type Fail } from './problem.ts'
import { concat } from './zip.ts'

/** Pixels of an image file. */
export interface Pixels {
  width: number
  height: number
  /** Samples of a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  channels: 1 | 2 | 3 | 4
  /** [height · width · channels], row-major, 0…255; those of 16 bits are rounded. */
  data: Uint8Array
}

/** Most pixels that an image may have: 8192 × 8192. */
export const MOST_PIXELS = 2 ** 26

const GREY = 0
const RGB = 2
const PALETTE = 3
const GREY_ALPHA = 4
const RGBA = 6
/** Samples a pixel and depths allowed, by colour type. */
const TYPES: Readonly<Record<number, { samples: number; depths: number[] }>> = {
  [GREY]: { samples: 1, depths: [1, 2, 4, 8, 16] },
  [RGB]: { samples: 3, depths: [8, 16] },
  [PALETTE]: { samples: 1, depths: [1, 2, 4, 8] },
  [GREY_ALPHA]: { samples: 2, depths: [8, 16] },
  [RGBA]: { samples: 4, depths: [8, 16] },
}
/** Adam7: first column and row, steps in both. */
const PASSES = [
  [0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2],
] as const // prettier-ignore
const WHOLE = [[0, 0, 1, 1]] as const

interface Header {
  width: number
  height: number
  depth: number
  type: number
  samples: number
  interlaced: boolean
}

export const isPng = (bytes: Uint8Array): boolean =>
  bytes.length > 8 && SIGNATURE.every((b, i) => bytes[i] === b)

/** @throws FileError when it is no PNG, is damaged, or claims more pixels than its bytes can hold */
export function decodePng(bytes: Uint8Array, file: string): Pixels {
  const fail = failing(file)
  if (!isPng(bytes)) fail('expected a PNG file')
  const { header, palette, transparent, packed } = chunks(bytes, fail)
  const { width, height, depth, samples, interlaced, type } = header
  const passes = (interlaced ? PASSES : WHOLE)
    .map(([x, y, dx, dy]) => ({
      x,
      y,
      dx,
      dy,
      columns: Math.max(0, Math.ceil((width - x) / dx)),
      rows: Math.max(0, Math.ceil((height - y) / dy)),
    })) // prettier-ignore
    .filter(p => p.columns && p.rows)
  const bits = depth * samples
  const size = passes.reduce((n, p) => n + p.rows * (1 + Math.ceil((p.columns * bits) / 8)), 0)
  const length = packed.reduce((n, p) => n + p.length, 0)
  if (size > length * DEFLATE_RATIO)
    fail(`${width} × ${height} pixels; ${length} packed bytes cannot hold that`)
  const raw = guarded(fail, 'the pixels are damaged, or more than the header says', () =>
    inflate(concat(packed), size),
  )
  if (raw.length !== size)
    fail(`${width} × ${height} pixels: expected ${size} bytes, found ${raw.length}`)

  const alpha = transparent !== null
  const channels = type === PALETTE ? (alpha ? 4 : 3) : samples + (alpha ? 1 : 0)
  const data = new Uint8Array(width * height * channels)
  let at = 0
  for (const pass of passes) {
    const stride = Math.ceil((pass.columns * bits) / 8)
    unfilter(raw, at, stride, pass.rows, Math.max(1, bits >> 3), fail)
    for (let r = 0; r < pass.rows; r++, at += stride + 1)
      for (let c = 0; c < pass.columns; c++) {
        const to = ((pass.y + r * pass.dy) * width + pass.x + c * pass.dx) * channels
        if (type === PALETTE) {
          const index = sample(raw, at + 1, c, depth)
          if (index >= palette!.length / 3)
            fail(`colour ${index} of a palette of ${palette!.length / 3}`) // there is one, as checked
          data.set(palette!.subarray(index * 3, index * 3 + 3), to)
          if (transparent) data[to + 3] = transparent[index] ?? 255
          continue
        }
        let clear = alpha
        for (let s = 0; s < samples; s++) {
          const value = sample(raw, at + 1, c * samples + s, depth)
          if (transparent) clear &&= value === ((transparent[2 * s] << 8) | transparent[2 * s + 1])
          data[to + s] =
            depth === 16
              ? Math.round(value / 257)
              : depth === 8
                ? value
                : (value * 255) / ((1 << depth) - 1)
        }
        if (alpha) data[to + samples] = clear ? 0 : 255
      }
  }
  // 1 to 4, by the table of types.
  return { width, height, channels: channels as Pixels['channels'], data }
}

function chunks(
  bytes: Uint8Array,
  fail: Fail,
): {
  header: Header
  palette: Uint8Array | null
  transparent: Uint8Array | null
  packed: Uint8Array[]
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let header: Header | null = null
  let palette: Uint8Array | null = null
  let transparent: Uint8Array | null = null
  const packed: Uint8Array[] = []
  for (let at = 8; ;) {
    if (at + 12 > bytes.length) return fail('ends in the middle of a chunk')
    const length = view.getUint32(at)
    if (length > bytes.length - at - 12)
      return fail(`a chunk of ${length} bytes, ${bytes.length - at - 12} are left`)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const body = bytes.subarray(at + 8, at + 8 + length)
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      return fail(`chunk ${type} is damaged: its checksum is wrong`)
    at += 12 + length
    if (header === null) {
      if (type !== 'IHDR') return fail(`begins with ${type}, not IHDR`)
      header = readHeader(body, fail)
    } else if (type === 'IHDR') return fail('two IHDR chunks')
    else if (type === 'PLTE') {
      if (length % 3 || length > 768 || palette) return fail(`a palette of ${length} bytes`)
      palette = body
    } else if (type === 'tRNS') transparent = body
    else if (type === 'IDAT') packed.push(body)
    else if (type === 'IEND') break
    else if (!(type.charCodeAt(0) & 32)) return fail(`chunk ${type}, which is not known`)
  }
  if (header.type === PALETTE && !palette) return fail('colours of a palette, but no palette')
  const needs = header.type === GREY ? 2 : header.type === RGB ? 6 : null
  if (transparent && header.type !== PALETTE && transparent.length !== needs)
    return fail(`transparency of ${transparent.length} bytes for colour type ${header.type}`)
  return { header, palette, transparent, packed }
}

function readHeader(body: Uint8Array, fail: Fail): Header {
  if (body.length !== 13) return fail(`a header of ${body.length} bytes, not 13`)
  const view = new DataView(body.buffer, body.byteOffset, 13)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, type, method, filter, interlace] = body.subarray(8)
  if (!width || !height || width * height > MOST_PIXELS)
    return fail(`${width} × ${height} pixels; from 1 to ${MOST_PIXELS} are read`)
  if (!TYPES[type]?.depths.includes(depth)) return fail(`colour type ${type} with ${depth} bits`)
  if (method || filter || interlace > 1)
    return fail(
      `method ${method}, filter ${filter}, interlace ${interlace}; PNG has 0, 0 and 0 or 1`,
    )
  return { width, height, depth, type, samples: TYPES[type].samples, interlaced: interlace === 1 }
}

/** Undoes each row's filter in place. */
function unfilter(
  raw: Uint8Array,
  start: number,
  stride: number,
  rows: number,
  step: number,
  fail: Fail,
): void {
  for (let r = 0, at = start; r < rows; r++, at += stride + 1) {
    const filter = raw[at]
    const above = at - stride - 1
    if (filter > 4) fail(`row ${r} has filter ${filter}; PNG has 0 to 4`)
    for (let i = 1; i <= stride; i++) {
      const left = i > step ? raw[at + i - step] : 0
      const up = r ? raw[above + i] : 0
      if (filter === 1) raw[at + i] += left
      else if (filter === 2) raw[at + i] += up
      else if (filter === 3) raw[at + i] += (left + up) >> 1
      else if (filter === 4)
        raw[at + i] += paeth(left, up, r && i > step ? raw[above + i - step] : 0)
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const p = left + up - corner
  const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

/** Sample `n` of a row that begins at `row`. */
function sample(raw: Uint8Array, row: number, n: number, depth: number): number {
  if (depth === 8) return raw[row + n]
  if (depth === 16) return (raw[row + 2 * n] << 8) | raw[row + 2 * n + 1]
  const bit = n * depth
  return (raw[row + (bit >> 3)] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
}
