import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { data } from '../../src/index.ts'
import { loadImage } from '../../src/io/index.ts'
import { encodePng } from '../../src/io/png-write.ts'
import { fixture } from '../io/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'layerscope-images-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a class for each folder, sorted, others left out', () => {
  for (const [name, file] of [
    ['b/2.png', 'rgb.png'],
    ['a/1.jpg', '444.jpg'],
    ['b/1.png', 'grey.png'],
  ]) {
    // prettier-ignore
    mkdirSync(join(folder, name, '..'), { recursive: true })
    copyFileSync(fixture(file), join(folder, name))
  }
  writeFileSync(join(folder, 'b/notes.txt'), 'no image')
  writeFileSync(join(folder, 'list.png'), 'no folder')
  const set = data.imageFolder(folder)
  expect(set.classes).toEqual(['a', 'b'])
  expect(set.labels.toArray()).toEqual([0, 1, 1])
  expect(set.images.shape).toEqual([3, 3, 37, 45])
  expect(set.at(2).x.toArray()).toEqual([loadImage(fixture('rgb.png')).toArray()])
  expect(data.imageFolder(folder, { channels: 1 }).images.shape).toEqual([3, 1, 37, 45])
})

test('scaled until they cover, and cut in the middle', () => {
  const other = join(folder, 'b/3.png')
  // 4 × 8: left half black, right half white, with grey columns at both ends that the cut takes away.
  const pixels = Uint8Array.from({ length: 4 * 8 * 3 }, (_, i) => {
    const c = Math.floor(i / 3) % 8
    return c < 2 || c >= 6 ? 100 : c < 4 ? 0 : 255
  })
  writeFileSync(other, encodePng(pixels, 8, 4))
  expect(() => data.imageFolder(folder)).toThrow(
    '3.png is 4 × 8, the images before are 37 × 45; give a size',
  )
  const small = data.imageFolder(folder, { size: 4 }).images.toArray<number[][][][]>()[3][0]
  expect(small).toEqual(new Array(4).fill([0, 0, 255, 255]))
  const half = data.imageFolder(folder, { size: [2, 2] }).images.toArray<number[][][][]>()[3][0][0]
  // A triangle two pixels to each side: (100 + 3·0 + 3·0 + 255) / 8 and (0 + 3·255 + 3·255 + 100) / 8.
  expect(half).toEqual([44, 204])
  expect(data.imageFolder(folder, { size: [50, 20] }).images.shape).toEqual([4, 3, 50, 20])
})

test('errors', () => {
  expect(() => data.imageFolder(join(folder, 'nowhere'))).toThrow('is no folder')
  expect(() => data.imageFolder(join(folder, 'a'))).toThrow('a class is a folder')
  writeFileSync(join(folder, 'a/0.png'), 'broken')
  expect(() => data.imageFolder(folder)).toThrow('0.png: expected a PNG or JPEG image')
})
