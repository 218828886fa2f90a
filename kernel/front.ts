/** The kernel's process: `node front.js CONNECTION_FILE`. */
import { readFileSync } from 'node:fs'
import { CompilerProcess } from './compilerProcess.ts'
import { Session } from './engine/session.ts'
import { History, historyFile } from './history.ts'
import { Runner } from './runner.ts'
import { signer } from './sign.ts'
import { parseConnection, Sockets, type Connection } from './sockets.ts'

declare const __VERSION__: string
declare const __TYPESCRIPT__: string
const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev'
const typescript = typeof __TYPESCRIPT__ === 'string' ? __TYPESCRIPT__ : 'dev'

/** To the log of Jupyter's server, which shows what kernels write to stderr. */
const log = (line: string) => process.stderr.write(`[layerscope] ${line}\n`)

function connect(file: string | undefined): Connection {
  if (!file) {
    console.error('usage: front.js CONNECTION_FILE (Jupyter starts it)')
    process.exit(2)
  }
  try {
    return parseConnection(readFileSync(file, 'utf8'))
  } catch (e) {
    console.error(`connection file ${file}: ${e instanceof Error ? e.message : String(e)}`)
    process.exit(2)
  }
}

const connection = connect(process.argv[2])
const sockets = new Sockets(log)
const end = (code = 0) => {
  void Promise.race([sockets.close(), new Promise(r => setTimeout(r, 500))]).then(() =>
    process.exit(code),
  )
}

let runner: Runner | null = null
const compiler = new CompilerProcess(log, pid => runner?.alsoEnd(pid))
compiler.start()
const session = new Session(
  {
    outlets: sockets.outlets,
    startRunner: on => {
      runner = new Runner(on)
      if (compiler.pid !== undefined) runner.alsoEnd(compiler.pid)
      return runner
    },
    compiler,
    history: new History(historyFile(), log),
    info: { version, typescript, runtime: `Node ${process.version}` },
    log,
    onShutdown: end,
    setTimeout,
  },
  signer(connection.key, connection.signature_scheme),
)
await sockets.bind(connection)
// Who subscribes from now on is welcomed first.
session.begin()
sockets.listen(
  (channel, frames) => session.receive(channel, frames),
  topic => session.welcome(topic),
)

process.on('SIGINT', () => session.interrupt())
for (const signal of ['SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    session.close()
    end()
  })
process.on('exit', () => session.close())
// Nothing that goes wrong here may take the notebook's state with it.
process.on('uncaughtException', e => log(`uncaught: ${e.stack ?? String(e)}`))
process.on('unhandledRejection', e => log(`unhandled: ${e instanceof Error ? e.stack : String(e)}`))

// A kernel whose parent is gone has nobody to serve.
const parent = process.ppid
const gone = () => {
  if (process.ppid !== parent) return true
  try {
    process.kill(parent, 0)
    return false
  } catch (e) {
    return e instanceof Error && 'code' in e && e.code === 'ESRCH'
  }
}
setInterval(() => {
  if (!gone()) return
  session.close()
  process.exit(0)
}, 1000).unref()
