/**
 * Filters over training: when did this become what it is? One axis for the ruler, the filmstrip of projections and the
 * convergence of the layers; above, the first layer's filters, the pinned unit beside its patch, and the verdict.
 */
import { decode, type EvolutionView } from 'layerscope/spec'
import {
  button,
  count,
  fixed,
  Frame,
  Gauge,
  h,
  here,
  largest,
  matrix,
  number,
  percent,
  redrawing,
  scale,
  segment,
  shapeText,
  short,
  Tile,
  Transport,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { Marks, paint, type Strip } from './film.ts'
import { drawConvergence } from './plot.ts'

type Data = EvolutionView['data']
type Unit = Data['layers'][number]['units'][number]

/** Narrowest column, in pixels: below it the film scrolls sideways. */
const NARROWEST = 30

interface Place {
  layer: number
  unit: number
  column: number
}

export const evolutionRenderer: Renderer<EvolutionView> = redrawing(
  (spec: EvolutionView, element, context, place: Place | null) =>
    draw(spec, element, context, place),
)

interface Row {
  unit: Unit
  element: HTMLElement
  name: HTMLButtonElement
  canvas: HTMLCanvasElement
  marks: Marks
  strip: Strip
}

const epochText = (e: number): string => String(Number(e.toFixed(2)))

function draw(
  spec: EvolutionView,
  element: HTMLElement,
  context: RenderContext,
  start: Place | null,
): () => Place | null {
  const { data } = spec
  const { all, epochs, labels } = data
  const T = epochs.length
  const at: Place = {
    layer: Math.min(start?.layer ?? data.layers.length - 1, data.layers.length - 1),
    unit: start?.unit ?? 0,
    column: Math.min(start?.column ?? T - 1, T - 1),
  }
  let rows: Row[] = []
  let under: [row: number, column: number] | null = null
  let width = 0
  let moveCursor: (column: number) => void = () => undefined
  const frame = new Frame(element, context, {
    onTheme: () => {
      rows.forEach(row => paintRow(row))
      filters?.tiles.forEach(t => t.redraw())
      filters?.gauge.redraw()
      current()
    },
    keys: {
      ',': () => transport.step(-1),
      '.': () => transport.step(1),
      p: () => transport.toggle(),
      Home: () => transport.step(-Infinity),
      End: () => transport.step(Infinity),
      '[': () => pick(at.unit - 1),
      ']': () => pick(at.unit + 1),
      PageUp: () => toLayer(at.layer - 1),
      PageDown: () => toLayer(at.layer + 1),
      '<': () => leap(-1),
      '>': () => leap(1),
      Escape: () => rest(),
    },
    table: () => table(),
  })
  if (!data.layers.some(l => l.units.length)) {
    frame.title(spec.title, spec.shape ?? '', spec.from ?? '')
    frame.say('No unit was followed: name layers and units in run.evolution({ layers, units }).')
    return () => null
  }
  const units = () => data.layers[at.layer].units
  const unit = () => units()[Math.min(at.unit, units().length - 1)]
  const labelOf = (n: number | null) => (n === null ? '' : ` (${labels?.[n] ?? `class ${n}`})`)

  // The ruler stands over the columns, the buttons among the controls.
  const head = () => (width < 560 ? 74 : 104)
  const filmWidth = () => Math.max(width, head() + T * NARROWEST)
  const cell = () => (filmWidth() - head()) / T
  const transport = new Transport(
    'epoch',
    n => go(n),
    420,
    context.signal,
    () => cell() / 2,
  )
  const film = h('div', { class: 'ls-film' })
  const inside = h('div', { class: 'ls-film-inside' })
  const plot = h('svg', {
    class: 'ls-chart',
    role: 'img',
    'aria-label': `How far each layer still had to go. ${data.verdict.join(' ')}`,
  })
  film.append(inside)

  // What is looked at closely.
  const filters = firstFilters(data, (text, value) => {
    filters?.gauge.point(value)
    if (text) frame.say(...text)
    else rest()
  })
  const close = h('div', { class: 'ls-close' })
  const verdict = h(
    'div',
    { class: 'ls-answer' },
    h('h3', { class: 'ls-label' }, 'Do early layers converge first?'),
    ...data.verdict.map(line => h('p', {}, line)),
  )
  frame.body.append(h('div', { class: 'ls-look' }, filters?.element ?? null, close, verdict), film)
  const choose = segment(
    'layer',
    data.layers.map((l, n) => [n, l.name] as const),
    at.layer,
    n => toLayer(n),
  )
  const before = button('previous change of winner', () => leap(-1))
  const after = button('next change of winner', () => leap(1))
  frame.controls.append(transport.element, choose.element, before, after)
  transport.element.classList.add('ls-buttons-only')

  const paintRow = (row: Row) => {
    const wide = filmWidth() - head()
    row.marks.size(wide, paint(row.canvas, row.strip, wide))
    markRow(row)
  }
  const markRow = (row: Row) => {
    const r = rows.indexOf(row)
    row.marks.show(r === at.unit ? at.column : null, under?.[0] === r ? under[1] : null)
  }

  const build = () => {
    under = null
    rows = units().map((u, r): Row => {
      const [, channels, height, columns] = u.projections.shape
      const canvas = h('canvas')
      const over = new Marks(u.winners.map(w => w.changed))
      const name = button([h('b', {}, `${data.layers[at.layer].name} · ${u.unit}`), h('small')], () => pick(r), { class: 'ls-row-name' }) // prettier-ignore
      const strip = h('div', { class: 'ls-strip' }, canvas, over.element)
      const row: Row = {
        unit: u,
        element: h('div', { class: 'ls-film-row' }, name, strip),
        name,
        canvas,
        marks: over,
        strip: { values: decode(u.projections), count: T, channels, rows: height, columns },
      }
      const column = (e: MouseEvent) => {
        const box = strip.getBoundingClientRect()
        return Math.max(
          0,
          Math.min(T - 1, Math.floor(((e.clientX - box.left) / (box.width || 1)) * T)),
        )
      }
      strip.addEventListener('pointermove', e => {
        under = [r, column(e)]
        rows.forEach(markRow)
        peek(r, under[1])
      })
      strip.addEventListener('pointerleave', () => {
        under = null
        rows.forEach(markRow)
        rest()
      })
      strip.addEventListener('click', e => {
        at.unit = r
        transport.stop()
        transport.go(column(e))
      })
      return row
    })
    inside.replaceChildren(
      h(
        'div',
        { class: 'ls-film-row' },
        h('b', { class: 'ls-row-name' }, 'epoch'),
        transport.ruler,
      ),
      ...rows.map(r => r.element),
      plot,
    )
    closeUp()
    layout()
    ticks()
    current()
  }

  const ticks = () => {
    const room = Math.max(1, Math.ceil(30 / cell()))
    transport.ticks(
      T,
      n => {
        const label = epochText(all[epochs[n]])
        const changed = unit().winners[n].changed
        return {
          ...(n % room === 0 || n === T - 1 ? { label } : {}),
          major: Number.isInteger(all[epochs[n]]),
          flag: changed,
          say: `epoch ${label}${changed ? ', winner changed' : ''}`,
        }
      },
      at.column,
    )
  }

  const layout = () => {
    width = film.clientWidth || 900
    inside.style.width = `${filmWidth()}px`
    inside.style.setProperty('--ls-row-head', `${head()}px`)
    rows.forEach(paintRow)
    moveCursor = drawConvergence(plot, data, { head: head(), width: filmWidth() }, data.layers[at.layer].name) // prettier-ignore
  }

  // The pinned unit, large, beside what it saw.
  let pair: { projection: Tile; patch: Tile; captions: HTMLElement[]; values(): [ArrayLike<number>, ArrayLike<number>] } | null = null // prettier-ignore
  const closeUp = () => {
    const u = unit()
    const [, C, H, W] = u.projections.shape
    const projections = decode(u.projections)
    const patches = decode(u.patches)
    const n = C * H * W
    const values = (): [ArrayLike<number>, ArrayLike<number>] => {
      const w = u.winners[at.column]
      return [
        projections.subarray(at.column * n, (at.column + 1) * n).map(v => v * w.limit),
        patches.subarray(w.patch * n, (w.patch + 1) * n),
      ]
    }
    const over = (i: number, j: number) => {
      for (const t of [pair?.projection, pair?.patch])
        t?.mark({ x: j, y: i, w: 1, h: 1, thin: true })
      const [p, q] = values()
      const v = p[i * W + j]
      frame.say(
        `Row ${i}, column ${j}: pixel `,
        number(fixed(q[i * W + j], 2)),
        ', projection ',
        number(short(v)),
        v > 0
          ? ': a brighter pixel here drives the unit up.'
          : v < 0
            ? ': a darker pixel here drives it up.'
            : ': it does not matter here.',
      )
    }
    const options = { rows: H, columns: W, onHover: over, onLeave: () => rest(), width: '140px' }
    const projection = new Tile({ ...options, label: 'projection' })
    const patch = new Tile({ ...options, label: 'what it saw' })
    const captions = [
      h('figcaption', { class: 'ls-small' }),
      h('figcaption', { class: 'ls-small' }),
    ]
    pair = { projection, patch, captions, values }
    close.replaceChildren(
      h('figure', {}, projection.element, captions[0]),
      h('figure', {}, patch.element, captions[1]),
    )
  }

  /** Everything that depends on the column. */
  const current = () => {
    const u = unit()
    const t = at.column
    const w = u.winners[t]
    const epoch = all[epochs[t]]
    const [, C, H, W] = u.projections.shape
    if (pair) {
      const [p, q] = pair.values()
      pair.projection.draw(p, scale('diverging', w.limit))
      if (C === 3) pair.patch.drawRgb(q)
      else pair.patch.draw(q, scale('grey', 1))
      pair.projection.mark()
      pair.patch.mark()
      pair.captions[0].textContent = `projection of ${data.layers[at.layer].name} · ${u.unit}, ±${short(w.limit)}`
      pair.captions[1].textContent = `what it saw: ${H}×${W} of image ${w.image}${labelOf(w.label)}`
    }
    filters?.show(epochs[t])
    rows.forEach((row, r) => {
      row.name.classList.toggle('ls-on', r === at.unit)
      row.name.setAttribute('aria-pressed', String(r === at.unit))
      const small = row.name.querySelector('small')
      if (small) small.textContent = `max ${short(row.unit.winners[t].value)}`
      markRow(row)
    })
    const accuracy = data.accuracy[epochs[t]]
    frame.title(
      spec.title,
      `epoch ${epochText(epoch)} of ${epochText(all[all.length - 1])}`,
      [
        spec.from,
        accuracy === null ? null : `test accuracy here ${percent(accuracy)}`,
        data.left || null,
      ]
        .filter(Boolean)
        .join(' · '),
    )
    before.disabled = !u.winners.some((q, n) => q.changed && n < t)
    after.disabled = !u.winners.some((q, n) => q.changed && n > t)
    if (film.scrollWidth > film.clientWidth)
      film.scrollLeft = head() + cell() * (t + 0.5) - film.clientWidth / 2
    moveCursor(t)
    rest()
    if (frame.details.open) drill()
  }

  const peek = (r: number, t: number) => {
    const u = rows[r].unit
    const w = u.winners[t]
    const old = u.winners[t - 1]
    frame.say(
      h('b', {}, `${data.layers[at.layer].name} · ${u.unit}, epoch ${epochText(all[epochs[t]])}`),
      ': strongest activation ',
      number(short(w.value)),
      `, from image ${w.image}${labelOf(w.label)}.`,
      w.changed && old
        ? [' ', here(`The winner changed here: before, it was image ${old.image}${labelOf(old.label)}.`)] // prettier-ignore
        : '',
    )
  }
  const rest = () => {
    pair?.projection.mark()
    pair?.patch.mark()
    filters?.gauge.point(null)
    const u = unit()
    const w = u.winners[at.column]
    const changes = u.winners.filter(q => q.changed).length
    frame.say(
      here(`${data.layers[at.layer].name} · ${u.unit}`),
      `, epoch ${epochText(all[epochs[at.column]])}: `,
      w.changed ? h('b', {}, 'the winning image changed here. ') : '',
      `It fires most for image ${w.image}${labelOf(w.label)}, with `,
      number(short(w.value)),
      changes
        ? `. Its winner changed ${changes} ${changes === 1 ? 'time' : 'times'} over the run (triangles); a jump in the picture there is a new image, not a new filter.`
        : '. Its winner never changed: every change of the picture is one of the filters.',
    )
  }
  const go = (n: number) => {
    at.column = n
    current()
  }
  const pick = (n: number) => {
    const total = units().length
    at.unit = (n + total) % total
    closeUp()
    ticks()
    current()
  }
  const toLayer = (n: number) => {
    if (n < 0 || n >= data.layers.length || !data.layers[n].units.length) return
    at.layer = n
    at.unit = Math.min(at.unit, units().length - 1)
    choose.show(n)
    build()
  }
  const leap = (d: -1 | 1) => {
    const { winners } = unit()
    const found = winners
      .map((w, n) => (w.changed && (n - at.column) * d > 0 ? n : -1))
      .filter(n => n >= 0)
    if (!found.length) return
    transport.stop()
    transport.go(d > 0 ? found[0] : found[found.length - 1])
  }

  const drill = () => {
    const u = unit()
    const w = u.winners[at.column]
    const [, , H, W] = u.projections.shape
    if (!pair) return
    const [p, q] = pair.values()
    // The part round the strongest place, at most 7 × 7.
    let best = 0
    for (let i = 1; i < H * W; i++) if (Math.abs(p[i]) > Math.abs(p[best])) best = i
    const [h7, w7] = [Math.min(7, H), Math.min(7, W)]
    const top = Math.max(0, Math.min(H - h7, Math.floor(best / W) - 3))
    const left = Math.max(0, Math.min(W - w7, (best % W) - 3))
    const cut = (v: ArrayLike<number>) =>
      Array.from({ length: h7 }, (_, i) =>
        Array.from({ length: w7 }, (_, j) => v[(top + i) * W + left + j]),
      )
    const grid = (v: ArrayLike<number>, s: ReturnType<typeof scale>, caption: string) =>
      h(
        'figure',
        {},
        matrix(cut(v), { scale: s, on: (i, j) => (top + i) * W + left + j === best }),
        h('figcaption', { class: 'ls-small' }, caption),
      )
    frame.drill.replaceChildren(
      h(
        'div',
        { class: 'ls-windows' },
        grid(q, scale('grey', 1), `the patch, rows ${top} to ${top + h7 - 1}, columns ${left} to ${left + w7 - 1}`), // prettier-ignore
        grid(p, scale('diverging', w.limit), 'the projection there'),
      ),
      h(
        'p',
        { class: 'ls-small ls-how-made' },
        `At every snapshot all ${count(data.images)} images go forward; for each unit the one with the largest activation wins (here image ${w.image}, ${fixed(w.value)}${w.at ? ` at row ${w.at[0]}, column ${w.at[1]}` : ''}). All other activations of the layer are set to 0 and the one left is sent back by the rule ${data.rule}: unpool with this image’s switches, ReLU, transposed filters, layer by layer. The picture is cut to what the unit sees, ${H}×${W} pixels. Each picture has its own scale, printed under the large one; the filters share one scale over all epochs, so that growth shows. Plot: |w(t) − w(end)| ÷ |w(0) − w(end)| for each layer.`,
      ),
    )
  }
  frame.details.addEventListener('toggle', () => frame.details.open && drill())

  const table = () => {
    const u = unit()
    const cells = (...texts: string[]) => h('tr', {}, ...texts.map(t => h('td', {}, t)))
    const layers = data.convergence
    return h(
      'table',
      { class: 'ls-plain' },
      h(
        'caption',
        {},
        `${data.layers[at.layer].name} · ${u.unit}, and how far each layer still had to go`,
      ),
      h(
        'tr',
        {},
        ...['epoch', 'image', 'label', 'activation', 'changed', ...layers.map(l => l.layer)].map(
          t => h('th', { scope: 'col' }, t),
        ),
      ),
      ...u.winners.map((w, n) =>
        cells(
          epochText(all[epochs[n]]),
          String(w.image),
          w.label === null ? '' : (labels?.[w.label] ?? String(w.label)),
          fixed(w.value),
          w.changed ? 'yes' : '',
          ...layers.map(l => percent(l.left[epochs[n]], 0)),
        ),
      ),
    )
  }

  build()
  const sized = new ResizeObserver(() => {
    if (Math.abs(film.clientWidth - width) < 2) return
    layout()
    ticks()
    current()
  })
  sized.observe(film)
  context.signal.addEventListener('abort', () => sized.disconnect())
  return () => ({ ...at })
}

interface Filters {
  element: HTMLElement
  tiles: Tile[]
  gauge: Gauge
  show(snapshot: number): void
}

/** The first layer's filters, on one scale for the whole run; those of images in colour as colours. */
function firstFilters(
  data: Data,
  over: (text: (Node | string)[] | null, value: number | null) => void,
): Filters | null {
  const { filters, all } = data
  if (!filters) return null
  const [S, KC, rows, columns] = filters.values.shape
  const C = KC % filters.channels === 0 ? filters.channels : 1
  const K = KC / C
  const values = decode(filters.values)
  const s = scale('diverging', largest(values))
  const n = rows * columns
  let now = S - 1
  const weight = (t: number, k: number, i: number, j: number) =>
    values[(t * KC + k * C) * n + i * columns + j]
  const shown = Math.min(K, 32)
  const tiles = Array.from({ length: shown }, (_, k) => {
    const tile = new Tile({
      rows,
      columns,
      label: `${filters.layer} filter ${k}`,
      onHover: (i, j) => {
        const v = weight(now, k, i, j)
        over(
          [
            h('b', {}, `${filters.layer} filter ${k}, row ${i}, column ${j}`),
            ' is ',
            number(fixed(v)),
            ` at epoch ${epochText(all[now])}; it began at `,
            number(fixed(weight(0, k, i, j))),
            ' and ends at ',
            number(fixed(weight(S - 1, k, i, j))),
            '.',
          ],
          v,
        )
      },
      onLeave: () => over(null, null),
    })
    if (k) tile.element.tabIndex = -1
    return tile
  })
  const gauge = new Gauge()
  gauge.set(s, 'all epochs')
  const element = h(
    'div',
    { class: 'ls-first-filters' },
    h(
      'h3',
      { class: 'ls-label' },
      `${filters.layer} filters`,
      h('span', { class: 'ls-shape' }, shapeText([K, C, rows, columns])),
    ),
    h(
      'div',
      {
        class: 'ls-filter-tiles',
        style: { '--ls-across': String(Math.min(8, Math.ceil(Math.sqrt(shown * 1.5)))) },
      },
      ...tiles.map(t => t.element),
    ),
    gauge.element,
    h(
      'div',
      { class: 'ls-small' },
      `${C > 1 ? 'channel 0 of each' : ''}${shown < K ? `${C > 1 ? ', ' : ''}the first ${shown} of ${K}` : ''}`,
    ),
  )
  return {
    element,
    tiles,
    gauge,
    show: snapshot => {
      now = snapshot
      tiles.forEach((tile, k) =>
        tile.draw(values.subarray((snapshot * KC + k * C) * n, (snapshot * KC + k * C + 1) * n), s),
      )
    },
  }
}
