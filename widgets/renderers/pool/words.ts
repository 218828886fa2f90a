/** The pooling stepper's sentences. */
import type { PoolView } from 'layerscope/spec'
import { fixed, h, here, number, type Child } from '../../parts/index.ts'
import type { Cell, PoolModel } from './model.ts'

/** Whole numbers as such, others with as many decimals as say something, at most three. */
export const value = (v: number): string =>
  Number.isInteger(v) ? fixed(v, 0) : fixed(v, 3).replace(/0{1,2}$/, '')
/** As short as cells of `showNumber`. */
export const cellText = (v: number): string =>
  Number.isInteger(v) ? fixed(v, 0) : fixed(v, Math.abs(v) < 10 ? 2 : 1)
export const same = (a: number, b: number): boolean =>
  a === b ||
  Math.abs(a - b) <= 2e-4 * Math.max(1, Math.abs(a), Math.abs(b)) ||
  (Number.isNaN(a) && Number.isNaN(b))

/** Values of a window that are listed. */
const LISTED = 25

/** `x[1, 1]`, without the axes that are not shown. */
export function nameOf(
  { names, plain, row }: PoolView['data'],
  which: 'x' | 'y',
  [c, i, j]: readonly number[],
): string {
  return `${names[which]}[${[...(plain ? [] : [c]), ...(row ? [] : [i]), j].join(', ')}]`
}

export function windowValues(m: PoolModel, [c, i, j]: Cell): string {
  const values = m.window(i, j).map(([r, s]) => value(m.x[m.flat(c, r, s)]))
  return values.length > LISTED ? `${values.length} values` : values.join(', ')
}

/** What a window takes, and where its gradient goes. */
export function outputWords(m: PoolModel, data: PoolView['data'], cell: Cell): Child[] {
  const [c, i, j] = cell
  const n = m.index(cell)
  const name = h('b', {}, nameOf(data, 'y', cell))
  const y = here(number(value(m.y[n])))
  const g = m.g?.[n]
  const cells = m.window(i, j).length
  if (m.mode === 'mean') {
    const divisor = m.divisor(i, j)
    const divided =
      divisor === cells
        ? ''
        : ` (their sum by ${divisor}: the padding’s zeros ${divisor > cells ? 'count too' : 'do not count'})`
    return [
      name,
      ': the mean of ',
      number(windowValues(m, cell)),
      ' is ',
      y,
      divided,
      '.',
      g === undefined
        ? ''
        : [
            ' Going back, each of the ',
            String(cells),
            ' gets ',
            number(value(g / divisor)),
            `, 1/${divisor} of the gradient ${value(g)}.`,
          ],
    ]
  }
  const won = m.winner(cell)
  if (!won) return [name, ': the window reads no cell.']
  const at = nameOf(data, 'x', [c, ...won])
  const wins = m.wins(c, ...won).length
  const collected = m.gx?.[m.flat(c, ...won)]
  return [
    name,
    ': of ',
    number(windowValues(m, cell)),
    ' the largest is ',
    y,
    `, ${at} (dot): switch ${data.row ? won[1] : won[0] * m.W + won[1]}. `,
    m.tie(cell) ? 'Several are as large; the first in reading order wins. ' : '',
    g === undefined
      ? wins > 1
        ? `It wins ${wins} windows.`
        : ''
      : [
          'Going back, it gets the gradient ',
          number(value(g)),
          wins > 1 && collected !== undefined
            ? ` here; it wins ${wins} windows and collects ${value(collected)} in all.`
            : '; the others of this window get 0 from it.',
        ],
  ]
}

/** A cell of x: who reads it, what it wins, what comes back. */
export function imageWords(m: PoolModel, data: PoolView['data'], cell: Cell): Child[] {
  const readers = m.readers(cell[1], cell[2]).length
  const v = m.x[m.flat(...cell)]
  const name = h('b', {}, nameOf(data, 'x', cell))
  if (!readers) return [name, ' is ', number(value(v)), '. No window reads it.']
  const gx = m.gx?.[m.flat(...cell)]
  const wins = m.wins(...cell).length
  return [
    name,
    ' is ',
    number(value(v)),
    `, read by ${readers} window${readers === 1 ? '' : 's'}`,
    m.mode === 'max' ? ` and wins ${wins === 0 ? 'none' : wins}` : '',
    gx === undefined ? '' : ['; its gradient is ', number(value(gx))],
    '.',
  ]
}

export function paddingWords(m: PoolModel, i: number, j: number): Child[] {
  const beyond = i >= m.H + 2 * m.padding[0] || j >= m.W + 2 * m.padding[1]
  if (beyond)
    return ['Beyond the edge: the last window hangs over it and takes only what it finds in x.']
  return m.mode === 'max'
    ? ['Padding. It can never win: for the largest value it counts as −∞.']
    : [
        m.countPad
          ? 'Padding. Its zero counts in the mean.'
          : 'Padding. It is left out of the mean.',
      ]
}
