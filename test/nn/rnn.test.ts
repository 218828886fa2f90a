import { describe, expect, it } from 'vitest'
import { gradgradcheck, nn, noGrad, randn, tensor, zeros, type Tensor } from '../../src/index.ts'
import { layerGoldens } from '../golden/layers.ts'

layerGoldens('RNN', 'LSTM', 'GRU', 'RNNCell', 'LSTMCell', 'GRUCell')

describe('recurrent layers', () => {
  it.each(['RNN', 'LSTM', 'GRU'] as const)('%s has second derivatives', name => {
    const m = new nn[name](2, 2, { bidirectional: true }).to('float64')
    const w = m.weight('weight_hh_l0_reverse')
    const check = (x: Tensor, other: Tensor) => {
      Object.assign(m, { weight_hh_l0_reverse: other })
      return m.forward(x, { lengths: [2, 3] }).output
    }
    expect(gradgradcheck(check, [randn([3, 2, 2]), w.detach()]).ok).toBe(true)
  })

  it('a cell step by step is the layer at once', () => {
    const [cell, layer] = [new nn.LSTMCell(3, 4), new nn.LSTM(3, 4)]
    const state = cell.stateDict()
    layer.loadStateDict(Object.fromEntries(Object.entries(state).map(([k, t]) => [`${k}_l0`, t])))
    const x = randn([5, 2, 3])
    let hc = { h: zeros([2, 4]), c: zeros([2, 4]) }
    for (let t = 0; t < 5; t++) hc = cell.forward(x.select(0, t), hc)
    const { output, hn, cn } = layer.forward(x)
    const near = (a: Tensor, b: Tensor) =>
      expect(Math.max(...a.sub(b).abs().toTypedArray())).toBeLessThan(1e-6)
    near(hc.h, hn.select(0, 0))
    near(hc.c, cn.select(0, 0))
    near(hc.h, output.select(0, 4))
  })

  it('states carry on: two halves are the whole', () => {
    const m = new nn.GRU(2, 3, { numLayers: 2 })
    const x = randn([6, 1, 2])
    const whole = m.forward(x)
    const first = m.forward(x.narrow(0, 0, 3))
    const second = m.forward(x.narrow(0, 3, 3), { h0: first.hn })
    const difference = second.output
      .sub(whole.output.narrow(0, 3, 3))
      .abs()
      .max()
      .item()
    expect(difference).toBeLessThan(1e-6)
  })

  it('dropout between layers only while training', () => {
    const m = new nn.RNN(2, 8, { numLayers: 2, dropout: 0.5 })
    const x = randn([3, 1, 2])
    const run = () => m.forward(x).output.toArray()
    expect(run()).not.toEqual(run())
    m.eval()
    expect(run()).toEqual(run())
  })

  it('records nothing under noGrad', () => {
    const m = new nn.LSTM(2, 3)
    expect(noGrad(() => m.forward(randn([4, 1, 2]))).output.requiresGrad).toBe(false)
  })

  it('names what does not fit', () => {
    const m = new nn.LSTM(3, 4, { batchFirst: true })
    expect(() => m.forward(randn([2, 5, 2]))).toThrow(
      'LSTM: x [2, 5, 2]; it is [N, T, I] or [T, I] with I 3',
    )
    expect(() => m.forward(randn([2, 5, 3]), { h0: zeros([1, 3, 4]) })).toThrow(
      'LSTM: h0 [1, 3, 4] for x [2, 5, 3]; it is [1, 2, 4]',
    )
    expect(() => m.forward(randn([2, 5, 3]), { lengths: [6, 1] })).toThrow(
      'LSTM: length 6; whole numbers from 1 to the 5 steps of x',
    )
    expect(() => m.forward(randn([2, 5, 3]), { lengths: [1] })).toThrow(
      'LSTM: 1 lengths for 2 sequences',
    )
    expect(() => m.weight('weight_ih_l1')).toThrow(
      'LSTM: no weight weight_ih_l1; there are weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0',
    )
    expect(() => new nn.LSTMCell(3, 4).forward(randn([2, 2]))).toThrow('LSTMCell: x [2, 2]')
    expect(() => new nn.GRU(0, 4)).toThrow('GRU: inputSize 0; a whole number, at least 1')
  })

  it('prints what it is', () => {
    expect(new nn.GRU(2, 3, { numLayers: 2, bidirectional: true }).toString()).toMatch(
      /^GRU\(2, 3, numLayers 2, bidirectional\)/,
    )
    expect(tensor(new nn.RNNCell(2, 3).weight('weight_ih')).shape).toEqual([3, 2])
  })
})
