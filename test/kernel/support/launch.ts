// A kernel of one's own: built, started, ended with all its processes.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { descendants } from '../../../bench/lib/processes.mjs'
import { root } from '../../../scripts/lib/paths.mjs'

export { descendants, ownMemory } from '../../../bench/lib/processes.mjs'

export interface LaunchOptions {
  /** Working folder; a fresh one by default, deleted at the end. */
  folder?: string
  env?: NodeJS.ProcessEnv
  /** The Node that runs the kernel; default `KERNEL_NODE`, or this one. */
  node?: string
  nodeOptions?: string[]
  /** Folder of the built kernel. */
  dist?: string
  key?: string
  transport?: 'tcp' | 'ipc'
}

export interface Ports {
  shell_port: number
  control_port: number
  iopub_port: number
  stdin_port: number
  hb_port: number
}
const NAMES = ['shell_port', 'control_port', 'iopub_port', 'stdin_port', 'hb_port'] as const

export const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const s = createServer()
    s.once('error', reject)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address() as AddressInfo // a TCP server's
      s.close(() => resolve(port))
    })
  })

let built = false
/** Bundles the kernel's sources, once per test file. */
export function buildKernel(): void {
  if (built || process.env.KERNEL_DIST) return
  const r = spawnSync(process.execPath, [join(root, 'kernel/build.mjs')], { encoding: 'utf8' })
  if (r.status !== 0) throw new Error(r.stderr)
  built = true
}

export class Launched {
  readonly key: string
  readonly ports: Ports
  readonly folder: string
  readonly child: ChildProcess
  /** When its process was started, of `performance.now()`. */
  readonly began: number
  /** What the kernel wrote to its log. */
  log = ''
  readonly #temporary: string[] = []

  static async start(options: LaunchOptions = {}): Promise<Launched> {
    buildKernel()
    const ports: number[] = []
    for (const _ of NAMES) ports.push(await freePort())
    return new Launched(options, Object.fromEntries(NAMES.map((n, i) => [n, ports[i]])) as never)
  }

  private constructor(o: LaunchOptions, ports: Ports) {
    this.ports = ports
    this.key = o.key ?? randomUUID()
    const own = realpathSync(mkdtempSync(join(tmpdir(), 'layerscope-kernel-')))
    this.#temporary.push(own)
    this.folder = o.folder ?? own
    const file = join(own, 'connection.json')
    writeFileSync(
      file,
      JSON.stringify({
        transport: 'tcp',
        ip: '127.0.0.1',
        key: this.key,
        signature_scheme: 'hmac-sha256',
        kernel_name: 'layerscope',
        ...ports,
      }),
    )
    const dist = o.dist ?? process.env.KERNEL_DIST ?? join(root, 'kernel/dist')
    this.began = performance.now()
    this.child = spawn(
      o.node ?? process.env.KERNEL_NODE ?? process.execPath,
      ['--no-warnings', ...(o.nodeOptions ?? []), join(dist, 'front.js'), file],
      {
        cwd: this.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, LAYERSCOPE_HISTORY: 'off', LAYERSCOPE_SNAPSHOT: 'keep', ...o.env },
      },
    )
    for (const s of [this.child.stdout, this.child.stderr])
      s?.on('data', (chunk: Buffer) => (this.log += chunk.toString()))
  }

  address(port: keyof Ports): string {
    return `tcp://127.0.0.1:${this.ports[port]}`
  }
  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }
  /** Ids of the front's descendants. */
  children(): number[] {
    return descendants(this.child.pid ?? 0)
  }
  /** Resolves to true when it ends within `ms`. */
  ended(ms: number): Promise<boolean> {
    if (!this.alive) return Promise.resolve(true)
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), ms)
      this.child.once('exit', () => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }
  clean(): void {
    const left = this.children()
    this.child.kill('SIGKILL')
    for (const pid of left) kill(pid)
    for (const f of this.#temporary) rmSync(f, { recursive: true, force: true })
  }
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone.
  }
}

/** Whether a process runs; a zombie does not. */
export function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
