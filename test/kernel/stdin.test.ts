// input() and prompt(): questions to the reader.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Client, pause, type Received } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
})
afterAll(() => k.stop())
afterEach(() => {
  k.onInput = () => undefined
})
const allow = { allow_stdin: true }
const answer = (value: unknown) => (m: Received) => {
  asked.push(m)
  k.send('stdin', 'input_reply', { status: 'ok', value })
}
const asked: Received[] = []

describe('a question', () => {
  it('goes to the client and its answer to the cell', async () => {
    k.onInput = answer('Ada 😀')
    const r = await k.run('const who = await input("Name? "); who.length', allow)
    expect(r.value).toBe('6')
    expect(asked.at(-1)).toMatchObject({
      type: 'input_request',
      content: { prompt: 'Name? ', password: false },
    })
    expect(asked.at(-1)?.parent).toBe(r.messages[0].parent)
  })
  it('for a password says so', async () => {
    k.onInput = answer('x')
    await k.run('await input("key", { password: true })', allow)
    expect(asked.at(-1)?.content).toEqual({ prompt: 'key', password: true })
  })
  it('of prompt() is answered without await', async () => {
    k.onInput = answer('7')
    const r = await k.run('const n = Number(prompt("how many?")); n * 6', allow)
    expect(r.value).toBe('42')
  })
  it('after another in one cell', async () => {
    let n = 0
    k.onInput = () => k.send('stdin', 'input_reply', { value: String(++n) })
    const r = await k.run('[await input("a"), prompt("b"), await input("c")].join("")', allow)
    expect(r.value).toBe("'123'")
  })
  it('after output comes when the output has come', async () => {
    const order: string[] = []
    const stop = k.listen(m => m.type === 'stream' && order.push('stream'))
    k.onInput = () => {
      setTimeout(() => {
        order.push('answer')
        k.send('stdin', 'input_reply', { value: '' })
      }, 100)
    }
    await k.run('console.log("first"); await input()', allow)
    stop()
    expect(order).toEqual(['stream', 'answer'])
  })
  it('is refused in words where the client allows no input', async () => {
    for (const code of ['await input("?")', 'prompt("?")']) {
      const r = await k.run(code)
      expect(r.reply).toMatchObject({ status: 'error' })
      expect(r.reply.evalue).toMatch(/allow_stdin is false/)
    }
    const caught = await k.run('try { await input() } catch { "caught" }')
    expect(caught.reply.status).toBe('ok')
  })
  it('of a cell that is over is refused', async () => {
    const late = k.next(m => m.type === 'error')
    await k.run('setTimeout(() => { void input("late") }, 50); 0', allow)
    expect((await late).content.evalue).toMatch(/no longer running/)
  })
  it.each(['await input("wait")', 'prompt("wait")'])(
    '%s is interrupted; its late answer goes nowhere',
    async code => {
      await k.run('let kept = 1')
      const waiting = new Promise<void>(resolve => (k.onInput = () => resolve()))
      const running = k.run(code, allow)
      await waiting
      await k.request('control', 'interrupt_request', {})
      expect((await running).reply).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' })
      k.send('stdin', 'input_reply', { value: 'too late' })
      await pause(100)
      k.onInput = answer('in time')
      expect((await k.run('kept + await input("next")', allow)).value).toBe("'1in time'")
    },
  )
  it('takes no answer that nobody asked for, or of another client', async () => {
    k.send('stdin', 'input_reply', { value: 'unasked' })
    const other = new Client(k.kernel)
    await other.joined()
    k.onInput = () => {
      other.send('stdin', 'input_reply', { value: 'theirs' })
      setTimeout(() => k.send('stdin', 'input_reply', { value: 'mine' }), 150)
    }
    expect((await k.run('await input("whose?")', allow)).value).toBe("'mine'")
    other.disconnect()
  })
  it('is survived with an answer of a wrong kind', async () => {
    k.onInput = answer({ not: 'text' })
    expect((await k.run('await input()', allow)).value).toBe("''")
    k.send('stdin', 'execute_request', { code: randomUUID() })
    expect((await k.run('1')).value).toBe('1')
  })
})
