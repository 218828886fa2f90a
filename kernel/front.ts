/** The kernel's process: `node front.js CONNECTION_FILE`. */
import { readFileSync } from 'node:fs'
import { Session } from './session.ts'
import { Sockets, type Connection } from './sockets.ts'
import { Wire } from './wire.ts'

declare const __VERSION__: string
const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev'

const file = process.argv[2]
if (!file) {
  console.error('usage: front.js CONNECTION_FILE (Jupyter starts it)')
  process.exit(2)
}
const connection = JSON.parse(readFileSync(file, 'utf8')) as Connection
const wire = new Wire(connection.key)
const sockets = new Sockets()
const end = (code = 0) => {
  void Promise.race([sockets.close(), new Promise(r => setTimeout(r, 500))]).then(() =>
    process.exit(code),
  )
}

await sockets.bind(connection)
// The compiler takes a second to warm up: it is loaded when the first requests have been answered.
const session = new Session(
  wire,
  sockets,
  version,
  async () => {
    const { Compiler } = await import('./compiler/compiler.ts')
    const compiler = new Compiler()
    compiler.compile('const warm: number = 1')
    return compiler
  },
  end,
)
sockets.listen((channel, frames) => session.receive(channel, frames))
session.begin()

process.on('SIGINT', () => session.interrupt())
for (const signal of ['SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    session.kill()
    end()
  })
process.on('exit', () => session.kill())

// A kernel whose parent is gone has nobody to serve.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) {
    session.kill()
    process.exit(0)
  }
}, 1000).unref()
