/**
 * Functions of four numbers at a time. Each gets its operand in a local, since it reads it more than once, and a maker of
 * further locals. Polynomials: exp and log those of Cephes (S. L. Moshier), tanh the rational function that Eigen uses;
 * errors within two units in the last place.
 */
import {
  vxor,
  ine,
  bitselect,
  f32,
  get,
  i32,
  iadd,
  ishl,
  ishr,
  isplat,
  isub,
  seq,
  set,
  splat,
  vabs,
  vadd,
  vand,
  vconvert,
  vdiv,
  veq,
  vgt,
  vle,
  vlt,
  vmax,
  vmin,
  vmul,
  vnearest,
  vneg,
  vnot,
  vor,
  vsub,
  vtrunc,
  type Code,
  type Local,
  type Type,
} from './assembler.ts'
import type { EmitContext } from './family.ts'

export type Maker = (type: Type) => Local
/** Statements, then an expression of the result. */
export interface Formula {
  readonly make: Code
  readonly out: Code
}
export type VectorFunction = (context: EmitContext, x: Local, local: Maker) => Formula

export const constant = (x: number): Code => splat(f32(x))
const bits = (n: number): Code => isplat(i32(n))
export const ZERO = constant(0)
export const ONE = constant(1)

/** Σ coefficients·xⁿ, highest power first. */
const horner = ({ madd }: EmitContext, x: Local, coefficients: readonly number[]): Code =>
  coefficients
    .slice(1)
    .reduce<Code>((sum, c) => madd(sum, get(x), constant(c)), constant(coefficients[0]))

/** eˣ: 2ⁿ·eʳ, x = n·ln 2 + r. The power of two comes in two factors, so that tiny results and overflow come out right. */
export const exp: VectorFunction = (context, x, local) => {
  const [r, n, y, k] = [local('v128'), local('v128'), local('v128'), local('v128')]
  const { madd } = context
  const power = (e: Code) => ishl(iadd(e, bits(127)), 23)
  return {
    make: seq(
      set(r, vmax(vmin(get(x), constant(89)), constant(-105))),
      set(n, vnearest(vmul(get(r), constant(1.4426950408889634)))),
      set(r, madd(get(n), constant(-0.693359375), get(r))),
      set(r, madd(get(n), constant(2.1219444e-4), get(r))),
      set(
        y,
        horner(
          context,
          r,
          [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5],
        ),
      ),
      set(y, vadd(madd(get(y), vmul(get(r), get(r)), get(r)), ONE)),
      set(n, vtrunc(get(n))),
      set(k, ishr(get(n), 1)),
    ),
    out: vmul(vmul(get(y), power(get(k))), power(isub(get(n), get(k)))),
  }
}

/** ln x: exponent and mantissa in [√½, √2) apart. */
export const log: VectorFunction = (context, x, local) => {
  const [v, e, m, small, z, y] = Array.from({ length: 6 }, () => local('v128'))
  const { madd } = context
  return {
    make: seq(
      // Subnormal numbers are brought into range first.
      set(small, vlt(get(x), constant(1.17549435e-38))),
      set(v, bitselect(vmul(get(x), constant(8388608)), get(x), get(small))),
      set(e, vsub(vconvert(isub(ishr(get(v), 23), bits(126))), vand(get(small), constant(23)))),
      set(m, vor(vand(get(v), bits(0x007fffff)), bits(0x3f000000))),
      set(small, vlt(get(m), constant(Math.SQRT1_2))),
      set(e, vsub(get(e), vand(get(small), ONE))),
      set(m, vsub(vadd(get(m), vand(get(small), get(m))), ONE)),
      set(z, vmul(get(m), get(m))),
      set(
        y,
        horner(
          context,
          m,
          [
            7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
            -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
          ],
        ),
      ),
      set(y, vmul(get(y), vmul(get(m), get(z)))),
      set(y, madd(get(e), constant(-2.1219444e-4), get(y))),
      set(y, vsub(get(y), vmul(constant(0.5), get(z)))),
      set(y, madd(get(e), constant(0.693359375), vadd(get(m), get(y)))),
      // 0 → −∞, ∞ → ∞, below 0 and NaN → NaN
      set(y, bitselect(constant(-Infinity), get(y), veq(get(x), ZERO))),
      set(y, bitselect(get(x), get(y), vnot(vlt(get(x), constant(Infinity))))),
    ),
    out: bitselect(constant(NaN), get(y), vlt(get(x), ZERO)),
  }
}

export const tanh: VectorFunction = (context, x, local) => {
  const [c, s, p, q] = Array.from({ length: 4 }, () => local('v128'))
  return {
    make: seq(
      set(c, vmax(vmin(get(x), constant(7.90531110763549805)), constant(-7.90531110763549805))),
      set(s, vmul(get(c), get(c))),
      set(
        p,
        vmul(
          get(c),
          horner(
            context,
            s,
            [
              -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11,
              5.12229709037114e-8, 1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
            ],
          ),
        ),
      ),
      set(
        q,
        horner(
          context,
          s,
          [1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3],
        ),
      ),
    ),
    // The function itself is nearer than the quotient where x is tiny.
    out: bitselect(get(x), vdiv(get(p), get(q)), vlt(vabs(get(x)), constant(0.0004))),
  }
}

/** 1 / (1 + e⁻ˣ) */
export const sigmoid: VectorFunction = (context, x, local) => {
  const minus = local('v128')
  const e = exp(context, minus, local)
  return { make: seq(set(minus, vneg(get(x))), e.make), out: vdiv(ONE, vadd(ONE, e.out)) }
}

/** x·σ(x) */
export const silu: VectorFunction = (context, x, local) => {
  const minus = local('v128')
  const e = exp(context, minus, local)
  return { make: seq(set(minus, vneg(get(x))), e.make), out: vdiv(get(x), vadd(ONE, e.out)) }
}
/** Largest |x| up to which `sine` is as exact as float32. */
export const SINE_LIMIT = 8192
/** Sine, or cosine a quarter turn on: reduced to −π/4 … π/4 in three parts (Cody and Waite 1980). */
export const sine =
  (quarters: 0 | 1): VectorFunction =>
  (context, x, local) => {
    const [n, r, z, s, c] = Array.from({ length: 5 }, () => local('v128'))
    const less = (part: number) => set(r, vsub(get(r), vmul(get(n), constant(part))))
    const quarter = iadd(vtrunc(get(n)), bits(quarters))
    return {
      make: seq(
        set(n, vnearest(vmul(get(x), constant(2 / Math.PI)))),
        set(r, get(x)),
        // Products with n are exact: these parts have few digits.
        less(1.5703125),
        less(4.837512969970703e-4),
        less(7.549789948768648e-8),
        set(z, vmul(get(r), get(r))),
        set(s, horner(context, z, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])),
        set(s, vadd(get(r), vmul(get(r), vmul(get(z), get(s))))),
        set(
          c,
          horner(context, z, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]),
        ),
        set(c, vadd(vsub(ONE, vmul(constant(0.5), get(z))), vmul(vmul(get(z), get(z)), get(c)))),
        set(z, bitselect(get(c), get(s), ine(vand(quarter, bits(1)), bits(0)))),
      ),
      // Two quarters on the sign turns.
      out: vxor(get(z), ishl(vand(quarter, bits(2)), 30)),
    }
  }

/** not (x ≤ 0): NaN stays */
export const relu = (x: Code): Code => vand(x, vnot(vle(x, ZERO)))
/** 1, −1 or 0; 0 for NaN. */
export const sign: VectorFunction = (_, x) => ({
  make: '',
  out: vsub(vand(vgt(get(x), ZERO), ONE), vand(vlt(get(x), ZERO), ONE)),
})
/** The larger, a NaN if there is one. */
export const larger = (a: Local, b: Local): Code =>
  bitselect(get(a), get(b), vor(vgt(get(a), get(b)), vnot(veq(get(a), get(a)))))
export const smaller = (a: Local, b: Local): Code =>
  bitselect(get(a), get(b), vor(vlt(get(a), get(b)), vnot(veq(get(a), get(a)))))
