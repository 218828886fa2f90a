/** Sets that are made, not collected: as many examples as one likes, and the right answer is known. */
import { Generator } from '../tensor/random.ts'
import { fromFlat } from '../tensor/tensor.ts'
import { TensorDataset } from './dataset.ts'
import { bytes, ImageSet } from './images.ts'

export interface SyntheticOptions {
  /** Examples. Default 1000. */
  count?: number
  /** The same seed gives the same set. Default 0. */
  seed?: number
}

const SHAPES = ['circle', 'square', 'triangle', 'cross', 'ring'] as const
export type ShapeName = (typeof SHAPES)[number]

/** Whether (x, y) lies inside a shape of radius 1 around 0. */
const INSIDE: Readonly<Record<ShapeName, (x: number, y: number) => boolean>> = {
  circle: (x, y) => x * x + y * y < 1,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.8,
  triangle: (x, y) => y < 0.6 && y > 1.9 * Math.abs(x) - 1,
  cross: (x, y) =>
    Math.min(Math.abs(x), Math.abs(y)) < 0.3 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  ring: (x, y) => x * x + y * y < 1 && x * x + y * y > 0.35,
}

/**
 * One bright shape on a dark ground at a random place, of a random size, turned by a random angle, with noise: for networks
 * whose filters one wants to understand.
 * @param options.size height and width in pixels. Default 32
 * @param options.channels 1 grey or 3 with a random colour. Default 1
 * @param options.noise standard deviation, of a full range of 1. Default 0.05
 * @param options.classes which shapes. Default circle, square, triangle, cross, ring
 */
export function shapes({
  count = 1000,
  seed = 0,
  size = 32,
  channels = 1,
  noise = 0.05,
  classes = SHAPES,
}: SyntheticOptions & {
  size?: number
  channels?: 1 | 3
  noise?: number
  classes?: readonly ShapeName[]
} = {}): ImageSet {
  whole('shapes', { count }, 1)
  whole('shapes', { size }, 8)
  const unknown = classes.find(name => !Object.hasOwn(INSIDE, name))
  if (unknown !== undefined || !classes.length)
    throw new RangeError(`shapes: classes ${classes.join(', ')}; some of ${SHAPES.join(', ')}`)
  const g = new Generator(seed)
  const plane = size * size
  const x = new Uint8Array(count * channels * plane)
  const y = new Uint8Array(count)
  const between = (a: number, b: number): number => a + (b - a) * g.uniform()
  for (let n = 0; n < count; n++) {
    y[n] = g.below(classes.length)
    const inside = INSIDE[classes[y[n]]]
    const radius = between(0.18, 0.35) * size
    const [cx, cy] = [between(radius, size - radius), between(radius, size - radius)]
    const angle = between(-0.5, 0.5)
    const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius]
    const ground = between(0, 0.2)
    const colour = Array.from({ length: channels }, () => between(0.6, 1))
    for (let r = 0; r < size; r++)
      for (let c = 0; c < size; c++) {
        // Four samples a pixel, so that edges are smooth.
        let cover = 0
        for (const [a, b] of [
          [0.25, 0.25],
          [0.75, 0.25],
          [0.25, 0.75],
          [0.75, 0.75],
        ]) {
          // prettier-ignore
          const [dx, dy] = [c + a - cx, r + b - cy]
          if (inside(dx * cos + dy * sin, dy * cos - dx * sin)) cover += 0.25
        }
        for (let k = 0; k < channels; k++) {
          const value = ground + cover * (colour[k] - ground) + noise * g.normal()
          x[(n * channels + k) * plane + r * size + c] = Math.round(
            255 * Math.min(1, Math.max(0, value)),
          )
        }
      }
  }
  return new ImageSet(bytes(x, [count, channels, size, size]), bytes(y, [count]), classes)
}

/**
 * The copy task (Hochreiter & Schmidhuber, 1997; as in Arjovsky et al., 2016): remember `length` symbols over `delay` blanks
 * and say them again after a marker. Tokens: 0 blank, 1 to `symbols`, `symbols` + 1 the marker. x and y int32 [N, T],
 * T = delay + 2·length; y is blank until the last `length` places.
 * @param options.length symbols to remember. Default 5
 * @param options.delay blanks between the last symbol and the marker, with the marker. Default 10
 * @param options.symbols kinds of symbols. Default 8
 */
export function copyTask({
  count = 1000,
  seed = 0,
  length = 5,
  delay = 10,
  symbols = 8,
}: SyntheticOptions & { length?: number; delay?: number; symbols?: number } = {}): TensorDataset {
  whole('copyTask', { count, length, delay, symbols }, 1)
  const g = new Generator(seed)
  const T = delay + 2 * length
  const x = new Int32Array(count * T)
  const y = new Int32Array(count * T)
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < length; i++) {
      const symbol = 1 + g.below(symbols)
      x[n * T + i] = symbol
      y[n * T + length + delay + i] = symbol
    }
    x[n * T + length + delay - 1] = symbols + 1
  }
  return new TensorDataset(fromFlat(x, [count, T], 'int32'), fromFlat(y, [count, T], 'int32'))
}

/**
 * Strings of nested brackets, of which one says at each place how many are open. With one kind a counter solves it, with
 * several it takes a stack to make such strings (Dyck languages). Tokens: 0 for the end, then opening k at 2k − 1 and closing
 * k at 2k. x int32 [N, T] and y int32 [N, T], the brackets open after each place, 0 to `depth`.
 * @param options.length brackets in a string, even: T. Default 20
 * @param options.depth most brackets open at once. Default 5
 * @param options.kinds kinds of brackets. Default 1
 */
export function brackets({
  count = 1000,
  seed = 0,
  length = 20,
  depth = 5,
  kinds = 1,
}: SyntheticOptions & { length?: number; depth?: number; kinds?: number } = {}): TensorDataset {
  whole('brackets', { count, length, depth, kinds }, 1)
  if (length % 2) throw new RangeError(`brackets: length ${length}; an even number`)
  const g = new Generator(seed)
  const x = new Int32Array(count * length)
  const y = new Int32Array(count * length)
  for (let n = 0; n < count; n++) {
    const open: number[] = []
    for (let t = 0; t < length; t++) {
      const left = length - t
      const mustClose = open.length === left || open.length === depth
      const opens = open.length === 0 || (!mustClose && g.below(2) === 0)
      if (opens) {
        const kind = 1 + g.below(kinds)
        open.push(kind)
        x[n * length + t] = 2 * kind - 1
      } else x[n * length + t] = 2 * open.pop()!
      y[n * length + t] = open.length
    }
  }
  return new TensorDataset(
    fromFlat(x, [count, length], 'int32'),
    fromFlat(y, [count, length], 'int32'),
  )
}

/**
 * Counting (Gers & Schmidhuber, 2001): strings aⁿbⁿ with the end after them, where from the first b on the next character is
 * certain. Tokens: 0 end and padding, 1 a, 2 b. x int32 [N, T] and y int32 [N, T], the next token, T = 2·most + 1.
 * @param options.most largest n; each n from 1 is as likely. Default 10
 */
export function counting({
  count = 1000,
  seed = 0,
  most = 10,
}: SyntheticOptions & { most?: number } = {}): TensorDataset {
  whole('counting', { count, most }, 1)
  const g = new Generator(seed)
  const T = 2 * most + 1
  const x = new Int32Array(count * T)
  const y = new Int32Array(count * T)
  for (let n = 0; n < count; n++) {
    const k = 1 + g.below(most)
    for (let t = 0; t < 2 * k; t++) {
      x[n * T + t] = t < k ? 1 : 2
      if (t > 0) y[n * T + t - 1] = x[n * T + t]
    }
  }
  return new TensorDataset(fromFlat(x, [count, T], 'int32'), fromFlat(y, [count, T], 'int32'))
}

function whole(op: string, numbers: Readonly<Record<string, number>>, least: number): void {
  for (const [name, n] of Object.entries(numbers))
    if (!Number.isInteger(n) || n < least || n > 2 ** 24)
      throw new RangeError(`${op}: ${name} ${n}; a whole number from ${least}`)
}
