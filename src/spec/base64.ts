/** Base64 (RFC 4648, with padding), the same in Node and in a page. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const CODES = Uint8Array.from(ALPHABET, letter => letter.charCodeAt(0))
const EQUALS = 61
const INVALID = 255
const VALUES = new Uint8Array(256).fill(INVALID)
CODES.forEach((code, value) => (VALUES[code] = value))

export function toBase64(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  let n = 0
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const word =
      (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0)
    out[n++] = CODES[word >> 18]
    out[n++] = CODES[(word >> 12) & 63]
    out[n++] = left > 1 ? CODES[(word >> 6) & 63] : EQUALS
    out[n++] = left > 2 ? CODES[word & 63] : EQUALS
  }
  return new TextDecoder().decode(out)
}

/** How many bytes a base64 text stands for, read from its length and padding alone; −1 if no text has that length. */
export function base64Size(text: string): number {
  if (text.length % 4 !== 0) return -1
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/** The bytes, or null if `text` is not base64. */
export function fromBase64(text: string): Uint8Array | null {
  const size = base64Size(text)
  if (size < 0) return null
  const out = new Uint8Array(size)
  let n = 0
  for (let i = 0; i < text.length; i += 4) {
    let word = 0
    const letters = Math.min(4, Math.ceil(((size - n) * 4) / 3))
    for (let k = 0; k < 4; k++) {
      const code = text.charCodeAt(i + k)
      const value = k >= letters && code === EQUALS ? 0 : code < 256 ? VALUES[code] : INVALID
      if (value === INVALID) return null
      word = (word << 6) | value
    }
    out[n++] = word >> 16
    if (n < size) out[n++] = (word >> 8) & 255
    if (n < size) out[n++] = word & 255
  }
  return out
}
