/** Backward rules that stand in for an operation's own, for a region: the deconvnet is one tape with another rule for relu. */
import { onInterrupted } from '../backend/interrupted.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Gradients of the inputs, in their order, from the gradient of the output y. */
export type Rule = (gy: Tensor, inputs: readonly Tensor[], y: Tensor) => readonly (Tensor | null)[]

let rules: Record<string, Rule> = Object.create(null)
onInterrupted(() => (rules = Object.create(null)))

/**
 * Runs `f`; every backward pass inside it uses these rules instead of the operations' own. Regions nest.
 *
 *     withRules({ relu: gy => [relu(gy)] }, () => grad(unit, [image]))   // the deconvnet's rule
 */
export function withRules<T>(replaced: Record<string, Rule>, f: () => T): T {
  const before = rules
  rules = Object.assign(Object.create(null), before, replaced)
  try {
    return f()
  } finally {
    rules = before
  }
}

/** @internal */
export const ruleFor = (op: string): Rule | undefined => rules[op]
