/**
 * A small WebAssembly assembler: expressions and statements are byte strings, put together by functions that are named
 * as one reads them. Only what the kernels need; the encoding is that of the core specification (3.0, with fixed-width SIMD
 * and relaxed SIMD).
 */

/**
 * Bytes of code as the characters of a string: V8 joins strings without copying and flattens them in one go, so a module is
 * put together quickly even when none of this has been compiled yet.
 */
export type Code = string
export type Type = 'i32' | 'f32' | 'v128'

const byte = String.fromCharCode
const TYPE: Record<Type, string> = { i32: byte(0x7f), f32: byte(0x7d), v128: byte(0x7b) }

function unsigned(n: number): Code {
  let out = ''
  while (n > 127) {
    out += byte((n & 127) | 128)
    n >>>= 7
  }
  return out + byte(n)
}
function signed(n: number): Code {
  let out = ''
  for (;;) {
    const b = n & 127
    n >>= 7
    if ((n === 0 && !(b & 64)) || (n === -1 && b & 64)) return out + byte(b)
    out += byte(b | 128)
  }
}
const simd = (op: number, rest: Code = ''): Code => '\xfd' + unsigned(op) + rest

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
  read: '\x20' + unsigned(index),
})

export const get = (v: Local): Code => v.read
export const set = (v: Local, value: Code): Code => value + '\x21' + unsigned(v.index)
export const i32 = (n: number): Code => '\x41' + signed(n | 0)
export const f32 = (x: number): Code => {
  number.setFloat32(0, x, true)
  return (
    '\x43' + byte(number.getUint8(0), number.getUint8(1), number.getUint8(2), number.getUint8(3))
  )
}
const number = new DataView(new ArrayBuffer(4))

const op2 = (op: number) => {
  const code = byte(op)
  return (a: Code, b: Code): Code => a + b + code
}
export const tee = (v: Local, value: Code): Code => value + '\x22' + unsigned(v.index)
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
export const feq = op2(0x5b)
export const fne = op2(0x5c)
export const isZero = (a: Code): Code => a + '\x45'
export const select = (a: Code, b: Code, condition: Code): Code => a + b + condition + '\x1b'
export const or = op2(0x72)
export const shl = op2(0x74)
export const shr = op2(0x76)
/** The smaller of two whole numbers; both are evaluated twice. */
export const minimum = (a: Code, b: Code): Code => select(a, b, lt(a, b))
export const maximum = (a: Code, b: Code): Code => select(a, b, gt(a, b))

/** Loads and stores: byte address and constant offset. */
export const load = (address: Code, offset = 0): Code => address + '\x28\x02' + unsigned(offset)
export const store = (address: Code, value: Code, offset = 0): Code =>
  address + value + '\x36\x02' + unsigned(offset)
export const loadF = (address: Code, offset = 0): Code => address + '\x2a\x02' + unsigned(offset)
export const storeF = (address: Code, value: Code, offset = 0): Code =>
  address + value + '\x38\x02' + unsigned(offset)
export const loadV = (address: Code, offset = 0): Code =>
  address + '\xfd\x00\x02' + unsigned(offset)
export const storeV = (address: Code, value: Code, offset = 0): Code =>
  address + value + '\xfd\x0b\x02' + unsigned(offset)
/** One float, loaded into all four lanes. */
export const loadSplat = (address: Code, offset = 0): Code =>
  address + '\xfd\x09\x02' + unsigned(offset)

const v2 =
  (op: number, code = simd(op)) =>
  (a: Code, b: Code): Code =>
    a + b + code
const v1 =
  (op: number, code = simd(op)) =>
  (a: Code): Code =>
    a + code
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
export const bitselect = (a: Code, b: Code, mask: Code): Code => a + b + mask + simd(0x52)
/** Whole numbers in four lanes. */
export const iadd = v2(0xae)
export const isub = v2(0xb1)
export const imul = v2(0xb5)
export const ishl = (a: Code, bits: number): Code => a + i32(bits) + simd(0xab)
export const ishr = (a: Code, bits: number): Code => a + i32(bits) + simd(0xac)
export const ieq = v2(0x37)
export const ine = v2(0x38)
export const isplat = v1(0x11)
export const lanesOf = (a: number, b: number, c: number, d: number): Code =>
  simd(0x0c, byte(...new Uint8Array(new Int32Array([a, b, c, d]).buffer)))
/** Nearest to zero; NaN is 0. */
export const vtrunc = v1(0xf8)
export const vconvert = v1(0xfa)
export const extractI = (a: Code, lane: number): Code => a + simd(0x1b, byte(lane))
/** One number more into a lane, from memory. */
export const loadLane = (address: Code, v: Code, lane: number): Code =>
  address + v + simd(0x56, '\x02\x00' + byte(lane))
export const storeLane = (address: Code, v: Code, lane: number): Code =>
  address + v + simd(0x5a, '\x02\x00' + byte(lane))
/** Two floats, the other two lanes 0. */
export const load64 = (address: Code, offset = 0): Code =>
  address + simd(0x5d, '\x02' + unsigned(offset))
/** The first two floats. */
export const store64 = (address: Code, v: Code): Code => address + v + simd(0x5b, '\x02\x00\x00')
/** Bytes: one into an i32, four into four lanes; four lanes' low bytes back. */
export const loadByte = (address: Code): Code => address + '\x2d\x00\x00'
export const storeByte = (address: Code, value: Code): Code => address + value + '\x3a\x00\x00'
export const loadBytes = (address: Code): Code =>
  address + simd(0x5c, '\x00\x00') + simd(0x89) + simd(0xa9)
export const storeBytes = (address: Code, v: Code): Code =>
  address + shuffleBytes(v) + simd(0x5a, '\x00\x00\x00')
const shuffleBytes = (v: Code): Code =>
  v + splat(f32(0)) + simd(0x0d, byte(0, 4, 8, 12, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16))
export const replaceI = (v: Code, lane: number, value: Code): Code =>
  v + value + simd(0x1c, byte(lane))
export const splat = v1(0x13)
export const extract = (a: Code, lane: number): Code => a + simd(0x1f, byte(lane))
const LANE = [0, 4, 8, 12, 16, 20, 24, 28].map(l => byte(l, l + 1, l + 2, l + 3))
/** Lanes of a (0–3) and b (4–7) in this order. */
export const shuffle = (a: Code, b: Code, lanes: readonly [number, number, number, number]): Code =>
  a + b + '\xfd\x0d' + LANE[lanes[0]] + LANE[lanes[1]] + LANE[lanes[2]] + LANE[lanes[3]]
/** a·b + c, rounded once where the processor can (relaxed SIMD). */
export const relaxedMadd = (a: Code, b: Code, c: Code): Code => a + b + c + simd(0x105)

export const seq = (...parts: Code[]): Code => parts.join('')
export const when = (condition: Code, then: Code, otherwise = ''): Code =>
  condition + '\x04\x40' + then + (otherwise && '\x05' + otherwise) + '\x0b'
/** a where the condition holds, else b; only that one is evaluated. */
export const choose = (condition: Code, type: Type, a: Code, b: Code): Code =>
  condition + '\x04' + TYPE[type] + a + '\x05' + b + '\x0b'
/** Runs the body while the condition holds, tested first. */
export const loopWhile = (condition: Code, body: Code): Code =>
  '\x02\x40\x03\x40' + condition + '\x45\x0d\x01' + body + '\x0c\x00\x0b\x0b'
/** for (v = from; v < to; v += step) */
export const loop = (v: Local, from: Code, to: Code, step: number, body: Code): Code =>
  set(v, from) + loopWhile(lt(get(v), to), body + set(v, add(get(v), i32(step))))

export interface Func {
  readonly index: number
}
export const call = (f: Func, ...args: Code[]): Code => args.join('') + '\x10' + unsigned(f.index)

interface Wanted {
  name: string
  params: readonly Type[]
  locals: Type[]
  code(): Code
}

/** The memory a module imports, as it was made. */
export interface MemoryType {
  maximumPages: number
  shared: boolean
}

/** A module over one imported memory. */
export class ModuleBuilder {
  readonly #functions = new Map<string, Func>()
  /** In the order of their numbers. */
  readonly #wanted: Wanted[] = []

  /** A function without a result. `body` gets its parameters and a maker of locals, when something wants the function. */
  func<P extends Type[]>(
    name: string,
    params: [...P],
    body: (args: { [K in keyof P]: Local }, local: (type: Type) => Local) => Code,
  ): Func {
    const locals: Type[] = []
    const args = params.map((type, index) => localOf(index, type)) as { [K in keyof P]: Local } // one local for each parameter
    const wanted = this.#wanted
    const code = () => body(args, type => localOf(params.length + locals.push(type) - 1, type))
    let index = -1
    const func = {
      get index() {
        if (index < 0) index = wanted.push({ name, params, locals, code }) - 1
        return index
      },
    }
    this.#functions.set(name, func)
    return func
  }

  /** @param exported names of the functions it is for; what none of them calls is left out. Default: all */
  bytes(
    { maximumPages, shared }: MemoryType,
    exported: readonly string[] = [...this.#functions.keys()],
  ): Uint8Array<ArrayBuffer> {
    const text = (s: string): Code => unsigned(s.length) + s
    const exports = exported.map(name => {
      const func = this.#functions.get(name)
      if (!func) throw new Error(`no function ${name}`)
      return text(name) + '\0' + unsigned(func.index)
    })
    const all = this.#wanted
    // Grows by what the bodies call.
    const bodies: Code[] = []
    for (const { locals, code } of all) {
      const body = code()
      bodies.push(
        text(unsigned(locals.length) + locals.map(t => '\x01' + TYPE[t]).join('') + body + '\x0b'),
      )
    }
    const section = (id: number, parts: readonly Code[]): Code => {
      const body = unsigned(parts.length) + parts.join('')
      return byte(id) + unsigned(body.length) + body
    }
    const limits = (shared ? '\x03' : '\x01') + '\x01' + unsigned(maximumPages)
    const code =
      '\0asm\x01\0\0\0' +
      section(
        1,
        all.map(
          f => '\x60' + unsigned(f.params.length) + f.params.map(t => TYPE[t]).join('') + '\0',
        ),
      ) +
      section(2, [text('env') + text('memory') + '\x02' + limits]) +
      section(
        3,
        all.map((_, i) => unsigned(i)),
      ) +
      section(7, exports) +
      section(10, bodies)
    const out = new Uint8Array(code.length)
    for (let i = 0; i < out.length; i++) out[i] = code.charCodeAt(i)
    return out
  }
}
