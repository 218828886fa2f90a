/** A valid pooling view, made by hand, as JSON. */
import { encode } from '../../src/spec/encode.ts'
import type { PoolView } from '../../src/spec/view.ts'

/** x [1, 4, 4], window 2×2, switches and a gradient; the guess differs in one cell. */
export const poolView = (): PoolView => ({
  spec: 1,
  id: 'v1',
  title: 'max pooling',
  text: 'max pooling. y[0, 0] = 6.',
  producer: '0.1.0',
  kind: 'pool',
  from: 'lecture 3',
  data: {
    mode: 'max',
    x: encode([1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4], [1, 4, 4], 'f32'),
    output: encode([6, 8, 3, 4], [1, 2, 2], 'f32'),
    switches: encode([5, 7, 8, 15], [1, 2, 2], 'i32'),
    gradient: encode([1, -2, 3, 2], [1, 2, 2], 'f32'),
    kernel: [2, 2],
    stride: [2, 2],
    padding: [0, 0],
    dilation: [1, 1],
    countPad: true,
    plain: true,
    row: false,
    names: { x: 'x', y: 'y' },
    at: [0, 0, 0],
    compare: {
      label: 'your guess',
      of: 'gx',
      values: [
        [
          [0, 0, 0, 0],
          [0, 1, 0, -2],
          [3, 0, 0, 0],
          [0, 0, 2, null],
        ],
      ],
    },
  },
})
