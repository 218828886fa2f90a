/** Making tensors. */
import type { DType } from '../backend/index.ts'
import { backend } from '../backend/index.ts'
import { defaultGenerator, type Generator } from './random.ts'
import type { AnyTensor, Like, Made } from './literal.ts'
import { checkShape, show, sizeOf, type Shape } from './shape.ts'
import { empty as fresh, fromFlat, Tensor, type Nested } from './tensor.ts'

export interface TensorOptions {
  /** Default `float32`. */
  dtype?: DType
  /** Whether gradients are computed for it. Default false. */
  requiresGrad?: boolean
}
export interface RandomOptions extends TensorOptions {
  /** Default: the generator that `manualSeed` seeds. */
  generator?: Generator
}

const CONSTRUCTORS: [{ new (n: number): object }, DType][] = [
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [Int32Array, 'int32'],
  [Uint8Array, 'uint8'],
]

function finish(t: Tensor, { requiresGrad = false }: TensorOptions): Tensor {
  return requiresGrad ? t.requiresGrad_() : t
}

/**
 * A tensor from a number, nested arrays, a typed array or another tensor; copies.
 * dtype: float32 for numbers, bool for booleans, a typed array's own, unless said.
 * @throws RangeError when rows differ in length, naming where
 */
export function tensor(
  values: Nested | Tensor | ArrayBufferView,
  options: TensorOptions = {},
): Tensor {
  if (values instanceof Tensor)
    return finish(
      fromFlat(values.toTypedArray(), values.shape, options.dtype ?? values.dtype),
      options,
    )
  if (ArrayBuffer.isView(values)) {
    const own = CONSTRUCTORS.find(([c]) => values instanceof c)
    if (!own)
      throw new TypeError(
        `tensor: a ${values.constructor.name} has no dtype; use Float32Array, Float64Array, Int32Array or Uint8Array`,
      )
    // One of the four constructors above, all of them arrays of numbers.
    const array = values as unknown as ArrayLike<number>
    return finish(fromFlat(array, [array.length], options.dtype ?? own[1]), options)
  }
  const shape: number[] = []
  for (let v: Nested = values; Array.isArray(v); v = v[0]) {
    shape.push(v.length)
    if (v.length === 0) break
  }
  const flat: number[] = []
  let booleans = true
  const visit = (v: Nested, d: number, path: string): void => {
    if (Array.isArray(v)) {
      if (d >= shape.length || v.length !== shape[d])
        throw new RangeError(
          d >= shape.length
            ? `tensor: values${path} is a list, its neighbours are numbers`
            : `tensor: values${path} has ${v.length} elements, values${path.replace(/\d+\]$/, '0]')} has ${shape[d]}; rows must be equally long`,
        )
      v.forEach((e: Nested, i) => visit(e, d + 1, `${path}[${i}]`))
    } else if (d < shape.length)
      throw new RangeError(`tensor: values${path} is a number, its neighbours are lists`)
    else if (typeof v === 'number' || typeof v === 'boolean') {
      booleans &&= typeof v === 'boolean'
      flat.push(Number(v))
    } else
      throw new TypeError(
        `tensor: values${path} is ${v === null ? 'null' : typeof v}, not a number`,
      )
  }
  visit(values, 0, '')
  return finish(
    fromFlat(flat, shape, options.dtype ?? (booleans && flat.length ? 'bool' : 'float32')),
    options,
  )
}

/** All elements `value`. */
export function full<const S extends Shape>(
  shape: S,
  value: number,
  options?: TensorOptions,
): Made<S>
export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  checkShape('full', shape)
  const t = fresh(shape, options.dtype)
  backend(t.dtype).fill(t, t.dtype === 'bool' ? Number(value !== 0) : value)
  return finish(t, options)
}
/** Memory as it comes: the numbers are anything until they are written. */
export function empty<const S extends Shape>(shape: S, options?: TensorOptions): Made<S>
export function empty(shape: Shape, options: TensorOptions = {}): Tensor {
  checkShape('empty', shape)
  return finish(fresh(shape, options.dtype), options)
}
/** All 0. */
export const zeros = <const S extends Shape>(shape: S, options?: TensorOptions): Made<S> =>
  full(shape, 0, options)
/** All 1. */
export const ones = <const S extends Shape>(shape: S, options?: TensorOptions): Made<S> =>
  full(shape, 1, options)

/** Shape and dtype of another tensor, unless said otherwise. */
// Their types only add that the shape is x's.
const like = <O extends TensorOptions>(x: Tensor, options?: O) => ({ dtype: x.dtype, ...options })
/** All 0, with the shape and dtype of x. */
export const zerosLike = <X extends AnyTensor>(x: X, options?: TensorOptions): Like<X> =>
  full(x.shape, 0, like(x, options)) as Like<X>
/** All 1, with the shape and dtype of x. */
export const onesLike = <X extends AnyTensor>(x: X, options?: TensorOptions): Like<X> =>
  full(x.shape, 1, like(x, options)) as Like<X>
/** All `value`, with the shape and dtype of x. */
export const fullLike = <X extends AnyTensor>(
  x: X,
  value: number,
  options?: TensorOptions,
): Like<X> => full(x.shape, value, like(x, options)) as Like<X>
/** As `empty`, with the shape and dtype of x. */
export const emptyLike = <X extends AnyTensor>(x: X, options?: TensorOptions): Like<X> =>
  empty(x.shape, like(x, options)) as Like<X>
/** Uniform in [0, 1), with the shape and dtype of x. */
export const randLike = <X extends AnyTensor>(x: X, options?: RandomOptions): Like<X> =>
  rand(x.shape, like(x, options)) as Like<X>
/** Standard normal, with the shape and dtype of x. */
export const randnLike = <X extends AnyTensor>(x: X, options?: RandomOptions): Like<X> =>
  randn(x.shape, like(x, options)) as Like<X>

/** The identity [n, n], or ones on the diagonal of [n, m]. */
export function eye(n: number, m?: number | TensorOptions, options?: TensorOptions): Tensor {
  const [columns, o] = typeof m === 'object' ? [n, m] : [m ?? n, options ?? {}]
  const t = full([n, columns], 0, { dtype: o.dtype })
  const data = t.storage.data
  for (let i = 0; i < Math.min(n, columns); i++) data[i * columns + i] = 1
  return finish(t, o)
}

/**
 * start, start + step, … below end. Start is 0 and step 1 unless given: `arange(5)`, `arange(2, 5)`, `arange(0, 1, 0.1)`.
 * dtype: int32 when all three are whole, else float32.
 */
export function arange(end: number, options?: TensorOptions): Tensor
export function arange(start: number, end: number, options?: TensorOptions): Tensor
export function arange(
  start: number,
  end: number | undefined,
  step: number,
  options?: TensorOptions,
): Tensor
export function arange(
  first: number,
  second?: number | TensorOptions,
  third?: number | TensorOptions,
  fourth?: TensorOptions,
): Tensor {
  const given = [first, second, third].filter(v => typeof v === 'number')
  const options = [second, third, fourth].find(v => typeof v === 'object') ?? {}
  const step = typeof third === 'number' ? third : 1
  const [a, b] = typeof second === 'number' ? [first, second] : [0, first]
  if (step === 0 || !given.every(Number.isFinite))
    throw new RangeError(`arange: ${a} to ${b} by ${step} never ends`)
  const n = Math.max(0, Math.ceil((b - a) / step))
  return finish(
    fromFlat(
      Float64Array.from({ length: n }, (_, i) => a + i * step),
      [n],
      options.dtype ?? ([a, b, step].every(Number.isInteger) ? 'int32' : 'float32'),
    ),
    options,
  )
}

/** `steps` numbers from start to end, both included. */
export function linspace(
  start: number,
  end: number,
  steps: number,
  options: TensorOptions = {},
): Tensor {
  if (!Number.isInteger(steps) || steps < 0)
    throw new RangeError(`linspace: ${steps} steps; a whole number, at least 0`)
  const at = (i: number) =>
    i === steps - 1 && steps > 1 ? end : start + ((end - start) * i) / Math.max(1, steps - 1)
  return finish(
    fromFlat(
      Array.from({ length: steps }, (_, i) => at(i)),
      [steps],
      options.dtype ?? 'float32',
    ),
    options,
  )
}

function draw<S extends Shape>(
  op: string,
  shape: S,
  options: RandomOptions,
  next: (g: Generator) => number,
  dtype: DType,
): Made<S> {
  checkShape(op, shape)
  const g = options.generator ?? defaultGenerator
  const t = fresh(shape, options.dtype ?? dtype)
  const data = t.storage.data
  for (let i = 0, n = sizeOf(shape); i < n; i++) data[i] = next(g)
  // The type only adds what is known of the shape.
  return finish(t, options) as Made<S>
}
/** Uniform in [0, 1). */
export const rand = <const S extends Shape>(shape: S, options: RandomOptions = {}): Made<S> =>
  draw('rand', shape, options, g => g.uniform(), 'float32')
/** Standard normal. */
export const randn = <const S extends Shape>(shape: S, options: RandomOptions = {}): Made<S> =>
  draw('randn', shape, options, g => g.normal(), 'float32')
/** Whole numbers from low (included) to high (not included), int32. */
export function randint<const S extends Shape>(
  low: number,
  high: number,
  shape: S,
  options: RandomOptions = {},
): Made<S> {
  if (!(high > low))
    throw new RangeError(`randint: no whole number from ${low} to below ${high} for ${show(shape)}`)
  return draw('randint', shape, options, g => low + g.below(high - low), 'int32')
}
/** 0 … n − 1 in random order, int32 [n]. */
export function randperm(
  n: number,
  { generator = defaultGenerator }: { generator?: Generator } = {},
): Tensor {
  return fromFlat(generator.permutation(n), [n], 'int32')
}
