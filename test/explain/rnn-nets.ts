// The networks and inputs of test/golden/make_explain_rnn.py.
import { nn, noGrad, tensor, type DType, type Tensor } from '../../src/index.ts'

export const [T, I, H, K] = [7, 3, 4, 5]
export const targets = [1, 0, 4, null, 2, 3, 1]

export const numbers = (
  shape: readonly number[],
  phase: number,
  scale: number,
  dtype: DType = 'float64',
): Tensor =>
  tensor(
    Float64Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => Math.sin(i * 1.7 + phase) * scale,
    ),
    { dtype },
  ).reshape(shape)

export const inputs = (dtype: DType = 'float64'): Tensor => numbers([T, I], 0.3, 1, dtype)
export const textbook = (dtype: DType = 'float64') => ({
  U: numbers([H, I], 1, 0.8, dtype),
  W: numbers([H, H], 2, 0.8, dtype),
  V: numbers([K, H], 3, 0.8, dtype),
})

/** Parameters as in the script; modules are float32. */
export function filled<M extends { parameters(): Tensor[] }>(
  module: M,
  first: number,
  scale = 0.8,
): M {
  noGrad(() =>
    module.parameters().forEach((p, i) => {
      p.copy_(numbers(p.shape, first + i, p.ndim > 1 ? scale : 0.2, 'float32'))
    }),
  )
  return module
}
export const layered = (kind: 'rnn' | 'gru' | 'lstm') => ({
  rnn: filled(kind === 'rnn' ? new nn.RNN(I, H) : kind === 'gru' ? new nn.GRU(I, H) : new nn.LSTM(I, H), 1), // prettier-ignore
  head: filled(new nn.Linear(H, K), 9),
})

export const text = 'abcadbcaabdcbadacbdabcc'
export function reader(): nn.CharRNN {
  const net = nn.charRNN(4, { kind: 'lstm', embedding: 3, hidden: 5, layers: 2 })
  return filled(net, 1, 0.9)
}
