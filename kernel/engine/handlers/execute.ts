/** execute: cells, one after the other. */
import type { Failure, FromRunner, Parent } from '../../pipe.ts'
import type { CompiledCell } from '../ports.ts'
import type { Session, Request } from '../session.ts'
import { relocated, traceback } from '../traceback.ts'
import { flag, record, text } from '../values.ts'
import type { Json, Message } from '../wire.ts'
import { bundle } from './inspect.ts'

type Done = FromRunner & { t: 'done' }
type Ending = (Done & { result: Uint8Array | null }) | { t: 'died'; reason: string }
type Outcome = Json & { status: 'ok' | 'error' }
interface Running {
  message: Message
  finish(ending: Ending): void
  /** An interrupt came while it was being compiled. */
  interrupted: boolean
  /** The runner died while it was being compiled. */
  died: string | null
}
interface Problem {
  ename: string
  evalue: string
  traceback: string[]
}

/** Cells whose source is kept, to show the line that an error comes from. */
const REMEMBERED = 2000
/** Silent requests whose output may still come. */
const SILENCED = 200
/** After an error, requests that arrive without a pause of this many ms were queued behind it. */
const QUIET_MS = 5
const QUIET_AT_MOST_MS = 100
const INTERRUPTED: Problem = {
  ename: 'KeyboardInterrupt',
  evalue: 'the cell was interrupted before it ran',
  traceback: ['KeyboardInterrupt: the cell was interrupted before it ran'],
}

const LOST = 'The variables of earlier cells are gone with it; run the cells again.'

/** `name?`, `name??`, `?name`. */
const QUESTION =
  /^\s*(?:\?{1,2}\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)|([\p{ID_Start}$_][\p{ID_Continue}$.]*)\?{1,2})\s*;?\s*$/u

export class Executor {
  #count = 0
  #draining = false
  readonly #queue: Request[] = []
  readonly #cells = new Map<string, { source: string; count: number }>()
  readonly #silenced = new Set<string>()
  #running: Running | null = null
  #newest: Parent | null = null

  constructor(private readonly session: Session) {}

  /** The request whose cell runs. */
  get running(): Message | null {
    return this.#running?.message ?? null
  }
  /** Header of the newest request that ran: what says nothing else belongs to it. */
  get newest(): Parent | null {
    return this.#newest
  }
  silenced(parent: Parent | null): boolean {
    return this.#silenced.size > 0 && this.#silenced.has(String(parent?.msg_id))
  }

  enqueue(request: Request): void {
    this.#queue.push(request)
    void this.#drain()
  }

  interrupt(): void {
    if (this.#running) this.#running.interrupted = true
    this.session.host.compiler.interrupt()
    this.session.runner.interrupt()
  }
  /** @param result content of its execute_result, as JSON */
  done(done: Done, result: Uint8Array | null): void {
    this.#running?.finish({ ...done, result })
  }
  died(reason: string): void {
    this.session.host.compiler.reset()
    if (this.#running) {
      this.#running.died = reason
      this.#running.finish({ t: 'died', reason })
    } else if (this.#newest)
      void this.session.publish(
        'stream',
        { name: 'stderr', text: `${reason} ${LOST}\n` },
        this.#newest,
      )
  }
  trace(error: Failure): Promise<string[]> {
    return traceback(error, this.session.host.compiler, id => this.#cells.get(id) ?? null)
  }
  /** The content of a message, JSON, with the places of the stacks in its texts as they are in the cells. */
  async placed(content: Uint8Array): Promise<Uint8Array | object> {
    const { compiler } = this.session.host
    const find = (id: string) => this.#cells.get(id) ?? null
    try {
      const message = record(JSON.parse(new TextDecoder().decode(content)))
      const holder = 'text' in message ? message : record(message.data)
      for (const key of ['text', 'text/plain'])
        if (key in holder) holder[key] = await relocated(text(holder[key]), compiler, find)
      return message
    } catch {
      // The compiler ended, say: the places are those of the emitted code, then.
      return content
    }
  }

  async #drain(): Promise<void> {
    if (this.#draining) return
    this.#draining = true
    for (let r = this.#queue.shift(); r && !this.session.closing; r = this.#queue.shift())
      await this.#execute(r).catch((e: unknown) =>
        this.session.host.log(`execute_request: ${e instanceof Error ? e.stack : String(e)}`),
      )
    this.#draining = false
  }

  #status(execution_state: 'busy' | 'idle', { header }: Message): void {
    void this.session.publish('status', { execution_state }, header)
  }

  async #execute(request: Request): Promise<void> {
    const { message, reply } = request
    const { content, header } = message
    const code = text(content.code)
    const silent = flag(content.silent, false)
    const store = !silent && flag(content.store_history, true)
    const count = store && code.trim() ? ++this.#count : this.#count
    this.#newest = { ...header }
    if (silent) this.#silence(header.msg_id)
    this.#status('busy', message)
    if (!silent)
      void this.session.publish('execute_input', { code, execution_count: count }, header)
    const outcome = await this.#run(message, code, count, silent)
    const { output, ...answer } = outcome
    if (store && code.trim())
      this.session.host.history.append(count, code, output as string | undefined)
    let behind: Request[] = []
    if (answer.status === 'error' && flag(content.stop_on_error, true))
      behind = await this.#behind()
    reply('execute_reply', { execution_count: count, ...answer }, { status: answer.status })
    this.#status('idle', message)
    for (const waiting of behind) {
      this.#status('busy', waiting.message)
      waiting.reply('execute_reply', { status: 'aborted' }, { status: 'aborted' })
      this.#status('idle', waiting.message)
    }
  }

  #silence(id: string): void {
    this.#silenced.add(id)
    if (this.#silenced.size <= SILENCED) return
    for (const oldest of this.#silenced) {
      this.#silenced.delete(oldest)
      break
    }
  }

  /** Takes what was queued behind an error: all that was sent before its reply, as far as it has arrived. */
  async #behind(): Promise<Request[]> {
    const until = performance.now() + QUIET_AT_MOST_MS
    for (let before = -1; before !== this.#queue.length && performance.now() < until;) {
      before = this.#queue.length
      await new Promise<void>(resolve => this.session.host.setTimeout(resolve, QUIET_MS))
    }
    return this.#queue.splice(0)
  }

  async #run(message: Message, code: string, count: number, silent: boolean): Promise<Outcome> {
    const { header } = message
    const { compiler } = this.session.host
    const failed = (error: Problem): Outcome => {
      if (!silent) void this.session.publish('error', error, header)
      return { status: 'error', ...error }
    }
    const { deputy } = this.session.host
    if (deputy) {
      const { text: printed, result, error } = await deputy.run(code)
      const say = (type: string, content: object) =>
        silent ? undefined : void this.session.publish(type, content, header)
      if (printed) say('stream', { name: 'stdout', text: printed })
      if (error) return failed(error)
      if (result !== null)
        say('execute_result', {
          execution_count: count,
          data: { 'text/plain': result },
          metadata: {},
        })
      return { status: 'ok', user_expressions: {}, payload: [] }
    }
    const question = QUESTION.exec(code)
    if (question) return this.#explain(message, question[1] ?? question[2])

    const ending = new Promise<Ending>(finish => {
      this.#running = { message, finish, interrupted: false, died: null }
    })
    try {
      const cell = await compiler.compile(header.msg_id, code)
      if (this.#running?.interrupted) return failed(INTERRUPTED)
      if ('traceback' in cell)
        return failed({
          ename: 'TypeScriptError',
          evalue: cell.message,
          traceback: cell.traceback,
        })
      this.#remember(header.msg_id, code, count)
      if (this.#running?.died === null) this.#start(message, cell, count, silent)
      const end = await ending
      if (end.t === 'died')
        return failed({
          ename: 'RunnerDied',
          evalue: end.reason,
          traceback: [end.reason, LOST],
        })
      if (!end.ok) {
        compiler.commit(header.msg_id, end.values)
        const { ename, evalue } = end.error
        return failed({ ename, evalue, traceback: await this.trace(end.error) })
      }
      compiler.commit(header.msg_id)
      const result = end.result && end.framed ? await this.placed(end.result) : end.result
      if (result && !silent) void this.session.publish('execute_result', result, header)
      return {
        status: 'ok',
        user_expressions: end.expressions,
        payload: cell.page ? [{ source: 'page', data: { 'text/plain': cell.page }, start: 0 }] : [],
        ...(end.text === null ? {} : { output: end.text }),
      }
    } finally {
      this.#running = null
    }
  }

  #remember(id: string, source: string, count: number): void {
    this.#cells.set(id, { source, count })
    if (this.#cells.size > REMEMBERED) this.#cells.delete(this.#cells.keys().next().value ?? '')
  }

  #start({ header, content }: Message, cell: CompiledCell, count: number, silent: boolean): void {
    this.session.runner.send({
      t: 'execute',
      parent: { ...header },
      code: cell.code,
      count,
      silent,
      expressions: Object.fromEntries(
        Object.entries(record(content.user_expressions)).map(([k, v]) => [k, text(v)]),
      ),
    })
  }

  /** What is known of a name, in the pager. */
  async #explain({ header }: Message, name: string): Promise<Outcome> {
    const help = await this.session.host.compiler.inspect(name, name.length)
    if (!help)
      void this.session.publish(
        'stream',
        { name: 'stderr', text: `nothing is known of ${name}\n` },
        header,
      )
    const payload = help ? [{ source: 'page', data: bundle(help), start: 0 }] : []
    return { status: 'ok', user_expressions: {}, payload }
  }
}
