import { describe, expect, it, test } from 'vitest'
import { data, manualSeed, nn, tensor, zeros, type Tensor } from '../../src/index.ts'
import { gateSaturation, gradientFlow, jacobianProducts, unroll } from '../../src/explain/index.ts'
import { gates } from '../../src/explain/index.ts'
import { golden, H, inputs, K, layered, T, targets, textbook } from './rnn-golden.ts'
import { relativeError } from './small-net.ts'

describe.each(['float64', 'float32'] as const)('the textbook’s network in %s', dtype => {
  const tolerance = dtype === 'float64' ? 1e-8 : 1e-5
  const u = unroll(textbook(dtype), inputs(dtype), { targets })
  it('states and losses agree with PyTorch', () => {
    expect([u.kind, u.length, u.h.shape, u.probabilities.shape]).toEqual(['rnn', T, [T, H], [T, K]])
    expect(relativeError(u.h, golden.textbook.h)).toBeLessThan(tolerance)
    expect(relativeError(u.losses, golden.textbook.losses)).toBeLessThan(tolerance)
    expect(u.loss).toBeCloseTo(golden.textbook.losses.reduce((a, b) => a + b), 4) // prettier-ignore
  })
  it('∂Eₜ/∂hₖ agrees with PyTorch’s autograd', () => {
    const flow = gradientFlow(u)
    expect(relativeError(flow.vectors, golden.textbook.vectors)).toBeLessThan(tolerance)
    expect(relativeError(flow.norms, golden.textbook.norms)).toBeLessThan(tolerance)
    expect(flow.cells).toBeNull()
    const arriving = flow.vectors.sum({ dim: 0 })
    expect(relativeError(flow.arriving, Array.from(arriving.toTypedArray()))).toBeLessThan(1e-6)
  })
  it('norms of the products of Jacobians agree, beside |λ|ⁿ', () => {
    const { norms, powers, radius, product } = jacobianProducts(u)
    expect(relativeError(norms, golden.textbook.products)).toBeLessThan(tolerance)
    expect(powers!.toArray<number[]>()[3]).toBeCloseTo(radius! ** 3, 5)
    expect(product.shape).toEqual([H, H])
    expect(jacobianProducts(u, { at: 0 }).norms.toArray()).toEqual([1])
  })
})

describe.each(['rnn', 'gru', 'lstm'] as const)('nn.%s', kind => {
  const u = unroll(layered(kind), inputs('float32'), { targets })
  const expected = golden[kind]
  it('states, losses and ∂Eₜ/∂hₖ agree with PyTorch', () => {
    const flow = gradientFlow(u)
    expect(relativeError(u.h, expected.h)).toBeLessThan(1e-5)
    expect(relativeError(u.losses, expected.losses)).toBeLessThan(1e-5)
    expect(relativeError(flow.vectors, expected.vectors)).toBeLessThan(1e-5)
    expect(relativeError(flow.norms, expected.norms)).toBeLessThan(1e-5)
    if (kind === 'lstm') expect(relativeError(flow.cells!, expected.cells)).toBeLessThan(1e-5)
  })
  it('gates agree with their formulas', () => {
    if (kind === 'rnn') return expect(u.gates!.gates).toEqual({})
    const names = kind === 'lstm' ? ['input', 'forget', 'output', 'candidate'] as const : ['reset', 'update', 'candidate'] as const // prettier-ignore
    const width = (kind === 'lstm' ? 5 : 3) * H
    const column = (n: number) =>
      Array.from({ length: T * H }, (_, i) => expected.gates[Math.floor(i / H) * width + n * H + (i % H)]) // prettier-ignore
    names.forEach((name, n) =>
      expect(relativeError(u.gates!.gates[name]!, column(n))).toBeLessThan(1e-5),
    )
    if (kind === 'lstm') {
      expect(relativeError(u.c!, column(4))).toBeLessThan(1e-5)
      expect(relativeError(u.gates!.c!, column(4))).toBeLessThan(1e-5)
    }
  })
  it('the product of Jacobians is what a small change does', () => {
    const { product } = jacobianProducts(u)
    const S = kind === 'lstm' ? 2 * H : H
    expect(product.shape).toEqual([S, S])
    if (kind === 'lstm') return
    // h₀ is moved, that is the state after step 0: the same inputs from there.
    const net = layered(kind)
    const rest = inputs('float32').narrow(0, 1, T - 1)
    const end = (h0: Tensor) => unroll(net, rest, { h0 }).h.select(0, T - 2)
    const first = u.h.select(0, 0)
    const step = 1e-2
    for (let j = 0; j < H; j++) {
      const e = tensor(Float32Array.from({ length: H }, (_, i) => (i === j ? step : 0)))
      const moved = end(first.add(e)).sub(end(first.sub(e))).div(2 * step) // prettier-ignore
      const column = product.select(1, j)
      expect(moved.sub(column).abs().max().item()).toBeLessThan(2e-3)
    }
  })
})

test('a step of one’s own on tensors is differentiated like the formula', () => {
  const { U, W, V } = textbook()
  const step = (x: Tensor, h: Tensor) => {
    const next = U.matmul(x).add(W.matmul(h)).tanh()
    return { h: next, logits: V.matmul(next) }
  }
  const u = unroll({ step, h0: zeros([H], { dtype: 'float64' }) }, inputs(), { targets })
  expect(u.kind).toBe('step')
  expect(relativeError(gradientFlow(u).vectors, golden.textbook.vectors)).toBeLessThan(1e-8)
  const products = jacobianProducts(u)
  expect(relativeError(products.norms, golden.textbook.products)).toBeLessThan(1e-8)
  expect([products.radius, products.powers]).toEqual([null, null])
})

describe('the textbook’s exercise', () => {
  // prettier-ignore
  const weights = { U: [[1, 0, -1], [0, 0.5, 1]], W: [[0.5, -1], [1, 0]], V: [[1, 0], [0, 1], [-1, 1]] }
  it('from lists, in float64, with a state before', () => {
    const u = unroll(weights, [[0, 1, 0]], { h0: [0.5, -1], targets: [2] })
    expect(u.h.dtype).toBe('float64')
    expect(u.h.toArray<number[][]>()[0].map(v => Math.round(v * 1e4) / 1e4)).toEqual([0.8483, 0.7616]) // prettier-ignore
    expect(u.probabilities.toArray<number[][]>()[0].map(v => Math.round(v * 1e3) / 1e3)).toEqual([0.433, 0.397, 0.17]) // prettier-ignore
    expect(u.loss).toBeCloseTo(-Math.log(0.17), 2)
    // Tokens are one-hot.
    expect(unroll(weights, [1], { h0: [0.5, -1] }).h.toArray()).toEqual(u.h.toArray())
  })
  it('the student’s own step runs beside it, and its exception is kept', () => {
    const noTanh = (x: number[], h: number[], w: typeof weights) => {
      const next = w.U.map((row, i) => row.reduce((s, u, j) => s + u * x[j], 0) + w.W[i].reduce((s, v, j) => s + v * h[j], 0)) // prettier-ignore
      if (next[0] > 5) throw new Error('too large')
      return { h: next, o: [1, 0, 0] }
    }
    const { yours } = unroll(weights, [0, 1, 0, 0], { step: noTanh })
    expect(yours!.h[0]).toEqual([1, 0])
    expect(yours!.error).toBeNull()
    expect(unroll(weights, [0], { step: () => ({ h: [1], o: [] }) }).yours!.error).toMatch(
      /^step 0: TypeError: h is no list of 2 numbers/,
    )
  })
})

test('a text through a vocabulary: targets are the next characters', () => {
  manualSeed(1)
  const vocabulary = new data.Vocabulary('helo ')
  const net = nn.charRNN(vocabulary.size, { kind: 'gru', embedding: 3, hidden: 4 })
  const u = unroll(net, 'hello he', { vocabulary })
  expect([u.length, vocabulary.decode(u.targets as number[])]).toEqual([7, 'ello he'])
  expect(net.training).toBe(true)
  expect(net.parameters().every(p => p.requiresGrad && p.grad === null)).toBe(true)
})

test('gates open and shut', () => {
  const lstm = new nn.LSTM(2, 3)
  lstm.weight('bias_ih_l0').requiresGrad = false
  lstm.weight('bias_ih_l0').copy_(tensor([9, 9, 9, -9, -9, -9, 0, 0, 0, 0, 0, 0])) // i open, f shut
  const found = gateSaturation(gates(lstm, zeros([5, 2])))
  expect(Object.keys(found)).toEqual(['input', 'forget', 'output'])
  expect([found.input.low, found.input.high].map(v => Math.round(v * 1e6) / 1e6)).toEqual([0, 1])
  expect(found.forget.low).toBeCloseTo(1, 6)
  expect(found.output).toMatchObject({ low: 0, high: 0 })
  expect(found.input.highPerUnit.shape).toEqual([3])
  expect(() => gateSaturation(gates(new nn.RNN(2, 3), zeros([5, 2])))).toThrow('no gates')
})

describe('tells', () => {
  it('how far it is, and stops when told', () => {
    const u = unroll(textbook(), inputs(), { targets })
    const told: number[][] = []
    gradientFlow(u, { onProgress: (n, of) => told.push([n, of]) })
    expect([told.length, told[6]]).toEqual([T, [T, T]])
    expect(() => gradientFlow(u, { onProgress: n => n < 3 })).toThrow('gradientFlow: stopped at 3 of 7') // prettier-ignore
    expect(() => jacobianProducts(u, { onProgress: () => false })).toThrow('stopped at 1 of 7')
  })
  it('what does not fit', () => {
    const w = textbook()
    expect(() => unroll(w, [[1, 2]], {})).toThrow(/unroll: inputs \[1, 2\]; it is \[·, 3\]/)
    expect(() => unroll(w, [7])).toThrow('unroll: token 7 at 0; whole numbers from 0 to 2')
    expect(() => unroll(w, [1], { targets: [5] })).toThrow(
      'target 5 at step 0; classes have 0 to 4',
    )
    expect(() => unroll(w, [1], { targets: [1, 2] })).toThrow('2 targets for 1 steps')
    expect(() => unroll({ ...w, W: [[1, 2], [3]] }, [1])).toThrow('rows of W are not equally long')
    expect(() => unroll({ ...w, W: zeros([3, 4]) }, [1])).toThrow('unroll: W [3, 4]; it is [4, 4]')
    expect(() => unroll(w, 'abc')).toThrow('a text needs { vocabulary }')
    expect(() => unroll(w, new Array<number>(600).fill(1))).toThrow('600 steps; from 1 to 512')
    expect(() => gradientFlow(unroll(w, [1, 2]))).toThrow('no step has a target')
    expect(() => jacobianProducts(unroll(w, [1]), { at: 1 })).toThrow('at 1; a step from 0 to 0')
    const both = { rnn: new nn.RNN(3, 4, { bidirectional: true }), head: new nn.Linear(8, 5) }
    expect(() => unroll(both, inputs('float32'))).toThrow('bidirectional')
    expect(() => unroll({} as never, [1])).toThrow(TypeError)
  })
})
