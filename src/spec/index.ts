export * from './host.ts'
export * from './view.ts'
export { READING_LIMITS, RNN_LIMITS } from './view-recurrent.ts'
export * from './live.ts'
export * from './error.ts'
export * from './colour.ts'
export * from './text.ts'
export { decode, encode, encodeBytes, toHalf, fromHalf } from './encode.ts'
export { toBase64, fromBase64 } from './base64.ts'
export {
  areaRadii,
  beatenBy,
  familiesOf,
  frontier,
  measureText,
  spread,
  verdict,
  withinBands,
  withUnit,
} from './bubbles.ts'
export { logTicks, placeLabels, type Labelled, type LabelPlace } from './labels.ts'
export { exactSize, leftOver, reachOf, sizeAfter, wouldFit } from './sizes.ts'
export { mapOf } from './architecture.ts'
export { parseView, windows, MAX_POINTS } from './validate.ts'
export { parseLiveOpen, parsePageMessage, parseKernelMessage } from './message.ts'
export { parseExamples } from './confusion.ts'
