// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { parseView, type BubblesView } from '../../../src/spec/index.ts'
import {
  axis,
  nearest,
  radii,
  rounded,
  withBand,
} from '../../../widgets/renderers/bubbles/model.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { bubblesView } from '../../spec/bubbles-sample.ts'
import { all, byText, FakeLink, one, paintable, press, readout, root, texts } from '../page.ts'

beforeEach(() => paintable())

const draw = (spec: BubblesView = bubblesView(), link = new FakeLink()) => {
  const element = root()
  const view = render(parseView(JSON.parse(JSON.stringify(spec))), element, { live: link })
  return { element, view, link, plot: one(element, '.ls-bubbles-plot') }
}
const bands = (e: Element) => all(e, '.ls-end-of-band').map(i => (i as HTMLInputElement).value) // inputs, by their class

describe('points', () => {
  test('one circle for each that is known in both, the largest below; names; the key of areas', () => {
    const { element } = draw()
    const circles = all(element, '.ls-bubble').map(c => Number(c.getAttribute('r')))
    expect(circles).toEqual([...circles].sort((a, b) => b - a))
    expect(circles).toHaveLength(3)
    // Areas in proportion: 61 against 138 million.
    expect((circles[1] / circles[0]) ** 2).toBeCloseTo(61 / 138, 5)
    expect(texts(element, '.ls-bubble-name').sort()).toEqual(['a', 'b', 'd'])
    expect(all(element, '.ls-own')).toHaveLength(1)
    expect(all(element, '.ls-size-key')).toHaveLength(3)
    expect(one(element, '.ls-frontier').getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+H[\d.]+V[\d.]+$/)
  })
  test('by keyboard along x and y; Enter pins and tells the kernel; Esc lets go', () => {
    const link = new FakeLink('live')
    const { element, plot } = draw(bubblesView(), link)
    press(plot, 'ArrowRight')
    expect(readout(element)).toBe(
      'a: operations 0.700 GFLOPs, top-1 57 %, parameters 61 million. None of the others is as good in operations and top-1 at once.',
    )
    press(plot, 'ArrowRight')
    press(plot, 'ArrowRight')
    expect(readout(element)).toContain('d: operations 15 GFLOPs')
    expect(readout(element)).toContain('Beaten in operations and top-1 by b.')
    press(plot, 'ArrowUp')
    expect(readout(element)).toMatch(/^b:/)
    press(plot, 'Enter')
    expect(readout(element)).toMatch(/^Pinned: b:/)
    expect(link.sent).toEqual([{ name: 'pin', payload: { index: [1] } }])
    expect(all(element, '.ls-bubble-name.ls-pinned').map(e => e.textContent).sort()).toEqual(['b', 'd']) // prettier-ignore
    press(plot, 'Escape')
    expect(readout(element)).toContain('top-1 of 4 networks')
  })
  test('t: the table with who is beaten by how many', () => {
    const { element, plot } = draw()
    press(plot, 't')
    const cells = all(one(element, '.ls-table'), 'tr').map(r => r.textContent)
    expect(cells).toHaveLength(5)
    expect(cells[4]).toBe('dold15741381')
  })
})

describe('bands', () => {
  test('a claim selects, counts, says the spread; again lets go', () => {
    const { element } = draw()
    const claim = byText(element, '10 to 15 GFLOPs')
    claim.click()
    expect(claim.getAttribute('aria-pressed')).toBe('true')
    expect(readout(element)).toContain('operations 10 to 15 GFLOPs: 2 of 4 networks')
    expect(bands(element)).toEqual(['10', '15', '', ''])
    expect(all(element, '.ls-bubble.ls-off')).toHaveLength(2)
    expect(all(element, '.ls-band-edge')).toHaveLength(1)
    expect(texts(one(element, '.ls-inner'), 'th[scope=row]')).toEqual(['d'])
    claim.click()
    expect(claim.getAttribute('aria-pressed')).toBe('false')
    expect(all(element, '.ls-band')).toHaveLength(0)
  })
  test('a claim brings its measure to an axis', () => {
    const { element } = draw()
    byText(element, 'small').click()
    expect(texts(element, '.ls-heading')).toEqual(['top-1 %', 'parameters million'])
    expect(readout(element)).toContain('parameters at most 25 million: 1 of 4 networks')
  })
  test('a band that is typed; zoom; none', () => {
    const { element } = draw()
    const [from] = all(element, '.ls-end-of-band') as HTMLInputElement[] // inputs, by their class
    from.value = '4'
    from.dispatchEvent(new Event('change'))
    expect(readout(element)).toContain('operations at least 4 GFLOPs: 3 of 4 networks')
    expect(all(element, '.ls-bubble')).toHaveLength(3)
    byText(element, 'zoom to it').click()
    expect(all(element, '.ls-bubble')).toHaveLength(2)
    byText(element, 'no band').click()
    expect(all(element, '.ls-bubble')).toHaveLength(3)
    expect((byText(element, 'zoom to it') as HTMLButtonElement).disabled).toBe(true)
  })
  test('one family alone; axes; the reader’s choices outlast a state of the kernel', () => {
    const { element, view } = draw()
    byText(element, 'new').click()
    // b, and the reader's own.
    expect(all(element, '.ls-bubble')).toHaveLength(2)
    byText(element, 'even').click()
    byText(element, '10 to 15 GFLOPs').click()
    view.update(parseView(JSON.parse(JSON.stringify(bubblesView()))))
    expect(all(element, '.ls-bubble')).toHaveLength(2)
    expect(bands(element)).toEqual(['10', '15', '', ''])
    expect(byText(element, 'even').getAttribute('aria-checked')).toBe('true')
    // Fewer points than before: a fresh start, no error.
    const few = bubblesView()
    few.data.names = ['a']
    few.data.groups = null
    few.data.own = few.data.named = []
    few.data.measures.forEach(m => (m.values = m.values.slice(0, 1)))
    few.data.x = [1]
    few.data.y = [0]
    view.update(parseView(JSON.parse(JSON.stringify(few))))
    expect(all(element, '.ls-bubble')).toHaveLength(1)
    expect(element.querySelector('.ls-failed')).toBeNull()
  })
})

describe('where points stand', () => {
  test('axes even and by powers of ten, and back', () => {
    for (const log of [false, true]) {
      const a = axis(1, 100, log, 0, 100, 5)
      expect(a.back(a.at(7))).toBeCloseTo(7, 9)
      expect(a.at(1)).toBeGreaterThan(0)
      expect(a.at(100)).toBeLessThan(100)
    }
    expect(axis(1, 100, true, 0, 100, 5).at(10)).toBeCloseTo(50, 9)
    // One value alone, and one that has no logarithm.
    expect(Number.isFinite(axis(3, 3, true, 0, 100, 5).at(3))).toBe(true)
    expect(Number.isFinite(axis(0, 0, true, 0, 100, 5).at(0))).toBe(true)
  })
  test('the smaller of two that are pointed into; none far away', () => {
    const marks = [{ n: 0, x: 50, y: 50, r: 30 }, { n: 1, x: 60, y: 50, r: 5 }] // prettier-ignore
    expect(nearest(marks, 61, 51)?.n).toBe(1)
    expect(nearest(marks, 30, 50)?.n).toBe(0)
    expect(nearest(marks, 200, 50)).toBeNull()
  })
  test('areas; nothing known or nothing there', () => {
    const { data } = bubblesView()
    expect(radii({ ...data, size: null }, 30)).toEqual([5, 5, 5, 5])
    data.measures[2].values = [0, 0, null, -1]
    expect(radii(data, 30)).toEqual([5, 5, 5, 5])
  })
  test('bands: the other way round, open, none', () => {
    expect(withBand([], 0, 9, 3)).toEqual([{ measure: 0, from: 3, to: 9 }])
    expect(withBand([{ measure: 0, from: 1, to: 2 }], 0, null, null)).toEqual([])
    expect(rounded(12.3456)).toBe(12.3)
  })
})
