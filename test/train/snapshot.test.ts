import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { build } from 'esbuild'
import { data, manualSeed, nn, rand, train, type Run } from '../../src/index.ts'
import { safetensors } from '../../src/io/index.ts'
import { lossesOf, make, state } from './small-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'layerscope-run-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

/** The run at its end, without anything in between: with dropout, momentum, crops and a schedule. */
const straight = make()
await straight.finish()
const end = state(straight)

describe('going back', () => {
  test('rewound and trained on, it ends where it ended, bit for bit', async () => {
    const run = make({ keep: 'steps' })
    await run.finish()
    expect(state(run)).toEqual(end)
    for (const step of [0, 3, 4, 6]) {
      run.at({ step }).rewind()
      expect(run.stepsDone).toBe(step)
      expect(run.log.state).toBe(step ? 'paused' : 'ready')
      expect(run.log.points.filter(p => p.loss !== undefined)).toHaveLength(step)
      expect(run.finished).toBe(false)
      await run.finish()
      expect(state(run)).toEqual(end)
      expect(run.log.points).toEqual(straight.log.points)
      expect(run.history).toEqual(straight.history)
    }
  })
  test('what others draw and change meanwhile does not matter', () => {
    const run = make()
    manualSeed(77)
    const before = rand([3]).toArray()
    manualSeed(77)
    while (run.step() !== null) rand([5])
    expect(state(run)).toEqual(end)
    // Nor does the run disturb theirs.
    manualSeed(77)
    const other = make()
    manualSeed(77)
    other.step()
    expect(rand([3]).toArray()).toEqual(before)
  })
  test('an open view gets the whole curve again', () => {
    const run = make({ keep: 'epochs' })
    run.epoch()
    run.epoch()
    let replaced = 0
    let after = 0
    run.log.listen({
      append: points => (after += points.length),
      replace: () => replaced++,
      save: () => undefined,
    })
    run.at({ epoch: 1 }).rewind()
    expect(replaced).toBe(1)
    expect(run.log.data()).toMatchObject({ state: 'paused', points: { length: 5 } })
    run.step()
    expect(after).toBe(1)
  })
  test('at names what is kept', () => {
    const run = make({ keep: 'epochs' })
    run.epoch()
    run.step()
    expect(run.snapshots.map(s => s.step)).toEqual([0, 4])
    expect(() => run.at({ epoch: 2 })).toThrow('at: no snapshot of epoch 2; there are epochs 0, 1')
    expect(() => run.at({ step: 5 })).toThrow('at: no snapshot of step 5; there are steps 0, 4')
    run.snapshot()
    expect(run.at({ step: 5 }).epoch).toBe(1.25)
    expect(() => make().at({ epoch: 0 })).toThrow("train(net, { keep: 'epochs' })")
    const every = make({ keep: 3 })
    while (every.step() !== null);
    expect(every.snapshots.map(s => s.step)).toEqual([0, 3, 6, 8])
  })
  test('a moment has the network as it was', () => {
    const run = make({ keep: 'epochs' })
    run.epoch()
    const then = state(run)
    const result = run.history[0].testLoss
    run.epoch()
    const moment = run.at({ epoch: 1 })
    const net = moment.network()
    expect(net.stateDict()['fc.weight'].toArray()).toEqual(then.net['fc.weight'])
    expect(moment.weights['fc.weight'].toArray()).toEqual(then.net['fc.weight'])
    expect(result).toBe(run.history[0].testLoss)
    expect(run.net.stateDict()['fc.weight'].toArray()).not.toEqual(then.net['fc.weight'])
  })
})

describe('branches', () => {
  test('without changes they do what the run did, and leave it alone', async () => {
    const run = make({ keep: 'steps' })
    await run.finish()
    const branch = run.at({ step: 3 }).branch()
    expect(branch.stepsDone).toBe(3)
    expect(branch.net).not.toBe(run.net)
    await branch.finish()
    expect(state(branch)).toEqual(end)
    expect(branch.log.points).toEqual(run.log.points)
    expect(state(run)).toEqual(end)
    expect(branch.snapshots.map(s => s.step)).toEqual([3, 4, 5, 6, 7, 8])
  })
  test('step by step beside their run', () => {
    const run = make()
    run.step()
    const branch = run.branch()
    for (let n = 1; n < 8; n++) expect(branch.step()).toBe(run.step())
    expect(state(branch)).toEqual(state(run))
  })
  test('with another learning rate they part', () => {
    const run = make({ keep: 'epochs', schedule: undefined })
    run.epoch()
    const branch = run.at({ epoch: 1 }).branch({ lr: 0.001, epochs: 3 })
    expect(branch.optimizer.lr).toBe(0.001)
    expect(run.optimizer.lr).toBe(0.05)
    expect(branch.step()).toBe(run.step())
    expect(branch.step()).not.toBe(run.step())
    while (branch.step() !== null);
    expect(branch.stepsDone).toBe(12)
  })
  test('with another batch size from the start of an epoch', () => {
    const run = make({ keep: 'steps' })
    run.epoch()
    const branch = run.at({ epoch: 1 }).branch({ batch: 8 })
    expect([branch.stepsDone, branch.stepsPerEpoch, branch.epochsDone]).toEqual([8, 8, 1])
    expect(branch.log.points.at(-1)).toMatchObject({ step: 8, epoch: 1 })
    expect(() => run.at({ step: 2 }).branch({ batch: 8 })).toThrow('this is epoch 0.5')
  })
  test('networks that cannot be copied say so', () => {
    class Hidden extends nn.Module {
      readonly #inner = new nn.Linear(4, 2)
      readonly outer = new nn.Linear(4, 2)
      forward(x: Parameters<nn.Module['forward']>[0]) {
        return this.outer.forward(x).add(this.#inner.forward(x))
      }
    }
    class Arrow extends nn.Module {
      fc = new nn.Linear(4, 2)
      both = (x: Parameters<nn.Module['forward']>[0]) => this.fc.forward(x)
      forward(x: Parameters<nn.Module['forward']>[0]) {
        return this.both(x)
      }
    }
    expect(() => make({}, new Hidden()).branch()).toThrow('Hidden has a private field #inner')
    expect(() => make({}, new Arrow()).branch()).toThrow(
      'Arrow.both is a function that uses `this`',
    )
    expect(() => make().branch({ net: new Arrow() })).toThrow('needs an optimiser of its own')
  })
  test('tied weights stay tied, frozen ones frozen, hooks behind', () => {
    const a = new nn.Linear(4, 4)
    const net = new nn.Sequential({
      flatten: new nn.Flatten(),
      a,
      again: a,
      out: new nn.Linear(4, 2),
    })
    net.get('out').freeze()
    let calls = 0
    a.registerForwardHook(() => void calls++)
    const branch = make({}, net).branch()
    const own = branch.net as nn.Sequential
    expect(own.get('a')).toBe(own.get('again'))
    expect(own.get('a')).not.toBe(a)
    expect(
      own
        .get('out')
        .parameters()
        .every(p => !p.requiresGrad),
    ).toBe(true)
    expect(own.parameters()).toHaveLength(net.parameters().length)
    branch.step()
    expect(calls).toBe(0)
  })
})

describe('on disk', () => {
  test('saved in the middle of an epoch, read by another run', async () => {
    const run = make()
    for (let n = 0; n < 5; n++) run.step()
    run.save(at('run.safetensors'))
    manualSeed(1234)
    const other = make()
    other.step()
    expect(() => make({}, undefined, 5).load(at('run.safetensors'))).toThrow(
      'has seed 1 and 4 steps an epoch; this run has 5 and 4',
    )
    other.load(at('run.safetensors'))
    expect(other.stepsDone).toBe(5)
    expect(other.log.points).toEqual(run.log.points)
    await other.finish()
    expect(state(other)).toEqual(end)
    expect(other.history).toEqual(straight.history)
  })
  test('weights are there by their names', () => {
    const run = make()
    run.step()
    run.save(at('named.safetensors'))
    const tensors = safetensors.load(at('named.safetensors'))
    expect(tensors['net.fc.weight'].toArray()).toEqual(run.net.stateDict()['fc.weight'].toArray())
    expect(Object.keys(tensors).some(name => name.startsWith('optimizer.'))).toBe(true)
  })
  test('kept snapshots also go into a folder, from which the newest goes on', async () => {
    const run = make({ keep: 'epochs', folder: at('kept') })
    run.epoch()
    expect(readdirSync(at('kept')).sort()).toEqual(['step-000000.safetensors', 'step-000004.safetensors']) // prettier-ignore
    const other = make().load(at('kept'))
    expect(other.stepsDone).toBe(4)
    await other.finish()
    expect(state(other)).toEqual(end)
  })
  test('in a fresh process it goes on as it would have', async () => {
    const outfile = at('child.mjs')
    await build({
      entryPoints: [new URL('./resume-child.ts', import.meta.url).pathname],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'warning',
      define: { 'import.meta.url': JSON.stringify(new URL('../../src/index.ts', import.meta.url).href) }, // prettier-ignore
    })
    const child = (...args: string[]): unknown =>
      JSON.parse(execFileSync(process.execPath, [outfile, ...args], { encoding: 'utf8' }))
    expect(child('begin', at('between.safetensors'))).toBe(5)
    expect(child('end', at('between.safetensors'))).toEqual(JSON.parse(JSON.stringify(end)))
  })
  test('other files and other networks are refused', () => {
    const run = make()
    safetensors.save(at('weights.safetensors'), run.net.stateDict())
    expect(() => run.load(at('weights.safetensors'))).toThrow('not a run that run.save wrote')
    expect(() => run.load(at('missing'))).toThrow('there is no')
    run.save(at('own.safetensors'))
    const other = make(
      {},
      new nn.Sequential({ flatten: new nn.Flatten(), fc: new nn.Linear(4, 2) }),
    )
    expect(() => other.load(at('own.safetensors'))).toThrow('loadStateDict')
    const good = safetensors.metadata(at('own.safetensors')).run
    for (const [from, to] of [
      ['"step":0', '"step":-1'],
      ['"step":0', '"step":1e9'],
      ['"lr":[', '"lr":["x",'],
      ['"state":[', '"state":[1,'],
      ['"history":[]', '"history":[1]'],
      ['"points":[]', '"points":[{"step":"x"}]'],
      ['layerscope run 1', 'layerscope run 9'],
      ['{', ''],
    ]) {
      expect(good).toContain(from)
      const metadata = { run: good.replace(from, to) }
      writeFileSync(at('bad.safetensors'), safetensors.format(safetensors.load(at('own.safetensors')), { metadata })) // prettier-ignore
      expect(() => run.load(at('bad.safetensors')), to).toThrow(/not a run|this run has/)
    }
  })
})

describe('options', () => {
  test('metrics, epochs and their records', async () => {
    const seen: number[] = []
    const run = make({
      metrics: { mean: output => output.mean(), one: () => 1 },
      onEpoch: record => seen.push(record.epoch),
    })
    await run.finish()
    expect(seen).toEqual([1, 2])
    expect(run.history[1]).toMatchObject({ epoch: 2, step: 8, one: 1, mean: expect.any(Number) as number }) // prettier-ignore
    const losses = lossesOf(run).slice(0, 4)
    const weighted = losses.reduce((sum, loss, n) => sum + loss * [16, 16, 16, 14][n], 0) / 62
    expect(run.history[0].loss).toBeCloseTo(weighted, 12)
  })
  test('a schedule of the place in the run', () => {
    const rates: number[] = []
    const run = make({
      schedule: ({ progress, lr }) => lr * (1 - progress),
      beforeStep: r => rates.push(r.optimizer.lr),
    })
    while (run.step() !== null);
    expect(rates).toEqual(Array.from({ length: 8 }, (_, n) => 0.05 * (1 - n / 8)))
    const wrong = make({ schedule: () => -1 })
    expect(() => wrong.step()).toThrow('the schedule gave the learning rate -1')
  })
  test('a schedule with a state goes back too', () => {
    const make2 = (): Run => {
      let rounds = 0
      const run: Run = make({
        keep: 'steps',
        schedule: {
          step() {
            rounds++
            run.optimizer.lr = 0.05 / (1 + rounds)
          },
          stateDict: () => ({ rounds }),
          loadStateDict(s: { rounds: number }) {
            rounds = s.rounds
          },
        },
      })
      return run
    }
    const run = make2()
    while (run.step() !== null);
    const done = state(run)
    expect(run.optimizer.lr).toBeCloseTo(0.05 / 3)
    run.at({ step: 2 }).rewind()
    expect(run.optimizer.lr).toBe(0.05)
    while (run.step() !== null);
    expect(state(run)).toEqual(done)
    expect(() => run.branch()).toThrow('give the branch one of its own')
    expect(() => run.branch({ lr: 1 })).toThrow('the schedule sets the learning rate')
  })
  test('early stop: after so many epochs without a better one, with the best weights', async () => {
    const values = [3, 2, 2.5, 2.4, 1]
    let epoch = 0
    const weights: unknown[] = []
    const run = make({
      epochs: 5,
      metrics: { score: () => values[epoch] },
      earlyStop: { patience: 2, measure: 'score', maximize: false, restore: true },
      onEpoch: (_, r) => {
        epoch++
        weights.push(r.net.stateDict()['fc.weight'].toArray())
      },
    })
    await run.finish()
    expect(run.stoppedEarly).toBe(true)
    expect(run.history.map(r => r.score)).toEqual([3, 2, 2.5, 2.4])
    expect(run.log.state).toBe('done')
    expect(run.net.stateDict()['fc.weight'].toArray()).toEqual(weights[1])
    expect(run.step()).toBeNull()
    const missing = make({ test: undefined, earlyStop: { patience: 1 } })
    expect(() => missing.epoch()).toThrow('earlyStop watches testLoss; an epoch has epoch, step')
    expect(() => make({ earlyStop: { patience: 0 } })).toThrow('patience 0')
  })
  test('a loss of its own, and batches of its own', () => {
    const set = new data.TensorDataset(rand([12, 1, 2, 2]), rand([12, 2]))
    const run = train(new nn.Sequential([new nn.Flatten(), new nn.Linear(4, 2)]), {
      data: data.batches(set, { size: 5, dropLast: true }),
      test: set,
      optimizer: make().optimizer,
      epochs: 1,
      loss: (output, y) => output.sub(y).square().mean(),
    })
    run.epoch()
    expect(run.stepsDone).toBe(2)
    expect(run.history[0]).not.toHaveProperty('accuracy')
    expect(run.log.points.at(-1)).not.toHaveProperty('testAccuracy')
    expect(run.history[0].testLoss).toBeGreaterThan(0)
  })
  test('errors', () => {
    expect(() => make({ keep: 0 })).toThrow('keep 0')
    expect(() => make({ epochs: 0 })).toThrow('epochs 0')
    let inside: Run | null = null
    const run = make({ beforeStep: r => void (inside = r).snapshot() })
    expect(() => run.step()).toThrow('snapshot: a step is under way')
    expect(inside).toBe(run)
  })
})
