/** The points of a training run, at most so many: older ones are averaged in groups. */
import type { TrainingPoint } from '../spec/view.ts'

const MEASURES = ['loss', 'accuracy', 'testLoss', 'testAccuracy'] as const

export class Curve {
  readonly points: TrainingPoint[] = []
  /** Training points that make one point of the curve. */
  private group = 1
  private pending: TrainingPoint[] = []

  constructor(private readonly limit: number) {}

  /**
   * Adds a point. Returns what a page must append to hold the same curve, or `null` when older points were averaged and it
   * needs the whole curve again.
   */
  add(point: TrainingPoint): TrainingPoint[] | null {
    const added: TrainingPoint[] = []
    if (isTest(point)) {
      if (this.pending.length) added.push(average(this.pending))
      this.pending = []
      added.push(point)
    } else {
      this.pending.push(point)
      if (this.pending.length >= this.group) {
        added.push(average(this.pending))
        this.pending = []
      }
    }
    this.points.push(...added)
    if (this.points.length <= this.limit) return added
    this.thin()
    return null
  }

  /** All points, with those still waiting for their group. */
  all(): TrainingPoint[] {
    return this.pending.length ? [...this.points, average(this.pending)] : [...this.points]
  }

  /** Neighbours of one kind become one; the newest quarter stays as it is while that is enough. */
  private thin(): void {
    this.group *= 2
    const kept: TrainingPoint[] = []
    const recent = Math.floor(this.points.length * 0.75)
    for (let n = 0; n < this.points.length; n++) {
      const [a, b] = [this.points[n], this.points[n + 1]]
      if (n + 1 < recent && b !== undefined && isTest(a) === isTest(b)) {
        kept.push(average([a, b]))
        n++
      } else kept.push(a)
    }
    if (kept.length > this.limit * 0.9) {
      // Training and test points take turns: every second pair goes.
      for (let n = 0; kept.length > this.limit * 0.7 && n < kept.length - 2; n++)
        if (isTest(kept[n]) === isTest(kept[n + 2])) kept.splice(n, 1)
    }
    this.points.splice(0, this.points.length, ...kept)
  }
}

export function isTest(point: TrainingPoint): boolean {
  return point.testLoss !== undefined || point.testAccuracy !== undefined
}

/** One point for several: the last one's place, the mean of each measure (null where none is finite). */
function average(points: readonly TrainingPoint[]): TrainingPoint {
  if (points.length === 1) return points[0]
  const last = points[points.length - 1]
  const out: TrainingPoint = { step: last.step, epoch: last.epoch }
  for (const key of MEASURES) {
    const values = points.map(p => p[key]).filter(v => v !== undefined)
    if (values.length === 0) continue
    const finite = values.filter(v => v !== null)
    out[key] = finite.length ? finite.reduce((a, b) => a + b, 0) / finite.length : null
  }
  return out
}
