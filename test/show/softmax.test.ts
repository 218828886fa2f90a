import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  crossEntropy,
  randn,
  show,
  softmax,
  tensor,
  trace,
  type ShowOptions,
} from '../../src/index.ts'
import { decode } from '../../src/spec/encode.ts'
import type { SoftmaxView } from '../../src/spec/view.ts'
import { install, type FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

const shown = (f: () => unknown, options?: ShowOptions): SoftmaxView => {
  show(trace(f), options)
  readPng(host.shown[host.shown.length - 1].bundle['image/png'] as Uint8Array)
  const spec = host.spec()
  if (spec.kind !== 'softmax') throw new Error(spec.kind)
  return spec
}
const x = tensor([1, 2, 3])

describe('softmax', () => {
  test('logits as they are, who leads and by how much', () => {
    const { data, shape, text } = shown(() => softmax(x), { labels: ['a', 'b', 'c'] })
    expect(Array.from(decode(data.logits))).toEqual([1, 2, 3])
    expect(data).toMatchObject({ dtype: 'float32', targets: null, temperature: 1, row: 0, compare: null }) // prettier-ignore
    expect(shape).toBe('[3]')
    expect(text).toContain('c has probability 66.5 % and leads b by 1.0; only differences count: it is 2.7 times as likely.') // prettier-ignore
  })
  test('temperature', () =>
    expect(shown(() => softmax(x), { temperature: 2 }).text).toContain('it is 1.6 times as likely'))
  test('a lead that no float holds', () =>
    expect(shown(() => softmax(tensor([0, 3000]))).text).toContain('it is e^3000 times as likely'))
  test('float64 stays float64', () =>
    expect(shown(() => softmax(tensor([1, 2], { dtype: 'float64' }))).data.dtype).toBe('float64'))
})

test('a traced cross-entropy brings its classes', () => {
  const logits = tensor([[1, 2, 3], [0, 0, 0]]) // prettier-ignore
  const y = tensor([0, 2], { dtype: 'int32' })
  const { data, text, title } = shown(() => crossEntropy(logits, y), { row: 1 })
  expect(title).toBe('softmax and cross-entropy')
  expect(data.targets).toEqual([0, 2])
  expect(text).toContain('Cross-entropy of class 2: −log 0.333 = 1.099.')
  const given = shown(() => softmax(x), { target: 0 })
  expect(given.data.targets).toEqual([0])
  expect(given.text).toContain('−log 0.090 = 2.408')
})

test('exercise 4.1: the row that fails', () => {
  const logits = tensor([[1, 2], [1000, 0]]) // prettier-ignore
  const naive = (rows: number[][]) =>
    rows.map(row => {
      const e = row.map(Math.exp)
      return e.map(v => v / e.reduce((a, b) => a + b))
    })
  const { data, text } = shown(() => softmax(logits), { compare: naive })
  expect(Array.from(decode(data.compare!.given))).toEqual([1, 1, 1, 1])
  expect(decode(data.compare!.values)[2]).toBeNaN()
  expect(text).toContain('3 of 4 probabilities agree with your function.')
  expect(text).toContain('First difference: row 1, class 0: 1, your function: NaN.')
  const partly = shown(() => softmax(x), { compare: [null, 0.2447, null] })
  expect(Array.from(decode(partly.data.compare!.given))).toEqual([0, 1, 0])
  expect(partly.text).toContain('All 1 probabilities agree with your guess.')
  expect(shown(() => softmax(x), { compare: [null, null, null] }).data.compare).toBeNull()
})

test('what does not fit is said', () => {
  expect(() => shown(() => softmax(randn([2, 3]), 0))).toThrow('along axis 0')
  expect(() => shown(() => softmax(randn([300, 3])))).toThrow('up to 256 rows of 1000 classes')
  expect(() => shown(() => softmax(x), { labels: ['a'] })).toThrow('1 labels for 3 classes')
  expect(() => shown(() => softmax(x), { target: 3 })).toThrow('target [3] for 1 row of 3 classes')
  expect(() => shown(() => softmax(x), { temperature: 0 })).toThrow('temperature 0')
  expect(() => shown(() => softmax(x), { row: 1 })).toThrow('row 1; there are 1')
  expect(() => shown(() => softmax(x), { compare: [1, 2] })).toThrow(
    'compare is [2], the probabilities [3]',
  )
})
