/** The wire format of protocol buffers, as much as ONNX uses. https://protobuf.dev/programming-guides/encoding/ */
import type { Fail } from '../problem.ts'

export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

/** One field: its number and its value, a number for 32 bits, a bigint for a varint or 64 bits, bytes for the rest. */
export interface Field {
  number: number
  wire: number
  /** Of a varint or fixed64, as unsigned 64 bits. */
  int: bigint
  /** Of length-delimited and fixed32 fields. */
  bytes: Uint8Array
}

const NONE = new Uint8Array(0)

/** Field after field of a message. The same object each time. */
export function* fields(bytes: Uint8Array, fail: Fail): Iterable<Field> {
  const field: Field = { number: 0, wire: 0, int: 0n, bytes: NONE }
  const reader = new Reader(bytes, fail)
  while (!reader.done) {
    const key = Number(reader.varint())
    field.number = Math.floor(key / 8)
    field.wire = key % 8
    field.bytes = NONE
    if (field.number < 1 || field.number > 2 ** 29) fail(`a field of number ${field.number}`)
    if (field.wire === VARINT) field.int = reader.varint()
    else if (field.wire === FIXED64) field.bytes = reader.take(8)
    else if (field.wire === FIXED32) field.bytes = reader.take(4)
    else if (field.wire === BYTES) field.bytes = reader.take(Number(reader.varint()))
    else fail(`a field of wire type ${field.wire}`)
    yield field
  }
}

export class Reader {
  private at = 0
  constructor(
    private readonly bytes: Uint8Array,
    private readonly fail: Fail,
  ) {}
  get done(): boolean {
    return this.at >= this.bytes.length
  }
  /** Unsigned 64 bits. */
  varint(): bigint {
    const { bytes } = this
    // Most are short: no big numbers for them.
    let small = 0
    for (let n = 0; n < 4; n++) {
      const byte = this.byte()
      small |= (byte & 127) << (7 * n)
      if (byte < 128) return BigInt(small)
    }
    let value = BigInt(small)
    for (let n = 4; n < 10; n++) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << BigInt(7 * n)
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    return this.fail(`a number of more than 10 bytes among ${bytes.length}`)
  }
  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at)
      this.fail(`a field of ${length} bytes, ${this.bytes.length - this.at} are left`)
    return this.bytes.subarray(this.at, (this.at += length))
  }
  private byte(): number {
    if (this.at >= this.bytes.length) this.fail('ends in the middle of a number')
    return this.bytes[this.at++]
  }
}

/** A repeated field of whole numbers, packed or one by one: adds what this field holds, signed. */
export function ints(field: Field, list: bigint[], fail: Fail): void {
  if (field.wire === VARINT) list.push(BigInt.asIntN(64, field.int))
  else if (field.wire === BYTES) {
    const reader = new Reader(field.bytes, fail)
    while (!reader.done) list.push(BigInt.asIntN(64, reader.varint()))
  } else fail('whole numbers of another wire type')
}

/** The bytes of a repeated field of float32 or float64, packed or one by one. */
export function fixed(field: Field, size: 4 | 8, fail: Fail): Uint8Array {
  const right = field.wire === BYTES || field.wire === (size === 4 ? FIXED32 : FIXED64)
  if (!right || field.bytes.length % size) fail(`numbers of ${size} bytes, damaged`)
  return field.bytes
}

/** A float32 field. */
export function float(field: Field, fail: Fail): number {
  if (field.wire !== FIXED32) fail('a number that should have 4 bytes')
  return new DataView(field.bytes.buffer, field.bytes.byteOffset, 4).getFloat32(0, true)
}

/** A whole number that JavaScript can hold. */
export function int(field: Field, fail: Fail): number {
  if (field.wire !== VARINT) fail('a number of another wire type')
  return safe(BigInt.asIntN(64, field.int))
}

/** INT64_MAX and its like mean "as far as it goes" in ONNX: they are cut to what is exact. */
export const safe = (v: bigint): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(v)))

export function text(field: Field, fail: Fail): string {
  if (field.wire !== BYTES) fail('a string of another wire type')
  return new TextDecoder().decode(field.bytes)
}

export function message(field: Field, fail: Fail): Uint8Array {
  if (field.wire !== BYTES) fail('a message of another wire type')
  return field.bytes
}

/** Writes messages. */
export class Writer {
  private parts: Uint8Array[] = []

  int(number: number, value: number): this {
    return this.key(number, VARINT).varint(BigInt(value))
  }
  float(number: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.key(number, FIXED32).raw(bytes)
  }
  bytes(number: number, value: Uint8Array): this {
    return this.key(number, BYTES).varint(BigInt(value.length)).raw(value)
  }
  string(number: number, value: string): this {
    return this.bytes(number, new TextEncoder().encode(value))
  }
  message(number: number, write: (w: Writer) => void): this {
    const inner = new Writer()
    write(inner)
    return this.bytes(number, inner.finish())
  }
  finish(): Uint8Array {
    const out = new Uint8Array(this.parts.reduce((n, p) => n + p.length, 0))
    let at = 0
    for (const part of this.parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }
  private key(number: number, wire: number): this {
    return this.varint(BigInt(number * 8 + wire))
  }
  private varint(value: bigint): this {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, value)
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
    bytes.push(Number(rest))
    return this.raw(Uint8Array.from(bytes))
  }
  private raw(bytes: Uint8Array): this {
    this.parts.push(bytes)
    return this
  }
}
