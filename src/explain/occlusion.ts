/** What must be covered before the network changes its mind. */
import type { Example } from '../data/index.ts'
import { noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import type { Module } from '../nn/module.ts'
import { softmax } from '../ops/index.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { asImage, findUnit, forwardTo, rectified, still } from './pass.ts'
import { report, type ProgressOptions } from './progress.ts'

export interface OcclusionOptions extends ProgressOptions {
  /** Side of the square, in pixels. Default 5. */
  size?: number
  /** Step between places. Default 1. */
  stride?: number
  /** Grey of the square. Default 0.5. */
  fill?: number
  /** Class whose probability is followed. Default: that of the uncovered image. */
  target?: number
  /** Layer whose strongest map is followed (figure 7b). Default: the last convolution. */
  layer?: string
  /** Images at once. Default 112. */
  batch?: number
  /** Called with the maps as their rows are computed; rows from `row` on are still NaN. */
  onRow?: (maps: OcclusionMaps, row: number) => void
}

/** One number for each place of the square, [rows, columns]; the square's upper left corner is at row · stride − ⌊size / 2⌋. */
export interface OcclusionMaps {
  /** Probability of the target class. */
  probability: Tensor
  /** Probabilities of all classes, [rows, columns, K]. */
  probabilities: Tensor
  /** Most likely class, int32. */
  label: Tensor
  /** Sum of the strongest map of `layer`; null in a network without convolution. */
  activity: Tensor | null
}

/** Occlusion maps with what they were made from. `show` draws them with a square to be dragged. */
export class Occlusion implements OcclusionMaps {
  readonly method = 'occlusion'
  readonly probability: Tensor
  readonly probabilities: Tensor
  readonly label: Tensor
  readonly activity: Tensor | null

  /** @internal */
  constructor(
    maps: OcclusionMaps,
    /** The image, [C, H, W]. */
    readonly image: Tensor,
    readonly target: number,
    /** Probabilities of the uncovered image, [K]. */
    readonly before: Tensor,
    readonly layer: string | null,
    /** The followed map of `layer`. */
    readonly unit: number | null,
    readonly size: number,
    readonly stride: number,
    readonly fill: number,
  ) {
    this.probability = maps.probability
    this.probabilities = maps.probabilities
    this.label = maps.label
    this.activity = maps.activity
  }

  /** [1, rows, columns]: how much the probability falls, so that what matters is large. */
  get pixels(): Tensor {
    const start = this.before.at(this.target).item()
    return this.probability.neg().add(start).unsqueeze(0)
  }

  toString(): string {
    const falls = this.pixels.toTypedArray()
    let worst = 0
    falls.forEach((v, i) => {
      if (v > falls[worst]) worst = i
    })
    const columns = this.probability.shape[1]
    return `occlusion of class ${this.target} by ${this.size}×${this.size}: largest fall ${falls[worst].toFixed(3)} at row ${Math.floor(worst / columns) * this.stride}, column ${(worst % columns) * this.stride}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/**
 * A grey square moved over the image: probability of the class, most likely label, and activity of the layer's strongest map
 * at each place. The square is centred on the pixels 0, stride, 2·stride …, and clipped at the border.
 * Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014, section 4.2 and figure 7.
 * @param net gives logits [N, K] @param image one image, as for `deconvnet`
 * @throws RangeError for a size, stride, class or layer that does not fit
 */
export function occlusion(
  net: Module,
  image: Tensor | Example,
  options: OcclusionOptions = {},
): Occlusion {
  const { size = 5, stride = 1, fill = 0.5, batch = 112 } = options
  for (const [name, n] of Object.entries({ size, stride, batch }))
    if (!(Number.isInteger(n) && n >= 1))
      throw new RangeError(`occlusion: ${name} ${n}; a whole number from 1`)
  const x = asImage('occlusion', image)
  const [, C, H, W] = x.shape
  return still(net, () =>
    noGrad(() => {
      const pass = forwardTo('occlusion', net, x)
      const K = pass.values.shape[1]
      if (pass.values.ndim !== 2)
        throw new RangeError(
          `occlusion: the network gives [${pass.values.shape.join(', ')}]; logits [N, K]`,
        )
      const before = softmax(pass.values, 1).at(0).clone()
      const target = options.target ?? before.argmax().item()
      if (!(Number.isInteger(target) && target >= 0 && target < K))
        throw new RangeError(`occlusion: target ${target}; there are ${K} classes, 0 to ${K - 1}`)
      const layer =
        options.layer ?? (pass.ops.findLast(o => o.op === 'conv2d')?.path.join('.') || null)
      const followed = layer === null ? null : strongest(net, x, layer)
      const rows = Math.ceil(H / stride)
      const columns = Math.ceil(W / stride)
      const places = rows * columns
      const probability = new Float32Array(places).fill(NaN)
      const label = new Int32Array(places).fill(-1)
      const probabilities = new Float32Array(places * K).fill(NaN)
      const activity = new Float32Array(places).fill(NaN)
      const maps = (): OcclusionMaps => ({
        probability: fromFlat(probability, [rows, columns], 'float32'),
        probabilities: fromFlat(probabilities, [rows, columns, K], 'float32'),
        label: fromFlat(label, [rows, columns], 'int32'),
        activity: followed === null ? null : fromFlat(activity, [rows, columns], 'float32'),
      })
      const pixels = x.toTypedArray()
      const half = Math.floor(size / 2)
      let told = 0
      for (let done = 0; done < places;) {
        const n = Math.min(batch, places - done)
        const copies = new Float32Array(n * pixels.length)
        for (let i = 0; i < n; i++) {
          copies.set(pixels, i * pixels.length)
          const top = Math.floor((done + i) / columns) * stride - half
          const left = ((done + i) % columns) * stride - half
          for (let c = 0; c < C; c++)
            for (let r = Math.max(0, top); r < Math.min(H, top + size); r++) {
              const at = i * pixels.length + (c * H + r) * W
              copies.fill(fill, at + Math.max(0, left), at + Math.min(W, left + size))
            }
        }
        const covered = fromFlat(copies, [n, C, H, W], x.dtype)
        const { ops, values } = forwardTo('occlusion', net, covered)
        const p = softmax(values, 1).toTypedArray()
        probabilities.set(p, done * K)
        for (let i = 0; i < n; i++) {
          let best = 0
          for (let k = 1; k < K; k++) if (p[i * K + k] > p[i * K + best]) best = k
          probability[done + i] = p[i * K + target]
          label[done + i] = best
        }
        if (followed !== null) {
          const at = ops.findLastIndex(o => o.path.join('.') === layer)
          const values = rectified(ops, at).select(1, followed)
          activity.set(values.sum({ dim: [1, 2] }).toTypedArray(), done)
        }
        backend().settle()
        done += n
        report('occlusion', options, done, places)
        const row = Math.floor(done / columns)
        if (options.onRow && row > told) options.onRow(maps(), (told = row))
      }
      return new Occlusion(
        maps(),
        x.at(0).clone(),
        target,
        before,
        layer,
        followed,
        size,
        stride,
        fill,
      )
    }),
  )
}

function strongest(net: Module, x: Tensor, layer: string): number {
  const { values } = forwardTo('occlusion', net, x, layer)
  if (values.ndim !== 4)
    throw new RangeError(
      `occlusion: layer ${layer} is [${values.shape.join(', ')}]; it has no maps`,
    )
  return findUnit('occlusion', layer, values.toTypedArray(), values.shape.slice(1), {}).unit
}
