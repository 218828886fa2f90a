/** `doctor`: one line for each thing that must be right, with its remedy. */
import { spawn, spawnSync } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { searched } from './folders.ts'
import { installed, readSpec } from './kernelspec.ts'

export interface Finding {
  ok: boolean
  text: string
  remedy?: string
}

const OLDEST_NODE = 20
const PATIENCE_MS = 30_000

function node(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  return {
    ok: major >= OLDEST_NODE,
    text: `Node ${process.versions.node} on ${process.platform} ${process.arch}`,
    remedy: `Node ${OLDEST_NODE} or newer is needed: nodejs.org`,
  }
}

function loads(id: string, remedy: string): Finding {
  try {
    const require = createRequire(import.meta.url)
    require(id)
    const { version } = require(`${id}/package.json`) as { version: string }
    return { ok: true, text: `${id} ${version}` }
  } catch (e) {
    return {
      ok: false,
      text: `${id}: ${e instanceof Error ? e.message.split('\n')[0] : e}`,
      remedy,
    }
  }
}

function specs(data: readonly string[]): Finding[] {
  const found = data.flatMap(installed)
  if (!found.length)
    return [
      {
        ok: false,
        text: `no kernelspec in ${data.join(', ')}`,
        remedy: 'npx @layerscope/kernel install',
      },
    ]
  return found.map(folder => {
    const { argv, display_name, metadata } = readSpec(folder)! // `installed` has read it
    const missing = [argv[0], argv.find(a => /[\\/]front\.js$/.test(a)) ?? ''].filter(
      f => !existsSync(f),
    )
    return {
      ok: missing.length === 0,
      text: `${display_name} ${metadata?.version ?? ''} in ${folder}${missing.length ? `: ${missing.join(', ')} is gone` : ''}`,
      remedy: 'npx @layerscope/kernel install, or uninstall',
    }
  })
}

function jupyter(): Finding {
  const r = spawnSync('jupyter', ['kernelspec', 'list', '--json'], { encoding: 'utf8' })
  if (r.error || r.status !== 0)
    return {
      ok: true,
      text: 'jupyter is not on the PATH: whether it finds the kernel is not checked',
    }
  try {
    const { kernelspecs } = JSON.parse(r.stdout) as {
      kernelspecs: Record<string, { resource_dir: string }>
    }
    const ours = Object.entries(kernelspecs).filter(([, k]) => readSpec(k.resource_dir))
    return {
      ok: ours.length > 0,
      text: ours.length
        ? `jupyter finds ${ours.map(([name]) => name).join(', ')}`
        : `jupyter finds ${Object.keys(kernelspecs).join(', ') || 'no kernel'}, none of ours`,
      remedy:
        'npx @layerscope/kernel install --sys-prefix puts it beside the Jupyter of the active environment',
    }
  } catch {
    return { ok: true, text: 'jupyter kernelspec list answered no JSON: not checked' }
  }
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo // a TCP server's
      server.close(() => resolve(port))
    })
  })

/** Starts the kernel, asks who it is, and runs a cell. */
async function runs(front: string): Promise<Finding> {
  const began = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-doctor-'))
  const file = join(folder, 'connection.json')
  const key = randomUUID()
  const names = ['shell_port', 'iopub_port', 'stdin_port', 'control_port', 'hb_port']
  const ports: Record<string, number> = {}
  for (const name of names) ports[name] = await freePort()
  writeFileSync(file, JSON.stringify({ transport: 'tcp', ip: '127.0.0.1', key, ...ports }))
  const child = spawn(process.execPath, ['--no-warnings', front, file], {
    cwd: folder,
    env: { ...process.env, LAYERSCOPE_HISTORY: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const { Dealer } = await import('zeromq')
  const shell = new Dealer({ linger: 0 })
  shell.receiveTimeout = PATIENCE_MS
  try {
    shell.connect(`tcp://127.0.0.1:${ports.shell_port}`)
    const ask = async (msg_type: string, content: object) => {
      const header = {
        msg_id: randomUUID(),
        session: key,
        username: 'doctor',
        msg_type,
        date: new Date().toISOString(),
        version: '5.4',
      }
      const parts = [header, {}, {}, content].map(p => JSON.stringify(p))
      const hmac = createHmac('sha256', key)
      for (const p of parts) hmac.update(p)
      await shell.send(['<IDS|MSG>', hmac.digest('hex'), ...parts])
      const frames = await shell.receive()
      return JSON.parse(frames[frames.length - 1].toString()) as Record<string, unknown>
    }
    await ask('kernel_info_request', {})
    const info = performance.now() - began
    const code = 'const six: number = 6'
    const cell = await ask('execute_request', {
      code,
      silent: true,
      store_history: false,
      user_expressions: { answer: 'six * 7' },
      allow_stdin: false,
      stop_on_error: true,
    })
    const ok = cell.status === 'ok' && JSON.stringify(cell.user_expressions).includes('42')
    return {
      ok,
      text: ok
        ? `the kernel answers after ${info.toFixed(0)} ms and has run a cell after ${(performance.now() - began).toFixed(0)} ms`
        : `the kernel runs a cell wrongly: ${JSON.stringify(cell).slice(0, 300)}`,
      remedy: 'please report it',
    }
  } catch (e) {
    return {
      ok: false,
      text: `the kernel does not answer: ${e instanceof Error ? e.message : String(e)} ${log.slice(-500)}`,
      remedy: 'the text above says what it wrote; please report what is unclear',
    }
  } finally {
    shell.close()
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param dist folder of the built kernel */
export async function findings(dist: string): Promise<Finding[]> {
  return [
    node(),
    loads(
      'zeromq',
      `there is no prebuilt ZeroMQ for ${process.platform} ${process.arch}: npm rebuild zeromq`,
    ),
    loads('typescript', 'npm install again: the package is incomplete'),
    ...specs(searched()),
    jupyter(),
    await runs(join(dist, 'front.js')),
  ]
}
