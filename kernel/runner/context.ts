/**
 * Which cell is speaking. Synchronous code is followed by `within`, timers keep the cell that set them, and promises the cell
 * that made them: V8's own promise hooks note it on each promise. (AsyncLocalStorage rests on Node's stack of asynchronous
 * contexts, which a terminated microtask leaves in disorder on Node 20 and 22.)
 */
import { promiseHooks } from 'node:v8'
import type { Parent } from '../pipe.ts'

let cell: Parent | null = null
let depth = 0
let promised: Parent | null = null
let newest: Parent | null = null

class Returned {
  constructor(object: object) {
    return object
  }
}
/** A private field on somebody else's object: no map, and nothing that could be seen there. */
class Mark extends Returned {
  #cell: Parent | null
  constructor(promise: object, cell: Parent | null) {
    super(promise)
    this.#cell = cell
  }
  static of(promise: object): Parent | null {
    return #cell in promise ? promise.#cell : null
  }
}

/** Begins to follow promises. */
export function followPromises(): void {
  promiseHooks.createHook({
    init: promise => void new Mark(promise, current()),
    before: promise => {
      promised = Mark.of(promise)
    },
    after: () => {
      promised = null
    },
    settled: () => undefined,
  })
}
/** The cell that made a promise. */
export const cellOf = (promise: object): Parent | null => Mark.of(promise) ?? newest

/** Runs `f` as part of the cell (or comm message) `parent`; what it awaits goes on as part of it. */
export function within<T>(parent: Parent | null, f: () => T): T {
  const before = cell
  cell = parent
  depth++
  try {
    return f()
  } finally {
    depth--
    cell = before
  }
}
/** A cell begins: what nothing else claims belongs to it from now on. */
export function begin(parent: Parent): void {
  settle()
  newest = parent
}
/** Nothing runs: what an interrupt has cut left nothing behind. */
export function settle(): void {
  cell = null
  depth = 0
  promised = null
}
/** The message that what happens now belongs to, where that is known. */
export const known = (): Parent | null => (depth > 0 && cell ? cell : promised)
/** The message that what happens now belongs to; the newest cell's, where nothing tells. */
export const current = (): Parent | null => known() ?? newest

const stopped = new WeakSet<Parent>()
/** A cell was interrupted: what its timers would do is not done any more. */
export const stop = (parent: Parent): void => void stopped.add(parent)
export const isStopped = (parent: Parent | null): boolean => parent !== null && stopped.has(parent)
