// How long the threads of a process stood in the queue for a processor: what a busy machine adds to a measurement.
import { readdirSync, readFileSync } from 'node:fs'

/** Milliseconds so far, over all threads of the process; 0 where the system does not tell (Linux does). @param {number} pid */
export function waited(pid) {
  let nanoseconds = 0
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      try {
        const [, queued] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
        nanoseconds += Number(queued)
      } catch {
        // The thread has ended meanwhile.
      }
    }
  } catch {
    return 0
  }
  return nanoseconds / 1e6
}
