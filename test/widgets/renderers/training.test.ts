// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TrainingPoint, TrainingView } from '../../../src/spec/index.ts'
import { render } from '../../../widgets/renderers/index.ts'
import {
  append,
  MAX_POINTS,
  recentLoss,
  secondsLeft,
  sentence,
  series,
  share,
} from '../../../widgets/renderers/training/model.ts'
import {
  byText,
  chip,
  FakeLink,
  one,
  paintable,
  press,
  readout,
  root,
  texts,
  all,
} from '../page.ts'
import { runView, trainingView } from '../samples.ts'

beforeEach(() => {
  paintable()
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const draw = (spec: TrainingView = trainingView(), link = new FakeLink()) => {
  const element = root()
  const view = render(spec, element, { live: link })
  return { element, view, link }
}
const soon = () => vi.advanceTimersByTimeAsync(100)
const running = (spec = trainingView()): TrainingView => ({
  ...spec,
  data: { ...spec.data, state: 'running', speed: 3 },
})

describe('the model', () => {
  const points = trainingView().data.points
  test('series', () => {
    expect(series(points, 'testLoss')).toEqual({ x: [1, 2], y: [1.5, 1.4] })
    expect(series(points, 'loss').x).toHaveLength(6)
  })
  test('points that come twice are kept once; tests of a known step are kept', () => {
    const more: TrainingPoint[] = [{ step: 6, epoch: 2, loss: 9 }, { step: 7, epoch: 2.3, loss: 1 }] // prettier-ignore
    expect(append(points, more).map(p => p.step)).toEqual([...points.map(p => p.step), 7])
    const test = { step: 6, epoch: 2, testLoss: 1 }
    expect(append(points, [test]).at(-1)).toEqual(test)
  })
  test('beyond the limit neighbours are averaged; tests and the end stay', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ step: i + 1, epoch: i, loss: i % 2 }))
    const tested: TrainingPoint[] = [{ step: 5000, epoch: 5000, testLoss: 0.5 }]
    const thin = append([], [...many, ...tested])
    expect(thin.length).toBeLessThanOrEqual(MAX_POINTS)
    expect(thin.at(-1)).toEqual(tested[0])
    expect(thin[0]).toEqual({ step: 4, epoch: 3, loss: 0.5 })
  })
  test('what the numbers say', () => {
    const data = trainingView().data
    expect(sentence(data)).toMatch(
      /^Epoch 2 of 4, step 6\. Training loss 1\.500 \(mean of the last 10 reports\)\. 60\.0 % of the test images right\.$/,
    )
    const worse = [1, 2, 3, 4, 5].map(e => ({ step: e, epoch: e, testLoss: e === 2 ? 1 : 1 + e }))
    expect(sentence({ ...data, points: worse })).toContain(
      'Test loss was lowest at epoch 2 (1.000) and has grown since.',
    )
    const broken = [{ step: 1, epoch: 1, loss: null }]
    expect(sentence({ ...data, points: broken })).toContain('NaN or infinite')
    expect(sentence({ ...data, points: [], state: 'ready' })).toBe('Nothing reported yet.')
  })
  test('share done, seconds left, recent loss', () => {
    const { data } = running()
    expect(share(data)).toBe(0.5)
    expect(secondsLeft(data)).toBe(2)
    expect(secondsLeft({ ...data, speed: null })).toBeNull()
    expect(recentLoss([])).toBeNull()
    expect(recentLoss([{ step: 1, epoch: 1, loss: null }])).toBeNull()
  })
})

describe('the view', () => {
  test('saved: figures, sentence, controls that need the kernel', () => {
    const { element } = draw()
    expect(chip(element)).toBe('snapshot')
    expect(texts(element, '.ls-facts > span').join('|')).toBe(
      'training loss, last 101.500|test loss1.400|test accuracy60.0 %|steps6',
    )
    for (const name of ['pause', 'one step', 'one epoch'])
      expect((byText(element, name) as HTMLButtonElement).disabled).toBe(true)
    expect(all(element, '.ls-drill tr')).toHaveLength(3)
  })
  test('live: state, progress, time left; buttons and keys are sent', async () => {
    const link = new FakeLink('live')
    const { element } = draw(running(), link)
    expect(chip(element)).toBe('training')
    expect(one(element, '[role=progressbar]').getAttribute('aria-valuenow')).toBe('50')
    expect(one(element, '.ls-facts').textContent).toContain('speed3 steps/s')
    expect(one(element, '.ls-facts').textContent).toContain('left2 s')
    byText(element, 'pause').click()
    byText(element, 'one step').click()
    byText(element, 'one epoch').click()
    press(one(element, '.ls-frame'), 'p')
    press(one(element, '.ls-frame'), '.')
    expect(link.sent.map(s => s.name)).toEqual(['pause', 'step', 'epoch', 'pause', 'step'])
    link.say({ type: 'append', points: [{ step: 7, epoch: 2.33, loss: 0.5 }], state: 'paused', speed: null }) // prettier-ignore
    await soon()
    expect(chip(element)).toBe('paused')
    expect(readout(element)).toContain('step 7')
    byText(element, 'resume').click()
    expect(link.sent.at(-1)?.name).toBe('resume')
  })
  test('the kernel’s refusal is said', async () => {
    const link = new FakeLink('live')
    link.answer = () => {
      throw new Error('no loop runs')
    }
    const { element } = draw(running(), link)
    byText(element, 'pause').click()
    await vi.advanceTimersByTimeAsync(0)
    expect(readout(element)).toBe('The kernel did not take it: no loop runs')
  })
  test('the kernel gone: said, numbers stay, buttons rest', async () => {
    const link = new FakeLink('live')
    const { element } = draw(running(), link)
    link.become('gone')
    await soon()
    expect(chip(element)).toBe('kernel gone')
    expect(one(element, '.ls-note').hidden).toBe(false)
    expect((byText(element, 'pause') as HTMLButtonElement).disabled).toBe(true)
    expect(readout(element)).toContain('step 6')
  })
  test('the cursor by keyboard, let go by Esc', async () => {
    const { element } = draw()
    const plot = one(element, '.ls-plot')
    press(plot, 'ArrowLeft')
    press(plot, 'Home')
    expect(readout(element)).toBe('Step 1, epoch 0.33, training loss 2.000.')
    press(plot, 'End')
    expect(readout(element)).toContain('test accuracy 60.0 %')
    press(plot, 'Escape')
    expect(readout(element)).toMatch(/^Epoch 2 of 4/)
    press(plot, 't')
    expect(all(element, '.ls-table tr').length).toBeGreaterThan(6)
  })
})

describe('a run with snapshots and branches', () => {
  const facts = (element: Element) => texts(element, '.ls-snapshot .ls-facts > span')
  const enabled = (element: Element, name: string) =>
    !(byText(element, name) as HTMLButtonElement).disabled

  test('the newest snapshot at first: figures, histograms, alarms, ratios', () => {
    const { element } = draw(runView())
    expect(one(element, '.ls-snapshot h3').textContent).toBe('Snapshot at epoch 2, lr 0.1')
    expect(facts(element)).toEqual(['test accuracy70.0 %', 'test loss0.900', 'train − test+15.0 %'])
    expect(all(element, '.ls-bars')).toHaveLength(6)
    expect(texts(element, '.ls-limit')).toEqual(['±1', '±0.500', '±2', '±1', '±0.500', '±2', '0.0500', '1.0e−3']) // prettier-ignore
    expect(texts(element, '.ls-alarm')).toEqual(['1 of 4 units of conv silent: zero on all of 50 images.']) // prettier-ignore
    expect(one(element, '.ls-ratios').textContent).toContain(
      'conv moves by more than a hundredth of its weights a step.',
    )
    expect(readout(element)).toMatch(/^Epoch 2 of 4, step 6/)
  })
  test('looking back by keyboard, to the start and to the branch', () => {
    const { element } = draw(runView())
    const rail = one(element, '.ls-rail')
    expect(rail.getAttribute('aria-valuetext')).toBe('epoch 2, lr 0.1')
    press(rail, 'ArrowLeft')
    expect(rail.getAttribute('aria-valuetext')).toBe('epoch 1, lr 0.1')
    expect(readout(element)).toBe(
      'Epoch 1: 60.0 % of the test images right, 75.0 % of the training images, training loss 1.800.',
    )
    press(rail, 'Home')
    expect(readout(element)).toBe('Epoch 0, before the first step.')
    expect(one(element, '.ls-snapshot').textContent).toContain('no step yet')
    press(rail, ']')
    expect(one(element, '.ls-snapshot h3').textContent).toBe('Snapshot at epoch 1, lr 0.01')
    press(rail, 'End')
    expect(readout(element)).toMatch(/^Epoch 2, lr 0\.01: 65\.0 % of the test images right/)
    byText(element, 'go to newest').click()
    expect(byText(element, 'go to newest').hidden).toBe(true)
    press(rail, '[')
    press(rail, 'Escape')
    expect(one(element, '.ls-snapshot h3').textContent).toBe('Snapshot at epoch 2, lr 0.1')
  })
  test('live, from an earlier snapshot: the run goes back first', async () => {
    const link = new FakeLink('live')
    const { element } = draw(runView(), link)
    expect(enabled(element, 'resume')).toBe(true)
    press(one(element, '.ls-rail'), 'ArrowLeft')
    byText(element, 'train on from here').click()
    await vi.advanceTimersByTimeAsync(0)
    expect(link.sent).toEqual([
      { name: 'rewind', payload: { step: 3 } },
      { name: 'resume', payload: {} },
    ])
    press(one(element, '.ls-rail'), 'Home')
    byText(element, 'rewind to here').click()
    await vi.advanceTimersByTimeAsync(0)
    expect(link.sent.at(-1)).toEqual({ name: 'rewind', payload: { step: 0 } })
  })
  test('a branch with another rate: what is no number is refused here, the rest is sent', async () => {
    const link = new FakeLink('live')
    link.answer = () => ({ run: 1 })
    const { element } = draw(runView(), link)
    byText(element, 'branch from epoch 2 …').click()
    const [lr, batch] = all(element, '.ls-branch-form input') as HTMLInputElement[]
    expect(lr.value).toBe('0.01')
    batch.value = '2.5'
    byText(element, 'start').click()
    expect(one(element, '.ls-wrong').textContent).toBe('a whole number from 1')
    batch.value = ''
    lr.value = '0.03'
    press(lr, 'Enter')
    await vi.advanceTimersByTimeAsync(0)
    expect(link.sent).toEqual([{ name: 'branch', payload: { run: 0, step: 6, lr: 0.03 } }])
    expect(one(element, '.ls-snapshot h3').textContent).toBe('Snapshot at epoch 2, lr 0.01')
    expect(element.querySelector('.ls-branch-form')).toBeNull()
  })
  test('points of a branch go to the branch', async () => {
    const link = new FakeLink('live')
    const { element } = draw(runView(), link)
    link.say({ type: 'append', run: 1, points: [{ step: 12, epoch: 4, loss: 7 }], state: 'running', speed: 2 }) // prettier-ignore
    link.say({ type: 'append', run: 9, points: [{ step: 12, epoch: 4, loss: 7 }], state: 'running', speed: 2 }) // prettier-ignore
    await soon()
    expect(chip(element)).toBe('paused')
    press(one(element, '.ls-plot'), ']')
    expect(readout(element)).toContain('step 12')
    expect(byText(element, 'pause').hidden).toBe(false)
  })
  test('over time: one line a snapshot, the chosen one marked', async () => {
    const { element } = draw(runView())
    byText(element, 'over time').click()
    await soon()
    const ridges = all(element, '.ls-ridge')
    expect(ridges).toHaveLength(6)
    expect(all(ridges[0], 'path')).toHaveLength(3)
    expect(all(ridges[0], 'path.ls-on')).toHaveLength(1)
    // The first snapshot has no gradients.
    expect(all(ridges[1], 'path')).toHaveLength(2)
  })
  test('where the loss broke is said', () => {
    const spec = runView()
    spec.data.history!.broken = { step: 5, epoch: 1.7, layer: 'conv' }
    const { element } = draw(spec)
    expect(texts(element, '.ls-alarm')[0]).toBe(
      'The loss was not finite at step 5; the first output that was not is that of conv.',
    )
  })
})
