import { afterAll, describe, expect, it } from 'vitest'
import { Lab, plain } from './lab.ts'

const lab = new Lab()
afterAll(() => lab.remove())
const value = (...cells: string[]) => lab.value(...cells)

describe('what one cell writes, another sees', () => {
  it('in functions, closures and methods of earlier cells', async () => {
    await value(`let lr = 0.1
      function step() { return lr }
      const arrow = () => lr * 2
      class Optimizer { rate() { return lr } get twice() { return arrow() } }
      const o = new Optimizer()`)
    expect(await value('lr = 0.01; [step(), arrow(), o.rate(), o.twice]')).toEqual([
      0.01, 0.02, 0.01, 0.02,
    ])
    expect(await value('let lr = 5; lr *= 2; [step(), arrow(), o.rate()]')).toEqual([10, 20, 10])
  })
  it('and what a function writes, every cell sees', async () => {
    await value('let n = 0; const inc = () => { n++ }; inc(); inc()')
    expect(await value('n')).toBe(2)
    expect(await value('for (let i = 0; i < 3; i++) { inc(); n += 10 }', 'n')).toBe(35)
    expect(await value('let n = 100; inc(); n', 'n')).toBe(101)
  })
  it('through every way of writing', async () => {
    await value('let a = 1, b = 2, c = [0], d = { x: 0 }, look = () => [a, b]')
    expect(await value('[a, b] = [b, a]; look()')).toEqual([2, 1])
    expect(await value('({ a, b = 7 } = { a: 5 } as { a: number; b?: number }); look()')).toEqual([
      5, 7,
    ])
    expect(await value('[c[0], d.x, ...c] = [1, 2, 3]; [c, d]')).toEqual([[3], { x: 2 }])
    expect(await value('const old = a++; [old, a, ++b, look()]')).toEqual([5, 6, 8, [6, 8]])
    expect(await value('a ||= 3; b &&= 4; a **= 2; look()')).toEqual([36, 4])
    expect(await value('for (a of [1, 2, 3]) {}; look()')).toEqual([3, 4])
    expect(
      await value(
        'let k = 0; const xs = [5, 6, 7]; let sum = 0; while (k < 3) sum += xs[k++]; [k, sum]',
      ),
    ).toEqual([3, 18])
    expect(await value('[k, sum]')).toEqual([3, 18])
  })
  it('with functions that keep their names', async () => {
    expect(
      await value(
        'let h = () => 1; const g = function () { return 2 }, C = class {}',
        'h = () => 3; [h.name, g.name, C.name]',
      ),
    ).toEqual(['h', 'g', 'C'])
  })
  it('for values whose type has no name', async () => {
    await value(
      'const thing = (() => { class Hidden { private p = 1; q = Symbol("q"); get() { return this.p } } return new Hidden() })()',
    )
    expect(await value('thing.get()')).toBe(1)
    expect((await lab.run('thing.get() + thing.nothing')).typeError).toMatch(
      /'nothing' does not exist on type 'Hidden'/,
    )
  })
})

describe('redeclaration', () => {
  it('of functions is seen by earlier callers', async () => {
    expect(
      await value(
        'function f() { return 1 }; function g() { return f() }',
        'function f() { return 2 }; g()',
      ),
    ).toBe(2)
    expect(await value('const f = () => 3; g()')).toBe(3)
  })
  it('of const, let, classes, enums, interfaces, namespaces and generics', async () => {
    await value(
      'const a = 1; class A { x = 1 }; enum E { P, Q }; interface I { a: number }; type T = string; namespace N { export const z = 1; export type U = number }; function id<X>(x: X) { return x }',
    )
    const b = `const a = 'two'; class A { y = 2 }; enum E { P = 5, Q }; interface I { b: string }; type T = number
      namespace N { export const z = 'n'; export type U = string }; class Box<X> { constructor(readonly v: X) {} }`
    expect(
      await value(
        b,
        'const i: I = { b: a }; const t: T = 3; const u: N.U = N.z; [i, t, u, new A().y, E.Q, new Box(id(4)).v]',
      ),
    ).toEqual([{ b: 'two' }, 3, 'n', 2, 6, 4])
    expect((await lab.run('new A().x')).typeError).toMatch(
      /Property 'x' does not exist on type 'A'/,
    )
  })
  it('leaves what has the old type with the old type', async () => {
    await value('class P { x = 1 }; const p = new P()', 'class P { y = 2 }')
    expect(await value('p.x')).toBe(1)
    expect((await lab.run('p.y')).typeError).toMatch(/Property 'y' does not exist/)
  })
  it('of destructured names, and of names as another kind', async () => {
    expect(
      await value(
        'const { u, v: [w] } = { u: 1, v: [2] }',
        'const { v: u, ...rest } = { v: 3, z: 4 }; [u, w, rest]',
      ),
    ).toEqual([3, 2, { z: 4 }])
    expect(
      await value(
        'enum K { A }',
        'const K = 5; K',
        'function K() { return 6 }; K()',
        'class K { static k = 7 }; K.k',
      ),
    ).toBe(7)
    expect(
      await value(
        'interface Both { a: number }',
        'const Both = 3',
        'const x: Both = { a: Both }; x',
      ),
    ).toEqual({ a: 3 })
  })
  it('of a cell that is run again, and out of order', async () => {
    const cell =
      'const data = [1, 2, 3]; let total = 0; for (const d of data) total += d; enum R { A, B }; total'
    expect(await value(cell, cell, cell)).toBe(6)
    expect((await lab.run('useLater()')).typeError).toMatch(/Cannot find name 'useLater'/)
    await value('function useLater() { return later }; const later = 1', 'const later = 2')
    expect(await value('useLater()')).toBe(2)
  })
  it('twice in one cell is TypeScript’s error', async () => {
    expect((await lab.run('const q = 1; const q = 2')).typeError).toMatch(
      /Cannot redeclare block-scoped variable 'q'/,
    )
  })
})

describe('errors', () => {
  it('of types run nothing and change nothing', async () => {
    await value(
      'let kept = 1; globalThis.ran = false',
      'declare global { var ran: boolean }',
    ).catch(() => undefined)
    await value('let kept = 1')
    const r = await lab.run('kept = 2\nlet fresh = 1\nconst n: number = "x"')
    expect(r.typeError).toBe("line 3:7: Type 'string' is not assignable to type 'number'. (TS2322)")
    expect(plain(lab.traceback)).toBe(
      "TS2322 line 3:7: Type 'string' is not assignable to type 'number'.\n3 | const n: number = \"x\"\n  |       ~",
    )
    expect(await value('kept')).toBe(1)
    expect((await lab.run('fresh')).typeError).toMatch(/Cannot find name 'fresh'/)
  })
  it('tell the whole chain of why a type does not fit', async () => {
    await lab.run('const deep: { a: { b: number } } = { a: { b: "s" as string | number } }')
    expect(plain(lab.traceback)).toMatch(
      /Type 'string \| number' is not assignable to type 'number'\.\n {2}Type 'string'/,
    )
  })
  it('at run time keep what ran before, with its type', async () => {
    const r = await lab.run(`const first: number[] = [1]
      function early() { return first.length }
      class Made { m = 1 }
      let { p, q } = { p: 'p', q: 2 }, after = q + 1
      if (after) throw new RangeError('stop')
      const never = 1
      class NeverMade {}
      interface Shape { s: number }`)
    expect(r.thrown).toBeInstanceOf(RangeError)
    expect(
      await value(
        'const s: Shape = { s: early() }; first.push(q); [first, new Made().m, p.toUpperCase(), after, s.s]',
      ),
    ).toEqual([[1, 2], 1, 'P', 3, 1])
    for (const name of ['never', 'NeverMade'])
      expect((await lab.run(`${name}_`.replace('_', '.x'))).typeError).toBeDefined()
    expect((await lab.run('first.push("x")')).typeError).toMatch(
      /not assignable to parameter of type 'number'/,
    )
  })
  it('keep an old variable whose redeclaration was not reached, value and type', async () => {
    await value('const held = "old"')
    expect((await lab.run('JSON.parse("{"); const held = 5')).thrown).toBeInstanceOf(SyntaxError)
    expect(await value('held.toUpperCase()')).toBe('OLD')
  })
  it('in the initializer of a new variable leave it unknown', async () => {
    await lab.run('const broken: number = JSON.parse("{")')
    expect((await lab.run('broken')).typeError).toMatch(/Cannot find name 'broken'/)
  })
  it('point at the cell’s own line and column', async () => {
    const r = await lab.run(
      'let t0 = 0, t1 = 1\nfunction bad(x: number) {\n  t0 = x; throw new Error(`${t0}`)\n}\nfor (let i = 0; i < 2; i++) t1 += i; bad(t1)',
    )
    const [, line, column] = /cell:test:(\d+):(\d+)/.exec((r.thrown as Error).stack ?? '') ?? []
    // The first line of what is run is the compiler's own.
    expect(r.cell?.locate(Number(line) - 2, Number(column) - 1)).toEqual([2, 16])
    const frames = [...((r.thrown as Error).stack ?? '').matchAll(/cell:test:(\d+):(\d+)/g)]
    expect(r.cell?.locate(Number(frames[1][1]) - 2, Number(frames[1][2]) - 1)).toEqual([4, 37])
  })
})

describe('values', () => {
  it('are shown of the last expression only', async () => {
    expect(await value('1 + 1')).toBe(2)
    expect(await value('"use strict"')).toBe('use strict')
    expect(await value('1;;')).toBe(1)
    expect(await value('const one = 1')).toBeUndefined()
    expect(await value('enum Last { A }')).toBeUndefined()
    expect(await value('5\nfunction last() {}')).toBeUndefined()
    expect(await value('await Promise.resolve(4)')).toBe(4)
    expect(await value('export default 3')).toBe(3)
  })
  it('take shorthand properties of earlier variables', async () => {
    expect(await value('const sx = 1, sy = [2]', '({ sx, sy, f: () => ({ sx }) }).f()')).toEqual({
      sx: 1,
    })
  })
  it('are not mixed up with names inside the cell', async () => {
    await value('let x = 1, y = 2')
    expect(
      await value(`const shadow = (x: number, { y } = { y: 5 }) => { { const x = 9; y += x } return [x, y] }
        const deep = (function x(): number { return typeof x === 'function' ? 1 : 0 })()
        const caught = (() => { try { throw 3 } catch (x) { return x } })()
        const label = (() => { x: for (const y of [1]) { continue x } return { x: 4, y }.x })()
        ;[shadow(3), deep, caught, label, [7].map(x => x), x, y]`),
    ).toEqual([[3, 14], 1, 3, 4, [7], 1, 2])
  })
  it('may be called like what the compiler makes', async () => {
    expect(
      await value(
        'const $_ = 1, $_x = 2, $_1 = 3; let x = 0; for (let i = 0; i < 3; i++) x += $_x; x',
        '$_ + $_x + $_1 + x',
      ),
    ).toBe(12)
    expect(
      await value(
        'const require = 1, exports = 2, module = 3, __filename = "f"',
        '[require, exports, module, __filename]',
      ),
    ).toEqual([1, 2, 3, 'f'])
  })
  it('with var: hoisted, in loops and blocks', async () => {
    expect(await value('for (var i = 0; i < 3; i++) {}; i')).toBe(3)
    expect(await value('i', 'if (i > 5) { var hidden = 1 }', 'typeof hidden')).toBe('undefined')
    expect(await value('for (var [k, v] of Object.entries({ a: 1, b: 2 })) {}', '[k, v]')).toEqual([
      'b',
      2,
    ])
    expect(await value('for (var { len } of [{ len: 4 }]) {}', 'len')).toBe(4)
  })
})

it('checks the types of a let that a later cell gives a value', async () => {
  expect(
    await value(
      'let model; let found: string | undefined; const list = []',
      'model = { w: 1 }; list.push(1); found = "a"',
      '[model, list, found]',
    ),
  ).toEqual([{ w: 1 }, [1], 'a'])
})

it('forgets everything with its runner', async () => {
  const other = new Lab(lab.folder)
  await other.value('const gone = 1; type Gone = 1')
  other.compiler.reset()
  expect((await other.run('gone')).typeError).toMatch(/Cannot find name/)
  expect((await other.run('let x: Gone')).typeError).toMatch(/Cannot find name/)
})

it('names nothing twice through a chain of types over thousands of cells', async () => {
  const other = new Lab(lab.folder)
  await other.value('let m = 0')
  for (let i = 0; i < 600; i++) await other.value('let n = m + 1', 'let m = n + 1')
  // Everything that was found out about earlier cells is forgotten here.
  other.compiler.renew()
  expect(await other.value('m.toFixed(0)')).toBe('1200')
})
