import { describe, expect, it } from 'vitest'
import { arange, tensor, withBackend, zeros } from '../../src/index.ts'

describe('Tensor', () => {
  const x = arange(6, undefined, 1, { dtype: 'float32' }).reshape([2, 3])
  it('knows its shape', () => {
    expect(x).toMatchObject({ shape: [2, 3], size: 6, ndim: 2, dtype: 'float32', isLeaf: true })
    expect(tensor(5).ndim).toBe(0)
  })
  it('item', () => {
    expect(tensor([[7]]).item()).toBe(7)
    expect(x.at(1, 2).item()).toBe(5)
    expect(() => x.item()).toThrow('item: tensor [2, 3] has 6 elements, item() needs one')
  })
  it('toArray and toTypedArray, through strides', () => {
    expect(x.T.toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ])
    expect(x.T.toTypedArray()).toEqual(new Float32Array([0, 3, 1, 4, 2, 5]))
    expect(zeros([2, 0]).toArray()).toEqual([[], []])
    const copy = x.toTypedArray()
    copy[0] = 9
    expect(x.at(0, 0).item()).toBe(0)
  })
  it('requiresGrad only on float leaves', () => {
    expect(() => arange(3).requiresGrad_()).toThrow(TypeError)
    const y = tensor([1], { requiresGrad: true }).mul(2)
    expect(y.isLeaf).toBe(false)
    expect(() => y.requiresGrad_(false)).toThrow('only a leaf can be set')
  })
  it('computes on tensors of another back end', () => {
    const there = withBackend('reference', () => tensor([1, 2]).mul(2))
    const here = withBackend('wasm', () => there.add(tensor([1, 1])))
    expect(here.toArray()).toEqual([3, 5])
  })
})
