// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { fitting, largest, raster, rgb, scale, tint, untint } from '../../../widgets/parts/index.ts'
import { paintable, pixel } from '../page.ts'

beforeEach(paintable)

test('limits: 0 to the largest, symmetric for signed values, 1 for nothing', () => {
  expect(fitting([0, 2, 5])).toEqual({ ramp: 'sequential', lo: 0, hi: 5 })
  expect(fitting([-3, 2])).toEqual({ ramp: 'diverging', lo: -3, hi: 3 })
  expect(fitting([1, 4], 'diverging')).toEqual({ ramp: 'diverging', lo: -4, hi: 4 })
  for (const values of [[], [0, 0], [NaN], [Infinity, NaN]])
    expect(fitting(values)).toEqual({ ramp: 'sequential', lo: 0, hi: 1 })
  expect(fitting([Infinity, 2, NaN, -Infinity]).hi).toBe(2)
  expect(scale('grey', -1).hi).toBe(1)
})

test('largest reads a million values without a spread', () => {
  expect(largest(new Float32Array(1e6).fill(-2))).toBe(2)
})

test('colours: none dark, much bright; zero is the paper; NaN is magenta', () => {
  const s = scale('sequential', 2)
  expect(rgb(0, s)).toEqual([2, 16, 53])
  expect(rgb(2, s)).toEqual([254, 235, 86])
  expect(rgb(9, s)).toEqual(rgb(2, s))
  expect(rgb(-1, s)).toEqual(rgb(0, s))
  const d = scale('diverging', 1)
  expect(rgb(0, d)).toEqual([244, 242, 239])
  expect(rgb(1, d)).toEqual([117, 41, 8])
  expect(rgb(-1, d)).toEqual([0, 50, 115])
  expect(rgb(NaN, d)).toEqual([255, 0, 255])
  document.body.dataset.jpThemeLight = 'false'
  expect(rgb(0, d)).toEqual([34, 35, 38])
  delete document.body.dataset.jpThemeLight
})

test('a raster has the colours of its values; nothing and too few make no error', () => {
  const canvas = document.createElement('canvas')
  const s = scale('diverging', 2)
  raster(canvas, [-2, 0, 2, NaN, Infinity, -Infinity], 3, 2, s)
  const at = (n: number) => pixel(canvas, n)
  expect([canvas.width, canvas.height]).toEqual([3, 2])
  expect(at(0)).toEqual(rgb(-2, s))
  expect(Math.abs(at(1)[0] - rgb(0, s)[0])).toBeLessThan(3)
  expect(at(2)).toEqual(rgb(2, s))
  expect(at(3)).toEqual([255, 0, 255])
  expect(at(4)).toEqual(at(2))
  expect(at(5)).toEqual(at(0))
  raster(canvas, [], 0, 0, s)
  raster(canvas, [1], 2, 2, s)
})

test('ink on a tint is black or white, whichever reads better', () => {
  const cell = document.createElement('td')
  tint(cell, 0, scale('sequential', 1))
  expect(cell.style.color).toContain('255')
  tint(cell, 1, scale('sequential', 1))
  expect(cell.style.color).not.toContain('255')
  untint(cell)
  expect(cell.style.background).toBe('')
})
