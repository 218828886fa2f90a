/** Messages: parsed, built, never trusted before their signature holds. */
import { joinFrames, splitFrames, type Frame, type Signer } from './frames.ts'
import { wellFormed } from './json.ts'

export const PROTOCOL = '5.4'

/** Signatures remembered, to know a message that is sent a second time. */
const REMEMBERED = 1 << 16
/** Of a signature's 64 hexadecimal digits, as many as make two equal ones by chance impossible. */
const DIGITS = 24

export interface Header {
  msg_id: string
  session: string
  username: string
  date: string
  msg_type: string
  version: string
}
export type Json = Record<string, unknown>

export interface Message {
  identities: readonly Uint8Array[]
  header: Header
  parent: Json
  metadata: Json
  content: Json
  buffers: readonly Uint8Array[]
}

/** What a message is made of besides its type and content. */
export interface Envelope {
  parent?: object
  identities?: readonly Uint8Array[]
  metadata?: object
  buffers?: readonly Uint8Array[]
}

const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v)
const PARTS = ['header', 'parent header', 'metadata', 'content']

/** Reads and writes the messages of one connection. */
export class Wire {
  readonly session: string = globalThis.crypto.randomUUID()
  readonly #seen = new Set<string>()
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #latin = new TextDecoder('latin1')

  constructor(private readonly signer: Signer) {}

  /** @returns what is wrong, in words, for anything that is not a new, signed message of the protocol */
  parse(raw: readonly Uint8Array[]): Message | string {
    const frames = splitFrames(raw)
    if (typeof frames === 'string') return frames
    if (!this.signer.verify(frames.signature, frames.parts)) return 'the signature does not match'
    if (this.#replayed(frames.signature)) return 'the same message came before'
    const json: Json[] = []
    for (const [i, part] of frames.parts.entries()) {
      let value: unknown
      try {
        value = JSON.parse(this.#decoder.decode(part))
      } catch {
        return `its ${PARTS[i]} is not JSON`
      }
      if (!isObject(value)) return `its ${PARTS[i]} is not a JSON object`
      json.push(value)
    }
    const [header, parent, metadata, content] = json
    if (typeof header.msg_type !== 'string' || typeof header.msg_id !== 'string')
      return 'its header has no msg_type or msg_id'
    return {
      identities: frames.identities,
      header: header as unknown as Header, // the two fields that are used are checked above
      parent,
      metadata,
      content,
      buffers: frames.buffers,
    }
  }

  #replayed(signature: Uint8Array): boolean {
    if (!signature.length) return false
    const key = this.#latin.decode(signature.subarray(0, DIGITS))
    if (this.#seen.has(key)) return true
    this.#seen.add(key)
    if (this.#seen.size > REMEMBERED)
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest)
        break
      }
    return false
  }

  /** @param content an object, or its JSON as it is to be sent */
  build(
    type: string,
    content: object | Uint8Array,
    { parent = {}, identities = [], metadata = {}, buffers = [] }: Envelope = {},
  ): Frame[] {
    const header: Header = {
      msg_id: globalThis.crypto.randomUUID(),
      session: this.session,
      username: 'kernel',
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL,
    }
    const parts = [header, parent, metadata, content].map(p =>
      p instanceof Uint8Array ? p : wellFormed(JSON.stringify(p)),
    )
    return joinFrames(identities, this.signer.sign(parts), parts, buffers)
  }
}
