import { describe, expect, it } from 'vitest'
import { conv2d, fold, randn, unfold } from '../../src/index.ts'
import { expectClose, goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('unfold')

describe('unfold', () => {
  checkOp('unfold', x => unfold(x, [2, 3], { padding: 1, stride: [1, 2] }), [[[2, 2, 4, 4]]])
  checkOp('fold', x => fold(x, [4, 5], 2, { stride: 2, padding: 1 }), [[[1, 8, 9]]])

  it('makes convolution a matrix product', () => {
    const [x, w] = [randn([2, 3, 6, 5]), randn([4, 3, 3, 2])]
    const y = w.reshape([4, -1]).matmul(unfold(x, [3, 2], { padding: 1 }))
    const expected = conv2d(x, w, { padding: 1 }).toTypedArray()
    expectClose(y.toTypedArray(), expected, 1e-5, 'product')
  })

  it('names what does not fit', () => {
    expect(() => unfold(randn([1, 1, 2, 2]), 3)).toThrow(
      'unfold: window [3, 3] is larger than [2, 2] padded by [0, 0]',
    )
    expect(() => fold(randn([1, 4, 5]), [3, 3], 2)).toThrow('it is [N, C·4, 4]')
  })
})
