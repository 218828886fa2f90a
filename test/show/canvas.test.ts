import { expect, test } from 'vitest'
import { Canvas, INK, PAPER, PIN, SCALE } from '../../src/show/canvas.ts'
import { glyph, textWidth } from '../../src/show/font.ts'
import { count, pixel, readPng } from './read-png.ts'

test('a rectangle covers its pixels and no others', () => {
  const canvas = new Canvas(10, 10)
  canvas.rect(2, 3, 4, 1, INK)
  const png = readPng(canvas.png())
  expect([png.width, png.height]).toEqual([10 * SCALE, 10 * SCALE])
  expect(count(png, INK)).toBe(4 * SCALE * SCALE)
  expect(pixel(png, 2 * SCALE, 3 * SCALE)).toEqual(INK)
  expect(pixel(png, 2 * SCALE - 1, 3 * SCALE)).toEqual(PAPER)
})

test('what lies outside is cut off', () => {
  const canvas = new Canvas(4, 4)
  canvas.rect(-5, -5, 7, 7, INK)
  expect(count(readPng(canvas.png()), INK)).toBe(4 * SCALE * SCALE)
})

test('text: its letters and where it begins', () => {
  const canvas = new Canvas(40, 10)
  canvas.text('−1', 20, 1, { align: 'right' })
  const png = readPng(canvas.png())
  const columns = Array.from({ length: png.width }, (_, x) =>
    Array.from({ length: png.height }, (_, y) => pixel(png, x, y).join()).includes(INK.join()),
  )
  expect(columns.lastIndexOf(true)).toBeLessThan(20 * SCALE)
  expect(columns.indexOf(true)).toBe((20 - textWidth('−1')) * SCALE)
})

test('every letter that views use is drawn', () => {
  const box = glyph('\u{10ffff}').rows.join()
  const letters =
    Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('') + '−×·…′≠→²∞–°’⊙Σ'
  for (const letter of letters) expect(glyph(letter).rows.join(), letter).not.toBe(box)
  // No two alike, but for those that look alike everywhere.
  const drawn = new Map<string, string>()
  for (const letter of letters.replace(/[–−×O]/g, '')) {
    const rows = `${glyph(letter).width}:${glyph(letter).rows.join()}`
    expect(drawn.get(rows), letter).toBeUndefined()
    drawn.set(rows, letter)
  }
})

test('figures are equally wide', () =>
  expect(new Set([...'0123456789'].map(textWidth)).size).toBe(1))

test('a reticle marks the corners only', () => {
  const canvas = new Canvas(40, 40)
  canvas.reticle(10, 10, 20, 20)
  const png = readPng(canvas.png())
  expect(pixel(png, 9 * SCALE, 9 * SCALE)).toEqual(PIN)
  expect(pixel(png, 20 * SCALE, 9 * SCALE)).toEqual(PAPER)
  expect(pixel(png, 20 * SCALE, 20 * SCALE)).toEqual(PAPER)
})
