/** Lecture 1, One filter, 36 pixels: 1.1 the convolution, 1.2 its stride, 1.3 a filter where flipping matters. */
import type { Exercise, Finding, Submission } from '../exercise.ts'
import { literal, shapeOf } from '../compare.ts'
import { functionExercise } from '../judge.ts'
import { matrix, mirror, transpose, turn } from './arrays.ts'
import type { Matrix } from './arrays.ts'
import { openStepper, openTurned } from './views.ts'

/** The lecture's image and its two filters. */
export const IMAGE: Matrix = [
  [1, 0, 0, 0, 0, 1],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 1, 0, 0],
  [1, 0, 0, 0, 1, 0],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 0, 1, 0],
]
export const FILTER1: Matrix = [
  [1, -1, -1],
  [-1, 1, -1],
  [-1, -1, 1],
]
export const FILTER2: Matrix = [
  [-1, 1, -1],
  [-1, 1, -1],
  [-1, 1, -1],
]
/** Not square and small enough to do by hand. */
const SMALL: Matrix = [
  [1, 2, 0, 1],
  [0, 1, 3, 2],
  [2, 0, 1, 1],
]
const ASYMMETRIC: Matrix = [
  [1, 2],
  [3, -1],
]

/** o[i][j] = Σ x[i·stride + a·spread][j·stride + b·spread] · w[a][b]; cells outside x read 0. */
function correlate(
  x: Matrix,
  w: Matrix,
  {
    stride = 1,
    spread = 1,
    size = [fit(x, w, 0, stride), fit(x, w, 1, stride)],
    from = [0, 0],
  } = {},
): Matrix {
  return matrix(size[0], size[1], (i, j) => {
    let sum = 0
    w.forEach((row, a) =>
      row.forEach((weight, b) => {
        sum +=
          (x[i * stride + a * spread - from[0]]?.[j * stride + b * spread - from[1]] ?? 0) * weight
      }),
    )
    return sum
  })
}

/** Places for the window along one dimension. */
const fit = (x: Matrix, w: Matrix, dim: 0 | 1, stride: number) =>
  Math.floor((side(x, dim) - side(w, dim)) / stride) + 1
const side = (m: Matrix, dim: 0 | 1) => (dim === 0 ? m.length : m[0].length)

export const conv = functionExercise<[x: Matrix, w: Matrix]>({
  id: '1.1',
  name: 'conv',
  parameters: ['x', 'w'],
  output: 'o',
  cases: [
    [IMAGE, FILTER1],
    [SMALL, ASYMMETRIC],
    [SMALL, [[1, 2, -1]]],
  ],
  right: (x, w) => correlate(x, w),
  mistakes: [
    {
      name: 'filter turned by 180°',
      wrong: (x, w) => correlate(x, turn(w)),
      hint: 'It agrees everywhere if the filter is turned by 180°. Which product belongs to w[0][0]?',
    },
    {
      name: 'rows and columns of the filter exchanged',
      wrong: (x, w) => correlate(x, transpose(w)),
      hint: 'It agrees everywhere if the filter is transposed. Which index runs over rows?',
    },
    {
      name: 'one output row and column too few',
      wrong: (x, w) =>
        correlate(x, w)
          .slice(0, -1)
          .map(row => row.slice(0, -1)),
      hint: 'Your output is one smaller each way. Put the window at the last place that fits: what is its first row?',
    },
    {
      name: 'padded to the size of x',
      wrong: (x, w) =>
        correlate(x, w, {
          size: [side(x, 0), side(x, 1)],
          from: [Math.floor(side(w, 0) / 2), Math.floor(side(w, 1) / 2)],
        }),
      hint: 'Your output is as large as x. Does this window ever leave the image here?',
    },
    {
      name: '= where += was meant',
      wrong: (x, w) => {
        const a = w.length - 1
        const b = w[0].length - 1
        return matrix(fit(x, w, 0, 1), fit(x, w, 1, 1), (i, j) => x[i + a][j + b] * w[a][b])
      },
      hint: 'Each of your numbers is one product. How many should be added?',
    },
    {
      name: 'sum never reset',
      wrong: (x, w) => {
        let sum = 0
        return correlate(x, w).map(row => row.map(value => (sum += value)))
      },
      hint: 'Your first number is right and every other is right plus all before it. Where does the sum begin?',
    },
  ],
  shape: (x, w) => sizes(x, w, 1),
  open: openStepper,
})

export const convStrided = functionExercise<[x: Matrix, w: Matrix, stride: number]>({
  id: '1.2',
  name: 'conv',
  parameters: ['x', 'w', 'stride'],
  output: 'o',
  cases: [
    [IMAGE, FILTER1, 2],
    [SMALL, ASYMMETRIC, 2],
    [IMAGE, FILTER2, 3],
  ],
  right: (x, w, stride) => correlate(x, w, { stride }),
  mistakes: [
    {
      name: 'stride only down',
      wrong: (x, w, stride) => correlate(x, w).filter((_, i) => i % stride === 0),
      hint: 'Rows are right; too many columns. Which loops know the stride?',
    },
    {
      name: 'stride inside the window (dilation)',
      wrong: (x, w, stride) => {
        const size = ([0, 1] as const).map(d => side(x, d) - (side(w, d) - 1) * stride)
        return correlate(x, w, { spread: stride, size })
      },
      hint: 'Your window reads every other pixel. Does stride move the window, or stretch it?',
    },
    {
      name: 'partial window at the edge',
      wrong: (x, w, stride) => {
        const size = ([0, 1] as const).map(d => Math.ceil((side(x, d) - side(w, d)) / stride) + 1)
        return correlate(x, w, { stride, size })
      },
      hint: 'You have one place more: its window hangs over the edge. Which pixels would it read?',
    },
    {
      name: 'right size, window still moves by 1',
      wrong: (x, w, stride) =>
        correlate(x, w, { size: [fit(x, w, 0, stride), fit(x, w, 1, stride)] }),
      hint: 'The size is right, the first number too. Where is the second window?',
    },
    {
      name: 'image thinned first, then filtered',
      wrong: (x, w, stride) => {
        const thin = x
          .filter((_, i) => i % stride === 0)
          .map(row => row.filter((_, j) => j % stride === 0))
        return correlate(thin, w)
      },
      hint: 'You threw pixels away before filtering. Stride skips places, not pixels.',
    },
  ],
  shape: sizes,
  open: openStepper,
})

const differs = functionExercise<[x: Matrix, w: Matrix]>({
  id: '1.3',
  name: 'differs',
  parameters: ['x', 'w'],
  cases: [
    [IMAGE, FILTER1],
    [IMAGE, FILTER2],
    [
      Array.from({ length: 4 }, () => [0, 0, 1, 1]),
      [
        [1, 0, -1],
        [2, 0, -2],
        [1, 0, -1],
      ],
    ],
    [
      IMAGE,
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
    ],
    [
      IMAGE,
      [
        [1, 2, 4],
        [8, 16, 32],
        [64, 128, 256],
      ],
    ],
  ],
  right: (x, w) => changes(correlate(x, w), correlate(x, turn(w))),
  mistakes: [
    {
      name: 'mirrored left-right only',
      wrong: (x, w) => changes(correlate(x, w), correlate(x, mirror(w))),
      hint: 'You turned the filter about one axis. A convolution turns it about both.',
    },
    {
      name: 'transposed instead of turned',
      wrong: (x, w) => changes(correlate(x, w), correlate(x, transpose(w))),
      hint: 'Transposing swaps rows and columns; turning sends the first cell to the last.',
    },
    {
      name: 'output flipped instead of filter',
      wrong: (x, w) => changes(correlate(x, w), turn(correlate(x, w))),
      hint: 'You turned the result. Turn the filter, then filter again.',
    },
    {
      name: 'yes or no instead of a count',
      wrong: (x, w) => changes(correlate(x, w), correlate(x, turn(w))) > 0,
      hint: 'True is one answer; how many of the cells?',
    },
  ],
  open: ({ args: [x, w], right }) => (right ? null : openTurned(x, w, correlate(x, turn(w)), 'w')),
})

/** The most cells of the lecture's image that turning a filter can change: four of its windows look the same upside down. */
const MOST = 12

export const filterThatMatters: Exercise & { spec: (typeof differs)['spec'] } = {
  ...differs,
  wants: ['differs', 'myFilter'],
  judge(submission: Submission): Finding {
    const found = differs.judge(submission)
    if (!found.passed) return found
    const filter = submission['myFilter']
    if (!isFilter(filter))
      return {
        ...found,
        passed: false,
        lines: [
          ...found.lines,
          `myFilter: expected 3 rows of 3 finite numbers, got ${Array.isArray(filter) ? literal(filter) : String(filter)}.`,
        ],
      }
    const changed = changes(correlate(IMAGE, filter), correlate(IMAGE, turn(filter)))
    const passed = changed === MOST
    const opens = openTurned(IMAGE, filter, correlate(IMAGE, turn(filter)), 'myFilter')
    return {
      ...found,
      passed,
      opens,
      lines: [
        ...found.lines,
        passed
          ? `myFilter changes ${changed} of 16 cells; no filter changes more.`
          : `myFilter changes ${changed} of 16 cells; more is possible. Which windows of the image are symmetric, and which of your weights are equal in pairs?`,
      ],
    }
  },
}

const isFilter = (value: unknown): value is Matrix =>
  Array.isArray(value) &&
  literal(shapeOf(value)) === '[3, 3]' &&
  value.flat().every(Number.isFinite)

/** Cells in which two maps differ, apart from rounding; maps of different size differ everywhere. */
function changes(a: Matrix, b: Matrix): number {
  const p = a.flat()
  const q = b.flat()
  const scale = Math.max(...p.map(Math.abs), Number.MIN_VALUE)
  return p.filter((value, n) => !(Math.abs(value - q[n]) <= 1e-9 * scale)).length
}

function sizes(x: Matrix, w: Matrix, stride = 1): string {
  const one = (dim: 0 | 1) => {
    const [n, k] = [side(x, dim), side(w, dim)]
    return stride === 1
      ? `${n} − ${k} + 1 = ${n - k + 1}`
      : `⌊(${n} − ${k}) / ${stride}⌋ + 1 = ${fit(x, w, dim, stride)}`
  }
  return one(0) === one(1) ? one(0) : `${one(0)} and ${one(1)}`
}
