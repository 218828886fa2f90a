/** Deflate (RFC 1951) and its zlib wrapping (RFC 1950) without a host's help: a page has no synchronous one. */

/** Lengths 257… and distances: first value and number of further bits of each code. */
const LENGTH_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]
const DISTANCE_BITS = Array.from({ length: 30 }, (_, k) => Math.max(0, (k >> 1) - 1))
const firsts = (bits: readonly number[], start: number) => {
  let at = start
  return bits.map(b => {
    const first = at
    at += 1 << b
    return first
  })
}
const LENGTH_FIRST = [...firsts(LENGTH_BITS.slice(0, 28), 3), 258]
const DISTANCE_FIRST = firsts(DISTANCE_BITS, 1)
/** Order in which the lengths of the code-length code are written. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
const LONGEST = 15

/** A canonical Huffman code: how many codes of each length there are, and the symbols in the order of their codes. */
interface Huffman {
  counts: Uint16Array
  symbols: Uint16Array
}

function huffman(lengths: readonly number[]): Huffman {
  const counts = new Uint16Array(LONGEST + 1)
  for (const l of lengths) counts[l]++
  counts[0] = 0
  let left = 1
  const places = new Uint16Array(LONGEST + 2)
  for (let l = 1; l <= LONGEST; l++) {
    left = 2 * left - counts[l]
    if (left < 0) throw new Error('damaged deflate data: a code has too many words')
    places[l + 1] = places[l] + counts[l]
  }
  const symbols = new Uint16Array(lengths.length)
  lengths.forEach((l, symbol) => {
    if (l) symbols[places[l]++] = symbol
  })
  return { counts, symbols }
}
const FIXED = {
  literals: huffman(
    Array.from({ length: 288 }, (_, s) => (s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8)),
  ),
  distances: huffman(new Array<number>(30).fill(5)),
}

class Reader {
  #at: number
  #bits = 0
  #count = 0
  constructor(
    readonly bytes: Uint8Array,
    start: number,
  ) {
    this.#at = start
  }
  get left(): number {
    return this.bytes.length - this.#at
  }
  bits(n: number): number {
    while (this.#count < n) {
      if (this.#at >= this.bytes.length) throw new Error('damaged deflate data: it ends early')
      this.#bits |= this.bytes[this.#at++] << this.#count
      this.#count += 8
    }
    const value = this.#bits & ((1 << n) - 1)
    this.#bits >>>= n
    this.#count -= n
    return value
  }
  /** Skips to the next whole byte. */
  align(): void {
    this.#bits = this.#count = 0
  }
  take(n: number): Uint8Array {
    if (this.#at + n > this.bytes.length) throw new Error('damaged deflate data: it ends early')
    return this.bytes.subarray(this.#at, (this.#at += n))
  }
  symbol({ counts, symbols }: Huffman): number {
    let code = 0
    let first = 0
    let index = 0
    for (let l = 1; l <= LONGEST; l++) {
      code |= this.bits(1)
      if (code - first < counts[l]) return symbols[index + code - first]
      index += counts[l]
      first = (first + counts[l]) << 1
      code <<= 1
    }
    throw new Error('damaged deflate data: an unknown code')
  }
}

/** Bytes that grow, up to a limit. */
class Output {
  #bytes = new Uint8Array(1024)
  length = 0
  constructor(readonly limit: number) {}
  room(n: number): void {
    if (this.length + n > this.limit)
      throw new RangeError(`more than ${this.limit} bytes come out of the compressed data`)
    if (this.length + n <= this.#bytes.length) return
    const bytes = new Uint8Array(
      Math.min(this.limit, Math.max(2 * this.#bytes.length, this.length + n)),
    )
    bytes.set(this.#bytes.subarray(0, this.length))
    this.#bytes = bytes
  }
  push(byte: number): void {
    this.room(1)
    this.#bytes[this.length++] = byte
  }
  append(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }
  repeat(distance: number, n: number): void {
    if (distance > this.length)
      throw new Error('damaged deflate data: it refers to before its start')
    this.room(n)
    for (let i = 0; i < n; i++, this.length++)
      this.#bytes[this.length] = this.#bytes[this.length - distance]
  }
  done(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }
}

/** Codes of a block that brings its own. */
function ownCodes(r: Reader): { literals: Huffman; distances: Huffman } {
  const [literals, distances, count] = [r.bits(5) + 257, r.bits(5) + 1, r.bits(4) + 4]
  const of = new Array<number>(19).fill(0)
  for (let i = 0; i < count; i++) of[ORDER[i]] = r.bits(3)
  const code = huffman(of)
  const lengths: number[] = []
  while (lengths.length < literals + distances) {
    const s = r.symbol(code)
    if (s < 16) lengths.push(s)
    else {
      const value = s === 16 ? lengths[lengths.length - 1] : 0
      const times = s === 16 ? 3 + r.bits(2) : s === 17 ? 3 + r.bits(3) : 11 + r.bits(7)
      if (value === undefined || lengths.length + times > literals + distances)
        throw new Error('damaged deflate data: too many code lengths')
      for (let i = 0; i < times; i++) lengths.push(value)
    }
  }
  return {
    literals: huffman(lengths.slice(0, literals)),
    distances: huffman(lengths.slice(literals)),
  }
}

/** @param partial what came out is wanted even if the data end early */
export function inflateFrom(
  bytes: Uint8Array,
  start: number,
  limit: number,
  partial = false,
): Uint8Array {
  const r = new Reader(bytes, start)
  const out = new Output(limit)
  try {
    for (let last = 0; !last;) {
      last = r.bits(1)
      const kind = r.bits(2)
      if (kind === 3) throw new Error('damaged deflate data: an unknown kind of block')
      if (kind === 0) {
        r.align()
        const [low, high] = [r.take(2), r.take(2)]
        const n = low[0] | (low[1] << 8)
        if ((n ^ 0xffff) !== (high[0] | (high[1] << 8)))
          throw new Error('damaged deflate data: a length and its complement differ')
        out.append(r.take(partial ? Math.min(n, r.left) : n))
        continue
      }
      const { literals, distances } = kind === 1 ? FIXED : ownCodes(r)
      for (;;) {
        const s = r.symbol(literals)
        if (s === 256) break
        if (s < 256) {
          out.push(s)
          continue
        }
        if (s > 285) throw new Error('damaged deflate data: an unknown length')
        const n = LENGTH_FIRST[s - 257] + r.bits(LENGTH_BITS[s - 257])
        const d = r.symbol(distances)
        if (d > 29) throw new Error('damaged deflate data: an unknown distance')
        out.repeat(DISTANCE_FIRST[d] + r.bits(DISTANCE_BITS[d]), n)
      }
    }
  } catch (error) {
    if (!partial || error instanceof RangeError) throw error
  }
  return out.done()
}

/** What a deflate stream holds. @throws RangeError when more than `limit` bytes come out; Error when it is damaged */
export const inflateRaw = (bytes: Uint8Array, limit: number): Uint8Array =>
  inflateFrom(bytes, 0, Math.max(1, limit))

/** What a zlib stream holds. @throws RangeError when more than `limit` bytes come out; Error when it is damaged */
export function inflate(bytes: Uint8Array, limit: number): Uint8Array {
  if (
    bytes.length < 6 ||
    (bytes[0] & 15) !== 8 ||
    ((bytes[0] << 8) | bytes[1]) % 31 ||
    bytes[1] & 32
  )
    throw new Error('damaged zlib data: not a zlib header')
  return inflateFrom(bytes, 2, Math.max(1, limit))
}

/** Deflate stream of `bytes` in blocks that are stored as they are. */
export function deflateRaw(bytes: Uint8Array): Uint8Array {
  const MOST = 0xffff
  const blocks = Math.max(1, Math.ceil(bytes.length / MOST))
  const out = new Uint8Array(bytes.length + 5 * blocks)
  for (let b = 0, at = 0; b < blocks; b++) {
    const part = bytes.subarray(b * MOST, (b + 1) * MOST)
    const n = part.length
    out.set([b === blocks - 1 ? 1 : 0, n & 255, n >> 8, ~n & 255, (~n >> 8) & 255], at)
    out.set(part, at + 5)
    at += 5 + n
  }
  return out
}

/** zlib stream of `bytes`, stored. */
export function deflate(bytes: Uint8Array): Uint8Array {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  const raw = deflateRaw(bytes)
  const out = new Uint8Array(raw.length + 6)
  out.set([0x78, 0x01])
  out.set(raw, 2)
  out.set([b >> 8, b & 255, a >> 8, a & 255], raw.length + 2)
  return out
}
