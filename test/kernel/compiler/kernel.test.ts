// What needs a whole kernel: errors as they are told, tslab's module, names between the processes.
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, type Result } from '../client.ts'
import { plain } from './lab.ts'

let k: Client
let folder: string
beforeAll(async () => {
  k = await Client.start()
  folder = ((await k.run('process.cwd()')).value ?? '').replace(/^'|'$/g, '')
})
afterAll(() => k.stop())
const trace = (reply: Record<string, unknown>) => plain(reply.traceback as string[])

it('the first cell is checked like any other', async () => {
  const fresh = await Client.start()
  expect((await fresh.run('const n: number = "x"')).reply.ename).toBe('TypeScriptError')
  expect((await fresh.run('unknown1 = 5')).reply.ename).toBe('TypeScriptError')
  await fresh.stop()
})

describe('run-time errors', () => {
  it('speak of the user’s own names', async () => {
    await k.run('let f: any = () => 1; function g() { return f() }; let xs: any = 5')
    expect((await k.run('f = 3; g()')).reply.evalue).toBe('f is not a function')
    expect((await k.run('(() => { for (const x of xs) x })()')).reply.evalue).toMatch(
      /^xs is not iterable/,
    )
    expect(
      (await k.run('function useLater() { return later2 }; useLater(); const later2 = 1')).reply
        .evalue,
    ).toBe("Cannot access 'later2' before initialization")
  })
  it('of a recursion tell its frame once', async () => {
    const { reply } = await k.run(
      'function down(n: number): number { return 1 + down(n + 1) }\ndown(0)',
    )
    expect(reply.evalue).toMatch(/Maximum call stack/)
    expect(trace(reply)).toMatch(/… and \d+ times more/)
    expect(trace(reply).match(/in down/g)?.length).toBeLessThan(4)
  })
  it('of a local file name its own line', async () => {
    writeFileSync(
      `${folder}/broken.ts`,
      'interface Erased {\n  a: number\n}\n\nexport enum E { A }\nexport function fails(x: Erased): never {\n  throw new RangeError(`no ${x.a}`)\n}\n',
    )
    const { reply } = await k.run('import { fails } from "./broken"\n\nfails({ a: 2 })')
    expect(reply).toMatchObject({ ename: 'RangeError', evalue: 'no 2' })
    expect(trace(reply)).toMatch(/broken\.ts:7:\d+/)
    expect(trace(reply)).toMatch(/cell \[\d+\], line 3:/)
  })
})

describe('printed stacks', () => {
  const printed = (r: Result) =>
    r.messages
      .filter(m => /stream|display_data|execute_result/.test(m.type))
      .map(m =>
        plain([String(m.content.text ?? (m.content.data as Record<string, string>)['text/plain'])]),
      )
      .join('\n')
  it('name the lines of cells and local files as they were written', async () => {
    writeFileSync(
      `${folder}/deep.ts`,
      'interface Erased {\n  a: 1\n}\nexport function deep(): never {\n  throw new Error("deep")\n}\n',
    )
    const r = await k.run(
      'interface Gone { a: 1 }\nimport { deep } from "./deep"\nfunction bad() {\n  return new Error("bad")\n}\nconsole.error(bad().stack)\ntry { deep() } catch (e) { console.log(e) }\ndisplay(bad())\n;({ e: bad() })',
    )
    const text = printed(r)
    expect(text.match(/at bad \(cell \[\d+\]:4:10\)/g)).toHaveLength(3)
    expect(text).toMatch(/deep\.ts:5:9/)
    for (const line of [6, 7, 8, 9]) expect(text).toMatch(new RegExp(`at cell \\[\\d+\\]:${line}:`))
    expect(text).not.toMatch(/cell:/)
  })
  it('of timers, and texts that only look like places', async () => {
    const r = await k.run(
      'setTimeout(() => console.log(new Error("late").stack), 5); console.log("cell:1:2:3 cell:x:1:1"); await new Promise(r => setTimeout(r, 40))',
    )
    expect(printed(r)).toMatch(/cell:1:2:3 cell:x:1:1\n.*late\n.*\(cell \[\d+\]:1:30\)/s)
  })
})

it('tslab’s module shows, and its notebooks are not checked strictly', async () => {
  const r = await k.run(
    'import * as tslab from "tslab"; function lax(x) { return x }; tslab.display.html("<b>1</b>"); lax(tslab.versions.tslab)',
  )
  expect(r.messages.find(m => m.type === 'display_data')?.content.data).toMatchObject({
    'text/html': '<b>1</b>',
  })
  expect(r.value).toBe("'1.0.22'")
  await k.run('%ts strict=true')
})

it('magics: options in the pager, name? too', async () => {
  const { reply } = await k.run('%ts')
  expect(JSON.stringify(reply.payload)).toMatch(/page.*strict = true/)
  await k.run('/** Twice. */ function twice(x: number) { return 2 * x }')
  expect(JSON.stringify((await k.run('twice?')).reply.payload)).toMatch(
    /function twice\(x: number\): number.*Twice\./,
  )
})

it('names of a running cell complete, and those of a stopped one stay', async () => {
  const running = k.run(
    'const partial = { inside: 1 }\nawait new Promise(() => {})\nconst beyond = 1',
  )
  await new Promise(r => setTimeout(r, 500))
  const c = await k.request('shell', 'complete_request', { code: 'partial.', cursor_pos: 8 })
  expect(c.content.matches).toEqual(['inside'])
  await k.request('control', 'interrupt_request', {})
  expect((await running).reply.ename).toBe('KeyboardInterrupt')
  expect((await k.run('partial.inside')).value).toBe('1')
  expect((await k.run('beyond')).reply.ename).toBe('TypeScriptError')
})

it('packages by the conditions of import and of require', async () => {
  const { mkdirSync } = await import('node:fs')
  mkdirSync(`${folder}/node_modules/dual`, { recursive: true })
  writeFileSync(
    `${folder}/node_modules/dual/package.json`,
    '{"name":"dual","exports":{"import":"./i.mjs","require":"./i.cjs"}}',
  )
  writeFileSync(`${folder}/node_modules/dual/i.mjs`, 'export const how = "import"')
  writeFileSync(`${folder}/node_modules/dual/i.cjs`, 'exports.how = "require"')
  expect((await k.run('import { how } from "dual"; [how, require("dual").how]')).value).toBe(
    "[ 'import', 'require' ]",
  )
})
