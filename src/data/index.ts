export { batches, DataLoader, type Batches, type BatchOptions } from './batches.ts'
export { randomSplit, subset, Subset, TensorDataset, type Dataset } from './dataset.ts'
export {
  centerCrop,
  compose,
  normalize,
  randomCrop,
  randomFlip,
  type Transform,
} from './transforms.ts'
export { fashionMNIST } from './fashion.ts'
export { plantCue, type CueOptions } from './cue.ts'
export { cifar10, cifar100 } from './cifar.ts'
export { imageFolder, type ImageFolderOptions } from './folder.ts'
export { mobyDick, names } from './corpora.ts'
export {
  textStreams,
  textWindows,
  Vocabulary,
  type StreamOptions,
  type WindowOptions,
} from './text.ts'
export {
  brackets,
  copyTask,
  counting,
  shapes,
  type ShapeName,
  type SyntheticOptions,
} from './synthetic.ts'
export { parseIdx, readIdx, type Idx } from './idx.ts'
export { ImageSet, type Batch, type Example } from './images.ts'
