/**
 * One kernel: takes the protocol's requests apart, hands each to its handler, and frames what happens with `busy` and
 * `idle`. Heartbeat, control, completion and hover answer while a cell computes.
 */
import type { Parent } from '../pipe.ts'
import type { Signer } from './frames.ts'
import { comm, Comms } from './handlers/comms.ts'
import { complete } from './handlers/complete.ts'
import { debug, interrupt, shutdown } from './handlers/control.ts'
import { Executor } from './handlers/execute.ts'
import { history } from './handlers/history.ts'
import { info } from './handlers/info.ts'
import { inspect } from './handlers/inspect.ts'
import { isComplete } from './handlers/isComplete.ts'
import { Live } from './handlers/live.ts'
import { Stdin } from './handlers/stdin.ts'
import { fromRunner } from './output.ts'
import type { Channel, Host, RunnerPort } from './ports.ts'
import { Wire, type Envelope, type Json, type Message } from './wire.ts'

/** A message that wants an answer. */
export interface Request {
  message: Message
  channel: Channel
  /** Answers on the channel that the message came by. */
  reply(type: string, content: object, metadata?: object): void
}
export type Handler = (session: Session, request: Request) => Promise<void> | void

const HANDLERS: Record<string, Handler> = {
  kernel_info_request: info,
  execute_request: (session, request) => session.executor.enqueue(request),
  complete_request: complete,
  inspect_request: inspect,
  is_complete_request: isComplete,
  history_request: history,
  comm_info_request: (session, { message, reply }) =>
    reply('comm_info_reply', session.comms.info(message.content.target_name)),
  comm_open: comm,
  comm_msg: comm,
  comm_close: comm,
  interrupt_request: interrupt,
  shutdown_request: shutdown,
  debug_request: debug,
}

/** Lines about messages that were dropped; beyond these only every power of two, so that the log stays small. */
const DROPPED_LINES = 20
const STILLBORN_MS = 300
const STILLBORN = 3

export class Session {
  readonly executor = new Executor(this)
  readonly comms = new Comms(this)
  readonly stdin = new Stdin(this)
  readonly live = new Live(this)
  readonly wire: Wire
  #runner: RunnerPort | null = null
  #started = 0
  /** Runners in a row that ended as soon as they had begun. */
  #stillborn = 0
  #dropped = 0
  #closing = false

  constructor(
    readonly host: Host,
    signer: Signer,
  ) {
    this.wire = new Wire(signer)
  }

  get runner(): RunnerPort {
    return (this.#runner ??= this.#start())
  }

  begin(): void {
    void this.publish('status', { execution_state: 'starting' }, {}).then(() => this.runner)
  }

  /** A message from a client, or what claims to be one. Never throws. */
  receive(channel: Channel, frames: readonly Uint8Array[]): void {
    const message = this.wire.parse(frames)
    if (typeof message === 'string') return this.#drop(channel, message)
    if (channel === 'stdin') {
      if (message.header.msg_type === 'input_reply') this.stdin.reply(message)
      else this.#drop(channel, `${message.header.msg_type} does not belong there`)
      return
    }
    void this.#answer(message, channel)
  }

  async #answer(message: Message, channel: Channel): Promise<void> {
    const { msg_type } = message.header
    const request: Request = {
      message,
      channel,
      reply: (type, content, metadata = {}) => {
        const { header: parent, identities } = message
        void this.send(channel, type, content, { parent, identities, metadata })
      },
    }
    const handler = Object.hasOwn(HANDLERS, msg_type) ? HANDLERS[msg_type] : null
    if (!handler) this.#drop(channel, `${msg_type.slice(0, 80)} is no message this kernel knows`)
    // Cells wait for their turn, and are busy from then on.
    if (handler && msg_type === 'execute_request') return handler(this, request)
    void this.publish('status', { execution_state: 'busy' }, message.header)
    try {
      await handler?.(this, request)
    } catch (e) {
      const evalue = e instanceof Error ? e.message : String(e)
      this.host.log(`${msg_type}: ${e instanceof Error ? e.stack : evalue}`)
      if (msg_type.endsWith('_request'))
        request.reply(msg_type.replace(/request$/, 'reply'), {
          status: 'error',
          ename: e instanceof Error ? e.name : 'Error',
          evalue,
          traceback: [],
        })
    }
    await this.publish('status', { execution_state: 'idle' }, message.header)
    if (this.#closing) this.host.onShutdown()
  }

  #drop(channel: Channel, why: string): void {
    const n = ++this.#dropped
    if (n <= DROPPED_LINES || (n & (n - 1)) === 0)
      this.host.log(
        `dropped a message on ${channel}: ${why}${n > DROPPED_LINES ? ` (${n} so far)` : ''}`,
      )
  }

  send(
    to: Channel | 'iopub',
    type: string,
    content: object | Uint8Array,
    envelope: Envelope,
  ): Promise<void> {
    let frames
    try {
      frames = this.wire.build(type, content, envelope)
    } catch (e) {
      // Content that JSON cannot hold (nested too deeply, say): the message is lost, and says so.
      this.host.log(`${type} could not be sent: ${String(e)}`)
      return Promise.resolve()
    }
    return this.host.outlets[to].send(frames)
  }

  publish(
    type: string,
    content: object | Uint8Array,
    parent: object,
    { buffers, metadata }: Pick<Envelope, 'buffers' | 'metadata'> = {},
  ): Promise<void> {
    const identities = [new TextEncoder().encode(type)]
    return this.send('iopub', type, content, { parent, buffers, metadata, identities })
  }

  /** A page subscribed to what the kernel publishes. */
  welcome(topic: Uint8Array): void {
    const subscription = new TextDecoder().decode(topic)
    void this.send(
      'iopub',
      'iopub_welcome',
      { subscription },
      { identities: [topic.length ? topic : new TextEncoder().encode('iopub_welcome')] },
    )
  }

  /** Stops the running cell; the queue behind it is aborted by its error. */
  interrupt(): void {
    this.stdin.cancel()
    this.executor.interrupt()
  }

  /** Ends the runner; nothing starts after it. */
  close(): void {
    this.#closing = true
    this.#runner?.kill()
    this.host.compiler.close()
  }
  get closing(): boolean {
    return this.#closing
  }

  #start(): RunnerPort {
    this.#started = performance.now()
    return this.host.startRunner({
      message: (m, buffers) => fromRunner(this, m, buffers),
      raw: (name, text) => {
        const parent = this.executor.newest
        if (!this.executor.silenced(parent))
          return this.publish('stream', { name, text }, parent ?? {})
      },
      end: reason => {
        if (this.#closing) return
        this.stdin.cancel()
        this.comms.lost()
        this.live.lost()
        this.#stillborn = performance.now() - this.#started < STILLBORN_MS ? this.#stillborn + 1 : 0
        // One that cannot live is not started again and again, but when a cell asks for it.
        this.#runner = this.#stillborn < STILLBORN ? this.#start() : null
        this.executor.died(reason)
      },
    })
  }
}

export type { Json, Parent }
