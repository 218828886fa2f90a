// Whole models against PyTorch (`families/networks.py`): every gradient at step 1, the loss over 20 steps.
import { describe, expect, it } from 'vitest'
import {
  crossEntropy,
  nn,
  noGrad,
  optim,
  tensor,
  withBackend,
  type Tensor,
} from '../../src/index.ts'
import { expectClose, numbers, readGolden, readGradients } from '../golden/golden.ts'

interface Golden {
  model: string
  grads: [shape: number[], { norm: number; projections: number[]; first: number[] }][]
  losses: number[]
}
type Float = 'float32' | 'float64'
const golden = readGolden<Golden>('networks')

/** The weights of networks.py. */
function fill(parameters: readonly Tensor[], flat: boolean): void {
  noGrad(() =>
    parameters.forEach((p, i) => {
      const bound = flat ? 0.5 : p.ndim > 1 ? Math.sqrt((6 * p.shape[0]) / p.size) : 0.1
      const values = numbers(p.size, 1 + i).map(v => v * bound)
      p.copy_(tensor(values, { dtype: p.dtype }).reshape(p.shape))
    }),
  )
}

interface Run {
  parameters: Tensor[]
  loss(): Tensor
  step(): void
}
function images(net: nn.Sequential, side: number, dtype: Float): Run {
  net.to(dtype)
  fill(net.parameters(), false)
  const x = tensor(numbers(4 * 3 * side * side, 50), { dtype }).reshape([4, 3, side, side])
  const y = tensor(Int32Array.of(0, 1, 2, 3))
  const optimizer = new optim.SGD(net.parameters(), { lr: 0.01, momentum: 0.9 })
  return {
    parameters: net.parameters(),
    loss: () => crossEntropy(net.forward(x), y),
    step: () => optimizer.step(),
  }
}
function language(dtype: Float): Run {
  const net = nn.charRNN(11, { embedding: 6, hidden: 8, layers: 2 }).to(dtype)
  fill(net.parameters(), true)
  const text = Int32Array.from({ length: 24 }, (_, i) => (i * i * 3 + Math.floor(i / 4)) % 11)
  const x = tensor(text.slice(0, 21)).reshape([7, 3])
  const y = tensor(text.slice(3))
  const optimizer = new optim.Adam(net.parameters(), { lr: 0.02 })
  return {
    parameters: net.parameters(),
    loss: () => crossEntropy(net.forward(x).logits.reshape([-1, 11]), y),
    step: () => {
      optim.clipGradNorm(net.parameters(), 0.5)
      optimizer.step()
    },
  }
}
const small = { classes: 5, width: 1 / 16, dropout: 0 }
const MODELS: Record<string, (dtype: Float) => Run> = {
  alexNet: dtype => images(nn.alexNet({ ...small, size: 67 }), 67, dtype),
  vgg11: dtype => images(nn.vgg11({ ...small, size: 32, batchNorm: true }), 32, dtype),
  resNetCifar: dtype => images(nn.resNetCifar({ n: 1, width: 4, classes: 5 }), 16, dtype),
  language,
}

const runs = Object.keys(MODELS).flatMap(model =>
  (['float64 reference', 'float32 wasm'] as const).map(run => [model, run] as const),
)
describe('small networks as in PyTorch', () => {
  it.each(runs)('%s, %s', (model, run) => {
    const { grads, losses } = golden.find(g => g.model === model)!
    const [dtype, backend] = run.split(' ') as [Float, 'reference' | 'wasm']
    const exact = dtype === 'float64'
    withBackend(backend, () => {
      const { parameters, loss, step } = MODELS[model](dtype)
      losses.forEach((expected, i) => {
        for (const p of parameters) p.grad = null
        const value = loss()
        value.backward()
        if (i === 0) {
          expect(parameters.map(p => p.shape)).toEqual(grads.map(([shape]) => shape))
          parameters.forEach((p, k) => agree(p, grads[k][1], exact ? 1e-8 : 1e-4, `gradient ${k}`))
          // Stored as float32, so 1e-6 is what float64 can be held to.
          readGradients(model).forEach((g, k) => {
            const size = Math.max(0.1, ...g.toTypedArray().map(Math.abs))
            expectClose(
              parameters[k].grad!.toTypedArray().map(v => v / size),
              g.toTypedArray().map(v => v / size),
              exact ? 1e-6 : 1e-4,
              `every number of gradient ${k}`,
            )
          })
        }
        const error = Math.abs(value.item() - expected)
        expect(error, `loss ${i + 1}`).toBeLessThan(exact ? 1e-9 : 2e-3)
        step()
      })
    })
  })
})

function agree(p: Tensor, golden: Golden['grads'][0][1], tolerance: number, what: string): void {
  const g = Float64Array.from(p.grad?.toTypedArray() ?? [])
  const { norm, projections, first } = golden
  // Gradients that are 0 but for rounding (of a bias before batchNorm) have no size to compare with.
  const close = (got: number, expected: number, which: string) =>
    expect(Math.abs(got - expected), `${what}: ${which}`).toBeLessThan(
      tolerance * Math.max(norm, 0.1),
    )
  close(Math.hypot(...g), norm, 'norm')
  projections.forEach((e, k) => {
    const along = numbers(g.length, 100 + k)
    const dot = g.reduce((s, v, i) => s + v * along[i], 0)
    close(dot, e, `projection ${k}`)
  })
  first.forEach((e, i) => close(g[i], e, `element ${i}`))
}
