import { describe, expect, it } from 'vitest'
import { crossEntropy, nn, noGrad, ones, randn, tensor, type Tensor } from '../../src/index.ts'

const net = () =>
  new nn.Sequential({ fc1: new nn.Linear(4, 5), relu: new nn.ReLU(), fc2: new nn.Linear(5, 3) })

describe('Sequential', () => {
  it('runs its layers in order, named or listed', () => {
    const named = net()
    const x = randn([2, 4])
    const byHand = Object.values(named.layers).reduce((y: Tensor, m) => m.forward(y), x)
    expect(named.forward(x).toArray()).toEqual(byHand.toArray())
    const listed = new nn.Sequential([new nn.Linear(4, 5), new nn.ReLU()])
    expect(listed.namedParameters().map(([n]) => n)).toEqual(['0.weight', '0.bias'])
    expect(named.namedParameters().map(([n]) => n)).toEqual([
      'fc1.weight',
      'fc1.bias',
      'fc2.weight',
      'fc2.bias',
    ])
  })
  it('get by name and number', () => {
    const n = net()
    expect(n.get('relu')).toBeInstanceOf(nn.ReLU)
    expect(n.get(2)).toBe(n.get('fc2'))
    expect(() => n.get('fc3')).toThrow('Sequential: no layer fc3; there are fc1, relu, fc2')
  })
  it('refuses what is no module', () => {
    // @ts-expect-error a function is no module
    expect(() => new nn.Sequential({ f: () => 1 })).toThrow(
      new TypeError('Sequential: f is function, not a module'),
    )
  })
  it('gradients are those of the layers called one by one', () => {
    const n = net()
    const x = randn([6, 4])
    const y = tensor([0, 1, 2, 0, 1, 2], { dtype: 'int32' })
    crossEntropy(n.forward(x), y).backward()
    const whole = n.parameters().map(p => p.grad!.toArray())
    n.parameters().forEach(p => (p.grad = null))
    const layers = Object.values(n.layers)
    crossEntropy(
      layers.reduce((t: Tensor, m) => m.forward(t), x),
      y,
    ).backward()
    expect(n.parameters().map(p => p.grad!.toArray())).toEqual(whole)
  })
  it('layers after frozen ones get the gradients they would get alone', () => {
    const n = new nn.Sequential({
      conv1: new nn.Conv2d(1, 3, 3),
      relu1: new nn.ReLU(),
      conv2: new nn.Conv2d(3, 4, 3),
      relu2: new nn.ReLU(),
      pool: new nn.MaxPool2d(2),
      flatten: new nn.Flatten(),
      fc1: new nn.Linear(16, 8),
      relu3: new nn.ReLU(),
      fc2: new nn.Linear(8, 2),
    })
    const x = randn([5, 1, 8, 8])
    const y = tensor([0, 1, 1, 0, 1], { dtype: 'int32' })
    const gradients = (names: string[]) =>
      n.namedParameters().map(([name, p]) => {
        const g = names.includes(name.split('.')[0]) ? p.grad!.toArray() : null
        p.grad = null
        return g
      })
    for (const frozen of [['conv1'], ['conv1', 'conv2'], ['conv1', 'conv2', 'fc1']]) {
      const learning = ['conv1', 'conv2', 'fc1', 'fc2'].filter(name => !frozen.includes(name))
      n.unfreeze()
      crossEntropy(n.forward(x), y).backward()
      const whole = gradients(learning)
      for (const name of frozen) n.get(name).freeze()
      for (let step = 0; step < 2; step++) {
        crossEntropy(n.forward(x), y).backward()
        expect(gradients(learning)).toEqual(whole)
      }
    }
  })
  it('a hook in the middle may keep what it saw', () => {
    const n = net()
    const kept: Tensor[] = []
    n.get('relu').registerForwardHook((_, __, y) => void kept.push(y))
    for (let i = 0; i < 3; i++)
      n.forward(ones([2, 4]))
        .sum()
        .backward()
    noGrad(() => n.forward(ones([2, 4])))
    expect(kept).toHaveLength(4)
    expect(kept[0].toArray()).toEqual(kept[3].toArray())
  })
})
