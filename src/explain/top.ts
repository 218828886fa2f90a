/** The images that excite the units of a layer most, with the patches they see and the units' projections. */
import { noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import { ImageSet } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import { show } from '../tensor/shape.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import type { Field } from './layers.ts'
import { forwardTo, still, type Pass } from './pass.ts'
import { report, type ProgressOptions } from './progress.ts'
import { projectAll, type RuleName } from './project.ts'
import { trace } from './trace.ts'

export interface TopOptions extends ProgressOptions {
  /** Path of the layer's module; its values after the activation. */
  layer: string
  /** One unit only, or some. Default: all of the layer. */
  unit?: number | readonly number[]
  /** How many images a unit. Default 9. */
  k?: number
  /** Rule of the projections; null leaves them out. Default `deconvnet`. */
  rule?: RuleName | null
  /** Images at once. Default 250. */
  batch?: number
}

/** One image that excites a unit. */
export interface TopActivation {
  /** Number of the image in the set. */
  image: number
  /** Class number, when the set has labels. */
  label: number | null
  value: number
  /** [row, column] in the unit's map; null in a layer without maps. */
  at: readonly [number, number] | null
  /** What the unit sees: [top, left, bottom, right] in pixels, the last two exclusive, clipped at the border. */
  window: readonly [number, number, number, number]
  /** That part of the image, [C, h, w]. */
  patch: Tensor
  /** That part of the unit's projection, [C, h, w]; null without a rule. */
  projection: Tensor | null
}

export interface TopUnit {
  unit: number
  /** Strongest first. */
  top: TopActivation[]
  /** Its largest value in each image of the set, [N]. */
  strongest: Tensor
}

/** What excites each unit of a layer most. `show` draws the units with patches and projections. */
export class TopActivations {
  /** @internal */
  constructor(
    readonly layer: string,
    /** Shape of a unit's receptive field in pixels; null when it sees the whole image. */
    readonly field: Field | null,
    readonly rule: RuleName | null,
    readonly units: readonly TopUnit[],
    /** Names of the classes, when the set has them. */
    readonly classes: readonly string[] | null,
    /** How many images were looked at. */
    readonly images: number,
  ) {}

  toString(): string {
    const best = this.units.map(
      u => `${u.unit}: ${u.top[0].value.toFixed(2)} by image ${u.top[0].image}`,
    )
    return `top activations of ${this.layer} over ${this.images} images\n${best.slice(0, 8).join('\n')}${best.length > 8 ? `\nand ${best.length - 8} more units` : ''}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/**
 * For each unit of a layer the k images (each image once, at its strongest place) that excite it most, the patch it sees
 * there, and the projection of that activation to the pixels.
 * Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014, figure 2.
 * @param images a set of labelled images, or float or uint8 [N, C, H, W]
 * @throws RangeError for a layer or unit that is not there, k out of range, or no images
 */
export function topActivations(
  net: Module,
  images: ImageSet | Tensor,
  options: TopOptions,
): TopActivations {
  const op = 'topActivations'
  const { layer, k = 9, rule = 'deconvnet', batch = 250 } = options
  const set = images instanceof ImageSet ? images : null
  const pixels = images instanceof ImageSet ? images.images : images
  if (pixels.ndim !== 4) throw new RangeError(`${op}: images ${show(pixels.shape)}; [N, C, H, W]`)
  const [N, , H, W] = pixels.shape
  if (!(Number.isInteger(k) && k >= 1 && k <= N))
    throw new RangeError(`${op}: k ${k}; 1 to ${N}, the number of images`)
  const read = (places: readonly number[]): Tensor => batchOf(pixels, places)
  return still(net, () =>
    noGrad(() => {
      const first = forwardTo(op, net, read([0]), layer)
      const [, U] = first.values.shape
      const { unit } = options
      const all = Array.from({ length: U }, (_, u) => u)
      const wanted = unit === undefined ? all : typeof unit === 'number' ? [unit] : unit
      for (const u of wanted)
        if (!(Number.isInteger(u) && u >= 0 && u < U))
          throw new RangeError(`${op}: unit ${u} of ${layer}; it has ${U}, 0 to ${U - 1}`)
      const field = fieldOf(net, read([0]), layer, first)
      const best = strongestOf(op, net, read, N, U, layer, batch, options)
      const labels = set ? set.labels.toTypedArray() : null
      const units = wanted.map((u): TopUnit => {
        const values = best.values.subarray(u * N, (u + 1) * N)
        const top = largest(values, k).map((image): TopActivation => {
          const place = best.places[u * N + image]
          const at = best.width
            ? ([Math.floor(place / best.width), place % best.width] as const)
            : null
          const window = windowOf(field, at, H, W)
          const label = labels ? labels[image] : null
          return {
            image,
            label,
            value: values[image],
            at,
            window,
            patch: EMPTY(),
            projection: null,
          }
        })
        return { unit: u, top, strongest: fromFlat(values, [N], 'float32') }
      })
      fill(op, net, units, read, layer, rule, batch)
      return new TopActivations(layer, field, rule, units, set ? set.classes : null, N)
    }),
  )
}

/** Places of the k largest values, the largest first; of equal ones the first. */
function largest(values: ArrayLike<number>, k: number): number[] {
  const best: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (best.length === k && !(values[i] > values[best[k - 1]])) continue
    let at = best.length
    while (at > 0 && values[i] > values[best[at - 1]]) at--
    best.splice(at, 0, i)
    if (best.length > k) best.pop()
  }
  return best
}

const EMPTY = (): Tensor => fromFlat([], [0], 'float32')

/** Largest value of every unit in every image, and its place. */
function strongestOf(
  op: string,
  net: Module,
  read: (places: readonly number[]) => Tensor,
  N: number,
  U: number,
  layer: string,
  batch: number,
  options: ProgressOptions,
): { values: Float32Array; places: Int32Array; width: number } {
  const values = new Float32Array(U * N)
  const places = new Int32Array(U * N)
  let width = 0
  for (let from = 0; from < N; from += batch) {
    const n = Math.min(batch, N - from)
    const y = forwardTo(op, net, read(Array.from({ length: n }, (_, i) => from + i)), layer).values
    const area = y.ndim === 4 ? y.shape[2] * y.shape[3] : 1
    width = y.ndim === 4 ? y.shape[3] : 0
    const data = y.isContiguous
      ? y.storage.data.subarray(y.offset, y.offset + y.size)
      : y.toTypedArray()
    for (let i = 0, p = 0; i < n; i++)
      for (let u = 0; u < U; u++) {
        let best = p
        for (const end = p + area; p < end; p++) if (data[p] > data[best]) best = p
        values[u * N + from + i] = data[best]
        places[u * N + from + i] = best - (p - area)
      }
    backend().settle()
    report(op, options, from + n, N)
  }
  return { values, places, width }
}

/** Patches and projections of what was found, many units to a batch. */
function fill(
  op: string,
  net: Module,
  units: readonly TopUnit[],
  read: (places: readonly number[]) => Tensor,
  layer: string,
  rule: RuleName | null,
  batch: number,
): void {
  const all = units.flatMap(({ unit, top }) => top.map(t => ({ unit, t })))
  for (let from = 0; from < all.length; from += batch) {
    const part = all.slice(from, from + batch)
    const x = read(part.map(({ t }) => t.image))
    const back = rule
      ? projectAll(
          op,
          net,
          x,
          layer,
          part.map(({ unit, t }) => ({ unit, at: t.at, value: t.value })),
          rule,
        )
      : null
    part.forEach(({ t }, i) => {
      const [top, left, bottom, right] = t.window
      const cut = (y: Tensor): Tensor =>
        y
          .at(i)
          .narrow(1, top, bottom - top)
          .narrow(2, left, right - left)
          .clone()
      t.patch = cut(x)
      t.projection = back ? cut(back) : null
    })
    backend().settle()
  }
}

/** Images at `places` as float32 [n, C, H, W]; uint8 0…255 becomes 0…1. */
function batchOf(pixels: Tensor, places: readonly number[]): Tensor {
  const shape = pixels.shape.slice(1)
  const size = shape.reduce((a, b) => a * b, 1)
  const from = pixels.isContiguous ? pixels.storage.data : pixels.toTypedArray()
  const base = pixels.isContiguous ? pixels.offset : 0
  const unit = pixels.dtype === 'uint8' ? 1 / 255 : 1
  const out = new Float32Array(places.length * size)
  places.forEach((place, n) => {
    for (let i = 0; i < size; i++) out[n * size + i] = from[base + place * size + i] * unit
  })
  return fromFlat(out, [places.length, ...shape], 'float32')
}

function fieldOf(net: Module, x: Tensor, layer: string, { values }: Pass): Field | null {
  if (values.ndim !== 4) return null
  const found = trace(net, x).layers.find(l => l.name === layer)
  return found?.field ?? null
}

/** The part of an H×W image that a place sees, clipped. */
function windowOf(
  field: Field | null,
  at: readonly [number, number] | null,
  H: number,
  W: number,
): [number, number, number, number] {
  if (!field || !at) return [0, 0, H, W]
  const edge = (d: 0 | 1, n: number): [number, number] => {
    const from = field.start[d] + at[d] * field.step[d]
    return [Math.max(0, from), Math.min(n, from + field.size[d])]
  }
  const [top, bottom] = edge(0, H)
  const [left, right] = edge(1, W)
  return [top, left, bottom, right]
}
