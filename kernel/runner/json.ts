/** What leaves as JSON: made once, here, as bytes that the front passes on as they are. */
import { randomUUID } from 'node:crypto'
import { wellFormed } from '../engine/json.ts'

/** A string of so many UTF-16 units or more is encoded by itself, without a copy of all that stands around it. */
const LARGE = 1 << 16

/** Stands in a text for what is encoded already. Nobody's string holds it. */
const HOLE = randomUUID()

/** A value as JSON: UTF-8 in pieces. */
export class Json {
  constructor(readonly pieces: readonly Uint8Array[]) {}

  toString(): string {
    return this.pieces.map(p => Buffer.from(p.buffer, p.byteOffset, p.length).toString()).join('')
  }
  parse(): unknown {
    return JSON.parse(this.toString())
  }
}

/**
 * A value as `JSON.stringify` says it (undefined as null), with bigints as text and typed arrays as lists. Parts that are `Json`
 * already are put in their place.
 * @throws TypeError for what contains itself
 */
export function encodeJson(value: unknown): Json {
  const filled: (readonly Uint8Array[])[] = []
  const put = (pieces: readonly Uint8Array[]): string => {
    filled.push(pieces)
    return HOLE
  }
  const text = JSON.stringify(value, (_, v: unknown) => {
    switch (typeof v) {
      case 'string':
        return v.length < LARGE ? v : put(largeString(v))
      case 'bigint':
        return v.toString()
      case 'object':
        return v instanceof Json ? put(v.pieces) : ArrayBuffer.isView(v) ? listed(v) : v
      default:
        return v
    }
  }) as string | undefined
  if (text === undefined) return new Json([Buffer.from('null')])
  if (!filled.length) return new Json([bytes(text)])
  const [first, ...rest] = text.split(`"${HOLE}"`)
  return new Json([bytes(first), ...rest.flatMap((after, i) => [...filled[i], bytes(after)])])
}

const bytes = (json: string): Uint8Array => Buffer.from(wellFormed(json))
const listed = (v: ArrayBufferView): unknown =>
  v instanceof DataView ? null : Array.from(v as unknown as ArrayLike<number>)

const QUOTE = Buffer.from('"')

function largeString(text: string): Uint8Array[] {
  const utf8 = Buffer.from(text)
  return isPlain(utf8) ? [QUOTE, utf8, QUOTE] : [bytes(JSON.stringify(text))]
}

/** Whether bytes of UTF-8 hold nothing that JSON escapes: no quote, no backslash, nothing below 0x20. Four are looked at at once. */
export function isPlain(utf8: Uint8Array): boolean {
  const start = -utf8.byteOffset & 3
  const count = Math.max(0, utf8.length - start) >> 2
  const words = count
    ? new Int32Array(utf8.buffer, utf8.byteOffset + start, count)
    : new Int32Array()
  for (let i = 0; i < count; i++) {
    const x = words[i]
    const quote = x ^ 0x22222222
    const backslash = x ^ 0x5c5c5c5c
    // A byte below n borrows into its highest bit when n is subtracted; bytes above 0x7f are taken out.
    const found =
      ((x - 0x20202020) & ~x) |
      ((quote - 0x01010101) & ~quote) |
      ((backslash - 0x01010101) & ~backslash)
    if (found & 0x80808080) return false
  }
  const isOther = (b: number) => b >= 0x20 && b !== 0x22 && b !== 0x5c
  return (
    utf8.subarray(0, count ? start : 0).every(isOther) &&
    utf8.subarray(count ? start + 4 * count : 0).every(isOther)
  )
}
