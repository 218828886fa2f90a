// Completion by what live values have, where their type does not say it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
  writeFileSync(
    join(k.kernel.folder, 'loose.cjs'),
    'exports.table = { rows: [1] }; Object.defineProperty(exports, "trap", { enumerable: true, get() { throw new Error("called") } })',
  )
  writeFileSync(
    join(k.kernel.folder, 'loose.d.cts'),
    'export const table: any; export const trap: any',
  )
  writeFileSync(join(k.kernel.folder, 'made.ts'), 'export const made: any = { inTs: 1 }')
  const ran = [
    await k.run(`const parsed = JSON.parse('{"alpha":{"beta":[{"gamma":1}]},"a-b":2,"al pha":3}')
      const counts: Record<string, number> = { one: 1, two: 2, "it's": 3 }
      let calls = 0
      class Base { inherited() {} get lazy() { calls++; return { never: 1 } } }
      class Derived extends Base { own = 1 }
      const thing: any = new Derived()
      const trapped: any = new Proxy({ inner: 1 }, {
        ownKeys() { calls++; return ['inner'] }, get() { calls++; return 1 },
        getPrototypeOf() { calls++; return null }, getOwnPropertyDescriptor() { calls++; return undefined } })
      const below: any = Object.create(trapped, { mine: { value: 1, enumerable: true } })
      const typed: { known: number } = { known: 1, hidden: 2 } as { known: number }
      const byName = new Map([['left', 1], ['right', 2]])
      const text: any = 'abc', floats: any = new Float32Array(2e6), nothing: any = null
      const many: any = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => ['key' + i, i]))`),
    await k.run('import { table, trap } from "./loose.cjs"\nimport { made } from "./made"'),
  ]
  expect(ran.map(r => r.reply.status)).toEqual(['ok', 'ok'])
  expect((await k.run('calls')).value).toBe('0')
})
afterAll(() => k.stop())

/** Completes where the bar stands. */
async function complete(marked: string) {
  const at = marked.indexOf('|')
  const code = marked.slice(0, at) + marked.slice(at + 1)
  const { content } = await k.request('shell', 'complete_request', { code, cursor_pos: at })
  const { matches, cursor_start, cursor_end } = content as {
    matches: string[]
    cursor_start: number
    cursor_end: number
  }
  return { matches, replaced: code.slice(cursor_start, cursor_end) }
}
const matches = async (marked: string) => (await complete(marked)).matches
/** What comes where the runner has the time to answer: on a busy machine perhaps not at once. */
const soon = <T>(f: () => Promise<T>) => expect.poll(f, { timeout: 10_000 })
const first = (marked: string, n = 1) => soon(async () => (await matches(marked)).slice(0, n))

describe('keys of live values', () => {
  it('complete what was parsed, at any depth', async () => {
    await first('parsed.|', 1).toEqual(['alpha'])
    await first('parsed.al|').toEqual(['alpha'])
    expect((await complete('parsed.al|')).replaced).toBe('al')
    await first('parsed.alpha.|').toEqual(['beta'])
    await first('parsed?.alpha.beta[0].|').toEqual(['gamma'])
    await first('(parsed as any)["alpha"]!.beta[0].ga|').toEqual(['gamma'])
    await first('const later = 1\nparsed.alpha.|\nlater').toEqual(['beta'])
  })
  it('complete in brackets, with the quotes that stand there', async () => {
    await soon(() => complete("parsed['a|")).toEqual({
      matches: ['alpha', 'a-b', 'al pha'],
      replaced: 'a',
    })
    await soon(() => complete('parsed["al p|"]')).toEqual({ matches: ['al pha'], replaced: 'al p' })
    await first('parsed[|', 3).toEqual(["'alpha'", "'a-b'", "'al pha'"])
    await soon(() => matches('counts["|')).toEqual(['one', 'two', "it's"])
    await soon(() => matches("counts['it|']")).toEqual(["it\\'s"])
    await first('counts.t|').toEqual(['two'])
    await soon(() => matches("byName.get('|')")).toEqual(['left', 'right'])
  })
  it('know prototypes, and leave out what cannot be written', async () => {
    await first('thing.|', 3).toEqual(['own', 'inherited', 'lazy'])
    const found = await matches('thing.|')
    expect(found).not.toContain('constructor')
    expect(found).not.toContain('__proto__')
    await soon(() => matches('text.toUp|')).toEqual(['toUpperCase'])
    await soon(() => matches('floats.subar|')).toEqual(['subarray'])
    expect(await matches('nothing.|')).toEqual([])
    expect(await matches('parsed.nothing.there.|')).toEqual([])
  })
  it('follow imports of local files and CommonJS', async () => {
    await first('table.|').toEqual(['rows'])
    await first('made.|').toEqual(['inTs'])
    expect(await matches('trap.|')).toEqual([])
  })
  it('run no getter and no trap of a Proxy', async () => {
    await matches('thing.lazy.|')
    await matches('trapped.|')
    await matches('trapped["|')
    await matches('trapped.inner.|')
    await soon(() => matches('below.|')).toEqual(['mine'])
    expect((await k.run('calls')).value).toBe('0')
  })
  it('are few, and of the variable that is meant', async () => {
    await soon(async () => (await matches('many.|')).length).toBe(500)
    await soon(async () => (await matches('many.key29|')).length).toBe(111)
    expect(await matches('function f(parsed: any) { parsed.| }')).toEqual([])
    expect(await matches('{ const parsed: any = 1; parsed.| }')).toEqual([])
    // Its type says all there is to know.
    await soon(() => matches('typed.|')).toEqual(['known'])
  })
  it('come from a cell that awaits, and types alone while one computes', async () => {
    const waiting = k.run(
      'const during: any = { now: 1 }; await new Promise(r => setTimeout(r, 700))',
    )
    await new Promise(r => setTimeout(r, 300))
    await first('during.|').toEqual(['now'])
    await waiting
    const running = k.run(
      'console.log("begun"); for (const end = Date.now() + 1500; Date.now() < end;);',
    )
    await k.next(m => m.type === 'stream')
    let ended = false
    void running.then(() => (ended = true))
    expect(await matches('parsed.|')).toEqual([])
    await soon(() => matches('byName.fo|')).toEqual(['forEach'])
    expect(ended).toBe(false)
    await running
    await first('parsed.|').toEqual(['alpha'])
  })
})
