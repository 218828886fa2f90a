import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/index.ts'
import { data, randn, show, tensor, zeros } from '../../src/index.ts'
import { colour } from '../../src/spec/colour.ts'
import { decode } from '../../src/spec/encode.ts'
import { DISPLAY } from '../../src/spec/host.ts'
import type { TensorView } from '../../src/spec/view.ts'
import { install, type FakeHost } from './fake-host.ts'
import { count, readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

const IMAGE = [
  [1, 0, 0],
  [0, -2, 0],
]
/** What a page gets for this tensor. */
function shown(t: Tensor, options?: Parameters<typeof show>[1]): TensorView {
  show(t, options)
  const spec = host.spec()
  if (spec.kind !== 'tensor') throw new Error(spec.kind)
  return spec
}

test('a small matrix: exact, with its numbers, as picture and as text', () => {
  const spec = shown(tensor(IMAGE))
  expect(spec).toMatchObject({
    title: 'tensor',
    shape: '[2, 3]',
    data: { scale: 'signed', numbers: true },
  })
  expect(Array.from(decode(spec.data.values))).toEqual(IMAGE.flat())
  expect(spec.text).toBe(
    'tensor  [2, 3]\nFrom −2 at row 1, column 1 to 1 at row 0, column 0.\n4 of 6 values are 0.\n 1  0  0\n 0 −2  0',
  )
  expect(host.shown[0].bundle['text/plain']).toBe(spec.text)
  const png = readPng(host.shown[0].bundle['image/png'] as Uint8Array)
  // The cell with −2 has the ramp's blue end, less its numerals and edges.
  expect(count(png, colour('diverging', -1)!)).toBeGreaterThan(1500)
  expect(host.shown[0].metadata['image/png']).toEqual({
    width: png.width / 2,
    height: png.height / 2,
  })
})

test('shown once: the view itself displays nothing', () => {
  const view = show(tensor(IMAGE))
  expect(view[DISPLAY]()).toBeNull()
  expect(host.shown).toHaveLength(1)
  expect(host.shown[0].id).toBe(view.id)
})

describe('which scale', () => {
  test.each<[string, Tensor, string]>([
    ['bytes', tensor(new Uint8Array(100)).reshape([10, 10]), 'image'],
    [
      '0…1 with one channel',
      tensor(Array.from({ length: 100 }, (_, i) => i / 100)).reshape([1, 10, 10]),
      'image',
    ],
    ['negative values', randn([20, 20]), 'signed'],
    ['positive values', randn([30, 30]).abs(), 'map'],
    ['a number', tensor(3), 'signed'],
    ['a row', tensor([0.5, 1.5]), 'map'],
  ])('%s', (_, t, scale) => expect(shown(t).data.scale).toBe(scale))
  test('unless said', () => expect(shown(tensor(IMAGE), { scale: 'map', numbers: false }).data).toMatchObject({ scale: 'map', numbers: false })) // prettier-ignore
})

test('bytes stay bytes; reals of 0…1 as an image are within 1/510', () => {
  const bytes = shown(tensor(Uint8Array.from({ length: 256 }, (_, i) => i)).reshape([16, 16]))
  expect(Array.from(decode(bytes.data.values))).toEqual(Array.from({ length: 256 }, (_, i) => i))
  const reals = Array.from({ length: 256 }, (_, i) => Math.sin(i) ** 2)
  const image = shown(tensor(reals).reshape([1, 16, 16]))
  decode(image.data.values).forEach((v, i) => expect(Math.abs(v - reals[i])).toBeLessThan(1 / 509))
})

test('marks: at, and nulls are no marks', () => {
  expect(shown(tensor(IMAGE), { at: [1, 1] }).data.at).toEqual([[1, 1]])
  expect(shown(tensor(IMAGE), { at: [[0, 0], [null, null], [1, 2]] }).data.at).toEqual([[0, 0], [1, 2]]) // prettier-ignore
  expect(shown(tensor(IMAGE), { at: null }).data.at).toBeUndefined()
  expect(() => show(tensor(IMAGE), { at: [2, 0] })).toThrow('show: at [2, 0] lies outside [2, 3]')
})

test('a data set: its first 64 images, and the title says so', () => {
  const { test: set } = data.fashionMNIST()
  show(set)
  const spec = host.spec() as TensorView
  expect(spec.data.values.shape).toEqual([64, 1, 28, 28])
  expect(spec.from).toBe('the first 64 of 10,000')
  expect(Array.from(decode(spec.data.values)).slice(0, 784)).toEqual(
    Array.from(set.images.at(0).toTypedArray()),
  )
})

test('too large for one view: means over squares, said', () => {
  const spec = shown(zeros([1, 2000, 1500]).add(0.25))
  expect(JSON.stringify(spec).length).toBeLessThan(1_000_000)
  expect(spec.from).toMatch(/means of 3×3/)
  expect(Math.abs(decode(spec.data.values)[7] - 0.25)).toBeLessThan(1 / 509)
})

test('NaN and infinity: said, and drawn as hatching', () => {
  const spec = shown(tensor([[NaN, 1, Infinity]]))
  expect(Array.from(decode(spec.data.values))).toEqual([NaN, 1, Infinity])
  expect(spec.text).toContain('2 of 3 values are NaN or infinite.')
})

test('a tensor alone in a cell stays text', () =>
  expect((tensor(IMAGE) as unknown as Record<symbol, () => object>)[DISPLAY]()).toEqual({
    'text/plain': expect.stringContaining('tensor(') as string,
  }))

test('no tensor to show', () => {
  expect(() => show(zeros([1, 1, 1, 2, 2]))).toThrow(/up to four axes/)
  expect(() => show(zeros([0, 3]))).toThrow(/has no numbers/)
})
