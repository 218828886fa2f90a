import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Lab } from './lab.ts'

const lab = new Lab()
beforeAll(async () => {
  mkdirSync(join(lab.folder, 'node_modules/doc'), { recursive: true })
  writeFileSync(
    join(lab.folder, 'node_modules/doc/package.json'),
    '{"name":"doc","main":"i.js","types":"i.d.ts"}',
  )
  writeFileSync(join(lab.folder, 'node_modules/doc/i.js'), 'exports.half = x => x / 2')
  writeFileSync(
    join(lab.folder, 'node_modules/doc/i.d.ts'),
    '/** Half of `x`.\n * @param x any number\n * @returns x / 2 */\nexport declare function half(x: number): number',
  )
  writeFileSync(join(lab.folder, 'local-file.ts'), 'export const local = 1')
  await lab.value(
    'const numbers = [1, 2]; interface Point { px: number; py: string }; const point: Point = { px: 1, py: "" }',
    '/** Sums up.\n * @example total([1]) */\nfunction total(xs: number[], from = 0): number { return xs.reduce((a, b) => a + b, from) }',
    'import { half } from "doc"',
    'enum Color { Red, Green }; class Account { balance = 0; #secret = 1; deposit(amount: number) { this.balance += amount + this.#secret } }; const record = { "a-b": 1, plain: 2 }',
  )
})
afterAll(() => lab.remove())

/** Completes where the bar stands. */
const complete = (marked: string) => {
  const at = marked.indexOf('|')
  const source = marked.slice(0, at) + marked.slice(at + 1)
  const c = lab.compiler.complete(source, at)
  return { ...c, replaced: source.slice(c.start, c.end) }
}
const hover = (marked: string) => {
  const at = marked.indexOf('|')
  return lab.compiler.inspect(marked.slice(0, at) + marked.slice(at + 1), at)
}

describe('completion', () => {
  it('of members, by type', () => {
    expect(complete('numbers.fla|')).toMatchObject({
      matches: ['flat', 'flatMap'],
      kinds: ['method', 'method'],
      replaced: 'fla',
    })
    expect(complete('point.|').matches).toEqual(['px', 'py'])
    expect(complete('new Account().|').matches).toEqual(['balance', 'deposit'])
    expect(complete('Color.|').matches.slice(0, 2)).toEqual(['Green', 'Red'])
    expect(complete('numbers.map(n => n.toF|)').matches).toEqual(['toFixed'])
    expect(complete('point?.p|').matches).toEqual(['px', 'py'])
  })
  it('of names of earlier cells, of the cell itself, and of globals', () => {
    expect(complete('tot|').matches[0]).toBe('total')
    expect(complete('const mine = 1; function f(own: string) { ow| }').matches[0]).toBe('own')
    expect(complete('const mineToo = 1; mineT|').matches).toContain('mineToo')
    expect(complete('conso|').matches).toContain('console')
    expect(complete('let p: Poi|').matches[0]).toBe('Point')
    expect(complete('displ|').matches).toContain('display')
    expect(complete('awa|').matches).toContain('await')
  })
  it('in the middle of a word and of a cell', () => {
    expect(complete('numbers.fl|at()')).toMatchObject({
      matches: ['flat', 'flatMap'],
      replaced: 'flat',
    })
    expect(complete('if (point.|) {\n  numbers.push(1)\n}').matches).toEqual(['px', 'py'])
    expect(complete('total(numbers, point.|').matches).toContain('px')
  })
  it('of strings, keys and import paths', () => {
    expect(complete('record["|')).toMatchObject({ matches: ['a-b', 'plain'] })
    expect(complete('const q: Point = { p| }').matches).toEqual(['px', 'py'])
    // Two bars: the type's own is no cursor.
    const union = 'type L = "left" | "right"; let l: L = "'
    expect(lab.compiler.complete(`${union}"`, union.length).matches).toEqual(['left', 'right'])
    expect(complete('import {} from "node:f|"').matches).toEqual(['node:fs', 'node:fs/promises'])
    expect(complete('import { readFil| } from "node:fs"').matches.slice(0, 2)).toEqual([
      'readFile',
      'readFileSync',
    ])
    expect(complete('import { } from "./lo|"').matches).toEqual(['local-file'])
    expect(complete('import {} from "do|"').matches).toContain('doc')
  })
  it('of a cell that is running', () => {
    const cell = lab.compiler.compile('const during = { inner: 1 }; class Mid { m = 1 }')
    if ('traceback' in cell) throw new Error(cell.message)
    expect(complete('during.|').matches).toEqual(['inner'])
    expect(complete('new Mid().|').matches).toEqual(['m'])
    cell.commit([])
    expect(complete('durin|').matches).not.toContain('during')
  })
  it('of Node’s and layerscope’s names', () => {
    expect(complete('process.vers|').matches).toEqual(['version', 'versions'])
    expect(complete('Buffer.allo|').matches).toEqual(['alloc', 'allocUnsafe', 'allocUnsafeSlow'])
  })
  it('keeps the compiler’s own names to itself, and survives nonsense', () => {
    expect(complete('$|').matches.filter(m => m.startsWith('$_'))).toEqual([])
    for (const bad of [
      '|',
      '}|',
      '"unfinished|',
      '`${|',
      'class {|',
      '<|',
      '/|',
      '%ts |',
      '\u{1F600}|',
      'numbers.|\n}}}',
    ])
      expect(Array.isArray(complete(bad).matches)).toBe(true)
    expect(lab.compiler.complete('x', 99).matches).toBeDefined()
  })
})

describe('hover', () => {
  it('tells types and documentation of user code, packages and libraries', () => {
    expect(hover('tot|al')).toEqual({
      text: 'function total(xs: number[], from?: number): number',
      documentation: 'Sums up.\n\n*@example* total([1])',
    })
    expect(hover('numb|ers')?.text).toBe('const numbers: number[]')
    expect(hover('ha|lf(1)')).toMatchObject({
      text: '(alias) half(x: number): number\nimport half',
      documentation: expect.stringMatching(
        /^Half of `x`\.\n\n\*@param\* x any number|^Half of `x`\.\n\n\*@param\* x — any number/,
      ),
    })
    expect(hover('Math.ma|x(1)')?.documentation).toMatch(/Returns the larger of a set/)
    expect(hover('new Account().depo|sit')?.text).toBe(
      '(method) Account.deposit(amount: number): void',
    )
    expect(hover('const here = 1; her|e')?.text).toBe('const here: 1')
    expect(hover('({ numb|ers })')?.text).toBe('const numbers: number[]')
  })
  it('at the end of a word, inside a call, and of nothing', () => {
    expect(hover('numbers|')?.text).toBe('const numbers: number[]')
    expect(hover('total(numbers, |)')?.text).toBe('total(xs: number[], from?: number): number')
    expect(hover('1 + |1')).toBeNull()
    expect(hover('|')).toBeNull()
    expect(hover('unknown_name|')).toBeNull()
  })
})

describe('is_complete', () => {
  const status = (source: string) => lab.compiler.isComplete(source).status
  it.each([
    '1 + 1',
    'if (a) { b() }',
    'const f = () => {\n  1\n}',
    '`${a} b`',
    '/a[/]b/.test(x)',
    '// comment',
    '/* comment */ 1',
    'await x',
    'for await (const x of y) z(x)',
    'export const a = 1',
    'import a from "a"',
    '',
    '   \n',
    '"a\\"b"',
    'numbers?',
    '?numbers',
    '%ts strict=false\n1',
    'x! as T',
    'type A = { a: 1 }',
    'label: for (;;) {}',
  ])('complete: %j', s => expect(status(s)).toBe('complete'))
  it.each([
    'if (a) {',
    'f(',
    '[1,',
    '`abc',
    '`abc ${x',
    '`abc ${x} d',
    '/* open',
    'const a =',
    'a +',
    'function f() {',
    '({ a:',
    'class A {\n  m() {',
    'x.',
    'a ? b :',
    '(a) =>',
    'import { a',
    'for (const x of',
    '"a" +',
    'type A =',
    'let x:',
    '@dec',
    'if (a) {\n  `in ${',
  ])('incomplete: %j', s => expect(status(s)).toBe('incomplete'))
  it.each([
    '}',
    'let = = 1',
    '"unfinished',
    "'unfinished\nx",
    '/unfinished',
    'a b c',
    ')',
    'const 1a = 2',
    '%nothing',
  ])('invalid: %j', s => expect(status(s)).toBe('invalid'))
  it('indents what comes next', () => {
    expect(lab.compiler.isComplete('if (a) {').indent).toBe('  ')
    expect(lab.compiler.isComplete('if (a) {\n  f(').indent).toBe('    ')
    expect(lab.compiler.isComplete('if (a) {\n  f()').indent).toBe('  ')
    expect(lab.compiler.isComplete('const f = x =>').indent).toBe('  ')
  })
  it('knows JSX where it is on', async () => {
    writeFileSync(join(lab.folder, 'tsconfig.json'), '{"compilerOptions":{"jsx":"react"}}')
    const jsx = new Lab(lab.folder).compiler
    expect(jsx.isComplete('<b>text').status).toBe('incomplete')
    expect(jsx.isComplete('<b>text</b>').status).toBe('complete')
    expect(jsx.isComplete('<b>{x').status).toBe('incomplete')
    expect(jsx.isComplete('<>').status).toBe('incomplete')
    expect(jsx.isComplete('<b').status).toBe('incomplete')
    expect(jsx.isComplete('const g = <T>(x: T) => x').status).toBe('complete')
  })
})
