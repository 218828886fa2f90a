// Notebooks written for tslab, in a whole kernel: what public ones do, in words of our own.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib/paths.mjs'
import { Client, type Result } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
  const file = (name: string, text: string) => {
    const path = join(k.kernel.folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }
  file(
    'draw.ts',
    'import * as tslab from "tslab";\nexport const draw = async (g: any) => { const image = await g.picture(); tslab.display.png(new Uint8Array(await image.arrayBuffer())); };\n',
  )
  file(
    'node_modules/charts/package.json',
    '{"name":"charts","main":"index.js","types":"index.d.ts"}',
  )
  file(
    'node_modules/charts/index.js',
    'const tslab = require("tslab"); exports.gauge = n => tslab.display.html("<meter value=" + n + ">")',
  )
  file('node_modules/charts/index.d.ts', 'export declare function gauge(n: number): void')
  file('node_modules/lowline/package.json', '{"name":"lowline","main":"index.js"}')
  file(
    'node_modules/lowline/index.js',
    'module.exports = { chunk: (a, n) => [a.slice(0, n), a.slice(n)] }',
  )
  file('rows.csv', 'name,n\na,1\nb,2\n')
})
afterAll(() => k.stop())

/** Runs cells, all of which must run; the last one's result. */
async function cells(...sources: string[]): Promise<Result> {
  let r: Result | undefined
  for (const source of sources) {
    r = await k.run(source)
    expect(r.reply.status, `${source}\n${JSON.stringify(r.reply)}`).toBe('ok')
  }
  return r!
}
const shown = (r: Result) =>
  r.messages
    .filter(m => /display_data/.test(m.type))
    .map(m => m.content.data as Record<string, unknown>)

describe('displays', () => {
  it('of every kind, also awaited', async () => {
    const r = await cells(
      'import * as tslab from "tslab";',
      `const bytes = new Uint8Array([1, 2, 3]);
      tslab.display.javascript('1'); tslab.display.html('<b>1</b>'); tslab.display.markdown('# 1'); tslab.display.latex('$1$')
      tslab.display.svg('<svg/>'); await tslab.display.png(bytes); tslab.display.jpeg(bytes); tslab.display.gif(Buffer.from(bytes))
      tslab.display.pdf(bytes); tslab.display.text('1'); tslab.display.raw('application/json', '{"a":1}'); tslab.display.raw('image/webp', bytes);`,
    )
    expect(shown(r).map(d => Object.entries(d)[0])).toEqual([
      ['text/javascript', '1'],
      ['text/html', '<b>1</b>'],
      ['text/markdown', '# 1'],
      ['text/latex', '$1$'],
      ['image/svg+xml', '<svg/>'],
      ['image/png', 'AQID'],
      ['image/jpeg', 'AQID'],
      ['image/gif', 'AQID'],
      ['application/pdf', 'AQID'],
      ['text/plain', '1'],
      ['application/json', expect.anything()],
      ['image/webp', 'AQID'],
    ])
  })
  it('a picture that a library gives as a blob, from a helper file', async () => {
    const r = await cells(
      'const graph = { picture: async () => new Blob([new Uint8Array([7, 8])]) }',
      'import { draw } from "./draw"\nawait draw(graph)',
    )
    expect(shown(r)).toEqual([{ 'image/png': 'Bwg=' }])
  })
  it('of a package that requires tslab itself', async () => {
    const r = await cells('import { gauge } from "charts"', 'gauge(0.5)')
    expect(shown(r)).toEqual([{ 'text/html': '<meter value=0.5>' }])
  })
  it('one that is overwritten while a loop goes on', async () => {
    const r = await cells(
      'import { newDisplay } from "tslab"',
      'const bar = newDisplay();\nfor (let i = 1; i <= 3; i++) {\n  bar.html(`<progress max="3" value="${i}">`);\n  await new Promise(resolve => setTimeout(resolve, 5));\n}',
    )
    const sent = r.messages.filter(m => /display_data/.test(m.type))
    expect(sent.map(m => m.type)).toEqual([
      'display_data',
      'update_display_data',
      'update_display_data',
    ])
  })
  it('by html with styles and scripts as they are', async () => {
    const html = '<style>table { margin: 0 }</style><script>console.log("x")</script>'
    expect(shown(await cells(`tslab.display.html(${JSON.stringify(html)})`))).toEqual([
      { 'text/html': html },
    ])
  })
})

describe('cells', () => {
  it('import, require and read files as they are used to', async () => {
    const r = await cells(
      "import * as fs from 'fs/promises';\nimport * as path from 'path';\nimport assert from 'assert';",
      "const _ = require('lowline'); import low from 'lowline'",
      "const text = await fs.readFile(path.join('.', 'rows.csv'), 'utf8');\nconst rows = text.trim().split('\\n').slice(1).map(l => l.split(','));",
      'assert.deepStrictEqual(rows.map(r => Number(r[1])), [1, 2]);\n[_.chunk(rows, 1).length, low.chunk(rows, 1).length]',
    )
    expect(r.value).toBe('[ 2, 2 ]')
  })
  it('end with a list of what they export, types among it', async () => {
    const r = await cells(
      'interface Picture {\n  width: number\n  data: Uint8Array\n}\nconst make = (n): Picture => ({ width: n, data: new Uint8Array(n) })\nconst show = async (p: Picture) => { tslab.display.text(String(p.width)) }\nexport {\n  Picture,\n  make,\n  show\n}',
      'const picture: Picture = make(3); await show(picture)',
    )
    expect(shown(r)).toEqual([{ 'text/plain': '3' }])
  })
  it('follow a stream of steps', async () => {
    const r = await cells(
      'const agent = { stream: async (input) => (async function* () { yield { plan: input }; yield { answer: 42 } })() };\nlet inputs = { question: "?" };\nconsole.log(inputs);\nfor await (const step of await agent.stream(inputs)) {\n  console.log(step);\n  console.log("\\n====\\n");\n}',
    )
    expect(r.stdout).toBe(
      "{ question: '?' }\n{ plan: { question: '?' } }\n\n====\n\n{ answer: 42 }\n\n====\n\n",
    )
  })
  it('are run again, and declare again what earlier ones declared', async () => {
    const r = await cells(
      'const config = { a: 1 } as const; type Node2 = { v: number }; class Queue<T> { items: T[] = []; put(x: T) { this.items.push(x) } }',
      'const config = { a: "one" }; type Node2 = { v: string; next?: Node2 }; class Queue<T> { items: T[] = []; put(x: T) { this.items.unshift(x) } }',
      'let q = new Queue<Node2>(); q.put({ v: "a" }); q.put({ v: "b" });',
      'let q = new Queue<Node2>(); q.put({ v: config.a }); q.items',
    )
    expect(r.value).toBe("[ { v: 'one' } ]")
  })
})

/** What tslab 1.0.22 gets wrong, and the tests that keep it right here. */
const DEFECTS: [what: string, file: string, title: string][] = [
  ['output is lost from 500 lines on', 'kernel.test.ts', 'is lossless and in order: 100,000 lines'],
  [
    'all is aborted after an error, whatever stop_on_error says',
    'protocol.test.ts',
    'goes on behind an error where stop_on_error is false',
  ],
  [
    'aborted is written abort',
    'protocol.test.ts',
    'aborts what is queued behind an error, and nothing later',
  ],
  [
    'functions see old values of variables',
    'kernel.test.ts',
    'see the newest value of a variable from functions of earlier cells',
  ],
  [
    'earlier callers see old functions',
    'kernel.test.ts',
    'see redefined functions from earlier callers',
  ],
  ['loops after an await cannot be interrupted', 'interrupt.test.ts', 'a loop after an await'],
  ['loops in timers cannot be interrupted', 'interrupt.test.ts', 'a loop in a timer'],
  [
    'no execute_input, execute_result, error',
    'protocol.test.ts',
    'answers with busy, input, result, idle, and its count',
  ],
  [
    'replies without ename and traceback',
    'protocol.test.ts',
    'an error is told once, in the message and in the reply alike',
  ],
  [
    'comm_info is answered as complete_reply',
    'protocol.test.ts',
    'comm_info lists the open comms, of a target or of all',
  ],
  ['no comms', 'kernel.test.ts', 'go both ways with buffers while a synchronous loop runs'],
  ['no history', 'protocol.test.ts', 'reaches over sessions by tail, range and search'],
  ['no stdin', 'stdin.test.ts', 'goes to the client and its answer to the cell'],
  ['no interrupt_request', 'interrupt.test.ts', "'message', byMessage"],
  [
    'silent is ignored',
    'protocol.test.ts',
    'silently: publishes nothing, counts nothing, remembers nothing',
  ],
  ['store_history is ignored', 'protocol.test.ts', 'without storing: shows all, counts nothing'],
  ['offsets in UTF-16', 'kernel.test.ts', 'completes and explains by types, counting code points'],
  [
    'signatures are checked after parsing',
    'engine/wire.test.ts',
    'are never taken for a message of the key’s owner, and nothing is thrown',
  ],
  [
    'no for await, using at the top',
    'compiler/language.test.ts',
    'await, for await, and names declared between them',
  ],
  ['no export', 'compiler/imports.test.ts', 'exports of cells are their variables'],
  ['no import.meta', 'compiler/imports.test.ts', 'import.meta is of the notebook’s folder'],
  ['no JSX', 'compiler/language.test.ts', 'JSX'],
  ['stacks show internals', 'kernel.test.ts', 'tell a run-time error with the line of the cell'],
  [
    'packages with an exports map are not found',
    'compiler/imports.test.ts',
    'of ES modules, with live bindings, exports maps, subpaths and top-level await',
  ],
  [
    'no types of Node outside a project',
    'package.test.ts',
    'run from paths with spaces and other letters, two of them side by side, and go again',
  ],
  [
    'outlives its parent',
    'death.test.ts',
    'whose parent is killed is gone within 2 s, with all it started',
  ],
  [
    'shorthand of an earlier variable throws',
    'compiler/variables.test.ts',
    'take shorthand properties of earlier variables',
  ],
  [
    'names of a cell that failed are unknown',
    'compiler/variables.test.ts',
    'at run time keep what ran before, with its type',
  ],
  ['process.exit kills the kernel', 'death.test.ts', 'is told in the cell, and the next cell runs'],
  [
    'late output goes to the newest cell',
    'output.test.ts',
    'of timers and promises goes to the cell that started them',
  ],
  [
    'late output of callbacks and events, too',
    'callbacks.test.ts',
    'what is printed later belongs to the cell that began it',
  ],
  [
    'shutdown_reply says restart: false',
    'death.test.ts',
    'shuts down with restart %s in its reply, also on shell',
  ],
  [
    'messages go missing in long sessions',
    'soak.test.ts',
    '2,000 cells: every message arrives, memory and time stay',
  ],
]
it.each(DEFECTS)('tslab’s defect has its test: %s', (_, file, title) => {
  expect(readFileSync(join(root, 'test/kernel', file), 'utf8')).toContain(title)
})
