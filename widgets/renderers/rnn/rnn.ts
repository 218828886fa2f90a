/** RNN unrolled: what does it remember, and how far back does a loss reach? */
import { decode, type RnnView } from 'layerscope/spec'
import {
  button,
  fixed,
  Frame,
  Gauge,
  h,
  here,
  largest,
  number,
  percent,
  redrawing,
  scale,
  segment,
  short,
  Transport,
  type Child,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { DRAWN, Graph, letter, LOG, logOf, stateScale, type Standing } from './graph.ts'
import { compute, differences, fallOver, given, readInputs, readWeights } from './model.ts'
import { chainOf, tables } from './drill.ts'

/** What stays when another state of the view arrives. */
interface Place extends Standing {
  at: number
  radius: number | null
  clip: boolean
  open: boolean
}

export const rnnRenderer: Renderer<RnnView> = redrawing(
  (spec: RnnView, element, context, place: Place | null) => draw(spec, element, context, place),
)

/** Norm that clipping shortens to. */
const LIMIT = 1
/** Steps over which the readout compares |λ|ⁿ with what was measured. */
const OVER = 8

function draw(
  spec: RnnView,
  element: HTMLElement,
  context: RenderContext,
  place: Place | null,
): () => Place {
  const { data } = spec
  const inputs = readInputs(data)
  const { T, H, K, targets } = inputs
  const snapshots = data.weights.map(readWeights)
  const fixedValues = given(data, inputs)
  const yours = data.yours ? { h: decode(data.yours.h), o: decode(data.yours.o) } : null
  const sub = (base: string, i: number): HTMLElement =>
    h('span', { class: 'ls-math' }, base, h('sub', {}, String(i)))

  let at = place && place.at < snapshots.length ? place.at : data.at
  let radius = place?.radius ?? null
  let clip = place?.clip ?? false
  const fits = (pin: readonly [number, number] | null) => (pin && pin[0] < T ? pin : null)
  const stand: Standing = {
    step: place && place.step < 2 * T ? place.step : 2 * T - 1,
    pin: fits(place ? place.pin : data.pin),
    over: null,
    truncate: place?.truncate && place.truncate < T ? place.truncate : null,
  }
  // The keyboard's cursor in the heat map.
  let cursor: [number, number] = stand.pin ? [...stand.pin] : [T - 1, 0]
  const calculate = () => fixedValues ?? compute(inputs, snapshots[at], radius, stand.truncate)
  let u = calculate()

  const frame = new Frame(element, context, {
    drill: 'How was this computed? The chain of factors',
    onTheme: () => {
      gauges.forEach(g => g.redraw())
      paint()
      drill()
    },
    table: () => tables(data, inputs, u),
    keys: {
      ',': () => transport.step(-1),
      '.': () => transport.step(1),
      p: () => transport.toggle(),
      '[': () => turn(-1),
      ']': () => turn(1),
      Escape: () => pin(null),
    },
  })
  const [states, heat, arriving] = [new Gauge(), new Gauge(), new Gauge()]
  const gauges = [states, heat, arriving]
  const graph = new Graph(data, inputs, yours, {
    step: t => over({ t, k: null }),
    pair: (t, k) => {
      cursor = [t, k]
      over({ t, k })
    },
    leave: () => stand.over && over(null),
    pin: (t, k) => pin(same([t, k]) ? null : [t, k]),
    column: (t, what) => {
      const [row, column] = stand.pin ?? [t, t]
      pin(what === 'loss' ? [t, Math.min(t, column)] : [Math.max(t, row), t])
    },
    key,
  }, context.signal) // prettier-ignore
  frame.body.append(
    graph.element,
    h('div', { class: 'ls-gauges' }, states.element, heat.element, arriving.element),
  )
  heat.set(LOG, '‖∂Eₜ/∂hₖ‖, logarithmic, the same scale for every W', ['1e−6', '≥ 1'])

  const transport = new Transport('time', step => {
    stand.step = step
    graph.reveal(step < T ? step : 2 * T - 1 - step)
    paint()
    say()
  }, 420, context.signal) // prettier-ignore
  transport.ticks(
    2 * T,
    i => ({
      major: i === 0 || i === T,
      label: i === 0 ? 'forward' : i === T ? 'back' : undefined,
      say: i < T ? `forward, step ${i + 1}` : `backward, step ${2 * T - i}`,
    }),
    stand.step,
  )
  frame.controls.append(transport.element)

  const most = Math.max(2.4, ...snapshots.map(w => Math.ceil(w.radius * 12) / 10))
  const slider = h('input', {
    type: 'range',
    min: 0,
    max: most,
    step: 0.02,
    'aria-label': 'largest absolute eigenvalue of W',
  })
  const output = h('output', { class: 'ls-num' })
  slider.addEventListener('input', () => {
    radius = Number(slider.value)
    again()
  })
  const trained = button('as trained', () => {
    radius = null
    again()
  })
  const training =
    snapshots.length > 1
      ? segment('training steps', data.weights.map((w, i) => [i, w.label] as const), at, i => {
          at = i
          radius = null
          again()
        }) // prettier-ignore
      : null
  const cuts = [null, 1, 2, 3, 5, 8, 12, 20].filter(n => n === null || n < T)
  const truncation = segment('truncate after', cuts.map(n => [n, n === null ? 'never' : String(n)] as const), stand.truncate, n => {
    stand.truncate = n
    again()
  }) // prettier-ignore
  const clipping = segment('clip at 1', [[false, 'off'], [true, 'on']] as const, clip, on => {
    clip = on
    say()
  }) // prettier-ignore
  if (!fixedValues) {
    if (snapshots[at].radius > 0)
      frame.controls.append(
        h('label', { class: 'ls-slider-field' }, 'max |eigenvalue| of W ', slider, output),
        trained,
      )
    if (training) frame.controls.append(training.element)
  }
  if (T > 1) frame.controls.append(truncation.element)
  if (!fixedValues) frame.controls.append(clipping.element)

  function same([t, k]: readonly [number, number]): boolean {
    return stand.pin?.[0] === t && stand.pin[1] === k
  }
  function again(): void {
    u = calculate()
    paint()
    say()
    drill()
  }
  function turn(d: number): void {
    if (training) training.pick((at + d + snapshots.length) % snapshots.length)
  }
  function over(place: Standing['over']): void {
    stand.over = place
    graph.mark(u, stand)
    needle()
    say()
  }
  function pin(place: [number, number] | null): void {
    stand.pin = place
    if (place) {
      cursor = [...place]
      frame.details.open = true
      if (context.live.state === 'live')
        context.live.event('pin', { index: place }).catch(() => undefined)
    }
    paint()
    say()
    drill()
  }
  function key(e: KeyboardEvent): void {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key] // prettier-ignore
    if (move) {
      const n = e.shiftKey ? 5 : 1
      const t = Math.max(0, Math.min(T - 1, cursor[0] + move[0] * n))
      cursor = [t, Math.max(0, Math.min(t, cursor[1] + move[1] * n))]
      graph.reveal(cursor[1])
      over({ t: cursor[0], k: cursor[1] })
    } else if (e.key === 'Enter' || e.key === ' ') pin(same(cursor) ? null : [...cursor])
    else if (e.key === 'Escape' && stand.over) over(null)
    else return
    e.preventDefault()
    e.stopPropagation()
  }

  function paint(): void {
    const label = data.weights[at]?.label
    const formula = fixedValues
      ? data.network === 'step' ? 'a step of your own' : data.network.toUpperCase()
      : `hₜ = ${data.relu ? 'max(0, ' : 'tanh('}U xₜ + W hₜ₋₁), ôₜ = softmax(V hₜ)` // prettier-ignore
    frame.title(
      spec.title,
      spec.shape ?? `h [${T}, ${H}]`,
      [spec.from, formula, snapshots.length > 1 && label ? `after ${label} training steps` : ''].filter(Boolean).join(' · '),
    ) // prettier-ignore
    states.set(
      stateScale(u, data.relu),
      H > DRAWN ? `values of h, the first ${DRAWN} of ${H} units` : 'values of h, one scale',
    )
    const reached = largest(u.arriving)
    arriving.element.hidden = stand.step < T || (fixedValues !== null && stand.truncate !== null)
    arriving.set(scale('diverging', reached), 'the gradient that arrives at h, ± its largest')
    slider.value = String(u.radius ?? 0)
    output.textContent = u.radius === null ? '' : fixed(u.radius, 2)
    trained.disabled = radius === null
    graph.paint(u, stand)
    needle()
  }
  function needle(): void {
    const where = stand.over?.k != null ? [stand.over.t, stand.over.k] : stand.pin
    heat.point(where ? logOf(u.norms[where[0] * T + where[1]]) : null)
  }

  const steps = (n: number) => `${n} step${n === 1 ? '' : 's'}`
  function sayStep(t: number): Child[] {
    const asked = targets[t]
    const row = Array.from({ length: K }, (_, k) => u.p[t * K + k])
    const best = row.indexOf(Math.max(...row))
    const name = (k: number) => `‘${letter(data.classes[k])}’`
    const lead = `Step ${t + 1}: it reads ‘${letter(data.inputs[t])}’`
    if (asked === null) return [`${lead}; nothing is asked here. It would say ${name(best)} with `, number(percent(row[best])), '.'] // prettier-ignore
    return [
      `${lead} and should say ${name(asked)}. It gives that `,
      number(percent(row[asked])),
      ', so the loss here is ',
      number(short(u.E[t])),
      best === asked ? '.' : `; it would say ${name(best)}.`,
    ]
  }
  function sayPair(t: number, k: number, pinned: boolean): Child[] {
    if (targets[t] === null)
      return [`Step ${t + 1} asks for nothing: there is no loss to reach back.`]
    const v = u.norms[t * T + k]
    const own = u.norms[t * T + t]
    if (stand.truncate !== null && t - k >= stand.truncate)
      return [
        sub('E', t + 1), ' does not reach ', sub('h', k + 1), `: it is cut after ${steps(stand.truncate)}. Uncut, the gradient there has norm `, number(short(v)), '.',
      ] // prettier-ignore
    return [
      pinned ? here('Pinned. ') : '',
      'Change ', sub('h', k + 1), ' a little: the loss ', sub('E', t + 1), t === k ? ' of the same step' : ` ${steps(t - k)} later`, ' moves by ', number(short(v)), ' per unit.',
      t === k || !(own > 0) ? '' : [' That is ', number(short(v / own)), ' of what reaches its own ', sub('h', t + 1), '.'],
    ] // prettier-ignore
  }
  function summary(): Child[] {
    const fall = fallOver(u.norms, T, OVER)
    const measured: Child[] =
      fall === null
        ? []
        : ['Measured over 8 steps: at most ', h('b', {}, number(short(fall))), fall < 0.01 ? ', the gradient vanishes.' : fall > 3 ? ', it explodes.' : '.'] // prettier-ignore
    const lead: Child[] =
      u.radius === null || u.slope === null
        ? [h('b', {}, `Total loss ${fixed(u.total, 2)}. `)]
        : [
            h('b', {}, `Largest |eigenvalue| of W: ${fixed(u.radius, 2)}. `),
            'Alone that would give a factor ', number(short(u.radius ** OVER)), ' over 8 steps; but each step also multiplies by ', data.relu ? '0 or 1' : ['1 − ', h('span', { class: 'ls-math' }, 'h'), '²'], ', on average ', number(fixed(u.slope, 2)), '. ',
          ] // prettier-ignore
    return [...lead, ...measured, ...sayCut(), ...sayClip(), ...sayYours()]
  }
  function sayCut(): Child[] {
    if (stand.truncate === null) return []
    const kept = targets.reduce<number>((n, asked, t) => n + (asked === null ? 0 : Math.min(t + 1, stand.truncate!)), 0) // prettier-ignore
    const all = targets.reduce<number>((n, asked, t) => n + (asked === null ? 0 : t + 1), 0)
    return [
      ` Truncated after ${steps(stand.truncate)}, ${kept} of ${all} pairs are left`,
      u.weightNorm === null || u.fullNorm === null ? '.' : [', and the gradient of the weights has norm ', number(short(u.weightNorm)), ' instead of ', number(short(u.fullNorm)), '.'], // prettier-ignore
    ]
  }
  function sayClip(): Child[] {
    if (!clip || u.weightNorm === null) return []
    const before = u.weightNorm
    return [
      ' Gradient of all weights: norm ', number(short(before)),
      before > LIMIT ? [', clipped to ', number('1'), ': every number in it times ', number(short(LIMIT / before)), '.'] : ', not above 1: clipping leaves it.',
    ] // prettier-ignore
  }
  function sayYours(): Child[] {
    if (!yours || !data.yours) return []
    const wrong = [...differences(u.h, yours.h)]
    if (data.yours.error) return [' ', h('span', { class: 'ls-wrong' }, `Your step failed at ${data.yours.error}`)] // prettier-ignore
    if (wrong.length) {
      const first = wrong[0]
      return [' ', h('span', { class: 'ls-wrong' }, `Your h differs first at step ${Math.floor(first / H) + 1}, unit ${first % H}: `), number(short(yours.h[first])), ', the formula gives ', number(short(u.h[first])), '.'] // prettier-ignore
    }
    const said = [...differences(u.p, yours.o)]
    if (said.length) return [' ', h('span', { class: 'ls-wrong' }, `Your o differs first at step ${Math.floor(said[0] / K) + 1}: `), number(short(yours.o[said[0]])), ', the formula gives ', number(short(u.p[said[0]])), '.'] // prettier-ignore
    return [' ', h('span', { class: 'ls-agrees' }, `Your step agrees in all ${T} steps.`)]
  }
  function say(): void {
    const { over, step } = stand
    if (over) {
      if (over.k === null) frame.say(...sayStep(over.t))
      else frame.say(...sayPair(over.t, over.k, same([over.t, over.k])))
    } else if (step < T) frame.say(...sayStep(step))
    else if (step < 2 * T - 1) {
      const k = 2 * T - 1 - step
      const g = Array.from({ length: H }, (_, i) => u.arriving[k * H + i])
      frame.say(
        here(`Backwards, step ${k + 1}. `),
        'The gradient that arrives at ',
        sub('h', k + 1),
        ' (outlined, right of the values) has norm ',
        number(short(Math.hypot(...g))),
        ': its own loss and everything later.',
      )
    } else if (stand.pin) frame.say(...sayPair(...stand.pin, true), ...sayCut(), ...sayClip())
    else frame.say(...summary())
  }
  function drill(): void {
    frame.drill.replaceChildren(
      ...chainOf(data, inputs, u, stand.pin, k => stand.pin && pin([stand.pin[0], k])),
    )
  }

  paint()
  say()
  drill()
  frame.details.open = place?.open ?? false
  return () => ({
    ...stand,
    over: null,
    at,
    radius,
    clip,
    open: frame.details.open,
  })
}
