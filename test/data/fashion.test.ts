import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { data } from '../../src/index.ts'

const digest = (bytes: ArrayLike<number>) =>
  createHash('sha256').update(Uint8Array.from(bytes)).digest('hex').slice(0, 16)
const counts = (set: data.ImageSet) => {
  const n = new Array<number>(10).fill(0)
  for (const label of set.labels.toTypedArray()) n[label]++
  return n
}
const folders: string[] = []
const folder = (files: Record<string, Uint8Array>) => {
  const path = mkdtempSync(join(tmpdir(), 'fashion-'))
  folders.push(path)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}
afterAll(() => folders.forEach(path => rmSync(path, { recursive: true })))

const idx = (shape: number[], fill = 0) => {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header[2] = 8
  header[3] = shape.length
  shape.forEach((n, d) => header.writeUInt32BE(n, 4 + 4 * d))
  return Buffer.concat([
    header,
    Buffer.alloc(
      shape.reduce((a, b) => a * b),
      fill,
    ),
  ])
}
const files = (overrides: Record<string, Uint8Array> = {}) => ({
  'train-images-idx3-ubyte': idx([3, 28, 28], 9),
  'train-labels-idx1-ubyte': idx([3], 2),
  't10k-images-idx3-ubyte': idx([2, 28, 28], 7),
  't10k-labels-idx1-ubyte': idx([2], 1),
  ...overrides,
})

describe('fashionMNIST', () => {
  const { train, test } = data.fashionMNIST()

  it('has 10,000 training and 10,000 test images, as their origin says', () => {
    expect(train.images.shape).toEqual([10000, 1, 28, 28])
    expect(test.images.shape).toEqual([10000, 1, 28, 28])
    expect(counts(train)).toEqual([942, 1027, 1016, 1019, 974, 989, 1021, 1022, 990, 1000])
    expect(counts(test)).toEqual(new Array(10).fill(1000))
  })

  it('has the published pixels', () => {
    expect(digest(test.images.toTypedArray())).toBe('c867c93ff9536059')
    expect(digest(test.labels.toTypedArray())).toBe('3d0e6c6ea990b53b')
    expect(digest(train.images.toTypedArray())).toBe('2929ae1c7b89e0ee')
    expect(digest(train.labels.toTypedArray())).toBe('1022e4632874e71b')
    expect(test.at(0).name).toBe('Ankle boot')
  })

  it('reads a folder that the user names', () => {
    const sets = data.fashionMNIST({ folder: folder(files()) })
    expect([sets.train.length, sets.test.length]).toEqual([3, 2])
    expect(sets.train.at(0).x.toTypedArray()[0]).toBeCloseTo(9 / 255)
  })

  it('says which files it looked for', () => {
    const empty = folder({})
    expect(() => data.fashionMNIST({ folder: empty })).toThrow(
      `looked for ${join(empty, 'train-images-idx3-ubyte.gz')} and ${join(empty, 'train-images-idx3-ubyte')}; neither is there`,
    )
  })

  it('names the file that is wrong, expected and found', () => {
    const refuse = (name: string, content: Uint8Array, message: string) => {
      const path = folder(files({ [name]: content }))
      expect(() => data.fashionMNIST({ folder: path })).toThrow(`${join(path, name)}: ${message}`)
    }
    refuse(
      'train-images-idx3-ubyte',
      idx([3, 32, 32]),
      'expected images of 28 × 28, found [3, 32, 32]',
    )
    refuse('train-images-idx3-ubyte', idx([3]), 'expected bytes [N, 28, 28], found uint8 [3]')
    refuse(
      'train-labels-idx1-ubyte',
      idx([4]),
      'expected bytes [3], one label for each image, found uint8 [4]',
    )
    refuse('t10k-labels-idx1-ubyte', idx([2], 10), 'expected labels 0 to 9, found 10 at 0')
  })
})
