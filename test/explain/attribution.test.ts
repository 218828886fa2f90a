import { describe, expect, it } from 'vitest'
import { nn } from '../../src/index.ts'
import {
  gradCam,
  gradient,
  gradientTimesInput,
  guidedBackprop,
  guidedGradCam,
  integratedGradients,
  smoothGrad,
} from '../../src/explain/index.ts'
import { golden, relativeError, smallImage, smallNet } from './small-net.ts'

const net = smallNet()
const image = smallImage()

describe('agrees with Captum', () => {
  it('gradient × input', () => {
    const { pixels } = gradientTimesInput(net, image)
    expect(relativeError(pixels, golden.gradientTimesInput)).toBeLessThan(1e-5)
  })
  it('integrated gradients', () => {
    const { pixels } = integratedGradients(net, image, { steps: 40 })
    expect(relativeError(pixels, golden.integrated)).toBeLessThan(1e-5)
  })
  it('Grad-CAM, in the layer’s size and enlarged as PyTorch does', () => {
    const options = { layer: 'conv2' }
    expect(
      relativeError(gradCam(net, image, { ...options, resize: false }).pixels, golden.cam),
    ).toBeLessThan(1e-5)
    const cam = gradCam(net, image, options)
    expect(cam.pixels.shape).toEqual([1, 12, 12])
    expect(relativeError(cam.pixels, golden.camLarge)).toBeLessThan(1e-5)
    expect(gradCam(net, image).layer).toBe('conv2')
  })
})

it('integrated gradients are complete: they sum to the fall of the unit', () => {
  for (const options of [{}, { layer: 'conv2' }, { baseline: image.mul(0).add(0.5) }]) {
    const { pixels, difference: fall } = integratedGradients(net, image, { ...options, steps: 400 })
    const difference = fall ?? NaN
    expect(Math.abs(pixels.sum().item() - difference)).toBeLessThan(0.01 * Math.abs(difference))
  }
})

it('guided Grad-CAM is the product of its two parts', () => {
  const parts = [guidedBackprop(net, image).pixels, gradCam(net, image).pixels]
  expect(guidedGradCam(net, image).pixels.toArray()).toEqual(parts[0].mul(parts[1]).toArray())
})

describe('SmoothGrad', () => {
  it('without noise is the gradient; with it, repeats itself for a seed', () => {
    const still = smoothGrad(net, image, { noise: 0, samples: 3 })
    expect(relativeError(still.pixels, golden.gradient)).toBeLessThan(1e-5)
    const draw = (seed: number) => smoothGrad(net, image, { seed, samples: 7, batch: 3 }).pixels
    expect(draw(1).toArray()).toEqual(draw(1).toArray())
    expect(draw(1).toArray()).not.toEqual(draw(2).toArray())
  })
  it('tells how far it is, and stops when told', () => {
    const told: number[][] = []
    smoothGrad(net, image, { samples: 5, batch: 2, onProgress: (n, of) => told.push([n, of]) })
    expect(told).toEqual([
      [2, 5],
      [4, 5],
      [5, 5],
    ])
    expect(() => smoothGrad(net, image, { samples: 5, batch: 2, onProgress: n => n < 4 })).toThrow(
      'smoothGrad: stopped at 4 of 5',
    )
  })
  it('refuses nonsense', () => {
    expect(() => smoothGrad(net, image, { samples: 0 })).toThrow(/samples 0; a whole number from 1/)
    expect(() => smoothGrad(net, image, { noise: -1 })).toThrow(/noise −?-?1/)
  })
})

it('a network without convolution has no Grad-CAM', () => {
  const flat = new nn.Sequential([new nn.Flatten(), new nn.Linear(144, 3)])
  expect(() => gradCam(flat, image)).toThrow('gradCam: this network has no convolution layer')
  expect(gradient(flat, image).pixels.shape).toEqual([1, 12, 12])
})
