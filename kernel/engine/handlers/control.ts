/** The control channel: interrupt, shutdown, and the debugger that is not there. */
import type { Session, Request } from '../session.ts'
import { flag, text, whole } from '../values.ts'

export function interrupt(session: Session, { reply }: Request): void {
  session.interrupt()
  reply('interrupt_reply', { status: 'ok' })
}

/** The kernel's process ends after the answer; who starts it again for a restart is the client. */
export function shutdown(session: Session, { message, reply }: Request): void {
  session.close()
  reply('shutdown_reply', { status: 'ok', restart: flag(message.content.restart, false) })
}

/** Answered in the Debug Adapter Protocol's words. */
export function debug(_session: Session, { message, reply }: Request): void {
  const { seq, command } = message.content
  reply('debug_reply', {
    type: 'response',
    seq: 0,
    request_seq: whole(seq, 0),
    success: false,
    command: text(command),
    message: 'this kernel has no debugger',
  })
}
