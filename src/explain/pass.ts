/** One forward pass with its tape kept: which tensor a layer's name means, and what a unit of it is. */
import { restoring } from '../backend/interrupted.ts'
import { withRecorder, type OpRecord } from '../autograd/recorder.ts'
import type { Module } from '../nn/module.ts'
import { withNames } from '../nn/module.ts'
import { show } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Example } from '../data/index.ts'
import { enableGrad, noGrad } from '../autograd/tape.ts'
import { div, reshape } from '../ops/index.ts'

/** Which number of a network is asked about. */
export interface UnitOptions {
  /** Path of the layer's module, e.g. `conv3`; its values after the activation that follows. Default: the network's output. */
  layer?: string
  /** Map of a convolution layer or neuron of a dense one, from 0. Default: that of the layer's largest value. */
  unit?: number
  /** [row, column] in the unit's map. Default: where it is strongest. */
  at?: readonly [number, number]
}

/** A unit found: its layer, its place and its value. */
export interface Unit {
  layer: string
  unit: number
  /** [row, column]; null in a layer without maps. */
  at: readonly [number, number] | null
  value: number
}

const ACTIVATIONS: ReadonlySet<string> = new Set([
  'relu',
  'leakyRelu',
  'tanh',
  'sigmoid',
  'gelu',
  'silu',
  'softplus',
])

/** Thrown through a forward pass when what it was run for has been seen. */
class Enough extends Error {}

export interface Pass {
  /** Operations up to the layer's values, in the order in which they ran. */
  ops: readonly OpRecord[]
  layer: string
  /** [N, C, H, W] or [N, C] */
  values: Tensor
}

/**
 * Runs `net` on the batch x [N, C, H, W] as far as `layer` (to its end when left out), every operation recorded.
 * @throws RangeError for a layer that the pass does not meet
 */
export function forwardTo(op: string, net: Module, x: Tensor, layer?: string): Pass {
  const ops: OpRecord[] = []
  let found: OpRecord | null = null
  let output: Tensor | null = null
  const within = (path: readonly string[]): boolean => {
    const name = path.join('.')
    return name === layer || name.startsWith(`${layer}.`)
  }
  let complete = false
  const record = (entry: OpRecord): void => {
    if (found && layer !== undefined && !within(entry.path)) {
      if (complete || entry.inputs[0] !== found.output || !ACTIVATIONS.has(entry.op))
        throw new Enough()
      // An operation joins the tape after it is recorded: the pass ends with the next one.
      complete = true
      found = entry
    }
    ops.push(entry)
    if (layer !== undefined && within(entry.path)) found = entry
  }
  try {
    output = withRecorder({ record }, () => withNames(net, () => net.forward(x)))
  } catch (e) {
    if (!(e instanceof Enough)) throw e
  }
  if (layer === undefined) {
    if (!output) throw new RangeError(`${op}: the network gave no tensor`)
    const last = ops[ops.length - 1]
    return { ops, layer: last?.path.join('.') || 'output', values: output }
  }
  // `found` is set inside a callback, which the compiler does not follow.
  const reached = found as OpRecord | null
  if (!reached) {
    const names = [...new Set(ops.map(o => o.path.join('.')))].filter(Boolean)
    throw new RangeError(
      `${op}: no layer ${JSON.stringify(layer)} in this network; there are ${names.join(', ') || 'none with names'}`,
    )
  }
  return { ops, layer, values: reached.output }
}

/** What operation number `at` made, after the ReLU that follows directly. */
export function rectified(ops: readonly OpRecord[], at: number): Tensor {
  const next = ops[at + 1]
  const { output } = ops[at]
  return next?.op === 'relu' && next.inputs[0] === output ? next.output : output
}

/** The network in `eval()` and with its parameters frozen while `f` runs; as it was afterwards. */
export function still<T>(net: Module, f: () => T): T {
  return modulesStill([net], f)
}

/** A module whatever it takes and gives. */
export interface AnyModule {
  eval(): unknown
  namedModules(): Iterable<readonly [string, { training: boolean }]>
  parameters(): Tensor[]
}

/** `still`, for several modules together. */
export function modulesStill<T>(nets: readonly AnyModule[], f: () => T): T {
  const modes = nets.flatMap(n => [...n.namedModules()]).map(([, m]) => [m, m.training] as const)
  const parameters = nets.flatMap(n => n.parameters()).map(p => [p, p.requiresGrad] as const)
  for (const net of nets) net.eval()
  for (const [p] of parameters) p.requiresGrad = false
  return restoring(
    () => {
      return f()
    },
    () => {
      for (const [m, training] of modes) m.training = training
      for (const [p, on] of parameters) p.requiresGrad = on
    },
  )
}

/** `still`, with gradients recorded even inside a caller's `noGrad`. */
export const tracked = <T>(net: Module, f: () => T): T => still(net, () => enableGrad(f))

/** Images as float [N, C, H, W]: of one image [C, H, W] or [H, W] a batch of one; uint8 0…255 becomes 0…1. */
export function asImages(op: string, image: Tensor | Example | { x: Tensor }): Tensor {
  const t = image instanceof Tensor ? image : image.x
  if (!(t instanceof Tensor))
    throw new TypeError(`${op}: the image is a tensor [N, C, H, W], [C, H, W] or [H, W]`)
  if (t.ndim < 2 || t.ndim > 4)
    throw new RangeError(
      `${op}: the image is ${show(t.shape)}; it is [N, C, H, W], [C, H, W] or [H, W]`,
    )
  return noGrad(() => {
    const real =
      t.dtype === 'float32' || t.dtype === 'float64' ? t.detach().clone() : t.to('float32')
    const scaled = t.dtype === 'uint8' ? div(real, 255) : real
    return reshape(scaled, [...new Array<number>(4 - t.ndim).fill(1), ...t.shape])
  })
}

/** One image as [1, C, H, W]. */
export function asImage(op: string, image: Tensor | Example): Tensor {
  const x = asImages(op, image)
  if (x.shape[0] !== 1)
    throw new RangeError(`${op}: ${show(x.shape)} are ${x.shape[0]} images; one at a time`)
  return x
}

/**
 * The unit that the options mean in one image's values.
 * @param values numbers of one image, row-major @param shape [C, H, W] or [C]
 */
export function findUnit(
  op: string,
  layer: string,
  values: ArrayLike<number>,
  shape: readonly number[],
  { unit, at }: UnitOptions,
): Unit {
  const [C] = shape
  const [H, W] = shape.length === 3 ? [shape[1], shape[2]] : [1, 1]
  if (shape.length !== 1 && shape.length !== 3)
    throw new RangeError(
      `${op}: layer ${layer} is ${show(shape)}; units are those of [C, H, W] or [C]`,
    )
  if (unit !== undefined && !(Number.isInteger(unit) && unit >= 0 && unit < C))
    throw new RangeError(`${op}: unit ${unit} of ${layer}; it has ${C}, 0 to ${C - 1}`)
  if (at && shape.length === 1)
    throw new RangeError(`${op}: at [${at.join(', ')}] in ${layer}, which has no maps`)
  if (at && !(inside(at[0], H) && inside(at[1], W)))
    throw new RangeError(`${op}: at [${at.join(', ')}] in ${layer}, whose maps are ${H}×${W}`)
  let best = -1
  for (let c = unit ?? 0; c < (unit === undefined ? C : unit + 1); c++)
    for (let p = 0; p < H * W; p++) {
      if (at && p !== at[0] * W + at[1]) continue
      const i = c * H * W + p
      if (best < 0 || values[i] > values[best]) best = i
    }
  const place = best % (H * W)
  return {
    layer,
    unit: Math.floor(best / (H * W)),
    at: shape.length === 3 ? [Math.floor(place / W), place % W] : null,
    value: values[best],
  }
}

const inside = (i: number, n: number): boolean => Number.isInteger(i) && i >= 0 && i < n
