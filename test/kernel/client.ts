// A client that speaks the Jupyter protocol over ZeroMQ to a kernel of its own.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Dealer, Subscriber } from 'zeromq'
import { joinFrames, sign, splitFrames } from '../../kernel/frames.ts'
import { root } from '../../scripts/lib/paths.mjs'

export interface Received {
  type: string
  parent: string
  content: Record<string, unknown>
  buffers: Buffer[]
}
export interface Result {
  reply: Record<string, unknown>
  messages: Received[]
  /** All of stdout. */
  stdout: string
  /** text/plain of the last expression. */
  value: string | undefined
}

const free = () =>
  new Promise<number>((resolve, reject) => {
    const s = createServer()
    s.once('error', reject)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address() as AddressInfo // a TCP server's
      s.close(() => resolve(port))
    })
  })

let built = false

export class Client {
  readonly #key = randomUUID()
  readonly #session = randomUUID()
  readonly #shell = new Dealer({ linger: 0 })
  readonly #control = new Dealer({ linger: 0 })
  readonly #iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 })
  readonly #replies = new Map<string, (m: Received) => void>()
  readonly #listeners = new Set<(m: Received) => void>()
  #child!: ChildProcess
  #folder!: string

  static async start(): Promise<Client> {
    if (!built) {
      const r = spawnSync(process.execPath, [join(root, 'kernel/build.mjs')], { encoding: 'utf8' })
      if (r.status !== 0) throw new Error(r.stderr)
      built = true
    }
    const c = new Client()
    c.#folder = mkdtempSync(join(tmpdir(), 'layerscope-kernel-'))
    const ports = await Promise.all(Array.from({ length: 5 }, free))
    const names = ['shell_port', 'control_port', 'iopub_port', 'stdin_port', 'hb_port']
    const file = join(c.#folder, 'connection.json')
    writeFileSync(
      file,
      JSON.stringify({
        transport: 'tcp',
        ip: '127.0.0.1',
        key: c.#key,
        signature_scheme: 'hmac-sha256',
        ...Object.fromEntries(names.map((n, i) => [n, ports[i]])),
      }),
    )
    c.#child = spawn(process.execPath, [join(root, 'kernel/dist/front.js'), file], {
      cwd: c.#folder,
      stdio: 'inherit',
    })
    c.#shell.connect(`tcp://127.0.0.1:${ports[0]}`)
    c.#control.connect(`tcp://127.0.0.1:${ports[1]}`)
    c.#iopub.connect(`tcp://127.0.0.1:${ports[2]}`)
    c.#iopub.subscribe()
    void c.#read(c.#shell, true)
    void c.#read(c.#control, true)
    void c.#read(c.#iopub, false)
    await c.request('shell', 'kernel_info_request', {})
    // iopub joins late: a cell that is seen proves that it has.
    for (;;) {
      const seen = await Promise.race([
        c.run(''),
        new Promise<null>(r => setTimeout(() => r(null), 500)),
      ])
      if (seen) return c
    }
  }

  async #read(socket: Dealer | Subscriber, replies: boolean): Promise<void> {
    for await (const raw of socket) {
      const frames = splitFrames(raw as Buffer[]) // zeromq gives Buffers
      if (!frames) continue
      const [header, parent, , content] = frames.parts.map(
        p => JSON.parse(p.toString()) as Record<string, unknown>,
      )
      const m: Received = {
        type: String(header.msg_type),
        parent: String(parent.msg_id),
        content,
        buffers: frames.buffers as Buffer[],
      }
      if (replies) this.#replies.get(m.parent)?.(m)
      else for (const f of this.#listeners) f(m)
    }
  }

  send(
    channel: 'shell' | 'control',
    type: string,
    content: object,
    buffers: Uint8Array[] = [],
  ): string {
    const id = randomUUID()
    const header = {
      msg_id: id,
      session: this.#session,
      username: 'test',
      date: new Date().toISOString(),
      msg_type: type,
      version: '5.4',
    }
    const parts = [header, {}, {}, content].map(p => JSON.stringify(p))
    void (channel === 'shell' ? this.#shell : this.#control).send(
      joinFrames([], sign(this.#key, parts), parts, buffers),
    )
    return id
  }
  request(channel: 'shell' | 'control', type: string, content: object): Promise<Received> {
    const id = this.send(channel, type, content)
    return new Promise(resolve => this.#replies.set(id, resolve))
  }
  listen(f: (m: Received) => void): () => void {
    this.#listeners.add(f)
    return () => this.#listeners.delete(f)
  }

  async run(
    code: string,
    options: object = {},
    onMessage: (m: Received) => void = () => undefined,
  ): Promise<Result> {
    const id = this.send('shell', 'execute_request', {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
      ...options,
    })
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
    const reply = await new Promise<Received>(resolve => this.#replies.set(id, resolve))
    await idle
    const text = messages
      .filter(m => m.type === 'stream' && m.content.name === 'stdout')
      .map(m => String(m.content.text))
    const result = messages.findLast(m => m.type === 'execute_result')?.content.data as
      Record<string, string> | undefined
    return { reply: reply.content, messages, stdout: text.join(''), value: result?.['text/plain'] }
  }

  async stop(): Promise<void> {
    const gone = new Promise(r => this.#child.once('exit', r))
    this.send('control', 'shutdown_request', { restart: false })
    await Promise.race([gone, new Promise(r => setTimeout(r, 3000))])
    this.#child.kill('SIGKILL')
    for (const s of [this.#shell, this.#control, this.#iopub]) s.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
