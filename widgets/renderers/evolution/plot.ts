/** How far each layer still had to go, on the axis of the filmstrip: snapshots, not evenly spaced epochs. */
import type { EvolutionView } from 'layerscope/spec'
import {
  apart,
  category,
  dash,
  h,
  linePath,
  percent,
  yAxis,
  type Point,
} from '../../parts/index.ts'

type Data = EvolutionView['data']

export const HEIGHT = 190

/** Position of an epoch among the columns: between two snapshots with pictures by straight line. */
export function columnOf(data: Pick<Data, 'all' | 'epochs'>, epoch: number): number {
  const at = data.epochs.map(n => data.all[n])
  if (epoch <= at[0]) return 0
  const next = at.findIndex(e => e > epoch)
  if (next < 0) return at.length - 1
  return next - 1 + (epoch - at[next - 1]) / (at[next] - at[next - 1])
}

export interface Columns {
  /** Width of the names before the columns, and of all. */
  head: number
  width: number
}

/** @returns what moves its cursor to another column */
export function drawConvergence(
  svg: SVGSVGElement,
  data: Data,
  { head, width }: Columns,
  layer: string,
): (column: number) => void {
  const cell = (width - head) / data.epochs.length
  const x = (epoch: number) => head + cell * (columnOf(data, epoch) + 0.5)
  const y = (v: number) => 12 + (1 - Math.max(0, Math.min(1.05, v))) * (HEIGHT - 36)
  const cursor = h('line', { class: 'ls-cursor', y1: 0, y2: HEIGHT - 18 })
  const out: SVGElement[] = [
    ...yAxis([0, 0.5, 1], y, head, width, v => percent(v, 0)),
    h('text', { class: 'ls-words', x: 0, y: y(1) - 1 }, 'distance'),
    h('text', { class: 'ls-words', x: 0, y: y(1) + 12 }, 'still to go'),
    cursor,
  ]
  const names: { x: number; y: number; text: string; n: number }[] = []
  data.convergence.forEach(({ layer: name, left, half }, n) => {
    const points = left.map((v, t): Point => [data.all[t], v])
    out.push(
      h('path', {
        class: `ls-line${name === layer ? ' ls-thick ls-on' : ''}`,
        d: linePath(points, x, y),
        style: { stroke: category(n) },
        'stroke-dasharray': dash(n),
      }),
    )
    if (half === null) return
    out.push(
      h('circle', {
        class: 'ls-half',
        cx: x(half),
        cy: y(0.5),
        r: 3.5,
        style: { fill: category(n) },
      }),
    )
    // Names stand on their curves, one after the other where these are apart.
    const place = 0.85 - 0.6 * (n / Math.max(1, data.convergence.length - 1))
    const t = left.findIndex(v => v < place)
    if (t > 0) names.push({ x: x(data.all[t]), y: y(left[t]) - 6, text: name, n })
  })
  for (const { x: a, y: b, text, n } of apart(names, 13))
    out.push(h('text', { class: 'ls-end', x: a + 6, y: b, style: { fill: category(n) } }, text))
  out.push(
    h(
      'text',
      { class: 'ls-words', x: width - 4, y: HEIGHT - 4, 'text-anchor': 'end' },
      'same axis as the filmstrip: snapshots, not evenly spaced epochs; circles: half the way',
    ),
  )
  svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`)
  svg.style.height = `${HEIGHT}px`
  svg.replaceChildren(...out)
  return column => {
    const here = String(head + cell * (column + 0.5))
    cursor.setAttribute('x1', here)
    cursor.setAttribute('x2', here)
  }
}
