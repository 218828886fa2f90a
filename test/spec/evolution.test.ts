import { expect, test } from 'vitest'
import { parseView } from '../../src/spec/validate.ts'
import { evolutionView } from './evolution-sample.ts'
import { changed } from './changed.ts'

test('goes in and comes out as a copy', () => {
  const json: unknown = JSON.parse(JSON.stringify(evolutionView()))
  expect(parseView(json)).toEqual(json)
})

test.each<[string, unknown, RegExp]>([
  ['data.all', [0], /two or more epochs/],
  ['data.all', [0, 1, 1, 2], /ascending order/],
  ['data.all', new Array(1e5).fill(0), /100000 items, at most/],
  ['data.epochs', [0, 2, 9], /a whole number from 0 to 3/],
  ['data.epochs', [2, 0, 3], /ascending order/],
  ['data.epochs', [], /ascending order/],
  ['data.accuracy', [1], /expected 4 items/],
  ['data.layers.0.units.0.winners', [], /expected 3 items/],
  ['data.layers.0.units.0.winners.1.patch', 2, /a whole number from 0 to 1/],
  ['data.layers.0.units.0.winners.1.limit', null, /expected a number/],
  ['data.layers.0.units.0.projections', { encoding: 'u8', shape: [3, 1, 65536, 65536], data: 'AAAA' }, /bytes/], // prettier-ignore
  ['data.layers.0.units.0.patches', evolutionView().data.layers[1].units[0].patches, /expected shape \[·, 1, 2, 2\]/], // prettier-ignore
  ['data.convergence.0.left', [1, 0], /expected 4 items/],
  ['data.filters.values', evolutionView().data.layers[0].units[0].projections, /expected shape \[4/], // prettier-ignore
  ['data.filters.channels', 0, /a whole number from 1/],
  ['data.verdict', ['x'.repeat(1000)], /at most 500/],
  ['data.html', '<b>', /unknown field/],
])('refused: %s', (path, value, message) => {
  expect(() => parseView(changed(evolutionView(), path, value))).toThrow(message)
})
