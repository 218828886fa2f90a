/** Which back end computes. */
import type { Backend } from './primitives.ts'
import { reference } from './reference/index.ts'
import type { DType } from './storage.ts'
import { createWasmBackend } from './wasm/index.ts'

export type BackendName = Backend['name']

let active: Backend | null = null
let wasm: Backend | null | undefined

function named(name: BackendName): Backend {
  if (name === 'reference') return reference
  wasm ??= createWasmBackend()
  if (!wasm)
    throw new Error('setBackend: this runtime has no WebAssembly SIMD; use the reference back end')
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

/** Chooses the back end of all later operations. Default: `wasm` where it runs, else `reference`. */
export function setBackend(name: BackendName): void {
  active = named(name)
}

/** Runs `f` on the named back end and returns what it returns. */
export function withBackend<T>(name: BackendName, f: () => T): T {
  const before = backend()
  active = named(name)
  try {
    return f()
  } finally {
    active = before
  }
}

export type { Backend, Primitives } from './primitives.ts'
export { Storage } from './storage.ts'
export type { DType, NumberArray, Strided } from './storage.ts'
