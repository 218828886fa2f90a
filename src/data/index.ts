export { batches, type Batches, type BatchOptions } from './batches.ts'
export { fashionMNIST } from './fashion.ts'
export { parseIdx, readIdx, type Idx } from './idx.ts'
export { ImageSet, type Batch, type Example } from './images.ts'
