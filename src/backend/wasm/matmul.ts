/** Matrix products on packed panels. */
import type { Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous } from '../reference/iterate.ts'
import type { Strided } from '../storage.ts'
import { GEMM, MC, NR } from './emit-gemm.ts'
import { SMALL, type Engine } from './engine.ts'

export function products(engine: Engine): Pick<Primitives, 'matmul'> {
  /** Few rows, many columns: threads share the columns. */
  function wide(
    M: number,
    N: number,
    K: number,
    A: number,
    a: Strided,
    packed: number,
    npad: number,
    C: number,
    big: boolean,
  ): void {
    engine.run(
      GEMM,
      'columnsJob',
      [M, N, K, A, 4 * a.strides[1], 4 * a.strides[2], packed, npad, C, 4 * N, 0, 0],
      npad / NR,
      Math.max(1, Math.ceil(npad / NR / 8)),
      big,
    )
  }

  return {
    matmul(a: Strided, b: Strided, out: Strided): void {
      const [B, M, K] = a.shape
      const N = b.shape[2]
      if (
        a.dtype !== 'float32' ||
        b.dtype !== 'float32' ||
        !isContiguous(out) ||
        M * N * K === 0 ||
        M * N * K * B < 512
      ) {
        if (K === 0) referencePrimitives.fill(out, 0)
        else referencePrimitives.matmul(a, b, out)
        return
      }
      const npad = Math.ceil(N / NR) * NR
      for (let n = 0; n < B; n++) {
        const packed = engine.workspace(4 * npad * K + 64)
        const A = engine.address(a) + 4 * n * a.strides[0]
        const W = engine.address(b) + 4 * n * b.strides[0]
        const C = engine.address(out) + 4 * n * out.strides[0]
        const big = M * N * K >= 1 << 17
        const panels = npad / NR
        engine.run(
          GEMM,
          'packBJob',
          [packed, W, 4 * b.strides[1], 4 * b.strides[2], K, N, npad],
          panels,
          Math.max(1, Math.ceil(panels / 16)),
          big && K * N >= SMALL,
        )
        if (M >= 2 * MC || panels < 4) {
          engine.run(
            GEMM,
            'rowsJob',
            [M, N, K, A, 4 * a.strides[1], 4 * a.strides[2], packed, npad, C, 4 * N, 0, 0],
            Math.ceil(M / MC),
            1,
            big,
          )
        } else wide(M, N, K, A, a, packed, npad, C, big)
      }
    },
  }
}
