/** Which cell is speaking: followed through timers and promises. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Parent } from '../pipe.ts'

const storage = new AsyncLocalStorage<Parent>()
let newest: Parent | null = null

/** Runs `f` as part of the cell (or comm message) `parent`. */
export function within<T>(parent: Parent, f: () => T): T {
  newest = parent
  return storage.run(parent, f)
}
/** The message that what happens now belongs to. */
export const current = (): Parent | null => storage.getStore() ?? newest
