/** The readers and the files that their fuzzing begins with. */
import { zeros } from '../../src/index.ts'
import { FileError, npy, npz, onnx, parseImage, safetensors, tfjs } from '../../src/io/index.ts'
import { deflateSync, inflateSync } from 'node:zlib'
import { concat } from '../../src/io/zip.ts'
import { OnnxModel } from '../../src/io/onnx/graph.ts'
import { readModel } from '../../src/io/onnx/model.ts'
import { crc32 } from '../../src/io/crc32.ts'
import { bytesOf } from './fixtures.ts'
import type { Target } from './fuzz.ts'

const files = (...names: string[]): Uint8Array[] => names.map(bytesOf)

export const TARGETS: Readonly<Record<string, Target>> = {
  npy: {
    seeds: files(
      'f4.npy',
      'fortran.npy',
      'big-endian.npy',
      'scalar.npy',
      'empty.npy',
      'objects.npy',
    ),
    read: bytes => npy.parse(bytes),
  },
  npz: {
    seeds: files('kinds.npz', 'packed.npz'),
    read: bytes => npz.parse(bytes),
  },
  safetensors: {
    seeds: files('state.safetensors', 'bf16.safetensors'),
    read: bytes => safetensors.parse(bytes),
  },
  png: {
    seeds: files('rgb.png', 'rgba.png', 'grey.png', 'palette.png', 'palette-alpha.png', 'bit.png', 'grey16.png', 'interlaced.png'), // prettier-ignore
    read: bytes => parseImage(bytes),
    mend: mendPng,
  },
  'png, behind its compression': {
    seeds: files('rgb.png', 'palette-alpha.png', 'bit.png', 'grey16.png', 'interlaced.png').map(unpackPng), // prettier-ignore
    read: bytes => parseImage(packPng(bytes)),
  },
  jpeg: {
    seeds: files('grey.jpg', '444.jpg', '422.jpg', '420.jpg', 'progressive.jpg', 'restart.jpg'),
    read: bytes => parseImage(bytes),
  },
  tfjs: {
    seeds: [
      new TextEncoder().encode(
        JSON.stringify({
          weightsManifest: [
            {
              paths: ['a.bin'],
              weights: [
                { name: 'w', shape: [2, 3], dtype: 'float32' },
                { name: 'q', shape: [8], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } }, // prettier-ignore
              ],
            },
          ],
        }),
      ),
    ],
    read: bytes => tfjs.parse(bytes, () => new Uint8Array(32)),
  },
  onnx: {
    seeds: files('onnx/chain-7.onnx', 'onnx/residual.onnx', 'onnx/shapes.onnx', 'onnx/gru.onnx', 'onnx/rnn.onnx'), // prettier-ignore
    read: bytes => onnx.parse(bytes),
  },
  'onnx, run': {
    seeds: files('onnx/chain-7.onnx', 'onnx/residual.onnx', 'onnx/shapes.onnx', 'onnx/gru.onnx'),
    read: runOnnx,
  },
}

/** Reads a model and runs it on zeros of the size that it asks for, where that is small. */
function runOnnx(bytes: Uint8Array): unknown {
  const model = readModel(bytes, 'fuzz.onnx')
  const graph = new OnnxModel(model, 'fuzz.onnx')
  const inputs = model.inputs.map(({ name, shape }) => {
    const sizes = (shape ?? [1, 1, 12, 12]).map(s => (typeof s === 'number' && s > 0 ? s : 1))
    if (sizes.reduce((n, s) => n * s, 1) > 2 ** 16)
      throw new FileError('fuzz.onnx', 'a large input')
    return [name, zeros(sizes)] as const
  })
  try {
    return graph.run(Object.fromEntries(inputs))
  } catch (error) {
    // Operations answer with these; a value of ours that is undefined or null would be a bug.
    if (
      error instanceof RangeError ||
      (error instanceof TypeError &&
        !/undefined|null|not a function|not iterable/.test(error.message))
    )
      // prettier-ignore
      throw new FileError('fuzz.onnx', error.message)
    throw error
  }
}

/** Every chunk's checksum made right, as far as the lengths go. */
function mendPng(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer)
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at)
    if (length > bytes.length - at - 12) return
    view.setUint32(at + 8 + length, crc32(bytes.subarray(at + 4, at + 8 + length)))
    at += 12 + length
  }
}

/** The header's 13 bytes and the rows as they are before compression; colours of palettes stay behind. */
function unpackPng(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer)
  const parts: Uint8Array[] = []
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at))
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'IDAT')
      parts.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)))
  return concat([bytes.subarray(16, 29), inflateSync(concat(parts))])
}

/** A PNG of such bytes with a grey palette of 16. */
function packPng(bytes: Uint8Array): Uint8Array {
  const chunk = (type: string, body: Uint8Array): Uint8Array => {
    const out = new Uint8Array(12 + body.length)
    const view = new DataView(out.buffer)
    view.setUint32(0, body.length)
    for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i)
    out.set(body, 8)
    view.setUint32(8 + body.length, crc32(out.subarray(4, 8 + body.length)))
    return out
  }
  return concat([
    Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', bytes.subarray(0, 13)),
    chunk(
      'PLTE',
      Uint8Array.from({ length: 48 }, (_, i) => Math.floor(i / 3) * 16),
    ),
    chunk('IDAT', deflateSync(bytes.subarray(13), { level: 1 })),
    chunk('IEND', new Uint8Array(0)),
  ])
}
