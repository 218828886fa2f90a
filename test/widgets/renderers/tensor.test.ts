// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { tensor } from '../../../src/index.ts'
import { render } from '../../../widgets/renderers/index.ts'
import {
  all,
  FakeLink,
  hover,
  one,
  paintable,
  pixel,
  press,
  readout,
  root,
  texts,
} from '../page.ts'
import { encode } from '../../../src/spec/index.ts'
import type { TensorView } from '../../../src/spec/index.ts'
import { IMAGE, ramp, tensorView } from '../samples.ts'

beforeEach(paintable)
const draw = (spec: TensorView) => {
  const element = root()
  return { element, view: render(spec, element, { live: new FakeLink() }) }
}
const given = (values: number[], shape: number[], scale: TensorView['data']['scale'] = 'map') =>
  ({
    spec: 1,
    kind: 'tensor',
    id: 'v1',
    title: 't',
    text: '',
    producer: '0.1.0',
    data: { values: encode(values, shape, 'f32'), scale, numbers: false },
  }) satisfies TensorView

test('a small matrix has its numbers in its cells', () => {
  const { element } = draw(tensorView(tensor(IMAGE)))
  expect(texts(element, 'td')).toEqual(IMAGE.flat().map(String))
  hover(all(element, 'td')[7])
  expect(readout(element)).toMatch(/\[1, 1\] = 1\.$/)
  const cell = all(element, 'td')[0]
  cell.focus()
  press(cell, 'ArrowDown')
  expect(document.activeElement).toBe(all(element, 'td')[6])
})

test('a stack is a bank of tiles on one scale; 64 at most', () => {
  const { element } = draw(tensorView(ramp(5, 20, 20)))
  expect(all(element, '.ls-tile')).toHaveLength(5)
  expect(one(element, '.ls-how').textContent).toBe('one scale for all 5')
  const many = draw(tensorView(ramp(70, 9, 9)))
  expect(all(many.element, '.ls-tile')).toHaveLength(64)
  expect(many.element.textContent).toContain('64 of 70 shown.')
})

test('NaN and infinity are visible as such', () => {
  const { element } = draw(given([0, NaN, Infinity, 1], [2, 2]))
  const canvas = one(element, '.ls-tile canvas') as HTMLCanvasElement
  expect(pixel(canvas, 1)).toEqual([255, 0, 255])
  expect(pixel(canvas, 2)).toEqual(pixel(canvas, 3))
  press(one(element, '.ls-frame'), 't')
  expect(texts(element, '.ls-table td')).toEqual(['0', 'NaN', '∞', '1'])
})

test.each([
  ['empty', [], [0]],
  ['scalar', [3], []],
  ['constant', [2, 2, 2, 2], [2, 2]],
  ['all NaN', [NaN, NaN], [2]],
  ['a vector', [1, 2, 3], [3]],
])('%s', (_, values, shape) => {
  const { element } = draw(given(values, shape))
  expect(element.querySelector('.ls-failed')).toBeNull()
  expect(readout(element)).not.toBe('')
})

test('colour images are drawn in their colours', () => {
  const rgb = [1, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 1]
  const { element } = draw(given(rgb, [3, 2, 2], 'image'))
  const canvas = one(element, '.ls-tile canvas') as HTMLCanvasElement
  expect(pixel(canvas, 0)).toEqual([255, 128, 0])
  expect(pixel(canvas, 3)).toEqual([0, 0, 255])
})

test('an update draws the new values', () => {
  const { element, view } = draw(tensorView(tensor(IMAGE)))
  view.update(tensorView(tensor([[7]])))
  expect(texts(element, 'td')).toEqual(['7'])
})

test('the readout says the true range, whatever the scale', () => {
  const said = (values: number[]) => readout(draw(given(values, [values.length], 'signed')).element)
  expect(said([0, 1, 0])).toMatch(/^0 to 1\. /)
  expect(said([-2, 5])).toMatch(/^−2 to 5\. /)
  expect(said([3, 3])).toMatch(/^All 3\. /)
  expect(said([1, NaN, 2])).toMatch(/^1 to 2; 1 of 3 values are NaN or infinite\. /)
  expect(said([NaN])).toMatch(/^1 of 1 values are NaN or infinite\. /)
})
