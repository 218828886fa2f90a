// Pages come and go while the kernel stays: a reload, a second window, a lost connection.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client, pause, type Received } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
})
afterAll(() => k.stop())

/** Another page at the same kernel. */
async function page(): Promise<Client> {
  const c = new Client(k.kernel)
  await c.joined()
  return c
}
const until = (c: Client, f: (m: Received) => boolean) => c.next(f)

it('a page that is reloaded hears the rest of a cell that runs, and its end', async () => {
  const first = await page()
  const id = first.send('shell', 'execute_request', {
    code: 'for (let i = 0; i < 12; i++) { console.log("line " + i); await new Promise(r => setTimeout(r, 60)) }\n"done"',
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  })
  await until(first, m => m.type === 'stream')
  first.disconnect()
  const second = await page()
  const rest: string[] = []
  const stop = second.listen(m => {
    if (m.parent === id && m.type === 'stream') rest.push(String(m.content.text))
  })
  const result = await until(second, m => m.type === 'execute_result' && m.parent === id)
  await until(second, m => m.parent === id && m.content.execution_state === 'idle')
  stop()
  expect((result.content.data as Record<string, string>)['text/plain']).toMatch(/done/)
  expect(rest.join('')).toMatch(/line 11\n$/)
  expect((await second.run('1 + 1')).value).toBe('2')
  second.disconnect()
})

it('comms outlive the page that opened them, and answer the next one', async () => {
  await k.run(`const tally: unknown[] = []
    comm.register('tally', c => { c.onMessage = m => { tally.push(m.data); c.send({ n: tally.length }) } })
    const mine = comm.open('from-kernel', { v: 1 }); mine.onMessage = m => mine.send({ back: m.data })`)
  const first = await page()
  first.send('shell', 'comm_open', { comm_id: 'page-comm', target_name: 'tally', data: {} })
  const answered = until(first, m => m.type === 'comm_msg' && m.content.comm_id === 'page-comm')
  first.send('shell', 'comm_msg', { comm_id: 'page-comm', data: { i: 1 } })
  await answered
  first.disconnect()
  // Nobody listens: what is sent goes nowhere, and hurts nobody.
  await k.run('mine.send({ v: 2 })')

  const second = await page()
  const { content } = await second.request('shell', 'comm_info_request', {})
  const comms = content.comms as Record<string, { target_name: string }>
  expect(comms['page-comm']).toEqual({ target_name: 'tally' })
  const [own] = Object.entries(comms).find(([, c]) => c.target_name === 'from-kernel')!
  const next = until(second, m => m.type === 'comm_msg' && m.content.comm_id === 'page-comm')
  second.send('shell', 'comm_msg', { comm_id: 'page-comm', data: { i: 2 } })
  expect((await next).content.data).toEqual({ n: 2 })
  const back = until(second, m => m.type === 'comm_msg' && m.content.comm_id === own)
  second.send('shell', 'comm_msg', { comm_id: own, data: 'hello' })
  expect((await back).content.data).toEqual({ back: 'hello' })
  // A comm of the page that is gone can be closed by the next one.
  second.send('shell', 'comm_close', { comm_id: 'page-comm', data: {} })
  await second.run('')
  const after = await second.request('shell', 'comm_info_request', {})
  expect(Object.keys(after.content.comms as object)).not.toContain('page-comm')
  second.disconnect()
})

it('two pages see each other’s cells, and each its own replies', async () => {
  const [a, b] = [await page(), await page()]
  const heard = until(b, m => m.type === 'execute_input' && m.content.code === '"from a"')
  const [ra, rb] = await Promise.all([a.run('"from a"'), b.run('"from b"')])
  expect([ra.value, rb.value]).toEqual(["'from a'", "'from b'"])
  expect((await heard).parentHeader.session).toBe(a.session)
  expect(a.replies.every(r => r.parentHeader.session === a.session)).toBe(true)
  a.disconnect()
  b.disconnect()
})

it('a question whose page is gone does not hold the kernel: an interrupt ends it', async () => {
  const first = await page()
  const asked = new Promise<void>(resolve => (first.onInput = () => resolve()))
  const content = { silent: false, store_history: true, user_expressions: {}, stop_on_error: true }
  first.send('shell', 'execute_request', {
    ...content,
    code: 'await input("?")',
    allow_stdin: true,
  })
  await asked
  first.disconnect()
  const second = await page()
  const waiting = second.run('6 * 7')
  await pause(100)
  await second.request('control', 'interrupt_request', {})
  // It stood behind the cell that was stopped.
  expect((await waiting).reply.status).toBe('aborted')
  expect((await second.run('6 * 7')).value).toBe('42')
  second.disconnect()
})
