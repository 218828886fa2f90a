/**
 * Keys of live values, for completion. Nothing of the user's runs while they are looked for: getters are not called, and a Proxy
 * is not looked into.
 */
import { isMap, isProxy, isStringObject, isTypedArray } from 'node:util/types'
import type { KeyForm, KeyPath, LiveKey } from '../pipe.ts'
import type { Variables } from './variables.ts'

/** Keys that are told at most. */
const LIMIT = 500
/** Elements of an array that has no other keys worth looking for, and keys of a Map that are looked at. */
const MANY = 10_000
/** So long may the keys of one object be looked through, in ms. */
const PATIENCE_MS = 25
/** Prototypes that are followed. */
const DEPTH = 50
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u

// As they are before the user's code could have changed them.
const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect
const now = performance.now.bind(performance)
const mapKeys = Map.prototype.keys
const nextOf = (new Map().keys() as Iterator<unknown>).next
const lengthOf = getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype)!, 'length')!.get! // JavaScript's own

/** A value that can be known without running anything. */
type Found = { value: unknown } | null

/** @param typed what the keys contain, in any case of letters */
export function keysOf(
  variables: Variables,
  path: KeyPath,
  form: KeyForm,
  typed: string,
): LiveKey[] {
  try {
    const found = follow(variables, path)
    if (!found) return []
    const lower = typed.toLowerCase()
    const fits = (name: string) => name.toLowerCase().includes(lower)
    if (form === 'map') return keysOfMap(found.value, fits)
    return form === '.' ? members(found.value, fits) : own(found.value, fits)
  } catch {
    // A binding of a module that has not run yet, say.
    return []
  }
}

function follow(variables: Variables, [name, ...path]: KeyPath): Found {
  let at: Found = variables.look(String(name)) ?? property(globalThis, String(name))
  for (const key of path) at = at && property(at.value, String(key))
  return at
}

/** The object that holds a value's properties. */
const objectOf = (value: unknown): object | null =>
  value === null || value === undefined ? null : (Object(value) as object)

function property(value: unknown, key: string): Found {
  let o = objectOf(value)
  for (let n = 0; o && n < DEPTH && !isProxy(o); n++) {
    const d = getOwnPropertyDescriptor(o, key)
    if (d) return 'value' in d ? { value: d.value } : null
    o = getPrototypeOf(o)
  }
  return null
}

function* names(o: object, isListed: boolean): Generator<string> {
  const isTyped = isTypedArray(o)
  const isArray = isTyped || Array.isArray(o) || isStringObject(o)
  if (isArray) {
    // Their own `length` is no getter.
    const n = (isTyped ? apply(lengthOf, o, []) : (o as { length: number }).length) as number
    if (n > MANY) return
  }
  const end = now() + PATIENCE_MS
  let n = 0
  for (const key of ownKeys(o)) {
    if (++n % 1000 === 0 && now() > end) return
    if (typeof key === 'string' && !(isArray && (!isListed || /^\d+$/.test(key)))) yield key
  }
}

function entry(o: object, name: string): LiveKey {
  const d = getOwnPropertyDescriptor(o, name)
  return [name, typeof d?.value === 'function' ? 'method' : 'property']
}

function members(value: unknown, fits: (name: string) => boolean): LiveKey[] {
  const found = new Map<string, LiveKey>()
  let o = objectOf(value)
  for (let n = 0; o && n < DEPTH && !isProxy(o); n++) {
    for (const name of names(o, true)) {
      if (found.has(name) || name.startsWith('__') || !IDENTIFIER.test(name) || !fits(name))
        continue
      if (n > 0 && name === 'constructor') continue
      found.set(name, entry(o, name))
      if (found.size >= LIMIT) return [...found.values()]
    }
    o = getPrototypeOf(o)
  }
  return [...found.values()]
}

function own(value: unknown, fits: (name: string) => boolean): LiveKey[] {
  const found: LiveKey[] = []
  const o = objectOf(value)
  if (!o || isProxy(o)) return found
  for (const name of names(o, false)) {
    if (!fits(name)) continue
    found.push(entry(o, name))
    if (found.length >= LIMIT) break
  }
  return found
}

function keysOfMap(value: unknown, fits: (name: string) => boolean): LiveKey[] {
  const found: LiveKey[] = []
  if (!isMap(value)) return found
  const keys: unknown = apply(mapKeys, value, [])
  for (let n = 0; n < MANY && found.length < LIMIT; n++) {
    const { done, value: key } = apply(nextOf, keys, []) as IteratorResult<unknown>
    if (done) break
    if (typeof key === 'string' && fits(key)) found.push([key, 'property'])
  }
  return found
}
