/** Softmax, its logarithm, and the losses that begin with it. */
import { backend } from '../backend/index.ts'
import { record } from '../autograd/tape.ts'
import { axis, show } from '../tensor/shape.ts'
import { empty, type Tensor } from '../tensor/tensor.ts'
import { abs, exp, mul, neg, square, sub, to } from './elementwise.ts'
import { gather } from './gather.ts'
import { mean, sum } from './reduce.ts'
import { reshape } from './views.ts'

/** e^(x − max) / Σ e^(x − max) along `dim` (default the last). */
export function softmax(x: Tensor, dim = -1): Tensor {
  const d = axis('softmax', dim, x.ndim)
  const y = empty(x.shape, x.dtype)
  backend(x.dtype).softmax(x, d, y)
  // y·(gy − Σ gy·y)
  return record('softmax', [x], { dim: d }, y, gy => [
    mul(y, sub(gy, sum(mul(gy, y), { dim: d, keepdim: true }))),
  ])
}

/** log softmax along `dim` (default the last), without overflow. */
export function logSoftmax(x: Tensor, dim = -1): Tensor {
  const d = axis('logSoftmax', dim, x.ndim)
  const y = empty(x.shape, x.dtype)
  backend(x.dtype).logSoftmax(x, d, y)
  // gy − softmax(x)·Σ gy
  return record('logSoftmax', [x], { dim: d }, y, gy => [
    sub(gy, mul(exp(y), sum(gy, { dim: d, keepdim: true }))),
  ])
}

export type Reduction = 'mean' | 'sum' | 'none'

const reduced = (loss: Tensor, reduction: Reduction = 'mean'): Tensor =>
  reduction === 'mean' ? mean(loss) : reduction === 'sum' ? sum(loss) : loss

/** Class numbers checked against the number of classes. */
function targets(op: string, x: Tensor, y: Tensor): Tensor {
  if (x.ndim !== 2 || y.ndim !== 1 || x.shape[0] !== y.shape[0])
    throw new RangeError(
      `${op}: logits ${show(x.shape)} with targets ${show(y.shape)}; they are [N, K] and [N]`,
    )
  if (y.dtype !== 'int32' && y.dtype !== 'uint8')
    throw new TypeError(`${op}: targets are class numbers, int32 or uint8, not ${y.dtype}`)
  const data = y.storage.data
  for (let i = 0; i < y.shape[0]; i++) {
    const c = data[y.offset + i * y.strides[0]]
    if (c < 0 || c >= x.shape[1])
      throw new RangeError(
        `${op}: target ${c} at ${i}; the classes of logits ${show(x.shape)} go from 0 to ${x.shape[1] - 1}`,
      )
  }
  return to(y, 'int32')
}

/** −x[n, y[n]] for log-probabilities x [N, K] and classes y [N]. */
export function nllLoss(
  x: Tensor,
  y: Tensor,
  { reduction }: { reduction?: Reduction } = {},
): Tensor {
  const t = targets('nllLoss', x, y)
  return reduced(neg(reshape(gather(x, 1, reshape(t, [-1, 1])), [-1])), reduction)
}

/**
 * −log softmax(x)[y]: x are logits [N, K] (not probabilities), y the classes [N], int32 or uint8.
 * @param options reduction over the batch: 'mean' (default), 'sum' or 'none'
 */
export function crossEntropy(
  x: Tensor,
  y: Tensor,
  options: { reduction?: Reduction } = {},
): Tensor {
  targets('crossEntropy', x, y)
  return nllLoss(logSoftmax(x, 1), y, options)
}

/** (x − y)². */
export function mseLoss(
  x: Tensor,
  y: Tensor,
  { reduction }: { reduction?: Reduction } = {},
): Tensor {
  return reduced(square(sub(x, y)), reduction)
}
/** |x − y|. */
export function l1Loss(
  x: Tensor,
  y: Tensor,
  { reduction }: { reduction?: Reduction } = {},
): Tensor {
  return reduced(abs(sub(x, y)), reduction)
}
