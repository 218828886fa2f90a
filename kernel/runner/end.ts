/** The front is gone: so is this process, with all it started. They are in its group. */
export function endWithFront(): never {
  if (process.platform !== 'win32')
    try {
      process.kill(0, 'SIGKILL')
    } catch {
      // It is in no group of its own: it ends alone.
    }
  process.exit(0)
}
