/** Initial values, written in place; names, defaults and formulas are PyTorch's `nn.init`. Each returns its tensor. */
import { restoring } from '../backend/interrupted.ts'
import { Storage } from '../backend/storage.ts'
import { defaultGenerator, type Generator } from '../tensor/random.ts'
import { show, sizeOf } from '../tensor/shape.ts'
import { empty, Tensor } from '../tensor/tensor.ts'

export interface InitOptions {
  /** Source of the numbers. Default: the one that `manualSeed` seeds. */
  generator?: Generator
}
export type Nonlinearity = 'linear' | 'conv' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu'
export interface KaimingOptions extends InitOptions {
  /** Negative slope of leakyRelu. Default 0. */
  a?: number
  /** Whose variance is kept: that of values going forward or of gradients coming back. Default fanIn. */
  mode?: 'fanIn' | 'fanOut'
  /** What follows. Default leakyRelu. */
  nonlinearity?: Nonlinearity
}

/** Inputs and outputs of a unit of w [out, in, …window]. @throws RangeError for fewer than two axes */
export function fans(w: Tensor): { fanIn: number; fanOut: number } {
  if (w.ndim < 2)
    throw new RangeError(
      `init: ${show(w.shape)} has no fan in and fan out; it needs two axes or more`,
    )
  const window = sizeOf(w.shape.slice(2))
  return { fanIn: w.shape[1] * window, fanOut: w.shape[0] * window }
}

/** Factor by which a nonlinearity shrinks values. `a`: slope of leakyRelu, default 0.01. */
export function gain(nonlinearity: Nonlinearity, a = 0.01): number {
  switch (nonlinearity) {
    case 'tanh':
      return 5 / 3
    case 'relu':
      return Math.SQRT2
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + a * a))
    case 'selu':
      return 3 / 4
    default:
      return 1
  }
}

/** Writes `next()` into every element, in row-major order. */
function write(t: Tensor, next: () => number): Tensor {
  if (withoutMemory) return t
  // Outside the tape: a fresh contiguous copy of the numbers, then one copy into t's window.
  const values = Float64Array.from({ length: t.size }, next)
  const { data } = t.storage
  if (t.isContiguous) for (let i = 0; i < values.length; i++) data[t.offset + i] = values[i]
  else {
    const at = new Array<number>(t.ndim).fill(0)
    let p = t.offset
    for (const v of values) {
      data[p] = v
      for (let d = t.ndim - 1; d >= 0; d--) {
        p += t.strides[d]
        if (++at[d] < t.shape[d]) break
        p -= t.strides[d] * t.shape[d]
        at[d] = 0
      }
    }
  }
  return t
}

/** Uniform in [a, b). Default [0, 1). */
export function uniform(
  t: Tensor,
  a = 0,
  b = 1,
  { generator = defaultGenerator }: InitOptions = {},
): Tensor {
  return write(t, () => a + (b - a) * generator.uniform())
}
/** Normal. Default mean 0, std 1. */
export function normal(
  t: Tensor,
  mean = 0,
  std = 1,
  { generator = defaultGenerator }: InitOptions = {},
): Tensor {
  return write(t, () => mean + std * generator.normal())
}
/** All `value`. */
export function constant(t: Tensor, value: number): Tensor {
  return write(t, () => value)
}
export const zeros = (t: Tensor): Tensor => constant(t, 0)
export const ones = (t: Tensor): Tensor => constant(t, 1)
/** The identity [n, m]: ones where row equals column. */
export function eye(t: Tensor): Tensor {
  if (t.ndim !== 2) throw new RangeError(`init.eye: ${show(t.shape)}; it is a matrix [n, m]`)
  let i = 0
  const m = t.shape[1]
  return write(t, () => (i % m === Math.floor(i++ / m) ? 1 : 0))
}

/** Uniform within ±gain·√(6 / (fanIn + fanOut)) (Glorot & Bengio, 2010). gain: default 1. */
export function xavierUniform(t: Tensor, factor = 1, options: InitOptions = {}): Tensor {
  const { fanIn, fanOut } = fans(t)
  const bound = factor * Math.sqrt(6 / (fanIn + fanOut))
  return uniform(t, -bound, bound, options)
}
/** Normal with std gain·√(2 / (fanIn + fanOut)). gain: default 1. */
export function xavierNormal(t: Tensor, factor = 1, options: InitOptions = {}): Tensor {
  const { fanIn, fanOut } = fans(t)
  return normal(t, 0, factor * Math.sqrt(2 / (fanIn + fanOut)), options)
}

function kaimingStd(t: Tensor, options: KaimingOptions): number {
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = options
  return gain(nonlinearity, a) / Math.sqrt(fans(t)[mode])
}
/** Uniform within ±√3·gain / √fan (He et al., 2015). */
export function kaimingUniform(t: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd(t, options)
  return uniform(t, -bound, bound, options)
}
/** Normal with std gain / √fan. */
export function kaimingNormal(t: Tensor, options: KaimingOptions = {}): Tensor {
  return normal(t, 0, kaimingStd(t, options), options)
}

/** Rows (or columns, whichever are fewer) of length `gain` and at right angles (Saxe et al., 2014). gain: default 1. */
export function orthogonal(
  t: Tensor,
  factor = 1,
  { generator = defaultGenerator }: InitOptions = {},
): Tensor {
  if (t.ndim < 2)
    throw new RangeError(`init.orthogonal: ${show(t.shape)}; it needs two axes or more`)
  const rows = t.shape[0]
  const columns = sizeOf(t.shape.slice(1))
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows]
  // Gram and Schmidt, twice for the rounding.
  const basis: Float64Array[] = []
  while (basis.length < count) {
    const v = Float64Array.from({ length }, () => generator.normal())
    for (let pass = 0; pass < 2; pass++)
      for (const b of basis) {
        let dot = 0
        for (let i = 0; i < length; i++) dot += v[i] * b[i]
        for (let i = 0; i < length; i++) v[i] -= dot * b[i]
      }
    const norm = Math.hypot(...v)
    if (norm > 1e-6) basis.push(v.map(x => x / norm))
  }
  let i = 0
  return write(t, () => {
    const [r, c] = [Math.floor(i / columns), i++ % columns]
    return factor * (rows < columns ? basis[r][c] : basis[c][r])
  })
}

let withoutMemory = false
/**
 * Runs `f`; the parameters of modules made meanwhile have shapes but no numbers. For questions about large networks:
 * `architecture(nn.shapesOnly(() => vgg16()), [1, 3, 224, 224])`. Running, saving or loading such a module throws.
 */
export function shapesOnly<T>(f: () => T): T {
  const before = withoutMemory
  withoutMemory = true
  return restoring(
    () => {
      return f()
    },
    () => {
      withoutMemory = before
    },
  )
}
class Absent extends Storage {
  constructor() {
    super('float32', 1, null)
  }
  override get why(): string {
    return 'this tensor was made inside nn.shapesOnly: it has a shape but no numbers; make the module outside it to run, save or load it'
  }
}
/** A new tensor with `fill` applied, or without memory inside `shapesOnly`. @internal */
export function fresh(shape: readonly number[], fill: (t: Tensor) => Tensor): Tensor {
  if (!withoutMemory) return fill(empty(shape, 'float32'))
  return new Tensor(
    new Absent(),
    shape,
    shape.map(() => 0),
  )
}
/** PyTorch's bias: uniform within ±1 / √fanIn. @internal */
export const freshBias = (n: number, fanIn: number, options: InitOptions): Tensor =>
  fresh([n], t => {
    const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0
    return uniform(t, -bound, bound, options)
  })
/** PyTorch's weights of Linear and Conv: kaimingUniform with a = √5, which is ±1 / √fanIn. @internal */
export const freshWeight = (shape: readonly number[], options: InitOptions): Tensor =>
  fresh(shape, t => kaimingUniform(t, { ...options, a: Math.sqrt(5) }))
