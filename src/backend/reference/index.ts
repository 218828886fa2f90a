/** The reference back end: loops that read like the formulas, on typed arrays, in any dtype. It is the definition. */
import type { Backend, Primitives } from '../primitives.ts'
import { allocate, Storage } from '../storage.ts'
import { contractions } from './contract.ts'
import { convolution } from './conv.ts'
import { elementwise } from './elementwise.ts'
import { normalisation } from './normalize.ts'
import { optimisers } from './optimiser.ts'
import { pooling } from './pool.ts'
import { recurrent } from './recurrent.ts'
import { resampling } from './resample.ts'
import { scans } from './scan.ts'

export const referencePrimitives: Primitives = {
  ...elementwise,
  ...contractions,
  ...scans,
  ...convolution,
  ...pooling,
  ...recurrent,
  ...resampling,
  ...normalisation,
  ...optimisers,
}

export const reference: Backend = {
  name: 'reference',
  ...referencePrimitives,
  create: (dtype, length) => new Storage(dtype, length, allocate(dtype, length)),
  release(storage) {
    storage.array = null
  },
  settle() {},
  info: () => ({ threads: 1, simd: 'none', heapBytes: 0 }),
}
