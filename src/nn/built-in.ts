import type { Module } from './module.ts'

const classes = new Set<unknown>()

/** Marks layers of ours: none keeps a handle on its input, so what passes between two of them may go back early. @internal */
export function builtIn(...layers: readonly unknown[]): void {
  for (const layer of layers) classes.add(layer)
}
/** @internal */
export const isBuiltIn = (m: Module): boolean => classes.has(m.constructor) && !m.hooked
