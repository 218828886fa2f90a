/** kernel_info: what this kernel is. */
import type { Session, Request } from '../session.ts'
import { PROTOCOL } from '../wire.ts'

export function info({ host }: Session, { reply }: Request): void {
  const { version, typescript, runtime } = host.info
  reply('kernel_info_reply', {
    status: 'ok',
    protocol_version: PROTOCOL,
    implementation: 'layerscope',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: typescript,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      codemirror_mode: { name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
      pygments_lexer: 'typescript',
    },
    banner: `TypeScript ${typescript} (Layerscope ${version}) on ${runtime}`,
    help_links: [
      { text: 'TypeScript handbook', url: 'https://www.typescriptlang.org/docs/handbook/' },
      { text: 'Node.js', url: 'https://nodejs.org/docs/latest/api/' },
    ],
    debugger: false,
    supported_features: [],
  })
}
