/** Exercise 5.2, overfit 20 images: judged by what came of it, and by what the gradients did on the way. */
import {
  argmax,
  crossEntropy,
  data,
  Generator,
  lenet,
  mul,
  noGrad,
  SGD,
  softmax,
  sub,
  sum,
  type Sequential,
  type Tensor,
} from 'layerscope'
import { notPassed } from '../exercise.ts'
import type { Exercise, Finding, StudentFunction, Submission } from '../exercise.ts'
import { kindOf, literal } from '../compare.ts'
import { placeOf } from '../speak.ts'
import { openCurve } from './views.ts'

const IMAGES = 20
const STEPS = 200
/** A loop that works gets below this. */
const LOW = 0.01
/** Least cross-entropy of probabilities taken for logits: −1 + ln(e + 9) for ten classes. */
const FLOOR = Math.log(Math.E + 9) - 1

/** What is known after the student's function has run. */
export interface Evidence {
  losses: readonly number[]
  /** Cross-entropy before the first step, of the logits and of their softmax. */
  before: { plain: number; doubled: number }
  /** Images of the 20 that the network gets right afterwards. */
  correct: number
  /** Calls of backward() that reached the network, and how many of them found the gradient of an earlier one. */
  backwards: number
  unzeroed: number
  /** Sign of (weights after the first step − before) · gradient: −1 goes down, 1 up; 0 when nothing moved. */
  direction: -1 | 0 | 1
}

type Overfit = (net: Sequential, x: Tensor, y: Tensor) => number[]

interface Mistake {
  name: string
  wrong: Overfit
  recognise(evidence: Evidence): boolean
  hint: string
}

/** The loop as it should be, with a place for each way to get it wrong. */
const loop =
  ({ zero = true, step = true, sign = 1, input = (logits: Tensor) => logits } = {}): Overfit =>
  (net, x, y) => {
    const optimizer = new SGD(net.parameters(), { lr: 0.02, momentum: 0.9 })
    const losses: number[] = []
    for (let n = 0; n < STEPS; n++) {
      const loss = crossEntropy(input(net.forward(x)), y)
      if (zero) optimizer.zeroGrad()
      mul(loss, sign).backward()
      if (step) optimizer.step()
      losses.push(loss.item())
    }
    return losses
  }

const done = ({ losses }: Evidence) => losses.length > 0 && losses[losses.length - 1] < LOW

/** In the order in which they are looked for. */
export const MISTAKES: readonly Mistake[] = [
  {
    name: 'optimizer.step missing',
    wrong: loop({ step: false }),
    recognise: ({ losses, direction }) =>
      losses.length > 1 && direction === 0 && losses.every(loss => loss === losses[0]),
    hint: 'The loss is the same to the last digit: nothing was changed.',
  },
  {
    name: 'wrong sign',
    wrong: loop({ sign: -1 }),
    recognise: ({ direction }) => direction === 1,
    hint: 'The loss explodes from the start: you climb.',
  },
  {
    name: 'softmax before crossEntropy',
    wrong: loop({ input: logits => softmax(logits, 1) }),
    recognise: ({ losses, before }) =>
      Math.abs(losses[0] - before.doubled) < 1e-4 && Math.abs(losses[0] - before.plain) > 1e-3,
    hint: `Your loss cannot fall below ${FLOOR.toFixed(4)}: crossEntropy takes logits, and you gave it probabilities.`,
  },
  {
    name: 'zeroGrad missing',
    wrong: loop({ zero: false }),
    recognise: evidence =>
      !done(evidence) && evidence.backwards > 1 && evidence.unzeroed === evidence.backwards - 1,
    hint: 'Each step adds all earlier gradients to the new one. What should happen to them in between?',
  },
  {
    name: 'other images in the evaluation',
    wrong: (net, x, y) => loop()(net, x.flip(0), y),
    recognise: evidence => done(evidence) && evidence.correct < IMAGES,
    hint: 'Training says done, evaluation not: are these the same 20?',
  },
]

/** The right loop; tests run it. */
export const RIGHT: Overfit = loop()

/** The 20 images and a fresh network, the same for everybody: one that learns at any sensible rate (0.01 to 0.05 with momentum). */
function setting() {
  const { x, y } = data.fashionMNIST().train.take(IMAGES).batch()
  return { net: lenet({ generator: new Generator(11) }), x, y }
}

export const overfit: Exercise = {
  id: '5.2',
  wants: ['overfit'],
  judge({ overfit }: Submission): Finding {
    const finding = (right: number, lines: string[], more: Partial<Finding> = {}): Finding =>
      notPassed(lines, { right, cases: 2, ...more })
    if (typeof overfit !== 'function')
      return finding(0, [
        `5.2 overfit: expected a function overfit(net, x, y), got ${literal(overfit)}.`,
      ])

    const { net, x, y } = setting()
    const given = { x: x.toTypedArray(), y: y.toTypedArray() }
    const watched = watch(net, x, y)
    let got: unknown
    try {
      // typeof says function; its parameters are what the exercise asks for.
      got = (overfit as StudentFunction)(...([net, x, y] as never[]))
    } catch (thrown) {
      const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
      return finding(0, [
        '5.2 overfit(net, x [20, 1, 28, 28], y [20]) stops:',
        what,
        ...placeOf(thrown),
      ])
    } finally {
      watched.stop()
    }
    for (const [name, now, before] of [
      ['x', x.toTypedArray(), given.x],
      ['y', y.toTypedArray(), given.y],
    ] as const)
      if (before.some((value, n) => value !== now[n]))
        return finding(0, [
          `5.2 overfit: your function changed ${name}.`,
          `The 20 images are evaluated afterwards; which line writes into ${name}?`,
        ])
    if (!isLosses(got))
      return finding(0, [
        `5.2 overfit: expected the loss of each step, number[], got ${Array.isArray(got) ? `an array of ${kindOf(got.find(v => typeof v !== 'number'))}` : kindOf(got)}.`,
        ...(got === undefined ? ['Where does overfit say return, and is it reached?'] : []),
      ])
    if (got.length === 0)
      return finding(0, ['5.2 overfit: no steps; at most 200, each with its loss.'])
    if (got.length > STEPS)
      return finding(0, [`5.2 overfit: ${got.length} steps; ${STEPS} are enough, and the most.`])

    const correct = count(net, x, y)
    const evidence: Evidence = { losses: got, correct, ...watched.evidence() }
    const low = done(evidence)
    const last = got[got.length - 1]
    const where = `5.2 overfit: loss ${short(got[0])} at first, ${short(last)} after ${got.length} steps${low ? '' : `, expected below ${LOW}`}; ${correct} of ${IMAGES} images right.`
    const right = Number(low) + Number(correct === IMAGES)
    const passed = right === 2
    const mistake = passed ? null : (MISTAKES.find(m => m.recognise(evidence)) ?? null)
    return finding(right, [where, ...(mistake ? [mistake.hint] : [])], {
      passed,
      mistake: mistake?.name ?? null,
      opens: openCurve(got, correct / IMAGES, '5.2 overfit: your losses, 20 images'),
    })
  },
}

/** Follows one network's training through a hook on its last bias. */
function watch(net: Sequential, x: Tensor, y: Tensor) {
  const before = noGrad(() => {
    const logits = net.forward(x)
    return {
      plain: crossEntropy(logits, y).item(),
      doubled: crossEntropy(softmax(logits, 1), y).item(),
    }
  })
  const parameters = net.parameters()
  const bias = parameters[parameters.length - 1]
  const start = bias.detach().clone()
  const gradient = firstGradient(net, x, y, bias)
  let backwards = 0
  let unzeroed = 0
  let direction: Evidence['direction'] = 0
  const moved = () =>
    (Math.sign(noGrad(() => sum(mul(sub(bias.detach(), start), gradient)).item())) ||
      0) as Evidence['direction']
  const stop = bias.registerHook(() => {
    backwards++
    if (bias.grad) unzeroed++
    if (backwards === 2) direction = moved()
  })
  return {
    stop: () => {
      if (backwards === 1) direction = moved()
      stop()
    },
    evidence: () => ({ before, backwards, unzeroed, direction }),
  }
}

/** The gradient of the loss at the start, leaving no trace in the network. */
function firstGradient(net: Sequential, x: Tensor, y: Tensor, bias: Tensor): Tensor {
  crossEntropy(net.forward(x), y).backward()
  const gradient = bias.grad?.detach().clone()
  for (const parameter of net.parameters()) parameter.grad = null
  if (!gradient) throw new Error('overfit: the last bias got no gradient')
  return gradient
}

const count = (net: Sequential, x: Tensor, y: Tensor): number =>
  noGrad(() => {
    const guess = argmax(net.forward(x), { dim: 1 }).toTypedArray()
    return [...y.toTypedArray()].filter((label, n) => label === guess[n]).length
  })

const isLosses = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every(v => typeof v === 'number')

const short = (loss: number): string =>
  !Number.isFinite(loss) || loss >= 1000
    ? String(Math.round(loss))
    : String(Number(loss.toPrecision(3)))
