export { show, type Showable } from './show.ts'
export { View, type Pin } from './view.ts'
export type { CellIndex, Compared, ShowOptions } from './options.ts'
export {
  Chart,
  curves,
  table,
  type CurvesOptions,
  type Measured,
  type TableOptions,
} from './chart-data.ts'
export {
  Bubbles,
  bubbles,
  complexityChart,
  type Band,
  type BubbleRow,
  type BubblesOptions,
  type ComplexityOptions,
  type ComplexityRow,
  type MeasureOptions,
  type OwnNetwork,
} from './bubbles-data.ts'
export type { RunEvolutionOptions } from './run-evolution.ts'
