export { show, type Showable } from './show.ts'
export { View, type Pin } from './view.ts'
export type { CellIndex, Compared, ShowOptions } from './options.ts'
