/**
 * The compiler's V8 snapshot: made once for each version of Node, found at each start. `LAYERSCOPE_SNAPSHOT` may say
 * `off`, or `keep`: use one, make none.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { homedir, setPriority } from 'node:os'
import { join } from 'node:path'

/**
 * How Node runs the compiler: its memory stays small over thousands of cells, at a cost of some per cent in speed. A
 * snapshot fits only a process with the flags that it was made with.
 */
export const COMPILER_FLAGS = [
  '--no-warnings',
  '--max-semi-space-size=2',
  '--optimize-for-size',
  // The tables of a snapshot stay as they are: what is hashed are names in the user's own code.
  '--no-rehash-snapshot',
]

/** How long making one may take, in ms; a lock that is older is a leftover. */
const PATIENCE_MS = 120_000
const NICE = 10

export interface Snapshots {
  /** The snapshot for this Node, or null. */
  find(): string | null
  /**
   * Makes it; nothing happens where another process is at it.
   * @param nice in the background, behind all other work
   * @returns its file, or null and a line for `log`
   */
  make(installed: object, nice?: boolean): Promise<string | null>
  /** It does not start: it is deleted. */
  refuse(file: string): void
  /** Stops making one. */
  close(): void
}

function userCache(): string {
  const { env, platform } = process
  if (platform === 'darwin') return join(homedir(), 'Library/Caches')
  if (platform === 'win32') return env.LOCALAPPDATA || join(homedir(), 'AppData/Local')
  return env.XDG_CACHE_HOME || join(homedir(), '.cache')
}

/** @param dist folder of the built kernel */
export function snapshots(dist: string, log: (line: string) => void): Snapshots {
  const source = join(dist, 'snapshot.cjs')
  let id: string | null = null
  /** Changes with the kernel, its place, and the Node. */
  const name = (): string => {
    id ??= createHash('sha256')
      .update(readFileSync(join(dist, 'snapshot.id')))
      .update(dist)
      .digest('hex')
      .slice(0, 16)
    return `${id}-${process.version}-${process.platform}-${process.arch}.blob`
  }
  const folders = [join(dist, 'cache'), join(userCache(), 'layerscope-kernel')]
  const asked = process.env.LAYERSCOPE_SNAPSHOT ?? ''
  const switchedOff = /^(off|0|false)$/i.test(asked)
  const kept = /^keep$/i.test(asked)

  const writable = (): string | null => {
    for (const folder of folders)
      try {
        mkdirSync(folder, { recursive: true })
        closeSync(openSync(join(folder, '.writable'), 'w'))
        rmSync(join(folder, '.writable'))
        return folder
      } catch {
        // The next one, then.
      }
    return null
  }
  /** Of this kernel's earlier builds; not those of other versions of Node. */
  const tidy = (folder: string, newest: string) => {
    const rest = newest.slice(newest.indexOf('-'))
    for (const f of readdirSync(folder))
      if (f.endsWith(rest) && f !== newest && folder === folders[0])
        rmSync(join(folder, f), { force: true })
  }
  const lock = (file: string): boolean => {
    try {
      if (existsSync(file) && Date.now() - statSync(file).mtimeMs > PATIENCE_MS) rmSync(file)
      closeSync(openSync(file, 'wx'))
      return true
    } catch {
      return false
    }
  }

  let making: { child: ChildProcess; rests: string[] } | null = null
  /** What a process that was killed left behind. */
  const sweep = (folder: string) => {
    for (const f of readdirSync(folder))
      if (/\.blob\.(\d+|lock)$/.test(f)) {
        const file = join(folder, f)
        if (Date.now() - statSync(file).mtimeMs > PATIENCE_MS) rmSync(file, { force: true })
      }
  }

  return {
    find() {
      if (switchedOff) return null
      try {
        return folders.map(f => join(f, name())).find(f => existsSync(f)) ?? null
      } catch {
        return null
      }
    },
    async make(installed, nice = false) {
      if (switchedOff || kept || !existsSync(source)) return null
      const folder = writable()
      if (!folder) return null
      const file = join(folder, name())
      const part = `${file}.${process.pid}`
      if (!lock(`${file}.lock`)) return null
      const rests = [part, `${file}.lock`]
      try {
        sweep(folder)
        const child = spawn(
          process.execPath,
          [...COMPILER_FLAGS, '--snapshot-blob', part, '--build-snapshot', source],
          {
            env: { ...process.env, LAYERSCOPE_INSTALLED: JSON.stringify(installed) },
            stdio: ['ignore', 'ignore', 'pipe'],
            windowsHide: true,
            timeout: PATIENCE_MS,
          },
        )
        making = { child, rests }
        if (nice && child.pid !== undefined) setPriority(child.pid, NICE)
        let errors = ''
        child.stderr.on(
          'data',
          (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-500)),
        )
        const code = await new Promise<number | null>((resolve, reject) => {
          child.once('error', reject)
          child.once('close', resolve)
        })
        if (code !== 0) throw new Error(`node ended with ${code}: ${errors}`)
        renameSync(part, file)
        tidy(folder, name())
        return file
      } catch (e) {
        log(`no snapshot of the compiler: ${e instanceof Error ? e.message : String(e)}`)
        return null
      } finally {
        making = null
        for (const f of rests) rmSync(f, { force: true })
      }
    },
    refuse(file) {
      rmSync(file, { force: true })
    },
    close() {
      making?.child.kill('SIGKILL')
      for (const f of making?.rests ?? []) rmSync(f, { force: true })
    },
  }
}
