/** The numbers behind a pinned pair: the chain of factors, and the unrolled network as tables. */
import type { RnnView } from 'layerscope/spec'
import { fixed, h, largest, matrix, number, percent, scale, short } from '../../parts/index.ts'
import { letter, logOf } from './graph.ts'
import type { Inputs, Unrolled } from './model.ts'

/** Most units whose numbers are written out, most steps in the table of norms. */
const [UNITS, STEPS] = [16, 24]

/** ‖∂Eₜ/∂hⱼ‖ for j = t … k, each with what the step did to its length; a row pins that step. */
export function chainOf(
  data: RnnView['data'],
  { T, H, targets }: Inputs,
  u: Unrolled,
  pin: readonly [number, number] | null,
  go: (k: number) => void,
): HTMLElement[] {
  if (!pin) return [h('p', { class: 'ls-small' }, 'Pin a cell of the heat map first.')]
  const [t, k] = pin
  if (targets[t] === null)
    return [h('p', { class: 'ls-small' }, `Step ${t + 1} asks for nothing: it has no loss.`)]
  const math = (i: number) => [
    '‖∂E',
    h('sub', {}, String(t + 1)),
    '/∂h',
    h('sub', {}, String(i + 1)),
    '‖',
  ]
  const rows = Array.from({ length: t - k + 1 }, (_, n) => {
    const i = t - n
    const v = u.norms[t * T + i]
    const before = u.norms[t * T + i + 1]
    const length = Math.max(0, Math.min(1, (logOf(v) + 6) / 7))
    return h(
      'tr',
      {},
      h(
        'th',
        {},
        h(
          'button',
          {
            type: 'button',
            class: 'ls-math',
            title: `pin loss ${t + 1} and state ${i + 1}`,
            onclick: () => go(i),
          },
          ...math(i),
        ),
      ),
      h('td', { class: 'ls-chain-bar' }, h('i', { style: { width: `${length * 100}%` } })),
      h('td', {}, short(v)),
      h(
        'td',
        { class: 'ls-small' },
        n === 0
          ? ['V', h('sup', {}, 'T'), '(ô − o)']
          : before > 0
            ? `× ${fixed(v / before, 2)}`
            : '',
      ),
    )
  })
  const transposed = () => ['W', h('sup', {}, 'T')]
  const what = [
    'Each step back multiplies by ',
    data.values
      ? 'the Jacobian of that step'
      : [...transposed(), ` diag(${data.relu ? 'f′' : '1 − h²'})`],
    '. The right column is what that did to the length; bars are logarithmic from 1e−6.',
  ]
  return [
    h('p', { class: 'ls-small' }, ...what),
    h('table', { class: 'ls-chain' }, ...rows),
    ...lastFactor(data, { T, H }, u, t, k),
  ]
}

/** The numbers of the last step of the chain. */
function lastFactor(
  data: RnnView['data'],
  { T, H }: Pick<Inputs, 'T' | 'H'>,
  u: Unrolled,
  t: number,
  k: number,
): HTMLElement[] {
  if (!u.vectors || H > UNITS) return []
  const vector = (i: number) => Array.from({ length: H }, (_, j) => u.vectors![(t * T + i) * H + j]) // there, checked above
  const line = (name: (string | HTMLElement)[], values: number[], signed: boolean) =>
    h(
      'div',
      { class: 'ls-vector' },
      h('span', { class: 'ls-math' }, ...name),
      matrix([values], { digits: 3, scale: scale(signed ? 'diverging' : 'sequential', largest(values)) }),
    ) // prettier-ignore
  const at = (base: string, i: number) => [base, h('sub', {}, String(i + 1))]
  const to = [...at('∂E', t), ...at('/∂h', k)]
  if (t === k) return [line(to, vector(k), true)]
  const slope = Array.from({ length: H }, (_, j) => {
    const v = u.h[(k + 1) * H + j]
    return data.relu ? Number(v > 0) : 1 - v * v
  })
  return [
    h('p', { class: 'ls-small' }, 'The last step, unit by unit: the first row times the second, then through W', h('sup', {}, 'T'), ', is the third.'),
    line([...at('∂E', t), ...at('/∂h', k + 1)], vector(k + 1), true),
    line(data.relu ? ['f′'] : [...at('1 − h', k + 1), '²'], slope, false),
    line(to, vector(k), true),
  ] // prettier-ignore
}

/** The picture as tables: a row a step, and the norms. */
export function tables(data: RnnView['data'], { T, H, K, targets }: Inputs, u: Unrolled): Node {
  const head = (...names: string[]) => h('tr', {}, ...names.map(n => h('th', {}, n)))
  const steps = h(
    'table',
    { class: 'ls-plain' },
    head('step', 'reads', 'should say', 'gives that', 'says', 'loss', '‖∂E/∂h‖'),
    ...Array.from({ length: T }, (_, t) => {
      const row = Array.from({ length: K }, (_, k) => u.p[t * K + k])
      const best = row.indexOf(Math.max(...row))
      const asked = targets[t]
      const g = Array.from({ length: H }, (_, i) => u.arriving[t * H + i])
      return h(
        'tr',
        {},
        h('th', {}, String(t + 1)),
        h('td', {}, letter(data.inputs[t])),
        h('td', {}, asked === null ? '' : letter(data.classes[asked])),
        h('td', {}, asked === null ? '' : percent(row[asked])),
        h('td', {}, best < 0 ? '' : letter(data.classes[best])),
        h('td', {}, asked === null ? '' : short(u.E[t])),
        h('td', {}, short(Math.hypot(...g))),
      )
    }),
  )
  const shown = Math.min(T, STEPS)
  const norms = h(
    'table',
    { class: 'ls-plain' },
    head('‖∂Eₜ/∂hₖ‖', ...Array.from({ length: shown }, (_, k) => `h${k + 1}`)),
    ...Array.from({ length: shown }, (_, t) =>
      h(
        'tr',
        {},
        h('th', {}, `E${t + 1}`),
        ...Array.from({ length: t + 1 }, (_, k) => h('td', {}, short(u.norms[t * T + k]))),
      ),
    ),
  )
  const more = T > shown ? h('p', { class: 'ls-small' }, `Norms of the first ${shown} steps of `, number(String(T)), '.') : null // prettier-ignore
  return h('div', {}, steps, norms, more)
}
