import { describe, expect, test } from 'vitest'
import { fromBase64, toBase64 } from '../../src/spec/base64.ts'
import { decode, encode, encodeBytes, fromHalf, toHalf } from '../../src/spec/encode.ts'
import type { Encoded, Encoding } from '../../src/spec/view.ts'

const back = (values: number[], encoding: Encoding): number[] =>
  Array.from(decode(encode(values, [values.length], encoding)))

describe('base64', () => {
  test('agrees with Node for every length and every byte', () => {
    for (let n = 0; n < 70; n++) {
      const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 37 + n * 11) & 255)
      const text = toBase64(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect(fromBase64(text)).toEqual(bytes)
    }
  })
  test.each(['A', 'AB=', '====', 'A===', 'AB=C', 'AB\n=', 'ABC*', 'ABCé', 'AAAA=AAA', 'AB==AB=='])(
    '%j is none',
    text => expect(fromBase64(text)).toBeNull(),
  )
})

describe('half precision', () => {
  test('every half goes to a number and back', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromHalf(bits)
      if (Number.isNaN(value)) expect(fromHalf(toHalf(value))).toBeNaN()
      else expect(toHalf(value)).toBe(bits)
    }
  })
  test('rounds to nearest, ties to even', () => {
    expect(fromHalf(toHalf(1 + 2 ** -11))).toBe(1)
    expect(fromHalf(toHalf(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9)
    expect(fromHalf(toHalf(1 + 2 ** -11 + 2 ** -20))).toBe(1 + 2 ** -10)
    expect(fromHalf(toHalf(65519))).toBe(65504)
    expect(fromHalf(toHalf(65520))).toBe(Infinity)
    expect(fromHalf(toHalf(2 ** -25))).toBe(0)
    expect(fromHalf(toHalf(2 ** -25 * 1.01))).toBe(2 ** -24)
    expect(Object.is(fromHalf(toHalf(-0)), -0)).toBe(true)
  })
})

describe('encode and decode', () => {
  test('f32 is exact, f16 within 2⁻¹¹, i32 exact', () => {
    const values = [0, -1.5, Math.fround(0.1), 3e38, -1e-40, NaN, Infinity, -Infinity]
    expect(back(values, 'f32')).toEqual(values.map(Math.fround))
    for (const v of [0.3, -7.77, 1234.5]) expect(Math.abs(back([v], 'f16')[0] / v - 1)).toBeLessThan(2 ** -11) // prettier-ignore
    expect(back([2 ** 31 - 1, -(2 ** 31), 7], 'i32')).toEqual([2 ** 31 - 1, -(2 ** 31), 7])
  })
  test('u8 within half a step, its ends exact', () => {
    const values = Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 3)
    const e = encode(values, [10, 100], 'u8')
    expect(e.encoding).toBe('u8')
    const out = decode(e)
    const half = (e.hi! - e.lo!) / 510 + 1e-6
    values.forEach((v, i) => expect(Math.abs(out[i] - v)).toBeLessThan(half))
    expect(Math.min(...out)).toBeCloseTo(Math.min(...values), 6)
    expect(Math.max(...out)).toBeCloseTo(Math.max(...values), 6)
  })
  test('u8 of a constant, and with a given range', () => {
    expect(back([2.5, 2.5], 'u8')).toEqual([2.5, 2.5])
    expect(Array.from(decode(encode([0, 128, 255], [3], 'u8', [0, 255])))).toEqual([0, 128, 255])
    expect(decode(encode([-1, 2], [2], 'u8', [0, 1]))[1]).toBe(1)
  })
  test('what is not finite is not squeezed into u8; what is too large not into f16', () => {
    expect(encode([1, NaN], [2], 'u8').encoding).toBe('f16')
    expect(back([1, NaN, -Infinity], 'u8')).toEqual([1, NaN, -Infinity])
    expect(encode([1e6, NaN], [2], 'u8').encoding).toBe('f32')
    expect(encode([1e6], [1], 'f16').encoding).toBe('f32')
    expect(encode([0.5], [1], 'i32').encoding).toBe('f32')
    expect(encode([2 ** 40], [1], 'i32').encoding).toBe('f32')
  })
  test('a shape that does not fit the values is refused', () =>
    expect(() => encode([1, 2, 3], [2, 2], 'f32')).toThrow('shape [2, 2] has 4 values, got 3'))
  test('buffers: also at an odd offset', () => {
    const { bytes, ...rest } = encodeBytes([1.5, -2.25], [2], 'f32')
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(Array.from(decode({ ...rest, buffer: 0 }, [shifted.subarray(3)]))).toEqual([1.5, -2.25])
  })
})

describe('decode refuses, before it allocates', () => {
  const good = encode([1, 2, 3, 4], [2, 2], 'f32')
  const cases: [string, Encoded, RegExp][] = [
    ['too few bytes', { ...good, shape: [2, 3] }, /takes 24 bytes, there are 16/],
    ['a huge shape', { ...good, shape: [1e9, 1e9] }, /possible size|more than/],
    ['a huge product', { ...good, shape: [60000, 60000, 1000] }, /more than/],
    ['a negative size', { ...good, shape: [-2, -2] }, /possible size/],
    ['a fraction', { ...good, shape: [0.5, 8] }, /possible size/],
    ['NaN', { ...good, shape: [NaN] }, /possible size/],
    ['rank 5', { ...good, shape: [1, 1, 1, 2, 2] }, /rank 5/],
    ['no data', { encoding: 'f32', shape: [1] }, /either data or buffer/],
    ['both', { ...good, buffer: 0 }, /either data or buffer/],
    ['no such buffer', { encoding: 'f32', shape: [1], buffer: 3 }, /buffer 3 of 0/],
    ['not base64', { encoding: 'u8', shape: [3], data: 'A*==' }, /takes 3 bytes|not base64/],
    ['bad letters', { encoding: 'u8', shape: [3], data: 'A*CD' }, /not base64/],
    // A hostile spec is not typed: the encoding is a name that every object has.
    ['an inherited encoding', { ...good, encoding: 'constructor' as Encoding }, /encoding is/],
  ]
  test.each(cases)('%s', (_, encoded, message) => expect(() => decode(encoded)).toThrow(message))
})
