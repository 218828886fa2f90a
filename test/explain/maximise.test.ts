import { expect, it } from 'vitest'
import { activationMaximization } from '../../src/explain/index.ts'
import { golden, smallImage, smallNet } from './small-net.ts'

const net = smallNet()
const shape = [1, 12, 12]

it('excites a unit more than the noise it began with, with pixels within 0…1', () => {
  const m = activationMaximization(net, { unit: golden.target, shape, steps: 40 })
  expect([m.layer, m.unit, m.at, m.pixels.shape]).toEqual(['fc', golden.target, null, shape])
  expect(m.values).toHaveLength(40)
  expect(m.values[39]).toBeGreaterThan(m.values[0] + 0.3)
  const pixels = m.pixels.toTypedArray()
  expect(Math.min(...pixels)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...pixels)).toBeLessThanOrEqual(1)
})
it('of a unit in a map, from an image; the same seed gives the same picture', () => {
  const draw = (seed: number) =>
    activationMaximization(net, { layer: 'conv2', unit: 2, start: smallImage(), steps: 10, seed })
  expect(draw(1).at).toEqual([2, 2])
  expect(draw(1).pixels.toArray()).toEqual(draw(1).pixels.toArray())
  expect(draw(1).pixels.toArray()).not.toEqual(draw(2).pixels.toArray())
})
it('variation makes it smoother', () => {
  const rough = (variation: number) => {
    const { pixels } = activationMaximization(net, {
      unit: 0,
      shape,
      steps: 40,
      variation,
      jitter: 0,
    })
    const d = pixels.narrow(1, 1, 11).sub(pixels.narrow(1, 0, 11))
    return d.square().sum().item()
  }
  expect(rough(0.1)).toBeLessThan(0.7 * rough(0))
})
it('stops when told, and refuses nonsense', () => {
  expect(() => activationMaximization(net, { unit: 0, shape, onProgress: n => n < 3 })).toThrow(
    'activationMaximization: stopped at 3 of 128',
  )
  expect(() => activationMaximization(net, { unit: 0 })).toThrow(/shape is missing/)
  expect(() => activationMaximization(net, { unit: 9, shape })).toThrow(/unit 9 of fc; it has 5/)
})
