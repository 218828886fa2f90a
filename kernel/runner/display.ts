/** Values as MIME bundles. */
import { inspect } from 'node:util'
import { DISPLAY } from 'layerscope/spec'

export type Data = Record<string, unknown>

const encode = (v: unknown): unknown =>
  v instanceof Uint8Array ? Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString('base64') : v

/** Bytes become base64, as Jupyter's messages carry them. */
export const encodeBundle = (bundle: object): Data =>
  Object.fromEntries(Object.entries(bundle).map(([mime, v]) => [mime, encode(v)]))

export const asText = (value: unknown): string =>
  typeof value === 'string'
    ? inspect(value, { maxStringLength: 10_000 })
    : inspect(value, {
        depth: 4,
        maxArrayLength: 100,
        maxStringLength: 10_000,
        breakLength: 96,
        sorted: false,
      })

/** What is shown for a value: its own bundle, or text; null for nothing. */
export function bundleOf(value: unknown): Data | null {
  if (typeof value === 'object' && value !== null) {
    const own: unknown = Reflect.get(value, DISPLAY)
    if (typeof own === 'function') {
      const bundle: unknown = Reflect.apply(own, value, [])
      if (bundle === null) return null
      if (typeof bundle === 'object' && bundle !== undefined) return encodeBundle(bundle as object)
    }
  }
  return { 'text/plain': asText(value) }
}

/** Whether every key looks like a MIME type: then the object itself is the bundle. */
export const isBundle = (value: unknown): value is Data =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length > 0 &&
  Object.keys(value).every(k => /^[\w.+-]+\/[\w.+-]+$/.test(k))
