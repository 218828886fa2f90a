import { describe, expect, it } from 'vitest'
import {
  arange,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  Generator,
  linspace,
  ones,
  onesLike,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  tensor,
  zeros,
  zerosLike,
} from '../../src/index.ts'

describe('tensor', () => {
  it('from numbers, nested arrays, typed arrays and tensors', () => {
    expect(tensor(3)).toMatchObject({ shape: [], dtype: 'float32' })
    expect(tensor([[1, 2, 3]])).toMatchObject({ shape: [1, 3], dtype: 'float32', size: 3, ndim: 2 })
    expect(tensor([[], []]).shape).toEqual([2, 0])
    expect(tensor([true, false]).dtype).toBe('bool')
    for (const [array, dtype] of [
      [new Float32Array([1]), 'float32'],
      [new Float64Array([1]), 'float64'],
      [new Int32Array([1]), 'int32'],
      [new Uint8Array([1]), 'uint8'],
    ] as const)
      expect(tensor(array).dtype).toBe(dtype)
    const x = tensor([1.5, 2.5])
    const copy = tensor(x)
    copy.fill_(0)
    expect(x.toArray()).toEqual([1.5, 2.5])
  })
  it('converts to the dtype asked for', () => {
    expect(tensor([1.7, -1.7], { dtype: 'int32' }).toArray()).toEqual([1, -1])
    expect(tensor([0, 2], { dtype: 'bool' }).toArray()).toEqual([false, true])
    expect(tensor([0.1], { dtype: 'float64' }).item()).toBe(0.1)
    expect(tensor([0.1]).item()).toBe(Math.fround(0.1))
  })
  it('says where rows differ', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      new RangeError(
        'tensor: values[1] has 1 elements, values[0] has 2; rows must be equally long',
      ),
    )
    expect(() => tensor([1, [2]])).toThrow(
      'tensor: values[1] is a list, its neighbours are numbers',
    )
    expect(() => tensor([[1], 2])).toThrow(
      'tensor: values[1] is a number, its neighbours are lists',
    )
    // @ts-expect-error a string is no number
    expect(() => tensor([1, 'a'])).toThrow(
      new TypeError('tensor: values[1] is string, not a number'),
    )
    expect(() => tensor(new Int8Array(2))).toThrow('tensor: a Int8Array has no dtype')
    expect(() => tensor([1], { dtype: 'int32', requiresGrad: true })).toThrow(
      new TypeError('requiresGrad: a int32 tensor has no gradient; use float32 or float64'),
    )
  })
})

describe('filled', () => {
  it('full, zeros, ones, like', () => {
    expect(full([2, 2], 7).toArray()).toEqual([
      [7, 7],
      [7, 7],
    ])
    expect(zeros([0]).toArray()).toEqual([])
    expect(ones([2], { dtype: 'int32' })).toMatchObject({ dtype: 'int32', shape: [2] })
    const x = tensor([1, 2], { dtype: 'float64' })
    expect(zerosLike(x)).toMatchObject({ dtype: 'float64', shape: [2] })
    expect(onesLike(x, { dtype: 'int32' }).dtype).toBe('int32')
    expect(eye(2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(eye(2, 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ])
    expect(eye(2, { dtype: 'int32' }).dtype).toBe('int32')
    expect(full([1], 3, { dtype: 'bool' }).add(0).toArray()).toEqual([1])
    expect(empty([2, 3]).shape).toEqual([2, 3])
    expect(emptyLike(x)).toMatchObject({ dtype: 'float64', shape: [2] })
    expect(fullLike(x, 5).toArray()).toEqual([5, 5])
    for (const f of [randLike, randnLike]) {
      const draw = () => f(x, { generator: new Generator(3) })
      expect(draw()).toMatchObject({ dtype: 'float64', shape: [2] })
      expect(draw().toArray()).toEqual(draw().toArray())
    }
    expect(() => zeros([2, -1])).toThrow(RangeError)
    expect(() => zeros([1.5])).toThrow(RangeError)
  })
  it('arange, linspace', () => {
    expect(arange(3)).toMatchObject({ dtype: 'int32' })
    expect(arange(3).toArray()).toEqual([0, 1, 2])
    expect(arange(1, 2, 0.25)).toMatchObject({ dtype: 'float32', shape: [4] })
    expect(arange(3, 0, -1).toArray()).toEqual([3, 2, 1])
    expect(arange(2, 1).shape).toEqual([0])
    expect(arange(3, { dtype: 'float32' }).dtype).toBe('float32')
    expect(arange(1, 3, { dtype: 'float64' })).toMatchObject({ dtype: 'float64', shape: [2] })
    expect(arange(0, 1, 0.5, { requiresGrad: true }).requiresGrad).toBe(true)
    expect(() => arange(Infinity)).toThrow('arange: 0 to Infinity by 1 never ends')
    expect(() => arange(0, 1, 0)).toThrow('arange: 0 to 1 by 0 never ends')
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(linspace(3, 9, 1).toArray()).toEqual([3])
  })
})

describe('random', () => {
  it('the same seed, the same numbers', () => {
    const draw = (seed: number) => {
      const generator = new Generator(seed)
      return [
        rand([3], { generator }),
        randn([3], { generator }),
        randint(0, 10, [3], { generator }),
        randperm(5, { generator }),
      ].map(t => t.toArray())
    }
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })
  it('stays in its range', () => {
    const generator = new Generator(5)
    expect(
      rand([1000], { generator })
        .toTypedArray()
        .every((v: number) => v >= 0 && v < 1),
    ).toBe(true)
    const whole = randint(-2, 3, [1000], { generator })
    expect(new Set(whole.toTypedArray())).toEqual(new Set([-2, -1, 0, 1, 2]))
    expect([...randperm(9, { generator }).toTypedArray()].sort()).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ])
    expect(() => randint(3, 3, [1])).toThrow('randint: no whole number from 3 to below 3')
  })
})
