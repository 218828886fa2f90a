/**
 * What operations make of literal shapes, and the sentences for those that do not fit. TypeScript shows such a sentence as
 * the type that an argument should have had.
 */
import type {
  AnyTensor,
  Fits,
  Like,
  Listed,
  Shaped,
  ShapeOf,
  TensorOf,
  Unknown,
} from '../tensor/literal.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Operand } from './operands.ts'

/** One tensor in, one of its shape out. */
export type Keeping = <X extends AnyTensor>(x: X) => Like<X>
/** As `Keeping`, with arguments. */
export type KeepingWith<R extends readonly unknown[]> = <X extends AnyTensor>(
  x: X,
  ...rest: R
) => Like<X>

/** Two operands that broadcast. */
export type Binary = <A extends Operand, B extends Operand>(x: A, y: B) => Broadcast<A, B>

/** Shape of two operands together: a number or a tensor of one size [] leaves the other's shape. */
export type Broadcast<A, B> = A extends number
  ? Like<B>
  : B extends number
    ? Like<A>
    : Shaped<Joined<ShapeOf<A>, ShapeOf<B>>>
type Joined<P, Q> = P extends readonly [...infer A, infer a]
  ? Q extends readonly [...infer B, infer b]
    ? Append<Joined<A, B>, Stretched<a, b>>
    : Q extends readonly []
      ? P
      : null
  : P extends readonly []
    ? Q
    : null
type Append<S, a> = S extends readonly unknown[] ? [...S, a] : null
type Stretched<a, b> = 0 extends 1 & a
  ? Unknown
  : 0 extends 1 & b
    ? Unknown
    : a extends 1
      ? b
      : b extends 1
        ? a
        : a extends b
          ? a
          : Unknown

type Channels<X> = X extends readonly [unknown, infer C, unknown, unknown]
  ? C
  : X extends readonly [infer C, unknown, unknown]
    ? C
    : Unknown

/** `W` where its channels fit those of `X`, else the sentence that says so; groups are left to the run. */
export type Filters<X, W, O> = 'groups' extends keyof O
  ? W
  : ShapeOf<W> extends readonly [unknown, infer D, unknown, unknown]
    ? Fits<D, Channels<ShapeOf<X>>> extends true
      ? W
      : `conv2d: weight [${Listed<ShapeOf<W>>}] expects ${D & number} input channels, x is [${Listed<ShapeOf<X>>}]`
    : W

/** [N, K, H′, W′] or [K, H′, W′]; the size of the maps is known with padding `same`. */
export type Convolved<X, W, O> =
  ShapeOf<W> extends readonly [infer K, unknown, unknown, unknown]
    ? ShapeOf<X> extends readonly [infer N, unknown, infer H, infer V]
      ? TensorOf<[N & number, K & number, ...Maps<O, H, V>]>
      : ShapeOf<X> extends readonly [unknown, infer H, infer V]
        ? TensorOf<[K & number, ...Maps<O, H, V>]>
        : Tensor
    : Tensor
type Maps<O, H, V> = O extends { padding: 'same' } ? [H & number, V & number] : [Unknown, Unknown]

/** The same channels, maps of another size. */
export type Pooled<X> =
  ShapeOf<X> extends readonly [infer N, infer C, unknown, unknown]
    ? TensorOf<[N & number, C & number, Unknown, Unknown]>
    : ShapeOf<X> extends readonly [infer C, unknown, unknown]
      ? TensorOf<[C & number, Unknown, Unknown]>
      : ShapeOf<X> extends readonly [unknown, unknown]
        ? TensorOf<[Unknown, Unknown]>
        : Tensor

type Inner<S> = S extends readonly [...unknown[], infer K, unknown]
  ? K
  : S extends readonly [infer K]
    ? K
    : Unknown
type Last<S> = S extends readonly [...unknown[], infer K] ? K : Unknown

/** `Y` where the inner sizes agree, else the sentence that says so. */
export type Factor<X, Y> =
  Fits<Last<ShapeOf<X>>, Inner<ShapeOf<Y>>> extends true
    ? Y
    : `matmul: x [${Listed<ShapeOf<X>>}] · y [${Listed<ShapeOf<Y>>}]: inner sizes ${Last<ShapeOf<X>> & number} and ${Inner<ShapeOf<Y>> & number} differ`

/** [..., M, K] · [K, N] → [..., M, N] and [..., K] · [K] → [...]; stacks on the right are left to the run. */
export type Product<X, Y> =
  ShapeOf<X> extends readonly [...infer B, unknown]
    ? ShapeOf<Y> extends readonly [unknown, infer N]
      ? Shaped<[...B, N]>
      : ShapeOf<Y> extends readonly [unknown]
        ? Shaped<B>
        : Tensor
    : Tensor

/** `W` [out, in] where it takes the features of `X`, else the sentence that says so. */
export type Weights<X, W> =
  ShapeOf<W> extends readonly [unknown, infer I]
    ? Fits<Last<ShapeOf<X>>, I> extends true
      ? W
      : `linear: weight [${Listed<ShapeOf<W>>}] expects ${I & number} input features, x is [${Listed<ShapeOf<X>>}]`
    : W
/** [..., in] → [..., out]. */
export type Projected<X, W> =
  ShapeOf<X> extends readonly [...infer B, unknown]
    ? ShapeOf<W> extends readonly [infer O, unknown]
      ? Shaped<[...B, O]>
      : Tensor
    : Tensor

/** The last two axes exchanged. */
export type Transposed<X> =
  ShapeOf<X> extends readonly [...infer B, infer M, infer N] ? Shaped<[...B, N, M]> : Tensor
/** Axes from `startDim` as one, where it is 0 or 1 or left out. */
export type Flattened<X, D> = D extends 0
  ? TensorOf<[Unknown]>
  : D extends 1
    ? ShapeOf<X> extends readonly [infer N, unknown, ...unknown[]]
      ? TensorOf<[N & number, Unknown]>
      : Tensor
    : Tensor
