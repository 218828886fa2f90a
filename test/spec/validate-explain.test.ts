import { expect, test } from 'vitest'
import { parseView } from '../../src/spec/validate.ts'
import { attributionView, occlusionView, projectionView, topView } from './explain-samples.ts'
import { poolView } from './pool-samples.ts'
import { sizesView } from './sizes-samples.ts'
import { architectureView } from './architecture-samples.ts'
import { softmaxView } from './softmax-samples.ts'
import { changed } from './changed.ts'

const samples = {
  projection: projectionView,
  attribution: attributionView,
  top: topView,
  occlusion: occlusionView,
  pool: poolView,
  sizes: sizesView,
  architecture: architectureView,
  softmax: softmaxView,
}
type Kind = keyof typeof samples

test.each(Object.keys(samples) as Kind[])('%s: goes in and comes out as a copy', kind => {
  const json: unknown = JSON.parse(JSON.stringify(samples[kind]()))
  expect(parseView(json)).toEqual(json)
  expect(parseView(json)).not.toBe(json)
})

const tensor = { encoding: 'f32', shape: [1, 2, 2], data: 'AAAA' }
test.each<[Kind, string, unknown, RegExp]>([
  ['projection', 'data.rule', 'magic', /expected one of gradient, deconvnet, guided/],
  ['projection', 'data.unit.at', [1], /expected 2 items/],
  ['projection', 'data.unit.value', NaN, /expected a number/],
  ['projection', 'data.stages.0.step', '<b>', /expected one of keep/],
  [
    'projection',
    'data.stages.0.forward',
    topView().data.units[0].top[0].patch,
    /expected shape \[2, 2, 2\]/,
  ],
  [
    'projection',
    'data.stages.2.signal',
    { encoding: 'u8', shape: [2, 2], data: 'AAAAAA==' },
    /a stage is \[C, H, W\] or \[C\], not \[2, 2\]/,
  ],
  [
    'projection',
    'data.stages',
    new Array(201).fill(null),
    /expected an object, got null|201 items, at most 200/,
  ],
  ['attribution', 'data.image', tensor, /takes 16 bytes, there are 3/],
  ['attribution', 'data.panels.0.values', steps22(), /expected shape \[·, 2, 3\]/],
  ['attribution', 'data.panels.0.signed', 1, /expected true or false/],
  [
    'attribution',
    'data.panels.0.name',
    '<img onerror=x>'.repeat(100),
    /1500 characters, at most 500/,
  ],
  ['top', 'data.field', [0, 3], /a whole number from 1/],
  ['top', 'data.units.0.top.3.inset', [2, 0], /a patch of 2×3 at \[2, 0\] outside its field 3×3/],
  ['top', 'data.units.0.top.0.projection', steps22(), /expected shape \[1, 3, 3\]/],
  ['top', 'data.units.0.histogram', ['1'], /a whole number/],
  ['top', 'data.labels', { length: 3 }, /expected a list/],
  ['occlusion', 'data.target', 2, /a whole number from 0 to 1/],
  ['occlusion', 'data.labels', ['a'], /expected 2 items, got 1/],
  ['occlusion', 'data.stride', 0, /a whole number from 1/],
  ['occlusion', 'data.stride', 1, /expected shape \[4, 4, 2\], got \[2, 2, 2\]/],
  ['occlusion', 'data.activity', steps22(), /expected shape \[2, 2\]/],
  ['occlusion', 'data.extra', 1, /unknown field "extra"/],
])('%s with %s = %j is refused', (kind, path, value, says) => {
  expect(() => parseView(changed(samples[kind](), path, value))).toThrow(says)
})

function steps22() {
  return { encoding: 'u8', shape: [1, 2, 2], data: 'AAAAAA==' }
}
