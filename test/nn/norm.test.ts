import { describe, expect, it } from 'vitest'
import { nn, ones, randn } from '../../src/index.ts'
import { layerGoldens } from '../golden/layers.ts'

layerGoldens(
  'BatchNorm1d',
  'BatchNorm2d',
  'LayerNorm',
  'GroupNorm',
  'InstanceNorm2d',
  'LocalResponseNorm',
)

describe('normalisation layers', () => {
  it('eval uses what training gathered', () => {
    const m = new nn.BatchNorm1d(2)
    for (let i = 0; i < 200; i++) m.forward(randn([16, 2]).mul(3).add(5))
    const y = m.eval().forward(randn([500, 2]).mul(3).add(5))
    expect(y.mean().item()).toBeCloseTo(0, 0)
    expect(y.std().item()).toBeCloseTo(1, 0)
  })
  it('name what does not fit', () => {
    expect(() => new nn.BatchNorm2d(3).forward(ones([2, 4, 5, 5]))).toThrow(
      'BatchNorm2d: x [2, 4, 5, 5]; it is [N, C, H, W] with C 3',
    )
    expect(() => new nn.BatchNorm1d(3).forward(ones([1, 3]))).toThrow('training needs more')
    expect(() => new nn.GroupNorm(2, 3)).toThrow('GroupNorm: groups 2 must divide 3 channels')
    expect(() => new nn.BatchNorm1d(0)).toThrow('BatchNorm1d: numFeatures 0')
  })
})
