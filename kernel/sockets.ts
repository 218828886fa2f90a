/** The five sockets of a kernel. */
import { Reply, Router, XPublisher } from 'zeromq'
import type { Frame } from './engine/frames.ts'
import type { Channel, Outlet } from './engine/ports.ts'

export interface Connection {
  transport: string
  ip: string
  key: string
  signature_scheme?: string
  shell_port: number
  control_port: number
  iopub_port: number
  stdin_port: number
  hb_port: number
}

const PORTS = ['shell_port', 'control_port', 'iopub_port', 'stdin_port', 'hb_port'] as const

/** A connection file's content. @throws TypeError that names the field that is wrong */
export function parseConnection(json: string): Connection {
  const c = JSON.parse(json) as Partial<Record<keyof Connection, unknown>> | null
  if (typeof c !== 'object' || c === null) throw new TypeError('it is not a JSON object')
  for (const field of ['transport', 'ip', 'key'] as const)
    if (typeof c[field] !== 'string') throw new TypeError(`its ${field} is not a string`)
  for (const field of PORTS)
    if (!Number.isInteger(c[field])) throw new TypeError(`its ${field} is not a whole number`)
  return c as Connection // every field that is used is checked above
}

/** What may wait for a page that reads slowly, in messages; beyond it the kernel waits. */
const HIGH_WATER = 1000
const RETRY_MS = 5
/** A page that takes nothing for so long is stuck: the others go on without it. */
const STUCK_MS = 20_000
const MAX_TOPIC = 256

interface Sender {
  send(frames: Frame[]): Promise<void>
}

/** Sends in order, one at a time. */
class Queue implements Outlet {
  #last: Promise<void> = Promise.resolve()
  constructor(private readonly sender: Sender) {}
  send(frames: Frame[]): Promise<void> {
    // A socket that is closing refuses; what was queued before it has left.
    this.#last = this.#last.then(() => this.sender.send(frames)).catch(() => undefined)
    return this.#last
  }
  flushed(): Promise<void> {
    return this.#last
  }
}

/** Loses nothing: waits while a reader is behind. Only for one that reads nothing at all messages are dropped. */
class Patient implements Sender {
  #stuck = false
  constructor(
    private readonly socket: XPublisher,
    private readonly log: (line: string) => void,
  ) {}
  async send(frames: Frame[]): Promise<void> {
    for (const began = performance.now(); ;) {
      try {
        await this.socket.send(frames)
        return
      } catch (e) {
        if (!(e instanceof Error && 'code' in e && e.code === 'EAGAIN')) throw e
      }
      if (!this.#stuck && performance.now() - began > STUCK_MS) {
        this.#stuck = true
        this.socket.noDrop = false
        this.log('a client has read no output for 20 s: it misses some from now on')
      } else await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
  }
}

export class Sockets {
  readonly #iopub = new XPublisher({
    sendHighWaterMark: HIGH_WATER,
    noDrop: true,
    verbosity: 'allSubs',
    linger: 1000,
  })
  readonly #shell = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 })
  readonly #control = new Router({ sendHighWaterMark: 0, linger: 1000 })
  readonly #stdin = new Router({ sendHighWaterMark: 0, linger: 1000 })
  readonly #heartbeat = new Reply({ linger: 0 })
  readonly outlets: Record<Channel | 'iopub', Queue>

  constructor(private readonly log: (line: string) => void) {
    this.outlets = {
      iopub: new Queue(new Patient(this.#iopub, log)),
      shell: new Queue(this.#shell),
      control: new Queue(this.#control),
      stdin: new Queue(this.#stdin),
    }
  }

  async bind(c: Connection): Promise<void> {
    const address = (port: number) =>
      c.transport === 'ipc' ? `ipc://${c.ip}-${port}` : `${c.transport}://${c.ip}:${port}`
    await Promise.all([
      this.#iopub.bind(address(c.iopub_port)),
      this.#shell.bind(address(c.shell_port)),
      this.#control.bind(address(c.control_port)),
      this.#stdin.bind(address(c.stdin_port)),
      this.#heartbeat.bind(address(c.hb_port)),
    ])
  }

  /** Calls `receive` for every message that arrives, `subscribed` for every subscription to what is published. */
  listen(
    receive: (channel: Channel, frames: Uint8Array[]) => void,
    subscribed: (topic: Uint8Array) => void,
  ): void {
    const read = (channel: Channel, socket: Router) =>
      this.#loop(channel, socket, frames => receive(channel, frames))
    void read('shell', this.#shell)
    void read('control', this.#control)
    void read('stdin', this.#stdin)
    void this.#loop('iopub', this.#iopub, ([frame]) => {
      if (frame?.[0] === 1 && frame.length <= MAX_TOPIC) subscribed(frame.subarray(1))
    })
    void this.#loop('heartbeat', this.#heartbeat, frames => this.#heartbeat.send(frames))
  }

  /** One message after the other; what a message does wrong stops nothing. */
  async #loop(
    name: string,
    socket: AsyncIterable<Buffer[]> & { readonly closed: boolean },
    f: (frames: Buffer[]) => void | Promise<void>,
  ): Promise<void> {
    for await (const frames of socket)
      try {
        await f(frames)
      } catch (e) {
        if (!socket.closed) this.log(`${name}: ${e instanceof Error ? e.stack : String(e)}`)
      }
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.outlets).map(o => o.flushed()))
    for (const s of [this.#iopub, this.#shell, this.#control, this.#stdin, this.#heartbeat])
      s.close()
  }
}
