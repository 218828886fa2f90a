/**
 * Operations as methods of their first operand: `x.mul(2)` is `mul(x, 2)`. Each family registers its own, next to the operations:
 *
 *     import type * as self from './family.ts'
 *     const table = { exp, log }
 *     methods(table)
 *     declare module '../tensor/tensor.ts' {
 *       interface Tensor extends Methods<typeof table, typeof self> {}
 *     }
 *
 * The module's own type carries the documentation of its functions over to the methods.
 */
import type { AnyTensor, Like } from '../tensor/literal.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Broadcast } from './literal.ts'
import type { Operand } from './operands.ts'

type Rest<F> = F extends (x: Tensor, ...rest: infer R) => infer Y ? (...rest: R) => Y : never
type Method<F> = F extends (x: Tensor | number, ...rest: infer R) => infer Y
  ? (...rest: R) => Y
  : Rest<F>

type Documented<S, K extends keyof S> = { [N in K]: Method<S[N]> }
type Renamed<M, K extends keyof M> = { [N in K]: Method<M[N]> }
/** The methods that a table of functions gives; those that `S` exports under the same name bring their documentation. */
export type Methods<M, S> = Documented<S, keyof M & keyof S> & Renamed<M, Exclude<keyof M, keyof S>>

/** Methods without arguments whose result has the tensor's shape. */
export type KeepingMethods<M, S> = {
  [N in keyof M & keyof S]: <X extends AnyTensor>(this: X) => Like<X>
}
/** Methods with one operand, which broadcasts. */
export type BinaryMethods<M, S> = {
  [N in keyof M & keyof S]: <A extends AnyTensor, B extends Operand>(
    this: A,
    y: B,
  ) => Broadcast<A, B>
}

type Operation = (x: Tensor, ...rest: never[]) => unknown

/** Makes each function a method of Tensor. */
export function methods(table: Readonly<Record<string, Operation>>): void {
  for (const [name, f] of Object.entries(table)) {
    // The interface says which arguments follow the tensor; those left out stay undefined, which is their default.
    const call = f as (x: Tensor, a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown
    define(name, function (this: Tensor, a?: unknown, b?: unknown, c?: unknown, d?: unknown) {
      return call(this, a, b, c, d)
    })
  }
}

/** A method that is no function of its own (or takes any number of arguments). @internal */
export function define(name: string, value: (this: Tensor, ...args: never[]) => unknown): void {
  Object.defineProperty(Tensor.prototype, name, { configurable: true, writable: true, value })
}
