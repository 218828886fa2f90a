import { describe, expect, it } from 'vitest'
import { safetensors } from '../../src/io/index.ts'
import { half, toHalf } from '../../src/io/numbers.ts'
import { tensor } from '../../src/index.ts'

describe('float16', () => {
  it('comes back from all 65,536 patterns', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = half(bits)
      if (Number.isNaN(value)) expect(Number.isNaN(half(toHalf(value)))).toBe(true)
      else if (toHalf(value) !== bits) expect(toHalf(value), `${value}`).toBe(bits)
    }
  })
  it('rounds to the nearest, ties to even', () => {
    for (let bits = 0; bits < 0x7bff; bits += 7) {
      const [a, b] = [half(bits), half(bits + 1)]
      const middle = (a + b) / 2
      expect(toHalf(middle)).toBe(bits % 2 === 0 ? bits : bits + 1)
      expect(toHalf(middle - (b - a) / 100)).toBe(bits)
      expect(toHalf(middle + (b - a) / 100)).toBe(bits + 1)
      if (bits > 0) expect(toHalf(-middle)).toBe(0x8000 | (bits % 2 === 0 ? bits : bits + 1))
    }
    expect([65519, 65520, 1e9, -1e9].map(toHalf)).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00])
    expect(toHalf(2 ** -26)).toBe(0)
    expect(toHalf(-0)).toBe(0x8000)
  })
  it('halves a safetensors file and leaves whole numbers alone', () => {
    const tensors = { w: tensor([1, -0.5, 1 / 3]), n: tensor([1, 70000], { dtype: 'int32' }) }
    const bytes = safetensors.format(tensors, { float16: true })
    const back = safetensors.parse(bytes)
    expect(back['n'].toArray()).toEqual([1, 70000])
    expect(back['w'].toArray()).toEqual([1, -0.5, Math.fround(0.333251953125)])
    expect(safetensors.format(tensors).length - bytes.length).toBe(6)
    expect(Object.keys(safetensors.parse(bytes, 'file', name => name === 'n'))).toEqual(['n'])
  })
})
