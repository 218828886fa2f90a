import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
})
afterAll(() => k.stop())

describe('cells', () => {
  it('show their last expression, count, and repeat their input', async () => {
    const r = await k.run('1 + 1')
    expect(r.value).toBe('2')
    expect(r.messages.map(m => m.type)).toEqual([
      'status',
      'execute_input',
      'execute_result',
      'status',
    ])
  })
  it('see the newest value of a variable from functions of earlier cells', async () => {
    await k.run('let lr = 0.1; function step() { return lr }')
    expect((await k.run('lr = 0.01; step()')).value).toBe('0.01')
    expect((await k.run('let lr = 5; lr *= 2; step()')).value).toBe('10')
  })
  it('see redefined functions from earlier callers', async () => {
    await k.run('function f() { return 1 }; function g() { return f() }')
    expect((await k.run('function f() { return 2 }; g()')).value).toBe('2')
  })
  it('redeclare const, classes, enums; await at the top; use shorthand of earlier variables', async () => {
    await k.run('const a = 1; class A { x = 1 }; enum E { P, Q }')
    expect((await k.run('const a = 2; class A { x = 2 }; [a, new A().x, E.Q]')).value).toBe(
      '[ 2, 2, 1 ]',
    )
    expect((await k.run('await Promise.resolve(a); ({ a })')).value).toBe('{ a: 2 }')
  })
  it('run nothing when a type is wrong, and say where', async () => {
    const r = await k.run('console.log("ran")\nconst n: number = "x"')
    expect(r.reply).toMatchObject({ status: 'error', ename: 'TypeScriptError' })
    expect(r.reply.evalue).toMatch(/^line 2:7: Type 'string' is not assignable to type 'number'/)
    expect(r.stdout).toBe('')
  })
  it('tell a run-time error with the line of the cell, and keep what ran before it', async () => {
    const r = await k.run(
      'const kept = 7\nfunction bad(x: number) {\n  throw new RangeError(`bad ${x}`)\n}\nbad(kept)\nconst never = 1',
    )
    expect(r.reply).toMatchObject({ status: 'error', ename: 'RangeError', evalue: 'bad 7' })
    const trace = (r.reply.traceback as string[]).join('\n')
    expect(trace).toMatch(/line 3:9 in bad/)
    expect(trace).not.toMatch(/node:|runner\.js/)
    expect((await k.run('kept')).value).toBe('7')
    expect((await k.run('never')).reply.ename).toBe('TypeScriptError')
  })
  it('abort only what was queued behind an error', async () => {
    const [a, b] = await Promise.all([k.run('throw new Error("stop")'), k.run('1')])
    expect([a.reply.status, b.reply.status]).toEqual(['error', 'aborted'])
    expect((await k.run('2')).value).toBe('2')
  })
})

describe('output', () => {
  it('is lossless and in order: 100,000 lines, then idle', async () => {
    const r = await k.run('for (let i = 0; i < 100000; i++) console.log(i)')
    expect(r.stdout === Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join('')).toBe(true)
  })
  it('keeps the order of streams and displays', async () => {
    const r = await k.run(
      'console.log(1); display({ "text/plain": "x" }); console.log(2); console.error(3)',
    )
    expect(
      r.messages
        .filter(m => /stream|display/.test(m.type))
        .map(m => m.content.text ?? (m.content.data as Record<string, string>)['text/plain']),
    ).toEqual(['1\n', 'x', '2\n', '3\n'])
  })
  it('shows a value by its own bundle, nothing for null, and updates a display', async () => {
    const r = await k.run(
      '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<i>a</i>" }) })',
    )
    expect(r.messages.find(m => m.type === 'execute_result')?.content.data).toEqual({
      'text/html': '<i>a</i>',
    })
    expect((await k.run('({ [Symbol.for("Jupyter.display")]: () => null })')).value).toBeUndefined()
    const u = await k.run('const d = display("a"); d.update("b")')
    expect(u.messages.some(m => m.type === 'update_display_data')).toBe(true)
  })
})

describe('help', () => {
  it('completes and explains by types, counting code points', async () => {
    await k.run('const numbers = [1, 2]')
    const c = await k.request('shell', 'complete_request', {
      code: "'😀'; numbers.fla",
      cursor_pos: 16,
    })
    expect(c.content).toMatchObject({
      matches: ['flat', 'flatMap'],
      cursor_start: 13,
      cursor_end: 16,
    })
    const h = await k.request('shell', 'inspect_request', {
      code: 'numbers',
      cursor_pos: 3,
      detail_level: 0,
    })
    expect(JSON.stringify(h.content.data)).toMatch(/numbers: number\[\]/)
  })
})

describe('comms', () => {
  it('go both ways with buffers while a synchronous loop runs', async () => {
    await k.run(`const heard: unknown[] = []
      comm.register('echo', c => { c.onMessage = m => { heard.push(m.data); c.send({ back: m.data }, { buffers: m.buffers }) } })`)
    const id = 'page-1'
    let sent = false
    const back: Buffer[] = []
    const stop = k.listen(m => {
      if (m.type === 'comm_msg' && m.content.comm_id === id) back.push(...m.buffers)
      if (m.type === 'stream' && !sent) {
        sent = true
        k.send('shell', 'comm_open', { comm_id: id, target_name: 'echo', data: {} })
        k.send('shell', 'comm_msg', { comm_id: id, data: { n: 1 } }, [new Uint8Array([1, 2, 3])])
      }
    })
    const r = await k.run(`const end = Date.now() + 5000; console.log('go')
      while (heard.length === 0 && Date.now() < end) { comm.poll(); console.log('.') }
      heard`)
    stop()
    expect(r.value).toBe('[ { n: 1 } ]')
    expect(back.map(b => [...b])).toEqual([[1, 2, 3]])
  })
  it('closes a comm whose target nobody registered', async () => {
    const closed = new Promise<unknown>(resolve =>
      k.listen(m => m.type === 'comm_close' && resolve(m.content.comm_id)),
    )
    k.send('shell', 'comm_open', { comm_id: 'nobody', target_name: 'unknown', data: {} })
    expect(await closed).toBe('nobody')
  })
})

describe('interrupts keep the state', () => {
  it.each([
    'while (true) {}',
    'await null; while (true) {}',
    'await new Promise(() => {})',
    'setTimeout(() => { while (true) {} }, 20); await new Promise(r => setTimeout(r, 20000))',
    'while (true) { try { while (true) {} } catch {} }',
    'for (;;) await null',
    'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  ])('%s', async code => {
    await k.run('let alive = 41')
    const running = k.run(code)
    await new Promise(r => setTimeout(r, 300))
    await k.request('control', 'interrupt_request', {})
    expect((await running).reply).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' })
    expect((await k.run('alive + 1')).value).toBe('42')
  })
})

it('a runner that ends is reported in words and replaced', async () => {
  await k.run('let gone = 1')
  expect((await k.run('process.exit(3)')).reply).toMatchObject({
    status: 'error',
    ename: 'RunnerDied',
    evalue: expect.stringContaining('exit code 3'),
  })
  expect((await k.run('gone')).reply.ename).toBe('TypeScriptError')
  expect((await k.run('6 * 7')).value).toBe('42')
})
