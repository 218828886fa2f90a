/** Top activations: what do the images share that excite a unit most? Projections left, patches right, in the same places. */
import { decode, type Encoded, type TopView } from 'layerscope/spec'
import {
  count,
  fitting,
  Frame,
  Gauge,
  h,
  here,
  number,
  scale,
  short,
  Tile,
  type RenderContext,
  redrawing,
  type Renderer,
} from '../../parts/index.ts'

type Unit = TopView['data']['units'][number]
/** [position of the unit in the list, rank] */
type Place = [number, number]

/** Units drawn at once. */
const PAGE = 12

export const topRenderer: Renderer<TopView> = redrawing(
  (spec: TopView, element, context, place: ReturnType<ReturnType<typeof draw>['page']> | null) =>
    draw(spec, element, context, place ?? 0).page,
)

/** `8 trouser, 1 shirt`: what the best share, most first. */
export function shared(unit: Unit, labels: readonly string[] | null): string {
  const counts = new Map<number, number>()
  for (const { label } of unit.top)
    if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([label, n]) => `${n} ${labels?.[label] ?? `class ${label}`}`)
    .join(', ')
}

function picture(
  encoded: Encoded,
  kind: 'patch' | 'projection',
  options: Partial<ConstructorParameters<typeof Tile>[0]>,
): Tile {
  const [C, rows, columns] = encoded.shape
  const values = decode(encoded)
  const tile = new Tile({ rows, columns, label: kind, ...options })
  if (kind === 'patch' && C === 3) tile.drawRgb(values)
  else if (kind === 'patch') tile.draw(values, scale('grey', 1))
  else
    tile.draw(C === 1 ? values : values.subarray(0, rows * columns), fitting(values, 'diverging'))
  return tile
}

function draw(
  spec: TopView,
  element: HTMLElement,
  context: RenderContext,
  firstPage: number,
): { page: () => number } {
  const { layer, rule, labels, units, images, field } = spec.data
  const pages = Math.max(1, Math.ceil(units.length / PAGE))
  let page = Math.min(firstPage, pages - 1)
  let pin: Place | null = null
  let tiles: {
    unit: number
    left: Tile[]
    right: Tile[]
    ticks: SVGElement[]
    box: HTMLElement
  }[] = []
  const frame = new Frame(element, context, {
    drill: 'What did this image show the unit?',
    onTheme: () => tiles.forEach(t => [...t.left, ...t.right].forEach(x => x.redraw())),
    keys: {
      Escape: () => letGo(),
      '[': () => turn(-1),
      ']': () => turn(1),
    },
    table: () => table(spec),
  })
  frame.title(spec.title, spec.shape ?? '', spec.from ?? '')
  const bank = h('div', { class: 'ls-tops' })
  frame.body.append(bank)
  const gauge = new Gauge()
  if (rule) {
    gauge.set(scale('diverging', 1), 'each projection on its own scale, ±1 its limit')
    frame.body.append(gauge.element)
  }
  const name = (u: Unit) => `${layer} · ${u.unit}`
  const words = ([u, r]: Place) => {
    const unit = units[u]
    const t = unit.top[r]
    const label = t.label === null ? '' : ` (${labels?.[t.label] ?? `class ${t.label}`})`
    const common = shared(unit, labels)
    return [
      h('b', {}, `${name(unit)}, number ${r + 1}`),
      ': image ',
      number(String(t.image)),
      `${label}, activation `,
      number(short(t.value)),
      t.at ? ` at row ${t.at[0]}, column ${t.at[1]}` : '',
      '.',
      common ? ` Among its ${unit.top.length}: ${common}.` : '',
    ]
  }
  const mark = (over: Place | null) => {
    tiles.forEach(({ unit, left, right, ticks, box }) => {
      box.classList.toggle('ls-on', pin?.[0] === unit)
      right.forEach((tile, r) => {
        const [, rows, columns] = units[unit].top[r].patch.shape
        const whole = { x: 0, y: 0, w: columns, h: rows }
        const pinned = pin?.[0] === unit && pin[1] === r
        const here = over?.[0] === unit && over[1] === r
        for (const t of [left[r], tile]) t?.mark(pinned && whole, here && { ...whole, thin: true })
        ticks[r]?.classList.toggle('ls-pinned', pinned || here)
      })
    })
  }
  const rest = () => {
    mark(null)
    if (pin) frame.say(here('Pinned: '), ...words(pin))
    else
      frame.say(
        h(
          'span',
          { class: 'ls-hint' },
          rule
            ? 'Left, what in each image made the unit fire; right, what it saw. What do they share? Point at one to see its partner; click to open it.'
            : 'What each unit saw where it fired most. What do they share? Point at one; click to open it.',
        ),
      )
  }
  const letGo = () => {
    pin = null
    rest()
    drill()
  }
  const hover = (place: Place) => {
    mark(place)
    frame.say(...words(place))
  }
  const choose = (place: Place) => {
    pin = place
    frame.details.open = true
    rest()
    drill()
    const { unit, top } = units[place[0]]
    void context.live.event('pin', { index: [unit, top[place[1]].image] }).catch(() => undefined)
  }
  const drill = () => {
    if (!pin) {
      frame.drill.replaceChildren(h('p', { class: 'ls-small' }, 'Pin one of them first.'))
      return
    }
    const t = units[pin[0]].top[pin[1]]
    const [, rows, columns] = t.patch.shape
    const large = (e: Encoded, kind: 'patch' | 'projection', caption: string) =>
      h(
        'figure',
        { class: 'ls-map' },
        picture(e, kind, { width: '168px', focusable: false, label: caption }).element,
        h('figcaption', {}, caption),
      )
    const reach = (e: Encoded) => fitting(decode(e), 'diverging').hi
    frame.drill.replaceChildren(
      h(
        'div',
        { class: 'ls-windows' },
        large(t.patch, 'patch', `the patch of image ${t.image}, ${rows}×${columns}`),
        t.projection
          ? large(t.projection, 'projection', `its projection, ±${short(reach(t.projection))}`)
          : null,
      ),
      h(
        'p',
        { class: 'ls-small' },
        `The image is chosen by the unit’s largest value anywhere in it${
          rule
            ? '. All other activations of the layer are set to 0, and this one is sent back to the pixels'
            : ''
        }. show(${rule ?? 'deconvnet'}(net, image, { layer: '${layer}', unit: ${units[pin[0]].unit} })) goes through the stages one by one.`,
      ),
    )
  }
  const block = (unit: Unit, u: number): HTMLElement => {
    const left: Tile[] = []
    const right: Tile[] = []
    unit.top.forEach((t, r) => {
      const events = {
        onHover: () => hover([u, r]),
        onLeave: (go: boolean) => (go ? letGo() : rest()),
        onPin: () => choose([u, r]),
      }
      const label = t.label === null ? '' : `, ${labels?.[t.label] ?? `class ${t.label}`}`
      if (t.projection) {
        const tile = picture(t.projection, 'projection', {
          ...events,
          label: `projection ${r + 1} of ${name(unit)}`,
        })
        left.push(tile)
      }
      right.push(
        picture(t.patch, 'patch', {
          ...events,
          focusable: left.length === 0,
          label: `patch ${r + 1} of ${name(unit)}${label}`,
        }),
      )
    })
    // One tab stop a unit; the arrows go through its nine.
    const stops = left.length ? left : right
    const across = Math.ceil(Math.sqrt(stops.length))
    stops.forEach((tile, r) => {
      if (r) tile.element.tabIndex = -1
      tile.element.addEventListener(
        'keydown',
        e => {
          const d = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[e.key]
          if (d === undefined) return
          stops[Math.max(0, Math.min(stops.length - 1, r + d))].element.focus()
          e.preventDefault()
          e.stopImmediatePropagation()
        },
        { capture: true },
      )
      tile.element.addEventListener('focus', () => hover([u, r]))
    })
    const { element: chart, ticks } = histogram(unit, images)
    // A patch at the border is smaller than the field: it keeps its place in it.
    const framed = (tile: Tile, t: Unit['top'][number]) => {
      const [, rows, columns] = t.patch.shape
      const share = (n: number, of: number) => `${(100 * n) / of}%`
      Object.assign(tile.element.style, {
        position: 'absolute',
        top: share(t.inset[0], field[0]),
        left: share(t.inset[1], field[1]),
        width: share(columns, field[1]),
        height: share(rows, field[0]),
      })
      return h(
        'div',
        { class: 'ls-field', style: { 'aspect-ratio': `${field[1]} / ${field[0]}` } },
        tile.element,
      )
    }
    const nine = (list: Tile[]) =>
      h(
        'div',
        { class: 'ls-nine', style: { '--ls-across': String(across) } },
        ...list.map((t, r) => framed(t, unit.top[r])),
      )
    const box = h(
      'section',
      { class: 'ls-top', 'aria-label': name(unit) },
      h(
        'h3',
        { class: 'ls-label' },
        name(unit),
        h('span', { class: 'ls-small' }, shared(unit, labels)),
      ),
      h('div', { class: 'ls-pair' }, left.length ? nine(left) : null, nine(right)),
      chart,
    )
    tiles.push({ unit: u, left, right, ticks, box })
    return box
  }
  const turn = (d: number) => {
    const next = Math.max(0, Math.min(pages - 1, page + d))
    if (next === page) return
    page = next
    build()
  }
  const where = h('span', { class: 'ls-small' })
  const build = () => {
    tiles = []
    const from = page * PAGE
    bank.replaceChildren(...units.slice(from, from + PAGE).map((u, i) => block(u, from + i)))
    where.textContent = `units ${from + 1} to ${Math.min(units.length, from + PAGE)} of ${units.length}`
    rest()
    drill()
  }
  frame.controls.hidden = pages === 1
  frame.controls.append(
    h(
      'button',
      { type: 'button', onclick: () => turn(-1), title: 'Previous units ([)' },
      'previous',
    ),
    h('button', { type: 'button', onclick: () => turn(1), title: 'Next units (])' }, 'next'),
    where,
  )
  build()
  return { page: () => page }
}

/** How special the best are: counts of the unit's largest value in each image, ticks for the best. */
function histogram(unit: Unit, images: number): { element: HTMLElement; ticks: SVGElement[] } {
  const { histogram: bins, most, top } = unit
  const highest = Math.max(1, ...bins.slice(1))
  const bar = (n: number, i: number) => {
    const height = Math.min(1, n / highest) * 26
    return h('rect', { x: i * 5, y: 28 - height, width: 4.4, height })
  }
  const ticks = top.map(t => {
    const x = most > 0 ? Math.max(0, Math.min(200, (t.value / most) * 200)) : 0
    return h('line', { x1: x, x2: x, y1: 18, y2: 32 })
  })
  const last = top[top.length - 1]
  const svg = h(
    'svg',
    {
      class: 'ls-histogram',
      viewBox: '0 0 200 32',
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `largest value in each of ${count(images)} images, the ${top.length} best from ${short(last?.value ?? 0)} to ${short(most)}`,
    },
    ...bins.map(bar),
    ...ticks,
  )
  const ends = h(
    'div',
    { class: 'ls-ends' },
    h('span', {}, '0'),
    h('span', {}, 'largest value per image'),
    h('span', {}, short(most)),
  )
  return { element: h('div', {}, svg, ends), ticks }
}

function table({ data: { layer, units, labels } }: TopView): HTMLElement {
  const rows = units.map(u =>
    h(
      'tr',
      {},
      h('th', {}, `${layer} · ${u.unit}`),
      h(
        'td',
        {},
        `${short(u.top[u.top.length - 1]?.value ?? 0)} to ${short(u.top[0]?.value ?? 0)}`,
      ),
      h('td', {}, u.top.map(t => t.image).join(', ')),
      h('td', {}, shared(u, labels)),
    ),
  )
  const head = ['unit', 'activations', 'images', 'labels'].map(t => h('th', {}, t))
  return h('table', { class: 'ls-plain' }, h('tr', {}, ...head), ...rows)
}
