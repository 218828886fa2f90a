/** Batches of a data set, in a seeded order. */
import { defaultGenerator, Generator } from '../tensor/random.ts'
import { empty } from '../tensor/tensor.ts'
import type { Batch, ImageSet } from './images.ts'

export interface BatchOptions {
  /** Images in a batch. */
  size: number
  /** A new random order each time the batches are gone through. Default false. */
  shuffle?: boolean
  /** The same seed gives the same orders. Default: drawn from the generator that `manualSeed` seeds. */
  seed?: number
  /** Which of the seed's orders comes first. Default 0. */
  epoch?: number
  /** Leaves out the last batch if it is not full. Default false. */
  dropLast?: boolean
}

/** Batches that can be gone through as often as one likes; with `shuffle`, each time in the next order of the seed. */
export interface Batches extends Iterable<Batch> {
  /** Number of batches. */
  readonly length: number
  /** Number of the order that the next `for` gets. */
  readonly epoch: number
}

/**
 * Batches of a data set: `for (const { x, y } of batches(set, { size: 64, shuffle: true, seed: 1 }))`, x float32
 * [B, C, H, W] in 0…1, y int32 [B]. The order depends on seed and epoch alone: gone through twice, one object gives
 * epochs 0 and 1; a new one begins at `epoch` again.
 * @throws RangeError when `size` is not a whole number above 0, or the set is empty
 */
export function batches(set: ImageSet, options: BatchOptions): Batches {
  const { size, shuffle = false, epoch = 0, dropLast = false } = options
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`batches: size ${size}; a whole number from 1`)
  if (!Number.isInteger(epoch) || epoch < 0)
    throw new RangeError(`batches: epoch ${epoch}; a whole number from 0`)
  if (set.length === 0) throw new RangeError('batches: the set has no images')
  const seed = options.seed ?? (shuffle ? defaultGenerator.bits() : 0)
  const length = dropLast ? Math.floor(set.length / size) : Math.ceil(set.length / size)
  let next = epoch

  return {
    length,
    get epoch() {
      return next
    },
    *[Symbol.iterator]() {
      const order = shuffle ? permutation(set.length, seed, next++) : null
      for (let start = 0, n = 0; n < length; start += size, n++) {
        const count = Math.min(size, set.length - start)
        const x = empty([count, ...set.images.shape.slice(1)])
        const y = empty([count], 'int32')
        set.fill(x, y, row => (order ? order[start + row] : start + row))
        yield { x, y }
      }
    },
  }
}

/** Order number `epoch` of a seed: the seed's own generator hands each epoch a generator of its own. */
function permutation(length: number, seed: number, epoch: number): Int32Array {
  const seeds = new Generator(seed)
  let own = seeds.bits()
  for (let n = 0; n < epoch; n++) own = seeds.bits()
  return new Generator(own).permutation(length)
}
