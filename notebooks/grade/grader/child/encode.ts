/**
 * Plain values to bytes, in the student's process. Everything it calls was taken before the student's code ran, and each
 * property is read once and no getter is called: patched prototypes, getters and Proxies can spoil the student's own answer and nothing else. What
 * the answer is worth is decided elsewhere.
 */
import { types } from 'node:util'
import { TAG, TYPED, VALUE_LIMITS } from '../wire.ts'

const { apply, getPrototypeOf, getOwnPropertyDescriptor } = Reflect
const isArray = Array.isArray
const { keys, hasOwn } = Object
const { isProxy, isPromise, isTypedArray } = types
const U8 = Uint8Array
const charCodeAt = String.prototype.charCodeAt
const slice = String.prototype.slice
const setBytes = Uint8Array.prototype.set
const typedPrototype = getPrototypeOf(Uint8Array.prototype) as object
const getter = (name: string | symbol) => getOwnPropertyDescriptor(typedPrototype, name)!.get!
const lengthOf = getter('length')
const tagOf = getter(Symbol.toStringTag)
const kinds: Record<string, number | undefined> = { __proto__: null } as never
TYPED.forEach((name, kind) => {
  kinds[name] = kind
})
const floats = new Float64Array(1)
const floatBytes = new Uint8Array(floats.buffer)
const { values: MAX_VALUES, depth: MAX_DEPTH } = VALUE_LIMITS
/** The frame's head takes part of it. */
const MAX_BYTES = VALUE_LIMITS.bytes - 1024
const Constructed = Error

/** Why a value cannot cross. */
export class NotPlain extends Constructed {
  constructor(readonly why: string) {
    super(why)
  }
}

export class Encoder {
  bytes = new U8(1024)
  at = 0
  #values = 0
  /** Keys that lead to the value being written: `.gx[0]`, one a level. */
  readonly #path: (string | number)[] = []

  #room(more: number): void {
    const wanted = this.at + more
    if (wanted > MAX_BYTES) throw new NotPlain('more than 32 MB')
    if (wanted <= this.bytes.length) return
    const doubled = this.bytes.length * 2
    const grown = new U8(doubled > wanted ? doubled : wanted)
    apply(setBytes, grown, [this.bytes])
    this.bytes = grown
  }
  byte(b: number): void {
    this.#room(1)
    this.bytes[this.at++] = b
  }
  count(n: number): void {
    this.#room(4)
    this.bytes[this.at++] = n
    this.bytes[this.at++] = n >>> 8
    this.bytes[this.at++] = n >>> 16
    this.bytes[this.at++] = n >>> 24
  }
  number(n: number): void {
    this.#room(8)
    floats[0] = n
    for (let i = 0; i < 8; i++) this.bytes[this.at++] = floatBytes[i]
  }
  string(s: string): void {
    this.count(s.length)
    this.#room(s.length * 2)
    for (let i = 0; i < s.length; i++) {
      const code = apply(charCodeAt, s, [i])
      this.bytes[this.at++] = code
      this.bytes[this.at++] = code >>> 8
    }
  }
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    for (let i = 0; i < bytes.length; i++) this.bytes[this.at++] = bytes[i]
  }

  value(v: unknown, depth: number): void {
    if (depth > MAX_DEPTH) throw new NotPlain(`nested deeper than ${MAX_DEPTH}, or in a circle`)
    if (++this.#values > MAX_VALUES) throw new NotPlain(`more than ${MAX_VALUES} values`)
    switch (typeof v) {
      case 'undefined':
        if (depth > 0) throw new NotPlain(`nothing${this.#place(depth)}`)
        return this.byte(TAG.undefined)
      case 'boolean':
        return this.byte(v ? TAG.true : TAG.false)
      case 'number':
        this.byte(TAG.number)
        return this.number(v)
      case 'string':
        this.byte(TAG.string)
        return this.string(v)
      case 'object':
        return v === null ? this.byte(TAG.null) : this.#object(v, depth)
      default:
        throw new NotPlain(`a ${typeof v}${this.#place(depth)}`)
    }
  }

  /** Where in the value, in words. */
  #place(depth: number): string {
    let text = ''
    for (let i = 0; i < depth; i++) {
      const key = this.#path[i]
      text += typeof key === 'number' ? `[${key}]` : `.${cut(key, 40)}`
    }
    return text && ` at ${text}`
  }

  /** What stands at a key: a getter is not called. */
  #inner(v: object, key: string | number, depth: number): void {
    this.#path[depth] = key
    const d = getOwnPropertyDescriptor(v, key)
    if (d && !hasOwn(d, 'value')) throw new NotPlain(`a getter${this.#place(depth + 1)}`)
    this.value(d ? d.value : undefined, depth + 1)
  }

  #object(v: object, depth: number): void {
    if (isProxy(v)) throw new NotPlain(`a Proxy${this.#place(depth)}`)
    if (isPromise(v)) throw new NotPlain(`a promise${this.#place(depth)}`)
    if (isTypedArray(v)) {
      const kind = kinds[apply(tagOf, v, []) as string]
      if (kind === undefined) throw new NotPlain(`an array of bigints${this.#place(depth)}`)
      const length = apply(lengthOf, v, []) as number
      this.#values += length / 100
      this.#room(8 * length)
      this.byte(TAG.typed)
      this.byte(kind)
      this.count(length)
      const numbers = v as Float64Array // or another kind: all hold numbers
      for (let i = 0; i < length; i++) this.number(numbers[i])
      return
    }
    if (isArray(v)) {
      const { length } = v as unknown[]
      if (this.#values + length > MAX_VALUES) throw new NotPlain(`an array of length ${length}`)
      this.byte(TAG.array)
      this.count(length)
      for (let i = 0; i < length; i++) this.#inner(v, i, depth)
      return
    }
    const prototype = getPrototypeOf(v)
    if (prototype !== null && getPrototypeOf(prototype) !== null)
      throw new NotPlain(`${nameOf(prototype)}${this.#place(depth)}`)
    const names = keys(v)
    this.byte(TAG.object)
    this.count(names.length)
    for (let i = 0; i < names.length; i++) {
      this.string(names[i])
      this.#inner(v, names[i], depth)
    }
  }
}

/** The class's name, without calling anything of its. */
function nameOf(prototype: object): string {
  const at = isProxy(prototype) ? undefined : getOwnPropertyDescriptor(prototype, 'constructor')
  const made = at && hasOwn(at, 'value') ? (at.value as unknown) : undefined
  if (typeof made !== 'function' || isProxy(made)) return 'an object with a prototype of its own'
  const name = getOwnPropertyDescriptor(made, 'name')
  const text = name && hasOwn(name, 'value') ? (name.value as unknown) : ''
  return typeof text === 'string' && text ? `a ${cut(text, 60)}` : 'an object of a class'
}

/** The beginning of a text. */
export const cut = (s: string, length: number): string =>
  s.length > length ? apply(slice, s, [0, length]) : s
