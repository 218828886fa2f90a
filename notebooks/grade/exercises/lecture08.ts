/** Lecture 8, Watch filters learn: 8.1 how far a layer has to go, 8.2 what a jump means, 8.3 renormalising filters. */
import { functionExercise } from '../judge.ts'
import { dot, mean, norm, sum, vector } from './arrays.ts'
import type { Matrix, Vector } from './arrays.ts'

const minus = (a: Vector, b: Vector): Vector => a.map((value, n) => value - b[n])

/** Distances of all rows from `end`, by `size`. */
const distances = (weights: Matrix, end: Vector, size: (v: Vector) => number = norm): Vector =>
  weights.map(row => size(minus(row, end)))
const ofFirst = (values: Vector): Vector => values.map(value => value / values[0])
const lastOf = (weights: Matrix): Vector => weights[weights.length - 1]

export const toGo = functionExercise<[weights: Matrix]>({
  id: '8.1',
  name: 'toGo',
  parameters: ['weights'],
  cases: [
    [
      [
        [0, 0],
        [3, 4],
        [3, 4],
        [6, 8],
      ],
    ],
    [
      [
        [3, 4],
        [0, 3],
        [1, 1],
        [0, 0],
      ],
    ],
  ],
  right: w => ofFirst(distances(w, lastOf(w))),
  mistakes: [
    {
      name: 'distance from the start',
      wrong: w => distances(w, w[0]).map(value => value / norm(minus(w[0], lastOf(w)))),
      hint: 'Your curve rises. How far is it still to go?',
    },
    {
      name: 'not divided',
      wrong: w => distances(w, lastOf(w)),
      hint: 'Layers of different size cannot share this axis. What is 100 %?',
    },
    {
      name: 'squared',
      wrong: w => ofFirst(distances(w, lastOf(w))).map(value => value * value),
      hint: 'Half the way shows as a quarter.',
    },
    {
      name: 'sum of absolute differences',
      wrong: w => ofFirst(distances(w, lastOf(w), v => sum(v.map(Math.abs)))),
      hint: 'A measure too, and another one: state which you use.',
    },
    {
      name: 'step sizes',
      wrong: w => w.map((row, t) => (t + 1 < w.length ? norm(minus(w[t + 1], row)) : 0)),
      hint: 'How fast it walks is not how far it has to go: case 1 rests half-way.',
    },
  ],
})

type Jump = [snapshot: number, cause: 'image' | 'filter']

const cosine = (a: Vector, b: Vector) => dot(a, b) / (norm(a) * norm(b) + 1e-12)

function jumped(
  winners: Vector,
  projections: Matrix,
  {
    is = (now: Vector, before: Vector) => cosine(now, before) < 0.5,
    before = (t: number) => t - 1,
    named = (t: number) => t,
  } = {},
): Jump[] {
  return vector(projections.length - 1, n => n + 1)
    .filter(t => is(projections[t], projections[before(t)]))
    .map(t => [named(t), winners[t] === winners[t - 1] ? 'filter' : 'image'])
}

export const jumps = functionExercise<[winners: Vector, projections: Matrix]>({
  id: '8.2',
  name: 'jumps',
  parameters: ['winners', 'projections'],
  cases: [
    [
      [7, 7, 3, 3, 3, 9],
      [
        [1, 0],
        [3, 0],
        [0, 2],
        [0, 3],
        [2, 0.5],
        [2, 0],
      ],
    ],
    [
      [1, 1],
      [
        [1, 0],
        [5, 0],
      ],
    ],
  ],
  depth: 1,
  right: (winners, projections) => jumped(winners, projections),
  mistakes: [
    {
      name: 'every change of winner is a jump',
      wrong: winners =>
        winners.flatMap((winner, t): Jump[] =>
          t > 0 && winner !== winners[t - 1] ? [[t, 'image']] : [],
        ),
      hint: 'At snapshot 5 the winner changed and the picture hardly did. And one jump has no new winner.',
    },
    {
      name: 'distance instead of angle',
      wrong: (winners, projections) =>
        jumped(winners, projections, {
          is: (now, before) => norm(minus(now, before)) > 0.5 * norm(before),
        }),
      hint: 'Growth alone (case 2) is no jump: compare directions.',
    },
    {
      name: 'compared with the first snapshot',
      wrong: (winners, projections) => jumped(winners, projections, { before: () => 0 }),
      hint: 'Once far from the start, always far. A jump is between neighbours.',
    },
    {
      name: 'one snapshot early',
      wrong: (winners, projections) => jumped(winners, projections, { named: t => t - 1 }),
      hint: 'The jump belongs to the snapshot that arrives.',
    },
  ],
})

const rms = (row: Vector) => Math.sqrt(mean(row.map(v => v * v)))
const deviation = (row: Vector) => rms(row.map(v => v - mean(row)))

/** Rows whose size exceeds the limit, scaled to it. */
const limited = (w: Matrix, limit: number, size: (row: Vector) => number): Matrix =>
  w.map(row => (size(row) > limit ? row.map(v => (v * limit) / size(row)) : [...row]))

export const renormalise = functionExercise<[w: Matrix, limit: number]>({
  id: '8.3',
  name: 'renormalise',
  parameters: ['w', 'limit'],
  output: 'o',
  cases: [
    [
      [
        [0.3, 0.4],
        [0.05, -0.05],
        [0, 0],
      ],
      0.1,
    ],
    [
      [
        [0.2, 0.2, 0.2, 0.2],
        [0.01, 0.01, 0.01, 0.01],
      ],
      0.1,
    ],
  ],
  right: (w, limit) => limited(w, limit, rms),
  mistakes: [
    {
      name: 'norm instead of RMS',
      wrong: (w, limit) => limited(w, limit, norm),
      hint: 'Your filters are too small by √n: the mean is missing under the root.',
    },
    {
      name: 'all filters scaled to the limit',
      wrong: (w, limit) => w.map(row => row.map(v => (v * limit) / rms(row))),
      hint: 'You enlarged the quiet ones, and a dead one becomes NaN. Only above the limit.',
    },
    {
      name: 'each weight clipped',
      wrong: (w, limit) => w.map(row => row.map(v => Math.max(-limit, Math.min(limit, v)))),
      hint: 'Clipping changes the direction: 0.3 and 0.4 became equal.',
    },
    {
      name: 'one scale for the layer',
      wrong: (w, limit) => {
        const size = rms(w.flat())
        return w.map(row => row.map(v => (size > limit ? (v * limit) / size : v)))
      },
      hint: 'Filter 1 was innocent and shrank as well.',
    },
    {
      name: 'standard deviation',
      wrong: (w, limit) => limited(w, limit, deviation),
      hint: 'A constant filter has deviation 0 and RMS 0.2.',
    },
  ],
})
