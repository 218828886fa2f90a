/** Runs a student's function on an exercise's cases and finds what to say about it. */
import type { Difference, Path } from './compare.ts'
import { difference, literal, same, sharedRows } from './compare.ts'
import type {
  Exercise,
  Finding,
  FunctionExercise,
  Mistake,
  Opened,
  StudentFunction,
  Submission,
} from './exercise.ts'
import type { Changed } from './speak.ts'
import { sayChanged, sayDifference, sayShared, sayThrown } from './speak.ts'

/** Makes a checkable exercise from its description. */
export function functionExercise<Args extends unknown[]>(
  spec: FunctionExercise<Args>,
): Exercise & { readonly spec: FunctionExercise<Args> } {
  return {
    id: spec.id,
    wants: [spec.name],
    spec,
    judge: submission => judgeFunction(spec, submission),
  }
}

/** What came of one case. */
interface Run {
  got: unknown
  thrown: unknown
  threw: boolean
  /** First argument that the function changed. */
  changed: Changed | null
  shared: [string, string] | null
  difference: Difference | null
}

export function judgeFunction<Args extends unknown[]>(
  spec: FunctionExercise<Args>,
  submission: Submission,
): Finding {
  const student = submission[spec.name]
  const cases = spec.cases.length
  const title = `${spec.id} ${spec.name}`
  const finding = (right: number, lines: string[], more: Partial<Finding> = {}): Finding => ({
    passed: false,
    lines,
    mistake: null,
    right,
    cases,
    opens: null,
    ...more,
  })
  if (!isFunction(student))
    return finding(0, [
      `${title}: expected a function ${spec.name}(${spec.parameters.join(', ')}), got ${literal(student)}.`,
    ])

  const runs = spec.cases.map(args => runCase(spec, student, args))
  const good = (run: Run) => !run.threw && !run.difference && !run.changed && !run.shared
  const right = runs.filter(good).length
  if (right === cases)
    return finding(right, [`${title}: right in ${cases} of ${cases} cases.`], {
      passed: true,
      opens: open(spec, spec.cases[0], student, runs[0]),
    })

  const mistake = recognise(spec, runs)
  const at = runs.findIndex(run => (mistake ? run.difference : !good(run)))
  const run = runs[at]
  const args = spec.cases[at]
  const where = { spec, args, got: run.got, case: at + 1, right, cases }
  if (run.threw) return finding(right, sayThrown(where, run.thrown))
  if (run.changed && !mistake) return finding(right, sayChanged(where, run.changed))
  if (run.shared && !mistake) return finding(right, sayShared(where, run.shared))
  if (!run.difference) throw new Error(`${title}: a case is wrong without a difference`)

  return finding(
    right,
    [...sayDifference(where, run.difference), ...(mistake ? [mistake.hint] : [])],
    {
      mistake: mistake?.name ?? null,
      opens: open(spec, args, student, run),
    },
  )
}

/** The known mistake that gives the student's results in every case. */
function recognise<Args extends unknown[]>(
  spec: FunctionExercise<Args>,
  runs: Run[],
): Mistake<Args> | null {
  if (runs.some(run => run.threw)) return null
  const agrees = (mistake: Mistake<Args>) =>
    spec.cases.every((args, n) => same(mistake.wrong(...copy(args)), runs[n].got))
  return spec.mistakes.find(agrees) ?? null
}

function runCase<Args extends unknown[]>(
  spec: FunctionExercise<Args>,
  student: StudentFunction,
  args: Args,
): Run {
  const given = copy(args)
  const run: Run = {
    got: undefined,
    thrown: null,
    threw: false,
    changed: null,
    shared: null,
    difference: null,
  }
  try {
    // The student's parameter types are unknown here; the cases are what the exercise asks for.
    run.got = student(...(given as unknown[] as never[]))
  } catch (thrown) {
    return { ...run, threw: true, thrown }
  }
  run.changed = firstChange(args, given)
  run.shared = sharedRows(run.got)
  run.difference = difference(spec.right(...copy(args)), run.got)
  // What is kept is a copy, so that later calls cannot write into it.
  if (Array.isArray(run.got)) run.got = copy(run.got)
  return run
}

function firstChange(before: unknown[], after: unknown[]): Run['changed'] {
  for (let parameter = 0; parameter < before.length; parameter++) {
    const found = change(before[parameter], after[parameter])
    if (found) return { parameter, ...found }
  }
  return null
}

function change(
  before: unknown,
  after: unknown,
  path: Path = [],
): { path: Path; before: unknown; after: unknown } | null {
  if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) return { path, before, after }
    for (let n = 0; n < before.length; n++) {
      const found = change(before[n], after[n], [...path, n])
      if (found) return found
    }
    return null
  }
  return Object.is(before, after) ? null : { path, before, after }
}

/** The view at the first difference; none where nothing came back that could be shown. */
function open<Args extends unknown[]>(
  spec: FunctionExercise<Args>,
  args: Args,
  student: StudentFunction,
  run: Run,
): Opened | null {
  const { difference, got } = run
  if (difference?.kind === 'nothing' || difference?.kind === 'kind') return null
  const path = difference?.kind === 'value' ? difference.path : null
  return spec.open?.({ args: copy(args), student, got, right: difference === null, path }) ?? null
}

const isFunction = (value: unknown): value is StudentFunction => typeof value === 'function'

/** A deep copy of nested arrays and plain values. */
export function copy<T>(value: T): T {
  // Mapping an array of T's elements gives T's own shape back.
  return (Array.isArray(value) ? value.map(copy) : value) as T
}
