import type { BubblesView } from '../../src/spec/view.ts'

/** Four networks of two families; the accuracy of one is not known; d is beaten by b. */
export const bubblesView = (): BubblesView => ({
  spec: 1,
  id: 'v9',
  kind: 'bubbles',
  title: 'Accuracy against complexity',
  text: 'Accuracy against complexity\ntop-1 of 4 networks: 57 (a) to 79 % (b).',
  producer: '0.1.0',
  data: {
    things: 'networks',
    names: ['a', 'b', 'c', 'd'],
    groups: ['old', 'new', 'new', 'old'],
    own: [3],
    named: [0],
    measures: [
      { name: 'operations', unit: 'GFLOPs', values: [0.7, 5, 12, 15], log: true, better: 'less' },
      { name: 'top-1', unit: '%', values: [57, 79, null, 74], log: false, better: 'more' },
      { name: 'parameters', unit: 'million', values: [61, 23, 60, 138], log: true, better: 'less' },
    ],
    x: [0, 2],
    y: [1],
    size: 2,
    claims: [
      { label: '10 to 15 GFLOPs', bands: [{ measure: 0, from: 10, to: 15 }] },
      { label: 'small', bands: [{ measure: 2, from: null, to: 25 }] },
    ],
    source: 'invented for a test',
  },
})
