import * as zlib from 'node:zlib'

/** zlib stream (RFC 1950) of `bytes`. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return zlib.deflateSync(bytes, { level: 6 })
}
