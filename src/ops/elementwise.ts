/** One number in, one number out, and two in: arithmetic, functions, comparisons. Shapes broadcast. */
import { backend, type DType } from '../backend/index.ts'
import type { BinaryName, CompareName, UnaryName } from '../backend/primitives.ts'
import { compose } from '../autograd/compose.ts'
import { record } from '../autograd/tape.ts'
import { broadcast, sameShape } from '../tensor/shape.ts'
import { empty, fromFlat, Tensor } from '../tensor/tensor.ts'
import { sum } from './reduce.ts'
import { expand, reshape } from './views.ts'

/** A tensor, or a number that takes part as one. */
export type Operand = Tensor | number

const RANK: Record<DType, number> = { bool: 0, uint8: 1, int32: 2, float32: 3, float64: 4 }

/** dtype of a result: the wider one; a number never widens, except whole to float. */
function promote(x: Tensor, y: Operand): DType {
  if (typeof y !== 'number') return RANK[x.dtype] >= RANK[y.dtype] ? x.dtype : y.dtype
  if (RANK[x.dtype] >= RANK.float32) return x.dtype
  return Number.isInteger(y) ? (x.dtype === 'bool' ? 'int32' : x.dtype) : 'float32'
}

/** @internal Another dtype; the gradient comes back in x's own. */
export function to(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x
  const y = empty(x.shape, dtype)
  backend(RANK[x.dtype] > RANK[dtype] ? x.dtype : dtype).copy(x, y)
  return RANK[dtype] >= RANK.float32 ? record('to', [x], { dtype }, y, gy => [to(gy, x.dtype)]) : y
}

/** Both operands as tensors of one dtype; a number becomes a scalar. */
function operands(op: string, x: Operand, y: Operand): [Tensor, Tensor] {
  if (typeof x === 'number' && typeof y === 'number')
    throw new TypeError(`${op}: one operand must be a tensor`)
  const lead = typeof x === 'number' ? (y as Tensor) : x // the line above leaves a tensor
  const dtype = promote(lead, typeof x === 'number' ? x : y)
  const make = (v: Operand) => {
    if (typeof v === 'number') return fromFlat([v], [], dtype)
    if (!(v instanceof Tensor))
      throw new TypeError(
        `${op}: an operand is ${v === null ? 'null' : typeof v}, not a tensor or a number`,
      )
    return to(v, dtype)
  }
  return [make(x), make(y)]
}

/** Strides for reading `t` as `shape`: 0 where it repeats. */
const spread = (t: Tensor, shape: readonly number[]) =>
  sameShape(t.shape, shape) ? t : expand(t.detach(), shape)

/** Sums a gradient over the axes along which x was repeated. */
function unbroadcast(g: Tensor, x: Tensor): Tensor {
  if (sameShape(g.shape, x.shape)) return g
  const lead = g.shape.length - x.shape.length
  const dims = g.shape.flatMap((s, d) =>
    d < lead || (x.shape[d - lead] === 1 && s !== 1) ? [d] : [],
  )
  return reshape(sum(g, { dim: dims, keepdim: true }), x.shape)
}

type Pair = (gy: Tensor, x: Tensor, y: Tensor, out: Tensor) => Tensor

/** An operation on two tensors from its primitive and its two partial derivatives. */
function binary(name: BinaryName, dx: Pair, dy: Pair, real = false) {
  return (a: Operand, b: Operand): Tensor => {
    let [x, y] = operands(name, a, b)
    if (real && RANK[x.dtype] < RANK.float32) [x, y] = [to(x, 'float32'), to(y, 'float32')]
    const shape = broadcast(name, x.shape, y.shape)
    const out = empty(shape, x.dtype)
    backend(x.dtype).binary(name, spread(x, shape), spread(y, shape), out)
    return record(name, [x, y], null, out, gy => [
      x.requiresGrad ? unbroadcast(dx(gy, x, y, out), x) : null,
      y.requiresGrad ? unbroadcast(dy(gy, x, y, out), y) : null,
    ])
  }
}

// x + y: 1, 1
export const add = binary(
  'add',
  gy => gy,
  gy => gy,
)
// x − y: 1, −1
export const sub = binary(
  'sub',
  gy => gy,
  gy => neg(gy),
)
// x·y: y, x
export const mul = binary(
  'mul',
  (gy, _x, y) => mul(gy, y),
  (gy, x) => mul(gy, x),
)
// x / y: 1 / y, −x / y²
export const div = binary(
  'div',
  (gy, _x, y) => div(gy, y),
  (gy, x, y) => neg(div(mul(gy, x), mul(y, y))),
  true,
)
// max(x, y): to the larger, half to each of equals
export const maximum = binary(
  'maximum',
  (gy, x, y) => mul(gy, winner(x, y)),
  (gy, x, y) => mul(gy, winner(y, x)),
)
export const minimum = binary(
  'minimum',
  (gy, x, y) => mul(gy, winner(y, x)),
  (gy, x, y) => mul(gy, winner(x, y)),
)
const winner = (a: Tensor, b: Tensor) =>
  where(lt(a, b), 0, where(eq(a, b), fromFlat([0.5], [], a.dtype), 1))

const powTensor = binary(
  'pow',
  // y·x^(y − 1)
  (gy, x, y) => mul(gy, mul(y, pow(x, sub(y, 1)))),
  // x^y·ln x, 0 where x = 0 and y > 0
  (gy, x, _y, out) => mul(gy, where(eq(x, 0), mul(out, 0), mul(out, log(x)))),
)
/** x^y; y is a tensor or a number. */
export function pow(x: Operand, y: Operand): Tensor {
  if (typeof x !== 'number' && typeof y === 'number') {
    if (y === 2) return square(x)
    if (y === 1) return mul(x, 1)
    if (y === 0.5) return sqrt(x)
  }
  return powTensor(x, y)
}

type Derivative = (gy: Tensor, x: Tensor, y: Tensor) => Tensor

/** An operation on one tensor from its primitive and its derivative. */
function unary(name: UnaryName, dx: Derivative | null, keepsInteger = false) {
  return (input: Tensor): Tensor => {
    if (!(input instanceof Tensor))
      throw new TypeError(`${name}: x is ${input === null ? 'null' : typeof input}, not a tensor`)
    const x = !keepsInteger && RANK[input.dtype] < RANK.float32 ? to(input, 'float32') : input
    const y = empty(x.shape, x.dtype)
    backend(x.dtype).unary(name, x, y)
    return dx ? record(name, [x], null, y, gy => [dx(gy, x, y)]) : y
  }
}

// −1
export const neg = unary('neg', gy => neg(gy), true)
// sign x, 0 at 0
export const abs = unary('abs', (gy, x) => mul(gy, sign(x)), true)
export const sign = unary('sign', gy => mul(gy, 0), true)
// eˣ
export const exp = unary('exp', (gy, _x, y) => mul(gy, y))
// 1 / x
export const log = unary('log', (gy, x) => div(gy, x))
// 1 / (2 √x)
export const sqrt = unary('sqrt', (gy, _x, y) => div(gy, mul(y, 2)))
// −1 / x²
export const reciprocal = unary('reciprocal', (gy, _x, y) => neg(mul(gy, square(y))))
// 2x
export const square = unary('square', (gy, x) => mul(gy, mul(x, 2)), true)
// cos x
export const sin = unary('sin', (gy, x) => mul(gy, cos(x)))
// −sin x
export const cos = unary('cos', (gy, x) => neg(mul(gy, sin(x))))
// 1 − tanh² x
export const tanh = unary('tanh', (gy, _x, y) => mul(gy, sub(1, square(y))))
// σ(x)(1 − σ(x))
export const sigmoid = unary('sigmoid', (gy, _x, y) => mul(gy, mul(y, sub(1, y))))
// 1 where x > 0, else 0
export const relu = unary('relu', (gy, _x, y) => reluMask(gy, y), true)
export const floor = unary('floor', gy => mul(gy, 0), true)
export const ceil = unary('ceil', gy => mul(gy, 0), true)
export const round = unary('round', gy => mul(gy, 0), true)

/** gy where x > 0, else 0. */
const reluMask = binary(
  'reluMask',
  (g, _gy, x) => reluMask(g, x),
  (g, gy) => mul(mul(g, gy), 0),
)

/** x where x > 0, else slope·x. Slope: default 0.01. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  return where(gt(x, 0), x, mul(x, negativeSlope))
}

function compare(name: CompareName) {
  return (a: Operand, b: Operand): Tensor => {
    const [x, y] = operands(name, a, b)
    const shape = broadcast(name, x.shape, y.shape)
    const out = empty(shape, 'bool')
    backend(x.dtype).compare(name, spread(x, shape), spread(y, shape), out)
    return out
  }
}
/** Elementwise comparisons: bool tensors of the broadcast shape. */
export const eq = compare('eq')
export const ne = compare('ne')
export const lt = compare('lt')
export const le = compare('le')
export const gt = compare('gt')
export const ge = compare('ge')
/** 1 where x is NaN. */
export function isnan(x: Tensor): Tensor {
  const y = empty(x.shape, 'bool')
  backend(x.dtype).unary('isnan', x, y)
  return y
}
/** true where x is 0 or false. */
export function logicalNot(x: Tensor): Tensor {
  const y = empty(x.shape, 'bool')
  backend(x.dtype).unary('not', x, y)
  return y
}

/** x where the condition holds, else y; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const both = typeof a === 'number' && typeof b === 'number'
  const [x, y] = both
    ? [fromFlat([a], [], 'float32'), fromFlat([b], [], 'float32')]
    : operands('where', a, b)
  const shape = broadcast('where', broadcast('where', condition.shape, x.shape), y.shape)
  const out = empty(shape, x.dtype)
  backend(x.dtype).where(spread(condition, shape), spread(x, shape), spread(y, shape), out)
  return record('where', [x, y], { condition }, out, gy => [
    unbroadcast(where(condition, gy, 0), x),
    unbroadcast(where(condition, 0, gy), y),
  ])
}

/** x held between min and max (either may be left out). The gradient passes where x is strictly inside. */
export function clamp(x: Tensor, { min, max }: { min?: number; max?: number }): Tensor {
  if (min === undefined && max === undefined) return x
  return compose(
    'clamp',
    [x],
    { min, max },
    () => {
      const y = min === undefined ? x : where(lt(x, min), min, x)
      return max === undefined ? y : where(gt(y, max), max, y)
    },
    gy => {
      const g = min === undefined ? gy : where(gt(x, min), gy, 0)
      return [max === undefined ? g : where(lt(x, max), g, 0)]
    },
  )
}
