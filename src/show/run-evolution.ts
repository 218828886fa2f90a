/** `run.evolution(…)`: a run's snapshots through `filterEvolution`. Registered here, because training knows no explanations. */
import { ImageSet } from '../data/index.ts'
import {
  filterEvolution,
  type FilterEvolution,
  type FilterEvolutionOptions,
} from '../explain/index.ts'
import { Run } from '../train/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { thin } from './training-history.ts'

/** Images looked at unless said otherwise. */
const IMAGES = 1000
/** Snapshots followed unless said otherwise. */
const SNAPSHOTS = 64

export interface RunEvolutionOptions extends Omit<FilterEvolutionOptions, 'accuracy'> {
  /** Images among which the strongest is looked for. Default: the first 1,000 of the run's test set, or of its training set. */
  over?: ImageSet | Tensor
  /** How many snapshots at most, evenly chosen with the first and the last. Default 64. */
  snapshots?: number
}

declare module '../train/run.ts' {
  interface Run {
    /**
     * Filters over training: what excites some units at every kept snapshot, and how far each layer still had to go.
     *
     *     show(run.evolution({ layers: ['conv1', 'conv2'] }))
     *
     * @throws RangeError for fewer than two snapshots (`keep: 'epochs'`), no images, or a layer or unit that is not there
     */
    evolution(options?: RunEvolutionOptions): FilterEvolution
  }
}

Run.prototype.evolution = function (this: Run, options: RunEvolutionOptions = {}) {
  const { over, snapshots: most = SNAPSHOTS, ...rest } = options
  if (!(Number.isInteger(most) && most >= 2))
    throw new RangeError(`evolution: snapshots ${most}; a whole number from 2`)
  const kept = thin(this.snapshots, most)
  const tests = new Map(this.history.map(r => [r.step, r.testAccuracy ?? null]))
  return filterEvolution(
    this.net,
    kept.map(s => ({ epoch: s.epoch, state: s.weights })),
    over ?? imagesOf(this),
    { ...rest, accuracy: kept.map(s => tests.get(s.step) ?? null) },
  )
}

function imagesOf(run: Run): ImageSet {
  const { test, data } = run.options
  for (const set of [test, 'set' in data ? data.set : data])
    if (set instanceof ImageSet) return set.take(Math.min(IMAGES, set.length))
  throw new RangeError(
    'evolution: the run’s sets are no image sets; give images: run.evolution({ over: images })',
  )
}
