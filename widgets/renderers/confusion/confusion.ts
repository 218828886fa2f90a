/** Confusion: what does it mix up? Counts in cells, rows true, columns said; a cell opens into its images. */
import { decode, parseExamples, type ConfusionExamples, type ConfusionView } from 'layerscope/spec'
import {
  button,
  count,
  fixed,
  Frame,
  Gauge,
  h,
  number,
  percent,
  redrawing,
  scale,
  segment,
  Tile,
  tint,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { Counts, orderOf, type Order } from './model.ts'

/** Beyond this many classes the cells are a picture, not buttons. */
const BUTTONS = 30

interface Place {
  pin: [number, number] | null
  order: Order
  all: boolean
}

export const confusionRenderer: Renderer<ConfusionView> = redrawing(
  (spec: ConfusionView, element, context, place: Place | null) =>
    draw(spec, element, context, place),
)

function draw(
  spec: ConfusionView,
  element: HTMLElement,
  context: RenderContext,
  start: Place | null,
): () => Place {
  const { labels } = spec.data
  const K = labels.length
  const counts = new Counts(decode(spec.data.counts), K)
  const place: Place = start ?? { pin: counts.largestMistake, order: 'given', all: false }
  // More of a cell's images than were saved, from the kernel.
  const fetched = new Map<string, ConfusionExamples>()
  let shownImage: number | null = null
  const frame = new Frame(element, context, {
    drill: 'How was this computed? Recall and precision of every class',
    onTheme: () => drawAll(),
    keys: {
      s: () => scaleChoice.pick(!place.all),
      Escape: () => letGo(),
    },
    table: () => table(),
  })
  frame.title(spec.title, spec.shape ?? '', spec.from ?? '')
  const gauge = new Gauge()
  const grid = h('div', { class: 'ls-confusion', role: 'grid', 'aria-label': `${spec.text}` })
  grid.style.setProperty('--ls-classes', String(K))
  const side = h('div', { class: 'ls-confusion-side' })
  frame.body.append(
    h('div', { class: 'ls-confusion-both' }, h('div', {}, grid, gauge.element), side),
  )
  const ramp = () => {
    const largest = counts.largestMistake
    return scale('sequential', place.all ? counts.most : largest ? counts.at(...largest) : 1)
  }
  const say = (i: number, j: number) => {
    const n = counts.at(i, j)
    gauge.point(!place.all && i === j ? null : Math.min(n, ramp().hi))
    if (i === j) {
      const recall = counts.recall(i)
      return frame.say(
        h('b', {}, labels[i]),
        ': ',
        number(count(n)),
        ' of ',
        number(count(counts.rows[i])),
        ` recognised${recall === null ? '' : `, ${percent(recall)}`}.`,
      )
    }
    frame.say(
      number(count(n)),
      ' of ',
      number(count(counts.rows[i])),
      ' ',
      h('b', {}, labels[i]),
      ' images are taken for ',
      h('b', {}, labels[j]),
      '; the other way round it is ',
      number(count(counts.at(j, i))),
      '.',
    )
  }
  const rest = () => {
    gauge.point(null)
    if (place.pin) return say(...place.pin)
    const mistakes = counts.rows.reduce((s, n) => s + n, 0) - sum(K, i => counts.at(i, i))
    frame.say(
      mistakes
        ? `${count(mistakes)} mistakes in all; the surest of them stand at the right. Pin a cell to see its images.`
        : 'No mistakes: every image was recognised.',
    )
  }
  const pin = (i: number, j: number) => {
    place.pin = [i, j]
    markPin()
    drawSide()
    rest()
    if (context.live.state !== 'live') return
    const key = `${i} ${j}`
    context.live.event('pin', { index: [i, j] }).catch(() => undefined)
    if (fetched.has(key) || !counts.at(i, j)) return
    const here = () => !context.signal.aborted && place.pin?.[0] === i && place.pin[1] === j
    context.live
      .event('explain', { index: [i, j] })
      .then(reply => {
        fetched.set(key, parseExamples(reply))
        if (here()) drawSide()
      })
      .catch((e: unknown) => {
        if (!here()) return
        const why = e instanceof Error ? e.message : String(e)
        side.append(h('p', { class: 'ls-small' }, `Its images did not come: ${why}`))
      })
  }
  const letGo = () => {
    place.pin = null
    markPin()
    drawSide()
    rest()
  }
  /** The cells stay, so that a pointer that rests on one does not enter it anew. */
  const markPin = () => {
    if (K > BUTTONS) return drawGrid()
    const order = orderOf(counts, labels, place.order)
    const cells = [...grid.querySelectorAll<HTMLElement>('.ls-cell')]
    const at = place.pin ? order.indexOf(place.pin[0]) * K + order.indexOf(place.pin[1]) : -1
    cells.forEach((cell, n) => {
      cell.setAttribute('aria-selected', String(n === at))
      cell.tabIndex = n === Math.max(0, at) ? 0 : -1
    })
    for (const [selector, which] of [
      ['.ls-class-name', 0],
      ['.ls-column-name', 1],
    ] as const)
      grid
        .querySelectorAll(selector)
        .forEach((name, n) => name.classList.toggle('ls-on', order[n] === place.pin?.[which]))
  }

  const drawGrid = () => {
    const s = ramp()
    gauge.set(s, place.all ? 'all counts' : 'mistakes only; the diagonal is left out of the scale')
    const order = orderOf(counts, labels, place.order)
    if (K > BUTTONS) return drawTile(order, s)
    const on = (i: number, j: number) => place.pin?.[0] === i && place.pin[1] === j
    const first = order[0]
    const head = h(
      'div',
      { role: 'row', class: 'ls-confusion-row' },
      h('span', { class: 'ls-corner', role: 'columnheader' }, 'true / said'),
      ...order.map(j =>
        h(
          'span',
          {
            class: place.pin?.[1] === j ? 'ls-column-name ls-on' : 'ls-column-name',
            role: 'columnheader',
          },
          labels[j],
        ),
      ),
      h('span', { class: 'ls-recall', role: 'columnheader' }, 'recall'),
    )
    const rows = order.map(i => {
      const recall = counts.recall(i)
      return h(
        'div',
        { role: 'row', class: 'ls-confusion-row' },
        h(
          'span',
          {
            class: place.pin?.[0] === i ? 'ls-class-name ls-on' : 'ls-class-name',
            role: 'rowheader',
            title: labels[i],
          },
          labels[i],
        ),
        ...order.map(j => {
          const n = counts.at(i, j)
          const cell = h(
            'button',
            {
              type: 'button',
              role: 'gridcell',
              class: 'ls-cell',
              tabindex: (place.pin ? on(i, j) : i === first && j === first) ? 0 : -1,
              'aria-selected': String(on(i, j)),
              'aria-label': i === j ? `${labels[i]} recognised: ${n}` : `${labels[i]} taken for ${labels[j]}: ${n}`, // prettier-ignore
              onpointerenter: () => say(i, j),
              onfocus: () => say(i, j),
              onclick: () => pin(i, j),
            },
            n === 0 ? '·' : String(n),
          )
          if (i === j && !place.all) cell.classList.add('ls-diagonal')
          else tint(cell, n, s)
          return cell
        }),
        h('span', { class: 'ls-recall', role: 'gridcell' }, recall === null ? '–' : percent(recall, 0)), // prettier-ignore
      )
    })
    grid.replaceChildren(head, ...rows)
  }
  /** Hundreds of classes: one pixel a cell. */
  const drawTile = (order: readonly number[], s: ReturnType<typeof scale>) => {
    const tile = new Tile({
      rows: K,
      columns: K,
      label: 'confusion matrix, rows true, columns said',
      onHover: (i, j) => say(order[i], order[j]),
      onLeave: go => (go ? letGo() : rest()),
      onPin: (i, j) => pin(order[i], order[j]),
    })
    const values = Float32Array.from({ length: K * K }, (_, n) => {
      const [i, j] = [order[Math.floor(n / K)], order[n % K]]
      return i === j && !place.all ? 0 : counts.at(i, j)
    })
    tile.draw(values, s)
    if (place.pin)
      tile.mark({ x: order.indexOf(place.pin[1]), y: order.indexOf(place.pin[0]), w: 1, h: 1 })
    grid.classList.add('ls-many')
    grid.setAttribute('role', 'group')
    grid.replaceChildren(tile.element)
  }
  grid.addEventListener('pointerleave', () => rest())
  grid.addEventListener('keydown', e => {
    const d = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key]
    const cells = [...grid.querySelectorAll<HTMLButtonElement>('.ls-cell')]
    const at = cells.findIndex(c => c === document.activeElement)
    if (!d || at < 0) return
    const step = e.shiftKey ? 5 : 1
    const i = Math.max(0, Math.min(K - 1, Math.floor(at / K) + d[0] * step))
    const j = Math.max(0, Math.min(K - 1, (at % K) + d[1] * step))
    cells.forEach((c, n) => (c.tabIndex = n === i * K + j ? 0 : -1))
    cells[i * K + j].focus()
    e.preventDefault()
    e.stopPropagation()
  })

  const drawSide = () => {
    shownImage = null
    const { pin: at } = place
    const saved = at && spec.data.examples.find(e => e.cell[0] === at[0] && e.cell[1] === at[1])
    const found = at ? (fetched.get(at.join(' ')) ?? saved ?? null) : spec.data.mistakes
    const title = !at
      ? 'The surest mistakes of all'
      : at[0] === at[1]
        ? `${labels[at[0]]}, the surest`
        : `${labels[at[0]]} taken for ${labels[at[1]]}, the surest first`
    const total = at ? counts.at(...at) : null
    side.replaceChildren(
      h('h3', { class: 'ls-label' }, title, total === null || !found ? '' : h('span', { class: 'ls-small' }, `${found.images.length} of ${count(total)}`)), // prettier-ignore
      found?.images.length
        ? pictures(found, at ? null : (spec.data.mistakes?.cells ?? null))
        : h(
            'p',
            { class: 'ls-small' },
            total === 0
              ? 'No image fell into this cell.'
              : context.live.state === 'live'
                ? 'Its images are on their way.'
                : 'This saved view keeps the images of the largest cells; with a kernel, any cell opens.',
          ),
    )
  }
  const pictures = (found: ConfusionExamples, cells: [number, number][] | null) => {
    const [n, C, H, W] = found.pixels.shape
    const values = decode(found.pixels)
    return h(
      'div',
      { class: 'ls-examples' },
      ...Array.from({ length: n }, (_, k) => {
        const part = values.subarray(k * C * H * W, (k + 1) * C * H * W)
        const said = cells?.[k]
        const tell = () => {
          shownImage = k
          const cell = said ?? place.pin
          frame.say(
            h('b', {}, `Image ${found.images[k]}`),
            cell && cell[0] !== cell[1]
              ? `: ${labels[cell[0]]} taken for ${labels[cell[1]]} with `
              : ': recognised with ',
            number(percent(found.probability[k])),
            `. trace(net, set.at(${found.images[k]})) opens it in the feature-map explorer.`,
          )
        }
        const tile = new Tile({
          rows: H,
          columns: W,
          label: `image ${found.images[k]}`,
          onHover: tell,
          onLeave: go => (go ? letGo() : rest()),
          onPin: tell,
        })
        if (k) tile.element.tabIndex = -1
        if (C === 3) tile.drawRgb(part)
        else tile.draw(part.subarray(0, H * W), scale('grey', 1))
        tile.element.addEventListener('keydown', e => {
          const d = { '[': -1, ']': 1 }[e.key]
          const all = side.querySelectorAll<HTMLElement>('.ls-tile')
          if (d === undefined || !all.length) return
          all[(k + d + all.length) % all.length].focus()
          e.preventDefault()
          e.stopPropagation()
        })
        return h(
          'figure',
          {},
          tile.element,
          h(
            'figcaption',
            { class: 'ls-small' },
            said ? `${labels[said[0]]} → ${labels[said[1]]} ` : `${found.images[k]}: `,
            number(percent(found.probability[k], 0)),
          ),
        )
      }),
    )
  }

  const table = () =>
    h(
      'table',
      { class: 'ls-plain' },
      h('caption', {}, 'rows true, columns said'),
      h('tr', {}, h('th', {}), ...labels.map(l => h('th', { scope: 'col' }, l))),
      ...labels.map((l, i) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, l),
          ...labels.map((_, j) => h('td', {}, String(counts.at(i, j)))),
        ),
      ),
    )
  const drill = () => {
    const share = (v: number | null) => (v === null ? '–' : fixed(100 * v, 1))
    frame.drill.replaceChildren(
      h(
        'table',
        { class: 'ls-plain' },
        h('tr', {}, ...['', 'images', 'recognised', 'recall, %', 'said', 'precision, %'].map(t => h('th', { scope: 'col' }, t))), // prettier-ignore
        ...labels.map((l, i) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, l),
            h('td', {}, count(counts.rows[i])),
            h('td', {}, count(counts.at(i, i))),
            h('td', {}, share(counts.recall(i))),
            h('td', {}, count(counts.columns[i])),
            h('td', {}, share(counts.precision(i))),
          ),
        ),
      ),
      h(
        'p',
        { class: 'ls-small ls-how-made' },
        'Each image counts once, in the row of its true class and the column of the largest probability. Recall: the diagonal divided by its row. Precision: the diagonal divided by its column. The surest examples are those with the largest probability of what was said.',
      ),
    )
  }

  const scaleChoice = segment(
    'scale',
    [
      [false, 'mistakes only'],
      [true, 'all counts'],
    ],
    place.all,
    all => {
      place.all = all
      drawGrid()
    },
  )
  frame.controls.append(
    scaleChoice.element,
    segment(
      'classes',
      [
        ['given', 'as given'],
        ['name', 'by name'],
        ['similar', 'mixed up together'],
      ] as const,
      place.order,
      order => {
        place.order = order
        drawGrid()
      },
    ).element,
    button('largest mistake', () => {
      const largest = counts.largestMistake
      if (largest) pin(...largest)
    }),
    button('surest mistakes', () => letGo()),
  )
  const drawAll = () => {
    drawGrid()
    gauge.redraw()
    if (shownImage === null) drawSide()
  }
  drawAll()
  drill()
  rest()
  return () => place
}

function sum(n: number, f: (i: number) => number): number {
  let total = 0
  for (let i = 0; i < n; i++) total += f(i)
  return total
}
