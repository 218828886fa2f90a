import { expect, test } from 'vitest'
import { TARGETS } from './fuzz-targets.ts'
import { fuzz } from './fuzz.ts'

test.each(Object.entries(TARGETS))('2,000 mutated files: %s', (_name, target) => {
  for (const seed of target.seeds) expect(() => target.read(seed)).toSatisfy(answered)
  const report = fuzz(target, 2000, 1)
  expect(report.answers + report.errors).toBe(2000)
  expect(report.errors).toBeGreaterThan(500)
  expect(report.answers).toBeGreaterThan(0)
  expect(report.most).toBeLessThan(2 ** 28)
})

/** The file is read, or it is one of those that are refused by name. */
function answered(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    return (error as Error).name === 'FileError'
  }
}
