/** What a classifier mixes up, how sure it is, and what a layer already knows. */
import { noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import type { ImageSet } from '../data/index.ts'
import { batches } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import { Linear } from '../nn/layers.ts'
import { SGD } from '../optim/index.ts'
import { crossEntropy, softmax } from '../ops/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { fromFlat } from '../tensor/tensor.ts'
import { Generator } from '../tensor/random.ts'
import { forwardTo, still } from './pass.ts'
import { report, type ProgressOptions } from './progress.ts'

/** What a network says of a whole set. `show` draws what it mixes up. */
export class Predictions {
  /** @internal */
  constructor(
    /** Probabilities, float32 [N, K]. */
    readonly probability: Tensor,
    /** Most likely class, int32 [N]. */
    readonly predicted: Tensor,
    /** True class, int32 [N]. */
    readonly labels: Tensor,
    readonly classes: readonly string[],
    /** The images. */
    readonly set: ImageSet,
  ) {}

  /** Share that is right, 0…1. */
  get accuracy(): number {
    const said = this.predicted.toTypedArray()
    const truth = this.labels.toTypedArray()
    let right = 0
    for (let i = 0; i < said.length; i++) if (said[i] === truth[i]) right++
    return right / said.length
  }

  toString(): string {
    const n = this.labels.size
    return `predictions of ${n} images, ${(this.accuracy * 100).toFixed(1)} % right`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** Probabilities of a network that gives logits [N, K], over a whole set. */
export function predictions(
  net: Module,
  set: ImageSet,
  options: ProgressOptions & { batch?: number } = {},
): Predictions {
  if (set.length === 0) throw new RangeError('predictions: the set has no images')
  const K = set.classes.length
  const p = new Float32Array(set.length * K)
  const predicted = new Int32Array(set.length)
  let done = 0
  still(net, () =>
    noGrad(() => {
      for (const { x } of batches(set, { size: options.batch ?? 500 })) {
        const y = softmax(net.forward(x), 1)
        if (y.shape[1] !== K)
          throw new RangeError(
            `predictions: the network gives ${y.shape[1]} logits, the set has ${K} classes`,
          )
        const part = y.toTypedArray()
        p.set(part, done * K)
        for (let i = 0; i < y.shape[0]; i++) {
          let best = 0
          for (let k = 1; k < K; k++) if (part[i * K + k] > part[i * K + best]) best = k
          predicted[done + i] = best
        }
        done += y.shape[0]
        backend().settle()
        report('predictions', options, done, set.length)
      }
    }),
  )
  return new Predictions(
    fromFlat(p, [set.length, K], 'float32'),
    fromFlat(predicted, [set.length], 'int32'),
    fromFlat(set.labels.toTypedArray(), [set.length], 'int32'),
    set.classes,
    set,
  )
}

/** Which predictions a matrix was counted from. */
const counted = new WeakMap<Tensor, Predictions>()
/** @internal */
export const predictionsOf = (matrix: Tensor): Predictions | null => counted.get(matrix) ?? null

/** Counts, int32 [K, K]: rows are true classes, columns what the network said. `show` opens a cell into its images. */
export function confusionMatrix(
  predictions: Pick<Predictions, 'predicted' | 'labels' | 'classes'>,
): Tensor {
  const { predicted, labels, classes } = predictions
  const K = classes.length
  const counts = new Int32Array(K * K)
  const said = predicted.toTypedArray()
  labels.toTypedArray().forEach((label, i) => counts[label * K + said[i]]++)
  const matrix = fromFlat(counts, [K, K], 'int32')
  if (predictions instanceof Predictions) counted.set(matrix, predictions)
  return matrix
}

export interface Calibration {
  /** For each bin of confidence: its mean confidence, the share that is right, and how many images. Empty bins are left out. */
  bins: { confidence: number; accuracy: number; count: number }[]
  /** Expected calibration error: Σ |accuracy − confidence| · share of the images. */
  error: number
}

/**
 * Is a probability of 0.9 right nine times in ten?
 * Guo, Pleiss, Sun & Weinberger, On calibration of modern neural networks, ICML 2017, equations 2 to 5.
 * @param options bins of equal width, default 10
 */
export function calibration(
  { probability, predicted, labels }: Pick<Predictions, 'probability' | 'predicted' | 'labels'>,
  { bins = 10 }: { bins?: number } = {},
): Calibration {
  if (!(Number.isInteger(bins) && bins >= 1))
    throw new RangeError(`calibration: bins ${bins}; a whole number from 1`)
  const [N, K] = probability.shape
  const p = probability.toTypedArray()
  const said = predicted.toTypedArray()
  const truth = labels.toTypedArray()
  const sums = Array.from({ length: bins }, () => ({ confidence: 0, accuracy: 0, count: 0 }))
  for (let i = 0; i < N; i++) {
    const c = p[i * K + said[i]]
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(c * bins) - 1))]
    bin.confidence += c
    bin.accuracy += said[i] === truth[i] ? 1 : 0
    bin.count++
  }
  const error = sums.reduce((e, b) => e + Math.abs(b.accuracy - b.confidence) / N, 0)
  const filled = sums.filter(b => b.count)
  return {
    bins: filled.map(b => ({
      confidence: b.confidence / b.count,
      accuracy: b.accuracy / b.count,
      count: b.count,
    })),
    error,
  }
}

export interface ProbeOptions extends ProgressOptions {
  layer: string
  /** Default 5. */
  epochs?: number
  /** Default 0.1. */
  lr?: number
  /** Default 64. */
  batch?: number
  /** Default 0. */
  seed?: number
}

/**
 * A linear classifier trained on one layer's values: how much of the answer can already be read off there.
 * Values are scaled to mean 0 and deviation 1 by the training images.
 * Alain & Bengio, Understanding intermediate layers using linear classifier probes, arXiv 1610.01644.
 * @returns accuracy on both sets, 0…1, and the trained layer
 */
export function linearProbe(
  net: Module,
  sets: { train: ImageSet; test: ImageSet },
  options: ProbeOptions,
): { train: number; test: number; probe: Linear } {
  const { layer, epochs = 5, lr = 0.1, batch = 64, seed = 0 } = options
  const train = featuresOf(net, sets.train, layer)
  const test = featuresOf(net, sets.test, layer)
  const mean = train.mean({ dim: 0, keepdim: true })
  const deviation = train.sub(mean).square().mean({ dim: 0, keepdim: true }).sqrt().add(1e-5)
  const scaled = (x: Tensor): Tensor => x.sub(mean).div(deviation)
  const [x, z] = [scaled(train), scaled(test)]
  const generator = new Generator(seed)
  const probe = new Linear(x.shape[1], sets.train.classes.length, { generator })
  const optimizer = new SGD(probe.parameters(), { lr, momentum: 0.9, weightDecay: 1e-4 })
  const y = fromFlat(sets.train.labels.toTypedArray(), [sets.train.length], 'int32')
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = generator.permutation(x.shape[0])
    for (let from = 0; from < order.length; from += batch) {
      const rows = fromFlat(
        order.slice(from, from + batch),
        [Math.min(batch, order.length - from)],
        'int32',
      )
      const loss = crossEntropy(probe.forward(x.indexSelect(0, rows)), y.indexSelect(0, rows))
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
    report('linearProbe', options, epoch + 1, epochs)
  }
  const accuracy = (values: Tensor, set: ImageSet): number =>
    noGrad(() => {
      const said = probe.forward(values).argmax({ dim: 1 }).toTypedArray()
      const truth = set.labels.toTypedArray()
      return Array.from(said).filter((v, i) => v === truth[i]).length / set.length
    })
  return { train: accuracy(x, sets.train), test: accuracy(z, sets.test), probe }
}

/** A layer's values for every image, [N, features]. */
function featuresOf(net: Module, set: ImageSet, layer: string): Tensor {
  if (set.length === 0) throw new RangeError('linearProbe: a set has no images')
  return still(net, () =>
    noGrad(() => {
      let all: Float32Array | null = null
      let done = 0
      for (const { x } of batches(set, { size: 500 })) {
        const values = forwardTo('linearProbe', net, x, layer).values.toTypedArray()
        const width = values.length / x.shape[0]
        all ??= new Float32Array(set.length * width)
        all.set(values, done * width)
        done += x.shape[0]
        backend().settle()
      }
      // The set has images, so there was a batch.
      return fromFlat(all!, [set.length, all!.length / set.length], 'float32')
    }),
  )
}
