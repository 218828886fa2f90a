// Output and errors of callbacks and events go to the cell that made what speaks, whatever ran since.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, type Received } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
})
afterAll(() => k.stop())

/** Runs `code`, then another cell, then `go`; the parent that `word` is printed with, and the first cell's id. */
async function speaker(code: string, go = 'globalThis.go?.()') {
  const told = k.next(
    m => /stream|error/.test(m.type) && JSON.stringify(m.content).includes('SPOKE'),
  )
  const first = await k.run(
    `declare global { var go: (() => void) | undefined }\n{ globalThis.go = undefined\n${code} }`,
  )
  expect(first.reply.status, JSON.stringify(first.reply)).toBe('ok')
  await k.run('1')
  const last = await k.run(go)
  const m: Received = await told
  return {
    type: m.type,
    parent: m.parent,
    first: first.messages[0].parent,
    last: last.messages[0].parent,
  }
}

describe('what is printed later belongs to the cell that began it', () => {
  it.each([
    [
      'a callback of the file system, from a timer',
      `setTimeout(() => require('fs').readFile('.', () => console.log('SPOKE')), 60)`,
    ],
    [
      'callbacks in callbacks',
      `const fs = require('fs'); setTimeout(() => fs.stat('.', () => fs.readdir('.', () => fs.mkdtemp('x', () => console.log('SPOKE')))), 60)`,
    ],
    [
      'a stream of a file',
      `const fs = require('fs'); fs.writeFileSync('lines.txt', 'a\\nb'); const s = fs.createReadStream('lines.txt'); s.pause(); s.on('data', () => console.log('SPOKE')); setTimeout(() => s.resume(), 60)`,
    ],
    [
      'lines of a stream',
      `const fs = require('fs'); fs.writeFileSync('lines.txt', 'a\\nb'); const i = fs.createReadStream('lines.txt', { highWaterMark: 1 }); require('readline').createInterface({ input: i }).on('line', (l: string) => l === 'b' && setTimeout(() => console.log('SPOKE'), 50))`,
    ],
    ['a tick of a timer', `setTimeout(() => process.nextTick(() => console.log('SPOKE')), 60)`],
    ['a microtask of a timer', `setTimeout(() => queueMicrotask(() => console.log('SPOKE')), 60)`],
    [
      'random bytes',
      `setTimeout(() => require('crypto').randomBytes(8, () => console.log('SPOKE')), 60)`,
    ],
    [
      'compression',
      `setTimeout(() => require('zlib').gzip('abc', () => console.log('SPOKE')), 60)`,
    ],
    [
      'an error that nobody catches in a callback',
      `setTimeout(() => require('fs').stat('.', () => { throw new Error('SPOKE') }), 60)`,
    ],
    [
      'an error that a socket tells and nobody hears',
      `setTimeout(() => require('net').connect({ path: './SPOKE' }), 60)`,
    ],
  ])('%s', async (_, code) => {
    const s = await speaker(code)
    expect(s.parent).toBe(s.first)
  })
  it('a server, and what comes in', async () => {
    const s = await speaker(
      `const server = require('http').createServer((req: any, res: any) => {
        let body = ''
        req.on('data', (d: Buffer) => (body += d))
        req.on('end', () => { console.log('SPOKE', body); res.end('ok'); server.close() })
      }).listen(0, '127.0.0.1', () => { (globalThis as any).port = server.address().port })
      await new Promise(r => setTimeout(r, 50))`,
      `const answer = await fetch('http://127.0.0.1:' + (globalThis as any).port, { method: 'POST', body: 'x'.repeat(10) }); await answer.text()`,
    )
    expect(s.parent).toBe(s.first)
  })
  it('a client of another cell’s server, each its own', async () => {
    const said: [string, string][] = []
    const stop = k.listen(m => {
      if (m.type === 'stream') said.push([String(m.content.text).trim(), m.parent])
    })
    const server = await k.run(
      `const net = require('net'); const echo = net.createServer((c: any) => c.on('data', (d: any) => { console.log('heard ' + d); c.write('re: ' + d) })).listen(0)\nawait new Promise(r => echo.once('listening', r))`,
    )
    const client = await k.run(
      `const wire = net.connect(echo.address().port); wire.on('data', (d: any) => console.log('got ' + d)); wire.on('connect', () => setTimeout(() => wire.write('hello'), 60)); 1`,
    )
    await k.run('2')
    const last = await k.run(
      'await new Promise(r => setTimeout(r, 250)); wire.destroy(); echo.close(); 3',
    )
    stop()
    expect(last.reply.status).toBe('ok')
    expect(said).toEqual([
      ['heard hello', server.messages[0].parent],
      ['got re: hello', client.messages[0].parent],
    ])
  })
  it('an event that a later cell makes itself is that cell’s', async () => {
    await k.run(
      `const { EventEmitter } = require('events'); const bus = new EventEmitter(); let n = 0; const f = () => n++; bus.on('x', f); bus.once('x', f); bus.on('said', () => console.log('now'))`,
    )
    const r = await k.run(
      `bus.emit('x'); bus.emit('x'); bus.off('x', f); bus.emit('x'); bus.emit('said'); [n, bus.listenerCount('x')]`,
    )
    expect(r.value).toBe('[ 3, 0 ]')
    expect(r.stdout).toBe('now\n')
  })
  it('functions that are followed stay what they were', async () => {
    const r = await k.run(`const fs2 = require('fs'), util = require('util')
      const dir = await util.promisify(fs2.readdir)('.')
      const { bytesRead } = await util.promisify(fs2.read)(fs2.openSync('lines.txt'), Buffer.alloc(4), 0, 4, 0)
      let thrown = 0
      for (const f of [() => fs2.readFile('x' as any), () => process.nextTick(1 as any), () => queueMicrotask(null as any)]) try { f() } catch { thrown++ }
      ;[dir.includes('lines.txt'), bytesRead, thrown, fs2.readFile.name, fs2.readFile.length]`)
    expect(r.value).toBe("[ true, 3, 3, 'readFile', 3 ]")
  })
})
