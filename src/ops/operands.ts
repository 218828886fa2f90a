/** What operations are built from: operands brought to one dtype and shape, gradients brought back. */
import { backend, type DType } from '../backend/index.ts'
import type { UnaryName } from '../backend/primitives.ts'
import { record } from '../autograd/tape.ts'
import { isFloat, isWider, promote, promoteNumber } from '../tensor/dtype.ts'
import type { AnyTensor, Like } from '../tensor/literal.ts'
import { sameShape, type Shape } from '../tensor/shape.ts'
import { constant, empty, Tensor } from '../tensor/tensor.ts'
import type { Keeping } from './literal.ts'
import { sum } from './reduce.ts'
import { reshape } from './views.ts'

/** A tensor, or a number that takes part as one. */
export type Operand = Tensor | number

/** Another dtype; the gradient comes back in x's own. x itself when it has it. */
export function to<X extends AnyTensor>(x: X, dtype: DType): Like<X>
export function to(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x
  const y = empty(x.shape, dtype)
  backend(isWider(x.dtype, dtype) ? x.dtype : dtype).copy(x, y)
  return isFloat(dtype) ? record('to', [x], { dtype }, y, gy => [to(gy, x.dtype)]) : y
}

/** x in a float dtype: float32 for whole numbers and booleans. */
export const real = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : to(x, 'float32'))

const kind = (v: unknown) => (v === null ? 'null' : typeof v)

/** Both operands as tensors of one dtype; a number becomes a scalar. */
export function operands(op: string, x: Operand, y: Operand): [Tensor, Tensor] {
  if (typeof x === 'number') {
    if (typeof y === 'number') throw new TypeError(`${op}: one operand must be a tensor`)
    const [b, a] = operands(op, y, x)
    return [a, b]
  }
  for (const v of [x, y])
    if (typeof v !== 'number' && !(v instanceof Tensor))
      throw new TypeError(`${op}: an operand is ${kind(v)}, not a tensor or a number`)
  if (typeof y === 'number') {
    const dtype = promoteNumber(x, y)
    return [to(x, dtype), constant(y, dtype)]
  }
  const dtype = promote(x, y)
  return [to(x, dtype), to(y, dtype)]
}

/** `t` read as `shape`: stride 0 where it repeats. */
export function spread(t: Tensor, shape: Shape): Tensor {
  if (sameShape(t.shape, shape)) return t
  const lead = shape.length - t.shape.length
  const strides = new Array<number>(shape.length)
  for (let d = 0; d < shape.length; d++)
    strides[d] = d < lead || t.shape[d - lead] !== shape[d] ? 0 : t.strides[d - lead]
  return t.window(shape, strides, t.offset)
}

/** Sums a gradient over the axes along which x was repeated. */
export function unbroadcast(g: Tensor, x: Tensor): Tensor {
  if (sameShape(g.shape, x.shape)) return g
  const lead = g.shape.length - x.shape.length
  const dims = g.shape.flatMap((s, d) =>
    d < lead || (x.shape[d - lead] === 1 && s !== 1) ? [d] : [],
  )
  return reshape(dims.length ? sum(g, { dim: dims, keepdim: true }) : g, x.shape)
}

export type Derivative = (gy: Tensor, x: Tensor, y: Tensor) => Tensor

/** An operation on one tensor from its primitive and its derivative. */
export function unary(name: UnaryName, dx: Derivative, keepsWhole = false): Keeping {
  const op = (input: Tensor): Tensor => {
    if (!(input instanceof Tensor))
      throw new TypeError(`${name}: x is ${kind(input)}, not a tensor`)
    const x = keepsWhole ? input : real(input)
    const y = empty(x.shape, x.dtype)
    backend(x.dtype).unary(name, x, y)
    return record(name, [x], null, y, gy => [dx(gy, x, y)])
  }
  // The type only adds that the shape stays.
  return op as Keeping
}
