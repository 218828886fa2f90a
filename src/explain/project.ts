/**
 * From one unit back to the pixels: deconvnet, gradient and guided backpropagation are one tape with three rules for ReLU.
 */
import { grad } from '../autograd/tape.ts'
import { withRules, type Rule } from '../autograd/rules.ts'
import type { OpRecord } from '../autograd/recorder.ts'
import type { Example } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import { gt, mul, relu } from '../ops/index.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { asImage, findUnit, forwardTo, tracked, type Unit, type UnitOptions } from './pass.ts'

/** What ReLU lets through on the way back: where it was on; where the signal is positive; where both. */
export type RuleName = 'gradient' | 'deconvnet' | 'guided'

/** Rules for `withRules`: the signal s, the input z of the forward pass. */
export const RULES: Readonly<Record<RuleName, Record<string, Rule>>> = {
  // s·[z > 0]
  gradient: {},
  // max(0, s)
  deconvnet: { relu: s => [relu(s)] },
  // max(0, s)·[z > 0]
  guided: { relu: (s, [z]) => [mul(relu(s), gt(z, 0).to(s.dtype))] },
}

/** The signal on its way back, as it arrives at the output of an operation of the forward pass. */
export interface Stage {
  /** Module whose output it stands at, e.g. `pool2`; `input` for the pixels. */
  name: string
  /** What brought it here. */
  step: 'keep' | 'rectify' | 'filter' | 'unpool' | 'reshape' | 'other'
  /** The signal, of the forward values' shape without the batch. */
  signal: Tensor
  /** What stood there on the way forward. */
  forward: Tensor
  /**
   * Where transposed filters W brought it here: ⟨Wq, g⟩ and ⟨q, Wᵀg⟩ of what stood here on the way forward, q, and the signal
   * g before them. The two agree, or W and Wᵀ do not belong together.
   */
  adjoint: readonly [number, number] | null
}

interface ProjectionParts extends Unit {
  rule: RuleName
  pixels: Tensor
  image: Tensor
  stages: Stage[]
  switches: Record<string, Tensor>
  net: Module
}

/** A unit's projection to the pixels. `show` draws it stage by stage. */
export class Projection implements Unit {
  readonly layer: string
  readonly unit: number
  readonly at: readonly [number, number] | null
  readonly value: number
  readonly rule: RuleName
  /** [C, H, W] */
  readonly pixels: Tensor
  /** The image, [C, H, W]. */
  readonly image: Tensor
  /** From the unit down to the pixels. */
  readonly stages: readonly Stage[]
  /** Switches of each max pooling passed, by module: int32 [C, H′, W′], row · W + column in the larger map. */
  readonly switches: Readonly<Record<string, Tensor>>
  /** The network, as it is now. @internal */
  readonly net: Module

  /** @internal */
  constructor(parts: ProjectionParts) {
    this.layer = parts.layer
    this.unit = parts.unit
    this.at = parts.at
    this.value = parts.value
    this.rule = parts.rule
    this.pixels = parts.pixels
    this.image = parts.image
    this.stages = parts.stages
    this.switches = parts.switches
    this.net = parts.net
  }

  toString(): string {
    return sentence(this, this.rule, this.pixels)
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/**
 * Projects one activation to the pixels with a deconvolutional network: all other activations of its layer set to 0, then
 * stage by stage unpooling with the switches of the same forward pass, ReLU of the signal, filtering with the transposed
 * filters. Normalisation, average pooling and activations other than ReLU send the signal back as their derivative does.
 * Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014, section 2.1.
 * @param image one image, float [1, C, H, W], [C, H, W] or [H, W] (uint8 0…255 becomes 0…1), or an example of a set
 * @param options layer (default: the output), unit (default: the strongest), at (default: its strongest place)
 * @returns pixels [C, H, W]; the signal starts as the unit's value
 * @throws RangeError for a layer, unit or place that is not there, or a batch of several
 */
export function deconvnet(net: Module, image: Tensor | Example, options?: UnitOptions): Projection {
  return project('deconvnet', net, image, options, 'deconvnet')
}

/**
 * Derivative of one unit with respect to every pixel.
 * Simonyan, Vedaldi & Zisserman, Deep inside convolutional networks, arXiv 1312.6034, section 3.
 * @returns pixels [C, H, W]; the signal starts as 1. Parameters and errors as `deconvnet`.
 */
export function gradient(net: Module, image: Tensor | Example, options?: UnitOptions): Projection {
  return project('gradient', net, image, options, 'gradient')
}

/**
 * The gradient with negative signals dropped at every ReLU.
 * Springenberg et al., Striving for simplicity: the all convolutional net, arXiv 1412.6806, section 3.4.
 * @returns pixels [C, H, W]; the signal starts as 1. Parameters and errors as `deconvnet`.
 */
export function guidedBackprop(
  net: Module,
  image: Tensor | Example,
  options?: UnitOptions,
): Projection {
  return project('guidedBackprop', net, image, options, 'guided')
}

function project(
  op: string,
  net: Module,
  image: Tensor | Example,
  options: UnitOptions = {},
  rule: RuleName,
): Projection {
  const x = asImage(op, image).requiresGrad_()
  return tracked(net, () => {
    const { ops, layer, values } = forwardTo(op, net, x, options.layer)
    const unit = findUnit(op, layer, values.toTypedArray(), values.shape.slice(1), options)
    const switches: Record<string, Tensor> = Object.create(null)
    for (const { op: name, options: o, path } of ops)
      if (name === 'maxPool2d' && 'indices' in o)
        // The pooling operation records its switches under this name.
        switches[path.join('.') || 'maxPool2d'] = (o as { indices: Tensor }).indices.clone().at(0)
    const stages: Stage[] = []
    const places: [Tensor, string][] = [...ops.map(o => [o.output, nameOf(o)] as [Tensor, string])]
    places.push([x, 'input'])
    const undo = new Map<Tensor, OpRecord>()
    for (const o of ops) for (const t of o.inputs) if (!undo.has(t)) undo.set(t, o)
    const readers = new Map<Tensor, number>()
    for (const o of ops) for (const t of o.inputs) readers.set(t, (readers.get(t) ?? 0) + 1)
    const signals = new Map<Tensor, Tensor>()
    const release = places.map(([t, name]) =>
      t.registerHook(g => {
        const step = t === values ? 'keep' : stepOf(undo.get(t)?.op)
        const signal = g.detach().clone().at(0)
        signals.set(t, signal)
        const by = undo.get(t)
        const from = by && signals.get(by.output)
        const adjoint =
          step === 'filter' && from && readers.get(t) === 1 && by.inputs[0] === t
            ? ([inner(unbiased(by), from), inner(one(t), signal)] as const)
            : null
        stages.push({ name, step, signal, forward: one(t), adjoint })
      }),
    )
    const seed = spot(values, [unit], rule === 'deconvnet' ? undefined : 1)
    const [pixels] = withRules(RULES[rule], () => grad(values, [x], seed))
    for (const f of release) f()
    return new Projection({
      ...unit,
      rule,
      pixels: one(pixels),
      image: one(x),
      stages,
      switches,
      net,
    })
  })
}

/**
 * Zeros of the values' shape with each image's unit left: its value, or `value`.
 * @param values [N, C, H, W] or [N, C]; one unit for each of N
 */
export function spot(
  values: Tensor,
  units: readonly Pick<Unit, 'unit' | 'at' | 'value'>[],
  value?: number,
): Tensor {
  const seed = new Float64Array(values.size)
  const row = values.size / values.shape[0]
  const [H, W] = values.ndim === 4 ? values.shape.slice(2) : [1, 1]
  units.forEach((u, n) => {
    const at = u.at ?? [0, 0]
    seed[n * row + u.unit * H * W + at[0] * W + at[1]] = value ?? u.value
  })
  return fromFlat(seed, values.shape, values.dtype)
}

/**
 * Projections of one unit in each image of a batch, in one backward pass.
 * @param x [N, C, H, W] @param units one for each image, with its value
 * @returns [N, C, H, W]
 */
export function projectAll(
  op: string,
  net: Module,
  x: Tensor,
  layer: string,
  units: readonly Pick<Unit, 'unit' | 'at' | 'value'>[],
  rule: RuleName,
): Tensor {
  const leaf = x.detach().requiresGrad_()
  return tracked(net, () => {
    const { values } = forwardTo(op, net, leaf, layer)
    const seed = spot(values, units, rule === 'deconvnet' ? undefined : 1)
    return withRules(RULES[rule], () => grad(values, [leaf], seed))[0].detach()
  })
}

/** Σ aᵢ·bᵢ */
function inner(a: Tensor, b: Tensor): number {
  const [x, y] = [a.toTypedArray(), b.toTypedArray()]
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i]
  return sum
}

/** What a convolution or dense layer gave for the image, less its bias: Wq. */
function unbiased({ inputs, output }: OpRecord): Tensor {
  const bias = inputs[2]?.toTypedArray()
  if (!bias) return one(output)
  const y = one(output)
  const area = y.size / bias.length
  const values = Float64Array.from(y.toTypedArray(), (v, i) => v - bias[Math.floor(i / area)])
  return fromFlat(values, y.shape, 'float64')
}

/** First image of a batch, a copy. */
const one = (t: Tensor): Tensor => t.detach().at(0).clone()

const nameOf = ({ path, op }: OpRecord): string => path.join('.') || op

function stepOf(op: string | undefined): Stage['step'] {
  if (op === 'relu') return 'rectify'
  if (op === 'maxPool2d') return 'unpool'
  if (op === 'conv2d' || op === 'linear') return 'filter'
  return op === 'reshape' || op === 'flatten' ? 'reshape' : 'other'
}

function sentence({ layer, unit, at, value }: Unit, rule: RuleName, pixels: Tensor): string {
  const data = pixels.toTypedArray()
  let best = 0
  data.forEach((v, i) => {
    if (Math.abs(v) > Math.abs(data[best])) best = i
  })
  const [, H, W] = pixels.shape
  const p = best % (H * W)
  const place = at ? `, row ${at[0]}, column ${at[1]}` : ''
  const number = (v: number): string => v.toFixed(3).replace('-', '−')
  return `${rule} of ${layer}, unit ${unit}${place} = ${number(value)}: strongest at row ${Math.floor(p / W)}, column ${p % W} with ${number(data[best])}.`
}
