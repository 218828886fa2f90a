import { encode } from '../../src/spec/encode.ts'
import type { EvolutionView } from '../../src/spec/view.ts'

/** Three snapshots of two units of `conv` (2×2 fields) and of one of `deep` (3×3, in colour); pictures at the first and the last two. */
export function evolutionView(): EvolutionView {
  const winner = (image: number, value: number, patch: number, changed = false) => ({
    image,
    label: image % 2,
    value,
    at: [0, 1] as [number, number],
    limit: 0.5 * value,
    patch,
    changed,
  })
  const ramp = (shape: number[], lo: number, hi: number) => {
    const n = shape.reduce((a, b) => a * b, 1)
    return encode(
      Array.from({ length: n }, (_, i) => lo + ((hi - lo) * i) / (n - 1)),
      shape,
      'f32',
    )
  }
  return {
    spec: 1,
    id: 'v3',
    kind: 'evolution',
    title: 'Filters over training',
    shape: '4 snapshots',
    from: 'winners over 50 images',
    text: 'Filters over training.',
    producer: '0.1.0',
    data: {
      all: [0, 1, 2, 4],
      epochs: [0, 2, 3],
      accuracy: [null, 0.5, 0.625, 0.75],
      rule: 'deconvnet',
      images: 50,
      labels: ['boot', 'bag'],
      layers: [
        {
          name: 'conv',
          units: [
            {
              unit: 2,
              winners: [winner(4, 2, 0), winner(7, 4, 1, true), winner(7, 8, 1)],
              projections: ramp([3, 1, 2, 2], -1, 1),
              patches: ramp([2, 1, 2, 2], 0, 1),
            },
            {
              unit: 5,
              winners: [winner(3, 1, 0), winner(3, 2, 0), winner(3, 3, 0)],
              projections: ramp([3, 1, 2, 2], -1, 1),
              patches: ramp([1, 1, 2, 2], 0, 1),
            },
          ],
        },
        {
          name: 'deep',
          units: [
            {
              unit: 0,
              winners: [winner(0, 1, 0), winner(1, 1, 1, true), winner(0, 1, 0, true)],
              projections: ramp([3, 3, 3, 3], -1, 1),
              patches: ramp([2, 3, 3, 3], 0, 1),
            },
          ],
        },
      ],
      convergence: [
        { layer: 'conv', left: [1, 0.5, 0.25, 0], half: 1, convolution: true },
        { layer: 'fc', left: [1, 0.75, 0.5, 0], half: 2, convolution: false },
      ],
      filters: { layer: 'conv', channels: 1, values: ramp([4, 2, 2, 2], -1, 1) },
      verdict: ['Halfway to their last weights: conv at epoch 1, fc at epoch 2.', 'Yes.'],
      left: '3 of 4 snapshots have pictures',
    },
  }
}
