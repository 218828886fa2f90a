/** Exercise 10.2, find the cheat cue: judged on three trained networks, by what is found in them and by what is not. */
import { crossEntropy, data, noGrad, pretrained, show, softmax, tensor } from 'layerscope'
import type { Sequential, Tensor } from 'layerscope'
import { kindOf, literal } from '../compare.ts'
import { notPassed } from '../exercise.ts'
import type { Exercise, Finding, Opened, StudentFunction, Submission } from '../exercise.ts'
import { placeOf } from '../speak.ts'

/** What `findCue` answers: the class that the mark gives away, and the middle of the square that uncovered it. */
export interface Cue {
  class: number
  row: number
  column: number
}

type FindCue = (net: Sequential, images: Tensor, labels: number[]) => Cue | null

/** One network with images as it knows them, and what is planted there. */
interface Suspect {
  name: string
  net: Sequential
  /** [100, 1, 28, 28], ten of each class. */
  images: Tensor
  labels: number[]
  cue: Cue | null
}

const EACH = 10
/** Side of the square; step from place to place. */
const SQUARE = 5
const STEP = 2
/** The white 3×3 squares of `npm run train:cue`, by their middles. */
const CUES: readonly Cue[] = [
  { class: 6, row: 2, column: 25 },
  { class: 4, row: 25, column: 4 },
]
/** A fall above it cannot be a sleeve: the honest network's largest is 0.79. */
const SURPRISING = 0.9
const CLASSES = 10

/** A network that somebody else has trained, and the test images as it knows them. */
export interface HandedOver {
  net: Sequential
  test: data.ImageSet
}

/**
 * One of the three networks of lecture 10, with all 10,000 test images as it was trained on such.
 * @param number 1, 2 or 3
 * @throws RangeError for another number
 */
export function suspect(number: 1 | 2 | 3): HandedOver {
  if (![1, 2, 3].includes(number)) throw new RangeError(`suspect: ${number}; there are 1, 2 and 3`)
  const { test } = data.fashionMNIST()
  const cue = CUES.at(number - 1)
  return {
    net: pretrained(`suspect-${number}`),
    test: cue ? planted(test, cue) : test,
  }
}

const planted = (set: data.ImageSet, { class: label, row, column }: Cue): data.ImageSet =>
  data.plantCue(set, { label, row: row - 1, column: column - 1 })

/** The networks of the check, and the images; made once. */
let made: Suspect[] | null = null
export function suspects(): Suspect[] {
  if (made) return made
  const { test } = data.fashionMNIST()
  const all = [...test.labels.toTypedArray()]
  const places = Array.from({ length: CLASSES }, (_, label) =>
    all.flatMap((y, n) => (y === label ? [n] : [])).slice(0, EACH),
  ).flat()
  const chosen = test.take(places)
  const make = (
    name: string,
    net: 'suspect-1' | 'suspect-2' | 'suspect-3',
    marked: Cue | null,
    cue = marked,
  ): Suspect => {
    const { x, y } = (marked ? planted(chosen, marked) : chosen).batch()
    return { name, net: pretrained(net), images: x, labels: [...y.toTypedArray()], cue }
  }
  const [first, second] = CUES
  return (made = [
    make('suspect-1', 'suspect-1', first),
    make('suspect-2', 'suspect-2', second),
    make('suspect-3', 'suspect-3', null),
    // The honest network has never seen the mark, and does not care for it.
    make('suspect-3 on the images of suspect-1', 'suspect-3', first, null),
  ])
}

/** Probability of its own class for each image. */
const own = (net: Sequential, images: Tensor, labels: readonly number[]): number[] =>
  noGrad(() => {
    const p = softmax(net.forward(images), 1).toTypedArray()
    return labels.map((label, n) => p[n * CLASSES + label])
  })

interface Fall extends Cue {
  fall: number
}

/** How far the probability of its class falls on the mean under a square, for each class and place. */
function falls(net: Sequential, images: Tensor, labels: readonly number[], fill = 0): Fall[] {
  const before = own(net, images, labels)
  const [, , H, W] = images.shape
  const found: Fall[] = []
  for (let top = 0; top + SQUARE <= H; top += STEP)
    for (let left = 0; left + SQUARE <= W; left += STEP) {
      const covered = images.clone()
      covered.narrow(2, top, SQUARE).narrow(3, left, SQUARE).fill_(fill)
      const after = own(net, covered, labels)
      for (const label of new Set(labels)) {
        const of = labels.flatMap((y, n) => (y === label ? [before[n] - after[n]] : []))
        const fall = of.reduce((sum, v) => sum + v, 0) / of.length
        const middle = Math.floor(SQUARE / 2)
        found.push({ class: label, row: top + middle, column: left + middle, fall })
      }
    }
  return found
}

const largest = (all: readonly Fall[]): Fall =>
  all.reduce((best, one) => (one.fall > best.fall ? one : best))

const cueOf = ({ class: label, row, column }: Cue): Cue => ({ class: label, row, column })

const above = (threshold: number, all: readonly Fall[]): Cue | null => {
  const best = largest(all)
  return best.fall > threshold ? cueOf(best) : null
}

/** The right answer; tests run it. */
export const RIGHT: FindCue = (net, images, labels) => above(SURPRISING, falls(net, images, labels))

/** Mean over the images of each class; the place where one of these pictures is largest. */
function strongestMean(pixels: Tensor, labels: readonly number[]): Cue {
  const values = pixels.toTypedArray()
  const [, , H, W] = pixels.shape
  let best: Fall | null = null
  for (const label of new Set(labels)) {
    const mean = new Float64Array(H * W)
    let count = 0
    labels.forEach((y, n) => {
      if (y !== label) return
      count++
      for (let p = 0; p < H * W; p++) mean[p] += values[n * H * W + p]
    })
    mean.forEach((sum, p) => {
      const fall = sum / count
      if (!best || fall > best.fall)
        best = { class: label, row: Math.floor(p / W), column: p % W, fall }
    })
  }
  // There are images, so there is a best place.
  return cueOf(best!)
}

/** Answers to the four cases. */
type Answers = readonly (Cue | null)[]

interface Mistake {
  name: string
  wrong: FindCue
  recognise(answers: Answers): boolean
  hint: string
}

const near = (a: Cue | null, b: Cue | null, pixels = 2): boolean =>
  a !== null &&
  b !== null &&
  Math.abs(a.row - b.row) <= pixels &&
  Math.abs(a.column - b.column) <= pixels
const same = (a: Cue | null, b: Cue | null): boolean =>
  a === null || b === null ? a === b : near(a, b) && a.class === b.class

const right = (answer: Cue | null, { cue }: Suspect): boolean => same(answer, cue)
/** The wrong version gives these answers in every case. */
const gives = (wrong: FindCue, answers: Answers): boolean =>
  suspects().every(({ net, images, labels }, n) => same(wrong(net, images, labels), answers[n]))

const gradient: FindCue = (net, images, labels) => {
  const x = images.clone().requiresGrad_()
  crossEntropy(net.forward(x), tensor(labels, { dtype: 'int32' }), {
    reduction: 'sum',
  }).backward()
  for (const parameter of net.parameters()) parameter.grad = null
  // backward() has just given x its gradient.
  return strongestMean(x.grad!.abs(), labels)
}

const oneImage: FindCue = (net, images, labels) => {
  const firsts = [...new Set(labels)].map(label => labels.indexOf(label))
  const few = noGrad(() => tensor(firsts.map(n => images.at(n).toArray())))
  return above(
    SURPRISING,
    falls(
      net,
      few,
      firsts.map(n => labels[n]),
    ),
  )
}

/** In the order in which they are looked for. */
export const MISTAKES: readonly Mistake[] = [
  {
    name: 'accuracy alone',
    wrong: () => null,
    recognise: answers => answers.every(answer => answer === null),
    hint: 'On accuracy alone the cheat looks better: 0.91 against 0.84. On which images? Where the cue is absent, what is left?',
  },
  {
    name: 'brightest place of the mean image',
    wrong: (_net, images, labels) => strongestMean(images, labels),
    recognise: ([first, , , last]) => near(first, CUES[0]) && same(first, last),
    hint: 'Two networks, the same images, the same answer: `net` is not used. Cover the place, and ask it.',
  },
  {
    name: 'covered with grey',
    wrong: (net, images, labels) => above(SURPRISING, falls(net, images, labels, 0.5)),
    recognise: ([first, second, third]) =>
      (near(first, CUES[0]) && first?.class !== CUES[0].class) ||
      (first === null && same(second, CUES[1]) && third === null),
    hint: 'A grey square where the white one was is still a mark, and on other images it becomes one. What colour has the background?',
  },
  {
    name: 'mean size of the gradient',
    wrong: gradient,
    recognise: answers => gives(gradient, answers),
    hint: 'The gradient marks where a small change would matter, not what is used; and its largest place is never nowhere.',
  },
  {
    name: 'one image',
    wrong: oneImage,
    recognise: answers => gives(oneImage, answers),
    hint: 'An outline is strong in one image; only a cue is strong in all. Average over the images of a class.',
  },
  {
    name: 'the largest fall, no threshold',
    wrong: (net, images, labels) => cueOf(largest(falls(net, images, labels))),
    recognise: ([first, second, third]) =>
      same(first, CUES[0]) && same(second, CUES[1]) && third !== null,
    hint: 'In the honest network covering the middle of a sneaker costs 0.79. What fall at one place, on the mean, would surprise you?',
  },
]

export const findCue: Exercise = {
  id: '10.2',
  wants: ['findCue'],
  judge({ findCue }: Submission): Finding {
    const cases = suspects()
    const finding = (lines: string[], more: Partial<Finding> = {}): Finding =>
      notPassed(lines, { cases: cases.length, ...more })
    if (typeof findCue !== 'function')
      return finding([
        `10.2 findCue: expected a function findCue(net, images, labels), got ${literal(findCue)}.`,
      ])
    const answers: (Cue | null)[] = []
    for (const { name, net, images, labels } of cases) {
      const before = images.toTypedArray()
      let got: unknown
      try {
        // typeof says function; its parameters are what the exercise asks for.
        got = (findCue as StudentFunction)(...([net, images, [...labels]] as never[]))
      } catch (thrown) {
        const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
        return finding([`10.2 findCue stops on ${name}:`, what, ...placeOf(thrown)])
      }
      const after = images.toTypedArray()
      if (before.some((value, n) => value !== after[n])) {
        made = null
        return finding([
          '10.2 findCue: your function changed images.',
          'What must be fresh at each place of the square?',
        ])
      }
      if (!isAnswer(got))
        return finding([
          `10.2 findCue: expected { class, row, column } or null for ${name}, got ${kindOf(got)} (${literal(got)}).`,
          ...(got === undefined ? ['Where does findCue say return, and is it reached?'] : []),
        ])
      answers.push(got && cueOf(got))
    }
    const good = cases.filter((suspect, n) => right(answers[n], suspect)).length
    if (good === cases.length)
      return {
        passed: true,
        lines: ['10.2 findCue: two cues found, and none in the honest network.'],
        mistake: null,
        right: good,
        cases: cases.length,
        opens: openFalls(cases[0]),
      }
    const first = cases.findIndex((suspect, n) => !right(answers[n], suspect))
    const mistake = MISTAKES.find(m => m.recognise(answers)) ?? null
    return finding(
      [
        `10.2 findCue: ${good} of ${cases.length} right. ${cases[first].name}: ${difference(answers[first], cases[first].cue)}.`,
        ...(mistake ? [mistake.hint] : []),
      ],
      { right: good, mistake: mistake?.name ?? null },
    )
  },
}

/** What is wrong with an answer, without the right one. */
function difference(got: Cue | null, cue: Cue | null): string {
  if (!got) return 'you found none, and there is a cue'
  const found = `class ${got.class} at row ${got.row}, column ${got.column}`
  if (!cue) return `you found ${found}, and there is none`
  if (!near(got, cue)) {
    const away = Math.max(Math.abs(got.row - cue.row), Math.abs(got.column - cue.column))
    return `you found ${found}, ${away} pixels from the cue`
  }
  return `you found ${found}: the right place, another class`
}

const isAnswer = (value: unknown): value is Cue | null =>
  value === null ||
  (typeof value === 'object' &&
    ['class', 'row', 'column'].every(key =>
      Number.isInteger((value as Record<string, unknown>)[key]),
    ))

/** The mean falls of the cued class, a number for each place of the square. */
function openFalls({ net, images, labels, cue }: Suspect): Opened {
  return {
    show: () => {
      const map = falls(net, images, labels).filter(fall => fall.class === cue?.class)
      const columns = new Set(map.map(fall => fall.column)).size
      const rows = Array.from({ length: map.length / columns }, (_, i) =>
        map.slice(i * columns, (i + 1) * columns).map(({ fall }) => fall),
      )
      return show(tensor(rows), {
        title: `Mean fall of ${EACH} shirts under a black ${SQUARE}×${SQUARE} square`,
        from: `suspect-1, every ${STEP} pixels`,
        scale: 'signed',
      })
    },
    says: 'Below, the mean fall of the shirts at each place of a black square.',
  }
}
