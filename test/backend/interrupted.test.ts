// A notebook's interrupt ends JavaScript past every `finally`; the runner then calls what was registered under the symbol.
import { describe, expect, it } from 'vitest'
import { backend, lenet, nn, trace, withBackend, zeros, Module } from '../../src/index.ts'
import type { Tensor } from '../../src/index.ts'
import { restoring } from '../../src/backend/interrupted.ts'
import { still } from '../../src/explain/pass.ts'

const slot = globalThis as { [key: symbol]: Set<() => void> | undefined }
const interrupt = () => slot[Symbol.for('layerscope.interrupted')]?.forEach(reset => reset())

describe('after an interrupt', () => {
  it('scopes are closed, the inner ones first', () => {
    const order: string[] = []
    restoring(
      () =>
        restoring(
          () => {
            interrupt()
            expect(order).toEqual(['inner', 'outer'])
          },
          () => order.push('inner'),
        ),
      () => order.push('outer'),
    )
    interrupt()
    expect(order.length).toBe(4)
  })
  it('the back end is the one from before', () => {
    const before = backend().name
    const other = before === 'wasm' ? 'reference' : 'wasm'
    withBackend(other, () => {
      expect(backend().name).toBe(other)
      interrupt()
      expect(backend().name).toBe(before)
    })
  })
  it('modules have memory again', () => {
    nn.shapesOnly(() => {
      interrupt()
      expect(new nn.Linear(2, 2).forward(zeros([1, 2])).shape).toEqual([1, 2])
    })
  })
  it('networks train again, with their own parameters and names', () => {
    const net = lenet()
    const fine = () => {
      expect(net.training).toBe(true)
      expect([...net.namedModules()].every(([, m]) => m.training)).toBe(true)
      expect(net.parameters().every(p => p.requiresGrad)).toBe(true)
    }
    still(net, () => {
      expect(net.training).toBe(false)
      interrupt()
      fine()
    })
    class Interrupted extends Module {
      override forward(x: Tensor): Tensor {
        interrupt()
        fine()
        return net.forward(x)
      }
    }
    const whole = new nn.Sequential([new Interrupted()])
    trace(whole, zeros([1, 1, 28, 28]))
    expect(whole.training).toBe(true)
  })
})
