// Winograd's convolution, 3×3 and 5×5, against the reference: sizes that leave partial tiles, paddings, odd channel counts.
import { expect, it } from 'vitest'
import type { Backend, ConvParams } from '../../src/backend/primitives.ts'
import { reference } from '../../src/backend/reference/index.ts'
import type { Strided } from '../../src/backend/storage.ts'
import { createWasmBackend } from '../../src/backend/wasm/index.ts'
import { Generator } from '../../src/tensor/random.ts'

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
function make(b: Backend, shape: readonly number[], values?: ArrayLike<number>): Strided {
  const storage = b.create('float32', size(shape), true)
  if (values) storage.data.set(values)
  return {
    storage,
    shape,
    strides: shape.map((_, d) => size(shape.slice(d + 1))),
    offset: 0,
    dtype: 'float32',
  }
}
const wasm = createWasmBackend({ threads: 2 })
if (!wasm) throw new Error('not available in this Node')

const cases = [
  [2, 16, 17, 15, 18, 1],
  [1, 19, 16, 22, 24, 0],
  [3, 16, 33, 13, 16, 2],
  [5, 23, 20, 12, 12, 1],
  [3, 16, 17, 15, 14, 0, 5],
  [1, 19, 16, 13, 22, 2, 5],
  [4, 33, 30, 12, 12, 0, 5],
]
it.each(cases)('N %i, C %i, K %i, %i×%i, padding %i', (N, C, K, H, W, padding, F = 3) => {
  const g = new Generator(N * C)
  const values = (n: number) => Float32Array.from({ length: n }, () => g.normal())
  const p: ConvParams = { stride: [1, 1], padding: [padding, padding], dilation: [1, 1], groups: 1 }
  const [HO, WO] = [H + 2 * padding - F + 1, W + 2 * padding - F + 1]
  const [x, w, bias, gy] = [
    values(N * C * H * W),
    values(K * C * F * F),
    values(K),
    values(N * K * HO * WO),
  ]
  const both = (f: (b: Backend) => Strided) => {
    const expected = f(reference).storage.data
    const got = f(wasm).storage.data
    const scale = Math.sqrt(Math.max(F * F * C, N * HO * WO))
    for (let i = 0; i < expected.length; i++)
      if (!(Math.abs(got[i] - expected[i]) < 6e-5 * scale))
        expect.fail(`element ${i}: reference ${expected[i]}, got ${got[i]}`)
  }
  both(b => {
    const out = make(b, [N, K, HO, WO])
    b.conv2d(make(b, [N, C, H, W], x), make(b, [K, C, F, F], w), make(b, [K], bias), out, p)
    return out
  })
  both(b => {
    const out = make(b, [N, C, H, W])
    b.conv2dInputGrad(make(b, [N, K, HO, WO], gy), make(b, [K, C, F, F], w), out, p)
    return out
  })
  both(b => {
    const out = make(b, [K, C, F, F])
    b.conv2dFilterGrad(make(b, [N, C, H, W], x), make(b, [N, K, HO, WO], gy), out, p)
    return out
  })
})
