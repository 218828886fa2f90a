/**
 * Stopping user code with its state kept. Two stages: SIGINT, which V8 turns into an exception where code runs inside a
 * guarded script (the cell itself, timers, comm handlers); and for loops that run elsewhere (after an `await`, in a
 * `then`), a watcher thread that terminates the execution when the main thread's heartbeat stands still.
 */
import vm from 'node:vm'
import { Worker } from 'node:worker_threads'
import { current, within } from './context.ts'

const REQUESTS = 5
const timers = { setTimeout, setInterval, setImmediate }

export class Interrupted extends Error {
  override name = 'KeyboardInterrupt'
  constructor() {
    super('the cell was interrupted; its variables are kept')
  }
}

/** What V8 throws when it stops a guarded script. */
export const isInterruption = (e: unknown): boolean =>
  e instanceof Interrupted ||
  (e instanceof Error && 'code' in e && e.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED')

const WATCHER = `
const { workerData } = require('node:worker_threads')
const { readSync } = require('node:fs')
const inspector = require('node:inspector')
const beat = new Int32Array(workerData.beat), still = new Int32Array(new SharedArrayBuffer(4))
const byte = Buffer.alloc(1)
for (;;) {
  let n = 0
  try { n = readSync(workerData.fd, byte, 0, 1, null) } catch (e) { if (e.code !== 'EAGAIN') break; Atomics.wait(still, 0, 0, 20); continue }
  if (n === 0) break
  for (let tries = 0; tries < 20; tries++) {
    const before = Atomics.load(beat, 0)
    Atomics.wait(still, 0, 0, 250)
    if (Atomics.load(beat, 0) !== before) break
    const session = new inspector.Session()
    session.connectToMainThread()
    session.post('Runtime.terminateExecution')
    session.disconnect()
  }
}
`

export class Interrupts {
  readonly #beat = new SharedArrayBuffer(4)
  readonly #guard = new vm.Script('globalThis[Symbol.for("layerscope.guarded")]()')
  #reject: ((e: Error) => void) | null = null

  constructor(private readonly onError: (e: unknown) => void) {
    const beat = new Int32Array(this.#beat)
    timers.setInterval(() => Atomics.add(beat, 0, 1), 20).unref()
    const watcher = new Worker(WATCHER, {
      eval: true,
      workerData: { beat: this.#beat, fd: REQUESTS },
    })
    watcher.unref()
    watcher.on('error', () => undefined)
    process.on('SIGINT', () => this.#reject?.(new Interrupted()))
    this.#guardTimers()
  }

  /** Runs `f` where SIGINT stops it; what stops it is thrown as `Interrupted`. */
  guarded<T>(f: () => T): T {
    let result: { value: T } | null = null
    const slot = globalThis as { [key: symbol]: unknown }
    const key = Symbol.for('layerscope.guarded')
    const outer = slot[key]
    slot[key] = () => {
      result = { value: f() }
    }
    try {
      this.#guard.runInThisContext({ breakOnSigint: true, displayErrors: false })
    } catch (e) {
      throw isInterruption(e) ? new Interrupted() : e
    } finally {
      slot[key] = outer
    }
    // The script ran f to its end, or threw.
    return (result as { value: T } | null)!.value
  }

  /** A promise that an interrupt rejects, for a cell that awaits. */
  interruption(): { promise: Promise<never>; done(): void } {
    const promise = new Promise<never>((_, reject) => (this.#reject = reject))
    promise.catch(() => undefined)
    return { promise, done: () => (this.#reject = null) }
  }

  #guardTimers(): void {
    const wrap = <
      F extends (callback: (...args: unknown[]) => void, ...rest: unknown[]) => unknown,
    >(
      original: F,
    ): F => {
      const wrapped = (callback: unknown, ...rest: unknown[]) => {
        if (typeof callback !== 'function') return original(callback as () => void, ...rest) // throws Node's own error
        const cell = current()
        return original(
          (...args: unknown[]) => {
            try {
              within(cell, () => this.guarded(() => Reflect.apply(callback, undefined, args)))
            } catch (e) {
              // The cell that waits for this timer was meant too.
              if (isInterruption(e) && this.#reject) this.#reject(new Interrupted())
              else within(cell, () => this.onError(e))
            }
          },
          ...rest,
        )
      }
      return Object.assign(wrapped, original) as unknown as F // same signature, and promisify's symbol
    }
    globalThis.setTimeout = wrap(timers.setTimeout as never) as never
    globalThis.setInterval = wrap(timers.setInterval as never) as never
    globalThis.setImmediate = wrap(timers.setImmediate as never) as never
  }
}
