import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { data, manualSeed, nn, optim, rand, show, train, type Run } from '../../src/index.ts'
import { decode } from '../../src/spec/encode.ts'
import { parseView } from '../../src/spec/validate.ts'
import type { EvolutionView } from '../../src/spec/view.ts'
import { install, type FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

const set = data.shapes({ count: 48, size: 10, classes: ['circle', 'cross'], seed: 4 })

function made(epochs = 3): Run {
  manualSeed(5)
  const net = new nn.Sequential({
    conv1: new nn.Conv2d(1, 3, 3, { padding: 1 }), relu1: new nn.ReLU(), pool1: new nn.MaxPool2d(2),
    conv2: new nn.Conv2d(3, 4, 3), relu2: new nn.ReLU(), flatten: new nn.Flatten(), fc: new nn.Linear(36, 2),
  }) // prettier-ignore
  const optimizer = new optim.SGD(net.parameters(), { lr: 0.1 })
  const run = train(net, { data: set, test: set, optimizer, epochs, batch: 16, keep: 'epochs' })
  while (run.step() !== null);
  return run
}

const spec = (): EvolutionView => {
  const view = parseView(JSON.parse(JSON.stringify(host.spec())))
  if (view.kind !== 'evolution') throw new Error(view.kind)
  return view
}

describe('a run’s evolution', () => {
  const run = made()
  test('pictures, winners, filters and convergence are those of the snapshots', () => {
    const evolution = run.evolution({ units: 2 })
    show(evolution)
    const view = spec()
    const { bundle } = host.shown[0]
    expect(readPng(bundle['image/png'] as Uint8Array).width).toBeGreaterThan(200)
    expect(bundle['text/plain']).toBe(view.text)
    expect(view.text).toContain('Do early layers converge first? Halfway to their last weights:')
    const d = view.data
    expect([d.all, d.epochs]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ])
    expect(d.accuracy).toEqual([null, ...run.history.map(r => r.testAccuracy)])
    expect(d.labels).toEqual(['circle', 'cross'])
    expect(d.layers.map(l => l.name)).toEqual(['conv1', 'conv2'])
    expect(d.convergence.map(c => [c.layer, c.convolution, c.left[0], c.left[3]])).toEqual([
      ['conv1', true, 1, 0],
      ['conv2', true, 1, 0],
      ['fc', false, 1, 0],
    ])
    const weights = run.at({ epoch: 2 }).weights['conv1.weight'].toTypedArray()
    const filters = decode(d.filters!.values).subarray(2 * 27, 3 * 27)
    weights.forEach((w, i) => expect(filters[i]).toBeCloseTo(w, 2))
    const unit = d.layers[1].units[0]
    expect(unit.projections.shape.slice(1)).toEqual([1, 8, 8])
    evolution.layers[1].units[0].winners.forEach((w, t) => {
      expect(unit.winners[t]).toMatchObject({ image: w.image, label: w.label, value: w.value })
      const picture = decode(unit.projections).subarray(64 * t, 64 * (t + 1))
      const most = Math.max(...w.projection!.toTypedArray().map(Math.abs))
      expect(unit.winners[t].limit).toBeCloseTo(most, 6)
      expect(Math.max(...picture.map(Math.abs))).toBeCloseTo(most > 0 ? 1 : 0, 6)
    })
  })
  test('a clipped patch keeps its place in the field, the rest is exactly zero', () => {
    show(run.evolution({ layers: ['conv1'] }))
    const { units } = spec().data.layers[0]
    for (const u of units)
      u.winners.forEach((w, t) => {
        const picture = Array.from(decode(u.projections).subarray(9 * t, 9 * (t + 1)))
        if (w.at?.[0] === 0) expect(picture.slice(0, 3)).toEqual([0, 0, 0])
      })
    expect(units.some(u => u.winners.some(w => w.at?.[0] === 0))).toBe(true)
  })
  test('long runs save some pictures and say so; a change between two columns is kept', () => {
    const long = made(30)
    show(long.evolution({ layers: ['conv2'], units: [0] }))
    const { data: d } = spec()
    expect(d.all).toHaveLength(31)
    expect(d.epochs).toHaveLength(21)
    expect([d.epochs[0], d.epochs[20]]).toEqual([0, 30])
    expect(d.left).toBe('21 of 31 snapshots have pictures')
    const { changes } = long.evolution({ layers: ['conv2'], units: [0] }).layers[0].units[0]
    const marked = d.layers[0].units[0].winners.flatMap((w, n) => (w.changed ? [n] : []))
    const expected = d.epochs.flatMap((t, n) => (n && changes.some(c => c > d.epochs[n - 1] && c <= t) ? [n] : [])) // prettier-ignore
    expect(marked).toEqual(expected)
    const page = host.page(host.shown.at(-1)!.id!)
    const live = page.of('hello')[0].view as EvolutionView
    expect(live.data.epochs).toHaveLength(31)
  })
  test('leaves the network as it was, and refuses what is not there', () => {
    const before = run.net.stateDict()['fc.weight'].toArray()
    expect(() => run.evolution({ layers: ['conv9'] })).toThrow(/conv9/)
    expect(() => run.evolution({ units: [7] })).toThrow('unit 7 of conv1; it has 3')
    expect(() => run.evolution({ snapshots: 1 })).toThrow('snapshots 1; a whole number from 2')
    expect(run.net.stateDict()['fc.weight'].toArray()).toEqual(before)
    const bare = train(run.net, { data: set, optimizer: run.optimizer, epochs: 1 })
    expect(() => bare.evolution()).toThrow("0 snapshots; it takes two: train(net, { keep: 'epochs' })") // prettier-ignore
    expect(run.evolution({ over: rand([5, 1, 10, 10]), units: 1 }).classes).toBeNull()
  })
})
