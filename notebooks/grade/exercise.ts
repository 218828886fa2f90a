/** What an exercise is: its cases, the right function, and the wrong ones that a check recognises. */
import type { Path } from './compare.ts'

/** A student's function: whatever it takes and returns. */
export type StudentFunction = (...args: never[]) => unknown

/** What a student hands to `check`: `{ conv }`. */
export type Submission = Record<string, unknown>

/** A view that a check opens, and the sentence that says what is open. */
export interface Opened {
  show: () => unknown
  says: string
}

/** What a check found. `lines` is the message, four at most. */
export interface Finding {
  passed: boolean
  lines: string[]
  /** The recognised mistake's name. */
  mistake: string | null
  /** Cases right and in all. */
  right: number
  cases: number
  opens: Opened | null
}

/** A finding that is not passed, of one case, but for what `more` says. */
export const notPassed = (lines: string[], more: Partial<Finding> = {}): Finding => ({
  passed: false,
  lines,
  mistake: null,
  right: 0,
  cases: 1,
  opens: null,
  ...more,
})

export interface Exercise {
  readonly id: string
  /** Names that `check` wants: `['conv']`. */
  readonly wants: readonly string[]
  judge(submission: Submission): Finding
}

export interface Mistake<Args extends unknown[]> {
  /** In a few words, for tests and reports. */
  name: string
  wrong: (...args: Args) => unknown
  /** A question, or a fact about the student's result. */
  hint: string
}

/** An exercise whose answer is a function of plain values, judged on cases. */
export interface FunctionExercise<Args extends unknown[]> {
  id: string
  /** The function's name in the submission and in messages. */
  name: string
  /** Names of its parameters, in order. */
  parameters: readonly string[]
  /** What the result is called in messages: `o` gives `o[0][0]`; without it, the call is written out. */
  output?: string
  cases: readonly Args[]
  /** How a case is answered when the function does something rather than returning it. Default: by calling it. */
  run?: (student: StudentFunction, ...args: Args) => unknown
  right: (...args: Args) => unknown
  mistakes: readonly Mistake<Args>[]
  /** Depth to which a difference is named; below, whole rows are printed. Default: single numbers. */
  depth?: number
  /** Why the right shape is what it is: `6 − 3 + 1 = 4`. */
  shape?: (...args: Args) => string
  /** What stands beside a difference at `path`: `conv2`. */
  place?: (path: Path) => string
  /** The view for a result: at the failing place, or for a right answer at none. */
  open?: (look: Look<Args>) => Opened | null
}

export interface Look<Args extends unknown[]> {
  args: Args
  student: StudentFunction
  /** What the student's function returned for `args`. */
  got: unknown
  /** Whether it is right. */
  right: boolean
  /** Where it first differs; null when it is right or nothing has a place. */
  path: Path | null
  /** The field of the result in which it differs: `gx` of `{ gx, gw, gb }`. */
  field: string | null
}
