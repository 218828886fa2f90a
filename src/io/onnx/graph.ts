/** A network from an ONNX file, as a module. */
import { Module, parameter, Sequential } from '../../nn/index.ts'
import { show, type Tensor } from '../../tensor/tensor.ts'
import { failing, FileError } from '../problem.ts'
import { ARRANGE } from './arrange.ts'
import { Call, type Operator } from './call.ts'
import { COMPUTE } from './compute.ts'
import { label, type Model, type Node, type ValueInfo } from './model.ts'
import { native } from './native.ts'
import {
  averagePool,
  conv,
  convTranspose,
  globalAveragePool,
  globalMaxPool,
  maxPool,
} from './windows.ts'

const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    Conv: conv,
    ConvTranspose: convTranspose,
    MaxPool: maxPool,
    AveragePool: averagePool,
    GlobalAveragePool: globalAveragePool,
    GlobalMaxPool: globalMaxPool,
    ...ARRANGE,
    ...COMPUTE,
  }),
)

/** Names of a node's weights by the place of the input. */
const ROLES: Readonly<Record<string, readonly (string | null)[]>> = {
  Conv: [null, 'weight', 'bias'],
  ConvTranspose: [null, 'weight', 'bias'],
  Gemm: [null, 'weight', 'bias'],
  MatMul: [null, 'weight'],
  BatchNormalization: [null, 'weight', 'bias', 'running_mean', 'running_var'],
  InstanceNormalization: [null, 'weight', 'bias'],
  LayerNormalization: [null, 'weight', 'bias'],
  PRelu: [null, 'weight'],
  Gather: ['weight'],
  RNN: [null, 'W', 'R', 'B'],
  LSTM: [null, 'W', 'R', 'B'],
  GRU: [null, 'W', 'R', 'B'],
}
const BUFFERS: ReadonlySet<string> = new Set(['running_mean', 'running_var'])

/** One operation that has no layer of its own here; its weights are its fields. */
export class OnnxLayer extends Module {
  /** Values that the file gives, by the place of the input; null where values come from other nodes. */
  private readonly given: (Tensor | null)[]
  /** Names of the fields, by the place of the input. */
  private readonly fields: (string | null)[]

  constructor(
    readonly node: Node,
    weights: readonly (Tensor | null)[],
    private readonly opset: number,
    private readonly file: string,
  ) {
    super()
    const floating = (t: Tensor | null): boolean =>
      t !== null && t.size > 1 && (t.dtype === 'float32' || t.dtype === 'float64')
    this.fields = weights.map((t, i) => (floating(t) ? (ROLES[node.op]?.[i] ?? `input${i}`) : null))
    this.given = weights.map((t, i) => (this.fields[i] ? null : t))
    weights.forEach((t, i) => {
      const field = this.fields[i]
      if (t && field) Object.assign(this, { [field]: BUFFERS.has(field) ? t : parameter(t) })
    })
  }

  forward(x: Tensor): Tensor {
    const place = this.node.inputs.findIndex((name, i) => name && !this.given[i] && !this.fields[i])
    return this.compute(this.node.inputs.map((_, i) => (i === place ? x : null)))[0]
  }

  /** All results, from values by the place of the input; weights are added. @internal */
  compute(values: readonly (Tensor | null)[]): Tensor[] {
    const { node } = this
    const operator = OPERATORS.get(node.op)! // checked when the file was read
    const fail = failing(`${this.file}, ${label(node)}`)
    const all = values.map((v, i) => {
      const field = this.fields[i]
      // The constructor put a tensor there.
      return v ?? this.given[i] ?? (field ? (Reflect.get(this, field) as Tensor) : null)
    })
    let out: Tensor | Tensor[]
    try {
      out = operator(new Call(node, all, this.opset, this.training, fail))
    } catch (error) {
      if (error instanceof FileError || !(error instanceof RangeError || error instanceof TypeError)) throw error // prettier-ignore
      throw new RangeError(`${this.file}, ${label(node)}: ${error.message}`, { cause: error })
    }
    return Array.isArray(out) ? out : [out]
  }

  override describe(): string {
    return this.node.op
  }
}

interface Step {
  node: Node
  layer: Module
  /** Names of the values that come from other nodes; null for weights and what is left out. */
  takes: (string | null)[]
  /** Values that nobody uses after this step. */
  over: string[]
}

/** An ONNX graph that runs: `forward(x)` where it has one input, `run({ … })` by the names of inputs and outputs. */
export class OnnxModel extends Module {
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  private readonly layers: ReadonlyMap<string, Module>
  private readonly steps: readonly Step[]
  private readonly constants: ReadonlyMap<string, Tensor>

  /** @internal use `onnx.load` */
  constructor(
    model: Model,
    private readonly file: string,
  ) {
    super()
    this.inputs = model.inputs
    this.outputs = model.outputs
    const { steps, layers, constants } = plan(model, file)
    this.steps = steps
    this.layers = layers
    this.constants = constants
  }

  override *namedChildren(): Iterable<[string, Module]> {
    yield* this.layers
  }

  /** @throws RangeError when the graph has several inputs, or x does not fit */
  forward(x: Tensor): Tensor {
    if (this.inputs.length !== 1)
      throw new RangeError(
        `${this.file}: the model has inputs ${this.inputs.map(i => i.name).join(', ')}; run({ ${this.inputs.map(i => `${JSON.stringify(i.name)}: …`).join(', ')} })`,
      )
    return this.run({ [this.inputs[0].name]: x })[this.outputs[0].name]
  }

  /** All outputs by name. @throws RangeError naming an input that is missing, unknown or of another shape */
  run(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    const values = new Map<string, Tensor>(this.constants)
    for (const { name, shape } of this.inputs) {
      const x = Object.hasOwn(inputs, name) ? inputs[name] : null
      if (!x) throw new RangeError(`${this.file}: input ${name} is missing`)
      // The first axis is the batch, which many files say is 1.
      const differs = shape && (shape.length !== x.ndim || shape.some((s, d) => d > 0 && typeof s === 'number' && s > 0 && s !== x.shape[d])) // prettier-ignore
      if (differs)
        throw new RangeError(
          `${this.file}: input ${name} is [${shape.join(', ')}], not ${show(x.shape)}`,
        )
      values.set(name, x)
    }
    const unknown = Object.keys(inputs).find(name => !this.inputs.some(i => i.name === name))
    if (unknown !== undefined)
      throw new RangeError(
        `${this.file}: no input ${unknown}; there are ${this.inputs.map(i => i.name).join(', ')}`,
      )
    for (const { node, layer, takes, over } of this.steps) {
      const from = takes.map(name => (name === null ? null : (values.get(name) ?? null)))
      const given = from.filter(v => v !== null)
      const results =
        given.length === 1 && node.outputs.length === 1
          ? [layer.call(given[0])]
          : (layer as OnnxLayer).compute(from) // the others are always of this class
      node.outputs.forEach((name, i) => {
        if (!name) return
        if (!results[i])
          throw new RangeError(`${this.file}, ${label(node)}: output ${i} is not computed`)
        values.set(name, results[i])
      })
      for (const name of over) values.delete(name)
    }
    return Object.fromEntries(this.outputs.map(({ name }) => [name, values.get(name)!])) // each is made, as checked
  }

  /** The layers, when each one takes what the one before it made. @internal */
  chain(): Module[] | null {
    let last = this.inputs.length === 1 && this.outputs.length === 1 ? this.inputs[0].name : null
    for (const { node, layer, takes } of this.steps) {
      const from = takes.filter(name => name !== null)
      if (layer instanceof OnnxLayer || from.length !== 1 || from[0] !== last) return null
      last = node.outputs[0]
    }
    return last === this.outputs[0]?.name ? this.steps.map(s => s.layer) : null
  }
  /** @internal */
  get names(): string[] {
    return [...this.layers.keys()]
  }
}

/** A layer for each node; constants aside. */
function plan(
  model: Model,
  file: string,
): { steps: Step[]; layers: Map<string, Module>; constants: Map<string, Tensor> } {
  const fail = failing(file)
  const unknown = [...new Set(model.nodes.map(n => n.op).filter(op => !OPERATORS.has(op)))]
  if (unknown.length)
    fail(`operations ${unknown.join(', ')}, which are not read; those that are: ${[...OPERATORS.keys()].sort().join(', ')}`) // prettier-ignore
  const given = new Map(model.weights)
  const steps: Step[] = []
  const layers = new Map<string, Module>()
  const lastUse = new Map<string, number>()
  const ranks = new Map<string, number>()
  const counts = new Map<string, number>()
  for (const { name, shape } of model.inputs) if (shape) ranks.set(name, shape.length)
  for (const node of model.nodes) {
    if (node.op === 'Constant') {
      const call = new Call(node, [], model.opset, false, failing(`${file}, ${label(node)}`))
      given.set(node.outputs[0] ?? '', [OPERATORS.get('Constant')!(call)].flat()[0]) // it is in the table
      continue
    }
    const weights = node.inputs.map(name => given.get(name) ?? null)
    const takes = node.inputs.map((name, i) => (name && !weights[i] ? name : null))
    const rank = ranks.get(node.inputs[0] ?? '') ?? null
    const after = rankAfter(node, weights, rank)
    if (after !== null) ranks.set(node.outputs[0] ?? '', after)
    const layer =
      native(node, weights, model.opset, rank) ?? new OnnxLayer(node, weights, model.opset, file)
    layers.set(unique(nameOf(node, model), layers, counts), layer)
    for (const name of takes) if (name) lastUse.set(name, steps.length)
    steps.push({ node, layer, takes, over: [] })
  }
  const kept = new Set(model.outputs.map(o => o.name))
  for (const [name, at] of lastUse) if (!kept.has(name)) steps[at].over.push(name)
  const constants = new Map([...given].filter(([name]) => kept.has(name)))
  return { steps, layers, constants }
}

const SAME_RANK: ReadonlySet<string> = new Set(
  'Relu LeakyRelu Sigmoid Tanh Elu Gelu Clip Identity Dropout MaxPool AveragePool GlobalAveragePool GlobalMaxPool BatchNormalization LRN Softmax LogSoftmax Transpose Pad'.split(
    ' ',
  ),
)
/** Number of axes of a node's result, where that is plain. */
function rankAfter(
  node: Node,
  weights: readonly (Tensor | null)[],
  rank: number | null,
): number | null {
  if (node.op === 'Conv' || node.op === 'ConvTranspose') return weights[1]?.ndim ?? rank
  if (node.op === 'Gemm' || node.op === 'Flatten') return 2
  return SAME_RANK.has(node.op) ? rank : null
}

/** From the names of its weights (`conv1.weight`), else its own (`/conv1/Conv`), else its operation. */
function nameOf(node: Node, model: Model): string {
  const weight = node.inputs.find((name, i) => i > 0 && model.weights.has(name) && /\.weight$/.test(name)) // prettier-ignore
  const parts = node.name.split('/').filter(Boolean)
  const own = parts.length > 1 ? parts[parts.length - 2] : parts[0]
  const name = weight?.replace(/\.weight$/, '') ?? own ?? node.op.toLowerCase()
  const clean = name
    .replace(/[^\w]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 80)
  // A name of digits alone would be sorted before all others in an object.
  return /^\d*$/.test(clean) || clean in Object.prototype ? `${node.op.toLowerCase()}${clean}` : clean // prettier-ignore
}

/** The name, or with the next number behind it. @param counts how often each was asked for */
function unique(
  name: string,
  taken: ReadonlyMap<string, unknown>,
  counts: Map<string, number>,
): string {
  let own = name
  let n = counts.get(name) ?? 0
  do {
    n++
    own = n === 1 ? name : `${name}_${n}`
  } while (taken.has(own))
  counts.set(name, n)
  return own
}

/** The model as a Sequential of layers where it is one, else as a graph. */
export function build(model: Model, file: string): Module {
  const graph = new OnnxModel(model, file)
  const chain = graph.chain()
  const { names } = graph
  return chain ? new Sequential(Object.fromEntries(chain.map((m, i) => [names[i], m]))) : graph
}
