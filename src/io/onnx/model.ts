/** An ONNX file as plain data: nodes, weights, inputs and outputs, everything checked. Field numbers are those of onnx.proto3. */
import { fromFlat, type Tensor } from '../../tensor/tensor.ts'
import { decode, FORMATS, type Kind } from '../numbers.ts'
import { countOf, failing, type Fail } from '../problem.ts'
import { concat } from '../zip.ts'
import { fields, fixed, float, int, ints, message, safe, text } from './protobuf.ts'

export type AttributeValue = number | string | number[] | string[] | Tensor

export interface Node {
  op: string
  name: string
  /** '' for an optional input that is left out. */
  inputs: string[]
  outputs: string[]
  attributes: ReadonlyMap<string, AttributeValue>
}

export interface ValueInfo {
  name: string
  /** Sizes; names such as `batch` where they are open; null when the file does not say. */
  shape: (number | string)[] | null
}

export interface Model {
  opset: number
  producer: string
  nodes: Node[]
  weights: Map<string, Tensor>
  /** Without those that are weights. */
  inputs: ValueInfo[]
  outputs: ValueInfo[]
}

/** Kinds of numbers by TensorProto.DataType. */
export const KINDS: Readonly<Record<number, Kind>> = {
  1: 'f32', 2: 'u8', 3: 'i8', 4: 'u16', 5: 'i16', 6: 'i32', 7: 'i64',
  9: 'bool', 10: 'f16', 11: 'f64', 12: 'u32', 13: 'u64', 16: 'bf16',
} // prettier-ignore

const MOST_NODES = 100_000

export function readModel(bytes: Uint8Array, file: string): Model {
  const fail = failing(file)
  const out: Model = {
    opset: 0,
    producer: '',
    nodes: [],
    weights: new Map(),
    inputs: [],
    outputs: [],
  }
  let graph: Uint8Array | null = null
  for (const field of fields(bytes, fail)) {
    if (field.number === 2) out.producer = text(field, fail)
    else if (field.number === 7) graph = message(field, fail)
    else if (field.number === 8) {
      const { domain, version } = opset(message(field, fail), fail)
      if (domain === '' || domain === 'ai.onnx') out.opset = version
    } else if (field.number === 25) fail('functions of its own are not read')
  }
  if (!graph || !out.opset) return fail('expected an ONNX model, found no graph or no opset')
  if (out.opset < 7) fail(`opset ${out.opset}; 7 and later are read`)
  readGraph(graph, out, fail)
  const given = new Set(out.weights.keys())
  out.inputs = out.inputs.filter(input => !given.has(input.name))
  checkOrder(out, fail)
  return out
}

function opset(bytes: Uint8Array, fail: Fail): { domain: string; version: number } {
  const out = { domain: '', version: 0 }
  for (const field of fields(bytes, fail))
    if (field.number === 1) out.domain = text(field, fail)
    else if (field.number === 2) out.version = int(field, fail)
  return out
}

function readGraph(bytes: Uint8Array, out: Model, fail: Fail): void {
  for (const field of fields(bytes, fail)) {
    if (field.number === 1) {
      if (out.nodes.length >= MOST_NODES) fail(`more than ${MOST_NODES} nodes`)
      out.nodes.push(readNode(message(field, fail), fail))
    } else if (field.number === 5) {
      const { name, tensor } = readTensor(message(field, fail), fail)
      if (!name || out.weights.has(name)) fail(`weights without a name of their own: "${name}"`)
      out.weights.set(name, tensor)
    } else if (field.number === 11) out.inputs.push(valueInfo(message(field, fail), fail))
    else if (field.number === 12) out.outputs.push(valueInfo(message(field, fail), fail))
    else if (field.number === 15) fail('sparse weights are not read')
  }
}

/** Nodes come after what they use, and every value is made once. */
function checkOrder(model: Model, fail: Fail): void {
  const made = new Set([...model.weights.keys(), ...model.inputs.map(i => i.name)])
  for (const node of model.nodes) {
    for (const input of node.inputs)
      if (input && !made.has(input)) fail(`${label(node)} uses "${input}" before it is made`)
    for (const output of node.outputs) {
      if (!output) continue
      if (made.has(output)) fail(`"${output}" is made twice`)
      made.add(output)
    }
  }
  if (!model.outputs.length) fail('no outputs')
  for (const { name } of model.outputs) if (!made.has(name)) fail(`output "${name}" is never made`)
}

/** What messages call a node. */
export const label = (node: Node): string => (node.name ? `${node.op} ${node.name}` : node.op)

function readNode(bytes: Uint8Array, fail: Fail): Node {
  const attributes = new Map<string, AttributeValue>()
  const node: Node = { op: '', name: '', inputs: [], outputs: [], attributes }
  for (const field of fields(bytes, fail))
    if (field.number === 1) node.inputs.push(text(field, fail))
    else if (field.number === 2) node.outputs.push(text(field, fail))
    else if (field.number === 3) node.name = text(field, fail)
    else if (field.number === 4) node.op = text(field, fail)
    else if (field.number === 5) {
      const { name, value } = attribute(message(field, fail), fail)
      attributes.set(name, value)
    } else if (field.number === 7) {
      const domain = text(field, fail)
      if (domain && domain !== 'ai.onnx')
        fail(`an operation of ${domain}; those of ONNX itself are read`)
    }
  return node
}

function attribute(bytes: Uint8Array, fail: Fail): { name: string; value: AttributeValue } {
  let name = ''
  let single: AttributeValue | null = null
  let type = 0
  const floats: number[] = []
  const whole: bigint[] = []
  const strings: string[] = []
  for (const field of fields(bytes, fail)) {
    switch (field.number) {
      case 1:
        name = text(field, fail)
        break
      case 2:
        single = float(field, fail)
        break
      case 3:
        single = int(field, fail)
        break
      case 4:
        single = text(field, fail)
        break
      case 5:
        single = readTensor(message(field, fail), fail).tensor
        break
      case 7: {
        const body = fixed(field, 4, fail)
        const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
        for (let at = 0; at < body.length; at += 4) floats.push(view.getFloat32(at, true))
        break
      }
      case 8:
        ints(field, whole, fail)
        break
      case 9:
        strings.push(text(field, fail))
        break
      case 20:
        type = int(field, fail)
        break
      case 6:
      case 10:
      case 11:
        fail(`attribute ${name} holds graphs or lists of tensors (If, Loop), which are not read`)
    }
  }
  if (type === 6 || floats.length) return { name, value: floats }
  if (type === 7 || whole.length) return { name, value: whole.map(safe) }
  if (type === 8 || strings.length) return { name, value: strings }
  // Zero and the empty string may be left out of a message.
  return { name, value: single ?? (type === 3 ? '' : 0) }
}

export function readTensor(bytes: Uint8Array, fail: Fail): { name: string; tensor: Tensor } {
  let name = ''
  let type = 0
  const dims: bigint[] = []
  let raw: Uint8Array | null = null
  const packed: Uint8Array[] = []
  const whole: bigint[] = []
  for (const field of fields(bytes, fail)) {
    switch (field.number) {
      case 1:
        ints(field, dims, fail)
        break
      case 2:
        type = int(field, fail)
        break
      case 4:
        packed.push(fixed(field, 4, fail))
        break
      case 5:
      case 7:
      case 11:
        ints(field, whole, fail)
        break
      case 8:
        name = text(field, fail)
        break
      case 9:
        raw = message(field, fail)
        break
      case 10:
        packed.push(fixed(field, 8, fail))
        break
      case 13:
      case 14:
        if (field.number === 13 || int(field, fail) === 1)
          fail(
            `the numbers of ${name || 'a tensor'} are in another file; save the model as one: onnx.save(onnx.load(path), path, save_as_external_data=False)`,
          )
    }
  }
  const what = name || 'a tensor'
  const kind = KINDS[type]
  if (!kind) return fail(`${what} has numbers of type ${type}`)
  const shape = dims.map(safe)
  const count = countOf(fail, what, shape)
  const literal = `[${shape.join(', ')}]`
  if (raw === null && (kind === 'f32' || kind === 'f64')) raw = concat(packed)
  if (raw !== null) {
    const size = count * FORMATS[kind].bytes
    if (raw.length !== size)
      fail(`${what} ${literal}: expected ${size} bytes of numbers, found ${raw.length}`)
    if (kind !== 'i64') return { name, tensor: decode(raw, kind, shape, fail, { what }) }
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
    const list = Array.from({ length: count }, (_, n) => clampInt(view.getBigInt64(8 * n, true), what, fail)) // prettier-ignore
    return { name, tensor: fromFlat(list, shape, 'int32') }
  }
  if (whole.length !== count)
    fail(`${what} ${literal}: expected ${count} numbers, found ${whole.length}`)
  if (kind === 'f16' || kind === 'bf16') {
    // Their bits, one a number.
    const bits = new Uint8Array(2 * count)
    whole.forEach((v, n) => {
      bits[2 * n] = Number(v & 255n)
      bits[2 * n + 1] = Number((v >> 8n) & 255n)
    })
    return { name, tensor: decode(bits, kind, shape, fail, { what }) }
  }
  const list = whole.map(v => clampInt(v, what, fail))
  return { name, tensor: fromFlat(list, shape, FORMATS[kind].dtype) }
}

/** int32, or an end that means "as far as it goes". */
function clampInt(v: bigint, what: string, fail: Fail): number {
  if (v >= 2n ** 62n) return 2147483647
  if (v <= -(2n ** 62n)) return -2147483648
  if (v > 2147483647n || v < -2147483648n)
    fail(`${what} has the whole number ${v}; the library's whole numbers are int32`)
  return Number(v)
}

function valueInfo(bytes: Uint8Array, fail: Fail): ValueInfo {
  const out: ValueInfo = { name: '', shape: null }
  for (const field of fields(bytes, fail)) {
    if (field.number === 1) out.name = text(field, fail)
    else if (field.number === 2)
      for (const type of fields(message(field, fail), fail))
        if (type.number === 1)
          for (const part of fields(message(type, fail), fail))
            if (part.number === 2) out.shape = readShape(message(part, fail), fail)
  }
  return out
}

function readShape(bytes: Uint8Array, fail: Fail): (number | string)[] {
  const shape: (number | string)[] = []
  for (const field of fields(bytes, fail)) {
    if (field.number !== 1) continue
    let size: number | string = '?'
    for (const part of fields(message(field, fail), fail))
      if (part.number === 1) size = int(part, fail)
      else if (part.number === 2) size = text(part, fail)
    shape.push(size)
  }
  return shape
}
