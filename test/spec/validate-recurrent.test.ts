import { expect, test } from 'vitest'
import { parseView } from '../../src/spec/validate.ts'
import { encode } from '../../src/spec/encode.ts'
import { lstmView, readingView, rnnView } from './recurrent-samples.ts'
import { changed } from './changed.ts'

const samples = { rnn: rnnView, lstm: lstmView, reading: readingView }
type Sample = keyof typeof samples

test.each(Object.keys(samples) as Sample[])('%s: goes in and comes out as a copy', name => {
  const json: unknown = JSON.parse(JSON.stringify(samples[name]()))
  expect(parseView(json)).toEqual(json)
  expect(parseView(json)).not.toBe(json)
})
const f32 = (...shape: number[]) => encode(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape, 'f32') // prettier-ignore

test.each<[Sample, string, unknown, RegExp]>([
  ['rnn', 'data.x', f32(3), /expected shape \[·, ·\], got \[3\]/],
  ['rnn', 'data.x', f32(65, 3), /65 steps, at most 64/],
  ['rnn', 'data.x', f32(3, 1025), /1025 inputs, at most 1024/],
  ['rnn', 'data.classes', [], /classes: there are none/],
  ['rnn', 'data.inputs', ['a'], /expected 3 items, got 1/],
  ['rnn', 'data.targets.1', 3, /a whole number from 0 to 2, got 3/],
  ['rnn', 'data.weights.1.U', f32(3, 3), /3 units beside 2/],
  ['rnn', 'data.weights.0.W', f32(2, 3), /expected shape \[2, 2\]/],
  ['rnn', 'data.weights.0.V', f32(4, 2), /expected shape \[3, 2\]/],
  ['rnn', 'data.weights.0.b', f32(3), /expected shape \[2\]/],
  ['rnn', 'data.weights.0.radius', Infinity, /expected a number/],
  ['rnn', 'data.weights', [], /either weights or values/],
  ['rnn', 'data.at', 2, /a whole number from 0 to 1/],
  ['rnn', 'data.h0', f32(3), /expected shape \[2\]/],
  ['rnn', 'data.pin', [1, 2], /loss 1 does not reach the later state 2/],
  ['rnn', 'data.yours', { h: f32(3, 2), o: f32(3, 2), error: null }, /expected shape \[3, 3\]/],
  ['rnn', 'data.html', '<b>', /unknown field "html"/],
  ['lstm', 'data.values.norms', f32(3, 2), /expected shape \[3, 3\]/],
  ['lstm', 'data.values.h', f32(3, 300), /300 units, at most 128/],
  ['lstm', 'data.weights', rnnView().data.weights, /either weights or values/],
  ['reading', 'data.network', 'transformer', /expected one of rnn, lstm, gru/],
  ['reading', 'data.characters', [], /characters: there are none/],
  ['reading', 'data.characters', new Array(4001).fill('x'), /4001 items, at most 4000/],
  ['reading', 'data.characters.3', '<script>1</script>', /18 characters, at most 8/],
  ['reading', 'data.states', f32(13, 513), /513 units, at most 512/],
  ['reading', 'data.states', f32(12, 3), /expected shape \[13, ·\]/],
  ['reading', 'data.next', f32(12), /expected shape \[13\]/],
  ['reading', 'data.expected.probabilities', f32(13, 3), /expected shape \[13, 2\]/],
  ['reading', 'data.expected.characters', f32(13, 21), /more than 20 characters a place/],
  ['reading', 'data.influence', f32(13, 257), /257 characters back, at most 256/],
  ['reading', 'data.unit', 3, /a whole number from 0 to 2/],
  ['reading', 'data.pin', 13, /a whole number from 0 to 12/],
  ['reading', 'data.features.0.units.0.unit', -1, /a whole number from 0 to 2/],
  ['reading', 'data.features.0.units.0.p', 2, /a number from 0 to 1/],
  ['reading', 'data.gates.0.rows.0.name', '__proto__', /expected one of input/],
  ['reading', 'data.gates.0.rows.0.values', f32(13, 1), /expected shape \[13\]/],
  [
    'reading',
    'data.gates',
    new Array(17).fill(readingView().data.gates[0]),
    /17 items, at most 16/,
  ],
  ['reading', 'data.reach.0.half', 300, /a whole number from 0 to 256/],
  ['reading', 'data.mode', 'all', /expected one of cell, back, similar/],
  ['reading', 'data.html', '<b>', /unknown field "html"/],
])('%s: %s refused', (name, path, value, message) => {
  expect(() => parseView(changed(samples[name](), path, value))).toThrow(message)
})
