// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { tensor } from '../../../src/index.ts'
import type { ViewSpec } from '../../../src/spec/index.ts'
import { render, showError } from '../../../widgets/renderers/index.ts'
import {
  attributionView,
  occlusionView,
  projectionView,
  topView,
} from '../../spec/explain-samples.ts'
import { architectureView } from '../../spec/architecture-samples.ts'
import { sizesView } from '../../spec/sizes-samples.ts'
import { poolView } from '../../spec/pool-samples.ts'
import { bubblesView } from '../../spec/bubbles-sample.ts'
import { chartView, confusionView } from '../../spec/chart-samples.ts'
import { evolutionView } from '../../spec/evolution-sample.ts'
import { softmaxView } from '../../spec/softmax-samples.ts'
import { readingView, rnnView } from '../../spec/recurrent-samples.ts'
import { all, chip, FakeLink, Leftovers, one, paintable, press, root } from '../page.ts'
import { convView, IMAGE, network, tensorView, trainingView } from '../samples.ts'

vi.mock('plotly.js-cartesian-dist-min', () => ({
  default: { react: () => Promise.resolve(), purge: () => undefined },
}))
beforeEach(() => {
  vi.unstubAllGlobals()
  paintable()
})

const views: Record<ViewSpec['kind'], () => ViewSpec> = {
  tensor: () => tensorView(tensor(IMAGE)),
  conv: () => convView(),
  maps: () => network().view,
  training: () => trainingView(),
  projection: () => projectionView(),
  attribution: () => attributionView(),
  occlusion: () => occlusionView(),
  top: () => topView(),
  pool: () => poolView(),
  bubbles: bubblesView,
  chart: chartView,
  confusion: confusionView,
  sizes: () => sizesView(),
  evolution: evolutionView,
  architecture: () => architectureView(),
  softmax: () => softmaxView(),
  rnn: () => rnnView(),
  reading: () => readingView(),
}
const kinds = Object.keys(views) as ViewSpec['kind'][]

describe.each(kinds)('%s', kind => {
  test('dispose leaves no listener, observer or element', () => {
    const left = new Leftovers()
    const link = new FakeLink('live')
    const element = root()
    const spec = views[kind]()
    for (let round = 0; round < 3; round++) {
      const view = render(spec, element, { live: link })
      expect(link.listeners).toBeGreaterThan(0)
      expect(left.total).toBeGreaterThan(0)
      const [listeners, total] = [link.listeners, left.total]
      for (let n = 0; n < 5; n++) view.update(structuredClone(spec))
      // Updates add nothing that stays.
      expect([link.listeners, left.total]).toEqual([listeners, total])
      view.dispose()
      expect([link.listeners, left.total, element.childNodes.length]).toEqual([0, 0, 0])
    }
  })
  test('each state of the link has its chip and its sentence', () => {
    const link = new FakeLink()
    const element = root()
    render(views[kind](), element, { live: link })
    const note = one(element, '.ls-note')
    expect([chip(element), note.hidden]).toEqual(['snapshot', true])
    link.become('mismatch', 'Kernel 2, viewer 1: npm start.')
    expect([chip(element), note.textContent]).toEqual([
      'snapshot only',
      'Kernel 2, viewer 1: npm start.',
    ])
    link.become('gone')
    expect(chip(element)).toBe('kernel gone')
    expect(note.textContent).toContain('Run the cell again')
    expect(element.querySelector('.ls-failed')).toBeNull()
  })
  test('named for a screen reader; the keys stay with the view; ? shows them', () => {
    const element = root()
    render(views[kind](), element, { live: new FakeLink() })
    const frame = one(element, '.ls-frame')
    expect(frame.getAttribute('aria-label')).not.toBe('')
    expect(frame.dataset.lmSuppressShortcuts).toBe('true')
    expect(one(element, '.ls-readout').getAttribute('role')).toBe('status')
    const outside = vi.fn()
    document.body.addEventListener('keydown', outside)
    press(frame, '?')
    expect(one(element, '.ls-keys').textContent).toContain('drill-down')
    press(frame, '?')
    expect(element.querySelector('.ls-keys')).toBeNull()
    expect(outside).not.toHaveBeenCalled()
    press(frame, 's', { ctrlKey: true })
    expect(outside).toHaveBeenCalledOnce()
    document.body.removeEventListener('keydown', outside)
  })
  test('the theme follows the page', async () => {
    const element = root()
    const view = render(views[kind](), element, { live: new FakeLink() })
    expect(one(element, '.ls-view').dataset.lsTheme).toBe('light')
    document.body.dataset.jpThemeLight = 'false'
    await vi.waitFor(() => expect(one(element, '.ls-view').dataset.lsTheme).toBe('dark'))
    delete document.body.dataset.jpThemeLight
    view.dispose()
  })
})

describe('what cannot be drawn', () => {
  const broken = (): ViewSpec => {
    const spec = tensorView(tensor(IMAGE))
    return { ...spec, data: { ...spec.data, values: { encoding: 'f32', shape: [2] } } }
  }
  test('a sentence in its place with the reason; the next state draws anew', () => {
    const link = new FakeLink()
    const element = root()
    const view = render(broken(), element, { live: link })
    expect(one(element, '[role=alert]').textContent).toContain('This view could not be drawn.')
    expect(one(element, 'pre').textContent).toContain('SpecError')
    expect(link.listeners).toBe(0)
    view.update(views.tensor())
    expect(element.querySelector('[role=alert]')).toBeNull()
    view.update(broken())
    expect(link.listeners).toBe(0)
    view.update(views.conv())
    expect(all(element, '.ls-sheet')).toHaveLength(1)
    view.dispose()
    expect(link.listeners).toBe(0)
  })
  test('another kind in the same place leaves nothing of the first', () => {
    const link = new FakeLink()
    const element = root()
    const view = render(views.maps(), element, { live: link })
    view.update(views.tensor())
    expect(all(element, '.ls-explore')).toHaveLength(0)
    const listeners = link.listeners
    view.update(views.maps())
    view.update(views.tensor())
    expect(link.listeners).toBe(listeners)
  })
  test('errors are text, whatever they hold', () => {
    const element = root()
    showError(element, new Error('<img src=x onerror=alert(1)>'), '<b>no</b>')
    expect(element.querySelector('img, b b')).toBeNull()
    expect(element.textContent).toContain('<img src=x onerror=alert(1)>')
    showError(element, { toString: () => 'odd' })
    expect(element.textContent).toContain('odd')
  })
})
