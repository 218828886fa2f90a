import { describe, expect, it } from 'vitest'
import { grad, mul, relu, tensor, withRules } from '../../src/index.ts'

const x = () => tensor([-1, 2, 3], { requiresGrad: true })
const gy = tensor([1, -1, 1])

describe('withRules', () => {
  it("relu's own rule, the deconvnet's, and the guided one", () => {
    const run = (rules: Parameters<typeof withRules>[0]) => {
      const t = x()
      return withRules(rules, () => grad(relu(t), [t], [gy]))[0].toArray()
    }
    expect(run({})).toEqual([0, -1, 1])
    expect(run({ relu: g => [relu(g)] })).toEqual([1, 0, 1])
    expect(run({ relu: (g, _, y) => [relu(g).mul(y.gt(0).to('float32'))] })).toEqual([0, 0, 1])
  })
  it('nests, ends with the region, also by an error', () => {
    const double = { relu: (g: ReturnType<typeof x>) => [mul(g, 2)] }
    const t = x()
    const slope = () => grad(relu(t), [t], [gy], { retainGraph: true })[0].toArray()
    withRules(double, () => {
      withRules({ exp: g => [g] }, () => expect(slope()).toEqual([2, -2, 2]))
      withRules({ relu: g => [g] }, () => expect(slope()).toEqual([1, -1, 1]))
      expect(slope()).toEqual([2, -2, 2])
    })
    expect(() =>
      withRules(double, () => {
        throw new Error('inside')
      }),
    ).toThrow('inside')
    expect(slope()).toEqual([0, -1, 1])
  })
})
