// A client that speaks the Jupyter protocol over ZeroMQ to a kernel of its own.
import { randomUUID } from 'node:crypto'
import { stripVTControlCharacters } from 'node:util'
import { Dealer, Request, Subscriber } from 'zeromq'
import { joinFrames, splitFrames, type Frame } from '../../kernel/engine/frames.ts'
import { signer } from '../../kernel/sign.ts'
import { Launched, type LaunchOptions } from './support/launch.ts'

export interface Received {
  type: string
  parent: string
  header: Record<string, unknown>
  parentHeader: Record<string, unknown>
  metadata: Record<string, unknown>
  content: Record<string, unknown>
  buffers: Buffer[]
}
export interface Result {
  reply: Record<string, unknown>
  messages: Received[]
  /** All of stdout. */
  stdout: string
  /** text/plain of the last expression, without colours. */
  value: string | undefined
}
export type Channel = 'shell' | 'control' | 'stdin'

export const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

export class Client {
  readonly session = randomUUID()
  readonly kernel: Launched
  readonly #sign: ReturnType<typeof signer>
  readonly #sockets: Record<Channel, Dealer>
  readonly #heartbeat = new Request({ linger: 0 })
  readonly #iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 })
  readonly #replies = new Map<string, (m: Received) => void>()
  readonly #listeners = new Set<(m: Received) => void>()
  readonly #sending = new Map<Dealer, Promise<void>>()
  /** Called with every input_request. */
  onInput: (m: Received) => void = () => undefined
  /** Replies in the order they came. */
  readonly replies: Received[] = []

  static async start(options: LaunchOptions = {}): Promise<Client> {
    for (let tries = 1; ; tries++) {
      const c = new Client(await Launched.start(options))
      const over = c.kernel.ended(100_000).then(() => false)
      if (await Promise.race([c.joined().then(() => true), over])) return c
      c.disconnect()
      c.kernel.clean()
      // Another program may have taken one of its ports meanwhile.
      if (tries === 3 || !/address (already )?in use|EADDRINUSE/i.test(c.kernel.log))
        throw new Error(`the kernel did not start: ${c.kernel.log}`)
    }
  }

  /** @param kernel may be one that another client talks to */
  constructor(kernel: Launched) {
    this.kernel = kernel
    this.#sign = signer(kernel.key)
    const routingId = randomUUID()
    const dealer = () => new Dealer({ linger: 0, routingId, receiveHighWaterMark: 0 })
    this.#sockets = { shell: dealer(), control: dealer(), stdin: dealer() }
    for (const s of [...Object.values(this.#sockets), this.#heartbeat, this.#iopub]) {
      s.reconnectInterval = 20
      s.reconnectMaxInterval = 20
    }
    this.#sockets.shell.connect(kernel.address('shell_port'))
    this.#sockets.control.connect(kernel.address('control_port'))
    this.#sockets.stdin.connect(kernel.address('stdin_port'))
    this.#heartbeat.connect(kernel.address('hb_port'))
    this.#iopub.connect(kernel.address('iopub_port'))
    this.#iopub.subscribe()
    for (const [name, socket] of Object.entries(this.#sockets)) void this.#read(socket, name)
    void this.#read(this.#iopub, 'iopub')
  }

  /** The kernel answers, and what it publishes arrives. */
  async joined(): Promise<void> {
    const welcome = new Promise<void>(resolve => {
      const stop = this.listen(m => {
        if (m.type !== 'iopub_welcome') return
        stop()
        resolve()
      })
    })
    await this.request('shell', 'kernel_info_request', {})
    await welcome
  }

  async #read(socket: Dealer | Subscriber, name: string): Promise<void> {
    for await (const raw of socket) {
      const frames = splitFrames(raw as Buffer[]) // zeromq gives Buffers
      if (typeof frames === 'string') continue
      const [header, parentHeader, metadata, content] = frames.parts.map(
        p => JSON.parse(Buffer.from(p).toString()) as Record<string, unknown>,
      )
      if (!this.#sign.verify(frames.signature, frames.parts)) throw new Error('wrong signature')
      const m: Received = {
        type: String(header.msg_type),
        parent: String(parentHeader.msg_id),
        header,
        parentHeader,
        metadata,
        content,
        buffers: frames.buffers as Buffer[],
      }
      if (name === 'iopub') for (const f of this.#listeners) f(m)
      else if (name === 'stdin') this.onInput(m)
      else {
        this.replies.push(m)
        if (this.replies.length > 1000) this.replies.shift()
        this.#replies.get(m.parent)?.(m)
        this.#replies.delete(m.parent)
      }
    }
  }

  /** Frames as they are, signed by nobody. */
  raw(channel: Channel, frames: Frame[]): Promise<void> {
    const socket = this.#sockets[channel]
    const sent = (this.#sending.get(socket) ?? Promise.resolve()).then(() => socket.send(frames))
    this.#sending.set(socket, sent)
    return sent
  }

  /** Frames of a message, signed. */
  frames(
    type: string,
    content: object,
    { buffers = [] as Uint8Array[], id = randomUUID() as string, parent = {} as object } = {},
  ): Frame[] {
    const header = {
      msg_id: id,
      session: this.session,
      username: 'test',
      date: new Date().toISOString(),
      msg_type: type,
      version: '5.4',
    }
    const parts = [header, parent, {}, content].map(p => JSON.stringify(p))
    return joinFrames([], this.#sign.sign(parts), parts, buffers)
  }

  send(channel: Channel, type: string, content: object, buffers: Uint8Array[] = []): string {
    const id = randomUUID()
    void this.raw(channel, this.frames(type, content, { buffers, id }))
    return id
  }
  request(channel: Channel, type: string, content: object): Promise<Received> {
    const id = randomUUID()
    const reply = new Promise<Received>(resolve => this.#replies.set(id, resolve))
    void this.raw(channel, this.frames(type, content, { id }))
    return reply
  }
  listen(f: (m: Received) => void): () => void {
    this.#listeners.add(f)
    return () => this.#listeners.delete(f)
  }
  /** The next published message that `f` accepts. */
  next(f: (m: Received) => boolean): Promise<Received> {
    return new Promise(resolve => {
      const stop = this.listen(m => {
        if (!f(m)) return
        stop()
        resolve(m)
      })
    })
  }
  /** Whether the heartbeat answers; and after how many ms. */
  async heartbeat(): Promise<number> {
    const began = performance.now()
    await this.#heartbeat.send('ping')
    await this.#heartbeat.receive()
    return performance.now() - began
  }

  async run(
    code: string,
    options: object = {},
    onMessage: (m: Received) => void = () => undefined,
  ): Promise<Result> {
    const id = randomUUID()
    const messages: Received[] = []
    const idle = new Promise<void>(resolve => {
      const stop = this.listen(m => {
        if (m.parent !== id) return
        messages.push(m)
        onMessage(m)
        if (m.type === 'status' && m.content.execution_state === 'idle') {
          stop()
          resolve()
        }
      })
    })
    const reply = new Promise<Received>(resolve => this.#replies.set(id, resolve))
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
      ...options,
    }
    void this.raw('shell', this.frames('execute_request', content, { id }))
    const { content: answer } = await reply
    await idle
    const text = messages
      .filter(m => m.type === 'stream' && m.content.name === 'stdout')
      .map(m => String(m.content.text))
    const result = messages.findLast(m => m.type === 'execute_result')?.content.data as
      Record<string, string> | undefined
    const plain = result?.['text/plain']
    return {
      reply: answer,
      messages,
      stdout: text.join(''),
      value: plain === undefined ? undefined : stripVTControlCharacters(plain),
    }
  }

  /** Leaves the kernel running. */
  disconnect(): void {
    for (const s of [...Object.values(this.#sockets), this.#heartbeat, this.#iopub]) s.close()
  }
  async stop(): Promise<void> {
    if (this.kernel.alive) {
      this.send('control', 'shutdown_request', { restart: false })
      await this.kernel.ended(3000)
    }
    this.kernel.clean()
    this.disconnect()
  }
}
