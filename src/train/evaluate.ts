import { noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import { batches, type ImageSet } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import { argmax, crossEntropy, eq } from '../ops/index.ts'

export interface Evaluation {
  /** Mean cross-entropy. */
  loss: number
  /** Share of images whose largest logit is that of their class, 0…1. */
  accuracy: number
}

/**
 * Loss and accuracy of a network that gives logits [N, K], over a whole set, in `eval()` and without gradients.
 * @param options batch: images at once, default 500
 * @throws RangeError when the set is empty
 */
export function evaluate(
  net: Module,
  set: ImageSet,
  { batch = 500, onBatch }: { batch?: number; /** @internal */ onBatch?: () => void } = {},
): Evaluation {
  if (set.length === 0) throw new RangeError('evaluate: the set has no images')
  const modes = [...net.namedModules()].map(([, m]) => [m, m.training] as const)
  net.eval()
  let loss = 0
  let right = 0
  try {
    for (const { x, y } of batches(set, { size: batch })) {
      noGrad(() => {
        const logits = net.call(x)
        loss += crossEntropy(logits, y, { reduction: 'sum' }).item()
        right += eq(argmax(logits, { dim: 1 }), y)
          .sum()
          .item()
      })
      backend().settle()
      onBatch?.()
    }
  } finally {
    for (const [m, training] of modes) m.training = training
  }
  return { loss: loss / set.length, accuracy: right / set.length }
}
