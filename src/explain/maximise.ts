/** An image made to excite a unit. */
import { grad, noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import type { Module } from '../nn/module.ts'
import { add, mul, square, sub } from '../ops/index.ts'
import { show } from '../tensor/shape.ts'
import { Generator } from '../tensor/random.ts'
import { randn } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { asImage, findUnit, forwardTo, tracked } from './pass.ts'
import { report, type ProgressOptions } from './progress.ts'
import { spot } from './project.ts'
import { transformImage } from './resample.ts'

export interface MaximizationOptions extends ProgressOptions {
  layer?: string
  unit: number
  /** [row, column] of the unit's map. Default: its middle. */
  at?: readonly [number, number]
  /** Shape of the image, [C, H, W]. Needed unless `start` is given. */
  shape?: readonly number[]
  /** Where to begin, [C, H, W]. Default: noise around 0.5 of deviation 0.1. */
  start?: Tensor
  /** Default 128. */
  steps?: number
  /** Step length along the normalised gradient. Default 1. */
  lr?: number
  /** Weight of ‖image − 0.5‖². Default 0.001. */
  decay?: number
  /** Weight of the total variation Σ (difference of neighbours)². Default 0.01. */
  variation?: number
  /** Largest random shift in pixels before each step, so that no fine pattern survives. Default 1. */
  jitter?: number
  /** Default 0. */
  seed?: number
}

export interface Maximization {
  layer: string
  unit: number
  at: readonly [number, number] | null
  /** [C, H, W], within 0…1. */
  pixels: Tensor
  /** The unit's value after each step. */
  values: number[]
}

/**
 * Gradient ascent on one unit's value in the pixels, with a pull to grey, a penalty for total variation and jitter; pixels stay
 * within 0…1.
 * Simonyan, Vedaldi & Zisserman, arXiv 1312.6034, section 2; Mahendran & Vedaldi, arXiv 1412.0035, section 2.1 (variation);
 * Olah, Mordvintsev & Schubert, Feature visualization, Distill 2017 (jitter).
 * @throws RangeError for a unit, layer or place that is not there, or no shape
 */
export function activationMaximization(net: Module, options: MaximizationOptions): Maximization {
  const op = 'activationMaximization'
  const { steps = 128, lr = 1, decay = 0.001, variation = 0.01, jitter = 1, seed = 0 } = options
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new RangeError(`${op}: steps ${steps}; a whole number from 1`)
  const generator = new Generator(seed)
  const begin = options.start ?? noise(op, options.shape, generator)
  let x = asImage(op, begin)
  return tracked(net, () => {
    const probe = forwardTo(op, net, x, options.layer)
    const middle = probe.values.shape.slice(2).map(n => Math.floor(n / 2))
    const at = options.at ?? (middle.length === 2 ? ([middle[0], middle[1]] as const) : undefined)
    const found = findUnit(
      op,
      probe.layer,
      probe.values.toTypedArray(),
      probe.values.shape.slice(1),
      { unit: options.unit, at },
    )
    const values: number[] = []
    const value = (image: Tensor): { image: Tensor; y: Tensor } => {
      const leaf = image.detach().requiresGrad_()
      return { image: leaf, y: forwardTo(op, net, leaf, options.layer).values }
    }
    const read = (y: Tensor): number =>
      findUnit(op, found.layer, y.toTypedArray(), y.shape.slice(1), {
        unit: found.unit,
        at: found.at ?? undefined,
      }).value
    for (let step = 0; step < steps; step++) {
      const shift = (): number => (jitter ? generator.below(2 * jitter + 1) - jitter : 0)
      const [down, right] = [shift(), shift()]
      const moved = down || right ? transformImage(x, { down, right, fill: 0.5 }) : x
      const { image, y } = value(moved)
      const [g] = grad(y, [image], spot(y, [found], 1))
      x = noGrad(() => {
        const back = down || right ? transformImage(g, { down: -down, right: -right }) : g.detach()
        const length = Math.sqrt(square(back).mean().item())
        // Where every ReLU on the way is off there is no slope: look elsewhere.
        if (!(length > 0))
          return add(x, mul(randn(x.shape, { generator }), 0.2)).clamp({ min: 0, max: 1 })
        const pull = add(mul(sub(x, 0.5), 2 * decay), mul(roughness(x), 2 * variation))
        const next = add(x, mul(sub(mul(back, 0.05 / length), pull), lr))
        return next.clamp({ min: 0, max: 1 })
      })
      values.push(read(value(x).y.detach()))
      backend().settle()
      report(op, options, step + 1, steps)
    }
    return { layer: found.layer, unit: found.unit, at: found.at, pixels: x.at(0).clone(), values }
  })
}

function noise(op: string, shape: readonly number[] | undefined, generator: Generator): Tensor {
  if (!shape || shape.length !== 3)
    throw new RangeError(
      `${op}: shape ${shape ? show(shape) : 'is missing'}; the image is { shape: [C, H, W] } or { start: image }`,
    )
  return noGrad(() =>
    randn([...shape], { generator })
      .mul(0.1)
      .add(0.5)
      .clamp({ min: 0, max: 1 }),
  )
}

/** Derivative of the total variation: for each pixel the sum of its differences to its neighbours. [1, C, H, W] */
function roughness(x: Tensor): Tensor {
  const one = (dim: 2 | 3): Tensor => {
    const n = x.shape[dim]
    const d = sub(x.narrow(dim, 1, n - 1), x.narrow(dim, 0, n - 1))
    const before = dim === 2 ? [0, 0, 1, 0] : [1, 0, 0, 0]
    const after = dim === 2 ? [0, 0, 0, 1] : [0, 1, 0, 0]
    return sub(d.pad(before), d.pad(after))
  }
  return add(one(2), one(3))
}
