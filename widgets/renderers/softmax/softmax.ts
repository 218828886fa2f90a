/** Softmax with sliders: what logits turn into, why the maximum is subtracted, and what cross-entropy makes of it. */
import { decode, type SoftmaxView } from 'layerscope/spec'
import {
  button,
  fixed,
  Frame,
  h,
  here,
  keepFocus,
  remaking,
  number,
  percent,
  segment,
  type Child,
  type Choice,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'
import { loss, softmax, type Softmax } from './model.ts'

/** Classes that get a slider; of more, the likeliest, and a line for all others. */
const SHOWN = 12
/** Rows that get a button each. */
const ROWS = 8
/** Probabilities that differ by more do not agree. */
const TOLERANCE = 1e-4

export const softmaxRenderer: Renderer<SoftmaxView> = remaking(
  (spec, element, context) => new Sliders(spec, element, context),
  (next, current, view) =>
    JSON.stringify(next.data) === JSON.stringify(current.data) || view.shows(next),
)

interface Line {
  k: number
  name: HTMLButtonElement
  slider: HTMLInputElement
  logit: HTMLInputElement
  naive: HTMLElement
  stable: HTMLElement
  bar: HTMLElement
  p: HTMLElement
  push: HTMLElement
  gradient: HTMLElement
  yours: HTMLElement
}

class Sliders {
  readonly #frame: Frame
  readonly #abort = new AbortController()
  readonly #logits: Float64Array
  /** What is compared, and where. */
  readonly #values: ArrayLike<number>
  readonly #given: ArrayLike<number>
  readonly #agreement: { words: string; same: boolean }
  readonly #K: number
  readonly #N: number
  readonly #sheet = h('div', { class: 'ls-softmax' })
  readonly #loss = h('div', { class: 'ls-loss' })
  readonly #verdict = h('div', { class: 'ls-verdict', role: 'status' })
  readonly #rest = {
    name: h('span', { class: 'ls-small ls-named' }),
    naive: figure('ls-col-naive'),
    stable: figure('ls-col-stable'),
    bar: h('i'),
    p: figure(),
  }
  readonly #sums = {
    naive: figure('ls-col-naive ls-ruled'),
    stable: figure('ls-col-stable ls-ruled'),
    p: figure('ls-ruled'),
    gradient: figure('ls-ruled ls-col-grad'),
  }
  readonly #temperature = h('input', { type: 'range', min: '-1', max: '1', step: '0.05' })
  readonly #t = h('output', { class: 'ls-num' })
  #way: Choice<'stable' | 'naive'>
  #shift: Choice<number>
  #choice: Choice<number> | null = null
  #lines: Line[] = []
  #row: number
  #T: number
  #x: Float64Array
  #added = 0
  #target: number | null
  #changed = false
  #s: Softmax

  constructor(
    private readonly spec: SoftmaxView,
    element: HTMLElement,
    private readonly context: RenderContext,
  ) {
    const { data } = spec
    ;[this.#N, this.#K] = data.logits.shape
    this.#logits = Float64Array.from(decode(data.logits))
    this.#values = data.compare ? decode(data.compare.values) : []
    this.#given = data.compare ? decode(data.compare.given) : []
    this.#agreement = this.#judge()
    this.#row = data.row
    this.#T = data.temperature
    this.#x = this.#start()
    this.#target = data.targets?.[data.row] ?? null
    const signal = AbortSignal.any([context.signal, this.#abort.signal])
    this.#frame = new Frame(
      element,
      { ...context, signal },
      {
        drill: 'How was this computed? Term by term',
        table: () => this.#table(),
        keys: {
          '[': () => this.#toRow(this.#row - 1),
          ']': () => this.#toRow(this.#row + 1),
          Escape: () => this.#setTarget(null),
        },
      },
    )
    this.#way = segment(
      'compute',
      [
        ['stable', 'maximum subtracted'],
        ['naive', 'naive'],
      ] as const,
      'stable',
      () => this.#refresh(),
    )
    this.#shift = segment(
      'add to every logit',
      [
        [-1000, '−1000'],
        [0, '0'],
        [1000, '+1000'],
      ] as const,
      0,
      d => {
        this.#x = this.#x.map(v => v - this.#added + d)
        this.#added = d
        this.#refresh()
      },
    )
    this.#s = softmax(this.#x, this.#T, 'stable', data.dtype)
    this.#temperature.setAttribute('aria-label', 'temperature')
    this.#temperature.addEventListener('input', () => {
      this.#T = 10 ** Number(this.#temperature.value)
      this.#changed = true
      this.#refresh()
    })
    this.#frame.body.append(this.#sheet, this.#loss, this.#verdict)
    this.#frame.controls.append(
      h('label', { class: 'ls-slider' }, 'temperature', this.#temperature, this.#t),
      this.#shift.element,
      this.#way.element,
    )
    if (this.#N > 1 && this.#N <= ROWS) {
      const rows = Array.from({ length: this.#N }, (_, n) => [n, this.#rowName(n)] as const)
      this.#choice = segment('row', rows, this.#row, n => this.#toRow(n))
      this.#frame.controls.append(this.#choice.element)
    } else if (this.#N > ROWS)
      this.#frame.controls.append(
        button('previous row', () => this.#toRow(this.#row - 1)),
        button('next row', () => this.#toRow(this.#row + 1)),
      )
    this.#frame.controls.append(button('reset', () => this.#reset()))
    this.#build()
  }

  dispose(): void {
    this.#abort.abort()
  }
  /** Whether a state of the kernel is the one that this view began with. */
  shows({ data }: SoftmaxView): boolean {
    const mine = this.spec.data
    const rest = ({ logits: _l, compare: _c, ...others }: SoftmaxView['data']) =>
      JSON.stringify(others)
    if (rest(data) !== rest(mine) || data.logits.shape.join() !== mine.logits.shape.join())
      return false
    const [v, u] = [decode(data.logits), decode(mine.logits)]
    if (!v.every((n: number, i: number) => Object.is(n, u[i]))) return false
    if (!data.compare || !mine.compare) return data.compare === mine.compare
    const [p, q] = [decode(data.compare.values), decode(mine.compare.values)]
    return p.every((n: number, i: number) => Object.is(n, q[i]))
  }

  #label(k: number): string {
    return this.spec.data.labels?.[k] ?? `class ${k}`
  }
  #rowName(n: number): string {
    return this.spec.data.rows?.[n] ?? String(n)
  }
  #start(): Float64Array {
    return this.#logits.slice(this.#row * this.#K, (this.#row + 1) * this.#K)
  }
  #reset(): void {
    this.#x = this.#start()
    this.#T = this.spec.data.temperature
    this.#added = 0
    this.#shift.show(0)
    this.#way.show('stable')
    this.#target = this.spec.data.targets?.[this.#row] ?? null
    this.#changed = false
    this.#build()
  }
  #toRow(n: number): void {
    if (n < 0 || n >= this.#N) return
    this.#row = n
    this.#choice?.show(n)
    this.#reset()
  }
  #setTarget(k: number | null): void {
    this.#target = k === this.#target ? null : k
    this.#refresh()
    if (this.#target !== null && this.context.live.state === 'live')
      this.context.live.event('pin', { index: [this.#row, this.#target] }).catch(() => undefined)
  }

  #build(): void {
    const { order } = softmax(this.#x, this.#T, 'stable', this.spec.data.dtype)
    const shown =
      this.#K <= SHOWN
        ? [...order].sort((a, b) => a - b)
        : order.slice(0, SHOWN - 2).sort((a, b) => a - b)
    this.#lines = shown.map(k => this.#line(k))
    const others = this.#K - shown.length
    this.#rest.name.textContent = `the other ${others} classes`
    const head = (text: Child, extra = '') => h('span', { class: `ls-hd ${extra}` }, text)
    const blank = (extra = '') => h('span', { class: extra })
    const compared = this.spec.data.compare
    this.#sheet.classList.toggle('ls-compared', compared !== null)
    keepFocus(this.#sheet, () =>
      this.#sheet.replaceChildren(
        head('class'),
        head(['logit ', h('i', {}, 'x')]),
        blank(),
        head(['naive e', h('sup', {}, 'x')], 'ls-right ls-col-naive'),
        head(['e', h('sup', {}, 'x − max')], 'ls-right ls-col-stable'),
        head('probability'),
        blank(),
        ...(compared ? [head(compared.label, 'ls-right')] : []),
        head(
          [h('span', { class: 'ls-wide-only' }, 'gradient '), h('i', {}, 'p − y')],
          'ls-col-grad',
        ),
        blank('ls-col-grad ls-wide-only'),
        ...this.#lines.flatMap(l => [
          l.name,
          l.slider,
          l.logit,
          l.naive,
          l.stable,
          h('span', { class: 'ls-bars' }, l.bar),
          l.p,
          ...(compared ? [l.yours] : []),
          h('span', { class: 'ls-push ls-col-grad' }, l.push),
          l.gradient,
        ]),
        ...(others > 0
          ? [
              this.#rest.name,
              blank(),
              blank(),
              this.#rest.naive,
              this.#rest.stable,
              h('span', { class: 'ls-bars' }, this.#rest.bar),
              this.#rest.p,
              ...(compared ? [blank()] : []),
              blank('ls-col-grad'),
              blank('ls-col-grad'),
            ]
          : []),
        blank(),
        blank(),
        blank(),
        this.#sums.naive,
        this.#sums.stable,
        h('span', { class: 'ls-small ls-ruled' }, 'sum'),
        this.#sums.p,
        ...(compared ? [blank()] : []),
        h('span', { class: 'ls-ruled ls-col-grad' }),
        this.#sums.gradient,
      ),
    )
    this.#refresh()
  }

  #line(k: number): Line {
    const name = this.#label(k)
    const slider = h('input', { type: 'range', step: '0.1', 'aria-label': `logit of ${name}` })
    const logit = h('input', {
      class: 'ls-typed',
      inputmode: 'decimal',
      spellcheck: 'false',
      autocomplete: 'off',
      'aria-label': `logit of ${name} as a number`,
    })
    const set = (v: number) => {
      this.#x[k] = v
      this.#changed = true
      this.#refresh(k)
    }
    slider.addEventListener('input', () => set(Number(slider.value)))
    logit.addEventListener('change', () => {
      const v = Number(logit.value.trim().replace('−', '-').replace(',', '.'))
      if (logit.value.trim() !== '' && Number.isFinite(v)) set(Math.max(-1e6, Math.min(1e6, v)))
      else this.#refresh()
    })
    logit.addEventListener('keydown', e => {
      if (e.key === 'Enter') logit.dispatchEvent(new Event('change'))
      if (e.key !== 'Tab' && e.key !== 'Escape') e.stopPropagation()
    })
    const line: Line = {
      k,
      name: button(name, () => this.#setTarget(k), {
        class: 'ls-named',
        title: 'Click: this is the right class',
      }),
      slider,
      logit,
      naive: figure('ls-col-naive'),
      stable: figure('ls-col-stable'),
      bar: h('i'),
      p: figure(),
      push: h('i'),
      gradient: figure('ls-col-grad'),
      yours: figure(),
    }
    const hovered = [line.name, slider, logit, line.naive, line.stable, line.p, line.gradient]
    for (const e of hovered) {
      e.addEventListener('pointerenter', () => this.#read(k))
      e.addEventListener('pointerleave', () => this.#say())
      e.addEventListener('focus', () => this.#read(k))
    }
    return line
  }

  /** The numbers anew; `moved` is the class whose logit the reader has just set. */
  #refresh(moved: number | null = null): void {
    const { dtype } = this.spec.data
    const s = softmax(this.#x, this.#T, this.#way.value, dtype)
    this.#s = s
    const target = this.#target
    const span = [
      Math.min(-10 + this.#added, ...this.#lines.map(l => this.#x[l.k] - 2)),
      Math.max(20 + this.#added, ...this.#lines.map(l => this.#x[l.k] + 2)),
    ]
    const most = Math.max(...Array.from(s.p, v => (Number.isNaN(v) ? 0 : v)))
    const gradient = (k: number) => (s.p[k] - (k === target ? 1 : 0)) / this.#T
    const reach = Math.max(1e-12, ...this.#lines.map(l => Math.abs(gradient(l.k)) || 0))
    this.#sheet.classList.toggle('ls-graded', target !== null)
    this.#sheet.classList.toggle('ls-naive', this.#way.value === 'naive')
    for (const l of this.#lines) {
      const { k } = l
      const best = k === s.order[0]
      l.slider.min = String(span[0])
      l.slider.max = String(span[1])
      l.slider.value = String(this.#x[k])
      if (document.activeElement !== l.logit || moved === k) l.logit.value = fixed(this.#x[k], 1)
      show(l.naive, s.naive[k])
      show(l.stable, s.stable[k])
      show(l.p, s.p[k])
      l.bar.style.width = `${100 * (s.p[k] || 0)}%`
      l.bar.classList.toggle('ls-best', best && most > 0)
      l.p.classList.toggle('ls-best', best)
      l.name.classList.toggle('ls-best', best)
      l.name.setAttribute('aria-pressed', String(k === target))
      show(l.gradient, gradient(k))
      const g = gradient(k) || 0
      l.push.style.width = `${(50 * Math.abs(g)) / reach}%`
      l.push.style.left = g < 0 ? `${50 - (50 * -g) / reach}%` : '50%'
      l.push.className = g < 0 ? 'ls-minus' : 'ls-plus'
      this.#yours(l)
    }
    const left = this.#others()
    show(this.#rest.naive, left(s.naive))
    show(this.#rest.stable, left(s.stable))
    show(this.#rest.p, left(s.p))
    this.#rest.bar.style.width = `${100 * (left(s.p) || 0)}%`
    show(this.#sums.naive, s.naiveSum)
    show(this.#sums.stable, s.stableSum)
    show(
      this.#sums.p,
      s.p.reduce((a, b) => a + b, 0),
    )
    const pushes = (s.p.reduce((a, b) => a + b, 0) - 1) / this.#T
    // Rounding of the last digits is no push.
    show(this.#sums.gradient, Math.abs(pushes) < 1e-5 ? 0 : pushes)
    this.#temperature.value = String(Math.log10(this.#T))
    this.#t.textContent = this.#T < 1 ? this.#T.toFixed(2) : this.#T.toFixed(1)
    this.#sayLoss()
    this.#sayVerdict()
    this.#title()
    this.#say(moved)
    this.#frame.drill.replaceChildren(...this.#terms())
  }
  /** Sums what has no line of its own. */
  #others(): (values: Float64Array) => number {
    const shown = new Set(this.#lines.map(l => l.k))
    return values => values.reduce((sum, v, k) => (shown.has(k) ? sum : sum + v), 0)
  }
  #yours(l: Line): void {
    const other = this.#compared(l.k)
    const differs = other !== null && !agrees(other, this.#s.p[l.k])
    l.yours.textContent = other === null ? '' : `${differs ? '≠ ' : ''}${figures(other)}`
    l.yours.classList.toggle('ls-broken', differs)
  }
  /** A probability to compare with, while the numbers are those of the cell. */
  #compared(k: number): number | null {
    const { compare } = this.spec.data
    if (!compare || this.#changed || this.#added !== 0) return null
    const at = this.#row * this.#K + k
    return this.#given[at] ? this.#values[at] : null
  }
  #title(): void {
    const { data, title, from = '', shape = '' } = this.spec
    this.#frame.title(
      title,
      shape,
      [
        this.#N > 1 ? `row ${this.#rowName(this.#row)} of ${this.#N}` : '',
        from,
        data.targets ? '' : 'click a class: it is the right one',
      ]
        .filter(Boolean)
        .join(' · '),
    )
  }
  #sayLoss(): void {
    const k = this.#target
    this.#loss.hidden = k === null
    if (k === null) return
    const value = loss(this.#s, this.#x, this.#T, k)
    const even = Math.log(this.#K)
    this.#loss.replaceChildren(
      'cross-entropy of ',
      here(this.#label(k)),
      ' = −log ',
      number(figures(Math.exp(-value))),
      ' = ',
      h('b', {}, number(fixed(value))),
      h(
        'span',
        { class: 'ls-small' },
        `  guessing evenly among ${this.#K} would cost log ${this.#K} = ${fixed(even)}`,
      ),
    )
  }
  #sayVerdict(): void {
    this.#verdict.textContent = this.#changed || this.#added !== 0 ? '' : this.#agreement.words
    this.#verdict.className = `ls-verdict ${this.#agreement.same ? 'ls-same' : 'ls-bad'}`
  }
  /** How the numbers of the cell agree with those to compare with. */
  #judge(): { words: string; same: boolean } {
    const { compare, temperature, dtype } = this.spec.data
    if (!compare) return { words: '', same: true }
    const wrong: number[] = []
    let [agree, all] = [0, 0]
    for (let n = 0; n < this.#N; n++) {
      const x = this.#logits.subarray(n * this.#K, (n + 1) * this.#K)
      const before = all - agree
      softmax(x, temperature, 'stable', dtype).p.forEach((v, k) => {
        const at = n * this.#K + k
        if (!this.#given[at]) return
        all++
        if (agrees(this.#values[at], v)) agree++
      })
      if (all - agree > before) wrong.push(n)
    }
    if (agree === all)
      return { words: `All ${all} probabilities agree with ${compare.label}.`, same: true }
    const rows = wrong.slice(0, 8).map(n => this.#rowName(n)).join(', ') // prettier-ignore
    const where =
      this.#N > 1 ? `; row${wrong.length > 1 ? 's' : ''} ${rows} differ${wrong.length > 1 ? '' : 's'}` : '' // prettier-ignore
    return {
      words: `${agree} of ${all} probabilities agree with ${compare.label}${where}.`,
      same: false,
    }
  }

  #say(moved: number | null = null): void {
    const { p, order, naive, naiveSum, max } = this.#s
    const broken = p.some(Number.isNaN)
    if (broken) {
      const overflow = naive.includes(Infinity) || naiveSum === Infinity
      return this.#frame.say(
        h('b', { class: 'ls-broken' }, overflow ? '∞ ÷ ∞ is not a number. ' : '0 ÷ 0 is not a number. '),
        overflow
          ? ['e to the ', number(fixed(max, 0)), ` does not fit into a ${this.spec.data.dtype}. `]
          : ['e to the ', number(fixed(max, 0)), ` is smaller than any ${this.spec.data.dtype}. `],
        'Subtract the maximum first: the probabilities are the same, and the largest term is e⁰ = 1.',
      ) // prettier-ignore
    }
    if (moved !== null)
      return this.#frame.say(
        h('b', {}, this.#label(moved)),
        ' now has ',
        number(percent(p[moved])),
        '. Raising one logit lowers all other probabilities: they must sum to 1.',
      )
    const [best, second] = order
    if (second === undefined)
      return this.#frame.say(h('b', {}, this.#label(best)), ' is the only class: probability 1.')
    const lead = this.#x[best] - this.#x[second]
    const ratio = Math.exp(lead / this.#T)
    this.#frame.say(
      h('b', {}, this.#label(best)),
      ` leads ${this.#label(second)} by `,
      number(fixed(lead, 1)),
      this.#T === 1 ? '' : `, divided by T = ${this.#t.textContent}`,
      '; only differences count: it is ',
      number(ratio < 1e5 ? fixed(ratio, 1) : `e^${fixed(lead / this.#T, 0)}`),
      ' times as likely.',
      this.#way.value === 'naive' ? ' The naive way still works: nothing has overflowed yet.' : '',
    )
  }
  /** One class: its share of the sum, and what training would do with its logit. */
  #read(k: number): void {
    const { p, stable, stableSum } = this.#s
    const target = this.#target
    const g = (p[k] - (k === target ? 1 : 0)) / this.#T
    this.#frame.say(
      h('b', {}, this.#label(k)),
      ': ',
      number(`${figures(stable[k])} / ${figures(stableSum)} = ${figures(stable[k] / stableSum)}`),
      '. ',
      target === null
        ? 'Click its name to make it the right class.'
        : [
            'The gradient of the loss for its logit is ',
            number(figures(g)),
            g < 0
              ? ': a step against it raises the logit.'
              : ': a step against it lowers the logit.',
          ],
    )
  }

  #terms(): Node[] {
    const { stable, stableSum, max } = this.#s
    const T = this.#T === 1 ? '' : ` / ${this.#t.textContent}`
    const width = Math.max(...this.#lines.map(l => this.#label(l.k).length))
    const line = (...children: Child[]) => h('span', { class: 'ls-term' }, ...children)
    const inner = (k: number) =>
      T
        ? `(${fixed(this.#x[k], 1)} − ${fixed(max * this.#T, 1)})${T}`
        : `${fixed(this.#x[k], 1)} − ${fixed(max, 1)}`
    return [
      h(
        'p',
        { class: 'ls-ledger' },
        ...this.#lines.map(({ k }) =>
          line(
            this.#label(k).padEnd(width),
            `  e^(${inner(k)}) / ${figures(stableSum)} = ${figures(stable[k])} / ${figures(stableSum)} = `,
            h('b', {}, figures(stable[k] / stableSum)),
          ),
        ),
      ),
      ...(this.#target === null
        ? []
        : [
            h(
              'p',
              { class: 'ls-small' },
              `The gradient of −log p for every logit is p − y${T ? ', divided by the temperature' : ''}: y is 1 for ${this.#label(this.#target)} and 0 for all others. It sums to 0, and vanishes when the answer is right and sure.`,
            ),
          ]),
    ]
  }
  #table(): HTMLElement {
    const { naive, stable, p } = this.#s
    const target = this.#target
    const head = ['class', 'logit', 'eˣ', 'e^(x − max)', 'probability', ...(target === null ? [] : ['p − y'])] // prettier-ignore
    const rows = [...this.#x.keys()].slice(0, 200)
    return h(
      'table',
      { class: 'ls-plain' },
      h('tr', {}, ...head.map(t => h('th', {}, t))),
      ...rows.map(k =>
        h(
          'tr',
          {},
          h('th', {}, this.#label(k)),
          ...[this.#x[k], naive[k], stable[k], p[k]].map(v => h('td', {}, figures(v))),
          target === null ? null : h('td', {}, figures(p[k] - (k === target ? 1 : 0))),
        ),
      ),
    )
  }
}

const figure = (extra = ''): HTMLElement => h('span', { class: `ls-figure ${extra}` })

const agrees = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE

/** Three decimals; powers of ten for the very large and very small; ∞ and NaN by name. */
function figures(v: number): string {
  if (Number.isNaN(v)) return 'NaN'
  if (!Number.isFinite(v)) return v > 0 ? '∞' : '−∞'
  if (v === 0) return '0'
  if (Math.abs(v) > 99_999 || Math.abs(v) < 0.001)
    return v.toExponential(1).replace('e+', 'e').replaceAll('-', '−')
  return fixed(v, Math.abs(v) >= 1000 ? 1 : 3)
}
function show(e: HTMLElement, v: number): void {
  e.textContent = figures(v)
  e.classList.toggle('ls-broken', !Number.isFinite(v))
}
