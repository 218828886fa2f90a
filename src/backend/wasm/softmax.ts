import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import type { Strided } from '../storage.ts'
import { SOFTMAX } from './emit-softmax.ts'
import { SMALL, type Engine } from './engine.ts'

export function softmaxes(engine: Engine): Pick<Primitives, 'softmax' | 'logSoftmax'> {
  function run(log: boolean, x: Strided, dim: number, out: Strided): boolean {
    const size = sizeOf(x.shape)
    if (x.dtype !== 'float32' || !isContiguous(out) || size === 0 || x.shape.length === 0)
      return false
    const dense = engine.dense(x)
    const n = x.shape[dim]
    const inner = sizeOf(x.shape.slice(dim + 1))
    const outer = size / n / inner
    const to = engine.address(out)
    // A number of e to the power of costs as much as some ten additions.
    const parallel = size >= SMALL / 8
    if (inner === 1)
      engine.run(
        SOFTMAX,
        'rows',
        [dense.at, to, n, log ? 1 : 0],
        outer,
        Math.max(1, Math.ceil(2048 / n)),
        parallel,
      )
    else
      engine.run(
        SOFTMAX,
        'columns',
        [dense.at, to, n, log ? 1 : 0, inner],
        outer * Math.ceil(inner / 4),
        Math.max(1, Math.ceil(512 / n)),
        parallel,
      )
    dense.done()
    return true
  }
  return {
    softmax(x, dim, out) {
      if (!run(false, x, dim, out)) referencePrimitives.softmax(x, dim, out)
    },
    logSoftmax(x, dim, out) {
      if (!run(true, x, dim, out)) referencePrimitives.logSoftmax(x, dim, out)
    },
  }
}
