/** Lecture 4, Softmax, loss, gradients: 4.1 a softmax that survives 1000, 4.2 convolution backwards, 4.3 the gradient check. */
import { functionExercise } from '../judge.ts'
import { matrix, mean, sum, turn, zeros } from './arrays.ts'
import type { Filters, Matrix, Vector, Volume } from './arrays.ts'
import { openSoftmax } from './views.ts'

const rowsOf = (x: Matrix, f: (row: Vector) => Vector): Matrix => x.map(f)
const exps = (row: Vector, shift: number): Vector => row.map(value => Math.exp(value - shift))
const shares = (row: Vector, total = sum(row)): Vector => row.map(value => value / total)
const stable = (row: Vector): Vector => shares(exps(row, Math.max(...row)))

export const softmax = functionExercise<[x: Matrix]>({
  id: '4.1',
  name: 'softmax',
  parameters: ['x'],
  output: 'o',
  cases: [
    [[[1, 2, 3]]],
    [[[1000, 1001, 1002]]],
    [
      [
        [1000, 0],
        [1, 2],
      ],
    ],
    [[[0, 3000]]],
  ],
  right: x => rowsOf(x, stable),
  mistakes: [
    {
      name: 'no maximum subtracted',
      wrong: x => rowsOf(x, row => shares(exps(row, 0))),
      hint: 'Infinity / Infinity. exp overflows above 709 (float64; float32 above 88). Which number may you take from every x without changing the result?',
    },
    {
      name: 'subtracted above the line only',
      wrong: x => rowsOf(x, row => shares(exps(row, Math.max(...row)), sum(exps(row, 0)))),
      hint: 'Numerator and denominator must shift together.',
    },
    {
      name: 'mean subtracted',
      wrong: x => rowsOf(x, row => shares(exps(row, mean(row)))),
      hint: 'Better, but case 4 still overflows: after your shift, what is the largest exponent?',
    },
    {
      name: 'one maximum for the whole batch',
      wrong: x => rowsOf(x, row => shares(exps(row, Math.max(...x.flat())))),
      hint: "Row 1 is 0 / 0: it was shifted by row 0's maximum. Whose maximum should a row use?",
    },
    {
      name: 'divided by the sum of the whole batch',
      wrong: x => {
        const e = rowsOf(x, row => exps(row, Math.max(...row)))
        return rowsOf(e, row => shares(row, sum(e.flat())))
      },
      hint: 'All rows together sum to 1. Each row is an answer of its own.',
    },
    {
      name: 'down the columns',
      wrong: x => {
        const columns = x[0].map((_, k) => stable(x.map(row => row[k])))
        return x.map((row, n) => row.map((_, k) => columns[k][n]))
      },
      hint: 'Your columns sum to 1; the classes lie along a row.',
    },
    {
      name: 'no exp',
      wrong: x => rowsOf(x, row => shares(row)),
      hint: 'x / Σx: negative logits would give negative probabilities.',
    },
  ],
  open: openSoftmax,
})

interface Gradients {
  gx: Volume
  gw: Filters
  gb: Vector
}
type Backward = [x: Volume, w: Filters, gy: Volume, stride: number, padding: number]

/** Every product of the convolution: filter k, channel c, output [i, j], weight [a, b]. */
function eachProduct(
  [x, w, gy]: [Volume, Filters, Volume],
  visit: (k: number, c: number, i: number, j: number, a: number, b: number) => void,
): void {
  for (let k = 0; k < w.length; k++)
    for (let c = 0; c < x.length; c++)
      for (let i = 0; i < gy[k].length; i++)
        for (let j = 0; j < gy[k][0].length; j++)
          for (let a = 0; a < w[k][c].length; a++)
            for (let b = 0; b < w[k][c][0].length; b++) visit(k, c, i, j, a, b)
}

/** What every output pays back into the padded image; `border` keeps the padding. */
function paid(
  [x, w, gy, stride, padding]: Backward,
  { overwrite = false, border = false, step = stride } = {},
): Volume {
  // At a wrong step windows may reach further than the image.
  const spare = 16
  const wide = x.map(map =>
    zeros(map.length + 2 * padding + spare, map[0].length + 2 * padding + spare),
  )
  eachProduct([x, w, gy], (k, c, i, j, a, b) => {
    const pays = gy[k][i][j] * w[k][c][a][b]
    const [r, s] = [i * step + a, j * step + b]
    wide[c][r][s] = overwrite ? pays : wide[c][r][s] + pays
  })
  const from = border ? 0 : padding
  const more = border ? 2 * padding : 0
  return wide.map((map, c) =>
    matrix(x[c].length + more, x[c][0].length + more, (i, j) => map[i + from][j + from]),
  )
}

function backward(
  [x, w, gy, stride, padding]: Backward,
  take: (i: number, j: number) => boolean = () => true,
): Gradients {
  const gw = w.map(filter => filter.map(slice => zeros(slice.length, slice[0].length)))
  eachProduct([x, w, gy], (k, c, i, j, a, b) => {
    const pixel = x[c][i * stride + a - padding]?.[j * stride + b - padding] ?? 0
    if (take(i, j)) gw[k][c][a][b] += gy[k][i][j] * pixel
  })
  return {
    gx: paid([x, w, gy, stride, padding]),
    gw,
    gb: gy.map(map => sum(map.flat())),
  }
}

const CASE_X: Volume = [
  [
    [1, 2, 0],
    [0, 1, 3],
    [2, 1, 1],
  ],
  [
    [0, 1, 1],
    [2, 0, 1],
    [1, 0, 2],
  ],
]
export const CASE_W: Filters = [
  [
    [
      [1, 2],
      [3, -1],
    ],
    [
      [0, 1],
      [1, 0],
    ],
  ],
  [
    [
      [2, 0],
      [1, 1],
    ],
    [
      [-1, 0],
      [0, 2],
    ],
  ],
]
export const CASE_GY: Volume = [
  [
    [1, 0],
    [2, -1],
  ],
  [
    [1, 1],
    [0, 3],
  ],
]

export const convBackward = functionExercise<Backward>({
  id: '4.2',
  name: 'convBackward',
  parameters: ['x', 'w', 'gy', 'stride', 'padding'],
  cases: [
    [[CASE_X[0]], [[CASE_W[0][0]]], [CASE_GY[0]], 1, 0],
    [CASE_X, CASE_W, CASE_GY, 1, 0],
    [CASE_X, CASE_W, CASE_GY, 2, 1],
  ],
  right: (...all) => backward(all),
  mistakes: [
    {
      name: 'gx with the filter turned',
      wrong: (x, w, gy, s, p) => ({
        ...backward([x, w, gy, s, p]),
        gx: paid([x, w.map(filter => filter.map(turn)), gy, s, p]),
      }),
      hint: 'gw and gb are right. In gx each output pays w[a][b] back to the pixel it was read from; you pay to the mirrored one.',
    },
    {
      name: 'gx overwritten',
      wrong: (...all) => ({ ...backward(all), gx: paid(all, { overwrite: true }) }),
      hint: 'A pixel is read by several windows; its gradient is the sum of what they pay.',
    },
    {
      name: 'gx with the border left on',
      wrong: (...all) => ({ ...backward(all), gx: paid(all, { border: true }) }),
      hint: "gx has the padded shape [C, H+2p, W+2p]. Whose gradient is the border's?",
    },
    {
      name: 'gw from the last window only',
      wrong: (x, w, gy, s, p) => ({
        ...backward(
          [x, w, gy, s, p],
          (i, j) => i === gy[0].length - 1 && j === gy[0][0].length - 1,
        ),
      }),
      hint: 'Each filter weight met every window once. How many products add up?',
    },
    {
      name: 'gw of one filter for all',
      wrong: (...all) => {
        const found = backward(all)
        // Copies, as a student's loop would make them.
        return { ...found, gw: found.gw.map(() => structuredClone(found.gw[0])) }
      },
      hint: 'All your filters get the same gradient. Which gy belongs to filter k?',
    },
    {
      name: 'gb as a mean',
      wrong: (x, w, gy, s, p) => ({
        ...backward([x, w, gy, s, p]),
        gb: gy.map(map => mean(map.flat())),
      }),
      hint: 'gb is too small by H′·W′. The bias was added once per output cell.',
    },
    {
      name: 'stride forgotten in gx',
      wrong: (...all) => ({ ...backward(all), gx: paid(all, { step: 1 }) }),
      hint: 'Right at stride 1. At stride 2 neighbours in gy come from windows two pixels apart.',
    },
  ],
})

type OfVector = (x: Vector) => number

/** Central differences; the switches are what goes wrong. */
function differences(
  f: OfVector,
  at: Vector,
  h: number,
  { back = -h, divide = 2 * h, restore = true } = {},
): Vector {
  const x = [...at]
  return at.map((_, i) => {
    const old = x[i]
    x[i] = old + h
    const above = f(x)
    x[i] = old + back
    const below = f(x)
    if (restore) x[i] = old
    return (above - below) / divide
  })
}

export const numericalGradient = functionExercise<[f: OfVector, x: Vector, h: number]>({
  id: '4.3',
  name: 'numericalGradient',
  parameters: ['f', 'x', 'h'],
  output: 'g',
  cases: [
    [([a, b]) => a ** 3 + 2 * a * b, [2, -1], 0.1],
    [([a, b, c]) => a * b * c, [2, 3, 4], 0.1],
  ],
  right: (f, x, h) => differences(f, x, h),
  mistakes: [
    {
      name: 'one-sided',
      wrong: (f, x, h) => differences(f, x, h, { back: 0, divide: h }),
      hint: 'Your error is proportional to h, not to h². What did you compare f(x + h) with?',
    },
    {
      name: 'divided by h',
      wrong: (f, x, h) => differences(f, x, h, { divide: h }),
      hint: 'Twice too large: the two points are 2h apart.',
    },
    {
      name: 'x not put back',
      wrong: (f, x, h) => differences(f, x, h, { restore: false }),
      hint: 'The first component is right, the second was measured somewhere else. Print x after the loop.',
    },
    {
      name: 'one step up, one back, divided by 2h',
      wrong: (f, x, h) => differences(f, x, h, { back: 0 }),
      hint: 'About half: your second point is x itself.',
    },
    {
      name: 'all coordinates at once',
      wrong: (f, x, h) => {
        const moved = (by: number) => f(x.map(value => value + by))
        return x.map(() => (moved(h) - moved(-h)) / (2 * h))
      },
      hint: 'All components are equal: you moved in direction (1, 1, …).',
    },
  ],
})
