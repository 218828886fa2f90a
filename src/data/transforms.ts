/** Changes to batches of images [B, C, H, W], each image its own: for `batches(set, { map })`. */
import type { Generator } from '../tensor/random.ts'
import { empty, show, type Tensor } from '../tensor/tensor.ts'
import type { Batch } from './images.ts'

/** Takes a batch and random numbers that belong to it; returns a new batch. */
export type Transform = (batch: Batch, generator: Generator) => Batch

/** One after the other. */
export function compose(...transforms: readonly Transform[]): Transform {
  return (batch, generator) => transforms.reduce((b, transform) => transform(b, generator), batch)
}

/**
 * A window of each image at a random place; with `padding`, of the image in a frame of zeros.
 * @param size height and width, or [height, width]
 * @throws RangeError when the window is larger than the framed image
 */
export function randomCrop(
  size: number | readonly [number, number],
  { padding = 0 }: { padding?: number } = {},
): Transform {
  const [h, w] = sizes('randomCrop', size)
  if (!Number.isInteger(padding) || padding < 0)
    throw new RangeError(`randomCrop: padding ${padding}; a whole number from 0`)
  return ({ x, y }, generator) => {
    const [rows, columns] = images('randomCrop', x, [h, w], padding)
    return {
      x: windows(x, h, w, () => [
        generator.below(rows - h + 1) - padding,
        generator.below(columns - w + 1) - padding,
        false,
      ]),
      y,
    }
  }
}

/** The window in the middle of each image. */
export function centerCrop(size: number | readonly [number, number]): Transform {
  const [h, w] = sizes('centerCrop', size)
  return ({ x, y }) => {
    const [rows, columns] = images('centerCrop', x, [h, w], 0)
    const [top, left] = [Math.round((rows - h) / 2), Math.round((columns - w) / 2)]
    return { x: windows(x, h, w, () => [top, left, false]), y }
  }
}

/** Left and right exchanged, in each image with probability p. Default 0.5. */
export function randomFlip({ p = 0.5 }: { p?: number } = {}): Transform {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`randomFlip: p ${p} is no probability`)
  return ({ x, y }, generator) => {
    const [rows, columns] = images('randomFlip', x, [1, 1], 0)
    return { x: windows(x, rows, columns, () => [0, 0, generator.uniform() < p]), y }
  }
}

/**
 * (x − mean) / std, a number for all channels or one for each.
 * @throws RangeError when std is not above 0, or there is not one number for each channel
 */
export function normalize(
  mean: number | readonly number[],
  std: number | readonly number[],
): Transform {
  for (const s of [std].flat())
    if (!(s > 0)) throw new RangeError(`normalize: std ${String(std)}; numbers above 0`)
  return ({ x, y }) => {
    images('normalize', x, [1, 1], 0)
    const channels = x.shape[1]
    const each = (name: string, v: number | readonly number[]): readonly number[] => {
      const list = typeof v === 'number' ? new Array<number>(channels).fill(v) : v
      if (list.length !== channels)
        throw new RangeError(`normalize: ${list.length} numbers of ${name} for x ${show(x.shape)}`)
      return list
    }
    const [m, s] = [each('mean', mean), each('std', std)]
    const out = empty(x.shape, x.dtype)
    const [from, to] = [x.toTypedArray(), out.storage.data]
    const plane = x.shape[2] * x.shape[3]
    for (let i = 0; i < from.length; i++) {
      const c = Math.floor(i / plane) % channels
      to[i] = (from[i] - m[c]) / s[c]
    }
    return { x: out, y }
  }
}

/** Windows [h, w] of every image at [top, left], read from right to left where flipped; zeros outside. */
function windows(
  x: Tensor,
  h: number,
  w: number,
  place: () => [top: number, left: number, flip: boolean],
): Tensor {
  const [n, channels, rows, columns] = x.shape
  const out = empty([n, channels, h, w], x.dtype)
  const [from, to] = [x.toTypedArray(), out.storage.data]
  for (let i = 0, o = 0; i < n; i++) {
    const [top, left, flip] = place()
    for (let c = 0; c < channels; c++)
      for (let r = top; r < top + h; r++) {
        const row = ((i * channels + c) * rows + r) * columns
        for (let k = 0; k < w; k++, o++) {
          const column = left + (flip ? w - 1 - k : k)
          const inside = r >= 0 && r < rows && column >= 0 && column < columns
          to[o] = inside ? from[row + column] : 0
        }
      }
  }
  return out
}

function sizes(op: string, size: number | readonly [number, number]): [number, number] {
  const [h, w] = typeof size === 'number' ? [size, size] : size
  if (![h, w].every(s => Number.isInteger(s) && s >= 1))
    throw new RangeError(`${op}: size ${String(size)}; whole numbers from 1`)
  return [h, w]
}

/** Height and width with the frame. */
function images(
  op: string,
  x: Tensor,
  [h, w]: readonly [number, number],
  padding: number,
): [number, number] {
  if (x.ndim !== 4 || x.dtype !== 'float32')
    throw new RangeError(`${op}: x is ${x.dtype} ${show(x.shape)}; images are float32 [B, C, H, W]`)
  const [rows, columns] = [x.shape[2] + 2 * padding, x.shape[3] + 2 * padding]
  if (h > rows || w > columns)
    throw new RangeError(
      `${op}: a window of ${show([h, w])} from images ${show(x.shape)}${padding ? ` with padding ${padding}` : ''}`,
    )
  return [rows, columns]
}
