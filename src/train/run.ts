/** Training with everything around it: the loop of lecture 5, held, stepped and drawn from outside. */
import { batches, type Batch, type Batches, type ImageSet } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import type { SGD } from '../optim/index.ts'
import { argmax, crossEntropy, eq } from '../ops/index.ts'
import { noGrad } from '../autograd/tape.ts'
import { host } from '../spec/host.ts'
import { evaluate, type Evaluation } from './evaluate.ts'
import { TrainingLog, type Control } from './log.ts'

/** Longest piece of training, in milliseconds, after which others may run. */
const SLICE = 50
/** Time between two looks for messages while paused, in milliseconds. */
const PAUSE = 20

export interface TrainOptions {
  data: ImageSet
  /** Evaluated after each epoch. */
  test?: ImageSet
  optimizer: SGD
  epochs: number
  /** Images in a batch. Default 64. */
  batch?: number
  /** Of the order of the images. Default 1. */
  seed?: number
  /** What else to show beside the curves. */
  facts?: Readonly<Record<string, string | number | boolean>>
}

/**
 * A training run: cross-entropy of `net`'s logits, every epoch in a new seeded order. `show(run)` draws it and its buttons
 * drive it.
 */
export class Run {
  /** The curve and its state. */
  readonly log: TrainingLog
  readonly net: Module
  private readonly options: Required<Omit<TrainOptions, 'test' | 'facts'>> & { test?: ImageSet }
  private readonly order: Batches
  private epochBatches: Iterator<Batch> | null = null
  private steps = 0
  /** A loop that is under way: `finish()` or one that the page started. */
  private loop: Promise<void> | null = null
  private held = false
  private busy = false
  private waiting: Control[] = []
  private lastTest: Evaluation | null = null
  /** Steps after which to hold; Infinity for none. */
  private holdAt = Infinity

  constructor(net: Module, options: TrainOptions) {
    const { data, test, optimizer, epochs, batch = 64, seed = 1, facts = {} } = options
    if (!Number.isInteger(epochs) || epochs < 1)
      throw new RangeError(`train: epochs ${epochs}; a whole number from 1`)
    this.net = net
    this.options = { data, test, optimizer, epochs, batch, seed }
    this.order = batches(data, { size: batch, shuffle: true, seed })
    const { momentum, weightDecay } = optimizer
    this.log = new TrainingLog({
      epochs,
      stepsPerEpoch: this.order.length,
      facts: {
        optimizer: [
          optimizer.constructor.name,
          `lr ${optimizer.lr}`,
          ...(momentum ? [`momentum ${momentum}`] : []),
          ...(weightDecay ? [`weight decay ${weightDecay}`] : []),
        ].join(', '),
        batch,
        images: data.length,
        seed,
        ...facts,
      },
    })
    this.log.driver = control => this.control(control)
  }

  /** Steps done. */
  get stepsDone(): number {
    return this.steps
  }
  /** Whether all epochs are done. */
  get finished(): boolean {
    return this.steps >= this.order.length * this.options.epochs
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
    let value: number
    try {
      const { x, y } = this.next()
      const { optimizer } = this.options
      this.net.train()
      const logits = this.net.call(x)
      const accuracy =
        noGrad(() =>
          eq(argmax(logits, { dim: 1 }), y)
            .sum()
            .item(),
        ) / y.size
      const loss = crossEntropy(logits, y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      value = loss.item()
      this.steps++
      this.log.push({ loss: value, accuracy })
      if (this.steps % this.order.length === 0) this.endEpoch()
    } finally {
      this.busy = false
    }
    if (this.finished) this.log.done()
    for (const control of this.waiting.splice(0)) this.control(control)
    return value
  }

  private next(): Batch {
    for (;;) {
      this.epochBatches ??= this.order[Symbol.iterator]()
      const { value, done } = this.epochBatches.next()
      if (!done) return value
      this.epochBatches = null
    }
  }

  private endEpoch(): void {
    const { test } = this.options
    if (!test) return
    this.lastTest = evaluate(this.net, test, { onBatch: () => void host()?.poll() })
    this.log.push({ testLoss: this.lastTest.loss, testAccuracy: this.lastTest.accuracy })
  }
}

/**
 * A run of `net` on `data`, not started: `await run.finish()`, or `run.step()`, `run.epoch()`; `show(run)` draws it.
 *
 *     const run = train(net, { data: trainingSet, test, optimizer, epochs: 5, batch: 64, seed: 1 })
 */
export function train(net: Module, options: TrainOptions): Run {
  return new Run(net, options)
}
