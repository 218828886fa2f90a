/**
 * What an assignment is: tasks, cases, and the one way in which a case reaches a student's code.
 *
 * Judging happens where the answers are: in the grader's own process, or, for `check()` in a notebook, in the only one
 * there is. The student's code gets plain values and gives plain values back; it never sees a case, a seed, a right
 * function or a point.
 */
import type { Generator } from 'layerscope'
import type { Opened } from '../exercise.ts'

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array

/** What may pass between a case and a student's code. Numbers include NaN, ±Infinity and −0. */
export type Plain =
  null | boolean | number | string | TypedArray | Plain[] | { [name: string]: Plain }

/** What came of one call. Exactly one of these; `seconds` are counted by the caller's clock, handing over included. */
export type Answer =
  | {
      /** undefined: nothing was returned. */
      value: Plain | undefined
      seconds: number
      /**
       * Place of the first parameter that the call changed, as the student's process tells it. Good for a hint; no
       * points may hang on its absence, for a hostile process can leave it out.
       */
      changed?: number
    }
  | {
      threw: {
        /** `'RangeError'`; of anything that is no Error, `''`. */
        name: string
        message: string
        /** `Line 3 of the cell: …`, where it is known. */
        place?: string
      }
    }
  /** The limit in seconds that was passed. */
  | { timeout: number }
  /** The process ended or was ended: `memory`, `processor time`, `output`, `exit`, or what the system said. */
  | { crashed: string }
  /** Why the value cannot be taken: `a Proxy`, `a getter at .gx`, `more than 64 MB`, `a promise`, … */
  | { notPlain: string }
  /** The name is not defined: what the student's cells said instead, e.g. the error of the cell that should define it. */
  | { missing: string }

/**
 * Calls the student's function `name` on copies of `args`, or, where `name` is no function but a value, answers its value
 * (`args` empty). Never rejects for anything that the student's code does; a rejection is a failure of the grader's own
 * and no zero. Two calls may reach the same process or two: nothing may depend on what a call leaves behind.
 */
export type Ask = (name: string, ...args: Plain[]) => Promise<Answer>

/** A case's verdict on the answers it got. */
export interface Verdict {
  /** Share of the case's points, 0 to 1. Anything else, NaN included, counts as 0. */
  share: number
  /**
   * One to three sentences a student may read: of a visible case with the first difference, of a hidden one with its
   * place and property, never with an expected value or a drawn input. Free of measured times, so that grading twice
   * gives the same bytes.
   */
  reason: string
  /** Name of the recognised mistake, e.g. `'filter turned by 180°'`: classes are told their commonest. */
  mistake?: string
  /** The view at the failing place. Visible cases only; made when it is asked for. */
  open?: Opened
}

export interface Limits {
  /** Wall-clock seconds of one call. */
  seconds: number
  /** Memory of the student's process, typed arrays and WebAssembly included. */
  megabytes: number
}

export interface Case {
  /** A property, never its numbers: `a non-square input`. Unique within the task. */
  readonly name: string
  /** Whether `check()` plays it in the notebook. Hidden cases are played by the grader alone. */
  readonly visible: boolean
  readonly points: number
  /** Where they differ from the assignment's. */
  readonly limits?: Partial<Limits>
  /**
   * @param random seeded by the grader's secret and the case's place; in a notebook by a constant. The only source of
   *   chance: the same seed and the same answers give the same verdict.
   */
  play(ask: Ask, random: Generator): Promise<Verdict> | Verdict
}

/** What a person reads and marks. Not among the points of the cases. */
export interface Words {
  readonly points: number
  /** What is asked, as the notebook says it. */
  readonly ask: string
}

export interface Task {
  /** `'A1.2'` */
  readonly id: string
  readonly title: string
  /** Sum of its cases' points. */
  readonly points: number
  /** Names that the student's cells define for this task, and no other task. */
  readonly names: readonly string[]
  readonly cases: readonly Case[]
  readonly words?: Words
}

export interface Assignment {
  /** `'A1'` */
  readonly id: string
  readonly title: string
  /** Of tasks and cases together; part of every result and of the cache's key. */
  readonly version: string
  /**
   * Modules that graded cells may import and use. What a cell imports besides is there, so that cells run, but throws
   * when it is used: `conv2d of layerscope cannot be used in A1: writing it is the task`.
   */
  readonly modules: readonly string[]
  readonly limits: Limits
  readonly tasks: readonly Task[]
}

/** What a code cell of an assignment's notebook is for, in `metadata.layerscope.cell`. */
export type CellRole =
  /** Imports and data that solutions need; locked. Run by the grader from the release, not from the submission. */
  | 'setup'
  /** The student's part, with `metadata.layerscope.task`. Run by the grader from the submission. */
  | 'solution'
  /** `check(…)`, locked; carries nbgrader's points. Not run by the grader, which plays the cases itself. */
  | 'check'
  /** Views, training, hand-in: for the student's eyes. Not run by the grader. */
  | 'play'
// A code cell without a role was added by the student. The grader runs it where it stands, like a solution.
