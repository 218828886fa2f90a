/** One valid view of each kind for recurrent networks, made by hand, as JSON. */
import { encode } from '../../src/spec/encode.ts'
import type { ReadingView, RnnView } from '../../src/spec/view.ts'

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

const TEXT = [...'ab (ab) ab\nba']
const along = (f: (t: number) => number) => TEXT.map((_, t) => f(t))

/** An LSTM of three cells that has read 13 characters; cell 1 is on inside the brackets. */
export const readingView = (): ReadingView => {
  const T = TEXT.length
  const inside = (t: number) => (t >= 3 && t < 6 ? 1 : -1)
  return {
    ...base,
    title: 'LSTM, 3 cells',
    kind: 'reading',
    data: {
      network: 'lstm',
      state: 'c',
      characters: TEXT,
      before: 'xy ',
      states: encode(along(t => t).flatMap(t => [Math.sin(t), inside(t), 0]), [T, 3], 'f32'),
      vocabulary: ['\n', ' ', '(', ')', 'a', 'b'],
      expected: {
        characters: encode(along(t => t).flatMap(t => [t % 6, (t + 1) % 6]), [T, 2], 'i32'),
        probabilities: encode(along(() => 0).flatMap(() => [0.6, 0.25]), [T, 2], 'f32'),
      },
      next: encode(along(t => (t < T - 1 ? 0.5 : NaN)), [T], 'f32'),
      influence: encode(along(() => 0).flatMap(() => [1, 0.5, 0.25]), [T, 3], 'f32'),
      features: [
        { name: 'vowel', units: [{ unit: 2, correlation: 0.3, auc: 0.6, p: 0.4 }] },
        { name: 'inside brackets', units: [{ unit: 1, correlation: 1, auc: 1, p: 0.005 }, { unit: 0, correlation: -0.2, auc: 0.4, p: 0.9 }] },
      ],
      gates: [
        {
          unit: 1,
          rows: [
            { name: 'input', values: encode(along(() => 0.5), [T], 'f32') },
            { name: 'forget', values: encode(along(t => (t === 6 ? 0.01 : 0.99)), [T], 'f32') },
            { name: 'output', values: encode(along(() => 0.5), [T], 'f32') },
            { name: 'candidate', values: encode(along(inside), [T], 'f32') },
            { name: 'memory', values: encode(along(t => 2 * inside(t)), [T], 'f32') },
          ],
        },
      ],
      reach: [
        { name: 'LSTM, 3 cells', influence: [0.4, 0.35, 0.25], half: 1 },
        { name: 'RNN, 3 units', influence: [0.8, 0.15, 0.05], half: 0 },
      ],
      unit: 1,
      pin: null,
      mode: 'cell',
    },
  } // prettier-ignore
}
