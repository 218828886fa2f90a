/** Grades one submission: its notebook is brought to life in the sandbox, and each case is played here. */
import { createHash } from 'node:crypto'
import { Generator } from 'layerscope'
import { DISPLAY, type MimeBundle } from 'layerscope/spec'
import { pointsOf, sumPoints } from '../assignments/score.ts'
import type { Assignment, Case, Plain, Task, Verdict } from '../assignments/types.ts'
import type { Cell, Notebook } from './notebook.ts'
import type { CaseResult, Result, TaskResult } from './result.ts'
import { type Compiler, InfrastructureError, Session, short } from './session.ts'
import { LIMITS, type Limits, type Sandbox } from './sandbox.ts'
import type { Submission } from './submission.ts'

export interface GradeOptions {
  sandbox: Sandbox
  compiler: Compiler
  assignment: Assignment
  /** Cells that the assignment gives and that no submission changes: they run instead of the submitted ones. */
  given?: readonly string[]
  /** Secret: inputs are drawn from it. */
  seed: string
  /** The grader's own limits; the assignment's stand above its `ask` and `memory`. */
  limits?: Partial<Limits>
  /** When it was due. */
  due?: Date | null
  grader: string
}

export interface Graded {
  result: Result
  /** What the notebook printed: for the page, no part of the result. */
  printed: string
}

const LINES = 6

export async function grade(submission: Submission, o: GradeOptions): Promise<Graded> {
  const { assignment, sandbox, seed } = o
  const limits: Limits = {
    ...LIMITS,
    ...o.limits,
    ask: assignment.limits.seconds * 1000,
    memory: assignment.limits.megabytes,
  }
  const notes = [...submission.notes]
  const late = lateness(submission.handedIn, o.due ?? null)
  if (late) notes.push(late)
  const { notebook } = submission
  const cells = notebook ? cellsToRun(notebook, o.given ?? null, notes) : []
  if (notebook) notes.push(...notebook.notes)
  const session = new Session(
    sandbox,
    cells,
    limits,
    { assignment: assignment.id, modules: assignment.modules },
    o.compiler,
  )
  const tasks: TaskResult[] = []
  let infrastructure: string | null = null
  try {
    if (notebook) await session.start()
    for (const task of assignment.tasks)
      tasks.push(
        notebook
          ? await playTask(task, assignment, session, seed)
          : nothing(task, notes.at(-1) ?? 'there is no notebook'),
      )
  } catch (e) {
    if (!(e instanceof InfrastructureError)) throw e
    infrastructure = e.message
  } finally {
    await session.end()
  }
  const lost = infrastructure !== null
  return {
    printed: session.printed,
    result: {
      format: 1,
      assignment: assignment.id,
      version: assignment.version,
      grader: o.grader,
      submission: submission.hash,
      seed: digest(seed),
      points: lost ? 0 : sumPoints(tasks.map(t => t.points)),
      max: sumPoints(assignment.tasks.map(t => t.points)),
      tasks: lost ? [] : tasks,
      cells: session.cells,
      notes: notes.map(n => short(n)),
      infrastructure,
    },
  }
}

export const digest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16)

/** A session for one task at a time, for who grades cell by cell (nbgrader). */
export async function playTask(
  task: Task,
  assignment: Assignment,
  session: Session,
  seed: string,
): Promise<TaskResult> {
  const cases: CaseResult[] = []
  let picture: TaskResult['picture'] = null
  for (const c of task.cases) {
    const verdict = await play(c, task, assignment, session, seed)
    const earned = pointsOf(c, verdict)
    cases.push({
      title: c.name,
      hidden: !c.visible,
      points: earned,
      max: c.points,
      lines: String(verdict.reason).split('\n').slice(0, LINES).map(short).filter(Boolean),
      mistake: verdict.mistake === undefined ? null : short(verdict.mistake),
    })
    if (!picture && c.visible && verdict.open) picture = pictureOf(verdict.open)
  }
  return {
    id: task.id,
    title: task.title,
    points: sumPoints(cases.map(c => c.points)),
    max: task.points,
    cases,
    picture,
  }
}

async function play(
  c: Case,
  task: Task,
  assignment: Assignment,
  session: Session,
  seed: string,
): Promise<Verdict> {
  const limits = { ...assignment.limits, ...c.limits }
  const ask = (name: string, ...args: Plain[]) => session.ask(name, args, limits)
  try {
    return await c.play(ask, generator(seed, assignment.id, task.id, c.name))
  } catch (e) {
    if (e instanceof InfrastructureError) throw e
    // A case that throws is a mistake of ours: a person looks, and nobody pays for it.
    throw new InfrastructureError(
      `the case ${task.id} “${c.name}” failed: ${e instanceof Error ? e.message.slice(0, 300) : String(e)}`,
    )
  }
}

/** Its own stream of chance for each case, from the secret and the case's place. */
export function generator(seed: string, ...place: string[]): Generator {
  const hash = createHash('sha256')
    .update(JSON.stringify([seed, ...place]))
    .digest()
  return new Generator(hash.readUIntBE(0, 6))
}

function nothing(task: Task, why: string): TaskResult {
  return {
    id: task.id,
    title: task.title,
    points: 0,
    max: task.points,
    cases: task.cases.map(c => ({
      title: c.name,
      hidden: !c.visible,
      points: 0,
      max: c.points,
      lines: [short(why)],
      mistake: null,
    })),
    picture: null,
  }
}

/** PNG and words of a view; a view that cannot be made is left out. */
function pictureOf(open: NonNullable<Verdict['open']>): TaskResult['picture'] {
  try {
    const view = open.show()
    if (typeof view !== 'object' || view === null || !(DISPLAY in view)) return null
    const bundle = (view as { [DISPLAY](): MimeBundle | null })[DISPLAY]()
    const png = bundle?.['image/png']
    const text = bundle?.['text/plain']
    if (typeof png !== 'string' || png.length > 3_000_000) return null
    const words = typeof text === 'string' ? text.split('\n')[0] : ''
    return { png, text: short(`${open.says} ${words}`) }
  } catch {
    return null
  }
}

/** What a code cell is for, as the assignment's notebook says; null for one that the student has added. */
function roleOf(cell: Cell): string | null {
  return (
    cell.role ?? (cell.grade ? (cell.grade.grade && !cell.grade.solution ? 'check' : null) : null)
  )
}

/** The student's cells in their order, behind what the assignment gives. */
function cellsToRun(
  notebook: Notebook,
  given: readonly string[] | null,
  notes: string[],
): { name: string; text: string }[] {
  const code = notebook.cells.filter(c => c.kind === 'code')
  const setup = code.filter(c => roleOf(c) === 'setup')
  const own = code.filter(c => {
    const role = roleOf(c)
    return role !== 'check' && role !== 'play' && (role !== 'setup' || !given)
  })
  if (given) {
    const same = (a: string, b: string) => a.trim() === b.trim()
    const kept = given.filter(g => setup.some(c => same(c.text, g))).length
    if (setup.length < given.length)
      notes.push('Cells that the assignment gives are missing; the assignment’s own were run.')
    else if (kept < given.length)
      notes.push('Cells that the assignment gives were changed; the assignment’s own were run.')
  }
  return [
    ...(given ?? []).map((text, i) => ({ name: `given cell ${i + 1}`, text })),
    ...own.filter(c => c.text.trim()).map(c => ({ name: `cell ${c.number}`, text: c.text })),
  ]
}

function lateness(handedIn: Date | null, due: Date | null): string | null {
  if (!handedIn || !due || handedIn <= due) return null
  const minutes = Math.ceil((handedIn.getTime() - due.getTime()) / 60_000)
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  const parts = [
    days ? `${days} d` : '',
    hours ? `${hours} h` : '',
    !days && minutes % 60 ? `${minutes % 60} min` : '',
  ]
  return `Late by ${parts.filter(Boolean).join(' ')}: handed in ${handedIn.toISOString().slice(0, 16).replace('T', ' ')} UTC.`
}
