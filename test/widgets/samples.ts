// Views as the library makes them, and the tensors they were made of.
import { vi } from 'vitest'
import {
  conv2d,
  lenet,
  manualSeed,
  show,
  tensor,
  trace,
  trainingLog,
  type Tensor,
} from '../../src/index.ts'
import type { NetworkTrace } from '../../src/explain/trace.ts'
import type { ShowOptions } from '../../src/show/options.ts'
import type {
  ConvView,
  MapsView,
  TensorView,
  TrainingView,
  ViewSpec,
} from '../../src/spec/index.ts'
import { encode, parseView } from '../../src/spec/index.ts'

/** What `show` saves, read as a page reads it. Without a kernel `show` prints its text: not here. */
export function saved<V extends ViewSpec>(thing: unknown, options?: ShowOptions): V {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const view = show(thing as Tensor, options)
    return parseView(JSON.parse(JSON.stringify(view.spec))) as V // the caller names the thing's kind
  } finally {
    log.mockRestore()
  }
}

// Lecture 1's image and filter.
export const IMAGE = [
  [1, 0, 0, 0, 0, 1],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 1, 0, 0],
  [1, 0, 0, 0, 1, 0],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 0, 1, 0],
]
export const FILTER = [
  [1, -1, -1],
  [-1, 1, -1],
  [-1, -1, 1],
]
export const OUTPUT = [
  [3, -1, -3, -1],
  [-3, 1, 0, -3],
  [-3, -3, 0, 1],
  [3, -2, -2, -1],
]

export const convView = (options?: ShowOptions, conv = {}): ConvView =>
  saved(
    trace(() => conv2d(tensor(IMAGE), tensor(FILTER), conv)),
    options,
  )

/** Any convolution: x [C, H, W], w [K, C, h, k], bias [K]. */
export const convOf = (x: Tensor, w: Tensor, conv = {}, options?: ShowOptions): ConvView =>
  saved(
    trace(() => conv2d(x, w, conv)),
    options,
  )

/** An image with its numbers from 0 to 1, all different. */
export const ramp = (...shape: number[]): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1)
  return tensor(Float32Array.from({ length: n }, (_, i) => ((i * 37) % n) / n)).reshape(shape)
}

export function network(): { traced: NetworkTrace; view: MapsView } {
  manualSeed(3)
  const traced = trace(lenet(), ramp(1, 28, 28))
  return {
    traced,
    view: saved(traced, { inputs: ramp(3, 1, 28, 28), labels: [...'abcdefghij'] }),
  }
}

export const tensorView = (values: Tensor, options?: ShowOptions): TensorView =>
  saved(values, options)

/** A run of two epochs of three steps, each tested. */
export function trainingView(epochs = 2): TrainingView {
  const log = trainingLog({ epochs: 4, stepsPerEpoch: 3 })
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let step = 0; step < 3; step++) log.report({ loss: 2 - 0.2 * (3 * epoch + step) })
    log.report({ testLoss: 1.5 - 0.1 * epoch, testAccuracy: 0.5 + 0.1 * epoch })
  }
  return saved(log)
}

/** A run of two epochs of three steps with snapshots at 0, 1 and 2 of two layers, and a branch at epoch 1. */
export function runView(): TrainingView {
  const view = trainingView()
  const { data } = view
  data.state = 'paused'
  data.points = [
    ...[0, 1, 2].map(n => ({ step: n + 1, epoch: (n + 1) / 3, loss: 2 - 0.2 * n, accuracy: 0.75 })),
    { step: 3, epoch: 1, testLoss: 1, testAccuracy: 0.6 },
    ...[3, 4, 5].map(n => ({ step: n + 1, epoch: (n + 1) / 3, loss: 1, accuracy: 0.85 })),
    { step: 6, epoch: 2, testLoss: 0.9, testAccuracy: 0.7 },
  ]
  const snapshots = (epochs: number[]) => {
    const S = epochs.length
    const heights = Array.from({ length: S * 2 * 3 * 41 }, (_, i) => (i % 41) / 40)
    const seen = (s: number, limit: number) => (epochs[s] === 0 ? NaN : limit)
    return {
      steps: epochs.map(e => 3 * e),
      epochs,
      heights: encode(heights, [S, 2, 3, 41], 'u8', [0, 1]),
      limits: encode(epochs.flatMap((_, s) => [1, seen(s, 0.5), 2, 1, seen(s, 0.5), 2]), [S, 2, 3], 'f32'), // prettier-ignore
      facts: encode(epochs.flatMap((_, s) => [seen(s, 0.05), 1, NaN, seen(s, 1e-3), NaN, NaN]), [S, 2, 3], 'f32'), // prettier-ignore
    }
  }
  data.history = {
    name: 'lr 0.1',
    layers: [
      { name: 'conv', units: 4 },
      { name: 'fc', units: 2 },
    ],
    images: 50,
    snapshots: snapshots([0, 1, 2]),
    broken: null,
    branches: [
      {
        name: 'lr 0.01',
        from: { run: 0, step: 3, epoch: 1 },
        state: 'paused',
        points: [
          { step: 6, epoch: 2, loss: 0.8, accuracy: 0.8 },
          { step: 6, epoch: 2, testLoss: 0.95, testAccuracy: 0.65 },
        ],
        snapshots: snapshots([1, 2]),
        broken: null,
      },
    ],
    left: '',
  }
  return parseView(JSON.parse(JSON.stringify(view))) as TrainingView // one kind in, the same out
}
