import { describe, expect, it } from 'vitest'
import { conv2d, maxPool2d, maxUnpool2d, nn, noGrad, randint, tensor } from '../../src/index.ts'
import { convTranspose2d, crossEntropy } from '../../src/index.ts'
import { deconvnet, gradient, guidedBackprop, stages } from '../../src/explain/index.ts'
import { golden, relativeError, smallImage, smallNet } from './small-net.ts'

const net = smallNet()
const image = smallImage()
const [unit, row, column] = golden.unit
const methods = { gradient, deconvnet, guidedBackprop }

describe('projections agree with Captum', () => {
  it.each([
    ['gradient', golden.gradient, golden.unitGradient],
    ['deconvnet', golden.deconvnet, golden.unitDeconvnet],
    ['guidedBackprop', golden.guided, golden.unitGuided],
  ] as const)('%s: of the output, and of one unit', (name, output, inner) => {
    const f = methods[name]
    const p = f(net, image)
    expect([p.layer, p.unit, p.at]).toEqual(['fc', golden.target, null])
    expect(p.value).toBeCloseTo(golden.logits[golden.target], 5)
    // Captum starts its signal with 1, the deconvnet with the activation.
    const start = name === 'deconvnet' ? p.value : 1
    expect(
      relativeError(
        p.pixels,
        output.map(v => v * start),
      ),
    ).toBeLessThan(1e-5)
    const q = f(net, image, { layer: 'conv2' })
    expect([q.unit, q.at]).toEqual([unit, [row, column]])
    const from = name === 'deconvnet' ? golden.value : 1
    expect(
      relativeError(
        q.pixels,
        inner.map(v => v * from),
      ),
    ).toBeLessThan(1e-5)
  })
})

describe('the way back', () => {
  it('undoes the layers one by one, each stage of the shape of the map it stands under', () => {
    const { stages: back, switches, pixels } = deconvnet(net, image, { layer: 'conv2' })
    expect(back.map(s => `${s.step} ${s.name} [${s.signal.shape.join(', ')}]`)).toEqual([
      'keep relu2 [6, 4, 4]',
      'rectify conv2 [6, 4, 4]',
      'filter pool1 [4, 6, 6]',
      'unpool relu1 [4, 12, 12]',
      'rectify conv1 [4, 12, 12]',
      'filter input [1, 12, 12]',
    ])
    for (const s of back) expect(s.forward.shape).toEqual(s.signal.shape)
    expect(Object.keys(switches)).toEqual(['pool1'])
    expect(back.at(-1)?.signal.toArray()).toEqual(pixels.toArray())
    expect(back[0].signal.sum().item()).toBeCloseTo(golden.value, 6)
    // Unpooling puts each signal where its maximum stood, and nothing elsewhere.
    const unpooled = back[3].signal.toTypedArray()
    expect(unpooled.filter(v => v !== 0).length).toBeLessThanOrEqual(4 * 36)
    expect(Math.min(...back[4].signal.toTypedArray())).toBeGreaterThanOrEqual(0)
  })
  it.each(['gradient', 'deconvnet', 'guided'] as const)(
    'put together by hand from its steps is the same: %s',
    rule => {
      const f = stages.forward(net, image)
      const { keep, filter, unpool, relu } = stages.back(rule)
      const w = (name: string) => (net.get(name) as nn.Conv2d).weight
      let s = keep(f.conv2, unit)
      s = filter(relu(s, f.conv2), w('conv2'))
      s = relu(unpool(s, f.pool1), f.conv1)
      s = filter(s, w('conv1'), { padding: 1 })
      const whole = { gradient, deconvnet, guided: guidedBackprop }[rule](net, image, {
        layer: 'conv2',
      })
      const start = rule === 'deconvnet' ? 1 : golden.value
      const expected = [...whole.pixels.toTypedArray()].map(v => v * start)
      expect(relativeError(s, expected)).toBeLessThan(1e-5)
    },
  )
  it('under the gradient’s rule is what backward() gives', () => {
    const x = image.reshape([1, 1, 12, 12]).requiresGrad_()
    net.forward(x).at(0).at(golden.target).backward()
    expect(relativeError(gradient(net, image).pixels, [...x.grad!.toTypedArray()])).toBeLessThan(
      1e-6,
    )
  })
  it('obeys the adjoint law ⟨Wq, g⟩ = ⟨q, Wᵀg⟩ exactly, in whole numbers: filter and unpool', () => {
    const whole = (shape: number[]) => randint(-3, 4, shape).to('float64')
    const q = whole([1, 3, 7, 6])
    const w = whole([4, 3, 3, 2])
    const options = { stride: 2, padding: 1 }
    const y = conv2d(q, w, options)
    const g = whole([...y.shape])
    const back = convTranspose2d(g, w, { ...options, outputPadding: [0, 0] })
    const fitted = noGrad(() => back.pad([0, 6 - back.shape[3], 0, 7 - back.shape[2]]))
    expect(y.mul(g).sum().item()).toBe(q.mul(fitted).sum().item())
    const { output, indices } = maxPool2d(q, 3, { stride: 2, returnIndices: true })
    const h = whole([...output.shape])
    const up = maxUnpool2d(h, indices, [7, 6])
    expect(output.mul(h).sum().item()).toBe(q.mul(up).sum().item())
  })
  it('takes normalisation and groups as their derivative does', () => {
    const grouped = new nn.Sequential([
      new nn.Conv2d(2, 4, 3, { groups: 2 }),
      new nn.ReLU(),
      new nn.AvgPool2d(2),
      new nn.Conv2d(4, 2, 2),
    ])
    const p = gradient(grouped, tensor(new Array(128).fill(0.5)).reshape([2, 8, 8]), { unit: 1 })
    expect(p.pixels.shape).toEqual([2, 8, 8])
  })
})

describe('leaves the network alone', () => {
  it('parameters, their gradients, modes and noGrad', () => {
    const before = JSON.stringify(Object.values(net.stateDict()).map(t => t.toArray()))
    net.train()
    const loss = crossEntropy(
      net.forward(image.reshape([1, 1, 12, 12])),
      tensor([1], { dtype: 'int32' }),
    )
    loss.backward()
    const grads = JSON.stringify(net.parameters().map(p => p.grad?.toArray()))
    noGrad(() => deconvnet(net, image))
    expect(JSON.stringify(Object.values(net.stateDict()).map(t => t.toArray()))).toBe(before)
    expect(JSON.stringify(net.parameters().map(p => p.grad?.toArray()))).toBe(grads)
    expect(net.parameters().every(p => p.requiresGrad) && net.training).toBe(true)
  })
})

it('says in a sentence what it found', () => {
  expect(deconvnet(net, image, { layer: 'conv2' }).toString()).toMatch(
    /^deconvnet of conv2, unit 1, row 3, column 3 = 0\.858: strongest at row \d+, column \d+ with [−\d.]+\.$/,
  )
})

it.each([
  [{ layer: 'conv9' }, /no layer "conv9" in this network; there are conv1, relu1, pool1/],
  [{ layer: 'conv2', unit: 6 }, /unit 6 of conv2; it has 6, 0 to 5/],
  [{ layer: 'conv2', unit: 0, at: [4, 0] as const }, /at \[4, 0\] in conv2, whose maps are 4×4/],
  [{ at: [0, 0] as const }, /at \[0, 0\] in fc, which has no maps/],
])('refuses %o', (options, message) => {
  expect(() => deconvnet(net, image, options)).toThrow(message)
})
it('refuses a batch', () => {
  expect(() => gradient(net, tensor([0, 0, 0, 0]).reshape([4, 1, 1, 1]))).toThrow(
    /\[4, 1, 1, 1\] are 4 images; one at a time/,
  )
})
