import { describe, expect, it } from 'vitest'
import { data, evaluate, lenet, manualSeed, tensor } from '../../src/index.ts'
import {
  calibration,
  confusionMatrix,
  linearProbe,
  predictions,
  type Predictions,
} from '../../src/explain/index.ts'

type Said = Pick<Predictions, 'probability' | 'predicted' | 'labels' | 'classes'>
const made = (p: number[][], labels: number[]): Said => ({
  probability: tensor(p),
  predicted: tensor(
    p.map(r => r.indexOf(Math.max(...r))),
    { dtype: 'int32' },
  ),
  labels: tensor(labels, { dtype: 'int32' }),
  classes: ['a', 'b'],
})

it('counts what was said of what', () => {
  const p = made(
    [
      [0.9, 0.1],
      [0.2, 0.8],
      [0.4, 0.6],
      [0.3, 0.7],
    ],
    [0, 0, 1, 1],
  )
  expect(confusionMatrix(p).toArray()).toEqual([
    [1, 1],
    [0, 2],
  ])
})

describe('calibration', () => {
  it('compares confidence with what is right, bin by bin', () => {
    const p = made(
      [
        [0.9, 0.1],
        [0.1, 0.9],
        [0.42, 0.58],
        [0.35, 0.65],
      ],
      [0, 0, 1, 0],
    )
    const { bins, error } = calibration(p)
    expect(bins.map(b => b.count)).toEqual([1, 1, 2])
    expect(bins.map(b => b.accuracy)).toEqual([1, 0, 0.5])
    expect(bins[2].confidence).toBeCloseTo(0.9, 6)
    expect(error).toBeCloseTo((Math.abs(1 - 0.58) + 0.65 + 2 * Math.abs(0.5 - 0.9)) / 4, 6)
  })
  it('a probability of 1 falls into the last bin', () => {
    const { bins, error } = calibration(made([[1, 0]], [0]), { bins: 4 })
    expect(bins).toEqual([{ confidence: 1, accuracy: 1, count: 1 }])
    expect(error).toBe(0)
  })
})

describe('on images', () => {
  manualSeed(2)
  const net = lenet()
  const { train, test } = data.fashionMNIST()
  it('predictions agree with evaluate()', () => {
    const few = test.take(300)
    const p = predictions(net, few, { batch: 128 })
    const counts = confusionMatrix(p)
    const right = Array.from({ length: 10 }, (_, k) => counts.at(k).at(k).item()).reduce(
      (a, b) => a + b,
    )
    expect(right / 300).toBeCloseTo(evaluate(net, few).accuracy, 10)
    expect(p.probability.sum().item()).toBeCloseTo(300, 2)
  })
  it('a linear probe reads classes off a layer, and repeats itself for a seed', () => {
    const sets = { train: train.take(400), test: test.take(200) }
    const probe = (seed: number) =>
      linearProbe(net, sets, { layer: 'pool2', epochs: 3, lr: 0.02, seed })
    const a = probe(1)
    expect(a.test).toBeGreaterThan(0.55)
    expect(a.train).toBeGreaterThan(a.test)
    expect(probe(1).test).toBe(a.test)
  })
})
