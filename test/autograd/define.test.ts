import { describe, expect, it } from 'vitest'
import {
  defineOp,
  grad,
  gradcheck,
  gradgradcheck,
  randn,
  tensor,
  withRecorder,
  withRules,
} from '../../src/index.ts'

const cube = defineOp('cube', {
  forward: (_, x) => x.mul(x).mul(x),
  backward: ({ inputs: [x] }, gy) => gy.mul(x).mul(x).mul(3),
})

describe('defineOp', () => {
  it('is on the tape like any other, twice', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const y = cube(x)
    expect(y.toArray()).toEqual([1, 8])
    expect(y.node?.op).toBe('cube')
    y.sum().backward()
    expect(x.grad?.toArray()).toEqual([3, 12])
    gradcheck(cube, [randn([3])])
    gradgradcheck(cube, [randn([3])])
  })
  it('keeps what forward saves, for several inputs', () => {
    const hypot = defineOp('hypot', {
      forward(context, a, b) {
        const r = a.mul(a).add(b.mul(b)).sqrt()
        context.saved = 'kept'
        return r
      },
      backward({ inputs: [a, b], output, saved }, gy) {
        expect(saved).toBe('kept')
        return [gy.mul(a).div(output), gy.mul(b).div(output)]
      },
    })
    gradcheck(hypot, [randn([3]), randn([3])])
  })
  it('null where there is no gradient', () => {
    const gate = defineOp('gate', {
      forward: (_, a, b) => a.mul(b),
      backward: ({ inputs: [, b] }, gy) => [gy.mul(b), null],
    })
    const [a, b] = [tensor([2], { requiresGrad: true }), tensor([3], { requiresGrad: true })]
    const [ga, gb] = grad(gate(a, b).sum(), [a, b], null, { allowUnused: true })
    expect([ga.toArray(), gb.toArray()]).toEqual([[3], [0]])
  })
  it('is one record, and its rule can be replaced', () => {
    const ops: string[] = []
    withRecorder({ record: e => ops.push(e.op) }, () => cube(randn([2])))
    expect(ops).toEqual(['cube'])
    const x = tensor([2], { requiresGrad: true })
    const g = withRules({ cube: gy => [gy] }, () => grad(cube(x).sum(), [x]))
    expect(g[0].toArray()).toEqual([1])
  })
  it('returning the input is fine; returning no tensor is not', () => {
    const same = defineOp('same', { forward: (_, x) => x, backward: (_, gy) => gy })
    const x = tensor([1], { requiresGrad: true })
    expect(same(x)).not.toBe(x)
    // @ts-expect-error forward returns a number
    const bad = defineOp('bad', { forward: () => 3, backward: () => null })
    expect(() => bad(x)).toThrow(new TypeError('bad: forward returned number, not a Tensor'))
  })
  it('a gradient of another shape is refused', () => {
    const bad = defineOp('bad', { forward: (_, x) => x.mul(1), backward: (_, gy) => gy.sum() })
    const x = tensor([1, 2], { requiresGrad: true })
    expect(() => bad(x).sum().backward()).toThrow(
      'backward of bad: the gradient of input 0 is [], the input [2]',
    )
  })
})
