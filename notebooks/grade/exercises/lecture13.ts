/** Lecture 13, Memory: 13.1 the copy task, 13.2 a bracket neuron, 13.3 one LSTM step. */
import { kindOf, literal, shapeOf } from '../compare.ts'
import { notPassed } from '../exercise.ts'
import type { Exercise, Finding, Submission } from '../exercise.ts'
import { functionExercise } from '../judge.ts'
import { mean, norm, sigmoid, sum, times } from './arrays.ts'
import type { Matrix, Vector, Volume } from './arrays.ts'

type Copy = { x: Volume; y: Vector }
type CopyTask = (blanks: number, symbols: number, n: number, seed: number) => unknown

/** The case that is checked: enough sequences that one symbol for all is no accident. */
const COPY = { blanks: 3, symbols: 4, n: 24, seed: 1 }

/** Nested lists of a list or a tensor. */
function listOf(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'toArray' in value)
    return typeof value.toArray === 'function' ? (value.toArray as () => unknown)() : value
  return value
}

export const copyTask: Exercise = {
  id: '13.1',
  wants: ['copyTask'],
  judge(submission: Submission): Finding {
    const student = submission['copyTask']
    const { blanks, symbols, n, seed } = COPY
    const call = `13.1 copyTask(${blanks}, ${symbols}, ${n}, ${seed})`
    if (typeof student !== 'function')
      return notPassed([
        `13.1 copyTask: expected a function copyTask(blanks, symbols, n, seed), got ${literal(student)}.`,
      ])
    // Called with what the exercise says; whatever comes back is looked at.
    const make = student as CopyTask
    let first: unknown
    let again: unknown
    let other: unknown
    try {
      first = make(blanks, symbols, n, seed)
      again = make(blanks, symbols, n, seed)
      other = make(blanks, symbols, n, seed + 1)
    } catch (thrown) {
      return notPassed([
        `${call} stops:`,
        thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
      ])
    }
    const read = (value: unknown) =>
      typeof value === 'object' && value !== null && 'x' in value && 'y' in value
        ? { x: listOf(value.x), y: listOf(value.y) }
        : null
    const task = read(first)
    if (!task) return notPassed([`${call}: expected { x, y }, got ${kindOf(first)}.`])
    const wrong = fault(task, call)
    if (wrong) return wrong
    if (JSON.stringify(read(again)) !== JSON.stringify(task))
      return notPassed([`${call}: called twice with the same seed, it gives two different sets.`])
    if (JSON.stringify(read(other)) === JSON.stringify(task))
      return notPassed([`${call}: seed ${seed + 1} gives the same set as seed ${seed}.`])
    return notPassed(
      [
        `13.1 copyTask: x [${blanks + 2}, ${n}, ${symbols + 2}] is one-hot, the symbol stands at time 0, the recall mark at time ${blanks + 1}, y is the symbol.`,
        `Whoever guesses is right in 1 of ${symbols}.`,
      ],
      { passed: true, right: 1 },
    )
  },
}

function fault({ x, y }: { x: unknown; y: unknown }, call: string): Finding | null {
  const { blanks, symbols, n } = COPY
  const wanted = [blanks + 2, n, symbols + 2]
  const shape = shapeOf(x)
  const shapeY = shapeOf(y)
  if (shapeY && shapeY.length > 1)
    return notPassed(
      [
        `${call}: y has shape ${literal(shapeY)}, expected [${n}]: one answer for each sequence, at the last step.`,
        `With 50 blanks, always saying "blank" would be right in 98 %, and nothing remembered. Which answers need memory?`,
      ],
      { mistake: 'target at every step, blanks included' },
    )
  if (!shape || literal(shape) !== literal(wanted)) {
    const start = `${call}: x has shape ${shape ? literal(shape) : 'ragged'}, expected ${literal(wanted)}.`
    const offByOne =
      shape?.length === 3 && shape[1] === wanted[1] && Math.abs(shape[0] - wanted[0]) === 1
    return offByOne
      ? notPassed([start, 'T counts the blanks: symbol, T blanks, mark.'], {
          mistake: 'one blank too few or too many',
        })
      : notPassed([start])
  }
  if (literal(shapeY) !== `[${n}]`)
    return notPassed([`${call}: y has shape ${literal(shapeY)}, expected [${n}].`])
  // The shapes have been checked: nested lists of these sizes.
  const task = { x, y } as Copy
  for (let t = 0; t < wanted[0]; t++)
    for (let k = 0; k < n; k++) {
      const cell = task.x[t][k]
      const hot = cell.indexOf(1)
      if (sum(cell.map(Number)) !== 1 || hot < 0) {
        const mark = t === blanks + 1 && cell[symbols + 1] === 1 && cell[task.y[k]] === 1
        return mark
          ? notPassed(
              [
                `${call}: x[${t}][${k}] is ${literal(cell)}: mark and symbol together.`,
                'Too good at T = 50: delete x[0]. Does it still know?',
              ],
              { mistake: 'symbol shown again at the recall step' },
            )
          : notPassed([`${call}: x[${t}][${k}] is ${literal(cell)}; one 1 and otherwise 0.`])
      }
      const should = t === 0 ? task.y[k] : t <= blanks ? symbols : symbols + 1
      if (hot !== should) {
        if (t === blanks + 1 && hot === task.y[k])
          return notPassed(
            [
              `${call}: x[${t}][${k}] shows the symbol again; the recall step shows only the mark, channel ${symbols + 1}.`,
              'Too good at T = 50: delete x[0]. Does it still know?',
            ],
            { mistake: 'symbol shown again at the recall step' },
          )
        return notPassed([
          `${call}: x[${t}][${k}] has its 1 in channel ${hot}, expected channel ${should}: ${t === 0 ? 'the symbol y' : t <= blanks ? 'a blank' : 'the recall mark'}.`,
        ])
      }
    }
  if (new Set(task.y).size === 1)
    return notPassed(
      [
        `${call}: all ${n} sequences carry symbol ${task.y[0]}.`,
        'A batch of one lesson. Draw a symbol per column.',
      ],
      { mistake: 'the same symbol for the whole batch' },
    )
  return null
}

type FindNeuron = [states: Matrix, inside: boolean[]]

/** Of every unit the score, and the unit with the largest one. */
function strongest(
  [states, inside]: FindNeuron,
  score: (unit: Vector, text: Vector) => number,
  { size = Math.abs, shift = 0 } = {},
) {
  const text = inside.map(Number).slice(shift)
  const read = states.slice(0, states.length - shift)
  const scores = states[0].map((_, j) =>
    score(
      read.map(row => row[j]),
      text,
    ),
  )
  const unit = scores.reduce((best, value, j) => (size(value) > size(scores[best]) ? j : best), 0)
  return { unit, correlation: scores[unit] }
}
const centred = (v: Vector) => v.map(value => value - mean(v))
const product = (a: Vector, b: Vector) => sum(a.map((value, n) => value * b[n]))
function correlation(a: Vector, b: Vector): number {
  const [p, q] = [centred(a), centred(b)]
  const size = norm(p) * norm(q)
  return size === 0 ? 0 : product(p, q) / size
}

export const findNeuron = functionExercise<FindNeuron>({
  id: '13.2',
  name: 'findNeuron',
  parameters: ['states', 'inside'],
  cases: [
    [
      [
        [0.9, 0.1, -0.1, 0],
        [0.9, 0.8, -0.9, 0.3],
        [0.8, 0.1, -0.8, 0.3],
        [0.9, 0.7, -0.9, 0.3],
        [0.9, 0.1, -0.1, 0.9],
        [0.9, 0.3, -0.2, 0],
      ],
      [false, true, true, true, false, false],
    ],
    // A second text, so that the first one's answer cannot be typed in.
    [
      [
        [0.2, 0.9, 0.1],
        [0.1, 0.8, 0.7],
        [0.3, 0.9, 0.9],
        [0.2, 0.7, 0.2],
        [0.1, 0.9, 0.1],
      ],
      [false, true, true, false, false],
    ],
  ],
  right: (...all) => strongest(all, correlation),
  mistakes: [
    {
      name: 'largest, sign ignored',
      wrong: (...all) => strongest(all, correlation, { size: value => value }),
      hint: 'A unit that falls inside brackets tracks them as well as one that rises.',
    },
    {
      name: 'product instead of correlation',
      wrong: (...all) => strongest(all, product, { size: value => value }),
      hint: 'Your unit is always on. Subtract the means.',
    },
    {
      name: 'covariance',
      wrong: (...all) => strongest(all, (a, b) => product(centred(a), centred(b)) / a.length),
      hint: 'The right unit; your number has units. Divide by both deviations.',
    },
    {
      name: 'shifted by one',
      wrong: (...all) => strongest(all, correlation, { shift: 1 }),
      hint: 'You compare the state before the bracket with the text after it. Which state has read character t?',
    },
  ],
})

/** U [4H, D], W [4H, H], b [4H] */
interface Gates {
  U: Matrix
  W: Matrix
  b: Vector
}
type LstmStep = [x: Vector, h: Vector, c: Vector, gates: Gates]

/** One cell: i 2x + h, f −x + 1, g x − h, o 0.5x + 2h. */
const ONE_CELL: Gates = {
  U: [[2], [-1], [1], [0.5]],
  W: [[1], [0], [-1], [2]],
  b: [0, 1, 0, 0],
}

function lstm(
  [x, h, c, { U, W, b }]: LstmStep,
  {
    order = 'ifgo',
    candidate = Math.tanh,
    exchange = false,
    forget = true,
    out = (o: number, next: number, _old: number) => o * Math.tanh(next),
  } = {},
) {
  const all = times(U, x).map((value, n) => value + times(W, h)[n] + b[n])
  const size = h.length
  const gate = (letter: string, k: number) => all[order.indexOf(letter) * size + k]
  const next = h.map((_, k) => {
    const [i, f] = [sigmoid(gate('i', k)), sigmoid(gate('f', k))]
    const g = candidate(gate('g', k))
    if (!forget) return c[k] + i * g
    return exchange ? i * c[k] + f * g : f * c[k] + i * g
  })
  return { h: h.map((_, k) => out(sigmoid(gate('o', k)), next[k], c[k])), c: next }
}

export const lstmStep = functionExercise<LstmStep>({
  id: '13.3',
  name: 'lstmStep',
  parameters: ['x', 'h', 'c', '{ U, W, b }'],
  cases: [
    [[1], [0], [2], ONE_CELL],
    [[-1], [0.5], [-1], ONE_CELL],
  ],
  right: (...all) => lstm(all),
  mistakes: [
    {
      name: 'gates read in the order i, f, o, g',
      wrong: (...all) => lstm(all, { order: 'ifog' }),
      hint: 'Other libraries stack i, f, o, g. Here candidate before output.',
    },
    {
      name: 'sigmoid for the candidate',
      wrong: (...all) => lstm(all, { candidate: sigmoid }),
      hint: 'The candidate must be able to subtract: tanh.',
    },
    {
      name: 'input and forget gate exchanged',
      wrong: (...all) => lstm(all, { exchange: true }),
      hint: 'Your forget gate scales what is new. Which of the two holds the old?',
    },
    {
      name: 'nothing forgotten (the 1997 cell)',
      wrong: (...all) => lstm(all, { forget: false }),
      hint: 'Your memory only adds: f is missing. (So was it in 1997.)',
    },
    {
      name: 'h = o · c',
      wrong: (...all) => lstm(all, { out: (o, next) => o * next }),
      hint: 'h can exceed 1: a tanh is missing on the way out.',
    },
    {
      name: 'h from the old c',
      wrong: (...all) => lstm(all, { out: (o, _next, old) => o * Math.tanh(old) }),
      hint: 'c is right, h is one step late.',
    },
  ],
})
