import { defaultGenerator, type Generator } from '../tensor/random.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { mul } from './elementwise.ts'

/** Sets each element to 0 with probability p and divides the others by 1 − p (Srivastava et al., 2014). Default p 0.5. */
export function dropout(
  x: Tensor,
  {
    p = 0.5,
    training = true,
    generator = defaultGenerator,
  }: { p?: number; training?: boolean; generator?: Generator } = {},
): Tensor {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`dropout: p ${p} is no probability`)
  if (!training || p === 0) return x
  const mask = empty(x.shape, x.dtype)
  const data = mask.storage.data
  for (let i = 0, n = x.size; i < n; i++) data[i] = generator.uniform() < p ? 0 : 1 / (1 - p)
  return mul(x, mask)
}
