/**
 * Cutting off what runs. The watcher cannot see whether the main thread is still in the user's code, and a termination that
 * comes late would hit whatever runs next. So it only asks, through the inspector, which lets the main thread run `cut` at the
 * next place where V8 may be interrupted; there the thread looks at its own stack and terminates what is on it.
 */
import inspector from 'node:inspector'
import type { Critical } from './critical.ts'

const KEY = 'layerscope.cut'
/** What the watcher lets the main thread evaluate. */
export const CUT = `globalThis[Symbol.for("${KEY}")]()`
/** Frames of `depth`, `cut` and the expression. */
const OURS = 3

/** @param answer nothing of the user's runs: the interrupt is dealt with */
export function offerCut(critical: Critical, answer: () => void): void {
  let session: inspector.Session | null = null
  const cut = () => {
    if (!critical.asked) return
    if (depth() <= OURS) return answer()
    if (!session) {
      session = new inspector.Session()
      session.connect()
    }
    session.post('Runtime.terminateExecution')
  }
  Object.defineProperty(globalThis, Symbol.for(KEY), { value: cut })
}

/** How many frames there are, at most one more than ours. */
function depth(): number {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    let frames = 0
    Error.stackTraceLimit = OURS + 1
    Error.prepareStackTrace = (_, found) => (frames = found.length)
    void new Error().stack
    return frames
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}
