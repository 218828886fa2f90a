/** Which back end computes. */
import { restoring } from './interrupted.ts'
import type { Backend } from './primitives.ts'
import { reference } from './reference/index.ts'
import type { DType } from './storage.ts'
import { createWasmBackend, type WasmBackend } from './wasm/index.ts'

export type BackendName = 'wasm' | 'reference'

export interface BackendOptions {
  /**
   * The same bits on every machine: multiply and add are rounded apart, even where the processor has one instruction for
   * both. Slower by up to a half where matrix products take the time. Default false. Results never depend on the number of
   * threads, and the reference back end is always so.
   */
  deterministic?: boolean
  /**
   * Threads that `wasm` uses, this one included. Default: the processors, at most 8; one where memory cannot be shared (a
   * page without cross-origin isolation).
   */
  threads?: number
}

let active: Backend | null = null
let wasm: WasmBackend | null | undefined

function named(
  name: BackendName,
  { deterministic = false, threads }: BackendOptions = {},
): Backend {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new RangeError(`setBackend: threads ${threads}; a whole number, at least 1`)
  if (name === 'reference') return reference
  if (name !== 'wasm')
    throw new RangeError(
      `setBackend: no back end '${String(name)}'; there are 'wasm' and 'reference'`,
    )
  wasm ??= createWasmBackend({ relaxed: !deterministic })
  if (!wasm)
    throw new Error('setBackend: this runtime has no WebAssembly SIMD; use the reference back end')
  wasm.relax(!deterministic)
  if (threads !== undefined) wasm.useThreads(threads)
  return wasm
}

/** The active back end. float64 always computes on the reference: gradient checks need it, nothing else does. */
export function backend(dtype: DType = 'float32'): Backend {
  if (dtype === 'float64') return reference
  if (active === null) {
    wasm = createWasmBackend()
    active = wasm ?? reference
  }
  return active
}

/**
 * Chooses the back end of all later operations. Default: `wasm` where it runs, else `reference`.
 * @throws Error where WebAssembly SIMD is missing
 */
export function setBackend(name: BackendName, options: BackendOptions = {}): void {
  active = named(name, options)
}

/** Runs `f` on the named back end and returns what it returns. */
export function withBackend<T>(name: BackendName, f: () => T, options: BackendOptions = {}): T {
  const before = backend()
  const { simd, threads } = before.info()
  active = named(name, options)
  return restoring(
    () => {
      return f()
    },
    () => {
      active = before
      if (before === wasm) {
        wasm.relax(simd === 'relaxed')
        wasm.useThreads(threads)
      }
    },
  )
}

export type { Backend, Primitives } from './primitives.ts'
export { Storage } from './storage.ts'
export type { DType, NumberArray, Strided } from './storage.ts'
