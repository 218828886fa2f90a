/** Attributions side by side: which pixels speak for the unit, and do the methods agree? One position in all panels. */
import { decode, type AttributionView } from 'layerscope/spec'
import {
  fitting,
  Frame,
  Gauge,
  h,
  here,
  matrix,
  number,
  scale,
  short,
  Tile,
  type RenderContext,
  redrawing,
  type Renderer,
  type Scale,
} from '../../parts/index.ts'

export const attributionRenderer: Renderer<AttributionView> = redrawing(
  (
    spec: AttributionView,
    element,
    context,
    place: ReturnType<ReturnType<typeof draw>['pinned']> | null,
  ) => draw(spec, element, context, place).pinned,
)

type Place = [row: number, column: number]

interface Panel {
  name: string
  what: string
  /** [H, W]: of several channels the value of largest size. */
  values: ArrayLike<number>
  scale: Scale
  signed: boolean
  tile: Tile
}

/** Of several channels the value of largest size at each place. */
export function flat(values: ArrayLike<number>, channels: number): ArrayLike<number> {
  if (channels === 1) return values
  const plane = values.length / channels
  return Float32Array.from({ length: plane }, (_, i) => {
    let best = values[i]
    for (let c = 1; c < channels; c++)
      if (Math.abs(values[c * plane + i]) > Math.abs(best)) best = values[c * plane + i]
    return best
  })
}

function draw(
  spec: AttributionView,
  element: HTMLElement,
  context: RenderContext,
  start: Place | null,
): { pinned: () => Place | null } {
  const [C, H, W] = spec.data.image.shape
  const image = decode(spec.data.image)
  let pin = start && start[0] < H && start[1] < W ? start : null
  const frame = new Frame(element, context, {
    drill: 'What stands round this pixel?',
    onTheme: () => tiles().forEach(t => t.redraw()),
    keys: { Escape: () => letGo() },
    table: () => table(panels, W),
  })
  frame.title(spec.title, spec.shape ?? '', spec.from ?? '')
  frame.controls.hidden = true
  const events = {
    onHover: (i: number, j: number) => hover(i, j),
    onLeave: (go: boolean) => (go ? letGo() : rest()),
    onPin: (i: number, j: number) => {
      pin = [i, j]
      frame.details.open = true
      rest()
      drill()
      void context.live.event('pin', { index: [i, j] }).catch(() => undefined)
    },
  }
  const picture = new Tile({ rows: H, columns: W, label: `image, ${H} by ${W}`, ...events })
  if (C === 3) picture.drawRgb(image)
  else picture.draw(image, { ...fitting(image, 'grey'), hi: Math.max(1, ...Array.from(image)) })
  const panels = spec.data.panels.map(({ name, what, values: encoded, signed }): Panel => {
    const values = flat(decode(encoded), encoded.shape[0])
    const s = fitting(values, signed ? 'diverging' : 'sequential')
    const tile = new Tile({
      rows: H,
      columns: W,
      label: `${name}, ${H} by ${W}, ${limits(s)}, strongest at ${strongest(values, W)}`,
      ...events,
    })
    tile.draw(values, s)
    return { name, what, values, scale: s, signed, tile }
  })
  const tiles = (): Tile[] => [picture, ...panels.map(p => p.tile)]
  const figure = (name: string, tile: Tile, below: string, what: string) =>
    h(
      'figure',
      { class: 'ls-side-panel' },
      h('h3', { class: 'ls-label' }, name),
      tile.element,
      h('div', { class: 'ls-limits' }, below),
      h('figcaption', { class: 'ls-small' }, what),
    )
  frame.body.append(
    h(
      'div',
      { class: 'ls-side-by-side' },
      figure(
        'image',
        picture,
        short(Math.min(...Array.from(image))) + ' to ' + short(Math.max(...Array.from(image))),
        '',
      ),
      ...panels.map(p => figure(p.name, p.tile, limits(p.scale), p.what)),
    ),
  )
  const signed = panels.some(p => p.signed)
  const gauge = new Gauge()
  if (signed) {
    gauge.set(
      scale('diverging', 1),
      'orange speaks for it, blue against; each panel on its own scale, ±1 its limit',
    )
    frame.body.append(gauge.element)
  }
  const mark = (at: Place | null) => {
    for (const t of tiles())
      t.mark(
        pin && { x: pin[1], y: pin[0], w: 1, h: 1 },
        at && { x: at[1], y: at[0], w: 1, h: 1, thin: true },
      )
  }
  const words = ([i, j]: Place) => [
    'Row ',
    number(String(i)),
    ', column ',
    number(String(j)),
    ...(C === 1 ? [', pixel ', number(short(image[i * W + j]))] : []),
    '. ',
    ...panels.flatMap((p, n) => [n ? ', ' : '', `${p.name} `, number(short(p.values[i * W + j]))]),
    '.',
  ]
  const hover = (i: number, j: number) => {
    mark([i, j])
    const first = panels.find(p => p.signed)
    gauge.point(first ? first.values[i * W + j] / first.scale.hi : null)
    frame.say(...words([i, j]))
  }
  const rest = () => {
    mark(null)
    gauge.point(null)
    if (pin) frame.say(here('Pinned: '), ...words(pin))
    else
      frame.say(
        h(
          'span',
          { class: 'ls-hint' },
          `${panels.length > 1 ? `${panels.length} answers to one question: which pixels matter? ` : ''}Point at any panel; the same pixel is marked in all. Click to keep it.`,
        ),
      )
  }
  const letGo = () => {
    pin = null
    rest()
    drill()
  }
  const drill = () => {
    if (!pin) {
      frame.drill.replaceChildren(h('p', { class: 'ls-small' }, 'Pin a pixel first.'))
      return
    }
    const [i, j] = pin
    const [top, left] = [Math.max(0, Math.min(H - 5, i - 2)), Math.max(0, Math.min(W - 5, j - 2))]
    const rows = (values: ArrayLike<number>) =>
      Array.from({ length: Math.min(5, H) }, (_, r) =>
        Array.from({ length: Math.min(5, W) }, (_, c) => values[(top + r) * W + left + c]),
      )
    frame.drill.replaceChildren(
      h(
        'p',
        { class: 'ls-small' },
        `Rows ${top} to ${top + Math.min(5, H) - 1}, columns ${left} to ${left + Math.min(5, W) - 1}, as numbers.`,
      ),
      h(
        'div',
        { class: 'ls-windows' },
        ...panels.map(p =>
          h(
            'figure',
            {},
            matrix(rows(p.values), {
              scale: p.scale,
              digits: p.scale.hi >= 10 ? 1 : 2,
              on: (r, c) => top + r === i && left + c === j,
            }),
            h('figcaption', { class: 'ls-small' }, p.name),
          ),
        ),
      ),
    )
  }
  rest()
  drill()
  return { pinned: () => pin }
}

const limits = (s: Scale): string =>
  s.ramp === 'diverging' ? `±${short(s.hi)}` : `0 to ${short(s.hi)}`

function strongest(values: ArrayLike<number>, W: number): string {
  let best = 0
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[best])) best = i
  return `row ${Math.floor(best / W)}, column ${best % W}`
}

function table(panels: readonly Panel[], W: number): HTMLElement {
  const rows = panels.map(p => {
    const at = strongest(p.values, W)
    return h('tr', {}, h('th', {}, p.name), h('td', {}, limits(p.scale)), h('td', {}, at))
  })
  const head = ['method', 'scale', 'strongest at'].map(t => h('th', {}, t))
  return h('table', { class: 'ls-plain' }, h('tr', {}, ...head), ...rows)
}
