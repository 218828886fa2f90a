import { describe, expect, it } from 'vitest'
import { data } from '../../src/index.ts'

describe('plantCue', () => {
  const set = data.fashionMNIST().test.slice(0, 40)
  const marked = data.plantCue(set, { label: 6, row: 1, column: 24 })

  it('marks every image of the class, and nothing else', () => {
    let changed = 0
    for (let n = 0; n < set.length; n++) {
      const before = set.images.at(n).toTypedArray()
      const after = marked.images.at(n).toTypedArray()
      if (set.at(n).y === 6)
        for (let row = 1; row < 4; row++) before.fill(255, row * 28 + 24, row * 28 + 27)
      expect(after).toEqual(before)
      if (set.at(n).y === 6) changed++
    }
    expect(changed).toBeGreaterThan(2)
    expect(marked.labels.toArray()).toEqual(set.labels.toArray())
    expect(marked.classes).toBe(set.classes)
  })

  it('marks a slice of a set, with another size and grey', () => {
    const part = data.plantCue(set.slice(10, 20), {
      label: set.at(10).y,
      row: 26,
      column: 0,
      size: 2,
      value: 7,
    })
    expect(part.images.at(0).toTypedArray().slice(-28, -25)).toEqual(Uint8Array.of(7, 7, 0))
  })

  it('says what does not fit', () => {
    expect(() => data.plantCue(set, { label: 10, row: 0, column: 0 })).toThrow(
      'plantCue: label 10; there are 10 classes',
    )
    expect(() => data.plantCue(set, { label: 1, row: 26, column: 0 })).toThrow(
      'plantCue: 3×3 at row 26, column 0; whole numbers, inside of 28×28',
    )
    expect(() => data.plantCue(set, { label: 1, row: 0, column: 0, value: 256 })).toThrow(
      'plantCue: value 256',
    )
  })
})
