/** What a run asks of an optimiser and of a schedule. */
import type { Tensor } from '../tensor/tensor.ts'

/** Parameters with settings of their own. */
export interface ParameterGroup {
  params: readonly Tensor[]
  lr?: number
}

export interface Optimizer {
  /** Learning rate. */
  lr: number
  readonly parameters: readonly Tensor[]
  readonly paramGroups?: readonly ParameterGroup[]
  zeroGrad(): void
  step(): void
  /** What it remembers between steps: tensors, numbers, strings, booleans, null, in lists and objects. */
  stateDict(): unknown
  /** Takes a copy of what `stateDict` gave. */
  // A method, so that an optimiser whose parameter is narrower fits.
  loadStateDict(state: never): void
}

/** A schedule with a state, stepped after each epoch. */
export interface Scheduler {
  /** @param measure the test loss, or the training loss without a test set */
  step(measure?: number): void
  stateDict(): unknown
  loadStateDict(state: never): void
}

/** Where a run stands, for a schedule. */
export interface Progress {
  /** Steps done. */
  step: number
  /** Epochs done, with the fraction of the current one. */
  epoch: number
  /** Share of all steps that is done, 0…1. */
  progress: number
  /** The learning rate that the optimiser had when the run began. */
  lr: number
}
/** The learning rate of the next step. */
export type Schedule = (at: Progress) => number

/** Learning rates: the optimiser's, then each group's, NaN for one that has none of its own. @internal */
export const ratesOf = (optimizer: Optimizer): number[] => [
  optimizer.lr,
  ...(optimizer.paramGroups ?? []).map(group => (hasOwnRate(group) ? (group.lr ?? NaN) : NaN)),
]

/** A group without a rate of its own may read the optimiser's through a hidden property. */
const hasOwnRate = (group: ParameterGroup): boolean =>
  Object.prototype.propertyIsEnumerable.call(group, 'lr')

/** Sets what `ratesOf` gave. @internal */
export function setRates(optimizer: Optimizer, [lr, ...groups]: readonly number[]): void {
  optimizer.lr = lr
  optimizer.paramGroups?.forEach((group, n) => {
    if (hasOwnRate(group) && Number.isFinite(groups[n])) group.lr = groups[n]
  })
}

/** The rates with the first one `lr` and the others in proportion. @internal */
export const scaled = ([first, ...groups]: readonly number[], lr: number): number[] => [
  lr,
  ...groups.map(rate => (first === 0 ? lr : (rate * lr) / first)),
]
