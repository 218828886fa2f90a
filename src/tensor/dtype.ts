/**
 * Which dtype a result has. The rules are PyTorch's, for the dtypes there are:
 *
 * - Kinds rank bool < whole (uint8, int32) < float (float32, float64); the higher kind wins, within a kind the wider dtype.
 * - A tensor without axes counts only by its kind beside one with axes: float32 [3] · float64 [] is float32.
 * - A number counts as such a tensor: a whole number as int32, another as float32. So uint8 + 1 stays uint8 (and wraps
 *   around at 256), int32 + 0.5 is float32, bool + 1 is int32.
 * - Division, means and functions such as exp of bool and whole tensors compute in float32; sums and products of them in int32.
 * - Whole numbers wrap around, float to whole cuts towards 0, NaN becomes 0, everything but 0 becomes true.
 */
import type { DType } from '../backend/index.ts'

const KIND: Record<DType, number> = { bool: 0, uint8: 1, int32: 1, float32: 2, float64: 2 }
const WIDTH: Record<DType, number> = { bool: 0, uint8: 1, int32: 2, float32: 3, float64: 4 }

export const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64'

/** Whether `a` holds everything `b` does. */
export const isWider = (a: DType, b: DType): boolean => WIDTH[a] > WIDTH[b]

interface Typed {
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** dtype of an operation on two tensors. */
export function promote(x: Typed, y: Typed): DType {
  if (x.dtype === y.dtype) return x.dtype
  if (KIND[x.dtype] !== KIND[y.dtype]) return KIND[x.dtype] > KIND[y.dtype] ? x.dtype : y.dtype
  if ((x.shape.length === 0) !== (y.shape.length === 0))
    return x.shape.length === 0 ? y.dtype : x.dtype
  return isWider(x.dtype, y.dtype) ? x.dtype : y.dtype
}

/** dtype of an operation on a tensor and a number. */
export function promoteNumber(x: Typed, y: number): DType {
  if (isFloat(x.dtype)) return x.dtype
  if (!Number.isInteger(y)) return 'float32'
  return x.dtype === 'bool' ? 'int32' : x.dtype
}
