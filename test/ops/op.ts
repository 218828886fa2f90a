/** One line checks one operation: gradients, second derivatives, views, and the back ends against each other. */
import { expect, it } from 'vitest'
import {
  Generator,
  grad,
  gradcheck,
  gradgradcheck,
  noGrad,
  randn,
  tensor,
  Tensor,
  withBackend,
  type DType,
} from '../../src/index.ts'
import { expectClose, outputsOf, weight } from '../golden/golden.ts'

export interface OpCheck {
  /** Random inputs are uniform in this range; default normal. */
  range?: readonly [number, number]
  /** Default true. */
  second?: boolean
  /** Relative error allowed in float64; default 1e-6. */
  tolerance?: number
  /** Relative difference allowed between back ends in float32; default 1e-5. */
  single?: number
}

/** A shape, whose numbers are drawn, or a ready tensor. */
export type Input = readonly number[] | Tensor

const isFloat = (x: Tensor) => x.dtype === 'float32' || x.dtype === 'float64'
const toDtype = (x: Tensor, dtype: DType) => (isFloat(x) ? tensor(x, { dtype }) : x)

/** The same numbers through other strides: axes stored backwards, and every other element of a longer axis. */
function views(x: Tensor): [Tensor, Tensor] {
  const order = x.shape.map((_, d) => x.ndim - 1 - d)
  const reversed = x.permute(order).clone().permute(order)
  if (x.ndim === 0) return [reversed, reversed]
  const last = x.ndim - 1
  const wide = tensor(new Float64Array(x.size * 2 + 1), { dtype: x.dtype })
  const strided = wide
    .slice(0, { start: 1 })
    .reshape([...x.shape.slice(0, last), x.shape[last] * 2])
    .slice(last, { step: 2 })
  strided.copy_(x)
  return [reversed, strided]
}

/** Values and gradients as flat lists. */
function evaluate(fn: (...xs: Tensor[]) => unknown, inputs: readonly Tensor[]): number[][] {
  const xs = inputs.map(x => (isFloat(x) ? x.detach().requiresGrad_() : x))
  const ys = outputsOf(fn(...xs))
  const live = ys.filter(y => y.requiresGrad)
  const gs = live.length
    ? grad(
        live,
        xs.filter(x => x.requiresGrad),
        live.map(y =>
          tensor(
            Float64Array.from({ length: y.size }, (_, i) => weight(i)),
            { dtype: y.dtype },
          ).reshape(y.shape),
        ),
        { allowUnused: true },
      )
    : []
  return [...ys, ...gs].map(t => Array.from(t.toTypedArray()))
}

function same(a: number[][], b: number[][], tolerance: number, what: string): void {
  expect(a.length).toBe(b.length)
  a.forEach((values, i) => expectClose(values, b[i], tolerance, `${what}, tensor ${i}`))
}

/**
 * Checks `fn` on each list of inputs: gradcheck and gradgradcheck in float64, the same numbers through strided views,
 * and every back end against the reference in float32.
 */
export function checkOp(
  name: string,
  fn: (...xs: Tensor[]) => unknown,
  cases: readonly (readonly Input[])[],
  { range, second = true, tolerance = 1e-6, single = 1e-5 }: OpCheck = {},
): void {
  it(`${name}: gradients, views, back ends`, () => {
    cases.forEach((inputs, k) => {
      const generator = new Generator(k + 1)
      const xs = inputs.map(input => {
        if (input instanceof Tensor) return input
        const x = randn(input, { dtype: 'float64', generator })
        if (!range) return x
        const [low, high] = range
        const drawn = x.toTypedArray().map(() => low + (high - low) * generator.uniform())
        return tensor(drawn).reshape(input).detach()
      })
      const where = `${name}, inputs ${xs.map(x => `[${x.shape.join(', ')}]`).join(', ')}`
      const floats = (...all: Tensor[]) => outputsOf(fn(...all)).filter(isFloat)
      try {
        gradcheck(floats, xs, { tolerance })
        if (second) gradgradcheck(floats, xs, { tolerance: tolerance * 10 })
      } catch (error) {
        throw new Error(`${where}: ${(error as Error).message}`, { cause: error })
      }
      const plain = evaluate(fn, xs)
      const seen = xs.map(x => noGrad(() => views(x.detach())))
      for (const which of [0, 1] as const)
        same(
          evaluate(
            fn,
            seen.map(v => v[which]),
          ),
          plain,
          1e-12,
          `${where}, through strides`,
        )
      const run = (backend: 'reference' | 'wasm') =>
        withBackend(backend, () =>
          evaluate(
            fn,
            xs.map(x => toDtype(x, 'float32')),
          ),
        )
      same(run('wasm'), run('reference'), single, `${where}, wasm against the reference`)
    })
  })
}
