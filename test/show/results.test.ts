import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { curves, data, show, table } from '../../src/index.ts'
import {
  activationMaximization,
  calibration,
  confusionMatrix,
  deconvnet,
  invariance,
  predictions,
  Predictions,
  randomizeWeights,
} from '../../src/explain/index.ts'
import { decode } from '../../src/spec/encode.ts'
import { parseExamples } from '../../src/spec/confusion.ts'
import type { ViewSpec } from '../../src/spec/view.ts'
import { tensor } from '../../src/index.ts'
import { smallImage, smallNet } from '../explain/small-net.ts'
import { displayed } from './displayed.ts'
import { install, type FakeHost } from './fake-host.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

/** What a page gets: valid by the contract, with text and picture beside it. */
function shown<K extends ViewSpec['kind']>(
  kind: K,
  ...args: Parameters<typeof show>
): Extract<ViewSpec, { kind: K }> {
  show(...args)
  return displayed(host, kind, 200)
}

describe('confusion', () => {
  const set = data.shapes({ count: 12, size: 8, classes: ['circle', 'cross', 'square'], seed: 2 })
  const truth = Array.from(set.labels.toTypedArray(), Number)
  /** Says the next class for images 0 and 3, with 0.9 and 0.6; else the true one with 0.8. */
  const said = truth.map((t, n) => (n === 0 || n === 3 ? (t + 1) % 3 : t))
  const p = truth.map((_, n) => (n === 0 ? 0.9 : n === 3 ? 0.6 : 0.8))
  const made = new Predictions(
    tensor(said.map((s, n) => [0, 1, 2].map(k => (k === s ? p[n] : (1 - p[n]) / 2)))),
    tensor(said, { dtype: 'int32' }),
    tensor(truth, { dtype: 'int32' }),
    set.classes,
    set,
  )
  test('of predictions and of their matrix: counts and images, the surest first', () => {
    const matrix = confusionMatrix(made)
    const view = shown('confusion', matrix, { from: 'a net' })
    expect(shown('confusion', made, { from: 'a net' }).data).toEqual(view.data)
    expect(Array.from(decode(view.data.counts))).toEqual(Array.from(matrix.toTypedArray()))
    expect(view.from).toBe('a net · 83.3 % of 12 images right')
    expect(view.data.mistakes?.images).toEqual([0, 3])
    expect(view.data.mistakes?.probability.map(v => v.toFixed(2))).toEqual(['0.90', '0.60'])
    const pixels = decode(view.data.mistakes!.pixels).subarray(0, 64)
    Array.from(set.images.at(0).toTypedArray()).forEach((v, i) => expect(pixels[i]).toBeCloseTo(v / 255, 2)) // prettier-ignore
    const [i, j] = [truth[0], said[0]]
    const cell = view.data.examples.find(e => e.cell[0] === i && e.cell[1] === j)
    expect(cell?.images[0]).toBe(0)
    expect(view.text).toMatch(/Largest confusions: \d of \d (circle|cross|square) images are taken for/) // prettier-ignore
  })
  test('a page asks for a cell’s images', () => {
    const page = host.page(show(made).id)
    const reply = page.now('explain', { index: [truth[3], truth[3]] })
    if (reply.type !== 'reply') throw new Error(reply.type)
    const examples = parseExamples(reply.result)
    const right = truth.flatMap((t, n) => (t === truth[3] && said[n] === t ? [n] : []))
    expect(examples.images).toEqual(right)
    for (const payload of [{}, { index: [0, 3] }, { index: [0] }, { index: [0.5, 1] }])
      expect(page.now('explain', payload)).toMatchObject({ type: 'error' })
  })
  test('a tensor of whole numbers that nobody counted is a tensor', () => {
    expect(shown('tensor', tensor([[1, 2], [3, 4]], { dtype: 'int32' })).kind).toBe('tensor') // prettier-ignore
  })
  test('predictions hold their images', () => {
    const shapes = data.shapes({ count: 20, size: 12, classes: ['circle', 'cross'], seed: 1 }) // prettier-ignore
    const net = smallNet()
    expect(() => predictions(net, shapes)).toThrow('the network gives 5 logits, the set has 2 classes') // prettier-ignore
  })
})

describe('results as curves and tables', () => {
  const net = smallNet()
  const image = smallImage()
  test('invariance: one changed thing is the axis, its images stand under it', () => {
    const changes = [-2, 0, 3].map(right => ({ right }))
    const result = invariance(net, image, changes, { layers: ['conv1', 'conv2'] })
    const { data: d } = shown('chart', result, { labels: [...'abcde'] })
    expect([d.form, d.axis.label, d.axis.values]).toEqual(['lines', 'pixels to the right', [-2, 0, 3]]) // prettier-ignore
    expect(d.panels[0].series.map(s => s.values)).toEqual([result.relative.conv1, result.relative.conv2]) // prettier-ignore
    expect(d.panels[1].label).toBe(`probability of ${'abcde'[result.target]}`)
    expect(d.panels[1].series[0].values).toEqual(result.probability)
    expect(d.pictures?.pixels.shape).toEqual([3, 1, 12, 12])
    const mixed = invariance(net, image, [{ right: 1 }, { rotate: 10 }], { layers: ['conv1'] })
    expect(shown('chart', mixed).data.axis).toMatchObject({ label: 'change', values: [0, 1] })
  })
  test('calibration beside the line of a perfect one', () => {
    const result = calibration({
      probability: tensor([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]), // prettier-ignore
      predicted: tensor([0, 1, 1], { dtype: 'int32' }),
      labels: tensor([0, 0, 1], { dtype: 'int32' }),
    })
    const { data: d } = shown('chart', result)
    expect(d.panels[0].series.map(s => [s.name, s.reference])).toEqual([
      ['right', false],
      ['as sure as right', true],
    ])
    expect(d.panels[0].series[1].values).toEqual(d.axis.values)
    expect(d.sentences[0]).toMatch(/^Expected calibration error \d/)
  })
  test('shuffled weights: a row a layer with its picture', () => {
    const result = randomizeWeights(net, () => deconvnet(net, image, { layer: 'conv2' }))
    const { data: d } = shown('chart', result)
    expect(d.axis.names?.[0]).toBe('fc')
    expect(d.panels[0].series[0].values).toEqual(result.steps.map(s => s.correlation))
    expect(d.panels[0].level?.value).toBe(0.5)
    expect(d.pictures).toMatchObject({ where: 'side', signed: true, captions: ['trained', 'fc', 'conv2', 'conv1'] }) // prettier-ignore
  })
  test('an image made for a unit, with the unit’s value at each step', () => {
    const made = activationMaximization(net, { layer: 'conv2', unit: 1, shape: [1, 12, 12], steps: 8 }) // prettier-ignore
    const { data: d, title } = shown('chart', made)
    expect(title).toBe('Image made for conv2, unit 1')
    expect(d.panels[0].series[0].values).toEqual(made.values)
    expect(d.pictures?.where).toBe('side')
  })
})

describe('numbers of one’s own', () => {
  test('several measurements become a mean with its standard deviation', () => {
    const chart = curves(
      {
        a: [
          [1, 3],
          [2, 2],
        ],
        b: [5, NaN],
      },
      { x: [10, 20], xLabel: 'size', title: 'Mine' },
    )
    const { data: d, title, text } = shown('chart', chart)
    expect(title).toBe('Mine')
    const [a, b] = d.panels[0].series
    expect(a).toMatchObject({ values: [2, 2], errors: [Math.SQRT2, 0] })
    expect(b).toMatchObject({ values: [5, null], errors: null })
    expect(text).toContain('a: 2 at 10, 2 at 20')
  })
  test('a table: cells that are missing are not measured; the extremes are said', () => {
    const { data: d, text } = shown(
      'chart',
      table({ eye: { conv5: 0.06, conv7: 0.07 }, random: { conv5: 0.1 } }, { title: 'Table 1' }),
    )
    expect(d.panels[0].series.map(s => s.values)).toEqual([
      [0.06, 0.1],
      [0.07, null],
    ])
    expect(d.sentences).toEqual(['conv5: lowest for eye, highest for random.'])
    expect(text).toContain('random: conv5 0.100, conv7 not measured.')
  })
  test('what does not fit is refused', () => {
    expect(() => curves({ a: [1, 2] }, { x: [1] })).toThrow('curves: a has 2 values, x has 1')
    expect(() => curves({})).toThrow('there are none')
    expect(() => table({})).toThrow('no rows or columns')
  })
})
