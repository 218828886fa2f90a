/** Golden values from PyTorch (`make_golden.py`) as tests: one line a family. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import * as layerscope from '../../src/index.ts'
import { grad, tensor, Tensor, withBackend, type DType } from '../../src/index.ts'
import { safetensors } from '../../src/io/index.ts'

interface Values {
  shape: number[]
  /** `float` stands for the dtype of the run. */
  dtype: 'float' | 'int32' | 'uint8' | 'bool'
  data: (number | string)[]
}
export interface GoldenCase {
  op: string
  args: unknown[]
  inputs: Values[]
  outputs: Values[]
  grads: ((number | string)[] | null)[]
}

/** What a family's file holds. */
export function readGolden<T = GoldenCase>(family: string): T[] {
  return JSON.parse(readFileSync(new URL(`${family}.json`, import.meta.url), 'utf8')) as T[]
}

/** Every number of a model's gradients at step 1 (`make_gradients.py`), parameter by parameter; empty for others. */
export function readGradients(model: string): Tensor[] {
  const all = safetensors.load(fileURLToPath(new URL('gradients.safetensors', import.meta.url)))
  const own: Tensor[] = []
  while (all[`${model}.${own.length}`]) own.push(all[`${model}.${own.length}`])
  return own
}

/** Weight of element i when an output is made one number. */
export const weight = (i: number): number => Math.cos(1 + 1.7 * i)

export const RUNS = [
  { name: 'float64, reference', dtype: 'float64', backend: 'reference', tolerance: 1e-9 },
  { name: 'float32, reference', dtype: 'float32', backend: 'reference', tolerance: 2e-5 },
  { name: 'float32, wasm', dtype: 'float32', backend: 'wasm', tolerance: 2e-5 },
] as const

const build = (v: Values, dtype: DType, requiresGrad: boolean) =>
  tensor(Float64Array.from(v.data, Number), {
    dtype: v.dtype === 'float' ? dtype : v.dtype,
  })
    .reshape(v.shape)
    .detach()
    .requiresGrad_(requiresGrad && v.dtype === 'float')

/** `'$1'` anywhere in the arguments stands for input 1; infinities are strings. */
export function fill(arg: unknown, inputs: readonly Tensor[]): unknown {
  if (typeof arg === 'string' && /^\$\d+$/.test(arg)) return inputs[Number(arg.slice(1))]
  if (arg === 'Infinity' || arg === '-Infinity') return Number(arg)
  if (Array.isArray(arg)) return arg.map(a => fill(a, inputs))
  if (arg !== null && typeof arg === 'object')
    return Object.fromEntries(Object.entries(arg).map(([k, v]) => [k, fill(v, inputs)]))
  return arg
}

/** An operation's result as a list: a tensor, a list of tensors, or an object of tensors. */
export function outputsOf(y: unknown): Tensor[] {
  if (y instanceof Tensor) return [y]
  return Object.values(y as Record<string, unknown>).filter(v => v instanceof Tensor)
}

/** Equal within `tolerance` of the largest finite number around; NaN and infinities exactly. */
export function expectClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(got.length, `${what}: number of elements`).toBe(expected.length)
  const scale = Math.max(1, ...Array.from(expected, v => (Number.isFinite(v) ? Math.abs(v) : 0)))
  for (let i = 0; i < got.length; i++) {
    const [g, e] = [got[i], expected[i]]
    if (!(Object.is(g, e) || g === e || Math.abs(g - e) <= tolerance * scale))
      expect.fail(`${what}, element ${i}: expected ${e}, got ${g}`)
  }
}

function run(c: GoldenCase, { dtype, backend, tolerance }: (typeof RUNS)[number]): void {
  withBackend(backend, () => {
    const op = (layerscope as Record<string, unknown>)[c.op]
    if (typeof op !== 'function') expect.fail(`there is no operation ${c.op}`)
    const inputs = c.inputs.map((v, i) => build(v, dtype, c.grads[i] !== null))
    const ys = outputsOf(
      (op as (...args: unknown[]) => unknown)(...c.args.map(a => fill(a, inputs))),
    )
    expect(ys.length, 'number of results').toBe(c.outputs.length)
    ys.forEach((y, i) => {
      const e = c.outputs[i]
      expect(y.shape, `shape of result ${i}`).toEqual(e.shape)
      expect(y.dtype, `dtype of result ${i}`).toBe(e.dtype === 'float' ? dtype : e.dtype)
      expectClose(y.toTypedArray(), e.data.map(Number), tolerance, `result ${i}`)
    })
    const asked = inputs.filter(x => x.requiresGrad)
    if (!asked.length) return
    const live = ys.filter(y => y.requiresGrad)
    const gs = grad(
      live,
      asked,
      live.map(y =>
        tensor(
          Float64Array.from({ length: y.size }, (_, i) => weight(i)),
          { dtype },
        ).reshape(y.shape),
      ),
      { allowUnused: true },
    )
    const expected = c.grads.filter(g => g !== null)
    gs.forEach((g, i) =>
      expectClose(
        g.toTypedArray(),
        expected[i].map(Number),
        tolerance * 4,
        `gradient of input ${i}`,
      ),
    )
  })
}

/** Values and gradients of every case of a family, in float64 and on every back end in float32. */
export function goldens(family: string): void {
  const byOp = new Map<string, GoldenCase[]>()
  for (const c of readGolden(family)) byOp.set(c.op, [...(byOp.get(c.op) ?? []), c])
  describe(`PyTorch's values and gradients: ${family}`, () => {
    for (const [op, cases] of byOp)
      it(`${op} (${cases.length})`, () => {
        cases.forEach((c, i) => {
          for (const r of RUNS)
            try {
              run(c, r)
            } catch (error) {
              const { message } = error as Error
              throw new Error(
                `${op}, case ${i} (${JSON.stringify(c.args)}), ${r.name}: ${message}`,
                {
                  cause: error,
                },
              )
            }
        })
      })
  })
}

/** Uniform in [−1, 1), the same numbers as `numbers` in families/models.py. */
export function numbers(n: number, seed: number): Float64Array {
  let s = seed
  return Float64Array.from({ length: n }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    return (s >>> 8) / 2 ** 23 - 1
  })
}
