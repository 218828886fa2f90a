/** Recurrent layers: RNN, LSTM, GRU over time, and their cells. Formulas, options and names in the state are PyTorch's. */
import {
  checkLengths,
  GATES,
  recurrentLayer,
  runningMask,
  type RecurrentKind,
  type RecurrentWeights,
} from '../ops/recurrent.ts'
import { dropout } from '../ops/dropout.ts'
import { where } from '../ops/compare.ts'
import { cat, permute, reshape, select, stack } from '../ops/views.ts'
import type { Generator } from '../tensor/random.ts'
import { sameShape, show, sizeOf, type Shape } from '../tensor/shape.ts'
import { empty, Tensor } from '../tensor/tensor.ts'
import { fresh, uniform, type InitOptions } from './init.ts'
import { count } from './layers.ts'
import { Module, parameter, type Inferred } from './module.ts'

export interface RecurrentOptions extends InitOptions {
  /** Layers on top of each other. Default 1. */
  numLayers?: number
  /** Default true. */
  bias?: boolean
  /** x and output are [N, T, …] instead of [T, N, …]. Default false. */
  batchFirst?: boolean
  /** Probability of zeros between layers while training. Default 0. */
  dropout?: number
  /** A second set of layers runs backwards; their outputs stand side by side. Default false. */
  bidirectional?: boolean
}
export interface RNNOptions extends RecurrentOptions {
  /** Default tanh. */
  nonlinearity?: 'tanh' | 'relu'
}
export interface RecurrentInput {
  /** Initial states [numLayers·directions, N, H] ([…, H] without a batch). Default zeros. */
  h0?: Tensor | null
  /**
   * Steps of each sequence, [N], 1 to T. Output after them is 0, hn is the state at the end of each, and backward layers
   * begin there: what PyTorch does with packed sequences, in any order. Default: all T.
   */
  lengths?: Tensor | readonly number[] | null
}
export interface LSTMInput extends RecurrentInput {
  /** As h0, of the cells. */
  c0?: Tensor | null
}
export interface RecurrentOutput {
  /** [T, N, directions·H] ([N, T, …] with batchFirst, [T, …] without a batch) */
  output: Tensor
  /** States after the last step, [numLayers·directions, N, H] */
  hn: Tensor
}
export interface LSTMOutput extends RecurrentOutput {
  /** Cells after the last step, [numLayers·directions, N, H] */
  cn: Tensor
}

/** Names and shapes of the weights of layer k in a direction, in PyTorch's order. */
function weightShapes(
  kind: RecurrentKind,
  input: number,
  hidden: number,
  bias: boolean,
  suffix: string,
): [string, number[]][] {
  const rows = GATES[kind] * hidden
  return [
    [`weight_ih${suffix}`, [rows, input]],
    [`weight_hh${suffix}`, [rows, hidden]],
    ...(bias
      ? ([
          [`bias_ih${suffix}`, [rows]],
          [`bias_hh${suffix}`, [rows]],
        ] as [string, number[]][])
      : []),
  ]
}

/** A module whose weights have PyTorch's names: `weight_ih_l0`, `bias_hh_l1_reverse` … */
abstract class Weighted<I extends readonly unknown[], O> extends Module<I, O> {
  constructor(
    readonly inputSize: number,
    readonly hiddenSize: number,
    weights: readonly [string, number[]][],
    { generator }: InitOptions,
  ) {
    super()
    const name = this.constructor.name
    count(name, 'inputSize', inputSize)
    const bound = 1 / Math.sqrt(count(name, 'hiddenSize', hiddenSize))
    for (const [field, shape] of weights)
      Object.assign(this, {
        [field]: parameter(fresh(shape, t => uniform(t, -bound, bound, { generator }))),
      })
  }
  /** Weight or bias by its name, e.g. `weight_ih_l0`. @throws RangeError listing those there are */
  weight(name: string): Tensor {
    const t: unknown = Reflect.get(this, name)
    if (!(t instanceof Tensor)) {
      const names = this.namedParameters().map(([n]) => n)
      throw new RangeError(
        `${this.constructor.name}: no weight ${name}; there are ${names.join(', ')}`,
      )
    }
    return t
  }
  protected weights(suffix: string, bias: boolean): RecurrentWeights {
    return {
      wih: this.weight(`weight_ih${suffix}`),
      whh: this.weight(`weight_hh${suffix}`),
      bih: bias ? this.weight(`bias_ih${suffix}`) : null,
      bhh: bias ? this.weight(`bias_hh${suffix}`) : null,
    }
  }
}

const zeros = (shape: readonly number[], like: Tensor): Tensor => empty(shape, like.dtype).zero_()

abstract class Recurrent<I extends RecurrentInput, O> extends Weighted<[x: Tensor, state?: I], O> {
  readonly numLayers: number
  readonly bias: boolean
  readonly batchFirst: boolean
  readonly dropout: number
  readonly bidirectional: boolean
  private readonly generator?: Generator
  constructor(
    private readonly kind: RecurrentKind,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions,
    private readonly relu = false,
  ) {
    const { numLayers = 1, bias = true, bidirectional = false } = options
    const directions = bidirectional ? ['', '_reverse'] : ['']
    count(kind.toUpperCase(), 'numLayers', numLayers)
    super(
      inputSize,
      hiddenSize,
      Array.from({ length: numLayers }, (_, k) => {
        const input = k === 0 ? inputSize : hiddenSize * directions.length
        return directions.flatMap(d => weightShapes(kind, input, hiddenSize, bias, `_l${k}${d}`))
      }).flat(),
      options,
    )
    this.numLayers = numLayers
    this.bias = bias
    this.bidirectional = bidirectional
    this.batchFirst = options.batchFirst ?? false
    this.dropout = options.dropout ?? 0
    this.generator = options.generator
    if (!(this.dropout >= 0 && this.dropout <= 1))
      throw new RangeError(`${this.constructor.name}: dropout ${this.dropout} is no probability`)
  }

  /** Layers and directions over x, states before and after. */
  protected run(
    x: Tensor,
    { h0, lengths }: RecurrentInput,
    c0: Tensor | null | undefined,
  ): { output: Tensor; hn: Tensor; cn: Tensor | null } {
    const name = this.constructor.name
    const [I, H] = [this.inputSize, this.hiddenSize]
    const layout = this.batchFirst ? '[N, T, I]' : '[T, N, I]'
    if ((x.ndim !== 3 && x.ndim !== 2) || x.shape[x.ndim - 1] !== I)
      throw new RangeError(`${name}: x ${show(x.shape)}; it is ${layout} or [T, I] with I ${I}`)
    const single = x.ndim === 2
    const time = single
      ? reshape(x, [x.shape[0], 1, I])
      : this.batchFirst
        ? permute(x, [1, 0, 2])
        : x
    const [T, N] = time.shape
    if (T < 1) throw new RangeError(`${name}: x ${show(x.shape)} has no steps`)
    const directions = this.bidirectional ? 2 : 1
    const full = [this.numLayers * directions, N, H]
    const states = (which: string, t: Tensor | null | undefined): Tensor => {
      if (!t) return zeros(full, x)
      const shape = single ? [full[0], H] : full
      if (!sameShape(t.shape, shape))
        throw new RangeError(
          `${name}: ${which} ${show(t.shape)} for x ${show(x.shape)}; it is ${show(shape)}`,
        )
      return single ? reshape(t, full) : t
    }
    const [h, c] = [states('h0', h0), this.kind === 'lstm' ? states('c0', c0) : null]
    const long = lengths ? checkLengths(name, lengths, N, T) : null
    const mask = long ? runningMask(long, T) : null
    const hn: Tensor[] = []
    const cn: Tensor[] = []
    let y = time
    for (let k = 0; k < this.numLayers; k++) {
      if (k > 0 && this.dropout > 0)
        y = dropout(y, { p: this.dropout, training: this.training, generator: this.generator })
      const outputs = Array.from({ length: directions }, (_, d) => {
        const at = k * directions + d
        const weights = this.weights(`_l${k}${d ? '_reverse' : ''}`, this.bias)
        const state = { h0: select(h, 0, at), c0: c ? select(c, 0, at) : null, lengths: long }
        const layer = recurrentLayer(this.kind, y, weights, state, {
          reverse: d === 1,
          relu: this.relu,
        })
        hn.push(layer.h)
        if (layer.c) cn.push(layer.c)
        return mask ? where(mask, layer.output, 0) : layer.output
      })
      y = outputs.length === 1 ? outputs[0] : cat(outputs, 2)
    }
    const width = directions * H
    const output = single ? reshape(y, [T, width]) : this.batchFirst ? permute(y, [1, 0, 2]) : y
    const join = (list: Tensor[]) => reshape(stack(list), single ? [full[0], H] : full)
    return { output, hn: join(hn), cn: cn.length ? join(cn) : null }
  }

  override infer(input: Shape): Inferred {
    if ((input.length !== 3 && input.length !== 2) || input[input.length - 1] !== this.inputSize)
      throw new RangeError(
        `${this.constructor.name}: x ${show(input)}; it is [T, N, I] with I ${this.inputSize}`,
      )
    const width = this.hiddenSize * (this.bidirectional ? 2 : 1)
    const weights = this.parameters().reduce((n, p) => n + (p.ndim === 2 ? p.size : 0), 0)
    const output = [...input.slice(0, -1), width]
    return { output, macs: weights * sizeOf(input.slice(0, -1)), global: true }
  }
  override describe(): string {
    return [
      this.inputSize,
      this.hiddenSize,
      ...(this.numLayers > 1 ? [`numLayers ${this.numLayers}`] : []),
      ...(this.bidirectional ? ['bidirectional'] : []),
      ...(this.batchFirst ? ['batchFirst'] : []),
      ...(this.dropout ? [`dropout ${this.dropout}`] : []),
    ].join(', ')
  }
}

/** Elman network: hₜ = tanh(xₜ·Wᵢₕᵀ + bᵢₕ + hₜ₋₁·Wₕₕᵀ + bₕₕ). Weights uniform within ±1/√hiddenSize at first. */
export class RNN extends Recurrent<RecurrentInput, RecurrentOutput> {
  readonly nonlinearity: 'tanh' | 'relu'
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    super('rnn', inputSize, hiddenSize, options, options.nonlinearity === 'relu')
    this.nonlinearity = options.nonlinearity ?? 'tanh'
  }
  forward(x: Tensor, state: RecurrentInput = {}): RecurrentOutput {
    const { output, hn } = this.run(x, state, null)
    return { output, hn }
  }
}
/** Gated recurrent unit (Cho et al., 2014); reset gate inside the product with h, as in PyTorch. */
export class GRU extends Recurrent<RecurrentInput, RecurrentOutput> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super('gru', inputSize, hiddenSize, options)
  }
  forward(x: Tensor, state: RecurrentInput = {}): RecurrentOutput {
    const { output, hn } = this.run(x, state, null)
    return { output, hn }
  }
}
/** Long short-term memory (Hochreiter & Schmidhuber, 1997), gates in the order i, f, g, o. */
export class LSTM extends Recurrent<LSTMInput, LSTMOutput> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super('lstm', inputSize, hiddenSize, options)
  }
  forward(x: Tensor, state: LSTMInput = {}): LSTMOutput {
    const { output, hn, cn } = this.run(x, state, state.c0)
    if (!cn) throw new Error('LSTM: no cells')
    return { output, hn, cn }
  }
}

export interface CellOptions extends InitOptions {
  /** Default true. */
  bias?: boolean
}

/** One step of a recurrent layer. */
abstract class Cell<I extends readonly unknown[], O> extends Weighted<I, O> {
  readonly bias: boolean
  constructor(
    private readonly kind: RecurrentKind,
    inputSize: number,
    hiddenSize: number,
    { bias = true, generator }: CellOptions,
    private readonly relu = false,
  ) {
    super(inputSize, hiddenSize, weightShapes(kind, inputSize, hiddenSize, bias, ''), { generator })
    this.bias = bias
  }
  protected step(
    x: Tensor,
    h: Tensor | null | undefined,
    c: Tensor | null | undefined,
  ): { h: Tensor; c: Tensor | null } {
    const name = this.constructor.name
    const [I, H] = [this.inputSize, this.hiddenSize]
    if ((x.ndim !== 2 && x.ndim !== 1) || x.shape[x.ndim - 1] !== I)
      throw new RangeError(`${name}: x ${show(x.shape)}; it is [N, I] or [I] with I ${I}`)
    const N = x.ndim === 2 ? x.shape[0] : 1
    const shape = x.ndim === 2 ? [N, H] : [H]
    const state = (which: string, t: Tensor | null | undefined): Tensor => {
      if (!t) return zeros([N, H], x)
      if (!sameShape(t.shape, shape))
        throw new RangeError(
          `${name}: ${which} ${show(t.shape)} for x ${show(x.shape)}; it is ${show(shape)}`,
        )
      return reshape(t, [N, H])
    }
    const c0 = this.kind === 'lstm' ? state('c', c) : null
    const layer = recurrentLayer(
      this.kind,
      reshape(x, [1, N, I]),
      this.weights('', this.bias),
      { h0: state('h', h), c0, lengths: null },
      { relu: this.relu },
    )
    return { h: reshape(layer.h, shape), c: layer.c ? reshape(layer.c, shape) : null }
  }
  override describe(): string {
    return `${this.inputSize}, ${this.hiddenSize}`
  }
}
/** One step of RNN: forward(x [N, I], h [N, H]?) → h′. */
export class RNNCell extends Cell<[x: Tensor, h?: Tensor | null], Tensor> {
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: CellOptions & { nonlinearity?: 'tanh' | 'relu' } = {},
  ) {
    super('rnn', inputSize, hiddenSize, options, options.nonlinearity === 'relu')
  }
  forward(x: Tensor, h?: Tensor | null): Tensor {
    return this.step(x, h, null).h
  }
}
/** One step of GRU: forward(x [N, I], h [N, H]?) → h′. */
export class GRUCell extends Cell<[x: Tensor, h?: Tensor | null], Tensor> {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super('gru', inputSize, hiddenSize, options)
  }
  forward(x: Tensor, h?: Tensor | null): Tensor {
    return this.step(x, h, null).h
  }
}
/** h and c of an LSTM, [N, H]. */
export interface LSTMState {
  h: Tensor
  c: Tensor
}
/** One step of LSTM: forward(x [N, I], { h, c }?) → { h, c }. */
export class LSTMCell extends Cell<[x: Tensor, state?: LSTMState | null], LSTMState> {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super('lstm', inputSize, hiddenSize, options)
  }
  forward(x: Tensor, state?: LSTMState | null): LSTMState {
    const { h, c } = this.step(x, state?.h, state?.c)
    if (!c) throw new Error('LSTMCell: no cell')
    return { h, c }
  }
}
