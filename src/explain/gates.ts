/** The gates of LSTM and GRU over a sequence, and how often they are shut or open. */
import { noGrad } from '../autograd/tape.ts'
import type { GRU, LSTM } from '../nn/rnn.ts'
import { type RNN } from '../nn/rnn.ts'
import { add, mul, sigmoid, tanh } from '../ops/elementwise.ts'
import { linear } from '../ops/matmul.ts'
import { recurrentLayer } from '../ops/recurrent.ts'
import { cat, narrow, reshape } from '../ops/views.ts'
import { show } from '../tensor/shape.ts'
import { empty, fromFlat, type Tensor } from '../tensor/tensor.ts'
import { kindOf } from './machine.ts'

export interface GateValues {
  /** LSTM: how much of the candidate enters the cell, 0…1. */
  input?: Tensor
  /** LSTM: how much of the cell stays, 0…1. */
  forget?: Tensor
  /** LSTM: how much of the cell shows in h, 0…1. */
  output?: Tensor
  /** GRU: how much of the old state the candidate sees, 0…1. */
  reset?: Tensor
  /** GRU: how much of the old state stays, 0…1 (PyTorch's z). */
  update?: Tensor
  /** What may be written, −1…1. */
  candidate?: Tensor
}

/** One layer over a sequence; all [T, H]. */
export interface Gates {
  kind: 'rnn' | 'lstm' | 'gru'
  gates: GateValues
  h: Tensor
  /** LSTM: the cells; else null. */
  c: Tensor | null
  /** State before the first step, [H]; c for an LSTM. */
  before: { h: Tensor; c: Tensor | null }
}

/**
 * The gates of one layer at every step, without gradients: LSTM i, f, g, o with c = f·c + i·g, h = o·tanh(c); GRU r, z, n with
 * h = (1 − z)·n + z·h. A plain RNN has none.
 * Hochreiter & Schmidhuber, Long short-term memory, 1997, with Gers, Schmidhuber & Cummins's forget gate, 2000; Cho et al.,
 * arXiv 1406.1078.
 * @param x [T, I], the inputs of the first layer
 * @param options layer: from 0, default the last
 * @throws RangeError for other shapes, a layer that is not there, and bidirectional networks
 */
export function gates(rnn: RNN | LSTM | GRU, x: Tensor, options: { layer?: number } = {}): Gates {
  return noGrad(() => gatesOf('gates', rnn, x, options.layer))
}

/** @internal */
export function gatesOf(
  op: string,
  rnn: RNN | LSTM | GRU,
  x: Tensor,
  layer = rnn.numLayers - 1,
  h0: Tensor | null = null,
): Gates {
  const kind = kindOf(op, rnn)
  if (!Number.isInteger(layer) || layer < 0 || layer >= rnn.numLayers)
    throw new RangeError(`${op}: layer ${layer}; the network has ${rnn.numLayers}, from 0`)
  if (x.ndim !== 2 || x.shape[1] !== rnn.inputSize || x.shape[0] < 1)
    throw new RangeError(`${op}: x ${show(x.shape)}; it is [T, ${rnn.inputSize}]`)
  const [T, H] = [x.shape[0], rnn.hiddenSize]
  const w = (name: string, k: number): Tensor => rnn.weight(`${name}_l${k}`).detach()
  const zero = (): Tensor => empty([1, H], x.dtype, true)
  let y = x
  for (let k = 0; ; k++) {
    const weights = {
      wih: w('weight_ih', k),
      whh: w('weight_hh', k),
      bih: rnn.bias ? w('bias_ih', k) : null,
      bhh: rnn.bias ? w('bias_hh', k) : null,
    }
    const first = h0 ? reshape(h0, [1, H]) : zero()
    const state = { h0: first, c0: kind === 'lstm' ? zero() : null, lengths: null }
    const relu = 'nonlinearity' in rnn && rnn.nonlinearity === 'relu'
    const made = recurrentLayer(kind, reshape(y, [T, 1, y.shape[1]]), weights, state, { reverse: false, relu }) // prettier-ignore
    const h = reshape(made.output, [T, H])
    if (k < layer) {
      y = h
      continue
    }
    const before = { h: reshape(first, [H]), c: kind === 'lstm' ? zero().reshape([H]) : null }
    if (kind === 'rnn') return { kind, gates: {}, h, c: null, before }
    const old = T > 1 ? cat([first, narrow(h, 0, 0, T - 1)]) : first
    const a = linear(y, weights.wih, weights.bih)
    const u = linear(old, weights.whh, weights.bhh)
    const part = (t: Tensor, n: number): Tensor => narrow(t, 1, n * H, H)
    if (kind === 'gru') {
      const [reset, update] = [0, 1].map(n => sigmoid(add(part(a, n), part(u, n))))
      const candidate = tanh(add(part(a, 2), mul(reset, part(u, 2))))
      return { kind, gates: { reset, update, candidate }, h, c: null, before }
    }
    const sum = add(a, u)
    const [input, forget, output] = [0, 1, 3].map(n => sigmoid(part(sum, n)))
    const candidate = tanh(part(sum, 2))
    const c = carried(forget, mul(input, candidate))
    return { kind, gates: { input, forget, output, candidate }, h, c, before }
  }
}

/** c[t] = f[t]·c[t − 1] + v[t], from 0. */
function carried(forget: Tensor, v: Tensor): Tensor {
  const [T, H] = v.shape
  const [f, add] = [forget.toTypedArray(), v.toTypedArray()]
  const c = new Float64Array(T * H)
  for (let i = 0; i < T * H; i++) c[i] = add[i] + (i >= H ? f[i] * c[i - H] : 0)
  return fromFlat(c, [T, H], v.dtype)
}

export interface Saturation {
  /** Shares of all steps and units at which the gate is below and above the limits. */
  low: number
  high: number
  /** The same of each unit, float32 [H]: a unit far to one side does not use its gate. */
  lowPerUnit: Tensor
  highPerUnit: Tensor
}

/**
 * Shares of a gate's values below 0.05 and above 0.95: shut, open, and in between where it decides.
 * Karpathy, Johnson & Fei-Fei, Visualizing and understanding recurrent networks, arXiv 1506.02078, section 4.2.
 * @param of what `gates` returned, or an unrolled or read LSTM or GRU's `.gates`
 * @param options low, high: the limits, default 0.05 and 0.95
 * @returns by gate, in the order of the network; the candidate, which is signed, is left out
 * @throws RangeError for a network without gates and limits out of order
 */
export function gateSaturation(
  of: Gates,
  { low = 0.05, high = 0.95 }: { low?: number; high?: number } = {},
): Record<string, Saturation> {
  if (of.kind === 'rnn') throw new RangeError('gateSaturation: a plain RNN has no gates')
  if (!(low >= 0 && low <= high && high <= 1))
    throw new RangeError(`gateSaturation: limits ${low} and ${high}; 0 ≤ low ≤ high ≤ 1`)
  const [T, H] = of.h.shape
  const out: Record<string, Saturation> = {}
  for (const [name, gate] of Object.entries(of.gates) as [keyof GateValues, Tensor][]) {
    if (name === 'candidate') continue
    const v = gate.toTypedArray()
    const [below, above] = [new Float32Array(H), new Float32Array(H)]
    for (let i = 0; i < v.length; i++) {
      if (v[i] < low) below[i % H] += 1 / T
      if (v[i] > high) above[i % H] += 1 / T
    }
    const mean = (s: Float32Array): number => s.reduce((a, b) => a + b, 0) / H
    out[name] = {
      low: mean(below),
      high: mean(above),
      lowPerUnit: fromFlat(below, [H], 'float32'),
      highPerUnit: fromFlat(above, [H], 'float32'),
    }
  }
  return out
}
