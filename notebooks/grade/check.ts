/** `check`: judges what a student wrote, says one thing about it, and opens the exercise's view. */
import type { Displayable, MimeBundle } from 'layerscope/spec'
import { DISPLAY, host } from 'layerscope/spec'
import type { Exercise, Finding } from './exercise.ts'
import { EXERCISES } from './exercises/index.ts'
import type { Submissions } from './exercises/index.ts'

/** What `check` found; its message has been displayed already. */
export class CheckResult implements Displayable {
  readonly id: string
  readonly passed: boolean
  /** The message, four lines at most. */
  readonly text: string
  /** Cases right, and in all. */
  readonly right: number
  readonly cases: number
  /** Name of the recognised mistake. */
  readonly mistake: string | null
  /** The view that was opened. */
  readonly view: unknown

  constructor(id: string, finding: Finding, view: unknown, lines: readonly string[]) {
    this.id = id
    this.passed = finding.passed
    this.right = finding.right
    this.cases = finding.cases
    this.mistake = finding.mistake
    this.view = view
    this.text = lines.join('\n')
  }

  toString(): string {
    return this.text
  }

  /** Nothing more: message and view stand in the cell already. */
  [DISPLAY](): MimeBundle | null {
    return null
  }
}

/**
 * Runs the exercise's cases on what you wrote, says where the first difference is, expected and got and a likely cause,
 * and opens the exercise's view there. Never throws for a wrong answer.
 * @param id the exercise's number, e.g. `'1.1'`
 * @param submission your functions by name, e.g. `{ conv }`
 * @throws RangeError for an id that no lecture has
 */
export function check<const Id extends keyof Submissions>(
  id: Id,
  submission: Submissions[Id],
): CheckResult {
  const exercise: Exercise | undefined = Object.hasOwn(EXERCISES, id) ? EXERCISES[id] : undefined
  if (!exercise)
    throw new RangeError(
      `check: no exercise '${String(id)}'; there are ${Object.keys(EXERCISES).join(', ')}`,
    )
  const finding = exercise.judge({ ...submission })
  const lines = [...finding.lines, ...(finding.opens ? [finding.opens.says] : [])].slice(0, 4)
  say(lines.join('\n'))
  return new CheckResult(exercise.id, finding, finding.opens?.show() ?? null, lines)
}

function say(text: string): void {
  const kernel = host()
  if (kernel) kernel.display({ 'text/plain': text })
  else console.log(text)
}
