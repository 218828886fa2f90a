export * from './activations.ts'
export * from './arrange.ts'
export * from './compare.ts'
export * from './derivatives.ts'
export * from './draw.ts'
export * from './einsum.ts'
export * from './elementwise.ts'
export * from './gather.ts'
export * from './indexing.ts'
export * from './matmul.ts'
export * from './pad.ts'
export * from './reduce.ts'
export * from './scan.ts'
export * from './sort.ts'
export * from './views.ts'
import './inplace.ts'
export {
  conv2d,
  convTranspose2d,
  type Conv2dOptions,
  type ConvTranspose2dOptions,
  type Pair,
} from './conv2d.ts'
export {
  conv1d,
  convTranspose1d,
  type Conv1dOptions,
  type ConvTranspose1dOptions,
} from './conv1d.ts'
export {
  avgPool2d,
  maxPool2d,
  maxUnpool2d,
  type AvgPoolOptions,
  type MaxPoolOptions,
  type PoolOptions,
} from './pool.ts'
export {
  avgPool1d,
  maxPool1d,
  maxUnpool1d,
  type AvgPool1dOptions,
  type MaxPool1dOptions,
  type Pool1dOptions,
} from './pool1d.ts'
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  interpolate,
  type InterpolateOptions,
  type OutputSize,
} from './resample.ts'
export {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  type Affine,
  type BatchNormOptions,
  type InstanceNormOptions,
  type LocalResponseNormOptions,
} from './norm.ts'
export { fold, unfold, type UnfoldOptions } from './unfold.ts'
export { logSoftmax, softmax } from './softmax.ts'
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  cosineSimilarity,
  crossEntropy,
  huberLoss,
  klDiv,
  l1Loss,
  mseLoss,
  nllLoss,
  smoothL1Loss,
  type BinaryCrossEntropyOptions,
  type CrossEntropyOptions,
  type LossOptions,
  type NllOptions,
  type Reduction,
} from './loss.ts'
export { dropout, dropout2d, type DropoutOptions } from './dropout.ts'
