import { describe, expect, it } from 'vitest'
import { Module, nn, noGrad, ones, tensor, zeros, type Tensor } from '../../src/index.ts'
import { parameter } from '../../src/nn/module.ts'

class Scale extends Module {
  factor = parameter(tensor([2]))
  count = tensor([0])
  forward(x: Tensor): Tensor {
    return x.mul(this.factor)
  }
}
class Two extends Module {
  first = new Scale()
  rest = [new Scale(), new nn.Linear(1, 1)]
  forward(x: Tensor): Tensor {
    return this.rest.reduce((y, m) => m.forward(y), this.first.forward(x))
  }
}

describe('Module', () => {
  it('finds parameters, buffers and children by the names of the fields', () => {
    const net = new Two()
    expect(net.namedParameters().map(([n]) => n)).toEqual([
      'first.factor',
      'rest.0.factor',
      'rest.1.weight',
      'rest.1.bias',
    ])
    expect(net.namedBuffers().map(([n]) => n)).toEqual(['first.count', 'rest.0.count'])
    expect([...net.namedModules()].map(([n]) => n)).toEqual(['', 'first', 'rest.0', 'rest.1'])
    expect(net.parameters().every(p => p.requiresGrad)).toBe(true)
  })
  it('state goes out as copies and comes back', () => {
    const net = new Two()
    const state = net.stateDict()
    noGrad(() => net.first.factor.fill_(9))
    expect(state['first.factor'].toArray()).toEqual([2])
    net.loadStateDict(state)
    expect(net.first.factor.toArray()).toEqual([2])
    expect(net.first.factor.requiresGrad).toBe(true)
  })
  it('a state that does not fit changes nothing and says why', () => {
    const net = new Scale()
    expect(() => net.loadStateDict({ factor: zeros([2]), other: zeros([1]) })).toThrow(
      new RangeError(
        'loadStateDict: count is missing; other is unknown; factor is [2], the model has [1]',
      ),
    )
    expect(net.factor.toArray()).toEqual([2])
  })
  it('train, eval, freeze reach everything below', () => {
    const net = new Two()
    expect(net.eval().first.training).toBe(false)
    expect(net.train().rest[0].training).toBe(true)
    net.freeze()
    expect(net.parameters().some(p => p.requiresGrad)).toBe(false)
    expect(net.forward(ones([1, 1])).requiresGrad).toBe(false)
    net.unfreeze()
    expect(net.forward(ones([1, 1])).requiresGrad).toBe(true)
  })
  it('hooks see and replace outputs, until removed', () => {
    const m = new Scale()
    const seen: unknown[] = []
    const remove = m.registerForwardHook((module, x, y) => {
      seen.push(module === m, x.toArray(), y.toArray())
      return y.add(1)
    })
    expect(m.call(ones([1])).toArray()).toEqual([3])
    expect(seen).toEqual([true, [1], [2]])
    remove()
    expect(m.call(ones([1])).toArray()).toEqual([2])
  })
  it('prints one line a module', () => {
    expect(
      String(new Two())
        .split('\n')
        .map(l => l.trim().replace(/ +/g, ' ')),
    ).toEqual(['Two 4', 'first: Scale 1', 'rest.0: Scale 1', 'rest.1: Linear(1, 1) 2'])
  })
})
