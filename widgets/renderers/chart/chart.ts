/** Curves over one axis with bands, and tables whose numbers stand beside marks with error bars. */
import { decode, type ChartView } from 'layerscope/spec'
import {
  apart,
  category,
  dash,
  fitting,
  fixed,
  Frame,
  h,
  here,
  linePath,
  niceTicks,
  number,
  percent,
  redrawing,
  scale,
  segment,
  short,
  Tile,
  yAxis,
  type Point,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'

type Data = ChartView['data']
type Panel = Data['panels'][number]

const LEFT = 56
const PANEL = 190
const GAP = 46

interface Place {
  at: number | null
  narrowLimits: boolean
}

export const chartRenderer: Renderer<ChartView> = redrawing(
  (spec: ChartView, element, context, place: Place | null) => draw(spec, element, context, place),
)

export const sayer =
  (panel: Pick<Panel, 'percent'>) =>
  (v: number): string =>
    panel.percent ? percent(v) : short(v)

/** Lowest and highest drawn: the panel's limits, or what values and errors need. */
export function limitsOf({ limits, series, level }: Panel, own: boolean): [number, number] {
  const values = series
    .flatMap(s =>
      s.values.flatMap((v, i) => {
        const e = s.errors?.[i] ?? 0
        return v === null ? [] : [v - e, v + e]
      }),
    )
    .filter(Number.isFinite)
  if (!own && limits && limits[1] > limits[0]) return limits
  if (!values.length) return limits ?? [0, 1]
  let lo = Infinity
  let hi = -Infinity
  for (const v of level ? [...values, level.value] : values) {
    lo = Math.min(lo, v)
    hi = Math.max(hi, v)
  }
  const room = (hi - lo || Math.abs(hi) || 1) * 0.06
  const low = !own && lo >= 0 ? 0 : lo - room
  return Number.isFinite(hi + room - low) ? [low, hi + room] : [0, 1]
}

function draw(
  spec: ChartView,
  element: HTMLElement,
  context: RenderContext,
  start: Place | null,
): () => Place {
  const { data } = spec
  const { form, axis, panels, pictures } = data
  const N = (form === 'lines' ? axis.values?.length : axis.names?.length) ?? 0
  const place: Place = start ?? { at: null, narrowLimits: false }
  let tiles: Tile[] = []
  const frame = new Frame(element, context, {
    drill: 'How was this measured?',
    onTheme: () => {
      tiles.forEach(t => t.redraw())
      redraw()
    },
    keys: {
      s: () => limitsChoice.pick(!place.narrowLimits),
      Home: () => go(0),
      End: () => go(N - 1),
      Escape: () => go(null),
    },
    table: () => numbers(),
  })
  frame.title(spec.title, '', spec.from ?? '')
  const nameOf = (n: number): string =>
    axis.names?.[n] ?? `${axis.label} ${short(axis.values?.[n] ?? n)}`

  const svg = h('svg', { class: 'ls-chart', 'aria-hidden': 'true' })
  const plot = h(
    'div',
    {
      class: 'ls-plot ls-chart-plot',
      role: 'application',
      tabindex: 0,
      'aria-roledescription': form === 'lines' ? 'curves' : 'table with error bars',
      'aria-label': spec.text,
    },
    svg,
  )
  const strip = h('div', { class: 'ls-under-axis' })
  const beside = h('div', { class: 'ls-beside' })
  frame.body.append(h('div', { class: 'ls-chart-both' }, h('div', {}, plot, strip), beside))

  let width = 700
  let x: (v: number) => number = v => v
  const right = () => (width < 560 ? 76 : 150)
  const redraw = () => {
    width = plot.clientWidth || 700
    if (form === 'lines') drawLines()
    else drawRows()
  }

  const drawLines = () => {
    const values = axis.values ?? []
    const [from, to] = [Math.min(...values), Math.max(...values)]
    const edge = width - right()
    x = v => LEFT + ((v - from) / (to - from || 1)) * (edge - LEFT)
    const out: SVGElement[] = []
    panels.forEach((panel, p) => {
      const top = p * (PANEL + GAP) + 24
      const [lo, hi] = limitsOf(panel, place.narrowLimits)
      const say = sayer(panel)
      const y = (v: number) => top + (1 - (v - lo) / (hi - lo)) * (PANEL - 24)
      out.push(
        h('text', { class: 'ls-heading', x: 0, y: top - 13 }, panel.label || axis.label),
        ...yAxis(niceTicks(lo, hi, 4), y, LEFT, edge, v =>
          panel.percent ? percent(v, hi - lo < 0.05 ? 1 : 0) : short(v),
        ),
      )
      if (panel.level)
        out.push(
          h('line', { class: 'ls-level', x1: LEFT, x2: edge, y1: y(panel.level.value), y2: y(panel.level.value) }), // prettier-ignore
          h('text', { class: 'ls-words', x: LEFT + 4, y: y(panel.level.value) - 4 }, panel.level.label), // prettier-ignore
        )
      const ends: { x: number; y: number; text: string; n: number; reference: boolean }[] = []
      panel.series.forEach((s, n) => {
        const points = s.values.map((v, i): Point => [values[i], v])
        if (s.errors) out.push(h('path', { class: 'ls-error-band', d: band(points, s.errors, x, y), style: { fill: category(n) } })) // prettier-ignore
        out.push(
          h('path', {
            class: s.reference ? 'ls-line ls-reference' : 'ls-line',
            d: linePath(points, x, y),
            style: s.reference ? {} : { stroke: category(n) },
            'stroke-dasharray': s.reference ? '2 4' : dash(n),
          }),
        )
        if (N <= 40 && !s.reference)
          out.push(
            ...points.flatMap(
              ([a, b]) =>
              b === null ? [] : [h('circle', { cx: x(a), cy: y(b), r: 2.5, style: { fill: category(n) } })], // prettier-ignore
            ),
          )
        const last = points.findLast(q => q[1] !== null)
        if (last)
          ends.push({
            x: edge + 8,
            y: y(last[1] as number),
            text: s.reference ? s.name : `${s.name} ${say(last[1] as number)}`,
            n,
            reference: s.reference,
          }) // a number, as found // prettier-ignore
      })
      for (const e of apart(ends, 14))
        out.push(
          h('text', { class: e.reference ? 'ls-words' : 'ls-end', x: e.x, y: e.y + 4, style: e.reference ? {} : { fill: category(e.n) } }, e.text), // prettier-ignore
        )
      if (place.at !== null) {
        const cx = x(values[place.at])
        out.push(h('line', { class: 'ls-cursor', x1: cx, x2: cx, y1: top - 6, y2: top + PANEL - 24 })) // prettier-ignore
        for (const s of panel.series) {
          const v = s.values[place.at]
          if (v !== null) out.push(h('circle', { class: 'ls-dot', cx, cy: y(v), r: 4 }))
        }
      }
    })
    const height = panels.length * (PANEL + GAP) + 4
    for (const v of niceTicks(from, to, width < 560 ? 4 : 8, values.every(Number.isInteger)))
      out.push(h('text', { class: 'ls-tick-text', x: x(v), y: height - 22, 'text-anchor': 'middle' }, short(v))) // prettier-ignore
    out.push(h('text', { class: 'ls-words', x: (LEFT + edge) / 2, y: height - 5, 'text-anchor': 'middle' }, axis.label)) // prettier-ignore
    // Pictures stand under their places, where these are evenly spaced.
    const step = (edge - LEFT) / Math.max(1, N - 1)
    if (pictures?.where === 'places' && step >= 18) {
      strip.style.setProperty('margin-left', `${LEFT - step / 2}px`)
      strip.style.setProperty('grid-template-columns', `repeat(${N}, ${step}px)`)
    }
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
    svg.style.height = `${height}px`
    svg.replaceChildren(...out)
  }

  /** One panel as rows: name, a mark with its error on one axis, the number. */
  const drawRows = () => {
    const out: SVGElement[] = []
    const names = axis.names ?? []
    const longest = Math.max(0, ...names.map(n => n.length))
    const left = Math.min(width * 0.36, Math.max(60, longest * 6.6 + 12))
    const edge = width - right()
    let top = 24
    for (const panel of panels) {
      const [lo, hi] = limitsOf(panel, place.narrowLimits)
      const say = sayer(panel)
      const S = Math.max(1, panel.series.length)
      const row = 12 + 16 * S
      x = v => left + ((v - lo) / (hi - lo)) * (edge - left)
      const bottom = top + N * row
      out.push(h('text', { class: 'ls-heading', x: 0, y: top - 12 }, panel.label || axis.label))
      for (const v of niceTicks(lo, hi, width < 560 ? 3 : 5))
        out.push(
          h('line', { class: 'ls-grid', x1: x(v), x2: x(v), y1: top - 4, y2: bottom }),
          h('text', { class: 'ls-tick-text', x: x(v), y: bottom + 14, 'text-anchor': 'middle' }, panel.percent ? percent(v, 0) : short(v)), // prettier-ignore
        )
      if (panel.level && panel.level.value >= lo && panel.level.value <= hi)
        out.push(
          h('line', { class: 'ls-level', x1: x(panel.level.value), x2: x(panel.level.value), y1: top - 4, y2: bottom }), // prettier-ignore
          h('text', { class: 'ls-words', x: x(panel.level.value) + 4, y: bottom + 28 }, panel.level.label), // prettier-ignore
        )
      names.forEach((name, i) => {
        const y = top + i * row
        const on = place.at === i
        out.push(
          h('line', { class: 'ls-grid', x1: 0, x2: width, y1: y - 1, y2: y - 1 }),
          h('text', { class: on ? 'ls-row-label ls-on' : 'ls-row-label', x: 0, y: y + row / 2 + 3 }, cut(name, left)), // prettier-ignore
        )
        panel.series.forEach((s, n) => {
          const v = s.values[i]
          const middle = y + 13 + 16 * n
          if (v === null) {
            out.push(h('text', { class: 'ls-words', x: edge + 10, y: middle + 4 }, 'not measured'))
            return
          }
          const e = s.errors?.[i]
          const colour = category(n)
          if (typeof e === 'number')
            out.push(
              h('path', { class: 'ls-whisker', d: `M${x(v - e).toFixed(1)} ${middle - 4}v8m0 -4H${x(v + e).toFixed(1)}m0 -4v8`, style: { stroke: colour } }), // prettier-ignore
            )
          out.push(
            n % 2
              ? h('rect', { x: x(v) - 3.5, y: middle - 3.5, width: 7, height: 7, style: { fill: colour } }) // prettier-ignore
              : h('circle', { cx: x(v), cy: middle, r: 4, style: { fill: colour } }),
            h('text', { class: 'ls-end ls-value', x: edge + 10, y: middle + 4, style: { fill: colour } }, `${S > 1 && width >= 560 ? `${s.name} ` : ''}${withError(v, e ?? null, say)}`), // prettier-ignore
          )
        })
        if (on) out.push(h('path', { class: 'ls-row-mark', d: `M-8 ${y + 2}v${row - 5}` }))
      })
      top = bottom + GAP
    }
    svg.setAttribute('viewBox', `0 0 ${width} ${top}`)
    svg.style.height = `${top}px`
    svg.replaceChildren(...out)
  }

  const say = () => {
    const n = place.at
    if (n === null)
      return frame.say(...(data.sentences.length ? [data.sentences.slice(0, 3).join(' ')] : [spec.text.split('\n').slice(1, 3).join(' ')])) // prettier-ignore
    const words = panels.flatMap(panel =>
      panel.series
        .filter(s => !s.reference)
        .flatMap(s => {
          const v = s.values[n]
          return [
            `, ${panel.series.length > 1 || panels.length > 1 ? s.name : panel.label || s.name} `,
            v === null ? 'not measured' : number(withError(v, s.errors?.[n] ?? null, sayer(panel))),
          ]
        }),
    )
    frame.say(here(nameOf(n)), ...words, '.')
  }
  const go = (n: number | null) => {
    if (N === 0) return
    place.at = n === null ? null : Math.max(0, Math.min(N - 1, n))
    redraw()
    mark()
    say()
  }
  const at = (e: PointerEvent): number => {
    const box = plot.getBoundingClientRect()
    if (form === 'rows') {
      const row = 12 + 16 * Math.max(1, panels[0]?.series.length ?? 1)
      return Math.max(0, Math.min(N - 1, Math.floor((e.clientY - box.top - 24) / row)))
    }
    const px = e.clientX - box.left
    let best = 0
    axis.values?.forEach((v, i) => {
      if (Math.abs(x(v) - px) < Math.abs(x(axis.values?.[best] ?? 0) - px)) best = i
    })
    return best
  }
  let pinned = place.at
  plot.addEventListener('pointermove', e => {
    const n = at(e)
    if (n !== place.at) go(n)
  })
  plot.addEventListener('pointerleave', () => go(pinned))
  plot.addEventListener('click', e => {
    pinned = at(e as PointerEvent) // clicks are pointer events
    go(pinned)
    if (context.live.state === 'live')
      context.live.event('pin', { index: [pinned] }).catch(() => undefined)
  })
  plot.addEventListener('keydown', e => {
    const d = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, PageUp: -5, PageDown: 5 }[e.key] // prettier-ignore
    if (d !== undefined) {
      const step = e.shiftKey ? 5 * d : d
      go(place.at === null ? (d > 0 ? 0 : N - 1) : place.at + step)
    } else if (e.key === 'Enter' || e.key === ' ') pinned = place.at
    else if (e.key === 'Escape') {
      pinned = null
      go(null)
    } else return
    e.preventDefault()
    e.stopPropagation()
  })

  // Pictures: one for each place under the axis, or their own beside the curves.
  const mark = () => {
    if (pictures?.where !== 'places') return
    tiles.forEach((t, n) => t.mark(n === place.at && { x: 0, y: 0, w: side[1], h: side[0] }))
  }
  const side: [number, number] = [pictures?.pixels.shape[2] ?? 0, pictures?.pixels.shape[3] ?? 0]
  if (pictures) {
    const [n, C, H, W] = pictures.pixels.shape
    const values = decode(pictures.pixels)
    const shown = Math.min(n, 60)
    const figures = Array.from({ length: shown }, (_, k) => {
      const part = values.subarray(k * C * H * W, (k + 1) * C * H * W)
      const tile = new Tile({
        rows: H,
        columns: W,
        label: pictures.captions[k],
        focusable: false,
        ...(pictures.where === 'places' ? { onHover: () => go(k), onLeave: () => go(pinned) } : {}),
      })
      if (!pictures.signed && C === 3) tile.drawRgb(part)
      else
        tile.draw(
          part.subarray(0, H * W),
          pictures.signed ? fitting(part.subarray(0, H * W), 'diverging') : scale('grey', 1),
        )
      tiles.push(tile)
      return h('figure', {}, tile.element, h('figcaption', { class: 'ls-small' }, pictures.captions[k])) // prettier-ignore
    })
    ;(pictures.where === 'places' ? strip : beside).append(...figures)
    strip.style.setProperty('--ls-places', String(Math.max(1, shown)))
    beside.classList.toggle('ls-one', shown === 1)
  }
  const numbers = () =>
    h(
      'table',
      { class: 'ls-plain' },
      h('caption', {}, spec.title),
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, axis.label),
        ...panels.flatMap(p => p.series.map(s => h('th', { scope: 'col' }, s.name))),
      ),
      ...Array.from({ length: Math.min(N, 500) }, (_, i) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, axis.names?.[i] ?? short(axis.values?.[i] ?? i)),
          ...panels.flatMap(p =>
            p.series.map(s => {
              const v = s.values[i]
              return h('td', {}, v === null ? '' : withError(v, s.errors?.[i] ?? null, sayer(p)))
            }),
          ),
        ),
      ),
    )
  const limitsChoice = segment(
    'scale',
    [
      [false, panels.some(p => p.limits) ? 'all that is possible' : 'from zero'],
      [true, 'what was measured'],
    ],
    place.narrowLimits,
    own => {
      place.narrowLimits = own
      redraw()
    },
  )
  frame.controls.append(limitsChoice.element)
  frame.drill.replaceChildren(
    ...(data.how ? [h('p', { class: 'ls-small ls-how-made' }, data.how)] : []),
    ...data.sentences.map(t => h('p', {}, t)),
    numbers(),
  )
  redraw()
  mark()
  say()
  const sized = new ResizeObserver(() => {
    if (Math.abs(plot.clientWidth - width) >= 2) redraw()
  })
  sized.observe(plot)
  context.signal.addEventListener('abort', () => {
    sized.disconnect()
    tiles = []
  })
  return () => place
}

/** `0.067 ± 0.004`: the error with as many decimals as its value. */
function withError(v: number, e: number | null, say: (v: number) => string): string {
  if (e === null) return say(v)
  const value = say(v)
  const decimals = /^[−\d]*\.(\d+)$/.exec(value)?.[1].length
  return `${value} ± ${decimals === undefined ? say(e) : fixed(e, decimals)}`
}

/** ± one error around a curve. */
function band(
  points: readonly Point[],
  errors: readonly (number | null)[],
  x: (v: number) => number,
  y: (v: number) => number,
): string {
  const known = points.flatMap(([a, b], i) => {
    const e = errors[i]
    return b === null || e === null ? [] : [{ x: x(a), hi: y(b + e), lo: y(b - e) }]
  })
  if (!known.length) return ''
  const f = (v: number) => v.toFixed(1)
  const up = known.map(k => `${f(k.x)} ${f(k.hi)}`).join('L')
  const down = [...known].reverse().map(k => `${f(k.x)} ${f(k.lo)}`).join('L') // prettier-ignore
  return `M${up}L${down}z`
}

function cut(text: string, width: number): string {
  const most = Math.max(4, Math.floor(width / 6.6) - 1)
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}
