import { describe, expect, it } from 'vitest'
import {
  arange,
  at,
  cat,
  clone,
  expand,
  flatten,
  flip,
  narrow,
  pad,
  permute,
  randn,
  reshape,
  select,
  slice,
  squeeze,
  stack,
  transpose,
  unsqueeze,
  zeros,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('views')

describe('gradients', () => {
  const x: Input[][] = [[[2, 3, 4]]]
  checkOp('clone', clone, x)
  checkOp('reshape', x => reshape(x, [4, -1]), x)
  checkOp('flatten', x => flatten(x, 1), x)
  checkOp('permute', x => permute(x, [2, 0, 1]), x)
  checkOp('transpose', x => transpose(x), x)
  checkOp('expand', x => expand(x, [2, 3, 4]), [[[3, 1]], [[]], [[1, 1, 1]]])
  checkOp('unsqueeze', x => unsqueeze(x, 1), x)
  checkOp('squeeze', x => squeeze(x), [[[1, 3, 1]]])
  checkOp('slice', x => slice(x, 2, { start: 1, step: 2 }), x)
  checkOp('narrow', x => narrow(x, 1, 1, 2), x)
  checkOp('select', x => select(x, 1, -1), x)
  checkOp('at', x => at(x, 1, 2), x)
  checkOp('cat', (a, b) => cat([a, b, a], 1), [
    [
      [2, 3],
      [2, 1],
    ],
  ])
  checkOp('stack', (a, b) => stack([a, b], 1), [
    [
      [2, 3],
      [2, 3],
    ],
  ])
  checkOp('flip', x => flip(x, [0, 2]), x)
  checkOp('pad', x => pad(x, [1, 0, 2, 1]), x)
})

describe('views share their numbers', () => {
  it('without a copy', () => {
    const x = arange(12).reshape([3, 4])
    for (const view of [
      x.reshape([2, 6]),
      x.permute([1, 0]),
      x.T,
      x.slice(1, { start: 1, end: 3 }),
      x.narrow(0, 1, 2),
      x.select(0, 1),
      x.at(1),
      x.unsqueeze(0),
      x.expand([2, 3, 4]),
      x.T.reshape([4, 3]),
      x.slice(0, { step: 2 }).flatten(0, 0),
    ])
      expect(view.storage).toBe(x.storage)
    expect(x.T.reshape([12]).storage).not.toBe(x.storage)
    expect(x.T.reshape([12]).toArray()).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
  })
  it('writing through a view changes the whole', () => {
    const x = zeros([2, 3])
    x.at(1).fill_(5)
    x.slice(1, { start: 1 }).add_(1)
    expect(x.toArray()).toEqual([
      [0, 1, 1],
      [5, 6, 6],
    ])
  })
  it('reshape of strided tensors, all shapes', () => {
    const x = arange(24).reshape([2, 3, 4])
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
    ])
      for (const shape of [[24], [4, 6], [2, 12], [3, 2, 4], [1, 24, 1], [2, 2, 3, 2]]) {
        const y = x.permute(order)
        expect(y.reshape(shape).toTypedArray()).toEqual(y.toTypedArray())
      }
  })
  it('an empty tensor has every empty shape', () => {
    expect(zeros([0, 3]).reshape([3, 0]).shape).toEqual([3, 0])
    expect(zeros([0, 3]).T.reshape([-1]).shape).toEqual([0])
  })
})

describe('errors', () => {
  it('say what does not fit', () => {
    const x = randn([2, 3])
    expect(() => reshape(x, [4, 2])).toThrow('reshape: [2, 3] has 6 elements, [4, 2] has 8')
    expect(() => reshape(x, [4, -1])).toThrow(
      'reshape: [2, 3] has 6 elements, [4, -1] cannot be filled',
    )
    expect(() => permute(x, [0, 0])).toThrow('permute: [0, 0] is no order of the 2 axes of [2, 3]')
    expect(() => expand(x, [4, 3])).toThrow('expand: [2, 3] does not expand to [4, 3]')
    expect(() => select(x, 0, 2)).toThrow(
      'index 2 of axis 0 of a tensor [2, 3]: it goes from 0 to 1',
    )
    expect(() => at(x, 0, 1, 2)).toThrow('at: 3 indices for a tensor [2, 3]')
    expect(() => slice(x, 0, { step: 0 })).toThrow('slice: step 0')
    expect(() => narrow(x, 1, 2, 2)).toThrow('narrow: 2 from 2 of axis 1 of [2, 3]')
    expect(() => cat([x, randn([2, 2])])).toThrow('differ outside axis 0')
    expect(() => cat([])).toThrow('cat: no tensors')
    expect(() => flatten(x, 1, 0)).toThrow('flatten: startDim 1 stands after endDim 0')
    expect(() => pad(x, [1])).toThrow('pad: amounts [1] for [2, 3]')
  })
})
