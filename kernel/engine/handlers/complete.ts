/** complete: what could stand at the cursor. */
import { toPoints, toUnits } from '../offsets.ts'
import type { Session, Request } from '../session.ts'
import { text } from '../values.ts'

export async function complete({ host }: Session, { message, reply }: Request): Promise<void> {
  const code = text(message.content.code)
  const found = await host.compiler.complete(code, toUnits(code, message.content.cursor_pos))
  const start = toPoints(code, found.start)
  const end = toPoints(code, found.end)
  reply('complete_reply', {
    status: 'ok',
    matches: found.matches,
    cursor_start: start,
    cursor_end: end,
    metadata: {
      _jupyter_types_experimental: found.matches.map((match, i) => ({
        text: match,
        type: found.kinds[i],
        start,
        end,
      })),
    },
  })
}
