/** Reductions along axes. */
import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import type { Strided } from '../storage.ts'
import { REDUCE } from './emit-reduce.ts'
import { SMALL, type Engine } from './engine.ts'

export function reductions(engine: Engine): Pick<Primitives, 'reduce'> {
  return {
    reduce(
      name: Parameters<Primitives['reduce']>[0],
      x: Strided,
      dims: readonly number[],
      out: Strided,
    ): void {
      const a = name === 'sum' ? engine.flat(x) : -1
      const o = a >= 0 ? engine.flat(out) : -1
      // x as [outer, mid, inner], outer and inner summed.
      const real = x.shape.map((s, d) => ({ s, gone: dims.includes(d) })).filter(({ s }) => s !== 1)
      const pattern = real.map(({ gone }) => (gone ? 's' : 'k')).join('')
      if (o < 0 || !/^s*k*s*$/.test(pattern) || real.some(({ s }) => s === 0))
        return referencePrimitives.reduce(name, x, dims, out)
      const first = pattern.indexOf('k')
      const last = pattern.lastIndexOf('k')
      const size = (from: number, to: number) => real.slice(from, to).reduce((p, { s }) => p * s, 1)
      const [outer, mid, inner] =
        first < 0
          ? [1, 1, size(0, real.length)]
          : [size(0, first), size(first, last + 1), size(last + 1, real.length)]
      const big = outer * mid * inner >= SMALL
      if (inner === 1) engine.run(REDUCE, 'sumRows', [a, o, outer, mid], mid, 64, big)
      else engine.run(REDUCE, 'sumMiddle', [a, o, outer, mid, inner], mid, 1, big)
    },
  }
}
