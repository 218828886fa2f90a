import { layerGoldens } from '../golden/layers.ts'

layerGoldens('ReLU', 'LeakyReLU', 'Sigmoid', 'Tanh', 'Softmax', 'LogSoftmax')
