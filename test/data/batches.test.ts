import { describe, expect, it } from 'vitest'
import { data, manualSeed } from '../../src/index.ts'
import { bytes } from '../../src/data/images.ts'

/** 10 images of one pixel, numbered. */
const set = new data.ImageSet(
  bytes(
    Uint8Array.from({ length: 10 }, (_, i) => i),
    [10, 1, 1, 1],
  ),
  bytes(
    Uint8Array.from({ length: 10 }, (_, i) => i),
    [10],
  ),
  [...'abcdefghij'],
)
const order = (b: Iterable<data.Batch>) => [...b].map(({ y }) => [...y.toTypedArray()])
const shuffled = (options: Partial<data.BatchOptions> = {}) =>
  data.batches(set, { size: 4, shuffle: true, seed: 1, ...options })

describe('batches', () => {
  it('go through the set in order, the last one smaller', () => {
    const all = data.batches(set, { size: 4 })
    expect(all.length).toBe(3)
    expect(order(all)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ])
    expect(order(data.batches(set, { size: 4, dropLast: true })).length).toBe(2)
  })

  it('keep image and label together', () => {
    for (const { x, y } of shuffled())
      expect([...x.toTypedArray()]).toEqual([...y.toTypedArray()].map(v => Math.fround(v / 255)))
  })

  it('hold every image once an epoch', () => {
    expect(order(shuffled()).flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('repeat their order with the seed, and only with it', () => {
    expect(order(shuffled())).toEqual(order(shuffled()))
    expect(order(shuffled())).not.toEqual(order(shuffled({ seed: 2 })))
  })

  it('come in a new order each epoch', () => {
    const all = shuffled()
    const [first, second] = [order(all), order(all)]
    expect(first).not.toEqual(second)
    expect(order(shuffled({ epoch: 1 }))).toEqual(second)
    expect(all.epoch).toBe(2)
  })

  it('without a seed follow manualSeed', () => {
    const drawn = () => {
      manualSeed(3)
      return order(shuffled({ seed: undefined }))
    }
    expect(drawn()).toEqual(drawn())
  })

  it('refuse sizes that make none', () => {
    expect(() => data.batches(set, { size: 0 })).toThrow('batches: size 0')
    expect(() => data.batches(set.slice(0, 0), { size: 1 })).toThrow('the set is empty')
  })

  it('each can be had by itself, without those before it', () => {
    const all = shuffled()
    const [first, second] = [order(all), order(all)]
    const y = (epoch: number, n: number) => [...all.at(epoch, n).y.toTypedArray()]
    expect([y(1, 2), y(0, 1)]).toEqual([second[2], first[1]])
    expect(() => all.at(0, 3)).toThrow('batch 3 of epoch 0; there are 3')
  })

  it('map changes them, with random numbers of the batch alone', () => {
    const noisy = data.batches(set, {
      size: 4,
      shuffle: true,
      seed: 1,
      map: ({ x, y }, generator) => ({ x, y, noise: generator.uniform() }),
    })
    const epoch = [...noisy].map(b => b.noise)
    expect(new Set(epoch).size).toBe(3)
    expect(noisy.at(0, 2).noise).toBe(epoch[2])
    expect(noisy.at(1, 2).noise).not.toBe(epoch[2])
  })

  it('for await gives the same, and lets others run', async () => {
    const [a, b] = [shuffled(), shuffled({ prefetch: 2 })]
    let others = 0
    const timer = setInterval(() => others++, 0)
    const seen: data.Batch[] = []
    for await (const batch of b) {
      seen.push(batch)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    clearInterval(timer)
    expect(order(seen)).toEqual(order(a))
    expect(others).toBeGreaterThan(0)
    const broken = data.batches({ length: 2, batch: () => { throw new Error('lost') } }, { size: 1 }) // prettier-ignore
    await expect((async () => { for await (const _ of broken); })()).rejects.toThrow('lost') // prettier-ignore
  })
})
