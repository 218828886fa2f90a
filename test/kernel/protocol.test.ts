// The protocol over the sockets, request by request.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, pause, type Received } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
  await k.run('1')
})
afterAll(() => k.stop())

const types = (messages: readonly Received[]) =>
  messages.map(m => (m.type === 'status' ? String(m.content.execution_state) : m.type))

describe('execute', () => {
  it('answers with busy, input, result, idle, and its count', async () => {
    const before = Number((await k.run('0')).reply.execution_count)
    const r = await k.run('20 + 1')
    expect(types(r.messages)).toEqual(['busy', 'execute_input', 'execute_result', 'idle'])
    expect(r.reply).toMatchObject({
      status: 'ok',
      execution_count: before + 1,
      payload: [],
      user_expressions: {},
    })
    expect(r.messages[1].content).toEqual({ code: '20 + 1', execution_count: before + 1 })
    expect(r.messages[2].content).toMatchObject({
      execution_count: before + 1,
      data: { 'text/plain': '21' },
    })
  })
  it('silently: publishes nothing, counts nothing, remembers nothing', async () => {
    const before = (await k.run('0')).reply.execution_count
    const r = await k.run('console.log("heard"); display("seen"); const quiet = 5; quiet', {
      silent: true,
      user_expressions: { q: 'quiet' },
    })
    expect(types(r.messages)).toEqual(['busy', 'idle'])
    expect(r.reply.execution_count).toBe(before)
    expect(r.reply.user_expressions).toMatchObject({ q: { status: 'ok' } })
    const bad = await k.run('throw new Error("quiet")', { silent: true })
    expect(types(bad.messages)).toEqual(['busy', 'idle'])
    expect(bad.reply).toMatchObject({ status: 'error', ename: 'Error', evalue: 'quiet' })
    expect((await k.run('quiet')).value).toBe('5')
  })
  it('without storing: shows all, counts nothing', async () => {
    const before = (await k.run('0')).reply.execution_count
    const r = await k.run('"unstored"', { store_history: false })
    expect(r.value).toBe("'unstored'")
    expect(r.reply.execution_count).toBe(before)
    const h = await k.request('shell', 'history_request', {
      hist_access_type: 'tail',
      n: 5,
      output: false,
      raw: true,
    })
    expect(JSON.stringify(h.content.history)).not.toMatch(/unstored/)
  })
  it('evaluates user expressions, each for itself', async () => {
    const r = await k.run('const sum = 40', {
      user_expressions: { a: 'sum + 2', b: 'nothing.at.all', c: 'sum sum', d: '({ x: sum })' },
    })
    const { a, b, c, d } = r.reply.user_expressions as Record<string, Record<string, unknown>>
    expect(a).toMatchObject({ status: 'ok', data: { 'text/plain': '42' } })
    expect(b).toMatchObject({ status: 'error', ename: 'ReferenceError' })
    expect(c).toMatchObject({ status: 'error', ename: 'SyntaxError' })
    expect(d).toMatchObject({ status: 'ok', data: { 'text/plain': '{ x: 40 }' } })
  })
  it('an error is told once, in the message and in the reply alike', async () => {
    const r = await k.run('console.log("before")\nnull!.x')
    const typed = await k.run('let wrong: number = "a"')
    for (const { reply, messages } of [r, typed]) {
      const [error] = messages.filter(m => m.type === 'error')
      expect(messages.filter(m => m.type === 'error')).toHaveLength(1)
      expect(error.content).toEqual({
        ename: reply.ename,
        evalue: reply.evalue,
        traceback: reply.traceback,
      })
      expect(Array.isArray(reply.traceback)).toBe(true)
    }
  })
  it('aborts what is queued behind an error, and nothing later', async () => {
    const all = ['throw new Error("stop")', '1', 'let x: number = ""', 'console.log("no")'].map(c =>
      k.run(c),
    )
    const results = await Promise.all(all)
    expect(results.map(r => r.reply.status)).toEqual(['error', 'aborted', 'aborted', 'aborted'])
    expect(types(results[3].messages)).toEqual(['busy', 'idle'])
    for (let n = 0; n < 5; n++) {
      expect((await k.run('throw new Error("again")')).reply.status).toBe('error')
      // What a client sends on seeing the reply was not queued behind the error.
      expect((await k.run('7')).value).toBe('7')
    }
  })
  it('goes on behind an error where stop_on_error is false', async () => {
    const results = await Promise.all([
      k.run('throw new Error("go on")', { stop_on_error: false }),
      k.run('"went on"'),
    ])
    expect(results.map(r => r.reply.status)).toEqual(['error', 'ok'])
    expect(results[1].value).toBe("'went on'")
  })
  it('aborts behind a type error and behind an interrupt, too', async () => {
    const first = await Promise.all([k.run('let t: number = ""'), k.run('1')])
    expect(first.map(r => r.reply.status)).toEqual(['error', 'aborted'])
    const running = [k.run('await new Promise(() => {})'), k.run('1')]
    await pause(200)
    await k.request('control', 'interrupt_request', {})
    expect((await Promise.all(running)).map(r => r.reply.status)).toEqual(['error', 'aborted'])
  })
  it('runs cells in the order in which they came', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        k.run(i ? `order.push(${i}); order.at(-1)` : 'const order: number[] = [0]; 0'),
      ),
    )
    expect(results.map(r => r.value)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
    expect((await k.run('order.length')).value).toBe('20')
  })
  it('opens the pager for name?', async () => {
    await k.run('/** What it is for. */ function explained(x: number): string { return "" }')
    for (const code of ['explained?', '?explained', 'explained??']) {
      const { reply } = await k.run(code)
      expect(reply.status).toBe('ok')
      const [page] = reply.payload as { source: string; data: Record<string, string> }[]
      expect(page.source).toBe('page')
      expect(page.data['text/plain']).toMatch(/explained\(x: number\): string[^]*What it is for/)
    }
  })
})

describe('other requests', () => {
  it('kernel_info says what this is', async () => {
    const { content } = await k.request('shell', 'kernel_info_request', {})
    expect(content).toMatchObject({
      status: 'ok',
      protocol_version: '5.4',
      implementation: 'layerscope',
      language_info: { name: 'typescript', file_extension: '.ts', mimetype: 'text/typescript' },
      debugger: false,
    })
    expect(content.banner).toMatch(/TypeScript 5/)
  })
  it.each([
    ['complete', 'complete_reply', 'status'],
    ['x.', 'is_complete_reply', 'status'],
    ['Math', 'inspect_reply', 'found'],
  ])('%s answered with busy and idle around', async (code, reply, field) => {
    const seen: Received[] = []
    const stop = k.listen(m => seen.push(m))
    const type = reply.replace('reply', 'request')
    const r = await k.request('shell', type, { code, cursor_pos: code.length, detail_level: 0 })
    await pause(50)
    stop()
    expect(r.type).toBe(reply)
    expect(r.content[field]).toBeDefined()
    expect(types(seen.filter(m => m.parent === r.parent))).toEqual(['busy', 'idle'])
  })
  it('answers control, heartbeat and completion while a cell computes', async () => {
    await k.run('const items = [1]')
    const running = k.run('{ const end = Date.now() + 1500; while (Date.now() < end); }')
    await pause(150)
    const began = performance.now()
    await k.heartbeat()
    await k.request('control', 'kernel_info_request', {})
    const c = await k.request('shell', 'complete_request', { code: 'items.pu', cursor_pos: 8 })
    expect(c.content.matches).toContain('push')
    expect(performance.now() - began).toBeLessThan(1300)
    expect((await running).reply.status).toBe('ok')
  })
  it('a debug_request is told that there is no debugger', async () => {
    const { type, content } = await k.request('control', 'debug_request', {
      type: 'request',
      seq: 7,
      command: 'debugInfo',
      arguments: {},
    })
    expect(type).toBe('debug_reply')
    expect(content).toMatchObject({ success: false, request_seq: 7, command: 'debugInfo' })
  })
  it('comm_info lists the open comms, of a target or of all', async () => {
    const made = await k.run(
      'const c1 = comm.open("first"), c2 = comm.open("second"); [c1.id, c2.id].join()',
    )
    const [a, b] = String(made.value).replaceAll("'", '').split(',')
    const all = await k.request('shell', 'comm_info_request', {})
    expect(all.content).toMatchObject({
      status: 'ok',
      comms: { [a]: { target_name: 'first' }, [b]: { target_name: 'second' } },
    })
    const one = await k.request('shell', 'comm_info_request', { target_name: 'first' })
    expect(one.content.comms).toEqual({ [a]: { target_name: 'first' } })
    k.send('shell', 'comm_close', { comm_id: a, data: {} })
    await k.run('c2.close()')
    expect((await k.request('shell', 'comm_info_request', {})).content.comms).toEqual({})
  })
  it('is idle after a comm message only when its handler has run', async () => {
    await k.run(`comm.register('slow', c => { c.onMessage = () => {
      const end = Date.now() + 300; while (Date.now() < end); console.log('handled') } })`)
    const comm_id = randomUUID()
    k.send('shell', 'comm_open', { comm_id, target_name: 'slow', data: {} })
    const seen: Received[] = []
    const stop = k.listen(m => seen.push(m))
    const id = k.send('shell', 'comm_msg', { comm_id, data: {} })
    await k.next(m => m.parent === id && m.content.execution_state === 'idle')
    stop()
    expect(types(seen.filter(m => m.parent === id))).toEqual(['busy', 'stream', 'idle'])
  })
})

describe('what the kernel publishes', () => {
  it('welcomes every subscriber', async () => {
    const other = new Client(k.kernel)
    await other.joined()
    const both = await Promise.all([
      k.next(m => m.type === 'stream'),
      other.next(m => m.type === 'stream'),
      k.run('console.log("to all")'),
    ])
    expect(both.slice(0, 2).map(m => (m as Received).content.text)).toEqual([
      'to all\n',
      'to all\n',
    ])
    other.disconnect()
  })
  it('goes on when a subscriber disappears', async () => {
    for (let n = 0; n < 3; n++) {
      const other = new Client(k.kernel)
      await other.joined()
      const flood = other.run('for (let i = 0; i < 20000; i++) console.log(i)')
      await other.next(m => m.type === 'stream')
      other.disconnect()
      void flood
      const r = await k.run('"still here"')
      expect(r.value).toBe("'still here'")
    }
  })
})

describe('hostile and broken messages', () => {
  it('are dropped with a line in the log, and the kernel lives', async () => {
    const good = k.frames('execute_request', { code: 'globalThis.stolen = 1' })
    const [delimiter, signature, ...parts] = good
    await k.raw('shell', [delimiter, 'f'.repeat(64), ...parts])
    await k.raw('shell', [delimiter, signature, ...parts.slice(0, 3)])
    await k.raw('control', ['nonsense'])
    await k.raw('stdin', [delimiter, signature, '{', '{}', '{}', '{}'])
    await k.raw('shell', Array<string>(500).fill('x'))
    await k.raw('shell', [delimiter, '', 'null', 'null', 'null', 'null'])
    expect((await k.run('(globalThis as any).stolen')).value).toBeUndefined()
    expect(k.kernel.log).toMatch(/dropped a message on shell: the signature does not match/)
    expect(k.kernel.log).toMatch(/dropped a message on control: no delimiter/)
  })
  it('sent a second time do nothing', async () => {
    await k.run('let times = 0')
    const again = k.frames('execute_request', { code: 'times++', silent: true })
    await k.raw('shell', again)
    await k.raw('shell', again)
    expect((await k.run('times')).value).toBe('1')
    expect(k.kernel.log).toMatch(/the same message came before/)
  })
  it('of unknown types are answered by nothing but busy and idle', async () => {
    const id = k.send('shell', 'frobnicate_request', { code: 1 })
    const [busy, idle] = await Promise.all([
      k.next(m => m.parent === id && m.content.execution_state === 'busy'),
      k.next(m => m.parent === id && m.content.execution_state === 'idle'),
    ])
    expect([busy.type, idle.type]).toEqual(['status', 'status'])
    for (const type of ['__proto__', 'constructor', 'toString', 'execute_reply', ''])
      k.send('shell', type, {})
    expect((await k.run('1')).value).toBe('1')
  })
  it.each([
    ['execute_request', {}],
    ['execute_request', { code: 5, user_expressions: [1], silent: 'yes' }],
    ['complete_request', { code: null, cursor_pos: 'x' }],
    ['complete_request', { code: 'a', cursor_pos: -1e308 }],
    ['inspect_request', { cursor_pos: 1e9 }],
    ['is_complete_request', { code: {} }],
    ['history_request', { hist_access_type: 'range', session: 'x', start: {}, stop: null }],
    ['history_request', { hist_access_type: 'search', pattern: ['*'], n: -1 }],
    ['history_request', { hist_access_type: 'tail', n: 1e300 }],
    ['history_request', {}],
    ['comm_info_request', { target_name: 5 }],
  ])('%s %j gets an answer of its kind', async (type, content) => {
    const r = await k.request('shell', type, content)
    expect(r.type).toBe(type.replace('request', 'reply'))
  })
  it.each([
    ['comm_open', {}],
    ['comm_open', { comm_id: '__proto__', target_name: 'x', data: null }],
    ['comm_msg', { comm_id: 'unknown', data: {} }],
    ['comm_close', { comm_id: 7 }],
  ])('%s %j harms nothing', async (type, content) => {
    k.send('shell', type, content)
    expect((await k.run('"fine"')).value).toBe("'fine'")
  })
  it('that nest deeply are survived', async () => {
    const deep = `{"comm_id":"deep","target_name":"x","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    const header = JSON.stringify({ msg_id: randomUUID(), msg_type: 'comm_open' })
    const { signer } = await import('../../kernel/sign.ts')
    const parts = [header, '{}', '{}', deep]
    await k.raw('shell', ['<IDS|MSG>', signer(k.kernel.key).sign(parts), ...parts])
    expect((await k.run('"deep"')).value).toBe("'deep'")
  })
  it('some hundred random ones over the socket', async () => {
    let seed = 7
    const pick = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n
    for (let n = 0; n < 600; n++) {
      const frames = k.frames(pick(2) ? 'execute_request' : 'comm_msg', { code: 'throw 1' })
      const bytes = frames.map(f => Buffer.from(f as string))
      for (let c = 1 + pick(3); c > 0; c--) {
        const i = pick(bytes.length)
        if (pick(3) === 0) bytes.splice(i, 1)
        else if (bytes[i]?.length) bytes[i][pick(bytes[i].length)] ^= 1 + pick(255)
        if (!bytes.length) bytes.push(Buffer.from('x'))
      }
      await k.raw(pick(3) ? 'shell' : 'control', bytes)
    }
    expect((await k.run('"alive"', { stop_on_error: false })).reply.status).toMatch(/ok|aborted/)
    expect((await k.run('"alive"')).value).toBe("'alive'")
    expect(k.kernel.log.split('\n').length).toBeLessThan(200)
  })
})

describe('history', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-h-'))
  const env = { LAYERSCOPE_HISTORY: join(folder, 'history.jsonl') }
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const ask = async (c: Client, content: object) => {
    const r = await c.request('shell', 'history_request', { output: false, raw: true, ...content })
    return r.content.history as [number, number, string | [string, string | null]][]
  }
  it('reaches over sessions by tail, range and search', async () => {
    const first = await Client.start({ env })
    for (const code of ['const a = 1', 'a + 1', 'a + 1', '"😀 last"']) await first.run(code)
    await first.stop()
    const c = await Client.start({ env })
    await c.run('const b = 2')
    await c.run('b * 21')
    expect((await ask(c, { hist_access_type: 'tail', n: 3 })).map(h => h[2])).toEqual([
      '"😀 last"',
      'const b = 2',
      'b * 21',
    ])
    expect(await ask(c, { hist_access_type: 'tail', n: 1, output: true })).toEqual([
      [2, 2, ['b * 21', '42']],
    ])
    expect(
      (await ask(c, { hist_access_type: 'range', session: 0, start: 1, stop: 2 })).map(h => h[2]),
    ).toEqual(['const b = 2'])
    expect(
      (await ask(c, { hist_access_type: 'range', session: -1, start: 2, stop: 4 })).map(h => h[2]),
    ).toEqual(['a + 1', 'a + 1'])
    expect(
      (await ask(c, { hist_access_type: 'range', session: 1, start: 4, stop: 9 })).map(h => h[2]),
    ).toEqual(['"😀 last"'])
    expect((await ask(c, { hist_access_type: 'search', pattern: 'a*' })).map(h => h[1])).toEqual([
      2, 3,
    ])
    expect(
      (await ask(c, { hist_access_type: 'search', pattern: 'a*', unique: true })).map(h => h[1]),
    ).toEqual([3])
    expect(
      (await ask(c, { hist_access_type: 'search', pattern: '*', n: 2 })).map(h => h[2]),
    ).toEqual(['const b = 2', 'b * 21'])
    await c.stop()
  })
})
