// The kernel beside ipykernel in the same run, alternating: ratios of medians.
// Memory is what all processes of a kernel have for themselves (`lib/processes.mjs`): pages of files that others share are left out.
// `npm run bench kernel [-- --rounds N --kills N --node PATH,PATH]`; interrupts are tried on this Node, on those of `--node`, or else
// on those that `npm run test:nodes` has fetched.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { cache, root } from '../scripts/lib/paths.mjs'
import { at, Kernel, median, pause } from './lib/kernel-client.mjs'
import { descendants, memoryOfAll } from './lib/processes.mjs'

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const ROUNDS = option('rounds', 7)
const KILLS = option('kills', 100)
/** Rounds in which a million lines are printed. */
const MILLIONS = 3
const BIG = 20e6
/** Transfers of a buffer in a round. */
const TRANSFERS = 5

const CODE = {
  typescript: {
    trivial: '1 + 1',
    lines: n => `for (let i = 0; i < ${n}; i++) console.log(i)`,
    display: 'display({ "application/json": { a: "x".repeat(20e6) } }); 0',
    comm: `comm.register("big", c => { const bytes = new Uint8Array(${BIG}); c.onMessage = m => m.buffers.length ? c.send({ got: m.buffers[0].length }) : c.send({}, { buffers: [bytes] }) })`,
  },
  python: {
    trivial: '1 + 1',
    lines: n => `for i in range(${n}): print(i)`,
    comm: `def big(c, _):
    bytes_ = bytes(${BIG})
    @c.on_msg
    def got(m):
        if m["buffers"]: c.send({"got": len(m["buffers"][0])})
        else: c.send({}, buffers=[bytes_])
get_ipython().kernel.comm_manager.register_target("big", big)`,
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
      const [there, back] = await transfers(k, code.comm)
      note(kind, 'there', there)
      note(kind, 'back', back)
      if (n < MILLIONS) note(kind, 'million', await k.timed(code.lines(1e6)))
      await k.stop()
    }
  const ours = w => median(got.typescript[w])
  const theirs = w => median(got.python[w])
  const ratio = (what, w, bar) => {
    const r = ours(w) / theirs(w)
    row(what, ms(ours(w)), ms(theirs(w)), `${r.toFixed(2)}× (≤ ${bar}×)`, r <= bar)
  }
  const information = (what, w) =>
    rows.push([what, ms(ours(w)), ms(theirs(w)), `${(ours(w) / theirs(w)).toFixed(2)}×`, ''])
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
  ratio('20 MB comm buffer to the kernel', 'there', 1)
  ratio('20 MB comm buffer from the kernel', 'back', 1)
  information('1,000,000 lines', 'million')
}

/** A comm's large buffer, to the kernel until it says so, and from it when it is asked. @returns medians, in ms */
async function transfers(k, target) {
  await k.run(target)
  k.send('shell', 'comm_open', { comm_id: 'big', target_name: 'big', data: {} })
  const big = new Uint8Array(BIG)
  const answer = buffers =>
    new Promise(resolve => {
      const f = m => m.type === 'comm_msg' && (k.listeners.delete(f), resolve(m))
      k.listeners.add(f)
      k.send('shell', 'comm_msg', { comm_id: 'big', data: {} }, buffers)
    })
  const there = []
  const back = []
  for (let n = 0; n < TRANSFERS; n++) {
    let began = performance.now()
    const { raw } = await answer([big])
    there.push(performance.now() - began)
    if (JSON.parse(raw).data.got !== BIG) throw new Error('the buffer came shorter')
    began = performance.now()
    const { buffers } = await answer([])
    back.push(performance.now() - began)
    if (buffers[0]?.length !== BIG) throw new Error('the buffer came back shorter')
  }
  return [median(there), median(back)]
}

async function alone() {
  const k = await Kernel.start('typescript')
  await k.run('1')
  // What a kernel reads when it has nothing else to do is read now: the types of Node, with their documentation.
  await k.request('shell', 'inspect_request', { code: 'process', cursor_pos: 7, detail_level: 0 })
  await pause(3000)
  const idle = memoryOfAll(k.child.pid)
  row('memory, idle', `${idle.toFixed(0)} MB`, '', '≤ 250 MB', idle <= 250)
  const times = []
  let m200 = 0
  for (let n = 1; n <= 2000; n++) {
    times.push(await k.timed(`let v${n % 50} = ${n}; v${n % 50}`))
    if (n === 200) m200 = memoryOfAll(k.child.pid)
  }
  const growth = memoryOfAll(k.child.pid) - idle
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
  await k.request('control', 'interrupt_request', {})
  await running
  for (const [what, list] of [
    ['heartbeat', beats],
    ['control', controls],
  ])
    row(`${what} during a loop, p99`, ms(at(list, 0.99)), '', '≤ 50 ms', at(list, 0.99) <= 50)

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
/** The nine kinds of loop, a regular expression, threads, and a flood. */
const KINDS = [
  'while (true) {}',
  'await null; while (true) {}',
  'await new Promise(() => {})',
  'setTimeout(() => { while (true) {} }, 20); await new Promise(r => setTimeout(r, 60000))',
  'Promise.resolve().then(() => { while (true) {} }); await new Promise(() => {})',
  'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'await null; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'while (true) { try { while (true) {} } catch {} }',
  'for (;;) await null',
  '/^(a+)+$/.test("a".repeat(40) + "b")',
  `const { Worker } = await import("node:worker_threads"); const cells = new SharedArrayBuffer(4)
for (let i = 0; i < 2; i++) new Worker("for (;;);", { eval: true }); Atomics.wait(new Int32Array(cells), 0, 0)`,
  'for (let i = 0; ; i++) console.log("line", i)',
]

/** Each kind stopped by a message, with the variables kept. */
async function interrupts(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  const k = await Kernel.start('typescript', node)
  await k.run('let alive = 41')
  const took = []
  for (const code of KINDS) {
    let begun
    const seen = new Promise(resolve => (begun = resolve))
    const cell = k.run(`console.log("begun"); ${code}`, m => m.type === 'stream' && begun())
    await seen
    await pause(150)
    const began = performance.now()
    k.send('control', 'interrupt_request', {})
    const reply = await cell
    const ms = performance.now() - began
    let value = ''
    await k.run('await new Promise(r => setTimeout(r, 5)); alive + 1', m => {
      if (m.type === 'execute_result') value = JSON.parse(m.raw).data['text/plain']
    })
    if (reply.ename === 'KeyboardInterrupt' && value.includes('42')) took.push(ms)
  }
  await k.stop()
  const worst = Math.max(...took)
  row(
    `interrupts on Node ${stdout.trim().slice(1)}, slowest`,
    ms(worst),
    '',
    `${took.length} of ${KINDS.length} (≤ 1 s)`,
    took.length === KINDS.length && worst <= 1000,
  )
}

/** Paths of Nodes, this one first. */
function nodes() {
  const at = process.argv.indexOf('--node')
  if (at >= 0) return [process.execPath, ...process.argv[at + 1].split(',')]
  const folder = join(cache, 'nodes')
  const fetched = existsSync(folder)
    ? readdirSync(folder).map(v => join(folder, v, 'node_modules/node/bin/node'))
    : []
  return [process.execPath, ...fetched.filter(f => existsSync(f))]
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
const [before] = loadavg()
await compare()
await alone()
for (const node of nodes()) await interrupts(node)
console.log(`load ${before.toFixed(2)} before, ${loadavg()[0].toFixed(2)} after`)
const widths = [0, 1, 2, 3, 4].map(i => Math.max(...rows.map(r => r[i].length)))
for (const r of [['', 'kernel', 'ipykernel', 'bar', 'met'], ...rows])
  console.log(r.map((c, i) => c.padEnd(widths[i])).join('  '))
process.exit(0)
