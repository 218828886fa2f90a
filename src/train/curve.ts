/** The points of a training run, at most so many: older ones are averaged in groups. */
import type { TrainingPoint } from '../spec/view.ts'

const MEASURES = ['loss', 'accuracy', 'testLoss', 'testAccuracy'] as const

export class Curve {
  readonly points: TrainingPoint[] = []
  /** Training points that make one point of the curve. */
  private group = 1
  private pending: TrainingPoint[] = []
  /** Of points that stand for several: how many. */
  private readonly weights = new WeakMap<TrainingPoint, number>()

  constructor(private readonly limit: number) {}

  /**
   * Adds a point. Returns what a page must append to hold the same curve, or `null` when older points were averaged and it
   * needs the whole curve again.
   */
  add(point: TrainingPoint): TrainingPoint[] | null {
    const added: TrainingPoint[] = []
    if (isTest(point)) {
      if (this.pending.length) added.push(this.average(this.pending))
      this.pending = []
      added.push(point)
    } else {
      this.pending.push(point)
      if (this.pending.length >= this.group) {
        added.push(this.average(this.pending))
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
    return this.pending.length ? [...this.points, this.average(this.pending)] : [...this.points]
  }

  /** Neighbours of one kind become one; the newest quarter stays as it is while that is enough. */
  private thin(): void {
    this.group *= 2
    const kept: TrainingPoint[] = []
    const recent = Math.floor(this.points.length * 0.75)
    for (let n = 0; n < this.points.length; n++) {
      const [a, b] = [this.points[n], this.points[n + 1]]
      if (n + 1 < recent && b !== undefined && isTest(a) === isTest(b)) {
        kept.push(this.average([a, b]))
        n++
      } else kept.push(a)
    }
    if (kept.length > this.limit * 0.9) {
      // Training and test points take turns: each is merged with the next of its kind.
      for (let n = 0; kept.length > this.limit * 0.7 && n < kept.length - 2; n++)
        if (isTest(kept[n]) === isTest(kept[n + 2])) {
          kept[n + 2] = this.average([kept[n], kept[n + 2]])
          kept.splice(n, 1)
        }
    }
    this.points.splice(0, this.points.length, ...kept)
  }

  /** One point for several: the last one's place, the mean over all their steps (null where none is finite). */
  private average(points: readonly TrainingPoint[]): TrainingPoint {
    if (points.length === 1) return points[0]
    const last = points[points.length - 1]
    const out: TrainingPoint = { step: last.step, epoch: last.epoch }
    const weight = (p: TrainingPoint): number => this.weights.get(p) ?? 1
    for (const key of MEASURES) {
      let sum = 0
      let total = 0
      for (const p of points) {
        const value = p[key]
        if (value === undefined) continue
        out[key] = null
        if (value === null) continue
        sum += value * weight(p)
        total += weight(p)
      }
      if (total > 0) out[key] = sum / total
    }
    this.weights.set(
      out,
      points.reduce((n, p) => n + weight(p), 0),
    )
    return out
  }
}

export function isTest(point: TrainingPoint): boolean {
  return point.testLoss !== undefined || point.testAccuracy !== undefined
}
