import { describe, expect, it } from 'vitest'
import {
  arange,
  backend,
  crossEntropy,
  Generator,
  lenet,
  noGrad,
  optim,
  tensor,
  withBackend,
  type Sequential,
} from '../../src/index.ts'
import { expectClose, numbers, readGolden, readGradients } from '../golden/golden.ts'

interface Golden {
  model: string
  logits: number[]
  loss: number
  grads: Record<string, { norm: number; projections: number[]; first: number[] }>
  losses: number[]
}
const golden = readGolden<Golden>('models').find(g => g.model === 'lenet')!

/** The weights of families/models.py. */
function fill(net: Sequential): Sequential {
  noGrad(() =>
    net.parameters().forEach((p, i) => {
      const bound = 1 / Math.sqrt(p.ndim > 1 ? p.size / p.shape[0] : 10)
      p.copy_(tensor(numbers(p.size, 1 + i).map(v => v * bound)).reshape(p.shape))
    }),
  )
  return net
}
const images = () => tensor(numbers(8 * 28 * 28, 50), { dtype: 'float32' }).reshape([8, 1, 28, 28])

describe.each(['reference', 'wasm'] as const)('LeNet against PyTorch, %s', name => {
  it('logits, loss and every gradient at step 1', () =>
    withBackend(name, () => {
      expect(backend().name).toBe(name)
      const net = fill(lenet())
      const logits = net.forward(images())
      const loss = crossEntropy(logits, arange(8))
      loss.backward()
      expectClose(logits.toTypedArray(), golden.logits, 1e-5, 'logits')
      expect(Math.abs(loss.item() - golden.loss)).toBeLessThan(1e-5)
      const parameters = net.namedParameters()
      expect(parameters.map(([n]) => n)).toEqual(Object.keys(golden.grads))
      for (const [n, p] of parameters) {
        const { norm, projections, first } = golden.grads[n]
        const g = Float64Array.from(p.grad!.toTypedArray())
        const close = (got: number, expected: number, what: string) =>
          expect(Math.abs(got - expected), `${n}: ${what}`).toBeLessThan(2e-5 * norm)
        close(Math.hypot(...g), norm, 'norm')
        projections.forEach((e, k) => {
          const along = numbers(g.length, 100 + k)
          close(
            g.reduce((s, v, i) => s + v * along[i], 0),
            e,
            `projection ${k}`,
          )
        })
        first.forEach((e, i) => close(g[i], e, `element ${i}`))
      }
      const all = readGradients('lenet')
      expect(all.reduce((n, g) => n + g.size, 0)).toBe(61_706)
      all.forEach((g, k) => {
        const size = Math.max(...g.toTypedArray().map(Math.abs))
        expectClose(
          parameters[k][1].grad!.toTypedArray().map(v => v / size),
          g.toTypedArray().map(v => v / size),
          1e-5,
          `every number of the gradient of ${parameters[k][0]}`,
        )
      })
    }))

  it('loss over 20 steps', () =>
    withBackend(name, () => {
      const steps = name === 'reference' ? 3 : 20
      const net = fill(lenet())
      const optimizer = new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 })
      const x = images()
      for (let i = 0; i < steps; i++) {
        const loss = crossEntropy(net.forward(x), arange(8))
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        expect(Math.abs(loss.item() - golden.losses[i]), `step ${i + 1}`).toBeLessThan(2e-4)
      }
    }))
})

describe('lenet', () => {
  it('has the parameters of the paper with this padding, and a seed decides them', () => {
    const a = lenet({ generator: new Generator(1) })
    const b = lenet({ generator: new Generator(1) })
    expect(a.parameters().reduce((n, p) => n + p.size, 0)).toBe(61_706)
    expect(a.parameters()[0].toArray()).toEqual(b.parameters()[0].toArray())
    expect(lenet({ classes: 3 }).forward(images()).shape).toEqual([8, 3])
  })
})
