/**
 * Reading unknown JSON field by field. A reader knows where it stands, copies only what it is asked for and looks only at
 * an object's own fields, so a hostile spec can neither reach a prototype nor smuggle a field through.
 */
import { checkEncoded } from './encode.ts'
import { SpecError } from './error.ts'
import type { Encoded, Encoding } from './view.ts'

/** What one spec may use in all. */
export interface Budget {
  /** Bytes of tensors, as encoded. */
  bytes: number
  buffers: readonly Uint8Array[]
}

export class Reader {
  constructor(
    private readonly value: unknown,
    readonly path: string,
    private readonly budget: Budget,
  ) {}

  fail(expected: string): never {
    throw new SpecError(`${this.path}: expected ${expected}, got ${describe(this.value)}`)
  }

  get missing(): boolean {
    return this.value === undefined
  }

  get isNull(): boolean {
    return this.value === null
  }

  /** A field of an object. */
  at(field: string): Reader {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object')
    const own = Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined // an object, checked above
    return new Reader(own, `${this.path}.${field}`, this.budget)
  }

  /** The object's fields must be among these. */
  only(...fields: string[]): this {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object')
    for (const field of Object.keys(value))
      if (!fields.includes(field))
        throw new SpecError(`${this.path}: unknown field ${JSON.stringify(field.slice(0, 40))}`)
    return this
  }

  list<T>(read: (item: Reader, index: number) => T, limit: number, exactly?: number): T[] {
    const { value } = this
    if (!Array.isArray(value)) this.fail(exactly === undefined ? 'a list' : `a list of ${exactly}`)
    if (exactly !== undefined && value.length !== exactly)
      throw new SpecError(`${this.path}: expected ${exactly} items, got ${value.length}`)
    if (value.length > limit)
      throw new SpecError(`${this.path}: ${value.length} items, at most ${limit}`)
    const out: T[] = []
    for (let i = 0; i < value.length; i++)
      out.push(read(new Reader(value[i], `${this.path}[${i}]`, this.budget), i))
    return out
  }

  optional<T>(read: (reader: Reader) => T): T | undefined {
    return this.missing ? undefined : read(this)
  }

  nullable<T>(read: (reader: Reader) => T): T | null {
    return this.isNull ? null : read(this)
  }

  text(limit: number): string {
    if (typeof this.value !== 'string') this.fail('text')
    if (this.value.length > limit)
      throw new SpecError(`${this.path}: ${this.value.length} characters, at most ${limit}`)
    return this.value
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') this.fail('true or false')
    return this.value
  }

  /** A finite number. */
  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) this.fail('a number')
    return this.value
  }

  integer(low: number, high: number): number {
    const { value } = this
    if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high)
      this.fail(`a whole number from ${low} to ${high}`)
    return value
  }

  oneOf<const T extends string>(...names: T[]): T {
    const found = names.find(name => name === this.value)
    if (found === undefined) this.fail(`one of ${names.join(', ')}`)
    return found
  }

  pair(low: number, high: number): [number, number] {
    const [a, b] = this.list(item => item.integer(low, high), 2, 2)
    return [a, b]
  }

  numbers(): [number, number] {
    const [a, b] = this.list(item => item.number(), 2, 2)
    return [a, b]
  }

  /** A tensor whose bytes fit its shape, of the given shape (`null` for any size) or any rank. */
  tensor(shape?: readonly (number | null)[]): Encoded {
    this.only('encoding', 'shape', 'data', 'buffer', 'lo', 'hi')
    const out: Encoded = {
      encoding: this.at('encoding').oneOf<Encoding>('f32', 'f16', 'i32', 'u8'),
      shape: this.at('shape').list(item => item.integer(0, 2 ** 31), 8),
    }
    const data = this.at('data').optional(r => r.text(2 ** 28))
    const buffer = this.at('buffer').optional(r => r.integer(0, 10_000))
    const lo = this.at('lo').optional(r => r.number())
    const hi = this.at('hi').optional(r => r.number())
    if (data !== undefined) out.data = data
    if (buffer !== undefined) out.buffer = buffer
    if (lo !== undefined) out.lo = lo
    if (hi !== undefined) out.hi = hi
    if ((lo ?? 0) > (hi ?? 255)) throw new SpecError(`${this.path}: lo ${lo} is above hi ${hi}`)
    if (shape !== undefined) {
      const fits =
        shape.length === out.shape.length &&
        shape.every((n, i) => (n === null ? out.shape[i] > 0 : n === out.shape[i]))
      if (!fits)
        throw new SpecError(
          `${this.path}: expected shape [${shape.map(n => n ?? '·').join(', ')}], got [${out.shape.join(', ')}]`,
        )
    }
    checkEncoded(out, this.budget.buffers, this.path)
    if (buffer !== undefined) out.bytes = this.budget.buffers[buffer]
    this.budget.bytes -= data === undefined ? 0 : data.length
    if (this.budget.bytes < 0)
      throw new SpecError(`${this.path}: the tensors of this view are too large in all`)
    return out
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
