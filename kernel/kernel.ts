/** All of the kernel's process but its beginning: the sockets, the session, and the end. */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { CompilerProcess } from './compilerProcess.ts'
import type { DeputyPort, RunnerPort } from './engine/ports.ts'
import { Session } from './engine/session.ts'
import { History, historyFile } from './history.ts'
import { Runner } from './runner.ts'
import { signer } from './sign.ts'
import { parseConnection, Sockets, type Connection } from './sockets.ts'

declare const __VERSION__: string
declare const __TYPESCRIPT__: string
const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev'
const typescript = typeof __TYPESCRIPT__ === 'string' ? __TYPESCRIPT__ : 'dev'

/**
 * Module that runs the cells instead, by the environment of whoever starts the kernel: `layerscope-grade` sets it for
 * nbgrader. It exports `deputy(log)`.
 * @throws Error when there is one and it cannot be had: cells that were to be kept apart must not run here
 */
async function deputyOf(log: (line: string) => void): Promise<DeputyPort | undefined> {
  const path = process.env.LAYERSCOPE_DEPUTY
  if (!path) return undefined
  const module = (await import(pathToFileURL(path).href)) as {
    deputy(log: (line: string) => void): Promise<DeputyPort>
  }
  return module.deputy(log)
}
const noRunner: RunnerPort = {
  send: () => undefined,
  interrupt: () => undefined,
  kill: () => undefined,
}

/** @throws Error that says what is wrong with it */
function connect(file: string): Connection {
  try {
    return parseConnection(readFileSync(file, 'utf8'))
  } catch (e) {
    throw new Error(`connection file ${file}: ${e instanceof Error ? e.message : String(e)}`)
  }
}

/**
 * Serves what the connection file says, until it is told to end or its parent is gone.
 * @param compiler started already
 * @throws Error for a connection file that is none
 */
export async function serve(
  file: string,
  compiler: CompilerProcess,
  log: (line: string) => void,
): Promise<void> {
  const connection = connect(file)
  const deputy = await deputyOf(log)
  const sockets = new Sockets(log)
  const end = (code = 0) => {
    void Promise.race([sockets.close(), new Promise(r => setTimeout(r, 500))]).then(() =>
      process.exit(code),
    )
  }

  let runner: Runner | null = null
  compiler.onStart = pid => runner?.alsoEnd(pid)
  const session = new Session(
    {
      deputy,
      outlets: sockets.outlets,
      startRunner: on => {
        if (deputy) return noRunner
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
  process.on('unhandledRejection', e =>
    log(`unhandled: ${e instanceof Error ? e.stack : String(e)}`),
  )

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
}
