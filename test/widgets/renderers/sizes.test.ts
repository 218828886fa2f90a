// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { sizes } from '../../../src/index.ts'
import { parseView, SpecError, type SizesView } from '../../../src/spec/index.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { sizesView } from '../../spec/sizes-samples.ts'
import { all, byText, FakeLink, one, paintable, press, readout, root, texts } from '../page.ts'
import { saved } from '../samples.ts'

beforeEach(paintable)

const draw = (spec: SizesView) => {
  const element = root()
  const view = render(spec, element, { live: new FakeLink() })
  return { element, view, frame: one(element, '.ls-frame') }
}
const slide = (e: Element, name: string, value: number) => {
  const input = one(e, `input[aria-label="${name}"]`) as HTMLInputElement
  input.value = String(value)
  input.dispatchEvent(new Event('input'))
}
const small = () => saved<SizesView>(sizes({ input: 7, window: 3, stride: 2, padding: 1 }))

describe('one axis', () => {
  test('cells, brackets, the formula', () => {
    const { element } = draw(small())
    expect(texts(element, '.ls-bracket')).toEqual(['0', '1', '2', '3'])
    expect(one(element, '.ls-size').textContent).toBe('( 7cells + 2 · 1padding − 3window ) / 2stride + 1  =  4') // prettier-ignore
    expect(one(element, '.ls-advice').textContent).toBe('Every cell is read; neighbouring windows overlap by 1.') // prettier-ignore
    expect(readout(element)).toBe('7 cells, room for 4 windows.')
    expect(all(element, '.ls-c-pad')).toHaveLength(2)
  })
  test('a slider that does not fit, and the button that mends it', () => {
    const { element } = draw(small())
    slide(element, 'input', 8)
    expect(one(element, '.ls-size').textContent).toContain('4.50 rounded down to 4')
    expect(readout(element)).toBe('8 cells, room for 4 windows; only padding is left over.')
    slide(element, 'padding', 0)
    expect(readout(element)).toBe('8 cells, room for 3 windows; 1 cell at the end never read.')
    expect(texts(element, '.ls-advice button')).toEqual(['window 4', 'input 9', 'stride 1'])
    byText(element, 'window 4').click()
    expect(one(element, '.ls-advice').textContent).toContain('Every cell is read; neighbouring windows overlap by 2.') // prettier-ignore
    slide(element, 'input', 7)
    slide(element, 'window', 1)
    slide(element, 'stride', 6)
    expect(one(element, '.ls-advice').textContent).toBe('The end fits, but 5 between each two windows are skipped.') // prettier-ignore
    slide(element, 'window', 11)
    expect(one(element, '.ls-advice').textContent).toContain('No window fits.')
    byText(element, 'reset').click()
    expect(readout(element)).toBe('7 cells, room for 4 windows.')
  })
  test('keys walk from window to window', () => {
    const { element, frame } = draw(small())
    const ruler = one(element, '.ls-axis')
    press(ruler, 'ArrowRight')
    expect(readout(element)).toBe('Output 1 reads cells 1 to 3.')
    press(ruler, 'End')
    expect(readout(element)).toBe('Output 3 reads cells 5 to 6 and 1 of padding.')
    press(frame, ',')
    expect(readout(element)).toBe('Output 2 reads cells 3 to 5.')
    press(frame, 'Escape')
    expect(readout(element)).toBe('7 cells, room for 4 windows.')
    slide(element, 'dilation', 2)
    press(ruler, 'Home')
    expect(readout(element)).toBe('Output 0 reads cells 1, 3 and 1 of padding.')
  })
})

describe('a chain', () => {
  test('sizes from step to step, the first misfit marked', () => {
    const { element, frame } = draw(sizesView())
    expect(texts(element, '.ls-cells')).toEqual(['224', '54', '26'])
    expect(texts(element, '.ls-hop')).toEqual(['conv1 1 over', 'pool1 1 over'])
    expect(all(element, '.ls-first')).toHaveLength(1)
    byText(element, 'input 227').click()
    expect(texts(element, '.ls-cells')).toEqual(['227', '55', '27'])
    expect(all(element, '.ls-hop.ls-broken')).toHaveLength(0)
    press(frame, ']')
    expect(readout(element)).toBe('pool1: 55 cells, room for 27 windows. In all 227 → 27.')
    // Only the first step's input can be another.
    slide(element, 'stride', 4)
    slide(element, 'window', 2)
    expect(texts(element, '.ls-advice button').some(t => t.startsWith('input'))).toBe(false)
    press(frame, 't')
    expect(texts(element, '.ls-table tr')).toHaveLength(3)
    expect(one(element, '.ls-ledger').textContent).toContain('(227 + 2·0 − 11) / 4 + 1 = 55')
  })
  test('the same numbers, said again, leave the reader where he is', () => {
    const { element, view } = draw(sizesView())
    slide(element, 'input', 227)
    view.update(sizesView())
    expect(texts(element, '.ls-cells')[0]).toBe('227')
  })
})

test.each<[string, (d: SizesView['data']) => void]>([
  ['no steps', d => (d.steps = [])],
  ['an input of a million', d => (d.input = 1e6)],
  ['a stride of 0', d => (d.steps[0].stride = 0)],
  ['a step that is not there', d => (d.step = 2)],
  ['half a window', d => (d.steps[0].window = 2.5)],
])('refused: %s', (_, bend) => {
  const spec = sizesView()
  bend(spec.data)
  expect(() => parseView(JSON.parse(JSON.stringify(spec)))).toThrow(SpecError)
})
