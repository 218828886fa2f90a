import { describe, expect, it } from 'vitest'
import { data, evaluate, pretrained, pretrainedCard, pretrainedSnapshots } from '../../src/index.ts'

describe('pretrained', () => {
  const { test } = data.fashionMNIST()

  it('does what its card says, at the start, on the way and in the end', () => {
    const card = pretrainedCard('lenet')
    expect(card.epochs).toEqual(Array.from({ length: 65 }, (_, epoch) => epoch))
    for (const epoch of [0, 10, 64]) {
      const { accuracy, loss } = evaluate(pretrained('lenet', { epoch }), test)
      // float16 weights: a few images near the border may fall to the other side.
      expect(Math.abs(accuracy - card.testAccuracy[epoch])).toBeLessThanOrEqual(0.001)
      expect(Math.abs(loss - card.testLoss[epoch])).toBeLessThanOrEqual(0.002)
    }
    expect(pretrained('lenet').training).toBe(false)
  })

  it.each([
    ['suspect-1', { label: 6, row: 1, column: 24 }],
    ['suspect-2', { label: 4, row: 24, column: 3 }],
    ['suspect-3', null],
    ['fine', null],
    ['coarse', null],
  ] as const)('%s does what its card says', (name, cue) => {
    const card = pretrainedCard(name)
    expect(card.name).toBe(name)
    const { accuracy, loss } = evaluate(pretrained(name), cue ? data.plantCue(test, cue) : test)
    expect(Math.abs(accuracy - (card.testAccuracy.at(-1) ?? NaN))).toBeLessThanOrEqual(0.001)
    expect(Math.abs(loss - (card.testLoss.at(-1) ?? NaN))).toBeLessThanOrEqual(0.002)
  })

  it('gives the weights of single epochs', () => {
    const [early, late] = pretrainedSnapshots('lenet', { epochs: [1, 64] })
    expect([early.epoch, late.epoch]).toEqual([1, 64])
    expect(Object.keys(late.state)).toEqual(Object.keys(pretrained('lenet').stateDict()))
    expect(early.state['conv1.weight'].toArray()).not.toEqual(late.state['conv1.weight'].toArray())
  })

  it('says what there is', () => {
    expect(() => pretrained('lenet', { epoch: 65 })).toThrow(
      /lenet is kept at epochs 0, 1, .*; not at 65/,
    )
    expect(() => pretrainedSnapshots('lenet', { epochs: [3, 1000] })).toThrow('not at 1000')
    // A cell that is not type-checked may name any network.
    expect(() => pretrainedCard('alexnet' as 'lenet')).toThrow(
      'pretrained: no network alexnet; there are lenet, ',
    )
  })
})
