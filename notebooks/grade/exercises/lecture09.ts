/** Lecture 9, Inside: the deconvnet: 9.1 unpooling, 9.2 the way back through ReLU, 9.3 the way back through the filters. */
import { functionExercise } from '../judge.ts'
import { at, matrix, turn, zeros } from './arrays.ts'
import type { Filters, Matrix, Vector, Volume } from './arrays.ts'
import { CASE_GY, CASE_W } from './lecture04.ts'

type Unpool = [y: Matrix, switches: Matrix, shape: [number, number]]

/** y's values at their switches; `place` says where a switch points, in rows and columns of the larger map. */
function unpooled(
  [y, switches, [rows, columns]]: Unpool,
  place: (switched: number) => [number, number],
  overwrite = false,
): Matrix {
  const x = zeros(rows, columns)
  y.forEach((line, i) =>
    line.forEach((value, j) => {
      const [r, c] = place(switches[i][j])
      if (r < rows && c < columns) x[r][c] = overwrite ? value : x[r][c] + value
    }),
  )
  return x
}
const byWidth =
  (width: number) =>
  (switched: number): [number, number] => [Math.floor(switched / width), switched % width]

export const unpool = functionExercise<Unpool>({
  id: '9.1',
  name: 'unpool',
  parameters: ['y', 'switches', 'shape'],
  output: 'x',
  cases: [
    [
      [
        [5, -1],
        [2, 3],
      ],
      [
        [5, 3],
        [8, 15],
      ],
      [4, 4],
    ],
    [[[1, 2]], [[4, 4]], [3, 3]],
    [[[7]], [[3]], [2, 3]],
  ],
  right: (...all) => unpooled(all, byWidth(all[2][1])),
  mistakes: [
    {
      name: 'value repeated over the window',
      wrong: (y, _, [rows, columns]) =>
        matrix(rows, columns, (i, j) => at(y, Math.floor(i / 2), Math.floor(j / 2))),
      hint: 'That is enlarging. Pooling read one cell; only that one gets it back.',
    },
    {
      name: "always the window's corner",
      wrong: (y, _, [rows, columns]) =>
        matrix(rows, columns, (i, j) => (i % 2 || j % 2 ? 0 : at(y, i / 2, j / 2))),
      hint: 'You never looked at the switches: where was the maximum?',
    },
    {
      name: '= instead of +=',
      wrong: (...all) => unpooled(all, byWidth(all[2][1]), true),
      hint: 'Two windows had the same winner. What becomes of the first value?',
    },
    {
      name: 'switch counted with the small width',
      wrong: (...all) => unpooled(all, byWidth(all[0][0].length)),
      hint: 'A switch counts cells of the large map. Divide by which width?',
    },
    {
      name: 'column first',
      wrong: (...all) =>
        unpooled(all, switched => {
          const [column, row] = byWidth(all[2][0])(switched)
          return [row, column]
        }),
      hint: 'row = floor(switch / W), column = the rest.',
    },
  ],
})

type Rule = 'deconvnet' | 'gradient' | 'guided'

const positive = (s: Vector): Vector => s.map(value => Math.max(value, 0))
const masked = (s: Vector, z: Vector): Vector => s.map((value, n) => (z[n] > 0 ? value : 0))

function through(rule: Rule, z: Vector, s: Vector): Vector {
  if (rule === 'deconvnet') return positive(s)
  return rule === 'gradient' ? masked(s, z) : masked(positive(s), z)
}
const FORWARD = [1, -1, 2, -2, 0]
const SIGNAL = [3, 4, -5, -6, 7]

export const reluBack = functionExercise<[rule: Rule, z: Vector, s: Vector]>({
  id: '9.2',
  name: 'reluBack',
  parameters: ['rule', 'z', 's'],
  output: 'o',
  cases: [
    ['deconvnet', FORWARD, SIGNAL],
    ['gradient', FORWARD, SIGNAL],
    ['guided', FORWARD, SIGNAL],
  ],
  right: through,
  mistakes: [
    {
      name: 'deconvnet and gradient exchanged',
      wrong: (rule, z, s) => {
        const other: Record<Rule, Rule> = {
          deconvnet: 'gradient',
          gradient: 'deconvnet',
          guided: 'guided',
        }
        return through(other[rule], z, s)
      },
      hint: 'The deconvnet never looks at z; the gradient never looks at the sign of s.',
    },
    {
      name: 'mask z ≥ 0',
      wrong: (rule, z, s) =>
        through(
          rule,
          z.map(value => (value === 0 ? 1 : value)),
          s,
        ),
      hint: 'At z = 0 the slope is taken as 0 here: the unit was off.',
    },
    {
      name: 'z returned instead of s',
      wrong: (rule, z, s) =>
        rule === 'guided' ? positive(z).map((value, n) => (s[n] > 0 ? value : 0)) : positive(z),
      hint: 'That is the forward map. The signal coming back is s.',
    },
    {
      name: 'guided = deconvnet',
      wrong: (rule, z, s) => through(rule === 'guided' ? 'deconvnet' : rule, z, s),
      hint: 'Guided does both: the mask of the forward pass, and no negative signal.',
    },
    {
      name: 'absolute value',
      wrong: (rule, z, s) => {
        const back = through(rule, z, s)
        return rule === 'gradient' ? back.map(Math.abs) : back
      },
      hint: 'The gradient may be negative: −5 says that less of it would help.',
    },
  ],
})

/** Every value of g paints its filter; `pick` says which slice is painted for map k and channel c. */
function painted(
  g: Volume,
  w: Filters,
  {
    pick = (k: number, c: number) => w[k][c],
    overwrite = false,
  }: { pick?: (k: number, c: number) => Matrix; overwrite?: boolean } = {},
): Volume {
  const side = w[0][0].length
  return w[0].map((_, c) => {
    const x = zeros(g[0].length + side - 1, g[0][0].length + side - 1)
    g.forEach((map, k) =>
      map.forEach((row, i) =>
        row.forEach((value, j) =>
          pick(k, c).forEach((line, a) =>
            line.forEach((weight, b) => {
              const paint = value * weight
              x[i + a][j + b] = overwrite ? paint : x[i + a][j + b] + paint
            }),
          ),
        ),
      ),
    )
    return x
  })
}
const cropped = (x: Volume, by: number): Volume =>
  x.map(map =>
    map.length > 2 * by
      ? map.slice(by, map.length - by).map(row => row.slice(by, row.length - by))
      : [[map[0][0]]],
  )

export const filterBack = functionExercise<[g: Volume, w: Filters]>({
  id: '9.3',
  name: 'filterBack',
  parameters: ['g', 'w'],
  output: 'x',
  cases: [
    [CASE_GY, CASE_W],
    [[[[1]]], [[CASE_W[0][0]]]],
  ],
  right: (g, w) => painted(g, w),
  mistakes: [
    {
      name: 'filter not turned (in the gather form) or turned twice',
      wrong: (g, w) =>
        painted(
          g,
          w.map(filter => filter.map(turn)),
        ),
      hint: 'A single 1 must paint the filter as it is; yours paints it turned.',
    },
    {
      name: '= instead of +=',
      wrong: (g, w) => painted(g, w, { overwrite: true }),
      hint: 'Painted windows overlap and add.',
    },
    {
      name: 'same slice for all input channels',
      wrong: (g, w) => painted(g, w, { pick: k => w[k][0] }),
      hint: 'Both channels came out equal. Channel c is painted with w[k][c].',
    },
    {
      name: 'same filter for all outputs',
      wrong: (g, w) => painted(g, w, { pick: (_, c) => w[0][c] }),
      hint: 'Map k paints with filter k: input and output change places.',
    },
    {
      name: 'cropped',
      wrong: (g, w) => cropped(painted(g, w), w[0][0].length - 1),
      hint: 'The way back is larger by k − 1: every pixel that was read gets its share.',
    },
  ],
  shape: (g, w) => {
    const side = w[0][0].length
    return `${g[0].length} + ${side} − 1 = ${g[0].length + side - 1}`
  },
})
