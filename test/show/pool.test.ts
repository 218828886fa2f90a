import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  avgPool2d,
  manualSeed,
  maxPool1d,
  maxPool2d,
  randn,
  show,
  tensor,
  trace,
  type ShowOptions,
  type Tensor,
} from '../../src/index.ts'
import { decode } from '../../src/spec/encode.ts'
import type { PoolView } from '../../src/spec/view.ts'
import { install, type FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

const x = tensor([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]) // prettier-ignore
const gradient = [[1, -2], [3, 2]] // prettier-ignore
const pooled = (f: () => Tensor, options?: ShowOptions): PoolView => {
  show(trace(f), options)
  readPng(host.shown[host.shown.length - 1].bundle['image/png'] as Uint8Array)
  const spec = host.spec()
  if (spec.kind !== 'pool') throw new Error(spec.kind)
  return spec
}
const list = (e: PoolView['data']['x'] | null): number[] => Array.from(e ? decode(e) : [])

describe('the cells of lectures 3 and 9', () => {
  test('forward: outputs and switches, no gradient', () => {
    const { data, shape, text } = pooled(() => maxPool2d(x, 2))
    expect(shape).toBe('[4, 4] → [2, 2]')
    expect(list(data.output)).toEqual([6, 8, 3, 4])
    expect(list(data.switches)).toEqual([5, 7, 8, 15])
    expect(data).toMatchObject({ mode: 'max', plain: true, row: false, gradient: null, compare: null }) // prettier-ignore
    expect(text).toContain('Switches (row · 4 + column): [[5,7],[8,15]].')
  })
  test('backward, beside a guess of the gradient of x', () => {
    const guess = [[0, 0, 0, 0], [0, 1, 0, -2], [3, 0, 0, 0], [0, 0, 2, null]] // prettier-ignore
    const { data, text } = pooled(() => maxPool2d(x, 2), { backward: gradient, compare: guess })
    expect(list(data.gradient)).toEqual([1, -2, 3, 2])
    expect(data.compare).toEqual({ label: 'your guess', of: 'gx', values: [guess] })
    expect(text).toContain('12 of 16 cells of x get no gradient.')
    expect(text).toContain('14 of 15 cells in the gradient of x agree with your guess.')
  })
  test('a guess of nulls is none', () =>
    expect(pooled(() => maxPool2d(x, 2), { compare: [[null, null], [null, null]] }).data.compare).toBeNull()) // prettier-ignore
  test('the student’s function is called with x, gradient, window and stride', () => {
    let got: unknown[] = []
    const f = (...args: unknown[]) => {
      got = args
      return [[0, 0, 0, 0], [0, 1, 0, -2], [3, 0, 0, 0], [0, 0, 0, 2]] // prettier-ignore
    }
    const { text } = pooled(() => maxPool2d(x, 2), { backward: tensor(gradient), compare: f })
    expect(got).toEqual([x.toArray(), gradient, 2, 2])
    expect(text).toContain('All 16 cells in the gradient of x agree with your function.')
  })
  test('one-dimensional, partial windows, a winner of three', () => {
    const row = tensor([[0.1, 1, 0.2, 0.1]])
    const { data, shape, text } = pooled(
      () => maxPool1d(row, 3, { stride: 1, padding: 1 }),
      { backward: [1, 2, -1, 1] }, // prettier-ignore
    )
    expect(shape).toBe('[4] → [4]')
    expect(data).toMatchObject({ row: true, plain: true, kernel: [1, 3], padding: [0, 1] })
    expect(list(data.switches)).toEqual([1, 1, 1, 2])
    expect(text).toContain('x[1] wins 3 windows')
    const last = pooled(
      () => maxPool1d(tensor([[0.1, 1, 0.2, 0.1, 0, 0.1]]), 3, { stride: 2, ceilMode: true }),
      { backward: [[1, 2, -1]], at: [2] }, // prettier-ignore
    )
    expect(list(last.data.output)).toEqual([1, 0.2, 0.1].map(Math.fround))
    expect(last.data.at).toEqual([0, 0, 2])
    expect(last.text).toContain('y[2]: of 0, 0.100 the largest is 0.100, x[5].')
  })
  test('ties are said', () =>
    expect(pooled(() => maxPool2d(tensor([[3, 3], [1, 3]]), 2)).text).toContain('x[0, 0], the first of equals')) // prettier-ignore
})

test('means share; zeros of the padding are counted or not', () => {
  manualSeed(2)
  const t = randn([2, 5, 5])
  for (const countIncludePad of [true, false]) {
    const y = avgPool2d(t, 3, { stride: 2, padding: 1, countIncludePad })
    const { data, text } = pooled(
      () => avgPool2d(t, 3, { stride: 2, padding: 1, countIncludePad }),
      { backward: y, at: [1, 2, 2] },
    )
    expect(data).toMatchObject({ mode: 'mean', switches: null, countPad: countIncludePad, plain: false }) // prettier-ignore
    expect(list(data.output)).toEqual(Array.from(y.toTypedArray(), Number))
    expect(text).toContain('y[1, 2, 2]: the mean of ')
  }
})

test('what does not fit is said', () => {
  expect(() => pooled(() => maxPool2d(x, 2), { backward: [[1, 2, 3]] })).toThrow(
    'show: backward is [1, 3], the output [2, 2]',
  )
  expect(() => pooled(() => maxPool2d(x, 2), { compare: x })).toThrow('{ backward: … } gives')
  expect(() => pooled(() => maxPool2d(x, 2), { compare: [[1]] })).toThrow(
    'show: compare is [1, 1], the output [2, 2], the gradient of x [4, 4]',
  )
  expect(() => pooled(() => maxPool2d(randn([2, 1, 4, 4]), 2))).toThrow('one image')
  expect(() => pooled(() => maxPool2d(randn([64, 64, 64]), 2))).toThrow('up to 100,000 numbers')
})

test('a pin on the page is the index that the user would write', () => {
  const view = show(trace(() => maxPool2d(x, 2)))
  const pins: number[][] = []
  view.on('pin', ({ index }) => pins.push(index))
  const page = host.page(view.id)
  page.now('pin', { index: [0, 1, 0] })
  expect(pins).toEqual([[1, 0]])
})
