import { describe, expect, it } from 'vitest'
import {
  enableGrad,
  grad,
  isGradEnabled,
  noGrad,
  ones,
  randn,
  tensor,
  zeros,
  type Tensor,
} from '../../src/index.ts'

const leaf = (values: number[] | number) => tensor(values, { requiresGrad: true })

describe('backward', () => {
  it('the example of the documentation', () => {
    const x = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { requiresGrad: true },
    )
    x.mul(2).add(1).pow(2).sum().backward()
    expect(x.grad?.toArray()).toEqual([
      [12, 20],
      [28, 36],
    ])
  })
  it('adds up over calls and over uses', () => {
    const x = leaf([1, 2])
    const y = x.mul(x)
    y.add(x).sum().backward()
    expect(x.grad?.toArray()).toEqual([3, 5])
    x.mul(10).sum().backward()
    expect(x.grad?.toArray()).toEqual([13, 15])
  })
  it('a diamond is walked once', () => {
    const x = leaf(3)
    const a = x.mul(2)
    const y = a.mul(a).add(a)
    y.backward()
    expect(x.grad?.item()).toBe(2 * 2 * 6 + 2)
  })
  it('starts from a given gradient', () => {
    const x = leaf([1, 2])
    x.mul(3).backward(tensor([1, 10]))
    expect(x.grad?.toArray()).toEqual([3, 30])
  })
  it('a second pass needs retainGraph', () => {
    const x = leaf(2)
    const y = x.mul(x)
    y.backward(null, { retainGraph: true })
    y.backward()
    expect(x.grad?.item()).toBe(8)
    expect(() => y.backward()).toThrow(
      'backward: the tape of mul is gone after an earlier backward(); call that one with { retainGraph: true }',
    )
  })
  it('says what is wrong', () => {
    expect(() => zeros([2]).sum().backward()).toThrow(
      'nothing it was computed from requires a gradient',
    )
    expect(() => leaf([1, 2]).mul(2).backward()).toThrow(
      'backward: the result is [2]; a gradient starts from one number',
    )
    expect(() =>
      leaf([1, 2])
        .mul(2)
        .backward(ones([3])),
    ).toThrow('backward: gradient [3] for a result [2]')
  })
  it('keeps the gradient of other tensors only when asked', () => {
    const x = leaf(2)
    const [a, b] = [x.mul(3), x.mul(4)]
    b.retainGrad()
    a.mul(b).backward()
    expect(a.grad).toBeNull()
    expect(b.grad?.item()).toBe(6)
  })
  it('a long chain does not overflow the stack', () => {
    const x = leaf(1)
    let y: Tensor = x
    for (let i = 0; i < 20_000; i++) y = y.add(1)
    y.backward()
    expect(x.grad?.item()).toBe(1)
  })
  it('the gradient is not shared with another leaf', () => {
    const [a, b] = [leaf([1]), leaf([2])]
    a.add(b).sum().backward()
    noGrad(() => a.grad!.fill_(7))
    expect(b.grad?.toArray()).toEqual([1])
  })
})

describe('grad', () => {
  it('returns gradients and leaves `grad` alone', () => {
    const [x, y] = [leaf(2), leaf(3)]
    const [gx, gy] = grad(x.mul(x).mul(y), [x, y])
    expect([gx.item(), gy.item()]).toEqual([12, 4])
    expect([x.grad, y.grad]).toEqual([null, null])
  })
  it('of a tensor in the middle', () => {
    const x = leaf(2)
    const a = x.mul(3)
    expect(grad(a.mul(a), [a])[0].item()).toBe(12)
  })
  it('several outputs, each with its gradient', () => {
    const x = leaf([1, 2])
    const [g] = grad([x.mul(2), x.mul(x)], [x], [tensor([1, 1]), tensor([10, 100])])
    expect(g.toArray()).toEqual([22, 402])
  })
  it('second and third derivatives', () => {
    const x = leaf(2)
    const y = x.pow(4)
    const [g] = grad(y, [x], null, { createGraph: true })
    const [h] = grad(g, [x], null, { createGraph: true })
    const [k] = grad(h, [x])
    expect([g.item(), h.item(), k.item()]).toEqual([32, 48, 48])
  })
  it('a penalty on the gradient', () => {
    const x = leaf([1, 2])
    const [g] = grad(x.pow(3).sum(), [x], null, { createGraph: true })
    g.pow(2).sum().backward()
    expect(x.grad?.toArray()).toEqual([36, 288])
  })
  it('unused inputs', () => {
    const [x, z] = [leaf(2), leaf([1, 2])]
    expect(() => grad(x.mul(2), [x, z])).toThrow('grad: input 1 [2] was not used for the outputs')
    expect(grad(x.mul(2), [x, z], null, { allowUnused: true })[1].toArray()).toEqual([0, 0])
    expect(() => grad(zeros([]), [x])).toThrow('grad: an output does not depend')
  })
})

describe('noGrad, enableGrad, detach', () => {
  it('switch recording for a region', () => {
    const x = leaf(2)
    expect(noGrad(() => x.mul(2)).requiresGrad).toBe(false)
    expect(noGrad(() => enableGrad(() => x.mul(2))).requiresGrad).toBe(true)
    expect(noGrad(() => isGradEnabled())).toBe(false)
    expect(() =>
      noGrad(() => {
        throw new Error('inside')
      }),
    ).toThrow('inside')
    expect(isGradEnabled()).toBe(true)
  })
  it('detach stops gradients and shares the numbers', () => {
    const x = leaf([2])
    const d = x.mul(3).detach()
    expect(d.requiresGrad).toBe(false)
    expect(x.detach().storage).toBe(x.storage)
    const y = x.mul(d).sum()
    y.backward()
    expect(x.grad?.toArray()).toEqual([6])
  })
})

describe('hooks', () => {
  it('see and replace a gradient, until removed', () => {
    const x = leaf([1, 2])
    const seen: unknown[] = []
    const a = x.mul(2)
    const remove = a.registerHook(g => {
      seen.push(g.toArray())
      return g.mul(10)
    })
    a.sum().backward(null, { retainGraph: true })
    expect(seen).toEqual([[1, 1]])
    expect(x.grad?.toArray()).toEqual([20, 20])
    remove()
    const before = x.grad!.toArray<number[]>()
    a.sum().backward()
    expect(x.grad?.toArray()).toEqual(before.map(g => g + 2))
  })
  it('on a leaf, once with the whole gradient', () => {
    const x = leaf(2)
    const seen: number[] = []
    x.registerHook(g => void seen.push(g.item()))
    x.mul(x).add(x).backward()
    expect(seen).toEqual([5])
  })
})

describe('memory', () => {
  it('what a rule returns untouched is not given back twice', () => {
    const w = randn([64, 64], { requiresGrad: true })
    for (let i = 0; i < 50; i++) {
      const y = w.add(w).sub(w).reshape([4096]).sum()
      y.backward()
    }
    expect(w.grad?.toTypedArray().every((v: number) => v === 50)).toBe(true)
  })
})
