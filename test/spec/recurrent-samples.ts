/** One valid view of each kind for recurrent networks, made by hand, as JSON. */
import { encode } from '../../src/spec/encode.ts'
import type { RnnView } from '../../src/spec/view.ts'

const base = { spec: 1, id: 'v3', title: 'RNN unrolled', text: 'RNN.', producer: '0.1.0' } as const
const f32 = (values: number[], ...shape: number[]) => encode(values, shape, 'f32')

/** The network of the exercise: two units, three classes, two snapshots that differ in W. */
export const rnnView = (): RnnView => ({
  ...base,
  kind: 'rnn',
  data: {
    network: 'rnn',
    relu: false,
    x: f32([1, 0, 0, 0, 1, 0, 0, 0, 1], 3, 3),
    h0: null,
    inputs: ['a', 'b', 'c'],
    classes: ['a', 'b', 'c'],
    targets: [1, 2, 0],
    weights: ['0', '10'].map(label => ({
      label,
      U: f32([1, 0, -1, 0, 0.5, 1], 2, 3),
      W: f32(label === '0' ? [0.5, -1, 1, 0] : [1, -2, 2, 0], 2, 2),
      V: f32([1, 0, 0, 1, -1, 1], 3, 2),
      b: null,
      c: null,
      radius: label === '0' ? 1 : 2,
    })),
    values: null,
    at: 0,
    yours: null,
    pin: null,
  },
})

/** Values that came computed, as of an LSTM. */
export const lstmView = (): RnnView => {
  const view = rnnView()
  return {
    ...view,
    title: 'LSTM unrolled',
    data: {
      ...view.data,
      network: 'lstm',
      targets: [1, null, 0],
      weights: [],
      values: {
        h: f32([0.1, -0.2, 0.3, -0.4, 0.5, -0.6], 3, 2),
        probabilities: f32([0.2, 0.5, 0.3, 0.1, 0.1, 0.8, 0.25, 0.5, 0.25], 3, 3),
        norms: f32([1, 0, 0, 0, 0, 0, 0.001, 0.01, 0.1], 3, 3),
        arriving: f32([0.1, 0, 0, 0.2, 0.3, 0], 3, 2),
      },
    },
  }
}
