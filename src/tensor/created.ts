/** Which storages are made while a piece of code runs: the tape gives back what only it could reach. */
import type { Storage } from '../backend/index.ts'
import { onInterrupted } from '../backend/interrupted.ts'

let list: Storage[] | null = null
onInterrupted(() => (list = null))

/** Runs `f`; every storage made meanwhile is appended to `into`. */
export function onCreate<T>(into: Storage[], f: () => T): T {
  const before = list
  list = into
  try {
    return f()
  } finally {
    list = before
  }
}

export function noteCreated(storage: Storage): void {
  list?.push(storage)
}
