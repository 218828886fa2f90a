/** Lecture 7, AlexNet and the benchmark: 7.1 whether 224 fits, 7.2 the parameters, 7.3 what the claims say about a table. */
import { functionExercise } from '../judge.ts'
import { places, sum } from './arrays.ts'

/** conv1, pool1, conv2, pool2, conv3, conv4, conv5, pool5: window, stride, padding (conv1's comes from outside). */
const LAYERS: [window: number, stride: number, padding: number][] = [
  [11, 4, 0],
  [3, 2, 0],
  [5, 1, 2],
  [3, 2, 0],
  [3, 1, 1],
  [3, 1, 1],
  [3, 1, 1],
  [3, 2, 0],
]
const NAMES = ['conv1', 'pool1', 'conv2', 'pool2', 'conv3', 'conv4', 'conv5', 'pool5']

interface Wrong {
  up?: boolean
  pool?: number
  padding2?: number
  rest?: (n: number, padding: number) => number
}

function chain(n: number, padding: number, wrong: Wrong = {}): { sizes: number[]; rest: number } {
  const { up = false, pool = 3, padding2 = 2 } = wrong
  const rest = wrong.rest ?? ((size, p) => (size + 2 * p - 11) % 4)
  const sizes: number[] = []
  LAYERS.forEach(([window, stride, inner], layer) => {
    const p = layer === 0 ? padding : layer === 2 ? padding2 : inner
    const k = window === 3 && stride === 2 ? pool : window
    const from = sizes.at(-1) ?? n
    sizes.push(
      layer === 0 && up ? Math.ceil((from + 2 * p - k) / stride) + 1 : places(from, k, stride, p),
    )
  })
  return { sizes, rest: up ? 0 : rest(n, padding) }
}

export const fits = functionExercise<[n: number, padding: number]>({
  id: '7.1',
  name: 'fits',
  parameters: ['n', 'padding'],
  cases: [
    [224, 0],
    [227, 0],
    [224, 2],
  ],
  place: ([layer]) => NAMES[layer] ?? '',
  right: (n, p) => chain(n, p),
  mistakes: [
    {
      name: 'conv1 rounded up',
      wrong: (n, p) => chain(n, p, { up: true }),
      hint: '55 from 224 needs a window that hangs over: (224 − 11)/4 = 53.25.',
    },
    {
      name: 'pools taken as 2×2',
      wrong: (n, p) => chain(n, p, { pool: 2 }),
      hint: "AlexNet's pools overlap: window 3, stride 2.",
    },
    {
      name: 'conv2 without padding',
      wrong: (n, p) => chain(n, p, { padding2: 0 }),
      hint: '27 stays 27: conv2 has padding 2.',
    },
    {
      name: 'rest of the padded size',
      wrong: (n, p) => chain(n, p, { rest: (size, padding) => (size + 2 * padding) % 4 }),
      hint: 'What is left after the window was laid down, (n + 2p − 11) mod 4.',
    },
  ],
})

/** Window, input channels, filters, and whether the published network splits the layer in two groups. */
const CONVOLUTIONS: [k: number, ci: number, co: number, split: boolean][] = [
  [11, 3, 96, false],
  [5, 96, 256, true],
  [3, 256, 384, false],
  [3, 384, 384, true],
  [3, 384, 256, true],
]

/** AlexNet's parameters (Krizhevsky et al. 2012, section 3.5), or those of a miscounted one. */
function parameters(
  groups: number,
  { biases = true, side = 6, splits = CONVOLUTIONS.map(([, , , split]) => split) } = {},
): number {
  const convolutions = CONVOLUTIONS.map(
    ([k, ci, co], n) => ((k * k * ci) / (splits[n] ? groups : 1)) * co + (biases ? co : 0),
  )
  const dense = [
    [256 * side * side, 4096],
    [4096, 4096],
    [4096, 1000],
  ].map(([from, to]) => from * to + (biases ? to : 0))
  return sum(convolutions) + sum(dense)
}

export const alexnet = functionExercise<[groups: number]>({
  id: '7.2',
  name: 'alexnet',
  parameters: ['groups'],
  cases: [[2], [1]],
  right: groups => parameters(groups),
  mistakes: [
    {
      name: 'groups ignored',
      wrong: () => parameters(1),
      hint: '1,413,120 too many: in these layers a filter sees half the maps.',
    },
    {
      name: 'conv5 not grouped',
      wrong: groups => parameters(groups, { splits: [false, true, false, true, false] }),
      hint: '442,368 too many. Which three layers are split?',
    },
    {
      name: 'biases left out',
      wrong: groups => parameters(groups, { biases: false }),
      hint: '10,568 short: one per map and per unit.',
    },
    {
      name: 'fc6 from 5×5',
      wrong: groups => parameters(groups, { side: 5 }),
      hint: '11,534,336 short. What is left of 227 after pool5?',
    },
    {
      name: 'conv3 grouped as well',
      wrong: groups => parameters(groups, { splits: [false, true, true, true, true] }),
      hint: '442,368 short: conv3 is where the two halves meet.',
    },
  ],
})

interface Row {
  name: string
  top1: number
  top5: number
  gflops: number
  parameters: number
}

/** Invented networks, for the check only: accuracies in percent, GFLOPs, million parameters. */
export const INVENTED: Row[] = [
  { name: 'a', top1: 57, top5: 80, gflops: 0.7, parameters: 61 },
  { name: 'b', top1: 70, top5: 90, gflops: 1.8, parameters: 12 },
  { name: 'c', top1: 76, top5: 93, gflops: 4, parameters: 26 },
  { name: 'd', top1: 79, top5: 95, gflops: 5, parameters: 23 },
  { name: 'e', top1: 78, top5: 94, gflops: 11.5, parameters: 60 },
  { name: 'f', top1: 74, top5: 92, gflops: 15, parameters: 138 },
  { name: 'g', top1: 83, top5: 96, gflops: 25, parameters: 89 },
]

type Band = [models: Row[], lo: number, hi: number]
type Key = 'gflops' | 'parameters'

function range(
  [models, lo, hi]: Band,
  {
    key = 'gflops' as Key,
    factor = 1,
    borders = true,
    accuracy = 'top1' as 'top1' | 'top5',
    empty = [] as number[],
  } = {},
) {
  const inside = models.filter(row => {
    const value = row[key] * factor
    return borders ? lo <= value && value <= hi : lo < value && value < hi
  })
  const ends = (values: number[]) =>
    values.length ? [Math.min(...values), Math.max(...values)] : [...empty]
  return {
    n: inside.length,
    top1: ends(inside.map(row => row[accuracy])),
    parameters: ends(inside.map(row => row.parameters)),
  }
}

export const band = functionExercise<Band>({
  id: '7.3',
  name: 'band',
  parameters: ['models', 'lo', 'hi'],
  cases: [
    [INVENTED, 4, 25],
    [INVENTED, 10, 15],
    [INVENTED, 100, 200],
  ],
  right: (...all) => range(all),
  mistakes: [
    {
      name: 'borders left out',
      wrong: (...all) => range(all, { borders: false }),
      hint: 'A network stands exactly on your border. "Between 4 and 25" includes both here.',
    },
    {
      name: 'multiply-adds doubled',
      wrong: (...all) => range(all, { factor: 2 }),
      hint: 'Does the table count a multiply-add as one operation or two? Its caption says.',
    },
    {
      name: 'top-5 read as top-1',
      wrong: (...all) => range(all, { accuracy: 'top5' }),
      hint: 'Your accuracies are those of top-5.',
    },
    {
      name: 'parameters used as complexity',
      wrong: (...all) => range(all, { key: 'parameters' }),
      hint: 'You selected by size. The claim is about computation.',
    },
    {
      name: 'empty band gives Infinity',
      wrong: (...all) => range(all, { empty: [Infinity, -Infinity] }),
      hint: 'No network there: n = 0 and empty ranges.',
    },
  ],
})
