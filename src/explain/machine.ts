/** A recurrent network seen as one step after the other, whatever it is made of. */
import { add, tanh } from '../ops/elementwise.ts'
import { matmul } from '../ops/matmul.ts'
import { reshape, select } from '../ops/views.ts'
import { Module } from '../nn/module.ts'
import { GRU, LSTM, RNN } from '../nn/rnn.ts'
import { show } from '../tensor/shape.ts'
import { empty, fromFlat, Tensor } from '../tensor/tensor.ts'
import type { AnyModule } from './pass.ts'

/** A matrix or vector: a tensor or nested lists (then float64). */
export type Matrix = Tensor | readonly (readonly number[])[]
export type Vector = Tensor | readonly number[]

/** The network of the lecture: hₜ = tanh(U xₜ + W hₜ₋₁ + b), oₜ = softmax(V hₜ + c). */
export interface TextbookWeights {
  /** [H, I] */
  U: Matrix
  /** [H, H] */
  W: Matrix
  /** [K, H] */
  V: Matrix
  /** [H]; default zeros */
  b?: Vector | null
  /** [K]; default zeros */
  c?: Vector | null
}

/** A recurrent layer with what reads its state; `charRNN(…)` is one. */
export interface RecurrentNet {
  rnn: RNN | LSTM | GRU
  /** [N, H] → logits [N, K] */
  head: Module<[x: Tensor], Tensor>
  /** Numbers of tokens → vectors. Without it tokens become one-hot. */
  embedding?: Module<[x: Tensor], Tensor>
}

/** A step of one's own on tensors: x [I] and the state before, h [H], to the state after and the logits [K] made from it. */
export type TensorStep = (x: Tensor, h: Tensor) => { h: Tensor; logits: Tensor }

/** What `unroll` unrolls. */
export type Unrollable = TextbookWeights | RecurrentNet | { step: TensorStep; h0: Tensor }

export type MachineKind = 'rnn' | 'lstm' | 'gru' | 'step'

/** What is carried from step to step: [H], or [layers, 1, H] of an nn layer. */
export interface Carried {
  h: Tensor
  c: Tensor | null
}

/** The textbook's numbers, for who computes again without the library. */
export interface Weights {
  U: Tensor
  W: Tensor
  V: Tensor
  b: Tensor | null
  c: Tensor | null
  relu: boolean
}

export interface Machine {
  kind: MachineKind
  /** H */
  hidden: number
  /** Where parameters are that must not be recorded; null when there is no module. */
  modules: AnyModule[]
  start(): Carried
  /** Inputs of all steps, [T, I] */
  inputs(x: Tensor | readonly number[] | readonly (readonly number[])[]): Tensor
  step(x: Tensor, before: Carried): { after: Carried; logits: Tensor }
  /** [H] of a carried tensor: the last layer's. */
  top(carried: Tensor): Tensor
  weights: Weights | null
  /** Recurrent weights of the last layer, [H, H] of a plain network; null with gates. */
  recurrent: Tensor | null
}

export const isRecurrentNet = (m: unknown): m is RecurrentNet =>
  typeof m === 'object' &&
  m !== null &&
  'rnn' in m &&
  (m.rnn instanceof RNN || m.rnn instanceof LSTM || m.rnn instanceof GRU) &&
  'head' in m &&
  m.head instanceof Module

/** The kind of a recurrent layer, after refusing what runs both ways. */
export function kindOf(op: string, rnn: RNN | LSTM | GRU): 'rnn' | 'lstm' | 'gru' {
  if (rnn.bidirectional)
    throw new RangeError(`${op}: a bidirectional network has no step before and no step after`)
  return rnn instanceof LSTM ? 'lstm' : rnn instanceof GRU ? 'gru' : 'rnn'
}

function asTensor(op: string, name: string, m: Matrix | Vector, shape: (number | null)[]): Tensor {
  let t: Tensor
  if (m instanceof Tensor) t = m.detach()
  else {
    const rows = m as readonly (number | readonly number[])[] // one of the two kinds of list
    const flat = rows.flatMap(r => (typeof r === 'number' ? [r] : [...r]))
    const first = rows[0]
    const sizes = Array.isArray(first) ? [rows.length, first.length] : [rows.length]
    if (flat.length !== sizes.reduce((a, b) => a * b, 1))
      throw new RangeError(`${op}: the rows of ${name} are not equally long`)
    t = fromFlat(flat, sizes, 'float64')
  }
  if (t.ndim !== shape.length || shape.some((n, i) => n !== null && n !== t.shape[i]))
    throw new RangeError(
      `${op}: ${name} ${show(t.shape)}; it is [${shape.map(n => n ?? '·').join(', ')}]`,
    )
  return t
}

/** Vectors of tokens: 1 where the token stands. */
function oneHot(op: string, tokens: ArrayLike<number>, width: number, like: Tensor): Tensor {
  const x = empty([tokens.length, width], like.dtype, true)
  for (let t = 0; t < tokens.length; t++) {
    const k = tokens[t]
    if (!Number.isInteger(k) || k < 0 || k >= width)
      throw new RangeError(`${op}: token ${k} at ${t}; whole numbers from 0 to ${width - 1}`)
    x.storage.data[t * width + k] = 1
  }
  return x
}

/** Inputs as vectors [T, width]: tokens become one-hot. */
function vectors(
  op: string,
  given: Tensor | readonly number[] | readonly (readonly number[])[],
  width: number | null,
  like: Tensor,
): Tensor {
  if (!(given instanceof Tensor)) {
    if (typeof given[0] === 'number') {
      if (width === null)
        throw new RangeError(`${op}: a step of one's own takes vectors [T, I], not tokens`)
      return oneHot(op, given as readonly number[], width, like) // its first is a number
    }
    return asTensor(op, 'inputs', given as Matrix, [null, width]).to(like.dtype) // lists of lists
  }
  if (given.ndim === 1 && width !== null) return oneHot(op, given.toTypedArray(), width, like)
  if (given.ndim !== 2 || (width !== null && given.shape[1] !== width))
    throw new RangeError(
      `${op}: inputs ${show(given.shape)}; they are vectors [T, ${width ?? 'I'}] or tokens [T]`,
    )
  return given.detach().to(like.dtype)
}

export function machine(op: string, model: Unrollable, h0?: Vector | null): Machine {
  if (typeof model !== 'object' || model === null)
    throw new TypeError(`${op}: it takes { U, W, V }, charRNN(…), { rnn, head } or { step, h0 }`)
  if ('step' in model) return ofStep(op, model)
  if (isRecurrentNet(model)) return ofNet(op, model, h0)
  if ('U' in model) return ofTextbook(op, model, h0)
  throw new TypeError(`${op}: it takes { U, W, V }, charRNN(…), { rnn, head } or { step, h0 }`)
}

function ofStep(op: string, { step, h0 }: { step: TensorStep; h0: Tensor }): Machine {
  if (typeof step !== 'function' || !(h0 instanceof Tensor) || h0.ndim !== 1)
    throw new TypeError(`${op}: { step: (x, h) => ({ h, logits }), h0: a tensor [H] }`)
  return {
    kind: 'step',
    hidden: h0.shape[0],
    modules: [],
    start: () => ({ h: h0.detach(), c: null }),
    inputs: x => vectors(op, x, null, h0),
    step(x, { h }) {
      const after = step(x, h)
      if (!(after?.h instanceof Tensor) || !(after.logits instanceof Tensor))
        throw new TypeError(`${op}: the step returned no { h, logits } of tensors`)
      if (after.h.ndim !== 1 || after.h.shape[0] !== h0.shape[0])
        throw new RangeError(`${op}: the step made h ${show(after.h.shape)} of ${show(h0.shape)}`)
      if (after.logits.ndim !== 1)
        throw new RangeError(`${op}: the step made logits ${show(after.logits.shape)}; [K]`)
      return { after: { h: after.h, c: null }, logits: after.logits }
    },
    top: h => h,
    weights: null,
    recurrent: null,
  }
}

function ofTextbook(op: string, m: TextbookWeights, h0?: Vector | null): Machine {
  const U = asTensor(op, 'U', m.U, [null, null])
  const [H, I] = U.shape
  const W = asTensor(op, 'W', m.W, [H, H]).to(U.dtype)
  const V = asTensor(op, 'V', m.V, [null, H]).to(U.dtype)
  const b = m.b ? asTensor(op, 'b', m.b, [H]).to(U.dtype) : null
  const c = m.c ? asTensor(op, 'c', m.c, [V.shape[0]]).to(U.dtype) : null
  const start = h0 ? asTensor(op, 'h0', h0, [H]).to(U.dtype) : empty([H], U.dtype, true)
  return {
    kind: 'rnn',
    hidden: H,
    modules: [],
    start: () => ({ h: start, c: null }),
    inputs: x => vectors(op, x, I, U),
    step(x, { h }) {
      const sum = add(matmul(U, x), matmul(W, h))
      const next = tanh(b ? add(sum, b) : sum)
      const logits = matmul(V, next)
      return { after: { h: next, c: null }, logits: c ? add(logits, c) : logits }
    },
    top: h => h,
    weights: { U, W, V, b, c, relu: false },
    recurrent: W,
  }
}

function ofNet(op: string, net: RecurrentNet, h0?: Vector | null): Machine {
  const { rnn, head, embedding } = net
  const kind = kindOf(op, rnn)
  const [L, H] = [rnn.numLayers, rnn.hiddenSize]
  const like = rnn.weight('weight_hh_l0')
  if (h0 && L > 1) throw new RangeError(`${op}: h0 of a network with ${L} layers is not taken`)
  const start = (): Carried => ({
    h: h0
      ? reshape(asTensor(op, 'h0', h0, [H]).to(like.dtype), [1, 1, H])
      : empty([L, 1, H], like.dtype, true),
    c: kind === 'lstm' ? empty([L, 1, H], like.dtype, true) : null,
  })
  const top = (t: Tensor): Tensor => select(select(t, 0, L - 1), 0, 0)
  return {
    kind,
    hidden: H,
    modules: [rnn, head, ...(embedding ? [embedding] : [])],
    start,
    inputs(x) {
      const tokens = x instanceof Tensor ? x.ndim === 1 : typeof x[0] === 'number'
      if (!embedding || !tokens) return vectors(op, x, rnn.inputSize, like)
      const list = x instanceof Tensor ? x.toTypedArray() : (x as readonly number[]) // tokens, see above
      return embedding.forward(fromFlat(list, [list.length], 'int32')).detach()
    },
    step(x, { h, c }) {
      const input = reshape(x, [1, 1, rnn.inputSize])
      const after: Carried =
        rnn instanceof LSTM
          ? (({ hn, cn }) => ({ h: hn, c: cn }))(rnn.forward(input, { h0: h, c0: c }))
          : { h: rnn.forward(input, { h0: h }).hn, c: null }
      const logits = head.forward(reshape(top(after.h), [1, H]))
      return { after, logits: reshape(logits, [logits.size]) }
    },
    top,
    weights: plainWeights(net),
    recurrent: kind === 'rnn' ? rnn.weight(`weight_hh_l${L - 1}`).detach() : null,
  }
}

/** A plain network with one layer and a linear head as the textbook writes it; null for others. */
function plainWeights({ rnn, head }: RecurrentNet): Weights | null {
  if (!(rnn instanceof RNN) || rnn.numLayers > 1) return null
  const V: unknown = Reflect.get(head, 'weight')
  const c: unknown = Reflect.get(head, 'bias')
  if (!(V instanceof Tensor) || V.ndim !== 2 || V.shape[1] !== rnn.hiddenSize) return null
  return {
    U: rnn.weight('weight_ih_l0').detach(),
    W: rnn.weight('weight_hh_l0').detach(),
    V: V.detach(),
    b: rnn.bias ? add(rnn.weight('bias_ih_l0').detach(), rnn.weight('bias_hh_l0').detach()) : null,
    c: c instanceof Tensor ? c.detach() : null,
    relu: rnn.nonlinearity === 'relu',
  }
}
