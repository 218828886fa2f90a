/** What a user sees of the active back end; its primitives are the library's own. */
import { backend as primitives, type BackendName } from './index.ts'

export interface BackendInfo {
  readonly name: BackendName
  /** Threads in use, SIMD instructions (`relaxed`: with multiply-add in one) and bytes of the WebAssembly heap. */
  info(): { threads: number; simd: 'none' | 'simd128' | 'relaxed'; heapBytes: number }
}

/** The back end that computes now: `wasm`, or `reference` where WebAssembly SIMD is missing. `setBackend` chooses another. */
export function backend(): BackendInfo {
  return primitives()
}
