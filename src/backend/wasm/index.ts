import type { Backend } from '../primitives.ts'
export function createWasmBackend(): Backend | null {
  return null
}
