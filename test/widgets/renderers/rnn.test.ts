// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import type { Tensor } from '../../../src/index.ts'
import { gradientFlow, unroll } from '../../../src/explain/index.ts'
import { encode } from '../../../src/spec/encode.ts'
import type { RnnView } from '../../../src/spec/view.ts'
import { render } from '../../../widgets/renderers/index.ts'
import { compute, readInputs, readWeights } from '../../../widgets/renderers/rnn/model.ts'
import { inputs, T, targets, textbook } from '../../explain/rnn-nets.ts'
import { lstmView, rnnView } from '../../spec/recurrent-samples.ts'
import { all, byText, FakeLink, one, paintable, press, readout, root, texts } from '../page.ts'

beforeEach(paintable)

const draw = (spec: RnnView, link = new FakeLink()) => {
  const element = root()
  const drawn = render(spec, element, { live: link })
  return { element, drawn, link, frame: one(element, '.ls-frame'), graph: one(element, '.ls-unroll-graph') } // prettier-ignore
}
/** Largest difference, divided by the largest expected size. */
const relativeError = (got: Tensor, expected: readonly number[]): number => {
  const values = got.toTypedArray()
  const size = Math.max(...expected.map(Math.abs))
  return Math.max(...expected.map((e, i) => Math.abs(e - values[i]))) / size
}
const marks = (e: Element) => e.querySelectorAll('.ls-unroll-marks .ls-mark:not(.ls-thin)').length

describe('the page computes what the library computes', () => {
  const w = textbook('float64')
  const data: RnnView['data'] = {
    ...rnnView().data,
    x: encode(inputs().toTypedArray(), [T, 3], 'f32'),
    targets,
    classes: ['a', 'b', 'c', 'd', 'e'],
    weights: [
      {
        label: '',
        U: encode(w.U.toTypedArray(), w.U.shape, 'f32'),
        W: encode(w.W.toTypedArray(), w.W.shape, 'f32'),
        V: encode(w.V.toTypedArray(), w.V.shape, 'f32'),
        b: null,
        c: null,
        radius: 2,
      },
    ],
  }
  const [given, numbers] = [readInputs(data), readWeights(data.weights[0])]
  test('states, losses, every ∂Eₜ/∂hₖ', () => {
    const u = compute(given, numbers, null, null)
    const expected = unroll(w, inputs(), { targets })
    const flow = gradientFlow(expected)
    const list = (v: ArrayLike<number> | null) => Array.from(v ?? [])
    expect(relativeError(expected.h, list(u.h))).toBeLessThan(1e-6)
    expect(relativeError(expected.losses, list(u.E))).toBeLessThan(1e-6)
    expect(relativeError(flow.vectors, list(u.vectors))).toBeLessThan(1e-6)
    expect(relativeError(flow.norms, list(u.norms))).toBeLessThan(1e-6)
    expect(relativeError(flow.arriving, list(u.arriving))).toBeLessThan(1e-6)
  })
  test('the norm of the gradient of all weights, by small changes; truncation leaves less', () => {
    const u = compute(given, numbers, null, null)
    let squared = 0
    for (const name of ['U', 'W', 'V'] as const)
      for (let i = 0; i < numbers[name].length; i++) {
        const moved = (d: number) => {
          const values = Float64Array.from(numbers[name])
          values[i] += d
          return compute(given, { ...numbers, [name]: values }, null, null).total
        }
        squared += ((moved(1e-4) - moved(-1e-4)) / 2e-4) ** 2
      }
    expect(u.weightNorm).toBeCloseTo(Math.sqrt(squared), 5)
    const cut = compute(given, numbers, null, 1)
    expect([cut.fullNorm, cut.total]).toEqual([u.fullNorm, u.total])
    expect(cut.weightNorm).not.toBeCloseTo(u.weightNorm!, 3)
    // What arrives is each step's own gradient.
    const own = Array.from({ length: T * 4 }, (_, i) => u.vectors![(Math.floor(i / 4) * T + Math.floor(i / 4)) * 4 + (i % 4)]) // prettier-ignore
    expect(Array.from(cut.arriving)).toEqual(own)
  })
  test('W is scaled to the radius that is asked for', () => {
    const u = compute(given, numbers, 1, null)
    const half = Float64Array.from(numbers.W, v => v / 2)
    expect(u.radius).toBe(1)
    expect(u.h).toEqual(compute(given, { ...numbers, W: half }, null, null).h)
  })
})

test('starts with everything: values, predictions, losses, the whole heat map', () => {
  const { element } = draw(rnnView())
  expect(one(element, '.ls-title').textContent).toMatch(/^RNN unrolledh \[3, 2\]hₜ = tanh/)
  expect(all(element, '.ls-heat')).toHaveLength(6)
  // The numbers of the exercise's first step stand in its cells.
  expect(texts(element, '.ls-value').slice(0, 2)).toEqual(['0.76', '0.00'])
  expect(texts(element, 'text.ls-asked')).toEqual(['b', 'c', 'a'])
  expect(readout(element)).toMatch(/^Largest \|eigenvalue\| of W: 1\.00\. Alone that would give a factor 1/) // prettier-ignore
  expect(all(element, '.ls-todo')).toHaveLength(0)
})

test('forward step by step, then backwards', () => {
  const { element, frame } = draw(rnnView())
  const steps = one(element, '.ls-ruler')
  press(steps, 'Home')
  expect(readout(element)).toMatch(/^Step 1: it reads ‘a’ and should say ‘b’\. It gives that 27\.7 %, so the loss here is 1\.28; it would say ‘a’\./) // prettier-ignore
  expect(all(element, 'g.ls-todo')).toHaveLength(2)
  press(frame, '.')
  expect(all(element, 'g.ls-todo')).toHaveLength(1)
  for (let n = 0; n < 2; n++) press(frame, '.')
  expect(readout(element)).toMatch(/^Backwards, step 3\. The gradient that arrives at h3/)
  const shown = () => all(element, '.ls-back-edge').filter(e => e.parentElement?.getAttribute('visibility') === 'visible').length // prettier-ignore
  expect(shown()).toBe(1)
  press(steps, 'End')
  expect(shown()).toBe(3)
})

test('pin by keyboard: path, chain of factors, event; Escape lets go', () => {
  const { element, frame, graph, link } = draw(rnnView(), new FakeLink('live'))
  press(graph, 'ArrowRight')
  expect(readout(element)).toMatch(/^Change h2 a little: the loss E3 1 step later moves by [\d.]+ per unit\./) // prettier-ignore
  press(graph, 'Enter')
  expect(readout(element)).toMatch(/^Pinned\. Change h2/)
  expect([marks(element), all(element, '.ls-hot').length]).toEqual([3, 1])
  expect(link.sent).toEqual([{ name: 'pin', payload: { index: [2, 1] } }])
  expect(one(element, '.ls-drill').hasAttribute('open')).toBe(true)
  expect(all(element, '.ls-chain tr')).toHaveLength(2)
  // A factor is the way on: its own row is pinned.
  one(element, '.ls-chain tr button').click()
  expect(all(element, '.ls-chain tr')).toHaveLength(1)
  press(frame, 'Escape')
  expect(marks(element)).toBe(0)
  expect(one(element, '.ls-inner').textContent).toBe('Pin a cell of the heat map first.')
})

test('eigenvalue, training steps, truncation and clipping', () => {
  const { element, frame } = draw(rnnView())
  const slider = one(element, 'input[type=range]') as HTMLInputElement
  const heat = () => all(element, '.ls-heat').map(e => e.getAttribute('fill'))
  const trained = heat()
  slider.value = '0.2'
  slider.dispatchEvent(new Event('input'))
  expect(readout(element)).toContain('of W: 0.20. Alone that would give a factor 2.6e−6')
  expect(heat()).not.toEqual(trained)
  byText(element, 'as trained').click()
  expect(heat()).toEqual(trained)
  press(frame, ']')
  expect(readout(element)).toContain('of W: 2.00.')
  expect(one(element, '.ls-from').textContent).toContain('after 10 training steps')
  byText(element, '1').click()
  expect(all(element, '.ls-cut')).toHaveLength(3)
  expect(readout(element)).toMatch(/Truncated after 1 step, 3 of 6 pairs are left, and the gradient of the weights has norm [\d.]+ instead of [\d.]+\./) // prettier-ignore
  byText(element, 'never').click()
  byText(element, 'on').click()
  expect(readout(element)).toMatch(/Gradient of all weights: norm [\d.]+, (clipped to 1: every number in it times|not above 1)/) // prettier-ignore
})

test('the student’s step: cells that differ, the first one in words', () => {
  const spec = rnnView()
  const u = compute(readInputs(spec.data), readWeights(spec.data.weights[0]), null, null)
  const yours = { h: encode(u.h, [3, 2], 'f32'), o: encode(u.p, [3, 3], 'f32'), error: null }
  expect(readout(draw({ ...spec, data: { ...spec.data, yours } }).element)).toContain('Your step agrees in all 3 steps.') // prettier-ignore
  const h = Float64Array.from(u.h)
  h[2] = 0
  const wrong = {
    ...spec,
    data: { ...spec.data, yours: { ...yours, h: encode(h, [3, 2], 'f32') } },
  }
  const { element } = draw(wrong)
  expect(readout(element)).toContain('Your h differs first at step 2, unit 0: 0, the formula gives')
  expect(all(element, 'rect.ls-differs')).toHaveLength(1)
  const failed = {
    ...spec,
    data: { ...spec.data, yours: { ...yours, error: 'step 2: Error: no' } },
  }
  expect(readout(draw(failed).element)).toContain('Your step failed at step 2: Error: no')
})

test('values that came computed: no slider, no clipping; steps without a question are grey', () => {
  const { element, frame, graph } = draw(lstmView())
  expect(all(element, 'input[type=range]')).toHaveLength(0)
  expect(texts(element, 'button')).not.toContain('on')
  expect(all(element, '.ls-cut')).toHaveLength(2)
  press(graph, 'ArrowUp')
  expect(readout(element)).toBe('Step 2 asks for nothing: there is no loss to reach back.')
  press(graph, 'ArrowDown')
  expect(readout(element)).toBe('Change h1 a little: the loss E3 2 steps later moves by 1.0e−3 per unit. That is 0.0100 of what reaches its own h3.') // prettier-ignore
  press(frame, 't')
  expect(texts(element, '.ls-table tr').slice(0, 4)).toEqual([
    'stepreadsshould saygives thatsaysloss‖∂E/∂h‖',
    '1ab50.0 %b0.6930.100',
    '2bc0.200',
    '3ca25.0 %b1.390.300',
  ])
})

test('an update keeps pin, place and settings', () => {
  const { element, graph, frame, drawn } = draw(rnnView())
  press(graph, 'Enter')
  press(frame, ']')
  byText(element, '2').click()
  drawn.update(structuredClone(rnnView()))
  expect(marks(element)).toBe(3)
  expect(readout(element)).toMatch(/^E3 does not reach h1: it is cut after 2 steps\./)
  expect(one(element, '.ls-from').textContent).toContain('after 10 training steps')
  expect(one(element, '.ls-drill').hasAttribute('open')).toBe(true)
})
