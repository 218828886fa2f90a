/** Id of a process that is ended before this one, or 0. */
let ward = (): number => 0
export const setWard = (f: () => number): void => void (ward = f)

/** The front is gone: so is this process, with all it started. They are in its group. */
export function endWithFront(): never {
  const also = ward()
  if (also)
    try {
      process.kill(also, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  if (process.platform !== 'win32')
    try {
      process.kill(0, 'SIGKILL')
    } catch {
      // It is in no group of its own: it ends alone.
    }
  process.exit(0)
}
