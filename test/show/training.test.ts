import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  data,
  lenet,
  manualSeed,
  optim,
  show,
  train,
  trainingLog,
  type TrainingLog,
  type TrainOptions,
} from '../../src/index.ts'
import { thin } from '../../src/show/training-history.ts'
import { parseView } from '../../src/spec/validate.ts'
import type { TrainingView } from '../../src/spec/view.ts'
import { install, type FakeHost, type Page } from './fake-host.ts'
import { count, readPng } from './read-png.ts'
import { CATEGORIES } from '../../src/spec/colour.ts'

let host: FakeHost
let remove: () => void
let clock: number
beforeEach(() => {
  ;({ host, remove } = install())
  clock = 1000
  vi.spyOn(performance, 'now').mockImplementation(() => clock)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  remove()
  vi.useRealTimers()
  vi.restoreAllMocks()
})
const spec = (n?: number): TrainingView => {
  const view = host.spec(n)
  if (view.kind !== 'training') throw new Error(view.kind)
  return view
}
/** A synchronous loop of `steps`, each taking `ms`. */
const loop = (log: TrainingLog, steps: number, ms: number, from = 0): void => {
  for (let n = 0; n < steps; n++) {
    clock += ms
    log.report({ loss: 2 - 0.001 * (from + n), accuracy: 0.5 })
  }
}
const pointsOf = (page: Page): number => page.of('append').reduce((n, m) => n + m.points.length, 0)

describe('a synchronous loop', () => {
  test('the page gets every point, at most 20 messages a second and at least 5', () => {
    const log = trainingLog({ epochs: 2, stepsPerEpoch: 500 })
    const page = host.page(show(log).id)
    loop(log, 400, 7)
    const seconds = (400 * 7) / 1000
    expect(page.of('append').length / seconds).toBeLessThanOrEqual(20.5)
    expect(page.of('append').length / seconds).toBeGreaterThanOrEqual(5)
    expect(pointsOf(page)).toBeGreaterThan(390)
    log.done()
    expect(pointsOf(page)).toBe(400)
    expect(page.of('append').at(-1)).toMatchObject({ state: 'done' })
    expect(host.polls).toBe(400)
  })

  test('a page that joins late misses nothing and gets nothing twice', () => {
    const log = trainingLog({ stepsPerEpoch: 100 })
    const { id } = show(log)
    const early = host.page(id)
    loop(log, 33, 7)
    const late = host.page(id)
    loop(log, 33, 7, 33)
    log.done()
    const steps = (page: Page): number[] =>
      page.messages.flatMap(m =>
        m.type === 'hello'
          ? (m.view as TrainingView).data.points.map(p => p.step)
          : m.type === 'append'
            ? m.points.map(p => p.step)
            : [],
      )
    const all = Array.from({ length: 66 }, (_, n) => n + 1)
    expect(steps(early)).toEqual(all)
    expect(steps(late)).toEqual(all)
  })

  test('speed is steps a second', () => {
    const log = trainingLog()
    const page = host.page(show(log).id)
    loop(log, 300, 10)
    expect(page.of('append').at(-1)?.speed).toBeCloseTo(100, 0)
    expect(page.of('append').at(-1)?.state).toBe('running')
  })

  test('Pause holds the loop inside report; Step lets one through; Resume goes on', () => {
    const log = trainingLog({ stepsPerEpoch: 100 })
    const page = host.page(show(log).id)
    loop(log, 3, 60)
    page.later('pause')
    const script: [string, number][] = []
    const act = (name: string) => () => {
      script.push([name, log.step])
      page.later(name)
    }
    const acts = [act('step'), act('step'), act('resume')]
    host.whileWaiting = () => acts.shift()?.()
    loop(log, 10, 60)
    expect(script).toEqual([['step', 4], ['step', 5], ['resume', 6]]) // prettier-ignore
    expect(log.step).toBe(13)
    expect(log.state).toBe('running')
    const states = page.of('append').map(m => m.state)
    expect(states).toContain('paused')
    expect(states.at(-1)).toBe('running')
    // The stepped points were seen while paused.
    expect(
      page
        .of('append')
        .filter(m => m.state === 'paused')
        .reduce((n, m) => n + m.points.length, 0),
    ).toBeGreaterThanOrEqual(2)
    expect(page.of('reply').map(m => m.result)).toEqual(
      ['paused', 'paused', 'paused', 'running'].map(state => ({ state })),
    )
  })

  test('Epoch goes on to the end of the epoch and holds there', () => {
    const log = trainingLog({ epochs: 3, stepsPerEpoch: 20 })
    const page = host.page(show(log).id)
    loop(log, 5, 60)
    page.later('epoch')
    const held: number[] = []
    host.whileWaiting = () => {
      held.push(log.step)
      page.later('resume')
    }
    loop(log, 30, 60)
    expect(held).toEqual([20])
    expect(log.step).toBe(35)
  })

  test('pressed before the loop begins: Step lets the first step through, Epoch the first epoch', () => {
    for (const [name, at] of [
      ['step', 1],
      ['epoch', 20],
    ] as const) {
      const log = trainingLog({ stepsPerEpoch: 20 })
      const page = host.page(show(log).id)
      page.now(name)
      const held: number[] = []
      host.whileWaiting = () => {
        held.push(log.step)
        page.later('resume')
      }
      loop(log, 30, 60)
      expect(held).toEqual([at])
    }
  })

  test('an interrupt gets out of a held loop, and the state says so', () => {
    const log = trainingLog()
    const page = host.page(show(log).id)
    page.later('pause')
    host.whileWaiting = () => {
      throw new Error('interrupted')
    }
    expect(() => loop(log, 5, 10)).toThrow('interrupted')
    expect(log.state).toBe('stopped')
    expect(page.of('append').at(-1)?.state).toBe('stopped')
    expect(spec().data.state).toBe('stopped')
    // The next cell trains on with the same log.
    loop(log, 2, 10)
    expect(log.state).toBe('running')
    expect(log.step).toBe(3)
  })

  test('a loop that was cut off in mid-flight is found out by the silence after it, and saved', () => {
    const log = trainingLog()
    show(log)
    loop(log, 50, 10)
    const before = host.shown.length
    clock += 1600
    vi.advanceTimersByTime(1600)
    expect(log.state).toBe('stopped')
    expect(host.shown.length).toBe(before + 1)
    expect(spec().data.points).toHaveLength(50)
  })

  test('without a kernel it prints, and never blocks', () => {
    remove()
    const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const log = trainingLog()
    show(log)
    log.pause()
    loop(log, 3, 10)
    expect(said).toHaveBeenCalledOnce()
    expect(log.step).toBe(3)
  })
})

describe('what is saved', () => {
  test('each epoch (at most every two seconds), each pause, and the end with the whole curve', () => {
    const log = trainingLog({
      epochs: 4,
      stepsPerEpoch: 10,
      facts: { optimizer: 'SGD', batch: 64 },
    })
    const view = show(log)
    const updates = (): number => host.shown.filter(({ update }) => update).length
    loop(log, 1, 10)
    const started = updates()
    for (let epoch = 1; epoch <= 4; epoch++) {
      loop(log, epoch === 1 ? 9 : 10, 100)
      log.report({ testLoss: 1 / epoch, testAccuracy: 0.5 + epoch / 10 })
    }
    expect(updates() - started).toBeGreaterThanOrEqual(1)
    expect(updates() - started).toBeLessThanOrEqual(2)
    log.done()
    const saved = spec()
    expect(host.shown.at(-1)).toMatchObject({ id: view.id, update: true })
    expect(saved).toMatchObject({
      title: 'Training',
      from: 'SGD · batch 64',
      data: { state: 'done', epochs: 4, stepsPerEpoch: 10, facts: [['optimizer', 'SGD'], ['batch', '64']], speed: null },
    }) // prettier-ignore
    expect(saved.data.points).toHaveLength(44)
    expect(saved.data.points.at(-1)).toEqual({
      step: 40,
      epoch: 4,
      testLoss: 0.25,
      testAccuracy: 0.9,
    })
    expect(saved.text).toContain(
      '90.0 % of the test images right, test loss 0.250; 50.0 % of the last training images.',
    )
    expect(saved.text).toContain('Test loss is lowest at the last epoch.')
    const png = readPng(host.shown.at(-1)!.bundle['image/png'] as Uint8Array)
    expect(count(png, CATEGORIES.light[0])).toBeGreaterThan(500)
  })

  test('a view of nothing yet says what fills it', () => {
    show(trainingLog())
    expect(spec().text).toContain('log.report({ loss })')
    readPng(host.shown[0].bundle['image/png'] as Uint8Array)
  })

  test('test loss that has grown is said', () => {
    const log = trainingLog({ stepsPerEpoch: 1 })
    show(log)
    for (const testLoss of [1, 0.5, 0.6, 0.7, 0.8]) {
      log.report({ loss: 0.1 })
      log.report({ testLoss })
    }
    log.done()
    expect(spec().text).toContain('Test loss was lowest at epoch 2 (0.500) and has grown since.')
  })

  test('NaN is null on the wire and named in the text', () => {
    const log = trainingLog()
    show(log)
    log.report({ loss: 1 })
    log.report({ loss: NaN })
    log.done()
    expect(spec().data.points.map(p => p.loss)).toEqual([1, null])
    expect(spec().text).toContain('The loss was not finite at step 2.')
  })

  test('thousands of steps stay 2,000 points; the page then gets the whole curve', () => {
    const log = trainingLog({ stepsPerEpoch: 1000 })
    const page = host.page(show(log).id)
    loop(log, 9000, 5)
    log.done()
    const { points } = spec().data
    expect(points.length).toBeLessThanOrEqual(2000)
    expect(points.length).toBeGreaterThan(900)
    expect(points.at(-1)?.step).toBe(9000)
    expect(page.of('update').length).toBeGreaterThan(0)
    expect(page.of('update').length).toBeLessThan(12)
    // What the page holds in the end is what is saved.
    let held: unknown[] = []
    for (const m of page.messages)
      if (m.type === 'hello' || m.type === 'update')
        held = [...(m.view as TrainingView).data.points]
      else if (m.type === 'append') held.push(...m.points)
    expect(points.length - held.length).toBeLessThanOrEqual(1)
    expect(held).toEqual(points.slice(0, held.length))
  })
})

describe('a run', () => {
  const make = (options: Partial<TrainOptions> = {}) => {
    manualSeed(2)
    const net = lenet()
    const { train: all, test: tests } = data.fashionMNIST()
    return train(net, {
      data: all.take(128),
      test: tests.take(50),
      optimizer: new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 }),
      epochs: 3,
      batch: 32,
      seed: 1,
      ...options,
    })
  }
  test('its buttons drive it, also when no cell runs', async () => {
    vi.useRealTimers()
    const run = make()
    const page = host.page(show(run).id)
    page.now('step')
    expect(run.log.step).toBe(1)
    expect(run.log.state).toBe('paused')
    page.now('epoch')
    await vi.waitFor(() => expect(run.log.state).toBe('paused'), { timeout: 20_000 })
    expect(run.log.step).toBe(4)
    expect(run.log.points.at(-1)).toMatchObject({
      step: 4,
      epoch: 1,
      testAccuracy: expect.any(Number) as number,
    })
    page.now('resume')
    await vi.waitFor(() => expect(run.log.state).toBe('done'), { timeout: 20_000 })
    expect(run.finished).toBe(true)
    expect(spec().data).toMatchObject({ state: 'done', epochs: 3, stepsPerEpoch: 4 })
    expect(spec().from).toBe('SGD, lr 0.05, momentum 0.9 · batch 32 · images 128 · seed 1')
  })
  test('a page goes back, branches, and gets what is kept', async () => {
    vi.useRealTimers()
    const run = make({ keep: 'epochs' })
    const page = host.page(show(run).id)
    run.epoch()
    run.epoch()
    const losses = run.log.points.map(p => p.loss)
    expect(spec().data.history).toMatchObject({
      name: 'lr 0.05',
      images: 50,
      snapshots: { steps: [0, 4, 8] },
      broken: null,
      branches: [],
    })
    expect(page.now('rewind', { step: 4 })).toMatchObject({ result: { state: 'paused' } })
    expect(run.stepsDone).toBe(4)
    page.now('epoch')
    await vi.waitFor(() => expect(run.log.state).toBe('paused'), { timeout: 20_000 })
    expect(run.log.points.map(p => p.loss)).toEqual(losses)
    expect(page.now('branch', { step: 4, lr: 0.5 })).toMatchObject({ result: { run: 1 } })
    const [branch] = run.branches
    await vi.waitFor(() => expect(branch.log.state).toBe('done'), { timeout: 20_000 })
    expect(branch.optimizer.lr).toBe(0.5)
    expect(run.stepsDone).toBe(8)
    expect(page.of('append').some(m => m.run === 1 && m.points.length > 0)).toBe(true)
    const saved = parseView(JSON.parse(JSON.stringify(host.spec()))) as TrainingView
    expect(saved.data.history?.branches).toMatchObject([
      { name: 'lr 0.5', from: { run: 0, step: 4, epoch: 1 }, state: 'done' },
    ])
    expect(saved.data.history?.branches[0].points[0].step).toBe(5)
    expect(saved.text).toContain('Branch lr 0.5 from epoch 1:')
    for (const [payload, words] of [
      [{ step: 5 }, 'no snapshot of step 5'],
      [{ step: 4, run: 7 }, 'no branch 7'],
      [{ step: 4, lr: -1 }, 'lr is a number above 0'],
      [{ step: 4, batch: 2.5 }, 'batch is a whole number from 1'],
      [{}, 'branch: no step'],
    ] as const)
      expect(page.now('branch', payload)).toMatchObject({
        type: 'error',
        message: expect.stringContaining(words) as string,
      })
    expect(run.branches).toHaveLength(1)
  })
  test('a branch made in a cell appears in the view', () => {
    const run = make({ keep: 'epochs' })
    const view = show(run)
    const page = host.page(view.id)
    run.epoch()
    const branch = run.at({ epoch: 1 }).branch({ lr: 0.01 })
    branch.step()
    expect(page.of('append').some(m => m.run === 1)).toBe(true)
    branch.branch({ seed: 2 })
    expect(
      (view.spec as TrainingView).data.history?.branches.map(b => [b.name, b.from.run]),
    ).toEqual([
      // prettier-ignore
      ['lr 0.01', 0],
      ['seed 2', 1],
    ])
  })
  test('many snapshots and branches stay a small saved view, which says what it left out', () => {
    const run = make({ keep: 'steps', epochs: 3 })
    const view = show(run)
    while (run.step() !== null);
    const { steps } = (view.spec as TrainingView).data.history!.snapshots
    expect(steps).toHaveLength(13)
    expect(thin([...Array(1000).keys()], 11)).toEqual([0, 100, 200, 300, 400, 500, 599, 699, 799, 899, 999]) // prettier-ignore
  })
  test('Pause holds finish(), Resume lets it end', async () => {
    vi.useRealTimers()
    const run = make()
    const page = host.page(show(run).id)
    page.later('pause')
    const finished = run.finish()
    await vi.waitFor(() => expect(run.log.state).toBe('paused'), { timeout: 20_000 })
    const { step } = run.log
    expect(step).toBeLessThan(12)
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(run.log.step).toBe(step)
    page.later('resume')
    await finished
    expect(run.log).toMatchObject({ step: 12, state: 'done' })
  })
})
