import { describe, expect, it } from 'vitest'
import { tensor } from '../../src/index.ts'
import {
  gradient,
  randomizeWeights,
  rankCorrelation,
  shuffleWeights,
} from '../../src/explain/index.ts'
import { smallImage, smallNet } from './small-net.ts'

describe('rankCorrelation', () => {
  it.each([
    [[1, 2, 3, 4], [1, 8, 27, 64], 1],
    [[0, 0, 0, 5], [0, 1, 2, 3], 0.7746],
    [[1, 2, 3], [3, 1, 2], -0.5],
    [[3, 1, 2, 4], [2, 4, 1, 3], -0.2],
  ])('%j with %j is %f', (a, b, r) => {
    expect(rankCorrelation(a, b)).toBeCloseTo(r, 4)
  })
  it('compares the sizes of two maps', () => {
    expect(rankCorrelation(tensor([1, -2, 3]), tensor([-1, 2, -3]))).toBe(1)
  })
  it('refuses lists of different lengths, and says NaN for a constant', () => {
    expect(() => rankCorrelation([1], [1, 2])).toThrow('rankCorrelation: 1 values beside 2')
    expect(rankCorrelation([1, 1], [1, 2])).toBeNaN()
  })
})

const numbers = (net: ReturnType<typeof smallNet>) =>
  Object.fromEntries(Object.entries(net.stateDict()).map(([k, t]) => [k, [...t.toTypedArray()]]))

describe('shuffled weights', () => {
  it('are the same numbers in another order, in the named layers only, and can be put back', () => {
    const net = smallNet()
    const before = numbers(net)
    const restore = shuffleWeights(net, { layers: ['conv2'], seed: 4 })
    const after = numbers(net)
    const sorted = (a: number[]) => [...a].sort((x, y) => x - y)
    expect(after['conv2.weight']).not.toEqual(before['conv2.weight'])
    expect(sorted(after['conv2.weight'])).toEqual(sorted(before['conv2.weight']))
    expect(after['conv1.weight']).toEqual(before['conv1.weight'])
    restore()
    expect(numbers(net)).toEqual(before)
    expect(() => shuffleWeights(net, { layers: ['relu1'] })).toThrow(
      'shuffleWeights: no parameters in "relu1"; there are conv1, conv2, fc',
    )
  })
  it('from the top down: each step compared with the trained picture, the network as before', () => {
    const net = smallNet()
    const before = numbers(net)
    const draw = () => gradient(net, smallImage())
    const { trained, steps } = randomizeWeights(net, draw, { seed: 2 })
    expect(numbers(net)).toEqual(before)
    expect(steps.map(s => s.shuffled)).toEqual([['fc'], ['fc', 'conv2'], ['fc', 'conv2', 'conv1']])
    expect(trained.toArray()).toEqual(draw().pixels.toArray())
    for (const s of steps) expect(s.correlation).toBe(rankCorrelation(trained, s.pixels))
    expect(steps[2].correlation).toBeLessThan(0.9)
    expect(() =>
      randomizeWeights(net, () => {
        throw new Error('no picture')
      }),
    ).toThrow('no picture')
    expect(numbers(net)).toEqual(before)
  })
})
