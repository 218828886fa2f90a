import { layerGoldens } from '../golden/layers.ts'

layerGoldens('Conv1d', 'Conv2d', 'ConvTranspose1d', 'ConvTranspose2d')
