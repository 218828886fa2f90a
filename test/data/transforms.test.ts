import { describe, expect, test } from 'vitest'
import { arange, data, Generator, tensor, zeros, type Tensor } from '../../src/index.ts'

const x = arange(0, 2 * 3 * 4 * 4, 1, { dtype: 'float32' }).reshape([2, 3, 4, 4])
const y = tensor([0, 1], { dtype: 'int32' })
const apply = (t: data.Transform, seed = 1): Tensor => t({ x, y }, new Generator(seed)).x
type Images = number[][][][]

test('centerCrop takes the middle', () => {
  const out = apply(data.centerCrop(2)).toArray<Images>()
  expect(out[0][0]).toEqual([[5, 6], [9, 10]]) // prettier-ignore
  expect(out[1][2]).toEqual([[85, 86], [89, 90]]) // prettier-ignore
})

describe('randomCrop', () => {
  test('is a window of the image, the same in all channels', () => {
    const out = apply(data.randomCrop([2, 3])).toArray<Images>()
    const first = out[0][0][0][0]
    expect(out[0][0]).toEqual([[0, 1, 2], [4, 5, 6]].map(r => r.map(v => v + first))) // prettier-ignore
    expect(out[0][1][0][0]).toBe(first + 16)
  })
  test('reaches every place, each image its own; zeros in the frame', () => {
    const seen = new Set<string>()
    let differ = false
    for (let seed = 0; seed < 300; seed++) {
      const [a, b] = apply(data.randomCrop(4, { padding: 1 }), seed).toArray<Images>()
      seen.add(a[0].flat().join())
      differ ||= a[0].flat().indexOf(5) !== b[0].flat().indexOf(53)
    }
    expect(seen.size).toBe(9)
    expect(differ).toBe(true)
    expect([...seen]).toContain('0,0,0,0,0,0,1,2,0,4,5,6,0,8,9,10')
  })
  test('errors', () => {
    expect(() => apply(data.randomCrop(5))).toThrow('a window of [5, 5] from images [2, 3, 4, 4]')
    expect(() => data.randomCrop(0)).toThrow('size 0')
    expect(() => data.randomCrop(2, { padding: -1 })).toThrow('padding -1')
  })
})

test('randomFlip exchanges left and right in about half of the images', () => {
  expect(apply(data.randomFlip({ p: 1 })).toArray()).toEqual(x.flip([3]).toArray())
  expect(apply(data.randomFlip({ p: 0 })).toArray()).toEqual(x.toArray())
  let flipped = 0
  for (let seed = 0; seed < 200; seed++)
    flipped += Number(apply(data.randomFlip(), seed).toArray<Images>()[0][0][0][0] === 3)
  expect(flipped).toBeGreaterThan(70)
  expect(flipped).toBeLessThan(130)
})

test('normalize', () => {
  const out = apply(data.normalize([0, 16, 32], [1, 2, 4]))
  const expected = x
    .sub(tensor([0, 16, 32]).reshape([3, 1, 1]))
    .div(tensor([1, 2, 4]).reshape([3, 1, 1]))
  expect(out.toArray()).toEqual(expected.toArray())
  expect(() => apply(data.normalize([1, 2], 1))).toThrow('2 numbers of mean for x [2, 3, 4, 4]')
  expect(() => data.normalize(0, 0)).toThrow('numbers above 0')
})

test('compose, and the same batch again by seed', () => {
  const both = data.compose(data.randomCrop(4, { padding: 1 }), data.randomFlip())
  expect(apply(both, 5).toArray()).toEqual(apply(both, 5).toArray())
  const set = new data.TensorDataset(zeros([4, 1, 3, 3]).add(1), arange(4))
  const loader = data.batches(set, { size: 2, seed: 3, map: both })
  expect(loader.at(2, 1).x.toArray()).toEqual(loader.at(2, 1).x.toArray())
})
