/** Layers against PyTorch's (`families/nn.py`): state, outputs, gradients, buffers; in float64 and on every back end. */
import { describe, expect, it } from 'vitest'
import {
  grad,
  nn,
  noGrad,
  tensor,
  withBackend,
  type DType,
  type Module,
  type Tensor,
} from '../../src/index.ts'
import { expectClose, fill, numbers, outputsOf, readGolden, RUNS, weight } from './golden.ts'

interface Golden {
  layer: string
  args: unknown[]
  train: boolean
  steps: number
  /** Further arguments of forward. */
  rest: unknown[]
  state: Record<string, number[]>
  inputs: { shape: number[]; data?: number[] }[]
  outputs: { shape: number[]; data: number[] }[]
  grads: (number[] | null)[]
  parameters: Record<string, number[]>
  buffers: Record<string, number[]>
}

type AnyLayer = Module<unknown[], unknown>

/** The layer with the weights of families/nn.py. */
function build(c: Golden, dtype: 'float32' | 'float64'): AnyLayer {
  // The golden file names classes of nn and what they take.
  const Layer = Reflect.get(nn, c.layer) as new (...args: unknown[]) => AnyLayer
  const m = new Layer(...c.args).to(dtype).train(c.train)
  noGrad(() =>
    m.parameters().forEach((p, i) => {
      const values = numbers(p.size, 1 + i).map(v => v / 2)
      p.copy_(tensor(values, { dtype }).reshape(p.shape))
    }),
  )
  return m
}

function inputsOf(c: Golden, dtype: DType): Tensor[] {
  return c.inputs.map(({ shape, data }, k) => {
    if (data) return tensor(Int32Array.from(data)).reshape(shape)
    const n = shape.reduce((a, b) => a * b, 1)
    return tensor(numbers(n, 50 + k), { dtype })
      .reshape(shape)
      .detach()
      .requiresGrad_()
  })
}

function run(c: Golden, { dtype, backend, tolerance }: (typeof RUNS)[number]): void {
  withBackend(backend, () => {
    const m = build(c, dtype)
    const shapes = Object.entries(m.stateDict()).map(([k, t]) => [k, t.shape])
    expect(shapes, 'state').toEqual(Object.entries(c.state))
    const inputs = inputsOf(c, dtype)
    const more = c.rest.map(a => fill(a, inputs))
    let ys: Tensor[] = []
    for (let i = 0; i < c.steps; i++) ys = outputsOf(m.forward(inputs[0], ...more))
    expect(
      ys.map(y => y.shape),
      'shapes',
    ).toEqual(c.outputs.map(o => o.shape))
    ys.forEach((y, i) => expectClose(y.toTypedArray(), c.outputs[i].data, tolerance, `result ${i}`))
    const asked = inputs.flatMap((x, i) => {
      const expected = c.grads[i]
      return expected ? [{ t: x, expected, name: `input ${i}` }] : []
    })
    for (const [name, t] of m.namedParameters())
      asked.push({ t, expected: c.parameters[name], name })
    const gs = grad(
      ys,
      asked.map(({ t }) => t),
      ys.map(y => {
        const w = Float64Array.from({ length: y.size }, (_, i) => weight(i))
        return tensor(w, { dtype }).reshape(y.shape)
      }),
    )
    gs.forEach((g, i) => {
      const { expected, name } = asked[i]
      expectClose(g.toTypedArray(), expected, tolerance * 4, `gradient of ${name}`)
    })
    expect(m.namedBuffers().map(([name]) => name)).toEqual(Object.keys(c.buffers))
    for (const [name, b] of m.namedBuffers())
      expectClose(b.toTypedArray(), c.buffers[name], tolerance, name)
  })
}

/** Every golden case of these layers of `nn`. */
export function layerGoldens(...layers: string[]): void {
  const cases = readGolden<Golden>('nn')
  describe('as in PyTorch: state, outputs, gradients, buffers', () => {
    it.each(layers)('%s', layer => {
      const own = cases.filter(c => c.layer === layer)
      expect(own.length).toBeGreaterThan(0)
      for (const c of own)
        for (const r of RUNS)
          try {
            run(c, r)
          } catch (error) {
            throw new Error(`${JSON.stringify(c.args)}, ${r.name}: ${(error as Error).message}`, {
              cause: error,
            })
          }
    })
  })
}
