/** Comms between this process and pages. */
import { randomUUID } from 'node:crypto'
import type { Comm, CommMessage, KernelHost } from 'layerscope/spec'
import type { Parent, ToRunner } from '../pipe.ts'
import type { Channel } from './channel.ts'
import { current } from './context.ts'

type Opened = (comm: Comm, message: CommMessage) => void
interface SendOptions {
  buffers?: Uint8Array[]
  metadata?: Record<string, unknown>
}

export class Comms {
  readonly #targets = new Map<string, Opened>()
  readonly #open = new Map<string, Comm>()

  constructor(
    private readonly channel: Channel,
    private readonly flush: () => void,
    private readonly onError: (e: unknown) => void,
  ) {}

  readonly api: KernelHost['comms'] = {
    register: (target, onOpen) => void this.#targets.set(target, onOpen),
    open: (target, data = {}, options = {}) => {
      const comm = this.#make(randomUUID(), target)
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
    this.flush()
    this.channel.send(
      { t: 'comm', kind, parent: current(), id: comm.id, target: comm.target, data, metadata },
      buffers,
    )
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

  /** A comm message of a page. Errors of handlers are told and kill nothing. */
  handle(
    m: ToRunner & { t: 'comm' },
    buffers: Uint8Array[],
    run: (parent: Parent, f: () => void) => void,
  ): void {
    const message: CommMessage = { data: m.data, buffers }
    run(m.parent, () => {
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
    })
  }
}
