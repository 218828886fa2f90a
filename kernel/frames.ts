/** Jupyter's wire protocol, the outermost layer: identities, delimiter, signature, four JSON parts, buffers. */
import { createHmac, timingSafeEqual } from 'node:crypto'

const DELIMITER = '<IDS|MSG>'

/** One message as its frames say it, signature not yet checked. */
export interface Frames {
  identities: Uint8Array[]
  signature: string
  /** header, parent header, metadata, content: JSON, unparsed */
  parts: [Buffer, Buffer, Buffer, Buffer]
  buffers: Uint8Array[]
}

/** @returns null when the frames are not a message of the protocol */
export function splitFrames(frames: readonly Buffer[]): Frames | null {
  const at = frames.findIndex(
    f => f.length === DELIMITER.length && f.toString('latin1') === DELIMITER,
  )
  if (at < 0 || frames.length < at + 6) return null
  return {
    identities: frames.slice(0, at),
    signature: frames[at + 1].toString('latin1'),
    parts: [frames[at + 2], frames[at + 3], frames[at + 4], frames[at + 5]],
    buffers: frames.slice(at + 6),
  }
}

export function joinFrames(
  identities: readonly Uint8Array[],
  signature: string,
  parts: readonly string[],
  buffers: readonly Uint8Array[],
): (string | Uint8Array)[] {
  return [...identities, DELIMITER, signature, ...parts, ...buffers]
}

/** HMAC-SHA256 over the four parts, in hexadecimal; empty without a key. */
export function sign(key: string, parts: readonly (string | Buffer)[]): string {
  if (!key) return ''
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}

/** Compares in constant time. */
export function verify(key: string, { signature, parts }: Frames): boolean {
  if (!key) return true
  const expected = Buffer.from(sign(key, parts))
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
