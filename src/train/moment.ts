/** A place in a run's past. */
import type { Module, StateDict } from '../nn/module.ts'
import { copyNetwork } from './clone.ts'
import type { TrainOptions } from './options.ts'
import type { Run } from './run.ts'
import { saveSnapshot, type Snapshot } from './snapshot.ts'

/** What a branch does otherwise than its run. */
export interface BranchOptions extends Partial<Omit<TrainOptions, 'optimizer'>> {
  /** Another learning rate. */
  lr?: number
  /** A network of the branch's own, of the same make; with `optimizer`. Default: a copy. */
  net?: Module
  optimizer?: TrainOptions['optimizer']
}

/** What `run.at` returns. */
export class Moment {
  constructor(
    private readonly run: Run,
    /** Everything that was kept. */
    readonly snapshot: Snapshot,
  ) {}

  /** Steps done then. */
  get step(): number {
    return this.snapshot.step
  }
  /** Epochs done then. */
  get epoch(): number {
    return this.snapshot.epoch
  }
  /** Parameters and buffers then, by name. */
  get weights(): StateDict {
    return this.snapshot.weights
  }

  /** A copy of the network as it was then: to look at, to trace, to compare. */
  network(): Module {
    const { net } = copyNetwork(this.run.net)
    net.loadStateDict(this.snapshot.weights)
    return net
  }

  /** Takes the run back: it goes on from here as it did before, unless something is changed. Returns the run, paused. */
  rewind(): Run {
    this.run.restore(this.snapshot)
    return this.run
  }

  /**
   * A run of its own that goes on from here, beside the first: `run.at({ epoch: 10 }).branch({ lr: 0.001 })`. It has a copy of
   * network and optimiser; without changes it does bit for bit what the first one did.
   * @throws TypeError when the network cannot be copied: then give `net` and `optimizer`
   */
  branch(options: BranchOptions = {}): Run {
    return this.run.fork(this.snapshot, options)
  }

  /** Writes it as `run.save` does. */
  save(file: string): void {
    saveSnapshot(file, this.snapshot)
  }

  toString(): string {
    return `epoch ${Number(this.epoch.toFixed(2))}, step ${this.step}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}
