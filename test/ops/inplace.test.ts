import { describe, expect, it } from 'vitest'
import { Generator, noGrad, ones, tensor, zeros } from '../../src/index.ts'

describe('in place', () => {
  it('by hand, each returns itself', () => {
    const x = tensor([1, 2, 3])
    expect(x.add_(1)).toBe(x)
    expect(
      x
        .sub_(tensor([1]))
        .mul_(4)
        .div_(2)
        .toArray(),
    ).toEqual([2, 4, 6])
    expect(x.clamp_({ min: 3, max: 5 }).toArray()).toEqual([3, 4, 5])
    expect(x.maskedFill_(x.eq(4), 0).toArray()).toEqual([3, 0, 5])
    expect(x.fill_(2).toArray()).toEqual([2, 2, 2])
    expect(x.zero_().toArray()).toEqual([0, 0, 0])
    expect(x.copy_(tensor([7])).toArray()).toEqual([7, 7, 7])
    expect(x.copy_(tensor([1, 2, 3], { dtype: 'int32' })).dtype).toBe('float32')
  })
  it('through views, also of itself', () => {
    const x = tensor([1, 2, 3, 4])
    x.slice(0, { start: 1 }).copy_(x.slice(0, { end: 3 }))
    expect(x.toArray()).toEqual([1, 1, 2, 3])
    x.slice(0, { start: 1 }).add_(x.slice(0, { end: 3 }))
    expect(x.toArray()).toEqual([1, 2, 3, 5])
    const m = zeros([2, 2])
    m.T.at(0).fill_(1)
    expect(m.toArray()).toEqual([
      [1, 0],
      [1, 0],
    ])
  })
  it('random numbers of a seed', () => {
    const draw = () => [
      zeros([3])
        .uniform_(2, 4, { generator: new Generator(1) })
        .toArray<number[]>(),
      zeros([3])
        .normal_(0, 1, { generator: new Generator(1) })
        .toArray<number[]>(),
    ]
    expect(draw()).toEqual(draw())
    expect(draw()[0].every(v => v >= 2 && v < 4)).toBe(true)
  })
  it('a tensor that requires a gradient is changed under noGrad only', () => {
    const w = ones([2]).requiresGrad_()
    for (const change of [
      () => w.add_(1),
      () => w.zero_(),
      () => w.copy_(w),
      () => w.clamp_({ min: 0 }),
      () => w.normal_(),
    ])
      expect(change).toThrow('the tensor requires a gradient; change it inside noGrad(() => …)')
    expect(() => w.mul_(2)).toThrow(/^mul_: /)
    noGrad(() => w.mul_(2))
    expect(w.toArray()).toEqual([2, 2])
  })
  it('what does not fit', () => {
    expect(() => zeros([2]).add_(zeros([3]))).toThrow(RangeError)
    expect(() => zeros([2]).add_(zeros([2, 2]))).toThrow('add_: [2, 2] does not fit into [2]')
    expect(() => zeros([2, 1]).expand([2, 3]).add_(1)).toThrow(
      'add_: [2, 3] is an expanded view: axis 1 is one element seen 3 times; clone() it first',
    )
    const whole = tensor([1], { dtype: 'int32' })
    expect(() => whole.add_(0.5)).toThrow(
      new TypeError('add_: a float32 result does not fit into a int32 tensor; to() it first'),
    )
    expect(() => whole.div_(2)).toThrow(TypeError)
    expect(whole.mul_(3).toArray()).toEqual([3])
  })
})
