/** One submission as a job of its own: everything it needs in, a JSON file and a page out. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sumPoints } from '../assignments/score.ts'
import type { Assignment } from '../assignments/types.ts'
import { digest, grade, type Graded, type GradeOptions } from './grade.ts'
import { readNotebook } from './notebook.ts'
import { releaseOf, VERSION } from './parts.ts'
import { studentPage } from './report.ts'
import { toJson, type Result } from './result.ts'
import { LIMITS, type Limits, type Sandbox } from './sandbox.ts'
import type { Compiler } from './session.ts'
import { readSubmission, type Found } from './submission.ts'

/** What all jobs of a process share. */
export interface Workshop {
  sandbox: Sandbox
  compiler: Compiler
}

export interface JobOptions {
  assignment: Assignment
  seed: string
  limits: Partial<Limits>
  due: Date | null
  /** The released notebook, whose given cells run; default: the package's own. */
  release: string | null
}

/** Code cells that the assignment gives, as they were released. */
export function givenCells(release: string | null): string[] | null {
  if (!release) return null
  return readNotebook(readFileSync(release))
    .cells.filter(c => c.kind === 'code' && c.role === 'setup')
    .map(c => c.text)
}

/** What a result depends on: what is handed in, the assignment, the grader, the seed and the limits. */
export function keyOf(
  submission: string,
  handedIn: Date | null,
  given: readonly string[] | null,
  o: JobOptions,
): string {
  const { assignment, seed, limits, due } = o
  return createHash('sha256')
    .update(
      JSON.stringify([
        submission,
        handedIn?.toISOString() ?? null,
        assignment.id,
        assignment.version,
        given,
        VERSION,
        digest(seed),
        { ...LIMITS, ...limits },
        due?.toISOString() ?? null,
      ]),
    )
    .digest('hex')
}

/** Grades what lies at a path; what has been graded before, to the byte, is not graded again. */
export async function job(
  found: Found,
  { sandbox, compiler }: Workshop,
  cache: string | null,
  o: JobOptions,
): Promise<Graded & { cached: boolean }> {
  const submission = readSubmission(found.path, o.assignment.id)
  const given = givenCells(o.release ?? releaseOf(o.assignment.id))
  const file = cache && join(cache, `${keyOf(submission.hash, submission.handedIn, given, o)}.json`)
  const known = file && readCached(file)
  if (known) return { ...known, cached: true }
  const options: GradeOptions = {
    sandbox,
    compiler,
    assignment: o.assignment,
    given: given ?? undefined,
    seed: o.seed,
    limits: o.limits,
    due: o.due,
    grader: VERSION,
  }
  const graded = await grade(submission, options)
  // What the grader did not manage is tried again the next time.
  if (file && graded.result.infrastructure === null) writeWhole(file, JSON.stringify(graded))
  return { ...graded, cached: false }
}

function readCached(file: string): Graded | null {
  try {
    const known = JSON.parse(readFileSync(file, 'utf8')) as Graded // of our own writing, and whole
    return known.result.format === 1 ? known : null
  } catch {
    return null
  }
}

/** The page and the JSON of one student. */
export function writeStudent(out: string, found: Found, { result, printed }: Graded): void {
  const at = join(out, 'students', found.id)
  writeWhole(`${at}.json`, toJson(result))
  writeWhole(`${at}.html`, studentPage(found.student, result, printed))
}

/** A file that is there whole or not at all, whatever interrupts its writing. */
export function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const part = `${file}.${process.pid}.part`
  writeFileSync(part, text)
  renameSync(part, file)
}

/** A result for a submission that no job came back with. */
export const lostResult = (o: JobOptions, why: string): Result => ({
  format: 1,
  assignment: o.assignment.id,
  version: o.assignment.version,
  grader: VERSION,
  submission: '',
  seed: digest(o.seed),
  points: 0,
  max: sumPoints(o.assignment.tasks.map(t => t.points)),
  tasks: [],
  cells: [],
  notes: [],
  infrastructure: why,
})
