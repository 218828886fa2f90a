import { describe, expect, it } from 'vitest'
import { cos, optim, tensor, withBackend } from '../../src/index.ts'
import { expectClose, numbers, readGolden } from '../golden/golden.ts'

interface Golden {
  model: string
  options: optim.SGDOptions
  trail: number[][]
}

describe('SGD against PyTorch', () => {
  const cases = readGolden<Golden>('models').filter(g => g.model === 'sgd')
  const runs = (['float64 reference', 'float32 reference', 'float32 wasm'] as const).flatMap(run =>
    cases.map(c => [JSON.stringify(c.options), run, c] as const),
  )
  it.each(runs)('%s, %s', (_, run, { options, trail }) => {
    const [dtype, name] = run.split(' ') as ['float32' | 'float64', 'reference' | 'wasm']
    withBackend(name, () => {
      const p = tensor(numbers(6, 3), { dtype, requiresGrad: true })
      const optimizer = new optim.SGD([p], options)
      const factor = tensor([1, 2, 3, 4, 5, 6], { dtype })
      trail.forEach((expected, i) => {
        optimizer.zeroGrad()
        cos(p.mul(factor)).sum().backward()
        optimizer.step()
        expectClose(p.toTypedArray(), expected, dtype === 'float64' ? 1e-12 : 1e-4, `step ${i + 1}`)
      })
    })
  })
})

describe('SGD', () => {
  const p = () => tensor([1, 2], { requiresGrad: true })
  it('leaves parameters without gradient alone', () => {
    const [a, b] = [p(), p()]
    const optimizer = new optim.SGD([a, b], { lr: 1 })
    a.sum().backward()
    optimizer.step()
    expect([a.toArray(), b.toArray()]).toEqual([
      [0, 1],
      [1, 2],
    ])
    optimizer.zeroGrad()
    expect(a.grad).toBeNull()
  })
  it('its momentum can be taken and put back', () => {
    const run = (steps: number, optimizer: optim.SGD, t: ReturnType<typeof p>) => {
      for (let i = 0; i < steps; i++) {
        optimizer.zeroGrad()
        t.pow(2).sum().backward()
        optimizer.step()
      }
      return t.toArray()
    }
    const options = { lr: 0.1, momentum: 0.9 }
    const a = p()
    const whole = run(6, new optim.SGD([a], options), a)
    const b = p()
    const first = new optim.SGD([b], options)
    run(3, first, b)
    const second = new optim.SGD([b], options)
    second.loadStateDict(first.stateDict())
    expect(run(3, second, b)).toEqual(whole)
  })
  it('refuses what makes no sense', () => {
    expect(() => new optim.SGD([], { lr: 1 })).toThrow('SGD: no parameters')
    expect(() => new optim.SGD([p()], { lr: -1 })).toThrow('SGD: lr -1; it is at least 0')
    expect(() => new optim.SGD([p()], { lr: 1, nesterov: true })).toThrow('nesterov needs momentum')
  })
})
