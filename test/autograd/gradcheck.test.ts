import { describe, expect, it } from 'vitest'
import {
  defineOp,
  exp,
  gradcheck,
  GradcheckError,
  gradgradcheck,
  max,
  mul,
  randn,
  relu,
  tensor,
  zeros,
} from '../../src/index.ts'

const scaled = (factor: number) =>
  defineOp('scaled', {
    forward: (_, x) => x.exp(),
    backward: ({ inputs: [x] }, gy) => gy.mul(x.exp()).mul(factor),
  })

describe('gradcheck', () => {
  const x = randn([2, 3])
  it('passes what is right, with a report', () => {
    const report = gradcheck(exp, [x])
    expect(report).toMatchObject({ ok: true, checked: 6 })
    expect(report.worst).toBeLessThan(1e-8)
    expect(String(report)).toMatch(/^gradcheck: 6 elements agree, largest relative error \d/)
  })
  it('a gradient 1 % off fails, naming input, element and both numbers', () => {
    expect(() => gradcheck(scaled(1.01), [tensor([[0, 1]])])).toThrow(GradcheckError)
    expect(() => gradcheck(scaled(1.01), [tensor([[0, 1]])])).toThrow(
      /^gradcheck: input 0 \[1, 2\], element \[0, \d\]: backward gives [-\d.]+, the difference quotient [-\d.]+ \(relative error 5\.0e-3, allowed 1e-4\)$/,
    )
    expect(gradcheck(scaled(1), [x]).ok).toBe(true)
  })
  it('a gradient 0.03 % off fails with a tighter tolerance', () => {
    expect(() => gradcheck(scaled(1.0003), [x], { tolerance: 1e-5 })).toThrow(GradcheckError)
  })
  it('only the inputs that require a gradient, when some do', () => {
    const a = tensor([1, 2], { requiresGrad: true })
    expect(gradcheck(mul, [a, tensor([3, 4])]).checked).toBe(2)
    expect(gradcheck(mul, [tensor([1, 2]), tensor([3, 4])]).checked).toBe(4)
  })
  it('several results, whole-number inputs and constants', () => {
    expect(gradcheck(t => [t.mul(2), t.exp()], [x]).checked).toBe(6)
    expect(
      gradcheck((t, i) => t.gather(0, i), [randn([3]), tensor([0, 0], { dtype: 'int32' })]).checked,
    ).toBe(3)
    expect(gradcheck(() => zeros([1], { dtype: 'float64' }), [x]).worst).toBe(0)
  })
  it('says when the check itself cannot work', () => {
    expect(() => gradcheck(() => zeros([1]), [x])).toThrow('a check needs float64 throughout')
    // @ts-expect-error a number is no tensor
    expect(() => gradcheck(() => 3, [x])).toThrow(
      new TypeError('gradcheck: fn returned number, not a tensor'),
    )
  })
})

describe('gradgradcheck', () => {
  it('passes right rules, catches second derivatives that are wrong', () => {
    expect(gradgradcheck(exp, [randn([3])]).checked).toBe(6)
    expect(gradgradcheck(relu, [randn([4])]).ok).toBe(true)
    expect(gradgradcheck(x => max(x), [randn([4])]).ok).toBe(true)
    const cut = defineOp('cut', {
      forward: (_, x) => x.exp(),
      backward: ({ inputs: [x] }, gy) => gy.mul(x.detach().exp()),
    })
    expect(gradcheck(cut, [randn([3])]).ok).toBe(true)
    expect(() => gradgradcheck(cut, [randn([3])])).toThrow(/^gradgradcheck: input 0 \[3\]/)
  })
})
