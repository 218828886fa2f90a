import { layerGoldens } from '../golden/layers.ts'

layerGoldens(
  'ReLU',
  'LeakyReLU',
  'Sigmoid',
  'Tanh',
  'Softmax',
  'LogSoftmax',
  'ReLU6',
  'PReLU',
  'ELU',
  'SELU',
  'GELU',
  'SiLU',
  'Mish',
  'Softplus',
)
