/**
 * Stopping user code with its state kept. Two means: SIGINT, which V8 turns into an exception where code runs inside a guarded
 * script (the cell itself, timers, comm handlers); and for loops that run elsewhere (after an `await`, in a `then`) the
 * termination of all JavaScript, when the main thread has not answered for a while. The watcher thread does both.
 */
import vm from 'node:vm'
import { Worker } from 'node:worker_threads'
import { settle } from './context.ts'
import { offerCut } from './cut.ts'
import type { Critical } from './critical.ts'
import { WATCHER_SOURCE } from './watcher.ts'

const REQUESTS = 5

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

export class Interrupts {
  readonly #guard = new vm.Script('globalThis[Symbol.for("layerscope.guarded")]()')

  /** @param onInterrupt nothing of the user's runs any more: the cell that waits ends now */
  constructor(
    private readonly critical: Critical,
    private readonly onInterrupt: () => void,
  ) {
    critical.onInterrupt = () => this.answer()
    const watcher = new Worker(WATCHER_SOURCE, {
      eval: true,
      workerData: { memory: critical.memory, fd: REQUESTS },
    })
    watcher.unref()
    watcher.on('error', () => undefined)
    watcher.on('message', () => this.answer())
    offerCut(critical, () => this.answer())
    this.#listen()
  }

  /** Outside a guard the signal does nothing, and it must not end the process. A guard that was cut leaves no listener. */
  #listen(): void {
    if (process.listenerCount('SIGINT') === 0) process.on('SIGINT', () => undefined)
  }

  /** The main thread is free, or has just been cut free. */
  answer(): void {
    if (!this.critical.answer()) return
    settle()
    this.#listen()
    this.onInterrupt()
  }

  /** Runs `f` where SIGINT stops it; what stops it is thrown as `Interrupted`. */
  guarded<T>(f: () => T): T {
    let result: { value: T } | null = null
    const slot = globalThis as { [key: symbol]: unknown }
    const key = Symbol.for('layerscope.guarded')
    const outer = slot[key]
    // On its ways in and out Node has no handler for the signal, which would end the process: they are not cut.
    slot[key] = () => {
      this.critical.release()
      try {
        result = { value: f() }
      } finally {
        this.critical.enter()
      }
    }
    this.critical.enterOwn()
    try {
      this.#guard.runInThisContext({ breakOnSigint: true, displayErrors: false })
    } catch (e) {
      throw isInterruption(e) ? new Interrupted() : e
    } finally {
      slot[key] = outer
      this.critical.release()
    }
    // The script ran f to its end, or threw.
    return (result as { value: T } | null)!.value
  }
}
