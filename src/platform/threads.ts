/** Threads and processor, as Node gives them. */
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import type * as threads from 'node:worker_threads'
import { setFlagsFromString } from 'node:v8'
import * as vm from 'node:vm'

/** Processors this process may use. */
export const cores = (): number => availableParallelism()

/**
 * A worker thread running `code` (CommonJS, with `workerData` in scope). It does not keep the process alive.
 * @returns null where threads cannot be started
 */
export function spawnThread(code: string, workerData: object): { terminate(): void } | null {
  try {
    const { Worker } = createRequire(import.meta.url)('node:worker_threads') as typeof threads
    const worker = new Worker(`const { workerData } = require('node:worker_threads')\n${code}`, {
      eval: true,
      workerData,
      stdout: false,
      stderr: false,
    })
    worker.unref()
    worker.on('error', () => undefined)
    return { terminate: () => void worker.terminate() }
  } catch {
    return null
  }
}

/** Lets Node 20 compile relaxed SIMD; later versions do so by themselves. */
export function enableRelaxedSimd(): void {
  try {
    setFlagsFromString('--experimental-wasm-relaxed-simd')
  } catch {
    // An unknown flag: the validation of the module decides.
  }
}

let checkpoint: (() => void) | null = null

/**
 * Lets the targets of weak references go that this job has looked at. The language keeps them until the job ends, which a
 * loop in a cell never does; V8 lets them go whenever a queue of microtasks has run empty, and a context of its own has
 * such a queue, with nothing of the user's in it.
 * @returns false where the host has no such means
 */
export function forgetWeakTargets(): boolean {
  if (!checkpoint) {
    const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' })
    const script = new vm.Script('Promise.resolve().then(() => 0)')
    checkpoint = () => void script.runInContext(context)
  }
  checkpoint()
  return true
}
