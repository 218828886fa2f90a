/** Runs a student's function on an exercise's cases and finds what to say about it. */
import type { Found, Path } from './compare.ts'
import { difference, isPlain, literal, same, sharedRows, Thrown } from './compare.ts'
import { notPassed } from './exercise.ts'
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
  difference: Found | null
}

export function judgeFunction<Args extends unknown[]>(
  spec: FunctionExercise<Args>,
  submission: Submission,
): Finding {
  const student = submission[spec.name]
  const cases = spec.cases.length
  const title = `${spec.id} ${spec.name}`
  const finding = (right: number, lines: string[], more: Partial<Finding> = {}): Finding =>
    notPassed(lines, { right, cases, ...more })
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
    spec.cases.every((args, n) => same(outcome(mistake.wrong, args), runs[n].got))
  return spec.mistakes.find(agrees) ?? null
}

/** What a function answers, an error included. */
function outcome<Args extends unknown[]>(f: (...args: Args) => unknown, args: Args): unknown {
  try {
    return f(...copy(args))
  } catch (thrown) {
    return new Thrown(thrown instanceof Error ? thrown.name : String(thrown))
  }
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
  const expected = outcome(spec.right, args)
  try {
    // The student's parameter types are unknown here; the cases are what the exercise asks for.
    run.got = spec.run ? spec.run(student, ...given) : student(...(given as unknown[] as never[]))
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.name : String(thrown)
    if (!(expected instanceof Thrown && expected.name === name))
      return { ...run, threw: true, thrown }
    run.got = expected
  }
  run.changed = firstChange(args, given)
  run.shared = sharedRows(run.got)
  run.difference = difference(expected, run.got)
  // What is kept is a copy, so that later calls cannot write into it.
  run.got = copy(run.got)
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
  if (isPlain(before) && isPlain(after)) {
    for (const name of Object.keys(before)) {
      const found = change(before[name], after[name], path)
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
  if (difference && !['value', 'shape', 'reshaped', 'error'].includes(difference.kind)) return null
  const path = difference?.kind === 'value' ? difference.path : null
  return (
    spec.open?.({
      args: copy(args),
      student,
      got,
      right: difference === null,
      path,
      field: difference?.field ?? null,
    }) ?? null
  )
}

const isFunction = (value: unknown): value is StudentFunction => typeof value === 'function'

/** A deep copy of nested arrays, plain objects and values; functions and tensors are handed on. */
export function copy<T>(value: T): T {
  // Mapping an array's elements or an object's fields gives T's own shape back.
  if (Array.isArray(value)) return value.map(copy) as T
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, copy(v)])) as T
  return value
}
