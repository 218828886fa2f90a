// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { parseView, type ViewSpec } from '../../../src/spec/index.ts'
import { limitsOf } from '../../../widgets/renderers/chart/chart.ts'
import { Counts, orderOf } from '../../../widgets/renderers/confusion/model.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { chartView, confusionView, tableView } from '../../spec/chart-samples.ts'
import { all, byText, FakeLink, hover, Leftovers, one, paintable, press, readout, root, settle, texts } from '../page.ts' // prettier-ignore

beforeEach(() => paintable())

const draw = (spec: ViewSpec, link = new FakeLink()) => {
  const element = root()
  const view = render(parseView(JSON.parse(JSON.stringify(spec))), element, { live: link })
  return { element, view, frame: one(element, '.ls-frame') }
}

describe('curves', () => {
  test('axes, direct labels with the last value, bands, a level, a reference', () => {
    const { element } = draw(chartView())
    expect(texts(element, '.ls-heading')).toEqual(['distance', 'probability'])
    expect(texts(element, '.ls-end')).toEqual(['conv 75.0 %', 'fc 100.0 %'].sort().reverse())
    expect(all(element, '.ls-error-band')).toHaveLength(1)
    expect(all(element, '.ls-reference')).toHaveLength(1)
    expect(element.textContent).toContain('half')
    expect(readout(element)).toBe('conv moves most at 2.')
    expect(all(element, '.ls-under-axis figure')).toHaveLength(3)
  })
  test('by keyboard from place to place; gaps are said; Esc lets go', () => {
    const { element } = draw(chartView())
    const plot = one(element, '.ls-chart-plot')
    press(plot, 'ArrowRight')
    expect(readout(element)).toBe('pixels to the right −1, conv 50.0 % ± 10.0 %, fc 25.0 %.')
    press(plot, 'ArrowRight')
    expect(readout(element)).toBe('pixels to the right 0, conv 0.0 %, fc not measured.')
    expect(all(element, '.ls-under-axis .ls-mark')).toHaveLength(1)
    press(plot, 'End')
    press(plot, 'Enter')
    expect(readout(element)).toMatch(/^pixels to the right 2,/)
    press(plot, 'Escape')
    expect(readout(element)).toBe('conv moves most at 2.')
    press(plot, 't')
    expect(texts(one(element, '.ls-table'), 'tr').length).toBe(4)
  })
  test('limits: those of the panel, or of what was measured', () => {
    const [panel] = chartView().data.panels
    expect(limitsOf(panel, false)).toEqual([0, 1])
    const [lo, hi] = limitsOf(panel, true)
    expect([lo < 0, hi > 1, hi < 1.1]).toEqual([true, true, true])
    expect(limitsOf({ ...panel, limits: null, series: [] }, false)).toEqual([0, 1])
    const huge = { name: '', values: [-1e308, 1e308], errors: null, reference: false }
    expect(limitsOf({ ...panel, limits: null, series: [huge] }, false)).toEqual([0, 1])
  })
})

describe('a table with error bars', () => {
  test('each row its marks and numbers, errors with the decimals of their value', () => {
    const { element } = draw(tableView())
    expect(texts(element, '.ls-row-label')).toEqual(['eye', 'random'])
    expect(texts(element, '.ls-value')).toEqual([
      'conv5 0.0667 ± 0.0040',
      'conv7 0.0690',
      'conv5 0.107 ± 0.017',
    ])
    expect(all(element, '.ls-whisker')).toHaveLength(2)
    expect(element.textContent).toContain('not measured')
    press(one(element, '.ls-chart-plot'), 'ArrowDown')
    expect(readout(element)).toBe('eye, conv5 0.0667 ± 0.0040, conv7 0.0690.')
    expect(all(element, '.ls-beside figure')).toHaveLength(1)
  })
})

describe('the order of classes', () => {
  // 0 and 3 are mixed up, 1 and 2 are.
  const counts = new Counts([5, 0, 0, 4, 0, 5, 3, 1, 0, 3, 5, 0, 4, 0, 0, 5], 4)
  test('similar ones stand together', () => {
    const order = orderOf(counts, [...'abcd'], 'similar')
    expect([...order].sort()).toEqual([0, 1, 2, 3])
    const next = (a: number, b: number) => Math.abs(order.indexOf(a) - order.indexOf(b))
    expect([next(0, 3), next(1, 2)]).toEqual([1, 1])
  })
  test('by name', () => expect(orderOf(counts, ['d', 'a', 'c', 'b'], 'name')).toEqual([1, 3, 2, 0]))
  test('recall, precision, largest mistake', () => {
    expect(counts.recall(0)).toBe(5 / 9)
    expect(counts.precision(1)).toBe(5 / 8)
    expect(counts.largestMistake).toEqual([0, 3])
    expect(new Counts([0, 0, 0, 1], 2).recall(0)).toBeNull()
    expect(new Counts([1, 0, 0, 1], 2).largestMistake).toBeNull()
  })
})

describe('confusion', () => {
  const cells = (e: Element) => all(e, '.ls-cell')
  test('begins at the largest mistake, with its images', () => {
    const { element } = draw(confusionView())
    expect(readout(element)).toBe('4 of 10 cat images are taken for dog; the other way round it is 2.') // prettier-ignore
    expect(texts(element, '.ls-recall')).toEqual(['recall', '60 %', '90 %', '80 %'])
    expect(one(element, '.ls-confusion-side h3').textContent).toBe('cat taken for dog, the surest first2 of 4') // prettier-ignore
    expect(texts(element, '.ls-examples figcaption')).toEqual(['7: 90 %', '3: 80 %'])
    expect(cells(element).filter(c => c.classList.contains('ls-diagonal'))).toHaveLength(3)
  })
  test('by keyboard: arrows move, Enter pins, s takes the diagonal in, Esc shows the surest of all', () => {
    const { element, frame } = draw(confusionView())
    cells(element)[2].focus()
    press(cells(element)[2], 'ArrowDown')
    press(cells(element)[5], 'ArrowLeft')
    expect(document.activeElement).toBe(cells(element)[4])
    cells(element)[4].click()
    expect(readout(element)).toBe('bus: 9 of 10 recognised, 90.0 %.')
    expect(one(element, '.ls-confusion-side').textContent).toContain(
      'with a kernel, any cell opens',
    )
    press(frame, 's')
    expect(cells(element).some(c => c.classList.contains('ls-diagonal'))).toBe(false)
    press(frame, 'Escape')
    expect(readout(element)).toMatch(/^7 mistakes in all/)
    expect(texts(element, '.ls-examples figcaption')).toEqual(['dog → cat 95 %', 'cat → dog 90 %'])
    press(all(element, '.ls-examples .ls-tile')[0], 'Enter')
    expect(readout(element)).toBe('Image 5: dog taken for cat with 95.0 %. trace(net, set.at(5)) opens it in the feature-map explorer.') // prettier-ignore
  })
  test('live: a cell that was not saved comes from the kernel', async () => {
    const link = new FakeLink('live')
    const { cell: _, ...answer } = confusionView().data.examples[0]
    link.answer = name => (name === 'explain' ? { ...answer, images: [40, 41] } : null)
    const { element } = draw(confusionView(), link)
    hover(cells(element)[3])
    expect(readout(element)).toBe('1 of 10 bus images are taken for cat; the other way round it is 0.') // prettier-ignore
    cells(element)[3].click()
    expect(link.sent).toEqual([
      { name: 'pin', payload: { index: [1, 0] } },
      { name: 'explain', payload: { index: [1, 0] } },
    ])
    await settle()
    expect(texts(element, '.ls-examples figcaption')).toEqual(['40: 90 %', '41: 80 %'])
  })
  test('a hostile answer of the kernel changes nothing', async () => {
    const link = new FakeLink('live')
    link.answer = () => ({ images: [1], probability: [1], pixels: { encoding: 'u8', shape: [1, 1, 60_000, 60_000], data: 'AAAA' } }) // prettier-ignore
    const { element } = draw(confusionView(), link)
    cells(element)[3].click()
    await settle()
    expect(all(element, '.ls-examples')).toHaveLength(0)
    expect(readout(element)).toMatch(/^1 of 10 bus/)
    expect(one(element, '.ls-confusion-side').textContent).toContain(
      'did not come: reply.pixels: shape',
    )
  })
  test('a hundred classes are one picture', () => {
    const spec = confusionView()
    const K = 100
    spec.data = { labels: Array.from({ length: K }, (_, i) => `c${i}`), counts: { encoding: 'u8', shape: [K, K], lo: 0, hi: 255, data: btoa('\x01'.repeat(K * K)) }, examples: [], mistakes: null } // prettier-ignore
    const { element } = draw(spec)
    expect(cells(element)).toHaveLength(0)
    press(one(element, '.ls-confusion .ls-tile'), 'ArrowRight')
    expect(readout(element)).toContain('1 of 100 c0 images are taken for c1')
  })
  test('other order, another state: the pin stays', () => {
    const { element, view } = draw(confusionView())
    byText(element, 'by name').click()
    expect(texts(element, '.ls-class-name')).toEqual(['bus', 'cat', 'dog'])
    cells(element)[0].click()
    view.update(parseView(JSON.parse(JSON.stringify(confusionView()))))
    expect(readout(element)).toBe('bus: 9 of 10 recognised, 90.0 %.')
    expect(texts(element, '.ls-class-name')).toEqual(['bus', 'cat', 'dog'])
  })
  test('leaves nothing behind', () => {
    for (const spec of [confusionView(), chartView()]) {
      const left = new Leftovers()
      const { view } = draw(spec)
      view.dispose()
      expect(left.total).toBe(0)
    }
  })
})
