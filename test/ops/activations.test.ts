import { describe, expect, it } from 'vitest'
import {
  elu,
  gelu,
  grad,
  hardtanh,
  leakyRelu,
  logSigmoid,
  mish,
  prelu,
  relu6,
  selu,
  silu,
  softplus,
  softsign,
  tensor,
  withRecorder,
  withRules,
  zeros,
} from '../../src/index.ts'
import { goldens } from '../golden/golden.ts'
import { checkOp, type Input } from './op.ts'

goldens('activations')

describe('gradients', () => {
  const x: Input[][] = [[[3, 4]], [[]], [[0, 2]]]
  checkOp('leakyRelu', t => leakyRelu(t), x)
  checkOp('elu', t => elu(t, { alpha: 0.7 }), x)
  checkOp('selu', selu, x)
  checkOp('silu', silu, x)
  checkOp('gelu', t => gelu(t), x)
  checkOp('gelu with tanh', t => gelu(t, { approximate: 'tanh' }), x)
  checkOp('softplus', t => softplus(t), x)
  checkOp('softplus, beta', t => softplus(t, { beta: 3, threshold: 2 }), x, { tolerance: 1e-5 })
  checkOp('mish', mish, x)
  checkOp('softsign', softsign, x)
  checkOp('logSigmoid', logSigmoid, x)
  checkOp('hardtanh', t => hardtanh(t, { min: -0.8, max: 0.6 }), x)
  checkOp('relu6', relu6, [[[4, 4]]], { range: [-3, 9] })
  checkOp('prelu', prelu, [
    [[2, 3, 4], [3]],
    [[5], [1]],
  ])
})

describe('activations', () => {
  it('far out, value and gradient stay finite', () => {
    const x = tensor([-1000, 1000], { requiresGrad: true })
    for (const f of [elu, softplus, logSigmoid, softsign, silu, gelu]) {
      const y = f(x)
      const [g] = grad(y.sum(), [x])
      expect([...y.toTypedArray(), ...g.toTypedArray()].every(Number.isFinite), f.name).toBe(true)
    }
  })
  it('are one operation each: one record, one rule', () => {
    const ops: string[] = []
    const x = tensor([-1, 2], { requiresGrad: true })
    withRecorder({ record: e => ops.push(e.op) }, () => [
      leakyRelu(x),
      elu(x),
      gelu(x),
      hardtanh(x),
    ])
    expect(ops).toEqual(['leakyRelu', 'elu', 'gelu', 'hardtanh'])
    const [g] = withRules({ leakyRelu: gy => [gy] }, () => grad(leakyRelu(x).sum(), [x]))
    expect(g.toArray()).toEqual([1, 1])
  })
  it('errors', () => {
    // @ts-expect-error no such approximation
    expect(() => gelu(zeros([1]), { approximate: 'erf' })).toThrow(
      "gelu: approximate 'erf'; it is 'none' or 'tanh'",
    )
    expect(() => prelu(zeros([2, 3]), zeros([2]))).toThrow(
      'prelu: weight [2] for x [2, 3]; it is [1] or has one slope a channel',
    )
  })
})
