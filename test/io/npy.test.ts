import { describe, expect, test } from 'vitest'
import { arange, tensor, zeros, type Tensor } from '../../src/index.ts'
import { npy, npz } from '../../src/io/index.ts'
import { bytesOf, fixture } from './fixtures.ts'

const text = (s: string): Uint8Array => Uint8Array.from(s, c => c.charCodeAt(0))
/** An npy file with this header. */
const file = (header: string, body = new Uint8Array(0)): Uint8Array => {
  const head = text(header)
  return Uint8Array.from([0x93, ...text('NUMPY'), 1, 0, head.length & 255, head.length >> 8, ...head, ...body]) // prettier-ignore
}

describe('files that NumPy wrote', () => {
  test('C order, Fortran order and big-endian are the same array', () => {
    const a = npy.load(fixture('f4.npy'))
    expect(a.shape).toEqual([2, 3, 4])
    expect(a.dtype).toBe('float32')
    expect(npy.load(fixture('fortran.npy')).toArray()).toEqual(a.toArray())
    expect(npy.load(fixture('big-endian.npy')).toArray()).toEqual(a.toArray())
    expect(npz.load(fixture('packed.npz')).zeros.shape).toEqual([100, 100])
  })
  test('a scalar and an empty array', () => {
    expect(npy.load(fixture('scalar.npy')).item()).toBe(2.5)
    expect(npy.load(fixture('empty.npy')).shape).toEqual([0, 3])
  })
  test('every type', () => {
    const all = npz.load(fixture('kinds.npz'))
    const flat = Object.fromEntries(
      Object.entries(all).map(([k, t]) => [k, [...t.toTypedArray()]] as const),
    )
    expect(flat).toEqual({
      f2: [0, -0, 1.5, -2.25, 65504, 2 ** -24, Infinity, -Infinity, NaN],
      f8: [Math.PI, -1e300, 5e-324],
      i1: [-128, 127],
      i2: [-32768, 32767],
      i4: [-(2 ** 31), 2 ** 31 - 1],
      i8: [-(2 ** 31), 7, 2 ** 31 - 1],
      u1: [0, 255],
      u2: [0, 65535],
      u4: [0, 2 ** 31 - 1],
      u8: [0, 2 ** 31 - 1],
      b1: [1, 0, 1],
    })
    expect(all.f2.dtype).toBe('float32')
    expect(all.u1.dtype).toBe('uint8')
    expect(all.b1.dtype).toBe('bool')
  })
  test('what is not taken says why', () => {
    expect(() => npy.load(fixture('i8-large.npy'))).toThrow(
      "has the whole number 1099511627776 at 1; the library's whole numbers",
    )
    expect(() => npy.load(fixture('objects.npy'))).toThrow('a program that runs when it is read')
    expect(() => npy.load(fixture('records.npy'))).toThrow('save each field as an array of its own')
  })
})

describe('round trips', () => {
  const tensors: Record<string, Tensor> = {
    float32: tensor([[1, -2.5, 1e-30]]),
    float64: tensor([Math.PI], { dtype: 'float64' }),
    int32: arange(5),
    uint8: tensor(new Uint8Array([0, 255])),
    bool: tensor([true, false]),
    scalar: tensor(3),
    empty: zeros([2, 0]),
    view: arange(6).reshape([2, 3]).transpose(),
  }
  test('npy', () => {
    for (const t of Object.values(tensors)) {
      const bytes = npy.format(t)
      const back = npy.parse(bytes)
      expect(back.shape).toEqual(t.shape)
      expect(back.dtype).toBe(t.dtype)
      expect(back.toArray()).toEqual(t.toArray())
      expect((bytes.length - t.toTypedArray().byteLength) % 64).toBe(0)
    }
  })
  test('npz, stored and deflated', () => {
    for (const compress of [false, true]) {
      const back = npz.parse(npz.format(tensors, { compress }))
      expect(Object.keys(back)).toEqual(Object.keys(tensors))
      for (const [k, t] of Object.entries(back)) expect(t.toArray()).toEqual(tensors[k].toArray())
    }
  })
})

describe('hostile npy', () => {
  const header = (shape: string, descr = "'<f4'") =>
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`
  test.each([
    [file(header('(1000000, 1000000, 1000)')), 'expected 4000000000000000 bytes'],
    [file(header('(1000000, 1000000, 1000000)')), 'more elements than can be counted'],
    [file(header('(99999999999, 99999999999)')), 'more elements than can be counted'],
    [file(header('(0, 9007199254740991, 9)')), 'more elements than can be counted'],
    [file(header('(-1,)')), 'is not one of npy'],
    [file(header('(1,)', "'<c8'"), new Uint8Array(8)), 'numbers of type'],
    [file(header('(1,)', "'constructor'")), 'numbers of type'],
    [file(header(`(${'1,'.repeat(40)})`)), 'has 40 dimensions'],
    [file("__import__('os').system('x')"), 'is not one of npy'],
    [file("{'descr': '<f4', 'descr': '<f8', 'shape': ()}"), 'is not one of npy'],
    [file(header('(2,)'), new Uint8Array(4)), 'expected 8 bytes of numbers, found 4'],
    [text('hello'), 'expected an npy file'],
    [Uint8Array.from([0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0, 0]), 'this is a pickle'],
  ])('%#', (bytes, problem) => expect(() => npy.parse(bytes, 'a.npy')).toThrow(problem))
})

describe('hostile npz', () => {
  const whole = npz.format({ a: arange(4), b: zeros([100]) }, { compress: true })
  const at = (bytes: Uint8Array, signature: number, from = 0): number => {
    const view = new DataView(bytes.buffer)
    for (let i = from; i + 4 <= bytes.length; i++)
      if (view.getUint32(i, true) === signature) return i
    throw new Error('not found')
  }
  const changed = (
    change: (view: DataView, central: number, second: number) => void,
  ): Uint8Array => {
    const bytes = whole.slice()
    const central = at(bytes, 0x02014b50)
    change(new DataView(bytes.buffer), central, at(bytes, 0x02014b50, central + 1))
    return bytes
  }
  test('a bomb is refused before anything is unpacked', () =>
    expect(() => npz.parse(changed((v, c) => v.setUint32(c + 24, 0x7fffffff, true)))).toThrow(
      'packed bytes cannot hold that',
    ))
  test('entries that share bytes', () =>
    expect(() =>
      npz.parse(changed((v, c, d) => v.setUint32(d + 42, v.getUint32(c + 42, true), true))),
    ).toThrow('two entries overlap'))
  test('more or fewer bytes than it says', () => {
    expect(() => npz.parse(changed((v, c) => v.setUint32(c + 24, 10, true)))).toThrow('entry a.npy')
    expect(() => npz.parse(changed((v, c) => v.setUint32(c + 24, 200, true)))).toThrow(
      'its header says 200',
    )
  })
  test('a checksum, a place beyond the file, encryption', () => {
    expect(() => npz.parse(changed((v, c) => v.setUint32(c + 16, 1, true)))).toThrow('checksum')
    expect(() => npz.parse(changed((v, c) => v.setUint32(c + 42, 9999, true)))).toThrow(
      'where no entry is',
    )
    expect(() => npz.parse(changed((v, c) => v.setUint16(c + 8, 1, true)))).toThrow('encrypted')
  })
  test('names do not reach the prototype', () => {
    const evil = npz.format(Object.fromEntries([['__proto__', arange(2)], ['constructor', arange(2)]])) // prettier-ignore
    expect(() => npz.parse(evil)).toThrow('__proto__')
    const odd = npz.parse(npz.format({ constructor: arange(2), toString: arange(1) } as never))
    expect(Object.keys(odd)).toEqual(['constructor', 'toString'])
  })
  test('no zip file', () =>
    expect(() => npz.parse(new Uint8Array(50))).toThrow('expected a zip file'))
  test("PyTorch's zip of a pickle", () => {
    const bytes = npz.format({ a: arange(1) })
    bytes.set(text('x/data.pkl'), 30)
    bytes[26] = 10
    expect(() => npz.parse(bytes, 'net.pt')).toThrow('torch.load("net.pt"')
  })
})
test('the bytes of kinds.npz survive being read and written', () => {
  const state = npz.parse(bytesOf('kinds.npz'))
  expect(npz.parse(npz.format(state)).f8.toArray()).toEqual(state.f8.toArray())
})
