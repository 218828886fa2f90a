export {
  Optimizer,
  type OptimizerState,
  type ParameterGroup,
  type Parameters,
  type Slot,
} from './optimizer.ts'
export { SGD, type SGDOptions } from './sgd.ts'
export { Adam, AdamW, type AdamOptions } from './adam.ts'
export { RMSprop, type RMSpropOptions } from './rmsprop.ts'
export { Adagrad, type AdagradOptions } from './adagrad.ts'
export { clipGradNorm, clipGradValue } from './clip.ts'
export {
  CosineAnnealingLR,
  ExponentialLR,
  LinearLR,
  LRSchedule,
  MultiStepLR,
  OneCycleLR,
  ReduceLROnPlateau,
  SequentialLR,
  StepLR,
  type OneCycleOptions,
  type PlateauOptions,
  type Scheduled,
} from './schedule.ts'
