import { describe, expect, it } from 'vitest'
import { maxPool1d, maxPool2d, nn, randn } from '../../src/index.ts'
import { layerGoldens } from '../golden/layers.ts'

layerGoldens(
  'MaxPool1d',
  'MaxPool2d',
  'AvgPool1d',
  'AvgPool2d',
  'AdaptiveAvgPool1d',
  'AdaptiveAvgPool2d',
  'AdaptiveMaxPool1d',
  'AdaptiveMaxPool2d',
  'Upsample',
)

describe('unpooling layers', () => {
  it('infer the size from the window, or take it', () => {
    const x = randn([1, 2, 5, 4])
    const { output, indices } = maxPool2d(x, 2, { returnIndices: true })
    const m = new nn.MaxUnpool2d(2)
    expect(m.forward(output, indices, [5, 4]).shape).toEqual([1, 2, 5, 4])
    const even = maxPool2d(x.narrow(2, 0, 4), 2, { returnIndices: true })
    expect(m.forward(even.output, even.indices).shape).toEqual([1, 2, 4, 4])
    const one = maxPool1d(randn([1, 2, 7]), 3, { stride: 2, returnIndices: true })
    expect(new nn.MaxUnpool1d(3, { stride: 2 }).forward(one.output, one.indices).shape).toEqual([
      1, 2, 7,
    ])
  })
})
