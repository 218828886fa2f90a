import { describe, expect, it } from 'vitest'
import { difference, literal, same, sharedRows, shapeOf } from '../../../notebooks/grade/compare.ts'

describe('same', () => {
  it('wants integers exact and allows others a relative 2e−4', () => {
    expect(same(4, 4)).toBe(true)
    expect(same(100000, 100001)).toBe(false)
    expect(same(2.30258, 2.30262)).toBe(true)
    expect(same(2.3026, 2.304)).toBe(false)
    expect(same(1e-5, 2e-5)).toBe(true)
    expect(same(0, -0)).toBe(true)
    expect(same(NaN, NaN)).toBe(true)
    expect(same(true, 1)).toBe(false)
  })
})

describe('shapeOf', () => {
  it('is the shape, or null for rows of different length', () => {
    expect(shapeOf([[1, 2, 3]])).toEqual([1, 3])
    expect(shapeOf(5)).toEqual([])
    expect(shapeOf([])).toEqual([0])
    expect(shapeOf([[1], [1, 2]])).toBeNull()
    expect(shapeOf([[1], 2])).toBeNull()
  })
})

describe('difference', () => {
  it('says shape before values', () => {
    expect(difference([[1, 2]], [[9, 9, 9]])).toEqual({
      kind: 'shape',
      expected: [1, 2],
      got: [1, 3],
    })
  })
  it('says NaN before sizes', () => {
    expect(difference([1, 2, 3], [9, 2, NaN])).toEqual({
      kind: 'value',
      path: [2],
      expected: 3,
      got: NaN,
    })
  })
  it('knows the right numbers in another shape', () => {
    expect(
      difference(
        [
          [1, 2],
          [3, 4],
        ],
        [1, 2, 3, 4],
      ),
    ).toMatchObject({ kind: 'reshaped', got: [4] })
  })
  it('names the row that is too short', () => {
    expect(
      difference(
        [
          [1, 2],
          [3, 4],
        ],
        [[1, 2], [3]],
      ),
    ).toEqual({
      kind: 'ragged',
      row: '[1]',
      length: 1,
      first: 2,
    })
  })
  it('knows nothing and other kinds', () => {
    expect(difference([1], undefined)).toEqual({ kind: 'nothing' })
    expect(difference([1], 3)).toMatchObject({ kind: 'kind', got: 'a number (3)' })
    expect(difference([1], new Float32Array(1))).toMatchObject({ got: 'a Float32Array' })
    expect(difference(10, true)).toMatchObject({ kind: 'value', got: true })
  })
})

it('sharedRows finds one array in two places', () => {
  const row = [0, 0]
  expect(sharedRows([row, [0, 0], row])).toEqual(['[0]', '[2]'])
  expect(sharedRows([[0], [0]])).toBeNull()
})

it('literal writes values as code', () => {
  expect(
    literal([
      [1, -2.5],
      [0.123456, 1e-5],
    ]),
  ).toBe('[[1, -2.5], [0.1235, 0.0000100]]')
  expect(literal([-0, NaN, Infinity])).toBe('[0, NaN, Infinity]')
})
