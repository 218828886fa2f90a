/** Lecture 2, Volumes, and the typo: 2.1 the sum over the channels, 2.2 the bad weight, 2.3 the search for others. */
import { isPlain, literal, same } from '../compare.ts'
import { notPassed } from '../exercise.ts'
import type { Exercise, Finding, Submission } from '../exercise.ts'
import { functionExercise } from '../judge.ts'
import { at, matrix, places, sizeInWords } from './arrays.ts'
import type { Filters, Matrix, Volume } from './arrays.ts'
import { SLIDE_B, SLIDE_O, SLIDE_W, SLIDE_X } from './slide.ts'
import { openVolume } from './views.ts'

interface Weight {
  filter: number
  channel: number
  row: number
  column: number
  should: number
}

/** The slide's filters with one weight changed. */
const withWeight = (w: Filters, { filter, channel, row, column, should }: Weight): Filters =>
  w.map((volume, k) =>
    volume.map((slice, c) =>
      slice.map((line, r) =>
        line.map((value, s) =>
          k === filter && c === channel && r === row && s === column ? should : value,
        ),
      ),
    ),
  )

const TYPO: Weight = { filter: 0, channel: 1, row: 0, column: 1, should: -1 }
export const SLIDE_W_REPAIRED = withWeight(SLIDE_W, TYPO)

interface Wrong {
  /** Channels that are summed. */
  channels?: (count: number) => number[]
  bias?: (b: number, channels: number) => number
  slice?: (channel: number) => number
  /** Where the padded image begins. */
  from?: number
  size?: (n: number, window: number, stride: number, padding: number) => number
  divide?: number
}

/** o[k][i][j] = Σ_c Σ_a Σ_b x[c][i·stride + a − padding][j·stride + b − padding] · w[k][c][a][b] + b[k] */
function correlate(
  x: Volume,
  w: Filters,
  b: number[],
  stride: number,
  padding: number,
  wrong: Wrong = {},
): Volume {
  const all = Array.from(x.keys())
  const { channels = () => all, bias = value => value, slice = c => c, from = padding } = wrong
  const size = wrong.size ?? places
  return w.map((filter, k) => {
    const rows = size(x[0].length, filter[0].length, stride, padding)
    const columns = size(x[0][0].length, filter[0][0].length, stride, padding)
    return matrix(rows, columns, (i, j) => {
      let total = 0
      for (const c of channels(x.length))
        filter[slice(c)].forEach((row, a) =>
          row.forEach((weight, s) => {
            total += at(x[c], i * stride + a - from, j * stride + s - from) * weight
          }),
        )
      return total / (wrong.divide ?? 1) + bias(b[k], x.length)
    })
  })
}

const SMALL_X: Volume = [
  [
    [1, 2, 0],
    [0, 1, 3],
  ],
  [
    [2, 0, 1],
    [1, 1, 0],
  ],
]
const SMALL_W: Filters = [
  [
    [
      [1, 0],
      [2, -1],
    ],
    [
      [0, 1],
      [1, 3],
    ],
  ],
  [
    [
      [1, 1],
      [0, 0],
    ],
    [
      [-1, 0],
      [0, 2],
    ],
  ],
]

export const convVolume = functionExercise<
  [x: Volume, w: Filters, b: number[], stride: number, padding: number]
>({
  id: '2.1',
  name: 'conv',
  parameters: ['x', 'w', 'b', 'stride', 'padding'],
  output: 'o',
  cases: [
    [SMALL_X, SMALL_W, [10, 20], 1, 0],
    [SLIDE_X, SLIDE_W_REPAIRED, SLIDE_B, 2, 1],
    [SMALL_X, SMALL_W, [10, 20], 2, 1],
  ],
  right: (x, w, b, stride, padding) => correlate(x, w, b, stride, padding),
  mistakes: [
    {
      name: 'only the last channel counts',
      wrong: (x, w, b, s, p) => correlate(x, w, b, s, p, { channels: n => [n - 1] }),
      hint: 'Your cell agrees with the last channel alone plus bias. Where is the sum set to 0?',
    },
    {
      name: 'bias added once per channel',
      wrong: (x, w, b, s, p) => correlate(x, w, b, s, p, { bias: (value, n) => value * n }),
      hint: 'You are off by the same amount in every cell of o[0]: (C − 1)·b. How often is the bias added?',
    },
    {
      name: 'filter slice 0 for every channel',
      wrong: (x, w, b, s, p) => correlate(x, w, b, s, p, { slice: () => 0 }),
      hint: 'Agrees if every channel used w[k][0]. Which index of w is the channel?',
    },
    {
      name: 'padding on the right and below only',
      wrong: (x, w, b, s, p) => correlate(x, w, b, s, p, { from: 0 }),
      hint: 'All windows start one pixel late. Where does the padded image begin?',
    },
    {
      name: 'no padding',
      wrong: (x, w, b, s) => correlate(x, w, b, s, 0),
      hint: 'Your output is smaller: [K, (H−h)/s+1, …]. Who adds the border?',
    },
    {
      name: 'mean over channels',
      wrong: (x, w, b, s, p) => correlate(x, w, b, s, p, { divide: x.length }),
      hint: 'Your sums are a C-th of the expected ones. Channels are added.',
    },
  ],
  shape: (x, w, _, stride, padding) => sizeInWords(x[0].length, w[0][0].length, stride, padding),
  open: openVolume,
})

/** Cells in which the slide's print differs from what w gives, of 18. */
const stillWrong = (w: Filters): number => {
  const computed = correlate(SLIDE_X, w, SLIDE_B, 2, 1).flat(2)
  return SLIDE_O.flat(2).filter((value, n) => value !== computed[n]).length
}

const SUSPECTS: { name: string; typo: Weight; hint: string }[] = [
  {
    name: 'counting from 1',
    typo: { filter: 1, channel: 2, row: 1, column: 2, should: -1 },
    hint: 'Filters, channels, rows, columns count from 0, as in code. (Now it is the other filter that goes wrong.)',
  },
  {
    name: 'row and column exchanged',
    typo: { filter: 0, channel: 1, row: 1, column: 0, should: -1 },
    hint: 'Right slice, wrong cell. Rows come first.',
  },
  {
    name: 'wrong slice',
    typo: { filter: 0, channel: 0, row: 0, column: 1, should: 1 },
    hint: 'Cells of the same place in another slice. Compare the difference picture with each channel of x.',
  },
  {
    name: 'sign only dropped',
    typo: { filter: 0, channel: 1, row: 0, column: 1, should: 0 },
    hint: 'You are half way: every difference has halved. How far must the weight go?',
  },
  {
    name: 'centre suspected',
    typo: { filter: 0, channel: 1, row: 1, column: 1, should: 1 },
    hint: 'A change here moves every cell whose centre is not 0. Which cells of the slide are right already?',
  },
]
export const TYPO_MISTAKES: readonly { name: string; typo: Weight; hint: string }[] = SUSPECTS

export const badWeight: Exercise = {
  id: '2.2',
  wants: ['typo'],
  judge(submission: Submission): Finding {
    const { typo } = submission
    if (!isWeight(typo))
      return notPassed([
        `2.2 typo: expected { filter, channel, row, column, should } with numbers, got ${literal(typo)}.`,
      ])
    const shape = [2, 3, 3, 3]
    const place = [typo.filter, typo.channel, typo.row, typo.column]
    const names = ['filter', 'channel', 'row', 'column']
    const outside = place.findIndex((n, d) => !Number.isInteger(n) || n < 0 || n >= shape[d])
    if (outside >= 0)
      return notPassed([
        `2.2 typo: ${names[outside]} ${literal(place[outside])} is outside of w [2, 3, 3, 3]; it counts from 0 to ${shape[outside] - 1}.`,
      ])
    const w = withWeight(SLIDE_W, typo)
    const left = stillWrong(w)
    const name = `w[${place.join('][')}]`
    const opens = openVolume({
      args: [SLIDE_X, w, SLIDE_B, 2, 1],
      student: () => SLIDE_O,
      got: SLIDE_O,
      right: left === 0,
      path: left === 0 ? null : firstWrong(w),
      field: null,
      label: 'the slide',
    })
    if (left === 0)
      return notPassed(
        [`2.2 typo: with ${name} = ${literal(typo.should)} all 18 cells agree with the slide.`],
        { passed: true, right: 1, opens },
      )
    const suspect = SUSPECTS.find(known => same(known.typo, typo))
    return notPassed(
      [
        `2.2 typo: with ${name} = ${literal(typo.should)}, ${left} of 18 cells differ from the slide; as printed it is ${stillWrong(SLIDE_W)}.`,
        ...(suspect ? [suspect.hint] : []),
      ],
      { mistake: suspect?.name ?? null, opens },
    )
  },
}

function firstWrong(w: Filters): number[] {
  const computed = correlate(SLIDE_X, w, SLIDE_B, 2, 1)
  for (const [k, map] of SLIDE_O.entries())
    for (const [i, row] of map.entries())
      for (const [j, value] of row.entries()) if (value !== computed[k][i][j]) return [k, i, j]
  return [0, 0, 0]
}

const isWeight = (value: unknown): value is Weight =>
  isPlain(value) &&
  ['filter', 'channel', 'row', 'column', 'should'].every(name => typeof value[name] === 'number')

type Search = [x: Volume, w: Volume, b: number, printed: Matrix]
interface Tried {
  tried: number
  solutions: { channel: number; row: number; column: number; should: number }[]
}

/** Every single change of one filter's weight within {−1, 0, 1}, and those that give what is printed. */
function search(
  x: Volume,
  w: Volume,
  b: number,
  accepts: (o: Matrix) => boolean,
  { same: tryOld = false, putBack = true } = {},
): Tried {
  const found: Tried = { tried: 0, solutions: [] }
  const filter = w.map(slice => slice.map(row => [...row]))
  for (let channel = 0; channel < w.length; channel++)
    for (let row = 0; row < w[0].length; row++)
      for (let column = 0; column < w[0][0].length; column++) {
        for (const should of [-1, 0, 1]) {
          if (should === w[channel][row][column] && !tryOld) continue
          filter[channel][row][column] = should
          found.tried++
          if (accepts(correlate(x, [filter], [b], 2, 1)[0]))
            found.solutions.push({ channel, row, column, should })
        }
        if (putBack) filter[channel][row][column] = w[channel][row][column]
      }
  return found
}

/** A second slip, in the weight that a search tries first: nobody can type in the slide's answer. */
const OTHER_O = correlate(
  SLIDE_X,
  withWeight([SLIDE_W[1]], { filter: 0, channel: 0, row: 0, column: 0, should: -1 }),
  [0],
  2,
  1,
)[0]

export const searchUnique = functionExercise<Search>({
  id: '2.3',
  name: 'search',
  parameters: ['x', 'w', 'b', 'printed'],
  cases: [
    [SLIDE_X, SLIDE_W[0], SLIDE_B[0], SLIDE_O[0]],
    [SLIDE_X, SLIDE_W[1], 0, OTHER_O],
  ],
  right: (x, w, b, printed) => search(x, w, b, o => same(o, printed)),
  mistakes: [
    {
      name: 'the old value tried as well',
      wrong: (x, w, b, printed) => search(x, w, b, o => same(o, printed), { same: true }),
      hint: '27 weights × 2 other values. Which candidate is not a change?',
    },
    {
      name: 'weight not put back after the try',
      wrong: (x, w, b, printed) => search(x, w, b, o => same(o, printed), { putBack: false }),
      hint: 'After the first weight, every candidate carries the earlier ones. What must hold at the start of each try?',
    },
    {
      name: 'only cell [1][0] compared',
      wrong: (x, w, b, printed) => search(x, w, b, o => o[1][0] === printed[1][0]),
      hint: 'One cell has many explanations; use all nine.',
    },
    {
      name: 'compared with the computed output',
      wrong: (x, w, b) => {
        const [computed] = correlate(x, [w], [b], 2, 1)
        return search(x, w, b, o => same(o, computed))
      },
      hint: "You search for what reproduces our own output. Which numbers are the slide's?",
    },
  ],
})
