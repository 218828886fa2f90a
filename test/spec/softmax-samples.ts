/** A valid softmax view, made by hand, as JSON. */
import { encode } from '../../src/spec/encode.ts'
import type { SoftmaxView } from '../../src/spec/view.ts'

/** Two rows of three classes; a guess whose second row is NaN. */
export const softmaxView = (): SoftmaxView => ({
  spec: 1,
  id: 'v1',
  title: 'softmax',
  text: 'softmax. dress leads shirt by 1.',
  producer: '0.1.0',
  kind: 'softmax',
  shape: '[2, 3]',
  from: 'lecture 4',
  data: {
    logits: encode([1, 2, 3, 1000, 1001, 1002], [2, 3], 'f32'),
    dtype: 'float32',
    labels: ['coat', 'shirt', 'dress'],
    rows: null,
    targets: [1, null],
    temperature: 1,
    row: 0,
    compare: {
      label: 'your function',
      values: encode([0.09, 0.2447, 0.6652, NaN, NaN, NaN], [2, 3], 'f32'),
      given: encode([1, 1, 1, 1, 1, 0], [2, 3], 'u8', [0, 255]),
    },
  },
})
