import { describe, expect, it } from 'vitest'
import { manualSeed, rand, tensor, trace } from '../../src/index.ts'
import { correspondence, invariance, transformImage } from '../../src/explain/index.ts'
import { golden, smallImage, smallNet } from './small-net.ts'

const net = smallNet()
const image = smallImage()

describe('transformImage', () => {
  const x = tensor([
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  ])
  it('moves by whole and by half pixels', () => {
    expect(transformImage(x, { right: 1 }).toArray()).toEqual([
      [
        [0, 1, 2],
        [0, 4, 5],
        [0, 7, 8],
      ],
    ])
    expect(transformImage(x, { down: -1, fill: -1 }).toArray()).toEqual([
      [
        [4, 5, 6],
        [7, 8, 9],
        [-1, -1, -1],
      ],
    ])
    expect(transformImage(x, { right: 0.5 }).toArray()).toEqual([
      [
        [0.5, 1.5, 2.5],
        [2, 4.5, 5.5],
        [3.5, 7.5, 8.5],
      ],
    ])
  })
  it('turns counter-clockwise about the centre', () => {
    const turned = transformImage(x, { rotate: 90 }).toTypedArray()
    ;[3, 6, 9, 2, 5, 8, 1, 4, 7].forEach((v, i) => expect(turned[i]).toBeCloseTo(v, 5))
  })
  it('scales about the centre', () => {
    const larger = transformImage(x, { scale: 2 }).toTypedArray()
    ;[3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7].forEach((v, i) => expect(larger[i]).toBeCloseTo(v, 5))
    expect(() => transformImage(x, { scale: 0 })).toThrow(/scale 0; a number above 0/)
  })
})

describe('invariance', () => {
  it('no change is no distance, and the distances are those of the layers', () => {
    const { distance, relative, probability, target } = invariance(net, image, [{}, { right: 2 }], {
      layers: ['conv1', 'fc'],
    })
    expect(target).toBe(golden.target)
    expect([distance.conv1[0], distance.fc[0]]).toEqual([0, 0])
    const at = (x: typeof image) =>
      trace(net, x)
        .layers.find(l => l.name === 'conv1')!
        .values.toTypedArray()
    const [a, b] = [at(image), at(transformImage(image, { right: 2 }))]
    const length = (v: number[]) => Math.hypot(...v)
    const d = length(Array.from(a, (v, i) => v - b[i]))
    expect(distance.conv1[1]).toBeCloseTo(d, 4)
    expect(relative.conv1[1]).toBeCloseTo(d / length([...a]), 4)
    expect(probability[0]).toBeCloseTo(golden.occlusion.before[golden.target], 5)
  })
})

describe('correspondence', () => {
  manualSeed(8)
  const one = rand([1, 1, 12, 12])
  const others = rand([3, 1, 12, 12])
  const same = one.expand([3, 1, 12, 12]).contiguous()
  const eye = [2, 3, 4, 4] as const
  it('is 0 for the same part of the same image, larger for different images', () => {
    const patches = [eye, eye, eye]
    expect(correspondence(net, same, patches, { layer: 'conv1' })).toBe(0)
    const d = correspondence(net, others, patches, { layer: 'conv2' })
    expect(d).toBeGreaterThan(0)
    expect(d).toBeLessThanOrEqual(1)
  })
  it('refuses patches outside, and too few', () => {
    expect(() => correspondence(net, same, [eye, eye, [10, 0, 4, 4]], { layer: 'conv1' })).toThrow(
      'patch 2 [10, 0, 4, 4] outside 12×12',
    )
    expect(() => correspondence(net, same, [eye], { layer: 'conv1' })).toThrow(/1 patches/)
  })
})
