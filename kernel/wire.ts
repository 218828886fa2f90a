/** Messages: parsed, built, never trusted before their signature holds. */
import { randomUUID } from 'node:crypto'
import { joinFrames, sign, splitFrames, verify } from './frames.ts'

export const PROTOCOL = '5.4'

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

const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v)

/** Reads and writes the messages of one connection. */
export class Wire {
  readonly session: string = randomUUID()
  constructor(private readonly key: string) {}

  /** @returns null for anything that is not a signed message of the protocol */
  parse(raw: readonly Buffer[]): Message | null {
    const frames = splitFrames(raw)
    if (!frames || !verify(this.key, frames)) return null
    try {
      const [header, parent, metadata, content] = frames.parts.map(
        p => JSON.parse(p.toString('utf8')) as unknown,
      )
      if (![header, parent, metadata, content].every(isObject)) return null
      const h = header as unknown as Header // its two fields that matter are checked here
      if (typeof h.msg_type !== 'string' || typeof h.msg_id !== 'string') return null
      return {
        identities: frames.identities,
        header: h,
        parent: parent as Json,
        metadata: metadata as Json,
        content: content as Json,
        buffers: frames.buffers,
      }
    } catch {
      return null
    }
  }

  build(
    type: string,
    content: object,
    {
      parent = {},
      identities = [],
      metadata = {},
      buffers = [],
    }: {
      parent?: object
      identities?: readonly Uint8Array[]
      metadata?: object
      buffers?: readonly Uint8Array[]
    } = {},
  ): (string | Uint8Array)[] {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: 'kernel',
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL,
    }
    const parts = [header, parent, metadata, content].map(p => JSON.stringify(p))
    return joinFrames(identities, sign(this.key, parts), parts, buffers)
  }
}
