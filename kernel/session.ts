/** The front: answers the protocol's requests. Heartbeat, control, completion and hover answer while a cell computes. */
import type { Cell, Compiler } from './compiler/compiler.ts'
import type { Failure, FromRunner, Parent } from './pipe.ts'
import { Runner } from './runner.ts'
import type { Sockets } from './sockets.ts'
import { traceback } from './traceback.ts'
import { PROTOCOL, type Json, type Message, type Wire } from './wire.ts'

type Done = FromRunner & { t: 'done' }
interface Running {
  message: Message
  cell: Cell
  count: number
  finish(done: Done | { t: 'died'; reason: string }): void
}

const text = (v: unknown, otherwise = ''): string => (typeof v === 'string' ? v : otherwise)
const flag = (v: unknown, otherwise: boolean): boolean => (typeof v === 'boolean' ? v : otherwise)

/** Offsets of the protocol count code points, TypeScript's count UTF-16 units. */
const toUnits = (s: string, points: number) => [...s].slice(0, points).join('').length
const toPoints = (s: string, units: number) => [...s.slice(0, units)].length

export class Session {
  #count = 0
  #queue: Message[] = []
  #running: Running | null = null
  #busy = false
  #compiler: Promise<Compiler>
  #runner: Runner
  #closing = false
  /** Which requests came before the newest error and are answered `aborted`. */
  readonly #cells = new Map<string, { cell: Cell; source: string; count: number }>()
  readonly #history: { line: number; source: string; output?: string }[] = []
  readonly #comms = new Map<string, string>()
  #asked: Message | null = null

  constructor(
    private readonly wire: Wire,
    private readonly sockets: Sockets,
    private readonly version: string,
    compiler: () => Promise<Compiler>,
    private readonly onShutdown: () => void,
  ) {
    this.#runner = this.#start()
    // After the sockets have answered what is waiting.
    this.#compiler = new Promise(resolve => setTimeout(() => resolve(compiler()), 20))
  }

  begin(): void {
    this.#publish('status', { execution_state: 'starting' }, {})
  }

  receive(channel: 'shell' | 'control' | 'stdin', frames: Buffer[]): void {
    const m = this.wire.parse(frames)
    if (!m) return
    if (channel === 'stdin') {
      if (m.header.msg_type === 'input_reply')
        this.#runner.send({ t: 'reply', value: text(m.content.value) })
      return
    }
    if (m.header.msg_type === 'execute_request') {
      this.#queue.push(m)
      void this.#drain()
      return
    }
    const out = channel === 'control' ? this.sockets.control : this.sockets.shell
    const reply = (type: string, content: Json) =>
      out.send(this.wire.build(type, content, { parent: m.header, identities: m.identities }))
    this.#publish('status', { execution_state: 'busy' }, m.header)
    void this.#answer(m, reply)
      .catch((e: unknown) =>
        reply(m.header.msg_type.replace('_request', '_reply'), {
          status: 'error',
          ename: 'Error',
          evalue: String(e),
          traceback: [],
        }),
      )
      .finally(() => this.#publish('status', { execution_state: 'idle' }, m.header))
  }

  async #answer(m: Message, reply: (type: string, content: Json) => Promise<void>): Promise<void> {
    const { content } = m
    switch (m.header.msg_type) {
      case 'kernel_info_request':
        return reply('kernel_info_reply', this.#info())
      case 'complete_request': {
        const code = text(content.code)
        const at = toUnits(code, Number(content.cursor_pos ?? [...code].length))
        const { matches, start, end, kinds } = (await this.#compiler).complete(code, at)
        return reply('complete_reply', {
          status: 'ok',
          matches,
          cursor_start: toPoints(code, start),
          cursor_end: toPoints(code, end),
          metadata: {
            _jupyter_types_experimental: matches.map((t, i) => ({
              text: t,
              type: kinds[i],
              start: toPoints(code, start),
              end: toPoints(code, end),
            })),
          },
        })
      }
      case 'inspect_request': {
        const code = text(content.code)
        const help = (await this.#compiler).inspect(
          code,
          toUnits(code, Number(content.cursor_pos ?? 0)),
        )
        const plain =
          help && (help.documentation ? `${help.text}\n\n${help.documentation}` : help.text)
        const data: Json = help
          ? {
              'text/plain': plain,
              'text/markdown': `\`\`\`typescript\n${help.text}\n\`\`\`\n\n${help.documentation}`,
            }
          : {}
        return reply('inspect_reply', { status: 'ok', found: help !== null, data, metadata: {} })
      }
      case 'is_complete_request': {
        const { status, indent } = (await this.#compiler).isComplete(text(content.code))
        return reply('is_complete_reply', status === 'incomplete' ? { status, indent } : { status })
      }
      case 'history_request':
        return reply('history_reply', { status: 'ok', history: this.#recall(content) })
      case 'comm_info_request': {
        const wanted = text(content.target_name)
        const comms = Object.fromEntries(
          [...this.#comms]
            .filter(([, t]) => !wanted || t === wanted)
            .map(([id, target_name]) => [id, { target_name }]),
        )
        return reply('comm_info_reply', { status: 'ok', comms })
      }
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close': {
        const id = text(content.comm_id)
        const kind = m.header.msg_type.slice(5) as 'open' | 'msg' | 'close' // the three cases above
        if (kind === 'open') this.#comms.set(id, text(content.target_name))
        if (!this.#comms.has(id)) return
        this.#runner.send(
          {
            t: 'comm',
            kind,
            parent: { ...m.header },
            id,
            target: this.#comms.get(id) ?? '',
            data: content.data ?? {},
          },
          m.buffers,
        )
        if (kind === 'close') this.#comms.delete(id)
        return
      }
      case 'interrupt_request':
        this.interrupt()
        return reply('interrupt_reply', { status: 'ok' })
      case 'shutdown_request':
        this.#closing = true
        this.#runner.kill()
        await reply('shutdown_reply', { status: 'ok', restart: flag(content.restart, false) })
        this.onShutdown()
        return
      default:
        return
    }
  }

  /** Stops the running cell; the queue behind it is aborted by its error. */
  interrupt(): void {
    this.#runner.interrupt()
  }
  kill(): void {
    this.#closing = true
    this.#runner.kill()
  }

  #info(): Json {
    return {
      status: 'ok',
      protocol_version: PROTOCOL,
      implementation: 'layerscope',
      implementation_version: this.version,
      language_info: {
        name: 'typescript',
        version: '5.9',
        mimetype: 'text/typescript',
        file_extension: '.ts',
        codemirror_mode: { name: 'javascript', typescript: true },
        nbconvert_exporter: 'script',
        pygments_lexer: 'typescript',
      },
      banner: `TypeScript (Layerscope ${this.version}) on Node ${process.version}`,
      help_links: [
        { text: 'TypeScript handbook', url: 'https://www.typescriptlang.org/docs/handbook/' },
      ],
      supported_features: [],
    }
  }

  #publish(
    type: string,
    content: object,
    parent: object,
    buffers: readonly Uint8Array[] = [],
    metadata: object = {},
  ): void {
    void this.sockets.iopub.send(
      this.wire.build(type, content, {
        parent,
        buffers,
        metadata,
        identities: [Buffer.from(type)],
      }),
    )
  }

  async #drain(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      for (let m = this.#queue.shift(); m; m = this.#queue.shift()) {
        await this.#execute(m)
      }
    } finally {
      this.#busy = false
    }
  }

  #abort(m: Message): void {
    this.#publish('status', { execution_state: 'busy' }, m.header)
    void this.sockets.shell.send(
      this.wire.build(
        'execute_reply',
        { status: 'aborted', execution_count: this.#count },
        { parent: m.header, identities: m.identities },
      ),
    )
    this.#publish('status', { execution_state: 'idle' }, m.header)
  }

  async #execute(m: Message): Promise<void> {
    const code = text(m.content.code)
    const silent = flag(m.content.silent, false)
    const store = !silent && flag(m.content.store_history, true)
    const count = store && code.trim() ? ++this.#count : this.#count
    this.#publish('status', { execution_state: 'busy' }, m.header)
    if (!silent) this.#publish('execute_input', { code, execution_count: count }, m.header)
    const content = await this.#run(m, code, count, silent)
    if (store) this.#history.push({ line: count, source: code })
    let behind: Message[] = []
    if (content.status !== 'ok' && flag(m.content.stop_on_error, true)) {
      // What was sent before this reply was queued behind the error; one moment lets in what is still in the socket.
      await new Promise(resolve => setTimeout(resolve, 5))
      behind = this.#queue.splice(0)
    }
    void this.sockets.shell.send(
      this.wire.build(
        'execute_reply',
        { execution_count: count, ...content },
        { parent: m.header, identities: m.identities, metadata: { status: content.status } },
      ),
    )
    this.#publish('status', { execution_state: 'idle' }, m.header)
    for (const waiting of behind) this.#abort(waiting)
  }

  async #run(
    m: Message,
    code: string,
    count: number,
    silent: boolean,
  ): Promise<Json & { status: string }> {
    const failed = (error: { ename: string; evalue: string; traceback: string[] }) => {
      if (!silent) this.#publish('error', error, m.header)
      return { status: 'error', ...error }
    }
    const compiler = await this.#compiler
    let cell: ReturnType<Compiler['compile']>
    try {
      cell = compiler.compile(code)
    } catch (e) {
      return failed({
        ename: 'CompilerError',
        evalue: String(e),
        traceback: [`the compiler itself failed on this cell: ${String(e)}`],
      })
    }
    if ('traceback' in cell)
      return failed({ ename: 'TypeScriptError', evalue: cell.message, traceback: cell.traceback })
    this.#cells.set(m.header.msg_id, { cell, source: code, count })
    if (this.#cells.size > 2000) this.#cells.delete(this.#cells.keys().next().value ?? '')
    const expressions = Object.fromEntries(
      Object.entries((m.content.user_expressions ?? {}) as Json).map(([k, v]) => [k, text(v)]),
    )
    const { js, names, imports, last, sides } = cell
    const done = await new Promise<Parameters<Running['finish']>[0]>(finish => {
      this.#running = { message: m, cell, count, finish }
      this.#runner.send({
        t: 'execute',
        parent: { ...m.header },
        js,
        names,
        imports,
        last,
        await: cell.await,
        sides,
        silent,
        expressions,
      })
    })
    this.#running = null
    if (done.t === 'died') {
      compiler.reset()
      return failed({
        ename: 'RunnerDied',
        evalue: done.reason,
        traceback: [
          done.reason,
          'The variables of earlier cells are gone with it; run the cells again.',
        ],
      })
    }
    if (!done.ok) {
      cell.commit(done.values)
      return failed({
        ename: done.error.ename,
        evalue: done.error.evalue,
        traceback: this.#trace(done.error),
      })
    }
    cell.commit()
    if (done.result && !silent)
      this.#publish('execute_result', { execution_count: count, ...done.result }, m.header)
    return { status: 'ok', user_expressions: done.expressions, payload: [] }
  }

  #trace(error: Failure): string[] {
    return traceback(error, id => this.#cells.get(id) ?? null)
  }

  #start(): Runner {
    return new Runner(
      (m, buffers) => this.#fromRunner(m, buffers),
      reason => {
        if (this.#closing) return
        for (const [id] of this.#comms) this.#publish('comm_close', { comm_id: id, data: {} }, {})
        this.#comms.clear()
        this.#runner = this.#start()
        if (this.#running) this.#running.finish({ t: 'died', reason })
        else void this.#compiler.then(c => c.reset())
      },
    )
  }

  #fromRunner(m: FromRunner, buffers: Buffer[]): void {
    const parent = (p: Parent | null): Parent => p ?? {}
    switch (m.t) {
      case 'stream':
        return this.#publish(
          'stream',
          { name: m.name, text: buffers[0].toString('utf8') },
          parent(m.parent),
        )
      case 'display':
        return this.#publish(
          m.kind,
          { data: m.data, metadata: m.metadata, transient: m.transient },
          parent(m.parent),
        )
      case 'clear':
        return this.#publish('clear_output', { wait: m.wait }, parent(m.parent))
      case 'late':
        return this.#publish(
          'error',
          { ename: m.error.ename, evalue: m.error.evalue, traceback: this.#trace(m.error) },
          parent(m.parent),
        )
      case 'comm': {
        if (m.kind === 'open') this.#comms.set(m.id, m.target)
        if (m.kind === 'close') this.#comms.delete(m.id)
        const content = {
          comm_id: m.id,
          data: m.data,
          ...(m.kind === 'open' ? { target_name: m.target, target_module: null } : {}),
        }
        return this.#publish(`comm_${m.kind}`, content, parent(m.parent), buffers, m.metadata)
      }
      case 'input': {
        const asking = this.#running?.message
        this.#asked = asking ?? null
        if (!this.#asked || !flag(this.#asked.content.allow_stdin, false))
          return this.#runner.send({ t: 'reply', value: '' })
        void this.sockets.stdin.send(
          this.wire.build(
            'input_request',
            { prompt: m.prompt, password: m.password },
            { parent: this.#asked.header, identities: this.#asked.identities },
          ),
        )
        return
      }
      case 'done':
        return this.#running?.finish(m)
      case 'ready':
        return
    }
  }

  #recall(c: Json): unknown[] {
    const all = this.#history
    const line = (h: { line: number; source: string }) =>
      flag(c.output, false) ? [0, h.line, [h.source, null]] : [0, h.line, h.source]
    if (c.hist_access_type === 'tail') return all.slice(-Number(c.n ?? 10)).map(line)
    if (c.hist_access_type === 'range')
      return all
        .filter(h => h.line >= Number(c.start ?? 0) && h.line < Number(c.stop ?? Infinity))
        .map(line)
    const pattern = new RegExp(
      `^${text(c.pattern, '*')
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '[\\s\\S]*')
        .replaceAll('?', '[\\s\\S]')}$`,
    )
    const found = all.filter(h => pattern.test(h.source))
    const unique = flag(c.unique, false)
      ? found.filter((h, i) => found.findIndex(g => g.source === h.source) === i)
      : found
    return unique.slice(-Number(c.n ?? 10)).map(line)
  }
}
