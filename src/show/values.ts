/** Reading tensors and nested lists for views, and speaking about them. */
import type { Tensor } from '../tensor/tensor.ts'
import { formatNumber } from '../spec/text.ts'

export type Numbers = ArrayLike<number>

export interface Extremes {
  min: number
  max: number
  /** Flat index of the largest and of the smallest finite value; −1 for none. */
  argmax: number
  argmin: number
  zeros: number
  /** Every value is a whole number. */
  whole: boolean
  /** Values that are NaN or infinite. */
  broken: number
}

export function extremes(values: Numbers): Extremes {
  const out = {
    min: Infinity,
    max: -Infinity,
    argmax: -1,
    argmin: -1,
    zeros: 0,
    whole: true,
    broken: 0,
  }
  for (let i = 0; i < values.length; i++) {
    const v = values[i]
    if (!Number.isFinite(v)) {
      out.broken++
      out.whole = false
      continue
    }
    if (v === 0) out.zeros++
    if (v > out.max) [out.max, out.argmax] = [v, i]
    if (v < out.min) [out.min, out.argmin] = [v, i]
    if (out.whole && !Number.isInteger(v)) out.whole = false
  }
  if (out.argmax < 0) out.min = out.max = 0
  return out
}

/** Largest size of a finite value. */
export function reach({ min, max }: { min: number; max: number }): number {
  return Math.max(Math.abs(min), Math.abs(max))
}

/** Full index of a flat one: [2, 3] for 11 in [4, 4]. */
export function indexOf(flat: number, shape: readonly number[]): number[] {
  const out = new Array<number>(shape.length)
  for (let d = shape.length - 1; d >= 0; d--) {
    out[d] = flat % shape[d]
    flat = Math.floor(flat / shape[d])
  }
  return out
}

export function flatIndex(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((flat, i, d) => flat * shape[d] + i, 0)
}

/** Copies of a tensor's numbers as float64 would print them, row-major. */
export function numbersOf(t: Tensor): Numbers {
  return t.toTypedArray()
}

/** Nested lists [a][b]… from row-major values. */
export function nested(values: Numbers, shape: readonly number[]): unknown {
  let at = 0
  const build = (d: number): unknown =>
    d === shape.length ? values[at++] : Array.from({ length: shape[d] }, () => build(d + 1))
  return build(0)
}

/** Shape and leaves of nested lists; throws a RangeError that begins with `name` when rows differ. */
export function unnest(list: unknown, name: string): { shape: number[]; leaves: unknown[] } {
  const shape: number[] = []
  for (let v = list; Array.isArray(v); v = v[0]) shape.push(v.length)
  const leaves: unknown[] = []
  const visit = (v: unknown, d: number): void => {
    if (d === shape.length) {
      if (Array.isArray(v)) throw new RangeError(`${name}: its rows are not equally deep`)
      leaves.push(v)
      return
    }
    if (!Array.isArray(v) || v.length !== shape[d])
      throw new RangeError(`${name}: its rows are not equally long`)
    for (const item of v) visit(item, d + 1)
  }
  visit(list, 0)
  return { shape, leaves }
}

/** `row 1, column 3`, `map 7, row 1, column 3`, `unit 4`; `tile` names what a map is called there. */
export function place(index: readonly number[], tile = 'map'): string {
  if (index.length === 1) return `unit ${index[0]}`
  const [i, j] = index.slice(-2)
  const lead = index.slice(0, -2)
  const which = lead.length ? `${tile} ${lead.length > 1 ? `[${lead.join(', ')}]` : lead[0]}, ` : ''
  return `${which}row ${i}, column ${j}`
}

/** A number in `width` letters or fewer, as exactly as fits. */
export function fitNumber(value: number, width: number): string {
  const options = [formatNumber(value), ...[2, 1, 0].map(digits => formatNumber(value, digits))]
  return options.find(text => [...text].length <= width) ?? '…'
}
