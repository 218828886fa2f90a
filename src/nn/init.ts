/** Initial values, PyTorch's defaults. */
import { rand } from '../tensor/create.ts'
import type { Generator } from '../tensor/random.ts'
import { noGrad } from '../autograd/tape.ts'
import { mul, sub } from '../ops/elementwise.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Uniform in [−bound, bound). */
export function uniform(shape: readonly number[], bound: number, generator?: Generator): Tensor {
  return noGrad(() => mul(sub(mul(rand(shape, { generator }), 2), 1), bound))
}

/** Kaiming uniform with a = √5 (He et al., 2015): bound 1 / √fanIn, what PyTorch gives Linear and Conv2d. */
export function kaimingUniform(
  shape: readonly number[],
  fanIn: number,
  generator?: Generator,
): Tensor {
  return uniform(shape, 1 / Math.sqrt(fanIn), generator)
}
