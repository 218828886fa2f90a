export { NetworkTrace, Trace, trace, type TraceOptions } from './trace.ts'
export type { Field, Layer, LayerOp } from './layers.ts'
