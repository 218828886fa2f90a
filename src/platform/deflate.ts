import * as zlib from 'node:zlib'

/** zlib stream (RFC 1950) of `bytes`. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return zlib.deflateSync(bytes, { level: 6 })
}

/** Deflate stream (RFC 1951) of `bytes`, as in a zip file. */
export function deflateRaw(bytes: Uint8Array): Uint8Array {
  return zlib.deflateRawSync(bytes, { level: 6 })
}

/** What a zlib stream holds. @throws RangeError when more than `limit` bytes come out; Error when it is damaged */
export function inflate(bytes: Uint8Array, limit: number): Uint8Array {
  return zlib.inflateSync(bytes, { maxOutputLength: Math.max(1, limit) })
}

/** What a deflate stream holds. @throws RangeError when more than `limit` bytes come out; Error when it is damaged */
export function inflateRaw(bytes: Uint8Array, limit: number): Uint8Array {
  return zlib.inflateRawSync(bytes, { maxOutputLength: Math.max(1, limit) })
}
