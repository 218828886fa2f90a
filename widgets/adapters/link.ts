/** A view's connection to its kernel over one comm, which the page opens. Knows the protocol, not the page. */
import {
  LIVE_TARGET,
  parseKernelMessage,
  SPEC_VERSION,
  type EventName,
  type KernelMessage,
  type ViewSpec,
} from 'layerscope/spec'
import type { LinkState, LiveLink } from '../parts/index.ts'

/** What is used of a comm of JupyterLab. */
export interface PageComm {
  open(data: object): unknown
  send(data: object): unknown
  close(): unknown
  onMsg: (message: {
    content: { data: unknown }
    buffers?: (ArrayBuffer | ArrayBufferView)[]
  }) => void
  onClose: () => void
  readonly isDisposed: boolean
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

const ANSWER_MS = 8000

export class Link implements LiveLink {
  state: LinkState = 'snapshot'
  message?: string
  #comm: PageComm | null = null
  #seq = 0
  readonly #waiting = new Map<number, Waiting>()
  readonly #changed = new Set<() => void>()
  readonly #messages = new Set<(m: KernelMessage) => void>()
  #timer: ReturnType<typeof setTimeout> | null = null
  #wasLive = false
  #silent = false

  /**
   * @param onView the kernel sent the view's newest state
   * @param extension version of this extension, for the handshake
   */
  constructor(
    private readonly onView: (view: ViewSpec) => void,
    private readonly extension: string,
  ) {}

  /** Asks the kernel for the view `id`. The kernel answers `hello`, or `gone`, or (another kernel) nothing. */
  connect(open: () => PageComm, id: string): void {
    this.disconnect()
    let comm: PageComm
    try {
      comm = open()
    } catch {
      return
    }
    this.#comm = comm
    comm.onMsg = m => {
      if (this.#comm === comm) this.#receive(m.content.data, m.buffers ?? [])
    }
    comm.onClose = () => {
      if (this.#comm !== comm) return
      this.#comm = null
      this.#lose(this.#wasLive ? 'gone' : 'snapshot')
    }
    comm.open({ id, spec: SPEC_VERSION, extension: this.extension })
    this.#silent = false
    this.#timer = setTimeout(() => {
      if (this.state === 'live') return
      this.disconnect()
      this.#silent = true
    }, ANSWER_MS)
  }
  /** The kernel did not answer in time: it computed, or it is another one. Worth another question when it rests. */
  get silent(): boolean {
    return this.#silent
  }

  /** The kernel restarts or died: the view says so and stays readable. */
  lost(): void {
    this.#comm = null
    this.#lose(this.#wasLive || this.state === 'live' ? 'gone' : 'snapshot')
  }
  disconnect(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const comm = this.#comm
    this.#comm = null
    if (comm && !comm.isDisposed) comm.close()
    this.#fail('the view was disconnected')
  }

  event(name: EventName, payload: unknown): Promise<unknown> {
    const comm = this.#comm
    if (this.state !== 'live' || !comm) return Promise.reject(new Error('no kernel is connected'))
    const seq = ++this.#seq
    return new Promise((resolve, reject) => {
      this.#waiting.set(seq, { resolve, reject })
      comm.send({ type: 'event', seq, name, payload })
    })
  }
  onChange(f: () => void, signal: AbortSignal): void {
    this.#changed.add(f)
    signal.addEventListener('abort', () => this.#changed.delete(f))
  }
  onMessage(f: (m: KernelMessage) => void, signal: AbortSignal): void {
    this.#messages.add(f)
    signal.addEventListener('abort', () => this.#messages.delete(f))
  }

  #set(state: LinkState, message?: string): void {
    if (state === this.state && message === this.message) return
    this.message = message
    this.state = state
    for (const f of [...this.#changed]) f()
  }
  #fail(why: string): void {
    for (const w of this.#waiting.values()) w.reject(new Error(why))
    this.#waiting.clear()
  }
  #lose(state: LinkState, why?: string): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#fail('the kernel is gone')
    this.#set(state, why)
  }

  #receive(data: unknown, raw: readonly (ArrayBuffer | ArrayBufferView)[]): void {
    const buffers = raw.map(b =>
      ArrayBuffer.isView(b)
        ? new Uint8Array(b.buffer, b.byteOffset, b.byteLength)
        : new Uint8Array(b),
    )
    let m: KernelMessage
    try {
      m = parseKernelMessage(data, buffers)
    } catch (e) {
      this.#set(
        'mismatch',
        `The kernel’s message was not understood (${e instanceof Error ? e.message : String(e)}); the saved picture is shown. Kernel and extension should have one version: npm start installs both.`,
      )
      return
    }
    switch (m.type) {
      case 'hello':
        if (m.spec !== SPEC_VERSION)
          return this.#set(
            'mismatch',
            `The kernel speaks display version ${m.spec}, this viewer version ${SPEC_VERSION} (${this.extension}). The saved picture is shown. npm start installs both in one version.`,
          )
        this.#wasLive = true
        this.#set('live')
        return this.onView(m.view)
      case 'gone':
        this.#comm = null
        return this.#lose(this.#wasLive ? 'gone' : 'snapshot', m.reason)
      case 'update':
        return this.onView(m.view)
      case 'reply': {
        const w = this.#waiting.get(m.seq)
        this.#waiting.delete(m.seq)
        return w?.resolve(m.result)
      }
      case 'error': {
        const w = m.seq === null ? undefined : this.#waiting.get(m.seq)
        if (m.seq !== null) this.#waiting.delete(m.seq)
        return w?.reject(new Error(m.message))
      }
      default:
        for (const f of [...this.#messages]) f(m)
    }
  }
}

export { LIVE_TARGET }
