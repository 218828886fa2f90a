/** Lecture 12, RNN forward and BPTT: 12.1 one step, 12.2 back through time, 12.3 clipping by norm. */
import { functionExercise } from '../judge.ts'
import { add, norm, outer, scale, sigmoid, softmaxOf, sum, times, transpose } from './arrays.ts'
import type { Matrix, Vector } from './arrays.ts'

/** U [H, D], W [H, H], V [K, H] */
interface Weights {
  U: Matrix
  W: Matrix
  V: Matrix
}
const WEIGHTS: Weights = {
  U: [
    [1, 0, -1],
    [0, 0.5, 1],
  ],
  W: [
    [0.5, -1],
    [1, 0],
  ],
  V: [
    [1, 0],
    [0, 1],
    [-1, 1],
  ],
}
const plus = (a: Vector, b: Vector): Vector => a.map((value, n) => value + b[n])
const tanh = (v: Vector): Vector => v.map(Math.tanh)

type Step = [x: Vector, h: Vector, weights: Weights]

export const step = functionExercise<Step>({
  id: '12.1',
  name: 'step',
  parameters: ['x', 'h', '{ U, W, V }'],
  cases: [
    [[1, 0, 0], [0, 0], WEIGHTS],
    [[0, 1, 0], [0.5, -1], WEIGHTS],
  ],
  right: (x, h, { U, W, V }) => {
    const next = tanh(plus(times(U, x), times(W, h)))
    return { h: next, o: softmaxOf(times(V, next)) }
  },
  mistakes: [
    {
      name: 'no tanh',
      wrong: (x, h, { U, W, V }) => {
        const next = plus(times(U, x), times(W, h))
        return { h: next, o: softmaxOf(times(V, next)) }
      },
      hint: 'Your state is U x + W h itself: f is missing.',
    },
    {
      name: 'W transposed',
      wrong: (x, h, { U, W, V }) => {
        const next = tanh(plus(times(U, x), times(transpose(W), h)))
        return { h: next, o: softmaxOf(times(V, next)) }
      },
      hint: 'Right from h = 0, wrong after: W[i][j] carries unit j to unit i.',
    },
    {
      name: 'tanh before W h is added',
      wrong: (x, h, { U, W, V }) => {
        const next = plus(tanh(times(U, x)), times(W, h))
        return { h: next, o: softmaxOf(times(V, next)) }
      },
      hint: 'tanh takes the whole sum.',
    },
    {
      name: 'output from the old state',
      wrong: (x, h, { U, W, V }) => ({
        h: tanh(plus(times(U, x), times(W, h))),
        o: softmaxOf(times(V, h)),
      }),
      hint: 'Your first output is uniform: it has not seen x yet.',
    },
    {
      name: 'no softmax',
      wrong: (x, h, { U, W, V }) => {
        const next = tanh(plus(times(U, x), times(W, h)))
        return { h: next, o: times(V, next) }
      },
      hint: 'These are logits; they do not sum to 1.',
    },
    {
      name: 'sigmoid for tanh',
      wrong: (x, h, { U, W, V }) => {
        const next = plus(times(U, x), times(W, h)).map(sigmoid)
        return { h: next, o: softmaxOf(times(V, next)) }
      },
      hint: 'All your states are positive. tanh reaches −1.',
    },
  ],
})

type Bptt = [xs: Matrix, targets: Vector, weights: Weights]

interface Slip {
  /** Nothing arrives from later steps. */
  local?: boolean
  slope?: (h: number) => number
  /** W where its transpose belongs. */
  forwards?: boolean
  /** The state of the same step in gW. */
  late?: boolean
  overwrite?: boolean
  /** Only the last step's loss. */
  last?: boolean
}

/** Gradients of Σ_t −ln o_t[target_t]; h₀ = 0. */
function through(xs: Matrix, targets: Vector, { U, W, V }: Weights, slip: Slip = {}) {
  const slope = slip.slope ?? (h => 1 - h * h)
  const hs: Matrix = [W.map(() => 0)]
  for (const x of xs) hs.push(tanh(plus(times(U, x), times(W, hs[hs.length - 1]))))
  let gU = scale(U, 0)
  let gW = scale(W, 0)
  let gV = scale(V, 0)
  let later = W.map(() => 0)
  const gather = (old: Matrix, more: Matrix) => (slip.overwrite ? more : add(old, more))
  for (let t = xs.length - 1; t >= 0; t--) {
    const counts = !slip.last || t === xs.length - 1
    const d = softmaxOf(times(V, hs[t + 1])).map((p, k) =>
      counts ? p - (k === targets[t] ? 1 : 0) : 0,
    )
    const own = times(transpose(V), d)
    const gh = slip.local ? own : plus(own, later)
    const a = gh.map((value, i) => value * slope(hs[t + 1][i]))
    gU = gather(gU, outer(a, xs[t]))
    gW = gather(gW, outer(a, hs[slip.late ? t + 1 : t]))
    gV = gather(gV, outer(d, hs[t + 1]))
    later = times(slip.forwards ? W : transpose(W), a)
  }
  return { gU, gW, gV }
}

const XS: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
]

export const bptt = functionExercise<Bptt>({
  id: '12.2',
  name: 'bptt',
  parameters: ['xs', 'targets', '{ U, W, V }'],
  cases: [
    [XS, [1, 2, 0], WEIGHTS],
    [XS.slice(0, 2), [1, 2], WEIGHTS],
  ],
  right: (xs, targets, weights) => through(xs, targets, weights),
  mistakes: [
    {
      name: 'nothing arrives from later steps',
      wrong: (xs, targets, weights) => through(xs, targets, weights, { local: true }),
      hint: 'Each step is right on its own. hₜ also feeds hₜ₊₁: what comes back from there?',
    },
    {
      name: 'tanh′ left out',
      wrong: (xs, targets, weights) => through(xs, targets, weights, { slope: () => 1 }),
      hint: 'Too large where h is far from 0: the slope of tanh is missing.',
    },
    {
      name: '1 − tanh(h)²',
      wrong: (xs, targets, weights) =>
        through(xs, targets, weights, { slope: h => 1 - Math.tanh(h) ** 2 }),
      hint: 'h is tanh already: its slope is 1 − h².',
    },
    {
      name: 'W instead of its transpose',
      wrong: (xs, targets, weights) => through(xs, targets, weights, { forwards: true }),
      hint: 'The way back runs against the arrows: unit i returns to j through W[i][j].',
    },
    {
      name: 'hₜ instead of hₜ₋₁ in gW',
      wrong: (xs, targets, weights) => through(xs, targets, weights, { late: true }),
      hint: 'At step 1 the state before was 0, so gW gets nothing there. Yours does.',
    },
    {
      name: '= instead of +=',
      wrong: (xs, targets, weights) => through(xs, targets, weights, { overwrite: true }),
      hint: 'W is used at every step; you kept the share of one step only.',
    },
    {
      name: 'only the last loss',
      wrong: (xs, targets, weights) => through(xs, targets, weights, { last: true }),
      hint: 'E is the sum over all t; the earlier losses are missing.',
    },
  ],
})

type Clip = [grads: Matrix, max: number]

export const clip = functionExercise<Clip>({
  id: '12.3',
  name: 'clip',
  parameters: ['grads', 'max'],
  output: 'o',
  cases: [
    [[[3, 4], [12]], 6.5],
    [[[3, 4], [0]], 10],
    [[[6, 8], [0]], 5],
    [[[0, 0], [0]], 1],
  ],
  right: (grads, max) => shortened(grads, max, norm(grads.flat())),
  mistakes: [
    {
      name: 'each tensor on its own',
      wrong: (grads, max) => grads.flatMap(g => shortened([g], max, norm(g))),
      hint: 'The direction changed: [3, 4] stayed and 12 shrank. One factor for all.',
    },
    {
      name: 'each value',
      wrong: (grads, max) => grads.map(g => g.map(v => Math.max(-max, Math.min(max, v)))),
      hint: 'That is clipping by value; it bends the gradient.',
    },
    {
      name: 'always rescaled',
      wrong: (grads, max) => scale(grads, max / norm(grads.flat())),
      hint: 'A short gradient grew (and zero became NaN). Clipping only shortens.',
    },
    {
      name: 'squared norm',
      wrong: (grads, max) => scale(grads, Math.min(1, max / norm(grads.flat()) ** 2)),
      hint: 'You divided by 169, not 13.',
    },
    {
      name: 'norms added',
      wrong: (grads, max) => shortened(grads, max, sum(grads.map(norm))),
      hint: '5 + 12 = 17 is not the length of (3, 4, 12).',
    },
  ],
})

function shortened(grads: Matrix, max: number, size: number): Matrix {
  return size > max ? scale(grads, max / size) : grads.map(g => [...g])
}
