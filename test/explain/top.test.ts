import { describe, expect, it } from 'vitest'
import { data, manualSeed, nn, rand, tensor, trace } from '../../src/index.ts'
import { deconvnet, topActivations } from '../../src/explain/index.ts'
import { smallNet } from './small-net.ts'

manualSeed(3)
const net = smallNet()
const images = rand([40, 1, 12, 12])
const image = (n: number) => images.narrow(0, n, 1)

describe('a whole layer', () => {
  const found = topActivations(net, images, { layer: 'conv2', k: 4, batch: 16 })
  it('finds what one forward pass after the other finds', () => {
    const values = Array.from({ length: 40 }, (_, n) => {
      const layer = trace(net, image(n)).layers.find(l => l.name === 'conv2')!
      return layer.values
        .max({ dim: [2, 3] })
        .at(0)
        .toTypedArray()
    })
    expect(found.units.map(u => u.unit)).toEqual([0, 1, 2, 3, 4, 5])
    for (const { unit, top, strongest } of found.units) {
      const order = values.map((v, n) => [v[unit], n]).sort((a, b) => b[0] - a[0] || a[1] - b[1])
      expect(top.map(t => t.image)).toEqual(order.slice(0, 4).map(([, n]) => n))
      top.forEach((t, i) => expect(t.value).toBeCloseTo(order[i][0], 5))
      Array.from(strongest.toTypedArray()).forEach((v, n) =>
        expect(v).toBeCloseTo(values[n][unit], 5),
      )
    }
  })
  it('cuts out what the unit sees, of the image and of its own projection', () => {
    expect(found.field).toEqual({ size: [8, 8], step: [2, 2], start: [-1, -1] })
    for (const { unit, top } of found.units) {
      const t = top[0]
      if (t.value === 0) continue
      const [from, left, to, right] = t.window
      const [r, c] = t.at!
      expect([from, left]).toEqual([Math.max(0, 2 * r - 1), Math.max(0, 2 * c - 1)])
      const cut = (x: typeof images) => x.narrow(1, from, to - from).narrow(2, left, right - left)
      expect(t.patch.toArray()).toEqual(cut(images.at(t.image)).toArray())
      const alone = deconvnet(net, image(t.image), { layer: 'conv2', unit })
      expect(alone.at).toEqual(t.at)
      const expected = cut(alone.pixels).toTypedArray()
      const got = t.projection!.toTypedArray()
      expected.forEach((v, i) => expect(got[i]).toBeCloseTo(v, 5))
      // Nothing of the projection lies outside the window.
      const total = alone.pixels.abs().sum().item()
      expect(t.projection!.abs().sum().item()).toBeCloseTo(total, 4)
    }
  })
})

it('of one unit of a dense layer, with the labels of a set, without projections', () => {
  const { test } = data.fashionMNIST()
  const flat = new nn.Sequential({ flatten: new nn.Flatten(), fc: new nn.Linear(784, 3) })
  const few = test.take(25)
  const { units, field } = topActivations(flat, few, { layer: 'fc', unit: 2, k: 2, rule: null })
  expect([units.length, units[0].unit, field]).toEqual([1, 2, null])
  for (const t of units[0].top) {
    expect(t.label).toBe(few.at(t.image).y)
    expect([t.at, t.projection, t.patch.shape]).toEqual([null, null, [1, 28, 28]])
    expect(t.patch.toArray()).toEqual(few.at(t.image).x.at(0).toArray())
  }
})

it('tells its progress, and refuses nonsense', () => {
  const told: number[] = []
  topActivations(net, images, { layer: 'conv1', k: 1, batch: 16, onProgress: n => told.push(n) })
  expect(told).toEqual([16, 32, 40])
  const call = (options: object) => () =>
    topActivations(net, images, { layer: 'conv2', ...options })
  expect(call({ unit: 6 })).toThrow('topActivations: unit 6 of conv2; it has 6, 0 to 5')
  expect(call({ k: 41 })).toThrow('topActivations: k 41; 1 to 40, the number of images')
  expect(call({ layer: 'no' })).toThrow(/no layer "no"/)
  expect(() => topActivations(net, tensor([1, 2]), { layer: 'conv2' })).toThrow(/\[N, C, H, W\]/)
})
