/**
 * Child processes and threads of cells. What they write to the runner's own descriptors goes to the front by itself; a fence on
 * both ways, set before a child starts, lets the front put it where it belongs among the cell's own output.
 */
import childProcess from 'node:child_process'
import type { EventEmitter } from 'node:events'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import threads from 'node:worker_threads'
import type { Parent } from '../pipe.ts'
import type { Channel } from './channel.ts'
import { current, within } from './context.ts'
import type { Critical } from './critical.ts'
import type { Output, StreamName } from './output.ts'

const STARTERS = [
  'spawn',
  'spawnSync',
  'exec',
  'execSync',
  'execFile',
  'execFileSync',
  'fork',
] as const
const STREAMS = new Map<unknown, StreamName>([
  [1, 'stdout'],
  [2, 'stderr'],
])

/** Node's own, whatever becomes of `fs`. */
const writeSync = fs.writeSync

/** Events of `emitter` happen as part of the cell. */
function follow(emitter: EventEmitter | null | undefined, cell: Parent | null): void {
  if (!emitter) return
  const emit = emitter.emit.bind(emitter)
  emitter.emit = (...args: Parameters<typeof emit>) => within(cell, () => emit(...args))
}

export class Children {
  #fences = 0
  /** Threads that keep a cell waiting, by their cell. */
  readonly #threads = new Map<threads.Worker, Parent | null>()

  /** @param nonce what the marks in the streams are known by */
  constructor(
    private readonly channel: Channel,
    private readonly critical: Critical,
    private readonly output: Output,
    private readonly nonce: string,
  ) {
    const module = childProcess as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const name of STARTERS) {
      const original = module[name]
      const wrapped = (...args: unknown[]): unknown => {
        this.#fence()
        const child = Reflect.apply(original, childProcess, args)
        if (child instanceof childProcess.ChildProcess)
          for (const e of [child, child.stdout, child.stderr]) follow(e, current())
        return child
      }
      module[name] = Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original))
    }
    this.#followThreads()
    this.#followDescriptors()
    syncBuiltinESMExports()
  }

  #fence(): void {
    if (!this.nonce) return
    this.output.flush()
    const n = ++this.#fences
    this.channel.send({ t: 'fence', n })
    const mark = `\u0000${this.nonce}:${n}\u0000`
    this.critical.run(() => {
      for (const fd of [1, 2]) writeSync(fd, mark)
    })
  }

  /** A thread's events belong to the cell that started it. */
  #followThreads(): void {
    const waiting = this.#threads
    threads.Worker = class Worker extends threads.Worker {
      constructor(...args: ConstructorParameters<typeof threads.Worker>) {
        super(...args)
        const cell = current()
        follow(this, cell)
        waiting.set(this, cell)
        this.once('exit', () => waiting.delete(this))
      }
      override unref(): void {
        waiting.delete(this)
        super.unref()
      }
    }
  }

  /** Ends the threads that an interrupted cell waits for; those that were unref'd are somebody's pool. */
  stop(cell: Parent): void {
    for (const [thread, parent] of this.#threads)
      if (parent === cell) {
        this.#threads.delete(thread)
        void thread.terminate()
      }
  }

  /** `fs.writeSync(1, …)` and `fs.write(2, …)` write where console.log does. */
  #followDescriptors(): void {
    const { write } = fs
    const bytesOf = (data: unknown, rest: unknown[]): Uint8Array | null => {
      if (typeof data === 'string') return Buffer.from(data)
      if (!(data instanceof Uint8Array)) return null
      const [offset = 0, length] = rest as (number | undefined)[]
      if (typeof offset !== 'number') return data
      return data.subarray(offset, typeof length === 'number' ? offset + length : undefined)
    }
    fs.writeSync = ((fd: number, data: never, ...rest: never[]) => {
      const name = STREAMS.get(fd)
      const bytes = name && bytesOf(data, rest)
      if (!name || !bytes) return writeSync(fd, data, ...rest)
      this.output.writeBytes(name, bytes)
      return bytes.length
    }) as typeof fs.writeSync
    fs.write = ((fd: number, data: never, ...rest: never[]) => {
      const name = STREAMS.get(fd)
      const callback = rest.at(-1) as unknown
      const bytes = name && typeof callback === 'function' ? bytesOf(data, rest.slice(0, -1)) : null
      if (!name || !bytes) return Reflect.apply(write, fs, [fd, data, ...rest]) as undefined
      this.output.writeBytes(name, bytes)
      process.nextTick(callback as () => void, null, bytes.length, data)
    }) as typeof fs.write
  }
}
