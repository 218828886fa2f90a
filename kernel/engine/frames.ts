/** Jupyter's wire protocol, the outermost layer: identities, delimiter, signature, four JSON parts, buffers. */

const DELIMITER = '<IDS|MSG>'
const DELIMITER_BYTES = new TextEncoder().encode(DELIMITER)

/** ZeroMQ puts one identity in front per hop; the protocol knows of one hop, proxies add some. */
const MAX_IDENTITIES = 16

/** What a socket sends: text goes out as UTF-8. */
export type Frame = string | Uint8Array

/** Makes and checks the signatures of one connection. */
export interface Signer {
  /** In hexadecimal; empty for a connection without a key. */
  sign(parts: readonly Frame[]): string
  /** Compares in constant time. */
  verify(signature: Uint8Array, parts: readonly Uint8Array[]): boolean
}

/** One message as its frames say it, signature not yet checked. */
export interface Frames {
  identities: Uint8Array[]
  signature: Uint8Array
  /** header, parent header, metadata, content: JSON, unparsed */
  parts: [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  buffers: Uint8Array[]
}

const isDelimiter = (f: Uint8Array): boolean =>
  f.length === DELIMITER_BYTES.length && DELIMITER_BYTES.every((byte, i) => f[i] === byte)

/** @returns what is wrong, in words, when the frames are not a message of the protocol */
export function splitFrames(frames: readonly Uint8Array[]): Frames | string {
  let at = 0
  while (at < frames.length && at <= MAX_IDENTITIES && !isDelimiter(frames[at])) at++
  if (at >= frames.length || at > MAX_IDENTITIES) return 'no delimiter <IDS|MSG>'
  const rest = frames.length - at - 1
  if (rest < 5)
    return `${rest} frames after the delimiter; a message has a signature and four parts`
  return {
    identities: frames.slice(0, at),
    signature: frames[at + 1],
    parts: [frames[at + 2], frames[at + 3], frames[at + 4], frames[at + 5]],
    buffers: frames.slice(at + 6),
  }
}

export function joinFrames(
  identities: readonly Uint8Array[],
  signature: string,
  parts: readonly Frame[],
  buffers: readonly Uint8Array[],
): Frame[] {
  return [...identities, DELIMITER, signature, ...parts, ...buffers]
}
