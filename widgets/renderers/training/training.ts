/**
 * Training: loss and accuracy live over one axis; the snapshots as a line with branches, to look back, go back and branch;
 * what the layers looked like; and what the numbers say.
 */
import type { EventName, TrainingPoint, TrainingState, TrainingView } from 'layerscope/spec'
import {
  button,
  fixed,
  Frame,
  h,
  here,
  number,
  percent,
  segment,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { branchForm } from './branch-form.ts'
import { drawCurves, drawRail, extent, hasAccuracy, Layout, nearest } from './curves.ts'
import { append, recentLoss, secondsLeft, sentence, share, type Field } from './model.ts'
import { snapshotPanel, snapshotTable } from './panel.ts'
import { figuresAt, grownSince, pathTo, runsOf, type Run } from './runs.ts'

/** Redraws at most this often, in ms. */
const FRAME = 60

export const trainingRenderer: Renderer<TrainingView> = (spec, element, context) => {
  const view = new Training(spec, element, context)
  return { update: next => view.update(next), dispose: () => view.dispose() }
}

class Training {
  #data: TrainingView['data']
  #runs: Run[]
  /** The run looked at, and its snapshot; `#follow`: the newest, whatever comes. */
  #run = 0
  #snapshot: number | null = null
  #follow = true
  /** Position of the point under the pointer, in `#path`. */
  #cursor: number | null = null
  #path: TrainingPoint[] = []
  #wide = false
  #over: 'now' | 'time' = 'now'
  #layout: Layout
  readonly #frame: Frame
  readonly #chart = h('svg', { class: 'ls-chart', 'aria-hidden': 'true' })
  readonly #overlay = h('svg', { class: 'ls-chart ls-overlay', 'aria-hidden': 'true' })
  readonly #plot = h(
    'div',
    { class: 'ls-plot', role: 'application', tabindex: 0, 'aria-roledescription': 'curves' },
    this.#chart,
    this.#overlay,
  )
  readonly #railPicture = h('svg', { class: 'ls-chart', 'aria-hidden': 'true' })
  readonly #rail = h(
    'div',
    { class: 'ls-rail', role: 'slider', tabindex: 0, 'aria-label': 'snapshot', 'aria-valuemin': 0 },
    this.#railPicture,
  )
  readonly #panel = h('div', { class: 'ls-snapshot' })
  readonly #numbers = h('div', { class: 'ls-facts' })
  readonly #facts = h('div', { class: 'ls-small ls-run-facts' })
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
  readonly #pause = button('pause', () => this.#togglePause(), { class: 'ls-pause' })
  readonly #step = button('one step', () => this.#send('step'))
  readonly #epoch = button('one epoch', () => this.#send('epoch'))
  readonly #rewind = button('rewind to here', () => this.#goBack())
  readonly #branch = button('branch from here …', () => this.#openForm())
  readonly #newest = button('go to newest', () => this.#choose(null))
  readonly #form = h('span')
  readonly #choices: HTMLElement[]
  #scales: ReturnType<typeof drawCurves> | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #drawn = 0
  #visible = false
  #tests = ''
  readonly #observers: { disconnect(): void }[] = []

  constructor(
    private spec: TrainingView,
    element: HTMLElement,
    private readonly context: RenderContext,
  ) {
    this.#data = spec.data
    this.#runs = runsOf(spec.data)
    this.#layout = this.#measure()
    this.#frame = new Frame(element, context, {
      drill: spec.data.history ? 'The numbers of this snapshot, and of every test' : 'The numbers of every test', // prettier-ignore
      onTheme: () => this.#soon(),
      table: () => this.#table(),
      keys: {
        p: () => this.#togglePause(),
        '.': () => this.#forward(),
        ',': () => this.#move(-1),
        '[': () => this.#switch(-1),
        ']': () => this.#switch(1),
        Escape: () => this.#letGo(),
      },
    })
    this.#choices = [
      segment(
        'epochs',
        [
          [false, 'even'],
          [true, 'early ones wider'],
        ],
        false,
        wide => {
          this.#wide = wide
          this.#soon()
        },
      ).element,
      segment(
        'histograms',
        [
          ['now', 'this snapshot'],
          ['time', 'over time'],
        ] as const,
        'now',
        over => {
          this.#over = over
          this.#soon()
        },
      ).element,
    ]
    this.#frame.controls.append(
      this.#pause,
      this.#step,
      this.#epoch,
      this.#rewind,
      this.#branch,
      this.#form,
      this.#newest,
      ...this.#choices,
      this.#facts,
    )
    this.#frame.body.append(
      this.#bar,
      this.#numbers,
      h('div', { class: 'ls-dash' }, h('div', {}, this.#plot, this.#rail), this.#panel),
    )
    this.#listen()
    this.#words()
    this.#soon()
  }

  #listen(): void {
    const { context } = this
    const at = (e: PointerEvent | MouseEvent, box: Element) => e.clientX - box.getBoundingClientRect().left // prettier-ignore
    this.#plot.addEventListener('pointermove', e => this.#point(this.#near(at(e, this.#plot))))
    this.#plot.addEventListener('pointerleave', () => this.#point(null))
    this.#plot.addEventListener('click', e => {
      const n = nearest(this.#runs, this.#layout, this.#run, at(e, this.#plot))
      if (n !== null) this.#choose(n)
    })
    const keys = (e: KeyboardEvent) => {
      const far = this.#current.snapshots.length ? 5 : 10
      const d = { ArrowLeft: -1, ArrowRight: 1, PageUp: -far, PageDown: far, Home: -1e9, End: 1e9 }[
        e.key
      ]
      if (d === undefined) return
      const step = d * (e.shiftKey ? 5 : 1)
      if (this.#current.snapshots.length) this.#move(step)
      else {
        const last = this.#path.length - 1
        this.#point(Math.max(0, Math.min(last, (this.#cursor ?? last) + step)))
      }
      e.preventDefault()
      e.stopPropagation()
    }
    this.#plot.addEventListener('keydown', keys)
    this.#rail.addEventListener('keydown', keys)
    const grab = (e: PointerEvent, down: boolean) => {
      if (down) {
        const y = e.clientY - this.#rail.getBoundingClientRect().top
        const lanes = this.#runs.map((_, n) => Math.abs(this.#layout.lane(n) - y))
        this.#run = lanes.indexOf(Math.min(...lanes))
      }
      const n = nearest(this.#runs, this.#layout, this.#run, at(e, this.#rail))
      if (n !== null) this.#choose(n)
    }
    this.#rail.addEventListener('pointerdown', e => {
      this.#rail.setPointerCapture(e.pointerId)
      grab(e, true)
    })
    this.#rail.addEventListener('pointermove', e => {
      if (this.#rail.hasPointerCapture(e.pointerId)) grab(e, false)
    })
    context.live.onMessage(m => {
      if (m.type !== 'append') return
      this.#take(m.run ?? 0, m.points, m.state, m.speed)
      this.#soon()
    }, context.signal)
    context.live.onChange(() => this.#soon(), context.signal)
    // Off the screen nothing is drawn; what came meanwhile is drawn once when it comes back.
    const seen = new IntersectionObserver(entries => {
      this.#visible = entries.some(e => e.isIntersecting)
      if (this.#visible) this.#soon()
    })
    seen.observe(this.#plot)
    const sized = new ResizeObserver(() => {
      if (Math.abs(this.#plot.clientWidth - this.#layout.width) >= 2) this.#soon()
    })
    sized.observe(this.#plot)
    this.#observers.push(seen, sized)
  }

  update(next: TrainingView): void {
    this.spec = next
    this.#data = next.data
    this.#soon()
  }
  dispose(): void {
    for (const o of this.#observers) o.disconnect()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  /** New points of a run; a branch that is not known yet comes with the next whole state. */
  #take(
    run: number,
    points: readonly TrainingPoint[],
    state: TrainingState,
    speed: number | null,
  ): void {
    if (run === 0)
      this.#data = { ...this.#data, points: append(this.#data.points, points), state, speed }
    else {
      const { history } = this.#data
      const branch = history?.branches[run - 1]
      if (!history || !branch) return
      const branches = [...history.branches]
      branches[run - 1] = { ...branch, points: append(branch.points, points), state }
      this.#data = { ...this.#data, history: { ...history, branches } }
    }
  }

  get #current(): Run {
    return this.#runs[this.#run] ?? this.#runs[0]
  }
  get #state(): TrainingState {
    return this.#current.state
  }
  /** Where the run itself stands. */
  get #head(): number {
    return this.#current.points.at(-1)?.step ?? this.#current.from?.step ?? 0
  }
  /** An earlier snapshot was chosen: training goes on from there. */
  get #back(): number | null {
    if (this.#follow || this.#snapshot === null) return null
    const { step } = this.#current.snapshots[this.#snapshot]
    return step === this.#head ? null : step
  }

  /** Newest frame only. */
  #soon(): void {
    if (this.#timer !== null) return
    const wait = Math.max(0, this.#drawn + FRAME - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#drawn = performance.now()
      this.#words()
      // Once in any case: for print, and for pictures of the whole page.
      if (this.#visible || this.#scales === null) this.#draw()
    }, wait)
  }

  #measure(): Layout {
    const width = this.#plot.clientWidth || 700
    const axis = { end: extent(this.#runs, this.#data.epochs), wide: this.#wide }
    return new Layout(width, axis, hasAccuracy(this.#runs), this.#runs.length)
  }

  #draw(): void {
    this.#layout = this.#measure()
    this.#scales = drawCurves(this.#chart, this.#runs, this.#run, this.#layout)
    this.#mark()
  }

  /** The pin's line, its dots, and the thin line under the pointer. */
  #mark(): void {
    const { width, height, x } = this.#layout
    const { snapshots } = this.#current
    const s = this.#snapshot === null ? null : snapshots[this.#snapshot]
    const line = (epoch: number, kind: string) =>
      h('line', { class: kind, x1: x(epoch), x2: x(epoch), y1: 14, y2: height })
    const out: SVGElement[] = []
    const under = this.#cursor === null ? null : this.#path[this.#cursor]
    if (under) out.push(line(under.epoch, snapshots.length ? 'ls-under' : 'ls-cursor'))
    if (s) {
      out.push(line(s.epoch, 'ls-cursor'))
      const f = figuresAt(this.#path, s)
      const dot = (y: number) => h('circle', { class: 'ls-dot', cx: x(s.epoch), cy: y, r: 4 })
      if (this.#scales && f.testLoss !== null) out.push(dot(this.#scales.loss(f.testLoss)))
      if (this.#scales && f.testAccuracy !== null)
        out.push(dot(this.#scales.accuracy(f.testAccuracy)))
    }
    this.#overlay.setAttribute('viewBox', `0 0 ${width} ${height}`)
    this.#overlay.style.height = `${height}px`
    this.#overlay.replaceChildren(...out)
    const any = this.#runs.some(r => r.snapshots.length > 0)
    this.#rail.hidden = !any
    if (any)
      drawRail(this.#railPicture, this.#runs, { run: this.#run, snapshot: this.#snapshot }, this.#layout) // prettier-ignore
  }

  /** Everything that is said in words and figures. */
  #words(): void {
    this.#runs = runsOf(this.#data)
    if (this.#run >= this.#runs.length) this.#run = 0
    const run = this.#current
    const { history } = this.#data
    this.#path = pathTo(this.#runs, this.#run)
    const last = run.snapshots.findLastIndex(s => s.reached)
    if (this.#follow) this.#snapshot = last < 0 ? null : last
    else if (this.#snapshot !== null && this.#snapshot >= run.snapshots.length)
      this.#snapshot = last < 0 ? null : last
    const { epochs, facts, controls, speed } = this.#data
    const points = this.#path
    const state = this.#state
    const live = this.context.live.state === 'live'
    const newestPoint = points.at(-1) ?? null
    const s = this.#snapshot === null ? null : run.snapshots[this.#snapshot]
    const shown = !this.#follow && s ? s.epoch : newestPoint?.epoch
    this.#frame.title(
      this.spec.title,
      shown === undefined
        ? ''
        : `epoch ${fixed(shown, shown % 1 ? 1 : 0)}${epochs ? ` of ${epochs}` : ''}`,
      [this.spec.from, history?.left].filter(Boolean).join(' · '),
    )
    const pace =
      history && state === 'running' && this.#run === 0 && speed && this.#data.stepsPerEpoch
        ? `, ${fixed(this.#data.stepsPerEpoch / speed, 1)} s an epoch`
        : ''
    if (live) this.#frame.state(STATE[state][0], STATE[state][1] + pace)
    this.#figures(live)
    const done = share(this.#data)
    this.#bar.hidden = done === null || this.#data.state === 'done' || !live
    if (done !== null) {
      const i = this.#bar.firstElementChild as HTMLElement // made with the bar
      i.style.width = `${done * 100}%`
      this.#bar.setAttribute('aria-valuenow', String(Math.round(done * 100)))
    }
    this.#facts.textContent = facts.map(([k, v]) => `${k} ${v}`).join(' · ')
    this.#facts.hidden = !!history
    this.#buttons(live, controls)
    this.#plot.setAttribute('aria-label', this.spec.text)
    if (s && history)
      this.#panel.replaceChildren(
        ...snapshotPanel(
          this.#runs,
          { run: this.#run, snapshot: this.#snapshot ?? 0, over: this.#over },
          history.images,
        ),
      )
    this.#panel.hidden = !s
    this.#rail.setAttribute('aria-valuemax', String(Math.max(0, run.snapshots.length - 1)))
    this.#rail.setAttribute('aria-valuenow', String(this.#snapshot ?? 0))
    this.#rail.setAttribute(
      'aria-valuetext',
      s ? `epoch ${trim(s.epoch)}, ${run.name}` : 'no snapshot',
    )
    this.#say()
    this.#details(s ? run.layersAt(this.#snapshot ?? 0) : [])
  }

  #figures(live: boolean): void {
    const { points, state, speed } = this.#data
    this.#numbers.hidden = !!this.#data.history && this.#snapshot !== null
    if (this.#numbers.hidden) return
    const newest = (field: Field) => points.findLast(p => typeof p[field] === 'number')?.[field]
    const figure = (name: string, text: string | null) =>
      text === null ? null : h('span', {}, name, h('b', { class: 'ls-num' }, text))
    const value = (v: number | null | undefined, f: (v: number) => string) =>
      typeof v === 'number' ? f(v) : null
    const last = points.at(-1)
    const running = live && state === 'running'
    this.#numbers.replaceChildren(
      ...[
        figure('training loss, last 10', value(recentLoss(points), v => fixed(v))), // prettier-ignore
        figure('test loss', value(newest('testLoss'), v => fixed(v))), // prettier-ignore
        figure('test accuracy', value(newest('testAccuracy'), v => percent(v))), // prettier-ignore
        figure('steps', last ? last.step.toLocaleString('en') : null),
        figure('speed', running && speed ? `${fixed(speed, 0)} steps/s` : null),
        figure(
          'left',
          running
            ? value(secondsLeft(this.#data), v =>
                v < 90 ? `${Math.round(v)} s` : `${Math.round(v / 60)} min`,
              )
            : null,
        ),
      ].filter(n => n !== null),
    )
  }

  #buttons(live: boolean, controls: readonly string[]): void {
    const state = this.#state
    const back = this.#back
    const drives = live && ['running', 'paused', 'ready'].includes(state)
    this.#pause.hidden = !controls.includes('pause')
    this.#step.hidden = !controls.includes('step')
    this.#epoch.hidden = !controls.includes('epoch')
    const runs = !!this.#data.history
    this.#pause.textContent =
      back !== null && state !== 'running'
        ? 'train on from here'
        : state === 'paused'
          ? 'resume'
          : runs && state === 'ready'
            ? 'train'
            : 'pause'
    for (const b of [this.#pause, this.#step, this.#epoch])
      b.disabled = !drives && !(live && back !== null)
    const s = this.#snapshot === null ? null : this.#current.snapshots[this.#snapshot]
    this.#rewind.hidden = back === null || state === 'running'
    this.#rewind.disabled = !live
    this.#branch.hidden = !runs || !s
    this.#branch.disabled = !live
    if (s) this.#branch.textContent = `branch from epoch ${trim(s.epoch)} …`
    this.#newest.hidden = this.#follow || !runs
    for (const c of this.#choices) c.hidden = !runs
  }

  #details(layers: ReturnType<Run['layersAt']>): void {
    const tests = this.#path.filter(p => p.testLoss !== undefined || p.testAccuracy !== undefined)
    const key = `${this.#run} ${this.#snapshot} ${tests.length} ${layers.length}`
    if (this.#tests === key) return
    this.#tests = key
    this.#frame.drill.replaceChildren(
      ...(layers.length
        ? [
            snapshotTable(layers),
            h(
              'p',
              { class: 'ls-small ls-how-made' },
              `Histograms: 41 equal bins over ± the largest value, the dark bin at zero, heights relative to the tallest. Gradients are those of the last batch before the snapshot. A unit is silent if its ReLU gives 0 for all of ${this.#data.history?.images ?? 0} images; saturated if tanh or sigmoid is within 0.01 of a limit for more than 95 % of its values.`,
            ),
          ]
        : []),
      tests.length ? table(tests) : h('p', { class: 'ls-small' }, 'No test has been reported yet.'),
    )
  }

  #say(): void {
    const p = this.#cursor === null ? null : this.#path[this.#cursor]
    if (p) {
      const said = (name: string, v: number | null | undefined, f: (v: number) => string) =>
        v === undefined ? [] : [`, ${name} `, number(v === null ? 'not a number' : f(v))]
      return this.#frame.say(
        here(`Step ${p.step.toLocaleString('en')}, epoch ${fixed(p.epoch, 2)}`),
        ...said('training loss', p.loss, fixed),
        ...said('training accuracy', p.accuracy, percent),
        ...said('test loss', p.testLoss, fixed),
        ...said('test accuracy', p.testAccuracy, percent),
        '.',
      )
    }
    const s = this.#snapshot === null ? null : this.#current.snapshots[this.#snapshot]
    if (this.#follow || !s)
      return this.#frame.say(
        sentence({ ...this.#data, points: [...this.#path], state: this.#state }),
      )
    const f = figuresAt(this.#path, s)
    const grown = grownSince(this.#path.filter(q => q.step <= s.step))
    const words = [
      f.testAccuracy === null ? null : [number(percent(f.testAccuracy)), ' of the test images right'], // prettier-ignore
      f.accuracy === null ? null : [number(percent(f.accuracy)), ' of the training images'],
      f.loss === null ? null : ['training loss ', number(fixed(f.loss))],
    ].filter(w => w !== null)
    this.#frame.say(
      here(`Epoch ${trim(s.epoch)}${this.#current.from ? `, ${this.#current.name}` : ''}`),
      words.length ? ': ' : ', before the first step.',
      ...words.flatMap((w, n) => (n ? [', ', ...w] : w)),
      words.length ? '.' : '',
      s.reached ? '' : ' The run stands before it now; it is kept.',
      grown ? ' ' : '',
      ...(grown
        ? [
            h(
              'b',
              {},
              `Test loss was lowest at epoch ${trim(grown.epoch)} (${fixed(grown.testLoss as number)}) and has grown since:`, // a number: the lowest
            ),
            ' the network is learning its training images by heart.',
          ]
        : []),
    )
  }

  #near(px: number): number | null {
    let best: number | null = null
    const { x } = this.#layout
    this.#path.forEach((p, i) => {
      if (best === null || Math.abs(x(p.epoch) - px) < Math.abs(x(this.#path[best].epoch) - px))
        best = i
    })
    return best
  }
  #point(i: number | null): void {
    if (i === this.#cursor) return
    this.#cursor = i
    this.#say()
    if (this.#visible) this.#mark()
  }
  /** A snapshot of the current run; null: the newest, and those to come. */
  #choose(n: number | null): void {
    this.#follow = n === null
    this.#snapshot = n
    this.#cursor = null
    this.#form.replaceChildren()
    this.#words()
    if (this.#visible) this.#draw()
  }
  #move(d: number): void {
    const last = this.#current.snapshots.length - 1
    if (last < 0) return
    const next = Math.max(0, Math.min(last, (this.#snapshot ?? last) + d))
    this.#choose(next)
  }
  #forward(): void {
    const { snapshots } = this.#current
    if (!snapshots.length) return this.#send('step')
    if (this.#snapshot !== null && this.#snapshot < snapshots.length - 1) return this.#move(1)
    this.#send('epoch')
  }
  #switch(d: number): void {
    if (this.#runs.length < 2) return
    const epoch = this.#snapshot === null ? 0 : this.#current.snapshots[this.#snapshot].epoch
    this.#run = (this.#run + d + this.#runs.length) % this.#runs.length
    const { snapshots } = this.#current
    let best: number | null = null
    snapshots.forEach((s, n) => {
      if (best === null || Math.abs(s.epoch - epoch) < Math.abs(snapshots[best].epoch - epoch))
        best = n
    })
    this.#choose(this.#follow ? null : best)
  }
  #letGo(): void {
    if (this.#cursor !== null) return this.#point(null)
    if (!this.#follow) this.#choose(null)
  }

  #togglePause(): void {
    if (this.#pause.disabled) return
    this.#send(this.#state === 'running' ? 'pause' : this.#state === 'ready' && !this.#data.history ? 'pause' : 'resume') // prettier-ignore
  }
  /** From an earlier snapshot the run is taken back first. */
  #send(name: 'pause' | 'resume' | 'step' | 'epoch'): void {
    if (this.context.live.state !== 'live') return
    const back = this.#state === 'running' ? null : this.#back
    const run = this.#run ? { run: this.#run } : {}
    const go = () => this.#ask(name, run)
    if (back === null) {
      go().catch((e: unknown) => this.#refused(e))
      return
    }
    this.#follow = true
    this.#ask('rewind', { ...run, step: back })
      .then(go)
      .catch((e: unknown) => this.#refused(e))
  }
  #goBack(): void {
    const step = this.#back
    if (step === null) return
    this.#ask('rewind', { ...(this.#run ? { run: this.#run } : {}), step }).then(
      () => this.#choose(null),
      (e: unknown) => this.#refused(e),
    )
  }
  #openForm(): void {
    if (this.#form.childElementCount) return this.#form.replaceChildren()
    const s = this.#snapshot === null ? null : this.#current.snapshots[this.#snapshot]
    if (!s) return
    const rate = /lr ([\d.e-]+)/.exec(`${this.#current.name} ${this.spec.from ?? ''}`)
    const form = branchForm(`epoch ${trim(s.epoch)}`, rate ? Number(rate[1]) : null, changes => {
      this.#form.replaceChildren()
      this.#branch.focus()
      if (!changes) return
      this.#ask('branch', { run: this.#run, step: s.step, ...changes }).then(
        reply => {
          const { run } = (reply ?? {}) as { run?: unknown } // looked at in the next line
          if (typeof run === 'number') this.#run = run
          this.#choose(null)
        },
        (e: unknown) => this.#refused(e),
      )
    })
    this.#form.replaceChildren(form)
    form.querySelector('input')?.focus()
  }
  #ask(name: EventName, payload: object): Promise<unknown> {
    return this.context.live.event(name, payload)
  }
  #refused(e: unknown): void {
    this.#frame.say(`The kernel did not take it: ${e instanceof Error ? e.message : String(e)}`)
  }

  #table(): Node {
    const step = Math.max(1, Math.ceil(this.#path.length / 60))
    return table(
      this.#path.filter(
        (p, i) => i % step === 0 || p.testLoss !== undefined || i === this.#path.length - 1,
      ),
    )
  }
}

const trim = (epoch: number): string => String(Number(epoch.toFixed(2)))

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
