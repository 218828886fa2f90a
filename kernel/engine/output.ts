/** What the runner says, published. */
import type { FromRunner } from '../pipe.ts'
import type { Session } from './session.ts'

const NOTHING = new TextEncoder().encode('{}')

/** @returns a promise when the next message must wait for this one */
export function fromRunner(
  session: Session,
  m: FromRunner,
  buffers: readonly Uint8Array[],
): Promise<void> | void {
  const { executor } = session
  const parent = 'parent' in m ? (m.parent ?? {}) : {}
  const [content = NOTHING, ...rest] = buffers
  switch (m.t) {
    case 'ready':
      return
    case 'done':
      return executor.done(m, buffers.at(0) ?? null)
    case 'handled':
      return session.comms.handled(m.id)
    case 'keys':
      return session.live.answer(m)
    case 'input':
      return session.stdin.ask(m)
    case 'comm':
      return session.comms.fromRunner(m, content, rest)
    case 'stream':
      if (executor.silenced(m.parent)) return
      if (!m.framed) return session.publish('stream', content, parent)
      return executor.placed(content).then(placed => session.publish('stream', placed, parent))
    case 'display':
      if (executor.silenced(m.parent)) return
      if (!m.framed) return session.publish(m.kind, content, parent)
      return executor.placed(content).then(placed => session.publish(m.kind, placed, parent))
    case 'clear':
      if (executor.silenced(m.parent)) return
      return session.publish('clear_output', { wait: m.wait }, parent)
    case 'late':
      return executor.trace(m.error).then(traceback => {
        const { ename, evalue } = m.error
        return executor.silenced(m.parent)
          ? undefined
          : session.publish('error', { ename, evalue, traceback }, parent)
      })
  }
}
