/** Occlusion: what must I cover before it changes its mind? A square to drag; three maps with its position. */
import { decode, type OcclusionView } from 'layerscope/spec'
import {
  fitting,
  Frame,
  Gauge,
  h,
  here,
  number,
  percent,
  short,
  Tile,
  type RenderContext,
  redrawing,
  type Renderer,
  type Scale,
} from '../../parts/index.ts'

type Data = OcclusionView['data']
/** [row, column] among the places of the square. */
type Place = [number, number]

export const occlusionRenderer: Renderer<OcclusionView> = redrawing(
  (
    spec: OcclusionView,
    element,
    context,
    place: ReturnType<ReturnType<typeof draw>['at']> | null,
  ) => draw(spec, element, context, place).at,
)

/** The maps, read once. */
export function readMaps(data: Data): {
  rows: number
  columns: number
  probability: Float32Array
  winners: Int32Array
  /** The labels that win somewhere: the target first, then by how often. */
  order: number[]
  all: ArrayLike<number>
} {
  const [rows, columns, K] = data.probabilities.shape
  const all = decode(data.probabilities)
  const probability = new Float32Array(rows * columns)
  const winners = new Int32Array(rows * columns)
  const counts = new Map<number, number>()
  for (let i = 0; i < rows * columns; i++) {
    probability[i] = all[i * K + data.target]
    let best = 0
    for (let k = 1; k < K; k++) if (all[i * K + k] > all[i * K + best]) best = k
    winners[i] = best
    counts.set(best, (counts.get(best) ?? 0) + 1)
  }
  counts.delete(data.target)
  const others = [...counts].sort((a, b) => b[1] - a[1]).map(([k]) => k)
  return { rows, columns, probability, winners, order: [data.target, ...others], all }
}

function draw(
  spec: OcclusionView,
  element: HTMLElement,
  context: RenderContext,
  start: Place | null,
): { at: () => Place } {
  const { data } = spec
  const [C, H, W] = data.image.shape
  const { rows, columns, probability, winners, order, all } = readMaps(data)
  const K = data.before.length
  const image = decode(data.image)
  const activity = data.activity ? decode(data.activity) : null
  const worst = probability.reduce((best, p, i) => (p < probability[best] ? i : best), 0)
  const middle: Place = [Math.floor(worst / columns), worst % columns]
  let at: Place = start && start[0] < rows && start[1] < columns ? start : middle
  const frame = new Frame(element, context, {
    drill: 'This position, before and after',
    onTheme: () => redraws.forEach(f => f()),
    keys: { Escape: () => go(middle), w: () => go(middle) },
    table: () => table(),
  })
  frame.title(spec.title, spec.shape ?? '', spec.from ?? '')
  const redraws: (() => void)[] = []

  // The image, covered. The square follows the pointer while it is held, and the arrow keys.
  const half = Math.floor(data.size / 2)
  const covered = new Tile({
    rows: H,
    columns: W,
    label: `image with the square, ${H} by ${W}; arrow keys move the square`,
    focusable: false,
  })
  covered.element.tabIndex = 0
  covered.element.setAttribute('role', 'application')
  covered.element.classList.add('ls-drag')
  const cover = () => {
    const copy = Float32Array.from(image)
    for (let c = 0; c < C; c++)
      for (let i = 0; i < data.size; i++)
        for (let j = 0; j < data.size; j++) {
          const [r, k] = [at[0] * data.stride - half + i, at[1] * data.stride - half + j]
          if (r >= 0 && r < H && k >= 0 && k < W) copy[(c * H + r) * W + k] = data.fill
        }
    if (C === 3) covered.drawRgb(copy)
    else covered.draw(copy, { ramp: 'grey', lo: 0, hi: Math.max(1, ...Array.from(image)) })
    // What lies outside of the image covers nothing.
    const [top, left] = [at[0] * data.stride - half, at[1] * data.stride - half]
    const [y, x] = [Math.max(0, top), Math.max(0, left)]
    covered.mark({
      x,
      y,
      w: Math.min(W, left + data.size) - x,
      h: Math.min(H, top + data.size) - y,
    })
  }
  const from = (e: PointerEvent): Place => {
    const box = covered.element.getBoundingClientRect()
    const share = (v: number, n: number) => Math.max(0, Math.min(n - 1, Math.floor(v * n)))
    return [
      share((e.clientY - box.top) / box.height, rows),
      share((e.clientX - box.left) / box.width, columns),
    ]
  }
  covered.element.addEventListener('pointerdown', e => {
    covered.element.setPointerCapture(e.pointerId)
    go(from(e))
  })
  covered.element.addEventListener('pointermove', e => {
    if (covered.element.hasPointerCapture(e.pointerId)) go(from(e))
  })
  covered.element.addEventListener('keydown', e => {
    const d = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key]
    if (!d) return
    const n = e.shiftKey ? 5 : 1
    go([at[0] + d[0] * n, at[1] + d[1] * n])
    e.preventDefault()
    e.stopPropagation()
  })

  // Probabilities, each with a line where it was.
  const shown =
    K <= 12
      ? data.before.map((_, k) => k)
      : [...new Set([...order, ...largest(data.before, 10)])].slice(0, 12)
  const bars = shown.map(k => {
    const fill = h('i')
    const value = h('span', { class: 'ls-num' })
    const row = h(
      'div',
      { class: 'ls-chance' },
      h('span', { class: k === data.target ? 'ls-best' : '' }, data.labels[k]),
      h(
        'span',
        { class: 'ls-track' },
        fill,
        h('b', { style: { left: `${data.before[k] * 100}%` } }),
      ),
      value,
    )
    return { k, fill, value, row }
  })

  const maps: { tile: Tile; values: ArrayLike<number>; gauge: Gauge }[] = []
  const map = (name: string, values: ArrayLike<number>, s: Scale, how: string): HTMLElement => {
    const tile = new Tile({
      rows,
      columns,
      label: `${name}, ${rows} by ${columns}`,
      onHover: (i, j) => go([i, j], true),
      onLeave: () => go(at),
      onPin: (i, j) => go([i, j]),
    })
    const gauge = new Gauge()
    const paint = () => {
      tile.draw(values, s)
      gauge.redraw()
    }
    gauge.set(s, how)
    paint()
    redraws.push(paint)
    maps.push({ tile, values, gauge })
    return h(
      'figure',
      { class: 'ls-side-panel' },
      h('h3', { class: 'ls-label' }, name),
      tile.element,
      gauge.element,
    )
  }
  const labels = new Tile({
    rows,
    columns,
    label: `most likely label, ${rows} by ${columns}`,
    onHover: (i, j) => go([i, j], true),
    onLeave: () => go(at),
    onPin: (i, j) => go([i, j]),
  })
  const key = h('div', { class: 'ls-key' })
  const paintLabels = () => {
    labels.drawClasses(winners, k => order.indexOf(k))
    key.replaceChildren(
      ...order
        .slice(0, 7)
        .map((k, n) =>
          h(
            'span',
            {},
            h('i', { class: `ls-class-${Math.min(n, 6)}` }),
            data.labels[k],
            n === 0 ? ' (followed)' : '',
          ),
        ),
    )
  }
  paintLabels()
  redraws.push(paintLabels, cover)

  frame.body.append(
    h(
      'div',
      { class: 'ls-occlusion' },
      h(
        'figure',
        { class: 'ls-side-panel ls-large' },
        h('h3', { class: 'ls-label' }, 'image, covered'),
        covered.element,
        h(
          'figcaption',
          { class: 'ls-small' },
          'Drag the square, point at a map, or use the arrow keys.',
        ),
      ),
      h(
        'div',
        { class: 'ls-side-panel' },
        h(
          'h3',
          { class: 'ls-label' },
          'probabilities ',
          h('span', { class: 'ls-small' }, 'line: uncovered'),
        ),
        ...bars.map(b => b.row),
      ),
      map(
        data.labels[data.target],
        probability,
        { ramp: 'sequential', lo: 0, hi: 1 },
        'its probability with the square here',
      ),
      activity && data.followed
        ? map(
            data.followed,
            activity,
            fitting(activity, 'sequential'),
            'its activity with the square here',
          )
        : null,
      h(
        'figure',
        { class: 'ls-side-panel' },
        h('h3', { class: 'ls-label' }, 'most likely label'),
        labels.element,
        key,
      ),
    ),
  )
  frame.controls.append(
    h(
      'button',
      { type: 'button', onclick: () => go(middle), title: 'Worst place (w)' },
      'worst place',
    ),
  )

  const show = ([i, j]: Place, over: boolean) => {
    const p = i * columns + j
    for (const b of bars) {
      const v = all[p * K + b.k]
      b.fill.style.width = `${v * 100}%`
      b.value.textContent = v.toFixed(2)
    }
    const box = { x: j, y: i, w: 1, h: 1, thin: over }
    const pinned = { x: at[1], y: at[0], w: 1, h: 1 }
    for (const m of maps) {
      m.tile.mark(pinned, over && box)
      m.gauge.point(m.values[p])
    }
    labels.mark(pinned, over && box)
    const target = data.labels[data.target]
    const winner = data.labels[winners[p]]
    frame.say(
      over ? 'Square at row ' : here('Square'),
      over ? '' : ' at row ',
      number(String(i * data.stride)),
      ', column ',
      number(String(j * data.stride)),
      ': ',
      h('b', {}, target),
      ' goes from ',
      number(percent(data.before[data.target])),
      ' to ',
      number(percent(probability[p])),
      winners[p] === data.target ? ', and stays the most likely.' : ', and the network says ',
      winners[p] === data.target ? '' : h('b', {}, winner),
      winners[p] === data.target ? '' : '.',
    )
  }
  const go = (place: Place, over = false) => {
    const next: Place = [
      Math.max(0, Math.min(rows - 1, place[0])),
      Math.max(0, Math.min(columns - 1, place[1])),
    ]
    if (!over) {
      at = next
      cover()
      drill()
    }
    show(next, over)
  }
  const drill = () => {
    const p = at[0] * columns + at[1]
    const order = largest(
      Array.from({ length: K }, (_, k) => all[p * K + k]),
      Math.min(5, K),
    )
    frame.drill.replaceChildren(
      h(
        'table',
        { class: 'ls-plain' },
        h('tr', {}, ...['label', 'uncovered', 'covered', 'change'].map(t => h('th', {}, t))),
        ...[...new Set([data.target, ...order])].map(k =>
          h(
            'tr',
            {},
            h('th', {}, data.labels[k]),
            h('td', {}, percent(data.before[k])),
            h('td', {}, percent(all[p * K + k])),
            h(
              'td',
              {},
              `${all[p * K + k] >= data.before[k] ? '+' : ''}${percent(all[p * K + k] - data.before[k])}`,
            ),
          ),
        ),
      ),
      activity && data.followed
        ? h(
            'p',
            { class: 'ls-small' },
            `${data.followed}: ${short(activity[p])}, largest anywhere ${short(Math.max(...Array.from(activity)))}.`,
          )
        : h('span'),
    )
  }
  const table = (): HTMLElement => {
    const changed = winners.filter(k => k !== data.target).length
    return h(
      'table',
      { class: 'ls-plain' },
      h('tr', {}, ...['most likely label', 'places', 'share'].map(t => h('th', {}, t))),
      ...order.map(k => {
        const n = winners.filter(w => w === k).length
        return h(
          'tr',
          {},
          h('th', {}, data.labels[k]),
          h('td', {}, String(n)),
          h('td', {}, percent(n / winners.length)),
        )
      }),
      h(
        'tr',
        {},
        h('th', {}, 'changed'),
        h('td', {}, String(changed)),
        h('td', {}, percent(changed / winners.length)),
      ),
    )
  }
  go(at)
  return { at: () => at }
}

function largest(values: readonly number[], n: number): number[] {
  return values
    .map((v, k) => [v, k])
    .sort((a, b) => b[0] - a[0])
    .slice(0, n)
    .map(([, k]) => k)
}
