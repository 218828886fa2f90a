/** Lecture 11, Pre-train, fine-tune: 11.1 freezing layers, 11.2 few examples of each class. */
import { crossEntropy, lenet, manualSeed, nn, optim, randn, tensor, type Tensor } from 'layerscope'
import type { Exercise, Finding, StudentFunction, Submission } from '../exercise.ts'
import { functionExercise } from '../judge.ts'
import { vector } from './arrays.ts'
import type { Matrix, Vector } from './arrays.ts'

const STEPS = 3
const RATE = 0.1

/** A network of two weights, whose gradients are always 1. */
class Two extends nn.Module<[Tensor], Tensor> {
  a = new nn.Linear(1, 1, { bias: false })
  b = new nn.Linear(1, 1, { bias: false })
  forward(x: Tensor): Tensor {
    return this.a.forward(x).add(this.b.forward(x))
  }
}

type Freeze = [momentum: number, weightDecay: number]

/** One step, then `freeze(net, ['a'], optimizer)`, then two more; [a, b] after each. */
function stepsWith(student: StudentFunction, ...[momentum, weightDecay]: Freeze): Matrix {
  const net = new Two()
  const one = tensor([[1]])
  net.loadStateDict({ 'a.weight': one, 'b.weight': one })
  const optimizer = new optim.SGD(net.parameters(), { lr: RATE, momentum, weightDecay })
  const weights = [net.a.weight, net.b.weight]
  return vector(STEPS, n => n).map(n => {
    // A student's function: whatever it takes, these are its arguments.
    if (n === 1) (student as (...args: unknown[]) => unknown)(net, ['a'], optimizer)
    const loss = net.forward(one).sum()
    optimizer.zeroGrad()
    if (loss.requiresGrad) loss.backward()
    optimizer.step()
    return weights.map(w => w.item())
  })
}

/** What SGD with momentum does to [a, b] when from the second step on `a` is treated in some way. */
function simulated(
  [momentum, decay]: Freeze,
  treat: 'frozen' | 'zeroed' | 'cleared' | 'all' | 'none',
): Matrix {
  const w = [1, 1]
  const v = [0, 0]
  return vector(STEPS, n => n).map(n => {
    for (const i of [0, 1]) {
      const treated = n >= 1 && i === 0
      if (n >= 1 && treat === 'all') continue
      if (treated && treat === 'frozen') continue
      const zero = treated && (treat === 'zeroed' || treat === 'cleared')
      if (n === 1 && treated && treat === 'cleared') v[i] = 0
      v[i] = momentum * v[i] + (zero ? 0 : 1) + decay * w[i]
      w[i] -= RATE * v[i]
    }
    return [...w]
  })
}

const twoWeights = functionExercise<Freeze>({
  id: '11.1',
  name: 'freeze',
  parameters: ['momentum', 'weightDecay'],
  output: 'weights',
  cases: [
    [0.9, 0],
    [0, 0.5],
  ],
  depth: 1,
  place: ([step]) => `a and b after step ${step + 1}, a frozen after step 1`,
  run: stepsWith,
  right: (...all) => simulated(all, 'frozen'),
  mistakes: [
    {
      name: 'gradient set to 0, the optimiser still holds it',
      wrong: (...all) => simulated(all, 'zeroed'),
      hint: 'a moves with no gradient at all: momentum remembers. Take it out of the optimiser.',
    },
    {
      name: 'momentum cleared as well, decay still acts',
      wrong: (...all) => simulated(all, 'cleared'),
      hint: 'a shrinks towards 0: decay needs no gradient.',
    },
    {
      name: 'everything frozen (rate set to 0)',
      wrong: (...all) => simulated(all, 'all'),
      hint: 'Nothing learns. Which layers were named?',
    },
    {
      name: 'nothing frozen (names not matched)',
      wrong: (...all) => simulated(all, 'none'),
      hint: 'No layer carries one of these names; name them as `show(net)` does. A silent miss is worse than an error.',
    },
  ],
})

/** Layers of LeNet in which a weight changed in one step after `freeze(net, ['conv1', 'conv2'], optimizer)`. */
function changedInLenet(student: StudentFunction): string[] {
  const net = lenet()
  const optimizer = new optim.SGD(net.parameters(), { lr: RATE, momentum: 0.9 })
  ;(student as (...args: unknown[]) => unknown)(net, ['conv1', 'conv2'], optimizer)
  const before = net.stateDict()
  const loss = crossEntropy(
    net.forward(randn([4, 1, 28, 28])),
    tensor([0, 1, 2, 3], { dtype: 'int32' }),
  )
  optimizer.zeroGrad()
  if (loss.requiresGrad) loss.backward()
  optimizer.step()
  const after = net.stateDict()
  const names = Object.keys(before).filter(name => {
    const [a, b] = [before[name].toTypedArray(), after[name].toTypedArray()]
    return a.some((value, n) => !Object.is(value, b[n]))
  })
  return [...new Set(names.map(name => name.split('.')[0]))]
}

export const freeze: Exercise & { spec: (typeof twoWeights)['spec'] } = {
  ...twoWeights,
  judge(submission: Submission): Finding {
    const found = twoWeights.judge(submission)
    if (!found.passed) return found
    manualSeed(11)
    // The two weights have shown that it is a function.
    const changed = changedInLenet(submission['freeze'] as StudentFunction)
    const moved = changed.filter(name => name === 'conv1' || name === 'conv2')
    const passed = moved.length === 0 && changed.includes('fc2')
    return {
      ...found,
      passed,
      lines: [
        ...found.lines,
        passed
          ? `On LeNet conv1 and conv2 keep every bit; ${changed.join(', ')} learn.`
          : moved.length
            ? `On LeNet, with conv1 and conv2 named, ${moved.join(' and ')} still moves. Does a layer have more parameters than its weight?`
            : 'On LeNet, with conv1 and conv2 named, fc2 stands still as well.',
      ],
    }
  },
}

type Few = [labels: Vector, n: number]

const LABELS = [0, 1, 0, 0, 1, 2, 2, 1, 0, 2, 1, 2]
const classesOf = (labels: Vector) => [...new Set(labels)].sort((a, b) => a - b)
const placesOf = (labels: Vector, label: number) =>
  labels.flatMap((value, n) => (value === label ? [n] : []))

const OWN = 'a set of its own for each seed'
const ALIKE = 'the same set for every seed'

/** What a draw is judged by. */
function counts(labels: Vector, drawn: readonly number[], seeds = OWN) {
  return {
    perClass: classesOf(labels).map(label => drawn.filter(n => labels[n] === label).length),
    distinct: new Set(drawn).size,
    seeds,
  }
}

export const perClass = functionExercise<Few>({
  id: '11.2',
  name: 'perClass',
  parameters: ['labels', 'n'],
  cases: [
    [LABELS, 2],
    [LABELS, 3],
  ],
  run: (student, labels, n) => {
    const draw = (seed: number): unknown =>
      (student as (...args: unknown[]) => unknown)([...labels], n, seed)
    const drawn = draw(1)
    if (!Array.isArray(drawn)) return drawn
    const again = String(draw(1)) === String(drawn)
    // Twenty draws that are all alike do not depend on the seed.
    const differs = vector(20, seed => seed + 2).some(seed => String(draw(seed)) !== String(drawn))
    const seeds = again ? (differs ? OWN : ALIKE) : 'two sets for one seed'
    return counts(labels, drawn as number[], seeds)
  },
  right: (labels, n) =>
    counts(
      labels,
      classesOf(labels).flatMap(label => placesOf(labels, label).slice(0, n)),
    ),
  mistakes: [
    {
      name: 'the first n · K of all',
      wrong: (labels, n) =>
        counts(
          labels,
          vector(n * classesOf(labels).length, i => i),
          ALIKE,
        ),
      hint: 'By chance the classes are uneven. With Fashion-MNIST in label order you would get one class only.',
    },
    {
      name: 'drawn with replacement',
      wrong: (labels, n) =>
        counts(
          labels,
          classesOf(labels).flatMap(label => vector(n, () => placesOf(labels, label)[0])),
        ),
      hint: 'The counts are right, but images repeat: 10-shot with 7 images is 7-shot.',
    },
    {
      name: 'class 0 lost',
      wrong: (labels, n) =>
        counts(
          labels,
          classesOf(labels)
            .slice(1)
            .flatMap(label => placesOf(labels, label).slice(0, n)),
        ),
      hint: '`if (label)` is false for class 0.',
    },
    {
      name: 'seed ignored',
      wrong: (labels, n) =>
        counts(
          labels,
          classesOf(labels).flatMap(label => placesOf(labels, label).slice(0, n)),
          ALIKE,
        ),
      hint: 'Every seed gives the same set. Five seeds should be five experiments.',
    },
  ],
})
