import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  conv2d,
  manualSeed,
  randn,
  relu,
  show,
  tensor,
  trace,
  type ShowOptions,
} from '../../src/index.ts'
import { decode } from '../../src/spec/encode.ts'
import type { ConvView } from '../../src/spec/view.ts'
import { install, type FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

const image = tensor([
  [1, 0, 0, 0, 0, 1],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 1, 0, 0],
  [1, 0, 0, 0, 1, 0],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 0, 1, 0],
])
const filter1 = tensor([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) // prettier-ignore
const last = (): ConvView => {
  const spec = host.spec()
  if (spec.kind !== 'conv') throw new Error(spec.kind)
  readPng(host.shown[host.shown.length - 1].bundle['image/png'] as Uint8Array)
  return spec
}
const stepper = (options: ShowOptions = {}, stride = 1): ConvView => {
  show(
    trace(() => conv2d(image, filter1, { stride })),
    options,
  )
  return last()
}

describe('the cells of lecture 1', () => {
  test('plain matrices, nothing guessed', () => {
    const { data, title, shape, text } = stepper({ at: null })
    expect({ title, shape }).toEqual({ title: 'conv2d', shape: '[6, 6] → [4, 4]' })
    expect(data).toMatchObject({ plain: true, hasBias: false, at: [], compare: null, count: null, driven: false, edit: ['x', 'w'] }) // prettier-ignore
    expect(data.x.shape).toEqual([1, 6, 6])
    expect(data.w.shape).toEqual([1, 1, 3, 3])
    expect(Array.from(decode(data.output))).toEqual([
      3, -1, -3, -1, -3, 1, 0, -3, -3, -3, 0, 1, 3, -2, -2, -1,
    ])
    expect(text).toContain(
      'o[0, 0] = 1·1 + 0·(−1) + 0·(−1) + 0·(−1) + 1·1 + 0·(−1) + 0·(−1) + 0·(−1) + 1·1 = 3.',
    )
  })
  test('two threes guessed', () =>
    expect(stepper({ at: [[0, 0], [3, 0]] }).data.at).toEqual([[0, 0, 0], [0, 3, 0]])) // prettier-ignore
  test('stride 2, a guess of nulls', () => {
    const { data, text } = stepper(
      {
        compare: [
          [null, null],
          [null, null],
        ],
      },
      2,
    )
    expect(data.compare).toBeNull()
    expect(text).toContain('No window reads the last 1 row and 1 column of x')
  })
  test('stride 2, a guess half wrong', () => {
    const { data, text } = stepper({ compare: [[3, 2], [null, 0]] }, 2) // prettier-ignore
    expect(data.compare).toEqual({ label: 'your guess', values: [[[3, 2], [null, 0]]] }) // prettier-ignore
    expect(text).toContain(
      '2 of 3 cells agree with your guess.\nFirst difference: o[0, 1] = −3, your guess: 2.',
    )
  })
  test('the turned filter against the output before', () => {
    const out = conv2d(image, filter1)
    show(
      trace(() => conv2d(image, filter1.flip([0, 1]))),
      { compare: out },
    )
    expect(last().text).toContain('All 16 cells agree with the given output.')
  })
  test('typing into x and counting threes', () => {
    const { data, text } = stepper({ edit: 'x', count: 3 })
    expect(data).toMatchObject({ edit: ['x'], count: 3 })
    expect(text).toContain('3 stands in 2 of 16 cells.')
  })
})

test('volumes: shapes, bias, padding, dilation, exact numbers', () => {
  manualSeed(3)
  const [x, w, b] = [randn([1, 3, 5, 7]), randn([2, 3, 3, 2]), randn([2])]
  const traced = trace(() =>
    relu(conv2d(x, w, { bias: b, stride: [2, 1], padding: [1, 0], dilation: [1, 2] })),
  )
  show(traced, { at: [1, 0, 2], from: 'a test', names: { x: 'pixels' } })
  const { data, title, from } = last()
  expect(title).toBe('conv2d(stride [2, 1], padding [1, 0], dilation [1, 2])')
  expect(from).toBe('a test')
  expect(data).toMatchObject({ plain: false, hasBias: true, at: [[1, 0, 2]], names: { x: 'pixels', w: 'w', b: 'b', o: 'o' }, edit: ['x', 'w', 'b'] }) // prettier-ignore
  const conv = traced.ops.find(({ op }) => op === 'conv2d')!
  expect(Array.from(decode(data.output))).toEqual(Array.from(conv.output.toTypedArray()))
  expect(Array.from(decode(data.x))).toEqual(Array.from(x.toTypedArray()))
  expect(Array.from(decode(data.w))).toEqual(Array.from(w.toTypedArray()))
  expect(Array.from(decode(data.b))).toEqual(Array.from(b.toTypedArray()))
})

describe('what does not fit is refused in words', () => {
  test.each<[string, ShowOptions, string]>([
    ['a cell outside', { at: [[4, 0]] }, 'show: at [4, 0] lies outside [4, 4]'],
    ['a guess of another shape', { compare: [[1, 2]] }, 'show: compare is [1, 2], the output [4, 4]'],
    ['ragged rows', { compare: [[1, 2], [1]] }, 'show: compare: its rows are not equally long'],
    ['words', { compare: [['a', 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]] }, 'compare holds string'],
  ])('%s', (_, options, says) => expect(() => stepper(options)).toThrow(says)) // prettier-ignore
  test('a batch', () =>
    expect(() => show(trace(() => conv2d(randn([2, 1, 4, 4]), randn([1, 1, 2, 2]))))).toThrow('shows one image, x is [2, 1, 4, 4]')) // prettier-ignore
  test('groups', () =>
    expect(() => show(trace(() => conv2d(randn([1, 2, 4, 4]), randn([2, 1, 2, 2]), { groups: 2 })))).toThrow('one group, this one has 2')) // prettier-ignore
  test('a photograph', () =>
    expect(() => show(trace(() => conv2d(randn([1, 3, 224, 224]), randn([8, 3, 3, 3]))))).toThrow('up to 100,000 numbers')) // prettier-ignore
  test('two convolutions, or none', () => {
    const twice = trace(() => conv2d(conv2d(image, filter1), filter1))
    expect(() => show(twice)).toThrow(/shows those with one conv2d/)
    expect(() => show(trace(() => relu(image)))).toThrow('1 operations (relu)')
  })
})

const conv = (x: number[][], w: number[][]): number[][] =>
  Array.from({ length: x.length - w.length + 1 }, (_, i) =>
    Array.from({ length: x[0].length - w[0].length + 1 }, (_, j) =>
      w.reduce((sum, row, a) => sum + row.reduce((s, v, b) => s + v * x[i + a][j + b], 0), 0),
    ),
  )

describe('a function beside the output', () => {
  test('as compare', () => {
    expect(stepper({ compare: conv }).data.compare?.label).toBe('your function')
    const { text } = stepper({ compare: { label: 'conv', values: (x: number[][]) => conv(x, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]) } }) // prettier-ignore
    expect(text).toMatch(/\d+ of 16 cells agree with conv\./)
  })
  test('that returns nothing', () =>
    expect(() => stepper({ compare: () => undefined })).toThrow(
      'the function in compare returned undefined',
    ))
})

describe('driven by the student’s function', () => {
  const rows = image.toArray<number[][]>()
  const weights = filter1.toArray<number[][]>()

  test('its output is the output, and typing recomputes it in the kernel', () => {
    const view = show(
      trace(() => conv2d(image, filter1)),
      { compute: conv },
    )
    const spec = last()
    expect(spec.data.driven).toBe(true)
    const page = host.page(view.id)
    const black = rows.map(row => row.map(() => 0))
    // Plain matrices may come plain or as [1, H, W].
    for (const x of [black, [black]])
      expect(page.now('compute', { x, w: weights, b: [0] })).toEqual({
        type: 'reply',
        seq: expect.any(Number) as number,
        result: { output: [Array.from({ length: 4 }, () => [0, 0, 0, 0])] },
      })
  })
  test('an exception, a hole and a NaN stand in their cells', () => {
    const view = show(
      trace(() => conv2d(image, filter1)),
      { compute: () => [[1, NaN], [2]] },
    )
    const page = host.page(view.id)
    const reply = page.now('compute', { x: rows, w: weights, b: [0] }) as {
      result: { output: unknown[][][] }
    }
    expect(reply.result.output[0][0]).toEqual([
      1,
      { error: 'NaN' },
      { error: 'nothing here' },
      { error: 'nothing here' },
    ])
    const broken = show(
      trace(() => conv2d(image, filter1)),
      {
        compute: () => {
          throw new TypeError('x is not iterable')
        },
      },
    )
    const answer = host
      .page(broken.id)
      .now('compute', { x: rows, w: weights, b: [0] }) as typeof reply
    expect(answer.result.output[0][3][3]).toEqual({ error: 'TypeError: x is not iterable' })
    expect(Array.from(decode((host.spec() as ConvView).data.output)).every(Number.isNaN)).toBe(true)
  })
  test('hostile payloads are answered with an error', () => {
    const view = show(
      trace(() => conv2d(image, filter1)),
      { compute: conv },
    )
    const page = host.page(view.id)
    for (const payload of [
      null,
      {},
      { x: 'rows', w: weights },
      { x: [[1]], w: weights },
      { x: rows.map(r => r.map(String)), w: weights },
    ])
      expect(page.now('compute', payload).type).toBe('error')
    expect(host.page(show(trace(() => conv2d(image, filter1))).id).now('compute', { x: rows, w: weights })).toMatchObject({ type: 'error', message: expect.stringContaining('no function drives') as string }) // prettier-ignore
  })
  test('volumes: x [C, H, W], w [K, C, h, k], b [K] and the settings', () => {
    const calls: unknown[][] = []
    const x = randn([1, 2, 4, 4])
    show(
      trace(() => conv2d(x, randn([3, 2, 3, 3]), { bias: randn([3]), padding: 1 })),
      {
        compute: (...args: unknown[]) => {
          calls.push(args)
          return []
        },
      },
    )
    expect(calls[0][0]).toEqual(x.at(0).toArray())
    expect(calls[0][2]).toHaveLength(3)
    expect(calls[0][3]).toEqual({ stride: 1, padding: 1, dilation: 1 })
  })
})
