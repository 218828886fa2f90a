/** Every exercise: the right answer passes, each mistake is told apart and gets its own hint. */
import { describe, expect, it, vi } from 'vitest'
import { difference, same } from '../../src/grade/compare.ts'
import type { FunctionExercise } from '../../src/grade/exercise.ts'
import { conv, convStrided, filterThatMatters } from '../../src/grade/exercises/lecture01.ts'
import { firstLoss, shapes } from '../../src/grade/exercises/lecture05.ts'
import { copy, judgeFunction } from '../../src/grade/judge.ts'

vi.mock('../../src/grade/exercises/views.ts', () => ({
  openStepper: () => null,
  openTurned: () => null,
  openCurve: () => null,
}))

type AnyExercise = FunctionExercise<never[]>
const exercises = [conv, convStrided, filterThatMatters, shapes, firstLoss].map(
  // Each exercise is tested with its own cases only, so its argument types match.
  exercise => exercise.spec as unknown as AnyExercise,
)
const results = (spec: AnyExercise, f: (...args: never[]) => unknown) =>
  spec.cases.map(args => f(...copy(args)))

describe.each(exercises.map(spec => [spec.id, spec] as const))('exercise %s', (_, spec) => {
  const judge = (f: unknown) => judgeFunction(spec, { [spec.name]: f })

  it('passes the right function', () => {
    const found = judge(spec.right)
    expect(found.passed).toBe(true)
    expect(found.lines[0]).toBe(
      `${spec.id} ${spec.name}: right in ${spec.cases.length} of ${spec.cases.length} cases.`,
    )
  })

  it.each(spec.mistakes.map(m => [m.name, m] as const))('recognises: %s', (name, mistake) => {
    const found = judge(mistake.wrong)
    expect(found.passed).toBe(false)
    expect(found.mistake).toBe(name)
    expect(found.lines.at(-1)).toBe(mistake.hint)
    expect(found.lines.length).toBeLessThanOrEqual(3)
  })

  it('has no two mistakes that agree in all cases, and no two equal hints', () => {
    const all = spec.mistakes.map(m => results(spec, m.wrong))
    all.forEach((a, n) => all.slice(n + 1).forEach(b => expect(same(a, b)).toBe(false)))
    expect(new Set(spec.mistakes.map(m => m.hint)).size).toBe(spec.mistakes.length)
  })

  it('invents nothing for a mistake it does not know', () => {
    let calls = 0
    const found = judge((...args: never[]) => (calls++ === 0 ? spec.right(...args) : [[12345]]))
    expect(found.mistake).toBeNull()
    expect(found.lines.length).toBe(1)
    expect(found.right).toBe(1)
  })
})

/** The results that the exercises' page lists. */
describe('cases', () => {
  const first = (spec: unknown, n: number) => {
    const s = spec as AnyExercise
    return s.right(...copy(s.cases[n]))
  }
  it('1.1', () => {
    expect(first(conv.spec, 0)).toEqual([
      [3, -1, -3, -1],
      [-3, 1, 0, -3],
      [-3, -3, 0, 1],
      [3, -2, -2, -1],
    ])
    expect(first(conv.spec, 1)).toEqual([
      [4, 2, 9],
      [8, 6, 9],
    ])
    expect(first(conv.spec, 2)).toEqual([
      [5, 1],
      [-1, 5],
      [1, 1],
    ])
  })
  it('1.2', () => {
    expect(first(convStrided.spec, 0)).toEqual([
      [3, -3],
      [-3, 0],
    ])
    expect(first(convStrided.spec, 1)).toEqual([[4, 9]])
    expect(first(convStrided.spec, 2)).toEqual([
      [-1, -1],
      [-1, 3],
    ])
  })
  it('1.3', () => {
    expect([0, 1, 2, 3, 4].map(n => first(filterThatMatters.spec, n))).toEqual([0, 0, 4, 10, 12])
  })
  it('5.1', () => {
    expect([0, 1, 2].map(n => first(shapes.spec, n))).toEqual([
      [
        [6, 28, 28],
        [6, 14, 14],
        [16, 10, 10],
        [16, 5, 5],
        [120, 1, 1],
      ],
      [
        [6, 32, 32],
        [6, 16, 16],
        [16, 12, 12],
        [16, 6, 6],
        [120, 2, 2],
      ],
      [
        [6, 30, 30],
        [6, 15, 15],
        [16, 11, 11],
        [16, 5, 5],
        [120, 1, 1],
      ],
    ])
  })
  it('5.3', () => {
    expect(
      difference(
        [2.3026, 0.6931, 6.9078],
        [0, 1, 2].map(n => first(firstLoss.spec, n)),
      ),
    ).toBeNull()
  })
  it('the mistakes of 1.1 give what the page lists', () => {
    const wrong = Object.fromEntries(conv.spec.mistakes.map(m => [m.name, m.wrong]))
    const [a, b] = conv.spec.cases
    expect(wrong['filter turned by 180°'](...b)).toEqual([
      [6, 3, 11],
      [7, 9, 6],
    ])
    expect(wrong['rows and columns of the filter exchanged'](...b)).toEqual([
      [6, 1, 7],
      [7, 9, 10],
    ])
    expect(wrong['one output row and column too few'](...a)).toEqual([
      [3, -1, -3],
      [-3, 1, 0],
      [-3, -3, 0],
    ])
    expect(wrong['padded to the size of x'](...b)).toEqual([
      [-1, 1, 6, -1],
      [2, 4, 2, 9],
      [-2, 8, 6, 9],
    ])
    expect(wrong['= where += was meant'](...a)).toEqual([
      [1, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 1, 0],
      [1, 0, 1, 0],
    ])
    expect(wrong['sum never reset'](...b)).toEqual([
      [4, 6, 15],
      [23, 29, 38],
    ])
  })
})
