/**
 * IDX, the format of the MNIST family: two zero bytes, a type, the rank, the sizes (big-endian uint32 each), then the
 * numbers, row-major and big-endian. Described at the end of http://yann.lecun.com/exdb/mnist/.
 */
import type { DType, NumberArray } from '../backend/storage.ts'
import { allocate } from '../backend/storage.ts'
import { gunzip, gunzipStart, isGzip, readFile } from '../platform/files.ts'

/** What an IDX file holds. */
export interface Idx {
  dtype: DType
  shape: number[]
  /** Row-major. */
  data: NumberArray
}

/** Largest file that is read, in bytes of numbers: eight times the images of Fashion-MNIST's full training set. */
const LIMIT = 8 * 60_000 * 28 * 28

type Read = (view: DataView, at: number) => number
const TYPES: Record<number, { dtype: DType; bytes: number; read: Read }> = {
  0x08: { dtype: 'uint8', bytes: 1, read: (v, at) => v.getUint8(at) },
  0x09: { dtype: 'int32', bytes: 1, read: (v, at) => v.getInt8(at) },
  0x0b: { dtype: 'int32', bytes: 2, read: (v, at) => v.getInt16(at) },
  0x0c: { dtype: 'int32', bytes: 4, read: (v, at) => v.getInt32(at) },
  0x0d: { dtype: 'float32', bytes: 4, read: (v, at) => v.getFloat32(at) },
  0x0e: { dtype: 'float64', bytes: 8, read: (v, at) => v.getFloat64(at) },
}

/** Reads an IDX file, plain or gzipped. Signed bytes and shorts become int32. @throws Error naming the file, what was expected and what was found */
export function readIdx(file: string): Idx {
  return parseIdx(readFile(file), file)
}

/**
 * The same from bytes. Nothing is allocated before type, sizes and length were checked.
 * @param name what errors call the file
 */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const packed = isGzip(bytes)
  const fail = (problem: string): never => {
    throw new Error(`${name}: ${problem}`)
  }
  const unpack = (work: () => Uint8Array): Uint8Array => {
    try {
      return work()
    } catch (error) {
      const tooMuch = error instanceof RangeError
      return fail(
        tooMuch
          ? 'unpacks to more numbers than its header says'
          : `damaged gzip file (${error instanceof Error ? error.message : String(error)})`,
      )
    }
  }

  const start = packed ? unpack(() => gunzipStart(bytes)) : bytes
  if (start.length < 4) fail(`expected an IDX file, found ${start.length} bytes`)
  const type = TYPES[start[2]]
  const rank = start[3]
  if (start[0] !== 0 || start[1] !== 0 || !type)
    fail(
      `expected an IDX file (0, 0, a type from 0x08 to 0x0e, the rank), found the first bytes ${[...start.subarray(0, 4)].map(hex).join(' ')}`,
    )
  if (rank < 1 || rank > 8) fail(`expected 1 to 8 dimensions, found ${rank}`)
  const header = 4 + 4 * rank
  if (start.length < header)
    fail(`expected a header of ${header} bytes for ${rank} dimensions, found ${start.length} bytes`)

  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const shape = Array.from({ length: rank }, (_, d) => view.getUint32(4 + 4 * d))
  const count = shape.reduce((product, n) => product * n, 1)
  const size = count * type.bytes
  const literal = `[${shape.join(', ')}]`
  if (size > LIMIT)
    fail(`header says ${literal}, ${size} bytes; files up to ${LIMIT} bytes are read`)
  // Deflate cannot pack better than 1032 : 1, so a larger claim needs no unpacking to be refused.
  if (packed && size > bytes.length * 1032)
    fail(`header says ${literal}, ${size} bytes; ${bytes.length} packed bytes cannot hold that`)

  const whole = packed ? unpack(() => gunzip(bytes, header + size)) : bytes
  if (whole.length !== header + size)
    fail(
      `header says ${literal}: expected ${size} bytes of numbers, found ${whole.length - header}`,
    )

  const body = whole.subarray(header)
  if (type.dtype === 'uint8') return { dtype: 'uint8', shape, data: new Uint8Array(body) }
  const data = allocate(type.dtype, count)
  const from = new DataView(body.buffer, body.byteOffset, body.byteLength)
  for (let n = 0; n < count; n++) data[n] = type.read(from, n * type.bytes)
  return { dtype: type.dtype, shape, data }
}

const hex = (byte: number) => '0x' + byte.toString(16).padStart(2, '0')
