/** Walking over strided windows in row-major order. */
import type { Strided } from '../storage.ts'

/** Whether the window's elements stand one after the other. */
export function isContiguous(t: Strided): boolean {
  let expected = 1
  for (let d = t.shape.length - 1; d >= 0; d--) {
    if (t.shape[d] !== 1 && t.strides[d] !== expected) return false
    expected *= t.shape[d]
  }
  return true
}

export function sizeOf(shape: readonly number[]): number {
  let n = 1
  for (const s of shape) n *= s
  return n
}

/** Storage index of every element, in row-major order. */
export function indices(t: Strided): Int32Array {
  const n = sizeOf(t.shape)
  const out = new Int32Array(n)
  const rank = t.shape.length
  if (n === 0) return out
  if (isContiguous(t)) {
    for (let i = 0; i < n; i++) out[i] = t.offset + i
    return out
  }
  const at = new Int32Array(rank)
  let p = t.offset
  for (let i = 0; i < n; i++) {
    out[i] = p
    for (let d = rank - 1; d >= 0; d--) {
      p += t.strides[d]
      if (++at[d] < t.shape[d]) break
      p -= t.strides[d] * t.shape[d]
      at[d] = 0
    }
  }
  return out
}
