/** The bends between layers. relu, sigmoid and tanh stand in elementwise.ts. */
import { compose } from '../autograd/compose.ts'
import type { AnyTensor, Like } from '../tensor/literal.ts'
import { show } from '../tensor/shape.ts'
import { constant, type Tensor } from '../tensor/tensor.ts'
import { gt, le, where } from './compare.ts'
import {
  abs,
  add,
  div,
  erf,
  exp,
  expm1,
  minimum,
  mul,
  neg,
  sigmoid,
  square,
  sub,
  tanh,
} from './elementwise.ts'
import { real, unary } from './operands.ts'
import { methods, type Methods } from './method.ts'
import type * as self from './activations.ts'
import { reshape } from './views.ts'

/** x where x > 0, else slope·x. */
export function leakyRelu<X extends AnyTensor>(
  x: X,
  options?: { /** Default 0.01. */ negativeSlope?: number },
): Like<X>
export function leakyRelu(
  x: Tensor,
  { negativeSlope = 0.01 }: { /** Default 0.01. */ negativeSlope?: number } = {},
): Tensor {
  const bend = (g: Tensor) => where(gt(x, 0), g, mul(g, negativeSlope))
  return compose(
    'leakyRelu',
    [x],
    { negativeSlope },
    () => bend(x),
    gy => [bend(gy)],
  )
}

/**
 * x where x > 0, else w·x with a learned slope (He et al., 2015).
 * @param x [N, C, …] @param w [1], or [C]: a slope each channel
 */
export function prelu(x: Tensor, w: Tensor): Tensor {
  if (w.ndim !== 1 || (w.size !== 1 && w.size !== (x.ndim > 1 ? x.shape[1] : 1)))
    throw new RangeError(
      `prelu: weight ${show(w.shape)} for x ${show(x.shape)}; it is [1] or has one slope a channel`,
    )
  const slope = reshape(w, x.ndim > 1 ? [w.size, ...x.shape.slice(2).map(() => 1)] : [1])
  return where(gt(x, 0), x, mul(x, slope))
}

/** x where x > 0, else α(eˣ − 1). */
export function elu(x: Tensor, { alpha = 1 }: { /** Default 1. */ alpha?: number } = {}): Tensor {
  const t = real(x)
  const low = () => minimum(t, constant(0, t.dtype))
  // 1 where x > 0, else α·eˣ
  return compose(
    'elu',
    [t],
    { alpha },
    () => where(le(t, 0), mul(expm1(low()), alpha), t),
    gy => [where(le(t, 0), mul(gy, mul(exp(low()), alpha)), gy)],
  )
}

const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 }
/** scale·elu(x) with the two constants that keep mean 0 and variance 1 (Klambauer et al., 2017). */
export const selu = (x: Tensor): Tensor => mul(elu(x, { alpha: SELU.alpha }), SELU.scale)

// σ(1 + x(1 − σ))
const siluOf = unary('silu', (gy, x) => {
  const s = sigmoid(x)
  return mul(gy, mul(s, add(mul(x, sub(1, s)), 1)))
})
/** x·σ(x), also called swish. */
export const silu = (x: Tensor): Tensor => siluOf(x)

// Φ + x·φ
const geluExact = unary('gelu', (gy, x) => {
  const cdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5)
  const pdf = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
  return mul(gy, add(cdf, mul(x, pdf)))
})
const ROOT = Math.sqrt(2 / Math.PI)
// s + 2x·s(1 − s)·u′, s = σ(2u), u = √(2/π)(x + 0.044715 x³): written with σ(−2u), nothing cancels far out
const geluTanh = unary('geluTanh', (gy, x) => {
  const u = mul(x, add(mul(square(x), 0.044715 * ROOT), ROOT))
  const slope = add(mul(square(x), 3 * 0.044715 * ROOT), ROOT)
  const s = sigmoid(mul(u, 2))
  const bend = mul(mul(x, slope), mul(sigmoid(mul(u, -2)), 2))
  return mul(gy, mul(s, add(bend, 1)))
})
/** x·Φ(x), Φ the normal distribution's (Hendrycks & Gimpel, 2016); or its approximation with tanh. */
export function gelu(
  x: Tensor,
  { approximate = 'none' }: { /** Default 'none'. */ approximate?: 'none' | 'tanh' } = {},
): Tensor {
  if (approximate !== 'none' && approximate !== 'tanh')
    throw new RangeError(`gelu: approximate '${String(approximate)}'; it is 'none' or 'tanh'`)
  return approximate === 'tanh' ? geluTanh(x) : geluExact(x)
}

const softplusOne = unary('softplus', (gy, x) => mul(gy, sigmoid(x))) // σ(x)
/** ln(1 + e^(βx)) / β; x itself where βx is above the threshold. */
export function softplus(
  x: Tensor,
  {
    beta = 1,
    threshold = 20,
  }: { /** Default 1. */ beta?: number; /** Default 20. */ threshold?: number } = {},
): Tensor {
  const t = real(x)
  const scaled = beta === 1 ? t : mul(t, beta)
  const soft = softplusOne(scaled)
  return where(gt(scaled, threshold), t, beta === 1 ? soft : mul(soft, 1 / beta))
}

/** x·tanh(ln(1 + eˣ)) (Misra, 2019). */
export function mish(x: Tensor): Tensor {
  const t = real(x)
  // tanh u + x·σ(x)·4σ(2u)σ(−2u), u = ln(1 + eˣ)
  return compose(
    'mish',
    [t],
    null,
    () => mul(t, tanh(softplusOne(t))),
    gy => {
      const u = softplusOne(t)
      const bend = mul(mul(sigmoid(mul(u, 2)), sigmoid(mul(u, -2))), 4)
      return [mul(gy, add(tanh(u), mul(mul(t, sigmoid(t)), bend)))]
    },
  )
}
/** x / (1 + |x|). */
export const softsign = (x: Tensor): Tensor => div(x, add(abs(x), 1))
/** ln σ(x) = −ln(1 + e⁻ˣ). */
export const logSigmoid = (x: Tensor): Tensor => neg(softplusOne(neg(x)))

/** x held between min and max; the derivative at the limits is 0. */
export function hardtanh(
  x: Tensor,
  { min = -1, max = 1 }: { /** Default −1. */ min?: number; /** Default 1. */ max?: number } = {},
): Tensor {
  const above = (g: Tensor, low: Tensor | number) => where(gt(x, min), g, low)
  return compose(
    'hardtanh',
    [x],
    { min, max },
    () => where(gt(x, max), max, where(gt(min, x), min, x)),
    gy => [above(where(gt(max, x), gy, 0), 0)],
  )
}
/** x held between 0 and 6. */
export const relu6 = (x: Tensor): Tensor => hardtanh(x, { min: 0, max: 6 })

const table = {
  leakyRelu,
  elu,
  selu,
  silu,
  gelu,
  softplus,
  mish,
  softsign,
  logSigmoid,
  hardtanh,
  relu6,
}
methods(table)
declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods<Omit<typeof table, 'leakyRelu'>, typeof self> {
    /** x where x > 0, else slope·x. */
    leakyRelu<X extends AnyTensor>(
      this: X,
      options?: { /** Default 0.01. */ negativeSlope?: number },
    ): Like<X>
  }
}
