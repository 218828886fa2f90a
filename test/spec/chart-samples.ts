import { encode } from '../../src/spec/encode.ts'
import type { ChartView, ConfusionView } from '../../src/spec/view.ts'

const base = { spec: 1, id: 'v4', text: 'A title.\nWhat it says.', producer: '0.1.0' } as const
const grey = (n: number) =>
  encode(
    Array.from({ length: 4 * n }, (_, i) => (i % 4) / 4),
    [n, 1, 2, 2],
    'u8',
    [0, 1],
  )

/** Two layers over three shifts, with a band, a reference and a picture for each place. */
export const chartView = (): ChartView => ({
  ...base,
  kind: 'chart',
  title: 'Invariance',
  data: {
    form: 'lines',
    axis: { label: 'pixels to the right', values: [-1, 0, 2], names: null },
    panels: [
      {
        label: 'distance',
        limits: [0, 1],
        percent: true,
        series: [
          { name: 'conv', values: [0.5, 0, 0.75], errors: [0.1, null, 0.05], reference: false },
          { name: 'fc', values: [0.25, null, 1], errors: null, reference: false },
        ],
        level: { value: 0.5, label: 'half' },
      },
      {
        label: 'probability',
        limits: null,
        percent: false,
        series: [{ name: 'as sure as right', values: [0, 0.5, 1], errors: null, reference: true }],
        level: null,
      },
    ],
    pictures: { where: 'places', pixels: grey(3), captions: ['−1', '0', '2'], signed: false },
    sentences: ['conv moves most at 2.'],
    how: 'Measured.',
  },
})

/** Two rows of two columns with error bars. */
export const tableView = (): ChartView => ({
  ...base,
  kind: 'chart',
  title: 'Correspondence',
  data: {
    form: 'rows',
    axis: { label: 'part', values: null, names: ['eye', 'random'] },
    panels: [
      {
        label: 'Δ',
        limits: null,
        percent: false,
        series: [
          { name: 'conv5', values: [0.0667, 0.107], errors: [0.004, 0.0171], reference: false },
          { name: 'conv7', values: [0.069, null], errors: null, reference: false },
        ],
        level: null,
      },
    ],
    pictures: { where: 'side', pixels: grey(1), captions: ['eye'], signed: true },
    sentences: [],
    how: '',
  },
})

/** Three classes; a cat is often taken for a dog. */
export const confusionView = (): ConfusionView => ({
  ...base,
  kind: 'confusion',
  title: 'Confusion',
  shape: '[3, 3]',
  data: {
    labels: ['cat', 'bus', 'dog'],
    counts: encode([6, 0, 4, 1, 9, 0, 2, 0, 8], [3, 3], 'i32'),
    examples: [
      { cell: [0, 2], images: [7, 3], probability: [0.9, 0.8], pixels: grey(2) },
      { cell: [0, 0], images: [1], probability: [0.99], pixels: grey(1) },
    ],
    mistakes: {
      cells: [
        [2, 0],
        [0, 2],
      ],
      images: [5, 7],
      probability: [0.95, 0.9],
      pixels: grey(2),
    },
  },
})
