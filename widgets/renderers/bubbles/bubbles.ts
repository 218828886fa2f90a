/** Points by two measures with a third as area: claims as buttons that select and count, a band of one's own, who beats whom. */
import {
  beatenBy,
  familiesOf,
  frontier,
  measureText,
  placeLabels,
  spread,
  verdict,
  withinBands,
  withUnit,
  type BubbleBand,
  type BubblesView,
} from 'layerscope/spec'
import {
  button,
  category,
  Frame,
  h,
  here,
  number,
  redrawing,
  reticle,
  rove,
  segment,
  type Child,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { axis, nearest, radii, rounded, withBand, type Axis, type Mark } from './model.ts'

const LEFT = 52
const TOP = 34
/** Rows of the table. */
const LISTED = 500

/** A round number of an axis, without zeros that say nothing. */
const tick = (v: number): string => (Math.abs(v) >= 1e-4 && Math.abs(v) < 1e6 ? String(v).replace('-', '−') : measureText(v)) // prettier-ignore

interface Place {
  at: number | null
  pinned: number | null
  bands: BubbleBand[]
  x: number
  y: number
  log: boolean
  zoomed: boolean
  family: string | null
}

export const bubblesRenderer: Renderer<BubblesView> = redrawing(
  (spec: BubblesView, element, context, place: Place | null) => draw(spec, element, context, place),
)

function draw(
  spec: BubblesView,
  element: HTMLElement,
  context: RenderContext,
  start: Place | null,
): () => Place {
  const { data } = spec
  const { names, measures, groups, own, things, claims } = data
  const all = names.map((_, n) => n)
  const fresh: Place = {
    at: null,
    pinned: null,
    bands: [],
    x: data.x[0],
    y: data.y[0],
    log: measures[data.x[0]].log,
    zoomed: false,
    family: null,
  }
  const place: Place = start && fits(start) ? start : fresh
  function fits(p: Place): boolean {
    const known = (n: number | null) => n === null || n < names.length
    return known(p.at) && known(p.pinned) && data.x.includes(p.x) && data.y.includes(p.y) && p.bands.every(b => b.measure < measures.length) // prettier-ignore
  }
  const families = familiesOf(data)
  const say = (m: number, n: number): string => {
    const v = measures[m].values[n]
    return v === null ? 'not known' : withUnit(measureText(v), measures[m].unit)
  }

  const frame = new Frame(element, context, {
    drill: 'What is in the band, and who beats whom?',
    onTheme: () => redraw(),
    keys: {
      s: () => scaleChoice.pick(!place.log),
      '[': () => walk(-1, selected()),
      ']': () => walk(1, selected()),
      Home: () => walk(-Infinity, order('x')),
      End: () => walk(Infinity, order('x')),
      Escape: () => letGo(),
    },
    table: () => table(all),
  })
  frame.title(spec.title, '', spec.from ?? '')
  const svg = h('svg', { class: 'ls-chart', 'aria-hidden': 'true' })
  const plot = h(
    'div',
    {
      class: 'ls-plot ls-bubbles-plot',
      role: 'application',
      tabindex: 0,
      'aria-roledescription': 'bubble chart',
      'aria-label': spec.text,
    },
    svg,
  )
  frame.body.append(plot)

  let width = 720
  let marks: Mark[] = []
  let axes: { x: Axis; y: Axis; bottom: number; right: number } | null = null
  const known = (n: number): boolean =>
    measures[place.x].values[n] !== null && measures[place.y].values[n] !== null
  /** Things one can walk through, in the order of an axis. */
  const order = (which: 'x' | 'y'): number[] => {
    const { values } = measures[place[which]]
    return all.filter(n => known(n) && inFamily(n)).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0)) // prettier-ignore
  }
  const inFamily = (n: number): boolean =>
    place.family === null || own.includes(n) || groups?.[n] === place.family
  const selected = (): number[] => {
    const inside = place.bands.length ? withinBands(measures, place.bands) : all
    return order('x').filter(n => inside.includes(n))
  }
  const colourOf = (n: number): string =>
    own.includes(n)
      ? 'var(--ls-pin)'
      : !groups
        ? category(0)
        : families.length <= 6
          ? category(families.indexOf(groups[n]))
          : place.family !== null && groups[n] === place.family
            ? category(0)
            : 'var(--ls-ink2)'

  const redraw = () => {
    width = plot.clientWidth || 720
    const narrow = width < 560
    const height = narrow ? 380 : Math.min(520, Math.max(400, width * 0.45))
    const [bottom, right] = [height - 46, width - (narrow ? 10 : 24)]
    const [mx, my] = [measures[place.x], measures[place.y]]
    const range = (m: number): { from: number; to: number } | null => {
      const whole = spread(measures[m], all)
      const band = place.zoomed ? place.bands.find(b => b.measure === m) : undefined
      return whole && { from: band?.from ?? whole.from, to: band?.to ?? whole.to }
    }
    const [rx, ry] = [range(place.x), range(place.y)]
    const out: SVGElement[] = []
    marks = []
    axes = null
    if (rx && ry) {
      const x = axis(rx.from, rx.to, place.log, LEFT, right, narrow ? 4 : 9)
      const y = axis(ry.from, ry.to, my.log, bottom, TOP, 8)
      axes = { x, y, bottom, right }
      const most = narrow ? 18 : 30
      const radius = radii(data, most)
      marks = all.flatMap(n => {
        const [vx, vy] = [mx.values[n], my.values[n]]
        if (vx === null || vy === null || !inFamily(n) || (place.log && vx <= 0)) return []
        const mark = { n, x: x.at(vx), y: y.at(vy), r: radius[n] }
        const out = mark.x < LEFT - 1 || mark.x > right + 1 || mark.y < TOP - 1 || mark.y > bottom + 1 // prettier-ignore
        return out ? [] : [mark]
      })
      out.push(...grid(x, y, bottom, right))
      out.push(...bandMarks(x, y, bottom, right))
      const inside = new Set(selected())
      const best = frontier(measures, place.x, place.y)
      const line = best.flatMap(n => marks.filter(m => m.n === n))
      if (line.length > 1)
        out.push(h('path', { class: 'ls-frontier', d: line.map((m, i) => (i ? `H${m.x.toFixed(1)}V${m.y.toFixed(1)}` : `M${m.x.toFixed(1)} ${m.y.toFixed(1)}`)).join('') })) // prettier-ignore
      for (const m of [...marks].sort((a, b) => b.r - a.r))
        out.push(
          h('circle', {
            class: `ls-bubble${inside.has(m.n) ? '' : ' ls-off'}${own.includes(m.n) ? ' ls-own' : ''}`,
            cx: m.x,
            cy: m.y,
            r: m.r,
            style: { fill: colourOf(m.n), stroke: colourOf(m.n) },
          }),
        )
      for (const m of marks)
        if (own.includes(m.n) || m.n === place.pinned) out.push(...around(m, false))
      const pointed = marks.find(m => m.n === place.at)
      if (pointed && pointed.n !== place.pinned) out.push(...around(pointed, true))
      out.push(...labels(inside, best, { left: 4, right: width - 4, top: TOP - 10, bottom }))
      out.push(...sizeKey(radius, right, bottom))
    }
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
    svg.style.height = `${height}px`
    svg.replaceChildren(...out)
  }
  const around = (m: Mark, thin: boolean): SVGElement[] => {
    const r = m.r + 3
    return reticle({ x: m.x - r, y: m.y - r, w: 2 * r, h: 2 * r, thin })
  }
  const grid = (x: Axis, y: Axis, bottom: number, right: number): SVGElement[] => [
    h('text', { class: 'ls-heading', x: 0, y: 13 }, withUnit(measures[place.y].name, measures[place.y].unit)), // prettier-ignore
    ...y.ticks.flatMap(v => [
      h('line', { class: 'ls-grid', x1: LEFT, x2: right, y1: y.at(v), y2: y.at(v) }),
      h('text', { class: 'ls-tick-text', x: LEFT - 7, y: y.at(v) + 4, 'text-anchor': 'end' }, tick(v)), // prettier-ignore
    ]),
    h('line', { class: 'ls-under', x1: LEFT, x2: right, y1: bottom, y2: bottom }),
    ...x.ticks.flatMap(v => [
      h('line', { class: 'ls-under', x1: x.at(v), x2: x.at(v), y1: bottom, y2: bottom + 4 }),
      h('text', { class: 'ls-tick-text', x: x.at(v), y: bottom + 17, 'text-anchor': 'middle' }, tick(v)), // prettier-ignore
    ]),
    h('text', { class: 'ls-heading', x: (LEFT + right) / 2, y: bottom + 36, 'text-anchor': 'middle' }, withUnit(measures[place.x].name, measures[place.x].unit)), // prettier-ignore
  ]
  /** Bands of the measures along the axes, as what lies between two rules. */
  const bandMarks = (x: Axis, y: Axis, bottom: number, right: number): SVGElement[] => {
    const bandOf = (m: number) => place.bands.find(b => b.measure === m)
    const [bx, by] = [bandOf(place.x), bandOf(place.y)]
    if (!bx && !by) return []
    const clamp = (v: number, lo: number, hi: number) => Math.max(lo, Math.min(hi, v))
    const px = (v: number | null | undefined, other: number) =>
      typeof v === 'number' && !(place.log && v <= 0) ? clamp(x.at(v), LEFT, right) : other
    const py = (v: number | null | undefined, other: number) =>
      typeof v === 'number' ? clamp(y.at(v), TOP, bottom) : other
    const [l, r] = [px(bx?.from, LEFT), px(bx?.to, right)]
    const [t, b] = [py(by?.to, TOP), py(by?.from, bottom)]
    return [
      h('rect', { class: 'ls-band', x: l, y: t, width: Math.max(0, r - l), height: Math.max(0, b - t) }), // prettier-ignore
      ...(bx ? [h('path', { class: 'ls-band-edge', d: `M${l} ${t}V${b}M${r} ${t}V${b}` })] : []),
      ...(by ? [h('path', { class: 'ls-band-edge', d: `M${l} ${t}H${r}M${l} ${b}H${r}` })] : []),
    ]
  }
  const labels = (
    inside: ReadonlySet<number>,
    best: readonly number[],
    bounds: { left: number; right: number; top: number; bottom: number },
  ): SVGElement[] => {
    const first = [place.pinned, place.at, ...own].filter((n): n is number => n !== null)
    const rest = place.bands.length ? [...inside] : [...data.named, ...best, ...all]
    const wanted = [...new Set([...first, ...rest])].flatMap(n => marks.filter(m => m.n === n))
    const always = marks.filter(m => first.includes(m.n)).length
    const places = placeLabels(
      wanted.map(m => ({ ...m, width: names[m.n].length * 6.3 })),
      marks,
      bounds,
      14,
      always,
    )
    return places.flatMap((p, i) => {
      const { n } = wanted[i]
      const pin = own.includes(n) || n === place.pinned
      return p ? [h('text', { class: pin ? 'ls-end ls-bubble-name ls-pinned' : 'ls-end ls-bubble-name', x: p.x, y: p.y + 4 }, names[n])] : [] // prettier-ignore
    })
  }
  /** Three circles one in the other, with what their areas stand for. */
  const sizeKey = (radius: readonly number[], right: number, bottom: number): SVGElement[] => {
    if (data.size === null) return []
    const found = spread(measures[data.size], all)
    if (!found || found.to <= 0) return []
    const { name, unit } = measures[data.size]
    const top = radius[found.most]
    const steps = [found.to, found.to / 4, found.to / 25].map(v => Number(v.toPrecision(1)))
    const shown = [...new Set(steps)].map(v => ({ v, r: top * Math.sqrt(v / found.to) }))
    // The largest may be rounded above what is drawn.
    const tall = Math.max(...shown.map(s => s.r))
    const [wide, high] = [Math.max(2 * tall + 44, 6.2 * withUnit(name, unit && `(${unit})`).length), 2 * tall + 20] // prettier-ignore
    const corners = [
      { x: right - wide, y: bottom - high - 6 },
      { x: LEFT + 10, y: TOP },
      { x: right - wide, y: TOP },
      { x: LEFT + 10, y: bottom - high - 6 },
    ]
    const covered = ({ x, y }: { x: number; y: number }): number =>
      marks.filter(m => m.x + m.r > x && m.x - m.r < x + wide && m.y + m.r > y && m.y - m.r < y + high).length // prettier-ignore
    const at = corners.reduce((a, b) => (covered(b) < covered(a) ? b : a))
    const [cx, floor] = [at.x + tall, at.y + high]
    return [
      h('text', { class: 'ls-words', x: at.x, y: at.y + 10 }, withUnit(name, unit && `(${unit})`)),
      ...shown.flatMap(({ v, r }) => [
        h('circle', { class: 'ls-size-key', cx, cy: floor - r, r }),
        h('text', { class: 'ls-tick-text', x: cx + tall + 6, y: floor - 2 * r + 9 }, measureText(v)), // prettier-ignore
      ]),
    ]
  }

  const told = (n: number): Child[] => {
    const better = beatenBy(measures, place.x, place.y, n)
    const [mx, my] = [measures[place.x], measures[place.y]]
    const others = better.slice(0, 4).map(b => names[b]).join(', ') // prettier-ignore
    return [
      here(names[n]),
      ...measures.flatMap((m, i): Child[] => [i ? ', ' : ': ', `${m.name} `, number(say(i, n))]),
      !known(n)
        ? '.'
        : better.length
          ? `. Beaten in ${mx.name} and ${my.name} by ${others}${better.length > 4 ? ` and ${better.length - 4} more` : ''}.`
          : `. None of the others is as good in ${mx.name} and ${my.name} at once.`,
    ]
  }
  const speak = () => {
    const n = place.at ?? place.pinned
    if (n !== null) return frame.say(...(n === place.pinned ? ['Pinned: '] : []), ...told(n))
    if (place.bands.length) return frame.say(verdict(data, place.bands))
    frame.say(spec.text.split('\n').slice(1, 3).join(' '))
  }
  const show = () => {
    redraw()
    speak()
    fill()
  }
  const walk = (d: number, list: readonly number[]) => {
    if (!list.length) return
    const now = list.indexOf(place.at ?? place.pinned ?? -1)
    const next = now < 0 ? (d > 0 && d !== Infinity ? 0 : d === -Infinity ? 0 : list.length - 1) : now + d // prettier-ignore
    place.at = list[Math.max(0, Math.min(list.length - 1, next))]
    redraw()
    speak()
  }
  const pin = (n: number | null) => {
    place.pinned = n
    place.at = n
    show()
    if (n !== null && context.live.state === 'live')
      context.live.event('pin', { index: [n] }).catch(() => undefined)
  }
  const letGo = () => {
    if (place.at !== null || place.pinned !== null) place.at = place.pinned = null
    else place.bands = []
    claimed()
    fields()
    show()
  }
  const setBands = (bands: BubbleBand[]) => {
    place.bands = bands
    if (!bands.length) place.zoomed = false
    claimed()
    fields()
    show()
  }

  // The pointer: nearest point; dragging lays a band over both axes.
  let from: { x: number; y: number } | null = null
  const where = (e: MouseEvent) => {
    const box = plot.getBoundingClientRect()
    return { x: e.clientX - box.left, y: e.clientY - box.top }
  }
  let dragged = false
  plot.addEventListener('pointerdown', e => {
    dragged = false
    // A finger scrolls the page.
    if (e.button === 0 && e.pointerType !== 'touch') from = where(e)
  })
  plot.addEventListener('pointermove', e => {
    const p = where(e)
    if (from && axes && Math.hypot(p.x - from.x, p.y - from.y) > 6) {
      if (!dragged) plot.setPointerCapture(e.pointerId)
      dragged = true
      const { x, y } = axes
      const bands = withBand(place.bands, place.x, rounded(x.back(Math.min(from.x, p.x))), rounded(x.back(Math.max(from.x, p.x)))) // prettier-ignore
      place.zoomed = false
      place.at = null
      setBands(withBand(bands, place.y, rounded(y.back(Math.max(from.y, p.y))), rounded(y.back(Math.min(from.y, p.y))))) // prettier-ignore
      return
    }
    const n = nearest(marks, p.x, p.y, 90)?.n ?? null
    if (n === place.at) return
    place.at = n
    redraw()
    speak()
  })
  const release = () => (from = null)
  plot.addEventListener('pointerup', release)
  plot.addEventListener('pointercancel', release)
  plot.addEventListener('pointerleave', () => {
    if (from || place.at === null) return
    place.at = null
    redraw()
    speak()
  })
  plot.addEventListener('click', e => {
    if (dragged) return
    const p = where(e)
    pin(nearest(marks, p.x, p.y)?.n ?? null)
  })
  plot.addEventListener('keydown', e => {
    const step = e.shiftKey ? 5 : 1
    if (e.key === 'ArrowLeft' || e.key === 'ArrowRight')
      walk(e.key === 'ArrowRight' ? step : -step, order('x'))
    else if (e.key === 'ArrowUp' || e.key === 'ArrowDown')
      walk(e.key === 'ArrowUp' ? step : -step, order('y'))
    else if (e.key === 'Enter' || e.key === ' ') pin(place.at)
    else return
    e.preventDefault()
    e.stopPropagation()
  })

  // Controls: what lies along the axes, claims, a band of one's own.
  const scaleChoice = segment(
    'x axis',
    [
      [true, 'powers of ten'],
      [false, 'even'],
    ],
    place.log,
    log => {
      place.log = log
      show()
    },
  )
  const axisChoice = (which: 'x' | 'y') =>
    segment(
      `along ${which}`,
      data[which].map(m => [m, measures[m].name] as const),
      place[which],
      m => {
        place[which] = m
        if (which === 'x') {
          place.log = measures[m].log
          scaleChoice.show(place.log)
        }
        fields()
        show()
      },
    )
  const [xChoice, yChoice] = [axisChoice('x'), axisChoice('y')]
  const claimButtons = claims.map(c =>
    button(
      c.label,
      () => {
        const on = isClaim(c.bands)
        // The claim's measures come to the axes where they can.
        if (!on)
          for (const { measure } of c.bands)
            for (const [which, choice] of [
              ['x', xChoice],
              ['y', yChoice],
            ] as const)
              if (data[which].includes(measure) && measure !== place.x && measure !== place.y)
                choice.pick(measure)
        place.at = null
        place.pinned = null
        setBands(on ? [] : c.bands.map(b => ({ ...b })))
      },
      { 'aria-pressed': 'false' },
    ),
  )
  const key = (bands: readonly BubbleBand[]) =>
    JSON.stringify([...bands].sort((a, b) => a.measure - b.measure).map(b => [b.measure, b.from, b.to])) // prettier-ignore
  const isClaim = (bands: readonly BubbleBand[]) => key(bands) === key(place.bands)
  const claimed = () =>
    claimButtons.forEach((b, i) => b.setAttribute('aria-pressed', String(isClaim(claims[i].bands))))
  const inputs = (['x', 'y'] as const).flatMap(which =>
    (['from', 'to'] as const).map(end => {
      const input = h('input', { type: 'number', step: 'any', class: 'ls-end-of-band' })
      input.addEventListener('change', () => {
        const of = (e: 'from' | 'to') => {
          const found = inputs.find(i => i.which === which && i.end === e)?.input.value
          return found ? Number(found) : null
        }
        setBands(withBand(place.bands, place[which], of('from'), of('to')))
      })
      return { which, end, input }
    }),
  )
  const bandNames = { x: h('span'), y: h('span') }
  const zoomButton = button('zoom to it', () => {
    place.zoomed = !place.zoomed
    fields()
    show()
  })
  const clear = button('no band', () => setBands([]))
  const fields = () => {
    for (const { which, end, input } of inputs) {
      const { name, unit } = measures[place[which]]
      const v = place.bands.find(b => b.measure === place[which])?.[end]
      input.value = typeof v === 'number' ? String(v) : ''
      input.setAttribute('aria-label', withUnit(`${name} ${end}`, unit && `in ${unit}`))
      bandNames[which].textContent = name
    }
    zoomButton.textContent = place.zoomed ? 'show all' : 'zoom to it'
    zoomButton.disabled = clear.disabled = !place.bands.length
  }
  const familyButtons = families.map((f, i) =>
    button(
      [
        h('i', {
          class: 'ls-family-mark',
          style: { background: families.length <= 6 ? category(i) : 'var(--ls-ink2)' },
        }),
        f || 'others',
      ],
      () => {
        place.family = place.family === f ? null : f
        familyButtons.forEach((b, k) => b.setAttribute('aria-pressed', String(families[k] === place.family))) // prettier-ignore
        show()
      },
      { 'aria-pressed': String(place.family === f) },
    ),
  )
  const toolbar = (name: string, ...children: Child[]) =>
    rove(h('div', { class: 'ls-claims', role: 'group', 'aria-label': name }, h('span', {}, name), ...children)) // prettier-ignore
  if (claims.length) frame.body.prepend(toolbar('claims', ...claimButtons))
  if (families.length > 1) frame.body.append(toolbar('only', ...familyButtons))
  const bandField = (which: 'x' | 'y') =>
    h('span', { class: 'ls-band-field' }, bandNames[which], ...inputs.filter(i => i.which === which).flatMap(({ end, input }) => [end === 'to' ? ' to ' : null, input])) // prettier-ignore
  frame.controls.append(
    ...(data.y.length > 1 ? [yChoice.element] : []),
    ...(data.x.length > 1 ? [xChoice.element] : []),
    scaleChoice.element,
    h('div', { class: 'ls-band-fields', role: 'group', 'aria-label': 'band' }, bandField('x'), bandField('y'), zoomButton, clear), // prettier-ignore
  )

  const table = (list: readonly number[]) =>
    h(
      'table',
      { class: 'ls-plain' },
      h('caption', {}, `${list.length} ${things}`),
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, ''),
        ...(groups ? [h('th', { scope: 'col' }, 'family')] : []),
        ...measures.map(m => h('th', { scope: 'col' }, withUnit(m.name, m.unit && `(${m.unit})`))),
        h('th', { scope: 'col' }, 'beaten by'),
      ),
      ...list
        .slice(0, LISTED)
        .map(n =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, names[n]),
            ...(groups ? [h('td', {}, groups[n])] : []),
            ...measures.map(m => h('td', {}, m.values[n] === null ? '' : measureText(m.values[n]))),
            h('td', {}, known(n) ? beatenBy(measures, place.x, place.y, n).length : ''),
          ),
        ),
    )
  const fill = () => {
    const best = frontier(measures, place.x, place.y)
    const inside = selected()
    frame.drill.replaceChildren(
      ...(place.bands.length ? [h('p', {}, verdict(data, place.bands))] : []),
      h('p', { class: 'ls-small' }, `The stepped line: ${things} that no other is as good as in ${measures[place.x].name} and ${measures[place.y].name} at once and better in one: ${best.map(n => names[n]).join(', ')}.`), // prettier-ignore
      ...(data.source ? [h('p', { class: 'ls-small' }, `Source: ${data.source}`)] : []),
      table(inside),
    )
  }
  claimed()
  fields()
  show()
  const sized = new ResizeObserver(() => {
    if (Math.abs(plot.clientWidth - width) >= 2) redraw()
  })
  sized.observe(plot)
  context.signal.addEventListener('abort', () => sized.disconnect())
  return () => place
}
