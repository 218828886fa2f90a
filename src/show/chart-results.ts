/** Results of explanations that are curves or tables: invariance, calibration, shuffled weights, an image made for a unit. */
import type { Calibration, Invariance, Maximization, RandomizationStep } from '../explain/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { formatNumber, formatPercent } from '../spec/text.ts'
import { Chart, measured, type ChartContent } from './chart-data.ts'

/** What `randomizeWeights` returns. */
export interface Randomization {
  trained: Tensor
  steps: readonly RandomizationStep[]
}

export type ChartResult = Invariance | Calibration | Randomization | Maximization

/** The chart of a result, or null for anything else. */
export function chartOf(thing: unknown, labels?: readonly string[]): Chart | null {
  if (thing instanceof Chart) return thing
  if (typeof thing !== 'object' || thing === null) return null
  // Told apart by the fields that only one of them has.
  if ('relative' in thing && 'distance' in thing && 'probability' in thing)
    return ofInvariance(thing as Invariance, labels)
  if ('bins' in thing && 'error' in thing) return ofCalibration(thing as Calibration)
  if ('trained' in thing && 'steps' in thing) return ofShuffling(thing as Randomization)
  if ('pixels' in thing && 'values' in thing && 'unit' in thing && Array.isArray(thing.values))
    return ofMaximization(thing as Maximization)
  return null
}

function pictures(
  list: readonly Tensor[],
  captions: string[],
  where: 'places' | 'side',
  signed: boolean,
): ChartContent['pictures'] {
  const [C, H, W] = list[0].shape.slice(-3)
  const size = C * H * W
  const values = new Float32Array(list.length * size)
  list.forEach((t, n) => values.set(t.toTypedArray(), n * size))
  return { where, values, shape: [list.length, C, H, W], captions, signed }
}

const UNITS: Readonly<Record<string, string>> = {
  right: 'pixels to the right',
  down: 'pixels down',
  scale: 'times as large',
  rotate: 'degrees turned',
}

function ofInvariance(result: Invariance, labels?: readonly string[]): Chart {
  const { changes, relative, probability, target, images } = result
  // One thing is changed: it is the axis. Several: their order is.
  const keys = [...new Set(changes.flatMap(c => Object.keys(c).filter(k => k in UNITS)))]
  const key = keys.length === 1 ? (keys[0] as keyof (typeof changes)[number]) : null // a key, as found
  const x = changes.map((c, i) => {
    const v = key === null ? i : c[key]
    return typeof v === 'number' ? v : key === 'scale' ? 1 : 0
  })
  const what = labels?.[target] ?? `class ${target}`
  const layers = Object.keys(relative)
  const sentences = layers.map(name => {
    const most = relative[name].reduce((a, b, i) => (b > relative[name][a] ? i : a), 0)
    return `${name} moves most at ${formatNumber(x[most], Number.isInteger(x[most]) ? 0 : 2)}: by ${formatPercent(relative[name][most], 0)} of its length.`
  })
  const least = probability.reduce((a, b, i) => (b < probability[a] ? i : a), 0)
  sentences.push(
    `The probability of ${what} falls to ${formatPercent(probability[least])} at ${formatNumber(x[least], Number.isInteger(x[least]) ? 0 : 2)}.`,
  )
  return new Chart('Invariance', {
    form: 'lines',
    axis: { label: key ? UNITS[key] : 'change', values: x, names: null },
    panels: [
      {
        label: 'distance of the features, as a share of their length',
        limits: [0, Math.max(...layers.flatMap(l => relative[l])) || 1],
        percent: true,
        series: layers.map(l => measured(l, relative[l])),
        level: null,
      },
      {
        label: `probability of ${what}`,
        limits: [0, 1],
        percent: true,
        series: [measured(what, probability)],
        level: null,
      },
    ],
    pictures: pictures(
      changes.map((_, i) => images.at(i)),
      x.map(v => formatNumber(v, Number.isInteger(v) ? 0 : 2)),
      'places',
      false,
    ),
    sentences,
    how: 'For each changed image x′: |f(x) − f(x′)| ÷ |f(x)| of a layer’s values f, and the probability of the class. Zeiler & Fergus 2014, figure 5.',
  })
}

function ofCalibration({ bins, error }: Calibration): Chart {
  const x = bins.map(b => b.confidence)
  const gap = bins.map(b => b.accuracy - b.confidence)
  const widest = gap.reduce((a, b, i) => (Math.abs(b) > Math.abs(gap[a]) ? i : a), 0)
  const mean = bins.reduce((s, b, i) => s + gap[i] * b.count, 0)
  return new Chart('Calibration', {
    form: 'lines',
    axis: { label: 'how sure it says it is', values: x, names: null },
    panels: [
      {
        label: 'share that is right',
        limits: [0, 1],
        percent: true,
        series: [measured('right', bins.map(b => b.accuracy)), measured('as sure as right', x, true)], // prettier-ignore
        level: null,
      },
      {
        label: 'images',
        limits: [0, Math.max(1, ...bins.map(b => b.count))],
        percent: false,
        series: [measured('images', bins.map(b => b.count))], // prettier-ignore
        level: null,
      },
    ],
    pictures: null,
    sentences: bins.length
      ? [
          `Expected calibration error ${formatPercent(error)}: on the whole it is ${mean < 0 ? 'surer than it is right' : 'more often right than it is sure'}.`,
          `The widest gap is where it says ${formatPercent(bins[widest].confidence, 0)}: ${formatPercent(bins[widest].accuracy, 0)} of ${bins[widest].count} images are right.`,
        ]
      : [],
    how: 'Images in bins of equal width by the probability of what is said; each bin’s mean probability against its share of right answers. Guo et al. 2017.',
  })
}

function ofShuffling({ trained, steps }: Randomization): Chart {
  const names = steps.map(s => s.shuffled[s.shuffled.length - 1])
  const values = steps.map(s => s.correlation)
  const unmoved = steps.filter(s => s.correlation > 0.5).length
  const all = values[values.length - 1]
  return new Chart('Shuffled weights', {
    form: 'rows',
    axis: { label: 'shuffled, from the output down', values: null, names: names.map((n, i) => (i ? `… and ${n}` : n)) }, // prettier-ignore
    panels: [
      {
        label: 'rank correlation with the picture of the trained network',
        limits: [-1, 1],
        percent: false,
        series: [measured('rank correlation', values)],
        level: { value: 0.5, label: 'above: hardly notices' },
      },
    ],
    pictures: pictures([trained, ...steps.map(s => s.pixels)], ['trained', ...names], 'side', true),
    sentences: [
      unmoved
        ? `With ${unmoved === 1 ? names[0] : `${unmoved} of ${steps.length} layers`} shuffled the picture hardly notices (above 0.5).`
        : 'The picture changes with the first layer that is shuffled.',
      ...(all === undefined || Number.isNaN(all)
        ? []
        : [`With all of them shuffled the correlation is ${formatNumber(all, 2)}.`]),
    ],
    how: 'Layers’ weights are shuffled one after the other from the output down, the picture is made again each time, and the sizes of its pixels are compared by rank (Spearman). Adebayo et al. 2018.',
  })
}

function ofMaximization({ layer, unit, at, pixels, values }: Maximization): Chart {
  const place = at ? ` at row ${at[0]}, column ${at[1]}` : ''
  return new Chart(`Image made for ${layer}, unit ${unit}`, {
    form: 'lines',
    axis: { label: 'step', values: values.map((_, i) => i + 1), names: null },
    panels: [
      {
        label: `value of the unit${place}`,
        limits: null,
        percent: false,
        series: [measured(`${layer} · ${unit}`, values)],
        level: null,
      },
    ],
    pictures: pictures([pixels], [`after ${values.length} steps`], 'side', false),
    sentences: [
      `The unit’s value goes from ${formatNumber(values[0], 2)} to ${formatNumber(values[values.length - 1], 2)} in ${values.length} steps.`,
    ],
    how: 'Gradient ascent on one unit’s value in the pixels, with a pull to grey, a penalty for total variation and random shifts. Simonyan et al. 2013.',
  })
}
