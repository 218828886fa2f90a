/** Numbers one by one: which kernel serves which operands. What has none runs the reference's loops on the heap's views. */
import type { BinaryName, Primitives, UnaryName } from '../primitives.ts'
import { referencePrimitives } from '../reference/index.ts'
import { isContiguous, sizeOf } from '../reference/iterate.ts'
import type { DType, Strided } from '../storage.ts'
import {
  BINARY_FAMILIES,
  COMPARE_FAMILIES,
  COPY,
  FILL,
  FROM_MASK,
  UNARY_FAMILIES,
  WHERE,
} from './emit-elementwise.ts'
import { SINE_LIMIT } from './emit-functions.ts'
import { OUTER } from './emit-map.ts'
import { BLOCK, SMALL, type Engine } from './engine.ts'
import type { Family } from './family.ts'
import { TINY } from './heap.ts'

const bytesOf = (dtype: DType) => (dtype === 'bool' || dtype === 'uint8' ? 1 : 4)

/**
 * The axes of a walk through all operands together: those of one element are gone, neighbours that lie one after the other
 * in every operand are one, the axis along which the result lies in one run is last.
 */
function axesOf(operands: readonly Strided[]): { sizes: number[]; strides: number[][] } {
  const [out] = operands
  const order = out.shape
    .map((_, d) => d)
    .filter(d => out.shape[d] !== 1)
    .sort((a, b) => out.strides[b] - out.strides[a])
  const sizes: number[] = []
  const strides: number[][] = operands.map(() => [])
  for (const d of order) {
    const last = sizes.length - 1
    if (last >= 0 && operands.every((t, k) => strides[k][last] === t.strides[d] * out.shape[d])) {
      sizes[last] *= out.shape[d]
      operands.forEach((t, k) => (strides[k][last] = t.strides[d]))
    } else {
      sizes.push(out.shape[d])
      operands.forEach((t, k) => strides[k].push(t.strides[d]))
    }
  }
  return { sizes, strides }
}

/** Sine and cosine have a kernel for angles that are not too large; what surrounds x in its storage is looked at too. */
function withinReach(name: UnaryName, x: Strided): boolean {
  if (name !== 'sin' && name !== 'cos') return true
  for (const v of x.storage.data) if (Math.abs(v) > SINE_LIMIT) return false
  return true
}

/** One number for all places. */
function isOne(t: Strided): boolean {
  for (let d = 0; d < t.shape.length; d++) if (t.strides[d] !== 0 && t.shape[d] !== 1) return false
  return true
}

/**
 * A few numbers in one run: done before a kernel's parameters are written. Only for what float64 and one rounding give the
 * same bits, so that a result does not depend on the way it was computed.
 */
function tiny(name: BinaryName, a: Strided, b: Strided, out: Strided): boolean {
  if (out.dtype !== 'float32' || a.dtype !== 'float32' || b.dtype !== 'float32') return false
  if (!isContiguous(a) || !isContiguous(out)) return false
  const [A, B, o] = [a.storage.data, b.storage.data, out.storage.data]
  const [i, j, k] = [a.offset, b.offset, out.offset]
  const n = sizeOf(out.shape)
  if (!isContiguous(b)) {
    if (!isOne(b)) return false
    const y = B[j]
    if (name === 'add') for (let e = 0; e < n; e++) o[k + e] = A[i + e] + y
    else if (name === 'sub') for (let e = 0; e < n; e++) o[k + e] = A[i + e] - y
    else if (name === 'mul') for (let e = 0; e < n; e++) o[k + e] = A[i + e] * y
    else if (name === 'div') for (let e = 0; e < n; e++) o[k + e] = A[i + e] / y
    else return false
  } else if (name === 'add') for (let e = 0; e < n; e++) o[k + e] = A[i + e] + B[j + e]
  else if (name === 'sub') for (let e = 0; e < n; e++) o[k + e] = A[i + e] - B[j + e]
  else if (name === 'mul') for (let e = 0; e < n; e++) o[k + e] = A[i + e] * B[j + e]
  else if (name === 'div') for (let e = 0; e < n; e++) o[k + e] = A[i + e] / B[j + e]
  else return false
  return true
}

export function elementwise(
  engine: Engine,
): Pick<Primitives, 'fill' | 'copy' | 'unary' | 'binary' | 'compare' | 'where' | 'accumulate'> {
  /** Runs a map over operands of the right types; false where their axes are too many. */
  function map(family: Family, out: Strided, inputs: readonly Strided[]): boolean {
    const n = sizeOf(out.shape)
    if (n === 0) return true
    if (isContiguous(out) && inputs.every(t => isContiguous(t) || isOne(t))) {
      const args = [engine.address(out)]
      for (const t of inputs) args.push(engine.address(t), isContiguous(t) ? bytesOf(t.dtype) : 0)
      engine.run(family, 'flat', args, n, BLOCK, n >= SMALL)
      return true
    }
    const operands = [out, ...inputs]
    const { sizes, strides } = axesOf(operands)
    const rank = sizes.length
    if (rank > 1 + OUTER || (rank > 0 && strides[0][rank - 1] !== 1)) return false
    const inner = rank > 0 ? sizes[rank - 1] : 1
    const step = (k: number, d: number) => (d < 0 ? 0 : strides[k][d] * bytesOf(operands[k].dtype))
    if (rank <= 1) {
      const args = [engine.address(out)]
      inputs.forEach((t, k) => args.push(engine.address(t), step(k + 1, rank - 1)))
      engine.run(family, 'flat', args, inner, BLOCK, n >= SMALL)
      return true
    }
    const args = [inner]
    for (let d = 0; d < OUTER; d++) args.push(sizes[rank - 2 - d] ?? 1)
    operands.forEach((t, k) => {
      args.push(engine.address(t), step(k, rank - 1))
      for (let d = 0; d < OUTER; d++) args.push(step(k, rank - 2 - d))
    })
    engine.run(family, 'rows', args, n / inner, Math.max(1, Math.floor(BLOCK / inner)), n >= SMALL)
    return true
  }
  const floats = (...operands: Strided[]) => operands.every(t => t.dtype === 'float32')

  function copy(x: Strided, out: Strided): void {
    const alike = x.dtype === out.dtype
    if (alike && isContiguous(x) && isContiguous(out)) {
      const n = sizeOf(x.shape)
      out.storage.data.set(x.storage.data.subarray(x.offset, x.offset + n), out.offset)
      return
    }
    const four = bytesOf(x.dtype) === 4 && x.dtype !== 'float64'
    if (alike && four && map(COPY, out, [x])) return
    if (x.dtype === 'bool' && out.dtype === 'float32' && map(FROM_MASK, out, [x])) return
    referencePrimitives.copy(x, out)
  }
  engine.copy = copy

  return {
    fill(out, value) {
      if (!isContiguous(out)) return referencePrimitives.fill(out, value)
      const n = sizeOf(out.shape)
      if (n >= SMALL && out.dtype === 'float32')
        engine.run(FILL, 'fill', [engine.address(out)], n, BLOCK, true, [value])
      else out.storage.data.fill(value, out.offset, out.offset + n)
    },
    copy,
    unary(name, x, out) {
      const family = withinReach(name, x) ? UNARY_FAMILIES[name] : undefined
      if (!(family && floats(x, out) && map(family, out, [x])))
        referencePrimitives.unary(name, x, out)
    },
    binary(name, a, b, out) {
      if (out.storage.length <= TINY && tiny(name, a, b, out)) return
      const family = BINARY_FAMILIES[name]
      if (!(family && floats(a, b, out) && map(family, out, [a, b])))
        referencePrimitives.binary(name, a, b, out)
    },
    compare(name, a, b, out) {
      const family = COMPARE_FAMILIES[name]
      if (!(family && floats(a, b) && out.dtype === 'bool' && map(family, out, [a, b])))
        referencePrimitives.compare(name, a, b, out)
    },
    where(condition, a, b, out) {
      const byte = bytesOf(condition.dtype) === 1
      if (!(byte && floats(a, b, out) && map(WHERE, out, [condition, a, b])))
        referencePrimitives.where(condition, a, b, out)
    },
    accumulate(x, out) {
      if (out.storage.length <= TINY && tiny('add', out, x, out)) return
      const family = BINARY_FAMILIES.add
      if (!(family && floats(x, out) && map(family, out, [out, x])))
        referencePrimitives.accumulate(x, out)
    },
  }
}
