/** Normalisation of x [A, B, S]: batches (B channels) and layers (B rows). */
import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import type { Strided } from '../storage.ts'
import { NORMALIZE } from './emit-normalize.ts'
import { SMALL, type Engine } from './engine.ts'

export function normalisation(
  engine: Engine,
): Pick<Primitives, 'moments' | 'normalize' | 'normalizeGrad'> {
  const fits = (...tensors: (Strided | null)[]) =>
    tensors.every(t => !t || (t.dtype === 'float32' && isContiguous(t) && sizeOf(t.shape) > 0))
  function run(name: string, shape: readonly number[], rest: readonly number[], numbers: number[]) {
    const [A, B, S] = shape
    engine.run(
      NORMALIZE,
      name,
      [A, B, S, ...rest],
      B,
      Math.max(1, Math.ceil(B / 32)),
      A * B * S >= SMALL,
      numbers,
    )
  }
  const at = (t: Strided | null) => (t ? engine.address(t) : 0)
  return {
    moments(x, mean, variance) {
      if (!fits(x, mean, variance)) return referencePrimitives.moments(x, mean, variance)
      const count = x.shape[0] * x.shape[2]
      run('moments', x.shape, [x, mean, variance].map(at), [1 / count])
    },
    normalize(x, mean, scale, shift, out) {
      if (!fits(x, mean, scale, shift, out))
        return referencePrimitives.normalize(x, mean, scale, shift, out)
      run('normalize', x.shape, [x, mean, scale, shift, out].map(at), [])
    },
    normalizeGrad(gy, x, mean, rstd, scale, gx, sumG, sumGX) {
      const all = [gy, x, mean, rstd, scale, gx, sumG, sumGX]
      if (!fits(...all))
        return referencePrimitives.normalizeGrad(gy, x, mean, rstd, scale, gx, sumG, sumGX)
      run('normalizeGrad', x.shape, all.map(at), [1 / (x.shape[0] * x.shape[2])])
    },
  }
}
