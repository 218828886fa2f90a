/** Influence against distance: the reach of a memory, one line a network. */
import type { ReadingView } from 'layerscope/spec'
import { h } from '../../parts/index.ts'

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [220, 130, 4, 20]
const DASHES = ['', '', '5 3', '2 2', '7 2 2 2', '1 3']

const within = (half: number) =>
  half ? `half within ${half} back` : 'half on the character just read'

export function reachCurves(curves: ReadingView['data']['reach']): HTMLElement | null {
  if (!curves.length) return null
  const D = Math.max(...curves.map(c => c.influence.length), 2)
  const most = Math.max(...curves.flatMap(c => c.influence), 1e-9)
  // The square root shows the tail beside the first characters.
  const x = (n: number) => LEFT + (n / (D - 1)) * (WIDTH - LEFT - 6)
  const y = (v: number) => 10 + (1 - Math.sqrt(Math.max(0, v) / most)) * (HEIGHT - BOTTOM - 12)
  const words = curves.map(c => `${c.name}: ${within(c.half)}`)
  const lines = curves.flatMap(({ influence, half }, n) => [
    h('polyline', {
      class: `ls-curve ls-curve-${n}`,
      'stroke-dasharray': DASHES[n] || null,
      points: influence.map((v, k) => `${x(k)},${y(v)}`).join(' '),
    }),
    h('circle', { class: `ls-curve-dot ls-curve-${n}`, cx: x(half), cy: y(influence[half] ?? 0), r: 3.5 }),
  ]) // prettier-ignore
  return h(
    'figure',
    { class: 'ls-reach' },
    h('h3', { class: 'ls-label' }, 'influence against distance ', h('span', { class: 'ls-small' }, 'mean, root scale')),
    h(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': words.join('; ') },
      h('line', { class: 'ls-axis', x1: LEFT, x2: WIDTH - 4, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }),
      ...[0, Math.floor((D - 1) / 2), D - 1].map((n, i) =>
        h('text', { class: 'ls-s', x: x(n), y: HEIGHT - 6, 'text-anchor': i === 0 ? 'start' : i === 2 ? 'end' : 'middle' }, i === 2 ? `${n} back` : String(n)),
      ),
      ...lines,
    ),
    h('figcaption', { class: 'ls-small' }, ...curves.flatMap((c, n) => [n ? h('br') : null, h('b', { class: `ls-curve-${n}` }, c.name), `: ${within(c.half)}`])),
  ) // prettier-ignore
}
