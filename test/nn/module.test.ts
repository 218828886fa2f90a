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

describe('state, more loosely', () => {
  it('takes what both have when not strict, and says what they have not', () => {
    const net = new Two()
    const found = net.loadStateDict(
      { 'first.factor': tensor([5]), stray: zeros([1]) },
      { strict: false },
    )
    expect(net.first.factor.toArray()).toEqual([5])
    expect(found.unexpectedKeys).toEqual(['stray'])
    expect(found.missingKeys).toContain('rest.1.weight')
    expect(() => net.loadStateDict({ 'first.factor': zeros([2]) }, { strict: false })).toThrow(
      'first.factor is [2], the model has [1]',
    )
  })
  it('of shared weights is listed under both names, trained once', () => {
    const shared = new nn.Linear(2, 2, { bias: false })
    const net = new nn.Sequential({ a: shared, b: shared })
    expect(net.namedParameters().map(([n]) => n)).toEqual(['a.weight'])
    expect(Object.keys(net.stateDict())).toEqual(['a.weight', 'b.weight'])
  })
})

describe('the whole module', () => {
  it('goes to another dtype: parameters, buffers, what is frozen', () => {
    const net = new nn.Sequential([new nn.Linear(2, 3), new nn.BatchNorm1d(3)])
    net.get(0).freeze()
    net.to('float64')
    const types = Object.entries(net.stateDict()).map(([k, t]) => [k, t.dtype])
    expect(types.filter(([, d]) => d !== 'float64')).toEqual([['1.num_batches_tracked', 'int32']])
    expect(net.parameters().map(p => p.requiresGrad)).toEqual([false, false, true, true])
    expect(net.forward(ones([4, 2], { dtype: 'float64' })).dtype).toBe('float64')
  })
  it('apply visits children first; zeroGrad forgets', () => {
    const net = new Two()
    const names: string[] = []
    net.apply(m => names.push(m.constructor.name))
    expect(names).toEqual(['Linear', 'Scale', 'Scale', 'Two'])
    net
      .forward(ones([1, 1]))
      .sum()
      .backward()
    net.zeroGrad()
    expect(net.parameters().every(p => p.grad === null)).toBe(true)
  })
  it('summary counts what is trained', () => {
    const net = new nn.Sequential({ fc: new nn.Linear(2, 3), bn: new nn.BatchNorm1d(3) })
    net.get('fc').freeze()
    const summary = net.summary()
    expect([summary.parameters, summary.trained]).toEqual([15, 6])
    expect(String(summary)).toMatch(/^fc\.weight +\[3, 2\] +6 +frozen$/m)
    expect(String(summary)).toContain('Sequential: 15 parameters, 9 of them frozen')
  })
  it('hooks run wherever forward is called, also inside a class, and for several outputs', () => {
    const net = new Two()
    let seen = 0
    const remove = net.first.registerForwardHook(() => void seen++)
    net.forward(ones([1, 1]))
    remove()
    net.forward(ones([1, 1]))
    expect(seen).toBe(1)
    const gru = new nn.GRU(1, 2)
    gru.registerForwardHook((_, x, { output, hn }) => ({
      output: output.mul(0),
      hn: hn.mul(x.size),
    }))
    const y = gru.forward(ones([3, 1, 1]))
    expect(y.output.abs().max().item()).toBe(0)
  })
})

describe('ModuleList', () => {
  it('names its entries and belongs to the state', () => {
    class Stack extends Module {
      layers = new nn.ModuleList([new nn.Linear(1, 1), new nn.Linear(1, 1)])
      forward(x: Tensor): Tensor {
        for (const layer of this.layers) x = layer.forward(x)
        return x
      }
    }
    const net = new Stack()
    expect(Object.keys(net.stateDict())[2]).toBe('layers.1.weight')
    expect(net.layers.at(-1)).toBe([...net.layers][1])
    expect(net.forward(ones([1, 1])).shape).toEqual([1, 1])
    expect(() => net.layers.at(2)).toThrow('ModuleList: no entry 2; there are 2')
    expect(() => net.layers.push(3 as never)).toThrow('ModuleList: entry 2 is number, not a module')
  })
})
