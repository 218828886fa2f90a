/** What a run can be told. */
import type { Batch, DataLoader, Dataset, Transform } from '../data/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { EarlyStopOptions } from './early-stop.ts'
import type { Optimizer, Schedule, Scheduler } from './optimizer.ts'
import type { Run } from './run.ts'

/** From a network's output and the batch's y: a tensor of one number, or a number. */
export type Measure = (output: Tensor, y: Tensor) => Tensor | number

export interface TrainOptions {
  /** Examples, or batches of one's own making: `batches(set, { size, shuffle, seed, map })`. */
  data: Dataset | DataLoader<Batch, Batch>
  /** Evaluated after each epoch: a test or a validation set. */
  test?: Dataset
  optimizer: Optimizer
  epochs: number
  /** Examples in a batch. Default 64. */
  batch?: number
  /** Of the order of the examples, of their changes and of dropout. Default 1. */
  seed?: number
  /** Changes to the training batches, e.g. `data.randomFlip()`. */
  augment?: Transform
  /** Mean loss of a batch. Default cross-entropy of logits [N, K] and classes [N], with the accuracy beside it. */
  loss?: (output: Tensor, y: Tensor) => Tensor
  /** More measures of the test set by name, each the mean of a batch: they stand in `run.history`. */
  metrics?: Readonly<Record<string, Measure>>
  /** The learning rate: a function of the place, before each step, or an object that is stepped after each epoch. */
  schedule?: Schedule | Scheduler
  /** Stops when the test set no longer gets better. */
  earlyStop?: EarlyStopOptions
  /**
   * Which snapshots are kept for `run.at`: after every epoch, every step, or so many steps; with the one at the start.
   * Default: those that `run.snapshot()` takes.
   */
  keep?: 'epochs' | 'steps' | number
  /** A folder into which kept snapshots are written too, as `step-000938.safetensors`. */
  folder?: string
  /** Called between `backward()` and the optimiser's step: the place to clip gradients. */
  beforeStep?: (run: Run) => void
  /** Called after each epoch, with its test. */
  onEpoch?: (record: EpochRecord, run: Run) => void
  /** What else to show beside the curves. */
  facts?: Readonly<Record<string, string | number | boolean>>
}

/** One epoch's numbers. */
export interface EpochRecord {
  /** Epochs done, from 1. */
  epoch: number
  /** Steps done. */
  step: number
  /** Learning rate of its last step. */
  lr: number
  /** Mean over its steps. */
  loss: number
  /** Share of right answers over its steps, 0…1, where the loss is cross-entropy. */
  accuracy?: number
  testLoss?: number
  testAccuracy?: number
  /** Metrics, by their names. */
  [metric: string]: number | undefined
}
