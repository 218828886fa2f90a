/** What is kept of a run and of the runs that left it, for the training view. */
import { BINS } from '../spec/validate-training.ts'
import type {
  TrainingBranch,
  TrainingPoint,
  TrainingSnapshots,
  TrainingView,
} from '../spec/view.ts'
import { Curve } from '../train/curve.ts'
import type { Histogram, LayerState, Run } from '../train/index.ts'
import type { Packer } from './pack.ts'

type History = NonNullable<TrainingView['data']['history']>

/** Bytes that the histograms of a saved view may take; a live one gets four times as many. */
const BUDGET = 300_000
/** Points of a saved curve, over all branches. */
const POINTS = 3000

/** A run and its branches, theirs too, each after the run it left. */
export class RunTree {
  readonly runs: Run[] = []

  constructor(root: Run) {
    this.runs.push(root)
    this.refresh()
  }

  /** Takes in branches that are new. */
  refresh(): void {
    // The list grows while it is walked.
    for (const run of this.runs)
      for (const branch of run.branches) if (!this.runs.includes(branch)) this.runs.push(branch)
  }

  nameOf(run: Run): string {
    return run.origin?.changes ?? `lr ${run.optimizer.lr}`
  }

  history(pack: Packer, detail: 'saved' | 'live'): History {
    const layers = this.layers()
    const most = Math.max(
      8,
      Math.floor(
        (BUDGET * (detail === 'live' ? 4 : 1)) /
          (Math.max(1, layers.length) * 200 * this.runs.length),
      ),
    )
    let left = 0
    const snapshots = (run: Run): TrainingSnapshots => {
      const kept = run.snapshots.filter(s => run.layersAt(s.step))
      const chosen = thin(kept, most)
      left += kept.length - chosen.length
      return packed(
        pack,
        layers.map(l => l.name),
        chosen.map(({ step, epoch }) => ({ step, epoch, states: run.layersAt(step) ?? [] })),
      )
    }
    const [root, ...branches] = this.runs
    const first = snapshots(root)
    const limit = Math.floor(POINTS / this.runs.length)
    return {
      name: this.nameOf(root),
      layers,
      images: Math.max(...this.runs.map(r => r.probed)),
      snapshots: first,
      broken: root.broken,
      branches: branches.map((run): TrainingBranch => {
        const { origin } = run
        const parent = origin ? this.runs.indexOf(origin.run) : 0
        const step = origin?.step ?? 0
        return {
          name: this.nameOf(run),
          from: { run: Math.max(0, parent), step, epoch: step / run.stepsPerEpoch },
          state: run.log.state,
          points: shorten(run.log.points, limit, step),
          snapshots: snapshots(run),
          broken: run.broken,
        }
      }),
      left: left ? `${left} snapshots between those shown are left out` : '',
    }
  }

  private layers(): History['layers'] {
    const seen = this.runs.flatMap(run => run.snapshots.map(s => run.layersAt(s.step) ?? []))
    const full = seen.findLast(states => states.some(s => s.units !== null)) ?? seen.at(-1) ?? []
    return full.map(({ layer, units }) => ({ name: layer, units }))
  }
}

/** At most `most` of a list, evenly, with the first and the last. */
export function thin<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list]
  return Array.from(
    { length: most },
    (_, n) => list[Math.round((n * (list.length - 1)) / (most - 1))],
  )
}

/** A branch's own points, averaged in groups where there are too many. */
function shorten(points: readonly TrainingPoint[], limit: number, after: number): TrainingPoint[] {
  const curve = new Curve(limit)
  for (const p of points) if (p.step > after) curve.add({ ...p })
  return curve.all()
}

interface Moment {
  step: number
  epoch: number
  states: readonly LayerState[]
}

function packed(
  pack: Packer,
  layers: readonly string[],
  moments: readonly Moment[],
): TrainingSnapshots {
  const S = moments.length
  const L = layers.length
  const heights = new Float32Array(S * L * 3 * BINS)
  const limits = new Float32Array(S * L * 3).fill(NaN)
  const facts = new Float32Array(S * L * 3).fill(NaN)
  moments.forEach(({ states }, s) =>
    layers.forEach((layer, l) => {
      const state = states.find(q => q.layer === layer)
      if (!state) return
      const at = (s * L + l) * 3
      const parts: (Histogram | null)[] = [state.weights, state.gradients, state.activations]
      parts.forEach((part, p) => {
        if (!part) return
        limits[at + p] = part.most
        const tallest = Math.max(1, ...part.counts)
        part.counts.forEach((n, bin) => (heights[(at + p) * BINS + bin] = n / tallest))
      })
      ;[state.ratio, state.silent, state.saturated].forEach((v, f) => (facts[at + f] = v ?? NaN))
    }),
  )
  return {
    steps: moments.map(m => m.step),
    epochs: moments.map(m => m.epoch),
    heights: pack(heights, [S, L, 3, BINS], 'u8', [0, 1]),
    limits: pack(limits, [S, L, 3], 'f32'),
    facts: pack(facts, [S, L, 3], 'f32'),
  }
}
