/**
 * Recurrent layers over time: RNN (Elman, 1990), LSTM (Hochreiter & Schmidhuber, 1997), GRU (Cho et al., 2014), PyTorch's
 * formulas. The products with the inputs are one matrix product over all steps; then one primitive runs through time, and
 * the gradient of the recurrent weights is again one matrix product over all steps.
 */
import { backend } from '../backend/index.ts'
import type { RecurrentParams } from '../backend/primitives.ts'
import { grad, isGradEnabled, record } from '../autograd/tape.ts'
import { show } from '../tensor/shape.ts'
import { empty, fromFlat, type Tensor } from '../tensor/tensor.ts'
import { add, mul, relu, sigmoid, sub, tanh } from './elementwise.ts'
import { where } from './compare.ts'
import { linear, matmul } from './matmul.ts'
import { sum } from './reduce.ts'
import { cat, contiguous, narrow, reshape, select, stack, transpose } from './views.ts'

export type RecurrentKind = 'rnn' | 'lstm' | 'gru'
/** Rows of the weights for each unit. @internal */
export const GATES: Readonly<Record<RecurrentKind, number>> = { rnn: 1, lstm: 4, gru: 3 }

/** One layer in one direction. @internal */
export interface RecurrentWeights {
  /** [G·H, I] */
  wih: Tensor
  /** [G·H, H] */
  whh: Tensor
  /** [G·H] */
  bih: Tensor | null
  /** [G·H] */
  bhh: Tensor | null
}
/** @internal */
export interface RecurrentState {
  /** [N, H] */
  h0: Tensor
  /** lstm: [N, H] */
  c0: Tensor | null
  /** int32 [N]: sequence n runs for t < lengths[n], and its state stays afterwards; null: all run to the end */
  lengths: Tensor | null
}

/** What runs through time; `pre` holds the products with the inputs [T, N, G·H]. */
interface Plan {
  kind: RecurrentKind
  pre: Tensor
  w: Tensor
  /** gru: bias_hh; else null */
  bias: Tensor | null
  state: RecurrentState
  p: RecurrentParams
}

/**
 * A layer in one direction.
 * @param x [T, N, I]
 * @returns output [T, N, H]; the states after the last step, h [N, H] and (lstm) c [N, H]
 * @internal
 */
export function recurrentLayer(
  kind: RecurrentKind,
  x: Tensor,
  { wih, whh, bih, bhh }: RecurrentWeights,
  state: RecurrentState,
  p: RecurrentParams,
): { output: Tensor; h: Tensor; c: Tensor | null } {
  const [T, N] = x.shape
  const both = bih && bhh && kind !== 'gru' ? add(bih, bhh) : bih
  const pre = contiguous(linear(x, wih, both))
  const bias =
    kind === 'gru'
      ? (bhh ?? fromFlat(new Float64Array(whh.shape[0]), [whh.shape[0]], x.dtype))
      : null
  const y = run({ kind, pre, w: whh, bias, state, p })
  const output = y.shape[0] === T ? y : narrow(y, 0, 0, T)
  const h = T === 1 ? reshape(output, [N, whh.shape[1]]) : select(output, 0, p.reverse ? 0 : T - 1)
  return { output, h, c: kind === 'lstm' ? select(y, 0, T) : null }
}

/** [T, N, H]; lstm: [T + 1, N, H], the last row the final c. */
function run(plan: Plan): Tensor {
  const { kind, pre, w, bias, p } = plan
  const { h0, c0, lengths } = plan.state
  const [T, N] = pre.shape
  const H = w.shape[1]
  const b = backend(pre.dtype)
  const cell = kind === 'lstm'
  const y = empty([cell ? T + 1 : T, N, H], pre.dtype)
  const out = y.window([T, N, H], y.strides, 0)
  const gates = kind === 'rnn' ? null : empty([T, N, 4 * H], pre.dtype)
  const cells = cell ? empty([T, N, H], pre.dtype) : null
  const row = (t: Tensor, i: number) => t.window([N, H], [H, 1], t.offset + i * N * H)
  const last = p.reverse ? 0 : T - 1
  if (kind === 'rnn') b.rnn(pre, w, h0, lengths, out, p)
  else if (gates && cells && c0) {
    b.lstm(pre, w, h0, c0, lengths, gates, cells, out, p)
    b.copy(row(cells, last), row(y, T))
  } else if (gates && bias) b.gru(pre, w, bias, h0, lengths, gates, out, p)
  const inputs = [pre, w, h0, ...(c0 && cell ? [c0] : []), ...(bias ? [bias] : [])]
  const internals = [gates, cells].flatMap(t => (t ? [t.storage] : []))
  const vjp = (given: Tensor): (Tensor | null)[] => {
    if (isGradEnabled()) return differentiable(plan, inputs, given)
    const gy = contiguous(given)
    const gout = gy.window([T, N, H], gy.strides, gy.offset)
    const gpre = empty(pre.shape, pre.dtype)
    const gh0 = empty([N, H], pre.dtype)
    if (kind === 'rnn') {
      b.rnnGrad(gout, out, w, lengths, gpre, gh0, p)
      return [gpre, filterGrad(gpre, out, plan), gh0]
    }
    if (gates && cells && c0) {
      const gc0 = empty([N, H], pre.dtype)
      b.lstmGrad(gout, row(gy, T), gates, cells, w, c0, lengths, gpre, gh0, gc0, p)
      return [gpre, filterGrad(gpre, out, plan), gh0, gc0]
    }
    if (!gates) throw new Error('recurrent: no gates')
    const ghidden = empty(pre.shape, pre.dtype)
    b.gruGrad(gout, gates, out, w, h0, lengths, gpre, ghidden, gh0, p)
    const gbias = bias?.requiresGrad ? sum(ghidden, { dim: [0, 1] }) : null
    return [gpre, filterGrad(ghidden, out, plan), gh0, gbias]
  }
  return record(kind, inputs, p, y, vjp, internals)
}

/** gw = Σₜ g[t]ᵀ·(state before step t): one product over all steps but the first, and one with h0. */
function filterGrad(g: Tensor, out: Tensor, { w, state, p }: Plan): Tensor | null {
  if (!w.requiresGrad) return null
  const [T, N, G] = g.shape
  const H = w.shape[1]
  const rows = (t: Tensor, from: number, count: number, width: number) =>
    t.window([count * N, width], [width, 1], t.offset + from * N * width)
  const product = (a: Tensor, b: Tensor) => matmul(transpose(a), b)
  const first = product(rows(g, p.reverse ? T - 1 : 0, 1, G), state.h0.detach())
  if (T === 1) return first
  const later = product(
    rows(g, p.reverse ? 0 : 1, T - 1, G),
    rows(out, p.reverse ? 1 : 0, T - 1, H),
  )
  return add(later, first)
}

/** The gradient through the same steps made of operations, so that it can be differentiated again. */
function differentiable(plan: Plan, inputs: readonly Tensor[], gy: Tensor): (Tensor | null)[] {
  const wanted = inputs.filter(t => t.requiresGrad)
  const gs = grad(steps(plan), wanted, [gy], { createGraph: true, allowUnused: true })
  return inputs.map(t => (t.requiresGrad ? gs[wanted.indexOf(t)] : null))
}

function steps({ kind, pre, w, bias, state, p }: Plan): Tensor {
  const [T, N] = pre.shape
  const H = w.shape[1]
  let h = state.h0
  let c = state.c0
  const outputs = new Array<Tensor>(T)
  const part = (t: Tensor, k: number) => narrow(t, 1, k * H, H)
  for (let k = 0; k < T; k++) {
    const t = p.reverse ? T - 1 - k : k
    const a = select(pre, 0, t)
    const u = matmul(h, transpose(w))
    let [next, nextC] = [h, c]
    if (kind === 'rnn') next = (p.relu ? relu : tanh)(add(a, u))
    else if (kind === 'lstm' && c) {
      const z = add(a, u)
      nextC = add(mul(sigmoid(part(z, 1)), c), mul(sigmoid(part(z, 0)), tanh(part(z, 2))))
      next = mul(sigmoid(part(z, 3)), tanh(nextC))
    } else if (bias) {
      const v = add(u, bias)
      const [r, z] = [0, 1].map(i => sigmoid(add(part(a, i), part(v, i))))
      const n = tanh(add(part(a, 2), mul(r, part(v, 2))))
      next = add(mul(sub(1, z), n), mul(z, h))
    }
    const live = state.lengths ? runningAt(state.lengths, t, N) : null
    h = live ? where(live, next, h) : next
    if (c && nextC) c = live ? where(live, nextC, c) : nextC
    outputs[t] = h
  }
  const y = stack(outputs)
  return kind === 'lstm' && c ? cat([y, reshape(c, [1, N, H])]) : y
}

/** Which sequences run at step t: bool [N, 1]. */
function runningAt(lengths: Tensor, t: number, N: number): Tensor {
  return fromFlat(
    Array.from(lengths.toTypedArray(), n => (t < n ? 1 : 0)),
    [N, 1],
    'bool',
  )
}

/** bool [T, N, 1]: whether sequence n runs at step t. @internal */
export function runningMask(lengths: Tensor, T: number): Tensor {
  const n = lengths.toTypedArray()
  const flat = new Uint8Array(T * n.length)
  for (let t = 0; t < T; t++)
    n.forEach((length: number, i: number) => (flat[t * n.length + i] = t < length ? 1 : 0))
  return fromFlat(flat, [T, n.length, 1], 'bool')
}

/** Lengths as int32 [N], each from 1 to T. @internal */
export function checkLengths(
  op: string,
  lengths: Tensor | readonly number[],
  N: number,
  T: number,
): Tensor {
  const list = Array.isArray(lengths) ? lengths : (lengths as Tensor).toTypedArray() // not an array, so a tensor
  if (list.length !== N) throw new RangeError(`${op}: ${list.length} lengths for ${N} sequences`)
  for (const n of list)
    if (!Number.isInteger(n) || n < 1 || n > T)
      throw new RangeError(
        `${op}: length ${n}; whole numbers from 1 to the ${T} steps of x (lengths ${show([...list])})`,
      )
  return fromFlat(list, [N], 'int32')
}
