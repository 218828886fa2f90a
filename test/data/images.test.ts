import { describe, expect, it } from 'vitest'
import { data, tensor } from '../../src/index.ts'
import { bytes } from '../../src/data/images.ts'

/** `n` images of 2 × 2; pixel p of image i is 10i + p, its label i mod 3. */
const numbered = (n: number) =>
  new data.ImageSet(
    bytes(
      Uint8Array.from({ length: 4 * n }, (_, p) => 10 * Math.floor(p / 4) + (p % 4)),
      [n, 1, 2, 2],
    ),
    bytes(
      Uint8Array.from({ length: n }, (_, i) => i % 3),
      [n],
    ),
    ['a', 'b', 'c'],
  )
const firstPixels = (set: data.ImageSet) =>
  Array.from({ length: set.length }, (_, i) => set.images.toTypedArray()[4 * i])

describe('ImageSet', () => {
  const set = numbered(7)

  it('gives one image as a batch of one, from 0 to 1', () => {
    const { x, y, name } = set.at(4)
    expect(x.shape).toEqual([1, 1, 2, 2])
    expect(x.dtype).toBe('float32')
    expect([...x.toTypedArray()]).toEqual([40, 41, 42, 43].map(v => Math.fround(v / 255)))
    expect([y, name]).toEqual([1, 'b'])
    expect(set.at(-1).y).toBe(0)
  })

  it('slices as arrays do, on the same pixels', () => {
    expect(firstPixels(set.slice(2, 4))).toEqual([20, 30])
    expect(firstPixels(set.slice(-2))).toEqual([50, 60])
    expect(firstPixels(set.slice(2).slice(1, 3))).toEqual([30, 40])
    expect(set.slice(5, 2).length).toBe(0)
    expect(set.slice(0, 3).images.storage).toBe(set.images.storage)
    expect(set.slice(3, 5).at(1).y).toBe(1)
  })

  it('takes the first n, or places in any order', () => {
    expect(firstPixels(set.take(3))).toEqual([0, 10, 20])
    const taken = set.slice(1).take([5, 0, 5])
    expect(firstPixels(taken)).toEqual([60, 10, 60])
    expect([...taken.labels.toTypedArray()]).toEqual([0, 1, 0])
  })

  it('makes a batch of all or some', () => {
    expect(set.batch().x.shape).toEqual([7, 1, 2, 2])
    const { x, y } = set.batch([6, 1])
    expect(x.toTypedArray()[4]).toBe(Math.fround(10 / 255))
    expect([...y.toTypedArray()]).toEqual([0, 1])
    expect(y.dtype).toBe('int32')
  })

  it('says how many images of what', () => {
    expect(String(set)).toBe('7 images of 1 × 2 × 2, 3 classes: a 3, b 2, c 2')
  })

  it('refuses what does not belong together', () => {
    const images = bytes(new Uint8Array(4), [1, 1, 2, 2])
    const make = (labels: Uint8Array) => () =>
      new data.ImageSet(images, bytes(labels, [labels.length]), ['a'])
    expect(make(new Uint8Array(2))).toThrow('images [1, 1, 2, 2] and labels [2]')
    expect(make(new Uint8Array([1]))).toThrow('label 1 of image 0; there are 1 classes')
    expect(() => new data.ImageSet(images, tensor([0]), ['a'])).toThrow('labels float32')
    expect(() => set.at(7)).toThrow('at: image 7; there are 7, 0 to 6')
    expect(() => set.take([0, 9])).toThrow('take: image 9')
    expect(() => set.take(-1)).toThrow(RangeError)
  })
})
