/**
 * Tensor: a strided window on a storage, with what autograd needs to know. Operations are functions in `ops/`, which
 * also adds them as methods.
 */
import { backend, type DType, type NumberArray } from '../backend/index.ts'
import { allocate, Storage } from '../backend/storage.ts'
import {
  axis,
  checkShape,
  inferShape,
  sameShape,
  show,
  sizeOf,
  stridesOf,
  viewStrides,
  type Shape,
} from './shape.ts'
import { noteCreated } from './created.ts'
import { format } from './print.ts'

/** Nested arrays of numbers (or booleans), as `toArray` returns them. */
export type Nested = number | boolean | readonly Nested[]

/** The operation that made a tensor, as the tape keeps it. */
export interface GradNode {
  readonly op: string
  readonly inputs: readonly Tensor[]
  /** Gradients of the inputs from the gradient of the output, in the inputs' order; null where there is none. */
  vjp: ((gy: Tensor) => readonly (Tensor | null)[]) | null
  /** Storages only this node can reach: released with it. */
  internals: readonly Storage[]
  /** `timeOfWrites` when it was recorded. */
  readonly time: number
  /** The rule is a user's: what it saw may be held anywhere. */
  foreign?: boolean
}

export type TensorHook = (grad: Tensor) => Tensor | void

export class Tensor {
  /** @internal the numbers, shared by its views */
  readonly storage: Storage
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
  readonly dtype: DType
  /** Whether gradients flow to or through it. */
  requiresGrad = false
  /** Gradient after `backward()`, of the same shape; null before. */
  grad: Tensor | null = null
  /** @internal the operation that made it, while a gradient may still ask for it */
  node: GradNode | null = null
  /** @internal made between two layers of a Sequential: nobody else has a handle */
  inner = false
  /** @internal */
  keepsGrad = false
  /** @internal */
  hooks: TensorHook[] | null = null

  /** @internal use `tensor`, `zeros` … or an operation */
  constructor(storage: Storage, shape: Shape, strides: Shape = stridesOf(shape), offset = 0) {
    this.storage = storage
    this.shape = shape
    this.strides = strides
    this.offset = offset
    this.dtype = storage.dtype
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape)
  }
  /** Number of axes. */
  get ndim(): number {
    return this.shape.length
  }
  /** Made by the user (or detached), not by a recorded operation. */
  get isLeaf(): boolean {
    return this.node === null
  }
  /** @internal */
  get isContiguous(): boolean {
    let n = 1
    for (let d = this.shape.length - 1; d >= 0; d--) {
      if (this.shape[d] !== 1 && this.strides[d] !== n) return false
      n *= this.shape[d]
    }
    return true
  }

  /** The only element as a number. @throws RangeError when there are more */
  item(): number {
    if (this.size !== 1)
      throw new RangeError(
        `item: tensor ${show(this.shape)} has ${this.size} elements, item() needs one`,
      )
    return this.storage.data[this.offset]
  }

  /** A copy of the elements in row-major order as a typed array. */
  toTypedArray(): NumberArray {
    const data = this.storage.data
    if (this.isContiguous) return data.slice(this.offset, this.offset + this.size)
    const copy = backend(this.dtype).create(this.dtype, this.size, false)
    const out = new Tensor(copy, this.shape)
    backend(this.dtype).copy(this, out)
    const array = copy.data.slice(0, this.size)
    backend(this.dtype).release(copy)
    return array
  }

  /** Nested arrays of numbers; a number for a scalar, booleans for dtype bool. */
  toArray<T = Nested>(): T {
    const flat = this.toTypedArray()
    let p = 0
    const nest = (d: number): unknown => {
      if (d === this.shape.length) {
        const v = flat[p++]
        return this.dtype === 'bool' ? v !== 0 : v
      }
      return Array.from({ length: this.shape[d] }, () => nest(d + 1))
    }
    // The caller names the nesting; the shape decides it at run time.
    return nest(0) as T
  }

  /** Another window on the same storage, outside the tape. @internal */
  window(shape: Shape, strides: Shape, offset: number): Tensor {
    return new Tensor(this.storage, shape, strides, offset)
  }

  /** The same numbers without history: gradients stop here. Shares the storage. */
  detach(): this {
    // The same shape; there are no classes below Tensor.
    return this.window(this.shape, this.strides, this.offset) as this
  }

  /** Sets whether gradients flow to it; returns itself. @throws TypeError for whole-number tensors, RangeError for results of operations */
  requiresGrad_(on = true): this {
    if (on && this.dtype !== 'float32' && this.dtype !== 'float64')
      throw new TypeError(
        `requiresGrad: a ${this.dtype} tensor has no gradient; use float32 or float64`,
      )
    if (this.node)
      throw new RangeError(
        'requiresGrad: only a leaf can be set; detach() the result of an operation first',
      )
    this.requiresGrad = on
    return this
  }

  /** Keeps `grad` of a tensor that is not a leaf after `backward()`. */
  retainGrad(): this {
    this.keepsGrad = true
    return this
  }

  /** Calls `f` with the gradient when `backward()` reaches this tensor; what it returns replaces the gradient. Returns a function that removes it. */
  registerHook(f: TensorHook): () => void {
    this.hooks = [...(this.hooks ?? []), f]
    return () => {
      this.hooks = this.hooks?.filter(h => h !== f) ?? null
    }
  }

  toString(): string {
    return format(this)
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return format(this)
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': format(this) }
  }
}

/** Strides of `t` as a view of `shape` (one size may be −1), or null when it takes a copy. @internal */
export function asView(
  op: string,
  t: Tensor,
  shape: Shape,
): { shape: number[]; strides: number[] | null } {
  const target = inferShape(op, shape, t.size, t.shape)
  return {
    shape: target,
    strides: sameShape(target, t.shape) ? [...t.strides] : viewStrides(t.shape, t.strides, target),
  }
}

/** A fresh tensor; contents undefined unless `zero`. @internal */
export function empty(shape: Shape, dtype: DType = 'float32', zero = false): Tensor {
  const storage = backend(dtype).create(dtype, sizeOf(shape), zero)
  noteCreated(storage)
  return new Tensor(storage, shape)
}

const constants = new Map<DType, Map<number, Tensor>>()

/** A number as a tensor [], shared: nobody writes into it. @internal */
export function constant(value: number, dtype: DType): Tensor {
  let known = constants.get(dtype)
  if (!known) constants.set(dtype, (known = new Map()))
  let t = known.get(value)
  // A Map holds 0 and −0 to be one key.
  if (t === undefined || Object.is(value, -0)) {
    const storage = new Storage(dtype, 1, allocate(dtype, 1))
    storage.data[0] = dtype === 'bool' ? Number(value !== 0) : value
    t = new Tensor(storage, [])
    if (Object.is(value, -0)) return t
    if (known.size >= 256) known.clear()
    known.set(value, t)
  }
  return t
}

/** A tensor over numbers given in row-major order; copies them. @internal */
export function fromFlat(values: ArrayLike<number>, shape: Shape, dtype: DType): Tensor {
  checkShape('tensor', shape)
  const t = empty(shape, dtype)
  const data = t.storage.data
  if (dtype === 'bool') for (let i = 0; i < values.length; i++) data[i] = values[i] ? 1 : 0
  else data.set(values)
  return t
}

export { axis, show, sizeOf, stridesOf, type Shape }
