/** Training: loss and accuracy live over one axis, pause, step; and what the numbers say. */
import type { TrainingPoint, TrainingState, TrainingView } from 'layerscope/spec'
import {
  button,
  fixed,
  Frame,
  h,
  here,
  number,
  percent,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { append, recentLoss, secondsLeft, sentence, share, type Field } from './model.ts'
import { Curves } from './plot.ts'

/** Redraws at most this often, in ms. */
const FRAME = 60

export const trainingRenderer: Renderer<TrainingView> = (spec, element, context) => {
  const view = new Training(spec, element, context)
  return { update: next => view.update(next), dispose: () => view.dispose() }
}

class Training {
  #data: TrainingView['data']
  readonly #frame: Frame
  readonly #plot = h('div', {
    class: 'ls-plot',
    role: 'application',
    tabindex: 0,
    'aria-roledescription': 'curves',
  })
  readonly #curves = new Curves(this.#plot)
  readonly #numbers = h('div', { class: 'ls-facts' })
  readonly #facts = h('div', { class: 'ls-small' })
  readonly #bar = h(
    'div',
    {
      class: 'ls-progress',
      role: 'progressbar',
      'aria-label': 'progress',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    h('i'),
  )
  readonly #pause: HTMLButtonElement
  readonly #step: HTMLButtonElement
  readonly #epoch: HTMLButtonElement
  #cursor: number | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #drawn = 0
  #visible = false
  readonly #observers: { disconnect(): void }[] = []

  constructor(
    private spec: TrainingView,
    element: HTMLElement,
    private readonly context: RenderContext,
  ) {
    this.#data = spec.data
    this.#frame = new Frame(element, context, {
      drill: 'The numbers of every test',
      onTheme: () => this.#soon(),
      table: () => this.#table(),
      keys: {
        p: () => this.#togglePause(),
        '.': () => this.#send('step'),
        Escape: () => this.#moveCursor(null),
      },
    })
    this.#pause = button('pause', () => this.#togglePause(), { class: 'ls-pause' })
    this.#step = button('one step', () => this.#send('step'))
    this.#epoch = button('one epoch', () => this.#send('epoch'))
    this.#frame.controls.append(this.#pause, this.#step, this.#epoch, this.#facts)
    this.#frame.body.append(this.#bar, this.#numbers, this.#plot)
    this.#plot.addEventListener('pointermove', e =>
      this.#moveCursor(this.#nearest(this.#curves.epochAt(e.clientX, this.#range()))),
    )
    this.#plot.addEventListener('pointerleave', () => this.#moveCursor(null))
    this.#plot.addEventListener('keydown', e => {
      const d = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[
        e.key
      ]
      if (d === undefined) return
      const n = this.#data.points.length
      this.#moveCursor(
        Math.max(0, Math.min(n - 1, (this.#cursor ?? n - 1) + d * (e.shiftKey ? 5 : 1))),
      )
      e.preventDefault()
      e.stopPropagation()
    })
    context.live.onMessage(m => {
      if (m.type !== 'append') return
      this.#data = {
        ...this.#data,
        points: append(this.#data.points, m.points),
        state: m.state,
        speed: m.speed,
      }
      this.#soon()
    }, context.signal)
    context.live.onChange(() => this.#soon(), context.signal)
    // Off the screen nothing is drawn; what came meanwhile is drawn once when it comes back.
    const seen = new IntersectionObserver(entries => {
      this.#visible = entries.some(e => e.isIntersecting)
      if (this.#visible) this.#soon()
    })
    seen.observe(this.#plot)
    let width = 0
    const sized = new ResizeObserver(() => {
      if (Math.abs(this.#plot.clientWidth - width) < 2) return
      width = this.#plot.clientWidth
      this.#soon()
    })
    sized.observe(this.#plot)
    this.#observers.push(seen, sized)
    this.#words()
  }

  update(next: TrainingView): void {
    this.spec = next
    this.#data = next.data
    this.#soon()
  }
  dispose(): void {
    for (const o of this.#observers) o.disconnect()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#curves.dispose()
  }

  #range(): number {
    const { epochs, points } = this.#data
    return epochs ?? Math.max(1, points.length ? points[points.length - 1].epoch : 1)
  }

  /** Newest frame only. */
  #soon(): void {
    if (this.#timer !== null) return
    const wait = Math.max(0, this.#drawn + FRAME - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#drawn = performance.now()
      this.#words()
      if (this.#visible)
        this.#curves
          .draw(
            this.#data.points,
            this.#data.epochs,
            this.#cursor === null ? null : (this.#data.points[this.#cursor]?.epoch ?? null),
          )
          .catch((e: unknown) =>
            this.#plot.replaceChildren(
              h(
                'p',
                { class: 'ls-small' },
                `The curves could not be drawn (${e instanceof Error ? e.message : String(e)}); the numbers stand above, and under t.`,
              ),
            ),
          )
    }, wait)
  }

  #words(): void {
    const { points, state, epochs, facts, controls, speed } = this.#data
    const live = this.context.live.state === 'live'
    const last = points.length ? points[points.length - 1] : null
    this.#frame.title(
      this.spec.title,
      last
        ? `epoch ${fixed(last.epoch, last.epoch % 1 ? 1 : 0)}${epochs ? ` of ${epochs}` : ''}`
        : '',
      this.spec.from ?? '',
    )
    if (live) this.#frame.state(...STATE[state])
    const newest = (field: Field) => points.findLast(p => typeof p[field] === 'number')?.[field]
    const figure = (name: string, text: string | null) =>
      text === null ? null : h('span', {}, name, h('b', { class: 'ls-num' }, text))
    const value = (v: number | null | undefined, f: (v: number) => string) =>
      typeof v === 'number' ? f(v) : null
    this.#numbers.replaceChildren(
      ...[
        figure(
          'training loss, last 10',
          value(recentLoss(points), v => fixed(v)),
        ),
        figure(
          'test loss',
          value(newest('testLoss'), v => fixed(v)),
        ),
        figure(
          'test accuracy',
          value(newest('testAccuracy'), v => percent(v)),
        ),
        figure('steps', last ? last.step.toLocaleString('en') : null),
        figure('speed', live && state === 'running' && speed ? `${fixed(speed, 0)} steps/s` : null),
        figure(
          'left',
          live && state === 'running'
            ? value(secondsLeft(this.#data), v =>
                v < 90 ? `${Math.round(v)} s` : `${Math.round(v / 60)} min`,
              )
            : null,
        ),
      ].filter(n => n !== null),
    )
    const done = share(this.#data)
    this.#bar.hidden = done === null || state === 'done' || !live
    if (done !== null) {
      const i = this.#bar.firstElementChild as HTMLElement // made with the bar
      i.style.width = `${done * 100}%`
      this.#bar.setAttribute('aria-valuenow', String(Math.round(done * 100)))
    }
    this.#facts.textContent = facts.map(([k, v]) => `${k} ${v}`).join(' · ')
    const can = live && (state === 'running' || state === 'paused')
    const offers = (c: 'pause' | 'step' | 'epoch') => controls.includes(c)
    this.#pause.hidden = !offers('pause')
    this.#step.hidden = !offers('step')
    this.#epoch.hidden = !offers('epoch')
    this.#pause.textContent = state === 'paused' ? 'resume' : 'pause'
    for (const b of [this.#pause, this.#step, this.#epoch])
      b.disabled = !can && !(live && state === 'ready')
    if (live && state !== 'running' && state !== 'paused' && state !== 'ready')
      for (const b of [this.#pause, this.#step, this.#epoch]) b.disabled = true
    this.#plot.setAttribute('aria-label', this.spec.text)
    this.#say()
    const tests = points.filter(p => p.testLoss !== undefined || p.testAccuracy !== undefined)
    if (this.#frame.drill.childElementCount === 0 || this.#tests !== tests.length) {
      this.#tests = tests.length
      this.#frame.drill.replaceChildren(
        tests.length
          ? table(tests)
          : h('p', { class: 'ls-small' }, 'No test has been reported yet.'),
      )
    }
  }
  #tests = -1

  #say(): void {
    const p = this.#cursor === null ? null : this.#data.points[this.#cursor]
    if (!p) return this.#frame.say(sentence(this.#data))
    const said = (name: string, v: number | null | undefined, f: (v: number) => string) =>
      v === undefined ? [] : [`, ${name} `, number(v === null ? 'not a number' : f(v))]
    this.#frame.say(
      here(`Step ${p.step.toLocaleString('en')}, epoch ${fixed(p.epoch, 2)}`),
      ...said('training loss', p.loss, fixed),
      ...said('training accuracy', p.accuracy, percent),
      ...said('test loss', p.testLoss, fixed),
      ...said('test accuracy', p.testAccuracy, percent),
      '.',
    )
  }

  #nearest(epoch: number): number | null {
    const { points } = this.#data
    let best: number | null = null
    for (let i = 0; i < points.length; i++)
      if (best === null || Math.abs(points[i].epoch - epoch) < Math.abs(points[best].epoch - epoch))
        best = i
    return best
  }
  #moveCursor(i: number | null): void {
    if (i === this.#cursor) return
    this.#cursor = i
    this.#say()
    this.#soon()
  }

  #togglePause(): void {
    if (this.#pause.disabled) return
    this.#send(this.#data.state === 'paused' ? 'resume' : 'pause')
  }
  #send(name: 'pause' | 'resume' | 'step' | 'epoch'): void {
    if (this.context.live.state !== 'live') return
    this.context.live
      .event(name, {})
      .catch((e: unknown) =>
        this.#frame.say(
          `The kernel did not take it: ${e instanceof Error ? e.message : String(e)}`,
        ),
      )
  }

  #table(): Node {
    const { points } = this.#data
    const step = Math.max(1, Math.ceil(points.length / 60))
    return table(
      points.filter(
        (p, i) => i % step === 0 || p.testLoss !== undefined || i === points.length - 1,
      ),
    )
  }
}

const STATE: Record<TrainingState, [string, string]> = {
  ready: ['', 'ready'],
  running: ['ls-busy', 'training'],
  paused: ['ls-warn', 'paused'],
  done: ['ls-live', 'done'],
  stopped: ['ls-warn', 'stopped'],
}

function table(points: readonly TrainingPoint[]): HTMLElement {
  const cell = (v: number | null | undefined, f: (v: number) => string) =>
    h('td', {}, v === undefined ? '' : v === null ? 'not a number' : f(v))
  return h(
    'table',
    { class: 'ls-plain' },
    h(
      'tr',
      {},
      ...['step', 'epoch', 'loss', 'accuracy', 'test loss', 'test accuracy'].map(t =>
        h('th', {}, t),
      ),
    ),
    ...points.map(p =>
      h(
        'tr',
        {},
        h('td', {}, p.step.toLocaleString('en')),
        h('td', {}, fixed(p.epoch, 2)),
        cell(p.loss, fixed),
        cell(p.accuracy, percent),
        cell(p.testLoss, fixed),
        cell(p.testAccuracy, percent),
      ),
    ),
  )
}
