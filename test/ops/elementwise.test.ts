import { describe, expect, it } from 'vitest'
import {
  abs,
  add,
  clamp,
  cos,
  div,
  exp,
  eq,
  grad,
  gt,
  isnan,
  leakyRelu,
  log,
  logicalNot,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  randn,
  reciprocal,
  relu,
  sigmoid,
  sin,
  sqrt,
  square,
  sub,
  tanh,
  tensor,
  where,
  withBackend,
  type DType,
  type Tensor,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('elementwise')

const one: Input[][] = [[[3, 4]], [[]], [[1]], [[0, 2]], [[2, 1, 3]]]
const two: Input[][] = [
  [
    [3, 4],
    [3, 4],
  ],
  [[2, 3], [3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[5], []],
  [[], [2, 2]],
  [[0, 3], [3]],
  [
    [1, 5],
    [2, 1, 5],
  ],
]
const positive = { range: [0.2, 3] } as const

describe('gradients', () => {
  checkOp('neg', neg, one)
  checkOp('abs', abs, one)
  checkOp('exp', exp, one)
  checkOp('log', log, one, positive)
  checkOp('sqrt', sqrt, one, positive)
  checkOp('reciprocal', reciprocal, one, positive)
  checkOp('square', square, one)
  checkOp('sin', sin, one)
  checkOp('cos', cos, one)
  checkOp('tanh', tanh, one)
  checkOp('sigmoid', sigmoid, one)
  checkOp('relu', relu, one)
  checkOp('leakyRelu', x => leakyRelu(x, { negativeSlope: 0.3 }), one)
  checkOp('add', add, two)
  checkOp('sub', sub, two)
  checkOp('mul', mul, two)
  checkOp('div', div, two, positive)
  checkOp('pow', pow, two, positive)
  checkOp('pow 3', x => pow(x, 3), one)
  checkOp('2 to the x', x => pow(2, x), one)
  checkOp('maximum', maximum, two)
  checkOp('minimum', minimum, two)
  const inside = { range: [-0.9, 0.9] } as const
  for (const f of ['expm1', 'atan', 'sinh', 'cosh', 'asinh', 'erf'] as const)
    checkOp(f, x => x[f](), one)
  for (const f of ['tan', 'asin', 'acos', 'atanh', 'log1p'] as const)
    checkOp(f, x => x[f](), one, inside)
  for (const f of ['log2', 'log10', 'rsqrt'] as const) checkOp(f, x => x[f](), one, positive)
  checkOp('acosh', x => x.acosh(), one, { range: [1.2, 3] })
  checkOp('atan2', (y, x) => y.atan2(x), two)
  checkOp('remainder', (x, y) => x.remainder(y), two, { range: [0.6, 0.9] })
  checkOp('pow -1.5', x => pow(x, -1.5), one, positive)
  checkOp('clamp', x => clamp(x, { min: -0.5, max: 0.7 }), one)
  const mask = gt(randn([3, 1]), 0)
  checkOp('where', (x, y) => where(mask, x, y), [
    [[3, 4], [4]],
    [[3, 1], []],
  ])
  checkOp('the same tensor twice', x => x.mul(x).add(x), one)
})

describe('values', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ])
  it('by hand', () => {
    expect(x.mul(2).add(1).toArray()).toEqual([
      [3, 5],
      [7, 9],
    ])
    expect(add(1, x).toArray()).toEqual([
      [2, 3],
      [4, 5],
    ])
    expect(x.sub([1].length).div(2).toArray()).toEqual([
      [0, 0.5],
      [1, 1.5],
    ])
    expect(x.pow(2).toArray()).toEqual([
      [1, 4],
      [9, 16],
    ])
    expect(where(x.gt(2), x, 0).toArray()).toEqual([
      [0, 0],
      [3, 4],
    ])
    expect(tensor([0.5, 1.5, 2.5, -0.5]).round().toArray()).toEqual([0, 2, 2, -0])
    expect(isnan(tensor([NaN, 1])).toArray()).toEqual([true, false])
    expect(logicalNot(tensor([0, 2])).toArray()).toEqual([true, false])
  })

  it('dtypes of results', () => {
    const whole = tensor([1, 2], { dtype: 'int32' })
    const byte = tensor([1, 2], { dtype: 'uint8' })
    const double = tensor([1, 2], { dtype: 'float64' })
    const flag = tensor([true, false])
    expect(whole.add(1).dtype).toBe('int32')
    expect(whole.add(0.5).dtype).toBe('float32')
    expect(whole.add(byte).dtype).toBe('int32')
    expect(whole.div(2).dtype).toBe('float32')
    expect(whole.div(2).toArray()).toEqual([0.5, 1])
    expect(byte.add(flag).dtype).toBe('uint8')
    expect(flag.add(1).dtype).toBe('int32')
    expect(x.add(whole).dtype).toBe('float32')
    expect(x.add(double).dtype).toBe('float64')
    expect(whole.exp().dtype).toBe('float32')
    expect(whole.neg().dtype).toBe('int32')
    expect(eq(whole, 1).dtype).toBe('bool')
  })

  it('a tensor without axes counts by its kind only', () => {
    const double = tensor(2, { dtype: 'float64' })
    expect(x.mul(double).dtype).toBe('float32')
    expect(tensor([1, 2], { dtype: 'int32' }).mul(double).dtype).toBe('float64')
    expect(tensor([1], { dtype: 'uint8' }).add(tensor(3, { dtype: 'int32' })).dtype).toBe('uint8')
  })
  it.each(['reference', 'wasm'] as const)('conversions, %s', name => {
    const odd = [NaN, Infinity, 3e9, -1.7, 1.7, 300, -1, -0, 0.4]
    const x = tensor(Float32Array.from({ length: 99 }, (_, i) => odd[i % odd.length]))
    const as = (dtype: DType) =>
      withBackend(name, () => Array.from(x.to(dtype).toTypedArray()).slice(0, odd.length))
    expect(as('int32')).toEqual([0, 0, 3e9 - 2 ** 32, -1, 1, 300, -1, 0, 0])
    expect(as('uint8')).toEqual([0, 0, 3e9 % 256, 255, 1, 44, 255, 0, 0])
    expect(as('bool')).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 1])
    expect(as('float64')).toEqual(odd.map(Math.fround))
  })
  it('whole numbers wrap around', () => {
    expect(tensor([250], { dtype: 'uint8' }).add(10).toArray()).toEqual([4])
    expect(
      tensor([2 ** 31 - 1], { dtype: 'int32' })
        .add(1)
        .toArray(),
    ).toEqual([-(2 ** 31)])
    expect(tensor([-7, 7], { dtype: 'int32' }).remainder(3).toArray()).toEqual([2, 1])
    expect(tensor([-7, 7], { dtype: 'int32' }).floorDivide(3).toArray()).toEqual([-3, 2])
  })
  it('numbers used again and again stay what they are', () => {
    for (const v of [0, -0, 2, NaN]) {
      const y = x.mul(v)
      expect(Object.is(y.at(0, 0).item(), v)).toBe(true)
    }
    const g = tensor([1, 2], { requiresGrad: true })
    for (let i = 0; i < 5; i++) g.mul(2).maximum(2).sum().backward()
    expect(g.grad?.toArray()).toEqual([5, 10])
  })

  it('a gradient comes back in the dtype of its input', () => {
    const a = tensor([1, 2], { requiresGrad: true })
    const b = tensor([3, 4], { dtype: 'float64', requiresGrad: true })
    const [ga, gb] = grad(a.mul(b).sum(), [a, b])
    expect([ga.dtype, ga.toArray()]).toEqual(['float32', [3, 4]])
    expect([gb.dtype, gb.toArray()]).toEqual(['float64', [1, 2]])
  })

  it('derivatives at kinks and ties, as in PyTorch', () => {
    const slope = (f: (x: Tensor) => Tensor, at: number) => {
      const t = tensor(at, { requiresGrad: true })
      return grad(f(t), [t])[0].item()
    }
    expect(slope(relu, 0)).toBe(0)
    expect(slope(relu, NaN)).toBe(1)
    expect(slope(abs, 0)).toBe(0)
    expect(slope(t => maximum(t, 1), 1)).toBe(0.5)
    expect(slope(t => clamp(t, { max: 1 }), 1)).toBe(0)
  })
})

describe('errors name what was typed', () => {
  it('shapes that do not broadcast', () => {
    expect(() => add(randn([2, 3]), randn([4]))).toThrow(
      new RangeError('add: shapes [2, 3] and [4] do not broadcast: 3 against 4 at axis -1'),
    )
  })
  it('operands that are no tensors', () => {
    // @ts-expect-error a string is no operand
    expect(() => add(randn([2]), 'a')).toThrow(
      new TypeError('add: an operand is string, not a tensor or a number'),
    )
    expect(() => add(1, 2)).toThrow(new TypeError('add: one operand must be a tensor'))
    // @ts-expect-error null is no tensor
    expect(() => exp(null)).toThrow(new TypeError('exp: x is null, not a tensor'))
  })
})
