/** Neuron text: what does this cell keep track of? Text tinted by one cell, what it looked back to, where the state is similar. */
import type { ReadingView } from 'layerscope/spec'
import {
  button,
  css,
  fixed,
  Frame,
  Gauge,
  h,
  here,
  number,
  percent,
  redrawing,
  rove,
  scale,
  segment,
  type Child,
  type RenderContext,
  type Renderer,
  type Scale,
} from '../../parts/index.ts'
import { reachCurves } from './curve.ts'
import { decodeRows, equation, GateStrip, sayGates } from './gates.ts'
import { cosines, farthest, letter, lookedBack, nearest, readText } from './model.ts'

type Mode = ReadingView['data']['mode']
interface Place {
  unit: number
  pin: number | null
  at: number
  mode: Mode
  open: boolean
}

export const readingRenderer: Renderer<ReadingView> = redrawing(
  (spec: ReadingView, element, context, place: Place | null) => draw(spec, element, context, place),
)

/** Tints stop half way up the ramp, so that the ink on them keeps its contrast. */
const TINT: Scale = scale('diverging', 2.7)
/** Weaker correlations are called so. */
const WEAK = 0.6
/** Rows of the table, and characters a line is taken for where there is no layout. */
const [TABLE, LINE] = [200, 60]

function draw(
  spec: ReadingView,
  element: HTMLElement,
  context: RenderContext,
  place: Place | null,
): () => Place {
  const { data } = spec
  const text = readText(data)
  const { T, H } = text
  let unit = place && place.unit < H ? place.unit : data.unit
  let pin = place ? (place.pin !== null && place.pin < T ? place.pin : null) : data.pin
  let cursor = Math.min(T - 1, place?.at ?? pin ?? 0)
  let over: number | null = null
  let mode: Mode = place?.mode ?? data.mode
  const value = (t: number, u = unit) => text.states[t * H + u]
  const word = data.state === 'c' ? 'cell' : 'unit'
  const quoted = (t: number) => `‘${letter(data.characters[t] ?? '')}’`

  const frame = new Frame(element, context, {
    onTheme: () => {
      gauge.redraw()
      strip.redraw()
      paint()
    },
    table: () => table(),
    keys: {
      '[': () => pick((unit + H - 1) % H),
      ']': () => pick((unit + 1) % H),
      Escape: () => letGo(),
    },
  })

  // The text.
  const places = new Map<EventTarget, number>()
  const spans = data.characters.map((c, t) => {
    const e = h('span', {}, c === '\n' ? '↵\n' : c)
    places.set(e, t)
    return e
  })
  const prose = h(
    'div',
    {
      class: 'ls-prose',
      tabindex: 0,
      role: 'application',
      'aria-roledescription': 'text coloured by a cell',
      'aria-label': `${T} characters; arrow keys read them one by one`,
    },
    data.before ? h('span', { class: 'ls-before' }, data.before) : null,
    ...spans,
  )
  prose.addEventListener('pointerover', e => {
    const t = places.get(e.target ?? prose)
    if (t !== undefined) point(t)
  })
  prose.addEventListener('pointerleave', () => point(null))
  prose.addEventListener('click', e => {
    const t = places.get(e.target ?? prose)
    if (t !== undefined) setPin(pin === t ? null : t)
  })
  prose.addEventListener('focus', () => prose.matches(':focus-visible') && point(cursor))
  prose.addEventListener('keydown', e => {
    const n = e.shiftKey ? 5 : 1
    if (e.key === 'ArrowLeft') point(cursor - n)
    else if (e.key === 'ArrowRight') point(cursor + n)
    else if (e.key === 'ArrowUp') point(line(-1))
    else if (e.key === 'ArrowDown') point(line(1))
    else if (e.key === 'Home') point(0)
    else if (e.key === 'End') point(T - 1)
    else if (e.key === 'Enter' || e.key === ' ') setPin(pin === cursor ? null : cursor)
    else return
    spans[cursor].scrollIntoView?.({ block: 'nearest' })
    e.preventDefault()
    e.stopPropagation()
  })
  /** The character above or below the cursor, as the text is broken. */
  function line(d: -1 | 1): number {
    const { offsetTop: top, offsetLeft: left, offsetHeight: height } = spans[cursor]
    if (!height) return cursor + d * LINE
    let t = cursor
    while (spans[t + d] && spans[t].offsetTop === top) t += d
    const next = spans[t].offsetTop
    if (next === top) return cursor
    let best = t
    for (; spans[t] && spans[t].offsetTop === next; t += d)
      if (Math.abs(spans[t].offsetLeft - left) < Math.abs(spans[best].offsetLeft - left)) best = t
    return best
  }

  // The cells.
  const most = Math.max(...text.spread, 1e-9)
  const every = h(
    'div',
    { class: 'ls-all-units', role: 'group', 'aria-label': `all ${word}s, brighter where they vary more` },
    ...Array.from({ length: H }, (_, u) =>
      button('', () => pick(u), {
        'aria-label': `${word} ${u}, standard deviation ${fixed(text.spread[u], 2)}`,
        title: `${word} ${u}`,
        'aria-pressed': String(u === unit),
      }),
    ),
  ) // prettier-ignore
  const named: { button: HTMLButtonElement; unit: number }[] = []
  const features = data.features
    .filter(f => f.units.length)
    .sort((a, b) => Math.abs(b.units[0].correlation) - Math.abs(a.units[0].correlation))
    .map(f => {
      const chance = f.units[0].p !== null && f.units[0].p > 0.05
      return h(
        'div',
        { class: 'ls-feature' },
        h('span', {}, f.name, chance ? h('small', {}, ' by chance?') : null),
        rove(
          h(
            'div',
            { role: 'group', 'aria-label': f.name },
            ...f.units.map(u => {
              const b = button([`${u.unit} `, h('small', {}, fixed(u.correlation, 2))], () => pick(u.unit), {
                'aria-label': `${u.unit} ${fixed(u.correlation, 2)}, a ${word} and its correlation with ${f.name}`,
                'aria-pressed': String(u.unit === unit),
              }) // prettier-ignore
              named.push({ button: b, unit: u.unit })
              return b
            }),
          ),
        ),
      )
    })
  const aside = h('div', { class: 'ls-aside' })
  const gauge = new Gauge()
  const strip = new GateStrip(data.characters, t => point(t, false), t => setPin(pin === t ? null : t)) // prettier-ignore
  const gates = h('div', { class: 'ls-gates' }, h('h3', { class: 'ls-label' }, ''), strip.element)
  frame.body.append(
    h(
      'div',
      { class: 'ls-reading' },
      h(
        'div',
        { class: 'ls-units' },
        ...(features.length
          ? [h('h3', { class: 'ls-label' }, `${word === 'cell' ? 'Cells' : 'Units'} that follow something `, h('span', { class: 'ls-small' }, 'correlation')), ...features]
          : []),
        h('h3', { class: 'ls-label' }, `All ${H} `, h('span', { class: 'ls-small' }, 'bright: varies much')),
        rove(every),
      ),
      h('div', { class: 'ls-text' }, prose, gauge.element),
      aside,
    ),
    gates,
  ) // prettier-ignore
  gauge.set(scale('diverging', 1), `${data.state === 'c' ? 'memory of the cell, tanh(c)' : 'state of the unit'}; tints kept light to read on`) // prettier-ignore

  const modes = segment<Mode>('colour shows', [['cell', `this ${word}`], ['back', 'looked back to'], ['similar', 'similar states']], mode, m => {
    mode = m
    // A question about a character needs one.
    if (m !== 'cell' && pin === null) pin = Math.min(T - 1, cursor || Math.floor(T / 2))
    paint()
    say()
    drill()
  }) // prettier-ignore
  frame.controls.append(
    modes.element,
    button(`◂ ${word}`, () => pick((unit + H - 1) % H), { title: 'Previous ([)' }),
    button(`${word} ▸`, () => pick((unit + 1) % H), { title: 'Next (])' }),
  )

  function pick(u: number): void {
    unit = u
    mode = 'cell'
    modes.show('cell')
    loadGates()
    paint()
    say()
    drill()
  }
  function point(t: number | null, follow = true): void {
    over = t === null ? null : Math.max(0, Math.min(T - 1, t))
    if (over !== null) cursor = over
    mark(follow)
    say()
  }
  function setPin(t: number | null): void {
    pin = t
    if (t !== null) {
      cursor = t
      frame.details.open = true
      if (context.live.state === 'live')
        context.live.event('pin', { index: [t] }).catch(() => undefined)
    } else {
      mode = 'cell'
      modes.show('cell')
    }
    paint()
    say()
    drill()
  }
  function letGo(): void {
    if (over !== null && pin === null) return point(null)
    over = null
    setPin(null)
  }

  // Gates: saved for some cells, asked of the kernel for others.
  let asked = 0
  function loadGates(): void {
    if (data.network === 'rnn') return
    const saved = data.gates.find(g => g.unit === unit)
    if (saved) return strip.show(decodeRows(saved.rows))
    if (context.live.state !== 'live')
      return strip.show(`The gates of ${word} ${unit} are not saved here; run the cell again to see them. Saved: ${data.gates.map(g => g.unit).join(', ') || 'none'}.`) // prettier-ignore
    strip.show('Asking the kernel for its gates…')
    const mine = ++asked
    context.live.event('explain', { unit }).then(
      reply => mine === asked && !context.signal.aborted && takeGates(reply),
      (e: unknown) => mine === asked && strip.show(`The kernel did not answer: ${e instanceof Error ? e.message : String(e)}`), // prettier-ignore
    )
  }
  function takeGates(reply: unknown): void {
    const rows = (reply as { rows?: unknown } | null)?.rows // looked at in the next lines
    const known = Array.isArray(rows)
      ? rows.flatMap((row: unknown) => {
          const { name, values } = (row ?? {}) as { name?: unknown; values?: unknown }
          const found = NAMES.find(n => n === name)
          return found && Array.isArray(values) && values.length === T && values.every(v => typeof v === 'number')
            ? [{ name: found, values: values as number[] }]
            : []
        }) // prettier-ignore
      : []
    strip.show(known.length ? known : 'The kernel knows no gates of this network.')
    mark(false)
    say()
    drill()
  }

  // Painting.
  let similar: Float64Array | null = null
  let hits: number[] = []
  const wash = (q: number) => `color-mix(in srgb, var(--ls-pin) ${Math.round(Math.max(0, Math.min(1, q)) * 46)}%, var(--ls-paper))` // prettier-ignore
  function paint(): void {
    const about = mode !== 'cell' ? pin : null
    similar = mode === 'similar' && about !== null ? cosines(text, about) : null
    hits = similar && about !== null ? nearest(similar, about) : []
    // States of one network point in similar directions: the middle one has no colour.
    const middle = similar ? [...similar].sort((a, b) => a - b)[Math.floor(T / 2)] : 0
    const back = mode === 'back' && about !== null ? lookedBack(text, about) : null
    spans.forEach((e, t) => {
      e.style.background = similar
        ? wash(Math.max(0, (similar[t] - middle) / (1 - middle || 1)) ** 2)
        : back
          ? Number.isNaN(back[t]) ? '' : wash(back[t])
          : mode === 'cell'
            ? css(value(t), TINT)
            : '' // prettier-ignore
    })
    gauge.element.style.visibility = mode === 'cell' ? 'visible' : 'hidden'
    const top = scale('sequential', most)
    every.querySelectorAll('button').forEach((b, u) => {
      b.style.setProperty('--cell', css(text.spread[u], top))
      b.setAttribute('aria-pressed', String(u === unit))
    })
    for (const { button: b, unit: u } of named)
      b.setAttribute('aria-pressed', String(u === unit && mode === 'cell'))
    const what = data.state === 'c' ? 'c' : 'h'
    const title =
      mode === 'cell'
        ? data.state === 'c' ? `Memory cell ${unit}` : `Unit ${unit}`
        : mode === 'back' ? 'What it looked back to' : 'Where the state is similar' // prettier-ignore
    frame.title(title, mode === 'back' ? `[${T}, ${text.D}]` : `${what} [${T}, ${H}]`, [spec.title, spec.from].filter(Boolean).join(' · ')) // prettier-ignore
    gates.hidden = data.network === 'rnn'
    gates.querySelector('h3')?.replaceChildren(`Gates of ${word} ${unit} `, h('span', { class: 'ls-small' }, 'one column a character')) // prettier-ignore
    mark(true)
  }
  function mark(follow: boolean): void {
    const hit = new Set(hits)
    spans.forEach((e, t) => {
      const name = [t === pin && 'ls-pinned', t === over && 'ls-over', hit.has(t) && 'ls-hit'].filter(Boolean).join(' ') // prettier-ignore
      if (e.className !== name) e.className = name
    })
    strip.mark(pin, over, follow)
    const t = over ?? pin
    gauge.point(mode === 'cell' && t !== null ? value(t) : null)
    expectations(mode === 'cell' ? (over ?? pin ?? cursor) : (pin ?? cursor))
  }
  function expectations(t: number): void {
    const { n, characters, probabilities } = text.expected
    const next = data.characters[t + 1]
    const rows = Array.from({ length: n }, (_, k) => {
      const c = data.vocabulary[characters[t * n + k]]
      const p = probabilities[t * n + k]
      const right = c !== undefined && c === next ? 'ls-true' : ''
      return [
        h('span', { class: right }, c === undefined ? '?' : letter(c)),
        h('i', { class: right, style: { width: `${Math.max(0, Math.min(1, p)) * 100}%` } }),
        h('span', { class: right }, percent(p, 0)),
      ]
    })
    aside.replaceChildren(
      h('div', {},
        h('h3', { class: 'ls-label' }, 'what it expects next ', h('span', { class: 'ls-small' }, `after ${quoted(t)}`)),
        h('div', { class: 'ls-expected' }, ...rows.flat()),
        h('p', { class: 'ls-small' }, next === undefined ? 'the text ends here' : ['true next: ', h('b', { class: 'ls-num' }, letter(next)), `, given ${percent(text.next[t])}`]),
      ),
      hits.length && similar
        ? h('div', {},
            h('h3', { class: 'ls-label' }, 'most similar states'),
            h('div', { class: 'ls-context' }, ...hits.slice(0, 6).map(j => h('button', { type: 'button', onclick: () => setPin(j), 'aria-label': `pin character ${j}, cosine ${fixed(similar?.[j] ?? 0, 2)}` }, data.characters.slice(Math.max(0, j - 11), j).map(letter).join(''), here(letter(data.characters[j])), h('small', {}, ` ${fixed(similar?.[j] ?? 0, 2)}`)))),
          )
        : h('span'),
      mode === 'back' ? (reachCurves(data.reach) ?? h('span')) : h('span'),
    ) // prettier-ignore
  }

  // Words.
  function feature(): Child[] {
    const found = data.features.flatMap(f => f.units.filter(u => u.unit === unit).map(u => ({ name: f.name, ...u }))) // prettier-ignore
    const best = found.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))[0]
    if (!best) return [h('b', {}, `${word === 'cell' ? 'Cell' : 'Unit'} ${unit}`), data.features.length ? ` is not among the best for any of the ${data.features.length} properties tested.` : '.'] // prettier-ignore
    const weak = Math.abs(best.correlation) < WEAK
    return [
      h('b', {}, `${word === 'cell' ? 'Cell' : 'Unit'} ${unit}`),
      ` correlates with ‘${best.name}’ at `,
      number(fixed(best.correlation, 2)),
      best.auc === null ? '' : [' (AUC ', number(fixed(best.auc, 2)), ')'],
      best.p === null ? '' : best.p > 0.05 ? [': some cell does as well by chance, p ', number(fixed(best.p, 3))] : weak ? ', more than chance, but weak: read the colours before you believe the name' : [', p ', number(fixed(best.p, 3))],
      '.',
    ] // prettier-ignore
  }
  function say(): void {
    const t = over
    if (mode === 'back' && pin !== null && (t === null || t === pin)) {
      if (!text.influence)
        return frame.say('What it looked back to was not computed for this view.')
      if (pin === T - 1) return frame.say('Nothing follows the last character: there is no prediction to look back from.') // prettier-ignore
      const far = farthest(text, pin)
      const half = data.reach[0]
      return frame.say(
        here(`At ${quoted(pin)}`),
        `, predicting ${quoted(pin + 1)}: its logit depends most on the coloured characters; the farthest with at least a quarter of the strongest influence lies `,
        number(String(far)),
        ` character${far === 1 ? '' : 's'} back.`,
        half
          ? [
              ' On average half of the influence ',
              half.half
                ? [
                    'lies within ',
                    number(String(half.half)),
                    ` character${half.half === 1 ? '' : 's'} back.`,
                  ]
                : 'lies on the character just read.',
            ]
          : '',
      )
    }
    if (mode === 'similar' && pin !== null && (t === null || t === pin))
      return frame.say(here(`At ${quoted(pin)}`), ': coloured places have a state more like it than half of the text has (cosine over all ', number(String(H)), ` ${word}s); the ${hits.length} nearest are underlined.`) // prettier-ignore
    if (t === null && pin === null)
      return frame.say(...feature(), ' Orange is positive, blue negative. ', data.network === 'rnn' ? '' : sayGates(strip.rows, unit)) // prettier-ignore
    const at = t ?? pin ?? 0
    const back = mode === 'back' && pin !== null ? lookedBack(text, pin)[at] : NaN
    frame.say(
      at === pin ? here('Pinned: ') : '',
      `${quoted(at)} (character ${at})`,
      mode === 'similar' && similar
        ? [', cosine ', number(fixed(similar[at], 2)), '.']
        : mode === 'back' && pin !== null
          ? Number.isNaN(back) ? ' lies outside what was looked at.' : [' has ', number(percent(back, 0)), ' of the strongest influence.']
          : [`: ${word} ${unit} is `, number(fixed(value(at), 2)), '.'],
      at + 1 < T ? [` It gives the true next character ${quoted(at + 1)} `, number(percent(text.next[at])), '.'] : '',
      at === pin && mode === 'cell' ? ' Choose ‘looked back to’ or ‘similar states’ to follow it.' : '',
    ) // prettier-ignore
  }
  function drill(): void {
    const sum = pin !== null && mode === 'cell' ? equation(strip.rows, pin) : null
    frame.drill.replaceChildren(
      ...(sum && pin !== null ? [h('p', { class: 'ls-small' }, `${word === 'cell' ? 'Cell' : 'Unit'} ${unit} after ${quoted(pin)}, with c′ and h′ from before:`), sum] : []),
      h('p', { class: 'ls-small ls-prose-note' },
        `Colour: ${data.state === 'c' ? 'tanh of the memory c' : 'the state h'} of the chosen ${word} after reading the character. Correlations are over this passage, the best of ${H} ${word}s for each property; p is the share of times that the best ${word} followed the property as well after it had been moved along the text. Looked back to: the length of ∂ logit(true next) / ∂ x, with x the embedding, for the ${text.D} characters up to it, divided by the largest. Similar: cosine between the whole states.`),
    ) // prettier-ignore
  }
  function table(): HTMLElement {
    const from = Math.max(0, Math.min(T - TABLE, cursor - TABLE / 2))
    const { n, characters, probabilities } = text.expected
    return h(
      'table',
      { class: 'ls-plain' },
      h('tr', {}, ...['character', '', `${word} ${unit}`, 'expects', 'with', 'true next', 'given'].map(c => h('th', {}, c))),
      ...Array.from({ length: Math.min(T, TABLE) }, (_, i) => {
        const t = from + i
        return h('tr', {},
          h('th', {}, String(t)),
          h('td', {}, letter(data.characters[t])),
          h('td', {}, fixed(value(t), 2)),
          h('td', {}, letter(data.vocabulary[characters[t * n]] ?? '?')),
          h('td', {}, percent(probabilities[t * n])),
          h('td', {}, t + 1 < T ? letter(data.characters[t + 1]) : ''),
          h('td', {}, t + 1 < T ? percent(text.next[t]) : ''),
        )
      }),
    ) // prettier-ignore
  }

  context.live.onChange(() => loadGates(), context.signal)
  loadGates()
  paint()
  say()
  drill()
  frame.details.open = place?.open ?? false
  return () => ({ unit, pin, at: cursor, mode, open: frame.details.open })
}

const NAMES = ['input', 'forget', 'output', 'reset', 'update', 'candidate', 'memory', 'state'] as const // prettier-ignore
