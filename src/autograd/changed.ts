/**
 * Numbers that a rule reads again on the way back must still be those of the way forward. Each write in place stamps its
 * storage (`backend/storage.ts`), each record on the tape carries the time it was made, and `backward` compares the two
 * for the operations whose rules read operands or result, as PyTorch does with its version counters.
 */
import type { Storage } from '../backend/index.ts'
import type { GradNode, Tensor } from '../tensor/tensor.ts'

/** One number for each operand whose rule reads the others, never itself: an operand counts when another needs a gradient. */
const PRODUCTS = new Set([
  ...['mul', 'matmul', 'linear', 'conv2d', 'conv2dInputGrad', 'conv2dFilterGrad'],
  ...['convTranspose2d', 'einsum'],
])
/** Rules that read their operands. */
const OPERANDS = new Set([
  ...['square', 'pow', 'log', 'log1p', 'log2', 'log10', 'sin', 'cos', 'abs', 'asin', 'acos'],
  ...['asinh', 'acosh', 'atan', 'atanh', 'erf', 'maximum', 'minimum', 'atan2', 'clamp', 'gelu'],
  ...['silu', 'softplus', 'sinh', 'cosh', 'div'],
])
/** Rules that read their result. */
const RESULT = new Set([
  ...['exp', 'expm1', 'sqrt', 'rsqrt', 'reciprocal', 'tan', 'tanh', 'sigmoid', 'relu'],
  ...['softmax', 'logSoftmax'],
])

/** @throws Error when what the rule of `node`, which made `y`, reads was changed in place since */
export function checkUnchanged(node: GradNode, y: Tensor): void {
  const { op, inputs, time } = node
  const later = (s: Storage) => s.changed > time
  let changed: Tensor | undefined
  if (PRODUCTS.has(op))
    // A third operand is the bias, which nothing reads.
    changed = inputs
      .slice(0, 2)
      .find((x, i) => later(x.storage) && inputs.some((o, j) => j !== i && j < 2 && o.requiresGrad))
  else if (OPERANDS.has(op)) changed = inputs.find(x => later(x.storage))
  else if (RESULT.has(op) && later(y.storage)) changed = y
  if (changed)
    throw new Error(
      `backward of ${op}: ${changed === y ? 'its result' : `its operand ${inputs.indexOf(changed)}`} was changed in place after it was computed, so its gradient would be wrong; change a clone(), or use a new tensor`,
    )
}
