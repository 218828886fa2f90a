// What cells print: in order, whole, and below the cell it belongs to.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, pause, type Received } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
})
afterAll(() => k.stop())

/** Output of a cell that comes when it has ended, by the cell's id. */
function later(): { of(parent: string): string; stop(): void } {
  const all: Received[] = []
  const stop = k.listen(m => void (m.type === 'stream' && all.push(m)))
  return {
    of: parent =>
      all
        .filter(m => m.parent === parent)
        .map(m => String(m.content.text))
        .join(''),
    stop,
  }
}
const idOf = (messages: Received[]) => messages[0].parent

describe('output', () => {
  it('keeps partial lines and split characters whole', async () => {
    const r = await k.run(`
      const euro = Buffer.from('a€😀b')
      for (const byte of euro) process.stdout.write(new Uint8Array([byte]))
      process.stdout.write('no newline'); process.stdout.write('6869', 'hex')`)
    expect(r.stdout).toBe('a€😀bno newlinehi')
  })
  it('keeps its order across stdout, stderr, displays and errors', async () => {
    const r = await k.run(
      'console.log(1); console.error(2); display.html("<b>3</b>"); console.log(4); throw new Error("5")',
    )
    expect(r.messages.map(m => m.type).filter(t => t !== 'status')).toEqual([
      'execute_input',
      'stream',
      'stream',
      'display_data',
      'stream',
      'error',
    ])
  })
  it('of timers and promises goes to the cell that started them', async () => {
    const late = later()
    const first = await k.run(`
      setTimeout(() => console.log('timer'), 60)
      ;(async () => { await new Promise(r => setTimeout(r, 70)); console.log('await'); await null; console.log('again') })()
      Promise.resolve().then(() => new Promise(r => setTimeout(r, 80))).then(() => console.log('then'))`)
    const second = await k.run('await new Promise(r => setTimeout(r, 150)); console.log("second")')
    late.stop()
    expect(late.of(idOf(first.messages))).toBe('timer\nawait\nagain\nthen\n')
    expect(late.of(idOf(second.messages))).toBe('second\n')
  })
  it('tells unhandled rejections and errors of timers in their cell, and lives', async () => {
    const errors: Received[] = []
    const stop = k.listen(m => void (m.type === 'error' && errors.push(m)))
    const first = await k.run(
      'setTimeout(() => { throw new RangeError("in a timer") }, 40); void (async () => { await new Promise(r => setTimeout(r, 50)); throw new TypeError("not awaited") })()',
    )
    expect(first.reply.status).toBe('ok')
    expect((await k.run('await new Promise(r => setTimeout(r, 120)); 1')).value).toBe('1')
    stop()
    expect(errors.map(e => e.content.evalue)).toEqual(['in a timer', 'not awaited'])
    expect(errors.every(e => e.parent === idOf(first.messages))).toBe(true)
    expect(JSON.stringify(errors.map(e => e.content.traceback))).not.toMatch(/runner\.js|node:/)
  })
  it('of child processes stays in its place', async () => {
    const r = await k.run(`
      import { execSync, spawn, spawnSync } from 'node:child_process'
      console.log('a')
      execSync('echo b; echo c', { stdio: 'inherit' })
      console.log('d')
      spawnSync('sh', ['-c', 'printf "e\\n"'], { stdio: ['ignore', 'inherit', 'inherit'] })
      console.log('f')
      const child = spawn('sh', ['-c', 'sleep 0.05; echo g'], { stdio: 'inherit' })
      await new Promise(r => child.on('exit', r))
      console.log('h')
      const piped = spawn('echo', ['i'])
      piped.stdout.on('data', (d: Buffer) => process.stdout.write(d))
      await new Promise(r => piped.on('close', r))
      console.log(String(execSync('echo j')).trim())`)
    expect(r.stdout).toBe('a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n')
  })
  it('written to the descriptors is captured', async () => {
    const r = await k.run(
      `import { writeSync } from 'node:fs'; console.log(1); writeSync(1, '2\\n'); writeSync(1, Buffer.from('x3\\n'), 1); console.log(4)`,
    )
    expect(r.stdout).toBe('1\n2\n3\n4\n')
  })
  it('is seen while a loop that never yields goes on', async () => {
    let seen = 0
    const running = k.run(
      'for (let i = 0; i < 5; i++) { console.log("step", i); const until = Date.now() + 60; while (Date.now() < until); }',
      {},
      m => void (m.type === 'stream' && seen++),
    )
    await running
    expect(seen).toBe(5)
  })
  it('of a flood is whole and its memory bounded', { timeout: 120_000 }, async () => {
    let lines = 0
    let last = ''
    const r = await k.run(
      'let most = 0; for (let i = 0; i < 1_000_000; i++) { console.log(i); if (i % 10000 === 0) most = Math.max(most, process.memoryUsage().rss) }; Math.round(most / 2 ** 20)',
      {},
      m => {
        if (m.type !== 'stream') return
        const text = String(m.content.text)
        for (const c of text) if (c === '\n') lines++
        last = text
      },
    )
    expect(lines).toBe(1_000_000)
    expect(last.endsWith('999999\n')).toBe(true)
    expect(Number(r.value)).toBeLessThan(600)
  })
  it('may be cleared', async () => {
    const r = await k.run('console.log(1); display.clear({ wait: true }); console.clear()')
    const cleared = r.messages.filter(m => m.type === 'clear_output')
    expect(cleared.map(m => m.content.wait)).toEqual([true, false])
  })
  it('says that a cell left by process.exit, with what it printed', async () => {
    const other = await Client.start()
    const r = await other.run('console.log("last words"); process.exit(3)')
    expect(r.stdout).toBe('last words\n')
    expect(r.reply).toMatchObject({ status: 'error', ename: 'RunnerDied' })
    await other.stop()
  })
})

describe('the console', () => {
  it('has all its methods', async () => {
    const r = await k.run(`
      console.group('g'); console.log('in'); console.groupEnd()
      console.count(); console.count('x'); console.countReset('x'); console.count('x')
      console.dir({ a: { b: { c: {} } } }, { depth: 0 }); console.assert(1 > 0, 'not shown')
      console.info('i'); console.debug('d'); console.log('%s is %d', 'x', 5)
      console.time('t'); console.timeEnd('t')`)
    expect(r.stdout).toMatch(
      /^g\n {2}in\ndefault: 1\nx: 1\nx: 1\n\{ a: \[Object\] \}\ni\nd\nx is 5\nt: [\d.]+m?s\n$/,
    )
  })
  it('closes what groups a cell left open', async () => {
    await k.run('console.group(); console.log(1)')
    expect((await k.run('console.log(2)')).stdout).toBe('2\n')
  })
  it('traces without frames of the kernel', async () => {
    const r = await k.run('function f() { console.trace("here") }\nf()')
    const text = r.messages
      .filter(m => m.content.name === 'stderr')
      .map(m => m.content.text)
      .join('')
    expect(text).toMatch(/Trace: here\n\s+at f/)
    expect(text).not.toMatch(/runner\.js|node:vm|guarded/)
    await pause(0)
  })
})
