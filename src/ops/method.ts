/**
 * Operations as methods of their first operand: `x.mul(2)` is `mul(x, 2)`. Each family registers its own, next to the operations:
 *
 *     const table = { exp, log }
 *     methods(table)
 *     declare module '../tensor/tensor.ts' {
 *       interface Tensor extends Methods<typeof table> {}
 *     }
 */
import { Tensor } from '../tensor/tensor.ts'

type Rest<F> = F extends (x: Tensor, ...rest: infer R) => infer Y ? (...rest: R) => Y : never
type Method<F> = F extends (x: Tensor | number, ...rest: infer R) => infer Y
  ? (...rest: R) => Y
  : Rest<F>

/** The methods that a table of functions gives. */
export type Methods<M> = { [K in keyof M]: Method<M[K]> }

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
