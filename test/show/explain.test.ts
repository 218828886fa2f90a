import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { manualSeed, nn, rand, show } from '../../src/index.ts'
import {
  deconvnet,
  gradCam,
  gradient,
  guidedBackprop,
  occlusion,
  topActivations,
} from '../../src/explain/index.ts'
import { decode } from '../../src/spec/encode.ts'
import type { ViewSpec } from '../../src/spec/view.ts'
import { golden, smallImage, smallNet } from '../explain/small-net.ts'
import { displayed } from './displayed.ts'
import { install, type FakeHost } from './fake-host.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

const net = smallNet()
const image = smallImage()

/** What a page gets: valid by the contract, with text and picture beside it. */
function shown<K extends ViewSpec['kind']>(
  kind: K,
  ...args: Parameters<typeof show>
): Extract<ViewSpec, { kind: K }> {
  show(...args)
  return displayed(host, kind, 200)
}

describe('a projection', () => {
  it('stage by stage, forward values beside the signal', () => {
    const p = deconvnet(net, image, { layer: 'conv2' })
    const spec = shown('projection', p, { from: 'small net' })
    expect(spec.title).toBe('deconvnet of conv2, unit 1')
    expect(spec.from).toBe('small net · activation 0.86')
    const { unit, rule, stages } = spec.data
    expect([unit.layer, unit.unit, unit.at, rule]).toEqual(['conv2', 1, [3, 3], 'deconvnet'])
    expect(stages.map(s => s.name)).toEqual(['relu2', 'conv2', 'pool1', 'relu1', 'conv1', 'input'])
    p.stages.forEach((stage, n) => {
      const exact = stage.signal.toTypedArray()
      const got = decode(stages[n].signal)
      exact.forEach((v, i) => expect(got[i]).toBeCloseTo(v, 3))
    })
    expect(spec.text).toMatch(
      /Strongest for it: row \d+, column \d+ with .*\nThe way back: relu2 \(keep one/,
    )
  })
  it('a page chooses rule, layer and unit; what fits nothing is refused', () => {
    const page = host.page(show(deconvnet(net, image, { layer: 'conv2' })).id)
    const newest = () => {
      const view = page.of('update').at(-1)?.view
      if (view?.kind !== 'projection') throw new Error(view?.kind)
      return view
    }
    page.now('input', { rule: 'guided' })
    const guided = guidedBackprop(net, image, { layer: 'conv2' })
    expect(newest().title).toBe(`guided backpropagation of conv2, unit ${guided.unit}`)
    expect(newest().data.layers).toEqual(['conv1', 'conv2', 'fc'])
    for (const [payload, words] of [
      [{ rule: 'constructor' }, 'rule is deconvnet, gradient, guided'],
      [{ layer: 7 }, 'layer is a name'],
      [{ unit: -1 }, 'unit is a whole number'],
      [{ unit: 77 }, 'unit 77 of conv2; it has 6'],
      [{ at: [0] }, 'at is [row, column]'],
      [{ layer: 'conv9' }, 'no layer "conv9"'],
    ] as const)
      expect(page.now('input', payload)).toMatchObject({
        type: 'error',
        message: expect.stringContaining(words) as string,
      })
  })
  it('the adjoint test of every filter stage agrees; of wrong filters it would not', () => {
    for (const rule of [deconvnet, gradient, guidedBackprop]) {
      const { stages } = rule(net, image, { layer: 'conv2' })
      const tested = stages.filter(s => s.adjoint)
      expect(tested.map(s => s.name)).toEqual(['pool1', 'input'])
      for (const { adjoint } of tested) {
        expect(Math.abs(adjoint![0])).toBeGreaterThan(1e-3)
        expect(adjoint![0]).toBeCloseTo(adjoint![1], 4)
      }
    }
  })
  it('of a dense layer says that nothing arrives when nothing does', () => {
    const dead = new nn.Sequential({ flatten: new nn.Flatten(), fc: new nn.Linear(144, 2), relu: new nn.ReLU(), out: new nn.Linear(2, 2) }) // prettier-ignore
    dead.get('fc').parameters()[1].requiresGrad = false
    dead.get('fc').parameters()[1].fill_(-100)
    const spec = shown('projection', gradient(dead, image))
    expect(spec.text).toContain('Nothing arrives at the pixels.')
    expect(spec.data.unit.at).toBeNull()
  })
})

describe('attributions side by side', () => {
  it('each with its name, on one image', () => {
    const all = [
      gradient(net, image),
      guidedBackprop(net, image),
      occlusion(net, image),
      gradCam(net, image),
    ]
    const spec = shown('attribution', all)
    expect(spec.title).toBe(`Attribution to fc, unit ${golden.target}`)
    expect(spec.data.panels.map(p => [p.name, p.signed])).toEqual([
      ['gradient', true],
      ['guided', true],
      ['occlusion 5×5', true],
      ['Grad-CAM', false],
    ])
    const got = decode(spec.data.panels[0].values)
    golden.gradient.forEach((v, i) => expect(got[i]).toBeCloseTo(v, 3))
    expect(spec.text).toMatch(/\ngradient: strongest at row \d+, column \d+/)
  })
  it('of several units under one rule are told apart by their units', () => {
    const units = [0, 1].map(unit => deconvnet(net, image, { layer: 'conv2', unit }))
    const { data } = shown('attribution', units)
    expect(data.panels.map(p => p.name)).toEqual(['deconvnet conv2[0]', 'deconvnet conv2[1]'])
  })
  it('a coarse occlusion map is spread over its pixels', () => {
    const o = occlusion(net, image, { stride: 3 })
    const { data } = shown('attribution', [o])
    const [fine, coarse] = [decode(data.panels[0].values), o.pixels.toTypedArray()]
    expect(data.panels[0].values.shape).toEqual([1, 12, 12])
    expect(fine[12 * 4 + 7]).toBeCloseTo(coarse[4 * 1 + 2], 3)
  })
  it('of other images are refused', () => {
    const other = gradient(
      new nn.Sequential([new nn.Flatten(), new nn.Linear(4, 2)]),
      rand([1, 2, 2]),
    )
    expect(() => show([gradient(net, image), other])).toThrow(/\[1, 12, 12\] and \[1, 2, 2\]/)
    expect(() => show([])).toThrow(TypeError)
  })
})

test('occlusion: all probabilities at all places', () => {
  const o = occlusion(net, image, { size: 3, stride: 2 })
  const spec = shown('occlusion', o, { labels: ['a', 'b', 'c', 'd', 'e'] })
  const { data } = spec
  expect(spec.title).toBe('Occlusion of ‘b’')
  expect([data.size, data.stride, data.target, data.followed]).toEqual([3, 2, 1, 'conv2, map 1'])
  const p = decode(data.probabilities)
  golden.occlusion.probability.forEach((v, i) => expect(p[i * 5 + 1]).toBeCloseTo(v, 2))
  expect(spec.text).toMatch(/Uncovered: b [\d.]+ %. Covered at row \d+, column \d+: [\d.]+ %/)
})

describe('top activations', () => {
  manualSeed(4)
  const images = rand([30, 1, 12, 12])
  it('patches and projections keep their place in the field', () => {
    const found = topActivations(net, images, { layer: 'conv2', k: 4 })
    const { data, title, shape } = shown('top', found)
    expect([title, shape, data.images, data.rule]).toEqual([
      'Top 4 of conv2',
      '6 units',
      30,
      'deconvnet',
    ])
    expect(data.field).toEqual([8, 8])
    data.units.forEach((u, n) => {
      expect(u.histogram.reduce((a, b) => a + b)).toBeLessThanOrEqual(30)
      u.top.forEach((t, i) => {
        const { window, at, image: number } = found.units[n].top[i]
        expect(t.image).toBe(number)
        expect(t.inset).toEqual([window[0] - (2 * at![0] - 1), window[1] - (2 * at![1] - 1)])
        expect(t.patch.shape).toEqual([1, window[2] - window[0], window[3] - window[1]])
      })
    })
  })
  it('names the labels that the best share', () => {
    const found = topActivations(net, images, { layer: 'fc', k: 2, rule: null })
    const spec = shown('top', found)
    expect(spec.data.units[0].top[0].projection).toBeNull()
    expect(spec.text).toMatch(/^Top 2 of fc {2}5 units {2}over 30 images · patches\nfc, unit 0: /)
  })
})
