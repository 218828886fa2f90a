/**
 * The only file that imports tslab: what its notebooks import by the name "tslab" keeps tslab's own declarations.
 *
 * tslab's cell converter (a watch program that is built twice for a cell, with all earlier cells in one `.d.ts`) is the model
 * of `compiler.ts` and is not run: beside it a trivial cell takes a tenth of the time and does not slow down with the
 * number of cells (`bench/compiler.mjs`), and what the converter gets wrong comes from that one `.d.ts`: namespaces
 * and types that cannot be named are lost, a variable's type changes when a class is redeclared.
 */
import { createRequire } from 'node:module'

/** Path of tslab's public declarations; null where it is not installed. */
export function tslabDeclarations(): string | null {
  try {
    return createRequire(import.meta.url).resolve('tslab/dist/public.d.ts')
  } catch {
    return null
  }
}
