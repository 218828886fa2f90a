/** The numbers that the lectures print are those that a fresh measurement gives. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { measures } from '../../scripts/lib/measures.mjs'
import { notebooks } from '../../scripts/lib/paths.mjs'
import * as explain from '../../src/explain/index.ts'
import * as lib from '../../src/index.ts'

interface Measured {
  text: string
  value: number
  spread: number
}
const stored = JSON.parse(readFileSync(join(notebooks, 'sources/measured.json'), 'utf8')) as Record<
  string,
  Measured
>

describe('measured numbers of the lectures', () => {
  const fresh: Record<string, () => Measured> = measures(lib, explain)
  it('are all measured', () => {
    expect(Object.keys(stored).sort()).toEqual(Object.keys(fresh).sort())
  })
  it.each(Object.keys(fresh))('%s', name => {
    const { value, spread } = stored[name]
    expect(Math.abs(fresh[name]().value - value)).toBeLessThanOrEqual(spread)
  })
})
