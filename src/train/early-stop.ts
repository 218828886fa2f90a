/** When to stop before all epochs are done. */
import type { Module, StateDict } from '../nn/module.ts'
import type { EpochRecord } from './options.ts'

export interface EarlyStopOptions {
  /** Epochs without a better one after which to stop. */
  patience: number
  /** What counts: `testLoss`, `testAccuracy`, `loss`, `accuracy`, or one of the run's metrics. Default `testLoss`. */
  measure?: string
  /** Whether more is better. Default: for names that end with `loss` (or `error`, `perplexity`) less is. */
  maximize?: boolean
  /** Smaller changes than this are none. Default 0. */
  minDelta?: number
  /** Ends with the weights of the best epoch. Default false. */
  restore?: boolean
}

/** The best epoch so far. */
export interface Best {
  value: number
  step: number
  /** Epochs done then. */
  epoch: number
  /** Epochs since. */
  since: number
  /** Its weights, where they are to be restored. */
  weights: StateDict | null
}

/** @throws RangeError when patience or minDelta is out of range */
export function checkEarlyStop({ patience, minDelta = 0 }: EarlyStopOptions): void {
  if (!Number.isInteger(patience) || patience < 1)
    throw new RangeError(`train: earlyStop patience ${patience}; a whole number from 1`)
  if (!(minDelta >= 0)) throw new RangeError(`train: earlyStop minDelta ${minDelta}; at least 0`)
}

/** The best epoch with this one counted. NaN is never better. */
export function judge(
  best: Best | null,
  record: EpochRecord,
  { measure = 'testLoss', maximize, minDelta = 0, restore = false }: EarlyStopOptions,
  net: Module,
): Best {
  const value = record[measure]
  if (typeof value !== 'number')
    throw new RangeError(
      `train: earlyStop watches ${measure}; an epoch has ${Object.keys(record).join(', ')}`,
    )
  const up = maximize ?? !/(loss|error|perplexity)$/i.test(measure)
  const better =
    !Number.isNaN(value) &&
    (best === null ||
      Number.isNaN(best.value) ||
      (up ? value > best.value + minDelta : value < best.value - minDelta))
  if (best !== null && !better) return { ...best, since: best.since + 1 }
  const { step, epoch } = record
  return { value, step, epoch, since: 0, weights: restore ? net.stateDict() : null }
}
