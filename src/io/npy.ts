/**
 * npy, NumPy's format of one array: a magic string, a version, the length of a header, the header as a literal of Python,
 * the numbers. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { readFile, writeFile } from '../platform/files.ts'
import { Tensor } from '../tensor/tensor.ts'
import { decode, encode, FORMATS, reversed, WRITTEN, type Kind } from './numbers.ts'
import { refusePickle, PICKLED_ARRAY } from './pickle.ts'
import { countOf, failing, type Fail } from './problem.ts'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** Longest header that is read. NumPy's own limit for files that are not trusted. */
const LONGEST_HEADER = 10_000

const KINDS: Readonly<Record<string, Kind>> = {
  f2: 'f16', f4: 'f32', f8: 'f64',
  i1: 'i8', i2: 'i16', i4: 'i32', i8: 'i64',
  u1: 'u8', u2: 'u16', u4: 'u32', u8: 'u64', b1: 'bool',
} // prettier-ignore
const DESCR = {
  float32: '<f4',
  float64: '<f8',
  int32: '<i4',
  uint8: '|u1',
  bool: '|b1',
} as const

/**
 * Reads an npy file. float16 becomes float32; whole numbers other than uint8 become int32.
 * @throws FileError when it is no npy file, is damaged, holds objects or records, or has a whole number beyond int32
 */
export function load(file: string): Tensor {
  return parse(readFile(file), file)
}

/** Writes a tensor: float32, float64, int32, uint8 or bool, little-endian, C order. */
export function save(file: string, t: Tensor): void {
  writeFile(file, format(t))
}

/** The same from bytes. @param name what errors call the file */
export function parse(bytes: Uint8Array, name = 'npy'): Tensor {
  const fail = failing(name)
  refusePickle(bytes, name)
  if (bytes.length < 10 || MAGIC.some((b, i) => bytes[i] !== b))
    fail('expected an npy file, which begins with \\x93NUMPY')
  const version = bytes[6]
  if (version < 1 || version > 3) fail(`version ${version} of npy; 1, 2 and 3 are read`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = version === 1 ? 10 : 12
  if (bytes.length < start) fail(`expected a header, found ${bytes.length} bytes`)
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > LONGEST_HEADER || start + length > bytes.length)
    fail(`header of ${length} bytes; the file has ${bytes.length - start} after its start`)
  const header = new TextDecoder().decode(bytes.subarray(start, start + length))
  const { kind, little, fortran, shape } = readHeader(header, fail)

  const count = countOf(fail, 'the array', shape)
  const size = count * FORMATS[kind].bytes
  const body = bytes.subarray(start + length)
  if (body.length !== size)
    fail(
      `header says [${shape.join(', ')}] of ${FORMATS[kind].bytes} bytes each: expected ${size} bytes of numbers, found ${body.length}`,
    )
  if (!fortran) return decode(body, kind, shape, fail, { little })
  return reversed(decode(body, kind, [...shape].reverse(), fail, { little }))
}

/** The bytes of an npy file. */
export function format(t: Tensor): Uint8Array {
  if (!(t instanceof Tensor)) throw new TypeError(`npy: ${typeof t} is not a tensor`)
  const shape = t.shape.length === 1 ? `(${t.shape[0]},)` : `(${t.shape.join(', ')})`
  const literal = `{'descr': '${DESCR[t.dtype]}', 'fortran_order': False, 'shape': ${shape}, }`
  // Header and numbers together begin at a multiple of 64.
  const header = literal.padEnd(Math.ceil((literal.length + 11) / 64) * 64 - 11) + '\n'
  const numbers = encode(t)
  const out = new Uint8Array(10 + header.length + numbers.length)
  out.set([...MAGIC, 1, 0, header.length & 255, header.length >> 8])
  for (let i = 0; i < header.length; i++) out[10 + i] = header.charCodeAt(i)
  out.set(numbers, 10 + header.length)
  return out
}

/** Kind of a tensor's numbers in an npy file. @internal */
export const kindOf = (t: Tensor): Kind => WRITTEN[t.dtype]

interface Header {
  kind: Kind
  little: boolean
  fortran: boolean
  shape: number[]
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order. */
function readHeader(text: string, fail: Fail): Header {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1]
  const bad = (): never => fail(`header ${JSON.stringify(text.slice(0, 120))} is not one of npy's`)
  if (inside === undefined) return bad()
  const found = new Map<string, string>()
  const entry =
    /\s*(['"])(\w+)\1\s*:\s*(\([\d\s,L]*\)|True|False|(['"])[^'"\\]*\4|\[[^\]]*\])\s*(,|$)/y
  while (entry.lastIndex < inside.length) {
    const at = entry.lastIndex
    const match = entry.exec(inside)
    if (!match) {
      if (/^\s*$/.test(inside.slice(at))) break
      return bad()
    }
    if (found.has(match[2])) return bad()
    found.set(match[2], match[3])
  }
  const [descr, order, dims] = ['descr', 'fortran_order', 'shape'].map(key => found.get(key))
  if (found.size !== 3 || descr === undefined || order === undefined || dims === undefined)
    return bad()
  if (descr.startsWith('['))
    fail('records with named fields; save each field as an array of its own')
  const type = /^['"]([<>|=]?)([a-zA-Z])(\d*)['"]$/.exec(descr)
  if (type?.[2] === 'O') fail(PICKLED_ARRAY)
  const kind = type && Object.hasOwn(KINDS, type[2] + type[3]) ? KINDS[type[2] + type[3]] : null
  if (!type || !kind)
    return fail(`numbers of type ${descr}; read are ${Object.keys(KINDS).join(', ')}`)
  if ((order !== 'True' && order !== 'False') || !dims.startsWith('(')) return bad()
  const sizes = dims.slice(1, -1).trim()
  const list = sizes === '' ? [] : sizes.replace(/,\s*$/, '').split(',')
  const shape = list.map(size => (/^\s*\d{1,16}L?\s*$/.test(size) ? parseInt(size, 10) : NaN))
  return { kind, little: type[1] !== '>', fortran: order === 'True', shape }
}
