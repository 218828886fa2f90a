/** The deconvnet in its steps, to be put together by hand. */
import type { Example } from '../data/index.ts'
import { noGrad } from '../autograd/tape.ts'
import type { Module } from '../nn/module.ts'
import {
  convTranspose2d,
  gt,
  matmul,
  maxUnpool2d,
  mul,
  relu as rectified,
  reshape,
  type ConvTranspose2dOptions,
} from '../ops/index.ts'
import { show } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { asImage, findUnit, forwardTo, still } from './pass.ts'
import { spot, type RuleName } from './project.ts'

/** What one layer did on the way forward. */
export interface ForwardStage {
  name: string
  /** [1, C, H, W] or [1, C], after the activation. */
  values: Tensor
  /** The same before it; equal to `values` where none follows. */
  before: Tensor
  /** Switches int32 [1, C, H′, W′] of a max pooling; null elsewhere. */
  switches: Tensor | null
  /** [H, W] of what the layer read. */
  size: readonly [number, number]
}

/** One forward pass, layer by layer. @returns a stage for each module's path */
function forward(net: Module, image: Tensor | Example): Record<string, ForwardStage> {
  const x = asImage('stages.forward', image)
  return still(net, () =>
    noGrad(() => {
      const { ops } = forwardTo('stages.forward', net, x)
      const result: Record<string, ForwardStage> = Object.create(null)
      const made = new Map<Tensor, ForwardStage>()
      for (const { op, inputs, output, options, path } of ops) {
        const reads = inputs[0]
        const stage: ForwardStage = {
          name: path.join('.') || op,
          values: output.detach().clone(),
          before: output.detach().clone(),
          // The pooling operation records its switches under this name.
          switches: 'indices' in options ? (options as { indices: Tensor }).indices.clone() : null,
          size: [reads?.shape.at(-2) ?? 1, reads?.shape.at(-1) ?? 1],
        }
        const source = reads && made.get(reads)
        if (op === 'relu' && source) source.values = stage.values
        result[stage.name] = stage
        made.set(output, stage)
      }
      return result
    }),
  )
}

/** The way back under one rule: keep one unit, rectify, filter, unpool. */
export interface BackSteps {
  /** One unit's strongest value left, all others 0; of `stage`'s shape. */
  keep(stage: ForwardStage, unit: number, at?: readonly [number, number]): Tensor
  /** Back through the ReLU of `stage`: by the signal's sign, by what was on, or by both. */
  relu(signal: Tensor, stage: ForwardStage): Tensor
  /** Back through filters [K, C, h, k] (transposed convolution) or a dense layer's weight [out, in]. */
  filter(signal: Tensor, weight: Tensor, options?: ConvTranspose2dOptions): Tensor
  /** Back through the max pooling of `stage`, to where its maxima stood. */
  unpool(signal: Tensor, stage: ForwardStage): Tensor
}

function back(rule: RuleName): BackSteps {
  if (rule !== 'gradient' && rule !== 'deconvnet' && rule !== 'guided')
    throw new RangeError(`stages.back: rule ${String(rule)}; gradient, deconvnet or guided`)
  return {
    keep(stage, unit, at) {
      const { values } = stage
      const found = findUnit('keep', stage.name, values.toTypedArray(), values.shape.slice(1), {
        unit,
        at,
      })
      return spot(values, [found])
    },
    relu(signal, stage) {
      const s = fit('relu', signal, stage.before.shape)
      const on = gt(stage.before, 0).to(s.dtype)
      if (rule === 'gradient') return mul(s, on)
      return rule === 'deconvnet' ? rectified(s) : mul(rectified(s), on)
    },
    filter: (signal, weight, options) =>
      weight.ndim === 2 ? matmul(signal, weight) : convTranspose2d(signal, weight, options),
    unpool(signal, stage) {
      if (!stage.switches)
        throw new RangeError(`unpool: ${stage.name} is no max pooling; it keeps no switches`)
      return maxUnpool2d(fit('unpool', signal, stage.switches.shape), stage.switches, stage.size)
    },
  }
}

/** The signal in the stage's shape, when it has as many numbers (a flattening lies between). */
function fit(op: string, signal: Tensor, shape: readonly number[]): Tensor {
  if (signal.size !== shape.reduce((a, b) => a * b, 1))
    throw new RangeError(`${op}: the signal is ${show(signal.shape)}, the stage ${show(shape)}`)
  return reshape(signal, shape)
}

/**
 * The deconvnet's parts. `stages.forward(net, image)` keeps values and switches of each layer, `stages.back(rule)` gives the
 * steps of the way back: `s = filter(relu(keep(f.conv3, 109), f.conv3), weight)`.
 */
export const stages = { forward, back }
