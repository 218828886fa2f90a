/** Layerscope: CNNs in TypeScript, with gradients you can read and views of what a network sees. */

// Tensors
export { Tensor, type Nested } from './tensor/tensor.ts'
export {
  arange,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  tensor,
  zeros,
  zerosLike,
  type RandomOptions,
  type TensorOptions,
} from './tensor/create.ts'
export type { Like, Made, ShapeOf, TensorOf } from './tensor/literal.ts'
export { printOptions, setPrintOptions, type PrintOptions } from './tensor/print.ts'
export { Generator, manualSeed } from './tensor/random.ts'
export { backend, type BackendInfo } from './backend/info.ts'
export { setBackend, withBackend, type BackendOptions, type DType } from './backend/index.ts'

// Operations
export * from './ops/index.ts'

// Gradients
export { enableGrad, grad, isGradEnabled, noGrad, type BackwardOptions } from './autograd/tape.ts'
export { defineOp, type OpContext, type OpDefinition } from './autograd/define.ts'
export {
  gradcheck,
  GradcheckError,
  gradgradcheck,
  type Differentiable,
  type GradcheckOptions,
  GradcheckReport,
} from './autograd/gradcheck.ts'
export { withRules, type Rule } from './autograd/rules.ts'
export { withRecorder, type OpRecord, type Recorder } from './autograd/recorder.ts'

// Networks and training
export * as nn from './nn/index.ts'
// Also by themselves, so that a cell's inferred types can name them.
export { Architecture, architecture, Module, Sequential } from './nn/index.ts'
export { SGD } from './optim/index.ts'
export { lenet } from './nn/models.ts'
export * as optim from './optim/index.ts'

// Data
export * as data from './data/index.ts'

// Seeing and training
export {
  sizes,
  Sizes,
  type SizeOptions,
  trace,
  Trace,
  NetworkTrace,
  type Layer,
  type TraceOptions,
} from './explain/index.ts'
export {
  evaluate,
  Moment,
  pretrained,
  pretrainedCard,
  pretrainedSnapshots,
  Run,
  train,
  TrainingLog,
  trainingLog,
  type Evaluation,
  type BranchOptions,
  type Card,
  type EpochRecord,
  type Snapshot,
  type TrainOptions,
  type TrainingLogOptions,
  type TrainingReport,
} from './train/index.ts'
export {
  Chart,
  curves,
  show,
  table,
  View,
  type Pin,
  type Showable,
  type ShowOptions,
  type CurvesOptions,
  type RunEvolutionOptions,
  type TableOptions,
  Bubbles,
  bubbles,
  complexityChart,
  type Band,
  type BubbleRow,
  type BubblesOptions,
  type ComplexityOptions,
  type ComplexityRow,
  type MeasureOptions,
  type OwnNetwork,
} from './show/index.ts'
