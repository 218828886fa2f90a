import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { data, lenet, manualSeed, nn, show, tensor, trace, type Pin } from '../../src/index.ts'
import { decode } from '../../src/spec/encode.ts'
import type { MapsView } from '../../src/spec/view.ts'
import { install, type FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

manualSeed(5)
const net = lenet()
const { test: set } = data.fashionMNIST()
const last = (): MapsView => {
  const spec = host.spec()
  if (spec.kind !== 'maps') throw new Error(spec.kind)
  readPng(host.shown[host.shown.length - 1].bundle['image/png'] as Uint8Array)
  return spec
}

test('LeNet: every layer, its activation merged, ending in softmax', () => {
  const traced = trace(net, set.at(3))
  show(traced, { from: 'LeNet' })
  const spec = last()
  expect(
    spec.data.layers.map(l => [l.name, l.op.op, l.shape.join('×'), l.activation, l.note]),
  ).toEqual([
    ['input', 'input', '1×28×28', null, 'the input'],
    ['conv1', 'conv2d', '6×28×28', 'ReLU', '5×5, padding 2 · 156 parameters'],
    ['pool1', 'maxPool2d', '6×14×14', null, 'max of 2×2'],
    ['conv2', 'conv2d', '16×10×10', 'ReLU', '5×5 · 2,416 parameters'],
    ['pool2', 'maxPool2d', '16×5×5', null, 'max of 2×2'],
    ['conv3', 'conv2d', '120×1×1', 'ReLU', '5×5 · 48,120 parameters'],
    ['flatten', 'flatten', '120', null, '120 values in one row'],
    ['fc1', 'linear', '84', 'ReLU', 'dense · 10,164 parameters'],
    ['fc2', 'linear', '10', null, 'dense · 850 parameters'],
    ['softmax', 'softmax', '10', null, 'probabilities'],
  ])
  expect(spec).toMatchObject({ title: 'conv2 after ReLU', shape: '[16, 10, 10]', from: 'LeNet · image labelled Trouser' }) // prettier-ignore
  spec.data.layers.forEach((layer, n) => {
    expect(Array.from(decode(layer.values)), layer.name).toEqual(
      Array.from(traced.layers[n].values.toTypedArray()),
    )
  })
  expect(JSON.stringify(spec).length).toBeLessThan(255_000)
  expect(spec.text).toMatch(
    /^conv2 after ReLU {2}\[16, 10, 10\] {2}LeNet · image labelled Trouser\nconv2: 5×5/,
  )
  expect(spec.text).toMatch(/The network says class \d with/)
})

test('saved with other images it stays near 250 kB', () => {
  show(trace(net, set.at(3)), { inputs: set })
  const spec = last()
  expect(JSON.stringify(spec).length).toBeLessThan(265_000)
  expect(spec.data.inputs).toMatchObject({ current: 3, images: { shape: [12, 1, 28, 28] } })
  expect(spec.data.inputs?.labels[3]).toBe('Trouser')
  expect(spec.data.labels).toEqual(set.classes)
})

test('an image that is not among the first comes first', () => {
  show(trace(net, set.at(500)), { inputs: set })
  const { inputs } = last().data
  expect(inputs).toMatchObject({ current: 0, images: { shape: [12, 1, 28, 28] } })
  expect(inputs?.labels[0]).toBe(set.at(500).name)
  expect(Array.from(decode(inputs!.images)).slice(0, 784)).toEqual(
    Array.from(set.images.at(500).toTypedArray()),
  )
})

describe('pins and layers', () => {
  test('by name', () => {
    show(trace(net, set.at(0)), { pin: 'pool1[2, 3, 4]' })
    expect(last().data).toMatchObject({ layer: 2, pin: [2, 3, 4] })
    expect(last().text).toMatch(/pool1, map 2, row 3, column 4 = /)
  })
  test('a map: its strongest value', () => {
    const traced = trace(net, set.at(0))
    show(traced, { pin: 'conv2[7]' })
    const { pin, layer } = last().data
    const map = Array.from(traced.layers[layer].values.toTypedArray()).slice(700, 800)
    expect(pin![0]).toBe(7)
    expect(map[pin![1] * 10 + pin![2]]).toBe(Math.max(...map))
  })
  test('of the layer asked for', () => {
    show(trace(net, set.at(0)), { layer: 'fc1', pin: [3] })
    expect(last().data).toMatchObject({ layer: 7, pin: [3] })
  })
  test('wrong ones', () => {
    const traced = trace(net, set.at(0))
    expect(() => show(traced, { layer: 'conv9' })).toThrow(
      'show: no layer conv9; there are input, conv1',
    )
    expect(() => show(traced, { pin: 'conv1[9, 0, 0]' })).toThrow(
      'pin [9, 0, 0] lies outside conv1 [6, 28, 28]',
    )
    expect(() => show(traced, { pin: 'here' })).toThrow("write 'conv2[7, 1, 3]'")
    expect(() => show(traced, { labels: ['a'] })).toThrow('1 labels for 10 outputs')
  })
})

describe('live', () => {
  test('a pin names its layer', () => {
    const view = show(trace(net, set.at(0)))
    const pins: Pin[] = []
    view.on('pin', pin => pins.push(pin))
    host.page(view.id).now('pin', { index: [3, 7, 1, 2] })
    expect(pins).toEqual([{ layer: 3, index: [7, 1, 2] }])
  })
  test('hello brings everything exactly, as buffers', () => {
    const traced = trace(net, set.at(0))
    const page = host.page(show(traced).id)
    const [hello] = page.of('hello')
    const { view } = hello
    if (view.kind !== 'maps') throw new Error(view.kind)
    const op = view.data.layers[3].op
    if (op.op !== 'conv2d') throw new Error(op.op)
    const weight = net.get('conv2').parameters()[0]
    expect(Array.from(decode(op.weight))).toEqual(Array.from(weight.toTypedArray()))
    // The numbers stand beside the message, not in it.
    expect(page.buffers[0].length).toBeGreaterThan(5)
    expect(view.data.layers.every(l => l.values.data === undefined)).toBe(true)
  })
  test('another input: a new forward pass of the network as it is now', () => {
    const page = host.page(show(trace(net, set.at(0)), { inputs: set }).id)
    expect(page.now('input', { current: 5 }).type).toBe('reply')
    const [update] = page.of('update')
    const buffers = page.buffers[page.messages.indexOf(update)]
    const view = update.view as MapsView
    expect(view.data.inputs?.current).toBe(5)
    const expected = trace(net, set.at(5)).layers
    view.data.layers.forEach((layer, n) =>
      expect(Array.from(decode(layer.values, buffers))).toEqual(
        Array.from(expected[n].values.toTypedArray()),
      ),
    )
    expect(page.now('input', { current: 12 })).toMatchObject({ type: 'error', message: 'RangeError: input: image 12; there are 12' }) // prettier-ignore
  })
  test('explain: window, products, bias and sum of every kind of layer', () => {
    const traced = trace(net, set.at(0))
    const page = host.page(show(traced).id)
    type Answer = { result: { terms: { source: number[]; x: number; w: number; product: number }[]; bias: number; sum: number; value: number } } // prettier-ignore
    traced.layers.forEach((layer, n) => {
      if (n === 0 || layer.op.op === 'softmax') {
        expect(page.now('explain', { layer: n, index: layer.shape.map(() => 0) }).type).toBe(
          'error',
        )
        return
      }
      const middle = layer.shape.map(s => s >> 1)
      for (const index of [layer.shape.map(() => 0), middle]) {
        const { result } = page.now('explain', { layer: n, index }) as unknown as Answer
        const flat = index.reduce((at, i, d) => at * layer.shape[d] + i, 0)
        const before = (layer.before ?? layer.values).toTypedArray()[flat]
        expect(result.sum).toBeCloseTo(before, 4)
        expect(result.terms.reduce((s, t) => s + t.x * t.w, result.bias)).toBeCloseTo(
          result.sum,
          10,
        )
        expect(result.value).toBe(layer.values.toTypedArray()[flat])
        const source = traced.layers[layer.source]
        for (const term of result.terms.slice(0, 5))
          expect(term.x).toBe(
            source.values.toTypedArray()[
              term.source.reduce((at, i, d) => at * source.shape[d] + i, 0)
            ],
          )
      }
    })
    // At a corner with padding 2, nine of the 25 cells lie inside.
    const corner = page.now('explain', { layer: 1, index: [0, 0, 0] }) as unknown as Answer
    expect(corner.result.terms).toHaveLength(9)
    expect(page.now('explain', { layer: 1, index: [0, 28, 0] })).toMatchObject({ type: 'error' })
    expect(page.now('explain', { layer: 99, index: [0] })).toMatchObject({ type: 'error' })
  })
})

describe('what does not fit into 1 MB goes, in order, and is named', () => {
  test('the largest weights', () => {
    manualSeed(1)
    const wide = new nn.Sequential({
      conv1: new nn.Conv2d(1, 8, 5), relu1: new nn.ReLU(), pool1: new nn.MaxPool2d(2),
      flatten: new nn.Flatten(), fc1: new nn.Linear(1152, 400), relu2: new nn.ReLU(), fc2: new nn.Linear(400, 10),
    }) // prettier-ignore
    show(trace(wide, set.at(0)))
    const spec = last()
    expect(JSON.stringify(spec).length).toBeLessThan(1_000_000)
    expect(spec.from).toMatch(/saved without the weights of fc1$/)
    expect(spec.text).toContain('saved without the weights of fc1.')
    expect(spec.data.layers.map((l) => l.op.op)).toEqual(['input', 'conv2d', 'maxPool2d', 'flatten', 'other', 'linear', 'softmax']) // prettier-ignore
  })
  test('the resolution', () => {
    manualSeed(1)
    const large = new nn.Sequential({
      conv1: new nn.Conv2d(1, 24, 3, { padding: 1 }),
      relu1: new nn.ReLU(),
    })
    show(trace(large, tensor(new Float32Array(224 * 224).fill(0.5)).reshape([1, 224, 224])))
    const spec = last()
    expect(JSON.stringify(spec).length).toBeLessThan(1_000_000)
    expect(spec.from).toMatch(/without the values before ReLU, maps as means of 2×2$/)
    expect(spec.data.layers[1]).toMatchObject({
      shape: [24, 112, 112],
      before: null,
      field: { step: [2, 2] },
    })
    // Constant inside: the mean of equal values is that value, within a byte's rounding.
    const maps = trace(large, tensor(new Float32Array(224 * 224).fill(0.5)).reshape([1, 224, 224]))
      .layers[1].values
    const inner = maps.toTypedArray()[3 * 224 * 224 + 100 * 224 + 100]
    expect(
      Math.abs(decode(spec.data.layers[1].values)[3 * 112 * 112 + 50 * 112 + 50] - inner),
    ).toBeLessThan(0.02)
  })
})
