/** State that carries bytes: they travel beside the JSON, and paths say where they belong. */

export type Path = (string | number)[]
export interface Split {
  state: unknown
  paths: Path[]
  buffers: Uint8Array[]
}

const DEPTH = 64

export const isBytes = (v: unknown): v is ArrayBufferView | ArrayBuffer | SharedArrayBuffer =>
  ArrayBuffer.isView(v) || v instanceof ArrayBuffer || v instanceof SharedArrayBuffer

export const bytesOf = (v: ArrayBufferView | ArrayBuffer | SharedArrayBuffer): Uint8Array =>
  ArrayBuffer.isView(v) ? new Uint8Array(v.buffer, v.byteOffset, v.byteLength) : new Uint8Array(v)

export const isRecord = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' &&
  v !== null &&
  (Object.getPrototypeOf(v) === Object.prototype || Object.getPrototypeOf(v) === null)

/** Takes the bytes out: keys that hold bytes go, elements of lists become null. @throws RangeError for a state in a circle */
export function splitBuffers(state: unknown): Split {
  const paths: Path[] = []
  const buffers: Uint8Array[] = []
  const visit = (v: unknown, path: Path): unknown => {
    if (path.length > DEPTH) throw new RangeError('widget state: nested deeper than 64 levels')
    const put = (key: string | number, item: unknown): boolean => {
      if (!isBytes(item)) return false
      paths.push([...path, key])
      buffers.push(bytesOf(item))
      return true
    }
    if (Array.isArray(v))
      return v.map((item, i) => (put(i, item) ? null : visit(item, [...path, i])))
    if (!isRecord(v)) return v
    const out: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(v))
      if (!put(key, item)) out[key] = visit(item, [...path, key])
    return out
  }
  return { state: visit(state, []), paths, buffers }
}

/** Puts the bytes back. Paths that lead nowhere, as a hostile page may send them, are passed over. */
export function joinBuffers(state: unknown, paths: unknown, buffers: readonly Uint8Array[]): void {
  if (!Array.isArray(paths)) return
  for (const [i, path] of (paths as unknown[]).entries()) {
    if (!Array.isArray(path) || path.length === 0 || path.length > DEPTH || !buffers[i]) continue
    const keys = path as unknown[]
    let at: unknown = state
    for (const key of keys.slice(0, -1)) at = own(at, key)
    const last = keys[keys.length - 1]
    if (Array.isArray(at)) {
      if (typeof last === 'number' && Number.isInteger(last) && last >= 0 && last < at.length)
        at[last] = buffers[i]
    } else if (isRecord(at) && typeof last === 'string' && last !== '__proto__')
      at[last] = buffers[i]
  }
}
const own = (v: unknown, key: unknown): unknown =>
  (Array.isArray(v) && typeof key === 'number') || (isRecord(v) && typeof key === 'string')
    ? Object.hasOwn(v, key as PropertyKey)
      ? (v as Record<PropertyKey, unknown>)[key as PropertyKey]
      : undefined
    : undefined
