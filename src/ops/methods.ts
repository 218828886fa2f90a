/** Every operation also as a method of its first operand: `x.mul(2)` is `mul(x, 2)`. */
import { backward, noGrad, isGradEnabled, type BackwardOptions } from '../autograd/tape.ts'
import { backend, type DType } from '../backend/index.ts'
import { broadcast, sameShape, show } from '../tensor/shape.ts'
import { fromFlat, Tensor } from '../tensor/tensor.ts'
import * as e from './elementwise.ts'
import { gather, indexSelect } from './gather.ts'
import { matmul } from './matmul.ts'
import * as r from './reduce.ts'
import { logSoftmax, softmax } from './softmax.ts'
import * as v from './views.ts'

type Rest<F> = F extends (x: Tensor, ...rest: infer R) => infer Y ? (...rest: R) => Y : never
type Method<F> = F extends (x: e.Operand, ...rest: infer R) => infer Y ? (...rest: R) => Y : Rest<F>

const METHODS = {
  add: e.add,
  sub: e.sub,
  mul: e.mul,
  div: e.div,
  pow: e.pow,
  maximum: e.maximum,
  minimum: e.minimum,
  neg: e.neg,
  abs: e.abs,
  sign: e.sign,
  exp: e.exp,
  log: e.log,
  sqrt: e.sqrt,
  reciprocal: e.reciprocal,
  square: e.square,
  sin: e.sin,
  cos: e.cos,
  tanh: e.tanh,
  sigmoid: e.sigmoid,
  relu: e.relu,
  floor: e.floor,
  ceil: e.ceil,
  round: e.round,
  clamp: e.clamp,
  eq: e.eq,
  ne: e.ne,
  lt: e.lt,
  le: e.le,
  gt: e.gt,
  ge: e.ge,
  isnan: e.isnan,
  to: e.to,
  sum: r.sum,
  mean: r.mean,
  max: r.max,
  min: r.min,
  prod: r.prod,
  var: r.variance,
  std: r.std,
  norm: r.norm,
  argmax: r.argmax,
  argmin: r.argmin,
  contiguous: v.contiguous,
  clone: v.clone,
  reshape: v.reshape,
  view: v.reshape,
  flatten: v.flatten,
  permute: v.permute,
  transpose: v.transpose,
  expand: v.expand,
  unsqueeze: v.unsqueeze,
  squeeze: v.squeeze,
  slice: v.slice,
  narrow: v.narrow,
  select: v.select,
  at: v.at,
  flip: v.flip,
  pad: v.pad,
  matmul,
  softmax,
  logSoftmax,
  gather,
  indexSelect,
} as const

type Methods = { [K in keyof typeof METHODS]: Method<(typeof METHODS)[K]> }

declare module '../tensor/tensor.ts' {
  interface Tensor extends Methods {
    /** The transpose of a matrix. */
    readonly T: Tensor
    /**
     * Adds the gradient of this tensor (one number, unless `gradient` is given) to the `grad` of every leaf that requires one.
     * @throws Error when nothing requires a gradient, or the tape is gone after an earlier call without { retainGraph: true }
     */
    backward(gradient?: Tensor | null, options?: BackwardOptions): void
    /** In place, outside the tape: under `noGrad`, or on tensors that need no gradient. Returns itself. */
    add_(y: e.Operand): this
    sub_(y: e.Operand): this
    mul_(y: e.Operand): this
    div_(y: e.Operand): this
    fill_(value: number): this
    zero_(): this
    copy_(y: Tensor): this
  }
}

for (const [name, f] of Object.entries(METHODS))
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Tensor, ...rest: unknown[]) {
      // Every operation above takes the tensor first; the interface says what follows.
      return Reflect.apply(f, undefined, [this, ...rest])
    },
  })

/** @throws Error when writing into t would go behind the tape's back */
function writable(op: string, t: Tensor): void {
  if (isGradEnabled() && t.requiresGrad)
    throw new Error(`${op}: the tensor requires a gradient; change it inside noGrad(() => …)`)
}

function inPlace(name: 'add' | 'sub' | 'mul' | 'div') {
  return function (this: Tensor, y: e.Operand): Tensor {
    writable(`${name}_`, this)
    const other = noGrad(() =>
      typeof y === 'number' ? fromFlat([y], [], this.dtype) : e.to(y, this.dtype),
    )
    if (!sameShape(broadcast(`${name}_`, this.shape, other.shape), this.shape))
      throw new RangeError(`${name}_: ${show(other.shape)} does not fit into ${show(this.shape)}`)
    backend(this.dtype).binary(name, this, v.expand(other.detach(), this.shape), this)
    return this
  }
}

Object.defineProperties(Tensor.prototype, {
  T: {
    configurable: true,
    get(this: Tensor) {
      return v.transpose(this)
    },
  },
  backward: {
    configurable: true,
    value(this: Tensor, gradient?: Tensor | null, options?: BackwardOptions) {
      backward(this, gradient, options)
    },
  },
  add_: { configurable: true, value: inPlace('add') },
  sub_: { configurable: true, value: inPlace('sub') },
  mul_: { configurable: true, value: inPlace('mul') },
  div_: { configurable: true, value: inPlace('div') },
  fill_: {
    configurable: true,
    value(this: Tensor, value: number) {
      writable('fill_', this)
      backend(this.dtype).fill(this, value)
      return this
    },
  },
  zero_: {
    configurable: true,
    value(this: Tensor) {
      return this.fill_(0)
    },
  },
  copy_: {
    configurable: true,
    value(this: Tensor, y: Tensor) {
      writable('copy_', this)
      if (!sameShape(y.shape, this.shape))
        throw new RangeError(`copy_: ${show(y.shape)} into ${show(this.shape)}`)
      backend(this.dtype).copy(y, this)
      return this
    },
  },
})

export type { DType }
