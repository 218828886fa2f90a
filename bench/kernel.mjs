// The kernel beside ipykernel in the same run, alternating: ratios of medians. `npm run bench kernel [-- --rounds N --kills N]`
import { spawn, spawnSync } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inVenv, root } from '../scripts/lib/paths.mjs'

const { Dealer, Request, Subscriber } = createRequire(join(root, 'kernel/package.json'))('zeromq')
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const ROUNDS = option('rounds', 7)
const KILLS = option('kills', 100)
const PORTS = ['shell_port', 'control_port', 'iopub_port', 'stdin_port', 'hb_port']
const pause = ms => new Promise(r => setTimeout(r, ms))
const at = (list, q) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * q)]
const median = list => at(list, 0.5)

const freePort = () =>
  new Promise(resolve => {
    const s = createServer()
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })

function descendants(pid) {
  const children = new Map()
  for (const name of readdirSync('/proc'))
    if (/^\d+$/.test(name))
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        if (state !== 'Z') children.set(Number(name), Number(parent))
      } catch {
        // It has ended.
      }
  const found = []
  const visit = id => {
    for (const [child, parent] of children)
      if (parent === id) {
        found.push(child)
        visit(child)
      }
  }
  visit(pid)
  return found
}
/** Of all processes of a kernel, in MB; what is shared is divided among those that share it. */
function memory(pid) {
  let kb = 0
  for (const p of [pid, ...descendants(pid)])
    try {
      kb += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${p}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
    } catch {
      // It has ended.
    }
  return kb / 1024
}

class Kernel {
  static async start(kind) {
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
        : [process.execPath, '--no-warnings', join(root, 'kernel/dist/front.js'), file]
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

const CODE = {
  typescript: {
    trivial: '1 + 1',
    lines: n => `for (let i = 0; i < ${n}; i++) console.log(i)`,
    display: 'display({ "application/json": { a: "x".repeat(20e6) } }); 0',
  },
  python: {
    trivial: '1 + 1',
    lines: n => `for i in range(${n}): print(i)`,
    display:
      'from IPython.display import display\ndisplay({"application/json": {"a": "x" * 20_000_000}}, raw=True)\n0',
  },
}

const rows = []
const row = (what, ours, theirs, bar, ok) => rows.push([what, ours, theirs, bar, ok ? 'yes' : 'NO'])
const ms = n => `${n.toFixed(n < 10 ? 2 : 0)} ms`

async function compare() {
  const got = { typescript: {}, python: {} }
  const note = (kind, what, value) => (got[kind][what] ??= []).push(value)
  for (let n = 0; n < ROUNDS; n++)
    for (const kind of n % 2 ? ['python', 'typescript'] : ['typescript', 'python']) {
      const k = await Kernel.start(kind)
      const code = CODE[kind]
      note(kind, 'info', k.info)
      note(kind, 'first', await k.timed(code.trivial))
      const times = []
      for (let i = 0; i < 200; i++) times.push(await k.timed(code.trivial))
      note(kind, 'p50', median(times))
      note(kind, 'p95', at(times, 0.95))
      note(kind, 'lines', await k.timed(code.lines(1e5)))
      note(kind, 'display', await k.timed(code.display))
      await k.stop()
    }
  const ours = w => median(got.typescript[w])
  const theirs = w => median(got.python[w])
  const ratio = (what, w, bar) => {
    const r = ours(w) / theirs(w)
    row(what, ms(ours(w)), ms(theirs(w)), `${r.toFixed(2)}× (≤ ${bar}×)`, r <= bar)
  }
  ratio('start to kernel_info', 'info', 0.7)
  row(
    'first cell after that, p50',
    ms(ours('first')),
    ms(theirs('first')),
    '≤ 300 ms',
    ours('first') <= 300,
  )
  ratio('trivial cell, p50 of 200', 'p50', 1)
  ratio('trivial cell, p95 of 200', 'p95', 1)
  ratio('100,000 lines', 'lines', 0.3)
  ratio('20 MB display', 'display', 1)
}

async function alone() {
  const k = await Kernel.start('typescript')
  await k.run('1')
  await pause(3000)
  const idle = memory(k.child.pid)
  row('memory, idle', `${idle.toFixed(0)} MB`, '', '≤ 250 MB', idle <= 250)
  const times = []
  let m200 = 0
  for (let n = 1; n <= 2000; n++) {
    times.push(await k.timed(`let v${n % 50} = ${n}; v${n % 50}`))
    if (n === 200) m200 = memory(k.child.pid)
  }
  const growth = memory(k.child.pid) - idle
  row('growth over 200 cells', `${(m200 - idle).toFixed(0)} MB`, '', '≤ 60 MB', m200 - idle <= 60)
  row('growth over 2,000 cells', `${growth.toFixed(0)} MB`, '', '≤ 100 MB', growth <= 100)
  const late = median(times.slice(-100)) / median(times.slice(10, 60))
  row('2,000th cell against the 20th', `${late.toFixed(2)}×`, '', '≤ 1.2×', late <= 1.2)

  let next = 0
  let wrong = 0
  const million = await k.timed('for (let i = 0; i < 1000000; i++) console.log(i)', m => {
    if (m.type !== 'stream') return
    for (const line of JSON.parse(m.raw).text.split('\n'))
      if (line && Number(line) !== next++) wrong++
  })
  row(
    '10⁶ lines in order, none lost',
    ms(million),
    '',
    `${next} lines`,
    next === 1e6 && wrong === 0,
  )

  const loop = 'for (let i = 0; i < 2e7; i++) { x = (x * 31 + i) % 1000003 }'
  await k.run('let x = 1')
  const top = []
  const local = []
  for (let n = 0; n < 5; n++) {
    top.push(await k.timed(loop))
    local.push(await k.timed(`{ let x = 1; ${loop} }`))
  }
  const speed = median(top) / median(local)
  row(
    'loop over top-level variables',
    ms(median(top)),
    ms(median(local)),
    `${speed.toFixed(2)}× (≤ 2×)`,
    speed <= 2,
  )

  await k.run(
    'comm.register("echo", c => { c.onMessage = m => c.send({}, { buffers: m.buffers }) })',
  )
  k.send('shell', 'comm_open', { comm_id: 'big', target_name: 'echo', data: {} })
  const big = new Uint8Array(20e6)
  const round = []
  for (let n = 0; n < 5; n++) {
    const began = performance.now()
    const back = new Promise(resolve => {
      const f = m => m.type === 'comm_msg' && (k.listeners.delete(f), resolve(m))
      k.listeners.add(f)
    })
    k.send('shell', 'comm_msg', { comm_id: 'big', data: {} }, [big])
    const { buffers } = await back
    if (buffers[0]?.length !== big.length) throw new Error('the buffer came back shorter')
    round.push(performance.now() - began)
  }
  row('20 MB comm buffer there and back', ms(median(round)), '', '', true)

  const running = k.run('while (true);')
  await pause(300)
  const beats = []
  const controls = []
  for (let n = 0; n < 200; n++) {
    let began = performance.now()
    await k.beat.send('x')
    await k.beat.receive()
    beats.push(performance.now() - began)
    began = performance.now()
    await k.request('control', 'kernel_info_request', {})
    controls.push(performance.now() - began)
  }
  const began = performance.now()
  await k.request('control', 'interrupt_request', {})
  await running
  const stopped = performance.now() - began
  for (const [what, list] of [
    ['heartbeat', beats],
    ['control', controls],
  ])
    row(`${what} during a loop, p99`, ms(at(list, 0.99)), '', '≤ 50 ms', at(list, 0.99) <= 50)
  row('interrupt of while (true)', ms(stopped), '', '≤ 1 s', stopped <= 1000)

  let recovered = 0
  for (let n = 0; n < KILLS; n++) {
    const cell = k.run('console.log(process.pid); while (true);', m => {
      if (m.type === 'stream') process.kill(Number(JSON.parse(m.raw).text), 'SIGKILL')
    })
    const died = await cell
    const r = await k.run('1')
    if (died.ename === 'RunnerDied' && r.status === 'ok') recovered++
  }
  row(`runner killed ${KILLS} times`, `${recovered} recoveries`, '', 'all', recovered === KILLS)
  const all = descendants(k.child.pid)
  const gone = performance.now()
  k.child.kill('SIGKILL')
  while (all.some(pid => descendantsAlive(pid)) && performance.now() - gone < 5000) await pause(10)
  const took = performance.now() - gone
  row('kernel killed: all gone after', ms(took), '', '≤ 2 s', took <= 2000)
  await k.stop()
}
function descendantsAlive(pid) {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

// As `install` leaves it: with the snapshot of the compiler.
const prefix = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
spawnSync(process.execPath, [join(root, 'kernel/dist/cli.js'), 'install', '--prefix', prefix])
rmSync(prefix, { recursive: true })
await compare()
await alone()
const widths = [0, 1, 2, 3, 4].map(i => Math.max(...rows.map(r => r[i].length)))
for (const r of [['', 'kernel', 'ipykernel', 'bar', 'met'], ...rows])
  console.log(r.map((c, i) => c.padEnd(widths[i])).join('  '))
process.exit(0)
