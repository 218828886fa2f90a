import { describe, expect, test } from 'vitest'
import {
  beatenBy,
  frontier,
  measureText,
  spread,
  verdict,
  withinBands,
} from '../../src/spec/bubbles.ts'
import { logTicks, placeLabels } from '../../src/spec/labels.ts'
import { parseView } from '../../src/spec/validate.ts'
import { bubblesView } from './bubbles-sample.ts'
import { changed } from './changed.ts'

test('goes in and comes out as a copy', () => {
  const json: unknown = JSON.parse(JSON.stringify(bubblesView()))
  expect(parseView(json)).toEqual(json)
})
test.each<[string, unknown, RegExp]>([
  ['data.names', [], /at least one/],
  ['data.names', ['a'], /expected 1 items, got 4|whole number from 0 to 0/],
  ['data.names', new Array(1e5).fill('x'), /100000 items, at most/],
  ['data.groups', ['x'], /expected 4 items/],
  ['data.own', [4], /whole number from 0 to 3/],
  ['data.measures.0.values', [1, 2, 3, Infinity], /a number/],
  ['data.measures.0.better', 'most', /one of more, less/],
  ['data.measures', [bubblesView().data.measures[0]], /two or more/],
  ['data.x', [], /at least one measure/],
  ['data.y', [3], /whole number from 0 to 2/],
  ['data.size', 9, /whole number/],
  ['data.claims.0.bands.0.measure', -1, /whole number/],
  ['data.claims.0.bands.0.from', '10', /a number/],
  ['data.html', '<b>', /unknown field/],
])('refused: %s = %j', (path, value, message) => {
  expect(() => parseView(changed(bubblesView(), path, value))).toThrow(message)
})

describe('what follows from the numbers', () => {
  const { data } = bubblesView()
  const { measures } = data
  test('within bands, ends included; what is not known is in none', () => {
    expect(withinBands(measures, [{ measure: 0, from: 5, to: 15 }])).toEqual([1, 2, 3])
    expect(withinBands(measures, [{ measure: 0, from: 5.1, to: 14.9 }])).toEqual([2])
    expect(withinBands(measures, [{ measure: 1, from: null, to: null }])).toEqual([0, 1, 3])
    const both = [{ measure: 0, from: null, to: 5 }, { measure: 2, from: 30, to: null }] // prettier-ignore
    expect(withinBands(measures, both)).toEqual([0])
  })
  test('who beats whom', () => {
    expect(frontier(measures, 0, 1)).toEqual([0, 1])
    expect(beatenBy(measures, 0, 1, 3)).toEqual([1])
    expect(beatenBy(measures, 0, 1, 2)).toEqual([])
    // Equal in both: neither beats the other.
    const twins = [0, 1].map(m => ({ ...measures[m], values: [1, 1] }))
    expect(frontier(twins, 0, 1)).toEqual([0, 1])
  })
  test('a verdict counts and says how far the others spread', () => {
    expect(verdict(data, data.claims[0].bands)).toBe(
      'operations 10 to 15 GFLOPs: 2 of 4 networks; top-1 74 (d) to 74 % (d), where all span 57 to 79; parameters 60 (c) to 138 million (d), where all span 23 to 138.',
    )
    expect(verdict(data, [{ measure: 0, from: 1000, to: null }])).toBe(
      'operations at least 1000 GFLOPs: none of 4 networks.',
    )
    expect(verdict(data, data.claims[1].bands)).toBe(
      'parameters at most 25 million: 1 of 4 networks; operations 5 GFLOPs (b); top-1 79 % (b).',
    )
  })
  test('least and most', () => {
    expect(spread(measures[1], [0, 1, 2, 3])).toEqual({ least: 0, from: 57, most: 1, to: 79 })
    expect(spread(measures[1], [2])).toBeNull()
  })
  test.each([
    [0.714, '0.714'],
    [15.47, '15.5'],
    [138.357, '138'],
    [61100.4, '61100'],
    [0.0571, '0.0571'],
    [2e-5, '2.0e−5'],
    [-3.25, '−3.25'],
    [7, '7'],
  ])('%d is written %s', (v, text) => expect(measureText(v)).toBe(text))
})

describe('places of names', () => {
  const bounds = { left: 0, right: 100, top: 0, bottom: 100 }
  const point = (x: number, y: number) => ({ x, y, r: 4, width: 30 })
  test('right of the point where there is room, else another side, else nowhere', () => {
    expect(placeLabels([point(10, 50)], [], bounds, 12)).toEqual([{ x: 18, y: 50 }])
    expect(placeLabels([point(90, 50)], [], bounds, 12)).toEqual([{ x: 52, y: 50 }])
    const crowd = Array.from({ length: 30 }, (_, n) => ({ x: 50 + (n % 6), y: 50 + n / 10, r: 4 }))
    const places = placeLabels(crowd.map(c => ({ ...c, width: 60 })), crowd, bounds, 12) // prettier-ignore
    expect(places.filter(p => p === null).length).toBeGreaterThan(15)
  })
  test('names never lie on each other; those asked for always stand', () => {
    const points = Array.from({ length: 40 }, (_, n) => point((n * 37) % 100, (n * 61) % 100))
    const places = placeLabels(points, points, bounds, 12, 3)
    expect(places.slice(0, 3).every(p => p !== null)).toBe(true)
    const stand = places.slice(3).flatMap(p => (p ? [p] : []))
    for (const a of stand)
      for (const b of stand)
        if (a !== b) expect(Math.abs(a.x - b.x) >= 30 || Math.abs(a.y - b.y) >= 12).toBe(true)
  })
})

test('ticks by powers of ten', () => {
  expect(logTicks(0.1, 20)).toEqual([0.1, 0.2, 0.5, 1, 2, 5, 10, 20])
  expect(logTicks(1e-3, 1e6)).toEqual([1e-3, 0.01, 0.1, 1, 10, 100, 1000, 1e4, 1e5, 1e6])
  expect(logTicks(0, 1)).toEqual([])
  expect(logTicks(1e-300, 1e300).length).toBeLessThan(60)
})
