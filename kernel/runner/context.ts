/**
 * Which cell is speaking. Timers keep the cell that set them; promises go with the newest. (AsyncLocalStorage would follow
 * promises too, but a runaway microtask that is terminated inside one of its scopes aborts Node 20 and 22.)
 */
import type { Parent } from '../pipe.ts'

let cell: Parent | null = null
let depth = 0
let newest: Parent | null = null

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
/** A cell begins: what no timer claims belongs to it from now on. */
export function begin(parent: Parent): void {
  newest = parent
}
/** The message that what happens now belongs to. */
export const current = (): Parent | null => (depth > 0 && cell ? cell : newest)
