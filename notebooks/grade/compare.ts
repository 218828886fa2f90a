/** Comparing what a student's function returned with what is right: shape before values, NaN before sizes. */

/** Where in a nested array: `[0, 2]` is row 0, column 2. */
export type Path = number[]

export type Difference =
  /** `undefined` came back. */
  | { kind: 'nothing' }
  /** Not the kind of value that was asked for. */
  | { kind: 'kind'; expected: string; got: string }
  | { kind: 'shape'; expected: number[]; got: number[] }
  /** Rows of different lengths. */
  | { kind: 'ragged'; row: string; length: number; first: number }
  /** The right numbers, in the right order, in another shape. */
  | { kind: 'reshaped'; expected: number[]; got: number[] }
  | { kind: 'value'; path: Path; expected: unknown; got: unknown }
  /** A field of the wanted object is not there. */
  | { kind: 'field'; expected: string; got: string }
  /** An error was asked for, and none came. */
  | { kind: 'error'; expected: string; got: unknown }

/** A difference, and the field of the result in which it lies: `gx` of `{ gx, gw, gb }`. */
export type Found = Difference & { field?: string }

/** What a call threw where an error is the right answer; errors are compared by name. */
export class Thrown {
  constructor(readonly name: string) {}
}

/** Integers must be exact, other numbers within 2e−4 · max(1, |a|, |b|); NaN equals NaN. */
export function sameNumber(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true
  if (Number.isInteger(a) && Number.isInteger(b)) return false
  return Math.abs(a - b) <= 2e-4 * Math.max(1, Math.abs(a), Math.abs(b))
}

/** Deep equality of nested arrays and plain values, numbers by `sameNumber`. */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return sameNumber(a, b)
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, n) => same(value, b[n]))
  if (a instanceof Thrown && b instanceof Thrown) return a.name === b.name
  if (isPlain(a) && isPlain(b)) {
    const fields = Object.keys(a)
    return (
      fields.length === Object.keys(b).length &&
      fields.every(name => Object.hasOwn(b, name) && same(a[name], b[name]))
    )
  }
  return a === b
}

/** An object literal: no array, no class of its own. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // A cell's objects may come from another realm, whose Object is not ours.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** [rows, columns, …] of a regular nested array; [] for anything that is no array. `null` when rows differ in length. */
export function shapeOf(value: unknown): number[] | null {
  if (!Array.isArray(value)) return []
  if (value.length === 0) return [0]
  const inner = shapeOf(value[0])
  if (!inner) return null
  for (const item of value) {
    const shape = shapeOf(item)
    if (!shape || shape.length !== inner.length || shape.some((n, d) => n !== inner[d])) return null
  }
  return [value.length, ...inner]
}

/** What separates `got` from `expected`, or null. */
export function difference(expected: unknown, got: unknown): Found | null {
  if (expected instanceof Thrown)
    return same(expected, got) ? null : { kind: 'error', expected: expected.name, got }
  if (isPlain(expected)) return inFields(expected, got)
  if (got === undefined && expected !== undefined) return { kind: 'nothing' }
  if (Array.isArray(expected) !== Array.isArray(got))
    return { kind: 'kind', expected: kindOf(expected), got: kindOf(got) }
  if (!Array.isArray(expected))
    return same(expected, got) ? null : { kind: 'value', path: [], expected, got }

  const shape = shapeOf(got)
  const wanted = shapeOf(expected)
  if (!wanted) {
    const lengths = (value: unknown) =>
      (value as unknown[]).map(row => (Array.isArray(row) ? row.length : 0))
    if (!same(lengths(expected), lengths(got)))
      return { kind: 'shape', expected: lengths(expected), got: lengths(got) }
  } else if (!shape) return ragged(got as unknown[], '')
  else if (!same(wanted, shape)) {
    const flat = (value: unknown) => (value as unknown[]).flat(Infinity)
    return same(flat(expected), flat(got))
      ? { kind: 'reshaped', expected: wanted, got: shape }
      : { kind: 'shape', expected: wanted, got: shape }
  }
  const nan = firstWhere(
    expected,
    got,
    (e, g) => typeof g === 'number' && Number.isNaN(g) && !same(e, g),
  )
  return nan ?? firstWhere(expected, got, (e, g) => !same(e, g))
}

function inFields(expected: Record<string, unknown>, got: unknown): Found | null {
  if (got === undefined) return { kind: 'nothing' }
  const names = Object.keys(expected).join(', ')
  if (!isPlain(got)) return { kind: 'kind', expected: `{ ${names} }`, got: kindOf(got) }
  for (const [field, value] of Object.entries(expected)) {
    if (!Object.hasOwn(got, field))
      return { kind: 'field', expected: field, got: Object.keys(got).join(', ') }
    const found = difference(value, got[field])
    if (found) return { ...found, field }
  }
  return null
}

/** Two rows of a result that are one and the same array, so that writing to one changes the other. */
export function sharedRows(value: unknown): [string, string] | null {
  const seen = new Map<unknown, string>()
  const walk = (item: unknown, name: string): [string, string] | null => {
    if (isPlain(item)) {
      for (const [field, inner] of Object.entries(item)) {
        const found = walk(inner, `${name}.${field}`)
        if (found) return found
      }
      return null
    }
    if (!Array.isArray(item)) return null
    const before = seen.get(item)
    if (before !== undefined) return [before, name]
    seen.set(item, name)
    for (let n = 0; n < item.length; n++) {
      const found = walk(item[n], `${name}[${n}]`)
      if (found) return found
    }
    return null
  }
  return walk(value, '')
}

/** A value as a student would type it: `[[1, 2], [3, 4]]`, numbers to four decimals, −0 as 0. */
export function literal(value: unknown): string {
  if (typeof value === 'number') return number(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'string') return `'${value}'`
  if (isPlain(value))
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${name}: ${literal(inner)}`)
      .join(', ')} }`
  if (typeof value === 'function') return value.name || 'a function'
  return typeof value === 'object' && value !== null ? kindOf(value) : String(value)
}

/** What a value is, in words: `a number (3)`, `nothing`, `an array`. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`
  if (value instanceof Promise) return 'a promise (no async is needed)'
  if (typeof value === 'object') {
    const name = Object.getPrototypeOf(value)?.constructor?.name
    return name && name !== 'Object' ? `a ${name}` : 'an object'
  }
  return typeof value === 'function' ? 'a function' : `a ${typeof value} (${literal(value)})`
}

function number(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value + 0)
  const size = Math.abs(value)
  return size < 1e-3 || size >= 1e6 ? value.toPrecision(3) : value.toFixed(4).replace(/0+$/, '')
}

function ragged(value: unknown[], name: string): Difference {
  const lengthOf = (item: unknown) => (Array.isArray(item) ? item.length : 0)
  for (let n = 0; n < value.length; n++) {
    const item = value[n]
    if (Array.isArray(item) && !shapeOf(item)) return ragged(item, `${name}[${n}]`)
    if (lengthOf(item) !== lengthOf(value[0]))
      return {
        kind: 'ragged',
        row: `${name}[${n}]`,
        length: lengthOf(item),
        first: lengthOf(value[0]),
      }
  }
  return { kind: 'ragged', row: name, length: value.length, first: value.length }
}

function firstWhere(
  expected: unknown,
  got: unknown,
  differs: (expected: unknown, got: unknown) => boolean,
  path: Path = [],
): Difference | null {
  if (Array.isArray(expected) && Array.isArray(got)) {
    for (let n = 0; n < expected.length; n++) {
      const found = firstWhere(expected[n], got[n], differs, [...path, n])
      if (found) return found
    }
    return null
  }
  return differs(expected, got) ? { kind: 'value', path, expected, got } : null
}
