import { describe, expect, test } from 'vitest'
import {
  crossEntropy,
  manualSeed,
  nn,
  noGrad,
  optim,
  randn,
  zeros,
  type Tensor,
} from '../../src/index.ts'
import { npz, onnx } from '../../src/io/index.ts'
import { OnnxModel } from '../../src/io/onnx/graph.ts'
import { readModel } from '../../src/io/onnx/model.ts'
import { Writer } from '../../src/io/onnx/protobuf.ts'
import { bytesOf, fixture } from './fixtures.ts'

/** Largest difference, in units of 1 + |expected|; Infinity where only one is NaN or infinite. */
function difference(y: Tensor, expected: Tensor): number {
  expect(y.shape).toEqual(expected.shape)
  const [a, b] = [y.toTypedArray(), expected.toTypedArray()]
  let most = 0
  for (let n = 0; n < a.length; n++) {
    if (Object.is(a[n], b[n]) || a[n] === b[n]) continue
    const d = Math.abs(a[n] - b[n]) / (1 + Math.abs(b[n]))
    most = Math.max(most, Number.isNaN(d) ? Infinity : d)
  }
  return most
}

const network = (name: string) => {
  const all = npz.load(fixture(`onnx/${name}.npz`))
  return {
    net: onnx.parse(bytesOf(`onnx/${name}.onnx`), `${name}.onnx`),
    x: all.x0,
    y: all.y0,
    all,
  }
}

describe('networks that PyTorch exported', () => {
  test.each(['chain', 'chain-7', 'chain-11', 'residual', 'shapes', 'char-lstm', 'gru', 'rnn'])(
    '%s gives what onnxruntime gives',
    name => {
      const { net, x, y } = network(name)
      expect(
        difference(
          noGrad(() => net.call(x)),
          y,
        ),
      ).toBeLessThan(1e-5)
    },
  )
  test('a chain of layers is a Sequential of ours, with PyTorch’s names', () => {
    const { net, all } = network('chain')
    if (!(net instanceof nn.Sequential)) throw new Error('no Sequential')
    expect([...net.namedChildren()].map(([name, m]) => `${name} ${m.constructor.name}`)).toEqual([
      'conv1 Conv2d', 'relu1 ReLU', 'pool1 MaxPool2d', 'bn BatchNorm2d', 'flatten Flatten', 'fc Linear', 'softmax Softmax',
    ]) // prettier-ignore
    const state = net.stateDict()
    for (const name of ['conv1.weight', 'conv1.bias', 'fc.weight', 'fc.bias', 'bn.running_var'])
      expect(state[name].toArray(), name).toEqual(all[`state/${name}`].toArray())
  })
  test('what is no chain is a graph with modules that learn', () => {
    const { net, x } = network('residual')
    expect(net).toBeInstanceOf(OnnxModel)
    const names = [...net.namedChildren()].map(([name]) => name)
    expect(names).toContain('conv1')
    expect(names).toContain('fc')
    const optimizer = new optim.SGD(net.parameters(), { lr: 0.1 })
    const y = zeros([2], { dtype: 'int32' })
    const losses = Array.from({ length: 5 }, () => {
      const loss = crossEntropy(net.call(x), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      return loss.item()
    })
    expect(losses[4]).toBeLessThan(losses[0])
    expect(net.parameters().every(p => p.grad !== null)).toBe(true)
  })
  test('inputs that do not fit', () => {
    const { net, x } = network('residual')
    expect(() => net.call(zeros([1, 3, 8, 8]))).toThrow(
      'residual.onnx: input x is [N, 2, 8, 8], not [1, 3, 8, 8]',
    )
    expect(() => (net as OnnxModel).run({ z: x })).toThrow('input x is missing')
    expect(() => (net as OnnxModel).run({ x, z: x })).toThrow('no input z; there are x')
    expect((net as OnnxModel).run({ x }).y.shape).toEqual([2, 3])
  })
})

describe('ONNX’s own cases of single operations', () => {
  const all = npz.load(fixture('onnx-nodes.npz'))
  const names = Object.keys(all).flatMap(key => (key.endsWith('/model') ? [key.slice(0, -6)] : []))
  /** What is refused, and by which words. */
  const REFUSED: Readonly<Record<string, RegExp>> = {
    _3d_dilations: /dilations|\[N, C, L\] and \[N, C, H, W\]/,
    averagepool_2d_dilations: /dilations of a mean are not read/,
    convtranspose_3d: /\[N, C, L\] and \[N, C, H, W\] are read/,
    training_mode: /export the model in eval\(\)/,
    dropout_default_mask: /output 1 is not computed/,
    gru_: /linear_before_reset 0|layout/,
    lstm_with_peepholes: /peepholes are not read/,
    _batchwise: /layout, clip/,
    maxpool_with_argmax: /switches as a second output/,
    reduce_max_empty: /has no elements/,
    reduce_min_empty: /has no elements/,
    convtranspose_output_shape: /a result of \[10, 8\] from \[9, 7\]/,
  }

  test('there are many', () => expect(names.length).toBeGreaterThan(350))
  test.each(names)('%s', name => {
    const bytes = all[`${name}/model`].toTypedArray() as Uint8Array // a dtype uint8
    const run = (): Tensor[] => {
      const model = readModel(bytes, name)
      const graph = new OnnxModel(model, name).eval()
      const inputs = model.inputs.map(
        ({ name: input }, i) => [input, all[`${name}/x${i}`]] as const,
      )
      return noGrad(() => Object.values(graph.run(Object.fromEntries(inputs))))
    }
    const refused = Object.entries(REFUSED).find(([part]) => name.includes(part))
    if (refused) expect(run).toThrow(refused[1])
    else
      run().forEach((y, i) => {
        const expected = all[`${name}/y${i}`]
        if (expected) expect(difference(y, expected)).toBeLessThan(1e-4)
      })
  })
})

describe('export', () => {
  test('comes back as the same network', () => {
    manualSeed(4)
    const net = new nn.Sequential({
      features: new nn.Sequential({
        conv1: new nn.Conv2d(2, 4, 3, { padding: 'same', groups: 2 }),
        bn: new nn.BatchNorm2d(4),
        relu: new nn.ReLU(),
        pool: new nn.MaxPool2d(2, { ceilMode: true }),
        up: new nn.ConvTranspose2d(4, 3, 3, { stride: 2, outputPadding: 1 }),
        norm: new nn.LocalResponseNorm(3),
        average: new nn.AvgPool2d(3, { stride: 2, padding: 1 }),
      }),
      flatten: new nn.Flatten(),
      drop: new nn.Dropout(0.2),
      fc: new nn.Linear(126, 5, { bias: false }),
      leaky: new nn.LeakyReLU(0.1),
      out: new nn.LogSoftmax(),
    })
    const x = randn([2, 2, 9, 11])
    net.call(x) // moves the running statistics
    net.eval()
    const back = onnx.parse(onnx.format(net))
    const [a, b] = noGrad(() => [net.call(x), back.call(x)])
    expect(difference(b, a)).toBeLessThan(1e-6)
  })
  test('LeNet keeps its names and its numbers', () => {
    const net = nn.lenet().eval()
    const back = onnx.parse(onnx.format(net))
    expect(back).toBeInstanceOf(nn.Sequential)
    expect(Object.keys(back.stateDict())).toEqual(Object.keys(net.stateDict()))
    const x = randn([2, 1, 28, 28])
    expect(difference(back.call(x), net.call(x))).toBe(0)
  })
  test('what is not written says so', () => {
    class Own extends nn.Module {
      forward(x: Tensor): Tensor {
        return x
      }
    }
    expect(() => onnx.format(new nn.Sequential({ own: new Own() }))).toThrow(
      'begins with Own needs the shape',
    )
    expect(() => onnx.format(new nn.Sequential([new nn.Linear(2, 2), new Own()]))).toThrow(
      'onnx: 1: Own is not written',
    )
    expect(() => onnx.format(new nn.Sequential([]))).toThrow('no layers')
    expect(() => onnx.format(new nn.Sequential([new nn.Conv2d(1, 1, 3), new nn.Conv1d(1, 1, 3)]))).toThrow('takes 3 axes; the value there has 4') // prettier-ignore
  })
})

describe('hostile models', () => {
  const model = (graph: (w: Writer) => void, opset = 17): Uint8Array =>
    new Writer()
      .message(7, graph)
      .message(8, w => w.int(2, opset))
      .finish()
  const input = (w: Writer, name = 'x') => w.message(11, v => v.string(1, name))
  const output = (w: Writer, name = 'y') => w.message(12, v => v.string(1, name))
  const node = (
    w: Writer,
    op: string,
    inputs: string[],
    outputs: string[],
    more?: (n: Writer) => void,
  ) =>
    w.message(1, n => {
      for (const i of inputs) n.string(1, i)
      for (const o of outputs) n.string(2, o)
      n.string(4, op)
      more?.(n)
    })
  const ints = (n: Writer, name: string, list: number[]) =>
    n.message(5, a => {
      a.string(1, name).int(20, 7)
      for (const v of list) a.int(8, v)
    })
  const weight = (
    w: Writer,
    name: string,
    dims: number[],
    type: number,
    bytes: number,
    raw = true,
  ) =>
    w.message(5, t => {
      for (const d of dims) t.int(1, d)
      t.int(2, type).string(8, name)
      if (raw) t.bytes(9, new Uint8Array(bytes))
    })
  const parse = (graph: (w: Writer) => void, opset?: number) => () =>
    onnx.parse(model(graph, opset), 'm.onnx')

  test.each([
    [parse(w => weight(w, 'w', [2 ** 40, 2 ** 40], 1, 4)), 'more elements than can be counted'],
    [parse(w => weight(w, 'w', [2 ** 30], 1, 4)), 'expected 4294967296 bytes of numbers, found 4'],
    [parse(w => weight(w, 'w', [-1], 1, 4)), 'sizes are whole numbers'],
    [parse(w => weight(w, 'w', [2 ** 30], 6, 0, false)), 'expected 1073741824 numbers, found 0'],
    [parse(w => weight(w, 'w', [1], 99, 4)), 'numbers of type 99'],
    [parse(w => { weight(w, 'w', [1], 1, 4); weight(w, 'w', [1], 1, 4) }), 'without a name of their own'], // prettier-ignore
    [parse(w => { node(w, 'Relu', ['z'], ['y']); output(w) }), 'Relu uses "z" before it is made'], // prettier-ignore
    [parse(w => { input(w); node(w, 'Relu', ['y'], ['y']); output(w) }), 'uses "y" before'], // prettier-ignore
    [parse(w => { input(w); node(w, 'Relu', ['x'], ['x']); output(w) }), '"x" is made twice'], // prettier-ignore
    [parse(w => { input(w); output(w) }), 'output "y" is never made'], // prettier-ignore
    [parse(w => { input(w); node(w, 'constructor', ['x'], ['y']); output(w) }), 'operations constructor, which are not read'], // prettier-ignore
    [parse(w => { input(w); node(w, 'Relu', ['x'], ['y']); output(w) }, 6), 'opset 6; 7 and later'], // prettier-ignore
    [parse(w => { input(w); node(w, 'Relu', ['x'], ['y'], n => n.string(7, 'com.microsoft')); output(w) }), 'an operation of com.microsoft'], // prettier-ignore
    [
      () => onnx.parse(new Uint8Array([58, 255, 255, 255, 255, 15, 1])),
      'a field of 4294967295 bytes',
    ],
    [
      () => onnx.parse(new Uint8Array([0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0, 0])),
      'this is a pickle',
    ],
    [() => onnx.parse(new Uint8Array(0)), 'expected an ONNX model'],
  ])('%#', (read, problem) => expect(read).toThrow(problem))

  test('weights in other files are not looked for', () =>
    expect(parse(w => w.message(5, t => t.int(1, 1).int(2, 1).string(8, 'w').message(13, e => e.string(1, 'location').string(2, '/etc/passwd'))))).toThrow('are in another file')) // prettier-ignore

  test('results that are too large are refused before they are made', () => {
    const run = (graph: (w: Writer) => void) => () =>
      onnx.parse(model(w => { input(w); graph(w); output(w) })).call(zeros([1, 1, 4, 4])) // prettier-ignore
    const shape = (w: Writer, list: number[]) =>
      w.message(5, t => {
        t.int(1, list.length).int(2, 7).string(8, 's')
        for (const v of list) t.int(7, v)
      })
    const large = 'at most 268435456 elements'
    expect(run(w => { shape(w, [100000, 100000, 4, 4]); node(w, 'Expand', ['x', 's'], ['y']) })).toThrow(large) // prettier-ignore
    expect(run(w => { shape(w, [1e6, 1e6]); node(w, 'ConstantOfShape', ['s'], ['y']) })).toThrow(large) // prettier-ignore
    expect(run(w => { shape(w, [0, 0, 1e6, 1e6, 0, 0, 0, 0]); node(w, 'Pad', ['x', 's'], ['y']) })).toThrow(large) // prettier-ignore
    expect(run(w => { weight(w, 'w', [1, 1, 1, 1], 1, 4); node(w, 'Conv', ['x', 'w'], ['y'], n => ints(n, 'pads', [500000, 500000, 500000, 500000])) })).toThrow(/elements|larger|memory/) // prettier-ignore
    expect(run(w => { weight(w, 'w', [1, 1, 1, 1], 1, 4); node(w, 'ConvTranspose', ['x', 'w'], ['y'], n => ints(n, 'strides', [100000, 100000])) })).toThrow(large) // prettier-ignore
  })
  test('names do not reach the prototype', () => {
    const net = onnx.parse(
      model(w => {
        input(w)
        weight(w, '__proto__.weight', [1, 1, 1, 1], 1, 4)
        node(w, 'Conv', ['x', '__proto__.weight'], ['t'])
        weight(w, 'constructor.weight', [1, 1, 1, 1], 1, 4)
        node(w, 'Conv', ['t', 'constructor.weight'], ['y'])
        output(w)
      }),
    )
    expect(Object.keys(net.stateDict())).toEqual(['proto.weight', 'convconstructor.weight'])
    expect(({} as Record<string, unknown>).weight).toBeUndefined()
  })
})
