/** Lecture 3, Stride, padding, pooling: 3.1 the size formula, 3.2 pooling backwards, 3.3 the average. */
import { functionExercise } from '../judge.ts'
import { at, matrix, mean, places, sizeInWords, sum, zeros } from './arrays.ts'
import type { Matrix } from './arrays.ts'
import { openAverage, openPoolBackward } from './views.ts'

type Size = [n: number, window: number, stride: number, padding: number]

/** The guard of 3.1. */
function guarded(formula: (...size: Size) => number, borders = 2) {
  return (...[n, window, stride, padding]: Size): number => {
    if (n + borders * padding < window)
      throw new RangeError(`window ${window} is larger than ${n} with padding ${padding}`)
    return formula(n, window, stride, padding)
  }
}
const room = (n: number, window: number, padding: number) => n + 2 * padding - window

export const outputSize = functionExercise<Size>({
  id: '3.1',
  name: 'outputSize',
  parameters: ['n', 'window', 'stride', 'padding'],
  cases: [
    [6, 3, 1, 0],
    [5, 3, 2, 1],
    [6, 3, 2, 0],
    [224, 11, 4, 0],
    [227, 11, 4, 0],
    [8, 3, 3, 0],
    [2, 5, 1, 0],
    [2, 3, 2, 0],
  ],
  right: guarded((n, k, s, p) => places(n, k, s, p)),
  mistakes: [
    {
      name: 'padding counted once',
      wrong: guarded((n, k, s, p) => places(n, k, s, p / 2), 1),
      hint: 'Your number fits a border on one side. How many borders has an image, left to right?',
    },
    {
      name: 'no + 1',
      wrong: guarded((n, k, s, p) => places(n, k, s, p) - 1),
      hint: 'A window as large as the image fits once, not 0 times.',
    },
    {
      name: 'rounded up',
      wrong: guarded((n, k, s, p) => Math.ceil(room(n, k, p) / s) + 1),
      hint: 'The last window would hang over the edge.',
    },
    {
      name: 'rounded, not floored',
      wrong: guarded((n, k, s, p) => Math.round(room(n, k, p) / s) + 1),
      hint: 'At n = 8, window 3, stride 3 you count a window that is two thirds inside. Half a window is no window.',
    },
    {
      name: 'floor missing',
      wrong: guarded((n, k, s, p) => room(n, k, p) / s + 1),
      hint: 'A size is an integer; 2.5 windows do not fit.',
    },
    {
      name: 'floor((n + 2p − k + 1) / s)',
      wrong: guarded((n, k, s, p) => Math.floor((room(n, k, p) + 1) / s)),
      hint: 'Right at stride 1. At stride 2 the 1 must not be divided.',
    },
    {
      name: 'no error',
      wrong: (n, k, s, p) => places(n, k, s, p),
      hint: 'Window 5 over 2 pixels: −2 outputs? Say no, with both numbers in the message.',
    },
  ],
})

/** "The 4×4" of the lecture's pooling slide. */
export const FOUR: Matrix = [
  [1, 1, 2, 4],
  [5, 6, 7, 8],
  [3, 2, 1, 0],
  [1, 2, 3, 4],
]

interface Place {
  i: number
  j: number
  /** Cells of the window: row and column in x, and value. */
  cells: { r: number; c: number; value: number }[]
}

function windows(x: Matrix, window: number, stride: number): Place[] {
  const found: Place[] = []
  for (let i = 0; i < places(x.length, window, stride); i++)
    for (let j = 0; j < places(x[0].length, window, stride); j++) {
      const cells = Array.from({ length: window * window }, (_, n) => {
        const [r, c] = [i * stride + Math.floor(n / window), j * stride + (n % window)]
        return { r, c, value: x[r][c] }
      })
      found.push({ i, j, cells })
    }
  return found
}

/** Gradient of max pooling; `pays` says what a window's gradient gives to each of its cells. */
function back(
  x: Matrix,
  gy: Matrix,
  window: number,
  stride: number,
  pays: (cells: Place['cells'], g: number) => { n: number; gives: number }[],
  overwrite = false,
): Matrix {
  const gx = zeros(x.length, x[0].length)
  for (const { i, j, cells } of windows(x, window, stride))
    for (const { n, gives } of pays(cells, gy[i][j])) {
      const { r, c } = cells[n]
      gx[r][c] = overwrite ? gives : gx[r][c] + gives
    }
  return gx
}
const most = (cells: Place['cells']) => Math.max(...cells.map(cell => cell.value))
const first = (cells: Place['cells']) => cells.findIndex(cell => cell.value === most(cells))
const last = (cells: Place['cells']) => cells.findLastIndex(cell => cell.value === most(cells))
const tied = (cells: Place['cells']) =>
  cells.flatMap((cell, n) => (cell.value === most(cells) ? [n] : []))

export const maxPoolBackward = functionExercise<
  [x: Matrix, gy: Matrix, window: number, stride: number]
>({
  id: '3.2',
  name: 'maxPoolBackward',
  parameters: ['x', 'gy', 'window', 'stride'],
  output: 'gx',
  cases: [
    [
      FOUR,
      [
        [1, -2],
        [3, 2],
      ],
      2,
      2,
    ],
    [
      [
        [0, 1, 2],
        [3, 9, 4],
        [5, 6, 7],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      2,
      1,
    ],
    [
      [
        [5, 5],
        [1, 5],
      ],
      [[6]],
      2,
      2,
    ],
  ],
  right: (x, gy, k, s) => back(x, gy, k, s, (cells, g) => [{ n: first(cells), gives: g }]),
  mistakes: [
    {
      name: '= instead of +=',
      wrong: (x, gy, k, s) =>
        back(x, gy, k, s, (cells, g) => [{ n: first(cells), gives: g }], true),
      hint: 'The centre won four times and kept one gradient. What should four claims on one cell become?',
    },
    {
      name: 'last of the tied wins',
      wrong: (x, gy, k, s) => back(x, gy, k, s, (cells, g) => [{ n: last(cells), gives: g }]),
      hint: 'Two values are equal; you took the last. `>` or `>=`?',
    },
    {
      name: 'to all of the tied',
      wrong: (x, gy, k, s) =>
        back(x, gy, k, s, (cells, g) => tied(cells).map(n => ({ n, gives: g }))),
      hint: '6 came in, 18 went out. A switch is one place.',
    },
    {
      name: 'shared among the tied',
      wrong: (x, gy, k, s) =>
        back(x, gy, k, s, (cells, g) =>
          tied(cells).map((n, _, all) => ({ n, gives: g / all.length })),
        ),
      hint: "A fair split is a valid subgradient, but not this op's: one switch per window.",
    },
    {
      name: 'spread over the window',
      wrong: (x, gy, k, s) =>
        back(x, gy, k, s, (cells, g) => cells.map((_, n) => ({ n, gives: g / cells.length }))),
      hint: 'That is the gradient of the mean. Nudge a loser by 0.01: does the maximum notice?',
    },
    {
      name: "to the window's corner",
      wrong: (x, gy, k, s) => back(x, gy, k, s, (_, g) => [{ n: 0, gives: g }]),
      hint: 'Your gradient sits where the window begins. Where did the maximum sit?',
    },
    {
      name: 'times the value',
      wrong: (x, gy, k, s) =>
        back(x, gy, k, s, (cells, g) => [{ n: first(cells), gives: g * most(cells) }]),
      hint: 'Increase the winner by 1: the output grows by 1, not by 6.',
    },
  ],
  open: openPoolBackward,
})

/** Every window's cells, with zeros around x, through `reduce`. */
function pooled(
  x: Matrix,
  window: number,
  stride: number,
  padding: number,
  reduce: (cells: number[], inside: number) => number,
): Matrix {
  const rows = places(x.length, window, stride, padding)
  const columns = places(x[0].length, window, stride, padding)
  return matrix(rows, columns, (i, j) => {
    const cells: number[] = []
    let inside = 0
    for (let a = 0; a < window; a++)
      for (let b = 0; b < window; b++) {
        const [r, c] = [i * stride + a - padding, j * stride + b - padding]
        cells.push(at(x, r, c))
        if (x[r]?.[c] !== undefined) inside++
      }
    return reduce(cells, inside)
  })
}

export const avgPool = functionExercise<
  [x: Matrix, window: number, stride: number, padding: number]
>({
  id: '3.3',
  name: 'avgPool',
  parameters: ['x', 'window', 'stride', 'padding'],
  output: 'o',
  cases: [
    [FOUR, 2, 2, 0],
    [FOUR, 3, 1, 0],
    [
      [
        [4, 8],
        [12, 16],
      ],
      2,
      2,
      1,
    ],
  ],
  right: (x, k, s, p) => pooled(x, k, s, p, mean),
  mistakes: [
    {
      name: 'zeros not counted',
      wrong: (x, k, s, p) => pooled(x, k, s, p, (cells, inside) => sum(cells) / inside),
      hint: 'You divide by the pixels inside the image. A defensible mean, and another one: ours divides by the window.',
    },
    {
      name: "divided by the window's side",
      wrong: (x, k, s, p) => pooled(x, k, s, p, cells => sum(cells) / k),
      hint: 'Too large by the factor window. How many cells has a 2×2 window?',
    },
    {
      name: 'divided by stride²',
      wrong: (x, k, s, p) => pooled(x, k, s, p, cells => sum(cells) / (s * s)),
      hint: 'Right while stride = window. Case 2 separates them.',
    },
    {
      name: 'sum',
      wrong: (x, k, s, p) => pooled(x, k, s, p, sum),
      hint: 'A sum; the mean of four 5s must be 5.',
    },
    {
      name: 'max',
      wrong: (x, k, s, p) => pooled(x, k, s, p, cells => Math.max(...cells)),
      hint: 'Still the maximum.',
    },
  ],
  shape: (x, k, s, p) => sizeInWords(x.length, k, s, p),
  open: openAverage,
})
