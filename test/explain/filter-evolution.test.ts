import { describe, expect, it } from 'vitest'
import { halfway, verdict, type Convergence } from '../../src/explain/filter-evolution.ts'

describe('half the way', () => {
  it('lies between snapshots by straight line', () => {
    expect(halfway([0, 1, 3], [1, 0.75, 0.25])).toBe(2)
    expect(halfway([0, 1], [1, 0])).toBe(0.5)
  })
  it('is where the curve falls below for good', () => {
    expect(halfway([0, 1, 2, 3], [1, 0.4, 0.6, 0])).toBeCloseTo(2 + 0.1 / 0.6, 12)
  })
  it('is nowhere for weights that never moved', () => {
    expect(halfway([0, 1], [0, 0])).toBeNull()
  })
})

describe('the verdict', () => {
  const epochs = [0, 10, 20, 30, 40]
  const layer = (name: string, half: number | null, convolution = true, late = 0.2): Convergence => ({ layer: name, half, convolution, left: [1, 0.8, 0.5, late, 0] }) // prettier-ignore
  it('in order', () => {
    expect(verdict([layer('a', 3), layer('b', 5)], epochs)).toEqual([
      'Halfway to their last weights: a at epoch 3, b at epoch 5.',
      'Yes: each layer is there before the next.',
      'None is at rest after 40 epochs: each went more than 5 % of its way in the last quarter.',
    ])
  })
  it('the convolutions in order, the last layer before all', () => {
    const lines = verdict([layer('a', 3), layer('b', 5), layer('fc', 1, false, 0.01)], epochs)
    expect(lines[0]).toBe('Halfway to their last weights: fc at epoch 1, a at epoch 3, b at epoch 5.') // prettier-ignore
    expect(lines[1]).toBe('Among the convolutions, yes. Over all layers, no: fc is first, the last layer.') // prettier-ignore
    expect(lines[2]).toBe('At rest, with less than 5 % of its way in the last quarter: fc.')
  })
  it('not even the convolutions; frozen layers do not count', () => {
    const lines = verdict([layer('a', 6), layer('b', 5), layer('c', null), layer('fc', 7, false)], epochs) // prettier-ignore
    expect(lines[1]).toBe('No, not even among the convolutions: of all layers b is first.')
    expect(verdict([layer('a', 6), layer('c', null)], epochs)[0]).toMatch(/^Fewer than two/)
  })
})
