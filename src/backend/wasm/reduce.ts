/** Reductions along axes: any of them, one run of neighbouring axes after the other. */
import type { Primitives, ReduceName } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import { COLUMN_BLOCK, REDUCE } from './emit-reduce.ts'
import { SMALL, type Engine } from './engine.ts'

/** Numbers of one part of a long sum. Fixed, so that the result does not depend on who adds. */
const PART = 4096

interface Run {
  size: number
  /** Reduced. */
  gone: boolean
}

/** Neighbouring axes with the same fate as one; axes of one element are left out. */
function runsOf(shape: readonly number[], dims: readonly number[]): Run[] {
  const runs: Run[] = []
  shape.forEach((size, d) => {
    if (size === 1) return
    const gone = dims.includes(d)
    const last = runs[runs.length - 1]
    if (last?.gone === gone) last.size *= size
    else runs.push({ size, gone })
  })
  return runs
}

export function reductions(engine: Engine): Pick<Primitives, 'reduce'> {
  function columns(
    name: ReduceName,
    x: number,
    out: number,
    outer: number,
    rows: number,
    m: number,
  ): void {
    const units = outer * Math.ceil(m / COLUMN_BLOCK)
    const n = outer * rows * m
    engine.run(
      REDUCE[name],
      'columns',
      [x, out, rows, m],
      units,
      Math.max(1, Math.ceil(units / 32)),
      n >= SMALL,
    )
  }
  function middle(
    name: ReduceName,
    x: number,
    out: number,
    outer: number,
    mid: number,
    inner: number,
  ): void {
    engine.run(
      REDUCE[name],
      'middle',
      [x, out, outer, mid, inner],
      mid,
      Math.max(1, Math.ceil(mid / 32)),
      outer * mid * inner >= SMALL,
    )
  }
  function whole(name: ReduceName, x: number, out: number, n: number): void {
    if (n < 2 * PART) return middle(name, x, out, 1, 1, n)
    const parts = Math.floor(n / PART)
    const rest = n - parts * PART
    const sums = engine.temporary(parts + 1)
    middle(name, x, sums.at, 1, parts, PART)
    if (rest) middle(name, x + 4 * parts * PART, sums.at + 4 * parts, 1, 1, rest)
    middle(name, sums.at, out, 1, 1, parts + (rest ? 1 : 0))
    sums.done()
  }

  return {
    reduce(name, x, dims, out) {
      if (
        x.dtype !== 'float32' ||
        out.dtype !== 'float32' ||
        !isContiguous(out) ||
        sizeOf(x.shape) === 0 ||
        sizeOf(x.shape) < 16
      )
        return referencePrimitives.reduce(name, x, dims, out)
      const dense = engine.dense(x)
      const runs = runsOf(x.shape, dims)
      const to = engine.address(out)
      let from = dense.at
      const temporary: { done: () => void }[] = []
      const size = (k: number) => runs[k]?.size ?? 1
      for (;;) {
        const gone = runs.filter(r => r.gone).length
        const [first, last] = [runs[0], runs[runs.length - 1]]
        if (gone === 0) {
          // Only axes of one element were to go.
          new Float32Array(engine.heap.memory.buffer, to, sizeOf(out.shape)).set(
            new Float32Array(engine.heap.memory.buffer, from, sizeOf(out.shape)),
          )
          break
        }
        if (runs.length === 1) {
          whole(name, from, to, size(0))
          break
        }
        if (runs.length === 2) {
          if (last.gone) middle(name, from, to, 1, size(0), size(1))
          else columns(name, from, to, 1, size(0), size(1))
          break
        }
        if (runs.length === 3) {
          if (first.gone) middle(name, from, to, size(0), size(1), size(2))
          else columns(name, from, to, size(0), size(1), size(2))
          break
        }
        // The last run that goes, by itself; then again.
        const k = runs.map(r => r.gone).lastIndexOf(true)
        const outer = runs.slice(0, k).reduce((p, r) => p * r.size, 1)
        const inner = size(k + 1)
        const part = engine.temporary(outer * inner)
        temporary.push(part)
        if (inner === 1) middle(name, from, part.at, 1, outer, size(k))
        else columns(name, from, part.at, outer, size(k), inner)
        from = part.at
        runs.splice(k, 1)
        if (runs[k] && runs[k - 1]) {
          runs[k - 1].size *= runs[k].size
          runs.splice(k, 1)
        }
      }
      for (const t of temporary) t.done()
      dense.done()
    },
  }
}
