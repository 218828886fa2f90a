import { describe, expect, it } from 'vitest'
import { architecture, nn, noGrad, randn, zeros, type Module } from '../../src/index.ts'

const { shapesOnly } = nn

describe('architecture', () => {
  it('lenet, layer by layer', () => {
    const { rows, parameters, macs, output } = architecture(nn.lenet(), [1, 1, 28, 28])
    const facts = rows.map(r => [r.name, r.output, r.parameters, r.macs, r.receptiveField, r.jump])
    expect(facts).toEqual([
      ['conv1', [1, 6, 28, 28], 156, 117_600, [5, 5], [1, 1]],
      ['relu1', [1, 6, 28, 28], 0, 0, [5, 5], [1, 1]],
      ['pool1', [1, 6, 14, 14], 0, 0, [6, 6], [2, 2]],
      ['conv2', [1, 16, 10, 10], 2416, 240_000, [14, 14], [2, 2]],
      ['relu2', [1, 16, 10, 10], 0, 0, [14, 14], [2, 2]],
      ['pool2', [1, 16, 5, 5], 0, 0, [16, 16], [4, 4]],
      ['conv3', [1, 120, 1, 1], 48_120, 48_000, [32, 32], [4, 4]],
      ['relu3', [1, 120, 1, 1], 0, 0, [32, 32], [4, 4]],
      ['flatten', [1, 120], 0, 0, [32, 32], [4, 4]],
      ['fc1', [1, 84], 10_164, 10_080, null, null],
      ['relu4', [1, 84], 0, 0, null, null],
      ['fc2', [1, 10], 850, 840, null, null],
    ])
    expect([parameters, macs, output]).toEqual([61_706, 416_520, [1, 10]])
  })

  it('left-over cells, and where fields start', () => {
    const net = new nn.Sequential({
      conv: new nn.Conv2d(1, 2, 3, { stride: 2, padding: [0, 1] }),
      pool: new nn.MaxPool2d(2),
      ceil: new nn.MaxPool2d(2, { ceilMode: true }),
    })
    const [conv, pool, ceil] = architecture(net, [1, 1, 12, 11]).rows
    expect([conv.output, conv.leftover, conv.start]).toEqual([
      [1, 2, 5, 6],
      [1, 0],
      [0, -1],
    ])
    expect([pool.output, pool.leftover]).toEqual([
      [1, 2, 2, 3],
      [1, 0],
    ])
    expect([ceil.output, ceil.leftover]).toEqual([[1, 2, 1, 2], null])
  })

  it('says what a forward pass gives, for one layer of each kind', () => {
    const layers: [Module, number[]][] = [
      [new nn.Linear(3, 2), [4, 3]],
      [new nn.Flatten(1, 2), [2, 3, 4, 5]],
      [new nn.Unflatten(-1, [2, -1]), [3, 8]],
      [new nn.Conv1d(2, 4, 3, { stride: 2, padding: 2, dilation: 2 }), [2, 2, 9]],
      [new nn.Conv1d(2, 4, 4, { padding: 'same' }), [2, 9]],
      [new nn.Conv2d(2, 4, [2, 3], { padding: 'same' }), [1, 2, 5, 6]],
      [new nn.Conv2d(2, 4, 3, { dilation: 2, stride: [1, 2], groups: 2 }), [2, 9, 8]],
      [new nn.ConvTranspose1d(2, 3, 3, { stride: 3, outputPadding: 1 }), [1, 2, 4]],
      [new nn.ConvTranspose2d(2, 3, 3, { stride: 2, padding: 1 }), [1, 2, 4, 5]],
      [new nn.MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true }), [1, 2, 6, 7]],
      [new nn.MaxPool2d(2, { dilation: 3 }), [1, 2, 6, 7]],
      [new nn.AvgPool2d([2, 3]), [2, 6, 7]],
      [new nn.MaxPool1d(3, { stride: 2, ceilMode: true }), [1, 2, 8]],
      [new nn.AvgPool1d(2), [1, 2, 7]],
      [new nn.AdaptiveAvgPool2d([2, null]), [1, 2, 6, 7]],
      [new nn.AdaptiveMaxPool2d(3), [1, 2, 6, 7]],
      [new nn.AdaptiveAvgPool1d(3), [1, 2, 7]],
      [new nn.AdaptiveMaxPool1d(2), [1, 2, 7]],
      [new nn.Upsample({ scaleFactor: [2, 1.5] }), [1, 2, 3, 5]],
      [new nn.Upsample({ size: 7, mode: 'linear' }), [1, 2, 3]],
      [new nn.BatchNorm2d(2), [2, 2, 3, 3]],
      [new nn.BatchNorm1d(2), [3, 2]],
      [new nn.LayerNorm([2, 3]), [4, 2, 3]],
      [new nn.GroupNorm(1, 2), [2, 2, 3]],
      [new nn.InstanceNorm2d(2), [2, 2, 3, 3]],
      [new nn.LocalResponseNorm(3), [1, 4, 3, 3]],
      [new nn.Dropout2d(), [1, 4, 3, 3]],
      [new nn.GELU(), [2, 3]],
      [new nn.BasicBlock(2, 4, 2), [2, 2, 6, 6]],
    ]
    for (const [m, shape] of layers)
      expect(architecture(m, shape).output, String(m)).toEqual(
        noGrad(() => m.forward(randn(shape))).shape,
      )
  })

  it('recurrent layers count their products', () => {
    const m = new nn.LSTM(3, 5, { numLayers: 2, bidirectional: true })
    const weights = 2 * (20 * 3 + 20 * 5) + 2 * (20 * 10 + 20 * 5)
    expect(m.infer([4, 2, 3])).toEqual({ output: [4, 2, 10], macs: weights * 8, global: true })
  })

  it('prints a table that names the totals', () => {
    const text = String(architecture(nn.lenet(), [1, 1, 29, 28]))
    expect(text.split('\n')[0]).toMatch(/^layer +output +parameters +MACs +field +jump +left over$/)
    expect(text).toMatch(/^pool1 +MaxPool2d\(2\) +\[1, 6, 14, 14\] +6 +2 +1×0$/m)
    expect(text).toContain('61,706 parameters')
  })

  it('names the layer into which a shape does not fit', () => {
    expect(() => architecture(nn.lenet(), [1, 3, 28, 28])).toThrow(
      'architecture: layer conv1: Conv2d: 1 input channels, x is [1, 3, 28, 28]',
    )
    expect(() => architecture(nn.lenet(), [1, 1, 32, 32])).toThrow(
      'architecture: layer fc1: Linear: 120 input features, x is [1, 480]',
    )
    expect(() => architecture(nn.lenet(), [1, 1, 12, 12])).toThrow(
      'architecture: layer conv3: Conv2d: window 5×5 is larger than the map 1×1',
    )
    class Mine extends nn.Module {
      forward(x: ReturnType<typeof randn>) {
        return x
      }
    }
    expect(() => architecture(new Mine(), [1])).toThrow('Mine has no rule for shapes')
  })
})

describe('ready models in their full size, without memory', () => {
  it.each([
    ['alexNet', () => nn.alexNet(), [1, 3, 227, 227], 60_965_224],
    ['alexNet without groups', () => nn.alexNet({ groups: false }), [1, 3, 227, 227], 62_378_344],
    ['vgg11', () => nn.vgg11(), [1, 3, 224, 224], 132_863_336],
    ['vgg11, batchNorm', () => nn.vgg11({ batchNorm: true }), [1, 3, 224, 224], 132_868_840],
    ['vgg16', () => nn.vgg16(), [1, 3, 224, 224], 138_357_544],
    ['vgg16, batchNorm', () => nn.vgg16({ batchNorm: true }), [1, 3, 224, 224], 138_365_992],
    ['resNet18', () => nn.resNet18(), [1, 3, 224, 224], 11_689_512],
    ['resNetCifar', () => nn.resNetCifar(), [1, 3, 32, 32], 272_474],
  ] as const)('%s', (name, make, shape, count) => {
    const net = shapesOnly<nn.Sequential>(make)
    expect(net.parameters().reduce((n, p) => n + p.size, 0)).toBe(count)
    expect(architecture(net, shape).output).toEqual([1, name === 'resNetCifar' ? 10 : 1000])
  })

  it('without numbers cannot be run, saved or loaded, and says so', () => {
    const net = shapesOnly(() => new nn.Sequential([new nn.Conv2d(1, 2, 3), new nn.ReLU()]))
    const sentence = 'made inside nn.shapesOnly: it has a shape but no numbers'
    expect(() => net.forward(zeros([1, 1, 8, 8]))).toThrow(sentence)
    expect(() => net.stateDict()).toThrow(sentence)
    expect(() => net.parameters()[0].toArray()).toThrow(sentence)
    const state = new nn.Sequential([new nn.Conv2d(1, 2, 3), new nn.ReLU()]).stateDict()
    expect(() => net.loadStateDict(state)).toThrow()
  })

  it('multiply-adds as known', () => {
    const macs = (make: () => nn.Sequential, side: number) =>
      architecture(shapesOnly(make), [1, 3, side, side]).macs
    // 15.47 G of VGG-16 and 1.814 G of ResNet-18: convolutions and linear layers
    expect(macs(() => nn.vgg16(), 224)).toBe(15_470_264_320)
    expect(macs(() => nn.resNet18(), 224)).toBe(1_814_073_344)
  })
})
