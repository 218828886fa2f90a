/** inspect: what stands at the cursor, and its documentation. */
import { toUnits } from '../offsets.ts'
import type { Help } from '../ports.ts'
import type { Session, Request } from '../session.ts'
import { text } from '../values.ts'

/** Help as a MIME bundle. */
export function bundle({ text: signature, documentation }: Help): Record<string, string> {
  return {
    'text/plain': documentation ? `${signature}\n\n${documentation}` : signature,
    'text/markdown': `\`\`\`typescript\n${signature}\n\`\`\`\n\n${documentation}`,
  }
}

export async function inspect({ host }: Session, { message, reply }: Request): Promise<void> {
  const code = text(message.content.code)
  const help = await host.compiler.inspect(code, toUnits(code, message.content.cursor_pos))
  const data = help ? bundle(help) : {}
  reply('inspect_reply', { status: 'ok', found: help !== null, data, metadata: {} })
}
