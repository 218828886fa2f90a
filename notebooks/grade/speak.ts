/** How a check speaks: where, expected and got, the likely cause. Present tense, no blame, no praise. */
import { host } from 'layerscope/spec'
import type { Found, Path } from './compare.ts'
import { isPlain, literal, shapeOf, Thrown } from './compare.ts'
import type { FunctionExercise } from './exercise.ts'

/** The case that is spoken about. */
export interface Where<Args extends unknown[]> {
  spec: FunctionExercise<Args>
  args: Args
  got: unknown
  /** Counted from 1. */
  case: number
  right: number
  cases: number
}

/** A parameter that the student's function changed. */
export interface Changed {
  parameter: number
  path: Path
  before: unknown
  after: unknown
}

/** `1.1 conv: 1 of 3 cases right.` */
export function sayCases<Args extends unknown[]>({ spec, right, cases }: Where<Args>): string {
  return `${spec.id} ${spec.name}: ${right} of ${cases} cases right.`
}

/** Where the first difference is, expected and got. */
export function sayDifference<Args extends unknown[]>(
  where: Where<Args>,
  difference: Found,
): string[] {
  const { spec, args } = where
  const field = difference.field === undefined ? '' : `.${difference.field}`
  const start = `${sayCases(where)} Case ${where.case}, ${call(spec, args)}${field}`
  switch (difference.kind) {
    case 'nothing':
      return [`${start} returns nothing.`, `Where does ${spec.name} say return, and is it reached?`]
    case 'kind':
      return [`${start}: expected ${difference.expected}, got ${difference.got}.`]
    case 'shape': {
      const why = spec.shape?.(...args)
      return [
        `${start}: shape ${literal(difference.got)}, expected ${literal(difference.expected)}${why ? `: ${why}` : ''}.`,
      ]
    }
    case 'reshaped':
      return [
        `${start}: the right numbers, in shape ${literal(difference.got)}; expected ${literal(difference.expected)}.`,
      ]
    case 'ragged':
      return [
        `${start}: row ${difference.row} has length ${difference.length}, the first row ${difference.first}.`,
      ]
    case 'value': {
      const path = difference.path.slice(0, spec.depth)
      const whole = path.length < difference.path.length
      const inField = (result: unknown) =>
        difference.field !== undefined && isPlain(result) ? result[difference.field] : result
      const expected = whole ? valueAt(inField(spec.right(...args)), path) : difference.expected
      const got = whole ? valueAt(inField(where.got), path) : difference.got
      const beside = spec.place?.(path)
      const place = beside ? ` (${beside})` : ''
      const name =
        (difference.field ?? (spec.output && path.length ? spec.output : call(spec, args))) +
        indices(path)
      return [
        `${sayCases(where)} First difference: case ${where.case}, ${name}${place}: expected ${literal(expected)}, got ${literal(got)}.`,
      ]
    }
    case 'field':
      return [
        `${start}: there is no ${difference.expected}${difference.got ? `, only ${difference.got}` : ''}.`,
      ]
    case 'error': {
      const { expected, got } = difference
      const came = got instanceof Thrown ? got.name : got === undefined ? 'nothing' : literal(got)
      return [`${start}: expected a ${expected}, got ${came}.`]
    }
  }
}

/** What the student's function threw, with the line of the cell. */
export function sayThrown<Args extends unknown[]>(where: Where<Args>, thrown: unknown): string[] {
  const { spec, args } = where
  const what =
    thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `thrown: ${literal(thrown)}`
  return [
    `${sayCases(where)} Case ${where.case}, ${call(spec, args)} stops:`,
    what,
    ...placeOf(thrown),
  ]
}

export function sayChanged<Args extends unknown[]>(
  where: Where<Args>,
  { parameter, path, before, after }: Changed,
): string[] {
  const { spec } = where
  const name = spec.parameters[parameter]
  const values = Array.isArray(before)
    ? `its length was ${before.length} and is ${(after as unknown[]).length}`
    : `${name}${indices(path)} was ${literal(before)} and is ${literal(after)}`
  return [
    `${sayCases(where)} Case ${where.case}: your function changed ${name}: ${values}.`,
    `Whoever called ${spec.name} still needs ${name}. Which line writes into it?`,
  ]
}

export function sayShared<Args extends unknown[]>(
  where: Where<Args>,
  [one, other]: [string, string],
): string[] {
  const output = where.spec.output ?? 'result'
  return [
    `${sayCases(where)} Case ${where.case}: ${output}${one} and ${output}${other} are one and the same array.`,
    `A number written into one appears in the other. How often is a new row made?`,
  ]
}

/** `conv(x [6, 6], w [3, 3])`, `shapes(28)`. */
function call<Args extends unknown[]>(spec: FunctionExercise<Args>, args: Args): string {
  const words = args.map((value, n) => {
    if (Array.isArray(value)) {
      const shape = shapeOf(value)
      return shape && shape.length < 2 && shape[0] <= 4
        ? literal(value)
        : `${spec.parameters[n]} ${shape ? literal(shape) : ''}`.trim()
    }
    return isPlain(value) || typeof value === 'function' ? spec.parameters[n] : literal(value)
  })
  return `${spec.name}(${words.join(', ')})`
}

const indices = (path: Path) => path.map(n => `[${n}]`).join('')

const valueAt = (root: unknown, path: Path) =>
  path.reduce((value, n) => (value as unknown[])[n], root)

/** The line of the student's cell where an exception comes from, as a sentence; nothing where the kernel cannot say. */
export function placeOf(thrown: unknown): string[] {
  const place = thrown instanceof Error ? host()?.locate?.(thrown.stack ?? '') : null
  return place ? [`Line ${place.line} of the cell: ${place.text.trim()}`] : []
}
