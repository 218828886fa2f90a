import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  architecture,
  lenet,
  manualSeed,
  nn,
  show,
  type ShowOptions,
  type Tensor,
} from '../../src/index.ts'
import { decode } from '../../src/spec/encode.ts'
import type { ArchitectureView } from '../../src/spec/view.ts'
import { install, type FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => {
  manualSeed(3)
  ;({ host, remove } = install())
})
afterEach(() => remove())

const last = (): ArchitectureView => {
  const spec = host.spec()
  if (spec.kind !== 'architecture') throw new Error(spec.kind)
  readPng(host.shown[host.shown.length - 1].bundle['image/png'] as Uint8Array)
  return spec
}
const shown = (thing: Parameters<typeof show>[0], options?: ShowOptions): ArchitectureView => {
  show(thing, options)
  return last()
}

describe('LeNet', () => {
  test('a line a layer; what works value by value stands with the one before', () => {
    const { data, text, from } = shown(lenet(), { title: 'LeNet' })
    const [{ layers, input }] = data.models
    expect(input).toEqual([1, 28, 28])
    expect(from).toContain('for an input [1, 28, 28]')
    expect(layers.map(l => [l.name, l.what, l.output.join('×'), l.parameters, l.macs])).toEqual([
      ['conv1', '5×5, padding 2, ReLU', '6×28×28', 156, 117_600],
      ['pool1', 'max 2×2', '6×14×14', 0, 0],
      ['conv2', '5×5, ReLU', '16×10×10', 2416, 240_000],
      ['pool2', 'max 2×2', '16×5×5', 0, 0],
      ['conv3', '5×5, ReLU', '120×1×1', 48_120, 48_000],
      ['fc1', 'dense, ReLU', '84', 10_164, 10_080],
      ['fc2', 'dense', '10', 850, 840],
    ])
    expect(layers.map(l => l.field?.size[0] ?? 'all')).toEqual([5, 6, 14, 16, 32, 'all', 'all'])
    expect(text).toContain('LeNet: [1, 28, 28] → [10], 61,706 parameters, 416,520 multiplications.')
    expect(text).toContain('conv3 has 78.0 % of the parameters.')
  })
  test('the measured field lies within the computed one', () => {
    const { data } = shown(lenet())
    expect([data.layer, data.at]).toEqual([3, [2, 2]])
    const values = decode(data.measured!)
    // pool2's cell (2, 2): start −2 − 4·… from its field.
    const { start, jump, size } = data.models[0].layers[3].field!
    let inside = 0
    values.forEach((v: number, p: number) => {
      if (v === 0) return
      const [i, j] = [Math.floor(p / 28), p % 28]
      for (const [d, at] of [i, j].entries()) {
        expect(at).toBeGreaterThanOrEqual(start[d] + 2 * jump[d])
        expect(at).toBeLessThan(start[d] + 2 * jump[d] + size[d])
      }
      inside++
    })
    expect(inside).toBeGreaterThan(100)
  })
  test('a page asks for the field of another cell', () => {
    const view = show(lenet())
    const page = host.page(view.id)
    const reply = page.now('explain', { model: 0, layer: 0, at: [0, 0] })
    const { values } = (reply as { result: { values: number[] } }).result
    expect(values).toHaveLength(784)
    const seen = values.flatMap((v, p) => (v ? [[Math.floor(p / 28), p % 28]] : []))
    // conv1 reads 5×5 cells with padding 2: at the corner 3×3 of them are pixels.
    expect(Math.max(...seen.flat())).toBe(2)
    expect(page.now('explain', { model: 0, layer: 9, at: [0, 0] })).toMatchObject({ type: 'error' })
    expect(page.now('explain', { model: 0, layer: 0, at: [28, 0] })).toMatchObject({ type: 'error' }) // prettier-ignore
    expect(page.now('explain', null)).toMatchObject({ type: 'error' })
    const pins: unknown[] = []
    view.on('pin', pin => pins.push(pin))
    page.now('pin', { index: [0, 2, 5, 5] })
    expect(pins).toEqual([{ layer: 2, index: [5, 5] }])
  })
})

test('an input that is given, and one that does not fit', () => {
  const net = new nn.Sequential({ conv: new nn.Conv2d(3, 4, 3, { stride: 2 }) })
  expect(shown(net, { input: [3, 8, 10] }).data.models[0]).toMatchObject({
    input: [3, 8, 10],
    layers: [{ output: [4, 3, 4], leftover: [1, 1] }],
  })
  expect(last().text).toContain('conv: 1×1 cells are left over.')
  expect(() => show(net, { input: [1, 8, 8] })).toThrow(/3 input channels|channels/)
  const dense = new nn.Sequential({ fc: new nn.Linear(7, 2) })
  expect(shown(dense).data).toMatchObject({ layer: -1, measured: null, models: [{ input: [7] }] })
})

test('variants side by side', () => {
  const five = new nn.Sequential({ conv: new nn.Conv2d(16, 16, 5, { padding: 2 }) })
  const three = new nn.Sequential({
    a: new nn.Conv2d(16, 16, 3, { padding: 1 }),
    relu: new nn.ReLU(),
    b: new nn.Conv2d(16, 16, 3, { padding: 1 }),
  })
  const { data, text } = shown([five, architecture(three, [1, 16, 32, 32])], {
    labels: ['one 5×5', 'two 3×3'],
    input: [16, 32, 32],
  })
  const parameters = data.models.map(m => m.layers.reduce((n, l) => n + l.parameters, 0))
  expect(parameters).toEqual([6416, 4640])
  expect(data.models[1].layers[1].field?.size).toEqual([5, 5])
  expect(text).toContain('two 3×3: [16, 32, 32] → [16, 32, 32], 4,640 parameters')
  expect(() => show([five], { labels: ['a', 'b'] })).toThrow('2 labels for 1 networks')
})

test('AlexNet of the paper, without its memory', () => {
  const net = nn.shapesOnly(() => nn.alexNet({ norm: false }))
  const { data, text } = shown(architecture(net, [1, 3, 227, 227]), { title: 'AlexNet' })
  expect(text).toContain('60,965,224 parameters, 724,406,816 multiplications.')
  expect(data.models[0].layers[2].what).toBe('5×5, padding 2, 2 groups, ReLU')
  expect(data.live).toBe(false)
})

test('a network whose shapes nobody knows is its summary', () => {
  class Doubled extends nn.Module {
    conv = new nn.Conv2d(1, 2, 3)
    forward(x: Tensor): Tensor {
      return this.conv.forward(x).mul(2)
    }
  }
  const view = show(new Doubled())
  expect(view.spec).toBeNull()
  expect(view.text).toContain('20 parameters')
  expect(view.text).toContain('Doubled has no rule for shapes')
})
