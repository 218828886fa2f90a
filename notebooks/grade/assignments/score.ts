/** Points: verdicts become hundredths, so that a sum is exact and the same on every machine. */
import type { Assignment, Case, Verdict } from './types.ts'

/** Points of a case for its verdict, rounded to hundredths, half up; 0 for a share that is no number from 0 to 1. */
export function pointsOf(of: Pick<Case, 'points'>, { share }: Pick<Verdict, 'share'>): number {
  const fair = typeof share === 'number' && share >= 0 && share <= 1 ? share : 0
  return Math.round(fair * of.points * 100) / 100
}

/** Sum of points that are whole hundredths, without the drift of binary fractions. */
export const sumPoints = (points: readonly number[]): number =>
  points.reduce((sum, p) => sum + Math.round(p * 100), 0) / 100

/** Points that the cases of an assignment are worth together. */
export const pointsOfAll = (assignment: Assignment): number =>
  sumPoints(assignment.tasks.flatMap(task => task.cases.map(c => c.points)))
