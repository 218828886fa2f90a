/**
 * How plain values cross between grader and student's process: tags and lengths in a binary form of our own, so that nothing
 * that a student's code can patch (JSON, prototypes, `toJSON`) takes part in reading it. The child's half is
 * `child/encode.ts`; this half trusts nothing: every length is checked against the bytes that are there before anything of
 * that length is made.
 */
import type { Plain } from '../assignments/types.ts'

export type { Plain }

export const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  string: 5,
  array: 6,
  object: 7,
  typed: 8,
} as const

/** Kinds of typed arrays, by their number in the form. */
export const TYPED = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
] as const

const MAKE = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
]

export interface ValueLimits {
  /** Of one message. */
  bytes: number
  /** Arrays, objects and what stands in them; elements of a typed array count one hundredth. */
  values: number
  depth: number
}
export const VALUE_LIMITS: ValueLimits = { bytes: 32 << 20, values: 2_000_000, depth: 40 }

/** Bytes of the token that leads a request and its answer. */
export const TOKEN = 16

/** Bytes that are not a message of ours. */
export class WireError extends Error {}

export class Reader {
  readonly #view: DataView
  #at = 0
  #values = 0

  constructor(
    private readonly bytes: Uint8Array,
    private readonly limits: ValueLimits = VALUE_LIMITS,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.#at
  }

  #take(length: number): number {
    if (length > this.left)
      throw new WireError(`${length} bytes promised where ${this.left} are left`)
    const at = this.#at
    this.#at += length
    return at
  }
  byte(): number {
    return this.#view.getUint8(this.#take(1))
  }
  /** A copy of so many bytes. */
  raw(length: number): Uint8Array {
    const at = this.#take(length)
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i++) out[i] = this.#view.getUint8(at + i)
    return out
  }
  count(): number {
    return this.#view.getUint32(this.#take(4), true)
  }
  number(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }
  string(): string {
    const length = this.count()
    const at = this.#take(length * 2)
    let text = ''
    for (let i = 0; i < length; i += 4096) {
      const part: number[] = []
      for (let j = i; j < Math.min(length, i + 4096); j++)
        part.push(this.#view.getUint16(at + 2 * j, true))
      text += String.fromCharCode(...part)
    }
    return text
  }
  #counted(n: number): void {
    this.#values += n
    if (this.#values > this.limits.values)
      throw new WireError(`more than ${this.limits.values} values`)
  }

  value(depth = 0): Plain | undefined {
    if (depth > this.limits.depth) throw new WireError(`nested deeper than ${this.limits.depth}`)
    this.#counted(1)
    const tag = this.byte()
    switch (tag) {
      case TAG.undefined:
        if (depth > 0) throw new WireError('nothing within a value')
        return undefined
      case TAG.null:
        return null
      case TAG.false:
        return false
      case TAG.true:
        return true
      case TAG.number:
        return this.number()
      case TAG.string:
        return this.string()
      case TAG.array: {
        const length = this.count()
        // Each value takes a byte at least.
        if (length > this.left) throw new WireError(`${length} elements promised`)
        const array: Plain[] = []
        for (let i = 0; i < length; i++) array.push(this.value(depth + 1) as Plain) // at a depth it is never undefined
        return array
      }
      case TAG.object: {
        const length = this.count()
        if (length * 5 > this.left) throw new WireError(`${length} fields promised`)
        const object: Record<string, Plain> = {}
        for (let i = 0; i < length; i++) {
          const name = this.string()
          if (Object.hasOwn(object, name)) throw new WireError('a field twice')
          // Never by assignment: the name may be __proto__.
          Object.defineProperty(object, name, {
            value: this.value(depth + 1),
            enumerable: true,
            writable: true,
            configurable: true,
          })
        }
        return object
      }
      case TAG.typed: {
        const kind = this.byte()
        if (kind >= MAKE.length) throw new WireError(`typed array of kind ${kind}`)
        const length = this.count()
        this.#counted(Math.ceil(length / 100))
        const at = this.#take(length * 8)
        const array = new MAKE[kind](length)
        for (let i = 0; i < length; i++) array[i] = this.#view.getFloat64(at + 8 * i, true)
        return array
      }
    }
    throw new WireError(`tag ${tag}`)
  }

  end(): void {
    if (this.left) throw new WireError(`${this.left} bytes too many`)
  }
}

/** The grader's own writer; what it writes is ours. */
export class Writer {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  #room(length: number): number {
    const at = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) {
      const more = new Uint8Array(Math.max(this.#at, 2 * this.#bytes.length))
      more.set(this.#bytes)
      this.#bytes = more
      this.#view = new DataView(more.buffer)
    }
    return at
  }
  byte(b: number): this {
    const at = this.#room(1)
    this.#view.setUint8(at, b)
    return this
  }
  count(n: number): this {
    const at = this.#room(4)
    this.#view.setUint32(at, n, true)
    return this
  }
  number(n: number): this {
    const at = this.#room(8)
    this.#view.setFloat64(at, n, true)
    return this
  }
  string(s: string): this {
    this.count(s.length)
    const at = this.#room(2 * s.length)
    for (let i = 0; i < s.length; i++) this.#view.setUint16(at + 2 * i, s.charCodeAt(i), true)
    return this
  }
  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** @throws TypeError for what is not plain */
  value(v: unknown, depth = 0): this {
    if (depth > VALUE_LIMITS.depth)
      throw new TypeError(`ask: nested deeper than ${VALUE_LIMITS.depth}`)
    if (v === undefined) return this.byte(TAG.undefined)
    if (v === null) return this.byte(TAG.null)
    if (typeof v === 'boolean') return this.byte(v ? TAG.true : TAG.false)
    if (typeof v === 'number') return this.byte(TAG.number).number(v)
    if (typeof v === 'string') return this.byte(TAG.string).string(v)
    if (Array.isArray(v)) {
      this.byte(TAG.array).count(v.length)
      for (let i = 0; i < v.length; i++) this.value(v[i], depth + 1)
      return this
    }
    if (ArrayBuffer.isView(v)) {
      const kind = MAKE.findIndex(C => v instanceof C)
      if (kind < 0) throw new TypeError(`ask: a ${v.constructor.name} cannot be asked with`)
      const numbers = v as Float64Array // or another of MAKE: all hold numbers
      this.byte(TAG.typed).byte(kind).count(numbers.length)
      for (const n of numbers) this.number(n)
      return this
    }
    if (typeof v === 'object') {
      const prototype: unknown = Object.getPrototypeOf(v)
      if (prototype === null || Object.getPrototypeOf(prototype) === null) {
        const fields = Object.entries(v)
        this.byte(TAG.object).count(fields.length)
        for (const [name, value] of fields) this.string(name).value(value, depth + 1)
        return this
      }
    }
    throw new TypeError(
      `ask: a ${typeof v === 'object' ? v.constructor.name : typeof v} cannot be asked with`,
    )
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }
}

/** Frames of a stream: a length of 4 bytes, then so many. */
export function frame(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + bytes.length)
  new DataView(out.buffer).setUint32(0, bytes.length, true)
  out.set(bytes, 4)
  return out
}

/** Puts frames together from pieces, and never holds more than one frame's limit. */
export class Frames {
  #held: Uint8Array[] = []
  #size = 0

  constructor(private readonly limit: number) {}

  /** @throws WireError for a frame longer than the limit */
  *push(piece: Uint8Array): Generator<Uint8Array> {
    this.#held.push(piece)
    this.#size += piece.length
    for (;;) {
      if (this.#size < 4) return
      if (this.#held[0].length < 4) this.#held = [Buffer.concat(this.#held)]
      const first = this.#held[0]
      const length = new DataView(first.buffer, first.byteOffset, 4).getUint32(0, true)
      if (length > this.limit) throw new WireError(`a message of ${length} bytes`)
      if (this.#size < 4 + length) return
      const all = this.#held.length === 1 ? first : Buffer.concat(this.#held)
      this.#held = [all.subarray(4 + length)]
      this.#size -= 4 + length
      yield all.subarray(4, 4 + length)
    }
  }
}

/** What a message of the child's is about. */
export const FROM_CHILD = {
  ready: 1,
  /** A cell has ended: its number, whether it ran, and the error. */
  cell: 2,
  value: 3,
  threw: 4,
  notPlain: 5,
  /** There is no function of that name. */
  missing: 6,
} as const
