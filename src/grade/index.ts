export { check, CheckResult } from './check.ts'
export { guesses, Guesses, predict } from './predict.ts'
export type { Guess } from './predict.ts'
export type { Predictions } from './predictions.ts'
