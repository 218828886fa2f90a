import { expect, test } from 'vitest'
import type { TrainingPoint } from '../../src/spec/view.ts'
import { Curve, isTest } from '../../src/train/curve.ts'

const fill = (
  limit: number,
  steps: number,
  testEvery = Infinity,
): { curve: Curve; held: TrainingPoint[] } => {
  const curve = new Curve(limit)
  let held: TrainingPoint[] = []
  const add = (p: TrainingPoint): void => {
    const added = curve.add(p)
    held = added === null ? [...curve.points] : [...held, ...added]
  }
  for (let step = 1; step <= steps; step++) {
    add({ step, epoch: step / 100, loss: step, accuracy: step / steps })
    if (step % testEvery === 0) add({ step, epoch: step / 100, testLoss: step })
  }
  return { curve, held }
}

test('below the limit nothing is lost', () => {
  const { curve } = fill(100, 100)
  expect(curve.all().map(p => p.loss)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
})

test('whatever the length: within the limit, in order, the newest last, and equal to what was handed out', () => {
  for (const steps of [101, 500, 5000, 20_000])
    for (const every of [Infinity, 50, 3, 1]) {
      const { curve, held } = fill(100, steps, every)
      const points = curve.all()
      expect(points.length).toBeLessThanOrEqual(101)
      expect(points.length).toBeGreaterThan(20)
      expect(points.at(-1)!.step).toBe(steps)
      for (let n = 1; n < points.length; n++)
        expect(points[n].step).toBeGreaterThanOrEqual(points[n - 1].step)
      expect(held).toEqual(curve.points)
      if (every <= 50) expect(points.some(isTest)).toBe(true)
    }
})

test('groups are means: a line stays a line', () => {
  const { curve } = fill(100, 3000)
  let before = 0
  for (const p of curve.all()) {
    // The mean over steps before + 1 … step.
    expect(p.loss).toBeCloseTo((before + 1 + p.step) / 2, 6)
    before = p.step
  }
})

test('a group with nothing finite stays null', () => {
  const curve = new Curve(4)
  for (let step = 1; step <= 40; step++) curve.add({ step, epoch: 0, loss: step < 20 ? null : 1 })
  const points = curve.all()
  expect(points[0].loss).toBeNull()
  expect(points.at(-1)!.loss).toBe(1)
})
