/** From the operations of one forward pass to layers: what each reads, how it computes, what a value of it can see. */
import type { OpRecord } from '../autograd/recorder.ts'
import { softmax } from '../ops/softmax.ts'
import { windows } from '../ops/conv2d.ts'
import type { Tensor } from '../tensor/tensor.ts'

type Pair = readonly [number, number]

/** How a layer computes its values from its source's, enough to open one into its terms. Weights are copies. */
export type LayerOp =
  | { op: 'input' }
  | {
      op: 'conv2d'
      /** [K, C / groups, h, k] */
      weight: Tensor
      bias: Tensor | null
      stride: Pair
      padding: Pair
      dilation: Pair
      groups: number
    }
  | { op: 'linear'; /** [out, in] */ weight: Tensor; bias: Tensor | null }
  | { op: 'maxPool2d' | 'avgPool2d'; kernel: Pair; stride: Pair; padding: Pair }
  | { op: 'softmax' }
  | { op: 'flatten' }
  | { op: 'other'; name: string }

/** What a value can see of the input, in pixels: the field's size, the step between neighbours, where the first starts. */
export interface Field {
  size: Pair
  step: Pair
  start: Pair
}

export interface Layer {
  /** Path of its module, e.g. `conv1`; the first is `input`. */
  name: string
  op: LayerOp
  /** Index of the layer it reads; −1 for the input. */
  source: number
  /** [C, H, W], or [C] after flattening. */
  shape: readonly number[]
  /** After the activation. */
  values: Tensor
  /** Before the activation; null when none follows. */
  before: Tensor | null
  /** `ReLU`, `tanh` …; null when none follows. */
  activation: string | null
  /** Null when a value sees the whole input. */
  field: Field | null
  parameters: number
}

const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: 'ReLU',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
}

/**
 * Layers of the operations `ops` that began with `x` [1, C, H, W]. Operations on nothing that came from x (of weights, say)
 * are left out; those without a rule become layers of op `other`.
 */
export function layersOf(x: Tensor, ops: readonly OpRecord[], endWithSoftmax: boolean): Layer[] {
  const layers: Layer[] = [
    {
      name: 'input',
      op: { op: 'input' },
      source: -1,
      shape: x.shape.slice(1),
      values: x,
      before: null,
      activation: null,
      field: { size: [1, 1], step: [1, 1], start: [0, 0] },
      parameters: 0,
    },
  ]
  const made = new Map<Tensor, number>([[x, 0]])
  const readers = new Map<number, number>()
  for (const entry of ops) {
    const sources = entry.inputs.map(t => made.get(t)).filter(n => n !== undefined)
    if (sources.length === 0) continue
    const source = Math.max(...sources)
    const from = layers[source]
    const y = entry.output
    const activation = ACTIVATIONS[entry.op]
    if (activation && !from.activation && !readers.has(source) && source > 0) {
      layers[source] = { ...from, before: from.values, values: copy(y), activation }
      made.set(y, source)
      continue
    }
    const shape = shapeOf(y)
    const op = opOf(entry, shape, from, sources.length)
    if (op === null) {
      made.set(y, source)
      continue
    }
    readers.set(source, (readers.get(source) ?? 0) + 1)
    const parameters = 'weight' in op ? op.weight.size + (op.bias?.size ?? 0) : 0
    layers.push({
      name: unused(entry.path.join('.') || entry.op, layers),
      op,
      source,
      shape,
      values: copy(y),
      before: null,
      activation: null,
      field: fieldOf(op, from, shape),
      parameters,
    })
    made.set(y, layers.length - 1)
  }
  const last = layers[layers.length - 1]
  if (endWithSoftmax && last.op.op === 'linear' && !last.activation && last.shape[0] > 1)
    layers.push({
      name: unused('softmax', layers),
      op: { op: 'softmax' },
      source: layers.length - 1,
      shape: last.shape,
      values: softmax(last.values, -1),
      before: null,
      activation: null,
      field: null,
      parameters: 0,
    })
  return layers
}

/** The layer that an operation makes; null when it only looks at the same values otherwise. */
function opOf(
  { op, inputs, options, path }: OpRecord,
  shape: readonly number[],
  from: Layer,
  sources: number,
): LayerOp | null {
  const other: LayerOp = { op: 'other', name: path.length ? `${op} of ${path.join('.')}` : op }
  if (sources > 1) return other
  // The op that records them chooses the options: each case below reads what its op writes.
  const o = options as { stride: Pair; padding: Pair; dilation: Pair; groups: number; kernel: Pair }
  const size = (d: 0 | 1, k: number, dilation: number): number =>
    windows(from.shape[1 + d], k, o.stride[d], o.padding[d], dilation)
  switch (op) {
    case 'conv2d': {
      const [, w, b] = inputs
      const { stride, padding, dilation, groups } = o
      return { op, weight: copy(w), bias: b ? copy(b) : null, stride, padding, dilation, groups }
    }
    case 'linear': {
      const [, w, b] = inputs
      if (from.shape.length !== 1 || shape.length !== 1) return other
      return { op, weight: copy(w), bias: b ? copy(b) : null }
    }
    case 'maxPool2d':
    case 'avgPool2d': {
      const { kernel, stride, padding } = o
      // Windows that hang over the edge or have gaps, and means that leave padding out, are computed by another formula.
      const plain = ([0, 1] as const).every(
        d =>
          size(d, kernel[d], 1) === shape[1 + d] &&
          (!('dilation' in options) || o.dilation[d] === 1),
      )
      const zeros = op === 'maxPool2d' || (padding[0] === 0 && padding[1] === 0)
      return plain && zeros ? { op, kernel, stride, padding } : other
    }
    case 'softmax':
      return shape.length === 1 ? { op } : other
    case 'reshape':
      if (shape.length === from.shape.length)
        return shape.every((n, d) => n === from.shape[d]) ? null : other
      return shape.length === 1 ? { op: 'flatten' } : other
    case 'to':
    case 'clone':
    case 'expand':
      return shape.join() === from.shape.join() ? null : other
    default:
      return other
  }
}

/** Field of a value of the next layer, from its source's. */
function fieldOf(op: LayerOp, from: Layer, shape: readonly number[]): Field | null {
  const { field } = from
  if (!field) return null
  if (op.op === 'other') return shape.join() === from.shape.join() ? field : null
  if (op.op !== 'conv2d' && op.op !== 'maxPool2d' && op.op !== 'avgPool2d') return null
  const window = op.op === 'conv2d' ? [op.weight.shape[2], op.weight.shape[3]] : op.kernel
  const dilation = op.op === 'conv2d' ? op.dilation : [1, 1]
  const each = (f: (d: 0 | 1) => number): Pair => [f(0), f(1)]
  return {
    size: each(d => field.size[d] + (window[d] - 1) * dilation[d] * field.step[d]),
    step: each(d => field.step[d] * op.stride[d]),
    start: each(d => field.start[d] - op.padding[d] * field.step[d]),
  }
}

/** Without the batch's axis: [C, H, W] or [C]; anything else as one row. */
function shapeOf(y: Tensor): number[] {
  const shape = y.shape[0] === 1 ? y.shape.slice(1) : [...y.shape]
  if (shape.length === 1 || shape.length === 3) return shape
  return shape.length === 2 ? [1, ...shape] : [shape.reduce((a, b) => a * b, 1)]
}

function unused(name: string, layers: readonly Layer[]): string {
  const taken = new Set(layers.map(layer => layer.name))
  let found = name
  for (let n = 2; taken.has(found); n++) found = `${name} (${n})`
  return found
}

const copy = (t: Tensor): Tensor => t.detach().clone()
