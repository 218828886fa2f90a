import { describe, expect, it } from 'vitest'
import { conv2d, Generator, nn, noGrad, ones, randn, tensor, zeros } from '../../src/index.ts'
import { layerGoldens } from '../golden/layers.ts'

layerGoldens('Linear', 'Embedding', 'Flatten', 'Unflatten')

const x = randn([2, 3, 6, 6])

describe('layers compute what their operations do', () => {
  it('Linear', () => {
    const m = new nn.Linear(3, 2)
    expect(m.weight.shape).toEqual([2, 3])
    noGrad(() => {
      m.weight.copy_(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      )
      m.bias!.fill_(1)
    })
    expect(m.forward(ones([1, 3])).toArray()).toEqual([[7, 16]])
    expect(new nn.Linear(3, 2, { bias: false }).parameters()).toHaveLength(1)
    expect(m.describe()).toBe('3, 2')
  })
  it('Conv2d', () => {
    const m = new nn.Conv2d(3, 4, [3, 2], { stride: 2, padding: 1, generator: new Generator(1) })
    expect(m.weight.shape).toEqual([4, 3, 3, 2])
    expect(m.forward(x).toArray()).toEqual(
      conv2d(x, m.weight, { bias: m.bias, stride: 2, padding: 1 }).toArray(),
    )
    expect(m.describe()).toBe('3, 4, 3×2, stride 2, padding 1')
    expect(new nn.Conv2d(4, 4, 1, { groups: 2 }).weight.shape).toEqual([4, 2, 1, 1])
    expect(() => new nn.Conv2d(3, 4, 1, { groups: 2 })).toThrow(
      'Conv2d: groups 2 must divide 3 input',
    )
  })
  it('pools, activations, Flatten', () => {
    expect(new nn.MaxPool2d(2).forward(x).toArray()).toEqual(
      x
        .reshape([2, 3, 3, 2, 3, 2])
        .max({ dim: [3, 5] })
        .toArray(),
    )
    expect(new nn.AvgPool2d(6).forward(ones([1, 1, 6, 6])).toArray()).toEqual([[[[1]]]])
    expect(new nn.ReLU().forward(tensor([-1, 2])).toArray()).toEqual([0, 2])
    expect(new nn.Sigmoid().forward(zeros([1])).toArray()).toEqual([0.5])
    expect(new nn.Tanh().forward(zeros([1])).toArray()).toEqual([0])
    expect(new nn.Softmax().forward(zeros([1, 2])).toArray()).toEqual([[0.5, 0.5]])
    expect(new nn.Flatten().forward(x).shape).toEqual([2, 108])
  })
  it('Dropout only while training', () => {
    const m = new nn.Dropout(0.5)
    const dropped = Array.from(m.forward(ones([1000])).toTypedArray())
    expect(new Set(dropped)).toEqual(new Set([0, 2]))
    expect(
      m
        .eval()
        .forward(ones([3]))
        .toArray(),
    ).toEqual([1, 1, 1])
  })
})
