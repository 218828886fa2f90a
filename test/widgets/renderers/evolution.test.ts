// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { parseView, type EvolutionView } from '../../../src/spec/index.ts'
import { columnOf } from '../../../widgets/renderers/evolution/plot.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { evolutionView } from '../../spec/evolution-sample.ts'
import { all, byText, FakeLink, Leftovers, one, paintable, press, readout, root, texts } from '../page.ts' // prettier-ignore

beforeEach(() => paintable())

const draw = (spec: EvolutionView = evolutionView()) => {
  const element = root()
  const view = render(parseView(JSON.parse(JSON.stringify(spec))), element, { live: new FakeLink() }) // prettier-ignore
  return { element, view, frame: one(element, '.ls-frame') }
}
const disabled = (e: Element, name: string) => (byText(e, name) as HTMLButtonElement).disabled

test('an epoch stands between the columns with pictures', () => {
  const data = evolutionView().data
  expect([0, 1, 2, 3, 4, 9].map(e => columnOf(data, e))).toEqual([0, 0.5, 1, 1.5, 2, 2])
})

describe('the view', () => {
  test('begins at the last epoch of the last layer', () => {
    const { element } = draw()
    expect(one(element, '.ls-title').textContent).toContain('epoch 4 of 4')
    expect(one(element, '.ls-title').textContent).toContain('test accuracy here 75.0 %')
    expect(one(element, '.ls-title').textContent).toContain('3 of 4 snapshots have pictures')
    expect(texts(element, '.ls-answer p')).toEqual(evolutionView().data.verdict)
    expect(all(element, '.ls-strip')).toHaveLength(1)
    expect(readout(element)).toMatch(/^deep · 0, epoch 4: the winning image changed here\. It fires most for image 0 \(boot\)/) // prettier-ignore
  })
  test('layers, units and epochs by keyboard; leaps between changes of the winner', () => {
    const { element, frame } = draw()
    press(frame, 'PageUp')
    expect(texts(element, '.ls-row-name b').slice(-2)).toEqual(['conv · 2', 'conv · 5'])
    expect(readout(element)).toBe(
      'conv · 2, epoch 4: It fires most for image 7 (bag), with 8. Its winner changed 1 time over the run (triangles); a jump in the picture there is a new image, not a new filter.',
    )
    expect(texts(element, '.ls-close figcaption')).toEqual([
      'projection of conv · 2, ±4',
      'what it saw: 2×2 of image 7 (bag)',
    ])
    expect(disabled(element, 'next change of winner')).toBe(true)
    byText(element, 'previous change of winner').click()
    expect(one(element, '.ls-ruler').getAttribute('aria-valuetext')).toBe('epoch 2, winner changed')
    press(frame, ',')
    expect(readout(element)).toContain('epoch 0: It fires most for image 4 (boot), with 2.')
    expect(disabled(element, 'previous change of winner')).toBe(true)
    press(frame, ']')
    expect(readout(element)).toContain('conv · 5, epoch 0')
    expect(readout(element)).toContain('Its winner never changed')
    press(frame, 'End')
    expect(one(element, '.ls-ruler').getAttribute('aria-valuenow')).toBe('2')
  })
  test('filters of the epoch on one scale; a weight says its whole way', () => {
    const { element } = draw()
    const tile = all(element, '.ls-filter-tiles .ls-tile')[1]
    press(tile, 'ArrowRight')
    const weight = (t: number) => (-1 + (2 * (8 * t + 4 + 1)) / 31).toFixed(3).replace('-', '−')
    expect(readout(element)).toBe(
      `conv filter 1, row 0, column 1 is ${weight(3)} at epoch 4; it began at ${weight(0)} and ends at ${weight(3)}.`,
    )
  })
  test('a pixel of the projection beside the pixel it saw, with its true size', () => {
    const { element, frame } = draw()
    press(frame, 'PageUp')
    press(all(element, '.ls-close .ls-tile')[0], 'ArrowRight')
    // Ninth of twelve steps from −1 to 1, times ±4.
    expect(readout(element)).toBe('Row 0, column 1: pixel 0.71, projection 2.55: a brighter pixel here drives the unit up.') // prettier-ignore
  })
  test('table and drill-down hold the numbers; the place survives a new state', () => {
    const { element, frame, view } = draw()
    press(frame, 'PageUp')
    press(frame, ',')
    press(frame, 't')
    expect(all(element, '.ls-table tr')).toHaveLength(4)
    expect(texts(all(element, '.ls-table tr')[2], 'td')).toEqual(['2', '7', 'bag', '4.000', 'yes', '25 %', '50 %']) // prettier-ignore
    view.update(evolutionView())
    expect(readout(element)).toMatch(/^conv · 2, epoch 2:/)
  })
  test('nothing followed: a sentence', () => {
    const spec = evolutionView()
    spec.data.layers = []
    expect(readout(draw(spec).element)).toContain('run.evolution({ layers, units })')
  })
  test('leaves nothing behind', () => {
    const left = new Leftovers()
    const { view } = draw()
    expect(left.total).toBeGreaterThan(0)
    view.dispose()
    expect(left.total).toBe(0)
  })
})
