import { restoring } from '../backend/interrupted.ts'
import { noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import { batches, type Dataset } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import { argmax, crossEntropy, eq } from '../ops/index.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Measure } from './options.ts'

export interface Evaluation {
  /** Mean cross-entropy. */
  loss: number
  /** Share of images whose largest logit is that of their class, 0…1. */
  accuracy: number
}

/**
 * Loss and accuracy of a network that gives logits [N, K], over a whole set, in `eval()` and without gradients.
 * @param options batch: examples at once, default 500
 * @throws RangeError when the set is empty
 */
export function evaluate(
  net: Module,
  set: Dataset,
  { batch = 500, onBatch }: { batch?: number; /** @internal */ onBatch?: () => void } = {},
): Evaluation {
  const { loss, accuracy = NaN } = measure(net, set, { batch, onBatch })
  return { loss, accuracy }
}

export interface MeasureOptions {
  batch: number
  /** Mean loss of a batch; cross-entropy with accuracy when left out. */
  loss?: (output: Tensor, y: Tensor) => Tensor
  metrics?: Readonly<Record<string, Measure>>
  onBatch?: () => void
}

/** Means over a set, each batch with the weight of its examples. @internal */
export function measure(
  net: Module,
  set: Dataset,
  { batch, loss: given, metrics = {}, onBatch }: MeasureOptions,
): { loss: number; accuracy?: number; metrics: Record<string, number> } {
  if (set.length === 0) throw new RangeError('evaluate: the set is empty')
  const modes = [...net.namedModules()].map(([, m]) => [m, m.training] as const)
  net.eval()
  let loss = 0
  let right = 0
  let count = 0
  const sums = new Map<string, number>(Object.keys(metrics).map(name => [name, 0]))
  restoring(
    () => {
      for (const { x, y } of batches(set, { size: batch })) {
        noGrad(() => {
          const output = net.call(x)
          const examples = countOf(y, given)
          count += examples
          if (given) loss += given(output, y).item() * examples
          else {
            loss += crossEntropy(output, y, { reduction: 'sum' }).item()
            right += hits(output, y)
          }
          for (const [name, f] of Object.entries(metrics)) {
            const value = f(output, y)
            const number = value instanceof Tensor ? value.item() : value
            sums.set(name, sums.get(name)! + number * examples) // set above for each
          }
        })
        backend().settle()
        onBatch?.()
      }
    },
    () => {
      for (const [m, training] of modes) m.training = training
    },
  )
  const means = [...sums].map(([name, sum]) => [name, sum / count] as const)
  return {
    loss: loss / count,
    ...(given ? {} : { accuracy: right / count }),
    metrics: Object.fromEntries(means),
  }
}

/** What a mean over a batch stands for: cross-entropy is the mean over all labels, a loss of one's own over the examples. @internal */
export function countOf(y: Tensor, loss: MeasureOptions['loss']): number {
  return loss ? y.shape[0] : y.size
}

/** How many rows of logits [N, K] are largest at their class [N]. @internal */
export function hits(logits: Tensor, y: Tensor): number {
  return eq(argmax(logits, { dim: 1 }), y)
    .sum()
    .item()
}
