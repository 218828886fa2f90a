import { describe, expect, it } from 'vitest'
import type { Storage } from '../../src/backend/index.ts'
import { zeros } from '../../src/index.ts'
import { onCreate } from '../../src/tensor/created.ts'

describe('onCreate', () => {
  it('lists the storages made meanwhile, the innermost list only', () => {
    const [outer, inner]: Storage[][] = [[], []]
    const before = zeros([1])
    const [a, b] = onCreate(outer, () => {
      const a = zeros([2])
      const b = onCreate(inner, () => zeros([3]))
      a.reshape([1, 2])
      return [a, b]
    })
    zeros([1])
    expect(outer).toEqual([a.storage])
    expect(inner).toEqual([b.storage])
    expect(outer).not.toContain(before.storage)
  })
  it('ends with an error', () => {
    const list: Storage[] = []
    expect(() =>
      onCreate(list, () => {
        throw new Error('inside')
      }),
    ).toThrow('inside')
    zeros([1])
    expect(list).toEqual([])
  })
})
