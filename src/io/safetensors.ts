/**
 * safetensors: the length of a header (uint64), the header in JSON with every tensor's dtype, shape and place, the numbers.
 * https://github.com/huggingface/safetensors#format
 */
import type { StateDict } from '../nn/module.ts'
import { readFile, writeFile } from '../platform/files.ts'
import { Tensor } from '../tensor/tensor.ts'
import { decode, encode, FORMATS, WRITTEN, type Kind } from './numbers.ts'
import { refusePickle } from './pickle.ts'
import { checkName, countOf, failing, guarded, type Fail } from './problem.ts'

/** Longest header, as in the format's own library. */
const LONGEST_HEADER = 100_000_000

const KINDS: Readonly<Record<string, Kind>> = {
  F64: 'f64', F32: 'f32', F16: 'f16', BF16: 'bf16',
  I64: 'i64', I32: 'i32', I16: 'i16', I8: 'i8',
  U64: 'u64', U32: 'u32', U16: 'u16', U8: 'u8', BOOL: 'bool',
} // prettier-ignore
const NAMES = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [kind, name]))

/**
 * Reads a safetensors file: tensors by name. F16 and BF16 become float32; I64, I16, I8, U64, U32 and U16 become int32.
 * @throws FileError when lengths, places or shapes do not fit together, or a whole number is beyond int32
 */
export function load(file: string): StateDict {
  return parse(readFile(file), file)
}

export interface WriteOptions {
  metadata?: Readonly<Record<string, string>>
  float16?: boolean
}

/**
 * Writes tensors by name, so that PyTorch's `safetensors.torch.load_file` reads them.
 * @param options metadata: strings by name, e.g. what the tensors belong to. Default `{ format: 'pt' }`.
 *   float16: float32 is rounded to half precision, half the size. Default false
 */
export function save(
  file: string,
  tensors: Readonly<Record<string, Tensor>>,
  options: WriteOptions = {},
): void {
  writeFile(file, format(tensors, options))
}

/** The strings that a file carries beside its tensors. */
export function metadata(file: string): Record<string, string> {
  return header(readFile(file), file).metadata
}

/**
 * Tensors by name from bytes.
 * @param name what errors call the file
 * @param only names to read; the others are checked but not read. Default all
 */
export function parse(
  bytes: Uint8Array,
  name = 'safetensors',
  only: (tensor: string) => boolean = () => true,
): StateDict {
  const fail = failing(name)
  const { entries, start } = header(bytes, name)
  return Object.fromEntries(
    entries
      .filter(e => only(e.name))
      .map(e => {
        const body = bytes.subarray(start + e.begin, start + e.end)
        return [e.name, decode(body, e.kind, e.shape, fail, { what: e.name })]
      }),
  )
}

/** The bytes of a safetensors file. */
export function format(
  tensors: Readonly<Record<string, Tensor>>,
  { metadata = { format: 'pt' }, float16 = false }: WriteOptions = {},
): Uint8Array {
  const kindOf = (t: Tensor): Kind => (float16 && t.dtype === 'float32' ? 'f16' : WRITTEN[t.dtype])
  // Wide numbers first, so that every tensor begins at a multiple of its numbers' size.
  const sorted = Object.entries(tensors)
    .map(([name, t]) => {
      if (!(t instanceof Tensor))
        throw new TypeError(
          `safetensors: ${name} is ${t === null ? 'null' : typeof t}, not a tensor`,
        )
      if (name === '__metadata__' || name === '__proto__')
        throw new RangeError(`safetensors: a tensor cannot be named ${name}`)
      return { name, t, width: FORMATS[kindOf(t)].bytes }
    })
    .sort((a, b) => b.width - a.width)
  let at = 0
  const head: Record<string, unknown> = { __metadata__: metadata }
  const places = sorted.map(({ name, t, width }) => {
    const begin = at
    at += t.size * width
    head[name] = { dtype: NAMES[kindOf(t)], shape: t.shape, data_offsets: [begin, at] }
    return begin
  })
  let json = new TextEncoder().encode(JSON.stringify(head))
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20)
  padded.set(json)
  json = padded
  const out = new Uint8Array(8 + json.length + at)
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true)
  out.set(json, 8)
  sorted.forEach(({ t }, n) =>
    out.set(encode(t, { float16: kindOf(t) === 'f16' }), 8 + json.length + places[n]),
  )
  return out
}

interface Entry {
  name: string
  kind: Kind
  shape: number[]
  begin: number
  end: number
}

function header(
  bytes: Uint8Array,
  file: string,
): { entries: Entry[]; metadata: Record<string, string>; start: number } {
  const fail = failing(file)
  // A header of 640 bytes begins like a pickle, but only a header goes on with {.
  if (bytes[8] !== 0x7b) refusePickle(bytes, file)
  if (bytes.length < 8) fail(`expected a safetensors file, found ${bytes.length} bytes`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (length > LONGEST_HEADER || 8 + length > bytes.length)
    fail(
      `expected a safetensors file; its first 8 bytes say a header of ${length} bytes, ${bytes.length - 8} follow`,
    )
  const text = guarded(fail, 'the header is not UTF-8', () =>
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)),
  )
  if (!text.startsWith('{')) fail('the header does not begin with {')
  const json = guarded(fail, 'the header is not JSON', () => JSON.parse(text) as unknown)
  if (!isRecord(json)) return fail('the header is no object')

  const metadata: [string, string][] = []
  const entries: Entry[] = []
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') {
      if (!isRecord(value)) return fail('__metadata__ is no object')
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== 'string') return fail(`__metadata__.${key} is no string`)
        metadata.push([checkName(fail, 'a metadata string', key), text])
      }
    } else entries.push(entry(fail, checkName(fail, 'a tensor', name), value))
  }
  // Every byte belongs to exactly one tensor.
  const room = bytes.length - 8 - length
  let at = 0
  for (const e of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (e.begin !== at)
      fail(`${e.name} begins at ${e.begin}; the tensor before it ends at ${at}, and they touch`)
    at = e.end
  }
  if (at !== room) fail(`the tensors have ${at} bytes in all, the file holds ${room}`)
  return { entries, metadata: Object.fromEntries(metadata), start: 8 + length }
}

function entry(fail: Fail, name: string, value: unknown): Entry {
  if (!isRecord(value)) return fail(`${name} is described by no object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(KINDS, dtype))
    return fail(`${name} has dtype ${String(dtype)}; read are ${Object.keys(KINDS).join(', ')}`)
  if (!Array.isArray(shape)) return fail(`${name} has no shape`)
  const kind = KINDS[dtype]
  const size = countOf(fail, name, shape) * FORMATS[kind].bytes
  if (!Array.isArray(offsets) || offsets.length !== 2)
    return fail(`${name} has no data_offsets of two numbers`)
  const [begin, end] = offsets as unknown[]
  if (!isPlace(begin) || !isPlace(end) || end - begin !== size)
    return fail(
      `${name} lies from ${String(begin)} to ${String(end)}; ${dtype} [${shape.join(', ')}] takes ${size} bytes`,
    )
  // Whole numbers, as countOf has checked.
  return { name, kind, shape: shape as number[], begin, end }
}

const isPlace = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
