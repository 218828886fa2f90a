import { describe, expect, it } from 'vitest'
import { avgPool1d, maxPool1d, maxUnpool1d, randn, tensor } from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('pool1d')

describe('pool1d', () => {
  checkOp('maxPool1d', x => maxPool1d(x, 3, { stride: 2, padding: 1, ceilMode: true }), [
    [[2, 2, 6]],
    [[0, 2, 6]],
  ])
  checkOp('avgPool1d', x => avgPool1d(x, 3, { stride: 2, padding: 1, countIncludePad: false }), [
    [[2, 2, 7]],
  ])

  it('unpools to where the values came from', () => {
    const { output, indices } = maxPool1d(tensor([[1, 5, 2, 2]]), 2, { returnIndices: true })
    expect(indices.toArray()).toEqual([[1, 2]])
    expect(maxUnpool1d(output, indices, 4).toArray()).toEqual([[0, 5, 2, 0]])
  })

  it('names what does not fit', () => {
    expect(() => maxPool1d(randn([1, 2, 3]), 5)).toThrow(
      'maxPool1d: window 5 is longer than x [1, 2, 3] padded by 0',
    )
    expect(() => avgPool1d(randn([1, 2, 9]), 3, { padding: 2 })).toThrow(
      'avgPool1d: padding 2 is more than half the window 3',
    )
  })
})
