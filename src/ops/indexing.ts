/** `x.at(0, '1:3')` is Python's `x[0, 1:3]`. */
import { isGradEnabled, noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import { broadcast, sameShape, show } from '../tensor/shape.ts'
import { constant, fromFlat, Tensor } from '../tensor/tensor.ts'
import { to, type Operand } from './elementwise.ts'
import { spread } from './operands.ts'
import { maskedSelect, nonzero } from './gather.ts'
import { selectAlong } from './places.ts'
import { define } from './method.ts'
import { permute, reshape, select, slice, unsqueeze } from './views.ts'

type Part = `${number}` | ''
/** `'1:3'`, `':2'`, `'::2'`, `'-3:'`, as in Python; `':'` is the whole axis and `'...'` as many whole axes as fit. */
export type Span = `${Part}:${Part}` | `${Part}:${Part}:${Part}` | '...'
/**
 * What chooses along an axis: a number (the axis goes away), a span, a list or int32 tensor of indices, a bool tensor over as
 * many axes as it has, or null for a new axis of size 1.
 */
export type Index = number | Span | readonly number[] | Tensor | null

interface Advanced {
  dim: number
  index: Tensor
}

const axesTaken = (i: Index) =>
  i === null || i === '...' ? 0 : i instanceof Tensor && i.dtype === 'bool' ? i.ndim : 1

/** Number, span and new axis as views; lists and tensors are left for `pick`. */
function basic(op: string, x: Tensor, indices: readonly Index[]): { y: Tensor; lists: Advanced[] } {
  const taken = indices.reduce((n: number, i) => n + axesTaken(i), 0)
  if (taken > x.ndim) throw new RangeError(`${op}: ${taken} indices for a tensor ${show(x.shape)}`)
  if (indices.filter(i => i === '...').length > 1)
    throw new RangeError(`${op}: '...' stands once at most`)
  let y = x
  let d = 0
  const lists: Advanced[] = []
  for (const index of indices) {
    if (index === null) y = unsqueeze(y, d++)
    else if (index === '...') d += x.ndim - taken
    else if (typeof index === 'number') y = select(y, d, index)
    else if (typeof index === 'string') y = span(op, y, d++, index)
    else if (index instanceof Tensor && index.dtype === 'bool') {
      const covered = y.shape.slice(d, d + index.ndim)
      if (!sameShape(covered, index.shape))
        throw new RangeError(
          `${op}: mask ${show(index.shape)} for the axes ${show(covered)} of ${show(x.shape)}`,
        )
      const places = nonzero(index)
      for (let e = 0; e < index.ndim; e++) lists.push({ dim: d++, index: select(places, 1, e) })
    } else {
      const list = Array.isArray(index)
        ? fromFlat(index, [index.length], 'int32')
        : (index as Tensor) // the other kinds stand above
      if (!(list instanceof Tensor) || (list.dtype !== 'int32' && list.dtype !== 'uint8'))
        throw new TypeError(
          `${op}: an index is ${list instanceof Tensor ? list.dtype : typeof list}; it is a number, a span such as '1:3', a list, an int32 or bool tensor, or null`,
        )
      lists.push({ dim: d++, index: list })
    }
  }
  return { y, lists }
}

function span(op: string, x: Tensor, d: number, text: string): Tensor {
  const m = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/.exec(text)
  const number = (s: string | undefined) => (s ? Number(s) : undefined)
  if (!m || m.slice(1).some(s => s === '-'))
    throw new RangeError(
      `${op}: '${text}' is no span; write start:end or start:end:step, as in '1:3'`,
    )
  return slice(x, d, { start: number(m[1]), end: number(m[2]), step: number(m[3]) })
}

/** Row-major places along the joined axes that index tensors name together. */
function joined(
  op: string,
  y: Tensor,
  lists: readonly Advanced[],
): { index: Tensor; shape: number[] } {
  const shape = lists.reduce((s: number[], { index }) => broadcast(op, s, index.shape), [])
  const n = shape.reduce((a, b) => a * b, 1)
  const flat = new Int32Array(n)
  for (const { dim, index } of lists) {
    const size = y.shape[dim]
    spread(index.detach(), shape)
      .toTypedArray()
      .forEach((i: number, k: number) => {
        const at = i < 0 ? i + size : i
        if (at < 0 || at >= size)
          throw new RangeError(
            `${op}: index ${i} of axis ${dim} of ${show(y.shape)}: it goes from 0 to ${size - 1}`,
          )
        flat[k] = flat[k] * size + at
      })
  }
  return { index: fromFlat(flat, [n], 'int32'), shape }
}

/**
 * Part of a tensor, chosen axis by axis from the first: `x.at(0)`, `x.at('1:3', -1)`, `x.at('...', [0, 2])`, `x.at(x.gt(0))`.
 * Numbers and spans give views. Lists and tensors gather: several broadcast together and pick element by element, as in NumPy.
 * @throws RangeError outside an axis
 */
export function at(x: Tensor, ...indices: readonly Index[]): Tensor {
  const [only] = indices
  if (
    indices.length === 1 &&
    only instanceof Tensor &&
    only.dtype === 'bool' &&
    sameShape(only.shape, x.shape)
  )
    return maskedSelect(x, only)
  const { y, lists } = basic('at', x, indices)
  if (!lists.length) return y
  const { index, shape } = joined('at', y, lists)
  const dims = lists.map(l => l.dim)
  const adjacent = dims.every((d, i) => i === 0 || d === dims[i - 1] + 1)
  const first = adjacent ? dims[0] : 0
  const others = y.shape.map((_, d) => d).filter(d => !dims.includes(d))
  const order = [...others.slice(0, first), ...dims, ...others.slice(first)]
  const moved = permute(y, order)
  const before = moved.shape.slice(0, first)
  const after = moved.shape.slice(first + dims.length)
  const flat = reshape(moved, [...before, dims.reduce((n, d) => n * y.shape[d], 1), ...after])
  return reshape(selectAlong(flat, first, index), [...before, ...shape, ...after])
}

/**
 * Writes `value` (a number, or a tensor that broadcasts) where `indices` point, as `at` reads; returns x.
 * In place and outside the tape: under `noGrad`, or on tensors that need no gradient.
 */
function set(this: Tensor, indices: Index | readonly Index[], value: Operand): Tensor {
  if (isGradEnabled() && this.requiresGrad)
    throw new Error('set: the tensor requires a gradient; change it inside noGrad(() => …)')
  const list: readonly Index[] = isIndexList(indices) ? indices : [indices]
  return noGrad(() => {
    const source = typeof value === 'number' ? constant(value, this.dtype) : to(value, this.dtype)
    const { y, lists } = basic('set', this, list)
    if (!lists.length) {
      fit('set', source, y.shape)
      backend(this.dtype).copy(spread(source, y.shape), y)
      return this
    }
    // Element by element: what `at` would read, as places of the whole.
    const places = fromFlat(
      Int32Array.from({ length: this.size }, (_, i) => i),
      this.shape,
      'int32',
    )
    const chosen = at(places, ...list)
    fit('set', source, chosen.shape)
    const values = spread(source.detach(), chosen.shape).toTypedArray()
    const whole = this.toTypedArray()
    chosen.toTypedArray().forEach((p: number, i: number) => (whole[p] = values[i]))
    backend(this.dtype).copy(fromFlat(whole, this.shape, this.dtype), this)
    return this
  })
}
function fit(op: string, value: Tensor, shape: readonly number[]): void {
  if (!sameShape(broadcast(op, value.shape, shape), shape))
    throw new RangeError(`${op}: ${show(value.shape)} does not fit into ${show(shape)}`)
}
/** `[0, '1:3']` is a list of indices; one list of numbers needs brackets of its own: `[[0, 2]]`. */
const isIndexList = (i: Index | readonly Index[]): i is readonly Index[] => Array.isArray(i)

declare module '../tensor/tensor.ts' {
  interface Tensor {
    /**
     * Part of the tensor, chosen axis by axis from the first: `x.at(0)`, `x.at('1:3', -1)`, `x.at('...', [0, 2])`, `x.at(x.gt(0))`.
     * Numbers and spans give views; lists and tensors gather. @throws RangeError outside an axis
     */
    at(...indices: readonly Index[]): Tensor
    /**
     * Writes `value` where `at(...indices)` reads; returns the tensor: `x.set([0, '1:3'], 5)`, `x.set(x.lt(0), 0)`.
     * In place: under `noGrad`, or on tensors that need no gradient.
     */
    set(indices: Index | readonly Index[], value: Operand): this
  }
}
define('at', function (this: Tensor, ...indices: Index[]) {
  return at(this, ...indices)
})
define('set', set)
