// Every back end against the reference, on every primitive, over shapes drawn at random with a seed.
import { describe, expect, it } from 'vitest'
import type { Backend, ConvParams } from '../../src/backend/primitives.ts'
import { reference } from '../../src/backend/reference/index.ts'
import type { DType, Strided } from '../../src/backend/storage.ts'
import { createWasmBackend } from '../../src/backend/wasm/index.ts'
import { Generator } from '../../src/tensor/random.ts'

const made = [
  ['wasm', createWasmBackend({ threads: 1 })],
  ['wasm without relaxed multiply-add', createWasmBackend({ threads: 1, relaxed: false })],
  ['wasm, 3 threads', createWasmBackend({ threads: 3 })],
] as const
const others = made.map(([name, b]) => {
  if (!b) throw new Error(`${name}: not available in this Node`)
  return [name, b] as const
})

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
const rowMajor = (shape: readonly number[]) => shape.map((_, d) => size(shape.slice(d + 1)))

function make(
  b: Backend,
  shape: readonly number[],
  values: ArrayLike<number>,
  dtype: DType = 'float32',
): Strided {
  const storage = b.create(dtype, size(shape), false)
  storage.data.set(values)
  return { storage, shape, strides: rowMajor(shape), offset: 0, dtype }
}
const values = (g: Generator, n: number) => Float32Array.from({ length: n }, () => g.normal())
const read = (t: Strided) => Array.from(t.storage.data)

/** Runs the same on both back ends and compares `out`; `depth` is the number of terms in a sum. */
function agree(b: Backend, depth: number, f: (b: Backend) => Strided) {
  const expected = read(f(reference))
  const got = read(f(b))
  expect(got.length).toBe(expected.length)
  const tolerance = 3e-7 * Math.max(4, depth)
  for (let i = 0; i < expected.length; i++) {
    const [e, a] = [expected[i], got[i]]
    if (
      Number.isNaN(e)
        ? !Number.isNaN(a)
        : e !== a && !(Math.abs(e - a) <= tolerance * Math.max(1, Math.abs(e)))
    ) {
      expect.fail(`element ${i}: reference ${e}, got ${a}`)
    }
  }
}

describe.each(others)('%s agrees with the reference', (_, b) => {
  const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-38, 3e38]

  it.each([
    'neg',
    'abs',
    'sign',
    'exp',
    'log',
    'sqrt',
    'reciprocal',
    'square',
    'sin',
    'cos',
    'tanh',
    'sigmoid',
    'silu',
    'gelu',
    'geluTanh',
    'softplus',
    'relu',
    'floor',
    'ceil',
    'round',
    'isnan',
    'not',
  ] as const)('unary %s', name => {
    const g = new Generator(1)
    for (const n of [0, 1, 3, 4, 9, 1000, 40_001]) {
      const v = values(g, n)
      special.slice(0, n).forEach((s, i) => (v[i] = s))
      agree(b, 4, k => {
        const out = make(k, [n], new Float32Array(n))
        k.unary(name, make(k, [n], v), out)
        return out
      })
    }
  })

  it.each(['sin', 'cos'] as const)('%s of any angle', name => {
    for (const scale of [1, 100, 8000, 9000, 1e6]) {
      const v = Float32Array.from({ length: 2001 }, (_, i) => ((i - 1000) / 1000) * scale)
      agree(b, 4, k => {
        const out = make(k, [2001], new Float32Array(2001))
        k.unary(name, make(k, [2001], v), out)
        return out
      })
    }
  })

  it.each(['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'reluMask'] as const)(
    'binary %s, broadcasts and strides',
    name => {
      const g = new Generator(2)
      const cases: [number[], number[], number[]][] = [
        [[7], [1], [1]],
        [
          [3, 5],
          [5, 1],
          [5, 1],
        ],
        [
          [3, 5],
          [5, 1],
          [0, 1],
        ],
        [
          [3, 5],
          [5, 1],
          [1, 0],
        ],
        [
          [3, 5],
          [5, 1],
          [0, 0],
        ],
        [
          [3, 5],
          [0, 0],
          [5, 1],
        ],
        [
          [2, 3, 4, 5],
          [60, 20, 5, 1],
          [0, 1, 0, 0],
        ],
        [
          [2, 3, 40, 50],
          [6000, 2000, 50, 1],
          [0, 1, 0, 0],
        ],
        [
          [2, 3, 4, 5],
          [60, 20, 5, 1],
          [0, 20, 5, 1],
        ],
        [
          [70, 300],
          [300, 1],
          [0, 1],
        ],
        [
          [4, 6],
          [1, 4],
          [6, 1],
        ],
        [
          [0, 3],
          [3, 1],
          [3, 1],
        ],
      ]
      for (const [shape, sa, sb] of cases) {
        const [va, vb] = [values(g, 12_000 + 9_100), values(g, 12_000 + 9_100)]
        special.forEach((s, i) => ((va[i] = s), (vb[(i * 5) % 11] = s)))
        agree(b, 4, k => {
          const out = make(k, shape, new Float32Array(size(shape)))
          k.binary(
            name,
            { ...make(k, [va.length], va), shape, strides: sa, offset: 0, dtype: 'float32' },
            { ...make(k, [vb.length], vb), shape, strides: sb, offset: 0, dtype: 'float32' },
            out,
          )
          return out
        })
      }
    },
  )

  it('accumulate, fill, copy, where, compare', () => {
    const g = new Generator(3)
    for (const n of [1, 5, 64, 20_000]) {
      const [v, w] = [values(g, n), values(g, n)]
      agree(b, 4, k => {
        const out = make(k, [n], v)
        k.accumulate(make(k, [n], w), out)
        return out
      })
      agree(b, 1, k => {
        const out = make(k, [n], v)
        k.fill(out, 2.5)
        return out
      })
      agree(b, 1, k => {
        const out = make(k, [n], v)
        k.copy(make(k, [n], w), out)
        return out
      })
      agree(b, 1, k => {
        const mask = make(k, [n], new Uint8Array(n), 'bool')
        k.compare('lt', make(k, [n], v), make(k, [n], w), mask)
        const out = make(k, [n], v)
        k.where(mask, make(k, [n], v), make(k, [n], w), out)
        return out
      })
    }
    agree(b, 1, k => {
      const x = make(k, [24], values(new Generator(4), 24))
      const out = make(k, [4, 6], new Float32Array(24))
      k.copy(
        { ...x, storage: x.storage, dtype: 'float32', shape: [4, 6], strides: [1, 4], offset: 0 },
        out,
      )
      return out
    })
  })

  it.each(['sum', 'max', 'min', 'prod'] as const)('reduce %s', name => {
    const g = new Generator(5)
    const cases: [number[], number[]][] = [
      [[5], [0]],
      [[3, 4], [0]],
      [[3, 4], [1]],
      [
        [3, 4],
        [0, 1],
      ],
      [
        [2, 3, 4, 5],
        [0, 2, 3],
      ],
      [[2, 3, 4, 5], [1]],
      [
        [2, 3, 4, 5],
        [0, 2],
      ],
      [
        [33, 7, 24, 24],
        [0, 2, 3],
      ],
      [[300, 130], [0]],
      [[1, 1], [0]],
      [[0, 3], [0]],
    ]
    for (const [shape, dims] of cases) {
      const v =
        name === 'prod' ? values(g, size(shape)).map(x => 1 + x / 100) : values(g, size(shape))
      const to = shape.map((s, d) => (dims.includes(d) ? 1 : s))
      agree(b, Math.sqrt(size(shape)) * 4, k => {
        const out = make(k, to, new Float32Array(size(to)))
        k.reduce(name, make(k, shape, v), dims, out)
        return out
      })
    }
  })

  it('arg, softmax, logSoftmax, gather, scatterAdd', () => {
    const v = values(new Generator(6), 60)
    for (const d of [0, 1, 2]) {
      const shape = [3, 4, 5]
      agree(b, 1, k => {
        const out = make(
          k,
          shape.map((s, e) => (e === d ? 1 : s)),
          new Int32Array(60 / shape[d]),
          'int32',
        )
        k.arg('argmax', make(k, shape, v), d, out)
        return out
      })
      for (const name of ['softmax', 'logSoftmax'] as const)
        agree(b, 8, k => {
          const out = make(k, shape, new Float32Array(60))
          k[name](make(k, shape, v), d, out)
          return out
        })
      const small = shape.map((s, e) => (e === d ? 2 : s))
      const index = Int32Array.from({ length: size(small) }, (_, i) => (i * 7) % shape[d])
      agree(b, 1, k => {
        const out = make(k, small, new Float32Array(size(small)))
        k.gather(make(k, shape, v), d, make(k, small, index, 'int32'), out)
        return out
      })
      agree(b, 4, k => {
        const out = make(k, shape, new Float32Array(60))
        k.scatterAdd(
          make(k, small, v.slice(0, size(small))),
          d,
          make(k, small, index, 'int32'),
          out,
        )
        return out
      })
    }
  })

  it('matmul over sizes and strides', () => {
    const g = new Generator(7)
    const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 64, 65, 130, 333]
    const pick = () => sizes[g.below(sizes.length)]
    for (let n = 0; n < 60; n++) {
      const [B, M, K, N] = [1 + g.below(2), pick(), pick(), pick()]
      const [ta, tb] = [g.below(2), g.below(2)]
      const [va, vb] = [values(g, B * M * K), values(g, B * K * N)]
      agree(b, K, k => {
        const out = make(k, [B, M, N], new Float32Array(B * M * N))
        const a = make(k, [va.length], va)
        const w = make(k, [vb.length], vb)
        k.matmul(
          {
            storage: a.storage,
            dtype: 'float32',
            offset: 0,
            shape: [B, M, K],
            strides: ta ? [M * K, 1, M] : [M * K, K, 1],
          },
          {
            storage: w.storage,
            dtype: 'float32',
            offset: 0,
            shape: [B, K, N],
            strides: tb ? [K * N, 1, K] : [K * N, N, 1],
          },
          out,
        )
        return out
      })
    }
  })

  it('one image in blocks, with more weights than the second cache holds', () => {
    const g = new Generator(81)
    const [xs, ws, ys] = [
      [1, 40, 15, 17],
      [71, 40, 5, 5],
      [1, 71, 15, 17],
    ]
    const [x, w, bias] = [values(g, size(xs)), values(g, size(ws)), values(g, 71)]
    const p: ConvParams = { stride: [1, 1], padding: [2, 2], dilation: [1, 1], groups: 1 }
    agree(b, 40 * 25, q => {
      const t = make(q, ys, new Float32Array(size(ys)))
      q.conv2d(make(q, xs, x), make(q, ws, w), make(q, [71], bias), t, p)
      return t
    })
  })

  it('convolution and its two gradients over strides, paddings, dilations, groups', () => {
    const g = new Generator(8)
    const one = (n: number) => 1 + g.below(n)
    for (let n = 0; n < 60; n++) {
      const groups = [1, 1, 1, 2, 3][g.below(5)]
      const [N, D, M] = [one(n % 10 === 0 ? 11 : 3), one(4), one(n % 7 === 0 ? 18 : 5)]
      const [h, k] = [one(5), one(5)]
      const p: ConvParams = {
        stride: [one(3), one(3)],
        padding: [g.below(3), g.below(3)],
        dilation: [one(2), one(2)],
        groups,
      }
      const least = (window: number, d: 0 | 1) =>
        Math.max(1, p.dilation[d] * (window - 1) + 1 - 2 * p.padding[d])
      const [H, W] = [least(h, 0) + g.below(14), least(k, 1) + g.below(14)]
      const out = (s: number, window: number, d: 0 | 1) =>
        Math.floor((s + 2 * p.padding[d] - p.dilation[d] * (window - 1) - 1) / p.stride[d]) + 1
      const [C, K] = [D * groups, M * groups]
      const [xs, ws, ys] = [
        [N, C, H, W],
        [K, D, h, k],
        [N, K, out(H, h, 0), out(W, k, 1)],
      ]
      const [x, w, y, bias] = [
        values(g, size(xs)),
        values(g, size(ws)),
        values(g, size(ys)),
        values(g, K),
      ]
      agree(b, D * h * k, q => {
        const t = make(q, ys, new Float32Array(size(ys)))
        q.conv2d(make(q, xs, x), make(q, ws, w), n % 2 ? make(q, [K], bias) : null, t, p)
        return t
      })
      agree(b, M * h * k, q => {
        const t = make(q, xs, new Float32Array(size(xs)))
        q.conv2dInputGrad(make(q, ys, y), make(q, ws, w), t, p)
        return t
      })
      agree(b, N * ys[2] * ys[3], q => {
        const t = make(q, ws, new Float32Array(size(ws)))
        q.conv2dFilterGrad(make(q, xs, x), make(q, ys, y), t, p)
        return t
      })
    }
  })

  it('pooling, its scatter and gather, means', () => {
    const g = new Generator(9)
    for (let n = 0; n < 40; n++) {
      const two = n % 3 === 0
      const kernel: [number, number] = two ? [2, 2] : [1 + g.below(3), 1 + g.below(3)]
      const p = {
        kernel,
        stride: (two ? [2, 2] : [1 + g.below(3), 1 + g.below(3)]) as [number, number],
        padding: (two ? [0, 0] : kernel.map(k => g.below(Math.floor(k / 2) + 1))) as [
          number,
          number,
        ],
      }
      const [N, C, H, W] = [
        1 + g.below(3),
        1 + g.below(5),
        kernel[0] + g.below(12),
        kernel[1] + g.below(12),
      ]
      const out = (s: number, d: 0 | 1) =>
        Math.floor((s + 2 * p.padding[d] - kernel[d]) / p.stride[d]) + 1
      const [xs, ys] = [
        [N, C, H, W],
        [N, C, out(H, 0), out(W, 1)],
      ]
      // Few different values: ties are frequent.
      const x = Float32Array.from({ length: size(xs) }, () =>
        n % 4 === 3 && g.below(9) === 0 ? NaN : g.below(4),
      )
      const y = values(g, size(ys))
      const pooled = (q: Backend) => {
        const o = make(q, ys, new Float32Array(size(ys)))
        const i = make(q, ys, new Int32Array(size(ys)), 'int32')
        q.maxPool2d(make(q, xs, x), o, i, p)
        return [o, i]
      }
      agree(b, 1, q => pooled(q)[0])
      agree(b, 1, q => pooled(q)[1])
      agree(b, 9, q => {
        const t = make(q, xs, new Float32Array(size(xs)))
        q.poolScatter(make(q, ys, y), pooled(q)[1], t)
        return t
      })
      agree(b, 1, q => {
        const t = make(q, ys, new Float32Array(size(ys)))
        q.poolGather(make(q, xs, x), pooled(q)[1], t)
        return t
      })
      for (const countPad of [true, false]) {
        agree(b, 9, q => {
          const t = make(q, ys, new Float32Array(size(ys)))
          q.avgPool2d(make(q, xs, values(new Generator(n), size(xs))), t, p, countPad)
          return t
        })
        agree(b, 9, q => {
          const t = make(q, xs, new Float32Array(size(xs)))
          q.avgPool2dGrad(make(q, ys, y), t, p, countPad)
          return t
        })
      }
    }
  })

  it('sgd', () => {
    const g = new Generator(10)
    for (const n of [1, 6, 20_003])
      for (const momentum of [0, 0.9])
        for (const nesterov of momentum ? [false, true] : [false])
          for (const first of [true, false]) {
            const [p, d, v] = [values(g, n), values(g, n), values(g, n)]
            const run = (which: 'p' | 'v') => (k: Backend) => {
              const P = make(k, [n], p)
              const V = momentum ? make(k, [n], v) : null
              k.sgd(P, make(k, [n], d), V, {
                lr: 0.1,
                momentum,
                dampening: nesterov ? 0 : 0.1,
                weightDecay: 0.01,
                nesterov,
                first,
              })
              return which === 'p' ? P : (V ?? P)
            }
            agree(b, 4, run('p'))
            agree(b, 4, run('v'))
          }
  })
})
