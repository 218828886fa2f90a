/** Networks of layers one after the other, written as ONNX (opset 17, for inference). */
import {
  AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, BatchNorm1d, BatchNorm2d, Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Dropout,
  Embedding, Flatten, Identity, InstanceNorm2d, LayerNorm, LeakyReLU, Linear, LocalResponseNorm, LogSoftmax, MaxPool1d,
  MaxPool2d, ReLU, Sequential, Sigmoid, Softmax, Tanh, Unflatten, type Module, ELU, GELU, Mish, PReLU, ReLU6, SELU, SiLU, Softplus, CharRNN, GRU, LSTM, RNN,
} from '../../nn/index.ts' // prettier-ignore
import type { DType } from '../../backend/index.ts'
import { noGrad } from '../../autograd/tape.ts'
import { reshape, transpose } from '../../ops/views.ts'
import { full } from '../../tensor/create.ts'
import { fromFlat, type Tensor } from '../../tensor/tensor.ts'
import { encode } from '../numbers.ts'
import { recurrent } from './export-recurrent.ts'
import { Writer } from './protobuf.ts'

export interface ExportOptions {
  /**
   * Shape of an input, with the batch: [1, 3, 224, 224]. Default: from the first layer, with open sizes where it says none.
   */
  input?: readonly number[]
  /** Names of input and output. Default `x` and `y`. */
  names?: readonly [string, string]
}

const OPSET = 17
/** Of the file format: what opset 17 came with. */
const IR = 8
const TYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  bool: 9,
  float64: 11,
}
const INT64 = 7

/** An attribute that is a float even where its value is whole. */
class Float {
  constructor(readonly value: number) {}
}
type Attributes = Readonly<Record<string, number | string | readonly (number | string)[] | Float>>
/** What is written: layers one after the other; of recurrent ones the output of all steps, from states of zeros. */
export type Exported = Module | CharRNN | RNN | LSTM | GRU
type Size = number | string

/** The bytes of an ONNX file. @throws TypeError naming a layer that is not written, RangeError when a shape is needed or does not fit */
export function exportModel(net: Exported, options: ExportOptions = {}): Uint8Array {
  const layers = [...chain(net, '')]
  if (!layers.length) throw new RangeError('onnx: the network has no layers')
  const [x, y] = options.names ?? ['x', 'y']
  const graph = new Graph(x, layers[0][1], options.input)
  const first = [...graph.sizes]
  const type = layers[0][1] instanceof Embedding ? TYPES.int32 : TYPES.float32
  for (const [name, layer] of layers) graph.add(name, layer)
  return new Writer()
    .int(1, IR)
    .string(2, 'layerscope')
    .message(7, w => {
      graph.write(w, y)
      w.message(11, v => valueInfo(v, x, type, first))
      w.message(12, v => valueInfo(v, y, TYPES.float32, graph.sizes))
    })
    .message(8, w => w.string(1, '').int(2, OPSET))
    .finish()
}

/** Layers with their names, those of inner Sequentials too. */
function* chain(given: Exported, name: string): Iterable<[string, Module]> {
  // Their writers know what they give; a chain only passes them on.
  const m = given as Module
  if (given instanceof CharRNN)
    for (const part of ['embedding', 'rnn', 'head'] as const)
      yield* chain(given[part], name ? `${name}.${part}` : part)
  else if (m instanceof Sequential)
    for (const [n, child] of m.namedChildren()) yield* chain(child, name ? `${name}.${n}` : n)
  else yield [name || m.constructor.name.toLowerCase(), m]
}

/** Input of a layer whose sizes are open. */
function openShape(layer: Module): Size[] {
  if (layer instanceof Conv2d || layer instanceof ConvTranspose2d)
    return ['N', layer.inChannels, 'H', 'W']
  if (layer instanceof Conv1d || layer instanceof ConvTranspose1d)
    return ['N', layer.inChannels, 'L']
  if (layer instanceof Linear) return ['N', layer.inFeatures]
  if (layer instanceof Embedding) return ['N', 'T']
  const given = layer as Exported
  if (given instanceof RNN || given instanceof LSTM || given instanceof GRU)
    return given.batchFirst ? ['N', 'T', given.inputSize] : ['T', 'N', given.inputSize]
  if (layer instanceof BatchNorm2d) return ['N', layer.numFeatures, 'H', 'W']
  throw new RangeError(
    `onnx: a network that begins with ${layer.constructor.name} needs the shape of an input: onnx.save(file, net, { input: [1, 3, 32, 32] })`,
  )
}

interface Written {
  op: string
  name: string
  /** Name of the layer that it is a part of. */
  layer: string
  inputs: string[]
  output: string
  attributes: Attributes
}

/** The nodes so far, and the value that the last one makes. */
export class Graph {
  /** Sizes of the value, symbols where they are open. */
  sizes: Size[]
  /** The same in numbers, where the input's shape was given; before the layer that is being added. */
  known: readonly number[] | null
  private readonly nodes: Written[] = []
  private readonly weights: [string, Tensor | readonly number[]][] = []
  private value: string
  /** The layer that is being added. */
  private name = ''
  private layer = ''

  constructor(input: string, first: Module, shape: readonly number[] | undefined) {
    this.value = input
    this.sizes = shape ? shape.map((s, d) => (d === 0 ? 'N' : s)) : openShape(first)
    this.known = shape ?? null
  }

  add(name: string, layer: Module): void {
    this.name = name
    this.layer = layer.constructor.name
    const after = this.known ? layer.infer(this.known).output : null
    const write = WRITERS.find(([kind]) => layer instanceof kind)?.[1]
    if (!write)
      this.bad('is not written: layers of nn one after the other are (Sequential), no networks with a forward of their own') // prettier-ignore
    else write(this, layer)
    this.known = after
    if (after) this.sizes = after.map((s, d) => (d === 0 ? 'N' : s))
  }

  bad(why: string): never {
    throw new TypeError(`onnx: ${this.name}: ${this.layer} ${why}`)
  }
  axes(n: number): void {
    if (this.sizes.length !== n + 2)
      this.bad(`takes ${n + 2} axes; the value there has ${this.sizes.length}`)
  }

  /** A node on the value so far. */
  node(
    op: string,
    inputs: readonly string[] = [],
    attributes: Attributes = {},
    first = false,
  ): void {
    const before = this.nodes.filter(n => n.layer === this.name).length
    const name = before ? `${this.name}.${op}${before}` : this.name
    const all = first ? [...inputs, this.value] : [this.value, ...inputs]
    this.nodes.push({ op, name, layer: this.name, inputs: all, output: `${name}.out`, attributes })
    this.value = `${name}.out`
  }
  /** Name of the value so far, for a node that takes it again. */
  get now(): string {
    return this.value
  }
  /** A number that the layer adds or multiplies by. */
  constant(field: string, value: number): string[] {
    return this.weight(field, fromFlat([value], [], 'float32'))
  }
  /** A weight of the layer, by its name in the state. */
  weight(field: string, t: Tensor | null): string[] {
    return t ? [this.store(field, t)] : []
  }
  /** Whole numbers, which ONNX wants as int64. */
  store(field: string, value: Tensor | readonly number[]): string {
    const name = `${this.name}.${field}`
    this.weights.push([name, value])
    return name
  }
  /** The value's sizes after the channels are open from here on. */
  spatial(channels: Size = this.sizes[1], sizes?: readonly number[]): void {
    const rest = this.sizes.slice(2).map((_, d) => sizes?.[d] ?? `${this.name}_${d}`)
    this.sizes = [this.sizes[0], channels, ...rest]
  }

  write(w: Writer, output: string): void {
    this.nodes[this.nodes.length - 1].output = output
    for (const { op, name, inputs, output: out, attributes } of this.nodes)
      w.message(1, n => {
        for (const input of inputs) n.string(1, input)
        n.string(2, out).string(3, name).string(4, op)
        for (const [key, v] of Object.entries(attributes)) n.message(5, a => attribute(a, key, v))
      })
    w.string(2, 'network')
    for (const [name, value] of this.weights) w.message(5, t => tensorProto(t, name, value))
  }
}

const each = (v: number | readonly number[], n: number): number[] =>
  typeof v === 'number' ? new Array<number>(n).fill(v) : [...v]

type Write<M> = (g: Graph, layer: M) => void
/** A class and how its layers are written. */
function writer<M extends Module>(
  kind: abstract new (...args: never[]) => M,
  write: Write<M>,
): [abstract new (...args: never[]) => Module, Write<Module>] {
  return [kind, (g, layer) => write(g, layer as M)] // of that class, as found
}

const convolution =
  (axes: number): Write<Conv1d | Conv2d> =>
  (g, layer) => {
    g.axes(axes)
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = layer.options
    const kernel = layer.weight.shape.slice(2)
    const dilations = each(dilation, axes)
    const around = kernel.map((k, i) => dilations[i] * (k - 1))
    const p = padding === 'valid' ? 0 : padding
    const pads =
      p === 'same'
        ? [...around.map(a => Math.floor(a / 2)), ...around.map(a => Math.ceil(a / 2))]
        : [...each(p, axes), ...each(p, axes)]
    g.node('Conv', [...g.weight('weight', layer.weight), ...g.weight('bias', layer.bias)], {
      kernel_shape: kernel,
      strides: each(stride, axes),
      pads,
      dilations,
      group: groups,
    })
    g.spatial(layer.outChannels)
  }

const transposed =
  (axes: number): Write<ConvTranspose1d | ConvTranspose2d> =>
  (g, layer) => {
    g.axes(axes)
    const { stride = 1, padding = 0, dilation = 1, groups = 1, outputPadding = 0 } = layer.options
    const p = each(padding, axes)
    g.node(
      'ConvTranspose',
      [...g.weight('weight', layer.weight), ...g.weight('bias', layer.bias)],
      {
        kernel_shape: layer.weight.shape.slice(2),
        strides: each(stride, axes),
        pads: [...p, ...p],
        dilations: each(dilation, axes),
        group: groups,
        output_padding: each(outputPadding, axes),
      },
    )
    g.spatial(layer.outChannels)
  }

const pool =
  (axes: number): Write<MaxPool1d | MaxPool2d | AvgPool1d | AvgPool2d> =>
  (g, layer) => {
    g.axes(axes)
    const { options, kernel } = layer
    const p = each(options.padding ?? 0, axes)
    const common = {
      kernel_shape: each(kernel, axes),
      strides: each(options.stride ?? kernel, axes),
      pads: [...p, ...p],
      ceil_mode: options.ceilMode ? 1 : 0,
    }
    if (layer instanceof MaxPool2d || layer instanceof MaxPool1d)
      g.node('MaxPool', [], { ...common, dilations: each(layer.options.dilation ?? 1, axes) })
    else {
      if (layer.options.divisorOverride !== undefined)
        throw new RangeError('onnx: AveragePool has no divisorOverride')
      const inside = layer.options.countIncludePad === false
      g.node('AveragePool', [], { ...common, count_include_pad: inside ? 0 : 1 })
    }
    g.spatial()
  }

const batchNorm: Write<BatchNorm1d | BatchNorm2d> = (g, layer) => {
  const { runningMean, runningVar, numFeatures: c } = layer
  if (!runningMean || !runningVar) g.bad('without running statistics is not written')
  const inputs = [
    ...g.weight('weight', layer.weight ?? full([c], 1)),
    ...g.weight('bias', layer.bias ?? full([c], 0)),
    ...g.weight('running_mean', runningMean),
    ...g.weight('running_var', runningVar),
  ]
  const momentum = new Float(1 - (layer.momentum ?? 0.1))
  g.node('BatchNormalization', inputs, { epsilon: new Float(layer.eps), momentum })
}

const linear: Write<Linear> = (g, layer) => {
  if (g.sizes.length === 2)
    g.node('Gemm', [...g.weight('weight', layer.weight), ...g.weight('bias', layer.bias)], {
      transB: 1,
    })
  else {
    const turned = noGrad(() => transpose(layer.weight.detach()))
    g.node('MatMul', g.weight('weight_T', turned))
    if (layer.bias) g.node('Add', g.weight('bias', layer.bias))
  }
  g.sizes = [...g.sizes.slice(0, -1), layer.outFeatures]
}

const adaptive: Write<AdaptiveAvgPool2d> = (g, layer) => {
  g.axes(2)
  const given = layer.size
  const [h, w] = g.known?.slice(2) ?? [NaN, NaN]
  const size = typeof given === 'number' ? [given, given] : [given[0] ?? h, given[1] ?? w]
  const windows = [h / size[0], w / size[1]]
  if (size.every(s => s === 1)) g.node('GlobalAveragePool')
  else if (windows.every(Number.isInteger))
    g.node('AveragePool', [], { kernel_shape: windows, strides: windows })
  else
    g.bad(`of size ${size.join(' × ')} is written where that divides the map: give the shape of an input`) // prettier-ignore
  g.spatial(g.sizes[1], size)
}

const plain =
  (op: string, attributes: (layer: Module) => Attributes = () => ({})): Write<Module> =>
  (g, layer) =>
    g.node(op, [], attributes(layer))

/** A recurrent layer, which gives more than a tensor. */
const sequence = (
  kind: abstract new (...args: never[]) => RNN | LSTM | GRU,
): ReturnType<typeof writer> => [
  kind as unknown as abstract new (...args: never[]) => Module,
  (g, layer) => recurrent(g, layer as unknown as RNN | LSTM | GRU), // of that class, as found
]

const WRITERS = [
  sequence(RNN),
  sequence(LSTM),
  sequence(GRU),
  writer(Conv2d, convolution(2)),
  writer(Conv1d, convolution(1)),
  writer(ConvTranspose2d, transposed(2)),
  writer(ConvTranspose1d, transposed(1)),
  writer(MaxPool2d, pool(2)),
  writer(AvgPool2d, pool(2)),
  writer(MaxPool1d, pool(1)),
  writer(AvgPool1d, pool(1)),
  writer(AdaptiveAvgPool2d, adaptive),
  writer(Linear, linear),
  writer(BatchNorm2d, batchNorm),
  writer(BatchNorm1d, batchNorm),
  writer(InstanceNorm2d, (g, layer) => {
    const c = layer.numChannels
    const weights = [
      ...g.weight('weight', layer.weight ?? full([c], 1)),
      ...g.weight('bias', layer.bias ?? full([c], 0)),
    ]
    g.node('InstanceNormalization', weights, { epsilon: new Float(layer.eps) })
  }),
  writer(LayerNorm, (g, layer) => {
    const shape = layer.normalizedShape
    const weights = [...g.weight('weight', layer.weight ?? full(shape, 1)), ...g.weight('bias', layer.bias)] // prettier-ignore
    g.node('LayerNormalization', weights, { axis: -shape.length, epsilon: new Float(layer.eps) })
  }),
  writer(LocalResponseNorm, (g, { size, alpha, beta, k }) => {
    if (size % 2 === 0) g.bad('is written for odd sizes: ONNX has even ones elsewhere')
    const [a, b, bias] = [alpha, beta, k].map(v => new Float(v))
    g.node('LRN', [], { size, alpha: a, beta: b, bias })
  }),
  writer(Embedding, (g, layer) => {
    g.node('Gather', g.weight('weight', layer.weight), { axis: 0 }, true)
    g.sizes = [...g.sizes, layer.embeddingDim]
  }),
  writer(Flatten, (g, layer) => {
    const rank = g.sizes.length
    if (layer.startDim !== 1 || (layer.endDim !== -1 && layer.endDim !== rank - 1))
      g.bad('is written for startDim 1 and endDim −1')
    g.node('Flatten', [], { axis: 1 })
    g.sizes = [g.sizes[0], 'flat']
  }),
  writer(Unflatten, (g, layer) => {
    if (layer.dim !== 1 || g.sizes.length !== 2) g.bad('is written for axis 1 of [N, C]')
    g.node('Reshape', [g.store('shape', [0, ...layer.sizes])])
    g.sizes = [g.sizes[0], ...layer.sizes.map((s, d) => (s < 0 ? `open_${d}` : s))]
  }),
  writer(Dropout, (g, layer) => {
    g.node('Dropout', g.constant('ratio', layer.p))
  }),
  writer(Softmax, (g, layer) => g.node('Softmax', [], { axis: layer.dim })),
  writer(LogSoftmax, (g, layer) => g.node('LogSoftmax', [], { axis: layer.dim })),
  writer(LeakyReLU, (g, layer) => g.node('LeakyRelu', [], { alpha: new Float(layer.negativeSlope) })), // prettier-ignore
  writer(ReLU6, g => g.node('Clip', [...g.constant('low', 0), ...g.constant('high', 6)])),
  writer(PReLU, (g, layer) => {
    const shape = [layer.weight.size, ...g.sizes.slice(2).map(() => 1)]
    g.node(
      'PRelu',
      g.weight(
        'weight',
        noGrad(() => reshape(layer.weight.detach(), shape)),
      ),
    )
  }),
  writer(ELU, (g, layer) => g.node('Elu', [], { alpha: new Float(layer.alpha) })),
  writer(SELU, plain('Selu')),
  writer(SiLU, g => {
    const x = g.now
    g.node('Sigmoid')
    g.node('Mul', [x])
  }),
  writer(Mish, g => {
    const x = g.now
    g.node('Softplus')
    g.node('Tanh')
    g.node('Mul', [x])
  }),
  writer(GELU, (g, layer) => {
    if (layer.approximate !== 'none') g.bad("is written for approximate 'none'")
    const x = g.now
    g.node('Mul', g.constant('scale', Math.SQRT1_2))
    g.node('Erf')
    g.node('Add', g.constant('one', 1))
    g.node('Mul', [x])
    g.node('Mul', g.constant('half', 0.5))
  }),
  writer(Softplus, (g, layer) => {
    if (layer.beta !== 1) g.bad('is written for beta 1')
    g.node('Softplus')
  }),
  writer(ReLU, plain('Relu')),
  writer(Sigmoid, plain('Sigmoid')),
  writer(Tanh, plain('Tanh')),
  writer(Identity, plain('Identity')),
]

function attribute(w: Writer, name: string, value: Attributes[string]): void {
  w.string(1, name)
  if (value instanceof Float) w.float(2, value.value).int(20, 1)
  else if (typeof value === 'number') w.int(3, value).int(20, 2)
  else if (typeof value === 'string') w.string(4, value).int(20, 3)
  else {
    for (const v of value)
      if (typeof v === 'number') w.int(8, v)
      else w.string(9, v)
    w.int(20, typeof value[0] === 'string' ? 8 : 7)
  }
}

function tensorProto(w: Writer, name: string, value: Tensor | readonly number[]): void {
  if ('dtype' in value) {
    for (const size of value.shape) w.int(1, size)
    w.int(2, TYPES[value.dtype]).string(8, name).bytes(9, encode(value))
    return
  }
  const bytes = new Uint8Array(8 * value.length)
  const view = new DataView(bytes.buffer)
  value.forEach((v, i) => view.setBigInt64(8 * i, BigInt(v), true))
  w.int(1, value.length).int(2, INT64).string(8, name).bytes(9, bytes)
}

function valueInfo(w: Writer, name: string, type: number, sizes: readonly Size[]): void {
  w.string(1, name).message(2, t =>
    t.message(1, tensor =>
      tensor.int(1, type).message(2, shape => {
        for (const size of sizes)
          shape.message(1, d => (typeof size === 'number' ? d.int(1, size) : d.string(2, size)))
      }),
    ),
  )
}
