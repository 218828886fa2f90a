/** What grading a submission gives. The same submission, assignment, grader and seed give the same bytes. */
import type { CellReport } from './session.ts'

export interface CaseResult {
  /** What it is about: never the numbers of a hidden case. */
  title: string
  hidden: boolean
  points: number
  max: number
  /** The reason, line by line. */
  lines: string[]
  /** A recognised mistake, by its name. */
  mistake: string | null
}
export interface TaskResult {
  id: string
  title: string
  points: number
  max: number
  cases: CaseResult[]
  /** The assignment's view of the student's answer, as PNG in base64, with what it shows in words. */
  picture: { png: string; text: string } | null
}
export interface Result {
  format: 1
  assignment: string
  /** Of the assignment's content, of the grader and of what was handed in. */
  version: string
  grader: string
  submission: string
  /** A digest of the secret seed: whether two results had the same. */
  seed: string
  points: number
  max: number
  tasks: TaskResult[]
  cells: CellReport[]
  notes: string[]
  /** Words for it where the grader itself failed: no points are given or taken, a person looks. */
  infrastructure: string | null
}

/** Keys in the order in which they are written, whatever made the object. */
export const toJson = (result: Result): string => `${JSON.stringify(result, null, 2)}\n`
