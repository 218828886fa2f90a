import { describe, expect, it } from 'vitest'
import { toPoints, toUnits } from '../../../kernel/engine/offsets.ts'

describe('offsets', () => {
  it('count code points outside, UTF-16 units inside', () => {
    const text = 'a😀é𝒳z'
    const points = [...text]
    for (let n = 0; n <= points.length; n++) {
      const units = points.slice(0, n).join('').length
      expect(toUnits(text, n)).toBe(units)
      expect(toPoints(text, units)).toBe(n)
    }
  })
  it.each([
    [99, 4],
    [Infinity, 4],
    [-1, 0],
    [1.9, 1],
    [NaN, 4],
    ['2', 4],
    [undefined, 4],
    [null, 4],
  ])('of a message that says %s are kept within the text', (points, units) => {
    expect(toUnits('a😀b', points)).toBe(units)
  })
  it('take a lone surrogate for one', () => {
    expect(toUnits('\ud83da', 1)).toBe(1)
    expect(toPoints('\ud83da', 2)).toBe(2)
  })
})
