import { describe, expect, it } from 'vitest'
import {
  arange,
  grad,
  noGrad,
  optim,
  randn,
  softmax,
  tensor,
  type Tensor,
} from '../../src/index.ts'

const x = () => tensor([1, 2, 3], { requiresGrad: true })
const change = (t: Tensor) => noGrad(() => t.add_(1))

describe('what is read again on the way back', () => {
  it('must be as it was: operands', () => {
    const [a, b] = [x(), x()]
    const y = a.mul(b).sum()
    change(b)
    expect(() => y.backward()).toThrow(
      'backward of mul: its operand 1 was changed in place after it was computed, so its gradient would be wrong; change a clone(), or use a new tensor',
    )
    const c = x()
    const z = c.square().sum()
    noGrad(() => c.zero_())
    expect(() => z.backward()).toThrow('backward of square: its operand 0 was changed')
  })
  it('must be as it was: results', () => {
    for (const f of [(t: Tensor) => t.exp(), (t: Tensor) => t.tanh(), (t: Tensor) => softmax(t)]) {
      const y = f(x())
      const loss = y.sum()
      change(y)
      expect(() => loss.backward()).toThrow('its result was changed in place')
    }
  })
  it('also through a view, and by an optimiser', () => {
    const a = x()
    const y = a.mul(a).sum()
    noGrad(() => a.slice(0, { end: 1 }).fill_(5))
    expect(() => y.backward()).toThrow('changed in place')
    const w = randn([3, 3], { requiresGrad: true })
    const loss = randn([2, 3]).requiresGrad_().matmul(w).sum()
    loss.backward(null, { retainGraph: true })
    new optim.SGD([w], { lr: 0.1 }).step()
    expect(() => loss.backward()).toThrow('backward of matmul: its operand 1')
  })
  it('may change where no rule reads it', () => {
    const a = x()
    const sum = a.add(1).reshape([3, 1]).sum()
    change(a)
    sum.backward()
    expect(a.grad!.toArray()).toEqual([1, 1, 1])
    // Only w asks for a gradient, and its rule reads the other operand.
    const [w, input] = [x(), arange(3).to('float32')]
    const y = input.mul(w).sum()
    change(w)
    expect(grad(y, [w])[0].toArray()).toEqual([0, 1, 2])
    // The result of log is not read, nor what relu was given.
    const b = x()
    const z = b.log()
    const t = z.sum()
    change(z)
    t.backward()
    const c = x().add(1)
    const r = c.relu().sum()
    change(c)
    r.backward()
  })
  it('may have been changed before', () => {
    const a = x()
    change(a)
    a.mul(a).sum().backward()
    expect(a.grad!.toArray()).toEqual([4, 6, 8])
  })
})
