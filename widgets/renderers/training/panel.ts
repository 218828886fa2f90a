/** The chosen snapshot: three figures, each layer's histograms or their change over time, the size of a step, alarms. */
import { fixed, h, percent, short } from '../../parts/index.ts'
import {
  alarms,
  BAND,
  BINS,
  figuresAt,
  PARTS,
  pathTo,
  ratioWords,
  type LayerAt,
  type Run,
} from './runs.ts'

/** Lines of a ridge at most. */
const LINES = 24
const HEADS = ['weights', 'gradients, last batch', 'activations']

export interface Chosen {
  run: number
  snapshot: number
  /** Each layer's histograms, or one line for each snapshot. */
  over: 'now' | 'time'
}

export function snapshotPanel(
  runs: readonly Run[],
  { run: n, snapshot, over }: Chosen,
  images: number,
): HTMLElement[] {
  const run = runs[n]
  const at = run.snapshots[snapshot]
  const layers = run.layersAt(snapshot)
  const f = figuresAt(pathTo(runs, n), at)
  const gap =
    f.testAccuracy !== null && f.accuracy !== null ? (f.accuracy - f.testAccuracy) * 100 : null
  const figure = (name: string, text: string) =>
    h('span', {}, name, h('b', { class: 'ls-num' }, text))
  const figures = h(
    'div',
    { class: 'ls-facts' },
    f.testAccuracy === null
      ? figure('training loss', f.loss === null ? '–' : fixed(f.loss))
      : figure('test accuracy', percent(f.testAccuracy)),
    figure('test loss', f.testLoss === null ? '–' : fixed(f.testLoss)),
    figure('train − test', gap === null ? '–' : `${gap > 0 ? '+' : ''}${fixed(gap, 1)} %`),
  )
  const past = over === 'time' ? history(run, snapshot) : []
  const rows = layers.flatMap((layer, l) => [
    h('span', { class: 'ls-layer-name', title: layer.name }, layer.name),
    ...PARTS.map((part, p) =>
      h(
        'div',
        {},
        over === 'time'
          ? ridge(
              past.map(q => q.layers[l]),
              p,
              past.findIndex(q => q.now),
              `${part} of ${layer.name} over ${past.length} snapshots`,
            )
          : bars(layer, p, `${part} of ${layer.name}`),
      ),
    ),
  ])
  const wrong = [
    ...(run.broken && at.step >= run.broken.step
      ? [
          `The loss was not finite at step ${run.broken.step.toLocaleString('en')}; the first output that was not is ${run.broken.layer === 'loss' ? 'the loss itself' : `that of ${run.broken.layer}`}.`,
        ]
      : []),
    ...alarms(layers, images),
  ]
  const measured = layers.some(l => l.bins[2])
  const alarm = (text: string, on: boolean) =>
    h('p', { class: on ? 'ls-alarm ls-on' : 'ls-alarm' }, text)
  const epoch = Number(at.epoch.toFixed(2))
  return [
    h('h3', { class: 'ls-label' }, `Snapshot at epoch ${epoch}${run.name ? `, ${run.name}` : ''}`),
    figures,
    h(
      'div',
      { class: 'ls-histograms' },
      h('span'),
      ...HEADS.map(t => h('span', { class: 'ls-small' }, t)),
      ...rows,
    ),
    ...(layers.some(l => l.ratio !== null) ? [ratios(layers)] : []),
    ...wrong.map(t => alarm(t, true)),
    ...(!wrong.length && measured && layers.some(l => l.silent !== null)
      ? [alarm(`Every unit fires for some of ${images} images.`, false)]
      : []),
  ]
}

/** 41 bins over ±limit; the one at zero is dark. */
function bars(layer: LayerAt, part: number, label: string): Element[] {
  const bins = layer.bins[part]
  if (!bins)
    return [h('span', { class: 'ls-small' }, part === 1 ? 'no step yet' : 'not measured here')]
  const d = (from: number, to: number) => {
    let path = ''
    for (let k = from; k < to; k++)
      if (bins[k] > 0) {
        const height = Math.max(0.6, 28 * bins[k])
        path += `M${k * 3} 30v${-height.toFixed(1)}h2.4v${height.toFixed(1)}z`
      }
    return path
  }
  const zero = BINS >> 1
  return [
    h(
      'svg',
      {
        class: `ls-bars ls-part-${part}`,
        viewBox: '0 0 123 32',
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `histogram of the ${label}, ±${short(layer.limits[part])}`,
      },
      h('path', { d: d(0, zero) + d(zero + 1, BINS) }),
      h('path', { class: 'ls-zero', d: d(zero, zero + 1) }),
      h('line', { x1: 0, x2: 123, y1: 30.5, y2: 30.5 }),
    ),
    h('div', { class: 'ls-limit' }, `±${short(layer.limits[part])}`),
  ]
}

interface Past {
  layers: LayerAt[]
  now: boolean
}

/** The run's snapshots, some two dozen of them, with the chosen one. */
function history(run: Run, chosen: number): Past[] {
  const { length } = run.snapshots
  const picked = new Set<number>([chosen])
  const lines = Math.min(LINES, length)
  for (let n = 0; n < lines; n++)
    picked.add(lines > 1 ? Math.round((n * (length - 1)) / (lines - 1)) : 0)
  return [...picked]
    .sort((a, b) => a - b)
    .map(n => ({ layers: run.layersAt(n), now: n === chosen }))
}

/** One line a snapshot, the oldest behind and above, all on one scale. */
function ridge(past: (LayerAt | undefined)[], part: number, now: number, label: string): Element[] {
  const limit = Math.max(0, ...past.map(q => (q?.bins[part] ? q.limits[part] : 0)))
  if (!limit) return [h('span', { class: 'ls-small' }, part === 1 ? 'no step yet' : 'not measured')]
  const [W, H, tall] = [123, 92, 26]
  const base = (n: number) =>
    tall + (past.length > 1 ? (n / (past.length - 1)) * (H - tall - 2) : 0)
  const paths = past.flatMap((q, n) => {
    const bins = q?.bins[part]
    if (!q || !bins) return []
    const x = (bin: number) =>
      W / 2 + ((bin + 0.5 - BINS / 2) / (BINS / 2)) * (W / 2) * (q.limits[part] / limit)
    let d = `M0 ${base(n).toFixed(1)}H${x(-0.5).toFixed(1)}`
    for (let k = 0; k < BINS; k++)
      d += `L${x(k).toFixed(1)} ${(base(n) - tall * bins[k]).toFixed(1)}`
    return [
      h('path', {
        class: n === now ? 'ls-on' : '',
        d: `${d}L${x(BINS - 0.5).toFixed(1)} ${base(n).toFixed(1)}H${W}`,
      }),
    ]
  })
  return [
    h(
      'svg',
      {
        class: `ls-ridge ls-part-${part}`,
        viewBox: `0 0 ${W} ${H}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': label,
      },
      ...paths,
    ),
    h('div', { class: 'ls-limit' }, `±${short(limit)}`),
  ]
}

/** ‖lr·g‖ / ‖w‖ of each layer on a log scale, with the band that is usual. */
function ratios(layers: readonly LayerAt[]): HTMLElement {
  const [lo, hi] = [-7, 0]
  const x = (v: number) =>
    (100 * (Math.min(hi, Math.max(lo, Math.log10(Math.max(1e-12, v)))) - lo)) / (hi - lo)
  const words = ratioWords(layers)
  const [from, to] = [x(BAND[0]), x(BAND[1])]
  return h(
    'div',
    { class: 'ls-ratios' },
    h('span'),
    h(
      'span',
      { class: 'ls-small' },
      'a step beside the weights, |lr·g| ÷ |w|; usual from 1e−4 to 1e−2',
    ),
    ...layers.flatMap(({ name, ratio }) =>
      ratio === null
        ? []
        : [
            h('span', { class: 'ls-layer-name' }, name),
            h(
              'span',
              { class: 'ls-ratio' },
              h(
                'svg',
                { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
                h('rect', { class: 'ls-band', x: from, y: 0, width: to - from, height: 10 }),
                h('line', { class: 'ls-base', x1: 0, x2: 100, y1: 9.5, y2: 9.5 }),
                h('line', {
                  class: ratio < BAND[0] || ratio > BAND[1] ? 'ls-mark-at ls-out' : 'ls-mark-at',
                  x1: x(ratio),
                  x2: x(ratio),
                  y1: 0,
                  y2: 10,
                }),
              ),
              h('span', { class: 'ls-limit' }, short(ratio)),
            ),
          ],
    ),
    h('span'),
    h('span', { class: 'ls-small' }, words ?? 'Every layer moves as much as is usual.'),
  )
}

/** The numbers behind the panel, one column a layer. */
export function snapshotTable(layers: readonly LayerAt[]): HTMLElement {
  const row = (name: string, value: (l: LayerAt) => string) =>
    h('tr', {}, h('th', { scope: 'row' }, name), ...layers.map(l => h('td', {}, value(l))))
  const limit = (l: LayerAt, p: number) => (Number.isNaN(l.limits[p]) ? '' : short(l.limits[p]))
  const count = (v: number | null) => (v === null ? '' : String(v))
  return h(
    'table',
    { class: 'ls-plain' },
    h('caption', {}, 'this snapshot'),
    h('tr', {}, h('th', {}), ...layers.map(l => h('th', { scope: 'col' }, l.name))),
    row('max |w|', l => limit(l, 0)),
    row('max |∂E/∂w|', l => limit(l, 1)),
    row('max |activation|', l => limit(l, 2)),
    row('|lr·g| ÷ |w|', l => (l.ratio === null ? '' : short(l.ratio))),
    row('units', l => count(l.units)),
    row('silent', l => count(l.silent)),
    row('saturated', l => count(l.saturated)),
  )
}
