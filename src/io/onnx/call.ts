/** One node's inputs and attributes, as its operation asks for them. */
import { Tensor } from '../../tensor/tensor.ts'
import type { Fail } from '../problem.ts'
import type { AttributeValue, Node } from './model.ts'

/** Most elements of any value while a model runs: 1 GiB of float32. */
const MOST = 2 ** 28

export class Call {
  constructor(
    readonly node: Node,
    private readonly values: readonly (Tensor | null)[],
    readonly opset: number,
    /** Whether dropout drops. */
    readonly training: boolean,
    readonly fail: Fail,
  ) {}

  get count(): number {
    return this.values.length
  }
  input(i: number): Tensor {
    return this.values[i] ?? this.fail(`input ${i} is missing`)
  }
  optional(i: number): Tensor | null {
    return this.values[i] ?? null
  }
  all(): Tensor[] {
    return this.values.map((_, i) => this.input(i))
  }
  /** Whole numbers that come as an input, such as a shape. */
  list(i: number): number[] | null {
    const t = this.optional(i)
    if (!t) return null
    if (t.ndim > 1 || t.size > 64 || t.dtype !== 'int32')
      this.fail(`input ${i} is ${t.dtype} [${t.shape.join(', ')}], not a list of whole numbers`)
    return [...t.toTypedArray()]
  }
  /** Whole numbers that older opsets have as an attribute and newer ones as input `i`. */
  either(name: string, i: number, since: number): number[] | null {
    return this.opset < since ? this.ints(name) : this.list(i)
  }

  int(name: string, otherwise: number): number {
    const v = this.get(name) ?? otherwise
    return typeof v === 'number' ? v : this.fail(`${name} is no number`)
  }
  float(name: string, otherwise: number): number {
    return this.int(name, otherwise)
  }
  string(name: string, otherwise: string): string {
    const v = this.get(name) ?? otherwise
    // A string of no bytes reads as the number 0.
    return typeof v === 'string' ? v : v === 0 ? '' : this.fail(`${name} is no string`)
  }
  ints(name: string): number[] | null {
    const v = this.get(name)
    if (v === undefined) return null
    const list: unknown = v === 0 ? [] : v
    if (!Array.isArray(list) || list.length > 64 || !list.every(n => typeof n === 'number'))
      return this.fail(`${name} is no list of numbers`)
    return list as number[] // as checked
  }
  strings(name: string): string[] {
    const v = this.get(name) ?? []
    if (!Array.isArray(v)) return v === 0 ? [] : this.fail(`${name} is no list`)
    return v.map(String)
  }
  get(name: string): AttributeValue | undefined {
    return this.node.attributes.get(name)
  }
  tensor(name: string): Tensor {
    const v = this.get(name)
    return v instanceof Tensor ? v : this.fail(`${name} is no tensor`)
  }

  /** A shape that is about to be made. */
  limit(shape: readonly number[]): readonly number[] {
    const size = shape.reduce((n, s) => n * s, 1)
    if (!(size <= MOST) || shape.some(s => !Number.isInteger(s) || s < 0))
      this.fail(`a result of [${shape.join(', ')}]; at most ${MOST} elements`)
    return shape
  }
  /** An axis from 0. */
  axis(axis: number, rank: number): number {
    const d = axis < 0 ? axis + rank : axis
    if (!Number.isInteger(axis) || d < 0 || d >= Math.max(1, rank))
      this.fail(`axis ${axis} of ${rank}`)
    return d
  }
}

/** Results in the order of the node's outputs. */
export type Operator = (c: Call) => Tensor | Tensor[]
