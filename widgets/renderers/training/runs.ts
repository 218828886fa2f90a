/** A run with its branches, its snapshots and what the layers looked like at them. No page here. */
import {
  decode,
  type TrainingPoint,
  type TrainingSnapshots,
  type TrainingView,
} from 'layerscope/spec'

type Data = TrainingView['data']

export const BINS = 41
/** What a histogram is of. */
export const PARTS = ['weights', 'gradients', 'activations'] as const
export type Part = 0 | 1 | 2

export interface LayerAt {
  name: string
  units: number | null
  /** [41] each, shares of the tallest bin; null where nothing was measured. */
  bins: (ArrayLike<number> | null)[]
  /** Limits ±, NaN where nothing was measured. */
  limits: number[]
  ratio: number | null
  silent: number | null
  saturated: number | null
}

export interface Snapshot {
  step: number
  epoch: number
  /** Not beyond where the run stands: after going back, later ones are kept all the same. */
  reached: boolean
}

export interface Run {
  name: string
  from: { run: number; step: number; epoch: number } | null
  state: Data['state']
  points: readonly TrainingPoint[]
  snapshots: Snapshot[]
  broken: { step: number; epoch: number; layer: string } | null
  /** The layers at snapshot n. */
  layersAt(n: number): LayerAt[]
}

/** The view's own run first, then its branches. */
export function runsOf(data: Data): Run[] {
  const { history } = data
  if (!history)
    return [
      {
        name: '',
        from: null,
        state: data.state,
        points: data.points,
        snapshots: [],
        broken: null,
        layersAt: () => [],
      },
    ]
  const read = (
    s: TrainingSnapshots | null,
    points: readonly TrainingPoint[],
  ): Pick<Run, 'snapshots' | 'layersAt'> => {
    if (!s) return { snapshots: [], layersAt: () => [] }
    const head = points.length ? points[points.length - 1].step : 0
    const snapshots = s.steps.map((step, n) => ({
      step,
      epoch: s.epochs[n],
      reached: step <= head || n === 0,
    }))
    let decoded: {
      heights: ArrayLike<number>
      limits: ArrayLike<number>
      facts: ArrayLike<number>
    } | null = null
    return {
      snapshots,
      layersAt: n => {
        decoded ??= { heights: decode(s.heights), limits: decode(s.limits), facts: decode(s.facts) }
        const { heights, limits, facts } = decoded
        return history.layers.map((layer, l) => {
          const at = (n * history.layers.length + l) * 3
          const fact = (f: number) => (Number.isNaN(facts[at + f]) ? null : facts[at + f])
          return {
            ...layer,
            bins: PARTS.map(
              (_, p) =>
                Number.isNaN(limits[at + p])
                  ? null
                  : (Array.prototype.slice.call(
                      heights,
                      (at + p) * BINS,
                      (at + p + 1) * BINS,
                    ) as number[]), // numbers, as decoded
            ),
            limits: PARTS.map((_, p) => limits[at + p]),
            ratio: fact(0),
            silent: fact(1),
            saturated: fact(2),
          }
        })
      },
    }
  }
  return [
    {
      name: history.name,
      from: null,
      state: data.state,
      points: data.points,
      broken: history.broken,
      ...read(history.snapshots, data.points),
    },
    ...history.branches.map(b => ({
      name: b.name,
      from: b.from,
      state: b.state,
      points: b.points,
      broken: b.broken,
      ...read(b.snapshots, b.points),
    })),
  ]
}

/** Points of the run up to `step`, with those of the runs it left before it left them. */
export function pathTo(runs: readonly Run[], n: number, step = Infinity): TrainingPoint[] {
  const run = runs[n]
  const own = run.points.filter(p => p.step <= step)
  if (!run.from) return own
  return [...pathTo(runs, run.from.run, Math.min(step, run.from.step)), ...own]
}

/** Three figures of a snapshot: accuracy and loss of its test, and what training has before it. */
export interface Figures {
  testAccuracy: number | null
  testLoss: number | null
  /** Mean of the epoch that ends there. */
  accuracy: number | null
  loss: number | null
}

export function figuresAt(points: readonly TrainingPoint[], { step, epoch }: Snapshot): Figures {
  const before = points.filter(p => p.step <= step)
  const test = before.findLast(p => p.testLoss !== undefined || p.testAccuracy !== undefined)
  const here = test?.step === step ? test : null
  const mean = (key: 'accuracy' | 'loss'): number | null => {
    const values = before
      .filter(p => p.epoch > epoch - 1)
      .map(p => p[key])
      .filter(v => typeof v === 'number')
    return values.length ? values.reduce((a, b) => a + b, 0) / values.length : null
  }
  return {
    testAccuracy: here?.testAccuracy ?? null,
    testLoss: here?.testLoss ?? null,
    accuracy: mean('accuracy'),
    loss: mean('loss'),
  }
}

/** Epoch of the lowest test loss, when at least three tests after it were higher. */
export function grownSince(points: readonly TrainingPoint[]): TrainingPoint | null {
  const tests = points.filter(p => typeof p.testLoss === 'number')
  if (tests.length < 4) return null
  const best = tests.reduce((a, b) => ((b.testLoss as number) < (a.testLoss as number) ? b : a)) // filtered above
  return tests.length - 1 - tests.indexOf(best) >= 3 ? best : null
}

/** What is wrong with the layers, in sentences; empty when nothing is. */
export function alarms(layers: readonly LayerAt[], images: number): string[] {
  const which = (what: 'silent' | 'saturated') =>
    layers.filter(l => (l[what] ?? 0) > 0).map(l => `${l[what]} of ${l.units} units of ${l.name}`)
  const silent = which('silent')
  const saturated = which('saturated')
  return [
    ...(silent.length ? [`${silent.join(', ')} silent: zero on all of ${images} images.`] : []),
    ...(saturated.length
      ? [
          `${saturated.join(', ')} saturated: at a limit of its function for more than 95 % of the values.`,
        ]
      : []),
  ]
}

/** The ratios a step should keep: below it learns slowly, above it forgets what it knew. */
export const BAND = [1e-4, 1e-2] as const

/** What to say of the ratios outside the band. */
export function ratioWords(layers: readonly LayerAt[]): string | null {
  const low = layers.filter(l => l.ratio !== null && l.ratio < BAND[0]).map(l => l.name)
  const high = layers.filter(l => l.ratio !== null && l.ratio > BAND[1]).map(l => l.name)
  const parts = [
    ...(high.length
      ? [`${high.join(', ')} moves by more than a hundredth of its weights a step`]
      : []),
    ...(low.length ? [`${low.join(', ')} hardly moves`] : []),
  ]
  return parts.length ? `${parts.join('; ')}.` : null
}
