import { describe, expect, it } from 'vitest'
import {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  nn,
  ones,
  randn,
  tensor,
  zeros,
} from '../../src/index.ts'
import { expectClose, goldens } from '../golden/golden.ts'
import { checkOp } from './op.ts'

goldens('norm')

describe('normalisation', () => {
  checkOp('batchNorm', (x, weight, bias) => batchNorm(x, { weight, bias, training: true }), [
    [[3, 2, 2, 2], [2], [2]],
    [[4, 3], [3], [3]],
  ])
  checkOp(
    'batchNorm with running statistics',
    (x, weight, bias) =>
      batchNorm(x, {
        weight,
        bias,
        runningMean: ones([2], { dtype: x.dtype }),
        runningVar: ones([2], { dtype: x.dtype }).mul(3),
      }),
    [[[3, 2, 2], [2], [2]]],
  )
  checkOp('layerNorm', (x, weight, bias) => layerNorm(x, [2, 3], { weight, bias }), [
    [
      [2, 2, 3],
      [2, 3],
      [2, 3],
    ],
  ])
  checkOp('groupNorm', (x, weight, bias) => groupNorm(x, 2, { weight, bias }), [
    [[2, 4, 3], [4], [4]],
  ])
  checkOp('instanceNorm', x => instanceNorm(x), [[[2, 2, 4]]])
  checkOp('localResponseNorm', x => localResponseNorm(x, 3, { alpha: 0.5 }), [[[2, 4, 3]]])

  it('moves the running statistics with the unbiased variance', () => {
    const x = randn([4, 2, 3, 3])
    const [runningMean, runningVar] = [zeros([2]), ones([2])]
    batchNorm(x, { runningMean, runningVar, training: true, momentum: 0.25 })
    const mean = x.mean({ dim: [0, 2, 3] }).toTypedArray()
    const variance = x.var({ dim: [0, 2, 3] }).toTypedArray()
    expectClose(
      runningMean.toTypedArray(),
      Array.from(mean, m => 0.25 * m),
      1e-6,
      'mean',
    )
    expectClose(
      runningVar.toTypedArray(),
      Array.from(variance, v => 0.75 + 0.25 * v),
      1e-6,
      'var',
    )
  })

  it("of instances as PyTorch's", () => {
    const x = tensor(Float64Array.from({ length: 24 }, (_, i) => Math.sin(1.7 * i))).reshape([
      2, 3, 2, 2,
    ])
    const runningMean = tensor([0.1, 0.2, 0.3], { dtype: 'float64' })
    const runningVar = tensor([1, 2, 3], { dtype: 'float64' })
    instanceNorm(x, { runningMean, runningVar, momentum: 0.3 })
    expectClose(runningMean.toTypedArray(), [0.0733272, 0.15174468, 0.2270944], 1e-8, 'mean')
    expectClose(runningVar.toTypedArray(), [0.89810807, 1.59847305, 2.29891689], 1e-8, 'variance')
    expectClose(
      instanceNorm(x, { runningMean, runningVar, useInputStats: false }).toTypedArray().slice(0, 4),
      [-0.07737459, 0.9690265, -0.34702063, -1.05429087],
      1e-8,
      'fixed',
    )
    const layer = new nn.InstanceNorm2d(3, { trackRunningStats: true, momentum: 0.3 })
    layer.forward(x.to('float32'))
    expect(Object.keys(layer.stateDict())).toEqual([
      'running_mean',
      'running_var',
      'num_batches_tracked',
    ])
    const tracked = layer.runningMean!.toArray()
    layer.eval()
    layer.forward(x.to('float32'))
    expect(layer.runningMean!.toArray()).toEqual(tracked)
    expect(() => instanceNorm(x, { useInputStats: false })).toThrow('needs runningMean')
  })

  it('names what does not fit', () => {
    expect(() => batchNorm(randn([1, 3]), { training: true })).toThrow(
      'batchNorm: x [1, 3] has 1 value a channel; training needs more',
    )
    expect(() => batchNorm(randn([2, 3]))).toThrow('needs runningMean and runningVar')
    expect(() => batchNorm(randn([2, 3]), { training: true, weight: ones([4]) })).toThrow(
      'batchNorm: weight [4] for 3 channels; it is [3]',
    )
    expect(() => layerNorm(randn([2, 3]), 4)).toThrow('layerNorm: x [2, 3] does not end in [4]')
    expect(() => groupNorm(randn([2, 3, 2]), 2)).toThrow('groups 2 must divide the 3 channels')
  })
})
