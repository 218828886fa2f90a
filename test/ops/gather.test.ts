import { describe, expect, it } from 'vitest'
import { gather, indexSelect, oneHot, tensor, zeros } from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('gather')

const index = tensor(
  [
    [0, 2, 1],
    [1, 0, 0],
  ],
  { dtype: 'int32' },
)

describe('gradients', () => {
  checkOp('gather', x => gather(x, 1, index), [[[2, 3]], [[4, 5]]])
  checkOp('gather along 0', x => gather(x, 0, index), [[[3, 3]]])
  checkOp('indexSelect', x => indexSelect(x, 0, [2, 0, 2]), [[[3, 4]]])
})

describe('values', () => {
  it('by hand', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(gather(x, 1, index).toArray()).toEqual([
      [1, 3, 2],
      [5, 4, 4],
    ])
    expect(indexSelect(x, 1, [2, 0]).toArray()).toEqual([
      [3, 1],
      [6, 4],
    ])
    expect(oneHot(tensor([1, 0], { dtype: 'int32' }), 3).toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ])
  })
})

describe('errors', () => {
  it('indices', () => {
    expect(() => gather(zeros([2, 2]), 1, index)).toThrow(
      'gather: index 2 of axis 1 of [2, 2]: it goes from 0 to 1',
    )
    expect(() => gather(zeros([2, 3]), 1, zeros([2, 3]))).toThrow(
      new TypeError('gather: index is float32; it is int32'),
    )
    expect(() => gather(zeros([1, 3]), 1, index)).toThrow(
      'index [2, 3] does not fit [1, 3] along axis 1',
    )
    expect(() => oneHot(tensor([3], { dtype: 'int32' }), 3)).toThrow(
      'oneHot: class 3 at 0; there are 3',
    )
  })
})
