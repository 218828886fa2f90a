import { describe, expect, it } from 'vitest'
import { encodeJson, isPlain, type Json } from '../../../kernel/runner/json.ts'
import { wellFormed } from '../../../kernel/engine/json.ts'

/** As a client reads it: strictly. */
const read = (json: Json): unknown =>
  JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(json.pieces)))
const LONG = 100_000
const long = (s: string) => s.repeat(Math.ceil(LONG / s.length))

describe('JSON that leaves', () => {
  it.each([
    ['nothing', undefined, null],
    ['numbers', [1, -0, NaN, Infinity], [1, 0, null, null]],
    ['bigints and typed arrays', { a: 10n, b: new Int8Array([1, -1]) }, { a: '10', b: [1, -1] }],
    ['dates', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a DataView', { a: new DataView(new ArrayBuffer(4)) }, { a: null }],
  ])('holds %s', (_, value, expected) => {
    expect(read(encodeJson(value))).toEqual(expected)
  })
  it.each([
    ['letters', 'x'],
    ['quotes', 'say "x" '],
    ['backslashes', 'a\\b\\\\'],
    ['lines', 'one\n\ttwo\u0000\u001f\u007f'],
    ['other scripts', 'é中😀'],
    ['separators', '\u2028\u2029'],
  ])('holds long strings of %s', (_, part) => {
    const s = long(part)
    const value = { a: s, b: [s, 1, { c: s }], d: 'short' }
    expect(read(encodeJson(value))).toEqual(value)
    expect(read(encodeJson(s))).toBe(s)
  })
  it('says half of a surrogate pair as U+FFFD, in short and long strings and keys', () => {
    const value = { '\ud83d': ['\udc00', long('x') + '\ud83d', long('"\n') + '\udfff', '😀'] }
    expect(read(encodeJson(value))).toEqual({
      '\ufffd': ['\ufffd', long('x') + '\ufffd', long('"\n') + '\ufffd', '😀'],
    })
  })
  it('leaves what looks like an escape as it is', () => {
    const s = '\\ud83d \\\\udc00 \\\\\ud83d'
    expect(JSON.parse(wellFormed(JSON.stringify(s)))).toBe('\\ud83d \\\\udc00 \\\\\ufffd')
  })
  it('takes in what is JSON already', () => {
    const inner = encodeJson({ a: long('x'), b: 1 })
    expect(read(encodeJson({ data: { x: inner, y: [inner] }, z: null }))).toEqual({
      data: { x: { a: long('x'), b: 1 }, y: [{ a: long('x'), b: 1 }] },
      z: null,
    })
    expect(inner.parse()).toEqual({ a: long('x'), b: 1 })
  })
  it('keeps the order of parts that a toJSON gives', () => {
    const value = {
      a: { toJSON: () => ({ b: long('1') }) },
      c: long('2'),
      d: { toJSON: () => long('3') },
    }
    expect(read(encodeJson(value))).toEqual({ a: { b: long('1') }, c: long('2'), d: long('3') })
  })
  it('does not hold what contains itself', () => {
    const a: Record<string, unknown> = { b: long('x') }
    a.a = a
    expect(() => encodeJson(a)).toThrow(TypeError)
  })
})

describe('bytes that JSON need not escape', () => {
  it('are known at every place, for every byte', () => {
    const buffer = new ArrayBuffer(64)
    for (let offset = 0; offset < 4; offset++)
      for (let length = 0; length < 14; length++) {
        const bytes = new Uint8Array(buffer, offset, length)
        for (let at = 0; at < length; at++)
          for (let b = 0; b < 256; b++) {
            bytes.fill(0x78)
            bytes[at] = b
            if (isPlain(bytes) !== (b >= 0x20 && b !== 0x22 && b !== 0x5c))
              expect.fail(`byte ${b} at ${at} of ${length}, from ${offset}`)
          }
      }
  })
  it('are known beside bytes that borrow', () => {
    for (const other of [
      0x00, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff,
    ])
      for (let b = 0; b < 256; b++)
        for (let at = 0; at < 4; at++) {
          const bytes = new Uint8Array(4).fill(other)
          bytes[at] = b
          expect(isPlain(bytes)).toBe(bytes.every(x => x >= 0x20 && x !== 0x22 && x !== 0x5c))
        }
  })
})
