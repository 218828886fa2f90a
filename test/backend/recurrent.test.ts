// The definition of the recurrent primitives: their gradients against finite differences, and the states that lengths hold.
import { describe, expect, it } from 'vitest'
import type { Backend } from '../../src/backend/primitives.ts'
import { reference } from '../../src/backend/reference/index.ts'
import type { DType, Strided } from '../../src/backend/storage.ts'
import { createWasmBackend } from '../../src/backend/wasm/index.ts'
import { Generator } from '../../src/tensor/random.ts'

const [T, N, H] = [4, 3, 2]
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
function make(shape: readonly number[], values?: ArrayLike<number>): Strided {
  const storage = reference.create('float64', size(shape), true)
  if (values) storage.data.set(values)
  return {
    storage,
    shape,
    strides: shape.map((_, d) => size(shape.slice(d + 1))),
    offset: 0,
    dtype: 'float64',
  }
}
const g = new Generator(11)
const draw = (...shape: number[]) =>
  make(
    shape,
    Array.from({ length: size(shape) }, () => g.normal()),
  )
const lengthsOf = (values: number[]): Strided => {
  const storage = reference.create('int32', values.length, false)
  storage.data.set(values)
  return { storage, shape: [values.length], strides: [1], offset: 0, dtype: 'int32' }
}
const dot = (a: Strided, b: Strided) =>
  Array.from(a.storage.data).reduce((s, v, i) => s + v * b.storage.data[i], 0)

/** d loss / d every element of x, by central differences. */
function numeric(x: Strided, loss: () => number): number[] {
  const data = x.storage.data
  return Array.from(data, (v: number, i: number) => {
    const step = 1e-5
    data[i] = v + step
    const up = loss()
    data[i] = v - step
    const down = loss()
    data[i] = v
    return (up - down) / (2 * step)
  })
}
function near(got: Strided, expected: number[]) {
  expected.forEach((v, i) => expect(got.storage.data[i]).toBeCloseTo(v, 6))
}

const cases = [true, false].flatMap(reverse =>
  [null, lengthsOf([4, 1, 3])].map(lengths => ({ reverse, lengths })),
)
describe.each(cases)('reverse $reverse, lengths $lengths.shape', ({ reverse, lengths }) => {
  it.each([true, false])('rnn, relu %s', relu => {
    const [pre, w, h0, weight] = [draw(T, N, H), draw(H, H), draw(N, H), draw(T, N, H)]
    const out = make([T, N, H])
    const loss = () => {
      reference.rnn(pre, w, h0, lengths, out, { reverse, relu })
      return dot(out, weight)
    }
    loss()
    const [gpre, gh0] = [make([T, N, H]), make([N, H])]
    reference.rnnGrad(weight, out, w, lengths, gpre, gh0, { reverse, relu })
    near(gpre, numeric(pre, loss))
    near(gh0, numeric(h0, loss))
  })

  it('lstm', () => {
    const [pre, w, h0, c0] = [draw(T, N, 4 * H), draw(4 * H, H), draw(N, H), draw(N, H)]
    const [weight, cellWeight] = [draw(T, N, H), draw(N, H)]
    const [gates, cells, out] = [make([T, N, 4 * H]), make([T, N, H]), make([T, N, H])]
    const last = (reverse ? 0 : T - 1) * N * H
    const loss = () => {
      reference.lstm(pre, w, h0, c0, lengths, gates, cells, out, { reverse })
      return (
        dot(out, weight) +
        dot(cellWeight, make([N, H], cells.storage.data.slice(last, last + N * H)))
      )
    }
    loss()
    const [gpre, gh0, gc0] = [make([T, N, 4 * H]), make([N, H]), make([N, H])]
    reference.lstmGrad(weight, cellWeight, gates, cells, w, c0, lengths, gpre, gh0, gc0, {
      reverse,
    })
    near(gpre, numeric(pre, loss))
    near(gh0, numeric(h0, loss))
    near(gc0, numeric(c0, loss))
  })

  it('gru', () => {
    const [pre, w, bias, h0] = [draw(T, N, 3 * H), draw(3 * H, H), draw(3 * H), draw(N, H)]
    const weight = draw(T, N, H)
    const [gates, out] = [make([T, N, 4 * H]), make([T, N, H])]
    const loss = () => {
      reference.gru(pre, w, bias, h0, lengths, gates, out, { reverse })
      return dot(out, weight)
    }
    loss()
    const [gpre, ghidden, gh0] = [make([T, N, 3 * H]), make([T, N, 3 * H]), make([N, H])]
    reference.gruGrad(weight, gates, out, w, h0, lengths, gpre, ghidden, gh0, { reverse })
    near(gpre, numeric(pre, loss))
    near(gh0, numeric(h0, loss))
    const sums = make([3 * H])
    reference.reduce('sum', ghidden, [0, 1], {
      ...sums,
      storage: sums.storage,
      dtype: 'float64',
      shape: [1, 1, 3 * H],
      strides: [0, 0, 1],
      offset: 0,
    })
    near(sums, numeric(bias, loss))
  })
})

it('a sequence keeps its state after its length', () => {
  const [pre, w, h0] = [draw(T, N, H), draw(H, H), draw(N, H)]
  const out = make([T, N, H])
  reference.rnn(pre, w, h0, lengthsOf([4, 1, 0]), out, {})
  const at = (t: number, n: number) =>
    Array.from(out.storage.data.slice((t * N + n) * H, (t * N + n + 1) * H))
  expect(at(3, 1)).toEqual(at(0, 1))
  expect(at(3, 2)).toEqual(Array.from(h0.storage.data.slice(2 * H)))
  expect(at(3, 0)).not.toEqual(at(2, 0))
})

describe('wasm agrees with the reference', () => {
  const wasm = createWasmBackend({ threads: 2 })
  if (!wasm) throw new Error('not available in this Node')
  const on = (
    b: Backend,
    shape: readonly number[],
    values: ArrayLike<number> | null,
    dtype: DType = 'float32',
  ): Strided => {
    const storage = b.create(dtype, size(shape), true)
    if (values) storage.data.set(values)
    return {
      storage,
      shape,
      strides: shape.map((_, d) => size(shape.slice(d + 1))),
      offset: 0,
      dtype,
    }
  }
  const sizes = [
    { T: 1, N: 1, H: 1 },
    { T: 3, N: 2, H: 5 },
    { T: 4, N: 17, H: 8 },
    { T: 2, N: 33, H: 23 },
    { T: 5, N: 6, H: 40 },
  ]
  const all = sizes.flatMap(s =>
    [false, true].flatMap(reverse => [false, true].map(masked => ({ ...s, reverse, masked }))),
  )
  it.each(all)(
    'T $T, N $N, H $H, reverse $reverse, lengths $masked',
    ({ T, N, H, reverse, masked }) => {
      const r = new Generator(T * N * H)
      const draw = (n: number) => Float32Array.from({ length: n }, () => 0.5 * r.normal())
      const lengths = Int32Array.from({ length: N }, (_, n) => (n * 7) % (T + 1))
      const [pre, w, bias, h0, c0] = [
        draw(T * N * 4 * H),
        draw(4 * H * H),
        draw(4 * H),
        draw(N * H),
        draw(N * H),
      ]
      const [gout, gcell] = [draw(T * N * H), draw(N * H)]
      const compute = (b: Backend): Strided[] => {
        const f = (values: Float32Array, ...shape: number[]) =>
          on(b, shape, values.subarray(0, size(shape)))
        const empty = (...shape: number[]) => on(b, shape, null)
        const L = masked ? on(b, [N], lengths, 'int32') : null
        const results: Strided[] = []
        for (const relu of [false, true]) {
          const [out, gpre, gh0] = [empty(T, N, H), empty(T, N, H), empty(N, H)]
          b.rnn(f(pre, T, N, H), f(w, H, H), f(h0, N, H), L, out, { reverse, relu })
          b.rnnGrad(f(gout, T, N, H), out, f(w, H, H), L, gpre, gh0, { reverse, relu })
          results.push(out, gpre, gh0)
        }
        {
          const [gates, cells, out] = [empty(T, N, 4 * H), empty(T, N, H), empty(T, N, H)]
          const [W, C] = [f(w, 4 * H, H), f(c0, N, H)]
          b.lstm(f(pre, T, N, 4 * H), W, f(h0, N, H), C, L, gates, cells, out, { reverse })
          results.push(gates, cells, out)
          for (const last of [null, f(gcell, N, H)]) {
            const [gpre, gh0, gc0] = [empty(T, N, 4 * H), empty(N, H), empty(N, H)]
            b.lstmGrad(f(gout, T, N, H), last, gates, cells, W, C, L, gpre, gh0, gc0, { reverse })
            results.push(gpre, gh0, gc0)
          }
        }
        const [gates, out] = [empty(T, N, 4 * H), empty(T, N, H)]
        const [W, H0] = [f(w, 3 * H, H), f(h0, N, H)]
        b.gru(f(pre, T, N, 3 * H), W, f(bias, 3 * H), H0, L, gates, out, { reverse })
        const [gpre, ghidden, gh0] = [empty(T, N, 3 * H), empty(T, N, 3 * H), empty(N, H)]
        b.gruGrad(f(gout, T, N, H), gates, out, W, H0, L, gpre, ghidden, gh0, { reverse })
        return [...results, gates, out, gpre, ghidden, gh0]
      }
      const expected = compute(reference)
      compute(wasm).forEach((t, k) => {
        const e = expected[k].storage.data
        for (let i = 0; i < e.length; i++)
          if (!(Math.abs(t.storage.data[i] - e[i]) <= 1e-4 * Math.max(1, Math.abs(e[i]))))
            expect.fail(`result ${k}, element ${i}: reference ${e[i]}, got ${t.storage.data[i]}`)
      })
    },
  )
})
