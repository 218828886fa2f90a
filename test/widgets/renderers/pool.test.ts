// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import {
  avgPool2d,
  grad,
  manualSeed,
  maxPool1d,
  maxPool2d,
  randn,
  tensor,
  trace,
} from '../../../src/index.ts'
import { parseView, SpecError, type PoolView } from '../../../src/spec/index.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { PoolModel } from '../../../widgets/renderers/pool/model.ts'
import { poolView } from '../../spec/pool-samples.ts'
import { all, byText, FakeLink, hover, one, paintable, press, readout, root, texts } from '../page.ts' // prettier-ignore
import { saved } from '../samples.ts'

beforeEach(paintable)

const draw = (spec: PoolView, link = new FakeLink()) => {
  const element = root()
  const view = render(spec, element, { live: link })
  return { element, view, link, frame: one(element, '.ls-frame') }
}
const typeInto = (e: Element, name: string, text: string) => {
  const input = one(e, `input[aria-label="${name}"]`) as HTMLInputElement
  input.value = text
  input.dispatchEvent(new Event('change'))
}
const backward = (e: Element) =>
  all(e, '.ls-half')[1]
    ? all(all(e, '.ls-half')[1], '.ls-grid')[0].querySelectorAll('td:not(.ls-pad)')
    : []
const numbersOf = (cells: Iterable<Element>) =>
  [...cells].map(td => td.firstChild?.textContent?.replace('−', '-')).map(Number)
const dots = (e: Element) => all(e, '.ls-half:first-child td.ls-switch').length

describe('the model', () => {
  const cases = [
    { shape: [1, 4, 4], kernel: 2, options: {} },
    { shape: [2, 7, 6], kernel: [3, 2], options: { stride: [2, 1], padding: [1, 0] } },
    { shape: [2, 8, 8], kernel: 3, options: { stride: 2, padding: 1, ceilMode: true } },
    { shape: [1, 9, 9], kernel: 2, options: { stride: 3, dilation: 3 } },
  ] as const
  test.each(cases)('agrees with the library: $shape, $kernel, $options', c => {
    manualSeed(4)
    for (const mode of ['max', 'mean'] as const) {
      if (mode === 'mean' && 'dilation' in c.options) continue
      const x = randn([...c.shape]).requiresGrad_(true)
      const f = () =>
        mode === 'max' ? maxPool2d(x, c.kernel, c.options) : avgPool2d(x, c.kernel, c.options)
      const y = f()
      const g = randn(y.shape)
      const model = new PoolModel(saved<PoolView>(trace(f), { backward: g }))
      const [gx] = grad(y, [x], g)
      const values = y.toTypedArray()
      expect(model.y).toHaveLength(values.length)
      Array.from(model.y).forEach((v, n) => expect(v).toBeCloseTo(Number(values[n]), 5))
      const gradients = gx.toTypedArray()
      Array.from(model.gx ?? []).forEach((v, n) => expect(v).toBeCloseTo(Number(gradients[n]), 5))
      expect(model.gx).toHaveLength(gradients.length)
    }
  })
  test('readers are the windows that hold a cell', () => {
    const x = randn([1, 8, 7])
    const model = new PoolModel(saved(trace(() => maxPool2d(x, 3, { stride: 2, padding: 1 }))))
    for (let r = 0; r < 8; r++)
      for (let s = 0; s < 7; s++) {
        const found: string[] = []
        for (let i = 0; i < model.rows; i++)
          for (let j = 0; j < model.columns; j++)
            if (model.window(i, j).some(([a, b]) => a === r && b === s)) found.push(`${i},${j}`)
        expect(model.readers(r, s).map(String).sort()).toEqual(found.sort())
      }
  })
  test('of equals the first wins, NaN before all', () => {
    const of = (row: number[]) =>
      new PoolModel(saved(trace(() => maxPool1d(tensor([row]), row.length))))
    expect(of([2, 7, 7]).winner([0, 0, 0])).toEqual([0, 1])
    expect(of([2, 7, 7]).tie([0, 0, 0])).toBe(true)
    expect(of([2, NaN, 7]).winner([0, 0, 0])).toEqual([0, 1])
    expect(of([-3, -Infinity]).winner([0, 0, 0])).toEqual([0, 0])
  })
})

describe('the sheet', () => {
  test('forward and backward, a dot on every switch, the guess that differs', () => {
    const { element } = draw(poolView())
    expect(texts(element, '.ls-out button')).toEqual(['6', '8', '3', '4'])
    expect(dots(element)).toBe(4)
    expect(numbersOf(backward(element))).toEqual([0, 0, 0, 0, 0, 1, 0, -2, 3, 0, 0, 0, 0, 0, 0, 2])
    expect(readout(element)).toBe(
      'y[0, 0]: of 1, 1, 5, 6 the largest is 6, x[1, 1] (dot): switch 5. Going back, it gets the gradient 1; the others of this window get 0 from it.',
    )
    expect(texts(element, 'td.ls-differs small')).toEqual(['≠ 2'])
    expect(one(element, '.ls-verdict').textContent).toMatch(/^14 of 15 cells of the gradient of x/)
  })
  test('typing a tie into x: the first wins, and it is said', () => {
    const { element } = draw(poolView())
    typeInto(element, 'x[0, 0]', '6')
    expect(readout(element)).toContain('x[0, 0] (dot): switch 0. Several are as large')
    expect(numbersOf(backward(element)).slice(0, 6)).toEqual([1, 0, 0, 0, 0, 0])
    byText(element, 'reset numbers').click()
    expect(readout(element)).toContain('x[1, 1] (dot): switch 5')
  })
  test('typing into the gradient', () => {
    const { element } = draw(poolView())
    typeInto(element, 'gradient of y[1, 1]', '−7,5')
    expect(numbersOf(backward(element))[15]).toBe(-7.5)
  })
  test('the ruler, keys and clicks move the window', () => {
    const { element, frame, link } = draw(poolView(), new FakeLink('live'))
    press(frame, '.')
    expect(readout(element)).toContain('y[0, 1]: of 2, 4, 7, 8 the largest is 8')
    press(one(element, '[role=slider]'), 'End')
    expect(readout(element)).toContain('y[1, 1]')
    expect(one(element, '[role=slider]').getAttribute('aria-valuetext')).toBe('y[1, 1]')
    all(element, '.ls-out button')[2].click()
    expect(readout(element)).toContain('y[1, 0]')
    expect(link.sent).toEqual([{ name: 'pin', payload: { index: [0, 1, 0] } }])
    const cells = all(element, '.ls-out button')
    cells[2].focus()
    press(cells[2], 'ArrowRight')
    expect(document.activeElement).toBe(cells[3])
  })
  test('a cell of x says who reads it, what it wins and what comes back', () => {
    const { element } = draw(poolView())
    hover(one(element, 'input[aria-label="x[1, 3]"]').closest('td') as Element)
    expect(readout(element)).toBe('x[1, 3] is 8, read by 1 window and wins 1; its gradient is −2.')
    hover(one(element, 'input[aria-label="x[0, 0]"]').closest('td') as Element)
    expect(readout(element)).toContain('wins none; its gradient is 0.')
  })
  test('overlapping windows add up at a winner', () => {
    const x = tensor([[0.1, 1, 0.2, 0.1]])
    const f = () => maxPool1d(x, 3, { stride: 1, padding: 1 })
    const { element } = draw(saved(trace(f), { backward: [1, 2, -1, 1] }))
    expect(numbersOf(backward(element))).toEqual([0, 2, 1, 0])
    expect(readout(element)).toContain('it wins 3 windows and collects 2 in all.')
    hover(all(element, 'td.ls-pad')[0])
    expect(readout(element)).toContain('it counts as −∞')
  })
  test('mean: shared, and the way back can be switched off and on', () => {
    const { element, frame } = draw(poolView())
    byText(element, 'mean').click()
    expect(texts(element, '.ls-out button')).toEqual(['3.25', '5.25', '2', '2'])
    expect(numbersOf(backward(element)).slice(0, 4)).toEqual([0.25, 0.25, -0.5, -0.5])
    expect(readout(element)).toContain('each of the 4 gets 0.25, 1/4 of the gradient 1.')
    byText(element, 'forward only').click()
    expect(all(element, '.ls-half')).toHaveLength(1)
    byText(element, 'and back').click()
    expect(numbersOf(backward(element))).toEqual(new Array(16).fill(0.25))
    expect(one(frame, '.ls-list').textContent).toContain('= mean{1, 1, 5, 6}')
  })
  test('channels, the list and the table', () => {
    manualSeed(1)
    const { element, frame } = draw(saved(trace(() => maxPool2d(randn([3, 4, 4]), 2))))
    expect(readout(element)).toContain('y[0, 0, 0]')
    press(frame, ']')
    expect(readout(element)).toContain('y[1, 0, 0]')
    byText(element, '2').click()
    expect(readout(element)).toContain('y[2, 0, 0]')
    press(frame, ']')
    expect(readout(element)).toContain('y[2, 0, 0]')
    byText(element, 'y[2, 1, 1]').click()
    expect(readout(element)).toContain('y[2, 1, 1]')
    press(frame, 't')
    expect(texts(element, '.ls-table caption')).toEqual(['x', 'y'])
    expect(all(element, '.ls-table table:last-child td')).toHaveLength(4)
  })
  test('a large map shows the part round the window', () => {
    const { element } = draw(saved(trace(() => maxPool2d(randn([1, 40, 40]), 2))))
    expect(all(element, '.ls-half .ls-grid')[0].querySelectorAll('td')).toHaveLength(144)
    press(one(element, '[role=slider]'), 'End')
    expect(readout(element)).toContain('y[0, 19, 19]')
    expect(one(element, 'input[aria-label="x[0, 39, 39]"]')).toBeTruthy()
  })
  test('the kernel repeating itself does not undo what was typed', () => {
    const { element, view } = draw(poolView())
    typeInto(element, 'x[0, 0]', '9')
    view.update(poolView())
    expect(readout(element)).toContain('the largest is 9')
  })
})

test.each<[string, (d: PoolView['data']) => void]>([
  ['an output of another size', d => (d.stride = [1, 1])],
  ['a window larger than x', d => (d.kernel = [9, 9])],
  ['padding of more than half a window', d => (d.padding = [2, 2])],
  ['means with switches', d => (d.mode = 'mean')],
  ['switches that are bytes', d => Object.assign(d.switches!, { encoding: 'u8', data: btoa('\0\0\0\0') })], // prettier-ignore
  ['a gradient of another shape', d => (d.gradient = d.x)],
  ['a cell outside', d => (d.at = [0, 2, 0])],
  ['a row that is none', d => (d.row = true)],
  ['values to compare of the other shape', d => (d.compare!.of = 'y')],
  ['a stride of 1e9', d => (d.stride = [1e9, 1])],
])('refused: %s', (_, bend) => {
  const spec = poolView()
  bend(spec.data)
  expect(() => parseView(JSON.parse(JSON.stringify(spec)))).toThrow(SpecError)
})
