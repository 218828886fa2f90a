/** Comms between this process and pages. */
import { randomUUID } from 'node:crypto'
import type { Comm, CommMessage } from 'layerscope/spec'
import type { Parent, ToRunner } from '../pipe.ts'
import type { Channel } from './channel.ts'
import { current, within } from './context.ts'
import { encodeJson } from './json.ts'
import { jsonOf } from './values/bundle.ts'

type Opened = (comm: Comm, message: CommMessage) => void
interface SendOptions {
  buffers?: Uint8Array[]
  metadata?: Record<string, unknown>
}

/** Bytes whose number stays; those that another thread may write to are copied. */
const fixed = (buffer: ArrayBufferLike, offset: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(buffer, offset, length)
  return buffer instanceof SharedArrayBuffer ? bytes.slice() : bytes
}
const bytesOf = (b: unknown): Uint8Array => {
  if (ArrayBuffer.isView(b)) return fixed(b.buffer, b.byteOffset, b.byteLength)
  if (b instanceof ArrayBuffer || b instanceof SharedArrayBuffer) return fixed(b, 0, b.byteLength)
  throw new TypeError(
    `comm: a buffer must be bytes (a typed array or an ArrayBuffer), not ${typeof b}`,
  )
}

export class Comms {
  readonly #targets = new Map<string, Opened>()
  readonly #open = new Map<string, Comm>()
  /** Header of the message that is being handled. */
  #answering: Parent | null = null

  constructor(
    private readonly channel: Channel,
    private readonly flush: () => void,
    private readonly onError: (e: unknown) => void,
  ) {}

  readonly api = {
    register: (target: string, onOpen: Opened): void => {
      if (typeof onOpen !== 'function')
        throw new TypeError(`comm.register('${target}'): the handler is not a function`)
      this.#targets.set(target, onOpen)
    },
    unregister: (target: string): void => void this.#targets.delete(target),
    open: (
      target: string,
      data: unknown = {},
      options: SendOptions & { id?: string } = {},
    ): Comm => {
      const comm = this.#make(options.id ?? randomUUID(), target)
      this.#send('open', comm, data, options)
      return comm
    },
  }

  #send(
    kind: 'open' | 'msg' | 'close',
    comm: Comm,
    data: unknown,
    { buffers = [], metadata = {} }: SendOptions = {},
  ): void {
    const { id, target } = comm
    const content = encodeJson({
      comm_id: id,
      data: jsonOf(data ?? {}),
      ...(kind === 'open' ? { target_name: target, target_module: null } : {}),
    })
    this.flush()
    this.channel.send({ t: 'comm', kind, parent: current(), id, target, metadata }, [
      content.pieces,
      ...buffers.map(bytesOf),
    ])
  }

  #make(id: string, target: string): Comm {
    const comm: Comm = {
      id,
      target,
      onMessage: null,
      onClose: null,
      send: (data, options) => {
        if (this.#open.has(id)) this.#send('msg', comm, data, options)
      },
      close: (data = {}) => {
        if (this.#open.delete(id)) this.#send('close', comm, data)
      },
    }
    this.#open.set(id, comm)
    return comm
  }

  /** Runs `f` as part of the page's message that is being handled, whoever's cell the handler belongs to. */
  answering(f: () => void): void {
    within(this.#answering ?? current(), f)
  }

  /** A comm message of a page. Errors of handlers, also of asynchronous ones, are told and kill nothing. */
  handle(m: ToRunner & { t: 'comm' }, buffers: Uint8Array[]): void {
    const before = this.#answering
    this.#answering = m.parent
    try {
      this.#dispatch(m, buffers)
    } finally {
      this.#answering = before
    }
  }

  #dispatch(m: ToRunner & { t: 'comm' }, buffers: Uint8Array[]): void {
    const message: CommMessage = { data: m.data, buffers, metadata: m.metadata }
    if (m.kind === 'open') {
      const onOpen = this.#targets.get(m.target)
      const comm = this.#make(m.id, m.target)
      if (!onOpen) return comm.close({})
      try {
        onOpen(comm, message)
      } catch (e) {
        comm.close({})
        this.onError(e)
      }
      return
    }
    const comm = this.#open.get(m.id)
    if (!comm) return
    if (m.kind === 'close') this.#open.delete(m.id)
    try {
      if (m.kind === 'close') comm.onClose?.(message)
      else comm.onMessage?.(message)
    } catch (e) {
      this.onError(e)
    }
  }
}
