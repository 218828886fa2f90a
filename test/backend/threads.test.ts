// The same bits for any number of threads, in the deterministic mode too, and without memory that threads can share.
import { describe, expect, it } from 'vitest'
import type { Backend, ConvParams } from '../../src/backend/primitives.ts'
import type { DType, Strided } from '../../src/backend/storage.ts'
import { createWasmBackend, type WasmOptions } from '../../src/backend/wasm/index.ts'
import { Generator } from '../../src/tensor/random.ts'

function backendWith(options: WasmOptions): Backend {
  const b = createWasmBackend(options)
  if (!b) throw new Error('not available in this Node')
  return b
}
/** A back end made while the host has no SharedArrayBuffer, as in a page without cross-origin isolation. */
function alone(options: WasmOptions): Backend {
  const hidden = globalThis.SharedArrayBuffer
  Reflect.deleteProperty(globalThis, 'SharedArrayBuffer')
  try {
    return backendWith(options)
  } finally {
    globalThis.SharedArrayBuffer = hidden
  }
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
function make(
  b: Backend,
  shape: readonly number[],
  values: ArrayLike<number> | null,
  dtype: DType = 'float32',
): Strided {
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
const numbers = (seed: number, n: number) => {
  const g = new Generator(seed)
  return Float32Array.from({ length: n }, () => g.normal())
}

/** Work large enough to be shared out; each gives a result. */
const WORK: Record<string, (b: Backend) => Strided> = {
  tanh(b) {
    const out = make(b, [50_001], null)
    b.unary('tanh', make(b, [50_001], numbers(1, 50_001)), out)
    return out
  },
  'bias in rows'(b) {
    const out = make(b, [300, 133], null)
    const bias = { ...make(b, [133], numbers(2, 133)) }
    b.binary(
      'add',
      make(b, [300, 133], numbers(3, 300 * 133)),
      { storage: bias.storage, dtype: 'float32', offset: 0, shape: [300, 133], strides: [0, 1] },
      out,
    )
    return out
  },
  'sum of all'(b) {
    const out = make(b, [1], null)
    b.reduce('sum', make(b, [100_003], numbers(4, 100_003)), [0], out)
    return out
  },
  'sum of channels'(b) {
    const out = make(b, [1, 7, 1, 1], null)
    b.reduce('sum', make(b, [9, 7, 20, 21], numbers(5, 9 * 7 * 420)), [0, 2, 3], out)
    return out
  },
  'sum of rows'(b) {
    const out = make(b, [1, 300], null)
    b.reduce('sum', make(b, [200, 300], numbers(6, 60_000)), [0], out)
    return out
  },
  logSoftmax(b) {
    const out = make(b, [301, 97], null)
    b.logSoftmax(make(b, [301, 97], numbers(7, 301 * 97)), 1, out)
    return out
  },
  'tall product'(b) {
    const out = make(b, [1, 401, 65], null)
    b.matmul(
      make(b, [1, 401, 330], numbers(8, 401 * 330)),
      make(b, [1, 330, 65], numbers(9, 330 * 65)),
      out,
    )
    return out
  },
  'wide product'(b) {
    const out = make(b, [1, 33, 501], null)
    b.matmul(
      make(b, [1, 33, 100], numbers(10, 3300)),
      make(b, [1, 100, 501], numbers(11, 50_100)),
      out,
    )
    return out
  },
  'product of one row'(b) {
    const out = make(b, [1, 1, 1001], null)
    b.matmul(
      make(b, [1, 1, 300], numbers(12, 300)),
      make(b, [1, 300, 1001], numbers(13, 300_300)),
      out,
    )
    return out
  },
  ...convolutions('5×5', [9, 3, 17, 16], [13, 3, 5, 5]),
  ...convolutions('one image, 5×5', [1, 20, 17, 19], [71, 20, 5, 5]),
  ...convolutions('3×3', [3, 16, 18, 17], [17, 16, 3, 3]),
  lstm(b) {
    const [T, N, H] = [3, 37, 20]
    const out = make(b, [T, N, H], null)
    b.lstm(
      make(b, [T, N, 4 * H], numbers(14, T * N * 4 * H)),
      make(b, [4 * H, H], numbers(15, 4 * H * H)),
      make(b, [N, H], null),
      make(b, [N, H], null),
      null,
      make(b, [T, N, 4 * H], null),
      make(b, [T, N, H], null),
      out,
      {},
    )
    return out
  },
}
function convolutions(
  name: string,
  xs: number[],
  ws: number[],
): Record<string, (b: Backend) => Strided> {
  const p: ConvParams = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 }
  const ys = [xs[0], ws[0], xs[2] + 3 - ws[2], xs[3] + 3 - ws[3]]
  const [x, w, y] = [numbers(20, size(xs)), numbers(21, size(ws)), numbers(22, size(ys))]
  return {
    [`${name} convolution`](b) {
      const out = make(b, ys, null)
      b.conv2d(make(b, xs, x), make(b, ws, w), null, out, p)
      return out
    },
    [`${name}, gradient in the input`](b) {
      const out = make(b, xs, null)
      b.conv2dInputGrad(make(b, ys, y), make(b, ws, w), out, p)
      return out
    },
    [`${name}, gradient in the filters`](b) {
      const out = make(b, ws, null)
      b.conv2dFilterGrad(make(b, xs, x), make(b, ys, y), out, p)
      return out
    },
  }
}
const bits = (t: Strided) => {
  const numbers = Float32Array.from(t.storage.data)
  return Array.from(new Uint32Array(numbers.buffer))
}

describe.each([true, false])('relaxed %s', relaxed => {
  const one = backendWith({ threads: 1, relaxed })
  const three = backendWith({ threads: 3, relaxed })
  const none = alone({ threads: 3, relaxed })
  it.each(Object.keys(WORK))('%s', name => {
    const expected = bits(WORK[name](one))
    for (let i = 0; i < 3; i++) expect(bits(WORK[name](three))).toEqual(expected)
    expect(bits(WORK[name](none))).toEqual(expected)
    expect(expected.some(v => v !== 0)).toBe(true)
  })
  it('without shared memory there is one thread', () => {
    expect(none.info().threads).toBe(1)
    expect(three.info().threads).toBe(3)
  })
})

it('relax switches between the modes and gives the bits of each', () => {
  const b = createWasmBackend({ threads: 2 })
  const strict = backendWith({ threads: 1, relaxed: false })
  if (!b) throw new Error('not available in this Node')
  const name = '5×5 convolution'
  const before = bits(WORK[name](b))
  b.relax(false)
  expect(b.info().simd).toBe('simd128')
  expect(bits(WORK[name](b))).toEqual(bits(WORK[name](strict)))
  b.relax(true)
  expect(bits(WORK[name](b))).toEqual(before)
})

it('memory that is not shared keeps its numbers when it grows', () => {
  const b = alone({})
  const first = make(b, [1000], numbers(30, 1000))
  const before = b.info().heapBytes
  const kept: Strided[] = []
  while (b.info().heapBytes === before) kept.push(make(b, [1 << 20], null))
  expect(Array.from(first.storage.data)).toEqual(Array.from(numbers(30, 1000)))
  const out = make(b, [1000], null)
  b.unary('neg', first, out)
  expect(Array.from(out.storage.data)).toEqual(Array.from(numbers(30, 1000), v => -v))
})
