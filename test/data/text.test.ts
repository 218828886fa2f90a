import { describe, expect, test } from 'vitest'
import { arange, data, zeros } from '../../src/index.ts'

describe('Vocabulary', () => {
  test('there and back, also beyond the basic plane', () => {
    const text = 'whale — 🐋!'
    const v = new data.Vocabulary(text)
    expect(v.size).toBe(9)
    expect(v.decode(v.encode(text))).toBe(text)
    expect(v.encode('🐋').shape).toEqual([1])
    expect(new data.Vocabulary(['<', 'b', 'a']).encode('ab<').toArray()).toEqual([2, 1, 0])
  })
  test('errors', () => {
    const v = new data.Vocabulary('ab')
    expect(() => v.encode('abc')).toThrow('encode: "c" at 2 is none of the 2 characters')
    expect(() => v.decode([2])).toThrow('decode: number 2')
    expect(() => new data.Vocabulary('')).toThrow('empty')
    expect(() => new data.Vocabulary(['a', 'a'])).toThrow('twice')
  })
})

describe('textWindows', () => {
  test('y is x one character later', () => {
    const set = data.textWindows(arange(10), { length: 3 })
    expect(set.length).toBe(3)
    const { x, y } = set.batch([2, 0])
    expect(x.toArray()).toEqual([[6, 7, 8], [0, 1, 2]]) // prettier-ignore
    expect(y.toArray()).toEqual([[7, 8, 9], [1, 2, 3]]) // prettier-ignore
    expect(data.textWindows(arange(10), { length: 3, stride: 1 }).length).toBe(7)
    expect(() => data.textWindows(arange(3), { length: 3 })).toThrow('a window of 3 needs 4')
    expect(() => data.textWindows(zeros([3]), { length: 1 })).toThrow('tokens are int32 [N]')
  })
})

describe('textStreams', () => {
  test('rows go on from batch to batch', () => {
    const streams = data.textStreams(arange(14), { size: 2, length: 3 })
    expect(streams.length).toBe(2)
    const [a, b] = [...streams]
    expect(a.x.toArray()).toEqual([[0, 1, 2], [6, 7, 8]]) // prettier-ignore
    expect(b.x.toArray()).toEqual([[3, 4, 5], [9, 10, 11]]) // prettier-ignore
    expect(b.y.toArray()).toEqual([[4, 5, 6], [10, 11, 12]]) // prettier-ignore
    expect(() => data.textStreams(arange(6), { size: 2, length: 3 })).toThrow('need 7')
  })
})

describe('shipped texts', () => {
  test('Moby-Dick', () => {
    const text = data.mobyDick()
    expect(text.startsWith('CHAPTER 1. Loomings.\n\nCall me Ishmael.')).toBe(true)
    expect([...text].length).toBe(1_191_160)
    expect(new data.Vocabulary(text).size).toBe(81)
  })
  test('names', () => {
    const names = data.names()
    expect(names.length).toBe(8422)
    expect(names).toContain('Ada')
    expect(new Set(names).size).toBe(names.length)
  })
})
