import { describe, expect, it } from 'vitest'
import { crossEntropy, Generator, nn, optim, tensor } from '../../src/index.ts'

const text = 'abcabcabcabcabcabcabcabcabc'
const ids = Int32Array.from(text, c => c.charCodeAt(0) - 97)

describe.each(['rnn', 'gru', 'lstm'] as const)('CharRNN of %s', kind => {
  it('learns a text and goes on with it', () => {
    const generator = new Generator(1)
    const net = nn.charRNN(3, { kind, embedding: 4, hidden: 16, generator })
    const optimizer = new optim.Adam(net.parameters(), { lr: 0.03 })
    const n = ids.length - 1
    const [x, y] = [tensor(ids.slice(0, n)).reshape([n, 1]), tensor(ids.slice(1))]
    for (let i = 0; i < 60; i++) {
      const loss = crossEntropy(net.forward(x).logits.reshape([n, 3]), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
    expect(net.sample([0, 1], 7, { temperature: 0.1, generator })).toEqual([2, 0, 1, 2, 0, 1, 2])
    expect(net.training).toBe(true)
  })
})

describe('CharRNN', () => {
  it('carries its state on', () => {
    const net = nn.charRNN(3, { hidden: 5, layers: 2 })
    const x = tensor(ids.slice(0, 6)).reshape([6, 1])
    const whole = net.forward(x).logits
    const first = net.forward(x.narrow(0, 0, 2))
    const second = net.forward(x.narrow(0, 2, 4), first.state)
    expect(
      second.logits
        .sub(whole.narrow(0, 2, 4))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-5)
    expect(first.state.c0?.shape).toEqual([2, 1, 5])
  })
  it('says what is wrong', () => {
    const net = nn.charRNN(3)
    expect(() => net.sample([], 3)).toThrow('sample: the prompt is empty')
    expect(() => net.sample([1], 3, { temperature: 0 })).toThrow('temperature 0; above 0')
  })
})
