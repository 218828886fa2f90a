import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toJson } from '../../../../notebooks/grade/grader/result.ts'
import { ASSIGNMENTS } from './mini.mjs'
import { gradeCells, openWorkshop, SOLUTION, wordsOf, type Workshop } from './support.ts'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

describe('grading a notebook', () => {
  test('the solution earns all points, an empty notebook none', async () => {
    const full = await gradeCells(shop, SOLUTION)
    expect(wordsOf(full)).not.toMatch(/not defined|failed/)
    expect(full.result.points).toBe(10)
    const empty = await gradeCells(shop, [])
    expect(empty.result.points).toBe(0)
    expect(wordsOf(empty)).toContain('no cell defines scale')
  })

  test('the same submission gives the same bytes', async () => {
    const cells = [...SOLUTION, 'console.log(Math.random())', 'function half( {']
    const [a, b] = [await gradeCells(shop, cells), await gradeCells(shop, cells)]
    expect(toJson(a.result)).toBe(toJson(b.result))
    expect(toJson(a.result)).not.toContain('secret of the test')
  })

  test('a syntax error spoils one cell of three', async () => {
    const { result } = await gradeCells(shop, [SOLUTION[0], 'const pairs = (x => ;', SOLUTION[2]])
    expect(result.tasks.map(t => t.points)).toEqual([5, 0, 1])
    expect(result.tasks[1].cases[0].lines[0]).toMatch(/cell 2 does not compile \(line 1: /)
  })

  test('variables cross cells, are declared again, and cells await', async () => {
    const { result } = await gradeCells(shop, [
      'let factor = 1\nfunction scale(x, k) { return x }',
      'factor = await Promise.resolve(1)',
      'function scale(x: number[], k: number) { return x.map(v => v * k * factor) }',
      "enum Word { A = 'correlation' }\nexport const answer: string = Word.A",
    ])
    expect(result.tasks.map(t => t.points)).toEqual([5, 0, 1])
  })

  test('cells that stand above what they need run all the same', async () => {
    const { result } = await gradeCells(shop, [
      'const scale = make((v: number, k: number) => v * k)',
      'const make = (f: (v: number, k: number) => number) => (x: number[], k: number) => x.map(v => f(v, k))',
    ])
    expect(result.tasks[0].points).toBe(5)
  })

  test('what writes into its argument is told so', async () => {
    const { result } = await gradeCells(shop, [
      'function scale(x: number[], k: number) { for (let i = 0; i < x.length; i++) x[i] *= k; return x }',
    ])
    expect(result.tasks[0].points).toBe(2.5)
    expect(result.tasks[0].cases[0].mistake).toBe('writes into x')
  })

  test('a cell without an end costs only itself', async () => {
    const graded = await gradeCells(shop, [SOLUTION[0], 'for (;;) {}', SOLUTION[2]], {
      limits: { cell: 700 },
    })
    expect(graded.result.tasks.map(t => t.points)).toEqual([5, 0, 1])
    expect(wordsOf(graded)).toContain('cell 2 timeout did not end within 0.7 s')
  })

  test('modules that the assignment does not allow may be named, not used', async () => {
    const graded = await gradeCells(shop, [
      "import { tensor, conv2d } from 'layerscope'",
      'function scale(x: number[], k: number) { return tensor(x).mul(k).toArray() }',
      SOLUTION[2],
    ])
    expect(graded.result.tasks.map(t => t.points)).toEqual([0, 0, 1])
    expect(wordsOf(graded)).toContain('tensor of layerscope cannot be used in T1')
  })

  test('and those it allows work', async () => {
    const graded = await gradeCells(
      shop,
      [
        "import { tensor } from 'layerscope'",
        'function scale(x: number[], k: number) { return tensor(x).mul(k).toArray() }',
      ],
      { assignment: { ...ASSIGNMENTS.T1, modules: ['layerscope'] } },
    )
    expect(wordsOf(graded)).not.toContain('cannot be used')
    expect(graded.result.tasks[0].points).toBe(5)
  })

  test('a case of ours that breaks is no zero', async () => {
    const { result } = await gradeCells(shop, SOLUTION, { assignment: ASSIGNMENTS.Broken })
    expect(result.infrastructure).toMatch(/T1.1 “breaks” failed: out of order/)
    expect(result.tasks).toEqual([])
  })

  test('cells by their role: checks and play are not run, given cells are the assignment’s own', async () => {
    const role = (cell: string, source: string) => ({ source, metadata: { layerscope: { cell } } })
    const cells = [
      role('setup', 'const by = 100'),
      role('solution', 'function scale(x: number[], k: number) { return x.map(v => v * k * by) }'),
      role('check', 'for (;;) {}'),
      role('play', 'for (;;) {}'),
    ]
    const { result } = await gradeCells(shop, cells, { given: ['const by = 1'] })
    expect(result.tasks[0].points).toBe(5)
    expect(result.notes.join()).toContain('were changed; the assignment’s own were run')
  })
})
