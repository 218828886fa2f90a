import { describe, expect, it } from 'vitest'
import { pack, Unpacker, type Part } from '../../kernel/pipe.ts'

type Packet = [header: unknown, buffers: number[][]]
const unpacked = () => {
  const got: Packet[] = []
  const unpacker = new Unpacker<unknown>((h, buffers) => got.push([h, buffers.map(b => [...b])]))
  return { got, unpacker }
}
const packed = (header: object, parts: Part[] = []) => Buffer.concat(pack(header, parts))

describe('packets', () => {
  const big = Uint8Array.from({ length: 40_000 }, (_, i) => i)
  const stream = Buffer.concat([
    packed({ t: 'a' }),
    packed({ t: 'é😀' }, [new Uint8Array([1, 2]), new Uint8Array()]),
    packed({ t: 'c' }, [[new Uint8Array([3]), new Uint8Array([4, 5])], big]),
    packed({ t: 'd' }),
  ])
  const expected: Packet[] = [
    [{ t: 'a' }, []],
    [{ t: 'é😀' }, [[1, 2], []]],
    [{ t: 'c' }, [[3, 4, 5], [...big]]],
    [{ t: 'd' }, []],
  ]
  it.each([1, 2, 3, 11, 12, 13, 1000, 1 << 20])('come whole out of chunks of %i bytes', size => {
    const { got, unpacker } = unpacked()
    for (let at = 0; at < stream.length; at += size) unpacker.feed(stream.subarray(at, at + size))
    expect(got).toEqual(expected)
  })
  it('that are not whole do not come', () => {
    const { got, unpacker } = unpacked()
    unpacker.feed(stream.subarray(0, -1))
    expect(got).toEqual(expected.slice(0, 3))
  })
  it('keep no chunk: buffers begin where numbers may', () => {
    const chunk = packed({ t: 'x' }, [new Uint8Array(new Float32Array([0.5, 1.5]).buffer)])
    const seen: Buffer[] = []
    new Unpacker<unknown>((_, buffers) => seen.push(...buffers)).feed(chunk)
    chunk.fill(0)
    const [b] = seen
    expect([...new Float32Array(b.buffer, b.byteOffset, 2)]).toEqual([0.5, 1.5])
  })
  it('do not copy large buffers when they are packed', () => {
    expect(pack({ t: 'x' }, [big])[1]).toBe(big)
  })
  it.each([
    ['text', Buffer.from('something that a cell wrote')],
    ['zeros', Buffer.alloc(64)],
    ['a packet that begins late', Buffer.concat([Buffer.from('x'), packed({ t: 'a' })])],
  ])('are not read out of %s', (_, chunk) => {
    expect(() => unpacked().unpacker.feed(chunk)).toThrow(TypeError)
  })
  it.each(['[4]', '[-3, 6]', '[1.5, 1.5]', '"3"', 'null', '[1e300]'])(
    'whose sizes %s are not their body allocate nothing',
    sizes => {
      const [whole] = pack({ sizes: 0 }, [])
      const json = `{"sizes":${sizes}}`
      const head = Buffer.from(whole.subarray(0, 12))
      head.writeUInt32LE(json.length, 4)
      head.writeUInt32LE(3, 8)
      expect(() => unpacked().unpacker.feed(Buffer.concat([head, Buffer.from(json)]))).toThrow()
    },
  )
})
