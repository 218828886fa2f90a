/** A projection stage by stage: what in the picture made this unit fire? Forward above, back below, each stage under its map. */
import { decode, type ProjectionView } from 'layerscope/spec'
import {
  button,
  fitting,
  fixed,
  Frame,
  Gauge,
  h,
  here,
  matrix,
  number,
  scale,
  segment,
  shapeText,
  short,
  Tile,
  Transport,
  type RenderContext,
  redrawing,
  type Renderer,
  type Scale,
} from '../../parts/index.ts'

type Data = ProjectionView['data']

const STEP: Record<Data['stages'][number]['step'], (rule: Data['rule']) => string> = {
  keep: () => 'keep one',
  rectify: rule =>
    rule === 'deconvnet'
      ? 'ReLU of the signal'
      : rule === 'gradient'
        ? 'where the unit was on'
        : 'where it was on, and the signal positive',
  filter: () => 'transposed filters',
  unpool: () => 'unpool by the switches',
  reshape: () => 'as maps again',
  other: () => 'its derivative',
}

/** Maps of a stage that are drawn. */
const MOST = 64

export const projectionRenderer: Renderer<ProjectionView> = redrawing(
  (
    spec: ProjectionView,
    element,
    context,
    place: ReturnType<ReturnType<typeof draw>['at']> | null,
  ) => draw(spec, element, context, place).at,
)

/** Which map of which stage, and where in it. */
interface Pin {
  stage: number
  map: number
  row: number
  column: number
}

interface Bank {
  element: HTMLElement
  tiles: Tile[]
  /** Which map each tile shows. */
  order: number[]
  values: ArrayLike<number>
  scale: Scale
  shape: [number, number, number]
}

function draw(
  spec: ProjectionView,
  element: HTMLElement,
  context: RenderContext,
  start: number | null,
): { at: () => number } {
  const { stages, rule, unit } = spec.data
  const banks: { forward: Bank; back: Bank }[] = []
  let pin: Pin | null = null
  const frame = new Frame(element, context, {
    drill: 'One map: what stood there, what arrived',
    onTheme: () =>
      banks.forEach(b => [...b.forward.tiles, ...b.back.tiles].forEach(t => t.redraw())),
    keys: {
      Escape: () => letGo(),
      ',': () => transport.step(-1),
      '.': () => transport.step(1),
      p: () => transport.toggle(),
      Home: () => transport.go(0),
      End: () => transport.go(stages.length - 1),
      PageUp: () => toLayer(-1),
      PageDown: () => toLayer(1),
    },
    table: () => table(spec.data),
  })
  frame.title(spec.title, spec.shape ?? '', spec.from ?? '')
  const ask = (payload: object) =>
    void context.live
      .event('input', payload)
      .catch((e: unknown) => frame.say(e instanceof Error ? e.message : String(e)))
  const toLayer = (d: number) => {
    const layers = spec.data.layers ?? []
    const next = layers[layers.indexOf(unit.layer) + d]
    if (next !== undefined && context.live.state === 'live') ask({ layer: next, unit: null })
  }
  const transport = new Transport('stage', () => step(), 900, context.signal)
  // The pixels stand at the left, the unit at the right, as on the way forward.
  const forward = h('div', { class: 'ls-stages' })
  const back = h('div', { class: 'ls-stages' })
  stages.forEach((stage, n) => {
    const shape = square(stage.signal.shape)
    const cells = (encoded: typeof stage.signal, signed: boolean) => {
      const values = decode(encoded)
      const ramp = signed ? 'diverging' : stage.name === 'input' ? 'grey' : undefined
      return bank(
        `${stage.name} ${signed ? 'back' : 'forward'}`,
        values,
        shape,
        fitting(values, ramp),
        {
          onHover: (map, row, column) => hover({ stage: n, map, row, column }),
          onLeave: go => (go ? letGo() : rest()),
          onPin: (map, row, column) => {
            pin = { stage: n, map, row, column }
            frame.details.open = true
            rest()
            drill()
          },
        },
      )
    }
    banks.push({ forward: cells(stage.forward, false), back: cells(stage.signal, true) })
  })
  const column = (n: number, b: Bank, caption: string, range: string) =>
    h(
      'figure',
      { class: 'ls-stage' },
      h(
        'h3',
        { class: 'ls-label ls-two-lines' },
        h('span', {}, stages[n].name),
        h('span', { class: 'ls-shape' }, shapeText(stages[n].signal.shape)),
      ),
      b.element,
      h('figcaption', { class: 'ls-small' }, caption && [caption, h('br')], range),
    )
  const backs: HTMLElement[] = []
  for (let n = stages.length - 1; n >= 0; n--) {
    const { forward: f, back: b } = banks[n]
    forward.append(column(n, f, '', limits(f.scale)))
    const figure = column(n, b, STEP[stages[n].step](rule), limits(b.scale))
    back.append(figure)
    backs[n] = figure
  }
  const gauges = [new Gauge(), new Gauge()]
  gauges[0].set(
    scale('sequential', 1),
    'each layer on its own scale, 1 its limit; before ReLU in the colours below',
  )
  gauges[1].set(scale('diverging', 1), 'each stage on its own scale, ±1 its limit')
  frame.body.append(
    h(
      'div',
      { class: 'ls-direction' },
      h('b', {}, 'Forward'),
      ' what the image did',
      gauges[0].element,
    ),
    forward,
    h(
      'div',
      { class: 'ls-direction' },
      h('b', {}, 'Back'),
      ' from the unit to the pixels',
      gauges[1].element,
    ),
    back,
  )
  frame.controls.append(transport.element, ...choices(spec.data, context, text => frame.say(text)))
  transport.ticks(
    stages.length,
    n => {
      const { name, step } = stages[n]
      return {
        label: name,
        major: step === 'keep' || name === 'input',
        say: `${name}, ${STEP[step](rule)}`,
      }
    },
    start ?? stages.length - 1,
  )
  // The unit itself is where one is until something is pinned.
  const first = banks[0]?.back.shape
  const flatAt = (n: number) => ({ row: Math.floor(n / first[2]), column: n % first[2] })
  const kept: Pin | null = !first
    ? null
    : isFlat(stages[0].signal.shape)
      ? { stage: 0, map: 0, ...flatAt(unit.unit) }
      : { stage: 0, map: unit.unit, row: unit.at?.[0] ?? 0, column: unit.at?.[1] ?? 0 }
  const mark = (over: Pin | null) => {
    banks.forEach(({ forward: f, back: b }, n) => {
      for (const part of [f, b])
        part.tiles.forEach((tile, t) => {
          const m = part.order[t]
          const box = (p: Pin | null, thin: boolean) =>
            p?.stage === n && p.map === m && { x: p.column, y: p.row, w: 1, h: 1, thin }
          tile.mark(box(pin ?? kept, false), box(over, true))
        })
    })
  }
  const words = (p: Pin) => {
    const { forward: f, back: b } = banks[p.stage]
    const at = (p.map * b.shape[1] + p.row) * b.shape[2] + p.column
    const flat = isFlat(stages[p.stage].signal.shape)
    const place = flat
      ? ` unit ${at}`
      : `${b.shape[0] > 1 ? ` map ${p.map},` : ''} row ${p.row}, column ${p.column}`
    if (at >= b.values.length) return ['Nothing stands there.']
    return [
      h('b', {}, stages[p.stage].name),
      place,
      ': forward ',
      number(short(f.values[at])),
      ', back ',
      number(short(b.values[at])),
      '.',
    ]
  }
  const hover = (p: Pin) => {
    mark(p)
    const { forward: f, back: b } = banks[p.stage]
    const at = (p.map * b.shape[1] + p.row) * b.shape[2] + p.column
    gauges[0].point(f.values[at] / f.scale.hi)
    gauges[1].point(b.values[at] / b.scale.hi)
    frame.say(...words(p))
  }
  const rest = () => {
    mark(null)
    gauges.forEach(g => g.point(null))
    if (pin) return frame.say(here('Pinned: '), ...words(pin))
    const n = transport.index
    const stage = stages[n]
    const signal = banks[n]?.back
    if (!stage || !signal) return frame.say('This projection has no stages.')
    let live = 0
    for (let i = 0; i < signal.values.length; i++) if (signal.values[i] !== 0) live++
    const share = Math.round((100 * live) / signal.values.length)
    if (stage.step === 'keep')
      return frame.say(
        h('b', {}, `Unit ${unit.unit} of ${unit.layer}`),
        unit.at ? ` at row ${unit.at[0]}, column ${unit.at[1]}` : '',
        ' is ',
        number(short(unit.value)),
        '. All others are set to 0; the step before sends it one stage down.',
      )
    frame.say(
      h('b', {}, `Stage ${n} of ${stages.length - 1}, ${stage.name}`),
      `: ${STEP[stage.step](rule)}. `,
      number(`${share} %`),
      ' of the numbers are not 0, up to ',
      number(`±${short(signal.scale.hi)}`),
      '.',
    )
  }
  const step = () => {
    const n = transport.index
    backs.forEach((figure, i) => {
      figure.classList.toggle('ls-not-yet', i > n)
      figure.classList.toggle('ls-now', i === n)
    })
    rest()
  }
  const letGo = () => {
    pin = null
    rest()
    drill()
  }
  /** Any value of the way forward can be where the way back begins. */
  const startHere = ({ stage, map, row, column }: Pin) => {
    const flat = isFlat(stages[stage].signal.shape)
    const width = banks[stage].back.shape[2]
    const b = button('start from this value', () =>
      ask({
        layer: stages[stage].name,
        unit: flat ? row * width + column : map,
        ...(flat ? {} : { at: [row, column] }),
      }),
    )
    b.disabled = context.live.state !== 'live' || stages[stage].name === 'input'
    return b
  }
  const drill = () => {
    if (!pin) {
      const last = stages.at(-1)
      frame.drill.replaceChildren(
        h('p', { class: 'ls-small' }, 'Pin a cell first: click it in any map.'),
        ...(last ? adjointWords(last) : []),
      )
      return
    }
    const { forward: f, back: b } = banks[pin.stage]
    const [, H, W] = b.shape
    const [rows, columns] = [Math.min(7, H), Math.min(7, W)]
    const top = Math.max(0, Math.min(H - rows, pin.row - 3))
    const left = Math.max(0, Math.min(W - columns, pin.column - 3))
    const cut = (values: ArrayLike<number>) =>
      Array.from({ length: rows }, (_, i) =>
        Array.from(
          { length: columns },
          (_, j) => values[(pin!.map * H + top + i) * W + left + j] ?? NaN,
        ),
      )
    const grid = (part: Bank, caption: string) =>
      h(
        'figure',
        {},
        matrix(cut(part.values), {
          scale: part.scale,
          on: (i, j) => top + i === pin!.row && left + j === pin!.column,
        }),
        h('figcaption', { class: 'ls-small' }, caption),
      )
    frame.drill.replaceChildren(
      h(
        'div',
        { class: 'ls-windows' },
        grid(f, 'on the way forward'),
        grid(b, `back: ${STEP[stages[pin.stage].step](rule)}`),
      ),
      startHere(pin),
      ...adjointWords(stages[pin.stage]),
      h(
        'p',
        { class: 'ls-small' },
        `${stages[pin.stage].name}, map ${pin.map}, rows ${top} to ${top + rows - 1}, columns ${left} to ${left + columns - 1}.`,
      ),
    )
  }
  step()
  drill()
  return { at: () => transport.index }
}

/** The adjoint test with both numbers. */
function adjointWords({ name, adjoint }: Data['stages'][number]): HTMLElement[] {
  if (!adjoint) return []
  const [a, b] = adjoint
  const size = Math.max(Math.abs(a), Math.abs(b))
  const agree = Math.abs(a - b) <= 1e-3 * size + 1e-9
  return [
    h(
      'p',
      {},
      `Are these filters really transposed? With q what stood at ${name} on the way forward and g the signal that came: ⟨Wq, g⟩ = `,
      number(fixed(a, 4)),
      ', ⟨q, Wᵀg⟩ = ',
      number(fixed(b, 4)),
      agree ? ': they agree.' : ': they differ.',
    ),
  ]
}

/** Rule, layer and unit; another one is computed by the kernel. */
function choices(
  { rule, unit, layers = [] }: Data,
  context: RenderContext,
  say: (text: string) => void,
): HTMLElement[] {
  if (!layers.length) return []
  const ask = (payload: object) => {
    context.live
      .event('input', payload)
      .catch((e: unknown) => say(e instanceof Error ? e.message : String(e)))
  }
  const rules = segment(
    'ReLU rule',
    [
      ['deconvnet', 'deconvnet'],
      ['gradient', 'gradient'],
      ['guided', 'guided'],
    ] as const,
    rule,
    r => ask({ rule: r }),
  )
  const from = segment(
    'from',
    layers.map(l => [l, l] as const),
    unit.layer,
    layer => ask({ layer, unit: null }),
  )
  const units = [
    button('previous unit', () => ask({ unit: Math.max(0, unit.unit - 1) })),
    button('next unit', () => ask({ unit: unit.unit + 1 })),
    button('strongest', () => ask({ unit: null })),
  ]
  const parts = [rules.element, from.element, ...units]
  const able = () => {
    for (const part of parts)
      for (const b of part instanceof HTMLButtonElement
        ? [part]
        : part.querySelectorAll('button')) {
        b.disabled = context.live.state !== 'live'
        b.title = b.disabled ? 'another unit or rule needs the kernel' : ''
      }
    if (unit.unit === 0) units[0].disabled = true
  }
  context.live.onChange(able, context.signal)
  able()
  return parts
}

const limits = (s: Scale): string =>
  s.ramp === 'diverging' ? `±${short(s.hi)}` : `0 to ${short(s.hi)}`

const root = (n: number): number => Math.ceil(Math.sqrt(n))
/** The largest divisor of n up to its root. */
function divisor(n: number): number {
  let d = Math.floor(Math.sqrt(n))
  while (n % d) d--
  return d
}

const isFlat = (shape: readonly number[]): boolean =>
  shape.length === 1 || (shape.length === 3 && shape[1] * shape[2] === 1)

/** [C, H, W] as it is; a vector, or maps of one cell, as one nearly square map. */
function square(shape: readonly number[]): [number, number, number] {
  if (shape.length === 3 && shape[1] * shape[2] > 1) return [shape[0], shape[1], shape[2]]
  const n = shape[0]
  const rows = divisor(n)
  return n / rows <= 3 * rows ? [1, rows, n / rows] : [1, Math.ceil(n / root(n)), root(n)]
}

/** The maps with the largest numbers when there are too many, in their order. */
function strongestMaps(
  values: ArrayLike<number>,
  C: number,
  plane: number,
  most: number,
): number[] {
  const all = Array.from({ length: C }, (_, m) => m)
  if (C <= most) return all
  const peak = all.map(m => {
    let best = 0
    for (let i = m * plane; i < (m + 1) * plane; i++) best = Math.max(best, Math.abs(values[i]))
    return best
  })
  return all
    .sort((a, b) => peak[b] - peak[a])
    .slice(0, most)
    .sort((a, b) => a - b)
}

interface BankEvents {
  onHover(map: number, row: number, column: number): void
  onLeave(letGo: boolean): void
  onPin(map: number, row: number, column: number): void
}

/** Maps side by side in a square, on one scale; one tab stop. */
function bank(
  label: string,
  values: ArrayLike<number>,
  shape: [number, number, number],
  s: Scale,
  events: BankEvents,
): Bank {
  const [C, rows, columns] = shape
  const maps = Math.min(C, MOST)
  const order = strongestMaps(values, C, rows * columns, maps)
  const tiles = order.map((m, n) => {
    const part = Float32Array.from(
      { length: rows * columns },
      (_, i) => values[m * rows * columns + i] ?? 0,
    )
    const tile = new Tile({
      rows,
      columns,
      label: C > 1 ? `${label}, map ${m}` : label,
      onHover: (i, j) => events.onHover(m, i, j),
      onLeave: events.onLeave,
      onPin: (i, j) => events.onPin(m, i, j),
    })
    tile.draw(part, s)
    if (n) tile.element.tabIndex = -1
    return tile
  })
  tiles.forEach((tile, m) =>
    tile.element.addEventListener('keydown', e => {
      const d = { '[': -1, ']': 1 }[e.key]
      if (d === undefined) return
      tiles[(m + d + maps) % maps].element.focus()
      e.preventDefault()
      e.stopPropagation()
    }),
  )
  const element = h(
    'div',
    { class: 'ls-bank', style: { '--ls-across': String(Math.ceil(Math.sqrt(maps))) } },
    ...tiles.map(t => t.element),
  )
  return { element, tiles, order, values, scale: s, shape }
}

function table({ stages, rule }: Data): HTMLElement {
  const rows = stages.map(s => {
    const values = decode(s.signal)
    let live = 0
    for (const v of values) if (v !== 0) live++
    return h(
      'tr',
      {},
      h('th', {}, s.name),
      h('td', {}, STEP[s.step](rule)),
      h('td', {}, shapeText(s.signal.shape)),
      h('td', {}, `±${short(fitting(values, 'diverging').hi)}`),
      h('td', {}, `${live} of ${values.length}`),
    )
  })
  const head = ['stage', 'step', 'shape', 'scale', 'not 0'].map(t => h('th', {}, t))
  return h('table', { class: 'ls-plain' }, h('tr', {}, ...head), ...rows)
}
