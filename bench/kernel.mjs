// The kernel beside ipykernel in the same run, alternating: ratios of medians. `npm run bench kernel [-- --rounds N --kills N]`
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/lib/paths.mjs'
import { at, descendants, Kernel, median, memory, pause } from './lib/kernel-client.mjs'

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const ROUNDS = option('rounds', 7)
const KILLS = option('kills', 100)

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
