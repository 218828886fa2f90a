export { evaluate, type Evaluation } from './evaluate.ts'
export type { Best, EarlyStopOptions } from './early-stop.ts'
export type { Broken, Histogram, LayerState } from './layer-state.ts'
export { trainingLog, TrainingLog, type TrainingLogOptions, type TrainingReport } from './log.ts'
export { Moment, type BranchOptions } from './moment.ts'
export type { Optimizer, Progress, Schedule, Scheduler } from './optimizer.ts'
export type { EpochRecord, Measure, TrainOptions } from './options.ts'
export { train, Run } from './run.ts'
export type { Snapshot } from './snapshot.ts'
export {
  pretrained,
  pretrainedCard,
  pretrainedSnapshots,
  type Card,
  type PretrainedName,
} from './pretrained.ts'
