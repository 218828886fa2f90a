/** Shapes, strides, broadcasting: arithmetic on lists of sizes, and the errors that name them. */

export type Shape = readonly number[]

export function sizeOf(shape: Shape): number {
  let n = 1
  for (const s of shape) n *= s
  return n
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  for (let d = shape.length - 1, n = 1; d >= 0; d--) {
    strides[d] = n
    n *= shape[d]
  }
  return strides
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false
  return true
}

/** `[2, 3]`, as in code. */
export const show = (shape: Shape): string => `[${shape.join(', ')}]`

/** NumPy's rule: sizes agree from the right, 1 repeats. @throws RangeError naming both shapes */
export function broadcast(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  const out = new Array<number>(rank)
  for (let d = 1; d <= rank; d++) {
    const p = a[a.length - d] ?? 1
    const q = b[b.length - d] ?? 1
    if (p !== q && p !== 1 && q !== 1)
      throw new RangeError(
        `${op}: shapes ${show(a)} and ${show(b)} do not broadcast: ${p} against ${q} at axis ${-d}`,
      )
    out[rank - d] = p === 1 ? q : p
  }
  return out
}

/** Negative axes count from the end. @throws RangeError */
export function axis(op: string, dim: number, rank: number): number {
  const d = dim < 0 ? dim + rank : dim
  if (!Number.isInteger(dim) || d < 0 || d >= Math.max(rank, 1))
    throw new RangeError(
      `${op}: axis ${dim} of a tensor with ${rank} ${rank === 1 ? 'axis' : 'axes'}`,
    )
  return d
}

/** One axis, several, or all of them (`undefined`), sorted, each once. */
export function axes(
  op: string,
  dim: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (dim === undefined) return Array.from({ length: rank }, (_, d) => d)
  const list = typeof dim === 'number' ? [dim] : dim
  const out = [...new Set(list.map(d => axis(op, d, rank)))].sort((a, b) => a - b)
  if (out.length !== list.length)
    throw new RangeError(`${op}: axes ${show(list)} name one axis twice`)
  return out
}

/** A shape the user typed: whole numbers, not negative. */
export function checkShape(op: string, shape: Shape): void {
  for (const s of shape)
    if (!Number.isInteger(s) || s < 0)
      throw new RangeError(`${op}: shape ${show(shape)}: sizes are whole numbers, at least 0`)
}

/** Fills in one −1 of a new shape. @throws RangeError when the counts differ */
export function inferShape(op: string, shape: Shape, count: number, from: Shape): number[] {
  const unknown = shape.indexOf(-1)
  const out = [...shape]
  if (unknown >= 0) {
    const rest = sizeOf(shape.filter((_, d) => d !== unknown))
    out[unknown] = rest === 0 ? 0 : count / rest
  }
  if (out.some(s => !Number.isInteger(s) || s < 0) || sizeOf(out) !== count)
    throw new RangeError(
      `${op}: ${show(from)} has ${count} elements, ${show(shape)} ${unknown >= 0 ? 'cannot be filled' : `has ${sizeOf(out)}`}`,
    )
  return out
}

/** Strides of a view with another shape over the same elements, or null when it takes a copy. */
export function viewStrides(shape: Shape, strides: Shape, target: Shape): number[] | null {
  if (sizeOf(shape) === 0) return stridesOf(target)
  const from = shape.map((s, d) => [s, strides[d]] as const).filter(([s]) => s !== 1)
  const out = new Array<number>(target.length).fill(0)
  let j = from.length - 1
  let left = j >= 0 ? from[j][0] : 1
  let stride = j >= 0 ? from[j][1] : 1
  for (let d = target.length - 1; d >= 0; d--) {
    if (target[d] === 1) {
      out[d] = stride
      continue
    }
    if (left === 1 && j > 0) {
      j--
      left = from[j][0]
      stride = from[j][1]
    }
    // Neighbouring axes that lie one after the other count as one.
    while (left % target[d] !== 0 && j > 0 && from[j - 1][1] === stride * left) {
      j--
      left *= from[j][0]
    }
    if (left % target[d] !== 0) return null
    out[d] = stride
    stride *= target[d]
    left /= target[d]
  }
  return out
}
