// What is served by plain loops on the heap, against the reference over shapes drawn at random, NaN and ±Inf among the numbers.
import { describe, expect, it } from 'vitest'
import type { Backend, Taps } from '../../src/backend/primitives.ts'
import { reference } from '../../src/backend/reference/index.ts'
import type { DType, Strided } from '../../src/backend/storage.ts'
import { createWasmBackend } from '../../src/backend/wasm/index.ts'
import { Generator } from '../../src/tensor/random.ts'

const wasm = createWasmBackend({ threads: 1 })
if (!wasm) throw new Error('not available in this Node')

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
const rowMajor = (shape: readonly number[]) => shape.map((_, d) => size(shape.slice(d + 1)))
function make(
  b: Backend,
  shape: readonly number[],
  values: ArrayLike<number> | null,
  dtype: DType = 'float32',
  strides = rowMajor(shape),
  offset = 0,
): Strided {
  const storage = b.create(dtype, values ? values.length : size(shape), true)
  if (values) storage.data.set(values)
  return { storage, shape, strides, offset, dtype }
}

/** The same on both; sums of few terms agree to the last bits but one. */
function same(f: (b: Backend) => Strided) {
  const expected = Array.from(f(reference).storage.data)
  const got = Array.from(f(wasm as Backend).storage.data)
  expect(got.length).toBe(expected.length)
  got.forEach((v, i) => {
    const e = expected[i]
    const close = Object.is(v, e) || v === e || Math.abs(v - e) <= 1e-6 * Math.max(1, Math.abs(e))
    if (!close) expect.fail(`element ${i}: reference ${e}, got ${v}`)
  })
}
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0]
/** Few different numbers, so that ties are frequent; now and then one that is none. */
const draw = (g: Generator, n: number, special = true) =>
  Float32Array.from({ length: n }, () =>
    special && g.below(12) === 0 ? SPECIAL[g.below(SPECIAL.length)] : g.below(5) - 2,
  )
const one = (g: Generator, n: number) => 1 + g.below(n)

describe('indices', () => {
  it('argmax and argmin over any axis, also of a permuted view', () => {
    const g = new Generator(1)
    for (let n = 0; n < 60; n++) {
      const shape = [one(g, 4), one(g, 7), one(g, 5)]
      const d = g.below(3)
      const v = draw(g, size(shape))
      const strides = n % 4 === 0 ? [1, shape[0], shape[0] * shape[1]] : rowMajor(shape)
      same(b => {
        const small = shape.map((s, e) => (e === d ? 1 : s))
        const out = make(b, small, null, 'int32')
        b.arg(n % 2 ? 'argmax' : 'argmin', make(b, shape, v, 'float32', strides), d, out)
        return out
      })
    }
  })

  it('gather and scatterAdd, by a list along an axis and by an index for each element', () => {
    const g = new Generator(2)
    for (let n = 0; n < 90; n++) {
      const d = g.below(3)
      const shape = [one(g, 4), one(g, 6), n % 5 === 0 ? 30 + g.below(20) : one(g, 5)]
      const picked = shape.map((s, e) => (e === d ? one(g, 9) : s))
      const list = n % 3 === 0
      const count = list ? picked[d] : size(picked)
      const index = Int32Array.from({ length: count }, () => g.below(shape[d]))
      const strides = list ? picked.map((_, e) => (e === d ? 1 : 0)) : rowMajor(picked)
      const places = (b: Backend) => make(b, picked, index, 'int32', strides)
      const [x, y] = [draw(g, size(shape)), draw(g, size(picked))]
      same(b => {
        const out = make(b, picked, null)
        b.gather(make(b, shape, x), d, places(b), out)
        return out
      })
      same(b => {
        const out = make(b, shape, null)
        b.scatterAdd(make(b, picked, y), d, places(b), out)
        return out
      })
    }
  })

  it('an index smaller than x in the other axes', () => {
    const index = [1, 0, 2, 2]
    same(b => {
      const out = make(b, [2, 2], null)
      const x = make(b, [3, 4], draw(new Generator(3), 12))
      b.gather(x, 0, make(b, [2, 2], index, 'int32'), out)
      return out
    })
  })
})

describe('maps', () => {
  it('means of windows and their gradient: strides, padding, partial windows', () => {
    const g = new Generator(4)
    for (let n = 0; n < 60; n++) {
      const kernel = [one(g, 4), one(g, 4)] as const
      const stride = [one(g, 3), one(g, 3)] as const
      const padding = [g.below((kernel[0] >> 1) + 1), g.below((kernel[1] >> 1) + 1)] as const
      const p = { kernel, stride, padding }
      const xs = [one(g, 3), one(g, 3), kernel[0] + g.below(9), kernel[1] + g.below(9)]
      // With ceil mode the last window may hang over.
      const hanging = (d: 0 | 1) => {
        const room = xs[2 + d] + 2 * padding[d] - kernel[d]
        const whole = Math.floor(room / stride[d]) + 1
        const more = whole * stride[d] < xs[2 + d] + padding[d] && room % stride[d] > 0
        return n % 2 && more ? whole + 1 : whole
      }
      const ys = [xs[0], xs[1], hanging(0), hanging(1)]
      const [x, y] = [draw(g, size(xs)), draw(g, size(ys))]
      for (const countPad of [true, false]) {
        same(b => {
          const out = make(b, ys, null)
          b.avgPool2d(make(b, xs, x), out, p, countPad)
          return out
        })
        same(b => {
          const out = make(b, xs, null)
          b.avgPool2dGrad(make(b, ys, y), out, p, countPad)
          return out
        })
      }
    }
  })

  it('adaptive max pooling with its switches, and reading at them', () => {
    const g = new Generator(5)
    for (let n = 0; n < 40; n++) {
      const xs = [one(g, 3), one(g, 3), one(g, 9), one(g, 9)]
      const ys = [xs[0], xs[1], one(g, 6), one(g, 6)]
      const x = draw(g, size(xs))
      const pooled = (b: Backend) => {
        const [out, index] = [make(b, ys, null), make(b, ys, null, 'int32')]
        b.adaptiveMaxPool2d(make(b, xs, x), out, index)
        return { out, index }
      }
      same(b => pooled(b).out)
      same(b => pooled(b).index)
      same(b => {
        const out = make(b, ys, null)
        b.poolGather(make(b, xs, x), pooled(b).index, out)
        return out
      })
    }
  })

  it('resampling and its adjoint', () => {
    const g = new Generator(6)
    const taps = (from: number, to: number): Taps =>
      Array.from({ length: to }, () => {
        const start = g.below(from)
        return {
          start,
          weights: Array.from({ length: one(g, Math.min(4, from - start)) }, () => g.normal()),
        }
      })
    for (let n = 0; n < 40; n++) {
      const xs = [one(g, 2), one(g, 3), one(g, 9), one(g, 9)]
      const ys = [xs[0], xs[1], one(g, 12), one(g, 12)]
      const [rows, columns] = [taps(xs[2], ys[2]), taps(xs[3], ys[3])]
      const [x, y] = [draw(g, size(xs), false), draw(g, size(ys), false)]
      same(b => {
        const out = make(b, ys, null)
        b.resample2d(make(b, xs, x), out, rows, columns)
        return out
      })
      same(b => {
        const out = make(b, xs, null)
        b.resample2dGrad(make(b, ys, y), out, rows, columns)
        return out
      })
    }
  })
})

it('one number for all: few numbers and many, with what is no number', () => {
  for (const n of [1, 4, 15, 16, 17, 1000, 40_001])
    for (const name of ['add', 'sub', 'mul', 'div', 'maximum', 'pow'] as const)
      for (const y of [2, -0, NaN, Infinity])
        same(b => {
          const x = draw(new Generator(n), n)
          const out = make(b, [n], null)
          b.binary(name, make(b, [n], x), make(b, [n], [y], 'float32', [0]), out)
          return out
        })
})
