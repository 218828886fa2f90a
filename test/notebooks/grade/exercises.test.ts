/** Every exercise: the right answer passes, each mistake is told apart and gets its own hint. */
import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { same, Thrown } from '../../../notebooks/grade/compare.ts'
import type { FunctionExercise, StudentFunction } from '../../../notebooks/grade/exercise.ts'
import { EXERCISES } from '../../../notebooks/grade/exercises/index.ts'
import { BORDER_MISTAKES } from '../../../notebooks/grade/exercises/lecture06.ts'
import { TYPO_MISTAKES } from '../../../notebooks/grade/exercises/lecture02.ts'
import { copy, judgeFunction } from '../../../notebooks/grade/judge.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import type { Module } from '../../../src/nn/index.ts'
import type { SGD } from '../../../src/optim/index.ts'

vi.mock('../../../notebooks/grade/exercises/views.ts', () => ({
  openStepper: () => null,
  openTurned: () => null,
  openVolume: () => null,
  openPoolBackward: () => null,
  openAverage: () => null,
  openSoftmax: () => null,
  openCurve: () => null,
}))

type AnyExercise = FunctionExercise<never[]>
const exercises = Object.values(EXERCISES).flatMap(exercise =>
  'spec' in exercise
    ? // Each exercise is tested with its own cases only, so its argument types match.
      [exercise.spec as AnyExercise]
    : [],
)
const outcome = (f: (...args: never[]) => unknown, args: never[]): unknown => {
  try {
    return f(...copy(args))
  } catch (thrown) {
    return new Thrown(thrown instanceof Error ? thrown.name : String(thrown))
  }
}
const results = (spec: AnyExercise, f: (...args: never[]) => unknown) =>
  spec.cases.map(args => outcome(f, args))

/** Results and mistakes computed independently, with NumPy and PyTorch: right answers and what each mistake gives. */
interface Expected {
  right: unknown[]
  wrong: Record<string, { differs: number[]; case: number; gives: unknown }>
}
const expected = JSON.parse(
  readFileSync(new URL('expected.json', import.meta.url), 'utf8'),
  (_, value: unknown) => {
    if (value === 'NaN') return NaN
    if (value === 'Infinity') return Infinity
    if (value === '-Infinity') return -Infinity
    return typeof value === 'object' && value !== null && 'error' in value
      ? new Thrown(String(value.error))
      : value
  },
) as Record<string, Expected>

it('has exercises for all lectures', () => {
  const lectures = new Set(Object.keys(EXERCISES).map(id => Number.parseInt(id)))
  expect([...lectures]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
})

describe.each(exercises.map(spec => [spec.id, spec] as const))('exercise %s', (id, spec) => {
  // What the function does with a network is tested below, with functions that do it.
  const answers = spec.run ? { ...spec, run: undefined } : spec
  const judge = (f: unknown) => judgeFunction(answers, { [spec.name]: f })

  it('passes the right function', () => {
    const found = judge(spec.right)
    expect(found.lines[0]).toBe(
      `${spec.id} ${spec.name}: right in ${spec.cases.length} of ${spec.cases.length} cases.`,
    )
    expect(found.passed).toBe(true)
  })

  it.each(spec.mistakes.map(m => [m.name, m] as const))('recognises: %s', (name, mistake) => {
    const found = judge(mistake.wrong)
    expect(found.passed).toBe(false)
    expect(found.mistake).toBe(name)
    expect(found.lines.at(-1)).toBe(mistake.hint)
    expect(found.lines.length).toBeLessThanOrEqual(3)
  })

  it('recognises at least three mistakes, no two of which agree in all cases or share a hint', () => {
    const all = spec.mistakes.map(m => results(spec, m.wrong))
    expect(all.length).toBeGreaterThanOrEqual(3)
    all.forEach((a, n) => all.slice(n + 1).forEach(b => expect(same(a, b)).toBe(false)))
    expect(new Set(spec.mistakes.map(m => m.hint)).size).toBe(spec.mistakes.length)
  })

  it('gives what was computed independently', () => {
    const page = expected[id]
    if (!page) return
    const right = results(spec, spec.right)
    page.right.forEach((value, n) => {
      const got = listedPart(id, right[n])
      if (!scalars(id)) expect(same(value, got), `case ${n + 1}`).toBe(true)
    })
    const listed = spec.mistakes.filter(m => Object.hasOwn(page.wrong, m.name))
    expect(listed.length).toBeGreaterThanOrEqual(3)
    for (const mistake of listed) {
      const { differs, case: at, gives } = page.wrong[mistake.name]
      const wrong = results(spec, mistake.wrong)
      const got = listedPart(id, wrong[at])
      if (!scalars(id)) expect(same(gives, got), mistake.name).toBe(true)
      if (id === '12.2') continue
      const found = page.right.flatMap((_, n) =>
        same(listedPart(id, wrong[n]), listedPart(id, right[n])) ? [] : [n],
      )
      expect(found, mistake.name).toEqual(differs)
    }
  })

  it('invents nothing for a mistake it does not know', () => {
    let calls = 0
    const found = judge((...args: never[]) => (calls++ === 0 ? spec.right(...args) : [[12345]]))
    expect(found.mistake).toBeNull()
    expect(found.lines.length).toBe(1)
    expect(found.right).toBe(1)
  })
})

/** What the file lists of a result: of 12.2 one of three gradients, of 11.2 nothing about seeds. */
function listedPart(id: string, result: unknown): unknown {
  if (id === '12.2') return (result as Record<string, unknown>)['gW']
  if (id !== '11.2') return result
  const { seeds: _, ...counted } = result as Record<string, unknown>
  return counted
}

/** The page writes 13.3's one cell as numbers; here every value is a list. */
const scalars = (id: string) => id === '13.3'

describe('2.2 the bad weight', () => {
  const judge = (typo: unknown) => EXERCISES['2.2'].judge({ typo })
  it('passes the weight that explains the slide', () => {
    const found = judge({ filter: 0, channel: 1, row: 0, column: 1, should: -1 })
    expect(found.lines).toEqual([
      '2.2 typo: with w[0][1][0][1] = -1 all 18 cells agree with the slide.',
    ])
    expect(found.passed).toBe(true)
  })
  it.each(
    [8, 6, 5, 4, 8].map((cells, n) => [TYPO_MISTAKES[n].name, cells, TYPO_MISTAKES[n]] as const),
  )('recognises: %s', (name, cells, { typo, hint }) => {
    const found = judge(typo)
    expect(found.mistake).toBe(name)
    expect(found.lines[0]).toContain(
      `${cells} of 18 cells differ from the slide; as printed it is 4.`,
    )
    expect(found.lines[1]).toBe(hint)
  })
  it('says what is wrong with anything else', () => {
    expect(judge(undefined).lines[0]).toContain('got undefined')
    expect(judge({ filter: 0, channel: 3, row: 0, column: 1, should: 1 }).lines[0]).toBe(
      '2.2 typo: channel 3 is outside of w [2, 3, 3, 3]; it counts from 0 to 2.',
    )
    expect(judge({ filter: 0, channel: 2, row: 2, column: 2, should: 0 }).mistake).toBeNull()
  })
})

describe('6.3 a border counterexample', () => {
  const judge = (x: unknown) => EXERCISES['6.3'].judge({ x })
  it('passes a single 1 in the corner', () => {
    const x = Array.from({ length: 5 }, (_, i) =>
      Array.from({ length: 5 }, (_, j) => +(i + j === 0)),
    )
    const found = judge(x)
    expect(found.passed).toBe(true)
    expect(found.lines).toEqual([
      '6.3 x: two padded 3×3 and one padded 5×5 differ in 5 of 25 cells, all in the outermost ring.',
      'At [0, 0]: 4 with two, 9 with one.',
    ])
  })
  it.each(BORDER_MISTAKES.map(m => [m.name, m] as const))('recognises: %s', (name, mistake) => {
    const found = judge(mistake.example)
    expect(found.passed).toBe(false)
    expect(found.mistake).toBe(name)
    expect(found.lines[1]).toBe(mistake.hint)
  })
  it('says what is wrong with anything else', () => {
    expect(judge([[1]]).lines[0]).toBe('6.3 x: expected 5 rows of 5 finite numbers, got [1, 1].')
    expect(judge(3).lines[0]).toContain('got 3')
  })
})

describe('11.1 freezing a network', () => {
  const judge = (freeze: unknown) => EXERCISES['11.1'].judge({ freeze })
  type Net = Module
  const named = (net: Net, layers: string[]) =>
    net.namedParameters().flatMap(([name, p]) => (layers.includes(name.split('.')[0]) ? [p] : []))
  it('passes layers that stop learning', () => {
    const found = judge((net: Net, layers: string[]) => {
      for (const p of named(net, layers)) p.requiresGrad = false
    })
    expect(found.lines).toEqual([
      '11.1 freeze: right in 2 of 2 cases.',
      'On LeNet conv1 and conv2 keep every bit; conv3, fc1, fc2 learn.',
    ])
    expect(found.passed).toBe(true)
  })
  const wrong: [string, (net: Net, layers: string[], optimizer: SGD) => void][] = [
    [
      'gradient set to 0, the optimiser still holds it',
      (net, layers) => {
        for (const p of named(net, layers)) p.registerHook((g: Tensor) => g.mul(0))
      },
    ],
    [
      'everything frozen (rate set to 0)',
      (_net, _layers, optimizer) => {
        optimizer.lr = 0
      },
    ],
    ['nothing frozen (names not matched)', () => {}],
  ]
  it.each(wrong)('recognises: %s', (name, freeze) => {
    expect(judge(freeze).mistake).toBe(name)
  })
  it('notices a bias that still moves', () => {
    const found = judge((net: Net, layers: string[]) => {
      for (const p of named(net, layers)) if (p.shape.length > 1) p.requiresGrad = false
    })
    expect(found.passed).toBe(false)
    expect(found.lines[1]).toContain('conv1 and conv2 still moves')
  })
})

describe('11.2 few of each class', () => {
  const judge = (perClass: StudentFunction) => EXERCISES['11.2'].judge({ perClass })
  const shuffled = (items: number[], seed: number) =>
    items
      .map((item, n) => [Math.sin(seed * 1.7 + n * 37 + item), item])
      .sort((a, b) => a[0] - b[0])
      .map(([, item]) => item)
  const draw = (labels: number[], n: number, seed: number, classes = [...new Set(labels)]) =>
    classes.flatMap(label =>
      shuffled(
        labels.flatMap((value, k) => (value === label ? [k] : [])),
        seed,
      ).slice(0, n),
    )
  it('passes a draw by seed', () => {
    expect(judge((labels: number[], n: number, seed: number) => draw(labels, n, seed)).passed).toBe(
      true,
    )
  })
  it('recognises a seed that is ignored, class 0 lost, and repeats', () => {
    expect(judge((labels: number[], n: number) => draw(labels, n, 1)).mistake).toBe('seed ignored')
    expect(
      judge((labels: number[], n: number, seed: number) => draw(labels, n, seed, [1, 2])).mistake,
    ).toBe('class 0 lost')
    expect(
      judge((labels: number[], n: number, seed: number) =>
        draw(labels, 1, seed).flatMap(k => Array<number>(n).fill(k)),
      ).mistake,
    ).toBe('drawn with replacement')
  })
  it('says so when one seed gives two sets', () => {
    let calls = 0
    const found = judge((labels: number[], n: number) => draw(labels, n, calls++))
    expect(found.passed).toBe(false)
  })
})

describe('13.1 the copy task', () => {
  const judge = (copyTask: unknown) => EXERCISES['13.1'].judge({ copyTask })
  type Change = {
    steps?: number
    y?: (symbols: number[], steps: number) => unknown
    recall?: (symbol: number, channels: number) => number[]
    symbol?: (drawn: number) => number
  }
  const oneHot = (at: number, size: number) => Array.from({ length: size }, (_, k) => +(k === at))
  const make =
    ({ steps: more = 0, y = s => s, recall, symbol = s => s }: Change = {}) =>
    (blanks: number, symbols: number, n: number, seed: number) => {
      const drawn = Array.from({ length: n }, (_, k) =>
        symbol(Math.floor(Math.abs(Math.sin(seed * 77 + k * 13)) * symbols)),
      )
      const steps = blanks + 2 + more
      const x = Array.from({ length: steps }, (_, t) =>
        drawn.map(s => {
          if (t === 0) return oneHot(s, symbols + 2)
          if (t < steps - 1) return oneHot(symbols, symbols + 2)
          return recall ? recall(s, symbols + 2) : oneHot(symbols + 1, symbols + 2)
        }),
      )
      return { x, y: y(drawn, steps) }
    }
  it('passes the task', () => {
    expect(judge(make()).lines[0]).toContain('13.1 copyTask: x [5, 24, 6] is one-hot')
    expect(judge(make()).passed).toBe(true)
  })
  const wrong: [string, Change][] = [
    [
      'target at every step, blanks included',
      { y: (s, steps) => Array.from({ length: steps }, () => s) },
    ],
    ['one blank too few or too many', { steps: 1 }],
    ['one blank too few or too many', { steps: -1 }],
    ['symbol shown again at the recall step', { recall: (s, c) => oneHot(s, c) }],
    [
      'symbol shown again at the recall step',
      { recall: (s, c) => oneHot(s, c).map((v, k) => (k === c - 1 ? 1 : v)) },
    ],
    ['the same symbol for the whole batch', { symbol: () => 2 }],
  ]
  it.each(wrong)('recognises: %s', (name, change) => {
    expect(judge(make(change)).mistake).toBe(name)
  })
  it('says what is wrong with anything else', () => {
    expect(judge(() => 3).lines[0]).toContain('expected { x, y }, got a number (3)')
    expect(
      judge(() => {
        throw new Error('no')
      }).lines[1],
    ).toBe('Error: no')
    let calls = 0
    const task = make()
    expect(judge((b: number, s: number, n: number) => task(b, s, n, calls++)).lines[0]).toContain(
      'called twice with the same seed',
    )
    expect(judge((b: number, s: number, n: number) => task(b, s, n, 1)).lines[0]).toContain(
      'seed 2 gives the same set as seed 1',
    )
  })
})
