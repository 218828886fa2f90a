// Recurrent layers written and read back; onnxruntime's results stand beside ours in test/golden/check_onnx.py.
import { describe, expect, it } from 'vitest'
import { nn, noGrad, randint, randn, type Tensor } from '../../src/index.ts'
import { onnx } from '../../src/io/index.ts'
import { expectClose } from '../golden/golden.ts'

const x = randn([5, 2, 3])
const layers: [string, nn.RNN | nn.LSTM | nn.GRU][] = [
  ['LSTM', new nn.LSTM(3, 4)],
  ['LSTM of two layers, both directions', new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true })],
  ['LSTM, batch first', new nn.LSTM(3, 4, { batchFirst: true })],
  ['GRU', new nn.GRU(3, 4, { numLayers: 2 })],
  ['GRU, both directions', new nn.GRU(3, 4, { bidirectional: true })],
  ['RNN without bias', new nn.RNN(3, 4, { bias: false })],
  ['RNN, relu', new nn.RNN(3, 4, { nonlinearity: 'relu', bidirectional: true })],
]
const same = (got: Tensor, expected: Tensor): void => {
  expect(got.shape).toEqual(expected.shape)
  expectClose(got.toTypedArray(), expected.toTypedArray(), 1e-6, 'read back')
}

describe('recurrent layers in ONNX', () => {
  it.each(layers)('%s', (_, layer) => {
    const back = onnx.parse(onnx.format(layer))
    noGrad(() => same(back.call(x), layer.forward(x).output))
  })
  it.each(['rnn', 'gru', 'lstm'] as const)('a character model with %s', kind => {
    const net = nn.charRNN(7, { kind, embedding: 4, hidden: 5, layers: 2, dropout: 0.5 }).eval()
    const text = randint(0, 7, [6, 2])
    const back = onnx.parse(onnx.format(net))
    noGrad(() => same(back.call(text), net.forward(text).logits))
  })
})
