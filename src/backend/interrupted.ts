/** Interrupts of a notebook's cell terminate JavaScript past every `finally`; what a scope had set is put back here. */

/** Called by the kernel's runner when it has stopped a cell. */
const KEY = Symbol.for('layerscope.interrupted')

/** Calls `reset` after each interrupt: no scope of the stopped code is open any more. @internal */
export function onInterrupted(reset: () => void): void {
  const slot = globalThis as { [KEY]?: Set<() => void> }
  ;(slot[KEY] ??= new Set()).add(reset)
}

const open: (() => void)[] = []
onInterrupted(() => {
  while (open.length) open.pop()!()
})

/** Runs `f` and then `restore`, also when `f` throws or is interrupted. Returns what `f` returns; `f` is synchronous. @internal */
export function restoring<T>(f: () => T, restore: () => void): T {
  open.push(restore)
  try {
    return f()
  } finally {
    open.pop()
    restore()
  }
}
