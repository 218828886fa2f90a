import { describe, expect, it } from 'vitest'
import { arange, tensor, zeros } from '../../src/index.ts'

describe('printing', () => {
  it('numbers, rows, dtypes', () => {
    expect(String(tensor(2.5))).toBe('tensor(2.5000)')
    expect(
      String(
        tensor([
          [1, 2],
          [3, 40],
        ]),
      ),
    ).toContain('tensor([[ 1')
    expect(String(arange(3))).toContain('dtype=int32')
    expect(String(tensor([true, false]))).toContain('true')
    expect(String(zeros([0, 3]))).toContain('[0, 3]')
  })
  it('says what gradient there is', () => {
    const x = tensor([1], { requiresGrad: true })
    expect(String(x)).toContain('requiresGrad=true')
    expect(String(x.mul(2))).toContain('mul')
  })
  it('long tensors are shortened', () => {
    const text = String(arange(5000))
    expect(text).toContain('...')
    expect(text.length).toBeLessThan(200)
  })
})
