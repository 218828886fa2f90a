import { expect, test } from 'vitest'
import { colour, contrast, inkOn, table } from '../../src/spec/colour.ts'
import { formatCount, formatNumber, formatPercent } from '../../src/spec/text.ts'

test('ends and middle of the ramps', () => {
  expect(colour('sequential', 0)).toEqual([2, 16, 53])
  expect(colour('sequential', 1)).toEqual([254, 235, 86])
  expect(colour('sequential', 7)).toEqual([254, 235, 86])
  expect(colour('diverging', 0)).toEqual([244, 242, 239])
  expect(colour('diverging', 0, 'dark')).toEqual([34, 35, 38])
  expect(colour('diverging', -1)).toEqual([0, 50, 115])
  expect(colour('grey', 0.5)).toEqual([128, 128, 128])
  expect(colour('sequential', NaN)).toBeNull()
})

test('halfway between two stops', () => expect(colour('sequential', 1 / 16)).toEqual([6, 27, 68]))

test('numbers on tint: contrast never below 4.5:1 on either ramp in either theme', () => {
  for (const theme of ['light', 'dark'] as const)
    for (let t = -1; t <= 1; t += 0.004)
      for (const ramp of ['sequential', 'diverging'] as const) {
        const background = colour(ramp, t, theme)!
        expect(contrast(background, inkOn(background))).toBeGreaterThanOrEqual(4.5)
      }
})

test('tables hold the ramp', () => {
  const t = table('diverging')
  expect([...t.slice(0, 3)]).toEqual([0, 50, 115])
  expect([...t.slice(-3)]).toEqual([117, 41, 8])
})

test('numbers in words', () => {
  expect([3, -3, 0, -0, 1.25, -1.25, 0.008, 1e-7, 12345.678, 2.5e7, Infinity, -Infinity, NaN].map((v) => formatNumber(v)))
    .toEqual(['3', '−3', '0', '0', '1.250', '−1.250', '8.0e−3', '1.0e−7', '12345.678', '2.50e7', '∞', '−∞', 'NaN']) // prettier-ignore
  expect(formatNumber(-0.0001, 2)).toBe('0.00')
  expect(formatCount(61706)).toBe('61,706')
  expect(formatPercent(0.863)).toBe('86.3 %')
})
