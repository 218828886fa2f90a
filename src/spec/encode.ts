/**
 * Numbers in a spec: to bytes and back. Little-endian, row-major, as base64 (`data`) or beside the message (`buffer`).
 */
import { base64Size, fromBase64, toBase64 } from './base64.ts'
import { SpecError } from './error.ts'
import type { Encoded, Encoding } from './view.ts'

/** Largest tensor in a spec, in bytes as encoded: 64 MiB. */
export const MAX_TENSOR_BYTES = 2 ** 26
export const MAX_RANK = 4

/** Bytes of one number. */
export const BYTES = { f32: 4, f16: 2, i32: 4, u8: 1 } as const satisfies Record<Encoding, number>

/** What decoding returns: `Int32Array` for `i32`, else `Float32Array`. */
export type Decoded = Float32Array | Int32Array

/**
 * Writes `values` (row-major, of `shape`) in base64.
 *
 * `u8` stands for lo + (hi − lo)·q/255, where `range` [lo, hi] defaults to the least and the largest value; an error of
 * at most (hi − lo)/510. Values that are not all finite cannot be written so: they become `f16`, or `f32` where half
 * precision would make a finite value infinite. The `encoding` of the result says which.
 */
export function encode(
  values: ArrayLike<number>,
  shape: readonly number[],
  encoding: Encoding,
  range?: readonly [number, number],
): Encoded {
  const { bytes, ...rest } = encodeBytes(values, shape, encoding, range)
  return { ...rest, data: toBase64(bytes) }
}

/** As `encode`, with the bytes themselves, for a message's binary buffers. */
export function encodeBytes(
  values: ArrayLike<number>,
  shape: readonly number[],
  encoding: Encoding,
  range?: readonly [number, number],
): Encoded & { bytes: Uint8Array } {
  const size = shape.reduce((product, n) => product * n, 1)
  if (size !== values.length)
    throw new RangeError(
      `encode: shape [${shape.join(', ')}] has ${size} values, got ${values.length}`,
    )
  const used = fitting(values, encoding)
  const bytes = new Uint8Array(size * BYTES[used])
  if (used === 'u8') {
    const [lo, hi] = range ?? extent(values)
    const factor = hi > lo ? 255 / (hi - lo) : 0
    for (let i = 0; i < size; i++)
      bytes[i] = Math.max(0, Math.min(255, Math.round((values[i] - lo) * factor)))
    return { encoding: 'u8', shape: [...shape], lo, hi, bytes }
  }
  const view = new DataView(bytes.buffer)
  if (used === 'f32') for (let i = 0; i < size; i++) view.setFloat32(4 * i, values[i], true)
  else if (used === 'i32') for (let i = 0; i < size; i++) view.setInt32(4 * i, values[i], true)
  else for (let i = 0; i < size; i++) view.setUint16(2 * i, toHalf(values[i]), true)
  return { encoding: used, shape: [...shape], bytes }
}

/**
 * Reads the numbers of `encoded`; `buffers` are those of the message that carried it, unless a reader has put its bytes in.
 *
 * Checks that the shape and the bytes fit each other, and the size, before anything is allocated.
 *
 * @throws SpecError if they do not.
 */
export function decode(encoded: Encoded, buffers: readonly Uint8Array[] = []): Decoded {
  const size = checkEncoded(encoded, buffers, 'tensor')
  const bytes =
    encoded.data === undefined
      ? (encoded.bytes ?? buffers[encoded.buffer ?? 0])
      : fromBase64(encoded.data)
  if (bytes === null) throw new SpecError('tensor: data is not base64')
  if (encoded.encoding === 'u8') {
    const lo = encoded.lo ?? 0
    const step = ((encoded.hi ?? 255) - lo) / 255
    const out = new Float32Array(size)
    for (let i = 0; i < size; i++) out[i] = lo + step * bytes[i]
    return out
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (encoded.encoding === 'i32') {
    const out = new Int32Array(size)
    for (let i = 0; i < size; i++) out[i] = view.getInt32(4 * i, true)
    return out
  }
  const out = new Float32Array(size)
  if (encoded.encoding === 'f32')
    for (let i = 0; i < size; i++) out[i] = view.getFloat32(4 * i, true)
  else for (let i = 0; i < size; i++) out[i] = fromHalf(view.getUint16(2 * i, true))
  return out
}

/**
 * Checks shape, encoding and byte count without reading a number, and returns how many numbers there are.
 * `name` starts the sentence of the SpecError.
 */
export function checkEncoded(
  encoded: Encoded,
  buffers: readonly Uint8Array[],
  name: string,
): number {
  const { shape, encoding, data, buffer, bytes: read } = encoded
  if (!Object.hasOwn(BYTES, encoding))
    throw new SpecError(`${name}: encoding is f32, f16, i32 or u8, not ${String(encoding)}`)
  if (shape.length > MAX_RANK)
    throw new SpecError(`${name}: rank ${shape.length}, at most ${MAX_RANK}`)
  let bytes: number = BYTES[encoding]
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 0 || n > MAX_TENSOR_BYTES)
      throw new SpecError(`${name}: ${n} in shape [${shape.join(', ')}] is no possible size`)
    bytes *= n
    if (bytes > MAX_TENSOR_BYTES)
      throw new SpecError(
        `${name}: shape [${shape.join(', ')}] needs more than ${MAX_TENSOR_BYTES} bytes`,
      )
  }
  if ((data === undefined) === (buffer === undefined))
    throw new SpecError(`${name}: either data or buffer must stand there`)
  const got = data !== undefined ? base64Size(data) : (read ?? buffers[buffer ?? -1])?.byteLength
  if (got === undefined)
    throw new SpecError(`${name}: buffer ${buffer} of ${buffers.length} does not exist`)
  if (got !== bytes)
    throw new SpecError(
      `${name}: shape [${shape.join(', ')}] as ${encoding} takes ${bytes} bytes, ${got < 0 ? 'data is not base64' : `there are ${got}`}`,
    )
  return bytes / BYTES[encoding]
}

/** The encoding that can hold these values: `encoding`, or the next wider one. */
function fitting(values: ArrayLike<number>, encoding: Encoding): Encoding {
  if (encoding === 'f32') return encoding
  if (encoding === 'i32') {
    for (let i = 0; i < values.length; i++) if ((values[i] | 0) !== values[i]) return 'f32'
    return encoding
  }
  let finite = true
  let largest = 0
  for (let i = 0; i < values.length; i++)
    if (Number.isFinite(values[i])) largest = Math.max(largest, Math.abs(values[i]))
    else finite = false
  if (encoding === 'u8' && finite) return encoding
  return largest < HALF_OVERFLOW ? 'f16' : 'f32'
}

/** Least and largest value; [0, 0] for none. */
function extent(values: ArrayLike<number>): [number, number] {
  if (values.length === 0) return [0, 0]
  let lo = values[0]
  let hi = values[0]
  for (let i = 1; i < values.length; i++) {
    if (values[i] < lo) lo = values[i]
    if (values[i] > hi) hi = values[i]
  }
  return [lo, hi]
}

/** From here on rounding to half precision gives infinity. */
const HALF_OVERFLOW = 65520
const WORD = new Float32Array(1)
const BITS = new Uint32Array(WORD.buffer)

/** IEEE 754 binary16 of a number, rounded to nearest, ties to even. */
export function toHalf(value: number): number {
  WORD[0] = value
  const bits = BITS[0]
  const sign = (bits >>> 16) & 0x8000
  const exponent = (bits >>> 23) & 255
  const fraction = bits & 0x7fffff
  if (exponent === 255) return sign | 0x7c00 | (fraction ? 0x200 : 0)
  const e = exponent - 127 + 15
  if (e >= 31) return sign | 0x7c00
  if (e <= 0) {
    if (e < -10) return sign
    return sign | round(fraction | 0x800000, 14 - e)
  }
  // A carry out of the fraction rightly raises the exponent, up to infinity.
  return sign | ((e << 10) + round(fraction, 13))
}

function round(value: number, shift: number): number {
  const kept = value >>> shift
  const rest = value & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0)
}

export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 0x3ff
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24)
}
