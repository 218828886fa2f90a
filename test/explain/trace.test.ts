import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/index.ts'
import { conv2d, data, lenet, manualSeed, maxPool2d, nn, randn, relu, tensor, trace, zeros } from '../../src/index.ts' // prettier-ignore

describe('of a function', () => {
  test('every operation in order, with inputs, options and output', () => {
    const [x, w] = [randn([1, 2, 6, 6]), randn([3, 2, 3, 3])]
    const traced = trace(() => maxPool2d(relu(conv2d(x, w, { stride: 1, padding: 1 })), 2))
    expect(traced.ops.map(({ op }) => op)).toEqual(['conv2d', 'relu', 'maxPool2d'])
    expect(traced.ops[0].inputs).toEqual([x, w])
    expect(traced.ops[0].options).toMatchObject({
      stride: [1, 1],
      padding: [1, 1],
      dilation: [1, 1],
      groups: 1,
    })
    expect(traced.output).toBe(traced.ops[2].output)
    expect(String(traced)).toBe(
      'trace of 3 operations\nconv2d: [1, 2, 6, 6], [3, 2, 3, 3] → [1, 3, 6, 6]\nrelu: [1, 3, 6, 6] → [1, 3, 6, 6]\nmaxPool2d: [1, 3, 6, 6] → [1, 3, 3, 3]',
    )
  })
  test('what follows is not recorded, also after an exception', () => {
    expect(() =>
      trace(() => {
        throw new Error('mine')
      }),
    ).toThrow('mine')
    const traced = trace(() => relu(randn([2])))
    relu(randn([2]))
    expect(traced.ops).toHaveLength(1)
  })
  test('gradients still flow', () => {
    const w = randn([1, 1, 2, 2], { requiresGrad: true })
    const { output } = trace(() => conv2d(randn([1, 1, 3, 3]), w))
    output!.sum().backward()
    expect(w.grad?.shape).toEqual([1, 1, 2, 2])
  })
  test('neither function nor network', () =>
    // A plain JavaScript user may pass anything.
    expect(() => trace(3 as unknown as () => Tensor)).toThrow(
      'trace: number is neither a function nor a network',
    ))
})

describe('of a network', () => {
  manualSeed(1)
  const net = lenet()
  const { test: set } = data.fashionMNIST()

  test('the values are those of the forward pass', () => {
    const x = set.at(4).x
    const traced = trace(net, x)
    expect(Array.from(traced.output.toTypedArray())).toEqual(
      Array.from(net.eval().forward(x).toTypedArray()),
    )
    const fc2 = traced.layers.find(({ name }) => name === 'fc2')!
    expect(Array.from(fc2.values.toTypedArray())).toEqual(Array.from(traced.output.toTypedArray()))
    const p = Array.from(traced.layers.at(-1)!.values.toTypedArray())
    expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
  })
  test('before the activation, and after it', () => {
    const conv1 = trace(net, set.at(4)).layers[1]
    const before = conv1.before!.toTypedArray()
    conv1.values.toTypedArray().forEach((v, i) => expect(v).toBe(Math.max(0, before[i])))
  })
  test('one image in every form gives the same', () => {
    const reference = Array.from(trace(net, set.at(4)).output.toTypedArray())
    for (const image of [set.images.at(4), set.images.at(4, 0), set.at(4).x, set.at(4).x.at(0)])
      expect(Array.from(trace(net, image).output.toTypedArray())).toEqual(reference)
    expect(trace(net, set.at(4)).label).toBe(set.at(4).name)
    expect(trace(net, set.images.at(4)).label).toBeNull()
  })
  test('receptive fields of LeNet', () => {
    const fields = trace(net, set.at(0)).layers.map(({ name, field }) => [name, field && [field.size[0], field.step[0], field.start[0]]]) // prettier-ignore
    expect(Object.fromEntries(fields)).toEqual({
      input: [1, 1, 0], conv1: [5, 1, -2], pool1: [6, 2, -2], conv2: [14, 2, -2], pool2: [16, 4, -2], conv3: [32, 4, -2],
      flatten: null, fc1: null, fc2: null, softmax: null,
    }) // prettier-ignore
  })
  test('receptive fields by experiment: a value changes exactly when a pixel in its field does', () => {
    manualSeed(4)
    const small = new nn.Sequential({
      conv1: new nn.Conv2d(1, 2, 3, { stride: 2, padding: 1 }),
      conv2: new nn.Conv2d(2, 2, [2, 3], { dilation: 2 }),
      pool: new nn.AvgPool2d(2, { stride: 1 }),
    })
    const base = randn([1, 1, 17, 19])
    const layers = trace(small, base).layers
    const valueAt = (t: Tensor, index: number[]): number => t.at(0, ...index).item()
    const at = layers.map(({ shape }) => [0, 1, 2].map(d => (d ? Math.min(2, shape[d] - 1) : 0)))
    const read = layers.map(() => new Set<string>())
    for (let i = 0; i < 17; i++)
      for (let j = 0; j < 19; j++) {
        const numbers = base.toTypedArray()
        numbers[i * 19 + j] += 1
        const other = trace(small, tensor(numbers).reshape([1, 17, 19])).layers
        other.forEach((layer, n) => {
          if (valueAt(layer.values, at[n]) !== valueAt(layers[n].values, at[n]))
            read[n].add(`${i},${j}`)
        })
      }
    layers.forEach(({ field }, n) => {
      const rows = [...read[n]].map(place => Number(place.split(',')[0]))
      const columns = [...read[n]].map(place => Number(place.split(',')[1]))
      const expected = ([0, 1] as const).map(d => {
        const from = field!.start[d] + at[n][1 + d] * field!.step[d]
        return [Math.max(0, from), Math.min([17, 19][d], from + field!.size[d]) - 1]
      })
      expect([[Math.min(...rows), Math.max(...rows)], [Math.min(...columns), Math.max(...columns)]]).toEqual(expected) // prettier-ignore
    })
  })
  test('weights are copies: training on does not change the record', () => {
    const own = lenet()
    const traced = trace(own, set.at(0))
    const [op] = [traced.layers[1].op]
    if (op.op !== 'conv2d') throw new Error(op.op)
    const before = Array.from(op.weight.toTypedArray())
    own.loadStateDict(lenet().stateDict())
    expect(Array.from(op.weight.toTypedArray())).toEqual(before)
  })
  test('dropout is off meanwhile, and training mode comes back', () => {
    const dropping = new nn.Sequential({
      flatten: new nn.Flatten(),
      drop: new nn.Dropout(0.5),
      fc: new nn.Linear(784, 3),
    })
    dropping.train()
    const a = trace(dropping, set.at(0)).output.toTypedArray()
    expect(trace(dropping, set.at(0)).output.toTypedArray()).toEqual(a)
    expect(dropping.training).toBe(true)
  })
  test('nested and unnamed parts: names are paths, repeated ones are numbered', () => {
    class Twice extends nn.Module {
      inner = new nn.Sequential([new nn.Conv2d(1, 1, 3, { padding: 1 }), new nn.ReLU()])
      forward(x: Tensor): Tensor {
        return this.inner.forward(this.inner.forward(x)).add(x)
      }
    }
    const names = trace(new Twice(), zeros([8, 8])).layers.map(({ name, op }) => [name, op.op])
    expect(names).toEqual([['input', 'input'], ['inner.0', 'conv2d'], ['inner.0 (2)', 'conv2d'], ['add', 'other']]) // prettier-ignore
  })
  test('softmax only where logits end it, and on demand', () => {
    const names = (m: nn.Module, options?: { softmax?: boolean }): string[] =>
      trace(m, set.at(0), options).layers.map(({ name }) => name)
    expect(names(net, { softmax: false })).not.toContain('softmax')
    const own = new nn.Sequential({
      flatten: new nn.Flatten(),
      fc: new nn.Linear(784, 3),
      probabilities: new nn.Softmax(),
    })
    expect(names(own)).toEqual(['input', 'flatten', 'fc', 'probabilities'])
    expect(
      names(new nn.Sequential({ flatten: new nn.Flatten(), fc: new nn.Linear(784, 1) })),
    ).toEqual(['input', 'flatten', 'fc'])
  })
  test('a batch is refused', () =>
    expect(() => trace(net, set.batch([0, 1]).x)).toThrow(
      'the image is [2, 1, 28, 28]; one image is [1, C, H, W]',
    ))
  test('no image at all', () =>
    expect(() => trace(net, undefined as unknown as Tensor)).toThrow('a network needs an image'))
})
