// What the runner says as JSON, the front passes on: whole, signed, and nothing that is half.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, type Received } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
})
afterAll(() => k.stop())

const sha = (text: string) => createHash('sha256').update(text).digest('hex')
/** Text with everything that JSON has to escape, and characters of two, three and four bytes. */
const MIXED = `const mixed = (n: number) => { let s = ''; for (let i = 0; s.length < n; i++) s += i + ' "\\\\\\n\\t\\u0001é€😀'; return s }`
const mixed = (n: number) => {
  let s = ''
  for (let i = 0; s.length < n; i++) s += i + ' "\\\n\t\u0001é€😀'
  return s
}
const shown = (messages: Received[], type: string) =>
  messages.find(m => m.type === type)?.content as { data: Record<string, unknown> } | undefined

describe('large content', () => {
  it('of a display, a result, a stream and an update arrives as it was', async () => {
    await k.run(MIXED)
    const r = await k.run(`
      console.log(mixed(300_000))
      const handle = display({ 'application/json': { a: [mixed(3e6)] }, 'text/html': mixed(2e5) })
      handle.update({ 'text/html': mixed(1e5) })
      ;({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': { b: 'x'.repeat(3e6) }, 'text/plain': mixed(20_000) }) })`)
    expect(sha(r.stdout)).toBe(sha(`${mixed(300_000)}\n`))
    const { data } = shown(r.messages, 'display_data')!
    expect(sha((data['application/json'] as { a: string[] }).a[0])).toBe(sha(mixed(3e6)))
    expect(sha(String(data['text/html']))).toBe(sha(mixed(2e5)))
    expect(shown(r.messages, 'update_display_data')?.data).toEqual({ 'text/html': mixed(1e5) })
    const result = shown(r.messages, 'execute_result')
    expect(result).toMatchObject({
      execution_count: r.reply.execution_count,
      data: { 'application/json': { b: 'x'.repeat(3e6) }, 'text/plain': mixed(20_000) },
      metadata: {},
    })
    const history = await k.request('shell', 'history_request', {
      hist_access_type: 'tail',
      n: 1,
      output: true,
      raw: true,
    })
    const [[, , [, output]]] = history.content.history as [[number, number, [string, string]]]
    expect(output).toBe(mixed(20_000).slice(0, 10_000))
  })
  it('of a comm arrives as it was, with its buffers', async () => {
    await k.run(MIXED)
    const opened = k.next(m => m.type === 'comm_open')
    const sent = k.next(m => m.type === 'comm_msg')
    const r = await k.run(
      `const c = comm.open('some target', { a: mixed(2e5) }); c.send([1n, mixed(10)], { buffers: [new Uint8Array(new Float64Array([1, 2]).buffer), new Uint8Array(new SharedArrayBuffer(3)).fill(7)] })`,
    )
    expect(r.reply.status).toBe('ok')
    expect((await opened).content).toMatchObject({
      target_name: 'some target',
      data: { a: mixed(2e5) },
    })
    const { content, buffers } = await sent
    expect(content.data).toEqual(['1', mixed(10)])
    expect(buffers.map(b => [...b])).toEqual([
      [...new Uint8Array(new Float64Array([1, 2]).buffer)],
      [7, 7, 7],
    ])
  })
})

describe('half of a surrogate pair', () => {
  it('is U+FFFD everywhere: what Python reads can be saved', async () => {
    const half = `'a\\ud83db'`
    const r = await k.run(
      `console.log(${half}); display.html(${half}); display.json({ [${half}]: ${half} }); const error = new RangeError(${half}); ({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': ${half} }) })`,
      { user_expressions: { x: half } },
    )
    const failed = await k.run('throw error')
    const all = JSON.stringify([r, failed])
    expect(all).toContain('a\ufffdb')
    expect(all.replaceAll('a\\\\ud83db', '')).not.toMatch(/\\ud83d/)
    expect(failed.reply.evalue).toBe('a\ufffdb')
  })
})

describe('a runner', () => {
  it('that dies in the middle of a message has said nothing of it', async () => {
    const r = await k.run(`
      import { writeSync } from 'node:fs'
      const header = Buffer.from(JSON.stringify({ t: 'display', parent: null, kind: 'display_data', sizes: [1000] }))
      const head = Buffer.alloc(12)
      head.writeUInt32LE(0x4b50534c); head.writeUInt32LE(header.length, 4); head.writeUInt32LE(1000, 8)
      console.log('before')
      writeSync(4, Buffer.concat([head, header, Buffer.from('{"data":{"text/plain":"half')]))
      process.kill(process.pid, 'SIGKILL')`)
    expect(r.reply).toMatchObject({ status: 'error', ename: 'RunnerDied' })
    expect(r.stdout).toBe('before\n')
    expect(r.messages.some(m => m.type === 'display_data')).toBe(false)
    expect((await k.run('1 + 1')).value).toBe('2')
  })
  it('that writes into the pipe is replaced, and says why', async () => {
    const r = await k.run(
      `import { writeSync } from 'node:fs'; console.log('before'); writeSync(4, 'not a packet of the kernel'); while (true);`,
    )
    expect(r.reply).toMatchObject({ status: 'error', ename: 'RunnerDied' })
    expect(r.reply.evalue).toContain('descriptor 4')
    expect(r.stdout).toBe('before\n')
    expect((await k.run('1 + 1')).value).toBe('2')
  })
  it('that is interrupted in the middle of a large message still says it whole', async () => {
    const buffers: number[] = []
    const texts: number[] = []
    let seen = (): void => undefined
    const bothSeen = new Promise<void>(resolve => (seen = resolve))
    const running = k.run(
      `const bytes = new Uint8Array(30e6).fill(65); const big = 'y'.repeat(3e6); const c2 = comm.open('flood'); for (;;) { c2.send({ big }, { buffers: [bytes] }); display.text(big) }`,
      {},
      m => {
        if (m.type === 'comm_msg') buffers.push(m.buffers[0].length)
        if (m.type === 'display_data')
          texts.push(String((m.content.data as Record<string, unknown>)['text/plain']).length)
        if (buffers.length > 1 && texts.length > 1) seen()
      },
    )
    await bothSeen
    await k.request('control', 'interrupt_request', {})
    expect((await running).reply).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' })
    expect(new Set(buffers)).toEqual(new Set([30e6]))
    expect(new Set(texts)).toEqual(new Set([3e6]))
    expect((await k.run('bytes.length + big.length')).value).toBe(String(33e6))
  })
})
