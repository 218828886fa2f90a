import { afterEach, describe, expect, it } from 'vitest'
import { arange, setPrintOptions, tensor, zeros } from '../../src/index.ts'

afterEach(() => setPrintOptions())

describe('printing', () => {
  it.each([
    ['a number', tensor(2.5), 'tensor(2.5000)'],
    ['whole numbers', tensor([1, -2]), 'tensor([ 1, -2])'],
    ['int32', arange(3), 'tensor([0, 1, 2], dtype=int32)'],
    ['bool', tensor([true, false]), 'tensor([ true, false])'],
    ['float64', tensor([0.5], { dtype: 'float64' }), 'tensor([0.5000], dtype=float64)'],
    ['nothing', zeros([0]), 'tensor([])'],
    ['no rows', zeros([0, 3]), 'tensor([], shape=[0, 3])'],
    ['NaN, infinity', tensor([NaN, Infinity, 1]), 'tensor([     NaN, Infinity,        1])'],
    ['far apart', tensor([1e-7, 1]), 'tensor([1.0000e-7, 1.0000e+0])'.replace(/e([+-])/g, 'e$10')],
    ['large', tensor([1e9, 1.5]), 'tensor([1.0000e+09, 1.5000e+00])'],
  ])('%s', (_, x, text) => expect(String(x)).toBe(text))

  it('rows stand under each other, blocks apart', () => {
    const x = tensor([
      [1, -20.5],
      [3, 4],
    ])
    expect(String(x)).toBe('tensor([[  1.0000, -20.5000],\n        [  3.0000,   4.0000]])')
    expect(String(zeros([2, 1, 2]))).toBe('tensor([[[0, 0]],\n\n        [[0, 0]]])')
  })
  it('long lines break, long axes are shortened', () => {
    for (const line of String(arange(100)).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(String(arange(2000).reshape([2, 1000]))).toBe(
      'tensor([[   0,    1,    2, ...,  997,  998,  999],\n' +
        '        [1000, 1001, 1002, ..., 1997, 1998, 1999]], shape=[2, 1000], dtype=int32)',
    )
  })
  it('views print what they show', () => {
    expect(String(arange(6).reshape([2, 3]).T.at(2))).toBe('tensor([2, 5], dtype=int32)')
  })
  it('says what gradient there is', () => {
    const x = tensor([1], { requiresGrad: true })
    expect(String(x)).toBe('tensor([1], requiresGrad=true)')
    expect(String(x.mul(2))).toBe('tensor([2], gradFn=mul)')
  })
  it('options', () => {
    setPrintOptions({ precision: 2, threshold: 5, edgeItems: 1 })
    expect(String(tensor([1.234]))).toBe('tensor([1.23])')
    expect(String(arange(6))).toBe('tensor([0, ..., 5], shape=[6], dtype=int32)')
    setPrintOptions({ sciMode: true })
    expect(String(tensor([1234]))).toBe('tensor([1.2340e+03])')
    expect(() => setPrintOptions({ precision: -1 })).toThrow('setPrintOptions: precision -1')
  })
})
