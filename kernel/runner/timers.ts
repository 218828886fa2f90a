/** Timers that keep their cell, can be interrupted, and end with a cell that was. */
import { syncBuiltinESMExports } from 'node:module'
import promised from 'node:timers/promises'
import { current, isStopped, within } from './context.ts'

type Callback = (...args: unknown[]) => void
type SetTimer = (callback: Callback, ...rest: unknown[]) => unknown

/**
 * Replaces `setTimeout`, `setInterval`, `setImmediate` and the promises of node:timers/promises.
 * @param guarded runs what an interrupt can stop
 * @param onError an error of a callback, told as of its cell
 */
export function keepTimers(
  guarded: (f: () => unknown) => void,
  onError: (e: unknown) => void,
): void {
  const wrap = (original: SetTimer): SetTimer => {
    const wrapped: SetTimer = (callback, ...rest) => {
      if (typeof callback !== 'function') return original(callback, ...rest) // throws Node's own error
      const cell = current()
      const timer = original(
        (...args: unknown[]) => {
          if (isStopped(cell)) return clearInterval(timer as NodeJS.Timeout)
          within(cell, () => {
            try {
              guarded(() => Reflect.apply(callback, timer, args))
            } catch (e) {
              onError(e)
            }
          })
        },
        ...rest,
      )
      return timer
    }
    return Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original))
  }
  const cast = <T>(f: T) => f as unknown as SetTimer // Node's overloads, as one
  globalThis.setTimeout = wrap(cast(setTimeout)) as unknown as typeof setTimeout
  globalThis.setInterval = wrap(cast(setInterval)) as unknown as typeof setInterval
  globalThis.setImmediate = wrap(cast(setImmediate)) as unknown as typeof setImmediate

  const never = new Promise<never>(() => undefined)
  const follow = <A extends unknown[], T>(original: (...args: A) => Promise<T>) =>
    Object.assign((...args: A): Promise<T> => {
      const cell = current()
      return original(...args).then(v => (isStopped(cell) ? never : v))
    }, original)
  promised.setTimeout = follow(promised.setTimeout) as typeof promised.setTimeout
  promised.setImmediate = follow(promised.setImmediate) as typeof promised.setImmediate
  syncBuiltinESMExports()
}
