// Processes that die: the one that runs cells, the compiler, the kernel itself, its parent.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib/paths.mjs'
import { Client, pause } from './client.ts'
import { descendants, kill, ownMemory, runs } from './support/launch.ts'

const linux = process.platform === 'linux'
const KILLS = Number(process.env.KERNEL_KILLS ?? 20)
/** Resolves to the ids that still run after `ms`. */
async function left(pids: readonly number[], ms: number): Promise<number[]> {
  const end = performance.now() + ms
  while (performance.now() < end && pids.some(runs)) await pause(20)
  return pids.filter(runs)
}

describe.runIf(linux)('the process that runs the cells', () => {
  let k: Client
  beforeAll(async () => {
    k = await Client.start()
  })
  afterAll(() => k.stop())
  const runner = async () => Number((await k.run('process.pid')).value)

  it.each([
    ['process.exit(3)', /exit code 3/],
    ['process.abort()', /SIGABRT/],
    ['process.kill(process.pid, "SIGKILL"); while (true);', /SIGKILL/],
    ['process.kill(process.pid, "SIGSEGV"); while (true);', /SIGSEGV/],
    ['setTimeout(() => process.exit(4), 50); await new Promise(() => {})', /exit code 4/],
  ])('%s is told in the cell, and the next cell runs', async (code, words) => {
    await k.run('let gone = 1')
    const [r, behind] = await Promise.all([k.run(code), k.run('1')])
    expect(r.reply).toMatchObject({ status: 'error', ename: 'RunnerDied' })
    expect(r.reply.evalue).toMatch(words)
    expect(behind.reply.status).toBe('aborted')
    expect((await k.run('gone')).reply.evalue).toMatch(/Cannot find name 'gone'/)
    expect((await k.run('6 * 7')).value).toBe('42')
  })
  it('out of memory is told as that, without V8’s own pages', async () => {
    const small = await Client.start({ nodeOptions: ['--max-old-space-size=120'] })
    const r = await small.run(
      'const all: number[][] = []; while (true) all.push(new Array(1e5).fill(1.5))',
    )
    expect(r.reply.evalue).toMatch(/out of memory/)
    expect(JSON.stringify(r.messages)).not.toMatch(/Last few GCs|0x[0-9a-f]{6}/)
    expect((await small.run('6 * 7')).value).toBe('42')
    await small.stop()
  })
  it('killed between cells is told where the last cell is', async () => {
    await k.run('let lost = 1')
    const told = k.next(m => m.type === 'stream' && m.content.name === 'stderr')
    kill(await runner())
    expect((await told).content.text).toMatch(/was ended by SIGKILL.*run the cells again/s)
    expect((await k.run('lost')).reply.status).toBe('error')
  })
  it(`killed ${KILLS} times comes back each time, and leaves nothing behind`, async () => {
    const before = k.kernel.children().length
    for (let n = 0; n < KILLS; n++) {
      const pid = await runner()
      const cell = k.run('require("child_process").spawn("sleep", ["1000"]); while (true);')
      await pause(100)
      const all = [pid, ...descendants(pid)]
      kill(pid)
      expect((await cell).reply.ename).toBe('RunnerDied')
      expect(await left(all, 2000)).toEqual([])
      expect((await k.run(`${n}`)).value).toBe(String(n))
    }
    expect(k.kernel.children().length).toBe(before)
  })
  it('closes its comms when it dies', async () => {
    await k.run('const c = comm.open("page")')
    const closed = k.next(m => m.type === 'comm_close')
    await k.run('process.exit(0)')
    await closed
    expect((await k.request('shell', 'comm_info_request', {})).content.comms).toEqual({})
  })
  it('floods without filling the memory of the kernel, and stays interruptible', async () => {
    const running = k.run('for (let i = 0; ; i++) console.log("line " + i)')
    await k.next(m => m.type === 'stream')
    let most = 0
    for (let n = 0; n < 15; n++) {
      await pause(100)
      most = Math.max(most, ownMemory(k.kernel.child.pid ?? 0))
    }
    await k.request('control', 'interrupt_request', {})
    expect((await running).reply.ename).toBe('KeyboardInterrupt')
    expect(most).toBeLessThan(400)
    expect((await k.run('"after the flood"')).value).toBe("'after the flood'")
  })
})

describe.runIf(linux)('the compiler', () => {
  it('killed is replaced, and knows what earlier cells declared', async () => {
    const k = await Client.start()
    await k.run('interface P { x: number }\nconst p: P = { x: 1 }\nlet failed: string = null!')
    await k.run('const q = 5; throw new Error("half-way"); const later = 1')
    const compilers = () =>
      k.kernel.children().filter(pid => /snapshot-blob|compiler\.js/.test(commandLine(pid)))
    const [old] = compilers()
    kill(old)
    expect(await left([old], 2000)).toEqual([])
    expect((await k.run('p.x + q')).value).toBe('6')
    expect((await k.run('const r: P = { x: "no" }')).reply.evalue).toMatch(/not assignable/)
    expect((await k.run('later')).reply.evalue).toMatch(/Cannot find name 'later'/)
    expect(compilers()).toHaveLength(1)
    await k.stop()
  })
  it('that takes too long is interrupted, and the variables are kept', async () => {
    const k = await Client.start()
    await k.run('let kept = 41')
    // A type that doubles itself thirty times in each of its four hundred members.
    const slow = `type Two<T> = [T, T] | { a: T, b: T }
type Deep<N extends number, A extends unknown[] = []> = A['length'] extends N ? A : Deep<N, [...A, Two<A>]>
${Array.from({ length: 400 }, (_, i) => `const v${i}: Deep<${40 + (i % 20)}> extends Two<infer X> ? X : ${i} = null!; function f${i}(a: Deep<${40 + (i % 20)}>): Deep<${41 + (i % 20)}> { return a as never }`).join('\n')}`
    const began = performance.now()
    const running = k.run(slow)
    await pause(100)
    await k.request('control', 'interrupt_request', {})
    const { reply } = await running
    // It may have been quick enough to run; interrupted, it says so.
    if (reply.status === 'error')
      expect(String(reply.ename)).toMatch(/KeyboardInterrupt|TypeScriptError/)
    expect(performance.now() - began).toBeLessThan(20_000)
    expect((await k.run('kept + 1')).value).toBe('42')
    await k.stop()
  })
})

describe.runIf(linux)('the kernel', () => {
  it('killed takes everything with it, also out of a loop', async () => {
    const k = await Client.start()
    await k.run('require("child_process").spawn("sleep", ["1000"])')
    void k.run('while (true);')
    await pause(200)
    const all = k.kernel.children()
    expect(all.length).toBeGreaterThanOrEqual(3)
    k.kernel.child.kill('SIGKILL')
    expect(await left(all, 2000)).toEqual([])
    await k.stop()
  })
  it('killed takes a compiler with it that is too busy to hear of it', async () => {
    const k = await Client.start()
    await k.run('1')
    const [compiler] = k.kernel
      .children()
      .filter(pid => /snapshot-blob|compiler\.js/.test(commandLine(pid)))
    // A stopped process hears nothing, like one in an endless check.
    kill(compiler, 'SIGSTOP')
    k.kernel.child.kill('SIGKILL')
    expect(await left([compiler], 2000)).toEqual([])
    await k.stop()
  })
  it('whose parent is killed is gone within 2 s, with all it started', async () => {
    const launcher = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { spawn } from 'node:child_process'
         spawn(process.execPath, JSON.parse(process.argv[1]), { stdio: 'ignore' }); setInterval(() => {}, 1000)`,
        JSON.stringify([join(root, 'kernel/dist/front.js'), (await connection()).file]),
      ],
      { stdio: 'ignore' },
    )
    let all: number[] = []
    for (let n = 0; n < 200 && all.length < 3; n++) {
      await pause(25)
      all = descendants(launcher.pid ?? 0)
    }
    await pause(300)
    expect(all.length).toBeGreaterThanOrEqual(3)
    launcher.kill('SIGKILL')
    expect(await left(all, 2000)).toEqual([])
  })
  it.each(['SIGTERM', 'SIGHUP'] as const)('ended by %s ends all of it', async signal => {
    const k = await Client.start()
    void k.run('while (true);')
    await pause(200)
    const all = k.kernel.children()
    k.kernel.child.kill(signal)
    expect(await k.kernel.ended(2000)).toBe(true)
    expect(await left(all, 1000)).toEqual([])
    await k.stop()
  })
  it.each([false, true])(
    'shuts down with restart %s in its reply, also on shell',
    async restart => {
      const k = await Client.start()
      const all = k.kernel.children()
      const idle = k.next(m => m.content.execution_state === 'idle')
      const r = await k.request(restart ? 'control' : 'shell', 'shutdown_request', { restart })
      expect(r.content).toEqual({ status: 'ok', restart })
      await idle
      expect(await k.kernel.ended(2000)).toBe(true)
      expect(k.kernel.child.exitCode).toBe(0)
      expect(await left(all, 1000)).toEqual([])
      await k.stop()
    },
  )
  it('says what is wrong with its connection file', async () => {
    for (const [content, words] of [
      ['{', /connection file .*JSON/],
      ['{"transport":"tcp","ip":"127.0.0.1","key":"k"}', /shell_port is not a whole number/],
    ] as const) {
      const { file, write } = await connection()
      write(content)
      const child = spawn(process.execPath, [join(root, 'kernel/dist/front.js'), file])
      let log = ''
      child.stderr.on('data', (d: Buffer) => (log += d.toString()))
      const code = await new Promise(resolve => child.once('close', resolve))
      expect(code).toBe(2)
      expect(log).toMatch(words)
    }
  })
})

async function connection(): Promise<{ file: string; write(content: string): void }> {
  const { mkdtempSync, writeFileSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const { freePort } = await import('./support/launch.ts')
  const file = join(mkdtempSync(join(tmpdir(), 'layerscope-kernel-')), 'connection.json')
  const ports: Record<string, number> = {}
  for (const n of ['shell_port', 'control_port', 'iopub_port', 'stdin_port', 'hb_port'])
    ports[n] = await freePort()
  const write = (content: string) => writeFileSync(file, content)
  write(JSON.stringify({ transport: 'tcp', ip: '127.0.0.1', key: 'k', ...ports }))
  return { file, write }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
