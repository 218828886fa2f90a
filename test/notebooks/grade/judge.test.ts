import { describe, expect, it, vi } from 'vitest'
import { conv, filterThatMatters } from '../../../notebooks/grade/exercises/lecture01.ts'
import { firstLoss, shapes } from '../../../notebooks/grade/exercises/lecture05.ts'
import { judgeFunction } from '../../../notebooks/grade/judge.ts'

vi.mock('../../../notebooks/grade/exercises/views.ts', () => ({
  openStepper: () => null,
  openTurned: () => null,
  openCurve: () => null,
}))

const right = conv.spec.right
type Matrix = number[][]
const judge = (f: unknown) => conv.judge({ conv: f })
const say = (f: unknown) => judge(f).lines.join('\n')

describe('a check of 1.1', () => {
  it('names the first differing cell, expected and got', () => {
    expect(
      say((x: Matrix, w: Matrix) =>
        right(
          x,
          w.toReversed().map(row => row.toReversed()),
        ),
      ),
    ).toBe(
      '1.1 conv: 1 of 3 cases right. First difference: case 2, o[0][0]: expected 4, got 6.\n' +
        'It agrees everywhere if the filter is turned by 180°. Which product belongs to w[0][0]?',
    )
  })
  it('explains the expected shape', () => {
    expect(say(() => [])).toBe(
      '1.1 conv: 0 of 3 cases right. Case 1, conv(x [6, 6], w [3, 3]): shape [0], expected [4, 4]: 6 − 3 + 1 = 4.',
    )
  })
  it('shows an exception', () => {
    const lines = judge((x: Matrix) => x[99][0]).lines
    expect(lines[0]).toBe('1.1 conv: 0 of 3 cases right. Case 1, conv(x [6, 6], w [3, 3]) stops:')
    expect(lines[1]).toBe("TypeError: Cannot read properties of undefined (reading '0')")
  })
  it('shows what was thrown when it is no error', () => {
    expect(
      say(() => {
        throw 'up'
      }),
    ).toContain("thrown: 'up'")
  })
  it('finds changed arguments', () => {
    const f = (x: Matrix, w: Matrix) => {
      const o = right(x, w)
      x[0][1] += 5
      return o
    }
    expect(say(f)).toBe(
      '1.1 conv: 0 of 3 cases right. Case 1: your function changed x: x[0][1] was 0 and is 5.\n' +
        'Whoever called conv still needs x. Which line writes into it?',
    )
    expect(
      say((x: Matrix, w: Matrix) => {
        const o = right(x, w)
        w.pop()
        return o
      }),
    ).toContain('your function changed w: its length was 3 and is 2.')
  })
  it('finds rows that are one array', () => {
    const f = (x: Matrix, w: Matrix) => {
      const o = right(x, w) as Matrix
      return Array<number[]>(o.length).fill(o[0])
    }
    expect(say(f)).toContain('o[0] and o[1] are one and the same array.')
  })
  it('finds shared rows also where the numbers happen to be right', () => {
    const zeros = {
      id: '0',
      name: 'zeros',
      parameters: ['n'],
      cases: [[2]] as [number][],
      right: (n: number) => Array.from({ length: n }, () => [0, 0]),
      mistakes: [],
    }
    const found = judgeFunction(zeros, { zeros: (n: number) => Array(n).fill([0, 0]) })
    expect(found.passed).toBe(false)
    expect(found.lines[0]).toContain('result[0] and result[1] are one and the same array.')
    expect(judgeFunction(zeros, { zeros: zeros.right }).passed).toBe(true)
  })
  it('finds nothing returned, other kinds, and right numbers in the wrong shape', () => {
    expect(say(() => undefined)).toContain('returns nothing.\nWhere does conv say return')
    expect(say(() => 7)).toContain('expected an array, got a number (7).')
    expect(say(async () => [])).toContain('got a promise (no async is needed).')
    expect(say((x: Matrix, w: Matrix) => (right(x, w) as Matrix).flat())).toContain(
      'the right numbers, in shape [16]; expected [4, 4].',
    )
  })
  it('asks for a function', () => {
    expect(say(undefined)).toBe('1.1 conv: expected a function conv(x, w), got undefined.')
  })
  it('hands out fresh arguments in every case', () => {
    const seen: Matrix[] = []
    judge((x: Matrix, w: Matrix) => {
      seen.push(x)
      return right(x, w)
    })
    expect(seen[1]).not.toBe(seen[2])
    seen[1][0][0] = 99
    expect(judge(right).passed).toBe(true)
  })
})

describe('a check of 5.1 and 5.3', () => {
  it('shows one line of the shapes, with its layer', () => {
    const padded = shapes.spec.mistakes[0].wrong
    expect(shapes.judge({ shapes: padded }).lines).toEqual([
      '5.1 shapes: 0 of 3 cases right. First difference: case 1, shapes(28)[2] (conv2): expected [16, 10, 10], got [16, 14, 14].',
      'You kept the size at conv2. Only conv1 has padding.',
    ])
  })
  it('writes the call where there is no index', () => {
    expect(firstLoss.judge({ firstLoss: (classes: number) => 1 / classes }).lines[0]).toBe(
      '5.3 firstLoss: 0 of 3 cases right. First difference: case 1, firstLoss(10, 64): expected 2.3026, got 0.1.',
    )
  })
})

describe('1.3, the filter', () => {
  const differs = filterThatMatters.spec.right
  const judge = (myFilter: unknown) => filterThatMatters.judge({ differs, myFilter })
  it('passes when 12 cells change', () => {
    const found = judge([
      [1, 2, 4],
      [8, 16, 32],
      [64, 128, 256],
    ])
    expect(found.passed).toBe(true)
    expect(found.lines[1]).toBe('myFilter changes 12 of 16 cells; no filter changes more.')
  })
  it('counts the cells of a weaker one', () => {
    const found = judge([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ])
    expect(found.passed).toBe(false)
    expect(found.lines[1]).toMatch(/^myFilter changes 10 of 16 cells; more is possible\./)
  })
  it('is not misled by rounding or NaN', () => {
    expect(
      judge([
        [0.1, 0.2, 0.3],
        [0.4, 0.5, 0.6],
        [0.7, 0.8, 0.9],
      ]).lines[1],
    ).toMatch(/changes 10 /)
    expect(
      judge([
        [NaN, 2, 4],
        [8, 16, 32],
        [64, 128, 256],
      ]).lines[1],
    ).toContain('expected 3 rows of 3 finite numbers')
    expect(judge([[1]]).passed).toBe(false)
    expect(judge(undefined).passed).toBe(false)
  })
  it('judges the function first', () => {
    expect(filterThatMatters.judge({ differs: () => true }).mistake).toBeNull()
  })
})
