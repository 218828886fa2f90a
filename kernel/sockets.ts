/** The five sockets of a kernel. */
import { Publisher, Reply, Router } from 'zeromq'

export interface Connection {
  transport: string
  ip: string
  key: string
  shell_port: number
  control_port: number
  iopub_port: number
  stdin_port: number
  hb_port: number
}

/** Something that messages leave through, in order, none dropped. */
export class Outlet {
  #last: Promise<void> = Promise.resolve()
  constructor(private readonly socket: { send(frames: (string | Uint8Array)[]): Promise<void> }) {}
  send(frames: (string | Uint8Array)[]): Promise<void> {
    const next = this.#last.then(() => this.socket.send(frames))
    // A socket that is closing refuses; what was queued before it has left.
    this.#last = next.catch(() => undefined)
    return this.#last
  }
  flushed(): Promise<void> {
    return this.#last
  }
}

export class Sockets {
  // No high-water mark: a subscriber that reads slowly gets everything all the same.
  readonly #iopub = new Publisher({ sendHighWaterMark: 0, linger: 1000 })
  readonly #shell = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 })
  readonly #control = new Router({ sendHighWaterMark: 0, linger: 1000 })
  readonly #stdin = new Router({ sendHighWaterMark: 0, linger: 1000 })
  readonly #heartbeat = new Reply()
  readonly iopub = new Outlet(this.#iopub)
  readonly shell = new Outlet(this.#shell)
  readonly control = new Outlet(this.#control)
  readonly stdin = new Outlet(this.#stdin)

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
    void this.#echo()
  }

  /** Calls `f` for every message that arrives on shell, control and stdin. */
  listen(f: (channel: 'shell' | 'control' | 'stdin', frames: Buffer[]) => void): void {
    const read = async (channel: 'shell' | 'control' | 'stdin', socket: Router) => {
      for await (const frames of socket) f(channel, frames)
    }
    void read('shell', this.#shell)
    void read('control', this.#control)
    void read('stdin', this.#stdin)
  }

  async #echo(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames)
  }

  async close(): Promise<void> {
    await Promise.all([this.iopub, this.shell, this.control, this.stdin].map(o => o.flushed()))
    for (const s of [this.#iopub, this.#shell, this.#control, this.#stdin, this.#heartbeat])
      s.close()
  }
}
