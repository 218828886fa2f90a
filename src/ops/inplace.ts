/** Changing a tensor in place, outside the tape. The names end in _, as in PyTorch. */
import { backward, isGradEnabled, noGrad, type BackwardOptions } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import { touch } from '../backend/storage.ts'
import { isFloat, promote, promoteNumber } from '../tensor/dtype.ts'
import { defaultGenerator, type Generator } from '../tensor/random.ts'
import { broadcast, sameShape, show } from '../tensor/shape.ts'
import { constant, fromFlat, Tensor } from '../tensor/tensor.ts'
import { clamp, to, type Operand } from './elementwise.ts'
import { spread } from './operands.ts'
import { maskedFill } from './compare.ts'
import { define } from './method.ts'
import { clone } from './views.ts'

declare module '../tensor/tensor.ts' {
  interface Tensor {
    /**
     * Adds the gradient of this tensor (one number, unless `gradient` is given) to the `grad` of every leaf that requires one.
     * @throws Error when nothing requires a gradient, or the tape is gone after an earlier call without { retainGraph: true }
     */
    backward(gradient?: Tensor | null, options?: BackwardOptions): void
    /** x += y, in place: under `noGrad`, or on tensors that need no gradient. y broadcasts. Returns itself. */
    add_(y: Operand): this
    /** x −= y, in place; as `add_`. */
    sub_(y: Operand): this
    /** x *= y, in place; as `add_`. */
    mul_(y: Operand): this
    /** x /= y, in place, float tensors only; as `add_`. */
    div_(y: Operand): this
    /** Holds every element between min and max, in place; as `add_`. */
    clamp_(limits: { min?: number; max?: number }): this
    /** Every element `value`, in place; as `add_`. */
    fill_(value: number): this
    /** Every element 0, in place; as `add_`. */
    zero_(): this
    /** The numbers of y, which broadcasts and is converted, in place; as `add_`. */
    copy_(y: Tensor): this
    /** `value` where the mask (which broadcasts) holds, in place; as `add_`. */
    maskedFill_(mask: Tensor, value: number): this
    /** Uniform numbers in [from, to), default [0, 1), in place; as `add_`. */
    uniform_(from?: number, to?: number, options?: { generator?: Generator }): this
    /** Normal numbers, default mean 0 and standard deviation 1, in place; as `add_`. */
    normal_(mean?: number, std?: number, options?: { generator?: Generator }): this
  }
}

/**
 * Before a write: whoever reads the old numbers on the way back is told.
 * @throws when writing into t would go behind the tape's back, or into one place many times
 */
function writable(op: string, t: Tensor): void {
  if (isGradEnabled() && t.requiresGrad)
    throw new Error(`${op}: the tensor requires a gradient; change it inside noGrad(() => …)`)
  for (let d = 0; d < t.shape.length; d++)
    if (t.strides[d] === 0 && t.shape[d] > 1 && t.size > 0)
      throw new RangeError(
        `${op}: ${show(t.shape)} is an expanded view: axis ${d} is one element seen ${t.shape[d]} times; clone() it first`,
      )
  touch(t.storage)
}

/** y as an operand of x's shape and dtype. */
function fitting(op: string, x: Tensor, y: Operand): Tensor {
  const dtype = typeof y === 'number' ? promoteNumber(x, y) : promote(x, y)
  if (dtype !== x.dtype && isFloat(dtype) && !isFloat(x.dtype))
    throw new TypeError(
      `${op}: a ${dtype} result does not fit into a ${x.dtype} tensor; to() it first`,
    )
  if (typeof y === 'number') return spread(constant(y, x.dtype), x.shape)
  if (!sameShape(broadcast(op, x.shape, y.shape), x.shape))
    throw new RangeError(`${op}: ${show(y.shape)} does not fit into ${show(x.shape)}`)
  return spread(noGrad(() => to(y, x.dtype)).detach(), x.shape)
}

/** What is read is copied first when it lies in the storage that is written. */
const apart = (y: Tensor, x: Tensor) =>
  y.storage === x.storage && !(y.offset === x.offset && sameShape(y.strides, x.strides))
    ? noGrad(() => clone(y.detach()))
    : y

function arithmetic(name: 'add' | 'sub' | 'mul' | 'div') {
  define(`${name}_`, function (this: Tensor, y: Operand) {
    writable(`${name}_`, this)
    if (name === 'div' && !isFloat(this.dtype))
      throw new TypeError(
        `div_: a ${this.dtype} tensor cannot hold the quotients; to('float32') it first`,
      )
    const other = apart(fitting(`${name}_`, this, y), this)
    backend(this.dtype).binary(name, this, other, this)
    return this
  })
}
arithmetic('add')
arithmetic('sub')
arithmetic('mul')
arithmetic('div')

function replace(t: Tensor, make: () => Tensor): Tensor {
  backend(t.dtype).copy(noGrad(make), t)
  return t
}
define('clamp_', function (this: Tensor, limits: { min?: number; max?: number }) {
  writable('clamp_', this)
  return replace(this, () => clamp(this.detach(), limits))
})
define('maskedFill_', function (this: Tensor, mask: Tensor, value: number) {
  writable('maskedFill_', this)
  return replace(this, () => maskedFill(this.detach(), mask, value))
})
define('fill_', function (this: Tensor, value: number) {
  writable('fill_', this)
  backend(this.dtype).fill(this, this.dtype === 'bool' ? Number(value !== 0) : value)
  return this
})
define('zero_', function (this: Tensor) {
  writable('zero_', this)
  backend(this.dtype).fill(this, 0)
  return this
})
define('copy_', function (this: Tensor, y: Tensor) {
  writable('copy_', this)
  if (!(y instanceof Tensor)) throw new TypeError(`copy_: the source is ${typeof y}, not a tensor`)
  if (!sameShape(broadcast('copy_', this.shape, y.shape), this.shape))
    throw new RangeError(`copy_: ${show(y.shape)} into ${show(this.shape)}`)
  backend(this.dtype).copy(spread(apart(y.detach(), this), this.shape), this)
  return this
})

function drawn(t: Tensor, next: () => number): Tensor {
  const values = Float64Array.from({ length: t.size }, next)
  backend(t.dtype).copy(fromFlat(values, t.shape, t.dtype), t)
  return t
}
define(
  'uniform_',
  function (
    this: Tensor,
    from = 0,
    to = 1,
    { generator = defaultGenerator }: { generator?: Generator } = {},
  ) {
    writable('uniform_', this)
    return drawn(this, () => from + (to - from) * generator.uniform())
  },
)
define(
  'normal_',
  function (
    this: Tensor,
    mean = 0,
    std = 1,
    { generator = defaultGenerator }: { generator?: Generator } = {},
  ) {
    writable('normal_', this)
    return drawn(this, () => mean + std * generator.normal())
  },
)

define('backward', function (this: Tensor, gradient?: Tensor | null, options?: BackwardOptions) {
  backward(this, gradient, options)
})
