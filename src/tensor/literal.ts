/**
 * Shapes in types. What was made from a literal shape carries it: `zeros([2, 3])` is a `TensorOf<[2, 3]>`, and operations
 * that know how compare sizes before anything runs. A plain `Tensor` has any shape and fits wherever one is asked for, so
 * code that never writes a shape sees nothing of this. A size that is not known is `any`.
 */
import type { Shape } from './shape.ts'
import type { Tensor } from './tensor.ts'

declare const dims: unique symbol
/** Optional, so that a tensor of any shape may stand for one of a literal shape. */
interface Dims<out S> {
  readonly [dims]?: S
}

/**
 * A tensor whose shape was written as a literal. It is a `Tensor`, and any `Tensor` may stand for it; another literal shape
 * may not: a variable whose shape changes is declared `let x: Tensor = …`.
 */
export type TensorOf<S extends Shape> = Tensor & Dims<S>

/**
 * What a generic operation takes: a tensor of any shape, literal or not. A union, because a type parameter bounded by the
 * class alone would have each new literal shape compared with all of its members.
 */
export type AnyTensor = Tensor | TensorOf<Shape>

/** Literal shape of a tensor's type; null where it has none. */
export type ShapeOf<T> = T extends Dims<infer S> ? S : null

/** A tensor of shape `S`, or null for one of any shape. @internal */
export type Shaped<S> = S extends Shape ? TensorOf<S> : Tensor

/** A tensor with the shape of `X`. */
export type Like<X> = Shaped<ShapeOf<X>>

// `any` is the one type that both equals and differs from every size, which is what an unknown size does.
/* eslint-disable @typescript-eslint/no-explicit-any */

/** A size that is not known. @internal */
export type Unknown = any

/** What a list of sizes in an argument makes: literal sizes are kept, −1 and numbers become unknown. */
export type Made<S extends Shape> = number extends S['length']
  ? Tensor
  : TensorOf<{
      -readonly [K in keyof S]: number extends S[K] ? any : -1 extends S[K] ? any : S[K]
    }>

/** Whether two sizes may be the same. @internal */
export type Fits<A, B> = [A] extends [B] ? true : false

type Size<A> = 0 extends 1 & A ? '?' : A & number
/** `1, 3, 32, 32` of a shape, in an error. @internal */
export type Listed<S> = S extends readonly [infer A, ...infer R]
  ? `${Size<A>}${R extends [] ? '' : `, ${Listed<R>}`}`
  : ''
