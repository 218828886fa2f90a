import { describe, expect, it } from 'vitest'
import {
  allclose,
  hessian,
  jacobian,
  jvp,
  randn,
  tensor,
  vjp,
  zeros,
  type Tensor,
} from '../../src/index.ts'

const f = (x: Tensor) => x.pow(3).add(x.sum())

describe('derivatives of functions', () => {
  const x = tensor([1, 2], { dtype: 'float64' })
  it('jacobian', () => {
    expect(jacobian(f, x).toArray()).toEqual([
      [4, 1],
      [1, 13],
    ])
    const w = randn([3, 4], { dtype: 'float64' })
    expect(jacobian(t => w.matmul(t), randn([4, 2], { dtype: 'float64' })).shape).toEqual([
      3, 2, 4, 2,
    ])
    expect(jacobian(() => zeros([2]), zeros([3])).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
  })
  it('hessian', () => {
    expect(hessian(t => t.pow(3).sum().add(t.prod()), x).toArray()).toEqual([
      [6, 1],
      [1, 12],
    ])
    expect(hessian(t => t.sum(), x).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(() => hessian(f, x)).toThrow('hessian: f(x) is [2]; it is one number')
  })
  it('vjp and jvp agree with the jacobian', () => {
    const J = jacobian(f, x)
    const v = tensor([3, -1], { dtype: 'float64' })
    expect(allclose(vjp(f, x, v).product, v.matmul(J))).toBe(true)
    expect(allclose(jvp(f, x, v).product, J.matmul(v))).toBe(true)
    expect(vjp(f, x, v).value.toArray()).toEqual([4, 11])
    expect(() => vjp(f, x, zeros([3]))).toThrow('vjp: v is [3], f(x) [2]')
    expect(() => jvp(f, x, zeros([3]))).toThrow('jvp: v is [3], x [2]')
  })
  it('createGraph goes on', () => {
    const t = tensor([2], { requiresGrad: true })
    const J = jacobian(u => u.pow(3), t, { createGraph: true })
    J.sum().backward()
    expect(t.grad?.toArray()).toEqual([12])
    expect(t.requiresGrad).toBe(true)
  })
})
