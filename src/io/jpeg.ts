/**
 * JPEG (ITU-T T.81 and JFIF), read: baseline, extended and progressive, 8 bits, grey or colour in YCbCr or RGB. Huffman
 * codes to coefficients here; coefficients to pixels in jpeg-pixels.ts.
 */
import { failing, type Fail } from './problem.ts'
import { pixels, type Component } from './jpeg-pixels.ts'
import { MOST_PIXELS, type Pixels } from './png.ts'

/** Progressive files have some ten scans; each one goes through the whole image. */
const MOST_SCANS = 100

/** Place in an 8 × 8 block of each coefficient of the zigzag. */
export const ZIGZAG = Uint8Array.from([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]) // prettier-ignore

export const isJpeg = (bytes: Uint8Array): boolean =>
  bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff

/** A Huffman table: for each code length the first code, and where its symbols begin. */
interface Huffman {
  /** Largest code of each length, −1 where there is none. */
  most: Int32Array
  /** Symbol's place less code, of each length. */
  shift: Int32Array
  symbols: Uint8Array
}

interface Frame {
  progressive: boolean
  width: number
  height: number
  across: number
  down: number
  components: Component[]
}

/** @throws FileError when it is no JPEG, of a kind that is not read, damaged, or claims more pixels than its bytes can hold */
export function decodeJpeg(bytes: Uint8Array, file: string): Pixels {
  const fail = failing(file)
  if (!isJpeg(bytes)) fail('expected a JPEG file')
  return new Decoder(bytes, fail).run()
}

class Decoder {
  private at = 2
  private frame: Frame | null = null
  private readonly tables: (Uint16Array | undefined)[] = []
  private readonly huffman: (Huffman | undefined)[][] = [[], []]
  private restart = 0
  /** Of Adobe's marker: 0 RGB, 1 YCbCr. */
  private transform: number | null = null
  private scans = 0
  // Bits of the scan under way.
  private bits = 0
  private left = 0
  /** Blocks still to come that have no more coefficients. */
  private run0 = 0

  constructor(
    private readonly bytes: Uint8Array,
    private readonly fail: Fail,
  ) {}

  run(): Pixels {
    for (;;) {
      const marker = this.marker()
      if (marker === 0xd9) break
      if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue
      const length = this.word(this.at)
      if (length < 2 || this.at + length > this.bytes.length)
        this.fail(`a segment of ${length} bytes, ${this.bytes.length - this.at} are left`)
      const body = this.bytes.subarray(this.at + 2, this.at + length)
      this.at += length
      if (marker === 0xdb) this.quantisation(body)
      else if (marker === 0xc4) this.codes(body)
      else if (marker === 0xc0 || marker === 0xc1 || marker === 0xc2)
        this.readFrame(body, marker === 0xc2)
      else if (marker >= 0xc3 && marker <= 0xcf && marker !== 0xc8)
        this.fail(
          'a lossless, hierarchical or arithmetically coded JPEG; baseline and progressive are read',
        )
      else if (marker === 0xdd && body.length === 2) this.restart = (body[0] << 8) | body[1]
      else if (marker === 0xee && body.length >= 12 && body[0] === 0x41 && body[1] === 0x64)
        this.transform = body[11]
      else if (marker === 0xda) this.scan(body)
    }
    const frame = this.frame
    if (!frame || !this.scans) return this.fail('no image before the end')
    for (const c of frame.components) {
      const table = this.tables[c.quantiser]
      if (!table) return this.fail(`no quantisation table ${c.quantiser}`)
      c.table = table
    }
    return pixels(frame.width, frame.height, frame.components, this.transform !== 0)
  }

  private word(at: number): number {
    if (at + 2 > this.bytes.length) this.fail('ends too early')
    return (this.bytes[at] << 8) | this.bytes[at + 1]
  }

  /** Next marker; what stands before it is skipped. */
  private marker(): number {
    const { bytes } = this
    while (this.at + 1 < bytes.length) {
      if (bytes[this.at] === 0xff && bytes[this.at + 1] !== 0 && bytes[this.at + 1] !== 0xff) {
        this.at += 2
        return bytes[this.at - 1]
      }
      this.at++
    }
    return this.fail('ends too early')
  }

  private quantisation(body: Uint8Array): void {
    for (let at = 0; at < body.length;) {
      const [wide, id] = [body[at] >> 4, body[at] & 15]
      const size = wide ? 128 : 64
      if (wide > 1 || id > 3 || at + 1 + size > body.length)
        this.fail('a damaged quantisation table')
      const table = new Uint16Array(64)
      for (let k = 0; k < 64; k++)
        table[ZIGZAG[k]] = wide
          ? (body[at + 1 + 2 * k] << 8) | body[at + 2 + 2 * k]
          : body[at + 1 + k]
      this.tables[id] = table
      at += 1 + size
    }
  }

  private codes(body: Uint8Array): void {
    for (let at = 0; at < body.length;) {
      const [kind, id] = [body[at] >> 4, body[at] & 15]
      const counts = body.subarray(at + 1, at + 17)
      const total = counts.reduce((n, c) => n + c, 0)
      if (kind > 1 || id > 3 || counts.length < 16 || total > 256 || at + 17 + total > body.length)
        this.fail('a damaged Huffman table')
      const most = new Int32Array(17).fill(-1)
      const shift = new Int32Array(17)
      let code = 0
      for (let length = 1, place = 0; length <= 16; length++) {
        const n = counts[length - 1]
        shift[length] = place - code
        code += n
        place += n
        if (code > 1 << length) this.fail('a Huffman table with more codes than there are')
        if (n) most[length] = code - 1
        code <<= 1
      }
      const symbols = body.slice(at + 17, at + 17 + total)
      this.huffman[kind][id] = { most, shift, symbols }
      at += 17 + total
    }
  }

  private readFrame(body: Uint8Array, progressive: boolean): void {
    if (this.frame) this.fail('two frames')
    const n = body[5]
    if (body.length < 6 || body.length !== 6 + 3 * n) this.fail('a damaged frame')
    const height = (body[1] << 8) | body[2]
    const width = (body[3] << 8) | body[4]
    if (body[0] !== 8) this.fail(`${body[0]} bits a sample; 8 are read`)
    if (!width || !height || width * height > MOST_PIXELS)
      this.fail(`${width} × ${height} pixels; from 1 to ${MOST_PIXELS} are read`)
    if (n !== 1 && n !== 3)
      this.fail(`${n} components (CMYK has 4); grey with 1 and colour with 3 are read`)
    const said = Array.from({ length: n }, (_, c) => {
      const [id, sampling, quantiser] = body.subarray(6 + 3 * c)
      return { id, h: sampling >> 4, v: sampling & 15, quantiser }
    })
    for (const { h, v, quantiser } of said)
      if (h < 1 || h > 4 || v < 1 || v > 4 || quantiser > 3) this.fail('a damaged frame')
    if (new Set(said.map(c => c.id)).size !== n) this.fail('two components of one name')
    const H = Math.max(...said.map(c => c.h))
    const V = Math.max(...said.map(c => c.v))
    const across = Math.ceil(width / (8 * H))
    const down = Math.ceil(height / (8 * V))
    // A block takes one bit at least.
    const blocks = said.reduce((sum, { h, v }) => sum + across * h * down * v, 0)
    if (blocks > this.bytes.length * 8)
      this.fail(`${width} × ${height} pixels; ${this.bytes.length} bytes cannot hold that`)
    const components = said.map(({ id, h, v, quantiser }) => {
      const size = { columns: Math.ceil((width * h) / H), rows: Math.ceil((height * v) / V) }
      return {
        id, h, v, quantiser, ...size,
        scaleX: H / h,
        scaleY: V / v,
        stride: across * h,
        blocksAcross: Math.ceil(size.columns / 8),
        blocksDown: Math.ceil(size.rows / 8),
        coefficients: new Int16Array(64 * across * h * down * v),
        table: new Uint16Array(64),
        before: 0,
      } // prettier-ignore
    })
    this.frame = { progressive, width, height, across, down, components }
  }

  private scan(body: Uint8Array): void {
    const { frame, fail } = this
    if (!frame) return fail('a scan before its frame')
    if (++this.scans > MOST_SCANS) fail(`more than ${MOST_SCANS} scans`)
    const n = body[0]
    if (n < 1 || n > frame.components.length || body.length !== 4 + 2 * n) fail('a damaged scan')
    const [first, last, approximation] = body.subarray(1 + 2 * n)
    const [high, low] = [approximation >> 4, approximation & 15]
    const { progressive } = frame
    if (
      progressive &&
      (first > last || last > 63 || low > 13 || (first === 0 ? last !== 0 : n !== 1))
    )
      fail('a damaged scan')
    const members = Array.from({ length: n }, (_, i) => {
      const id = body[1 + 2 * i]
      const component = frame.components.find(c => c.id === id)
      if (!component) return fail(`a scan of component ${id}, which is not in the frame`)
      component.before = 0
      const dc = this.huffman[0][body[2 + 2 * i] >> 4]
      const ac = this.huffman[1][body[2 + 2 * i] & 15]
      if (
        (!dc && !(progressive && (first > 0 || high > 0))) ||
        (!ac && !(progressive && first === 0))
      )
        return fail('a scan without its Huffman table')
      return { component, dc, ac }
    })
    if (new Set(members.map(m => m.component)).size !== n) fail('a scan with a component twice')
    this.left = 0
    this.run0 = 0
    // Tables that a block needs are there, as checked above.
    const block = (m: (typeof members)[number], at: number): void => {
      const { component: c } = m
      const data = c.coefficients
      if (!progressive) this.baseline(c, data, at, m.dc!, m.ac!)
      else if (first === 0) {
        if (high) data[at] |= this.bit() << low
        else data[at] = (c.before += this.difference(m.dc!)) << low
      } else if (high) this.refine(data, at, first, last, low, m.ac!)
      else this.first(data, at, first, last, low, m.ac!)
    }
    const alone = n === 1 ? members[0] : null
    const columns = alone ? alone.component.blocksAcross : frame.across
    const units = columns * (alone ? alone.component.blocksDown : frame.down)
    for (let unit = 0; unit < units; unit++) {
      if (this.restart && unit && unit % this.restart === 0) this.restarts(members)
      const [x, y] = [unit % columns, Math.floor(unit / columns)]
      if (alone) block(alone, 64 * (y * alone.component.stride + x))
      else
        for (const m of members) {
          const { h, v, stride } = m.component
          for (let b = 0; b < v; b++)
            for (let a = 0; a < h; a++) block(m, 64 * ((y * v + b) * stride + x * h + a))
        }
    }
  }

  private restarts(members: readonly { component: Component }[]): void {
    const marker = this.marker()
    if (marker < 0xd0 || marker > 0xd7) this.fail('a restart marker is missing')
    this.left = 0
    this.run0 = 0
    for (const { component } of members) component.before = 0
  }

  private bit(): number {
    if (this.left === 0) {
      const byte = this.bytes[this.at]
      if (byte === undefined) this.fail('ends too early')
      if (byte === 0xff) {
        if (this.bytes[this.at + 1] !== 0) this.fail('a scan ends too early')
        this.at++
      }
      this.at++
      this.bits = byte
      this.left = 8
    }
    return (this.bits >> --this.left) & 1
  }

  private receive(n: number): number {
    let value = 0
    for (let i = 0; i < n; i++) value = (value << 1) | this.bit()
    return value
  }

  /** A number of n bits: those that begin with 0 are negative. */
  private signed(n: number): number {
    if (n === 0) return 0
    const value = this.receive(n)
    return value < 1 << (n - 1) ? value - (1 << n) + 1 : value
  }

  private symbol({ most, shift, symbols }: Huffman): number {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.bit()
      if (code <= most[length]) return symbols[code + shift[length]]
    }
    return this.fail('a code that no Huffman table has')
  }

  private difference(dc: Huffman): number {
    const n = this.symbol(dc)
    if (n > 15) this.fail(`a difference of ${n} bits`)
    return this.signed(n)
  }

  private baseline(c: Component, data: Int16Array, at: number, dc: Huffman, ac: Huffman): void {
    data[at] = c.before += this.difference(dc)
    for (let k = 1; k < 64; k++) {
      const symbol = this.symbol(ac)
      const [run, n] = [symbol >> 4, symbol & 15]
      if (n === 0 && run < 15) return
      k += run
      if (k > 63) this.fail('a block of more than 64 coefficients')
      if (n) data[at + ZIGZAG[k]] = this.signed(n)
    }
  }

  private first(
    data: Int16Array,
    at: number,
    from: number,
    to: number,
    low: number,
    ac: Huffman,
  ): void {
    if (this.run0 > 0) {
      this.run0--
      return
    }
    for (let k = from; k <= to; k++) {
      const symbol = this.symbol(ac)
      const [run, n] = [symbol >> 4, symbol & 15]
      if (n === 0 && run < 15) {
        this.run0 = (1 << run) - 1 + this.receive(run)
        return
      }
      k += run
      if (k > 63) this.fail('a block of more than 64 coefficients')
      if (n) data[at + ZIGZAG[k]] = this.signed(n) * (1 << low)
    }
  }

  /** One more bit of the coefficients there are, and new ones of one bit between them (T.81, figure G.7). */
  private refine(
    data: Int16Array,
    at: number,
    from: number,
    to: number,
    low: number,
    ac: Huffman,
  ): void {
    const step = 1 << low
    const more = (i: number): void => {
      if (this.bit() && (data[i] & step) === 0) data[i] += data[i] > 0 ? step : -step
    }
    let k = from
    if (this.run0 === 0)
      for (; k <= to; k++) {
        const symbol = this.symbol(ac)
        let run = symbol >> 4
        let value = 0
        if (symbol & 15) value = this.bit() ? step : -step
        else if (run < 15) {
          this.run0 = (1 << run) + this.receive(run)
          break
        }
        for (; k <= to; k++) {
          const i = at + ZIGZAG[k]
          if (data[i]) more(i)
          else if (--run < 0) break
        }
        if (value && k <= to) data[at + ZIGZAG[k]] = value
      }
    if (this.run0 > 0) {
      for (; k <= to; k++) if (data[at + ZIGZAG[k]]) more(at + ZIGZAG[k])
      this.run0--
    }
  }
}
