/** Einstein's sums: products over named axes. */
import { show } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { mul } from './elementwise.ts'
import { matmul } from './matmul.ts'
import { sum } from './reduce.ts'
import { diagonal, expand, permute, reshape } from './views.ts'

/** A tensor whose axes have names: letters, and numbers for the axes of `...`, counted from the last. */
interface Named {
  x: Tensor
  names: string[]
}

/**
 * Products summed over the letters that the result does not name:
 *
 *     einsum('ij,jk->ik', x, y)     // matrix product
 *     einsum('bij,bij->b', x, y)    // a dot product each
 *     einsum('ii', x)               // trace; without -> the letters that stand once, in their order
 *     einsum('...ij->...ji', x)     // `...` stands for any axes; they broadcast
 *
 * Two operands at a time, from the left, as one batched matrix product.
 * @throws RangeError naming the letter whose sizes differ
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(equation, operands)
  const sizes = new Map<string, number>()
  let terms = inputs.map((names, i) => diagonals(name(equation, operands[i], names, sizes)))
  while (terms.length > 1) {
    const [a, b, ...rest] = terms
    const wanted = new Set([...output, ...rest.flatMap(t => t.names)])
    terms = [contract(reduce(a, wanted, b.names), reduce(b, wanted, a.names), wanted), ...rest]
  }
  const last = reduce(terms[0], new Set(output), [])
  for (const n of output)
    if (!last.names.includes(n))
      throw new RangeError(`einsum: '${equation}': the result names '${n}', no operand does`)
  return permute(
    last.x,
    output.map(n => last.names.indexOf(n)),
  )
}

function parse(equation: string, operands: readonly Tensor[]) {
  const text = equation.replaceAll(' ', '')
  const m = /^([A-Za-z.,]*)(?:->([A-Za-z.]*))?$/.exec(text)
  const lists = m?.[1].split(',') ?? []
  for (const t of [...lists, m?.[2] ?? ''])
    if (!m || !/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(t))
      throw new RangeError(
        `einsum: '${equation}' is no equation; letters, commas and ->, as in 'ij,jk->ik'`,
      )
  if (lists.length !== operands.length)
    throw new RangeError(
      `einsum: '${equation}' names ${lists.length} operands, there are ${operands.length}`,
    )
  /** Axes that `...` stands for in each operand. */
  const free = lists.map((t, i) => {
    if (!(operands[i] instanceof Tensor)) throw new TypeError(`einsum: operand ${i} is no tensor`)
    const letters = t.replace('...', '').length
    const n = operands[i].ndim - letters
    if (t.includes('...') ? n < 0 : n !== 0)
      throw new RangeError(
        `einsum: '${t}' names ${letters} axes, operand ${i} is ${show(operands[i].shape)}`,
      )
    return n
  })
  const dots = (n: number) => Array.from({ length: n }, (_, i) => String(n - 1 - i))
  const names = (t: string, n: number) => {
    const [before, after] = t.split('...')
    return t.includes('...') ? [...before, ...dots(n), ...after] : [...t]
  }
  const inputs = lists.map((t, i) => names(t, free[i]))
  const most = Math.max(0, ...free)
  const letters = [...lists.join('').replaceAll('.', '')]
  const output =
    m?.[2] !== undefined
      ? names(m[2], most)
      : [
          ...dots(most),
          ...letters.filter(l => letters.indexOf(l) === letters.lastIndexOf(l)).sort(),
        ]
  if (new Set(output).size !== output.length)
    throw new RangeError(`einsum: '${equation}' names an axis of the result twice`)
  return { inputs, output }
}

/** Checks the sizes that letters have; axes of size 1 give way to others. */
function name(equation: string, x: Tensor, names: string[], sizes: Map<string, number>): Named {
  names.forEach((n, d) => {
    const known = sizes.get(n) ?? 1
    if (known !== 1 && x.shape[d] !== 1 && known !== x.shape[d])
      throw new RangeError(
        `einsum: '${equation}': ${/\d/.test(n) ? "an axis of '...'" : `'${n}'`} is ${known} and, in ${show(x.shape)}, ${x.shape[d]}`,
      )
    if (known === 1) sizes.set(n, x.shape[d])
  })
  return { x, names }
}

/** A letter that stands twice takes the diagonal. */
function diagonals({ x, names }: Named): Named {
  const twice = names.findIndex((n, i) => names.indexOf(n) !== i)
  if (twice < 0) return { x, names }
  const n = names[twice]
  const first = names.indexOf(n)
  return diagonals({
    x: diagonal(x, { dim0: first, dim1: twice }),
    names: [...names.filter((_, i) => i !== first && i !== twice), n],
  })
}

/** Sums over the names that nobody else needs. */
function reduce({ x, names }: Named, wanted: ReadonlySet<string>, other: readonly string[]): Named {
  const dims = names.flatMap((n, d) => (wanted.has(n) || other.includes(n) ? [] : [d]))
  return dims.length
    ? { x: sum(x, { dim: dims }), names: names.filter((_, d) => !dims.includes(d)) }
    : { x, names }
}

/** a·b, summed over what they share and nobody wants: [batch, rows, inner] · [batch, inner, columns]. */
function contract(a: Named, b: Named, wanted: ReadonlySet<string>): Named {
  const shared = a.names.filter(n => b.names.includes(n))
  const batch = shared.filter(n => wanted.has(n))
  const inner = shared.filter(n => !wanted.has(n))
  const rows = a.names.filter(n => !shared.includes(n))
  const columns = b.names.filter(n => !shared.includes(n))
  const size = (n: string) => {
    const of = (t: Named) => (t.names.includes(n) ? t.x.shape[t.names.indexOf(n)] : 1)
    return of(a) === 1 ? of(b) : of(a)
  }
  const sizes = (list: readonly string[]) => list.map(size)
  const count = (list: readonly string[]) => sizes(list).reduce((p, q) => p * q, 1)
  const arranged = (t: Named, order: readonly string[]) => {
    const moved = permute(
      t.x,
      order.map(n => t.names.indexOf(n)),
    )
    return expand(moved, sizes(order))
  }
  const left = arranged(a, [...batch, ...rows, ...inner])
  const right = arranged(b, [...batch, ...inner, ...columns])
  const names = [...batch, ...rows, ...columns]
  if (!inner.length) {
    const ones = (list: readonly string[]) => list.map(() => 1)
    return {
      x: mul(
        reshape(left, [...sizes(batch), ...sizes(rows), ...ones(columns)]),
        reshape(right, [...sizes(batch), ...ones(rows), ...sizes(columns)]),
      ),
      names,
    }
  }
  const [B, M, K, N] = [count(batch), count(rows), count(inner), count(columns)]
  const y = matmul(reshape(left, [B, M, K]), reshape(right, [B, K, N]))
  return { x: reshape(y, [...sizes(batch), ...sizes(rows), ...sizes(columns)]), names }
}
