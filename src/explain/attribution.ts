/** Which pixels speak for a unit: methods built on the gradient, and Grad-CAM. */
import { grad } from '../autograd/tape.ts'
import type { Example } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import { add, expand, mul, reshape, sub } from '../ops/index.ts'
import { show } from '../tensor/shape.ts'
import { randn } from '../tensor/create.ts'
import { Generator } from '../tensor/random.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import {
  asImage,
  findUnit,
  forwardTo,
  rectified,
  still,
  tracked,
  type Unit,
  type UnitOptions,
} from './pass.ts'
import { report, type ProgressOptions } from './progress.ts'
import { gradient, guidedBackprop, spot } from './project.ts'
import { resizeMap } from './resample.ts'

interface AttributionParts extends Unit {
  method: string
  pixels: Tensor
  image: Tensor
  difference?: number
}

/** A picture of what matters to one unit. `show([…])` puts several side by side. */
export class Attribution implements Unit {
  readonly method: string
  readonly layer: string
  readonly unit: number
  readonly at: readonly [number, number] | null
  readonly value: number
  /** [C, H, W]; one channel where the method knows only places. */
  readonly pixels: Tensor
  /** The image, [C, H, W]. */
  readonly image: Tensor
  /** Integrated gradients: the unit's value less its value at the baseline, which the sum of pixels approaches; else null. */
  readonly difference: number | null

  /** @internal */
  constructor(parts: AttributionParts) {
    this.method = parts.method
    this.layer = parts.layer
    this.unit = parts.unit
    this.at = parts.at
    this.value = parts.value
    this.pixels = parts.pixels
    this.image = parts.image
    this.difference = parts.difference ?? null
  }

  toString(): string {
    return `${this.method} of ${this.layer}, unit ${this.unit}, ${this.pixels.shape.join('×')}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

const one = (t: Tensor): Tensor => t.detach().at(0).clone()

/**
 * Gradient times the pixel: each pixel's share in the linear approximation around 0.
 * Shrikumar et al., Not just a black box, arXiv 1605.01713, section 2.
 * @returns pixels [C, H, W]. Options and errors as `deconvnet`
 */
export function gradientTimesInput(
  net: Module,
  image: Tensor | Example,
  options?: UnitOptions,
): Attribution {
  const { pixels, image: x, layer, unit, at, value } = gradient(net, image, options)
  return new Attribution({
    layer,
    unit,
    at,
    value,
    method: 'gradientTimesInput',
    image: x,
    pixels: mul(pixels, x),
  })
}

/** The unit in one image, found by a forward pass of its own. */
function unitOf(op: string, net: Module, x: Tensor, options: UnitOptions): Unit {
  return still(net, () => {
    const { layer, values } = forwardTo(op, net, x, options.layer)
    return findUnit(op, layer, values.toTypedArray(), values.shape.slice(1), options)
  })
}

/** Gradients of one unit in each image of a batch: [N, C, H, W]. */
function gradients(op: string, net: Module, x: Tensor, unit: Unit, named: boolean): Tensor {
  const leaf = x.detach().requiresGrad_()
  return tracked(net, () => {
    const { values } = forwardTo(op, net, leaf, named ? unit.layer : undefined)
    const units = new Array<Unit>(x.shape[0]).fill(unit)
    return grad(values, [leaf], spot(values, units, 1))[0].detach()
  })
}

export interface SmoothGradOptions extends UnitOptions, ProgressOptions {
  /** Noisy copies. Default 50. */
  samples?: number
  /** Deviation of the noise as a share of the image's range (largest less smallest). Default 0.15. */
  noise?: number
  /** Default 0. */
  seed?: number
  /** Copies at once. Default 25. */
  batch?: number
}

/**
 * Mean gradient over noisy copies of the image.
 * Smilkov et al., SmoothGrad, arXiv 1706.03825, section 3.
 * @returns pixels [C, H, W]. Errors as `deconvnet`; RangeError for samples, noise or batch out of range
 */
export function smoothGrad(
  net: Module,
  image: Tensor | Example,
  options: SmoothGradOptions = {},
): Attribution {
  const { samples = 50, noise = 0.15, seed = 0, batch = 25 } = options
  whole('smoothGrad', 'samples', samples)
  whole('smoothGrad', 'batch', batch)
  if (!(noise >= 0)) throw new RangeError(`smoothGrad: noise ${noise}; a share of the range, ≥ 0`)
  const x = asImage('smoothGrad', image)
  const unit = unitOf('smoothGrad', net, x, options)
  const range = x.max().item() - x.min().item()
  const generator = new Generator(seed)
  let sum: Tensor | null = null
  for (let done = 0; done < samples;) {
    const n = Math.min(batch, samples - done)
    const shape = [n, ...x.shape.slice(1)]
    const noisy = add(
      expand(x, shape),
      mul(randn(shape, { generator, dtype: x.dtype }), noise * range),
    )
    const g = gradients('smoothGrad', net, noisy, unit, options.layer !== undefined).sum({ dim: 0 })
    sum = sum ? add(sum, g) : g
    report('smoothGrad', options, (done += n), samples)
  }
  // samples ≥ 1, so there was a round.
  return new Attribution({
    ...unit,
    method: 'smoothGrad',
    image: one(x),
    pixels: mul(sum!, 1 / samples),
  })
}

export interface IntegratedGradientsOptions extends UnitOptions, ProgressOptions {
  /** Steps of the integral (midpoint rule). Default 50. */
  steps?: number
  /** Where the way begins, [C, H, W]. Default black (zeros). */
  baseline?: Tensor
  /** Steps at once. Default 25. */
  batch?: number
}

/**
 * Gradients along the straight way from a baseline to the image, times the way. Their sum is the unit's value less its value
 * at the baseline (completeness), up to the steps of the integral.
 * Sundararajan, Taly & Yan, Axiomatic attribution for deep networks, ICML 2017, section 3.
 * @returns pixels [C, H, W]; `difference` is what their sum approaches
 */
export function integratedGradients(
  net: Module,
  image: Tensor | Example,
  options: IntegratedGradientsOptions = {},
): Attribution {
  const op = 'integratedGradients'
  const { steps = 50, batch = 25 } = options
  whole(op, 'steps', steps)
  whole(op, 'batch', batch)
  const x = asImage(op, image)
  const unit = unitOf(op, net, x, options)
  const from = options.baseline
    ? asImage(op, options.baseline).to(x.dtype)
    : fromFlat(new Float64Array(x.size), x.shape, x.dtype)
  if (from.shape.join() !== x.shape.join())
    throw new RangeError(`${op}: baseline ${show(from.shape)} for an image ${show(x.shape)}`)
  const way = sub(x, from)
  const named = options.layer !== undefined
  let sum: Tensor | null = null
  for (let done = 0; done < steps;) {
    const n = Math.min(batch, steps - done)
    const shape = [n, ...x.shape.slice(1)]
    const parts = Float64Array.from({ length: n }, (_, i) => (done + i + 0.5) / steps)
    const share = fromFlat(parts, [n, 1, 1, 1], x.dtype)
    const points = add(expand(from, shape), mul(expand(way, shape), share))
    const g = gradients(op, net, points, unit, named).sum({ dim: 0 })
    sum = sum ? add(sum, g) : g
    report(op, options, (done += n), steps)
  }
  const start = unitOf(op, net, from, { ...options, unit: unit.unit, at: unit.at ?? undefined })
  return new Attribution({
    ...unit,
    method: op,
    image: one(x),
    // steps ≥ 1, so there was a round.
    pixels: mul(mul(sum!, 1 / steps), way.at(0)),
    difference: unit.value - start.value,
  })
}

export interface GradCamOptions {
  /** Convolution layer whose maps are weighed. Default: the last layer with maps. */
  layer?: string
  /** Output that is explained. Default: the strongest. */
  unit?: number
  /** Size of the picture. Default: the image's, enlarged bilinearly; `false` keeps the layer's. */
  resize?: boolean
}

/**
 * Grad-CAM: a layer's maps, each weighed by the mean of its gradient, summed, negative parts dropped.
 * Selvaraju et al., Grad-CAM, ICCV 2017, equations 1 and 2.
 * @returns pixels [1, H, W], smooth when enlarged; `layer` is the layer of the maps, `unit` the output explained
 * @throws RangeError when the network has no layer with maps
 */
export function gradCam(
  net: Module,
  image: Tensor | Example,
  options: GradCamOptions = {},
): Attribution {
  const x = asImage('gradCam', image)
  return tracked(net, () => {
    const leaf = x.requiresGrad_()
    const { ops, layer, values } = forwardTo('gradCam', net, leaf)
    const unit = findUnit('gradCam', layer, values.toTypedArray(), values.shape.slice(1), {
      unit: options.unit,
    })
    const name =
      options.layer ?? ops.findLast(o => o.output.ndim === 4 && o.op === 'conv2d')?.path.join('.')
    const at = ops.findLastIndex(o => o.path.join('.') === name && o.output.ndim === 4)
    if (at < 0)
      throw new RangeError(
        `gradCam: ${options.layer ? `no layer ${options.layer} with maps` : 'this network has no convolution layer'}`,
      )
    const maps = rectified(ops, at)
    const [g] = grad(values, [maps], spot(values, [unit], 1))
    const [, , H, W] = maps.shape
    const weights = g.mean({ dim: [2, 3], keepdim: true })
    const sum = mul(maps.detach(), weights).sum({ dim: 1 }).relu()
    const small = reshape(sum.detach(), [1, H, W])
    const [h, w] = options.resize === false ? [H, W] : x.shape.slice(2)
    return new Attribution({
      ...unit,
      layer: name ?? layer,
      at: null,
      method: 'gradCam',
      image: one(x),
      pixels: h === H && w === W ? small : resizeMap(small, h, w),
    })
  })
}

/**
 * Guided backpropagation where Grad-CAM looks: their product.
 * Selvaraju et al., Grad-CAM, ICCV 2017, section 3.2.
 * @returns pixels [C, H, W]
 */
export function guidedGradCam(
  net: Module,
  image: Tensor | Example,
  options: Omit<GradCamOptions, 'resize'> = {},
): Attribution {
  const cam = gradCam(net, image, options)
  const guided = guidedBackprop(net, image, { unit: cam.unit })
  const { layer, unit, at, value, image: x } = cam
  const pixels = mul(guided.pixels, cam.pixels)
  return new Attribution({ layer, unit, at, value, image: x, method: 'guidedGradCam', pixels })
}

function whole(op: string, name: string, n: number): void {
  if (!(Number.isInteger(n) && n >= 1))
    throw new RangeError(`${op}: ${name} ${n}; a whole number from 1`)
}
