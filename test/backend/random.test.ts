// Primitives against the reference over views drawn at random with a seed: empty, single, odd, large, broadcast, transposed,
// sliced, with NaN and infinities among the numbers.
import { describe, expect, it } from 'vitest'
import type { Backend, BinaryName, CompareName, UnaryName } from '../../src/backend/primitives.ts'
import { reference } from '../../src/backend/reference/index.ts'
import type { DType, Strided } from '../../src/backend/storage.ts'
import { createWasmBackend } from '../../src/backend/wasm/index.ts'
import { Generator } from '../../src/tensor/random.ts'

const wasm = createWasmBackend({ threads: 2 })
if (!wasm) throw new Error('not available in this Node')

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
const rowMajor = (shape: readonly number[]) => shape.map((_, d) => size(shape.slice(d + 1)))
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e-40, 3e38]

/** How to make the same operand on any back end. */
interface Recipe {
  values: ArrayLike<number>
  shape: number[]
  strides: number[]
  offset: number
  dtype: DType
}
const build = (b: Backend, r: Recipe): Strided => {
  const storage = b.create(r.dtype, r.values.length, false)
  storage.data.set(r.values)
  return { storage, shape: r.shape, strides: r.strides, offset: r.offset, dtype: r.dtype }
}
const fresh = (b: Backend, shape: readonly number[], dtype: DType = 'float32'): Strided => ({
  storage: b.create(dtype, size(shape), true),
  shape,
  strides: rowMajor(shape),
  offset: 0,
  dtype,
})

class Draw {
  constructor(readonly g: Generator) {}
  below(n: number): number {
    return this.g.below(n)
  }
  shape(most = 5): number[] {
    const rank = this.below(most + 1)
    const large = this.below(6) === 0
    const shape = Array.from({ length: rank }, () => 1 + this.below(rank > 3 ? 5 : 9))
    if (rank && large) shape[this.below(rank)] = 100 + this.below(900)
    if (rank && this.below(15) === 0) shape[this.below(rank)] = 0
    return shape
  }
  number(special: boolean): number {
    return special && this.below(12) === 0 ? SPECIAL[this.below(SPECIAL.length)] : this.g.normal()
  }
  /** A view of this shape: its axes in some order, each stretched, doubled in step, or repeated. */
  view(shape: readonly number[], special = false, dtype: DType = 'float32'): Recipe {
    const order = shape.map((_, d) => d)
    if (this.below(2))
      for (let i = order.length - 1; i > 0; i--) {
        const j = this.below(i + 1)
        ;[order[i], order[j]] = [order[j], order[i]]
      }
    const strides = new Array<number>(shape.length).fill(0)
    const offset = this.below(3)
    let at = 1
    for (const d of order.reverse()) {
      if (this.below(5) === 0) continue
      const step = this.below(5) === 0 ? 2 : 1
      strides[d] = at * step
      at *= Math.max(1, shape[d]) * step
    }
    const values = Array.from({ length: offset + at }, () =>
      dtype === 'bool' ? this.below(2) : this.number(special),
    )
    return { values, shape: [...shape], strides, offset, dtype }
  }
}

function same(name: string, expected: Strided, got: Strided, tolerance: number) {
  const [e, a] = [expected.storage.data, got.storage.data]
  expect(a.length).toBe(e.length)
  for (let i = 0; i < e.length; i++) {
    const near = Math.abs(e[i] - a[i]) <= tolerance * Math.max(1, Math.abs(e[i]))
    if (!(Object.is(e[i], a[i]) || e[i] === a[i] || (e[i] !== e[i] && a[i] !== a[i]) || near))
      expect.fail(`${name}, element ${i}: reference ${e[i]}, got ${a[i]}`)
  }
}
/** Runs `f` on both back ends. */
function agree(name: string, tolerance: number, f: (b: Backend) => Strided) {
  same(name, f(reference), f(wasm as Backend), tolerance)
}

describe('views drawn at random', () => {
  const UNARY: UnaryName[] = [
    'neg',
    'abs',
    'sign',
    'exp',
    'log',
    'sqrt',
    'reciprocal',
    'square',
    'tanh',
    'sigmoid',
    'relu',
    'floor',
    'ceil',
    'round',
  ]
  const BINARY: BinaryName[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'reluMask']
  const COMPARE: CompareName[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']

  it.each(UNARY)('%s', name => {
    const d = new Draw(new Generator(name.length * 7))
    for (let n = 0; n < 25; n++) {
      const shape = d.shape()
      const x = d.view(shape, true)
      agree(`${name} of ${shape}`, 1e-6, b => {
        const out = fresh(b, shape)
        b.unary(name, build(b, x), out)
        return out
      })
    }
  })
  it.each(BINARY)('%s', name => {
    const d = new Draw(new Generator(name.length * 11))
    for (let n = 0; n < 40; n++) {
      const shape = d.shape()
      const [x, y] = [d.view(shape, true), d.view(shape, true)]
      agree(`${name} of ${shape}`, 1e-6, b => {
        const out = fresh(b, shape)
        b.binary(name, build(b, x), build(b, y), out)
        return out
      })
    }
  })
  it.each(COMPARE)('%s', name => {
    const d = new Draw(new Generator(name.length * 13))
    for (let n = 0; n < 20; n++) {
      const shape = d.shape()
      const [x, y] = [d.view(shape, true), d.view(shape, true)]
      agree(`${name} of ${shape}`, 0, b => {
        const out = fresh(b, shape, 'bool')
        b.compare(name, build(b, x), build(b, y), out)
        return out
      })
    }
  })
  it('where, copy, accumulate into views', () => {
    const d = new Draw(new Generator(17))
    for (let n = 0; n < 60; n++) {
      const shape = d.shape()
      const [c, x, y] = [d.view(shape, false, 'bool'), d.view(shape, true), d.view(shape, true)]
      agree(`where of ${shape}`, 0, b => {
        const out = fresh(b, shape)
        b.where(build(b, c), build(b, x), build(b, y), out)
        return out
      })
      // A window in a larger result, its axes in the opposite order in every second case.
      const around = shape.map(s => s + 1 + d.below(2))
      const strides = n % 2 ? rowMajor(around) : rowMajor([...around].reverse()).reverse()
      for (const name of ['copy', 'accumulate'] as const)
        agree(`${name} of ${shape}`, 1e-6, b => {
          const whole = fresh(b, [size(around) + 1])
          const out = { storage: whole.storage, dtype: whole.dtype, shape, strides, offset: 1 }
          b[name](build(b, x), out)
          return whole
        })
    }
  })
  it('reductions along any axes', () => {
    const d = new Draw(new Generator(19))
    for (let n = 0; n < 120; n++) {
      const shape = d.shape().map(s => Math.max(1, s))
      const dims = shape.map((_, i) => i).filter(() => d.below(2))
      const name = (['sum', 'max', 'min', 'sum'] as const)[n % 4]
      const x = d.view(shape, name !== 'sum' && n % 3 === 0)
      const to = shape.map((s, i) => (dims.includes(i) ? 1 : s))
      agree(`${name} of ${shape} along ${dims}`, 1e-6 * Math.sqrt(size(shape) + 16), b => {
        const out = fresh(b, to)
        b.reduce(name, build(b, x), dims, out)
        return out
      })
    }
  })
  it('softmax and its logarithm along any axis', () => {
    const d = new Draw(new Generator(23))
    for (let n = 0; n < 60; n++) {
      const shape = d.shape(4)
      if (!shape.length || size(shape) === 0) continue
      const dim = d.below(shape.length)
      const x = d.view(shape, n % 5 === 0)
      for (const name of ['softmax', 'logSoftmax'] as const)
        agree(`${name} of ${shape} along ${dim}`, 3e-6, b => {
          const out = fresh(b, shape)
          b[name](build(b, x), dim, out)
          return out
        })
    }
  })
  it('products of matrices in any layout', () => {
    const d = new Draw(new Generator(29))
    for (let n = 0; n < 60; n++) {
      const pick = () => (d.below(8) === 0 ? 60 + d.below(300) : d.below(40))
      const [B, M, K, N] = [1 + d.below(3), n % 3 ? pick() : 1 + d.below(6), pick(), pick()]
      const [x, y] = [d.view([B, M, K]), d.view([B, K, N])]
      agree(`[${B}, ${M}, ${K}]·[${B}, ${K}, ${N}]`, 2e-6 * Math.sqrt(K + 16), b => {
        const out = fresh(b, [B, M, N])
        b.matmul(build(b, x), build(b, y), out)
        return out
      })
    }
  })
  it('moments, normalisation and its gradient', () => {
    const d = new Draw(new Generator(31))
    for (let n = 0; n < 40; n++) {
      const shape = [1 + d.below(5), 1 + d.below(9), 1 + d.below(n % 4 ? 30 : 700)]
      const B = [shape[1]]
      const [x, gy, scale, shift] = [d.view(shape), d.view(shape), d.view(B), d.view(B)]
      const positive = {
        ...d.view(B),
        values: [1, 2, 0.5, 1.5, 3, 1, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
      }
      for (let which = 0; which < 6; which++)
        agree(`normalisation of ${shape}, result ${which}`, 2e-5, b => {
          const [mean, variance, out] = [fresh(b, B), fresh(b, B), fresh(b, shape)]
          const X = build(b, x)
          b.moments(X, mean, variance)
          b.normalize(X, mean, build(b, scale), n % 2 ? build(b, shift) : null, out)
          const [gx, sumG, sumGX] = [fresh(b, shape), fresh(b, B), fresh(b, B)]
          b.normalizeGrad(
            build(b, gy),
            X,
            mean,
            build(b, positive),
            build(b, scale),
            gx,
            sumG,
            sumGX,
          )
          return [mean, variance, out, gx, sumG, sumGX][which]
        })
    }
  })
  it('optimisers', () => {
    const d = new Draw(new Generator(37))
    for (let n = 0; n < 24; n++) {
      const shape = [1 + d.below(n % 5 ? 40 : 20_000)]
      const plain = (): Recipe => ({
        values: Array.from({ length: shape[0] }, () => d.g.normal()),
        shape,
        strides: [1],
        offset: 0,
        dtype: 'float32',
      })
      const positive = (): Recipe => ({
        ...plain(),
        values: Array.from({ length: shape[0] }, () => 1 + d.g.normal() ** 2),
      })
      const [p, g, m, v, x, small] = [plain(), plain(), plain(), positive(), positive(), plain()]
      small.values = Array.from(small.values, s => s / 10)
      const extra = n % 2 === 1
      for (let which = 0; which < 5; which++)
        agree(`adam ${shape}, operand ${which}`, 2e-6, b => {
          const t = [p, g, m, v, x].map(r => build(b, r))
          b.adam(t[0], t[1], t[2], t[3], extra ? t[4] : null, {
            lr: 0.01,
            beta1: 0.9,
            beta2: 0.99,
            eps: 1e-8,
            weightDecay: 0.1,
            decoupled: n % 3 === 0,
            step: 1 + n,
          })
          return t[which]
        })
      for (let which = 0; which < 5; which++)
        agree(`rmsprop ${shape}, operand ${which}`, 2e-6, b => {
          const t = [p, g, v, m, small].map(r => build(b, r))
          b.rmsprop(t[0], t[1], t[2], extra ? t[3] : null, n % 3 ? t[4] : null, {
            lr: 0.01,
            alpha: 0.9,
            eps: 1e-6,
            weightDecay: 0.1,
            momentum: 0.8,
          })
          return t[which]
        })
      for (let which = 0; which < 3; which++)
        agree(`adagrad ${shape}, operand ${which}`, 2e-6, b => {
          const t = [p, g, v].map(r => build(b, r))
          b.adagrad(t[0], t[1], t[2], { lr: 0.1, eps: 1e-8, weightDecay: 0.1 })
          return t[which]
        })
    }
  })
})
