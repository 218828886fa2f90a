/** Training with everything around it: the loop of lecture 5, held, stepped, taken back, branched and drawn from outside. */
import { batches, DataLoader, type Batch } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import { crossEntropy } from '../ops/index.ts'
import { noGrad } from '../autograd/tape.ts'
import { host } from '../spec/host.ts'
import { fileExists, joinPath, listFolder, makeFolder } from '../platform/files.ts'
import { defaultGenerator, Generator } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { copyNetwork, copyOptimizer, copySchedule } from './clone.ts'
import { checkEarlyStop, judge, type Best } from './early-stop.ts'
import { countOf, hits, measure, type Evaluation } from './evaluate.ts'
import { firstBroken, layerStates, type Broken, type LayerState } from './layer-state.ts'
import { TrainingLog, type Control } from './log.ts'
import { Moment, type BranchOptions } from './moment.ts'
import { ratesOf, scaled, setRates } from './optimizer.ts'
import type { EpochRecord, TrainOptions } from './options.ts'
import { copyState, loadSnapshot, saveSnapshot, type Snapshot, type Sums } from './snapshot.ts'

/** Longest piece of training, in milliseconds, after which others may run. */
const SLICE = 50
/** Time between two looks for messages while paused, in milliseconds. */
const PAUSE = 20
/** Images whose activations a snapshot looks at. */
const PROBED = 200
/** Newest branches that a run remembers. */
const BRANCHES = 12

/**
 * A training run: every epoch in a new seeded order. `show(run)` draws it and its buttons drive it. What follows from a step
 * depends on the run's own state alone (weights, optimiser, random numbers, place in the data), so that a run taken back, or
 * read from a file in another process, goes on bit for bit as it did.
 */
export class Run {
  /** The curve and its state. */
  readonly log: TrainingLog
  readonly net: Module
  readonly optimizer: TrainOptions['optimizer']
  /** @internal */
  readonly options: TrainOptions
  /** What a training step takes. */
  private readonly order: DataLoader<Batch, Batch>
  private readonly epochs: number
  private steps = 0
  /** A loop that is under way: `finish()` or one that the page started. */
  private loop: Promise<void> | null = null
  private held = false
  private busy = false
  private waiting: Control[] = []
  private lastTest: Evaluation | null = null
  /** Steps after which to hold; Infinity for none. */
  private holdAt = Infinity
  /** The run's own random numbers, for dropout: nobody else draws from them. */
  private readonly random: Generator
  /** Learning rates that a schedule takes its shares of: of the optimiser, and of its groups that have their own. */
  private startRates: readonly number[]
  private sums: Sums = { loss: 0, right: 0, examples: 0 }
  private best: Best | null = null
  private records: EpochRecord[] = []
  private stopped = false
  private readonly kept = new Map<number, Snapshot>()
  private readonly states = new Map<number, readonly LayerState[]>()
  private broke: Broken | null = null
  private readonly forks: Run[] = []
  private readonly watchers = new Set<() => void>()
  /** Images of the test set (without one, of the first batch) whose activations were looked at. @internal */
  probed = 0
  /** The run that this one left, the step at which it did, and what it does otherwise, e.g. `lr 0.001`. */
  readonly origin: { run: Run; step: number; changes: string } | null = null

  constructor(net: Module, options: TrainOptions) {
    const { data, optimizer, epochs, batch = 64, seed = 1, augment, keep, facts = {} } = options
    if (!Number.isInteger(epochs) || epochs < 1)
      throw new RangeError(`train: epochs ${epochs}; a whole number from 1`)
    if (
      typeof keep === 'number'
        ? !(Number.isInteger(keep) && keep >= 1)
        : keep && !['epochs', 'steps'].includes(keep)
    )
      // prettier-ignore
      throw new RangeError(`train: keep ${keep}; 'epochs', 'steps' or a number of steps`)
    if (options.earlyStop) checkEarlyStop(options.earlyStop)
    this.net = net
    this.optimizer = optimizer
    this.options = options
    this.epochs = epochs
    this.random = new Generator(seed)
    this.startRates = ratesOf(optimizer)
    if (data instanceof DataLoader) {
      if (augment)
        throw new RangeError('train: augment changes batches that train makes; give yours a map')
      this.order = data
    } else this.order = new DataLoader(data, { size: batch, shuffle: true, seed, map: augment })
    const settings = settingsOf(optimizer)
    this.log = new TrainingLog({
      epochs,
      stepsPerEpoch: this.order.length,
      facts: {
        optimizer: [
          optimizer.constructor.name,
          `lr ${optimizer.lr}`,
          ...(settings.momentum ? [`momentum ${settings.momentum}`] : []),
          ...(settings.weightDecay ? [`weight decay ${settings.weightDecay}`] : []),
        ].join(', '),
        ...(data instanceof DataLoader ? {} : { batch }),
        ['images' in this.order.set ? 'images' : 'examples']: this.order.set.length,
        seed: data instanceof DataLoader ? data.seed : seed,
        ...facts,
      },
    })
    this.log.driver = control => this.control(control)
    if (keep !== undefined) this.keepNow()
  }

  /** Steps done. */
  get stepsDone(): number {
    return this.steps
  }
  /** Epochs done, with the fraction of the current one. */
  get epochsDone(): number {
    return this.steps / this.order.length
  }
  /** Steps in an epoch. */
  get stepsPerEpoch(): number {
    return this.order.length
  }
  /** Whether all epochs are done, or the test set no longer gets better. */
  get finished(): boolean {
    return this.stopped || this.steps >= this.order.length * this.epochs
  }
  /** Whether `earlyStop` ended it. */
  get stoppedEarly(): boolean {
    return this.stopped
  }
  /** Each epoch's numbers. */
  get history(): readonly EpochRecord[] {
    return this.records
  }
  /** The kept snapshots in the order of their steps. */
  get snapshots(): readonly Snapshot[] {
    return [...this.kept.values()].sort((a, b) => a.step - b.step)
  }

  /** Runs that left this one: the newest 12. */
  get branches(): readonly Run[] {
    return this.forks
  }
  /** The layers at a kept snapshot: histograms of weights, gradients and activations. */
  layersAt(step: number): readonly LayerState[] | null {
    return this.states.get(step) ?? null
  }
  /** Where the loss was first not finite: its step, and the first layer whose output was not. */
  get broken(): Broken | null {
    return this.broke
  }
  /** Calls `f` when snapshots or branches were added. @internal */
  watch(f: () => void): () => void {
    this.watchers.add(f)
    return () => this.watchers.delete(f)
  }

  /** One optimiser step, and at the end of an epoch the test. Returns its loss, or null when all epochs are done. */
  step(): number | null {
    const loss = this.advance()
    if (!this.finished && !this.loop) this.log.setState('paused')
    return loss
  }

  /** Trains to the end of this epoch, synchronously. Returns the test's result, or null without a test set. */
  epoch(): Evaluation | null {
    this.log.setState(this.finished ? 'done' : 'running')
    const end = this.epochEnd
    while (this.steps < end && this.advance() !== null) host()?.poll()
    if (!this.finished && !this.loop) this.log.setState('paused')
    return this.lastTest
  }

  /** Holds `finish()` after the step under way. */
  pause(): void {
    this.held = true
    if (!this.finished) this.log.setState('paused')
  }
  /** Goes on after `pause()`. */
  resume(): void {
    this.held = false
    this.holdAt = Infinity
    if (!this.finished) this.log.setState('running')
  }

  /**
   * Trains to the end. In pieces of 50 ms, so that the page's buttons and other cells' messages are answered meanwhile;
   * while paused it waits for `resume()` or the page. Returns the run.
   */
  async finish(): Promise<this> {
    this.resume()
    this.loop ??= this.train().finally(() => (this.loop = null))
    await this.loop
    return this
  }

  /** Everything that the future depends on, now; kept for `at`. */
  snapshot(): Snapshot {
    this.still('snapshot')
    return this.keepNow(true)
  }

  /**
   * A kept snapshot: `run.at({ epoch: 10 })`, `run.at({ step: 938 })`, to go back to or to branch from.
   * @throws RangeError when none is kept there, listing those that are
   */
  at(place: { epoch: number } | { step: number }): Moment {
    const step = 'step' in place ? place.step : place.epoch * this.order.length
    const found = this.kept.get(Math.round(step))
    if (found && Math.abs(step - Math.round(step)) < 1e-6) return new Moment(this, found)
    const list = this.snapshots.map(s => ('step' in place ? s.step : trim(s.epoch)))
    const shown = list.length > 12 ? [...list.slice(0, 5), '…', ...list.slice(-5)] : list
    const what = 'step' in place ? `step ${place.step}` : `epoch ${place.epoch}`
    throw new RangeError(
      `at: no snapshot of ${what}; ${list.length ? `there are ${'step' in place ? 'steps' : 'epochs'} ${shown.join(', ')}` : "none are kept: train(net, { keep: 'epochs' }), or run.snapshot()"}`,
    )
  }

  /** A run of its own that goes on from here with a copy of the network: see `Moment.branch`. */
  branch(options: BranchOptions = {}): Run {
    this.still('branch')
    return new Moment(this, this.capture()).branch(options)
  }

  /** Writes everything that the future depends on as one safetensors file, whose tensors `net.…` are the weights. */
  save(file: string): void {
    this.still('save')
    saveSnapshot(file, this.capture())
  }

  /**
   * Goes on from a file that `save` wrote, in this process or another; the run was made with the same options. From a folder
   * (the option `folder`) the newest. Returns itself.
   * @throws FileError when the file is damaged, RangeError when the network or the optimiser is another
   */
  load(file: string): this {
    const list = listFolder(file)
    if (list) {
      const newest = list.filter(e => /^step-\d+\.safetensors$/.test(e.name)).sort((a, b) => parseInt(a.name.slice(5)) - parseInt(b.name.slice(5))).pop() // prettier-ignore
      if (!newest) throw new RangeError(`load: no step-….safetensors in ${file}`)
      file = joinPath(file, newest.name)
    } else if (!fileExists(file)) throw new RangeError(`load: there is no ${file}`)
    const snapshot = loadSnapshot(file)
    const { seed, length } = this.order
    if (snapshot.seed !== seed || snapshot.stepsPerEpoch !== length)
      throw new RangeError(
        `load: ${file} has seed ${snapshot.seed} and ${snapshot.stepsPerEpoch} steps an epoch; this run has ${seed} and ${length}`,
      )
    if (snapshot.step > this.order.length * this.epochs)
      throw new RangeError(
        `load: ${file} is at step ${snapshot.step}; this run has ${this.order.length * this.epochs}`,
      )
    this.restore(snapshot)
    return this
  }

  /** Puts the run where a snapshot was taken. What was kept stays. @internal */
  restore(s: Snapshot): void {
    this.still('rewind')
    this.net.loadStateDict(s.weights)
    // A copy of what an optimiser of this class gave.
    this.optimizer.loadStateDict(copyState(s.optimizer) as never)
    setRates(this.optimizer, s.lr)
    const { schedule } = this.options
    if (schedule && typeof schedule !== 'function')
      schedule.loadStateDict(copyState(s.schedule) as never) // likewise
    this.optimizer.zeroGrad()
    this.random.setState(s.random)
    this.sums = { ...s.sums }
    this.best = copyState(s.best)
    this.records = s.history.map(record => ({ ...record }))
    this.steps = s.step
    if (this.broke && s.step < this.broke.step) this.broke = null
    this.stopped = this.patienceOver
    const last = this.records[this.records.length - 1]
    this.lastTest =
      last?.testLoss === undefined
        ? null
        : { loss: last.testLoss, accuracy: last.testAccuracy ?? NaN }
    this.held = true
    this.log.restore(s.points, s.step)
  }

  /** @internal */
  capture(): Snapshot {
    const { schedule } = this.options
    return {
      step: this.steps,
      seed: this.order.seed,
      stepsPerEpoch: this.order.length,
      epoch: this.epochsDone,
      weights: this.net.stateDict(),
      optimizer: copyState(this.optimizer.stateDict()),
      lr: ratesOf(this.optimizer),
      schedule: schedule && typeof schedule !== 'function' ? copyState(schedule.stateDict()) : null,
      random: this.random.getState(),
      sums: { ...this.sums },
      best: copyState(this.best),
      history: this.records.map(record => ({ ...record })),
      points: [...this.log.points],
    }
  }

  toString(): string {
    const { points } = this.log
    const last = points[points.length - 1]
    const facts = Object.entries(last ?? {}).map(([name, value]) => `${name} ${value}`)
    return `run, ${this.log.state}: ${facts.join(', ') || 'no step yet'}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }

  private async train(): Promise<void> {
    while (!this.finished) {
      const until = performance.now() + SLICE
      while (!this.held && !this.finished && performance.now() < until) {
        this.advance()
        host()?.poll()
        if (this.steps >= this.holdAt) {
          this.holdAt = Infinity
          this.pause()
        }
      }
      await new Promise(resolve => setTimeout(resolve, this.held ? PAUSE : 0))
      host()?.poll()
    }
  }

  /** A page's button. What comes in the middle of a step waits for its end. */
  private control(control: Control): void {
    if (this.finished) return
    if (control === 'pause') this.pause()
    else if (this.busy) this.waiting.push(control)
    else if (control === 'step') {
      this.pause()
      this.advance()
    } else {
      this.resume()
      if (control === 'epoch') this.holdAt = this.epochEnd
      this.loop ??= this.train().finally(() => (this.loop = null))
    }
  }

  private get epochEnd(): number {
    return (Math.floor(this.steps / this.order.length) + 1) * this.order.length
  }

  /** One step with everything that belongs to it. */
  private advance(): number | null {
    if (this.finished || this.busy) return null
    this.busy = true
    const outside = defaultGenerator.getState()
    defaultGenerator.setState(this.random.getState())
    let value: number
    try {
      value = this.learn()
      if (this.steps % this.order.length === 0) this.endEpoch()
    } finally {
      this.random.setState(defaultGenerator.getState())
      defaultGenerator.setState(outside)
      this.busy = false
    }
    if (this.stopped && this.options.earlyStop?.restore && this.best?.weights)
      this.net.loadStateDict(this.best.weights)
    if (this.keeps) this.keepNow()
    if (this.finished) this.log.done()
    for (const control of this.waiting.splice(0)) this.control(control)
    return value
  }

  private learn(): number {
    const { schedule, loss: given, beforeStep } = this.options
    const { optimizer } = this
    const { length } = this.order
    if (typeof schedule === 'function') {
      const progress = this.steps / (length * this.epochs)
      const lr = schedule({
        step: this.steps,
        epoch: this.epochsDone,
        progress,
        lr: this.startRates[0],
      })
      if (!(lr >= 0)) throw new RangeError(`train: the schedule gave the learning rate ${lr}`)
      setRates(optimizer, scaled(this.startRates, lr))
    }
    const { x, y } = this.order.at(Math.floor(this.steps / length), this.steps % length)
    this.net.train()
    const output = this.net.call(x)
    const right = given ? null : noGrad(() => hits(output, y))
    const loss = (given ?? crossEntropy)(output, y)
    optimizer.zeroGrad()
    loss.backward()
    const value = loss.item()
    // With the weights that gave it.
    if (!Number.isFinite(value) && !this.broke)
      this.broke = {
        step: this.steps + 1,
        epoch: (this.steps + 1) / length,
        layer: firstBroken(this.net, x),
      }
    beforeStep?.(this)
    optimizer.step()
    this.steps++
    const examples = countOf(y, given)
    this.sums.loss += value * examples
    this.sums.right += right ?? 0
    this.sums.examples += examples
    this.log.push(right === null ? { loss: value } : { loss: value, accuracy: right / examples })
    return value
  }

  private endEpoch(): void {
    const { test, loss, metrics, earlyStop, schedule, onEpoch, batch = 64 } = this.options
    const { sums } = this
    const record: EpochRecord = {
      epoch: this.steps / this.order.length,
      step: this.steps,
      lr: this.optimizer.lr,
      loss: sums.loss / sums.examples,
      ...(loss ? {} : { accuracy: sums.right / sums.examples }),
    }
    this.sums = { loss: 0, right: 0, examples: 0 }
    if (test) {
      const result = measure(this.net, test, {
        batch: Math.max(batch, 500),
        loss,
        metrics,
        onBatch: () => void host()?.poll(),
      })
      this.lastTest = { loss: result.loss, accuracy: result.accuracy ?? NaN }
      record.testLoss = result.loss
      if (result.accuracy !== undefined) record.testAccuracy = result.accuracy
      Object.assign(record, result.metrics)
      const { testLoss, testAccuracy } = record
      this.log.push(testAccuracy === undefined ? { testLoss } : { testLoss, testAccuracy })
    }
    this.records.push(record)
    if (schedule && typeof schedule !== 'function') schedule.step(record.testLoss ?? record.loss)
    if (earlyStop) {
      this.best = judge(this.best, record, earlyStop, this.net)
      this.stopped = this.patienceOver
    }
    onEpoch?.({ ...record }, this)
  }

  private get patienceOver(): boolean {
    const { earlyStop } = this.options
    return !!earlyStop && this.best !== null && this.best.since >= earlyStop.patience
  }

  private get keeps(): boolean {
    const { keep } = this.options
    if (keep === undefined) return false
    const every = keep === 'epochs' ? this.order.length : keep === 'steps' ? 1 : keep
    return this.steps % every === 0 || this.finished
  }

  private keepNow(probe = this.steps % this.order.length === 0): Snapshot {
    const snapshot = this.capture()
    this.kept.set(this.steps, snapshot)
    const known = this.states.get(this.steps)
    if (!known?.some(s => s.gradients && s.activations))
      this.states.set(
        this.steps,
        layerStates(this.net, this.optimizer, probe ? this.probe() : null),
      )
    for (const f of this.watchers) f()
    const { folder } = this.options
    if (folder !== undefined) {
      makeFolder(folder)
      saveSnapshot(joinPath(folder, `step-${String(this.steps).padStart(6, '0')}.safetensors`), snapshot) // prettier-ignore
    }
    return snapshot
  }

  /** Some images whose activations are looked at. */
  private probe(): Tensor {
    const { test } = this.options
    const { x } = test ? batches(test, { size: PROBED }).at(0, 0) : this.order.at(0, 0)
    this.probed = Math.min(PROBED, x.shape[0])
    return noGrad(() => x.narrow(0, 0, this.probed))
  }

  /** A run like this one on a network and an optimiser of its own, at the snapshot. @internal */
  fork(s: Snapshot, { net, optimizer, lr, ...changes }: BranchOptions): Run {
    if (!net !== !optimizer)
      throw new RangeError(
        'branch: a network of your own needs an optimiser of its own: branch({ net, optimizer })',
      )
    const own = net && optimizer ? { net, optimizer } : this.copy()
    let { schedule } = { ...this.options, ...changes }
    if (schedule && typeof schedule !== 'function' && schedule === this.options.schedule) {
      if (lr !== undefined)
        throw new RangeError(
          'branch: lr, but the schedule sets the learning rate; give the branch another: branch({ schedule: ({ epoch }) => … })',
        )
      schedule = copySchedule(schedule, this.optimizer, own.optimizer)
    }
    const all = { ...this.options, ...changes, schedule, keep: undefined }
    const run = new Run(own.net, { ...all, optimizer: own.optimizer })
    run.restore(run.order.length === this.order.length ? s : rescale(s, run.order.length))
    if ('seed' in changes) run.random.manualSeed(changes.seed ?? 1)
    run.startRates = lr === undefined ? this.startRates : scaled(this.startRates, lr)
    if (lr !== undefined) setRates(own.optimizer, scaled(ratesOf(own.optimizer), lr))
    const told = Object.entries({ ...(lr === undefined ? {} : { lr }), ...changes })
      .map(([name, v]) =>
        ['number', 'string'].includes(typeof v) ? `${name} ${v as string}` : name,
      ) // one of the two
      .join(', ')
    Object.assign(run, { origin: { run: this, step: run.steps, changes: told || 'unchanged' } })
    const states = this.states.get(s.step)
    if (states) run.states.set(run.steps, states)
    this.forks.push(run)
    if (this.forks.length > BRANCHES) this.forks.shift()
    // Kept from here on.
    const keep = 'keep' in changes ? changes.keep : this.options.keep
    Object.assign(run.options, { keep })
    if (keep !== undefined) run.keepNow()
    for (const f of this.watchers) f()
    return run
  }

  private copy(): { net: Module; optimizer: TrainOptions['optimizer'] } {
    const { net, tensors } = copyNetwork(this.net)
    return { net, optimizer: copyOptimizer(this.optimizer, tensors) }
  }

  /** @throws Error in the middle of a step */
  private still(op: string): void {
    if (this.busy)
      throw new Error(`${op}: a step is under way; after it, or from onEpoch of the next`)
  }
}

/** Settings of an optimiser that are worth showing. */
function settingsOf(optimizer: object): { momentum?: unknown; weightDecay?: unknown } {
  return optimizer
}

/** The same place in a run whose epochs have another number of steps. */
function rescale(s: Snapshot, stepsPerEpoch: number): Snapshot {
  if (!Number.isInteger(s.epoch))
    throw new RangeError(
      `branch: epochs of another length begin at an epoch's start; this is epoch ${trim(s.epoch)}`,
    )
  const step = (epoch: number): number => Math.round(epoch * stepsPerEpoch)
  return {
    ...s,
    step: step(s.epoch),
    points: s.points.map(p => ({ ...p, step: step(p.epoch) })),
    history: s.history.map(r => ({ ...r, step: step(r.epoch) })),
  }
}

const trim = (epoch: number): string => String(Number(epoch.toFixed(2)))

/**
 * A run of `net` on `data`, not started: `await run.finish()`, or `run.step()`, `run.epoch()`; `show(run)` draws it.
 *
 *     const run = train(net, { data: trainingSet, test, optimizer, epochs: 5, batch: 64, seed: 1, keep: 'epochs' })
 *     await run.finish()
 *     const slower = run.at({ epoch: 2 }).branch({ lr: 0.001 })
 */
export function train(net: Module, options: TrainOptions): Run {
  return new Run(net, options)
}
