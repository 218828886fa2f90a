/** The size explorer: windows along an axis, what is left over and what would fit. */
import { sizeSentence, type Sizes } from '../explain/sizes.ts'
import { leftOver, reachOf, type SizeStep } from '../spec/sizes.ts'
import { SPEC_VERSION, type SizesView, type ViewSpec } from '../spec/view.ts'
import { Canvas, DIFFERS, EDGE, INK, INK2, PAPER, textWidth } from './canvas.ts'
import { drawFoot, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { ShowOptions } from './options.ts'
import type { Subject } from './subject.ts'
import { VERSION } from './version.ts'

/** Width of a drawn axis, and lines of brackets under it. */
const WIDTH = 720
const LANES = 4

export class SizesSubject implements Subject {
  readonly step: number

  constructor(
    readonly sizes: Sizes,
    private readonly options: ShowOptions,
  ) {
    const { layer } = options
    const { steps } = sizes
    // The first that does not fit is what one wants to see.
    const misfit = sizes.rests.findIndex(rest => rest > 0)
    const asked =
      layer === undefined
        ? Math.max(0, misfit)
        : typeof layer === 'number'
          ? layer
          : steps.findIndex(({ name }) => name === layer)
    if (!steps[asked])
      throw new RangeError(
        `show: no layer ${layer}; there are ${steps.map(({ name }) => name).join(', ')}`,
      )
    this.step = asked
  }

  spec(id: string): ViewSpec {
    const view: SizesView = {
      spec: SPEC_VERSION,
      kind: 'sizes',
      id,
      title: this.title,
      shape: this.chain,
      text: this.text(),
      producer: VERSION,
      data: {
        input: this.sizes.input,
        steps: this.sizes.steps.map(step => ({ ...step })),
        step: this.step,
      },
    }
    if (this.options.from) view.from = this.options.from
    return view
  }
  get title(): string {
    const { name, steps } = this.sizes
    return this.options.title ?? (steps.length > 1 ? `sizes in ${name}` : 'sizes')
  }
  /** `227 → 55 → 27`, the ends of a long one. */
  get chain(): string {
    const all = [this.sizes.input, ...this.sizes.outputs]
    return (all.length > 12 ? [...all.slice(0, 6), '…', ...all.slice(-5)] : all).join(' → ')
  }
  /** What the step shown reads. */
  get input(): number {
    return this.step ? this.sizes.outputs[this.step - 1] : this.sizes.input
  }
  sentence(): string {
    const step = this.sizes.steps[this.step]
    const said = sizeSentence(this.input, step, this.input ? leftOver(this.input, step) : 0)
    return this.sizes.steps.length > 1 ? `${step.name}: ${said}` : said
  }
  text(): string {
    const head = [this.title, this.chain, this.options.from].filter(Boolean).join('  ')
    const { steps, rests } = this.sizes
    const lost = steps.flatMap((step, k) =>
      rests[k] && k !== this.step ? [`${step.name} leaves ${rests[k]} over.`] : [],
    )
    return [head, this.sentence(), ...lost].join('\n')
  }

  picture(): Canvas {
    const step = this.sizes.steps[this.step]
    const n = this.input
    const total = n + 2 * step.padding
    const cell = Math.min(26, WIDTH / Math.max(1, total))
    const lanes = Math.min(LANES, Math.max(1, Math.ceil((reachOf(step) + 1) / step.stride)))
    const sentence = this.sentence()
    const from = this.options.from ?? ''
    const width = Math.max(
      2 * MARGIN + total * cell + textWidth('cells'),
      headWidth(this.title, this.chain, from),
      420,
    )
    const foot = 36 + 16 + Math.max(10, cell) + 10 + lanes * 16 + 12
    const canvas = new Canvas(width, foot + footHeight(sentence, width))
    const y0 = drawHead(canvas, this.title, this.chain, from)
    canvas.text(`${step.name}: ${n} cells, ${said(step)}`, MARGIN, y0, { colour: INK2 })
    const top = y0 + 16
    const height = Math.max(10, cell)
    const outputs = this.sizes.outputs[this.step]
    const end = outputs ? (outputs - 1) * step.stride + reachOf(step) : 0
    for (let i = 0; i < total; i++) {
      const x = MARGIN + i * cell
      const padded = i < step.padding || i >= step.padding + n
      if (padded) canvas.hatch(x, top, cell, height, EDGE)
      else if (i >= end) canvas.hatch(x, top, cell, height, DIFFERS)
      if (cell >= 6) canvas.box(x, top, cell + 0.5, height, EDGE, 0.5)
    }
    canvas.box(MARGIN, top, total * cell, height, INK2, 0.5)
    for (let k = 0; k < outputs; k++) {
      const x = MARGIN + k * step.stride * cell
      const y = top + height + 4 + (k % lanes) * 16
      const w = Math.max(1, reachOf(step) * cell - 2)
      canvas.rect(x + 1, y + 8, w, 1, INK)
      canvas.rect(x + 1, y, 1, 8, INK)
      canvas.rect(x + w, y, 1, 8, INK)
      const name = String(k)
      if (textWidth(name) + 4 < w) {
        canvas.rect(x + w / 2 - textWidth(name) / 2 - 1, y + 4, textWidth(name) + 4, 9, PAPER)
        canvas.text(name, x + w / 2 + 1, y + 5, { align: 'middle' })
      }
    }
    drawFoot(canvas, foot, sentence)
    return canvas
  }
}

function said({ window, stride, padding, dilation }: SizeStep): string {
  return [
    `window ${window}`,
    `stride ${stride}`,
    padding ? `padding ${padding}` : '',
    dilation > 1 ? `dilation ${dilation}` : '',
  ]
    .filter(Boolean)
    .join(', ')
}
