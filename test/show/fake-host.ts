/** A kernel's host that records what is displayed, and a page that opens views, sends events and reads the answers. */
import {
  HOST,
  type Comm,
  type CommMessage,
  type KernelHost,
  type MimeBundle,
} from '../../src/spec/host.ts'
import { LIVE_TARGET, type KernelMessage } from '../../src/spec/live.ts'
import { parseKernelMessage } from '../../src/spec/message.ts'
import { parseView } from '../../src/spec/validate.ts'
import { VIEW_MIME, type ViewSpec } from '../../src/spec/view.ts'

export interface Shown {
  bundle: MimeBundle
  id: string | undefined
  update: boolean
  metadata: Record<string, unknown>
}

export class FakeHost implements KernelHost {
  readonly protocol = 1
  readonly version = '0.0.0'
  readonly shown: Shown[] = []
  readonly targets = new Map<string, (comm: Comm, message: CommMessage) => void>()
  /** What pages have sent and nobody has looked for yet. */
  readonly arriving: (() => void)[] = []
  polls = 0
  /** Called at each look while paused: a page acts, or an interrupt throws. */
  whileWaiting: () => void = () => {
    throw new Error('nobody lets the loop go on')
  }

  display(
    bundle: MimeBundle,
    options: { id?: string; update?: boolean; metadata?: Record<string, unknown> } = {},
  ): void {
    // As on the wire: JSON, with bytes as they are.
    const json = JSON.parse(JSON.stringify(bundle[VIEW_MIME] ?? null)) as unknown
    this.shown.push({
      bundle: { ...bundle, ...(json ? { [VIEW_MIME]: json } : {}) },
      id: options.id,
      update: options.update ?? false,
      metadata: options.metadata ?? {},
    })
  }

  readonly comms: KernelHost['comms'] = {
    register: (target, onOpen) => {
      if (this.targets.has(target)) throw new Error(`${target} is registered twice`)
      this.targets.set(target, onOpen)
    },
    open: () => {
      throw new Error('views do not open comms')
    },
  }

  poll(): number {
    this.polls++
    const waiting = this.arriving.splice(0)
    for (const message of waiting) message()
    return waiting.length
  }

  wait(_ms: number): number {
    if (this.arriving.length === 0) this.whileWaiting()
    return this.poll()
  }

  /** The spec last displayed, as a page reads it. */
  spec(n = this.shown.length - 1): ViewSpec {
    return parseView(this.shown[n].bundle[VIEW_MIME])
  }

  /** A page that has drawn view `id` and asks for life. */
  page(id: string, spec = 1): Page {
    const page = new Page(this)
    const open = this.targets.get(LIVE_TARGET)
    if (!open) throw new Error('nobody listens to the views’ target')
    open(page.comm, { data: { id, spec, extension: '0.1.0' }, buffers: [] })
    return page
  }
}

export class Page {
  readonly messages: KernelMessage[] = []
  readonly buffers: Uint8Array[][] = []
  closed = false
  private seq = 0
  readonly comm: Comm

  constructor(private readonly host: FakeHost) {
    this.comm = {
      id: 'c',
      target: LIVE_TARGET,
      send: (data, { buffers = [] } = {}) => {
        this.messages.push(parseKernelMessage(JSON.parse(JSON.stringify(data)), buffers))
        this.buffers.push(buffers)
      },
      close: () => {
        this.closed = true
      },
      onMessage: null,
      onClose: null,
    }
  }

  /** Sends an event; it arrives at once. */
  now(name: string, payload: unknown = {}): KernelMessage {
    const data = JSON.parse(
      JSON.stringify({ type: 'event', seq: ++this.seq, name, payload }),
    ) as unknown
    this.comm.onMessage?.({ data, buffers: [] })
    return this.messages[this.messages.length - 1]
  }

  /** Sends an event that arrives at the next look. */
  later(name: string, payload: unknown = {}): void {
    this.host.arriving.push(() => void this.now(name, payload))
  }

  of<T extends KernelMessage['type']>(type: T): Extract<KernelMessage, { type: T }>[] {
    return this.messages.filter((m): m is Extract<KernelMessage, { type: T }> => m.type === type)
  }
}

/** Puts a fresh host in place; call `remove` afterwards. */
export function install(): { host: FakeHost; remove: () => void } {
  const host = new FakeHost()
  const place = globalThis as { [HOST]?: KernelHost }
  place[HOST] = host
  return { host, remove: () => delete place[HOST] }
}
