import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { encodePng } from '../../src/io/png-write.ts'
import { readPng } from '../show/read-png.ts'

test('pixels come back, whatever the rows', () => {
  for (const [width, height] of [
    [1, 1],
    [7, 5],
    [64, 33],
  ]) {
    // prettier-ignore
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + (i >> 3)) & 255)
    // The second half repeats the row above, which takes the other filter.
    for (let i = Math.floor(height / 2) * width * 3; i < pixels.length; i++)
      if (i >= width * 3) pixels[i] = pixels[i - width * 3]
    const png = readPng(encodePng(pixels, width, height))
    expect([png.width, png.height]).toEqual([width, height])
    expect(png.pixels).toEqual(pixels)
  }
})

test('chunks: IHDR, IDAT, IEND, and what IDAT unpacks to is one filter byte a row more than the pixels', () => {
  const png = readPng(encodePng(new Uint8Array(4 * 3 * 3), 4, 3))
  expect(png.chunks).toEqual(['IHDR', 'IDAT', 'IEND'])
  expect(inflateSync(png.idat)).toHaveLength(3 * (4 * 3 + 1))
})

test('a size that does not fit is refused', () =>
  expect(() => encodePng(new Uint8Array(10), 2, 2)).toThrow('10 bytes for 2 × 2 pixels'))
