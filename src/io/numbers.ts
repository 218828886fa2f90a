/** Numbers as files hold them, to and from tensors. */
import { backend, type DType, type NumberArray } from '../backend/index.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import type { Fail } from './problem.ts'

/** Kinds of numbers in files. */
export type Kind =
  | 'f16' | 'bf16' | 'f32' | 'f64'
  | 'i8' | 'i16' | 'i32' | 'i64'
  | 'u8' | 'u16' | 'u32' | 'u64'
  | 'bool' // prettier-ignore

interface Format {
  bytes: number
  /** What the library holds them as. */
  dtype: DType
  read: (view: DataView, at: number, little: boolean) => number
}

/** 64-bit integers beyond this come back as NaN and are refused: our whole numbers are int32. */
const bigint = (value: bigint): number =>
  value >= -2147483648n && value <= 2147483647n ? Number(value) : NaN
const int = (value: number): number => (value <= 2147483647 ? value : NaN)

export const FORMATS: Readonly<Record<Kind, Format>> = {
  f16: { bytes: 2, dtype: 'float32', read: (v, at, le) => half(v.getUint16(at, le)) },
  bf16: { bytes: 2, dtype: 'float32', read: (v, at, le) => brain(v.getUint16(at, le)) },
  f32: { bytes: 4, dtype: 'float32', read: (v, at, le) => v.getFloat32(at, le) },
  f64: { bytes: 8, dtype: 'float64', read: (v, at, le) => v.getFloat64(at, le) },
  i8: { bytes: 1, dtype: 'int32', read: (v, at) => v.getInt8(at) },
  i16: { bytes: 2, dtype: 'int32', read: (v, at, le) => v.getInt16(at, le) },
  i32: { bytes: 4, dtype: 'int32', read: (v, at, le) => v.getInt32(at, le) },
  i64: { bytes: 8, dtype: 'int32', read: (v, at, le) => bigint(v.getBigInt64(at, le)) },
  u8: { bytes: 1, dtype: 'uint8', read: (v, at) => v.getUint8(at) },
  u16: { bytes: 2, dtype: 'int32', read: (v, at, le) => v.getUint16(at, le) },
  u32: { bytes: 4, dtype: 'int32', read: (v, at, le) => int(v.getUint32(at, le)) },
  u64: { bytes: 8, dtype: 'int32', read: (v, at, le) => bigint(v.getBigUint64(at, le)) },
  bool: { bytes: 1, dtype: 'bool', read: (v, at) => (v.getUint8(at) ? 1 : 0) },
}

/** What a tensor of ours is written as. */
export const WRITTEN: Readonly<Record<DType, Kind>> = {
  float32: 'f32',
  float64: 'f64',
  int32: 'i32',
  uint8: 'u8',
  bool: 'bool',
}

/** Whether this machine's typed arrays have the bytes in the files' order. */
const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
const SAME_BYTES: ReadonlySet<Kind> = new Set<Kind>(['f32', 'f64', 'i32', 'u8'])

/**
 * Numbers as a tensor. float16 and bfloat16 become float32; shorter and longer whole numbers int32.
 * @param bytes exactly as many as shape and kind take
 * @param fail told of a whole number that int32 cannot hold
 */
export function decode(
  bytes: Uint8Array,
  kind: Kind,
  shape: readonly number[],
  fail: Fail,
  { little = true, what = 'the array' }: { little?: boolean; what?: string } = {},
): Tensor {
  const format = FORMATS[kind]
  const out = empty(shape, format.dtype)
  // Valid as long as nothing else is allocated, which nothing below does.
  const data = out.storage.data
  const count = out.size
  if (LITTLE && little && SAME_BYTES.has(kind)) {
    new Uint8Array(data.buffer, data.byteOffset, bytes.length).set(bytes)
    return out
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const exact = format.dtype === 'int32'
  for (let n = 0; n < count; n++) {
    const value = format.read(view, n * format.bytes, little)
    if (exact && Number.isNaN(value))
      fail(
        `${what} has the whole number ${whole(view, kind, n * format.bytes, little)} at ${n}; the library's whole numbers are int32, −2147483648 to 2147483647`,
      )
    data[n] = value
  }
  return out
}

/** The bytes of a tensor's elements in row-major order, little-endian; `float16` rounds floats to half precision. */
export function encode(t: Tensor, { float16 = false } = {}): Uint8Array {
  const numbers: NumberArray = t.toTypedArray()
  if (float16) {
    const out = new Uint8Array(numbers.length * 2)
    const view = new DataView(out.buffer)
    numbers.forEach((value, n) => view.setUint16(n * 2, toHalf(value), true))
    return out
  }
  const own = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  if (LITTLE || numbers.BYTES_PER_ELEMENT === 1) return own
  const size = numbers.BYTES_PER_ELEMENT
  const out = new Uint8Array(own.length)
  for (let at = 0; at < own.length; at += size)
    for (let b = 0; b < size; b++) out[at + b] = own[at + size - 1 - b]
  return out
}

/** The same elements with the axes in reverse: an array in Fortran's order read as one in C's. */
export function reversed(t: Tensor): Tensor {
  const order = t.shape.map((_, d) => t.ndim - 1 - d)
  const seen = t.window(
    order.map(d => t.shape[d]),
    order.map(d => t.strides[d]),
    t.offset,
  )
  const out = empty(seen.shape, t.dtype)
  backend(t.dtype).copy(seen, out)
  return out
}

function whole(view: DataView, kind: Kind, at: number, little: boolean): string {
  if (kind === 'u32') return String(view.getUint32(at, little))
  return String(kind === 'u64' ? view.getBigUint64(at, little) : view.getBigInt64(at, little))
}

/** IEEE 754 binary16. */
export function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return exponent ? sign * 2 ** (exponent - 25) * (1024 + fraction) : sign * 2 ** -24 * fraction
}

/** The nearest binary16, ties to even; too large is infinite. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(size)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  // One unit in the last place: 2⁻²⁴ below the normal numbers, else by the exponent.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size))
  // log2 may round up at the border of two exponents.
  const e = 2 ** exponent > size && exponent > -14 ? exponent - 1 : exponent
  const steps = size / 2 ** (e - 10)
  const floor = Math.floor(steps)
  const rest = steps - floor
  const whole = floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0)
  // A carry into the exponent is what the addition does by itself.
  return sign | (((e + 14) << 10) + whole)
}

const SCRATCH = new DataView(new ArrayBuffer(4))
/** bfloat16: the upper half of a float32. */
function brain(bits: number): number {
  SCRATCH.setUint32(0, bits << 16)
  return SCRATCH.getFloat32(0)
}
