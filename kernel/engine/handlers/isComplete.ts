/** is_complete: whether Enter runs the code or begins another line. */
import type { Session, Request } from '../session.ts'
import { text } from '../values.ts'

export async function isComplete({ host }: Session, { message, reply }: Request): Promise<void> {
  const { status, indent } = await host.compiler.isComplete(text(message.content.code))
  reply('is_complete_reply', status === 'incomplete' ? { status, indent } : { status })
}
