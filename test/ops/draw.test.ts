import { describe, expect, it } from 'vitest'
import { bernoulli, full, Generator, multinomial, tensor } from '../../src/index.ts'

describe('multinomial', () => {
  it('draws by weight', () => {
    const generator = new Generator(1)
    const drawn = multinomial(tensor([1, 0, 3]), 4000, { replacement: true, generator })
    const counts = [0, 0, 0]
    drawn.toTypedArray().forEach((c: number) => counts[c]++)
    expect(counts[1]).toBe(0)
    expect(Math.abs(counts[2] / 4000 - 0.75)).toBeLessThan(0.03)
  })
  it('without replacement each once; rows apart; the seed decides', () => {
    const x = tensor([
      [1, 1, 1],
      [0, 2, 1],
    ])
    const draw = () => multinomial(x, 2, { generator: new Generator(4) })
    expect(draw().toArray()).toEqual(draw().toArray())
    for (const row of draw().toArray<number[][]>()) expect(new Set(row).size).toBe(2)
    expect(draw().shape).toEqual([2, 2])
  })
  it('errors', () => {
    expect(() => multinomial(tensor([1, 0]), 2)).toThrow(
      '2 draws without replacement, 1 classes have a weight',
    )
    expect(() => multinomial(tensor([1, -1]), 1)).toThrow('a weight is negative or not finite')
    expect(() => multinomial(tensor(1), 1)).toThrow('multinomial: weights []')
  })
})

describe('bernoulli', () => {
  it('1 with its probability', () => {
    const y = bernoulli(full([2000], 0.3), { generator: new Generator(2) })
    expect(Math.abs(y.mean().item() - 0.3)).toBeLessThan(0.03)
    expect(() => bernoulli(tensor([2]))).toThrow('bernoulli: 2 is no probability')
  })
})
