// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { lenet, manualSeed } from '../../../src/index.ts'
import { parseView, SpecError, type ArchitectureView } from '../../../src/spec/index.ts'
import { before, clip, lastLocal, seen } from '../../../widgets/renderers/architecture/model.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { architectureView } from '../../spec/architecture-samples.ts'
import { all, byText, FakeLink, one, paintable, press, readout, root, settle, texts } from '../page.ts' // prettier-ignore
import { saved } from '../samples.ts'

beforeEach(paintable)

const draw = (spec: ArchitectureView, link = new FakeLink()) => {
  const element = root()
  const view = render(spec, element, { live: link })
  return { element, view, link, frame: one(element, '.ls-frame') }
}
const captions = (e: Element) => texts(e, '.ls-fields figcaption')

describe('the model', () => {
  test('walks back through windows as the field says', () => {
    manualSeed(1)
    const { data } = saved<ArchitectureView>(lenet())
    const [m] = data.models
    m.layers.forEach((l, n) => {
      if (!l.field || l.global) return
      const [input] = seen(m, n, [0, 0])
      expect([input.top, input.left]).toEqual(l.field.start)
      expect(input.bottom - input.top + 1).toBe(l.field.size[0])
      const [next] = seen(m, n, [1, 1])
      expect(next.top - input.top).toBe(l.field.jump[0])
    })
    expect(m.layers[lastLocal(m)].name).toBe('pool2')
    // A dense layer sees everything.
    const all = clip(seen(m, 6, [0, 0])[0], [1, 28, 28])
    expect(all).toEqual({ top: 0, bottom: 27, left: 0, right: 27 })
  })
  test('clips at the border', () => {
    const m = architectureView().data.models[0]
    const region = before(m, 1, { top: 2, bottom: 2, left: 0, right: 0 })
    expect(region).toEqual({ top: 4, bottom: 5, left: 0, right: 1 })
    expect(clip({ top: -3, bottom: 99, left: 2, right: 3 }, [1, 5, 5])).toEqual({ top: 0, bottom: 4, left: 2, right: 3 }) // prettier-ignore
  })
})

describe('the view', () => {
  test('a line a layer with shares, totals and what is left over', () => {
    const { element } = draw(architectureView())
    expect(texts(element, '.ls-arch button')).toEqual(['input', 'conv1', 'pool1', 'fc'])
    expect(texts(element, '.ls-arch tfoot td').filter(Boolean)).toEqual(['all', '410', '2,124'])
    expect(one(element, '.ls-arch .ls-broken').textContent).toBe(' 1 row and 1 column left over')
    expect(readout(element)).toBe(
      'pool1: nothing to learn. The window does not fit: (7 + 0 − 2) / 2 + 1 = 3.50; 1 row and 1 column left over. One unit sees 4×4 pixels; neighbours look 2 apart. Measured: its gradient is not 0 within 4×4 of them.',
    )
    expect(captions(element)).toEqual(['input 9×94×4 cells', 'conv1 7×72×2 cells', 'pool1 3×3unit (1, 1)']) // prettier-ignore
  })
  test('a layer, a cell, the keys', () => {
    const { element, frame, link } = draw(architectureView(), new FakeLink('live'))
    byText(element, 'fc').click()
    expect(readout(element)).toBe('fc: 90.2 % of the parameters, 16.9 % of the multiplications. It sees 8×8 of the 9×9 cells of the input.') // prettier-ignore
    expect(captions(element)[0]).toBe('input 9×98×8 cells')
    press(frame, 'PageUp')
    expect(readout(element)).toMatch(/^pool1/)
    const squares = () => all(element, '.ls-square')
    press(squares()[2], 'ArrowLeft')
    expect(captions(element)[2]).toBe('pool1 3×3unit (1, 0)')
    expect(squares()[2].getAttribute('aria-label')).toBe('pool1, 3 by 3: rows 1 to 1, columns 0 to 0') // prettier-ignore
    expect(link.sent.at(-1)).toEqual({ name: 'pin', payload: { index: [0, 1, 1, 0] } })
    press(squares()[1], 'Enter')
    expect(captions(element)).toHaveLength(2)
    expect(readout(element)).toMatch(/^conv1: 9.8 % of the parameters/)
    press(frame, 'Escape')
    expect(captions(element)).toHaveLength(3)
    const names = all(element, '.ls-arch button')
    names[1].focus()
    press(names[1], 'ArrowDown')
    expect(document.activeElement).toBe(names[2])
  })
  test('variants: one scale, a click shows another', () => {
    const { element, frame } = draw(architectureView())
    expect(texts(element, '.ls-models button')).toEqual(['small net', 'without pooling'])
    expect(one(element, '.ls-models').textContent).toContain('pool1 does not fit')
    byText(element, 'without pooling').click()
    expect(texts(element, '.ls-arch button')).toEqual(['input', 'conv1'])
    // The dense layer of the other variant keeps the scale.
    expect(one(element, '.ls-arch .ls-barcell i').style.width).toMatch(/^10.8/)
    press(frame, '[')
    expect(texts(element, '.ls-arch button')).toHaveLength(4)
  })
  test('formulas with the layer’s numbers', () => {
    const { element, frame } = draw(architectureView())
    byText(element, 'conv1').click()
    const said = texts(element, '.ls-term').map(t => t.replace(/ +/g, ' '))
    expect(said).toEqual([
      'size (9 + 2·0 − 3) / 1 + 1 = 7',
      'parameters 4 filters × (9 weights (3·3·1) + 1 bias) = 40',
      'multiplies 4·7·7 outputs × 9 = 1,764',
      'sees 1 + (3 − 1)·1 = 3 pixels, neighbours 1 apart',
    ])
    byText(element, 'fc').click()
    expect(texts(element, '.ls-term')[0].replace(/ +/g, ' ')).toBe('parameters 10 outputs × (36 weights (4·3·3) + 1 bias) = 370') // prettier-ignore
    press(frame, 't')
    expect(all(element, '.ls-table tr')).toHaveLength(4)
  })
  test('measuring asks the kernel', async () => {
    const link = new FakeLink('live')
    const { element } = draw(architectureView(), link)
    byText(element, 'conv1').click()
    expect(element.querySelector('.ls-square canvas')).toBeNull()
    link.answer = () => ({ values: Array.from({ length: 81 }, (_, p) => Number(p < 2)) })
    byText(element, 'measure the field').click()
    await settle()
    expect(link.sent.at(-1)).toEqual({ name: 'explain', payload: { model: 0, layer: 0, at: [3, 3] } }) // prettier-ignore
    expect(element.querySelector('.ls-square canvas')).not.toBeNull()
    expect(readout(element)).toContain('not 0 within 1×2 of them')
    link.answer = () => ({ values: [1, 2] })
    byText(element, 'measure the field').click()
    await settle()
    expect(readout(element)).toContain('the kernel did not send 9×9 numbers')
    link.become('gone')
    expect((byText(element, 'measure the field') as HTMLButtonElement).disabled).toBe(true)
  })
  test('the same network, said again, leaves the reader where he is', () => {
    const { element, view } = draw(architectureView())
    byText(element, 'conv1').click()
    view.update(architectureView())
    expect(readout(element)).toMatch(/^conv1/)
  })
})

test.each<[string, (d: ArchitectureView['data']) => void]>([
  ['no models', d => (d.models = [])],
  ['a model that is not there', d => (d.model = 2)],
  ['a layer that is not there', d => (d.layer = 3)],
  ['a cell outside', d => (d.at = [3, 0])],
  ['a measured field of another shape', d => (d.measured!.shape = [81, 1])],
  ['a stride of 0', d => (d.models[0].layers[0].windows[0].stride = [0, 1])],
  ['a shape of 2^60', d => (d.models[0].input = [1, 2 ** 60, 1])],
  ['13 models', d => (d.models = new Array(13).fill(d.models[0]))], // prettier-ignore
])('refused: %s', (_, bend) => {
  const spec = architectureView()
  bend(spec.data)
  expect(() => parseView(JSON.parse(JSON.stringify(spec)))).toThrow(SpecError)
})
