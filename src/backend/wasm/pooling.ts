/** Pooling, map by map. */
import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous } from '../reference/iterate.ts'
import type { Strided } from '../storage.ts'
import { POOL } from './emit-pool.ts'
import { SMALL, type Engine } from './engine.ts'

export function pooling(engine: Engine): Pick<Primitives, 'maxPool2d' | 'poolScatter'> {
  return {
    maxPool2d(
      x: Strided,
      out: Strided,
      indices: Strided,
      p: Parameters<Primitives['maxPool2d']>[3],
    ): void {
      const a = engine.flat(x)
      const spaced = p.dilation?.some(d => d !== 1) ?? false
      if (a < 0 || spaced || !isContiguous(out) || !isContiguous(indices))
        return referencePrimitives.maxPool2d(x, out, indices, p)
      const [N, C, H, W] = x.shape
      const [, , HO, WO] = out.shape
      const maps = N * C
      engine.run(
        POOL,
        'maxPoolJob',
        [
          a,
          engine.address(out),
          engine.address(indices),
          H,
          W,
          HO,
          WO,
          ...p.kernel,
          ...p.stride,
          ...p.padding,
        ],
        maps,
        Math.max(1, Math.ceil(maps / 32)),
        maps * H * W >= SMALL,
      )
    },
    poolScatter(g: Strided, indices: Strided, out: Strided): void {
      const a = engine.flat(g)
      if (a < 0 || !isContiguous(out) || !isContiguous(indices) || indices.dtype !== 'int32')
        return referencePrimitives.poolScatter(g, indices, out)
      const maps = g.shape[0] * g.shape[1]
      const size = out.shape[2] * out.shape[3]
      engine.run(
        POOL,
        'poolScatterJob',
        [a, engine.address(indices), engine.address(out), g.shape[2] * g.shape[3], size],
        maps,
        Math.max(1, Math.ceil(maps / 32)),
        maps * size >= SMALL,
      )
    },
  }
}
