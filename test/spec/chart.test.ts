import { describe, expect, test } from 'vitest'
import { parseExamples } from '../../src/spec/confusion.ts'
import { parseView } from '../../src/spec/validate.ts'
import { chartView, confusionView, tableView } from './chart-samples.ts'
import { changed } from './changed.ts'

const samples = { chart: chartView, table: tableView, confusion: confusionView }

test.each(Object.entries(samples))('%s: goes in and comes out as a copy', (_, make) => {
  const json: unknown = JSON.parse(JSON.stringify(make()))
  expect(parseView(json)).toEqual(json)
})
const gigabytes = { encoding: 'u8', shape: [3, 1, 65536, 65536], data: 'AAAA' }

test.each<[keyof typeof samples, string, unknown, RegExp]>([
  ['chart', 'data.form', 'pie', /expected one of lines, rows/],
  ['chart', 'data.axis.values', null, /lines need values/],
  ['chart', 'data.axis.values', [1, 2], /expected 2 items, got 3|expected 3 items|expected shape/],
  ['chart', 'data.axis.names', ['a'], /different length/],
  ['chart', 'data.axis.values', new Array(1e6).fill(0), /1000000 items, at most/],
  ['chart', 'data.panels.0.series.0.values', [1], /expected 3 items, got 1/],
  ['chart', 'data.panels.0.series.0.errors', [1, 2, NaN], /expected a number/],
  ['chart', 'data.panels.0.limits', [0], /expected 2 items/],
  ['chart', 'data.panels', new Array(9).fill(chartView().data.panels[0]), /9 items, at most 8/],
  ['chart', 'data.pictures.pixels', gigabytes, /bytes/],
  ['chart', 'data.pictures.pixels', tableView().data.pictures?.pixels, /expected shape \[3/],
  ['chart', 'data.pictures.captions', [], /expected 3 items/],
  ['table', 'data.axis.names', null, /rows need names/],
  ['table', 'data.html', '<b>', /unknown field/],
  ['confusion', 'data.labels', ['one'], /two classes or more/],
  ['confusion', 'data.labels', new Array(1e5).fill('x'), /100000 items, at most/],
  ['confusion', 'data.labels', ['a', 'b'], /expected shape \[2, 2\]/],
  ['confusion', 'data.examples.0.cell', [0, 3], /a whole number from 0 to 2/],
  ['confusion', 'data.examples.0.probability', [1], /expected 2 items/],
  ['confusion', 'data.examples.0.pixels', gigabytes, /expected shape \[2|bytes/],
  ['confusion', 'data.mistakes.cells', [[0, 1]], /expected 2 items/],
])('%s refused: %s', (kind, path, value, message) => {
  expect(() => parseView(changed(samples[kind](), path, value))).toThrow(message)
})

describe('the kernel’s answer for a cell', () => {
  const { cell: _, ...good } = confusionView().data.examples[0]
  test('is read', () => expect(parseExamples(good)).toEqual(good))
  test.each([
    null,
    {},
    { ...good, extra: 1 },
    { ...good, images: [1.5, 2] },
    { ...good, pixels: gigabytes },
  ])('is refused: %#', value => {
    expect(() => parseExamples(value)).toThrow(/^reply/)
  })
})
