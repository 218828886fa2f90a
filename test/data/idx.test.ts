import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseIdx } from '../../src/data/idx.ts'

/** Header of an IDX file. */
const header = (type: number, shape: number[]) => {
  const bytes = Buffer.alloc(4 + 4 * shape.length)
  bytes[2] = type
  bytes[3] = shape.length
  shape.forEach((n, d) => bytes.writeUInt32BE(n, 4 + 4 * d))
  return bytes
}
const file = (type: number, shape: number[], body: number[]) =>
  Buffer.concat([header(type, shape), Buffer.from(body)])
const parse = (bytes: Uint8Array) => parseIdx(bytes, 'a.idx')

describe('parseIdx', () => {
  it('reads bytes, plain and gzipped', () => {
    const bytes = file(0x08, [2, 3], [1, 2, 3, 250, 251, 252])
    for (const idx of [parse(bytes), parse(gzipSync(bytes))]) {
      expect(idx.dtype).toBe('uint8')
      expect(idx.shape).toEqual([2, 3])
      expect([...idx.data]).toEqual([1, 2, 3, 250, 251, 252])
    }
  })

  it('reads every type, big-endian', () => {
    expect([...parse(file(0x09, [2], [0xff, 0x7f])).data]).toEqual([-1, 127])
    expect([...parse(file(0x0b, [2], [0xff, 0xfe, 1, 0])).data]).toEqual([-2, 256])
    expect([...parse(file(0x0c, [1], [0xff, 0xff, 0xff, 0xfd])).data]).toEqual([-3])
    expect([...parse(file(0x0d, [1], [0x3f, 0xc0, 0, 0])).data]).toEqual([1.5])
    expect([...parse(file(0x0e, [1], [0xbf, 0xe0, 0, 0, 0, 0, 0, 0])).data]).toEqual([-0.5])
  })

  it('holds its own numbers, not a window on the file', () => {
    const bytes = file(0x08, [1], [7])
    const idx = parse(bytes)
    bytes.fill(0)
    expect(idx.data[0]).toBe(7)
  })

  const refused: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'a.idx: expected an IDX file, found 0 bytes'],
    [
      'another format',
      Buffer.from('\x89PNG\r\n', 'latin1'),
      'a.idx: expected an IDX file (0, 0, a type from 0x08 to 0x0e, the rank), found the first bytes 0x89 0x50 0x4e 0x47',
    ],
    ['an unknown type', file(0x0a, [1], [1]), 'found the first bytes 0x00 0x00 0x0a 0x01'],
    ['rank 0', file(0x08, [], []), 'a.idx: expected 1 to 8 dimensions, found 0'],
    [
      'a cut header',
      file(0x08, [2, 3], []).subarray(0, 9),
      'a.idx: expected a header of 12 bytes for 2 dimensions, found 9 bytes',
    ],
    [
      'too few numbers',
      file(0x08, [2, 3], [1, 2, 3]),
      'a.idx: header says [2, 3]: expected 6 bytes of numbers, found 3',
    ],
    [
      'too many numbers',
      file(0x08, [2], [1, 2, 3]),
      'a.idx: header says [2]: expected 2 bytes of numbers, found 3',
    ],
    [
      'a size that no memory holds',
      file(0x08, [0xffffffff, 0xffffffff, 0xffffffff], []),
      'files up to 376320000 bytes are read',
    ],
    [
      'a packed file that claims too much',
      gzipSync(file(0x08, [60000, 28, 28], [1])),
      'packed bytes cannot hold that',
    ],
    [
      'a packed file with more than it says',
      gzipSync(file(0x08, [2], new Array(100_000).fill(0))),
      'a.idx: unpacks to more numbers than its header says',
    ],
    [
      'a cut packed file',
      gzipSync(
        file(
          0x08,
          [3000],
          Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251),
        ),
      ).subarray(0, -12),
      'a.idx: damaged gzip file (unexpected end of file)',
    ],
    [
      'packed nonsense',
      Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      'a.idx: damaged gzip file',
    ],
  ]
  it.each(refused)('refuses %s', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message)
  })
})
