// Stopping user code of every kind, with its state kept.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, pause, type Result } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
  await k.run('let alive = 41')
})
/** How long each took, in ms: told at the end where KERNEL_TIMES is set. */
const times: [what: string, ms: number][] = []
afterAll(async () => {
  await k.stop()
  if (!process.env.KERNEL_TIMES) return
  const all = times.map(([, ms]) => ms).sort((a, b) => a - b)
  const slowest = times.find(([, ms]) => ms === all.at(-1))
  console.log(
    `${k.kernel.child.spawnfile}: ${all.length} interrupts, median ${all[all.length >> 1].toFixed(0)} ms, slowest ${slowest?.[1].toFixed(0)} ms (${slowest?.[0]})`,
  )
})

const byMessage = () => void k.request('control', 'interrupt_request', {})
const bySignal = () => void k.kernel.child.kill('SIGINT')

/** Runs a cell and interrupts it when it has begun. */
async function interrupted(
  code: string,
  after = 120,
  interrupt = byMessage,
): Promise<Result & { ms: number }> {
  const running = k.run(`console.log('begun'); ${code}`, {}, m => {
    if (m.type === 'stream') begun()
  })
  let begun = (): void => undefined
  await new Promise<void>(resolve => (begun = resolve))
  await pause(after)
  const at = performance.now()
  interrupt()
  const result = await running
  return { ...result, ms: performance.now() - at }
}

/** What every interrupt must leave behind: the variables, timers that fire, promises that settle. */
async function isWell(): Promise<void> {
  const r = await k.run(
    'await new Promise(r => setTimeout(r, 5)); await new Promise(r => setImmediate(r)); alive + 1',
  )
  expect(r.value).toBe('42')
}

const LOOPS: [what: string, code: string][] = [
  ['a loop', 'while (true) {}'],
  ['a loop after an await', 'await null; while (true) {}'],
  ['an await that never settles', 'await new Promise(() => {})'],
  [
    'a loop in a timer',
    'setTimeout(() => { while (true) {} }, 20); await new Promise(r => setTimeout(r, 20000))',
  ],
  [
    'a loop in a then',
    'Promise.resolve().then(() => { while (true) {} }); await new Promise(() => {})',
  ],
  ['a blocked Atomics.wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'],
  [
    'a blocked Atomics.wait after an await',
    'await null; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  ],
  [
    'a loop that catches everything',
    'while (true) { try { while (true) {} } catch {} finally { } }',
  ],
  ['a loop of awaits', 'for (;;) await null'],
  ['awaits that catch everything', 'for (;;) { try { await null; throw 1 } catch {} }'],
  [
    'a loop of microtasks',
    'queueMicrotask(function f() { queueMicrotask(f) }); await new Promise(() => {})',
  ],
  [
    'a loop of ticks',
    'process.nextTick(function f() { process.nextTick(f) }); await new Promise(() => {})',
  ],
  ['a catastrophic regular expression', '/^(a+)+$/.test("a".repeat(40) + "b")'],
  [
    'a catastrophic regular expression after an await',
    'await null; /^(a+)+$/.test("a".repeat(40) + "b")',
  ],
  ['a flood of output', 'for (let i = 0; ; i++) console.log("line", i)'],
  ['a flood of output after an await', 'await null; for (let i = 0; ; i++) console.log("line", i)'],
  ['a getter of the result that loops', '({ get [Symbol.toStringTag](): string { for (;;); } })'],
  [
    'a child process',
    '(await import("node:child_process")).execSync("sleep 30", { stdio: "inherit" })',
  ],
  [
    'a callback of the file system',
    'const fs = await import("node:fs"); fs.readFile(".", () => { for (;;); }); await new Promise(() => {})',
  ],
]

describe.each([
  ['message', byMessage],
  ['signal', bySignal],
])('an interrupt by %s stops, with the state kept', (way, interrupt) => {
  it.each(LOOPS)('%s', async (what, code) => {
    const r = await interrupted(code, 120, interrupt)
    expect(r.reply).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' })
    expect(r.ms).toBeLessThan(5000)
    times.push([`${what}, by ${way}`, r.ms])
    await isWell()
  })
})

describe('an interrupt', () => {
  it('when nothing runs does nothing, also many times', async () => {
    for (let i = 0; i < 20; i++) await k.request('control', 'interrupt_request', {})
    await isWell()
    await Promise.all(
      Array.from({ length: 10 }, () => k.request('control', 'interrupt_request', {})),
    )
    await pause(300)
    await isWell()
  })
  it('may be repeated while the cell is being stopped', async () => {
    const running = k.run('await null; while (true) {}')
    await pause(150)
    for (let i = 0; i < 6; i++) await k.request('control', 'interrupt_request', {})
    expect((await running).reply.ename).toBe('KeyboardInterrupt')
    await pause(200)
    await isWell()
  })
  it('ends a loop of ticks, wherever it is cut', { timeout: 60_000 }, async () => {
    for (let i = 0; i < 6; i++) {
      // Long work before and after the next tick is asked for: the cut falls on either side.
      const running = k.run(
        'function work() { for (const end = performance.now() + 3; performance.now() < end;); }\n' +
          'process.nextTick(function f() { work(); process.nextTick(f); work() }); await new Promise(() => {})',
      )
      await pause(20 + 3 * i)
      await k.request('control', 'interrupt_request', {})
      expect((await running).reply.ename).toBe('KeyboardInterrupt')
      expect((await k.run('7')).value).toBe('7')
    }
  })
  it('stops the next cell as soon as the last one has stopped', async () => {
    for (let i = 0; i < 8; i++) {
      const running = k.run(
        'setTimeout(() => { console.log("begun"); for (;;); }, 1); await new Promise(() => {})',
      )
      await k.next(m => m.type === 'stream')
      await k.request('control', 'interrupt_request', {})
      expect((await running).reply.ename).toBe('KeyboardInterrupt')
    }
    await isWell()
  })
  it('stops what a cell began in timers: an endless loop of awaits is over', async () => {
    await k.run('let ticks = 0')
    const r = await interrupted(
      'for (;;) { ticks++; await new Promise(r => setTimeout(r, 10)) }',
      200,
    )
    expect(r.reply.ename).toBe('KeyboardInterrupt')
    const before = Number((await k.run('ticks')).value)
    await pause(150)
    expect(before).toBeGreaterThan(2)
    expect(Number((await k.run('ticks')).value)).toBe(before)
  })
  it('ends the threads that the cell waits for', async () => {
    const r = await interrupted(
      `
      const { Worker } = await import('node:worker_threads')
      const shared = new Int32Array(new SharedArrayBuffer(4))
      const worker = new Worker('const { workerData: w } = require("node:worker_threads"); for (;;) Atomics.add(w, 0, 1)',
        { eval: true, workerData: shared })
      while (shared[0] === 0) await new Promise(r => setTimeout(r, 5))
      await new Promise(resolve => worker.on('exit', resolve))`,
      400,
    )
    expect(r.reply.ename).toBe('KeyboardInterrupt')
    await pause(200)
    const counts = (
      await k.run(
        'const once = shared[0]; await new Promise(r => setTimeout(r, 50)); [once > 0, shared[0] === once]',
      )
    ).value
    expect(counts).toBe('[ true, true ]')
  })
  it('during an import leaves modules that can be imported again', async () => {
    const first = await interrupted(`
      const { writeFileSync } = await import('node:fs')
      writeFileSync('slow.cjs', 'const until = Date.now() + (globalThis.slow ?? 1e9); while (Date.now() < until); exports.n = 7')
      const { createRequire } = await import('node:module')
      const load = createRequire(process.cwd() + '/x.js')
      load('./slow.cjs')`)
    expect(first.reply.ename).toBe('KeyboardInterrupt')
    const again = await k.run(
      'Object.assign(globalThis, { slow: 0 }); (await import("node:module")).createRequire(process.cwd() + "/x.js")("./slow.cjs").n',
    )
    expect(again.value).toBe('7')
  })
  it('loses nothing that was printed before it', async () => {
    const r = await interrupted(
      'await null; for (let i = 0; i < 3000; i++) console.log(`n${i}`); for (;;);',
      300,
    )
    expect(r.stdout).toBe(`begun\n${Array.from({ length: 3000 }, (_, i) => `n${i}\n`).join('')}`)
  })
  it('at any moment leaves the kernel well: thirty of them', { timeout: 60_000 }, async () => {
    for (let i = 0; i < 30; i++) {
      const running = k.run(
        i % 2
          ? 'let n = 0; for (;;) console.log(n++)'
          : 'await null; for (;;) { console.log(1); await null }',
      )
      await pause(20 + ((i * 37) % 60))
      await k.request('control', 'interrupt_request', {})
      expect((await running).reply.ename).toBe('KeyboardInterrupt')
    }
    await isWell()
  })
})
