// A client of kernels for measurements: starts one and speaks the protocol.
import { spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inVenv, root } from '../../scripts/lib/paths.mjs'
import { descendants } from './processes.mjs'

const { Dealer, Request, Subscriber } = createRequire(join(root, 'kernel/package.json'))('zeromq')
const PORTS = ['shell_port', 'control_port', 'iopub_port', 'stdin_port', 'hb_port']
export const pause = ms => new Promise(r => setTimeout(r, ms))
export const at = (list, q) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * q)]
export const median = list => at(list, 0.5)

const freePort = () =>
  new Promise(resolve => {
    const s = createServer()
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })

export class Kernel {
  /** @param {'typescript' | 'python'} kind @param {string} node the program that runs the former */
  static async start(kind, node = process.execPath) {
    const k = new Kernel()
    k.folder = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
    const ports = {}
    for (const p of PORTS) ports[p] = await freePort()
    const file = join(k.folder, 'connection.json')
    const connection = {
      transport: 'tcp',
      ip: '127.0.0.1',
      key: 'k',
      signature_scheme: 'hmac-sha256',
    }
    writeFileSync(file, JSON.stringify({ ...connection, ...ports }))
    const [command, ...args] =
      kind === 'python'
        ? [inVenv('python'), '-m', 'ipykernel_launcher', '-f', file]
        : [node, '--no-warnings', join(root, 'kernel/dist/front.js'), file]
    const socket = (S, port) => {
      const s = new S({ linger: 0, receiveHighWaterMark: 0 })
      s.reconnectInterval = s.reconnectMaxInterval = 3
      s.connect(`tcp://127.0.0.1:${ports[port]}`)
      return s
    }
    k.replies = new Map()
    k.idle = new Map()
    k.listeners = new Set()
    const began = performance.now()
    k.child = spawn(command, args, {
      cwd: k.folder,
      stdio: 'ignore',
      env: { ...process.env, LAYERSCOPE_HISTORY: 'off' },
    })
    k.shell = socket(Dealer, 'shell_port')
    k.control = socket(Dealer, 'control_port')
    k.iopub = socket(Subscriber, 'iopub_port')
    k.iopub.subscribe()
    k.beat = socket(Request, 'hb_port')
    for (const s of [k.shell, k.control, k.iopub]) void k.read(s)
    await k.request('shell', 'kernel_info_request', {})
    k.info = performance.now() - began
    return k
  }
  async read(socket) {
    for await (const frames of socket) {
      const i = frames.findIndex(f => f.toString('latin1') === '<IDS|MSG>')
      const type = JSON.parse(frames[i + 2]).msg_type
      const parent = JSON.parse(frames[i + 3]).msg_id
      const m = { type, parent, raw: frames[i + 5], buffers: frames.slice(i + 6) }
      if (socket !== this.iopub) this.replies.get(parent)?.(JSON.parse(m.raw))
      for (const f of this.listeners) f(m)
    }
  }
  send(channel, msg_type, content, buffers = []) {
    const msg_id = randomUUID()
    const header = {
      msg_id,
      session: 'b',
      username: 'b',
      date: new Date().toISOString(),
      msg_type,
      version: '5.4',
    }
    const parts = [header, {}, {}, content].map(p => JSON.stringify(p))
    const hmac = createHmac('sha256', 'k')
    for (const p of parts) hmac.update(p)
    void this[channel].send(['<IDS|MSG>', hmac.digest('hex'), ...parts, ...buffers])
    return msg_id
  }
  request(channel, type, content) {
    const id = this.send(channel, type, content)
    return new Promise(resolve => this.replies.set(id, resolve))
  }
  /** Until the reply and the idle status. */
  async run(code, onMessage = () => undefined) {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    }
    const id = this.send('shell', 'execute_request', content)
    const reply = new Promise(resolve => this.replies.set(id, resolve))
    const idle = new Promise(resolve => {
      const f = m => {
        if (m.parent !== id) return
        onMessage(m)
        if (m.type === 'status' && m.raw.includes('"idle"')) {
          this.listeners.delete(f)
          resolve()
        }
      }
      this.listeners.add(f)
    })
    const r = await reply
    await idle
    return r
  }
  async timed(code, onMessage) {
    const began = performance.now()
    const r = await this.run(code, onMessage)
    if (r.status !== 'ok') throw new Error(`${code}: ${r.evalue}`)
    return performance.now() - began
  }
  async stop() {
    const all = descendants(this.child.pid)
    this.child.kill('SIGKILL')
    await pause(300)
    for (const pid of all)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    for (const s of [this.shell, this.control, this.iopub, this.beat]) s.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
