/**
 * The training view's other end, for loops that students write themselves. `report` sends what is new to the open pages,
 * looks for what they sent, and holds the loop while a page has pressed Pause.
 */
import { host } from '../spec/host.ts'
import { MAX_POINTS } from '../spec/validate.ts'
import type { TrainingPoint, TrainingState, TrainingView } from '../spec/view.ts'
import { Tensor } from '../tensor/tensor.ts'
import { Curve, isTest } from './curve.ts'

/** Least time between two messages to the pages, in milliseconds: at most 20 a second. */
const INTERVAL = 50
/** How long one look for messages blocks while paused, in milliseconds. */
const WAIT = 200
/** A loop that has not reported for so long, in milliseconds, while others may run, has stopped. */
const SILENCE = 1500

export interface TrainingLogOptions {
  /** How many epochs are planned. Default unknown. */
  epochs?: number
  /** Steps in an epoch, e.g. `batches.length`. Default: learned at the first report of a test result. */
  stepsPerEpoch?: number
  /** What to show beside the curves, in this order: `{ optimizer: 'SGD, lr 0.05', batch: 64 }`. */
  facts?: Readonly<Record<string, string | number | boolean>>
  /** First words of the view's title. Default `Training`. */
  title?: string
}

/** Numbers of one step (loss, accuracy) or of a test. A tensor of one element is read with `item()`. */
export interface TrainingReport {
  loss?: number | Tensor
  /** Share of right answers, 0…1. */
  accuracy?: number | Tensor
  testLoss?: number | Tensor
  /** Share of right answers, 0…1. */
  testAccuracy?: number | Tensor
}

export type TrainingData = TrainingView['data']
export type Control = 'pause' | 'resume' | 'step' | 'epoch'

/** What a view hears of a log. */
export interface TrainingListener {
  /** New points; at most 20 times a second, and at once when the state changes. */
  append(points: TrainingPoint[], state: TrainingState, speed: number | null): void
  /** The curve changed throughout: send all of it. */
  replace(): void
  /** Paused, an epoch over, or ended: worth saving. `settled`: the state, not only a number, has changed. */
  save(settled: boolean): void
}

/**
 * A log of a training loop; `show(log)` draws it.
 *
 *     const log = trainingLog({ epochs: 5, stepsPerEpoch: batches.length })
 *     show(log)
 *     … in the loop:  log.report({ loss })
 *     … each epoch:   log.report({ testLoss, testAccuracy })
 *     log.done()
 */
export class TrainingLog {
  readonly title: string
  readonly epochs: number | null
  readonly facts: [string, string][]
  readonly controls: ('pause' | 'step' | 'epoch')[] = ['pause', 'step', 'epoch']
  private perEpoch: number | null
  private current: TrainingState = 'ready'
  private steps = 0
  private epochsTested = 0
  private speed: number | null = null
  private curve = new Curve(MAX_POINTS - 1)
  private unsent: TrainingPoint[] = []
  private resend = false
  private sentAt = -Infinity
  private measured = { at: 0, steps: 0 }
  private lastReport = 0
  private watchdog: ReturnType<typeof setTimeout> | null = null
  private listeners = new Set<TrainingListener>()
  /** Steps that may pass while paused. */
  private allowance = 0
  private pauseAtEpoch = false
  /** Who acts on a control instead of the loop's own `report`: a `Run`. @internal */
  driver: ((control: Control) => void) | null = null

  constructor({ epochs, stepsPerEpoch, facts = {}, title = 'Training' }: TrainingLogOptions = {}) {
    for (const [name, n] of Object.entries({ epochs, stepsPerEpoch }))
      if (n !== undefined && (!Number.isInteger(n) || n < 1))
        throw new RangeError(`trainingLog: ${name} ${n}; a whole number from 1`)
    this.title = title
    this.epochs = epochs ?? null
    this.perEpoch = stepsPerEpoch ?? null
    this.facts = Object.entries(facts).map(([name, value]) => [name, String(value)])
  }

  /** `ready`, `running`, `paused`, `done`, or `stopped` (interrupted). */
  get state(): TrainingState {
    return this.current
  }
  /** Steps reported. */
  get step(): number {
    return this.steps
  }
  /** Epochs done, with the fraction of the current one where its length is known. */
  get epoch(): number {
    return this.perEpoch ? this.steps / this.perEpoch : this.epochsTested
  }
  /** The curve so far; NaN and ±Infinity are null. */
  get points(): readonly TrainingPoint[] {
    return this.curve.all()
  }

  /**
   * Adds numbers to the curve. One with a loss or an accuracy of the training counts a step; test results belong to the
   * step before. Blocks while the page has pressed Pause; an interrupt of the kernel gets out.
   */
  report(numbers: TrainingReport): void {
    this.push(numbers)
    host()?.poll()
    this.holdWhilePaused()
  }

  /** The end: the state becomes `done`, and the display is saved with the whole curve. */
  done(): void {
    this.setState('done')
  }

  /** Holds the loop in its next report, as the page's Pause does. */
  pause(): void {
    this.control('pause')
  }
  /** Lets a held loop go on. */
  resume(): void {
    this.control('resume')
  }

  /** What a page asked for. @internal */
  control(control: Control): void {
    if (this.driver) return this.driver(control)
    if (this.current === 'done' || this.current === 'stopped') return
    if (this.current === 'ready') {
      // Before the first step: how far the loop may go once it begins.
      if (control === 'epoch') this.pauseAtEpoch = true
      else if (control !== 'resume') this.setState('paused')
      return
    }
    if (control === 'pause') this.setState('paused')
    else if (control === 'step') {
      this.allowance++
      this.setState('paused')
    } else {
      this.pauseAtEpoch = control === 'epoch'
      this.setState('running')
    }
  }

  /** Takes the curve back to `steps`, or on to it: these points are all there are. The state becomes `paused`. @internal */
  restore(points: readonly TrainingPoint[], steps: number): void {
    this.curve = new Curve(MAX_POINTS - 1)
    for (const point of points) this.curve.add({ ...point })
    this.steps = steps
    this.epochsTested = points.filter(isTest).length
    this.unsent = []
    this.resend = true
    this.measured = { at: performance.now(), steps }
    this.speed = null
    this.setState(steps === 0 && points.length === 0 ? 'ready' : 'paused')
    this.settle()
  }

  /** Sends what has not been sent, so that a page that joins now misses and repeats nothing. @internal */
  settle(): void {
    if (this.unsent.length || this.resend) this.flush(performance.now())
  }

  /**
   * The contents of a training view. `saved` has everything; `live` leaves out the steps that still wait to be averaged into
   * one point, which pages get once that is done.
   */
  data(detail: 'saved' | 'live' = 'saved'): TrainingData {
    return {
      state: this.current,
      epochs: this.epochs,
      stepsPerEpoch: this.perEpoch,
      points: detail === 'saved' ? this.curve.all() : [...this.curve.points],
      facts: this.facts,
      controls: this.controls,
      speed: this.current === 'running' ? this.speed : null,
    }
  }

  /** @internal */
  listen(listener: TrainingListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** `report` without looking for messages and without holding. @internal */
  push(numbers: TrainingReport): void {
    const { loss, accuracy, testLoss, testAccuracy } = numbers
    const training = loss !== undefined || accuracy !== undefined
    const tested = testLoss !== undefined || testAccuracy !== undefined
    if (!training && !tested)
      throw new TypeError(
        `report: nothing to report in { ${Object.keys(numbers).join(', ')} }; loss, accuracy, testLoss or testAccuracy`,
      )
    const now = performance.now()
    if (training) this.steps++
    if (tested) this.learnEpoch()
    const point: TrainingPoint = { step: this.steps, epoch: this.epoch }
    if (loss !== undefined) point.loss = read('loss', loss)
    if (accuracy !== undefined) point.accuracy = read('accuracy', accuracy)
    if (testLoss !== undefined) point.testLoss = read('testLoss', testLoss)
    if (testAccuracy !== undefined) point.testAccuracy = read('testAccuracy', testAccuracy)
    const added = this.curve.add(point)
    if (added === null) this.resend = true
    else this.unsent.push(...added)
    this.lastReport = now
    this.watch()
    if (this.current === 'ready' || this.current === 'stopped' || this.current === 'done') {
      this.measured = { at: now, steps: this.steps }
      this.setState('running')
    } else if (now - this.sentAt >= INTERVAL) {
      this.measure(now)
      this.flush(now)
    }
    const epochOver = training && this.perEpoch !== null && this.steps % this.perEpoch === 0
    if (tested || epochOver) {
      for (const listener of this.listeners) listener.save(false)
      if (this.pauseAtEpoch && (tested || !this.expectsTest)) {
        this.pauseAtEpoch = false
        this.setState('paused')
      }
    }
  }

  /** Whether each epoch so far ended with a test: then the pause at an epoch's end waits for it. */
  private get expectsTest(): boolean {
    return this.epochsTested > 0
  }

  /** Without a known length, an epoch is what lies before the first test. */
  private learnEpoch(): void {
    this.epochsTested++
    if (this.perEpoch !== null || this.steps === 0) return
    this.perEpoch = this.steps
    for (const point of this.curve.points) point.epoch = point.step / this.perEpoch
    this.resend = true
  }

  /** @internal */
  setState(state: TrainingState): void {
    if (state === this.current && this.unsent.length === 0) return
    const changed = state !== this.current
    this.current = state
    const now = performance.now()
    if (changed && state === 'running') {
      this.measured = { at: now, steps: this.steps }
      this.lastReport = now
      this.watch()
    }
    this.flush(now)
    if (changed && state !== 'running') for (const listener of this.listeners) listener.save(true)
  }

  private holdWhilePaused(): void {
    const h = host()
    if (this.current !== 'paused' || !h) return
    if (this.unsent.length) this.flush(performance.now())
    let finished = false
    try {
      while (this.current === 'paused' && this.allowance === 0) h.wait(WAIT)
      finished = true
    } finally {
      if (!finished) this.setState('stopped')
    }
    if (this.allowance > 0) this.allowance--
    this.measured = { at: performance.now(), steps: this.steps }
  }

  private flush(now: number): void {
    this.sentAt = now
    const points = this.unsent
    this.unsent = []
    const speed = this.current === 'running' ? this.speed : null
    for (const listener of this.listeners)
      if (this.resend) listener.replace()
      else listener.append(points, this.current, speed)
    this.resend = false
  }

  /** Steps a second, smoothed over a few messages. */
  private measure(now: number): void {
    const { at, steps } = this.measured
    if (now - at < 200 || this.steps === steps) return
    const fresh = ((this.steps - steps) / (now - at)) * 1000
    this.speed = this.speed === null ? fresh : 0.7 * this.speed + 0.3 * fresh
    this.measured = { at: now, steps: this.steps }
  }

  /** A timer runs only when the loop lets others run or has ended: then silence means that it was interrupted. */
  private watch(): void {
    if (this.watchdog !== null) return
    const look = (): void => {
      this.watchdog = null
      if (this.current !== 'running') return
      if (performance.now() - this.lastReport >= SILENCE) this.setState('stopped')
      else this.watch()
    }
    this.watchdog = setTimeout(look, SILENCE)
    // In plain Node a waiting timer must not keep the program alive.
    this.watchdog.unref?.()
  }
}

/** A log for a loop of your own: see `TrainingLog`. @throws RangeError when a count is no whole number above 0 */
export function trainingLog(options: TrainingLogOptions = {}): TrainingLog {
  return new TrainingLog(options)
}

function read(name: string, value: number | Tensor): number | null {
  const number = value instanceof Tensor ? value.item() : value
  if (typeof number !== 'number')
    throw new TypeError(`report: ${name} is ${typeof number}, not a number or a tensor of one`)
  return Number.isFinite(number) ? number : null
}
