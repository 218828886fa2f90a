import { rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { Lab, plain } from './lab.ts'

const lab = new Lab()
afterAll(() => lab.remove())
const value = (...cells: string[]) => lab.value(...cells)

describe('at the top of a cell', () => {
  it('await, for await, and names declared between them', async () => {
    expect(
      await value(`const waited = await Promise.resolve(1)
      const seen: number[] = []
      for await (const x of (async function* () { yield 1; yield 2 })()) seen.push(x)
      async function later() { await null; return waited + seen.length }
      await later()`),
    ).toBe(3)
    expect(
      await value('const { all } = { all: await Promise.all([1, Promise.resolve(2)]) }; all'),
    ).toEqual([1, 2])
    expect(await value('seen.push(await Promise.resolve(9)); seen')).toEqual([1, 2, 9])
  })
  it('await of what stands in parentheses or brackets is no call', async () => {
    expect(await value('await (async () => 5)()')).toBe(5)
    expect(
      await value('console.assert(true); await (async () => { await null; return 6 })()'),
    ).toBe(6)
    expect(await value('const inBrackets = await [7]; await (inBrackets[0])')).toBe(7)
    expect(await value('{ await (null) }; for (const x of await ([8])) x')).toBe(undefined)
    expect(await value('await /8/.exec("8")!; await `t`; await +"9"')).toBe(9)
  })
  it('using and await using, disposed of when the cell ends', async () => {
    await value(
      'const log: string[] = []; class Res { constructor(readonly n: string) {} [Symbol.dispose]() { log.push(`dispose ${this.n}`) } async [Symbol.asyncDispose]() { await null; log.push(`async ${this.n}`) } }',
    )
    expect(
      await value(
        'using r = new Res("a"); await using s = new Res("b"); function inUsing() { return 1 }; log.push("body"); r.n + inUsing()',
      ),
    ).toBe('a1')
    expect(await value('log')).toEqual(['body', 'async b', 'dispose a'])
    expect(await value('{ using inner = new Res("c") }; log.length', 'inUsing()')).toBe(1)
  })
  it('classes with standard decorators, private members, accessors and static blocks', async () => {
    expect(
      await value(
        `function logged(f: (this: Deco, n: number) => number, c: ClassMethodDecoratorContext) { return function (this: Deco, n: number) { return f.call(this, n) + Number(String(c.name) === 'm') } }
      class Deco { #p = 1; static s = 0; static { Deco.s = 5 } @logged m(n: number) { return n + this.#p } accessor a = 2 }
      new Deco().m(1) + Deco.s + new Deco().a`,
        'new Deco().m(2)',
      ),
    ).toBe(4)
  })
  it('generics, overloads, abstract classes, mixins, satisfies, const type parameters', async () => {
    expect(
      await value(
        `abstract class Shape { abstract area(): number; toString() { return 'area ' + this.area() } }
      function area(s: number): number; function area(s: string): string; function area(s: number | string): number | string { return s }
      const cfg = { w: 2, h: 3 } satisfies Record<string, number>
      function tuple<const T extends readonly unknown[]>(t: T) { return t }
      const Named = <B extends abstract new (...a: any[]) => object>(Base: B) => { abstract class N extends Base { name = 'named' }; return N }`,
        `class Rect extends Named(Shape) { area() { return cfg.w * cfg.h } }
      const t: readonly [1, 'a'] = tuple([1, 'a']); [String(new Rect()), new Rect().name, area('x').length, area(2).toFixed(1), t[1]]`,
      ),
    ).toEqual(['area 6', 'named', 1, '2.0', 'a'])
  })
  it('const enums and namespaces that merge, across cells', async () => {
    expect(
      await value(
        'const enum CE { A = 3, B }; enum Str { X = "x" }; namespace M { export let v = 1; export namespace Deep { export class K { k = 2 } } } namespace M { export const w = () => v + 1 }',
        'import Deep = M.Deep; M.v = 4; [CE.B, Str.X, M.w(), new Deep.K().k]',
      ),
    ).toEqual([4, 'x', 5, 2])
    expect(
      await value(
        'function counted() { return counted.n++ }; namespace counted { export let n = 1 }',
        'counted(); counted.n',
      ),
    ).toBe(2)
  })
  it('generators, tagged templates, labels, optional calls, bigint, regex with flags', async () => {
    expect(
      await value(
        'function* gen() { yield* [1, 2] }; const tag = (s: TemplateStringsArray, ...v: unknown[]) => s.raw.join("|") + v.length; let maybe: (() => number) | undefined',
        '[[...gen()], tag`a${1}b`, maybe?.(), 2n ** 64n, /(?<y>\\d+)/d.exec("a12")?.groups?.y]',
      ),
    ).toEqual([[1, 2], 'a|b1', undefined, 18446744073709551616n, '12'])
  })
  it('declare global and module augmentations', async () => {
    expect(
      await value(
        'declare global { interface Array<T> { second(): T | undefined } }\nArray.prototype.second = function () { return this[1] }; [1, 2].second()',
      ),
    ).toBe(2)
    expect(await value('["a", "b"].second()?.toUpperCase()')).toBe('B')
    await lab.run('declare global { interface Map<K, V> { broken: Nope } }')
    expect((await lab.run('new Map().broken')).typeError).toMatch(/'broken' does not exist/)
  })
  it('strict mode', async () => {
    expect(await value('(function (this: unknown) { return this })()')).toBeUndefined()
    expect(String((await lab.run('Object.freeze([1] as number[]).push(2)')).typeError)).toMatch(
      /'push' does not exist/,
    )
    expect(
      (await lab.run('const frozen = Object.freeze({ a: 1 }) as { a: number }; frozen.a = 2'))
        .thrown,
    ).toBeInstanceOf(TypeError)
  })
  it('comments and ts-directives', async () => {
    expect(await value('// @ts-expect-error\nconst wrong: number = "w"; wrong')).toBe('w')
    expect((await lab.run('// @ts-expect-error\nconst right = 1')).typeError).toMatch(
      /Unused '@ts-expect-error'/,
    )
    expect(await value('// @ts-nocheck\nconst unchecked: number = "n"; unchecked')).toBe('n')
    expect(await value('/* nothing */')).toBeUndefined()
    expect(await value('')).toBeUndefined()
  })
})

describe('options', () => {
  afterEach(() => rmSync(join(lab.folder, 'tsconfig.json'), { force: true }))
  const config = (compilerOptions: object) =>
    writeFileSync(join(lab.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))

  it('are strict, unless a tsconfig or %ts says otherwise', async () => {
    const loose = 'function loose(x) { return x }; loose(1)'
    expect((await lab.run(loose)).typeError).toMatch(/implicitly has an 'any' type/)
    expect(await value(`%ts strict=false\n${loose}`)).toBe(1)
    expect(await value('let nothing: string = null; nothing')).toBeNull()
    await value('%ts strict=true')
    expect((await lab.run(loose)).typeError).toMatch(/implicitly/)
    config({ strict: false })
    expect((await new Lab(lab.folder).run(loose)).value).toBe(1)
  })
  it('tell what they are, and what was wrong with them', async () => {
    expect((await lab.run('%ts')).cell?.page).toMatch(/no tsconfig\.json in .*\n[^]*strict = true/)
    expect((await lab.run('%help')).cell?.page).toMatch(/%ts strict=false/)
    expect((await lab.run('%ts nonsense=1')).typeError).toMatch(
      /Unknown compiler option 'nonsense'/,
    )
    expect((await lab.run('%ts jsx=oval')).typeError).toMatch(/Argument for '--jsx' option must be/)
    expect((await lab.run('%ts strict')).typeError).toMatch(/say option=value/)
    expect((await lab.run('%matplotlib inline')).typeError).toBe(
      'line 1: %matplotlib is no magic of this kernel; it has %ts and %help',
    )
    expect(await value('let pct = 7\n', 'pct\n% 4')).toBe(3)
  })
  it('of a tsconfig are followed when it changes; what the kernel needs stays', async () => {
    config({
      module: 'commonjs',
      target: 'es5',
      noEmit: true,
      outDir: 'x',
      noUncheckedIndexedAccess: true,
    })
    const other = new Lab(lab.folder)
    expect(
      await other.value(
        'const xs = [1]; class T { #x = 1; get() { return this.#x } }; await null; new T().get()',
      ),
    ).toBe(1)
    expect((await other.run('const n: number = xs[0]')).typeError).toMatch(/'undefined'/)
    config({})
    expect(await other.value('const n: number = xs[0]; n')).toBe(1)
  })
  it('give legacy decorators', async () => {
    config({ experimentalDecorators: true })
    const other = new Lab(lab.folder)
    expect(
      await other.value(
        'const seen: string[] = []; function d(t: object, k: string) { seen.push(k) }; function sealed(c: Function) { Object.seal(c) }',
        '@sealed class L { @d f = 1; @d m() {} }; export { L }; [seen, Object.isSealed(L)]',
      ),
    ).toEqual([['f', 'm'], true])
  })
  it('give JSX with a runtime of its own, and with a factory', async () => {
    const runtime = join(lab.folder, 'node_modules/tiny')
    mkdirSync(runtime, { recursive: true })
    writeFileSync(
      join(runtime, 'package.json'),
      '{"name":"tiny","exports":{"./jsx-runtime":{"types":"./jsx-runtime.d.ts","default":"./jsx-runtime.cjs"}}}',
    )
    writeFileSync(
      join(runtime, 'jsx-runtime.cjs'),
      'exports.jsx = exports.jsxs = (type, props) => ({ type, ...props }); exports.Fragment = "fragment"',
    )
    writeFileSync(
      join(runtime, 'jsx-runtime.d.ts'),
      'export namespace JSX { interface Element { type: unknown } interface IntrinsicElements { b: { children?: unknown; id?: string } } }\nexport function jsx(...a: unknown[]): JSX.Element; export const jsxs: typeof jsx; export const Fragment: unique symbol',
    )
    config({ jsx: 'react-jsx', jsxImportSource: 'tiny' })
    const other = new Lab(lab.folder)
    expect(
      await other.value(
        'const id = "i"',
        'const el = <b id={id}>x</b>; el',
        'const generic = <T>(x: T) => x; generic(el)',
      ),
    ).toEqual({ type: 'b', id: 'i', children: 'x' })
    expect((await other.run('<b nope={1} />')).typeError).toMatch(/'nope' does not exist/)
    config({ jsx: 'react', jsxFactory: 'h' })
    const classic = new Lab(lab.folder)
    expect(
      await classic.value(
        'const h = (type: unknown, props: unknown, ...children: unknown[]) => ({ type, props, children }); namespace h.JSX { export interface IntrinsicElements { i: object } export type Element = { type: unknown } }',
        '<i>{1}</i>',
      ),
    ).toEqual({ type: 'i', props: null, children: [1] })
    expect((await lab.run('const no = <b/>')).typeError).toBeDefined()
  })
})

describe('errors', () => {
  it('of syntax are shown in TypeScript’s words with their line', async () => {
    await lab.run('const ok = 1\nlet = = 5')
    expect(plain(lab.traceback)).toMatch(/^TS\d+ line 2:\d+: .*\n2 \| let = = 5\n {2}\| +~/)
  })
  it('are at most ten, and say how many more', async () => {
    await lab.run(Array.from({ length: 14 }, (_, i) => `undefined${i}`).join('\n'))
    expect(plain(lab.traceback)).toMatch(/and 4 more$/)
  })
  it('of a line of a megabyte stay short', async () => {
    const r = await lab.run(`const long = "${'x'.repeat(1e6)}"; nope; "${'y'.repeat(1e6)}"`)
    expect(r.typeError).toMatch(/Cannot find name 'nope'/)
    expect(lab.traceback.join('\n').length).toBeLessThan(2000)
  })
})
