/** Matrix products: packed into panels, or read as they are where one operand has only a few rows. */
import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous } from '../reference/iterate.ts'
import { COLUMNS, DOT, DOTS } from './emit-dot.ts'
import { GEMM, MC, NR } from './emit-gemm.ts'
import { SMALL, type Engine } from './engine.ts'

/** Products with fewer multiplications are quicker on one thread. */
const ALONE = 1 << 17
/** Rows up to which packing the other operand costs more than it saves. */
const FEW = 5

/** One product of matrices in memory; strides in bytes. */
export interface Product {
  m: number
  n: number
  k: number
  a: number
  aRow: number
  aColumn: number
  b: number
  bRow: number
  bColumn: number
  c: number
  /** Bytes from one row of c to the next. */
  cRow: number
}

export function multiply(engine: Engine, q: Product): void {
  const { m, n, k } = q
  const parallel = m * n * k >= ALONE
  if (m <= FEW && q.aColumn === 4 && q.bRow === 4) {
    const groups = Math.ceil(n / DOTS)
    engine.run(
      DOT,
      'rows',
      [m, n, k, q.a, q.aRow, q.b, q.bColumn, q.c, q.cRow],
      groups,
      Math.max(1, Math.ceil(groups / 32)),
      parallel,
    )
    return
  }
  if (m <= FEW && q.bColumn === 4) {
    const groups = Math.ceil(n / COLUMNS)
    engine.run(
      DOT,
      'columns',
      [m, n, k, q.a, q.aRow, q.aColumn, q.b, q.bRow, q.c, q.cRow],
      groups,
      Math.max(1, Math.ceil(groups / 16)),
      parallel,
    )
    return
  }
  const panels = Math.ceil(n / NR)
  const packed = engine.workspace(4 * panels * NR * k + 64)
  engine.run(
    GEMM,
    'packBJob',
    [packed, q.b, q.bRow, q.bColumn, k, n, panels * NR],
    panels,
    Math.max(1, Math.ceil(panels / 16)),
    parallel && k * n >= SMALL,
  )
  const args = [m, n, k, q.a, q.aRow, q.aColumn, packed, panels * NR, q.c, q.cRow, 0, 0]
  // Threads share the rows, or the columns where rows are few.
  if (m >= 4 * MC || panels < 4) engine.run(GEMM, 'rowsJob', args, Math.ceil(m / MC), 1, parallel)
  else engine.run(GEMM, 'columnsJob', args, panels, Math.max(1, Math.ceil(panels / 8)), parallel)
}

export function products(engine: Engine): Pick<Primitives, 'matmul'> {
  return {
    matmul(a, b, out) {
      const [B, M, K] = a.shape
      const N = b.shape[2]
      const floats = a.dtype === 'float32' && b.dtype === 'float32' && out.dtype === 'float32'
      if (!floats || !isContiguous(out) || B * M * N * K < 256)
        return referencePrimitives.matmul(a, b, out)
      const [A, W, C] = [engine.address(a), engine.address(b), engine.address(out)]
      for (let i = 0; i < B; i++)
        multiply(engine, {
          m: M,
          n: N,
          k: K,
          a: A + 4 * i * a.strides[0],
          aRow: 4 * a.strides[1],
          aColumn: 4 * a.strides[2],
          b: W + 4 * i * b.strides[0],
          bRow: 4 * b.strides[1],
          bColumn: 4 * b.strides[2],
          c: C + 4 * i * M * N,
          cRow: 4 * N,
        })
    },
  }
}
