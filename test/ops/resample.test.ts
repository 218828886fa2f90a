import { describe, expect, it } from 'vitest'
import {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  interpolate,
  randn,
  tensor,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('resample')

describe('adaptive pooling', () => {
  checkOp('adaptiveAvgPool2d', x => adaptiveAvgPool2d(x, [3, 2]), [[[2, 1, 5, 5]], [[1, 2, 6, 4]]])
  checkOp('adaptiveMaxPool2d', x => adaptiveMaxPool2d(x, [3, 2]), [[[2, 1, 5, 5]], [[0, 2, 5, 4]]])

  it('lets NaN win, and gives the switch of the first of equals', () => {
    const { output, indices } = adaptiveMaxPool2d(tensor([[[1, NaN, 2, 2, 0]]]), [1, 2], {
      returnIndices: true,
    })
    expect(output.toArray()).toEqual([[[NaN, 2]]])
    expect(indices.toArray()).toEqual([[[1, 2]]])
  })

  it('names a size that is none', () => {
    expect(() => adaptiveAvgPool2d(randn([1, 2, 4, 4]), [0, 2])).toThrow(
      'adaptiveAvgPool2d: size [0, 2]; whole numbers, at least 1 (null keeps an axis)',
    )
    expect(() => adaptiveAvgPool2d(randn([4, 4]), 2)).toThrow('it is [N, C, H, W] or [C, H, W]')
  })
})

describe('interpolate', () => {
  for (const [name, options] of Object.entries({
    nearest: { size: [5, 3] },
    'bilinear, larger': { size: [5, 7], mode: 'bilinear' },
    'bilinear, smaller': { size: [2, 2], mode: 'bilinear' },
    'bilinear, corners': { scaleFactor: 2, mode: 'bilinear', alignCorners: true },
  } as const))
    checkOp(name, x => interpolate(x, options), [[[2, 1, 3, 4]]])

  it('spreads NaN only to the neighbours that read it', () => {
    const y = interpolate(tensor([[[[NaN, 0, 1, 2]]]]), { size: [1, 8], mode: 'bilinear' })
    expect(y.toArray<number[][][][]>()[0][0][0].map(Number.isNaN)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })

  it('wants exactly one of size and scaleFactor, and a mode it knows', () => {
    const x = randn([1, 1, 2, 2])
    expect(() => interpolate(x, {})).toThrow('give size or scaleFactor, one of them')
    expect(() => interpolate(x, { size: 3, scaleFactor: 2 })).toThrow('one of them')
    expect(() => interpolate(x, { size: 3, alignCorners: true })).toThrow(
      "alignCorners is for mode 'bilinear'",
    )
  })
})
