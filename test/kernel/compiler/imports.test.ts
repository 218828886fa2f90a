import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Lab, plain } from './lab.ts'

const lab = new Lab()
const value = (...cells: string[]) => lab.value(...cells)
let tick = Date.now() / 1000
function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(lab.folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    // File times of the machine may be too coarse to tell two writes apart.
    utimesSync(path, ++tick, tick)
  }
}
const pack = (name: string, manifest: object, files: Record<string, string>) =>
  write(
    Object.fromEntries(
      Object.entries({
        'package.json': JSON.stringify({ name, version: '1.0.0', ...manifest }),
        ...files,
      }).map(([file, text]) => [`node_modules/${name}/${file}`, text]),
    ),
  )

beforeAll(() => {
  pack(
    'cjs',
    { main: 'lib' },
    {
      'lib/index.js': 'exports.a = 1; exports.f = x => x + 1; const dyn = "late"; exports[dyn] = 5',
      'lib/sub.js': 'module.exports = function sub() { return "sub" }',
      'lib/index.d.ts':
        'export const a: number; export function f(x: number): number; export const late: number',
      'lib/sub.d.ts': 'declare function sub(): string; export = sub',
    },
  )
  pack(
    'cjs-default',
    { main: 'i.js', types: 'i.d.ts' },
    {
      'i.js':
        'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = function hello() { return "hi" }; exports.other = 2',
      'i.d.ts': 'export default function hello(): string; export const other: number',
    },
  )
  pack(
    'esm',
    {
      type: 'module',
      exports: {
        '.': { types: './i.d.ts', import: './i.js' },
        './deep/*': './deep/*.js',
        './data.json': './data.json',
      },
    },
    {
      'i.js':
        'export const b = 2; export default class Thing { name = "thing" }; export let count = 0; export const bump = () => { count++ }',
      'i.d.ts':
        'export const b: number; export default class Thing { name: string }; export let count: number; export function bump(): void',
      'deep/x.js': 'export const x = "deep x"',
      'data.json': '{ "j": [1, 2] }',
    },
  )
  pack(
    'tla',
    { type: 'module', exports: './i.js', types: './i.d.ts' },
    {
      'i.js': 'export const ready = await new Promise(r => setTimeout(() => r("ready"), 5))',
      'i.d.ts': 'export const ready: string',
    },
  )
  pack('untyped', { main: 'i.js' }, { 'i.js': 'module.exports = { anything: () => 7 }' })
  pack(
    'dual',
    { exports: { import: './i.mjs', require: './i.cjs' } },
    { 'i.mjs': 'export const how = "import"', 'i.cjs': 'exports.how = "require"' },
  )
  pack(
    '@scope/pkg',
    { main: 'i.js' },
    {
      'i.js': 'exports.scoped = true',
      'i.d.ts': 'export const scoped: boolean',
      'package.json': '{"name":"@scope/pkg","main":"i.js","types":"i.d.ts"}',
    },
  )
  pack(
    'throws',
    { main: 'i.js' },
    { 'i.js': 'throw new Error("cannot load this")', 'i.d.ts': 'export {}' },
  )
})
afterAll(() => lab.remove())

describe('packages', () => {
  it('of CommonJS, by name, as a whole, by default, by subpath', async () => {
    expect(await value('import { a, f, late } from "cjs"; [a, f(1), late]')).toEqual([1, 2, 5])
    expect(
      await value('import * as cjs from "cjs"; import all from "cjs"; [cjs.a, all.f(4)]'),
    ).toEqual([1, 5])
    expect(await value('import sub from "cjs/lib/sub"; sub()')).toBe('sub')
    expect(await value('import hello, { other } from "cjs-default"; [hello(), other]')).toEqual([
      'hi',
      2,
    ])
    expect(await value('import eq = require("cjs"); eq.f(8)', 'eq.a')).toBe(1)
    expect(await value('const req = require("cjs"); req.a + 1')).toBe(2)
  })
  it('of ES modules, with live bindings, exports maps, subpaths and top-level await', async () => {
    expect(await value('import Thing, { b, count, bump } from "esm"; new Thing().name + b')).toBe(
      'thing2',
    )
    expect(await value('bump(); bump(); count')).toBe(2)
    expect(await value('import { x } from "esm/deep/x"; x')).toBe('deep x')
    expect(await value('import { ready } from "tla"; ready')).toBe('ready')
    expect(await value('const late2 = await import("tla"); late2.ready')).toBe('ready')
    expect(await value('const viaRequire = require("esm"); viaRequire.b')).toBe(2)
  })
  it('by the conditions of import', async () => {
    expect(await value('import { how } from "dual"; how')).toBe('import')
  })
  it('without types, with a scope, as JSON', async () => {
    expect(await value('import untyped from "untyped"; untyped.anything()')).toBe(7)
    expect(await value('import { scoped } from "@scope/pkg"; scoped')).toBe(true)
    expect(await value('import d from "esm/data.json"; d.j')).toEqual([1, 2])
    expect(await value('import d2 from "esm/data.json" with { type: "json" }; d2.j.length')).toBe(2)
  })
  it('that are missing are TypeScript’s error, and found once installed', async () => {
    expect((await lab.run('import { n } from "fresh"')).typeError).toMatch(
      /Cannot find module 'fresh'/,
    )
    pack('fresh', { main: 'i.js' }, { 'i.js': 'exports.n = 3', 'i.d.ts': 'export const n: number' })
    expect(await value('import { n } from "fresh"; n')).toBe(3)
  })
  it('that throw say what they throw; the cell’s names stay unknown', async () => {
    expect(String((await lab.run('import * as t from "throws"; const after = 1')).thrown)).toMatch(
      /cannot load this/,
    )
    expect((await lab.run('after')).typeError).toMatch(/Cannot find name 'after'/)
  })
  it('are checked by their types', async () => {
    expect((await lab.run('import { f } from "cjs"; f("x")')).typeError).toMatch(
      /'string' is not assignable to parameter of type 'number'/,
    )
    expect((await lab.run('import { nope } from "cjs"')).typeError).toMatch(
      /has no exported member 'nope'/,
    )
  })
})

describe('Node’s modules', () => {
  it('with and without node:, and their types', async () => {
    expect(
      await value(
        'import fs from "fs"; import { join } from "node:path"; import * as os from "os"; [typeof fs.readFileSync, join("a", "b"), typeof os.cpus]',
      ),
    ).toEqual(['function', 'a/b', 'function'])
    expect(
      await value(
        'import { readFile } from "node:fs/promises"; const own = await readFile(import.meta.dirname + "/node_modules/cjs/package.json", "utf8"); JSON.parse(own).name',
      ),
    ).toBe('cjs')
    expect((await lab.run('fs.readFileSync(5 as unknown as Date)')).typeError).toMatch(
      /not assignable/,
    )
    expect(await value('const p = await import("node:url"); p.pathToFileURL("/x").href')).toBe(
      'file:///x',
    )
  })
})

describe('type imports', () => {
  it('load nothing', async () => {
    expect(
      await value(
        'import type * as T from "throws"; import { type a as Q } from "cjs"; let t: typeof Q = 3; t',
      ),
    ).toBe(3)
    write({
      'types.ts':
        'globalThis.loaded = true; export interface Only { o: number }; declare global { var loaded: boolean }',
    })
    expect(
      await value(
        'import { Only } from "./types"; const o: Only = { o: 1 }; [o, "loaded" in globalThis]',
      ),
    ).toEqual([{ o: 1 }, false])
    expect(await value('const again: Only = o; again')).toEqual({ o: 1 })
    expect(await value('let q: import("./types").Only = { o: 2 }; q')).toEqual({ o: 2 })
  })
})

describe('local files', () => {
  it('.ts, .tsx, .js, .mjs, .cjs, .json and folders', async () => {
    write({
      'util.ts':
        'export const double = (x: number): number => x * 2; export default "util"; export enum Kind { A, B }',
      'kit/index.ts':
        'import { double } from "../util"; export const four = double(2); export * from "./more"',
      'kit/more.ts':
        'export const more = import.meta.url.endsWith("more.ts") ? __filename.split("/").pop() : ""',
      'old.js': 'const { a } = require("cjs"); module.exports = { old: a }',
      'new.js': 'import { b } from "esm"; export const fresh = b',
      'm.mjs': 'export const m = await Promise.resolve("mjs")',
      'c.cjs': 'exports.c = __dirname.length > 0',
      'conf.json': '{ "depth": { "n": 3 } }',
      'lib/with.dot.ts': 'export const dotted = 1',
    })
    expect(
      await value('import util, { double, Kind } from "./util"; [util, double(4), Kind.B]'),
    ).toEqual(['util', 8, 1])
    expect(await value('import { four, more } from "./kit"; [four, more]')).toEqual([4, 'more.ts'])
    expect(await value('import { old } from "./old"; old')).toBe(1)
    expect(
      await value(
        'import { fresh } from "./new.js"; import { m } from "./m.mjs"; import { c } from "./c.cjs"; [fresh, m, c]',
      ),
    ).toEqual([2, 'mjs', true])
    expect(await value('import conf from "./conf.json"; conf.depth.n')).toBe(3)
    expect(
      await value(
        'import { dotted } from "./lib/with.dot"; import { double as d2 } from "./util.ts"; d2(dotted)',
      ),
    ).toBe(2)
    expect(await value('(await import("./util")).double(5)')).toBe(10)
    expect(await value('require("./util").double(6)')).toBe(12)
  })
  it('run once, and again after an edit of what they import', async () => {
    write({
      'top.ts':
        'import { mid } from "./mid"; export const top = () => mid + 1; export const at = {}',
      'mid.ts': 'import { low } from "./low"; export const mid = low * 10',
      'low.ts': 'export const low = 1',
    })
    const cell = 'import { top, at } from "./top"; top()'
    expect(await value(cell)).toBe(11)
    await value('const same = at; function later() { return top() }')
    expect(await value(cell, 'at === same')).toBe(true)
    write({ 'low.ts': 'export const low = 2' })
    expect(await value(cell)).toBe(21)
    expect(await value('later()')).toBe(21)
    write({ 'low.ts': 'export const low: string = "two"' })
    expect((await lab.run(cell)).typeError).toMatch(
      /^mid\.ts:1:\d+: The left-hand side of an arithmetic operation/,
    )
    expect(plain(lab.traceback)).toMatch(
      /1 \| import \{ low \} from "\.\/low"; export const mid = low \* 10/,
    )
    expect(await value('top()')).toBe(21)
    write({ 'low.ts': 'export const low = 3' })
    expect(await value(cell, 'later()')).toBe(31)
  })
  it('that import each other', async () => {
    write({
      'ping.ts':
        'import { pong } from "./pong"; export const ping = (n: number): string => n ? pong(n - 1) : "ping"',
      'pong.ts':
        'import { ping } from "./ping"; export const pong = (n: number): string => n ? ping(n - 1) : "pong"',
    })
    expect(await value('import { ping } from "./ping"; [ping(2), ping(3)]')).toEqual([
      'ping',
      'pong',
    ])
  })
  it('that throw can be mended', async () => {
    write({ 'bad.ts': 'export const x = 1; throw new Error("half")' })
    expect(String((await lab.run('import { x as bad } from "./bad"')).thrown)).toMatch(/half/)
    write({ 'bad.ts': 'export const x = 2' })
    expect(await value('import { x as bad } from "./bad"; bad')).toBe(2)
  })
  it('that did not exist, or were removed', async () => {
    expect((await lab.run('import { x } from "./missing"')).typeError).toMatch(
      /Cannot find module '.\/missing'/,
    )
    write({ 'missing.ts': 'export const x = 1' })
    expect(await value('import { x as found } from "./missing"; found')).toBe(1)
    rmSync(join(lab.folder, 'missing.ts'))
    expect((await lab.run('import { x } from "./missing"')).typeError).toMatch(/Cannot find module/)
    expect(await value('found')).toBe(1)
  })
  it('with paths of a tsconfig', async () => {
    write({
      'tsconfig.json':
        '{ "compilerOptions": { "paths": { "@/*": ["./kit/*"] } } } // comments are allowed',
    })
    expect(await value('import { more as aliased } from "@/more"; aliased')).toBe('more.ts')
    rmSync(join(lab.folder, 'tsconfig.json'))
  })
})

it('exports of cells are their variables', async () => {
  expect(
    await value(
      'export const e1 = 1; export function e2() { return e1 }; export class E3 {}; export { a as again } from "cjs"; export * from "cjs"; export default 4',
    ),
  ).toBe(4)
  expect(await value('export {}; [e1, e2(), typeof E3]')).toEqual([1, 1, 'function'])
})

it('import.meta is of the notebook’s folder', async () => {
  expect(
    await value('[import.meta.dirname, import.meta.url.startsWith("file:"), __dirname]'),
  ).toEqual([lab.folder, true, lab.folder])
})

it('import() of JSON and CommonJS beside the notebook has a default, as in Node', async () => {
  writeFileSync(join(lab.folder, 'late.json'), '{ "a": [1] }')
  writeFileSync(join(lab.folder, 'late.cjs'), 'module.exports = { c: 2 }')
  writeFileSync(join(lab.folder, 'late.ts'), 'export default 3; export const t = 4')
  expect(await value('(await import("./late.json")).default.a')).toEqual([1])
  expect(
    await value(
      'const { default: withType } = await import("./late.json", { with: { type: "json" } }); withType',
    ),
  ).toEqual({ a: [1] })
  expect(await value('const c = await import("./late.cjs"); [c.default.c, (c as any).c]')).toEqual([
    2, 2,
  ])
  expect(await value('const t = await import("./late"); [t.default, t.t]')).toEqual([3, 4])
})
