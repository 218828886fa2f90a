/** How cells become JavaScript and run, for others than the kernel itself: the grader runs notebooks cell by cell as it does. */
export { prepareEmit } from './compiler/cell.ts'
export { readMagics } from './compiler/magics.ts'
export { freePrefix, Names } from './compiler/names.ts'
export type { Declaration } from './compiler/scope.ts'
export type { BoundFile, TypeScript } from './compiler/typescript.ts'
export { exported } from './runner/modules.ts'
export { CellState, reached, readable, Variables } from './runner/variables.ts'
