// Operations on every back end against the reference: empty, one, odd and larger tensors, broadcasts, strided views, with
// NaN, infinities, zeros of both signs and tiny numbers among them. Values and gradients, float32.
import { describe, it } from 'vitest'
import * as ops from '../../src/ops/index.ts'
import { Generator, grad, randn, tensor, withBackend, type Tensor } from '../../src/index.ts'
import { expectClose } from '../golden/golden.ts'

const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-30, -3e-39, 2.5, 80, -80]

const UNARY = [
  ...([
    'neg',
    'abs',
    'sign',
    'exp',
    'expm1',
    'log',
    'log1p',
    'log2',
    'log10',
    'sqrt',
    'rsqrt',
  ] as const),
  ...([
    'reciprocal',
    'square',
    'sin',
    'cos',
    'tan',
    'asin',
    'acos',
    'atan',
    'sinh',
    'cosh',
  ] as const),
  ...([
    'asinh',
    'acosh',
    'atanh',
    'tanh',
    'sigmoid',
    'erf',
    'relu',
    'floor',
    'ceil',
    'round',
  ] as const),
  ...(['trunc', 'selu', 'silu', 'mish', 'softsign', 'logSigmoid', 'relu6'] as const),
] as const
const BINARY = [
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'minimum',
  'remainder',
  'floorDivide',
  'atan2',
  'pow',
] as const
const COMPARE = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const
const REDUCE = [
  'sum',
  'mean',
  'max',
  'min',
  'prod',
  'variance',
  'std',
  'norm',
  'logsumexp',
] as const
const ALONG = ['cumsum', 'cumprod', 'softmax', 'logSoftmax'] as const

const SHAPES = [[0], [1], [3], [33], [5, 7], [2, 3, 17], [1, 1, 1, 2], [3, 0, 2]]

function draw(shape: readonly number[], generator: Generator, special: boolean): Tensor {
  const x = randn(shape, { generator })
  const data = x.toTypedArray()
  if (special) SPECIAL.forEach((v, i) => i < data.length && (data[(i * 5) % data.length] = v))
  return tensor(data).reshape(shape).detach()
}
/** The same through other strides. */
const strided = (x: Tensor) => {
  const order = x.shape.map((_, d) => x.ndim - 1 - d)
  return x.permute(order).clone().permute(order).detach()
}

function agree(what: string, f: (...xs: Tensor[]) => Tensor, inputs: readonly Tensor[]): void {
  const run = (name: 'reference' | 'wasm') =>
    withBackend(name, () => {
      const xs = inputs.map(x => x.detach().requiresGrad_())
      const y = f(...xs)
      const gs = y.requiresGrad
        ? grad(y, xs, [y.detach().mul(0).add(1)], { allowUnused: true })
        : []
      return [y, ...gs].map(t => Array.from(t.toTypedArray()))
    })
  const expected = run('reference')
  run('wasm').forEach((values, i) => {
    // Each element by its own size: a large neighbour hides nothing.
    values.forEach((v, e) =>
      expectClose(
        [v],
        [expected[i][e]],
        2e-5 * Math.max(1, inputs[0].size / 50),
        `${what}, ${i ? `gradient ${i - 1}` : 'value'} at ${e}`,
      ),
    )
  })
}

describe('on every back end', () => {
  const generator = new Generator(11)
  it.each(UNARY)('%s', name => {
    for (const shape of SHAPES)
      for (const special of [false, true]) {
        const x = draw(shape, generator, special)
        agree(`${name} [${shape}]`, ops[name], [x])
        agree(`${name} [${shape}] through strides`, ops[name], [strided(x)])
      }
  })
  it.each([...BINARY, ...COMPARE])('%s', name => {
    const pairs = [
      ...SHAPES.map(s => [s, s]),
      [[5, 7], [7]],
      [
        [5, 1],
        [1, 7],
      ],
      [[], [3]],
      [
        [2, 3, 17],
        [3, 1],
      ],
    ]
    for (const [a, b] of pairs)
      for (const special of [false, true]) {
        const [x, y] = [draw(a, generator, special), draw([...b].reverse(), generator, special)]
        const other = y.permute(y.shape.map((_, d) => y.ndim - 1 - d))
        agree(`${name} [${a}] [${b}]`, ops[name], [x, other])
        agree(`${name} [${a}] [${b}] through strides`, ops[name], [strided(x), other])
      }
  })
  it.each(REDUCE)('%s', name => {
    for (const [shape, dim] of [
      [[1], 0],
      [[33], 0],
      [[5, 7], 0],
      [[5, 7], 1],
      [
        [2, 3, 17],
        [0, 2],
      ],
      [[2, 3, 17], 1],
      [[2, 3, 17], undefined],
    ] as const)
      for (const special of [false, true]) {
        const x = draw(shape, generator, special)
        agree(`${name} [${shape}]`, t => ops[name](t, { dim }), [x])
        agree(`${name} [${shape}] through strides`, t => ops[name](t, { dim }), [strided(x)])
      }
  })
  it.each(ALONG)('%s', name => {
    for (const shape of [[1], [33], [5, 7], [2, 3, 17]])
      for (let d = 0; d < shape.length; d++)
        for (const special of [false, true]) {
          const x = draw(shape, generator, special)
          agree(`${name} [${shape}] along ${d}`, t => ops[name](t, d), [x])
          agree(`${name} [${shape}] along ${d} through strides`, t => ops[name](t, d), [strided(x)])
        }
  })
})
