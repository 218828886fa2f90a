/** Values as text: short, quick for big ones, and whatever the value does, a text. */
import { inspect, types } from 'node:util'

const DEPTH = 4
const ITEMS = 100
const STRING = 10_000
const BREAK = 96
/** An object with more keys is cut to its first `ITEMS`. */
const KEYS = 200
/** Objects that are looked at for being too big. */
const LOOKED_AT = 2000
const TEXT = 200_000
/** Elements up to which a typed array is summed up. */
const SUMMED = 20_000_000

export interface TextOptions {
  /** ANSI colours; default false. */
  colors?: boolean
}

/** A value as text. Never throws. */
export function asText(value: unknown, { colors = false }: TextOptions = {}): string {
  const options = {
    colors: colors && typeof value === 'object',
    depth: DEPTH,
    maxArrayLength: ITEMS,
    maxStringLength: STRING,
    breakLength: BREAK,
  }
  const text = attempt(() => summary(value) + inspect(trim(value), options))
  return cut(
    text ??
      attempt(() => inspect(value, { ...options, customInspect: false })) ??
      attempt(() => Object.prototype.toString.call(value)) ??
      `[${typeof value}]`,
  )
}

function attempt(f: () => string): string | null {
  try {
    return f()
  } catch {
    return null
  }
}

const cut = (text: string) =>
  text.length > TEXT ? `${text.slice(0, TEXT)}\n… ${text.length - TEXT} more characters` : text

/** A line above what is too long to be read: range and mean of a typed array. */
function summary(value: unknown): string {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return ''
  const array = value as unknown as ArrayLike<number | bigint>
  if (array.length <= ITEMS || array.length > SUMMED || typeof array[0] === 'bigint') return ''
  let min = Infinity
  let max = -Infinity
  let sum = 0
  let odd = 0
  for (let i = 0; i < array.length; i++) {
    const x = array[i] as number
    if (!Number.isFinite(x)) {
      odd++
      continue
    }
    if (x < min) min = x
    if (x > max) max = x
    sum += x
  }
  const finite = array.length - odd
  const short = (x: number) => String(Number(x.toPrecision(6)))
  const range = finite ? `min ${short(min)}, max ${short(max)}, mean ${short(sum / finite)}` : ''
  const rest = odd ? `${range ? ', ' : ''}${odd} NaN or infinite` : ''
  return `${range}${rest}\n`
}

/** Shows the first keys of an object and says how many more there are. */
class Trimmed {
  constructor(
    private readonly part: object,
    private readonly more: number,
  ) {}
  [inspect.custom](_: number, options: object): string {
    const text = inspect(this.part, options)
    return `${text.replace(/,?\s*\}$/, '')},\n  ... ${this.more} more properties\n}`
  }
}

/** The value itself, or a copy in which plain objects with very many keys are cut. */
function trim(value: unknown): unknown {
  let left = LOOKED_AT
  const seen = new Map<object, unknown>()
  const visit = (v: unknown, depth: number): unknown => {
    if (typeof v !== 'object' || v === null || depth > DEPTH || types.isProxy(v)) return v
    const isArray = Array.isArray(v)
    const prototype = Object.getPrototypeOf(v) as object | null
    if (!isArray && prototype !== Object.prototype && prototype !== null) return v
    const known = seen.get(v)
    if (known !== undefined) return known
    seen.set(v, v)
    if (left-- <= 0) return v
    const keys = isArray
      ? Array.from({ length: Math.min(v.length, ITEMS) }, (_, i) => `${i}`)
      : Object.keys(v)
    const shown = keys.length > KEYS ? keys.slice(0, ITEMS) : keys
    const changed = new Map<string, unknown>()
    for (const key of shown) {
      const own = Object.getOwnPropertyDescriptor(v, key)
      if (!own || !('value' in own)) continue
      const inner = visit(own.value, depth + 1)
      if (inner !== own.value) changed.set(key, inner)
    }
    if (shown === keys && changed.size === 0) return v
    let copy: object
    if (isArray) copy = (v as unknown[]).slice()
    else {
      copy = Object.create(prototype) as object
      for (const key of shown) {
        const own = Object.getOwnPropertyDescriptor(v, key)
        if (own) Object.defineProperty(copy, key, own)
      }
    }
    for (const [key, inner] of changed)
      Object.defineProperty(copy, key, {
        value: inner,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    const result = shown === keys ? copy : new Trimmed(copy, keys.length - shown.length)
    seen.set(v, result)
    return result
  }
  return visit(value, 0)
}
