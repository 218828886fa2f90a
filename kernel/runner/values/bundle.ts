/** Values as MIME bundles. */
import { DISPLAY } from 'layerscope/spec'
import { encodeJson, type Json } from '../json.ts'
import { asText } from './inspect.ts'

export type Data = Record<string, unknown>
export interface Bundle {
  data: Data
  metadata: Record<string, unknown>
}

const MIME = /^[\w.+-]+\/[\w.+-]+$/
/** Methods by which a value gives its own bundle, the first that is there. */
const HOOKS = [DISPLAY, Symbol.for('Jupyter.mimebundle'), '$$mimebundle$$', '_repr_mimebundle_']
const BINARY = /^(image|audio|video|application)\//

const isObject = (v: unknown): v is Record<PropertyKey, unknown> =>
  typeof v === 'object' && v !== null

/** A property of a value that may do anything when asked; undefined when it throws. */
export function peek(value: unknown, key: PropertyKey): unknown {
  try {
    return isObject(value) || typeof value === 'function' ? Reflect.get(value, key) : undefined
  } catch {
    return undefined
  }
}

export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** Bytes become base64 and what JSON cannot say becomes text: then a message can carry it. */
export function encodeBundle(bundle: object): Data {
  const out: Data = {}
  for (const mime of Object.keys(bundle)) {
    const value = peek(bundle, mime)
    if (value === undefined) continue
    if (value instanceof Uint8Array) out[mime] = base64(value)
    else if (/[/+]json$/.test(mime)) out[mime] = jsonOf(value)
    else if (typeof value === 'string') out[mime] = value
    else if (Array.isArray(value) && value.every(v => typeof v === 'string')) out[mime] = value
    else out[mime] = BINARY.test(mime) ? jsonOf(value) : asText(value)
  }
  return out
}

/** A value as JSON; what that cannot keep, as text. */
export function jsonOf(value: unknown): Json | string {
  try {
    return encodeJson(value)
  } catch {
    return asText(value)
  }
}
/** A value as JSON keeps it; what it cannot keep, as text. */
export function plain(value: unknown): unknown {
  const json = jsonOf(value)
  return typeof json === 'string' ? json : json.parse()
}

/** Whether every key is a MIME type: then the object itself is the bundle. */
export function isBundle(value: unknown): value is Data {
  if (!isObject(value) || Array.isArray(value)) return false
  try {
    const keys = Object.keys(value)
    return keys.length > 0 && keys.length < 50 && keys.every(k => MIME.test(k))
  } catch {
    return false
  }
}

function fromHook(given: unknown): Bundle | null | undefined {
  if (given === null) return null
  if (isBundle(given)) return { data: encodeBundle(given), metadata: {} }
  if (!Array.isArray(given) || given.length > 2 || !isBundle(given[0])) {
    const data = peek(given, 'data')
    if (!isBundle(data)) return undefined
    const metadata = plain(peek(given, 'metadata') ?? {})
    return { data: encodeBundle(data), metadata: isObject(metadata) ? metadata : {} }
  }
  const metadata = plain(given[1] ?? {})
  return { data: encodeBundle(given[0]), metadata: isObject(metadata) ? metadata : {} }
}

/** What a value shows itself as: null nothing, undefined no hook of its own. A promise when its hook gives one. */
function ownBundle(
  value: unknown,
  onError: (e: unknown) => void,
): Bundle | null | undefined | Promise<Bundle | null | undefined> {
  for (const key of HOOKS) {
    const hook = peek(value, key)
    if (hook === undefined || hook === null) continue
    try {
      const given: unknown = typeof hook === 'function' ? Reflect.apply(hook, value, []) : hook
      if (given instanceof Promise)
        return given.then(fromHook, (e: unknown) => (onError(e), undefined))
      const bundle = fromHook(given)
      if (bundle !== undefined) return bundle
    } catch (e) {
      onError(e)
    }
  }
  return fromShape(value)
}

/** Values of well-known libraries: elements of a document, canvases, Vega and Vega-Lite charts. */
function fromShape(value: unknown): Bundle | undefined {
  const schema = peek(value, '$schema')
  const vega =
    typeof schema === 'string' && schema.length < 200
      ? /^https?:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)/.exec(schema)
      : null
  if (vega) {
    const mime = `application/vnd.${vega[1] === 'vega' ? 'vega' : 'vegalite'}.v${vega[2]}+json`
    return { data: { [mime]: jsonOf(value), 'text/plain': asText(value) }, metadata: {} }
  }
  const kind = peek(peek(value, 'constructor'), 'name')
  if (typeof kind !== 'string' || !/Element$|Canvas/.test(kind)) return undefined
  const outer = peek(value, 'outerHTML')
  if (typeof outer === 'string' && outer.startsWith('<'))
    return {
      data: {
        [/^<svg[\s>]/i.test(outer) ? 'image/svg+xml' : 'text/html']: outer,
        'text/plain': `<${kind}>`,
      },
      metadata: {},
    }
  const toDataURL = peek(value, 'toDataURL')
  if (typeof toDataURL !== 'function') return undefined
  try {
    const url: unknown = Reflect.apply(toDataURL, value, ['image/png'])
    const found = typeof url === 'string' ? /^data:image\/png;base64,/.exec(url) : null
    if (found && typeof url === 'string')
      return {
        data: { 'image/png': url.slice(found[0].length), 'text/plain': `<${kind}>` },
        metadata: {},
      }
  } catch {
    return undefined
  }
  return undefined
}

/** What is shown for a value: its own bundle, or text; null for nothing. `colors` concerns the text. */
export function bundleOf(
  value: unknown,
  onError: (e: unknown) => void = () => undefined,
  colors = false,
): Bundle | null | Promise<Bundle | null> {
  const text = (): Bundle => ({ data: { 'text/plain': asText(value, { colors }) }, metadata: {} })
  const own = ownBundle(value, onError)
  if (own instanceof Promise) return own.then(b => (b === undefined ? text() : b))
  return own === undefined ? text() : own
}

const SIGNATURES: [mime: string, bytes: number[], at?: number][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x57, 0x45, 0x42, 0x50], 8],
]
/** The MIME type of an image file's bytes, by its first ones; null for anything else. */
export function imageType(bytes: Uint8Array): string | null {
  const found = SIGNATURES.find(([, signature, at = 0]) =>
    signature.every((b, i) => bytes[at + i] === b),
  )
  return found?.[0] ?? null
}
