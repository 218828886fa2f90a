/**
 * Weights of TensorFlow.js: a model.json whose manifest says which numbers stand in which binary files beside it.
 * https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts
 */
import type { StateDict } from '../nn/module.ts'
import { joinPath, readFile } from '../platform/files.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { decode, FORMATS, type Kind } from './numbers.ts'
import { checkName, countOf, failing, guarded, type Fail } from './problem.ts'
import { concat } from './zip.ts'

const KINDS: Readonly<Record<string, Kind>> = {
  float32: 'f32',
  float16: 'f16',
  int32: 'i32',
  uint8: 'u8',
  uint16: 'u16',
  bool: 'bool',
}

/**
 * The weights of a model by name, as TensorFlow lays them out: filters [h, w, in, out], matrices [in, out]. Quantised ones
 * become float32. The binary files stand in the same folder.
 * @throws FileError when the manifest and the files do not fit together
 */
export function load(file: string): StateDict {
  const folder = file.replace(/[^\\/]*$/, '')
  return parse(readFile(file), path => readFile(joinPath(folder, path)), file)
}

/**
 * The same from bytes.
 * @param read gives the bytes of a file beside the manifest
 * @param name what errors call the manifest
 */
export function parse(
  manifest: Uint8Array,
  read: (path: string) => Uint8Array,
  name = 'model.json',
): StateDict {
  const fail = failing(name)
  const json = guarded(fail, 'not JSON', () => JSON.parse(new TextDecoder().decode(manifest)) as unknown) // prettier-ignore
  const groups = isRecord(json) ? json.weightsManifest : json
  if (!Array.isArray(groups))
    return fail('expected a TensorFlow.js model, found no weightsManifest')
  const out = new Map<string, Tensor>()
  for (const group of groups as unknown[]) {
    if (!isRecord(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights))
      return fail('a group of weights without paths and weights')
    const parts = (group.paths as unknown[]).map(path => {
      if (typeof path !== 'string' || !/^[\w.-]+$/.test(path) || path.startsWith('.'))
        return fail(`weights in ${JSON.stringify(path)}; files in the same folder are read`)
      return read(path)
    })
    const bytes = concat(parts)
    let at = 0
    for (const entry of group.weights as unknown[]) {
      const w = describe(entry, fail)
      if (out.has(w.name)) fail(`two weights are named ${w.name}`)
      const size = countOf(fail, w.name, w.shape) * FORMATS[w.stored].bytes
      if (size > bytes.length - at)
        fail(`${w.name} takes ${size} bytes; ${bytes.length - at} of ${group.paths.length} files are left`) // prettier-ignore
      const t = decode(bytes.subarray(at, at + size), w.stored, w.shape, fail, { what: w.name })
      at += size
      out.set(w.name, w.scale === null ? t : dequantised(t, w.scale, w.min))
    }
    if (at !== bytes.length) fail(`the weights have ${at} bytes, their files ${bytes.length}`)
  }
  return Object.fromEntries(out)
}

function describe(
  entry: unknown,
  fail: Fail,
): { name: string; shape: number[]; stored: Kind; scale: number | null; min: number } {
  if (!isRecord(entry) || typeof entry.name !== 'string') return fail('weights without a name')
  const name = checkName(fail, 'a weight', entry.name)
  const { dtype, shape, quantization } = entry
  const kind = (v: unknown): Kind =>
    typeof v === 'string' && Object.hasOwn(KINDS, v)
      ? KINDS[v]
      : fail(`${name} has dtype ${String(v)}; read are ${Object.keys(KINDS).join(', ')}`)
  if (!Array.isArray(shape)) return fail(`${name} has no shape`)
  countOf(fail, name, shape)
  // Whole numbers, as countOf has checked.
  const sizes = shape as number[]
  if (quantization === undefined) return { name, shape: sizes, stored: kind(dtype), scale: null, min: 0 } // prettier-ignore
  if (!isRecord(quantization)) return fail(`${name} has a damaged quantization`)
  const stored = kind(quantization.dtype)
  if (stored === 'f16') return { name, shape: sizes, stored, scale: null, min: 0 }
  const { scale, min } = quantization
  if (typeof scale !== 'number' || typeof min !== 'number' || dtype !== 'float32')
    return fail(`${name} is quantised without scale and min, or is not float32`)
  return { name, shape: sizes, stored, scale, min }
}

function dequantised(t: Tensor, scale: number, min: number): Tensor {
  const values = Float32Array.from(t.toTypedArray(), (v: number) => v * scale + min)
  return fromFlat(values, t.shape, 'float32')
}

const isRecord = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v)
