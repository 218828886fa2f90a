// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { crossEntropy, grad, softmax as op, randn, tensor, trace } from '../../../src/index.ts'
import { parseView, SpecError, type SoftmaxView } from '../../../src/spec/index.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { loss, softmax } from '../../../widgets/renderers/softmax/model.ts'
import { softmaxView } from '../../spec/softmax-samples.ts'
import { all, byText, FakeLink, hover, one, paintable, press, readout, root, texts } from '../page.ts' // prettier-ignore
import { saved } from '../samples.ts'

beforeEach(paintable)

const draw = (spec: SoftmaxView, link = new FakeLink()) => {
  const element = root()
  const view = render(spec, element, { live: link })
  return { element, view, link, frame: one(element, '.ls-frame') }
}
const slide = (e: Element, label: string, value: number) => {
  const input = one(e, `input[aria-label="${label}"]`) as HTMLInputElement
  input.value = String(value)
  input.dispatchEvent(new Event('input'))
}
/** Cells of a column of figures: per line naive, stable, p, (yours), gradient. */
const column = (e: Element, n: number, width: number) =>
  texts(e, '.ls-softmax .ls-figure').filter((_, i) => i % width === n)

describe('the numbers', () => {
  test.each([1, 0.5, 4])('are those of the library, temperature %s', T => {
    const x = randn([7]).mul(5)
    const numbers = Array.from(x.toTypedArray(), Number)
    const s = softmax(numbers, T, 'stable', 'float32')
    const p = op(x.div(T)).toTypedArray()
    s.p.forEach((v, k) => expect(v).toBeCloseTo(Number(p[k]), 6))
    const y = tensor(3, { dtype: 'int32' })
    expect(loss(s, numbers, T, 3)).toBeCloseTo(crossEntropy(x.div(T), y).item(), 5)
  })
  test('the naive way breaks where the dtype ends', () => {
    expect(softmax([89, 0], 1, 'naive', 'float32').p[0]).toBeNaN()
    expect(softmax([89, 0], 1, 'naive', 'float64').p[0]).toBeCloseTo(1)
    expect(softmax([710, 0], 1, 'naive', 'float64').p[0]).toBeNaN()
    expect(softmax([-1000, -1001], 1, 'naive', 'float64').p[0]).toBeNaN()
    expect(softmax([1000, 1001], 1, 'stable', 'float32').p[1]).toBeCloseTo(0.7311, 4)
  })
})

describe('the view', () => {
  test('a line a class, sums, and the loss of the right one', () => {
    const { element } = draw(softmaxView())
    expect(texts(element, 'button.ls-named')).toEqual(['coat', 'shirt', 'dress'])
    expect(column(element, 2, 5).slice(0, 3)).toEqual(['0.090', '0.245', '0.665'])
    expect(readout(element)).toBe(
      'dress leads shirt by 1.0; only differences count: it is 2.7 times as likely.',
    )
    expect(one(element, '.ls-loss').textContent).toContain('cross-entropy of shirt = −log 0.245 = 1.408') // prettier-ignore
    expect(one(element, '.ls-loss').textContent).toContain('log 3 = 1.099')
    expect(one(element, '.ls-ledger').textContent).toContain('e^(3.0 − 3.0) / 1.503 = 1.000 / 1.503 = 0.665') // prettier-ignore
  })
  test('the gradient is that of the library', () => {
    const { element } = draw(softmaxView())
    const x = tensor([1, 2, 3], { requiresGrad: true })
    const [g] = grad(crossEntropy(x, tensor(1, { dtype: 'int32' })), [x])
    const shown = column(element, 4, 5).slice(0, 3).map(t => Number(t.replace('−', '-'))) // prettier-ignore
    g.toTypedArray().forEach((v, k) => expect(shown[k]).toBeCloseTo(Number(v), 3))
    expect(all(element, '.ls-push i').map(i => i.className)).toEqual(['ls-plus', 'ls-minus', 'ls-plus']) // prettier-ignore
  })
  test('moving a logit changes all probabilities', () => {
    const { element } = draw(softmaxView())
    slide(element, 'logit of coat', 6)
    expect(readout(element)).toMatch(/^coat now has 93.6 %/)
    const typed = one(element, 'input[aria-label="logit of coat as a number"]') as HTMLInputElement
    expect(typed.value).toBe('6.0')
    typed.value = '−2,5'
    typed.dispatchEvent(new Event('change'))
    expect(readout(element)).toMatch(/^coat now has 0.3 %/)
    typed.value = 'x'
    typed.dispatchEvent(new Event('change'))
    expect(typed.value).toBe('−2.5')
    byText(element, 'reset').click()
    expect(readout(element)).toMatch(/^dress leads shirt by 1.0/)
  })
  test('adding 1000 changes nothing, unless one computes naively', () => {
    const { element } = draw(softmaxView())
    const before = column(element, 2, 5)
    byText(element, '+1000').click()
    expect(column(element, 2, 5)).toEqual(before)
    byText(element, 'naive').click()
    expect(readout(element)).toContain('∞ ÷ ∞ is not a number. e to the 1003 does not fit into a float32.') // prettier-ignore
    expect(column(element, 2, 5)[0]).toBe('NaN')
    byText(element, '−1000').click()
    expect(readout(element)).toContain('0 ÷ 0 is not a number.')
    byText(element, 'maximum subtracted').click()
    expect(column(element, 2, 5)).toEqual(before)
  })
  test('temperature', () => {
    const { element } = draw(softmaxView())
    slide(element, 'temperature', 1)
    expect(readout(element)).toContain(
      'divided by T = 10.0; only differences count: it is 1.1 times',
    )
    slide(element, 'temperature', -1)
    expect(readout(element)).toContain('it is 22026.5 times')
    expect(one(element, '.ls-ledger').textContent).toContain('e^((3.0 − 3.0) / 0.10)')
  })
  test('clicking a class makes it the right one, again lets go', () => {
    const { element, frame, link } = draw(softmaxView(), new FakeLink('live'))
    byText(element, 'coat').click()
    expect(one(element, '.ls-loss').textContent).toContain('cross-entropy of coat')
    expect(link.sent).toEqual([{ name: 'pin', payload: { index: [0, 0] } }])
    byText(element, 'coat').click()
    expect(one(element, '.ls-loss').hidden).toBe(true)
    byText(element, 'dress').click()
    press(frame, 'Escape')
    expect(one(element, '.ls-loss').hidden).toBe(true)
    hover(byText(element, 'shirt'))
    expect(readout(element)).toBe(
      'shirt: 0.368 / 1.503 = 0.245. Click its name to make it the right class.',
    )
  })
  test('rows, and the function that fails in one', () => {
    const { element, frame } = draw(softmaxView())
    expect(one(element, '.ls-verdict').textContent).toBe('3 of 5 probabilities agree with your function; row 1 differs.') // prettier-ignore
    press(frame, ']')
    expect(texts(element, '.ls-figure.ls-broken')).toContain('≠ NaN')
    press(frame, ']')
    expect(one(element, '.ls-from').textContent).toContain('row 1 of 2')
    press(frame, 't')
    expect(all(element, '.ls-table tr')).toHaveLength(4)
  })
  test('of many classes the likeliest, and the others in one line', () => {
    const x = randn([1, 300])
    const { element } = draw(saved(trace(() => op(x))))
    expect(all(element, 'button.ls-named')).toHaveLength(10)
    expect(one(element, '.ls-softmax').textContent).toContain('the other 290 classes')
  })
  test('the kernel repeating itself does not undo what was moved', () => {
    const { element, view } = draw(softmaxView())
    slide(element, 'logit of coat', 9)
    view.update(softmaxView())
    expect((one(element, 'input[aria-label="logit of coat"]') as HTMLInputElement).value).toBe('9')
  })
})

test.each<[string, (d: SoftmaxView['data']) => void]>([
  ['labels of another count', d => (d.labels = ['a'])],
  ['a class that is not there', d => (d.targets = [3, null])],
  ['a row that is not there', d => (d.row = 2)],
  ['a temperature of 0', d => (d.temperature = 0)],
  ['a comparison of another shape', d => (d.compare!.given = { ...d.logits, shape: [3, 2] })],
  ['another dtype', d => Object.assign(d, { dtype: 'float16' })],
])('refused: %s', (_, bend) => {
  const spec = softmaxView()
  bend(spec.data)
  expect(() => parseView(JSON.parse(JSON.stringify(spec)))).toThrow(SpecError)
})
