/** Lecture 6, Why deep, why small: 6.1 counts and receptive fields, 6.2 two 3×3 filters as one, 6.3 where that fails. */
import { literal, shapeOf } from '../compare.ts'
import { notPassed } from '../exercise.ts'
import type { Exercise, Finding, Submission } from '../exercise.ts'
import { functionExercise } from '../judge.ts'
import { add, at, matrix, sum, turn, zeros } from './arrays.ts'
import type { Matrix } from './arrays.ts'

type Layer = [
  k: number,
  inChannels: number,
  outChannels: number,
  outHeight: number,
  outWidth: number,
]

export const count = functionExercise<Layer>({
  id: '6.1a',
  name: 'count',
  parameters: ['k', 'inChannels', 'outChannels', 'outHeight', 'outWidth'],
  cases: [
    [5, 1, 6, 28, 28],
    [5, 6, 16, 10, 10],
    [3, 64, 64, 56, 56],
    [5, 64, 64, 56, 56],
  ],
  right: (k, ci, co, h, w) => ({
    parameters: k * k * ci * co + co,
    macs: k * k * ci * co * h * w,
  }),
  mistakes: [
    {
      name: 'input channels forgotten',
      wrong: (k, _, co, h, w) => ({ parameters: k * k * co + co, macs: k * k * co * h * w }),
      hint: 'Right for conv1 with its one channel. A filter is as deep as its input.',
    },
    {
      name: 'one side of the window only',
      wrong: (k, ci, co, h, w) => ({ parameters: k * ci * co + co, macs: k * ci * co * h * w }),
      hint: 'A 5×5 window has 25 cells.',
    },
    {
      name: 'a bias per filter slice',
      wrong: (k, ci, co, h, w) => ({
        parameters: k * k * ci * co + ci * co,
        macs: k * k * ci * co * h * w,
      }),
      hint: 'conv1 is right, conv2 80 too many. One bias per map.',
    },
    {
      name: 'biases counted as multiplications',
      wrong: (k, ci, co, h, w) => ({
        parameters: k * k * ci * co + co,
        macs: (k * k * ci + 1) * co * h * w,
      }),
      hint: 'Adding the bias is no multiplication.',
    },
    {
      name: 'parameters reported as work',
      wrong: (k, ci, co) => ({
        parameters: k * k * ci * co + co,
        macs: k * k * ci * co + co,
      }),
      hint: 'Each weight works once per output cell.',
    },
  ],
})

type Steps = [window: number, stride: number][]

function field(layers: Steps, strideFirst = false): number {
  let size = 1
  let step = 1
  for (const [window, stride] of layers) {
    if (strideFirst) step *= stride
    size += (window - 1) * step
    if (!strideFirst) step *= stride
  }
  return size
}

/** AlexNet from conv1 to pool5: window and stride. */
const ALEXNET: Steps = [
  [11, 4],
  [3, 2],
  [5, 1],
  [3, 2],
  [3, 1],
  [3, 1],
  [3, 1],
  [3, 2],
]

export const receptiveField = functionExercise<[layers: Steps]>({
  id: '6.1b',
  name: 'receptiveField',
  parameters: ['layers'],
  cases: [
    [
      [
        [3, 1],
        [3, 1],
      ],
    ],
    [
      [
        [5, 1],
        [2, 2],
        [5, 1],
        [2, 2],
        [5, 1],
      ],
    ],
    [ALEXNET],
    [
      [
        [3, 2],
        [3, 1],
      ],
    ],
  ],
  right: layers => field(layers),
  mistakes: [
    {
      name: 'windows added',
      wrong: layers => sum(layers.map(([window]) => window)),
      hint: 'Two windows of 3 overlap by 1: 5, not 6.',
    },
    {
      name: 'windows multiplied',
      wrong: layers => layers.reduce((product, [window]) => product * window, 1),
      hint: '3·3 = 9 cells would need windows side by side.',
    },
    {
      name: 'stride ignored',
      wrong: layers => 1 + sum(layers.map(([window]) => window - 1)),
      hint: 'Right without strides. After a stride of 2, one step is two pixels.',
    },
    {
      name: 'own stride counted in its own window',
      wrong: layers => field(layers, true),
      hint: 'The stride of a layer spreads the layers after it, not itself.',
    },
  ],
})

/** The filter that does a, then b. */
function full(a: Matrix, b: Matrix, overwrite = false): Matrix {
  const c = zeros(a.length + b.length - 1, a[0].length + b[0].length - 1)
  a.forEach((row, i) =>
    row.forEach((p, j) =>
      b.forEach((line, k) =>
        line.forEach((q, l) => {
          c[i + k][j + l] = overwrite ? p * q : c[i + k][j + l] + p * q
        }),
      ),
    ),
  )
  return c
}
/** A 3×3 in the middle of a 5×5. */
const framed = (m: Matrix) => matrix(5, 5, (i, j) => at(m, i - 1, j - 1))
const ONES: Matrix = matrix(3, 3, () => 1)

export const compose = functionExercise<[a: Matrix, b: Matrix]>({
  id: '6.2',
  name: 'compose',
  parameters: ['a', 'b'],
  output: 'c',
  cases: [
    [
      [
        [1, 2, 0],
        [0, 1, 0],
        [0, 0, 0],
      ],
      [
        [0, 1, 0],
        [0, 0, 3],
        [0, 0, 0],
      ],
    ],
    [ONES, ONES],
  ],
  right: (a, b) => full(a, b),
  mistakes: [
    {
      name: 'b turned first',
      wrong: (a, b) => full(a, turn(b)),
      hint: 'Symmetric filters do not notice. Write out the output for a single 1 in b.',
    },
    {
      name: 'both turned',
      wrong: (a, b) => turn(full(a, b)),
      hint: 'Your filter is right, but turned by 180°.',
    },
    {
      name: 'filters added (padded)',
      wrong: (a, b) => framed(add(a, b)),
      hint: 'That is two filters side by side, not one after the other.',
    },
    {
      name: 'multiplied cell by cell',
      wrong: (a, b) => framed(matrix(3, 3, (i, j) => a[i][j] * b[i][j])),
      hint: 'Each weight of a meets each weight of b: 81 products fall into 25 cells.',
    },
    {
      name: '= instead of +=',
      wrong: (a, b) => full(a, b, true),
      hint: 'Case 2 must be the counts 1 2 3 2 1 times themselves; overlaps add.',
    },
  ],
})

/** w over x with as much padding as keeps the size. */
function padded(x: Matrix, w: Matrix): Matrix {
  const p = (w.length - 1) / 2
  return matrix(x.length, x[0].length, (i, j) =>
    sum(w.map((row, a) => sum(row.map((v, b) => v * at(x, i + a - p, j + b - p))))),
  )
}

const single = (i: number, j: number) => matrix(5, 5, (r, c) => (r === i && c === j ? 1 : 0))

/** Answers of 6.3 that are recognised, each by what it is. */
export const BORDER_MISTAKES: readonly {
  name: string
  is: (x: Matrix) => boolean
  example: Matrix
  hint: string
}[] = [
  {
    name: 'all zeros',
    is: x => x.flat().every(v => v === 0),
    example: zeros(5, 5),
    hint: '0 = 0. Something must cross the border.',
  },
  {
    name: 'a single number in the middle',
    is: x => x.flat().every((v, n) => (n === 12 ? v !== 0 : v === 0)),
    example: single(2, 2),
    hint: 'What the first filter writes stays inside. Where would it have to write for something to be lost?',
  },
  {
    name: 'a single number one step from the border',
    is: x => x.flat().filter(v => v !== 0).length === 1,
    example: single(1, 1),
    hint: 'Close: the first output reaches the edge but does not cross it.',
  },
  {
    name: 'a frame of zeros round any numbers',
    is: x => x.every((row, i) => row.every((v, j) => v === 0 || inner(i, j))),
    example: framed([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]),
    hint: 'Zeros at the border hide just what is lost there.',
  },
]
const inner = (i: number, j: number) => i > 0 && i < 4 && j > 0 && j < 4

export const borderCounterexample: Exercise = {
  id: '6.3',
  wants: ['x'],
  judge({ x }: Submission): Finding {
    if (!isImage(x))
      return notPassed([
        `6.3 x: expected 5 rows of 5 finite numbers, got ${Array.isArray(x) ? literal(shapeOf(x) ?? x) : literal(x)}.`,
      ])
    const two = padded(padded(x, ONES), ONES)
    const one = padded(x, full(ONES, ONES))
    const cells = two.flatMap((row, i) =>
      row.flatMap((v, j) => (Math.abs(v - one[i][j]) > 1e-9 ? [[i, j]] : [])),
    )
    if (cells.length) {
      const [[i, j]] = cells
      return notPassed(
        [
          `6.3 x: two padded 3×3 and one padded 5×5 differ in ${cells.length} of 25 cells, all in the outermost ring.`,
          `At [${i}, ${j}]: ${literal(two[i][j])} with two, ${literal(one[i][j])} with one.`,
        ],
        { passed: true, right: 1 },
      )
    }
    const mistake = BORDER_MISTAKES.find(({ is }) => is(x))
    return notPassed(
      ['6.3 x: both give the same in all 25 cells.', ...(mistake ? [mistake.hint] : [])],
      { mistake: mistake?.name ?? null },
    )
  },
}

const isImage = (value: unknown): value is Matrix =>
  Array.isArray(value) &&
  literal(shapeOf(value)) === '[5, 5]' &&
  value.flat().every(v => Number.isFinite(v))
