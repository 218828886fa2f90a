import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { architecture, bubbles, complexityChart, nn, show } from '../../src/index.ts'
import type { BubblesView } from '../../src/spec/view.ts'
import { displayed } from './displayed.ts'
import { install, type FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

function shown(...args: Parameters<typeof show>): BubblesView {
  show(...args)
  return displayed(host, 'bubbles', 0)
}

const rows = [
  { name: 'a', top1: 57, top5: 80, gflops: 0.7, parameters: 61, family: 'old' },
  { name: 'b', top1: 79, top5: 95, gflops: 5, parameters: 23 },
  { name: 'c', top5: 92, gflops: 15, parameters: 138 },
]

describe('accuracy against complexity', () => {
  test('its axes, areas, claims, source', () => {
    const { data, text } = shown(
      complexityChart(rows, { claims: { 'near 95': { top5: [94, 96] } }, source: 'a table' }),
    )
    expect(data.measures.map(m => [m.name, m.unit, m.log])).toEqual([
      ['operations', 'GFLOPs', true],
      ['parameters', 'million', true],
      ['top-1', '%', false],
      ['top-5', '%', false],
    ])
    expect([data.x, data.y, data.size]).toEqual([[0, 1], [2, 3], 1]) // prettier-ignore
    expect(data.measures[2].values).toEqual([57, 79, null])
    expect(data.groups).toEqual(['old', '', ''])
    expect(data.claims).toEqual([{ label: 'near 95', bands: [{ measure: 3, from: 94, to: 96 }] }])
    expect(text).toContain('near 95: top-5 94 to 96 %: 1 of 3 networks; operations 5 GFLOPs (b)')
    expect(text).toContain('Beaten by none in operations and top-1: a, b.')
    expect(text).toContain('Source: a table')
  })
  test('top-5 first where it is asked for or all there is', () => {
    expect(shown(complexityChart(rows, { accuracy: 'top5' })).data.y).toEqual([2, 3])
    const { data } = shown(complexityChart([{ name: 'c', top5: 92, gflops: 15, parameters: 138 }]))
    expect(data.y.map(m => data.measures[m].name)).toEqual(['top-5'])
  })
  test('one’s own network, counted from its layers', () => {
    const net = new nn.Sequential({
      conv: new nn.Conv2d(3, 4, 3),
      flat: new nn.Flatten(),
      fc: new nn.Linear(4 * 36, 10),
    })
    const made = architecture(net, [1, 3, 8, 8])
    const own = { name: 'mine', top1: 60, architecture: made }
    const { data } = shown(complexityChart(rows, { own, perMultiplyAdd: 2 }))
    expect(data.own).toEqual([3])
    // 36 places of 4 maps with 27 products, 144 · 10 products; twice.
    expect(data.measures[0].values[3]).toBeCloseTo((2 * (36 * 4 * 27 + 1440)) / 1e9, 15)
    expect(data.measures[1].values[3]).toBeCloseTo((4 * 28 + 1450) / 1e6, 15)
  })
  test('its picture: circles of their family’s colour, in the pin’s where they are one’s own', () => {
    const own = { name: 'mine', top1: 60, gflops: 2, parameters: 50 }
    show(complexityChart(rows, { own }))
    const png = readPng(host.shown[0].bundle['image/png'] as Uint8Array) // the view's own bundle
    const seen = new Set<string>()
    for (let i = 0; i < png.pixels.length; i += 3) seen.add(png.pixels.subarray(i, i + 3).join())
    expect(seen.has('179,18,95')).toBe(true)
    expect(seen.has('23,60,114')).toBe(true)
  })
  test.each<[string, () => unknown, RegExp]>([
    ['no accuracy', () => complexityChart([{ name: 'x', gflops: 1, parameters: 1 }]), /x has neither top1 nor top5/],
    ['a share', () => complexityChart(rows.map(r => ({ ...r, top1: 0.7, top5: 0.8 }))), /all accuracies are 1 or less/],
    ['above 100', () => complexityChart([{ ...rows[0], top1: 570 }]), /a has an accuracy of 570/],
    ['no operations', () => complexityChart([{ ...rows[0], gflops: 0 }]), /a has gflops 0/],
    ['a name twice', () => complexityChart([rows[0], rows[0]]), /two networks are called a/],
    ['nobody', () => complexityChart([]), /there are no networks/],
    ['an unknown name', () => complexityChart(rows, { named: ['z'] }), /none of the networks is called z/],
  ])('refused: %s', (_, make, message) => expect(make).toThrow(message)) // prettier-ignore
})

describe('bubbles', () => {
  const runs = [{ name: 'p', s: 3, acc: 0.5 }, { name: 'q', s: 9, acc: 0.75 }, { name: 'r', s: NaN, acc: 0.6 }] // prettier-ignore
  test('of any numbers; what is not finite is not known', () => {
    const { data } = shown(bubbles(runs, { x: 's', y: 'acc', things: 'runs' }), { title: 'Mine' })
    expect(data.measures.map(m => m.values)).toEqual([[3, 9, null], [0.5, 0.75, 0.6]]) // prettier-ignore
    expect([data.size, data.groups, data.measures[0].better]).toEqual([null, null, 'less'])
  })
  test('claims may be open at one side', () => {
    const claims = { slow: { s: [5, null], acc: [-Infinity, 1] } } as const
    expect(bubbles(runs, { x: 's', y: 'acc', claims }).data.claims[0].bands).toEqual([
      { measure: 0, from: 5, to: null },
      { measure: 1, from: null, to: 1 },
    ])
    expect(String(bubbles(runs, { x: 's', y: 'acc', claims }))).toContain('slow: s at least 5, acc at most 1: 1 of 3 rows.') // prettier-ignore
  })
  test.each<[string, () => unknown, RegExp]>([
    ['an unknown measure', () => bubbles(runs, { x: 's', y: 'loss' }), /none of the rows has a number loss/],
    ['one measure twice', () => bubbles(runs, { x: 's', y: 's' }), /x and y are the same/],
    ['powers of ten of nothing', () => bubbles([{ name: 'a', s: 0, y: 1 }], { x: 's', y: 'y', measures: { s: { log: true } } }), /a has s 0; an axis of powers of ten/],
    ['a claim about nothing', () => bubbles(runs, { x: 's', y: 'acc', claims: { c: { loss: [0, 1] } } }), /claim c names loss; the measures are s, acc/],
    ['too many', () => bubbles(Array.from({ length: 2001 }, (_, n) => ({ name: String(n), a: 1, b: 2 })), { x: 'a', y: 'b' }), /2001 rows; it draws at most 2000/],
  ])('refused: %s', (_, make, message) => expect(make).toThrow(message)) // prettier-ignore
})
