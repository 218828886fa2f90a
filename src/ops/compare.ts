/** Questions about elements, answered by bool tensors, and what depends on the answer. Shapes broadcast. */
import { backend } from '../backend/index.ts'
import type { CompareName } from '../backend/primitives.ts'
import { compose } from '../autograd/compose.ts'
import { noGrad, record } from '../autograd/tape.ts'
import { broadcast, sameShape, show } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { constant, empty } from '../tensor/tensor.ts'
import { abs, add, mul, sub, to, type Operand } from './elementwise.ts'
import { operands, spread, unbroadcast } from './operands.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './compare.ts'

function compare(name: CompareName) {
  return (a: Operand, b: Operand): Tensor => {
    const [x, y] = operands(name, a, b)
    const shape = broadcast(name, x.shape, y.shape)
    const out = empty(shape, 'bool')
    backend(x.dtype).compare(name, spread(x, shape), spread(y, shape), out)
    return out
  }
}
/** x = y, element by element; a bool tensor. NaN equals nothing. */
export const eq = compare('eq')
/** x ≠ y; a bool tensor. */
export const ne = compare('ne')
/** x < y; a bool tensor. */
export const lt = compare('lt')
/** x ≤ y; a bool tensor. */
export const le = compare('le')
/** x > y; a bool tensor. */
export const gt = compare('gt')
/** x ≥ y; a bool tensor. */
export const ge = compare('ge')

/** true where x is NaN. */
export function isnan(x: Tensor): Tensor {
  const y = empty(x.shape, 'bool')
  backend(x.dtype).unary('isnan', x, y)
  return y
}
/** true where x is ∞ or −∞. */
export const isinf = (x: Tensor): Tensor => noGrad(() => eq(abs(x), Infinity))
/** true where x is neither NaN nor infinite. */
export const isfinite = (x: Tensor): Tensor => noGrad(() => lt(abs(x), Infinity))

/** true where x is 0 or false. */
export function logicalNot(x: Tensor): Tensor {
  const y = empty(x.shape, 'bool')
  backend(x.dtype).unary('not', x, y)
  return y
}
/** true where both are (numbers: not 0). */
export const logicalAnd = (x: Tensor, y: Tensor): Tensor => mul(to(x, 'bool'), to(y, 'bool'))
/** true where one or both are. */
export const logicalOr = (x: Tensor, y: Tensor): Tensor =>
  ne(add(to(to(x, 'bool'), 'uint8'), to(to(y, 'bool'), 'uint8')), 0)
/** true where exactly one is. */
export const logicalXor = (x: Tensor, y: Tensor): Tensor => ne(to(x, 'bool'), to(y, 'bool'))

/** x where the condition holds, else y; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [x, y] =
    typeof a === 'number' && typeof b === 'number'
      ? [constant(a, 'float32'), constant(b, 'float32')]
      : operands('where', a, b)
  const shape = broadcast('where', broadcast('where', condition.shape, x.shape), y.shape)
  const out = empty(shape, x.dtype)
  backend(x.dtype).where(spread(condition, shape), spread(x, shape), spread(y, shape), out)
  return record('where', [x, y], { condition }, out, gy => [
    x.requiresGrad ? unbroadcast(where(condition, gy, 0), x) : null,
    y.requiresGrad ? unbroadcast(where(condition, 0, gy), y) : null,
  ])
}

/** x with `value` where the mask (which broadcasts to x) holds. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  if (!sameShape(broadcast('maskedFill', x.shape, mask.shape), x.shape))
    throw new RangeError(`maskedFill: mask ${show(mask.shape)} does not fit into ${show(x.shape)}`)
  return compose(
    'maskedFill',
    [x],
    { mask, value },
    () => where(mask, constant(value, x.dtype), x),
    gy => [where(mask, 0, gy)],
  )
}

export interface CloseOptions {
  /** Relative tolerance. Default 1e-5. */
  rtol?: number
  /** Absolute tolerance. Default 1e-8. */
  atol?: number
  /** Whether NaN counts as close to NaN. Default false. */
  equalNan?: boolean
}
/** true where |x − y| ≤ atol + rtol·|y|. */
export function isclose(
  x: Tensor,
  y: Tensor,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: CloseOptions = {},
): Tensor {
  return noGrad(() => {
    const near = logicalOr(
      eq(x, y),
      logicalAnd(isfinite(y), le(abs(sub(x, y)), add(mul(abs(y), rtol), atol))),
    )
    return equalNan ? logicalOr(near, logicalAnd(isnan(x), isnan(y))) : near
  })
}
/** Whether all elements are close; shapes must broadcast. */
export const allclose = (x: Tensor, y: Tensor, options?: CloseOptions): boolean =>
  isclose(x, y, options)
    .toTypedArray()
    .every((v: number) => v !== 0)
/** Whether shape and every element are the same. */
export const equal = (x: Tensor, y: Tensor): boolean =>
  sameShape(x.shape, y.shape) &&
  eq(x, y)
    .toTypedArray()
    .every((v: number) => v !== 0)

const table = {
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  isnan,
  isinf,
  isfinite,
  logicalNot,
  logicalAnd,
  logicalOr,
  logicalXor,
  maskedFill,
  isclose,
  allclose,
  equal,
}
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<typeof table, typeof self> {}
}
