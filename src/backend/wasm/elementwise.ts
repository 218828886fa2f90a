/** Numbers one by one: which kernel serves which operands. What has none runs the reference's loops on the heap's views. */
import type { BinaryName, Primitives } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import type { Strided } from '../storage.ts'
import { BINARY_FAMILIES, UNARY_FAMILIES } from './emit-elementwise.ts'
import { BLOCK, SMALL, type Engine } from './engine.ts'

export function elementwise(
  engine: Engine,
): Pick<Primitives, 'fill' | 'copy' | 'unary' | 'binary' | 'accumulate'> {
  function vectorised(name: BinaryName, a: Strided, b: Strided, out: Strided): boolean {
    const family = BINARY_FAMILIES[name]
    if (!family) return false
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return false
    const o = engine.flat(out)
    if (o < 0) return false
    const n = sizeOf(out.shape)
    const steps = [a, b].map(t =>
      isContiguous(t) ? 4 : t.strides.every((s, d) => s === 0 || t.shape[d] === 1) ? 0 : -1,
    )
    if (steps[0] >= 0 && steps[1] >= 0) {
      engine.run(
        family,
        'binary',
        [engine.address(a), engine.address(b), o, ...steps],
        n,
        BLOCK,
        n >= SMALL,
      )
      return true
    }
    if (steps[0] !== 4) return false
    // b repeats: one number a row, or one row for all.
    const rank = out.shape.length
    let inner = rank
    while (inner > 0 && b.strides[inner - 1] === 0) inner--
    const m = sizeOf(out.shape.slice(inner))
    if (inner < rank && inner > 0) {
      let outer = inner
      let expected = 1
      while (outer > 0 && (b.strides[outer - 1] === expected || b.shape[outer - 1] === 1))
        expected *= b.shape[--outer]
      if (b.strides.slice(0, outer).every(s => s === 0)) {
        engine.run(
          family,
          'rows',
          [engine.address(a), engine.address(b), o, m, 1, expected],
          n / m,
          Math.max(1, Math.floor(BLOCK / m)),
          n >= SMALL,
        )
        return true
      }
    } else if (inner === rank) {
      let outer = rank
      let expected = 1
      while (outer > 0 && (b.strides[outer - 1] === expected || b.shape[outer - 1] === 1))
        expected *= b.shape[--outer]
      if (outer > 0 && b.strides.slice(0, outer).every(s => s === 0)) {
        engine.run(
          family,
          'rows',
          [engine.address(a), engine.address(b), o, expected, 0, 1],
          n / expected,
          Math.max(1, Math.floor(BLOCK / expected)),
          n >= SMALL,
        )
        return true
      }
    }
    return false
  }

  return {
    fill(out: Strided, value: number): void {
      if (isContiguous(out))
        out.storage.data.fill(value, out.offset, out.offset + sizeOf(out.shape))
      else referencePrimitives.fill(out, value)
    },
    copy(x: Strided, out: Strided): void {
      if (x.dtype === out.dtype && isContiguous(x) && isContiguous(out)) {
        const n = sizeOf(x.shape)
        if (x.storage.address >= 0) engine.heap.address(x.storage)
        const from = x.storage.data
        out.storage.data.set(from.subarray(x.offset, x.offset + n), out.offset)
      } else referencePrimitives.copy(x, out)
    },
    unary(name: Parameters<Primitives['unary']>[0], x: Strided, out: Strided): void {
      const family = UNARY_FAMILIES[name]
      const [a, o] = [engine.flat(x), engine.flat(out)]
      if (a < 0 || o < 0 || !family) return referencePrimitives.unary(name, x, out)
      const n = sizeOf(out.shape)
      engine.run(family, 'unary', [a, o], n, BLOCK, n >= SMALL)
    },
    binary(name: Parameters<Primitives['binary']>[0], a: Strided, b: Strided, out: Strided): void {
      if (vectorised(name, a, b, out)) return
      referencePrimitives.binary(name, a, b, out)
    },
    accumulate(x: Strided, out: Strided): void {
      const [a, o] = [engine.flat(x), engine.flat(out)]
      if (a < 0 || o < 0) return referencePrimitives.accumulate(x, out)
      const n = sizeOf(out.shape)
      engine.run(BINARY_FAMILIES.add, 'binary', [o, a, o, 4, 4], n, BLOCK, n >= SMALL)
    },
  }
}
