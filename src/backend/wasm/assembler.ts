/**
 * A small WebAssembly assembler: expressions and statements are byte strings, put together by functions that are named
 * as one reads them. Only what the kernels need; the encoding is that of the core specification (3.0, with fixed-width SIMD
 * and relaxed SIMD).
 */

/** Bytes and pieces of code, in order; flattened once, when the module is written. */
export type Code = readonly (number | Code)[]
export type Type = 'i32' | 'f32' | 'v128'
const TYPE: Record<Type, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b }

function unsigned(n: number): number[] {
  const out: number[] = []
  do {
    const b = n & 127
    n >>>= 7
    out.push(n ? b | 128 : b)
  } while (n)
  return out
}
function signed(n: number): number[] {
  const out: number[] = []
  for (;;) {
    const b = n & 127
    n >>= 7
    if ((n === 0 && !(b & 64)) || (n === -1 && b & 64)) return [...out, b]
    out.push(b | 128)
  }
}
const simd = (op: number, ...rest: Code[]): Code =>
  op < 128 ? [0xfd, op, ...rest] : [0xfd, (op & 127) | 128, op >> 7, ...rest]

/** A local variable of a function; its index is the order of declaration. */
export interface Local {
  readonly index: number
  readonly type: Type
  /** Code that reads it. */
  readonly read: Code
}
const localOf = (index: number, type: Type): Local => ({
  index,
  type,
  read: [0x20, ...unsigned(index)],
})

export const get = (v: Local): Code => v.read
export const set = (v: Local, value: Code): Code => [value, 0x21, ...unsigned(v.index)]
export const i32 = (n: number): Code => [0x41, ...signed(n | 0)]
export const f32 = (x: number): Code => {
  number.setFloat32(0, x, true)
  return [0x43, number.getUint8(0), number.getUint8(1), number.getUint8(2), number.getUint8(3)]
}
const number = new DataView(new ArrayBuffer(4))

const op2 =
  (op: number) =>
  (a: Code, b: Code): Code => [a, b, op]
export const tee = (v: Local, value: Code): Code => [value, 0x22, ...unsigned(v.index)]
export const add = op2(0x6a)
export const sub = op2(0x6b)
export const mul = op2(0x6c)
export const divU = op2(0x6e)
export const remU = op2(0x70)
export const and = op2(0x71)
export const eq = op2(0x46)
export const ne = op2(0x47)
export const lt = op2(0x48)
export const gt = op2(0x4a)
export const le = op2(0x4c)
export const ge = op2(0x4e)
export const fadd = op2(0x92)
export const fsub = op2(0x93)
export const fmul = op2(0x94)
export const fdiv = op2(0x95)
/** The smaller (larger) number; NaN if one is. */
export const fminimum = op2(0x96)
export const fmaximum = op2(0x97)
export const fgt = op2(0x5e)
export const fne = op2(0x5c)
export const select = (a: Code, b: Code, condition: Code): Code => [a, b, condition, 0x1b]
export const or = op2(0x72)
export const shl = op2(0x74)
export const shr = op2(0x76)
/** The smaller of two whole numbers; both are evaluated twice. */
export const minimum = (a: Code, b: Code): Code => select(a, b, lt(a, b))
export const maximum = (a: Code, b: Code): Code => select(a, b, gt(a, b))

/** Loads and stores: byte address and constant offset. */
export const load = (address: Code, offset = 0): Code => [address, 0x28, 2, ...unsigned(offset)]
export const store = (address: Code, value: Code, offset = 0): Code => [
  address,
  value,
  0x36,
  2,
  ...unsigned(offset),
]
export const loadF = (address: Code, offset = 0): Code => [address, 0x2a, 2, ...unsigned(offset)]
export const storeF = (address: Code, value: Code, offset = 0): Code => [
  address,
  value,
  0x38,
  2,
  ...unsigned(offset),
]
export const loadV = (address: Code, offset = 0): Code => [address, simd(0, [2], unsigned(offset))]
export const storeV = (address: Code, value: Code, offset = 0): Code => [
  address,
  value,
  simd(11, [2], unsigned(offset)),
]
/** One float, loaded into all four lanes. */
export const loadSplat = (address: Code, offset = 0): Code => [
  address,
  simd(9, [2], unsigned(offset)),
]

const v2 =
  (op: number, code = simd(op)) =>
  (a: Code, b: Code): Code => [a, b, code]
const v1 =
  (op: number, code = simd(op)) =>
  (a: Code): Code => [a, code]
export const vadd = v2(0xe4)
export const vsub = v2(0xe5)
export const vmul = v2(0xe6)
export const vdiv = v2(0xe7)
export const vmin = v2(0xe8)
export const vmax = v2(0xe9)
export const vabs = v1(0xe0)
export const vneg = v1(0xe1)
export const vsqrt = v1(0xe3)
export const vceil = v1(0x67)
export const vfloor = v1(0x68)
/** To the nearest whole number, half to even. */
export const vnearest = v1(0x6a)
/** Comparisons: all bits of a lane, or none. */
export const veq = v2(0x41)
export const vne = v2(0x42)
export const vlt = v2(0x43)
export const vgt = v2(0x44)
export const vle = v2(0x45)
export const vge = v2(0x46)
export const vnot = v1(0x4d)
export const vand = v2(0x4e)
export const vandnot = v2(0x4f)
export const vor = v2(0x50)
export const vxor = v2(0x51)
/** Bits of a where the mask has them, else of b. */
export const bitselect = (a: Code, b: Code, mask: Code): Code => [a, b, mask, simd(0x52)]
/** Whole numbers in four lanes. */
export const iadd = v2(0xae)
export const isub = v2(0xb1)
export const imul = v2(0xb5)
export const ishl = (a: Code, bits: number): Code => [a, i32(bits), simd(0xab)]
export const ishr = (a: Code, bits: number): Code => [a, i32(bits), simd(0xac)]
export const ieq = v2(0x37)
export const ine = v2(0x38)
export const isplat = v1(0x11)
export const lanesOf = (a: number, b: number, c: number, d: number): Code =>
  simd(0x0c, [...new Uint8Array(new Int32Array([a, b, c, d]).buffer)])
/** Nearest to zero; NaN is 0. */
export const vtrunc = v1(0xf8)
export const vconvert = v1(0xfa)
export const extractI = (a: Code, lane: number): Code => [a, simd(0x1b, [lane])]
/** One number more into a lane, from memory. */
export const loadLane = (address: Code, v: Code, lane: number): Code => [
  address,
  v,
  simd(0x56, [2, 0, lane]),
]
export const storeLane = (address: Code, v: Code, lane: number): Code => [
  address,
  v,
  simd(0x5a, [2, 0, lane]),
]
/** Two floats, the other two lanes 0. */
export const load64 = (address: Code, offset = 0): Code => [
  address,
  simd(0x5d, [2], unsigned(offset)),
]
/** Bytes: one into an i32, four into four lanes; four lanes' low bytes back. */
export const loadByte = (address: Code): Code => [address, 0x2d, 0, 0]
export const storeByte = (address: Code, value: Code): Code => [address, value, 0x3a, 0, 0]
export const loadBytes = (address: Code): Code => [
  address,
  simd(0x5c, [0, 0]),
  simd(0x89),
  simd(0xa9),
]
export const storeBytes = (address: Code, v: Code): Code => [
  address,
  shuffleBytes(v),
  simd(0x5a, [0, 0, 0]),
]
const shuffleBytes = (v: Code): Code => [
  v,
  splat(f32(0)),
  simd(0x0d, [0, 4, 8, 12, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16]),
]
export const replaceI = (v: Code, lane: number, value: Code): Code => [v, value, simd(0x1c, [lane])]
export const splat = v1(0x13)
export const extract = (a: Code, lane: number): Code => [a, simd(0x1f, [lane])]
/** Lanes of a (0–3) and b (4–7) in this order. */
export const shuffle = (
  a: Code,
  b: Code,
  lanes: readonly [number, number, number, number],
): Code => [
  a,
  b,
  simd(
    0x0d,
    lanes.flatMap(l => [l * 4, l * 4 + 1, l * 4 + 2, l * 4 + 3]),
  ),
]
/** a·b + c, rounded once where the processor can (relaxed SIMD). */
export const relaxedMadd = (a: Code, b: Code, c: Code): Code => [a, b, c, simd(0x105)]

export const seq = (...parts: Code[]): Code => parts
export const when = (condition: Code, then: Code, otherwise?: Code): Code => [
  condition,
  0x04,
  0x40,
  then,
  ...(otherwise ? [0x05, otherwise] : []),
  0x0b,
]
/** Runs the body while the condition holds, tested first. */
export const loopWhile = (condition: Code, body: Code): Code => [
  0x02,
  0x40,
  0x03,
  0x40,
  condition,
  0x45,
  0x0d,
  1,
  body,
  0x0c,
  0,
  0x0b,
  0x0b,
]
/** for (v = from; v < to; v += step) */
export const loop = (v: Local, from: Code, to: Code, step: number, body: Code): Code =>
  seq(set(v, from), loopWhile(lt(get(v), to), seq(body, set(v, add(get(v), i32(step))))))

export interface Func {
  readonly index: number
}
export const call = (f: Func, ...args: Code[]): Code => [...args, 0x10, ...unsigned(f.index)]

interface Built {
  name: string
  params: Type[]
  locals: Type[]
  code: Code
}

/** The memory a module imports, as it was made. */
export interface MemoryType {
  maximumPages: number
  shared: boolean
}

/** Bytes one after the other. */
class Writer {
  #bytes = new Uint8Array(1 << 12)
  #length = 0

  #room(n: number): void {
    if (this.#length + n <= this.#bytes.length) return
    const bytes = new Uint8Array(2 * (this.#length + n))
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
  write(code: Code): this {
    this.#room(code.length)
    for (const part of code)
      if (typeof part === 'number') {
        if (this.#length === this.#bytes.length) this.#room(1)
        this.#bytes[this.#length++] = part
      } else this.write(part)
    return this
  }
  /** Its length, then the piece itself. */
  piece(inner: Writer): this {
    const bytes = inner.done()
    this.write(unsigned(bytes.length))
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }
  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }
}

/** A module over one imported memory. */
export class ModuleBuilder {
  readonly #functions: Built[] = []

  /** A function without a result. `body` gets its parameters and a maker of locals. All are exported. */
  func<P extends Type[]>(
    name: string,
    params: [...P],
    body: (args: { [K in keyof P]: Local }, local: (type: Type) => Local) => Code,
  ): Func {
    const locals: Type[] = []
    const args = params.map((type, index) => localOf(index, type)) as { [K in keyof P]: Local } // one local for each parameter
    const built: Built = { name, params, locals, code: [] }
    const index = this.#functions.push(built) - 1
    built.code = body(args, type => localOf(params.length + locals.push(type) - 1, type))
    return { index }
  }

  bytes({ maximumPages, shared }: MemoryType): Uint8Array<ArrayBuffer> {
    const text = (s: string): Code => [s.length, ...new TextEncoder().encode(s)]
    const all = this.#functions
    const out = new Writer().write([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const section = (id: number, count: number, body: (w: Writer) => void) => {
      const w = new Writer().write(unsigned(count))
      body(w)
      out.write([id]).piece(w)
    }
    const each = (f: (built: Built, index: number) => Code) => (w: Writer) =>
      all.forEach((built, index) => w.write(f(built, index)))
    section(
      1,
      all.length,
      each(f => [0x60, f.params.length, f.params.map(t => TYPE[t]), 0]),
    )
    section(2, 1, w =>
      w.write([text('env'), text('memory'), 2, shared ? 3 : 1, 1, unsigned(maximumPages)]),
    )
    section(
      3,
      all.length,
      each((_, i) => unsigned(i)),
    )
    section(
      7,
      all.length,
      each((f, i) => [text(f.name), 0, unsigned(i)]),
    )
    section(10, all.length, w => {
      for (const { locals, code } of all)
        w.piece(
          new Writer().write([unsigned(locals.length), locals.map(t => [1, TYPE[t]]), code, 0x0b]),
        )
    })
    return out.done()
  }
}
