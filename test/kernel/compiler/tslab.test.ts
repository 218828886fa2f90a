// Notebooks written for tslab go on running. The cells have the patterns of public ones.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { plain, Lab } from './lab.ts'

const shown: [string, unknown][] = []
const display = Object.fromEntries(
  ['javascript', 'html', 'markdown', 'latex', 'svg', 'png', 'jpeg', 'gif', 'pdf', 'text'].map(
    kind => [kind, (data: unknown) => shown.push([kind, data])],
  ),
)
const tslab = {
  display: { ...display, raw: (type: string, data: unknown) => shown.push([type, data]) },
  newDisplay: () => display,
  versions: { tslab: '1.0.22', typescript: '5', node: process.version },
}
const lab = new Lab(undefined, { tslab })
const value = (...cells: string[]) => lab.value(...cells)
afterAll(() => lab.remove())

describe('the module tslab', () => {
  it('is imported in every way, with tslab’s own types', async () => {
    await value(
      'import * as tslab from "tslab";',
      'tslab.display.html("<b>hi</b>"); tslab.display.raw("application/json", "{}")',
    )
    expect(shown).toEqual([
      ['html', '<b>hi</b>'],
      ['application/json', '{}'],
    ])
    await value(
      'import { display, newDisplay } from "tslab"',
      'const d = newDisplay(); d.text("a"); display.png(new Uint8Array([1]))',
    )
    expect(shown.slice(2)).toEqual([
      ['text', 'a'],
      ['png', new Uint8Array([1])],
    ])
    expect(await value('const d2 = newDisplay(); d2.markdown("# t"); tslab.versions.tslab')).toBe(
      '1.0.22',
    )
    expect(await value('const t = require("tslab"); typeof t.newDisplay')).toBe('function')
    expect(await value('(await import("tslab")).versions.node')).toBe(process.version)
    expect((await lab.run('tslab.display.html(5)')).typeError).toMatch(
      /'number' is not assignable to parameter of type 'string'/,
    )
    expect((await lab.run('tslab.display.nope')).typeError).toMatch(
      /'nope' does not exist on type 'Display'/,
    )
  })
  it('brings tslab’s lax checks with it, unless a tsconfig is strict', async () => {
    const loose = 'function add(a, b) { return a + b }; let nothing: string = null; add(1, 2)'
    const other = new Lab(lab.folder, { tslab })
    expect((await other.run(loose)).typeError).toMatch(/implicitly has an 'any' type/)
    expect(await other.value('import * as tslab from "tslab"', loose)).toBe(3)
    expect((await other.run('const n: number = "x"')).typeError).toMatch(/not assignable/)
    writeFileSync(join(lab.folder, 'tsconfig.json'), '{"compilerOptions":{"strict":true}}')
    expect((await other.run(loose)).typeError).toMatch(/implicitly/)
    writeFileSync(join(lab.folder, 'tsconfig.json'), '{}')
  })
})

describe('cells as they are written', () => {
  it('sleep, fetch-like promises, and files', async () => {
    expect(
      await value(
        'function sleep(ms: number) { return new Promise(resolve => setTimeout(resolve, ms)); }',
        'async function getData() { await sleep(1); return { status: 200, data: [{ id: 1, name: "n" }] } }',
        'const response = await getData();\nconsole.assert(response.status === 200);\nresponse.data.map(d => d.name).join(", ");',
      ),
    ).toBe('n')
    writeFileSync(join(lab.folder, 'data.csv'), 'a,b\n1,2\n3,4')
    expect(
      await value(
        "import * as fs from 'fs';\nimport path from 'path'",
        "let rows = fs.readFileSync('" +
          join(lab.folder, 'data.csv').replaceAll('\\', '/') +
          "', 'utf8').split('\\n').slice(1).map(l => l.split(',').map(Number))",
        'rows.map(([a, b]) => a * b)',
      ),
    ).toEqual([2, 12])
  })
  it('lessons: variables again and again, classes that grow, generics, unions, overloads', async () => {
    expect(
      await value(
        'let message: string = "hello"',
        'let message = 42',
        'var message = [1]',
        'message',
      ),
    ).toEqual([1])
    expect(
      await value(
        'class Animal { constructor(public name: string) {} move(d: number = 0) { return `${this.name} moved ${d}m.` } }',
        'class Snake extends Animal { move(d = 5) { return "Slithering... " + super.move(d) } }',
        'let sam: Animal = new Snake("Sammy"); sam.move()',
      ),
    ).toBe('Slithering... Sammy moved 5m.')
    expect(
      await value(
        'type Shape = { kind: "circle"; r: number } | { kind: "square"; s: number }',
        'function area(s: Shape): number { switch (s.kind) { case "circle": return Math.PI * s.r ** 2; case "square": return s.s ** 2 } }',
        'area({ kind: "square", s: 3 })',
      ),
    ).toBe(9)
    expect(
      await value(
        'interface Dict<T> { [k: string]: T }',
        'const dict: Dict<number> = {}; dict["a"] = 1; dict',
        'enum Direction { Up = 1, Down }',
        'Direction[Direction.Down]',
      ),
    ).toBe('Down')
  })
  it('observers, callbacks and timers that live on between cells', async () => {
    await value(
      'const events: string[] = []; let handler = (e: string) => { events.push("1" + e) }',
      'const emit = (e: string) => handler(e)',
    )
    expect(
      await value('emit("a"); handler = e => { events.push("2" + e) }', 'emit("b"); events'),
    ).toEqual(['1a', '2b'])
    expect(
      await value(
        'let ticks = 0; const timer = setInterval(() => { ticks++ }, 1)',
        'await sleep(20); clearInterval(timer); ticks > 0',
      ),
    ).toBe(true)
  })
  it('exports, as tslab allows them', async () => {
    expect(
      await value(
        'export const exported = 3; export interface Exported { e: number }',
        'const e: Exported = { e: exported }; e',
      ),
    ).toEqual({ e: 3 })
  })
  it('cells that are modules', async () => {
    await value(
      '/** @module mylib */\nexport let a = 10;\nexport const b = "hello";\nexport function twice(x: number) { return 2 * x }',
    )
    expect(await value("import { a, twice } from './mylib'; twice(a)")).toBe(20)
    await value(
      '/**\n * @module mylib\n */\nexport let a = 11; export const twice = (x: number) => 3 * x',
    )
    expect(await value("import { a, twice } from './mylib'; twice(a)")).toBe(33)
    expect((await lab.run('/** @module mylib */\nexport const a: number = "x"')).typeError).toMatch(
      /^line 2:14: Type 'string' is not assignable/,
    )
    expect(plain(lab.traceback)).toMatch(/2 \| export const a: number = "x"/)
    expect(await value("import { a } from './mylib'; a")).toBe(11)
    await value('/** @module parts/one */\nimport { a } from "../mylib"; export const one = a + 1')
    expect(await value('import { one } from "./parts/one"; one')).toBe(12)
  })
})
