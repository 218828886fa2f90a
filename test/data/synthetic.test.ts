import { describe, expect, test } from 'vitest'
import { crossEntropy, data, evaluate, manualSeed, nn, optim } from '../../src/index.ts'

describe('shapes', () => {
  test('seeded, of all classes, brighter inside', () => {
    const set = data.shapes({ count: 200, seed: 1 })
    expect(set.images.shape).toEqual([200, 1, 32, 32])
    expect(data.shapes({ count: 200, seed: 1 }).images.toArray()).toEqual(set.images.toArray())
    expect(data.shapes({ count: 200, seed: 2 }).images.toArray()).not.toEqual(set.images.toArray())
    expect(new Set(set.labels.toTypedArray()).size).toBe(5)
    expect(set.images.max().item()).toBeGreaterThan(200)
    expect(
      data.shapes({ count: 2, channels: 3, classes: ['ring'], size: 16 }).images.shape,
    ).toEqual([2, 3, 16, 16])
    expect(() => data.shapes({ classes: ['star' as never] })).toThrow('some of circle')
    expect(() => data.shapes({ count: 0 })).toThrow('count 0')
  })
  test('a small network learns to tell two of them apart', () => {
    manualSeed(1)
    const net = new nn.Sequential([new nn.Conv2d(1, 8, 5, { stride: 2 }), new nn.ReLU(), new nn.MaxPool2d(3), new nn.Flatten(), new nn.Linear(128, 2)]) // prettier-ignore
    const set = data.shapes({ count: 400, classes: ['circle', 'cross'] })
    const optimizer = new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 })
    for (let epoch = 0; epoch < 10; epoch++)
      for (const { x, y } of data.batches(set, { size: 32, shuffle: true, seed: epoch })) {
        const loss = crossEntropy(net.forward(x), y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
      }
    const fresh = data.shapes({ count: 100, classes: ['circle', 'cross'], seed: 9 })
    expect(evaluate(net, fresh).accuracy).toBeGreaterThan(0.75)
  })
})

test('copyTask: what was said is said again after the marker', () => {
  const set = data.copyTask({ count: 50, length: 3, delay: 4, symbols: 5, seed: 2 })
  const { x, y } = set.batch([0, 49])
  expect(x.shape).toEqual([2, 10])
  for (const [row, target] of [0, 1].map(n => [
    x.toArray<number[][]>()[n],
    y.toArray<number[][]>()[n],
  ])) {
    const said = row.slice(0, 3)
    expect(said.every(s => s >= 1 && s <= 5)).toBe(true)
    expect(row).toEqual([...said, 0, 0, 0, 6, 0, 0, 0])
    expect(target).toEqual([0, 0, 0, 0, 0, 0, 0, ...said])
  }
})

test('brackets: balanced, never deeper than said, y counts those open', () => {
  const set = data.brackets({ count: 100, length: 12, depth: 3, kinds: 2, seed: 1 })
  const { x, y } = set.batch(Array.from({ length: 100 }, (_, i) => i))
  const [xs, ys] = [x.toArray<number[][]>(), y.toArray<number[][]>()]
  xs.forEach((row, n) => {
    const open: number[] = []
    row.forEach((token, t) => {
      const kind = Math.ceil(token / 2)
      if (token % 2) open.push(kind)
      else expect(open.pop()).toBe(kind)
      expect(ys[n][t]).toBe(open.length)
    })
    expect(open).toEqual([])
  })
  expect(Math.max(...ys.flat())).toBe(3)
  expect(() => data.brackets({ length: 3 })).toThrow('an even number')
})

test('counting: aⁿbⁿ and the next character', () => {
  const { x, y } = data.counting({ count: 40, most: 4 }).batch([0, 1, 2])
  x.toArray<number[][]>().forEach((row, i) => {
    expect(row.join('')).toMatch(/^(12|1122|111222|11112222)0+$/)
    expect(y.toArray<number[][]>()[i]).toEqual([...row.slice(1), 0])
  })
})
