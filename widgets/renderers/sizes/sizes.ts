/** The size explorer: a ruler of cells with the windows laid under it, and what to change when they do not fit. */
import {
  exactSize,
  leftOver,
  reachOf,
  sizeAfter,
  wouldFit,
  type SizeStep,
  type SizesView,
} from 'layerscope/spec'
import {
  button,
  fixed,
  Frame,
  h,
  here,
  keepFocus,
  number,
  reticle,
  type Child,
  type RenderContext,
  type Renderer,
} from '../../parts/index.ts'

/** Lines of brackets under the ruler. */
const LANES = 4
/** Windows that are drawn; of more the first. */
const WINDOWS = 600
/** Rows of the table. */
const LISTED = 200

/** Of the cells left over, those that are no padding. */
const unread = (lost: number, s: SizeStep): number => Math.max(0, lost - s.padding)

type Field = 'input' | 'window' | 'stride' | 'padding' | 'dilation'

export const sizesRenderer: Renderer<SizesView> = (spec, element, context) => {
  let current = JSON.stringify(spec.data)
  let view = new Explorer(spec, element, context)
  return {
    update(next) {
      const data = JSON.stringify(next.data)
      // The same numbers, said again: what the reader moved stays.
      if (data === current) return
      current = data
      keepFocus(element, () => {
        view.dispose()
        view = new Explorer(next, element, context)
      })
    },
    dispose: () => view.dispose(),
  }
}

class Explorer {
  readonly #frame: Frame
  readonly #abort = new AbortController()
  readonly #chain = h('div', { class: 'ls-hops', role: 'group', 'aria-label': 'sizes' })
  readonly #ruler = h('div', {
    class: 'ls-axis',
    role: 'application',
    'aria-roledescription': 'ruler of cells',
    tabindex: 0,
  })
  readonly #formula = h('div', { class: 'ls-size' })
  readonly #advice = h('div', { class: 'ls-advice', role: 'status' })
  readonly #fields: Record<Field, { slider: HTMLInputElement; value: HTMLElement }>
  #input: number
  #steps: SizeStep[]
  #step: number
  /** Window that the keyboard or a click stands on. */
  #window = 0
  #hover: number | null = null

  constructor(
    private readonly spec: SizesView,
    element: HTMLElement,
    context: RenderContext,
  ) {
    this.#input = spec.data.input
    this.#steps = spec.data.steps.map(step => ({ ...step }))
    this.#step = spec.data.step
    const signal = AbortSignal.any([context.signal, this.#abort.signal])
    this.#frame = new Frame(
      element,
      { ...context, signal },
      {
        drill: 'How was this computed? Step by step',
        table: () => this.#table(),
        keys: {
          '[': () => this.#toStep(this.#step - 1),
          ']': () => this.#toStep(this.#step + 1),
          PageUp: () => this.#toStep(this.#step - 1),
          PageDown: () => this.#toStep(this.#step + 1),
          ',': () => this.#toWindow(this.#window - 1),
          '.': () => this.#toWindow(this.#window + 1),
          Escape: () => this.#say(),
        },
      },
    )
    const field = (name: Field): { slider: HTMLInputElement; value: HTMLElement } => {
      const slider = h('input', { type: 'range', step: '1', 'aria-label': name })
      slider.addEventListener('input', () => this.#set(name, Number(slider.value)))
      return { slider, value: h('output', { class: 'ls-num' }) }
    }
    this.#fields = {
      input: field('input'),
      window: field('window'),
      stride: field('stride'),
      padding: field('padding'),
      dilation: field('dilation'),
    }
    this.#frame.body.append(this.#chain, this.#ruler, this.#formula, this.#advice)
    this.#frame.controls.append(
      ...(Object.keys(this.#fields) as Field[]).map(name =>
        h('label', { class: 'ls-slider' }, name, this.#fields[name].slider, this.#fields[name].value),
      ),
      button('reset', () => this.#reset()),
    ) // prettier-ignore
    this.#ruler.addEventListener('keydown', e => {
      const d = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[e.key]
      if (d === undefined) return
      this.#toWindow(this.#window + d * (e.shiftKey ? 5 : 1))
      e.preventDefault()
      e.stopPropagation()
    })
    this.#ruler.addEventListener('pointermove', e => this.#point(e))
    this.#ruler.addEventListener('pointerleave', () => {
      this.#hover = null
      this.#drawRuler()
      this.#say()
    })
    this.#draw()
  }
  dispose(): void {
    this.#abort.abort()
  }

  get #now(): SizeStep {
    return this.#steps[this.#step]
  }
  /** Cells that step `k` reads. */
  #before(k: number): number {
    let n = this.#input
    for (let i = 0; i < k; i++) n = n ? sizeAfter(n, this.#steps[i]) : 0
    return n
  }
  #reset(): void {
    this.#input = this.spec.data.input
    this.#steps = this.spec.data.steps.map(step => ({ ...step }))
    this.#draw()
  }
  #toStep(k: number): void {
    if (k < 0 || k >= this.#steps.length) return
    this.#step = k
    this.#window = 0
    this.#draw()
  }
  #toWindow(k: number): void {
    const count = sizeAfter(this.#before(this.#step), this.#now)
    this.#window = Math.max(0, Math.min(count - 1, k))
    this.#hover = null
    this.#drawRuler()
    this.#sayWindow(this.#window)
  }
  #set(field: Field, value: number): void {
    if (field === 'input') this.#input = value
    else this.#steps[this.#step] = { ...this.#now, [field]: value }
    this.#draw()
  }

  #draw(): void {
    const first = this.spec.data
    const now = this.#now
    const n = this.#before(this.#step)
    const limits: Record<Field, [number, number, number]> = {
      input: [1, Math.max(32, Math.ceil(first.input * 1.25)), this.#input],
      window: [1, Math.max(11, first.steps[this.#step].window + 4), now.window],
      stride: [1, Math.max(6, first.steps[this.#step].stride + 2), now.stride],
      padding: [0, Math.max(5, first.steps[this.#step].padding + 2), now.padding],
      dilation: [1, Math.max(4, first.steps[this.#step].dilation + 1), now.dilation],
    }
    for (const [name, [low, high, value]] of Object.entries(limits) as [
      Field,
      [number, number, number],
    ][]) {
      // prettier-ignore
      const { slider, value: text } = this.#fields[name]
      slider.min = String(low)
      slider.max = String(Math.max(high, value))
      slider.value = String(value)
      text.textContent = String(value)
    }
    this.#window = Math.max(0, Math.min(sizeAfter(n, now) - 1, this.#window))
    const { title, from = '' } = this.spec
    this.#frame.title(
      title,
      `${n} → ${sizeAfter(n, now)}`,
      [this.#steps.length > 1 ? now.name : '', from].filter(Boolean).join(' · '),
    )
    keepFocus(this.#chain, () => this.#drawChain())
    this.#drawRuler()
    this.#drawFormula(n)
    this.#say()
    this.#frame.drill.replaceChildren(...this.#lines())
  }

  /** The sizes from step to step; a click shows one. */
  #drawChain(): void {
    this.#chain.hidden = this.#steps.length < 2
    if (this.#steps.length < 2) return
    let n = this.#input
    let lost = false
    const parts: Node[] = [h('span', { class: 'ls-cells' }, String(n))]
    this.#steps.forEach((step, k) => {
      const rest = n ? leftOver(n, step) : 0
      const next = n ? sizeAfter(n, step) : 0
      const first = rest > 0 && !lost
      lost ||= rest > 0
      parts.push(
        button(
          h('span', {}, step.name, rest ? h('small', {}, ` ${rest} over`) : null),
          () => this.#toStep(k),
          {
            class: `ls-hop${rest ? ' ls-broken' : ''}${first ? ' ls-first' : ''}`,
            'aria-pressed': String(k === this.#step),
            tabindex: k === this.#step ? 0 : -1,
            onpointerenter: () => this.#sayStep(k),
            onpointerleave: () => this.#say(),
          },
        ),
        h('span', { class: 'ls-cells' }, String(next)),
      )
      n = next
    })
    this.#chain.replaceChildren(...parts)
    this.#chain.onkeydown = e => {
      const d = { ArrowLeft: -1, ArrowRight: 1 }[e.key]
      if (!d) return
      this.#toStep(this.#step + d)
      this.#chain.querySelector<HTMLElement>('[aria-pressed=true]')?.focus()
      e.preventDefault()
      e.stopPropagation()
    }
  }

  #drawRuler(): void {
    const s = this.#now
    const n = this.#before(this.#step)
    const total = Math.max(1, n + 2 * s.padding)
    const count = sizeAfter(n, s)
    const reach = reachOf(s)
    const end = count ? (count - 1) * s.stride + reach : 0
    // So many lines that brackets in one line do not touch.
    const lanes = Math.max(1, Math.min(LANES, Math.ceil((reach + 0.4) / s.stride)))
    const fine = total > 90
    const shown = this.#hover ?? this.#window
    const read = new Set(
      count ? Array.from({ length: s.window }, (_, a) => shown * s.stride + a * s.dilation) : [],
    )
    const cells: Element[] = []
    const kind = (i: number): string =>
      i < s.padding || i >= s.padding + n
        ? 'ls-c-pad'
        : i >= end || !count
          ? 'ls-c-lost'
          : s.stride > reach && i % s.stride >= reach
            ? 'ls-c-lost'
            : 'ls-c-read'
    // Neighbours of one kind are one box, with lines between while there is room.
    for (let i = 0; i < total;) {
      let j = i
      while (j < total && kind(j) === kind(i)) j++
      cells.push(h('rect', { class: kind(i), x: i, y: 0, width: j - i, height: 1 }))
      i = j
    }
    for (const i of read)
      if (i < total) cells.push(h('rect', { class: 'ls-c-now', x: i, y: 0, width: 1, height: 1 }))
    if (!fine)
      cells.push(
        h('path', {
          class: 'ls-lines',
          d: Array.from({ length: total - 1 }, (_, q) => `M${q + 1} 0V1`).join(''),
        }),
      )
    if (count) cells.push(...reticle({ x: shown * s.stride, y: 0, w: reach, h: 1 }))
    const marks = h(
      'svg',
      { class: 'ls-cellrow', viewBox: `0 0 ${total} 1`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...cells,
    ) // prettier-ignore
    const percent = (v: number) => `${(100 * v) / total}%`
    const brackets = Array.from({ length: Math.min(WINDOWS, count) }, (_, k) =>
      h(
        'span',
        {
          class: `ls-bracket${k === shown ? ' ls-on' : ''}`,
          style: {
            left: percent(k * s.stride),
            width: percent(reach),
            top: `${(k % lanes) * 20}px`,
          },
          onclick: () => this.#toWindow(k),
        },
        // Names where there is room for them.
        total / lanes < 60 || (reach / total) * 900 > 14 ? h('span', {}, String(k)) : null,
      ),
    )
    this.#ruler.setAttribute(
      'aria-label',
      `${n} cells${s.padding ? `, ${s.padding} of padding on each side` : ''}, ${count} windows`,
    )
    this.#ruler.style.setProperty('--ls-total', String(total))
    this.#ruler.replaceChildren(
      marks,
      h(
        'div',
        { class: 'ls-brackets', style: { height: `${lanes * 20 + 2}px` }, 'aria-hidden': 'true' },
        ...brackets,
      ),
    )
  }
  #point(e: PointerEvent): void {
    const box = this.#ruler.getBoundingClientRect()
    const s = this.#now
    const n = this.#before(this.#step)
    const total = n + 2 * s.padding
    const i = Math.floor(((e.clientX - box.left) / (box.width || 1)) * total)
    if (i < 0 || i >= total) return
    const readers = this.#readers(i)
    this.#hover = readers.length ? readers[0] : null
    this.#drawRuler()
    this.#sayCell(i, readers)
  }
  /** Windows that read a cell of the padded axis. */
  #readers(i: number): number[] {
    const s = this.#now
    const count = sizeAfter(this.#before(this.#step), s)
    const out: number[] = []
    for (let a = s.window - 1; a >= 0; a--) {
      const start = i - a * s.dilation
      if (start >= 0 && start % s.stride === 0 && start / s.stride < count)
        out.push(start / s.stride)
    }
    return out
  }

  #drawFormula(n: number): void {
    const s = this.#now
    const exact = exactSize(n, s)
    const lost = n ? leftOver(n, s) : 0
    const whole = Number.isInteger(exact)
    const part = (value: number, what: string) =>
      h('span', { class: 'ls-part' }, h('b', {}, String(value)), h('small', {}, what))
    this.#formula.replaceChildren(
      '( ',
      part(n, 'cells'),
      ' + 2 · ',
      part(s.padding, 'padding'),
      ' − ',
      part(reachOf(s), s.dilation > 1 ? `${s.dilation}·(${s.window} − 1) + 1` : 'window'),
      ' ) / ',
      part(s.stride, 'stride'),
      ' + 1  =  ',
      h('b', { class: whole && exact >= 1 ? 'ls-here' : 'ls-broken' }, fixed(exact, whole ? 0 : 2)),
      whole || exact < 1 ? '' : h('span', { class: 'ls-small' }, ` rounded down to ${Math.floor(exact)}`), // prettier-ignore
    )
    if (exact >= 1 && lost === 0) {
      const overlap = reachOf(s) - s.stride
      const gap =
        overlap < 0
          ? `but ${-overlap} between each two windows ${overlap === -1 ? 'is' : 'are'} skipped`
          : overlap
            ? `neighbouring windows overlap by ${overlap}`
            : 'windows stand side by side'
      this.#advice.replaceChildren(
        h('span', { class: overlap < 0 ? 'ls-broken' : 'ls-fits' }, overlap < 0 ? 'The end fits, ' : 'Every cell is read; '), // prettier-ignore
        `${gap}.`,
      )
      return
    }
    const offers = n ? wouldFit(n, s) : []
    // In a chain only the first axis can have another size.
    const possible = offers.filter(o => o.what !== 'input' || this.#step === 0)
    this.#advice.replaceChildren(
      h(
        'span',
        { class: 'ls-broken' },
        exact < 1
          ? 'No window fits. '
          : unread(lost, s)
            ? `${unread(lost, s)} ${unread(lost, s) > 1 ? 'cells are' : 'cell is'} never read. `
            : 'Only padding is left over. ',
      ),
      ...(possible.length ? ['It would fit with '] : []),
      ...possible.flatMap(({ what, value }, k): Child[] => [
        k ? ' or ' : '',
        button(`${what} ${value}`, () => this.#set(what, value), {
            onpointerenter: () => this.#sayOffer(what, value),
            onpointerleave: () => this.#say(),
            onfocus: () => this.#sayOffer(what, value),
          }),
      ]).flatMap(child => (child instanceof Node ? [child] : [document.createTextNode(String(child))])), // prettier-ignore
    )
  }

  /** What an offered change would make of the formula. */
  #sayOffer(what: Field, value: number): void {
    const n = what === 'input' ? value : this.#before(this.#step)
    const s = what === 'input' ? this.#now : { ...this.#now, [what]: value }
    this.#frame.say(
      h('b', {}, `With ${what} ${value}`),
      ': ',
      number(`(${n} + 2·${s.padding} − ${reachOf(s)}) / ${s.stride} + 1 = ${fixed(exactSize(n, s), 0)}`),
      '.',
    ) // prettier-ignore
  }
  #sayStep(k: number): void {
    const [n, s] = [this.#before(k), this.#steps[k]]
    const rest = n ? leftOver(n, s) : 0
    this.#frame.say(
      h('b', {}, s.name),
      `: window ${s.window}, stride ${s.stride}${s.padding ? `, padding ${s.padding}` : ''}: `,
      number(`${n} → ${n ? sizeAfter(n, s) : 0}`),
      rest ? `, ${rest} left over.` : '.',
    )
  }
  #say(): void {
    const s = this.#now
    const n = this.#before(this.#step)
    const count = sizeAfter(n, s)
    const lost = n ? leftOver(n, s) : 0
    this.#frame.say(
      this.#steps.length > 1 ? [h('b', {}, s.name), ': '] : '',
      number(String(n)),
      ' cells, ',
      count ? ['room for ', here(number(String(count))), ` window${count > 1 ? 's' : ''}`] : 'no window fits', // prettier-ignore
      lost && count
        ? unread(lost, s)
          ? `; ${unread(lost, s)} ${unread(lost, s) > 1 ? 'cells' : 'cell'} at the end never read`
          : '; only padding is left over'
        : '',
      this.#steps.length > 1
        ? `. In all ${this.#input} → ${this.#before(this.#steps.length)}.`
        : '.',
    )
  }
  #sayWindow(k: number): void {
    const s = this.#now
    if (!sizeAfter(this.#before(this.#step), s)) return this.#say()
    const from = k * s.stride - s.padding
    const cells = Array.from({ length: s.window }, (_, a) => from + a * s.dilation)
    const n = this.#before(this.#step)
    const inside = cells.filter(i => i >= 0 && i < n)
    this.#frame.say(
      h('b', {}, `Output ${k}`),
      ' reads ',
      inside.length === 0
        ? 'padding only'
        : inside.length > 12 || s.dilation === 1
          ? [`cell${inside.length > 1 ? 's' : ''} `, number(inside.length > 1 ? `${inside[0]} to ${inside[inside.length - 1]}` : String(inside[0]))] // prettier-ignore
          : ['cells ', number(inside.join(', '))],
      inside.length < cells.length && inside.length ? ` and ${cells.length - inside.length} of padding` : '', // prettier-ignore
      '.',
    )
  }
  #sayCell(i: number, readers: readonly number[]): void {
    const s = this.#now
    const n = this.#before(this.#step)
    const at = i - s.padding
    const name = at < 0 || at >= n ? 'Padding' : `Cell ${at}`
    this.#frame.say(
      h('b', {}, name),
      readers.length
        ? [` is read by output${readers.length > 1 ? 's' : ''} `, number(readers.slice(0, 12).join(', ')), '.'] // prettier-ignore
        : ' is read by no window.',
    )
  }

  #lines(): Node[] {
    let n = this.#input
    const width = Math.max(...this.#steps.map(({ name }) => name.length), 4)
    return [
      h(
        'p',
        { class: 'ls-ledger' },
        ...this.#steps.slice(0, LISTED).map(s => {
          const exact = exactSize(n, s)
          const rest = n ? leftOver(n, s) : 0
          const line = h(
            'span',
            { class: 'ls-term' },
            `${s.name.padEnd(width)}  (${n} + 2·${s.padding} − ${reachOf(s)}) / ${s.stride} + 1 = `,
            h('b', {}, String(n ? sizeAfter(n, s) : 0)),
            rest ? h('span', { class: 'ls-broken' }, `  ${fixed(exact, 2)}, ${rest} left over`) : '',
          )
          n = n ? sizeAfter(n, s) : 0
          return line
        }),
      ),
    ] // prettier-ignore
  }
  #table(): HTMLElement {
    let n = this.#input
    return h(
      'table',
      { class: 'ls-plain' },
      h('tr', {}, ...['step', 'cells', 'window', 'stride', 'padding', 'dilation', 'outputs', 'left over'].map(t => h('th', {}, t))),
      ...this.#steps.slice(0, LISTED).map(s => {
        const [before, rest] = [n, n ? leftOver(n, s) : 0]
        n = n ? sizeAfter(n, s) : 0
        return h('tr', {}, h('th', {}, s.name), ...[before, s.window, s.stride, s.padding, s.dilation, n, rest].map(v => h('td', {}, String(v))))
      }),
    ) // prettier-ignore
  }
}
