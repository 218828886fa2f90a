/** The stepper's sentences: what a cell of x, w or the output is, and what becomes of it. */
import type { ConvView } from 'layerscope/spec'
import { h, here, number, type Child } from '../../parts/index.ts'
import type { Cell, ConvModel } from './model.ts'
import { capital, same, value, type Comparison } from './numbers.ts'

/** `x[1, 2]` for plain matrices, `x[0, 1, 2]` with channels. */
export function nameOf(
  { names, plain }: ConvView['data'],
  tensor: 'x' | 'w' | 'b' | 'o',
  ...index: readonly number[]
): string {
  const left = plain ? { x: 1, o: 1, w: 2, b: 0 }[tensor] : 0
  return `${names[tensor]}[${index.slice(left).join(', ')}]`
}

export function outputWords(
  m: ConvModel,
  data: ConvView['data'],
  comparison: Comparison,
  cell: Cell,
): Child[] {
  if (!m.cells) return ['The window is larger than the padded image: no place to lay it.']
  const v = m.shown(cell)
  const name = h('b', {}, nameOf(data, 'o', ...cell))
  if (typeof v !== 'number') return [name, ': your function threw ', number(v.error)]
  const other = comparison.with(cell)
  const difference =
    other !== null && !same(v, other)
      ? ` ${capital(data.compare?.label ?? '')}: ${value(other)}.`
      : ''
  const sums = Array.from({ length: m.C }, (_, c) => m.channelSum(cell, c))
  const total = sums.reduce((a, b) => a + b, 0)
  const bias = ['+ bias ', number(value(m.b[cell[0]]))]
  const how: Child[] =
    m.C > 1
      ? [
          ' = ',
          number(m.C <= 6 ? sums.map(value).join(' + ') : value(total)),
          ` from the ${m.C} channels`,
          data.hasBias ? [', ', ...bias] : '',
          ' = ',
        ]
      : data.hasBias
        ? [' = ', number(value(total)), ' ', ...bias, ' = ']
        : [`: the ${m.h * m.k} products add up to `]
  const own = m.output(cell)
  return [
    name,
    ...how,
    here(number(value(own))),
    '.',
    !same(v, own) ? ` Your function gives ${value(v)}.` : '',
    difference,
  ]
}

/** A cell of the padded x, and the windows that read it. */
export function imageWords(
  m: ConvModel,
  data: ConvView['data'],
  [c, i, j]: readonly [number, number, number],
  readers: number,
): Child[] {
  const name = m.isPadding(i, j)
    ? 'Padding'
    : nameOf(data, 'x', c, i - m.padding[0], j - m.padding[1])
  return [
    h('b', {}, name),
    ' is ',
    number(value(m.at(c, i, j))),
    '. ',
    readers
      ? `${readers} of ${m.rows * m.columns} windows ${readers === 1 ? 'reads' : 'read'} it (outlined in ${data.names.o}).`
      : 'No window reads it: the stride steps over it.',
  ]
}

/** A weight, and what it multiplies at the current cell (null: another filter is at work). */
export function weightWords(
  m: ConvModel,
  data: ConvView['data'],
  [k, c, a, b]: readonly [number, number, number, number],
  x: number | null,
): Child[] {
  const what = [
    h('b', {}, nameOf(data, 'w', k, c, a, b)),
    ' is ',
    number(value(m.weight(k, c, a, b))),
    '.',
  ]
  if (x === null) return what
  return [
    ...what,
    ' Here it multiplies ',
    number(value(x)),
    `. The same weight is used ${m.rows * m.columns} times, once for every cell${m.K > 1 ? ` of ${data.names.o}[${k}]` : ''}.`,
  ]
}

/** `size: (6 + 2·0 − 3) / 1 + 1 = 4`, and what the rounding leaves out. */
export function sizeWords(m: ConvModel, editable: boolean): string {
  const sides = m.H === m.W && m.h === m.k ? ([0] as const) : ([0, 1] as const)
  const parts = sides.map(
    d =>
      `(${[m.H, m.W][d]} + 2·${m.padding[d]} − ${m.reach[d]}) / ${m.stride[d]} + 1 = ${value(m.exact(d))}`,
  )
  const fits = m.exact(0) % 1 === 0 && m.exact(1) % 1 === 0
  const left = fits
    ? ''
    : `, rounded down to ${m.rows}${sides.length > 1 ? ` × ${m.columns}` : ''}: hatched cells are read by no window`
  return `size: ${parts.join(' and ')}${left}.${editable ? ' Type into any cell.' : ''}`
}
