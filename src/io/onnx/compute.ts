/** ONNX's operations that compute value by value, over axes, and over time. */
import { elu, gelu, leakyRelu, softplus, softsign } from '../../ops/activations.ts'
import {
  eq,
  ge,
  gt,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  lt,
  where,
} from '../../ops/compare.ts'
import { dropout } from '../../ops/dropout.ts'
import {
  abs,
  add,
  ceil,
  clamp,
  cos,
  div,
  erf,
  exp,
  floor,
  log,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  sub,
  tanh,
  to,
  trunc,
} from '../../ops/elementwise.ts'
import { matmul } from '../../ops/matmul.ts'
import { batchNorm, instanceNorm, layerNorm, localResponseNorm } from '../../ops/norm.ts'
import { recurrentLayer, type RecurrentKind } from '../../ops/recurrent.ts'
import { argmax, max, mean, min, sum } from '../../ops/reduce.ts'
import { logSoftmax, softmax } from '../../ops/softmax.ts'
import {
  cat,
  flip,
  narrow,
  reshape,
  select,
  squeeze,
  stack,
  transpose,
  unsqueeze,
} from '../../ops/views.ts'
import { broadcast } from '../../tensor/shape.ts'
import { zeros } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from './call.ts'

const one =
  (f: (x: Tensor) => Tensor): Operator =>
  c =>
    f(c.input(0))
/** Two operands that broadcast; their result is no larger than it may be. */
const two = (f: (x: Tensor, y: Tensor) => Tensor): Operator => c => pairwise(c, f, c.input(0), c.input(1)) // prettier-ignore
function pairwise(c: Call, f: (x: Tensor, y: Tensor) => Tensor, x: Tensor, y: Tensor): Tensor {
  c.limit(broadcast(c.node.op, x.shape, y.shape))
  return f(x, y)
}
const many =
  (f: (x: Tensor, y: Tensor) => Tensor): Operator =>
  c => {
    const [first, ...rest] = c.all()
    return rest.reduce((y, x) => pairwise(c, f, y, x), first ?? c.fail('no inputs'))
  }
const whole = (t: Tensor): boolean => t.dtype === 'int32' || t.dtype === 'uint8'

const gemm: Operator = c => {
  const [a, b, bias] = [c.input(0), c.input(1), c.optional(2)]
  if (a.ndim !== 2 || b.ndim !== 2) c.fail('its factors are no matrices')
  const [x, w] = [c.int('transA', 0) ? transpose(a) : a, c.int('transB', 0) ? transpose(b) : b]
  c.limit([x.shape[0], w.shape[1]])
  const [alpha, beta] = [c.float('alpha', 1), c.float('beta', 1)]
  const xw = matmul(x, w)
  const product = alpha === 1 ? xw : mul(xw, alpha)
  if (!bias || beta === 0) return product
  return pairwise(c, add, product, beta === 1 ? bias : mul(bias, beta))
}

const product: Operator = c => {
  const [x, y] = [c.input(0), c.input(1)]
  const lead = broadcast('MatMul', x.shape.slice(0, -2), y.shape.slice(0, -2))
  c.limit([...lead, x.ndim > 1 ? x.shape[x.ndim - 2] : 1, y.ndim > 1 ? y.shape[y.ndim - 1] : 1])
  return matmul(x, y)
}

/** Before opset 13 all axes from `axis` on are one. */
const along =
  (f: (x: Tensor, dim: number) => Tensor): Operator =>
  c => {
    const x = c.input(0)
    if (c.opset >= 13) return f(x, c.axis(c.int('axis', -1), x.ndim))
    const d = c.axis(c.int('axis', 1), x.ndim)
    if (d === x.ndim - 1) return f(x, d)
    const before = x.shape.slice(0, d).reduce((n, s) => n * s, 1)
    return reshape(f(reshape(x, [before, -1]), 1), x.shape)
  }

const clip: Operator = c => {
  const x = c.input(0)
  const end = (name: string, i: number): number | undefined => {
    const v = c.opset < 11 ? c.get(name) : c.optional(i)?.item()
    return typeof v === 'number' ? v : undefined
  }
  const [low, high] = [end('min', 1), end('max', 2)]
  return low === undefined && high === undefined ? x : clamp(x, { min: low, max: high })
}

const normalised: Operator = c => {
  if (c.int('training_mode', 0)) c.fail('training_mode: export the model in eval()')
  const [x, weight, bias, runningMean, runningVar] = [0, 1, 2, 3, 4].map(i => c.input(i))
  return batchNorm(x, { weight, bias, runningMean, runningVar, eps: c.float('epsilon', 1e-5) })
}

const response: Operator = c => {
  const size = c.int('size', 1)
  if (size % 2 === 0) c.fail(`size ${size}; odd sizes are read`)
  const [alpha, beta, k] = [c.float('alpha', 1e-4), c.float('beta', 0.75), c.float('bias', 1)]
  return localResponseNorm(c.input(0), size, { alpha, beta, k })
}

const layerNormalised: Operator = c => {
  const x = c.input(0)
  const d = c.axis(c.int('axis', -1), x.ndim)
  const eps = c.float('epsilon', 1e-5)
  const y = layerNorm(x, x.shape.slice(d), { weight: c.input(1), bias: c.optional(2), eps })
  if (!c.node.outputs.slice(1).some(Boolean)) return y
  const dim = x.shape.map((_, e) => e).slice(d)
  const centre = mean(x, { dim, keepdim: true })
  const variance = mean(square(sub(x, centre)), { dim, keepdim: true })
  return [y, centre, reciprocal(sqrt(add(variance, eps)))]
}

const dropped: Operator = c => {
  const p = c.opset < 12 ? c.float('ratio', 0.5) : (c.optional(1)?.item() ?? 0.5)
  return dropout(c.input(0), { p, training: c.training })
}

type Reduce = (x: Tensor, options: { dim?: number[]; keepdim?: boolean }) => Tensor
const reduced =
  (f: Reduce, since: number): Operator =>
  c => {
    const x = c.input(0)
    const list = c.either('axes', 1, since)
    if (!list?.length && c.int('noop_with_empty_axes', 0)) return x
    const dim = list?.length ? list.map(a => c.axis(a, x.ndim)) : x.shape.map((_, d) => d)
    return f(x, { dim, keepdim: c.int('keepdims', 1) !== 0 })
  }
/** Largest or smallest over one axis after the other. */
const extreme = (f: (x: Tensor, options: { dim: number; keepdim: boolean }) => Tensor): Reduce => (x, { dim = [], keepdim = false }) => {
  const y = dim.reduce((t, d) => f(t, { dim: d, keepdim: true }), x)
  return keepdim ? y : [...dim].sort((a, b) => b - a).reduce((t, d) => squeeze(t, d), y)
} // prettier-ignore

const largestAt: Operator = c => {
  const x = c.input(0)
  const d = c.axis(c.int('axis', 0), x.ndim)
  // Of equal ones the first, or the last.
  const last = c.int('select_last_index', 0) !== 0
  const place = argmax(last ? flip(x, [d]) : x, { dim: d })
  const y = last ? sub(x.shape[d] - 1, place) : place
  return c.int('keepdims', 1) ? unsqueeze(y, d) : y
}

/** Rows of each gate: ONNX's order to PyTorch's. */
const GATES = { rnn: [0], lstm: [0, 2, 3, 1], gru: [1, 0, 2] } as const

/** W [D, G·H, I], R [D, G·H, H], B [D, 2·G·H], states [D, N, H] → Y [T, D, N, H] and the last states. */
const recurrent =
  (kind: RecurrentKind): Operator =>
  c => {
    const x = c.input(0)
    const hidden = c.int('hidden_size', 0)
    const direction = c.string('direction', 'forward')
    const gates = GATES[kind]
    const count = direction === 'bidirectional' ? 2 : 1
    if (
      c.int('layout', 0) ||
      c.get('clip') !== undefined ||
      c.optional(7) ||
      c.int('input_forget', 0)
    )
      c.fail('layout, clip, input_forget and peepholes are not read')
    if (kind === 'gru' && !c.int('linear_before_reset', 0))
      c.fail('linear_before_reset 0; PyTorch’s GRU, which has 1, is read')
    const named = c.strings('activations').map(name => name.toLowerCase())
    const usual = { rnn: ['tanh'], lstm: ['sigmoid', 'tanh', 'tanh'], gru: ['sigmoid', 'tanh'] }[
      kind
    ]
    const rectified = kind === 'rnn' && named.length > 0 && named.every(name => name === 'relu')
    if (named.length && !rectified && named.some((name, i) => name !== usual[i % usual.length]))
      c.fail(`activations ${named.join(', ')}`)
    if (x.ndim !== 3 || !Number.isInteger(hidden) || hidden < 1) c.fail(`x is [${x.shape.join(', ')}] with hidden_size ${hidden}`) // prettier-ignore
    const [T, N] = x.shape
    c.limit([T, count, N, gates.length * hidden])
    const rows = (t: Tensor): Tensor => gates.length === 1 ? t : cat(gates.map(g => narrow(t, 0, g * hidden, hidden)), 0) // prettier-ignore
    const [w, r, b] = [c.input(1), c.input(2), c.optional(3)]
    for (const [t, last] of [
      [w, x.shape[2]],
      [r, hidden],
    ] as const)
      // prettier-ignore
      if (t.ndim !== 3 || t.shape[0] !== count || t.shape[1] !== gates.length * hidden || t.shape[2] !== last)
      c.fail(`weights [${t.shape.join(', ')}] for ${count} × ${gates.length}·${hidden} × ${last}`)
    if (b && (b.ndim !== 2 || b.shape[0] !== count || b.shape[1] !== 2 * gates.length * hidden))
      c.fail(`bias [${b.shape.join(', ')}]`)
    const lengths = c.optional(4)
    const state = (i: number, d: number): Tensor => {
      const s = c.optional(i)
      if (!s) return zeros([N, hidden], { dtype: x.dtype })
      if (s.ndim !== 3 || s.shape[0] !== count || s.shape[1] !== N || s.shape[2] !== hidden)
        c.fail(`a state of [${s.shape.join(', ')}]`)
      return select(s, 0, d)
    }
    const layers = Array.from({ length: count }, (_, d) => {
      const bias = b && select(b, 0, d)
      const half = (n: number) => bias && rows(narrow(bias, 0, n * gates.length * hidden, gates.length * hidden)) // prettier-ignore
      const weights = { wih: rows(select(w, 0, d)), whh: rows(select(r, 0, d)), bih: half(0), bhh: half(1) } // prettier-ignore
      const states = { h0: state(5, d), c0: kind === 'lstm' ? state(6, d) : null, lengths }
      return recurrentLayer(kind, x, weights, states, {
        reverse: direction === 'reverse' || d === 1,
        relu: rectified,
      })
    })
    const out = [stack(layers.map(l => l.output), 1), stack(layers.map(l => l.h), 0)] // prettier-ignore
    return kind === 'lstm'
      ? [
          ...out,
          stack(
            layers.map(l => l.c!),
            0,
          ),
        ]
      : out // lstm has cells
  }

export const COMPUTE: Readonly<Record<string, Operator>> = {
  Add: two(add),
  Sub: two(sub),
  Mul: two(mul),
  Div: two((x, y) => (whole(x) && whole(y) ? to(trunc(div(x, y)), 'int32') : div(x, y))),
  Pow: two((x, y) => to(pow(x, y), x.dtype)),
  Max: many(maximum),
  Min: many(minimum),
  Sum: many(add),
  Mean: c => div(many(add)(c) as Tensor, c.count), // one tensor, as many() returns
  Equal: two(eq),
  Less: two(lt),
  LessOrEqual: two(le),
  Greater: two(gt),
  GreaterOrEqual: two(ge),
  Not: one(logicalNot),
  Relu: one(relu),
  LeakyRelu: c => leakyRelu(c.input(0), { negativeSlope: c.float('alpha', 0.01) }),
  PRelu: two((x, slope) => where(gt(x, 0), x, mul(x, slope))),
  Elu: c => elu(c.input(0), { alpha: c.float('alpha', 1) }),
  Selu: c => mul(elu(c.input(0), { alpha: c.float('alpha', 1.67326319217681884765625) }), c.float('gamma', 1.05070102214813232421875)), // prettier-ignore
  And: two(logicalAnd),
  Or: two(logicalOr),
  Xor: two(logicalXor),
  Gelu: c => gelu(c.input(0), { approximate: c.string('approximate', 'none') === 'tanh' ? 'tanh' : 'none' }), // prettier-ignore
  Softplus: one(x => softplus(x)),
  Softsign: one(softsign),
  HardSigmoid: c => clamp(add(mul(c.input(0), c.float('alpha', 0.2)), c.float('beta', 0.5)), { min: 0, max: 1 }), // prettier-ignore
  Sigmoid: one(sigmoid),
  Tanh: one(tanh),
  Erf: one(erf),
  Exp: one(exp),
  Log: one(log),
  Sqrt: one(sqrt),
  Neg: one(neg),
  Abs: one(abs),
  Sign: one(sign),
  Floor: one(floor),
  Ceil: one(ceil),
  Round: one(round),
  Reciprocal: one(reciprocal),
  Sin: one(sin),
  Cos: one(cos),
  Softmax: along(softmax),
  LogSoftmax: along(logSoftmax),
  Clip: clip,
  Gemm: gemm,
  MatMul: product,
  BatchNormalization: normalised,
  InstanceNormalization: c => instanceNorm(c.input(0), { weight: c.input(1), bias: c.input(2), eps: c.float('epsilon', 1e-5) }), // prettier-ignore
  LayerNormalization: layerNormalised,
  LRN: response,
  Dropout: dropped,
  ReduceMean: reduced((x, o) => mean(x, o), 18),
  ReduceSum: reduced((x, o) => sum(x, o), 13),
  ReduceMax: reduced(extreme((x, o) => max(x, o)), 18), // prettier-ignore
  ReduceMin: reduced(extreme((x, o) => min(x, o)), 18), // prettier-ignore
  ArgMax: largestAt,
  RNN: recurrent('rnn'),
  LSTM: recurrent('lstm'),
  GRU: recurrent('gru'),
}
