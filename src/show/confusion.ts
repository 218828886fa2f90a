/** What a classifier mixes up: counts, and the images behind them, the surest first. */
import { confusionMatrix, type Predictions } from '../explain/index.ts'
import type { ConfusionExamples, ConfusionView } from '../spec/confusion.ts'
import type { EventName } from '../spec/live.ts'
import { formatCount, formatPercent } from '../spec/text.ts'
import { SPEC_VERSION, type ViewSpec } from '../spec/view.ts'
import { Canvas, INK2, textWidth } from './canvas.ts'
import { drawFoot, drawGrid, drawHead, footHeight, headWidth, MARGIN } from './grid.ts'
import type { ShowOptions } from './options.ts'
import { inline, type Packer } from './pack.ts'
import { drawPlate, greyOf } from './plate.ts'
import type { Subject } from './subject.ts'
import { VERSION } from './version.ts'

/** Images kept of a cell, cells of which images are kept, and of the surest mistakes. */
const EXAMPLES = 6
const CELLS = 20
const MISTAKES = 12
/** Bytes of images in a saved view. */
const BUDGET = 160_000

interface Cell {
  i: number
  j: number
  count: number
}

export class ConfusionSubject implements Subject {
  private readonly counts: ArrayLike<number>
  private readonly truth: ArrayLike<number>
  private readonly said: ArrayLike<number>
  private readonly probability: ArrayLike<number>
  private readonly K: number

  constructor(
    private readonly found: Predictions,
    private readonly options: ShowOptions,
  ) {
    this.K = found.classes.length
    this.counts = confusionMatrix(found).toTypedArray()
    this.truth = found.labels.toTypedArray()
    this.said = found.predicted.toTypedArray()
    this.probability = found.probability.toTypedArray()
  }

  private get title(): string {
    return this.options.title ?? 'Confusion'
  }
  private get shape(): string {
    return `[${this.K}, ${this.K}]`
  }
  private get from(): string {
    const share = `${formatPercent(this.found.accuracy)} of ${formatCount(this.truth.length)} images right`
    return [this.options.from, share].filter(Boolean).join(' · ')
  }
  private get labels(): readonly string[] {
    return this.options.labels ?? this.found.classes
  }

  /** Cells off the diagonal, most first. */
  private mistakes(): Cell[] {
    const cells: Cell[] = []
    for (let i = 0; i < this.K; i++)
      for (let j = 0; j < this.K; j++) {
        const count = this.counts[i * this.K + j]
        if (i !== j && count) cells.push({ i, j, count })
      }
    return cells.sort((a, b) => b.count - a.count)
  }

  /** Images of true class i taken for j, the surest first. */
  private surest(fits: (truth: number, said: number) => boolean, most: number): number[] {
    const found: number[] = []
    for (let n = 0; n < this.truth.length; n++) if (fits(this.truth[n], this.said[n])) found.push(n)
    const p = (n: number): number => this.probability[n * this.K + this.said[n]]
    return found.sort((a, b) => p(b) - p(a)).slice(0, most)
  }

  private examples(images: readonly number[], pack: Packer): ConfusionExamples {
    const { set } = this.found
    const [, C, H, W] = set.images.shape
    const size = C * H * W
    const pixels = new Float32Array(images.length * size)
    images.forEach((n, k) =>
      pixels.set(
        Float32Array.from(set.images.at(n).toTypedArray(), v => v / 255),
        k * size,
      ),
    )
    return {
      images: [...images],
      probability: images.map(n => this.probability[n * this.K + this.said[n]]),
      pixels: pack(pixels, [images.length, C, H, W], 'u8', [0, 1]),
    }
  }

  spec(id: string, pack: Packer, detail: 'saved' | 'live'): ViewSpec {
    const [, C, H, W] = this.found.set.images.shape
    const budget = BUDGET * (detail === 'live' ? 4 : 1)
    let room = Math.floor(budget / (C * H * W))
    const take = (n: number): number => {
      const taken = Math.max(0, Math.min(n, room))
      room -= taken
      return taken
    }
    const diagonal = Array.from({ length: this.K }, (_, i): Cell => ({ i, j: i, count: this.counts[i * (this.K + 1)] })) // prettier-ignore
    const wrong = this.surest((t, s) => t !== s, take(MISTAKES))
    const cells = [...this.mistakes().slice(0, CELLS), ...diagonal]
    const view: ConfusionView = {
      spec: SPEC_VERSION,
      kind: 'confusion',
      id,
      title: this.title,
      shape: this.shape,
      from: this.from,
      text: this.text(),
      producer: VERSION,
      data: {
        labels: [...this.labels],
        counts: pack(this.counts, [this.K, this.K], 'i32'),
        examples: cells.flatMap(({ i, j, count }) => {
          const n = take(Math.min(EXAMPLES, count))
          if (!n) return []
          const images = this.surest((t, s) => t === i && s === j, n)
          return [{ cell: [i, j] as [number, number], ...this.examples(images, pack) }]
        }),
        mistakes: wrong.length
          ? {
              cells: wrong.map((n): [number, number] => [this.truth[n], this.said[n]]),
              ...this.examples(wrong, pack),
            }
          : null,
      },
    }
    return view
  }

  handle(name: EventName, payload: unknown): ConfusionExamples {
    if (name !== 'explain')
      throw new Error(`the confusion view answers explain and pin, not ${name}`)
    const { index } = (payload ?? {}) as { index?: unknown } // checked in the next line
    const fits = (n: unknown): n is number =>
      Number.isInteger(n) && (n as number) >= 0 && (n as number) < this.K // a number, as found // prettier-ignore
    if (!Array.isArray(index) || index.length !== 2 || !index.every(fits))
      throw new RangeError(`explain: index is a cell of ${this.shape}`)
    const [i, j] = index
    return this.examples(
      this.surest((t, s) => t === i && s === j, 2 * EXAMPLES),
      inline,
    )
  }

  /** The three largest confusions, and the class that is recognised worst. */
  text(): string {
    const total = (i: number): number =>
      Array.from({ length: this.K }, (_, j) => this.counts[i * this.K + j]).reduce((a, b) => a + b)
    const said = this.mistakes()
      .slice(0, 3)
      .map(({ i, j, count }) => `${count} of ${formatCount(total(i))} ${this.labels[i]} images are taken for ${this.labels[j]}`) // prettier-ignore
    const recall = Array.from({ length: this.K }, (_, i) => ({ i, share: total(i) ? this.counts[i * (this.K + 1)] / total(i) : 1 })) // prettier-ignore
    const worst = recall.reduce((a, b) => (b.share < a.share ? b : a))
    return [
      `${this.title}  ${this.shape}  ${this.from}`,
      said.length ? `Largest confusions: ${said.join('; ')}.` : 'Nothing is mixed up.',
      `Recognised worst: ${this.labels[worst.i]}, ${formatPercent(worst.share)}.`,
    ].join('\n')
  }

  picture(): Canvas {
    const shown = Math.min(this.K, 24)
    const cell = shown > 12 ? 24 : 34
    const names = this.labels.slice(0, shown)
    const left = MARGIN + Math.min(110, Math.max(...names.map(textWidth))) + 8
    const foot = this.text().split('\n').slice(1).join(' ')
    const [first] = this.mistakes()
    const images = first ? this.surest((t, s) => t === first.i && s === first.j, EXAMPLES) : []
    const side = 84
    const beside = left + shown * cell + 64
    const width = Math.ceil(
      Math.max(headWidth(this.title, this.shape, this.from), beside + 3 * (side + 10) + MARGIN),
    )
    const down = 24
    const height = 44 + down + Math.max(shown * cell, 2 * (side + 24)) + 16
    const canvas = new Canvas(width, height + footHeight(foot, width))
    const top = drawHead(canvas, this.title, this.shape, this.from) + down
    const most = Math.max(1, ...this.mistakes().map(m => m.count))
    const value = (i: number, j: number): number => this.counts[i * this.K + j]
    drawGrid(canvas, {
      x: left,
      y: top,
      rows: shown,
      columns: shown,
      cell,
      // The diagonal is left out of the scale.
      scale: { ramp: 'sequential', lo: 0, hi: most },
      value: (i, j) => (i === j ? 0 : value(i, j)),
      numbers: false,
      unread: (i, j) => i === j,
    })
    names.forEach((name, i) => {
      const y = top + i * cell + cell / 2 - 3
      canvas.text(name, left - 6, y, { align: 'right' })
      canvas.text(`${i}`, left + i * cell + cell / 2, top - 12, { align: 'middle', colour: INK2 })
      let total = 0
      for (let j = 0; j < this.K; j++) total += value(i, j)
      canvas.text(total ? formatPercent(value(i, i) / total, 0) : '', left + shown * cell + 6, y, { colour: INK2 }) // prettier-ignore
      for (let j = 0; j < shown; j++) {
        const n = value(i, j)
        if (!n) continue
        const dark = i !== j && n < most * 0.55
        canvas.text(String(n), left + j * cell + cell / 2, y, {
          align: 'middle',
          colour: dark ? [255, 255, 255] : [0, 0, 0],
        })
      }
    })
    if (first) {
      canvas.text(`${this.labels[first.i]} taken for ${this.labels[first.j]}, the surest first`, beside, top - 12, { bold: true }) // prettier-ignore
      images.forEach((n, k) => {
        const [x, y] = [beside + (k % 3) * (side + 10), top + 4 + Math.floor(k / 3) * (side + 24)]
        const image = this.found.set.images.at(n)
        const values = Float32Array.from(image.toTypedArray(), v => v / 255)
        drawPlate(canvas, { x, y, side, values, shape: image.shape, scale: greyOf(values) })
        const p = this.probability[n * this.K + this.said[n]]
        canvas.text(`${n}: ${formatPercent(p, 0)}`, x, y + side + 5, { colour: INK2 })
      })
    }
    drawFoot(canvas, height, foot)
    return canvas
  }
}
