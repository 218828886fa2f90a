/** Labelled images. */
import { Storage } from '../backend/index.ts'
import { empty, Tensor } from '../tensor/tensor.ts'
import type { Dataset } from './dataset.ts'

/** What a training step takes. */
export interface Batch {
  /** float32 [B, C, H, W] in 0…1. */
  x: Tensor
  /** Class numbers, int32 [B]. */
  y: Tensor
}

/** One labelled image. */
export interface Example {
  /** float32 [1, C, H, W] in 0…1: a batch of one. */
  x: Tensor
  /** Class number. */
  y: number
  /** The class's name. */
  name: string
}

/** N labelled images; slices share their pixels. */
export class ImageSet implements Dataset {
  /** uint8 [N, C, H, W], 0…255. */
  readonly images: Tensor
  /** Class numbers, uint8 [N]. */
  readonly labels: Tensor
  /** Names of the classes by number. */
  readonly classes: readonly string[]

  /** @throws RangeError when images and labels do not belong together, or a label has no class */
  constructor(images: Tensor, labels: Tensor, classes: readonly string[]) {
    const shapes = `images [${images.shape.join(', ')}] and labels [${labels.shape.join(', ')}]`
    if (images.ndim !== 4 || labels.ndim !== 1 || images.shape[0] !== labels.shape[0])
      throw new RangeError(`ImageSet: ${shapes}; they are [N, C, H, W] and [N]`)
    if (images.dtype !== 'uint8' || labels.dtype !== 'uint8')
      throw new TypeError(
        `ImageSet: images are ${images.dtype} and labels ${labels.dtype}; both are uint8`,
      )
    if (!images.isContiguous || !labels.isContiguous)
      throw new RangeError(`ImageSet: ${shapes} are not contiguous; use .contiguous()`)
    this.images = images
    this.labels = labels
    this.classes = classes
    const numbers = labels.toTypedArray()
    const wrong = numbers.findIndex(label => label >= classes.length)
    if (wrong >= 0)
      throw new RangeError(
        `ImageSet: label ${numbers[wrong]} of image ${wrong}; there are ${classes.length} classes`,
      )
  }

  /** Number of images. */
  get length(): number {
    return this.labels.shape[0]
  }

  /** Image `i`; −1 is the last. @throws RangeError when there is none */
  at(i: number): Example {
    const n = i < 0 ? i + this.length : i
    if (!Number.isInteger(i) || n < 0 || n >= this.length)
      throw new RangeError(`at: image ${i}; there are ${this.length}, 0 to ${this.length - 1}`)
    const y = this.labels.storage.data[this.labels.offset + n]
    return { x: this.batch([n]).x, y, name: this.classes[y] }
  }

  /** Images `start` to before `end`, as `Array.slice`; shares the pixels. */
  slice(start = 0, end = this.length): ImageSet {
    const place = (i: number) =>
      Math.min(this.length, Math.max(0, i < 0 ? i + this.length : Math.trunc(i)))
    const from = place(start)
    const count = Math.max(0, place(end) - from)
    const cut = (t: Tensor) => {
      const step = t.strides[0]
      return t.window([count, ...t.shape.slice(1)], t.strides, t.offset + from * step)
    }
    return new ImageSet(cut(this.images), cut(this.labels), this.classes)
  }

  /**
   * The first `n` images, or those at the places named, in that order.
   * @throws RangeError for a place where there is no image
   */
  take(which: number | ArrayLike<number>): ImageSet {
    if (typeof which === 'number') {
      if (!Number.isInteger(which) || which < 0)
        throw new RangeError(`take: ${which} images; a whole number from 0, or a list of places`)
      return this.slice(0, which)
    }
    const places = this.places('take', which)
    const size = this.images.strides[0]
    const pixels = new Uint8Array(places.length * size)
    const labels = new Uint8Array(places.length)
    const from = this.images.storage.data
    const named = this.labels.storage.data
    places.forEach((place, n) => {
      const at = this.images.offset + place * size
      pixels.set(from.subarray(at, at + size), n * size)
      labels[n] = named[this.labels.offset + place]
    })
    return new ImageSet(
      bytes(pixels, [places.length, ...this.images.shape.slice(1)]),
      bytes(labels, [places.length]),
      this.classes,
    )
  }

  /**
   * The images at `places` as one batch; all of them when left out.
   * @throws RangeError for a place where there is no image
   */
  batch(places?: ArrayLike<number>): Batch {
    const chosen = places && this.places('batch', places)
    const count = chosen ? chosen.length : this.length
    const x = empty([count, ...this.images.shape.slice(1)])
    const y = empty([count], 'int32')
    this.fill(x, y, n => (chosen ? chosen[n] : n))
    return { x, y }
  }

  /** Writes images into a batch; `place` gives the image for each row. @internal */
  fill(x: Tensor, y: Tensor, place: (row: number) => number): void {
    const size = this.images.strides[0]
    const from = this.images.storage.data
    const named = this.labels.storage.data
    const to = x.storage.data
    const classes = y.storage.data
    for (let row = 0, out = 0; row < y.shape[0]; row++) {
      const at = place(row)
      classes[row] = named[this.labels.offset + at]
      let p = this.images.offset + at * size
      for (const end = out + size; out < end; out++, p++) to[out] = UNIT[from[p]]
    }
  }

  private places(op: string, which: ArrayLike<number>): number[] {
    return Array.from(which, i => {
      if (!Number.isInteger(i) || i < 0 || i >= this.length)
        throw new RangeError(`${op}: image ${i}; there are ${this.length}, 0 to ${this.length - 1}`)
      return i
    })
  }

  toString(): string {
    const counts = new Array<number>(this.classes.length).fill(0)
    for (const label of this.labels.toTypedArray()) counts[label]++
    const size = this.images.shape.slice(1).join(' × ')
    return `${this.length} images of ${size}, ${this.classes.length} classes: ${this.classes
      .map((name, n) => `${name} ${counts[n]}`)
      .join(', ')}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** 0…255 to 0…1 in float32. */
const UNIT = Float32Array.from({ length: 256 }, (_, i) => i / 255)

/** A uint8 tensor over these bytes, without copying them. @internal */
export function bytes(data: Uint8Array, shape: readonly number[]): Tensor {
  return new Tensor(new Storage('uint8', data.length, data), shape)
}
