/** Batches of a data set, in a seeded order. */
import { defaultGenerator, Generator } from '../tensor/random.ts'
import type { Dataset } from './dataset.ts'
import type { Batch } from './images.ts'

export interface BatchOptions<B = Batch, M = B> {
  /** Examples in a batch. */
  size: number
  /** A new random order each time the batches are gone through. Default false. */
  shuffle?: boolean
  /** The same seed gives the same orders. Default: drawn from the generator that `manualSeed` seeds. */
  seed?: number
  /** Which of the seed's orders comes first. Default 0. */
  epoch?: number
  /** Leaves out the last batch if it is not full. Default false. */
  dropLast?: boolean
  /**
   * Changes each batch, e.g. `compose(randomCrop(28, { padding: 2 }), randomFlip())`. Its generator depends on seed, epoch
   * and batch alone, so that every batch can be made again.
   */
  map?: (batch: B, generator: Generator) => M
  /** Batches that `for await` makes ahead. Default 1. */
  prefetch?: number
}

/** Batches that can be gone through as often as one likes; with `shuffle`, each time in the next order of the seed. */
export interface Batches<B = Batch> extends Iterable<B>, AsyncIterable<B> {
  /** Number of batches. */
  readonly length: number
  /** Number of the order that the next `for` gets. */
  readonly epoch: number
  /** Batch `n` of an epoch, whatever was taken before. */
  at(epoch: number, n: number): B
}

/**
 * Batches of a data set: `for (const { x, y } of batches(set, { size: 64, shuffle: true, seed: 1 }))`. Of images x is float32
 * [B, C, H, W] in 0…1 and y int32 [B]. The order depends on seed and epoch alone: gone through twice, one object gives epochs
 * 0 and 1; a new one begins at `epoch` again. `for await` makes batches while the loop waits.
 * @throws RangeError when `size` is not a whole number above 0, or the set is empty
 */
export function batches<B = Batch, M = B>(
  set: Dataset<B>,
  options: BatchOptions<B, M>,
): DataLoader<B, M> {
  return new DataLoader(set, options)
}

/** What `batches` returns, by PyTorch's name. */
export class DataLoader<B = Batch, M = B> implements Batches<M> {
  readonly length: number
  /** Draws the orders and the changes. */
  readonly seed: number
  private next: number
  /** The order used last: number of its epoch, places. */
  private drawn: { epoch: number; order: Int32Array } | null = null

  constructor(
    readonly set: Dataset<B>,
    private readonly options: BatchOptions<B, M>,
  ) {
    const { size, shuffle = false, epoch = 0, dropLast = false, prefetch = 1 } = options
    for (const [name, n, least] of [
      ['size', size, 1],
      ['epoch', epoch, 0],
      ['prefetch', prefetch, 1],
    ] as const)
      // prettier-ignore
      if (!Number.isInteger(n) || n < least)
        throw new RangeError(`batches: ${name} ${n}; a whole number from ${least}`)
    if (set.length === 0) throw new RangeError('batches: the set is empty')
    this.seed = options.seed ?? (shuffle || options.map ? defaultGenerator.bits() : 0)
    this.length = dropLast ? Math.floor(set.length / size) : Math.ceil(set.length / size)
    this.next = epoch
  }

  get epoch(): number {
    return this.next
  }

  /** @throws RangeError when there is no such batch */
  at(epoch: number, n: number): M {
    if (!Number.isInteger(epoch) || epoch < 0 || !Number.isInteger(n) || n < 0 || n >= this.length)
      throw new RangeError(
        `batches: batch ${n} of epoch ${epoch}; there are ${this.length} an epoch`,
      )
    const { size, shuffle, map } = this.options
    const { length } = this.set
    const start = n * size
    const end = Math.min(length, start + size)
    const places = shuffle
      ? this.order(epoch).subarray(start, end)
      : Array.from({ length: end - start }, (_, i) => start + i)
    const batch = this.set.batch(places)
    // Without `map` the batch's type is the mapped one.
    if (!map) return batch as unknown as M
    return map(batch, new Generator(mix(this.seed, epoch, n)))
  }

  *[Symbol.iterator](): Iterator<M> {
    const epoch = this.next++
    for (let n = 0; n < this.length; n++) yield this.at(epoch, n)
  }

  async *[Symbol.asyncIterator](): AsyncIterator<M> {
    const epoch = this.next++
    const { prefetch = 1 } = this.options
    const ahead: Promise<M>[] = []
    let made = 0
    const more = (): void => {
      while (ahead.length < prefetch && made < this.length) {
        const n = made++
        const batch = new Promise<M>((resolve, reject) =>
          setTimeout(() => {
            try {
              resolve(this.at(epoch, n))
            } catch (error) {
              reject(error as Error) // whatever the set throws
            }
          }, 0),
        )
        // Nobody may be waiting yet: the error is told when its turn comes.
        batch.catch(() => undefined)
        ahead.push(batch)
      }
    }
    for (let n = 0; n < this.length; n++) {
      more()
      const batch = await ahead.shift()!
      more()
      yield batch
    }
  }

  toString(): string {
    return `${this.length} batches of ${this.options.size} from ${this.set.length} examples`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }

  private order(epoch: number): Int32Array {
    if (this.drawn?.epoch !== epoch)
      this.drawn = { epoch, order: permutation(this.set.length, this.seed, epoch) }
    return this.drawn.order
  }
}

/** Order number `epoch` of a seed: the seed's own generator hands each epoch a generator of its own. */
function permutation(length: number, seed: number, epoch: number): Int32Array {
  const seeds = new Generator(seed)
  let own = seeds.bits()
  for (let n = 0; n < epoch; n++) own = seeds.bits()
  return new Generator(own).permutation(length)
}

/** One seed of three numbers. */
function mix(seed: number, epoch: number, n: number): number {
  const a = new Generator(seed).bits()
  const b = new Generator(a ^ Math.imul(epoch + 1, 0x9e3779b1)).bits()
  return new Generator(b ^ Math.imul(n + 1, 0x85ebca77)).bits()
}
