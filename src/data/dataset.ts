/** What batches are taken from, and parts of it. */
import { noGrad } from '../autograd/tape.ts'
import { contiguous } from '../ops/views.ts'
import { Generator } from '../tensor/random.ts'
import { empty, show, type Tensor } from '../tensor/tensor.ts'
import type { Batch } from './images.ts'

/** Examples that can be had by their places, several at once. An `ImageSet` is one, and any object of one's own. */
export interface Dataset<B = Batch> {
  /** Number of examples. */
  readonly length: number
  /** The examples at these places, 0 to length − 1, as one batch. */
  batch(places: ArrayLike<number>): B
}

/** Tensors whose rows belong together: row i of x with row i of y. */
export class TensorDataset implements Dataset {
  /** [N, …] */
  readonly x: Tensor
  /** [N, …] */
  readonly y: Tensor

  /** @throws RangeError when x and y have no rows, or not the same number */
  constructor(x: Tensor, y: Tensor) {
    if (x.ndim < 1 || y.ndim < 1 || x.shape[0] !== y.shape[0])
      throw new RangeError(
        `TensorDataset: x ${show(x.shape)} and y ${show(y.shape)}; their first axes are the examples`,
      )
    noGrad(() => {
      x = contiguous(x.detach())
      y = contiguous(y.detach())
    })
    this.x = x
    this.y = y
  }

  get length(): number {
    return this.x.shape[0]
  }

  /** x [B, …] and y [B, …]. @throws RangeError for a place where there is no row */
  batch(places: ArrayLike<number>): Batch {
    const chosen = checkPlaces('batch', places, this.length)
    return { x: rows(this.x, chosen), y: rows(this.y, chosen) }
  }

  toString(): string {
    return `${this.length} examples, x ${show(this.x.shape)} and y ${show(this.y.shape)}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** Rows of a contiguous tensor. */
function rows(t: Tensor, places: readonly number[]): Tensor {
  const out = empty([places.length, ...t.shape.slice(1)], t.dtype)
  const size = t.size / t.shape[0]
  const [from, to] = [t.storage.data, out.storage.data]
  places.forEach((place, n) => {
    const at = t.offset + place * size
    to.set(from.subarray(at, at + size), n * size)
  })
  return out
}

/** Some examples of another set, without copying them. */
export class Subset<B> implements Dataset<B> {
  readonly places: readonly number[]

  /** @throws RangeError for a place where `set` has no example */
  constructor(
    readonly set: Dataset<B>,
    places: ArrayLike<number>,
  ) {
    this.places = checkPlaces('subset', places, set.length)
  }
  get length(): number {
    return this.places.length
  }
  batch(places: ArrayLike<number>): B {
    return this.set.batch(checkPlaces('batch', places, this.length).map(i => this.places[i]))
  }
  toString(): string {
    return `${this.length} of ${this.set.length} examples`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** The examples at these places as a set of their own. */
export function subset<B>(set: Dataset<B>, places: ArrayLike<number>): Subset<B> {
  return new Subset(set, places)
}

/**
 * Parts of a set, drawn at random without overlap: `const [train, validation] = randomSplit(set, [0.8, 0.2], { seed: 1 })`.
 * @param parts shares that sum to 1 (the first parts get what rounding leaves, as in PyTorch), or numbers of examples
 * @param options.seed the same seed gives the same parts. Default 0
 * @throws RangeError when the parts are more than the set, or sum to neither 1 nor its length
 */
export function randomSplit<B>(
  set: Dataset<B>,
  parts: readonly number[],
  { seed = 0 }: { seed?: number } = {},
): Subset<B>[] {
  const sum = parts.reduce((n, p) => n + p, 0)
  if (!parts.length || parts.some(p => !(p >= 0)))
    throw new RangeError(`randomSplit: parts ${show(parts)}; shares or counts, at least 0`)
  const shares = Math.abs(sum - 1) < 1e-6 && !(sum === 1 && set.length === 1)
  const counts = shares ? parts.map(p => Math.floor(set.length * p + 1e-9)) : [...parts]
  if (shares) {
    const left = set.length - counts.reduce((n, c) => n + c, 0)
    for (let n = 0; n < left; n++) counts[n % counts.length]++
  } else if (!parts.every(Number.isInteger) || sum !== set.length)
    throw new RangeError(
      `randomSplit: parts ${show(parts)} of a set of ${set.length}; shares sum to 1, counts to ${set.length}`,
    )
  const order = new Generator(seed).permutation(set.length)
  let at = 0
  return counts.map(n => new Subset(set, order.subarray(at, (at += n))))
}

/** The places as a list. @throws RangeError @internal */
export function checkPlaces(op: string, places: ArrayLike<number>, length: number): number[] {
  return Array.from(places, i => {
    if (!Number.isInteger(i) || i < 0 || i >= length)
      throw new RangeError(`${op}: example ${i}; there are ${length}, 0 to ${length - 1}`)
    return i
  })
}
