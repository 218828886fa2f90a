/** Dropout: random zeros while training. */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { defaultGenerator, type Generator } from '../tensor/random.ts'
import type { AnyTensor, Like } from '../tensor/literal.ts'
import { show } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { mul } from './elementwise.ts'
import { expand } from './views.ts'

export interface DropoutOptions {
  /** Probability of a zero. Default 0.5. */
  p?: number
  /** Else x comes back as it is. Default true. */
  training?: boolean
  /** Default: the one that `manualSeed` seeds. */
  generator?: Generator
}

function drop(
  op: string,
  x: Tensor,
  maskShape: readonly number[],
  { p = 0.5, training = true, generator = defaultGenerator }: DropoutOptions,
): Tensor {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${op}: p ${p} is no probability`)
  if (!training || p === 0) return x
  const mask = empty(maskShape, x.dtype)
  const data = mask.storage.data
  for (let i = 0, n = mask.size; i < n; i++) data[i] = generator.uniform() < p ? 0 : 1 / (1 - p)
  const y = empty(x.shape, x.dtype)
  backend(x.dtype).binary('mul', x, expand(mask, x.shape), y)
  return record(op, [x], { p }, y, gy => [mul(gy, mask)], [mask.storage])
}

/** Sets each element to 0 with probability p and divides the others by 1 − p (Srivastava et al., 2014). Default p 0.5. */
export function dropout<X extends AnyTensor>(x: X, options?: DropoutOptions): Like<X>
export function dropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  return drop('dropout', x, x.shape, options)
}

/** Sets whole channels to 0 with probability p (Tompson et al., 2015). @param x [N, C, H, W] or [C, H, W] */
export function dropout2d<X extends AnyTensor>(x: X, options?: DropoutOptions): Like<X>
export function dropout2d(x: Tensor, options: DropoutOptions = {}): Tensor {
  if (x.ndim !== 4 && x.ndim !== 3)
    throw new RangeError(`dropout2d: x ${show(x.shape)}; it is [N, C, H, W] or [C, H, W]`)
  return drop('dropout2d', x, [...x.shape.slice(0, -2), 1, 1], options)
}
