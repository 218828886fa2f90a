/** What the layers look like at a snapshot: histograms, units that never fire, the size of a step beside the weights. */
import { restoring } from '../backend/interrupted.ts'
import { withRecorder, type OpRecord } from '../autograd/recorder.ts'
import { noGrad } from '../autograd/tape.ts'
import { withNames, type Module } from '../nn/module.ts'
import { defaultGenerator } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Optimizer } from './optimizer.ts'

/** Bins of a histogram; the middle one has zero in its middle. */
export const BINS = 41

/** Counts over ±most in equal bins. */
export interface Histogram {
  /** Largest size of a finite value. */
  most: number
  /** [41] */
  counts: Uint32Array
  /** Values that are NaN or infinite. */
  broken: number
}

export interface LayerState {
  /** Path of the module, e.g. `conv1`. */
  layer: string
  weights: Histogram
  /** Of the last batch; null before the first step. */
  gradients: Histogram | null
  /** After the activation function, over some images of the test set; null where they were not measured. */
  activations: Histogram | null
  /** ‖lr·g‖ / ‖w‖: how far plain gradient descent would move the weights in a step. */
  ratio: number | null
  /** Maps or neurons of its output. */
  units: number | null
  /** Units whose ReLU gives 0 for all of these images; null without a ReLU. */
  silent: number | null
  /** Units of a tanh or sigmoid within 0.01 of its limits for more than 95 % of the values; null without one. */
  saturated: number | null
}

/** Where a loss that is not finite came from. */
export interface Broken {
  step: number
  epoch: number
  /** First layer whose output is not finite; `loss` when the network's output still is. */
  layer: string
}

/**
 * Every layer that has parameters, in the network's order.
 * @param x images to look at the activations with, or null
 */
export function layerStates(net: Module, optimizer: Optimizer, x: Tensor | null): LayerState[] {
  const layers = new Map<string, Tensor[]>()
  for (const [name, t] of net.namedParameters()) {
    const layer = name.slice(0, Math.max(0, name.lastIndexOf('.')))
    layers.set(layer, [...(layers.get(layer) ?? []), t])
  }
  const active = x ? activations(net, x, new Set(layers.keys())) : null
  return [...layers].map(([layer, all]): LayerState => {
    const matrices = all.filter(t => t.ndim > 1)
    const tensors = matrices.length ? matrices : all
    const weights = tensors.map(t => t.toTypedArray())
    const gradients = tensors.map(t => t.grad?.toTypedArray() ?? null)
    const known = gradients.filter(g => g !== null)
    const step = gradients.reduce(
      (sum, g, i) => sum + (g ? rateOf(optimizer, tensors[i]) ** 2 * squares(g) : 0),
      0,
    )
    const size = weights.reduce((sum, w) => sum + squares(w), 0)
    return {
      layer,
      weights: histogram(weights),
      gradients: known.length ? histogram(known) : null,
      activations: null,
      ratio: known.length && size > 0 ? Math.sqrt(step / size) : null,
      units: null,
      silent: null,
      saturated: null,
      ...active?.get(layer),
    }
  })
}

/**
 * Runs `net` on a batch whose loss was not finite and names the first layer whose output is not.
 * Weights, modes and random numbers are as before afterwards.
 */
export function firstBroken(net: Module, x: Tensor): string {
  let found: string | null = null
  const record = ({ op, path, output }: OpRecord): void => {
    if (found === null && output.toTypedArray().some(v => !Number.isFinite(v)))
      found = path.join('.') || op
  }
  undisturbed(() => withRecorder({ record }, () => withNames(net, () => net.call(x))))
  return found ?? 'loss'
}

export function histogram(parts: readonly ArrayLike<number>[]): Histogram {
  let most = 0
  let broken = 0
  for (const values of parts)
    for (let i = 0; i < values.length; i++) {
      const size = Math.abs(values[i])
      if (!Number.isFinite(size)) broken++
      else if (size > most) most = size
    }
  const counts = new Uint32Array(BINS)
  const factor = BINS / (2 * most)
  for (const values of parts)
    for (let i = 0; i < values.length; i++)
      if (Number.isFinite(values[i]))
        counts[most > 0 ? Math.min(BINS - 1, Math.floor((values[i] + most) * factor)) : BINS >> 1]++
  return { most, counts, broken }
}

type Active = Pick<LayerState, 'activations' | 'units' | 'silent' | 'saturated'>

const SQUASHING: Readonly<Record<string, readonly [number, number]>> = {
  tanh: [-1, 1],
  sigmoid: [0, 1],
}
const ACTIVATIONS = new Set(['relu', 'leakyRelu', 'gelu', 'silu', 'softplus', 'elu', 'tanh', 'sigmoid']) // prettier-ignore

/** What the layers give for x, after the activation function that follows them. */
function activations(net: Module, x: Tensor, layers: ReadonlySet<string>): Map<string, Active> {
  const out = new Map<string, Active>()
  let last: { layer: string; output: Tensor; op: string } | null = null
  const finish = (): void => {
    if (last) out.set(last.layer, look(last.output, last.op))
    last = null
  }
  const record = ({ op, path, inputs, output }: OpRecord): void => {
    const layer = path.join('.')
    if (layers.has(layer)) {
      if (last && last.layer !== layer) finish()
      last = { layer, output, op }
    } else if (last) {
      if (inputs[0] === last.output && ACTIVATIONS.has(op)) last = { ...last, output, op }
      finish()
    }
  }
  const modes = [...net.namedModules()].map(([, m]) => [m, m.training] as const)
  net.eval()
  restoring(
    () => {
      undisturbed(() => withRecorder({ record }, () => withNames(net, () => net.call(x))))
    },
    () => {
      for (const [m, training] of modes) m.training = training
    },
  )
  finish()
  return out
}

/** [N, U, …] as a histogram, and its units that say nothing. */
function look(y: Tensor, op: string): Active {
  const values = y.toTypedArray()
  const [N, U] = y.ndim > 1 ? y.shape : [y.shape[0] ?? 1, 1]
  const area = N * U ? values.length / (N * U) : 0
  const limits = SQUASHING[op]
  let silent = 0
  let saturated = 0
  for (let u = 0; u < U; u++) {
    let fires = false
    let past = 0
    for (let n = 0; n < N; n++)
      for (let i = (n * U + u) * area, end = i + area; i < end; i++) {
        if (values[i] !== 0) fires = true
        if (limits && (values[i] < limits[0] + 0.01 || values[i] > limits[1] - 0.01)) past++
      }
    if (!fires) silent++
    if (past > 0.95 * N * area) saturated++
  }
  return {
    activations: histogram([values]),
    units: U,
    silent: op === 'relu' ? silent : null,
    saturated: limits ? saturated : null,
  }
}

/** Without gradients, and nobody's random numbers go on. */
function undisturbed(f: () => unknown): void {
  const state = defaultGenerator.getState()
  restoring(
    () => {
      noGrad(f)
    },
    () => {
      defaultGenerator.setState(state)
    },
  )
}

function squares(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
  return sum
}

function rateOf(optimizer: Optimizer, t: Tensor): number {
  return optimizer.paramGroups?.find(g => g.params.includes(t))?.lr ?? optimizer.lr
}
