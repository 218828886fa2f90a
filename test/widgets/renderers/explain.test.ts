// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import type { ViewSpec } from '../../../src/spec/index.ts'
import { flat } from '../../../widgets/renderers/attribution/attribution.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { readMaps } from '../../../widgets/renderers/occlusion/occlusion.ts'
import { shared } from '../../../widgets/renderers/top/top.ts'
import {
  attributionView,
  occlusionView,
  projectionView,
  topView,
} from '../../spec/explain-samples.ts'
import {
  all,
  byText,
  FakeLink,
  one,
  paintable,
  pixel,
  press,
  readout,
  root,
  texts,
} from '../page.ts'

beforeEach(paintable)

const draw = (spec: ViewSpec, link = new FakeLink()) => {
  const element = root()
  const drawn = render(spec, element, { live: link })
  return { element, drawn, link, frame: one(element, '.ls-frame') }
}
const tiles = (e: Element) => all(e, '.ls-tile')
const canvas = (tile: Element) => one(tile, 'canvas') as HTMLCanvasElement
const marks = (tile: Element) => tile.querySelectorAll('.ls-mark').length
/** The keyboard goes to a cell of a tile and pins it. */
const pin = (tile: Element, row: number, column: number) => {
  for (let i = 0; i < row; i++) press(tile, 'ArrowDown')
  for (let j = 0; j < column; j++) press(tile, 'ArrowRight')
  press(tile, 'Enter')
}

describe('attributions', () => {
  test('the same pixel is read in every panel, marked in all, and kept', () => {
    const { element, frame, link } = draw(attributionView(), new FakeLink('live'))
    expect(texts(element, '.ls-label')).toEqual(['image', 'gradient', 'Grad-CAM'])
    expect(texts(element, '.ls-limits')).toEqual(['0 to 1', '±3', '0 to 5'])
    press(tiles(element)[1], 'ArrowRight')
    expect(readout(element)).toBe('Row 0, column 1, pixel 0.250. gradient −2, Grad-CAM 1.')
    pin(tiles(element)[1], 1, 1)
    expect(tiles(element).map(marks)).toEqual([1, 1, 1])
    expect(readout(element)).toBe('Pinned: Row 1, column 2, pixel 0. gradient 2, Grad-CAM 5.')
    expect(link.sent).toEqual([{ name: 'pin', payload: { index: [1, 2] } }])
    expect(one(element, '.ls-drill').hasAttribute('open')).toBe(true)
    expect(texts(element, '.ls-matrix td.ls-on, .ls-matrix .ls-on').length).toBeGreaterThan(0)
    press(frame, 'Escape')
    expect(readout(element)).toMatch(/2 answers to one question/)
    press(frame, 't')
    expect(texts(element, '.ls-table tr')).toEqual([
      'methodscalestrongest at',
      'gradient±3row 0, column 0',
      'Grad-CAM0 to 5row 1, column 2',
    ])
  })
  test('blue against, orange for; a pin stays when the view gets new data', () => {
    const { element, drawn } = draw(attributionView())
    const [against, , , zero] = [0, 1, 2, 3].map(n => pixel(canvas(tiles(element)[1]), n))
    expect(against[2]).toBeGreaterThan(against[0])
    zero.forEach((v, c) => expect(Math.abs(v - [0xf4, 0xf2, 0xef][c])).toBeLessThan(4))
    pin(tiles(element)[0], 1, 0)
    drawn.update(attributionView())
    expect(readout(element)).toMatch(/^Pinned: Row 1, column 0/)
  })
  test('of several channels the largest size is drawn', () => {
    expect(Array.from(flat([1, -2, 0, -3, 1, 0], 2))).toEqual([-3, -2, 0])
  })
})

describe('top activations', () => {
  test('projections left, patches right, one tab stop a unit, arrows through the best', () => {
    const { element, link } = draw(topView(), new FakeLink('live'))
    expect(texts(element, '.ls-label')).toEqual(['conv · 02 a, 2 b', 'conv · 42 a, 2 b'])
    const units = all(element, '.ls-top')
    expect(all(units[0], '[tabindex="0"]')).toHaveLength(1)
    const [left, right] = all(units[0], '.ls-nine').map(tiles)
    expect([left.length, right.length]).toEqual([4, 4])
    left[0].focus()
    press(left[0], 'ArrowRight')
    expect(document.activeElement).toBe(left[1])
    expect(readout(element)).toBe(
      'conv · 0, number 2: image 1 (b), activation 8 at row 0, column 1. Among its 4: 2 a, 2 b.',
    )
    expect([marks(left[1]), marks(right[1]), marks(left[0])]).toEqual([1, 1, 0])
    press(left[1], 'Enter')
    expect(readout(element)).toMatch(/^Pinned: conv · 0, number 2/)
    expect(link.sent).toEqual([{ name: 'pin', payload: { index: [0, 1] } }])
    expect(one(element, '.ls-inner').textContent).toContain('the patch of image 1, 3×3')
  })
  test('a patch at the border keeps its place in the field', () => {
    const { element } = draw(topView())
    const clipped = tiles(all(element, '.ls-nine')[1])[3]
    expect([clipped.style.top, clipped.style.width]).toEqual([`${100 / 3}%`, '100%'])
    expect(clipped.style.height).toBe(`${200 / 3}%`)
  })
  test('many units come in pages', () => {
    const spec = topView()
    const [unit] = spec.data.units
    spec.data.units = Array.from({ length: 30 }, (_, n) => ({ ...unit, unit: n }))
    const { element, frame, drawn } = draw(spec)
    expect(all(element, '.ls-top')).toHaveLength(12)
    byText(element, 'next').click()
    press(frame, ']')
    expect(texts(element, '.ls-label')[0]).toMatch(/^conv · 24/)
    drawn.update(spec)
    expect(texts(element, '.ls-label')[0]).toMatch(/^conv · 24/)
    press(one(element, '.ls-frame'), '[')
    expect(element.textContent).toContain('units 13 to 24 of 30')
  })
  test('what the best share', () => {
    const [unit] = topView().data.units
    expect(shared(unit, ['a', 'b'])).toBe('2 a, 2 b')
    expect(shared(unit, null)).toBe('2 class 0, 2 class 1')
  })
})

describe('a projection', () => {
  test('stands at the pixels at first; steps go back to the unit', () => {
    const { element, frame } = draw(projectionView())
    expect(texts(element, '.ls-stage .ls-label')).toEqual([
      'input[1, 3, 3]', 'conv[2, 2, 2]', 'relu[2, 2, 2]', 'input[1, 3, 3]', 'conv[2, 2, 2]', 'relu[2, 2, 2]',
    ]) // prettier-ignore
    expect(readout(element)).toMatch(/^Stage 2 of 2, input: transposed filters\. 89 %/)
    const hidden = () => all(element, '.ls-not-yet').length
    expect(hidden()).toBe(0)
    press(frame, 'Home')
    expect(hidden()).toBe(2)
    expect(readout(element)).toMatch(/^Unit 1 of conv at row 0, column 1 is 3\./)
    press(frame, '.')
    expect(readout(element)).toMatch(/^Stage 1 of 2, conv: ReLU of the signal\. 13 %/)
  })
  test('the unit is marked until something else is pinned; a pin opens its numbers', () => {
    const { element } = draw(projectionView())
    const [, , forward, , , back] = all(element, '.ls-bank')
    expect([forward, back].map(b => tiles(b).map(marks))).toEqual([
      [0, 1],
      [0, 1],
    ])
    pin(tiles(back)[0], 1, 0)
    expect(tiles(back).map(marks)).toEqual([1, 0])
    expect(readout(element)).toBe('Pinned: relu map 0, row 1, column 0: forward 2, back 0.')
    expect(texts(element, '.ls-inner figcaption')).toEqual(['on the way forward', 'back: keep one'])
  })
  test('the adjoint test stands under the numbers, with both of its numbers', () => {
    const { element } = draw(projectionView())
    const back = all(element, '.ls-bank')[3]
    pin(tiles(back)[0], 1, 1)
    expect(one(element, '.ls-inner').textContent).toContain('⟨Wq, g⟩ = 3.0000, ⟨q, Wᵀg⟩ = 3.0001: they agree.') // prettier-ignore
  })
  test('another rule, unit or start needs the kernel', async () => {
    const saved = draw(projectionView()).element
    expect(all(saved, '.ls-controls button').filter(b => b.textContent && !(b as HTMLButtonElement).disabled)).toEqual([]) // prettier-ignore
    const { element, link } = draw(projectionView(), new FakeLink('live'))
    byText(element, 'guided').click()
    byText(element, 'strongest').click()
    byText(element, 'next unit').click()
    pin(tiles(all(element, '.ls-bank')[2])[0], 1, 0)
    byText(element, 'start from this value').click()
    await Promise.resolve()
    expect(link.sent.filter(s => s.name === 'input').map(s => s.payload)).toEqual([
      { rule: 'guided' },
      { unit: null },
      { unit: 2 },
      { layer: 'relu', unit: 0, at: [1, 0] },
    ])
  })
  test('a vector is drawn as one map without cells that do not exist', () => {
    const spec = projectionView()
    const twelve = { encoding: 'u8' as const, shape: [12], data: 'AAAAAAAAAAAAAAAA', lo: 0, hi: 1 }
    spec.data.stages.push({ name: 'fc', step: 'filter', forward: twelve, signal: twelve })
    const { element } = draw(spec)
    const fc = all(element, '.ls-stage')[0]
    expect(one(fc, '.ls-tile').style.getPropertyValue('aspect-ratio')).toBe('4 / 3')
  })
})

describe('occlusion', () => {
  test('reads the winners and their order', () => {
    const { rows, columns, probability, winners, order } = readMaps(occlusionView().data)
    expect([rows, columns]).toEqual([2, 2])
    Array.from(probability).forEach((p, i) => expect(p).toBeCloseTo([0.8, 0.5, 0.1, 0.7][i], 6))
    expect(Array.from(winners)).toEqual([1, 0, 0, 1])
    expect(order).toEqual([1, 0])
  })
  test('begins at the worst place; arrows move the square, and everything follows', () => {
    const { element } = draw(occlusionView())
    expect(readout(element)).toBe(
      'Square at row 2, column 0: b goes from 75.0 % to 10.0 %, and the network says a.',
    )
    const square = one(element, '.ls-drag')
    // 3×3 around row 2, column 0: covered cells are grey, the others white.
    const grey = Array.from({ length: 16 }, (_, n) => pixel(canvas(square), n)[0] < 200)
    expect(grey).toEqual([
      false, false, false, false, true, true, false, false, true, true, false, false, true, true, false, false,
    ]) // prettier-ignore
    press(square, 'ArrowRight')
    expect(readout(element)).toMatch(/row 2, column 2: b goes from 75.0 % to 70.0 %, and stays/)
    expect(texts(element, '.ls-chance .ls-num')).toEqual(['0.30', '0.70'])
    byText(element, 'worst place').click()
    expect(readout(element)).toMatch(/row 2, column 0/)
    expect(one(element, '.ls-inner').textContent).toContain('conv, map 2: 3, largest anywhere 4.')
  })
  test('labels have colours and a key', () => {
    const { element } = draw(occlusionView())
    expect(texts(element, '.ls-key span')).toEqual(['b (followed)', 'a'])
    const map = canvas(tiles(element).at(-1)!)
    expect(pixel(map, 0)).toEqual([225, 225, 225])
    expect(pixel(map, 1)).toEqual([0x17, 0x3c, 0x72])
  })
})
