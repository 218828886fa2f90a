/** Lecture 10, Can you trust it?: 10.1 an occlusion map, 10.3 rank correlation; 10.2 stands in find-cue.ts. */
import { functionExercise } from '../judge.ts'
import { matrix, mean, places, sum, transpose } from './arrays.ts'
import type { Matrix, Vector } from './arrays.ts'

type Score = (x: Matrix) => number
type Occlude = [image: Matrix, score: Score, size: number, stride: number, grey: number]

const IMAGE: Matrix = [
  [1, 0.5, 0, 1],
  [0, 1, 0.5, 0],
  [0.5, 0, 1, 0],
  [1, 0, 0, 1],
]
const WEIGHTS: Matrix = [
  [1, 0, 0, 2],
  [0, 3, 0, 0],
  [0, 0, -4, 0],
  [5, 0, 0, 1],
]
/** A network so simple that its map can be worked out by hand: Σ weight · pixel. */
const score: Score = x => sum(WEIGHTS.flatMap((row, i) => row.map((weight, j) => weight * x[i][j])))

function falls(
  [image, ask, size, stride, grey]: Occlude,
  {
    fill = grey,
    copied = true,
    value = (covered: number, before: number) => before - covered,
  } = {},
): Matrix {
  const before = ask(image)
  let x = image.map(row => [...row])
  const rows = places(image.length, size, stride)
  const columns = places(image[0].length, size, stride)
  return matrix(rows, columns, (i, j) => {
    if (copied) x = image.map(row => [...row])
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++) x[i * stride + a][j * stride + b] = fill
    return value(ask(x), before)
  })
}

export const occlude = functionExercise<Occlude>({
  id: '10.1',
  name: 'occlude',
  parameters: ['image', 'score', 'size', 'stride', 'grey'],
  output: 'o',
  cases: [
    [IMAGE, score, 2, 2, 0.5],
    [IMAGE, score, 2, 1, 0.5],
  ],
  right: (...all) => falls(all),
  mistakes: [
    {
      name: 'square black, not grey',
      wrong: (...all) => falls(all, { fill: 0 }),
      hint: 'You covered with 0. Black is a colour too; the fill is an argument.',
    },
    {
      name: 'image not copied',
      wrong: (...all) => falls(all, { copied: false }),
      hint: 'First place right, then more and more is covered. What must be fresh at each place?',
    },
    {
      name: 'score instead of fall',
      wrong: (...all) => falls(all, { value: covered => covered }),
      hint: 'A large number now means that covering did nothing.',
    },
    {
      name: 'sign',
      wrong: (...all) => falls(all, { value: (covered, before) => covered - before }),
      hint: 'Where the square hurts, your map is negative.',
    },
    {
      name: 'rows and columns exchanged',
      wrong: (...all) => transpose(falls(all)),
      hint: 'Your map is mirrored at the diagonal.',
    },
  ],
})

/** Indices of v in ascending order; what is equal keeps its order. */
const order = (v: Vector): Vector => [...v.keys()].sort((a, b) => v[a] - v[b])
/** Ranks from 0; equal values share their mean rank. */
const ranks = (v: Vector): Vector =>
  v.map(value => v.filter(w => w < value).length + (v.filter(w => w === value).length - 1) / 2)

function pearson(a: Vector, b: Vector): number {
  const [p, q] = [a, b].map(v => v.map(value => value - mean(v)))
  const product = (x: Vector, y: Vector) => sum(x.map((value, n) => value * y[n]))
  return product(p, q) / Math.sqrt(product(p, p) * product(q, q))
}

export const rankCorrelation = functionExercise<[a: Vector, b: Vector]>({
  id: '10.3',
  name: 'rankCorrelation',
  parameters: ['a', 'b'],
  cases: [
    [
      [1, 2, 3, 4],
      [1, 8, 27, 64],
    ],
    [
      [0, 0, 0, 5],
      [0, 1, 2, 3],
    ],
    [
      [1, 2, 3],
      [3, 1, 2],
    ],
    [
      [3, 1, 2, 4],
      [2, 4, 1, 3],
    ],
  ],
  right: (a, b) => pearson(ranks(a), ranks(b)),
  mistakes: [
    {
      name: 'correlation of the values',
      wrong: pearson,
      hint: 'One bright pixel rules your number. Ranks first.',
    },
    {
      name: 'ties ranked in the order they came',
      wrong: (a, b) => pearson(order(order(a)), order(order(b))),
      hint: 'Maps are full of zeros: ties in reading order agree with anything that brightens downwards.',
    },
    {
      name: 'indices of the sorted order used as ranks',
      wrong: (a, b) => pearson(order(a), order(b)),
      hint: 'argsort gives who stands at place i, not the place of i.',
    },
    {
      name: 'absolute value of the correlation',
      wrong: (a, b) => Math.abs(pearson(ranks(a), ranks(b))),
      hint: '−0.5 means opposite, not alike.',
    },
  ],
})
