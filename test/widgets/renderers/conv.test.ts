// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { conv2d, manualSeed, randn, zeros } from '../../../src/index.ts'
import type { Conv2dOptions } from '../../../src/ops/index.ts'
import type { ConvView } from '../../../src/spec/index.ts'
import { ConvModel } from '../../../widgets/renderers/conv/model.ts'
import { render } from '../../../widgets/renderers/index.ts'
import {
  all,
  byText,
  FakeLink,
  hover,
  one,
  paintable,
  press,
  readout,
  root,
  settle,
  texts,
} from '../page.ts'
import { convOf, convView, OUTPUT, ramp } from '../samples.ts'

beforeEach(paintable)

const draw = (spec: ConvView, link = new FakeLink()) => {
  const element = root()
  const view = render(spec, element, { live: link })
  return { element, view, link }
}
const outputs = (e: Element) => texts(e, '.ls-outs .ls-out button')
const minus = (v: number) => String(v).replace('-', '−')
const typeInto = (e: Element, name: string, text: string) => {
  const input = one(e, `input[aria-label="${name}"]`) as HTMLInputElement
  input.value = text
  input.dispatchEvent(new Event('change'))
}

describe('the model', () => {
  const cases: { x: number[]; w: number[]; options: Conv2dOptions }[] = [
    { x: [1, 6, 6], w: [1, 1, 3, 3], options: {} },
    { x: [3, 7, 5], w: [4, 3, 3, 2], options: { stride: [2, 1], padding: [1, 0] } },
    { x: [2, 9, 9], w: [2, 2, 3, 3], options: { dilation: 2, stride: 2, padding: 2 } },
  ]
  test.each(cases)('agrees with conv2d: $x, $w', ({ x, w, options }) => {
    manualSeed(1)
    const [a, b, bias] = [randn(x), randn(w), randn([w[0]])]
    const model = new ConvModel(convOf(a, b, { ...options, bias }))
    const exact = conv2d(a.reshape([1, ...x]), b, { ...options, bias })
    expect([model.K, model.rows, model.columns]).toEqual(exact.shape.slice(1))
    const values = exact.toTypedArray()
    expect(model.outputs()).toHaveLength(values.length)
    for (let n = 0; n < model.cells; n++) {
      expect(model.output(model.cell(n))).toBeCloseTo(Number(values[n]), 4)
      expect(model.index(model.cell(n))).toBe(n)
    }
  })
  test('readers are the windows that multiply a cell', () => {
    const model = new ConvModel(convOf(ramp(1, 8, 7), ramp(1, 1, 3, 3), { stride: 2, padding: 1 }))
    for (let i = 0; i < 10; i++)
      for (let j = 0; j < 9; j++) {
        const readers: string[] = []
        for (let r = 0; r < model.rows; r++)
          for (let c = 0; c < model.columns; c++)
            if (i >= 2 * r && i < 2 * r + 3 && j >= 2 * c && j < 2 * c + 3)
              readers.push(`${r},${c}`)
        expect(model.readers(i, j).map(String).sort()).toEqual(readers.sort())
        expect(model.unread(i, j)).toBe(readers.length === 0)
      }
  })
  test('a student’s answers are read cell by cell, whatever they are', () => {
    const model = new ConvModel(convView())
    for (const given of [null, 7, 'x', [[1]], { 0: 1 }, [[['a', {}, null, []]]], [[[NaN]]]]) {
      model.given = given
      const v = model.shown([0, 0, 0])
      expect(typeof v === 'number' || typeof v.error === 'string').toBe(true)
    }
    model.given = [[[5, { error: 'RangeError: no' }]]]
    expect(model.shown([0, 0, 0])).toBe(5)
    expect(model.shown([0, 0, 1])).toEqual({ error: 'RangeError: no' })
    expect(model.shown([0, 0, 2])).toBe(-3)
  })
})

describe('the sheet', () => {
  test('lecture 1: 16 sums, the first opened into its nine products', () => {
    const { element } = draw(convView())
    expect(outputs(element)).toEqual(OUTPUT.flat().map(minus))
    expect(texts(element, '.ls-products b')).toEqual(['1', '0', '0', '0', '1', '0', '0', '0', '1'])
    expect(texts(element, '.ls-products span')[1]).toBe('0·−1 = ')
    expect(readout(element)).toBe('o[0, 0]: the 9 products add up to 3.')
    expect(one(element, '.ls-formula').textContent).toContain('(6 + 2·0 − 3) / 1 + 1 = 4')
    expect(one(element, '.ls-ledger').textContent).toMatch(/^o\[0, 0\] = 1·1 \+ 0·\(−1\) .* = 3$/)
  })
  test('a click, the comma and the point, and the ruler move the window', () => {
    const { element } = draw(convView())
    all(element, '.ls-out button')[12].click()
    expect(readout(element)).toContain('o[3, 0]')
    const frame = one(element, '.ls-frame')
    press(frame, '.')
    expect(readout(element)).toContain('o[3, 1]: the 9 products add up to −2.')
    press(frame, ',')
    press(frame, ',')
    expect(readout(element)).toContain('o[2, 3]')
    const ruler = one(element, '[role=slider]')
    press(ruler, 'End')
    expect(ruler.getAttribute('aria-valuetext')).toBe('o[3, 3]')
    expect(ruler.getAttribute('aria-valuemax')).toBe('15')
    press(ruler, 'ArrowRight')
    expect(readout(element)).toContain('o[3, 3]')
    press(ruler, 'Home')
    expect(readout(element)).toContain('o[0, 0]')
  })
  test('arrows walk among the outputs', () => {
    const { element } = draw(convView())
    const cells = all(element, '.ls-out button')
    cells[0].focus()
    press(cells[0], 'ArrowDown')
    expect(document.activeElement).toBe(cells[4])
    press(cells[4], 'ArrowRight')
    expect(document.activeElement).toBe(cells[5])
    press(cells[5], 'ArrowUp')
    expect(document.activeElement).toBe(cells[1])
  })
  test('typing recomputes; what is no number is not taken; reset brings all back', () => {
    const { element } = draw(convView({ edit: 'x', count: 3 }))
    expect(one(element, '.ls-verdict').textContent).toBe('3 stands in 2 of 16 cells.')
    typeInto(element, 'x[0, 0]', '−2,5')
    expect(outputs(element)[0]).toBe('−0.50')
    expect(readout(element)).toContain('You set x[0, 0] to −2.50. 3 stands in 1 of 16 cells.')
    for (const text of ['', 'abc', 'Infinity', '1e999', '0x']) {
      typeInto(element, 'x[0, 0]', text)
      expect(outputs(element)[0]).toBe('−0.50')
    }
    typeInto(element, 'x[0, 0]', '1e9')
    expect(outputs(element)[0]).toBe('1000002')
    expect(element.querySelector('input[aria-label="w[0, 0]"]')).toBeNull()
    byText(element, 'reset numbers').click()
    expect(outputs(element)).toEqual(OUTPUT.flat().map(minus))
  })
  test('stride and padding: the sizes, the hatched cells, and back', () => {
    const { element } = draw(convView())
    const choose = (name: string, n: string) =>
      byText(one(element, `[role=radiogroup][aria-label="${name}"]`), n).click()
    choose('stride', '2')
    expect(outputs(element)).toEqual(['3', '−3', '−3', '0'])
    expect(all(element, 'td.ls-unread')).toHaveLength(11)
    expect(one(element, '.ls-formula').textContent).toContain('= 2.50, rounded down to 2')
    hover(all(element, '.ls-x td')[35])
    expect(readout(element)).toContain('No window reads it')
    choose('padding', '1')
    expect(outputs(element)).toHaveLength(9)
    expect(all(element, 'td.ls-pad')).toHaveLength(28)
    byText(element, 'reset numbers').click()
    expect(outputs(element)).toHaveLength(16)
    expect(one(element, '[aria-label=stride] [aria-checked=true]').textContent).toBe('1')
  })
  test('hover says who reads a pixel, and what a weight multiplies', () => {
    const { element } = draw(convView())
    hover(all(element, '.ls-x td')[7])
    expect(readout(element)).toBe('x[1, 1] is 1. 4 of 16 windows read it (outlined in o).')
    const weights = one(element, '.ls-sheet-left').querySelectorAll('.ls-grid')[1]
    hover(all(weights, 'td')[8])
    expect(readout(element)).toBe(
      'w[2, 2] is 1. Here it multiplies 1. The same weight is used 16 times, once for every cell.',
    )
  })
  test('compared values: where they differ they stand below', () => {
    const guess = OUTPUT.map(row => [...row])
    guess[1][2] = 7
    const { element } = draw(convView({ compare: guess, names: { o: 'y' } }))
    expect(all(element, 'td.ls-differs')).toHaveLength(1)
    expect(one(element, 'td.ls-differs').textContent).toBe('0 ≠ 7')
    expect(one(element, '.ls-verdict').textContent).toContain('15 of 16 cells agree')
    all(element, '.ls-out button')[6].click()
    expect(readout(element)).toMatch(/^y\[1, 2\].*: 7\.$/)
  })
  test('channels, filters and a bias read as an equation', () => {
    const { element } = draw(
      convOf(ramp(2, 4, 4), ramp(3, 2, 2, 2), { bias: ramp(3) }, { at: [[2, 1, 1]] }),
    )
    expect(texts(element, '.ls-x .ls-caption')).toEqual(['channel 0', 'channel 1'])
    expect(all(element, '.ls-outs .ls-grid')).toHaveLength(3)
    expect(readout(element)).toMatch(
      /^o\[2, 1, 1\] = [\d.]+ \+ [\d.]+ from the 2 channels, \+ bias [\d.]+ = [\d.]+\.$/,
    )
  })
  test('no place for the window is said', () => {
    const { element } = draw(convOf(ramp(1, 3, 3), ramp(1, 1, 5, 5), { padding: 2 }))
    byText(one(element, '[aria-label=padding]'), '0').click()
    expect(readout(element)).toContain('no place to lay it')
    expect(outputs(element)).toEqual([])
    press(one(element, '.ls-frame'), '.')
    press(one(element, '.ls-frame'), 't')
    byText(element, 'reset numbers').click()
    expect(outputs(element)).toHaveLength(9)
  })
})

describe('large ones', () => {
  test('64 channels: the four that say most', () => {
    const { element } = draw(convOf(ramp(64, 5, 5), ramp(2, 64, 3, 3)))
    expect(all(element, '.ls-x')).toHaveLength(4)
    expect(one(element, '.ls-rest').textContent).toContain('60 more channels')
  })
  test('a part of x and of the output, which follows the cell', () => {
    const { element } = draw(convOf(zeros([1, 60, 70]), ramp(1, 1, 3, 3)))
    expect(all(element, '.ls-x td')).toHaveLength(18 * 18)
    expect(all(element, '.ls-out td')).toHaveLength(12 * 12)
    const ruler = one(element, '[role=slider]')
    press(ruler, 'End')
    expect(readout(element)).toContain('o[0, 57, 67]')
    expect(one(element, '.ls-x input[aria-label="x[0, 59, 69]"]')).toBeTruthy()
    expect(one(element, '.ls-out button[aria-label="o[0, 57, 67] = 0"]')).toBeTruthy()
    expect(all(element, '.ls-ruler line').length).toBeLessThan(500)
    expect(element.querySelectorAll('*').length).toBeLessThan(2500)
  })
  test('20 filters: the outputs of the current one', () => {
    const { element } = draw(convOf(ramp(1, 6, 6), ramp(20, 1, 3, 3)))
    expect(all(element, '.ls-outs .ls-grid')).toHaveLength(1)
    press(one(element, '[role=slider]'), 'End')
    expect(one(element, '.ls-outs').textContent).toContain('filter 19 of 20')
  })
})

describe('live', () => {
  test('the kernel’s repetition of the same numbers leaves what was typed', () => {
    const { element, view } = draw(convView())
    typeInto(element, 'x[0, 0]', '9')
    const again = convView()
    const { data, ...x } = again.data.x
    const bytes = Uint8Array.from(atob(data!), c => c.charCodeAt(0)) // a saved view has data
    view.update({ ...again, data: { ...again.data, x: { ...x, buffer: 0, bytes } } })
    expect(outputs(element)[0]).toBe('11')
    const other = convView()
    view.update({ ...other, data: { ...other.data, count: 3 } })
    expect(outputs(element)[0]).toBe('3')
    expect(one(element, '.ls-verdict').textContent).toContain('3 stands in 2')
  })
  test('the student’s function drives: cells from the kernel, an exception in its cell', async () => {
    const spec = convView()
    const link = new FakeLink('live')
    link.answer = () => ({ output: [[[1, { error: 'RangeError: j' }]]] })
    const { element } = draw({ ...spec, data: { ...spec.data, driven: true } }, link)
    expect(link.sent).toEqual([])
    typeInto(element, 'w[0, 0]', '4')
    await settle()
    expect(link.sent[0].name).toBe('compute')
    expect(link.sent[0].payload).toMatchObject({ w: [[[[4, -1, -1], [-1, 1, -1], [-1, -1, 1]]]] }) // prettier-ignore
    expect(outputs(element).slice(0, 2)).toEqual(['1', '!'])
    all(element, '.ls-out button')[1].click()
    expect(readout(element)).toBe('o[0, 1]: your function threw RangeError: j')
    link.answer = () => {
      throw new Error('it stopped')
    }
    typeInto(element, 'w[0, 0]', '5')
    await settle()
    expect(readout(element)).toContain('it stopped')
  })
})
