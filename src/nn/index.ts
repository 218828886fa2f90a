export {
  Module,
  parameter,
  withNames,
  type ForwardHook,
  type Inferred,
  type InferredWindow,
  type StateDict,
} from './module.ts'
export { Summary } from './summary.ts'
export { ModuleList, Sequential } from './sequential.ts'
export { Architecture, architecture, inferChain, type ArchitectureRow } from './architecture.ts'
export {
  Dropout,
  Dropout2d,
  Embedding,
  Flatten,
  Identity,
  Linear,
  Unflatten,
  type BiasOptions,
} from './layers.ts'
export { Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d } from './conv.ts'
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  MaxPool1d,
  MaxPool2d,
  MaxUnpool1d,
  MaxUnpool2d,
  Upsample,
  type UnpoolOptions,
} from './pool.ts'
export {
  BatchNorm1d,
  BatchNorm2d,
  GroupNorm,
  InstanceNorm2d,
  LayerNorm,
  LocalResponseNorm,
  type BatchNormLayerOptions,
  type NormOptions,
} from './norm.ts'
export {
  ELU,
  GELU,
  LeakyReLU,
  LogSoftmax,
  Mish,
  PReLU,
  ReLU,
  ReLU6,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from './activation.ts'
export {
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  RNN,
  RNNCell,
  type CellOptions,
  type LSTMInput,
  type LSTMOutput,
  type LSTMState,
  type RecurrentInput,
  type RecurrentOptions,
  type RecurrentOutput,
  type RNNOptions,
} from './rnn.ts'
export * as init from './init.ts'
export { shapesOnly } from './init.ts'
export { coarseNet, fineNet } from './first-layers.ts'
export {
  alexNet,
  BasicBlock,
  lenet,
  resNet18,
  resNetCifar,
  vgg11,
  vgg16,
  type AlexNetOptions,
  type ModelOptions,
  type ResNetOptions,
  type VggOptions,
} from './models.ts'
export {
  CharRNN,
  charRNN,
  type CharOutput,
  type CharRNNOptions,
  type CharState,
} from './char-rnn.ts'
