/** One number in, one number out, and two in: arithmetic and functions. Shapes broadcast; dtypes as in tensor/dtype.ts. */
import { backend, type DType } from '../backend/index.ts'
import type { BinaryName } from '../backend/primitives.ts'
import { compose } from '../autograd/compose.ts'
import { record } from '../autograd/tape.ts'
import { isFloat } from '../tensor/dtype.ts'
import type { AnyTensor, Like } from '../tensor/literal.ts'
import { broadcast, sameShape } from '../tensor/shape.ts'
import { constant, empty, Tensor } from '../tensor/tensor.ts'
import { eq, ge, gt, lt, where } from './compare.ts'
import type { Binary, Broadcast } from './literal.ts'
import { methods, type BinaryMethods, type KeepingMethods } from './method.ts'
import type * as self from './elementwise.ts'
import {
  operands,
  real,
  spread,
  to,
  unary,
  unbroadcast,
  type Derivative,
  type Operand,
} from './operands.ts'

export { to, type Operand }

type Partial = (gy: Tensor, x: Tensor, y: Tensor, out: Tensor) => Tensor

/** An operation on two tensors from its primitive and its two partial derivatives. */
function binary(name: BinaryName, dx: Partial | null, dy: Partial | null, toReal = false): Binary {
  const op = (a: Operand, b: Operand): Tensor => {
    let x: Tensor, y: Tensor
    if (a instanceof Tensor && b instanceof Tensor && a.dtype === b.dtype) [x, y] = [a, b]
    else [x, y] = operands(name, a, b)
    if (toReal && !isFloat(x.dtype)) [x, y] = [real(x), real(y)]
    let out: Tensor
    if (sameShape(x.shape, y.shape)) {
      out = empty(x.shape, x.dtype)
      backend(x.dtype).binary(name, x, y, out)
    } else {
      const shape = broadcast(name, x.shape, y.shape)
      out = empty(shape, x.dtype)
      backend(x.dtype).binary(name, spread(x, shape), spread(y, shape), out)
    }
    return record(name, [x, y], null, out, gy => [
      dx && x.requiresGrad ? unbroadcast(dx(gy, x, y, out), x) : null,
      dy && y.requiresGrad ? unbroadcast(dy(gy, x, y, out), y) : null,
    ])
  }
  // The type only adds what is known of the shape.
  return op as Binary
}

/** x + y. */
export const add = binary(
  'add',
  gy => gy,
  gy => gy,
)
/** x − y. */
export const sub = binary(
  'sub',
  gy => gy,
  gy => neg(gy),
)
/** x·y, element by element. */
export const mul = binary(
  'mul',
  (gy, _x, y) => mul(gy, y),
  (gy, x) => mul(gy, x),
)
/** x / y, float. */
export const div = binary(
  'div',
  (gy, _x, y) => div(gy, y), // 1 / y
  (gy, x, y) => neg(div(mul(gy, x), mul(y, y))), // −x / y²
  true,
)
/** ⌊x / y⌋. No gradient. */
export const floorDivide = binary('floorDivide', null, null)
/** x − y·⌊x / y⌋: what is left, with the sign of y. */
export const remainder = binary(
  'remainder',
  gy => gy, // 1
  (gy, x, y) => neg(mul(gy, floorDivide(x, y))), // −⌊x / y⌋
)
/** The angle of the point (y, x) in radians, −π to π. */
export const atan2 = binary(
  'atan2',
  (gy, y, x) => div(mul(gy, x), add(square(x), square(y))), // x / (x² + y²)
  (gy, y, x) => neg(div(mul(gy, y), add(square(x), square(y)))), // −y / (x² + y²)
  true,
)
/** The larger of two; NaN if one is. The gradient goes to the larger, half to each of equals. */
export const maximum = binary(
  'maximum',
  (gy, x, y) => mul(gy, winner(x, y)),
  (gy, x, y) => mul(gy, winner(y, x)),
)
/** The smaller of two; as `maximum`. */
export const minimum = binary(
  'minimum',
  (gy, x, y) => mul(gy, winner(y, x)),
  (gy, x, y) => mul(gy, winner(x, y)),
)
const winner = (a: Tensor, b: Tensor) =>
  where(lt(a, b), constant(0, a.dtype), where(eq(a, b), constant(0.5, a.dtype), 1))

const powTensor = binary(
  'pow',
  // y·x^(y − 1), 0 where y = 0
  (gy, x, y) => where(eq(y, 0), 0, mul(gy, mul(y, pow(x, sub(y, 1))))),
  // x^y·ln x, 0 where x = 0 and y ≥ 0
  (gy, x, y, out) =>
    where(eq(x, 0), where(ge(y, 0), 0, mul(gy, mul(out, log(x)))), mul(gy, mul(out, log(x)))),
)
/** x^y; x or y may be a number. */
export function pow<A extends Operand, B extends Operand>(x: A, y: B): Broadcast<A, B>
export function pow(x: Operand, y: Operand): Tensor {
  if (typeof x === 'number' || typeof y !== 'number') return powTensor(x, y)
  if (y === 2) return square(x)
  if (y === 1) return mul(x, 1)
  if (y === 0.5) return sqrt(x)
  // y·x^(y − 1)
  return compose(
    'pow',
    [x],
    { exponent: y },
    () => powTensor(x, y),
    gy => [y === 0 ? mul(gy, 0) : mul(gy, mul(pow(x, y - 1), y))],
  )
}

const flat: Derivative = gy => mul(gy, 0)

/** −x. */
export const neg = unary('neg', gy => neg(gy), true)
/** |x|; its derivative at 0 is 0. */
export const abs = unary('abs', (gy, x) => mul(gy, sign(x)), true)
/** −1, 0 or 1; 0 for NaN. */
export const sign = unary('sign', flat, true)
/** eˣ. */
export const exp = unary('exp', (gy, _x, y) => mul(gy, y)) // eˣ
/** eˣ − 1, exact near 0. */
export const expm1 = unary('expm1', (gy, _x, y) => mul(gy, add(y, 1))) // eˣ
/** ln x. */
export const log = unary('log', (gy, x) => div(gy, x)) // 1 / x
/** ln(1 + x), exact near 0. */
export const log1p = unary('log1p', (gy, x) => div(gy, add(x, 1))) // 1 / (1 + x)
/** Logarithm to base 2. */
export const log2 = unary('log2', (gy, x) => div(gy, mul(x, Math.LN2))) // 1 / (x·ln 2)
/** Logarithm to base 10. */
export const log10 = unary('log10', (gy, x) => div(gy, mul(x, Math.LN10))) // 1 / (x·ln 10)
/** √x. */
export const sqrt = unary('sqrt', (gy, _x, y) => div(gy, mul(y, 2))) // 1 / (2√x)
/** 1 / √x. */
export const rsqrt = unary('rsqrt', (gy, _x, y) => mul(gy, mul(pow(y, 3), -0.5))) // −½·x^(−3/2)
/** 1 / x. */
export const reciprocal = unary('reciprocal', (gy, _x, y) => neg(mul(gy, square(y)))) // −1 / x²
/** x². */
export const square = unary('square', (gy, x) => mul(gy, mul(x, 2)), true) // 2x
/** Sine of x in radians. */
export const sin = unary('sin', (gy, x) => mul(gy, cos(x))) // cos x
/** Cosine of x in radians. */
export const cos = unary('cos', (gy, x) => neg(mul(gy, sin(x)))) // −sin x
/** Tangent of x in radians. */
export const tan = unary('tan', (gy, _x, y) => mul(gy, add(square(y), 1))) // 1 + tan² x
/** Angle in radians whose sine is x. */
export const asin = unary('asin', (gy, x) => mul(gy, rsqrt(sub(1, square(x))))) // 1 / √(1 − x²)
/** Angle in radians whose cosine is x. */
export const acos = unary('acos', (gy, x) => neg(mul(gy, rsqrt(sub(1, square(x)))))) // −1 / √(1 − x²)
/** Angle in radians whose tangent is x. */
export const atan = unary('atan', (gy, x) => div(gy, add(square(x), 1))) // 1 / (1 + x²)
/** (eˣ − e⁻ˣ) / 2. */
export const sinh = unary('sinh', (gy, x) => mul(gy, cosh(x))) // cosh x
/** (eˣ + e⁻ˣ) / 2. */
export const cosh = unary('cosh', (gy, x) => mul(gy, sinh(x))) // sinh x
/** Inverse of sinh. */
export const asinh = unary('asinh', (gy, x) => mul(gy, rsqrt(add(square(x), 1)))) // 1 / √(x² + 1)
/** Inverse of cosh. */
export const acosh = unary('acosh', (gy, x) => mul(gy, rsqrt(sub(square(x), 1)))) // 1 / √(x² − 1)
/** Inverse of tanh. */
export const atanh = unary('atanh', (gy, x) => div(gy, sub(1, square(x)))) // 1 / (1 − x²)
/** Hyperbolic tangent. */
export const tanh = unary('tanh', (gy, _x, y) => mul(gy, sub(1, square(y)))) // 1 − tanh² x
/** σ(x) = 1 / (1 + e⁻ˣ). */
export const sigmoid = unary('sigmoid', (gy, _x, y) => mul(gy, mul(y, sub(1, y)))) // σ(1 − σ)
/** 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = unary('erf', (gy, x) =>
  mul(gy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
) // 2/√π·e^(−x²)
/** max(x, 0); its derivative at 0 is 0. */
export const relu = unary('relu', (gy, _x, y) => reluMask(gy, y), true) // 1 where x > 0, else 0
/** Largest whole number ≤ x. */
export const floor = unary('floor', flat, true)
/** Smallest whole number ≥ x. */
export const ceil = unary('ceil', flat, true)
/** Nearest whole number; halves go to the even one. */
export const round = unary('round', flat, true)
/** x without its fraction. */
export const trunc = unary('trunc', flat, true)

/** gy where x > 0, else 0. */
const reluMask = binary(
  'reluMask',
  (g, _gy, x) => reluMask(g, x),
  (g, gy) => mul(mul(g, gy), 0),
)

/** x held between min and max (either may be left out). The gradient passes where x is strictly inside. */
export function clamp<X extends AnyTensor>(x: X, limits: { min?: number; max?: number }): Like<X>
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

const binaries = {
  add,
  sub,
  mul,
  div,
  floorDivide,
  remainder,
  atan2,
  maximum,
  minimum,
  pow,
}
const unaries = {
  neg,
  abs,
  sign,
  exp,
  expm1,
  log,
  log1p,
  log2,
  log10,
  sqrt,
  rsqrt,
  reciprocal,
  square,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  tanh,
  sigmoid,
  erf,
  relu,
  floor,
  ceil,
  round,
  trunc,
}
methods({ to, clamp, ...binaries, ...unaries })
declare module '../tensor/tensor.ts' {
  interface Tensor
    extends
      BinaryMethods<typeof binaries, typeof self>,
      KeepingMethods<typeof unaries, typeof self> {
    /** Another dtype; the gradient comes back in its own. Itself when it has it. */
    to<X extends AnyTensor>(this: X, dtype: DType): Like<X>
    /** Held between min and max (either may be left out). The gradient passes where it is strictly inside. */
    clamp<X extends AnyTensor>(this: X, limits: { min?: number; max?: number }): Like<X>
  }
}
