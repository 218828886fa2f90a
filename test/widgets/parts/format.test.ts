import { expect, test } from 'vitest'
import { count, fixed, percent, shapeText, short } from '../../../widgets/parts/format.ts'

test.each([
  [1, '1.000'],
  [-1.23456, '−1.235'],
  [-0.0001, '0.000'],
  [-0, '0.000'],
  [NaN, 'NaN'],
  [Infinity, '∞'],
  [-Infinity, '−∞'],
])('fixed %s', (v, text) => expect(fixed(v)).toBe(text))

test.each([
  [0, '0'],
  [-3, '−3'],
  [0.5, '0.500'],
  [12.345, '12.3'],
  [1234.5, '1235'],
  [0.004, '4.0e−3'],
  [123456.7, '1.2e5'],
  [-0.00025, '−2.5e−4'],
  [1e9, '1.0e9'],
  [NaN, 'NaN'],
])('short %s', (v, text) => expect(short(v)).toBe(text))

test('counts, shares, shapes', () => {
  expect(count(61706)).toBe('61,706')
  expect(percent(0.8163)).toBe('81.6 %')
  expect(shapeText([16, 10, 10])).toBe('[16, 10, 10]')
})
