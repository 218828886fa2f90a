/** Gradients held within limits, in place, between backward and step. */
import { noGrad } from '../autograd/tape.ts'
import { abs, pow, square } from '../ops/elementwise.ts'
import { max, sum } from '../ops/reduce.ts'
import type { Tensor } from '../tensor/tensor.ts'

const gradients = (parameters: Iterable<Tensor>): Tensor[] =>
  [...parameters].flatMap(p => (p.grad ? [p.grad] : []))

/**
 * Scales all gradients so that their norm, taken together, is at most `maxNorm` (Pascanu et al., 2013). Returns the norm before.
 * @param options normType: default 2; Infinity is the largest size
 */
export function clipGradNorm(
  parameters: Iterable<Tensor>,
  maxNorm: number,
  { normType = 2 }: { normType?: number } = {},
): number {
  if (!(maxNorm >= 0)) throw new RangeError(`clipGradNorm: maxNorm ${maxNorm}; at least 0`)
  if (!(normType > 0)) throw new RangeError(`clipGradNorm: normType ${normType}; above 0`)
  return noGrad(() => {
    const gs = gradients(parameters).filter(g => g.size > 0)
    let total = 0
    for (const g of gs)
      if (normType === Infinity) total = Math.max(total, max(abs(g)).item())
      else total += sum(normType === 2 ? square(g) : pow(abs(g), normType)).item()
    const norm = normType === Infinity ? total : total ** (1 / normType)
    const factor = maxNorm / (norm + 1e-6)
    // NaN goes into every gradient, as in PyTorch.
    if (!(factor >= 1)) for (const g of gs) g.mul_(factor)
    return norm
  })
}

/** Every element of every gradient to between −limit and limit. */
export function clipGradValue(parameters: Iterable<Tensor>, limit: number): void {
  if (!(limit >= 0)) throw new RangeError(`clipGradValue: limit ${limit}; at least 0`)
  noGrad(() => {
    for (const g of gradients(parameters)) g.copy_(g.clamp({ min: -limit, max: limit }))
  })
}
