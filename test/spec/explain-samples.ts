/** One valid view of each kind of explanation, made by hand, as JSON. */
import { encode } from '../../src/spec/encode.ts'
import type {
  AttributionView,
  OcclusionView,
  ProjectionView,
  TopView,
} from '../../src/spec/view.ts'

const base = { spec: 1, id: 'v2', title: 'unit', text: 'unit.', producer: '0.1.0' } as const
/** 0, 1, 2 … less `from`, as bytes of a shape. */
export const steps = (shape: number[], from = 0, encoding: 'f32' | 'u8' = 'f32') =>
  encode(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i - from),
    shape,
    encoding,
  )

export const projectionView = (): ProjectionView => ({
  ...base,
  kind: 'projection',
  data: {
    unit: { layer: 'conv', unit: 1, at: [0, 1], value: 3 },
    rule: 'deconvnet',
    stages: [
      { name: 'relu', step: 'keep', forward: steps([2, 2, 2]), signal: encode([0, 0, 0, 0, 0, 3, 0, 0], [2, 2, 2], 'f32') },
      { name: 'conv', step: 'rectify', forward: steps([2, 2, 2], 3), signal: encode([0, 0, 0, 0, 0, 3, 0, 0], [2, 2, 2], 'f32') },
      { name: 'input', step: 'filter', forward: steps([1, 3, 3]), signal: steps([1, 3, 3], 4), adjoint: [3, 3.0001] },
    ],
    layers: ['conv'],
  },
}) // prettier-ignore

export const attributionView = (): AttributionView => ({
  ...base,
  kind: 'attribution',
  data: {
    image: encode([0, 0.25, 0.5, 1, 0, 0], [1, 2, 3], 'f32'),
    panels: [
      { name: 'gradient', what: 'The slope.', values: steps([1, 2, 3], 3), signed: true },
      { name: 'Grad-CAM', what: 'The place.', values: steps([1, 2, 3]), signed: false },
    ],
  },
})

export const topView = (): TopView => ({
  ...base,
  kind: 'top',
  data: {
    layer: 'conv',
    rule: 'deconvnet',
    images: 20,
    labels: ['a', 'b'],
    field: [3, 3],
    units: [0, 4].map(unit => ({
      unit,
      top: [9, 8, 7, 6].map((value, n) => ({
        image: 10 * unit + n,
        label: n % 2,
        value,
        at: [0, n],
        inset: n === 3 ? [1, 0] : [0, 0],
        patch: encode(new Array(n === 3 ? 6 : 9).fill(0.5), [1, n === 3 ? 2 : 3, 3], 'u8', [0, 1]),
        projection: steps([1, n === 3 ? 2 : 3, 3], 4),
      })),
      histogram: [10, 4, 3, 2, 1],
      most: 9,
    })),
  },
})

export const occlusionView = (): OcclusionView => ({
  ...base,
  kind: 'occlusion',
  data: {
    image: encode(new Array(16).fill(1), [1, 4, 4], 'f32'),
    size: 3,
    stride: 2,
    fill: 0.5,
    target: 1,
    labels: ['a', 'b'],
    before: [0.25, 0.75],
    probabilities: encode([0.2, 0.8, 0.5, 0.5, 0.9, 0.1, 0.3, 0.7], [2, 2, 2], 'f32'),
    activity: encode([1, 2, 3, 4], [2, 2], 'f32'),
    followed: 'conv, map 2',
  },
})
