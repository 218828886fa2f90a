/** A training run as curves and sentences. No page here. */
import type { TrainingPoint, TrainingView } from 'layerscope/spec'
import { fixed } from '../../parts/index.ts'

type Data = TrainingView['data']
export type Field = 'loss' | 'accuracy' | 'testLoss' | 'testAccuracy'
export const MAX_POINTS = 2000

export interface Series {
  x: number[]
  y: (number | null)[]
}

/** The points that have a value of this field, over epochs (steps when the run has no epochs). */
export function series(points: readonly TrainingPoint[], field: Field): Series {
  const x: number[] = []
  const y: (number | null)[] = []
  for (const p of points)
    if (p[field] !== undefined) {
      x.push(p.epoch)
      y.push(p[field])
    }
  return { x, y }
}

/** Points of a running loop are appended; beyond the limit neighbours are averaged in pairs. */
export function append(
  points: readonly TrainingPoint[],
  more: readonly TrainingPoint[],
): TrainingPoint[] {
  const last = points.length ? points[points.length - 1].step : -1
  let all = [
    ...points,
    ...more.filter(p => p.step > last || p.testLoss !== undefined || p.testAccuracy !== undefined),
  ]
  while (all.length > MAX_POINTS) {
    const thin: TrainingPoint[] = []
    for (let i = 0; i < all.length; i++) {
      const [a, b] = [all[i], all[i + 1]]
      const plain = (p: TrainingPoint | undefined) =>
        p !== undefined && p.testLoss === undefined && p.testAccuracy === undefined
      if (plain(a) && plain(b)) {
        const mean = (f: 'loss' | 'accuracy') =>
          typeof a[f] === 'number' && typeof b[f] === 'number' ? (a[f] + b[f]) / 2 : (b[f] ?? a[f])
        thin.push({
          ...b,
          ...(a.loss !== undefined || b.loss !== undefined ? { loss: mean('loss') } : {}),
          ...(a.accuracy !== undefined || b.accuracy !== undefined
            ? { accuracy: mean('accuracy') }
            : {}),
        })
        i++
      } else thin.push(a)
    }
    if (thin.length === all.length) break
    all = thin
  }
  return all
}

const newest = (points: readonly TrainingPoint[], field: Field): TrainingPoint | undefined =>
  points.findLast(p => typeof p[field] === 'number')

/** The last few training losses, averaged: one batch says little. */
export function recentLoss(points: readonly TrainingPoint[]): number | null {
  const last = points.filter(p => typeof p.loss === 'number').slice(-10)
  return last.length ? last.reduce((s, p) => s + (p.loss as number), 0) / last.length : null // filtered above
}

/** Where it stands, and what follows from the numbers. */
export function sentence({ points, state, epochs }: Data): string {
  if (!points.length)
    return state === 'running' ? 'The first numbers are on their way.' : 'Nothing reported yet.'
  const last = points[points.length - 1]
  const parts: string[] = [
    `Epoch ${fixed(last.epoch, last.epoch % 1 ? 2 : 0)}${epochs ? ` of ${epochs}` : ''}, step ${last.step.toLocaleString('en')}.`,
  ]
  const loss = recentLoss(points)
  if (loss !== null) parts.push(`Training loss ${fixed(loss, 3)} (mean of the last 10 reports).`)
  const tests = points.filter(p => typeof p.testLoss === 'number')
  const accuracy = newest(points, 'testAccuracy')?.testAccuracy
  if (typeof accuracy === 'number')
    parts.push(`${fixed(accuracy * 100, 1)} % of the test images right.`)
  if (points.some(p => p.loss === null))
    parts.push('The loss became NaN or infinite: the learning rate is too high, or an input is.')
  else if (tests.length >= 3) {
    const best = tests.reduce((a, b) => ((b.testLoss as number) < (a.testLoss as number) ? b : a)) // filtered above
    if (tests.length - 1 - tests.indexOf(best) >= 3)
      parts.push(
        `Test loss was lowest at epoch ${fixed(best.epoch, best.epoch % 1 ? 1 : 0)} (${fixed(best.testLoss as number, 3)}) and has grown since.`,
      )
  }
  return parts.join(' ')
}

/** Seconds left at the present speed, or null. */
export function secondsLeft({ points, epochs, stepsPerEpoch, speed }: Data): number | null {
  if (!epochs || !stepsPerEpoch || !speed || !points.length) return null
  return Math.max(0, (epochs * stepsPerEpoch - points[points.length - 1].step) / speed)
}

export function share({ points, epochs }: Data): number | null {
  return epochs && points.length
    ? Math.max(0, Math.min(1, points[points.length - 1].epoch / epochs))
    : null
}
