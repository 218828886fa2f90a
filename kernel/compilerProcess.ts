/**
 * The compiler as the engine sees it: a process of its own, so that heartbeat, control and completion answer while a cell
 * is checked, and a check that never ends can be stopped. A new one learns again what earlier cells declared.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installedPaths } from './compiler/node-host.ts'
import type { CompilerPort } from './engine/ports.ts'
import { COMPILER_FLAGS, snapshots, type Snapshots } from './snapshot.ts'

type Methods = { [K in keyof CompilerPort]: Parameters<CompilerPort[K]> }
/** Front → compiler. */
export type Call = {
  [K in keyof Methods]: { n: number; method: K; args: Methods[K] }
}[keyof Methods]
/** Compiler → front. */
export type Answer = { n: number; value?: unknown; error?: string }

/** The process ended before it answered. */
class Ended extends Error {}

interface Waiting {
  resolve(value: unknown): void
  reject(reason: Error): void
}

/** A check that an interrupt finds running may go on for so long, in ms. */
const GRACE_MS = 300
/** A kernel that has run for so long, in ms, makes a snapshot of the compiler where there is none. */
const SETTLED_MS = 15_000

/** glibc's allocator: one arena that gives back, instead of one for each of V8's threads, which keeps what they needed once. */
const ALLOCATOR = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' }

const dist = dirname(fileURLToPath(import.meta.url))

export class CompilerProcess implements CompilerPort {
  #child: ChildProcess | null = null
  #n = 0
  #closed = false
  readonly #waiting = new Map<number, Waiting>()
  /** What earlier cells declared, to tell a new process. */
  #journal: { id: string; code: string; values?: readonly string[] }[] = []
  readonly #compiled = new Map<string, string>()
  /** The call that compiles a cell now. */
  #compiling: number | null = null
  #interrupted = false

  readonly #snapshots: Snapshots

  /** Gets the process's id, each time that another is started. */
  onStart: (pid: number) => void = () => undefined

  constructor(private readonly log: (line: string) => void) {
    this.#snapshots = snapshots(dist, log)
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }
  start(): void {
    if (!this.#child && !this.#closed) this.#start()
  }

  #start(): ChildProcess {
    const snapshot = this.#snapshots.find()
    const args = snapshot ? ['--snapshot-blob', snapshot] : [join(dist, 'compiler.js')]
    const child = spawn(process.execPath, [...COMPILER_FLAGS, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...ALLOCATOR, ...process.env },
      windowsHide: true,
    })
    this.#child = child
    if (child.pid !== undefined) this.onStart(child.pid)
    let ready = false
    if (!snapshot) this.#makeSnapshot()
    let tail = ''
    child.stderr?.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-4000)))
    child.on('message', m => {
      ready = true
      const { n, value, error } = m as Answer // nobody else writes to this pipe
      const waiting = this.#waiting.get(n)
      this.#waiting.delete(n)
      if (error === undefined) waiting?.resolve(value)
      else waiting?.reject(new Error(error))
    })
    child.on('error', e => this.log(`the compiler's process: ${e.message}`))
    child.on('exit', (code, signal) => {
      if (this.#child !== child) return
      this.#child = null
      if (this.#closed) return
      if (snapshot && !ready && code) {
        // Made by another Node that calls itself the same, say: without it all goes on as before, only slower.
        this.log(`the compiler's snapshot does not start: ${tail}`)
        this.#snapshots.refuse(snapshot)
      }
      if (signal !== 'SIGKILL') this.log(`the compiler ended (${signal ?? code}): ${tail}`)
      const reason = /heap out of memory/i.test(tail)
        ? 'the compiler ran out of memory'
        : 'the compiler was stopped'
      for (const w of this.#waiting.values()) w.reject(new Ended(reason))
      this.#waiting.clear()
      this.#replay()
    })
    return child
  }

  /** For the next kernel that starts: when this one has settled. */
  #makeSnapshot(): void {
    setTimeout(() => {
      if (!this.#closed) void this.#snapshots.make(installedPaths(), true)
    }, SETTLED_MS).unref()
  }

  #replay(): void {
    this.#start()
    for (const { id, code, values } of this.#journal) {
      this.#call('compile', id, code).catch(() => undefined)
      this.#tell('commit', id, values)
    }
  }

  #call<K extends keyof Methods>(method: K, ...args: Methods[K]): Promise<unknown> {
    const child = this.#child ?? this.#start()
    const n = ++this.#n
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject })
      child.send({ n, method, args }, e => {
        if (e) this.log(`the compiler cannot be reached: ${e.message}`)
      })
    })
  }
  #tell<K extends keyof Methods>(method: K, ...args: Methods[K]): void {
    this.#call(method, ...args).catch((e: unknown) => this.log(`${method}: ${String(e)}`))
  }

  async compile(id: string, code: string): ReturnType<CompilerPort['compile']> {
    try {
      const cell = await this.#compile(id, code).catch((e: unknown) => {
        // What ended it was not this cell: the new one tries it once more.
        if (!(e instanceof Ended) || this.#interrupted || this.#closed) throw e
        return this.#compile(id, code)
      })
      if ('code' in cell) this.#compiled.set(id, code)
      return cell
    } catch (e) {
      const message = e instanceof Error ? e.message : String(e)
      return { message, traceback: [`This cell could not be compiled: ${message}.`] }
    }
  }
  async #compile(id: string, code: string): ReturnType<CompilerPort['compile']> {
    this.#interrupted = false
    const answer = this.#call('compile', id, code)
    const n = (this.#compiling = this.#n)
    try {
      return (await answer) as Awaited<ReturnType<CompilerPort['compile']>>
    } finally {
      if (this.#compiling === n) this.#compiling = null
    }
  }
  commit(id: string, values?: readonly string[]): void {
    const code = this.#compiled.get(id)
    if (code !== undefined) this.#journal.push({ id, code, ...(values ? { values } : {}) })
    this.#compiled.clear()
    this.#tell('commit', id, values)
  }
  reset(): void {
    this.#journal = []
    this.#compiled.clear()
    if (this.#child) this.#tell('reset')
  }
  locate(...args: Methods['locate']): ReturnType<CompilerPort['locate']> {
    return this.#call('locate', ...args) as ReturnType<CompilerPort['locate']>
  }
  complete(...args: Methods['complete']): ReturnType<CompilerPort['complete']> {
    return this.#call('complete', ...args) as ReturnType<CompilerPort['complete']>
  }
  inspect(...args: Methods['inspect']): ReturnType<CompilerPort['inspect']> {
    return this.#call('inspect', ...args) as ReturnType<CompilerPort['inspect']>
  }
  isComplete(...args: Methods['isComplete']): ReturnType<CompilerPort['isComplete']> {
    return this.#call('isComplete', ...args) as ReturnType<CompilerPort['isComplete']>
  }

  interrupt(): void {
    const n = this.#compiling
    if (n === null) return
    this.#interrupted = true
    setTimeout(() => {
      if (this.#compiling === n) this.#child?.kill('SIGKILL')
    }, GRACE_MS)
  }

  close(): void {
    this.#closed = true
    this.#child?.kill('SIGKILL')
    this.#snapshots.close()
  }
}
